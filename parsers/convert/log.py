"""Rows of `show logging` and of the event trace of DMVPN -> records."""

import re
from collections.abc import Iterable, Iterator

from parsers.convert import refuse_if
from parsers.convert.system import CLOCK_SOURCE
from parsers.engine import Row
from parsers.records import DmvpnTraceEvent, LogBuffer, LogHost, LogMessage, LogSettings, LogSource
from parsers.values import address, duration, lines, number, optional_address, word

_IP = r"[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*[0-9A-Fa-f]"
_REMOTE = rf"\(Tunnel: (?P<tunnel>{_IP})\s+NBMA:\s+(?P<nbma>{_IP})\s*\)"
_LOCAL = rf"\(Tunnel: (?P<local_tunnel>{_IP})\s+NBMA:\s+(?P<local_nbma>{_IP})\s*\)"
_INTERFACE = r"(?P<interface>[A-Za-z][\w/.:-]*\d)"

# What a message tells beside its text, by facility and the beginning of its mnemonic.
# DMVPN, CRYPTO_SS ...: lines of an IOL 17.15.1, reference FAULT_SWEEP.md; NHRP: of an IOL in
# fault-labs/ref-04; OSPF, BGP, the rest of CRYPTO: system message guides of IOS 15 and XE.
_NEXT_HOP = rf"{_INTERFACE}: Next Hop \w+ : {_REMOTE} for {_LOCAL} is (?P<state>UP|DOWN)"
_TEXTS = {
    ("DMVPN", "CRYPTO_SS"): (
        rf"{_INTERFACE}: local address : (?P<local_nbma>{_IP}) remote address : (?P<nbma>{_IP})"
        r" socket is (?P<state>UP|DOWN)"
    ),
    ("DMVPN", "NHRP_NH"): rf"{_NEXT_HOP}(?:, Reason: (?P<reason>.+))?",
    ("DMVPN", "NHRP_NETID"): rf"{_INTERFACE}: NETID : \d+ (?P<state>\w+) {_REMOTE}",
    ("DMVPN", "DMVPN_NHRP_ERROR"): (rf"{_INTERFACE}: .*, Reason:\s+(?P<reason>.+?)\s+on {_REMOTE}"),
    ("NHRP", "PAKERROR"): (
        rf"Received Error Indication from (?P<peer>{_IP}), code:\s+(?P<reason>[^,]+),"
        rf" \(trigger src: (?P<tunnel>{_IP}) \(nbma: (?P<nbma>{_IP})\) .*"
    ),
    ("NHRP", "PAKREPLY"): r"Receive (?:\w+ )+?packet with error - (?P<reason>.+)",
    ("DUAL", "NBRCHANGE"): (
        rf"\S+ \S+ Neighbor (?P<peer>{_IP}) \({_INTERFACE}\) is (?P<state>\w+)"
        r"(?:: (?P<reason>.+))?"
    ),
    ("OSPF", "ADJCHG"): (
        rf"Process \S+, Nbr (?P<peer>{_IP}) on {_INTERFACE} from \S+ to (?P<state>\w+),"
        r" (?P<reason>.+)"
    ),
    ("BGP", "ADJCHANGE"): (
        rf"neighbor (?P<peer>{_IP})(?: vpn vrf \S+)? (?P<state>Up|Down)(?:\s+(?P<reason>\S.*))?"
    ),
    ("BGP", "NOTIFICATION"): (
        rf"(?:sent to|received from) neighbor (?P<peer>{_IP}) (?:\(?\w+\)? )?\d+/\d+"
        r" \((?P<reason>[^)]+)\).*"
    ),
    ("LINEPROTO", "UPDOWN"): (
        rf"Line protocol on Interface {_INTERFACE}, changed state to (?P<state>.+)"
    ),
    ("LINK", ""): rf"Interface {_INTERFACE}, changed state to (?P<state>.+)",
    ("TUN", "RECURDOWN"): (rf"{_INTERFACE} (?P<state>temporarily disabled) due to (?P<reason>.+)"),
    ("ADJ", "PARENT"): rf"Midchain parent maintenance for IP midchain out of {_INTERFACE} .*",
    ("CRYPTO", "RECVD_PKT_NOT_IPSEC"): (
        rf".* vrf/dest_addr= \S*/(?P<local_nbma>{_IP}), src_addr= (?P<peer>{_IP}), prot= \d+"
    ),
    ("CRYPTO", "RECVD_PKT_INV_SPI"): (
        rf".* for destaddr=(?P<local_nbma>{_IP}), .*srcaddr=(?P<peer>{_IP})(?:,.*)?"
    ),
    ("CRYPTO", "SESSION_STATUS"): (
        r"Crypto tunnel is (?P<state>UP|DOWN)\.\s+Peer (?P<peer>[0-9.]+):\d+\s.*"
    ),
    ("CRYPTO", "IKMP_MODE_FAILURE"): rf".* with peer at (?P<peer>{_IP})",
    ("CRYPTO", "IKMP_BAD_MESSAGE"): rf"IKE message from (?P<peer>{_IP}) (?P<reason>failed .+)",
    ("CRYPTO", "ISAKMP_ON_OFF"): r"ISAKMP is (?P<state>ON|OFF)",
}
_COMPILED = tuple((*key, re.compile(pattern)) for key, pattern in _TEXTS.items())

