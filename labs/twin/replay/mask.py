"""What differs between two runs of the same network, and is therefore not compared.

Timers, SPIs, connection and flow ids, packet counters, round-trip times, request ids, sequence
numbers, serial numbers, build strings. Flags, attributes, states, order, indentation, metrics,
distances, next hops and legends are never masked.
"""

import re
from collections.abc import Callable

AGE = r"(?:\d+:\d\d:\d\d|\d+y\d+w|\d+w\d+d|\d+d\d+h)"
COLUMN = 8
"""Width of an age column: 00:00:00; a shorter age is padded in front."""
Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]


def _age(match: re.Match[str]) -> str:
    """Give back the padding that a short age has in a column."""
    pad = match["pad"]
    extra = max(0, COLUMN - len(match["age"]))
    return pad[: max(1, len(pad) - extra)] + "<age>" if pad else "<age>"


def _rule(pattern: str, put: str | Callable[[re.Match[str]], str]) -> Rule:
    return re.compile(pattern), put


RULES: tuple[Rule, ...] = (
    # Round-trip times
    _rule(r"\d+/\d+/\d+ ms$", "<rtt> ms"),
    _rule(r"\b\d+ msec\b", "<rtt> msec"),
    # SPIs
    _rule(r"0x ?[0-9A-Fa-f]+\(\d+\)", "<spi>"),
    _rule(r"(SPI ?: ?)0x ?[0-9A-Fa-f]+", r"\1<spi>"),
    _rule(r"(SPI:? )[0-9A-Fa-f]{16}\b", r"\1<spi>"),
    # Security associations
    _rule(r"\bconn id: \d+", "conn id: <id>"),
    _rule(r"\bconnid:\d+", "connid:<id>"),
    _rule(r"(flow_id: \D*?)\d+", r"\1<id>"),
    _rule(r"(\(k/sec\): )\([^)]*\)", r"\1(<life>)"),
    _rule(r"(life \(KB/Sec\)) \S+/\S+", r"\1 <life>"),
    _rule(r"^\d+( +\d+(?:\.\d+){3}/\d+ +\d+(?:\.\d+){3}/\d+ )", r"<id>\1"),
    _rule(r"(Life/Active Time: \d+)/\d+", r"\1/<age>"),
    _rule(r"lifetime:\d+:\d\d:\d\d", "lifetime:<age>"),
    _rule(r"^(\d\S*\.\d+ +\d\S*\.\d+ +[A-Z_]+) +\d+ (ACTIVE|MM|QM)", r"\1 <id> \2"),
    _rule(r"Session ID: *\d+", "Session ID: <id>"),
    _rule(r"Session: \[0x[0-9A-Fa-f]+\]", "Session: [<id>]"),
    # Counters
    _rule(r"(#[a-z][a-z. ]*:? )\d+", r"\1<n>"),
    _rule(r"\b(pkts|drop|dec'ed|enc'ed) \d+", r"\1 <n>"),
    _rule(r"\b(req-sent|req-failed|repl-recv) \d+", r"\1 <n>"),
    _rule(r"\b(hits|packets (?:input|output)|bytes):? \d+", r"\1 <n>"),
    # Ids
    _rule(r"\b(Reqid|Request ID:|Current Request ID:) \d+", r"\1 <id>"),
    _rule(r"\(Ack: \d+\)", "(Ack: <id>)"),
    _rule(r"(Processor board ID|SN:) \S+", r"\1 <serial>"),
    _rule(r"((?:serial|Serial Number)[^:]*: )\S+", r"\1<serial>"),
    # `show ip eigrp neighbors`: hold, uptime, SRTT, RTO and sequence number
    _rule(
        rf"^(\d+ +\d+(?:\.\d+){{3}} +\S+) +\d+ +{AGE} +\d+ +\d+ +(\d+) +\d+$",
        r"\1 <hold> <age> <srtt> <rto> \2 <seq>",
    ),
    # `show ip bgp summary`: messages and table version
    _rule(
        r"^(\*?\d+(?:\.\d+){3} +\d +\d+) +\d+ +\d+ +\d+ +(\d+) +(\d+)",
        r"\1 <n> <n> <version> \2 \3",
    ),
    _rule(r"table version( is)? \d+", r"table version\1 <version>"),
    _rule(r"(networks peaked at) .* ago\)", r"\1 <time>"),
    # Ages come last: they stand everywhere
    _rule(rf"(?P<pad> *)\b(?P<age>{AGE})\b", _age),
)


def masked(line: str) -> str:
    """Replace what is not compared in a line; trailing white space goes, tabs become columns."""
    line = line.expandtabs().rstrip()
    for pattern, put in RULES:
        line = pattern.sub(put, line)
    return line


def masked_lines(text: str) -> list[str]:
    """Mask a text; empty lines before the first and after the last word are no part of it."""
    lines = [masked(line) for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return lines
