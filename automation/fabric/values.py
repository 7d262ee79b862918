"""Typed values of fabric.yaml: each rule says what is wrong and what to write instead.

A value that passes can stand in a configuration line: no control characters, no blanks where a
line has words. Rules that need two values are in `model` (one object) or `rules` (the whole).
"""

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, IPv4Network
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from automation.fabric.places import clear_secret

NHRP_AUTHENTICATION_MAX = 8  # reference/DMVPN.md section 3
TUNNEL_KEY_MAX = 4294967295
RESERVED = frozenset({"all", "any", "auto", "default", "global", "none"})
"""Words that mean something else to IOS (`match fvrf any`) or to this program."""

TEXT = {"type": "string"}
"""JSON Schema of text."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_SECRET = re.compile(r"secret:[A-Za-z0-9][A-Za-z0-9_./-]{0,62}")
_INTERFACE = re.compile(r"([A-Za-z][A-Za-z-]*)(\d+(?:/\d+){0,3}(?:\.\d+)?)")
INTERFACE_TYPES = (
    "GigabitEthernet",
    "TenGigabitEthernet",
    "TwoGigabitEthernet",
    "TwentyFiveGigE",
    "FortyGigabitEthernet",
    "HundredGigE",
    "FastEthernet",
    "Ethernet",
    "Loopback",
    "Port-channel",
    "Serial",
    "Dialer",
    "Cellular",
    "Vlan",
    "BDI",
    "VirtualPortGroup",
)
_MODE_WORDS = ("end", "exit", "do", "configure", "reload", "write", "copy", "quit")


def wrong(code: str, message: str, hint: str = "") -> PydanticCustomError:
    """Make the error that the loader turns into a Problem with this code."""
    # The text is data, not a template: braces in it must survive.
    context = {"code": code, "message": message, "hint": hint}
    return PydanticCustomError("fabric", "{message}", context)


def clean(value: object, what: str) -> str:
    """Accept text without control characters; a newline would inject a configuration line."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise wrong("E103", f"{what} must be text")
    text = str(value)
    if any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029" for c in text):
        raise wrong(
            "E201",
            f"{what} holds a control character or a line break",
            "only printable characters can stand in a configuration line",
        )
    return text


def _name(value: object) -> str:
    text = clean(value, "a name")
    if not _NAME.fullmatch(text):
        raise wrong(
            "E202",
            f"{text!r} is not a name",
            "letters, digits, '-', '_' and '.', at most 63, the first a letter or a digit",
        )
    if text.lower() in RESERVED:
        raise wrong(
            "E205", f"{text!r} is a reserved word", f"reserved: {', '.join(sorted(RESERVED))}"
        )
    return text


def _secret(value: object) -> str:
    text = clean(value, "a secret")
    if not _SECRET.fullmatch(text):
        raise wrong(
            "E204",
            "a secret stands here in clear, or its reference is malformed",
            "write secret:NAME and keep the value in the environment, a keyring or a 0600 file",
        )
    return text


def _authentication(value: object) -> str:
    text = clean(value, "NHRP authentication")
    if not text.startswith("secret:") and len(text) > NHRP_AUTHENTICATION_MAX:
        raise wrong(*authentication_too_long(len(text)))
    return _secret(text)


def authentication_too_long(length: int) -> tuple[str, str, str]:
    """Say that an NHRP authentication string is too long, by its length only."""
    limit = NHRP_AUTHENTICATION_MAX
    return (
        "E203",
        f"nhrp authentication is {length} characters; IOS accepts at most {limit}",
        "shorten it: NHRP authentication only guards against mistakes, IPsec does the protecting",
    )


def _interface(value: object) -> str:
    text = clean(value, "an interface")
    match = _INTERFACE.fullmatch(text)
    if not match:
        raise wrong("E206", f"{text!r} is not an interface", "for example GigabitEthernet2")
    kind, number = match.groups()
    if kind in INTERFACE_TYPES:
        return text
    full = [t for t in INTERFACE_TYPES if t.lower().startswith(kind.lower())]
    hint = f"write {full[0]}{number}" if full else "tunnels are made by clouds, not named here"
    raise wrong("E206", f"{text!r} is not a full interface name", hint)


def _network(value: object) -> IPv4Network:
    text = clean(value, "a prefix")
    try:
        interface = IPv4Interface(text if "/" in text else f"{text}/x")
    except ValueError:
        raise wrong("E207", f"{text!r} is not an IPv4 prefix", "for example 10.1.1.0/24") from None
    if interface.ip != interface.network.network_address:
        raise wrong("E208", f"{text} has host bits set", f"did you mean {interface.network}?")
    return interface.network


