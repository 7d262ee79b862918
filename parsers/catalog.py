"""The table of parsers: command -> template -> records, and `parse` that uses it.

A command is written in the words of the manual: `<ip>`, `<interface>` and `<word>` stand for what
the operator types, `[...]` may be left out, `( | )` is a choice. Each keyword may be shortened, as
on a router; text behind a pipe is not part of the command.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import TypeVar

from parsers.capture import clean, refuse, refuse_long_lines
from parsers.convert import Converter, crypto, each, overlay, routing, system
from parsers.engine import Row, Template
from parsers.errors import BadValue, UnknownCommand
from parsers.records import (
    Archive,
    BgpNeighbor,
    CefPath,
    Clock,
    CryptoSession,
    DmvpnPeer,
    DmvpnTunnelDown,
    EigrpNeighbor,
    Ikev2Sa,
    InterfaceBrief,
    NhrpEntry,
    NhrpPendingRegistration,
    NhrpServer,
    Ping,
    Record,
    RollbackTimer,
    Route,
    RoutePath,
    TracerouteHop,
    UserLine,
    Version,
)

T = TypeVar("T", bound=Record)


@dataclass(frozen=True, kw_only=True)
class Parser:
    """One row of the catalogue."""

    command: str  # the shortest form; also the name of the folder of its goldens
    syntax: str
    template: str
    records: tuple[type[Record], ...]
    convert: Converter
    none_answer: str | None = None  # a `%` answer that means: there is none

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The syntax as a regular expression over a lower-case command."""
        return re.compile("".join(_token(token) for token in _TOKEN.findall(self.syntax)))

    @cached_property
    def none_pattern(self) -> re.Pattern[str] | None:
        """The answer that means none, as a regular expression."""
        return re.compile(self.none_answer) if self.none_answer else None


_TOKEN = re.compile(r"[\[\]()|]|[^\s\[\]()|]+")
_MARKS = {"[": "(?:", "]": ")?", "(": "(?:", ")": ")", "|": "|"}
_OPERANDS = {
    "<ip>": r" [0-9a-f]*[.:][0-9a-f.:]*(?:/\d+| \d+\.\d+\.\d+\.\d+)?",
    "<interface>": r" [a-z-]+ ?\d[\d/.:]*",
    "<word>": r" \S+",
    "<rest>": r"(?: .*)?",
}


def _token(token: str) -> str:
    if token in _MARKS:
        return _MARKS[token]
    return _OPERANDS.get(token) or " " + _abbreviation(token)


def _abbreviation(keyword: str) -> str:
    """Write a keyword as the expression of all its beginnings: `ip` is `i(?:p)?`."""
    return "(?:".join(map(re.escape, keyword)) + ")?" * (len(keyword) - 1)


_NHRP_FORMS = (
    "[vrf <word>] [detail | shortcut | self | static | dynamic | incomplete]"
    " [<interface>] [<ip>] [detail]"
)

