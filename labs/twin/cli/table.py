"""The table of exec commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from labs.twin.cli import (
    aliases,
    change,
    clear,
    copying,
    dialogue,
    files,
    lock,
    login,
    probes,
    system,
)
from labs.twin.cli.probes import PING_OPTIONS, TRACE_OPTIONS
from labs.twin.grammar import Grammar
from labs.twin.show import SHOW

if TYPE_CHECKING:
    from labs.twin.cli.session import Session

Handler = Callable[["Session", Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Entry:
    """An exec command."""

    pattern: str
    handler: Handler


USER = (
    Entry("enable [<level:0-15>]", login.enable),
    Entry("disable [<level:0-15>]", login.disable),
    Entry("login", login.login),
    Entry("exit", system.leave),
    Entry("logout", system.leave),
    Entry("quit", system.leave),
    Entry("terminal length <lines:0-512>", system.terminal),
    Entry("terminal width <columns:0-512>", system.terminal),
    Entry("terminal <switch:one(monitor)>", system.terminal),
    Entry("terminal no monitor", system.terminal_quiet),
    Entry("terminal history [size <kept:0-256>]", system.terminal_history),
    Entry("terminal no history", system.terminal_forgets),
    Entry("terminal default <what:one(length,width)>", system.terminal_default),
    Entry("show clock [<detail:one(detail)>]", system.show_clock),
    Entry("show privilege", system.show_privilege),
    Entry("show history", system.show_history),
    Entry("who", system.who),
    Entry("where", system.show_sessions),
    Entry("show sessions", system.show_sessions),
    Entry("show aliases [exec]", aliases.show_aliases),
    Entry("ping [vrf <vrf:word>] [ip|ipv6]", dialogue.ask_ping),
    Entry(f"ping [vrf <vrf:word>] [ip|ipv6] <destination:word> {PING_OPTIONS}", probes.ping),
    Entry("traceroute [vrf <vrf:word>] [ip|ipv6]", dialogue.ask_trace),
    Entry(
        f"traceroute [vrf <vrf:word>] [ip|ipv6] <destination:word> {TRACE_OPTIONS}",
        probes.traceroute,
    ),
)
ENABLED = (
    Entry("configure", change.configure_how),
    Entry("configure terminal", change.configure),
    Entry("configure terminal revert timer <minutes:1-120>", change.configure_revert),
    Entry("configure terminal revert idle <idle:1-120>", change.configure_revert),
    Entry("configure confirm", change.confirm),
    Entry("configure revert now", change.revert_now),
    Entry("configure revert timer <minutes:1-120>", change.revert_timer),
    Entry("configure revert timer idle <idle:1-120>", change.revert_timer),
    Entry(
        "configure replace <url:word> [nolock] [<list:one(list)>] [<force:one(force)>] "
        "[ignorecase] [revert trigger [<error:one(error)>] [timer <minutes:1-120>]]",
        change.replace,
    ),
    Entry(
        "configure replace <url:word> [nolock] [<list:one(list)>] [<force:one(force)>] "
        "[ignorecase] time <minutes:1-120>",
        change.replace,
    ),
    Entry("archive config", change.archive_config),
    Entry("show archive", change.show_archive),
    Entry("show archive config rollback timer", change.show_timer),
    Entry("show archive config differences [<old:word>] [<new:word>]", change.differences),
    Entry("show archive config incremental-diffs <url:word> [ignorecase]", change.incremental),
    Entry("show running-config [<all:one(all)>]", copying.show_running),
    Entry("show running-config [<all:one(all)>] interface <name:interface>", copying.show_running),
    Entry("show running-config interface <name:interface> <all:one(all)>", copying.show_running),
    Entry("show running-config (full|brief|view full)", copying.show_running),
    Entry("show startup-config", copying.show_startup),
    Entry("show configuration", copying.show_startup),
    Entry("show file systems", files.show_file_systems),
    Entry("write [memory]", copying.write_memory),
    Entry("write terminal", copying.show_running),
    Entry("write erase", copying.write_erase),
    Entry("erase (startup-config|nvram:|/all nvram:)", copying.write_erase),
    Entry(
        "copy (<source:one(running-config,startup-config)>|<source:word>) "
        "(<target:one(running-config,startup-config)>|<target:word>)",
        copying.copy,
    ),
    Entry("dir [<recursive:one(/recursive)>] [/all] [<url:word>]", files.list_directory),
    Entry("dir (all|all-filesystems|/all-filesystems)", files.list_everything),
    Entry("cd [<url:word>]", files.change_folder),
    Entry("mkdir <url:word>", files.make_folder),
    Entry("rmdir <url:word>", files.remove_folder),
    Entry("show (flash:|flash0:|bootflash:|unix:)", files.show_flash),
    Entry("more <url:word>", files.more),
    Entry(
        "delete [<force:one(/force)>] [<recursive:one(/recursive)>] [<force:one(/force)>] "
        "<url:word>",
        files.delete,
    ),
    Entry("rename <url:word> <target:word>", files.rename),
    Entry("pwd", files.working_directory),
    Entry("verify /md5 <url:word> [<digest:word32>]", files.verify),
    Entry("tclsh", files.tclsh),
    Entry("clear ip nhrp [vrf <vrf:word>] [<address:ip>]", clear.clear_nhrp),
    Entry("clear ip nhrp [vrf <vrf:word>] <address:ip> <mask:mask>", clear.clear_nhrp),
    Entry("clear ip nhrp <interface:interface>", clear.clear_nhrp),
    Entry(
        "clear ip nhrp [vrf <vrf:word>] <shortcut:one(shortcut)> [<interface:interface>]",
        clear.clear_nhrp,
    ),
    *(
        Entry(f"clear ipv6 nhrp {what}".rstrip(), clear.of_ipv6(clear.clear_nhrp))
        for what in (
            "[<address:ipv6>]",
            "<interface:interface>",
            "<shortcut:one(shortcut)> [<interface:interface>]",
        )
    ),
    Entry(
        "clear ipv6 nhrp counters [interface <interface:interface>]",
        clear.of_ipv6(clear.clear_nhrp_counters),
    ),
    Entry("clear ip nhrp counters [interface <interface:interface>]", clear.clear_nhrp_counters),
    Entry("clear [ip] nhrp stats [<interface:interface>]", clear.clear_nhrp_stats),
    *(
        Entry(
            f"clear dmvpn session{meant} [vrf <vrf:word>] [<static:one(static)>]",
            clear.clear_dmvpn,
        )
        for meant in (
            "",
            " interface <interface:interface>",
            " peer tunnel <overlay:ip>",
            " peer nbma <nbma:ip>",
        )
    ),
    Entry("clear dmvpn statistics [interface <interface:interface>]", clear.clear_nhrp_counters),
    Entry("clear crypto session [remote <peer:address>]", clear.clear_crypto),
    Entry("clear crypto sa [peer <peer:address>]", clear.clear_ipsec),
    Entry("clear crypto sa counters", clear.clear_ipsec_counters),
    Entry("clear crypto ikev2 sa [remote <peer:address>]", clear.clear_ikev2),
    Entry("clear crypto isakmp [<connection:1-65535>]", clear.clear_isakmp),
    *(
        Entry(
            f"clear {head} neighbors [(<address:ip>|<interface:interface>)] [<soft:one(soft)>]",
            clear.clear_eigrp,
        )
        for head in (
            "ip eigrp [vrf <vrf:word>] [<asn:1-65535>]",
            "eigrp address-family ipv4 [vrf <vrf:word>] [<asn:1-65535>]",
        )
    ),
    Entry("clear ip bgp (*|<peer:ip>)", clear.clear_bgp),
    Entry("clear ip bgp (*|<peer:ip>) [soft] <way:one(in,out)>", clear.clear_softly),
    Entry("clear ip bgp (*|<peer:ip>) soft", clear.clear_softly),
    Entry("clear bgp ipv4 unicast (*|<peer:ip>)", clear.clear_bgp),
    Entry("clear bgp ipv4 unicast (*|<peer:ip>) [soft] <way:one(in,out)>", clear.clear_softly),
    Entry("clear bgp ipv4 unicast (*|<peer:ip>) soft", clear.clear_softly),
    Entry("clear ip route *", clear.clear_derived),
    Entry("clear logging", clear.clear_logging),
    *(
        Entry(f"clock set <time:word> {date} <year:1993-2035>", system.clock_set)
        for date in (
            f"<day:1-31> <month:one({','.join(system.MONTHS)})>",
            f"<month:one({','.join(system.MONTHS)})> <day:1-31>",
        )
    ),
    Entry("clear counters [<name:interface>]", clear.clear_counters),
    Entry("clear line vty <number:0-98>", clear.clear_line),
    Entry("show debugging", system.show_debugging),
    Entry(
        "show ntp <what:one(status,associations)>",
        system.disabled("ntp", "%NTP is not enabled.\n"),
    ),
    Entry("show <what:one(snmp)>", system.disabled("snmp-server", "%SNMP agent not enabled\n")),
    Entry("show archive log config all", change.show_commands),
    Entry("clear arp-cache [<address:ip>]", clear.clear_derived),
    Entry("undebug all", system.undebug),
    Entry("no debug all", system.undebug),
    Entry("show (boot|bootvar)", system.show_boot),
    Entry("show ip ssh", system.show_ip_ssh),
    Entry("configure terminal <lock:one(lock)>", lock.configure_locked),
    Entry("show configuration lock", lock.show_lock),
    Entry("clear configuration lock", lock.clear_lock),
    Entry("reload [/noverify]", system.reload),
    Entry("reload <reason:line>", system.reload),
    Entry("reload in <delay:word> [<reason:line>]", system.reload_in),
    *(
        Entry(f"reload at <time:word> {date} [<reason:line>]", system.reload_at)
        for date in (
            f"<day:1-31> <month:one({','.join(system.MONTHS)})>",
            f"<month:one({','.join(system.MONTHS)})> <day:1-31>",
        )
    ),
    Entry("reload at <time:word> [<reason:line>]", system.reload_at),
    Entry("reload cancel", system.reload_cancel),
    Entry("show reload", system.show_reload),
)
RESERVED_USER = ("connect", "disconnect", "mtrace", "name-connection", "resume", "rlogin", "telnet")
RESERVED = (
    *("debug", "format", "monitor", "partition", "release", "renew", "restart", "rsh", "send"),
    *("set", "setup", "start-chat", "test", "undelete", "upgrade"),
)
"""Exec commands of every router that the twin refuses, but that make abbreviations ambiguous."""
LOCKED = ("show crypto ", "clear crypto ")
"""Commands that are missing while the crypto of the image is locked."""
OF_XE = ("show [ip] nhrp stats", "clear [ip] nhrp stats")
"""Commands that only captures of IOS-XE show."""


@cache
def exec_grammar(*, enabled: bool, licensed: bool = True, xe: bool = True) -> Grammar[Handler]:
    """Give the compiled table of user or enable mode; crypto and what is new may be missing."""
    entries = [*USER, *(ENABLED if enabled else ())]
    rows = {pattern: _shown(renderer) for pattern, renderer in SHOW.items()}
    rows |= {entry.pattern: entry.handler for entry in entries}
    missing = (() if licensed else LOCKED) + (() if xe else OF_XE)
    grammar = Grammar(
        (pattern, handler) for pattern, handler in rows.items() if not pattern.startswith(missing)
    )
    grammar.reserve((*RESERVED_USER, *(RESERVED if enabled else ())))
    return grammar


def _shown(renderer: Callable[..., str]) -> Handler:
    def show(session: Session, args: Mapping[str, Any]) -> str:
        return renderer(session.view(), args)

    return show
