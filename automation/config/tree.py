"""Configuration text as a tree of lines: nested dicts, the order of a dict is the order of lines.

Reading takes out what a listing has only for its form (comments, exits, banners, headings), and
brings lines that say the same to one spelling. What is ours is decided in `ownership`.
"""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError

from automation.config.profiles import EXITS, HIDDEN
from automation.config.render import bgp_network, eigrp_network
from automation.fabric.views import Generation

Tree = dict[str, "Tree"]
Path = tuple[str, ...]

_FORM = re.compile(r"Building configuration|Current configuration|ntp clock-period |end$|version ")
_BANNER = re.compile(r"banner \S+ (\^C|\S)")


def parse(text: str) -> Tree:
    """Read a configuration; a line that stands deeper than the one before belongs to it."""
    root: Tree = {}
    stack: list[tuple[int, Tree]] = [(-1, root)]
    for raw in _lines(text):
        line = " ".join(raw.split())
        indent = len(raw) - len(raw.lstrip())
        if line in EXITS:
            continue
        while stack[-1][0] >= indent:
            stack.pop()
        stack.append((indent, stack[-1][1].setdefault(line, {})))
    return root


def _lines(text: str) -> Iterator[str]:
    """Go through the lines that configure something; a banner is one line."""
    banner: list[str] = []
    closing = ""
    for raw in text.splitlines():
        if banner:
            banner.append(raw)
            if closing in raw:
                yield " ".join(banner)
                banner = []
            continue
        start = _BANNER.match(raw)
        if start and start[1] not in raw[start.end() :]:
            banner, closing = [raw], start[1]
        elif raw.strip() and not raw.lstrip().startswith("!") and not _FORM.match(raw):
            yield raw


def canonical(tree: Tree, generation: Generation, path: Path = ()) -> Tree:
    """Drop what an image hides and spell every line one way."""
    hidden = HIDDEN[generation]
    kept: Tree = {}
    for line, below in tree.items():
        if not path and not line.startswith(("interface ", "router ", "crypto ")):
            kept[line] = below  # not a block that we know: as it is
            continue
        if path and (line in hidden or (line == "topology base" and not below)):
            continue
        kept[_spelling(path, line)] = canonical(below, generation, (*path, line))
    return kept


def _spelling(path: Path, line: str) -> str:
    words = line.split()
    if words[0] != "network" or not path:
        return line
    try:
        if path[0].startswith("router eigrp ") and len(words) == 3:
            return f"network {eigrp_network(_wildcard(words[1], words[2]))}"
        if path[0].startswith("router bgp ") and words[2:3] == ["mask"] and len(words) == 4:
            return f"network {bgp_network(IPv4Network(f'{words[1]}/{words[3]}'))}"
    except (AddressValueError, NetmaskValueError, ValueError):
        pass  # not a form that we know: as it is
    return line


def _wildcard(address: str, wildcard: str) -> IPv4Network:
    mask = IPv4Address(int(IPv4Address(wildcard)) ^ 0xFFFFFFFF)
    return IPv4Network(f"{address}/{mask}", strict=False)


def flatten(tree: Tree, depth: int = 0) -> Iterator[str]:
    """Write a tree back as indented lines."""
    for line, below in tree.items():
        yield " " * depth + line
        yield from flatten(below, depth + 1)
