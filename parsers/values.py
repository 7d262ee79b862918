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

# A year of `1y2w` and of `1 year, 22 weeks` is taken as 365 days: IOS does not say.
SECONDS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_CLOCK = re.compile(r"(\d+):([0-5]\d):([0-5]\d)(?:\.\d+)?")
_UNITS = re.compile(r"(?:\d+[ywdhms])+")
_WORDS = re.compile(r"\d+ (?:year|week|day|hour|minute|second)s?")
# An IPv6 address whose groups an anonymiser replaced (captures show_crypto_isakmp_sa/003 ...).
_MASKED = re.compile(r"(?:[0-9A-Fa-f]+\.)+[0-9A-Fa-f]+::[0-9A-Fa-f]*")
_ATTRIBUTES = re.compile(r"T1|T2|I2|[SDINLXCB]")

_OCTETS = {str(value): value for value in range(256)}
_HOURS = {f"{value:02}": value * 3600 for value in range(100)}
_MINUTES = {f"{value:02}": value * 60 for value in range(60)}
_SIXTY = {f"{value:02}": value for value in range(60)}
# Peers and next hops come again in other rows and commands: so many addresses are kept.
REMEMBERED = 8192


class _Addresses(dict[str, IPv4Address | IPv6Address]):
    """What was read before; a dict is quicker than `lru_cache` where most texts are new.

    Four octets are read by the C library, which is as strict as `ipaddress` and takes a fifth of
    its time; the rest is left to it.
    """

    def __missing__(self, text: str) -> IPv4Address | IPv6Address:
        value: IPv4Address | IPv6Address
        try:
            a, b, c, d = text.split(".")
            value = IPv4Address(_OCTETS[a] << 24 | _OCTETS[b] << 16 | _OCTETS[c] << 8 | _OCTETS[d])
        except (KeyError, ValueError):
            value = ip_address(text)
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
    if len(text) == 8 and text[2] == ":" and text[5] == ":":
        try:
            return _HOURS[text[:2]] + _MINUTES[text[3:5]] + _SIXTY[text[6:]]
        except KeyError:
            raise ValueError(f"{text!r} is no duration") from None
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
    return _network(text.replace(" ", "/"), strict=False)


def exact_network(text: str) -> IPv4Network | IPv6Network:
    """Read `10.0.0.0/24`; bits behind the mask are an error."""
    return _network(text, strict=True)


def _network(text: str, *, strict: bool) -> IPv4Network | IPv6Network:
    prefix, slash, length = text.partition("/")
    if not slash:
        length = "32"
    if length not in _IPV4_STATES or ":" in prefix:
        return ip_network(text, strict=strict)  # IPv6, another mask, or the error with its words
    mask, state = _IPV4_STATES[length]
    first = _ADDRESSES[prefix]
    if length != "32" and int(first) & mask != int(first):
        if strict:
            raise ValueError(f"{text} has host bits set")
        first = IPv4Address(int(first) & mask)
    found = object.__new__(IPv4Network)
    found.__dict__.update(state)
    found.network_address = first  # type: ignore[assignment]  # without a colon it is IPv4
    if length == "32":
        found.hosts = [first].copy  # type: ignore[assignment, method-assign]  # the host alone
    return found


def _ipv4_states() -> dict[str, tuple[int, dict[str, object]]]:
    """Give for each length the mask, and what a network of this length holds beside its address.

    To copy this takes a fifth of what the constructor takes. A network of 31 bits is left to it:
    it has a method bound to itself.
    """
    states = {}
    for length in (*range(31), 32):
        one = IPv4Network((0, length))
        state = {name: value for name, value in vars(one).items() if name != "hosts"}
        states[str(length)] = (int(one.netmask), state)
    return states


_IPV4_STATES = _ipv4_states()


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
