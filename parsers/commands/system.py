"""Commands about the router itself."""

from parsers.commands.parser import Parser
from parsers.convert import each, system
from parsers.records import Archive, Clock, RollbackTimer, UserLine, Version

SYSTEM: tuple[Parser, ...] = (
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
        command="show users",
        syntax="show users",
        template="show_users",
        records=(UserLine,),
        convert=each(system.user_line),
    ),
)
