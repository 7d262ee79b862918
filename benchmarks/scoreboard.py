"""Every capture of the evidence, read by ours, ntc-templates and Genie: what is read, what is lost.

    python benchmarks/scoreboard.py [--shared ../shared] > docs/parsers-scoreboard.md

`nox -s scoreboard` installs what it needs.

An expression of its own for each command, used by no parser, finds the data rows in the raw text
and the values that make each one (addresses, names). A row is lost when the output of a parser
has no row left with all these values. A capture is *whole* when no row is lost, *lost* when some
are, *failed* when the parser raised, ended by the clock, or gave nothing though there are rows.
A parser that answers "nothing here" to a capture without rows has read it whole. Of outputs that
are counters only, each number must be in the output as often as in the text. In the total, the
captures of a command without a parser count as failed.
"""

import argparse
import contextlib
import io
import logging
import re
import signal
import subprocess
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from parsers import CliError, UnknownCommand, parse
from parsers.records import plain

LIMIT_S = 10.0
IP = r"\d+\.\d+\.\d+\.\d+"
ANY = r"[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*"
NHRP = rf"^[ \t]*({ANY})(?:/\d+)?(?: {IP})?(?:,? via {ANY})?[ \t]*,?[ \t]*\n?[^\n]*? created "
CRYPTO = rf"^Peer: ({ANY}) port \d+"

