"""The questions of `ping` and `traceroute` without a destination, and their defaults.

The order is that of the vendor's examples; images from 15.7 on ask for an ingress and a DSCP too,
and write the data pattern with eight digits (published session of such an image).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from labs.twin.cli import probes
from labs.twin.cli.probes import BAD_SOURCE, UNKNOWN_HOST, bad_source, host_address
from labs.twin.grammar import Reason, Refused, interface_name, parse_ip
from labs.twin.image import Legend
from labs.twin.network import PingSpec, TraceSpec
from labs.twin.network.probes import DATA, FIRST_PORT

if TYPE_CHECKING:
    from labs.twin.cli.session import Session

Args = Mapping[str, Any]
Read = Callable[[str], Any]

OLDER = frozenset({Legend.IOS_154, Legend.IOS_155})
"""Image generations that ask for neither ingress nor DSCP."""
STYLE = "Loose, Strict, Record, Timestamp, Verbose"


class WrongAnswer(Exception):
    """An answer that ends the questions; its text is what IOS prints."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: what stands before the answer, and how it is read."""

    name: str
    prompt: str
    read: Read


Questions = Iterator[Asked]


@dataclass(slots=True)
class Dialogue:
    """A run of questions; what was answered decides what is asked next."""

    session: Session
    questions: Questions
    finish: Callable[[Dialogue], str]
    answers: dict[str, Any] = field(default_factory=dict)

    def advance(self) -> str:
        """Ask the next question; after the last one do what was asked for."""
        asked = next(self.questions, None)
        if asked is None:
            return self.finish(self)

        def answer(text: str) -> str:
            try:
                self.answers[asked.name] = asked.read(text)
            except WrongAnswer as wrong:
                return str(wrong)
            except Refused as refused:
                return refused.answer(len(asked.prompt))
            return self.advance()

        return self.session.ask(asked.prompt, answer)


def _number(default: int, low: int, high: int) -> Read:
    def read(text: str) -> int:
        if not text:
            return default
        if text.isascii() and text.isdigit() and low <= int(text[:20]) <= high:
            return int(text)
        raise WrongAnswer(f"% A decimal number between {low} and {high}.\n")

    return read


def _yes(text: str) -> bool:
    """Read yes or no; the default is no everywhere."""
    return text.lower()[:1] == "y"


def _protocol(text: str) -> str:
    if text and not "ip".startswith(text.lower()):
        raise WrongAnswer(f'% Unknown protocol - "{text}", type "ping ?" for help\n')
    return "ip"


def _target(session: Session) -> Read:
    def read(text: str) -> Any:
        if not text:
            raise WrongAnswer("% Bad IP address\n")
        address = host_address(session, text)
        if address is None:
            raise WrongAnswer(UNKNOWN_HOST)
        return address

    return read


def _source(session: Session) -> Read:
    def read(text: str) -> Any:
        if not text:
            return None
        source = parse_ip(text) or interface_name(text)
        if source is None or bad_source(session, source):
            raise WrongAnswer(BAD_SOURCE)
        return source

    return read


def _ingress(text: str) -> bool:
    if _yes(text):  # a packet as if it had come in by an interface: not modelled
        raise Refused(Reason.INVALID, text, 0)
    return False


def _pattern(text: str) -> int:
    try:
        value = int(text, 16) if text else DATA
    except ValueError:
        raise Refused(Reason.INVALID, text, 0) from None
    return value & 0xFFFF


def _style(text: str) -> str:
    """Read an option of the IP header; only the verbose form of the report is modelled."""
    if text and not "verbose".startswith(text.lower()):
        raise Refused(Reason.INVALID, text, 0)
    return text[:1].upper()


def _styles(answers: Mapping[str, Any]) -> Questions:
    """Ask until nothing is answered: each question shows what was chosen before."""
    chosen = "none"
    while True:
        yield Asked("style", f"{STYLE}[{chosen}]: ", _style)
        if not answers["style"]:
            return
        chosen = "V"


def _older(session: Session) -> bool:
    return session.view().router.image.legend in OLDER


def ask_ping(session: Session, args: Args) -> str:
    """Ask for everything a ping needs."""
    answers: dict[str, Any] = {"vrf": args.get("vrf", "")}
    return Dialogue(session, _ping_questions(session, answers), _ping, answers).advance()