PARSERS: tuple[Parser, ...] = (
    Parser(
        command="show dmvpn",
        syntax="show dmvpn [ipv4 | ipv6] [vrf <word>] [interface <interface>]",
        template="show_dmvpn",
        records=(DmvpnPeer, DmvpnTunnelDown),
        convert=overlay.dmvpn,
    ),
    Parser(
        command="show ip nhrp",
        syntax=f"show (ip | ipv6) nhrp {_NHRP_FORMS}",
        template="show_ip_nhrp",
        records=(NhrpEntry,),
        convert=each(overlay.nhrp_entry),
    ),
    Parser(
        command="show ip nhrp nhs",
        syntax="show (ip | ipv6) nhrp nhs [<interface>] [<ip>] [detail]",
        template="show_ip_nhrp_nhs",
        records=(NhrpServer, NhrpPendingRegistration),
        convert=overlay.nhrp_servers,
    ),
    Parser(
        command="show ip route",
        syntax="show ip route [vrf <word>] [next-hop-override | nhrp | connected | static | rip"
        " | local | (bgp | eigrp | ospf) [<word>] | <ip> longer-prefixes]",
        template="show_ip_route",
        records=(Route,),
        convert=routing.routes,
        none_answer="% (Network|Subnet) not in table",
    ),
    Parser(
        command="show ip route prefix",
        syntax="show ip route [vrf <word>] <ip>",
        template="show_ip_route_prefix",
        records=(RoutePath,),
        convert=each(routing.route_path),
        none_answer="% (Network|Subnet) not in table",
    ),
    Parser(
        command="show ip cef",
        syntax="show ip cef [vrf <word>] [<ip>]",
        template="show_ip_cef",
        records=(CefPath,),
        convert=routing.cef_paths,
        none_answer="%Prefix not found",
    ),
    Parser(
        command="show crypto session",
        syntax="show crypto session [interface <interface>] [detail]",
        template="show_crypto_session",
        records=(CryptoSession,),
        convert=crypto.crypto_sessions,
    ),
    Parser(
        command="show version",
        syntax="show version",
        template="show_version",
        records=(Version,),
        convert=each(system.version),
    ),
    Parser(
        command="show clock",
        syntax="show clock",
        template="show_clock",
        records=(Clock,),
        convert=each(system.clock),
    ),
    Parser(
        command="show archive",
        syntax="show archive",
        template="show_archive",
        records=(Archive,),
        convert=each(system.archive),
    ),
    Parser(
        command="show archive config rollback timer",
        syntax="show archive config rollback timer",
        template="show_archive_config_rollback_timer",
        records=(RollbackTimer,),
        convert=each(system.rollback_timer),
        none_answer="%No Rollback Confirmed Change pending",
    ),
    Parser(
        command="ping",
        syntax="ping <rest>",
        template="ping",
        records=(Ping,),
        convert=each(system.ping),
    ),
    Parser(
        command="traceroute",
        syntax="traceroute <rest>",
        template="traceroute",
        records=(TracerouteHop,),
        convert=system.traceroute_hops,
    ),
    Parser(
        command="show ip eigrp neighbors",
        syntax="show (ip | ipv6) eigrp [vrf <word>] neighbors [<word>]",
        template="show_ip_eigrp_neighbors",
        records=(EigrpNeighbor,),
        convert=each(routing.eigrp_neighbor),
    ),
    Parser(
        command="show ip bgp summary",
        syntax="show ip bgp [vpnv4 (all | vrf <word>)] summary",
        template="show_ip_bgp_summary",
        records=(BgpNeighbor,),
        convert=routing.bgp_neighbors,
    ),
    Parser(
        command="show crypto ikev2 sa",
        syntax="show crypto ikev2 sa",
        template="show_crypto_ikev2_sa",
        records=(Ikev2Sa,),
        convert=each(crypto.ikev2_sa),
    ),
    Parser(
        command="show ip interface brief",
        syntax="show ip interface brief [<interface>]",
        template="show_ip_interface_brief",
        records=(InterfaceBrief,),
        convert=each(system.interface_brief),
    ),
    Parser(
        command="show users",
        syntax="show users",
        template="show_users",
        records=(UserLine,),
        convert=each(system.user_line),
    ),
)


def parse(command: str, text: str) -> tuple[Record, ...]:
    """Read the output of a command; nothing to show gives no records.

    Raises:
        UnknownCommand: no parser for the command.
        CliError: the router answered with `%`.
        UnexpectedLine: a line that this command does not print.
        BadValue: a value that cannot be, or an entry cut short.
    """
    parser = find(command)
    output = clean(text)
    refuse_long_lines(command, output)
    if refuse(command, output, parser.none_pattern):
        return ()
    template = _template(parser.template)
    rows = _Reader(template.rows(command, output))
    try:
        return tuple(parser.convert(rows))
    except (ValueError, KeyError) as wrong:
        number, line = template.line_of(output, rows.index)
        raise BadValue(command, number, line, str(wrong)) from None


def parse_as(kind: type[T], command: str, text: str) -> tuple[T, ...]:
    """Read the output of a command and keep the records of one kind."""
    return tuple(record for record in parse(command, text) if isinstance(record, kind))


@lru_cache(maxsize=1024)
def find(command: str) -> Parser:
    """Find the parser of a command, shortened or not.

    Raises:
        UnknownCommand: there is none, or several could be meant.
    """
    words = " " + " ".join(command.partition("|")[0].lower().split())
    found = [parser for parser in PARSERS if parser.pattern.fullmatch(words)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(parser.command for parser in found)
    raise UnknownCommand(command, 0, "", f"could be {names}" if found else "")


@cache
def _template(name: str) -> Template:
    source = files("parsers") / "templates" / f"cisco_ios_{name}.textfsm"
    return Template(name, source.read_text(encoding="utf-8"))


class _Reader:
    """Rows handed out one by one, so that the row of a bad value is known."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows
        self.index = 0

    def __iter__(self) -> Iterator[Row]:
        for self.index, row in enumerate(self._rows):  # noqa: B020 - the place is the purpose
            yield row
