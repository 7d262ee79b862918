"""Text -> value, one function a kind of value; ValueError says what was wrong."""

import re
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import NamedTuple

# A year of `1y2w` and of `1 year, 22 weeks` is taken as 365 days: IOS does not say.
SECONDS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_CLOCK = re.compile(r"(\d+):([0-5]\d):([0-5]\d)(?:\.\d+)?")
_UNITS = re.compile(r"(?:\d+[ywdhms])+")
_WORDS = re.compile(r"\d+ (?:year|week|day|hour|minute|second)s?")
# An IPv6 address whose groups an anonymiser replaced (captures show_crypto_isakmp_sa/003 ...).
_MASKED = re.compile(r"(?:[0-9A-Fa-f]+\.)+[0-9A-Fa-f]+::[0-9A-Fa-f]*")
_ATTRIBUTES = re.compile(r"T1|T2|I2|[SDINLXCB]")

_OCTETS = {str(value): value for value in range(256)}
_CLOCK_MINUTES = {
    f"{hour:02}:{minute:02}:": hour * 3600 + minute * 60
    for hour in range(100)
    for minute in range(60)
}
_CLOCK_SECONDS = {f"{value:02}": value for value in range(60)}
# Peers and next hops come again in other rows and commands: so many values are kept.
REMEMBERED = 8192
_blank = object.__new__  # a value whose parts are known to be right, without the checks again


class _Heads(dict[str, int]):
    """The first three octets of addresses, as a number: peers of a cloud share them."""

    def __missing__(self, text: str) -> int:
        a, b, c = text.split(".")
        value = _OCTETS[a] << 24 | _OCTETS[b] << 16 | _OCTETS[c] << 8
        if len(self) >= REMEMBERED:
            self.clear()
        self[text] = value
        return value


_HEADS = _Heads()


class _Addresses(dict[str, IPv4Address | IPv6Address]):
    """What was read before; a dict is quicker than `lru_cache` where most texts are new.

    Four octets are read here, as strictly as by `ipaddress` and in a fifth of its time; the rest
    is left to it.
    """

    def __missing__(self, text: str) -> IPv4Address | IPv6Address:
        value: IPv4Address | IPv6Address
        head, _, last = text.rpartition(".")
        try:
            number = _HEADS[head] + _OCTETS[last]
        except (KeyError, ValueError):
            value = ip_address(text)
        else:
            value = _blank(IPv4Address)
            value._ip = number  # type: ignore[attr-defined]  # noqa: SLF001 - no shorter way
        if len(self) >= REMEMBERED:
            self.clear()
        self[text] = value
        return value


_ADDRESSES = _Addresses()


def duration(text: str | None) -> int | None:
    """Read `00:12:45`, `3d01h`, `1y2w`; `never` and nothing are None.

    Raises:
        ValueError: the text is no duration.
    """
    if not text or text == "never":
        return None
    try:
        return _CLOCK_MINUTES[text[:6]] + _CLOCK_SECONDS[text[6:]]
    except KeyError:
        pass
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = clock.groups()
        return int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    if not _UNITS.fullmatch(text):
        raise ValueError(f"{text!r} is no duration")
    return sum(int(count) * SECONDS[unit] for count, unit in re.findall(r"(\d+)([ywdhms])", text))


def worded_duration(text: str) -> int:
    """Read `1 week, 3 days, 16 hours, 11 minutes`.

    Raises:
        ValueError: a part is no count of a unit of time.
    """
    total = 0
    for part in text.split(","):
        words = part.strip()
        if not _WORDS.fullmatch(words):
            raise ValueError(f"{words!r} is no duration")
        count, unit = words.split()
        total += int(count) * SECONDS[unit[0]]
    return total


def address(text: str) -> IPv4Address | IPv6Address:
    """Read an address; a VRF or zone behind it is not part of it."""
    return _ADDRESSES[text]


def optional_address(text: str | None) -> IPv4Address | IPv6Address | None:
    """Read an address; nothing and UNKNOWN are None."""
    return None if not text or text == "UNKNOWN" else _ADDRESSES[text]


def address_or_text(text: str) -> IPv4Address | IPv6Address | str:
    """Read an address; an IPv6 address that was made unreadable stays text."""
    return text if _MASKED.fullmatch(text) else address(text)


def network(text: str) -> IPv4Network | IPv6Network:
    """Read `10.0.0.0/24` or `10.0.0.0 255.255.255.0`; without a mask it is a host."""
    return host_and_network(text)[1]


def host_and_network(text: str) -> tuple[IPv4Address | IPv6Address, IPv4Network | IPv6Network]:
    """Read `10.0.0.1/24` as the address that is written and the network that holds it."""
    if " " in text:
        text = text.replace(" ", "/")
    prefix, slash, length = text.partition("/")
    host = _ADDRESSES[prefix]
    mask = _NETMASKS.get(length if slash else "32")
    if mask is None or host.version == 6:
        return host, ip_network(text, strict=False)  # IPv6, a mask in other words, or the error
    if mask.length == 32:
        return host, _network(host, mask)
    return host, _network(IPv4Address(int(host) & mask.bits), mask)


def exact_network(text: str) -> IPv4Network | IPv6Network:
    """Read `10.0.0.0/24`; bits behind the mask are an error."""
    host, found = host_and_network(text)
    if host != found.network_address:
        raise ValueError(f"{text} has host bits set")
    return found


class _Netmask(NamedTuple):
    bits: int
    address: IPv4Address
    length: int


def _network(first: IPv4Address, mask: _Netmask) -> IPv4Network:
    """Make a network of parts that fit each other; the constructor takes five times as long."""
    found = _blank(IPv4Network)
    found.network_address, found.netmask = first, mask.address
    found._prefixlen = mask.length  # type: ignore[attr-defined]  # noqa: SLF001 - no shorter way
    if mask.length == 32:
        found.hosts = [first].copy  # type: ignore[assignment,method-assign]  # the host alone
    return found


# By length. 31 bits are left to the constructor: there a method is bound to the network itself.
_NETMASKS = {
    str(length): _Netmask(int(mask), mask, length)
    for length in (*range(31), 32)
    for mask in (IPv4Network((0, length)).netmask,)
}


def number(text: str | None) -> int | None:
    """Read a count; nothing is None."""
    return int(text) if text else None


def word(text: str | None) -> str | None:
    """Keep a word; nothing and `(none)` are None."""
    return None if not text or text in {"(none)", "none"} else text


def words(text: str) -> tuple[str, ...]:
    """Split at commas, without blanks at the ends."""
    return tuple(item.strip() for item in text.split(",") if item.strip())


def lines(text: str) -> tuple[str, ...]:
    """Split what the engine joined, without blanks at the ends."""
    if not text:
        return ()
    return tuple(line.strip() for line in text.split("\n") if line.strip())


@lru_cache(maxsize=256)
def attribute_letters(text: str) -> tuple[str, ...]:
    """Split the letters of the column Attrb: `DT1` is ("D", "T1").

    Raises:
        ValueError: a letter is none of the legend's.
    """
    letters = tuple(_ATTRIBUTES.findall(text))
    if "".join(letters) != text:
        raise ValueError(f"{text!r} has letters that no legend explains")
    return letters