# folder -> the command, and the expressions that find its rows
ROWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "show_adjacency": ("show adjacency", (rf"^IP\s+\S+\s+({ANY})\(\d+\)",)),
    "show_adjacency_tunnel": ("show adjacency tunnel 0", (r"^IP\s+(\S+)\s+\S+\(\d+\)",)),
    "show_bfd_neighbors_details": ("show bfd neighbors details", (rf"^({IP})\s+\d+/\d+",)),
    "show_bgp_summary": ("show bgp summary", (rf"^\s*\*?({IP})\s+4\s",)),
    "show_crypto_ikev2_sa": (
        "show crypto ikev2 sa",
        (rf"^\d+\s+({ANY})/\d+\s+({ANY})/\d+\s.*(?:READY|IN-NEG|DELETE)",),
    ),
    "show_crypto_ikev2_sa_detail": (
        "show crypto ikev2 sa detail",
        (rf"^\d+\s+({ANY})/\d+\s+({ANY})/\d+\s.*(?:READY|IN-NEG|DELETE)",),
    ),
    "show_crypto_ikev2_session": (
        "show crypto ikev2 session",
        (rf"^\d+\s+({ANY})/\d+\s+({ANY})/\d+\s.*(?:READY|IN-NEG|DELETE)",),
    ),
    "show_crypto_ipsec_sa": ("show crypto ipsec sa", (rf"current_peer:? ({IP})",)),
    "show_crypto_ipsec_sa_detail": ("show crypto ipsec sa detail", (rf"current_peer:? ({IP})",)),
    "show_crypto_isakmp_sa": (
        "show crypto isakmp sa",
        (rf"^({IP})\s+({IP})\s+(?:QM|MM|AG|CONF)_",),
    ),
    "show_crypto_isakmp_sa_detail": (
        "show crypto isakmp sa detail",
        (rf"^\d+\s+({IP})\s+({IP})\s",),
    ),
    "show_crypto_session": ("show crypto session", (CRYPTO,)),
    "show_crypto_session_detail": ("show crypto session detail", (CRYPTO,)),
    "show_crypto_sockets": (
        "show crypto sockets",
        (rf"^\s*(Tu\d+) Peers \(local/remote\): ({IP})/({IP})", r'Map-name: "([^"]+)"'),
    ),
    "show_dmvpn": (
        "show dmvpn",
        (
            rf"({ANY})\s+(?:UP|NHRP|IKE|IPSEC|INTF)\s+(?:\d\S*|never)\s",
            rf"Tunnel IPv6 Address: ({ANY})",
        ),
    ),
    "show_dmvpn_count_status": ("show dmvpn count status", (r"regexp = (\d+)",)),
    "show_dmvpn_detail": (
        "show dmvpn detail",
        (rf"({ANY})\s+(?:UP|NHRP|IKE|IPSEC|INTF)\s+(?:\d\S*|never)\s",),
    ),
    "show_dmvpn_ipv6": ("show dmvpn ipv6", (rf"Tunnel IPv6 Address: ({ANY})",)),
    "show_dmvpn_ipv6_detail": ("show dmvpn ipv6 detail", (rf"Tunnel IPv6 Address: ({ANY})",)),
    "show_interface_tunnel": ("show interfaces Tunnel0", (r"^(Tunnel\d+) is ",)),
    "show_ip_bgp_summary": ("show ip bgp summary", (rf"^\s*\*?({IP})\s+4\s",)),
    "show_ip_cef": ("show ip cef", (rf"nexthop ({IP}) (\S+)", rf"^{IP}/\d+ +({IP}) +(\S+)")),
    "show_ip_cef_detail": ("show ip cef detail", (rf"nexthop ({IP}) (\S+)",)),
    "show_ip_cef_internal": ("show ip cef internal", (rf"^({IP}/\d+), epoch",)),
    "show_ip_eigrp_neighbors": ("show ip eigrp neighbors", (rf"^\d+ +({IP})\s",)),
    "show_ip_eigrp_neighbors_detail": ("show ip eigrp neighbors detail", (rf"^\d+ +({IP})\s",)),
    "show_ip_interface_brief": ("show ip interface brief", (r"^(\S+) .*(?:YES|NO) ",)),
    "show_ip_nhrp": ("show ip nhrp", (NHRP,)),
    "show_ip_nhrp_brief": (
        "show ip nhrp brief",
        (rf"^\s*({IP})/\d+\s+({IP})\s+({IP})\s+(?:dynamic|static)",),
    ),
    "show_ip_nhrp_detail": ("show ip nhrp detail", (NHRP,)),
    "show_ip_nhrp_nhs": ("show ip nhrp nhs", (rf"^\s*({IP})\s+[REWD]+\s",)),
    "show_ip_nhrp_nhs_detail": ("show ip nhrp nhs detail", (rf"^\s*({IP})\s+[REWD]+\s",)),
    "show_ip_nhrp_redirect": ("show ip nhrp redirect", (rf"^({IP})/\d+ via ({IP})",)),
    "show_ip_nhrp_self": ("show ip nhrp self", (NHRP,)),
    "show_ip_nhrp_shortcut": ("show ip nhrp shortcut", (NHRP,)),
    "show_ip_nhrp_stats": ("show ip nhrp stats", (r": (\d+)\[(\d+)\]",)),
    "show_ip_nhrp_summary": ("show ip nhrp summary", (r"\b(\d+)\b",)),
    "show_ip_nhrp_traffic": ("show ip nhrp traffic", (r"^(Tunnel\d+)",)),
    "show_ip_ospf_neighbor": ("show ip ospf neighbor", (rf"^({IP})\s+\d+\s+\w+/",)),
    "show_ip_route": (
        "show ip route",
        (rf"\] via ({IP})", r"is directly connected, (?:[\dywdhms:]+, )?(\S+)"),
    ),
    "show_ip_route_next-hop-override": (
        "show ip route next-hop-override",
        (rf"\] via ({IP})", r"is directly connected, (?:[\dywdhms:]+, )?(\S+)"),
    ),
    "show_ip_route_prefix": (
        "show ip route 10.0.0.1",
        (rf"^\s+\*?\s*({IP}), from", r"directly connected, via (\S+)"),
    ),
    "show_ipv6_nhrp": ("show ipv6 nhrp", (NHRP,)),
    "show_monitor_event-trace_dmvpn": (
        "show monitor event-trace dmvpn all",
        (rf": (NHRP-[A-Z-]+) (?:.*nbma_dest: ({IP}))?",),
    ),
    "show_policy-map_multipoint": (
        "show policy-map multipoint",
        (rf"^Interface (Tunnel\d+) <--> ({ANY})",),
    ),
    "show_tunnel_protection_statistics": (
        "show tunnel protection statistics",
        (r": (\d+)",),
    ),
    "show_version": ("show version", (r"^Configuration register is (\S+)",)),
}
# Each number is a row; others nest them by name, so that only the numbers can be compared.
COUNTERS = {
    "show_dmvpn_count_status",
    "show_ip_nhrp_stats",
    "show_ip_nhrp_summary",
    "show_tunnel_protection_statistics",
}
# Other forms among the captures of a folder; the one that a parser reads better counts.
FORMS = {
    "show_dmvpn_count_status": ("show dmvpn | count Status: UP",),
    "show_ip_nhrp_stats": ("show ip nhrp stats detail",),
}
FAILED = float("inf")
Wanted = tuple[str, ...]
Reader = Callable[[str, str], list[Counter[str]]]


