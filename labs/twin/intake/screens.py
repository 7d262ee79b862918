"""Access lists that interfaces name: from lines to `labs.twin.screens` values."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labs.twin.filters import ANY, Wild
from labs.twin.grammar import parse_ip
from labs.twin.packet import IcmpKind
from labs.twin.screens import ICMP_WORDS, PORTS, PROTOCOLS, UNREACHABLE, Ports, ScreenRule
from labs.twin.tree import Block

OPERATORS = ("eq", "neq", "gt", "lt", "range")
STEP = 10


def screens(root: Block) -> dict[str, tuple[ScreenRule, ...]]:
    """Read the lists by name or number."""
    found: dict[str, list[ScreenRule]] = {}
    for block in root.find("access-list"):
        rules = found.setdefault(str(block.line.args["number"]), [])
        rules.append(_rule(block.line.args, STEP * (len(rules) + 1)))
    for block in root.find("ip access-list"):
        rules = [_rule(b.line.args, b.line.args["seq"]) for b in block.find("rule")]
        found[str(block.line.args["list"])] = rules
    return {name: tuple(rules) for name, rules in found.items()}


def _rule(args: Mapping[str, Any], sequence: int) -> ScreenRule:
    permit = args["action"] == "permit"
    if "protocol" not in args:
        source = _standard(args)
        text = f"{args['action']} {_standard_text(source)}{' log' if 'log' in args else ''}"
        return ScreenRule(
            sequence=sequence,
            permit=permit,
            text=text,
            source=source,
            log="log" in args,
            standard=True,
        )
    words = _Words(str(args["rest"]))
    source, source_ports = words.end()
    destination, ports = words.end()
    rest = set(words.left())
    name = str(args["protocol"])
    return ScreenRule(
        sequence=sequence,
        permit=permit,
        text=f"{args['action']} {name} {args['rest']}".rstrip(),
        protocol=_protocol(name),
        source=source,
        destination=destination,
        source_ports=source_ports,
        ports=ports,
        kinds=_kinds(rest) if name == "icmp" else frozenset(),
        established="established" in rest,
        log=bool(rest & {"log", "log-input"}),
    )


def _protocol(name: str) -> int | None:
    return PROTOCOLS.get(name, int(name) if name.isdecimal() else None)


def _kinds(words: Iterable[str]) -> frozenset[IcmpKind]:
    kinds = {ICMP_WORDS[word] for word in words if word in ICMP_WORDS}
    if UNREACHABLE in words:
        kinds |= {kind for word, kind in ICMP_WORDS.items() if word.endswith(UNREACHABLE)}
    return frozenset(kinds)


def _standard(args: Mapping[str, Any]) -> Wild:
    if "host" in args:
        return Wild(address=int(args["host"]), wildcard=0)
    if "address" not in args:
        return ANY
    return Wild(address=int(args["address"]), wildcard=int(args.get("wildcard", 0)))


def _standard_text(source: Wild) -> str:
    if source == ANY:
        return "any"
    address = _dotted(source.address)
    return f"{address}, wildcard bits {_dotted(source.wildcard)}" if source.wildcard else address


def _dotted(number: int) -> str:
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


class _Words:
    """The words behind the protocol of a line, read from the left."""

    def __init__(self, text: str) -> None:
        self._words = text.split()

    def end(self) -> tuple[Wild, Ports | None]:
        """Read `any`, `host A` or `A W`, and the ports behind it."""
        return self._addresses(), self._ports()

    def left(self) -> Iterator[str]:
        """Give what was not read."""
        return iter(self._words)

    def _take(self) -> str:
        return self._words.pop(0) if self._words else ""

    def _addresses(self) -> Wild:
        first = self._take()
        if first == "host":
            return Wild(address=_number(self._take()), wildcard=0)
        if parse_ip(first) is None:
            return ANY
        return Wild(address=_number(first), wildcard=_number(self._take()))

    def _ports(self) -> Ports | None:
        if self._words[:1] and self._words[0] in OPERATORS:
            operator = self._take()
            first = _port(self._take())
            last = _port(self._take()) if operator == "range" else 0
            return Ports(operator=operator, first=first, last=last)
        return None


def _number(text: str) -> int:
    address = parse_ip(text)
    return int(address) if address is not None else 0


def _port(text: str) -> int:
    return PORTS.get(text, int(text) if text.isdecimal() else 0)