def _lan(value: object) -> IPv4Interface:
    """Accept 10.1.1.0/24 (the router takes the first host) or 10.1.1.7/24."""
    text = clean(value, "a LAN prefix")
    try:
        interface = IPv4Interface(text if "/" in text else f"{text}/x")
    except ValueError:
        raise wrong("E207", f"{text!r} is not an IPv4 prefix", "for example 10.1.1.0/24") from None
    network = interface.network
    if network.prefixlen < 31 and interface.ip == network.broadcast_address:
        raise wrong(
            "E208",
            f"{text} is the broadcast address",
            f"for example {network[1]}/{network.prefixlen}",
        )
    if network.prefixlen < 31 and interface.ip == network.network_address:
        return IPv4Interface((int(network[1]), network.prefixlen))
    return interface


def _address(value: object) -> IPv4Address:
    text = clean(value, "an address")
    try:
        address = IPv4Address(text)
    except AddressValueError:
        raise wrong("E209", f"{text!r} is not an IPv4 address", "for example 203.0.113.1") from None
    if (
        address.is_multicast
        or address.is_loopback
        or address.is_unspecified
        or int(address) >> 28 == 15
    ):
        raise wrong("E209", f"{text} cannot be the address of an interface")
    return address


def _member_address(value: object) -> IPv4Address | Literal["auto"]:
    return "auto" if value == "auto" else _address(value)


def bounded(
    what: str, low: int, high: int, code: str = "E210", hint: str = ""
) -> Callable[[Any], int]:
    """Make a rule for a whole number between two limits."""

    def rule(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong("E103", f"{what} must be a whole number")
        if not low <= value <= high:
            raise wrong(code, f"{what} {value} is out of range", hint or f"{low} to {high}")
        return value

    return rule


def _extra_lines(value: object) -> tuple[str, ...]:
    lines = value.splitlines() if isinstance(value, str) else value
    if not isinstance(lines, list | tuple):
        raise wrong("E103", "extra_config must be text or a list of lines")
    kept = [_extra_line(line) for line in lines]
    return tuple(line for line in kept if line.strip() not in ("", "!"))


def _extra_line(value: object) -> str:
    line = clean(value, "a line of extra_config").rstrip()
    words = line.split()
    if words and words[0].lower() in _MODE_WORDS:
        raise wrong(
            "E211",
            f"extra_config cannot hold {words[0]!r}: it is a command, not configuration",
            "write configuration lines as running-config shows them",
        )
    if clear_secret(line):
        raise wrong(
            "E204",
            "a line of extra_config holds a secret in clear",
            "write <secret:NAME> in its place and keep the value where secrets are kept",
        )
    return line


Name = Annotated[str, BeforeValidator(_name)]
Secret = Annotated[str, BeforeValidator(_secret)]
NhrpAuthentication = Annotated[str, BeforeValidator(_authentication)]
InterfaceName = Annotated[str, BeforeValidator(_interface)]
Network = Annotated[IPv4Network, BeforeValidator(_network)]
LanAddress = Annotated[IPv4Interface, BeforeValidator(_lan)]
Address = Annotated[IPv4Address, BeforeValidator(_address)]
MemberAddress = Annotated[IPv4Address | Literal["auto"], BeforeValidator(_member_address)]
ExtraLines = Annotated[
    tuple[str, ...],
    BeforeValidator(_extra_lines),
    WithJsonSchema({"anyOf": [TEXT, {"type": "array", "items": TEXT}]}),
]
TunnelNumber = Annotated[int, BeforeValidator(bounded("tunnel number", 0, 2147483647))]
TunnelKey = Annotated[int, BeforeValidator(bounded("tunnel key", 0, TUNNEL_KEY_MAX, "E212"))]
NetworkId = Annotated[int, BeforeValidator(bounded("nhrp network_id", 1, 4294967295, "E213"))]
Holdtime = Annotated[
    int,
    BeforeValidator(
        bounded("nhrp holdtime", 1, 65535, "E214", "1 to 65535 seconds; 300 to 600 is customary")
    ),
]
Mtu = Annotated[
    int, BeforeValidator(bounded("mtu", 576, 9976, hint="576 to 9976; 1400 is customary"))
]
Mss = Annotated[int, BeforeValidator(bounded("mss", 500, 9936, hint="500 to 9936; mtu less 40"))]
Bandwidth = Annotated[int, BeforeValidator(bounded("bandwidth", 1, 200000000))]
Delay = Annotated[int, BeforeValidator(bounded("delay", 1, 16777215))]
EigrpAsn = Annotated[int, BeforeValidator(bounded("EIGRP autonomous system", 1, 65535, "E215"))]
BgpAsn = Annotated[int, BeforeValidator(bounded("BGP autonomous system", 1, 4294967295, "E215"))]
BgpTimer = Annotated[int, BeforeValidator(bounded("BGP timer", 1, 65535))]
DpdInterval = Annotated[int, BeforeValidator(bounded("dpd interval", 10, 3600, "E216"))]
DpdRetry = Annotated[int, BeforeValidator(bounded("dpd retry", 2, 60, "E216"))]