class NoParser(Exception):
    """There is nothing for the command."""


class Nothing(Exception):
    """The parser says that there is nothing, in its own way."""


@dataclass
class Score:
    """What one parser made of the captures of one command."""

    whole: int = 0
    lost: int = 0
    failed: int = 0
    rows_lost: int = 0
    absent: bool = False

    def __str__(self) -> str:
        """Format as whole / lost (rows) / failed."""
        if self.absent:
            return "no parser"
        rows = f" ({self.rows_lost} rows)" if self.rows_lost else ""
        return f"{self.whole} / {self.lost}{rows} / {self.failed}"


def canonical(text: str) -> str:
    """Write a value in one way, so that spelling decides nothing."""
    word = text.strip().strip(",").lower()
    try:
        return str(ip_address(word))
    except ValueError:
        return re.sub(r"^tu(?=\d)", "tunnel", word)


def wanted(folder: str, text: str) -> list[Wanted]:
    """Find the rows of a raw text, each as the values that make it."""
    return [
        tuple(canonical(value) for value in match.groups() if value)
        for expression in ROWS[folder][1]
        for match in re.finditer(expression, text, re.MULTILINE)
    ]


def missing(rows: list[Wanted], output: list[Counter[str]]) -> int:
    """Count the rows of the text that have no row of their own in the output."""
    left = list(output)
    lost = 0
    for row in rows:
        place = next((n for n, one in enumerate(left) if all(value in one for value in row)), None)
        if place is None:
            lost += 1
        else:
            del left[place]
    return lost


def missing_numbers(rows: list[Wanted], output: list[Counter[str]]) -> int:
    """Count the rows of numbers that the output, taken together, does not hold often enough."""
    left = sum(output, Counter[str]())
    lost = 0
    for row in rows:
        one = Counter(row)
        if one <= left:
            left -= one
        else:
            lost += 1
    return lost


