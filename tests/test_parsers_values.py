"""Text -> value, and what surrounds an output."""

import pytest

from parsers.capture import clean
from parsers.values import (
    attribute_letters,
    duration,
    network,
    optional_address,
    word,
    worded_duration,
)

DAY = 86_400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00:07", 7),
        ("23:59:59", DAY - 1),
        ("0:00:43", 43),
        ("112:00:01", 112 * 3600 + 1),
        ("3d01h", 3 * DAY + 3600),
        ("6d12h", 6 * DAY + 12 * 3600),
        ("1w0d", 7 * DAY),
        ("48w0d", 48 * 7 * DAY),
        ("1y2w", 365 * DAY + 14 * DAY),
        ("never", None),
        ("", None),
    ],
)
def test_durations(text: str, seconds: int | None) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["soon", "00:60:00", "1d 2h", "12", "-1d", "00:00"])
def test_other_text_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        duration(text)


def test_worded_durations() -> None:
    assert worded_duration("1 year, 22 weeks, 6 days, 9 hours, 38 minutes") == (
        365 * DAY + 22 * 7 * DAY + 6 * DAY + 9 * 3600 + 38 * 60
    )
    assert worded_duration("0 minutes") == 0
    with pytest.raises(ValueError, match="'a while'"):
        worded_duration("1 day, a while")


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("S", ("S",)),
        ("DT1", ("D", "T1")),
        ("DNX", ("D", "N", "X")),
        ("IX", ("I", "X")),
        ("I2", ("I2",)),
        ("SC", ("S", "C")),
        ("DLX", ("D", "L", "X")),
        ("DT1T2B", ("D", "T1", "T2", "B")),
    ],
)
def test_attribute_letters(text: str, letters: tuple[str, ...]) -> None:
    assert attribute_letters(text) == letters


def test_letters_outside_the_legend_are_refused() -> None:
    with pytest.raises(ValueError, match="no legend"):
        attribute_letters("DT3")


def test_addresses_networks_and_words() -> None:
    assert optional_address("UNKNOWN") is None
    assert str(optional_address("2001:DB8::1")) == "2001:db8::1"
    assert str(network("10.0.0.2 255.255.255.0")) == "10.0.0.0/24"
    assert str(network("10.0.0.2")) == "10.0.0.2/32"
    assert word("(none)") is None


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        ("a\r\nb\r\r\n", "a\nb\n"),
        ("hub1#show x\na\nhub1#", "\na\n"),
        ("hub1#show x\na\nhub1#\nhub1#\n", "\na\n"),
        ("\nhub1(config)#do sh x | i y\na\n", "\n\na\n"),
        ("Load for five secs: 1%/0%; one minute: 1%; five minutes: 1%\na", "\na"),
        ("Tue May 22 22:32:30.765 UTC\na", "\na"),
        ("a\n --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\bb\n", "a\nb         \n"),
        ("a\n --More-- \r          \rb\n", "a\nb         \n"),
        ("a\n --More-- b\n", "a\nb\n"),
        ("\x1b[7m\ufeffa\x00\x1b[0m\x0bb", "\ufeffa\ufffdb"),
    ],
)
def test_surroundings_are_emptied_and_lines_stay(raw: str, left: str) -> None:
    assert clean(raw) == left
