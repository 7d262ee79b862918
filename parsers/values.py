"""Text -> value, one function a kind of value; ValueError says what was wrong."""

import re
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


def duration(text: str) -> int | None:
    """Read `00:12:45`, `3d01h`, `1y2w`; `never` and nothing are None.

    Raises:
        ValueError: the text is no duration.
    """
    if text in {"", "never"}:
        return None
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
    return ip_address(text)


def optional_address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address; nothing and UNKNOWN are None."""
    return None if text in {"", "UNKNOWN"} else ip_address(text)


def address_or_text(text: str) -> IPv4Address | IPv6Address | str:
    """Read an address; an IPv6 address that was made unreadable stays text."""
    return text if _MASKED.fullmatch(text) else ip_address(text)


def network(text: str) -> IPv4Network | IPv6Network:
    """Read `10.0.0.0/24` or `10.0.0.0 255.255.255.0`; without a mask it is a host."""
    return ip_network(text.replace(" ", "/"), strict=False)


def number(text: str) -> int | None:
    """Read a count; nothing is None."""
    return int(text) if text else None


def word(text: str) -> str | None:
    """Keep a word; nothing and `(none)` are None."""
    return None if text in {"", "(none)", "none"} else text


def words(text: str) -> tuple[str, ...]:
    """Split at commas, without blanks at the ends."""
    return tuple(item.strip() for item in text.split(",") if item.strip())


def lines(text: str) -> tuple[str, ...]:
    """Split what the engine joined, without blanks at the ends."""
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def attribute_letters(text: str) -> tuple[str, ...]:
    """Split the letters of the column Attrb: `DT1` is ("D", "T1").

    Raises:
        ValueError: a letter is none of the legend's.
    """
    letters = tuple(_ATTRIBUTES.findall(text))
    if "".join(letters) != text:
        raise ValueError(f"{text!r} has letters that no legend explains")
    return letters