def _ping_questions(session: Session, answers: dict[str, Any]) -> Questions:
    yield Asked("protocol", "Protocol [ip]: ", _protocol)
    yield Asked("destination", "Target IP address: ", _target(session))
    yield Asked("repeat", "Repeat count [5]: ", _number(5, 1, 2147483647))
    yield Asked("size", "Datagram size [100]: ", _number(100, 36, 18024))
    yield Asked("timeout", "Timeout in seconds [2]: ", _number(2, 0, 3600))
    yield Asked("extended", "Extended commands [n]: ", _yes)
    if answers["extended"]:
        yield from _extended(session, answers)
    yield Asked("sweep", "Sweep range of sizes [n]: ", _yes)
    if answers["sweep"]:
        yield Asked("low", "Sweep min size [36]: ", _number(36, 36, 18024))
        yield Asked("high", "Sweep max size [18024]: ", _number(18024, answers["low"], 18024))
        yield Asked("step", "Sweep interval [1]: ", _number(1, 1, 18024))


def _extended(session: Session, answers: dict[str, Any]) -> Questions:
    older = _older(session)
    if not older:
        yield Asked("ingress", "Ingress ping [n]: ", _ingress)
    yield Asked("source", "Source address or interface: ", _source(session))
    if not older:
        yield Asked("dscp", "DSCP Value [0]: ", _number(0, 0, 63))
    yield Asked("tos", "Type of service [0]: ", _number(0, 0, 255))
    yield Asked("df", "Set DF bit in IP header? [no]: ", _yes)
    yield Asked("validate", "Validate reply data? [no]: ", _yes)
    pattern = "0xABCD" if older else "0x0000ABCD"
    yield Asked("data", f"Data pattern [{pattern}]: ", _pattern)
    for asked in _styles(answers):
        yield asked
        answers["verbose"] = answers.get("verbose", False) or answers["style"] == "V"


def _ping(done: Dialogue) -> str:
    said = done.answers
    sweep = (said["low"], said["high"], said["step"]) if said["sweep"] else None
    return probes.start_ping(
        done.session,
        PingSpec(
            destination=said["destination"],
            source=said.get("source"),
            repeat=said["repeat"],
            size=said["size"],
            timeout_s=float(said["timeout"]),
            df=said.get("df", False),
            vrf=said["vrf"],
            tos=said.get("tos", 0) or said.get("dscp", 0) << 2,
            data=said.get("data", DATA),
            validate=said.get("validate", False),
            verbose=said.get("verbose", False),
            sweep=sweep,
        ),
    )


def ask_trace(session: Session, args: Args) -> str:
    """Ask for everything a traceroute needs."""
    answers: dict[str, Any] = {"vrf": args.get("vrf", "")}
    return Dialogue(session, _trace_questions(session, answers), _trace, answers).advance()


def _trace_questions(session: Session, answers: dict[str, Any]) -> Questions:
    older = _older(session)
    yield Asked("protocol", "Protocol [ip]: ", _protocol)
    yield Asked("destination", "Target IP address: ", _target(session))
    if not older:
        yield Asked("ingress", "Ingress traceroute [n]: ", _ingress)
    whose = "Source address: " if older else "Source address or interface: "
    yield Asked("source", whose, _source(session))
    if not older:
        yield Asked("dscp", "DSCP Value [0]: ", _number(0, 0, 63))
    yield Asked("numeric", "Numeric display [n]: ", _yes)
    yield Asked("timeout", "Timeout in seconds [3]: ", _number(3, 0, 3600))
    yield Asked("probe", "Probe count [3]: ", _number(3, 1, 65535))
    yield Asked("low", "Minimum Time to Live [1]: ", _number(1, 0, 255))
    yield Asked("high", "Maximum Time to Live [30]: ", _number(30, 0, 255))
    yield Asked("port", "Port Number [33434]: ", _number(FIRST_PORT, 0, 65535))
    yield from _styles(answers)


def _trace(done: Dialogue) -> str:
    said = done.answers
    spec = TraceSpec(
        destination=said["destination"],
        source=said["source"],
        probes=said["probe"],
        timeout_s=float(said["timeout"]),
        minimum_ttl=said["low"],
        maximum_ttl=said["high"],
        vrf=said["vrf"],
        port=said["port"],
        tos=said.get("dscp", 0) << 2,
    )
    return probes.start_trace(done.session, spec, numeric=said["numeric"])