LogRecord = LogSettings | LogHost | LogSource | LogBuffer | LogMessage


def log(rows: Iterable[Row]) -> Iterator[LogRecord]:
    """Read the settings, the hosts, the size of the buffer and the messages."""
    for row in rows:
        if row["ENABLED"]:
            yield _settings(row)
        elif row["HOST"]:
            yield _host(row)
        elif row["SOURCE_INTERFACE"]:
            yield LogSource(interface=row["SOURCE_INTERFACE"], vrf=word(row["HOST_VRF"]))
        elif row["BUFFER_BYTES"]:
            refuse_if(bool(row["MORE"]), "a line without the message it belongs to")
            yield LogBuffer(size_bytes=int(row["BUFFER_BYTES"]))
        else:
            yield _message(row)


def _settings(row: Row) -> LogSettings:
    return LogSettings(
        enabled=row["ENABLED"] == "enabled",
        messages_dropped=int(row["DROPPED"]),
        messages_rate_limited=int(row["RATE_LIMITED"]),
        console_level=_level(row["CONSOLE"]),
        monitor_level=_level(row["MONITOR"]),
        buffer_level=_level(row["BUFFER"]),
        buffered_messages=number(row["BUFFERED"]),
        trap_level=_level(row["TRAP"]),
    )


def _level(text: str) -> str | None:
    return text.removeprefix("level ") if text.startswith("level ") else None


def _host(row: Row) -> LogHost:
    return LogHost(
        address=address(row["HOST"]),
        vrf=word(row["HOST_VRF"]),
        protocol=word(row["HOST_PROTOCOL"]),
        port=number(row["HOST_PORT"]),
        link=word(row["HOST_LINK"]),
    )


def _message(row: Row) -> LogMessage:
    refuse_if(not row["STAMP"] and not row["MNEMONIC"], "a line without the message it belongs to")
    text, told = _read(row)
    dated = row["STAMP"][:1].isalpha()
    return LogMessage(
        sequence=number(row["SEQUENCE"]),
        clock_source=CLOCK_SOURCE[row["MARK"]] if dated else None,
        timestamp=word(row["STAMP"]),
        uptime_s=None if dated else duration(row["STAMP"]),
        facility=word(row["FACILITY"]),
        severity=number(row["SEVERITY"]),
        mnemonic=word(row["MNEMONIC"]),
        text=text,
        interface=told.get("interface"),
        tunnel_address=optional_address(told.get("tunnel", "")),
        nbma_address=optional_address(told.get("nbma", "")),
        local_tunnel_address=optional_address(told.get("local_tunnel", "")),
        local_nbma_address=optional_address(told.get("local_nbma", "")),
        peer_address=optional_address(told.get("peer", "")),
        state=told.get("state"),
        reason=told.get("reason"),
    )


def _read(row: Row) -> tuple[str, dict[str, str]]:
    """Join the lines of a message; where a terminal broke it, at a blank or not, is tried."""
    broken = [row["TEXT"], *lines(row["WRAPPED"])]
    rest = [*lines(row["MORE"]), *lines(row["RESTART"])]
    for joint in (" ", ""):
        text = " ".join([joint.join(broken), *rest]).strip()
        if told := _told(row["FACILITY"], row["MNEMONIC"], text):
            return text, told
    return text, {}


def _told(facility: str, mnemonic: str, text: str) -> dict[str, str]:
    """Find what a message tells; one in other words keeps its text only."""
    for of, begin, pattern in _COMPILED:
        if facility == of and mnemonic.startswith(begin) and (found := pattern.fullmatch(text)):
            return {name: value for name, value in found.groupdict().items() if value}
    return {}


_FIELDS = re.compile(r"\b(target|nbma_src|vpn_src|nbma_dest|vpn_dest|vrf|reason): ")


def trace_event(row: Row) -> DmvpnTraceEvent:
    """Read one event; `reason` runs to the end of the line, the other fields are words."""
    parts = _FIELDS.split(row["TEXT"])
    told = dict(zip(parts[1::2], parts[2::2], strict=True))
    words = {name: value.split()[0] for name, value in told.items() if value.split()}
    return DmvpnTraceEvent(
        trace=word(row["TRACE"]),
        clock_source=CLOCK_SOURCE[row["MARK"]],
        timestamp=row["STAMP"],
        event=row["EVENT"],
        interface=word(row["INTERFACE"]),
        target=words.get("target"),
        nbma_src=words.get("nbma_src"),
        vpn_src=words.get("vpn_src"),
        nbma_dest=words.get("nbma_dest"),
        vpn_dest=words.get("vpn_dest"),
        vrf=words.get("vrf"),
        reason=told.get("reason"),
        text=row["TEXT"],
    )
