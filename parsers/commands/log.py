"""Commands about messages and traces."""

from parsers.commands.parser import Parser
from parsers.convert import each, log
from parsers.records import (
    DmvpnTraceEvent,
    LogBuffer,
    LogHost,
    LogMessage,
    LogSettings,
    LogSource,
)

LOG: tuple[Parser, ...] = (
    Parser(
        command="show logging",
        syntax="show logging",
        template="show_logging",
        records=(LogSettings, LogHost, LogSource, LogBuffer, LogMessage),
        convert=log.log,
    ),
    Parser(
        command="show monitor event-trace dmvpn",
        syntax="show monitor event-trace dmvpn [nhrp [event | error | exception] | tunnel]"
        " [all | latest | back <word> | clock <word> | from-boot [<word>]] [detail]",
        template="show_monitor_event-trace_dmvpn",
        records=(DmvpnTraceEvent,),
        convert=each(log.trace_event),
    ),
)
