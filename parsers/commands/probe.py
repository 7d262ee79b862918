"""Ping and traceroute."""

from parsers.commands.parser import Parser
from parsers.convert import each, probe
from parsers.records import Ping, TracerouteHop

PROBE: tuple[Parser, ...] = (
    Parser(
        command="ping",
        syntax="ping <rest>",
        template="ping",
        records=(Ping,),
        convert=each(probe.ping),
    ),
    Parser(
        command="traceroute",
        syntax="traceroute <rest>",
        template="traceroute",
        records=(TracerouteHop,),
        convert=probe.traceroute_hops,
    ),
)
