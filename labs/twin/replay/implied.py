"""Traffic that nobody published and that an output proves.

Authors of pages ping around before they copy what a router shows. An NHRP entry that carries
the flag `used`, or that a spoke learned of another, exists only because packets were sent. Where
the twin lacks such an entry, the replay sends a ping, once it has seen that, and says so. What
the entry then looks like (flags, order, form, and what became of the other router's table) is
still the twin's own answer.
"""

import re

ENTRY = re.compile(r"^(\d+(?:\.\d+){3})/32 via \S+", re.MULTILINE)
FLAGS = re.compile(r"^ +Type: (\w+), Flags: ?(.*)$", re.MULTILINE)
ROW = re.compile(r"(\d+(?:\.\d+){3}) +UP +\S+ +(D\S*|I2)$", re.MULTILINE)


def traffic(command: str, published: str, printed: str) -> tuple[str, ...]:
    """Give the pings that an output proves and the twin's lacks; none for other commands."""
    if command.startswith("show ip nhrp"):
        missing = _used(published) - _used(printed)
    elif command.startswith("show dmvpn"):
        missing = set(_learned(published)) - set(_learned(printed))
    else:
        return ()
    return tuple(f"ping {address}" for address in sorted(missing, key=_number))


def _used(text: str) -> set[str]:
    """Give the hosts whose entries carried traffic."""
    found = set()
    starts = list(ENTRY.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    for start, end in zip(starts, ends, strict=False):
        flags = FLAGS.search(text, start.start(), end)
        if flags and "used" in flags[2].split():
            found.add(start[1])
    return found


def _learned(text: str) -> list[str]:
    return [match[1] for match in ROW.finditer(text.replace(" \n", "\n"))]


def _number(address: str) -> tuple[int, ...]:
    return tuple(int(part) for part in address.split("."))