def words(value: object) -> Iterator[str]:
    """Give every word in a value: a prefix also without its mask, a list by its items."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from words(name)
            yield from words(item)
    elif isinstance(value, list | tuple | set):
        for item in value:
            yield from words(item)
    elif value is not None:
        text = str(value)
        yield canonical(text)
        if "/" in text:
            yield canonical(text.split("/")[0])


def branches(value: dict[Any, Any], above: tuple[object, ...] = ()) -> Iterator[Counter[str]]:
    """Give the innermost dicts of a nested result, each with what stands above it."""
    inner = {name: item for name, item in value.items() if isinstance(item, dict) and item}
    own = (*above, *((name, item) for name, item in value.items() if name not in inner))
    if not inner:
        yield Counter(words(list(own)))
    for name, item in inner.items():
        yield from branches(item, (*own, name))


def read_ours(command: str, text: str) -> list[Counter[str]]:
    """Read with the parsers of this project."""
    try:
        return [Counter(words(plain(record))) for record in parse(command, text)]
    except UnknownCommand as error:
        raise NoParser from error
    except CliError as error:
        raise Nothing from error


def read_ntc(command: str, text: str) -> list[Counter[str]]:
    """Read with ntc-templates."""
    from ntc_templates.parse import parse_output

    try:
        return [Counter(words(row)) for row in parse_output("cisco_ios", command, text)]
    except Exception as error:  # it raises one class for everything
        if "No template found" in str(error):
            raise NoParser from error
        raise


def genie_reader() -> Reader | None:
    """Read with Genie, by its iosxe parsers and, where it has none, those of ios."""
    try:
        from genie.conf.base import Device
    except ImportError:
        return None
    logging.disable(logging.CRITICAL)

    def read(command: str, text: str) -> list[Counter[str]]:
        fault: Exception | None = None
        for system in ("iosxe", "ios"):
            device = Device("router", os=system)
            device.custom = {"abstraction": {"order": ["os"]}}
            try:
                return list(branches(device.parse(command, output=text)))
            except Exception as error:  # translated by the name of its class
                name = type(error).__name__
                if "Could not find parser" in str(error) or name == "ParserNotFound":
                    continue
                if name == "SchemaEmptyParserError":
                    raise Nothing from error
                fault = error
                break
        raise fault or NoParser

    return read


@contextlib.contextmanager
def limit(seconds: float) -> Iterator[None]:
    """End what takes too long."""

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def lost_by(reader: Reader, command: str, text: str, folder: str) -> float | None:
    """Read one capture and count the rows lost; None is no parser."""
    rows = wanted(folder, text)
    try:
        with limit(LIMIT_S), contextlib.redirect_stdout(io.StringIO()):
            output = reader(command, text)
    except NoParser:
        return None
    except Nothing:
        output = []
    except Exception:  # whatever a parser raises is its failure
        return FAILED
    if rows and not output:
        return FAILED
    return (missing_numbers if folder in COUNTERS else missing)(rows, output)


def judge(score: Score, reader: Reader, folder: str, text: str) -> None:
    """Read one capture in each form of its command and note the best."""
    commands = (ROWS[folder][0], *FORMS.get(folder, ()))
    tried = [lost_by(reader, command, text, folder) for command in commands]
    lost = min((one for one in tried if one is not None), default=None)
    if lost is None:
        score.absent = True
    elif lost == FAILED:
        score.failed += 1
    elif lost:
        score.lost += 1
        score.rows_lost += int(lost)
    else:
        score.whole += 1


def table(corpus: Path, readers: dict[str, Reader]) -> Iterator[str]:
    """Give the lines of the table."""
    yield f"| command | captures | rows | {' | '.join(readers)} |"
    yield f"|---|---|---|{'---|' * len(readers)}"
    totals = {name: Score() for name in readers}
    captures = rows_in_all = 0
    for folder, (command, _) in ROWS.items():
        texts = [
            path.read_text(encoding="utf-8") for path in sorted((corpus / folder).glob("*.txt"))
        ]
        scores = {name: Score() for name in readers}
        count = 0
        for text in texts:
            count += len(wanted(folder, text))
            for name, reader in readers.items():
                judge(scores[name], reader, folder, text)
        for name, score in scores.items():
            add(totals[name], score, len(texts), count)
        captures, rows_in_all = captures + len(texts), rows_in_all + count
        cells = " | ".join(str(score) for score in scores.values())
        yield f"| `{command}` | {len(texts)} | {count} | {cells} |"
    cells = " | ".join(f"**{score}**" for score in totals.values())
    yield f"| **all** | **{captures}** | **{rows_in_all}** | {cells} |"


def add(total: Score, score: Score, captures: int, rows: int) -> None:
    """Add a command to the total; without a parser, all its captures are failed."""
    if score.absent:
        total.failed += captures
        return
    total.whole += score.whole
    total.lost += score.lost
    total.failed += score.failed
    total.rows_lost += score.rows_lost


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    corpus = parser.parse_args().shared / "corpus"
    if not corpus.is_dir():
        raise SystemExit(f"no captures in {corpus}")
    if left_out := {path.name for path in corpus.iterdir() if path.is_dir()} - ROWS.keys():
        raise SystemExit(f"no expression for the rows of {', '.join(sorted(left_out))}")
    warnings.simplefilter("ignore")
    readers: dict[str, Reader] = {"ours": read_ours, "ntc-templates": read_ntc}
    genie = genie_reader()
    if genie:
        readers["Genie"] = genie
    versions = ", ".join(version(name) for name in ("textfsm", "ntc-templates", "genie"))
    print("# Scoreboard of the parsers\n")
    print(f"{datetime.now(UTC):%Y-%m-%d}, commit {commit()}; {versions}.")
    print("Made by `nox -s scoreboard`.\n")
    print((__doc__ or "").partition("what it needs.")[2].strip() + "\n")
    print("Each cell: captures read whole / with rows lost (how many) / failed.\n")
    for line in table(corpus, readers):
        print(line)


def commit() -> str:
    """Name the commit that is measured, where git knows it."""
    ours = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    try:
        said = subprocess.run(ours, capture_output=True, text=True, check=True)  # noqa: S603 - no word is foreign
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said.stdout.strip()


def version(name: str) -> str:
    """Name a package with its version."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return f"{name} {installed(name)}"
    except PackageNotFoundError:
        return f"{name} not installed"


if __name__ == "__main__":
    main()
