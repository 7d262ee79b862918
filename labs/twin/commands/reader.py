"""Reading of whole configurations: what a booting router does with its startup-config.

A line that the tables do not know is kept verbatim where it stands, with the indented lines
under it (a banner, a certificate, a protocol that is not modelled), and is reported.
"""

import re
from dataclasses import dataclass, field

from labs.twin.commands.edit import Editor
from labs.twin.commands.rules import Rejected
from labs.twin.grammar import Refused
from labs.twin.image import XE_316, ImageProfile, image_for, on_hardware
from labs.twin.tree import Block, Line, Order

HEADER = re.compile(r"(Building configuration|Current configuration|Using \d+ out of)\b")
BANNER = re.compile(r"ban(?:n|ne|ner)? +\S+ +(\^C|\S)")
"""How a banner begins, printed or typed short."""
VERSION = re.compile(r"^version (\S+)", re.MULTILINE)
HARDWARE = re.compile(
    r"^(?: path (unix:|flash|bootflash:)|interface (Ethernet|GigabitEthernet)\d)", re.MULTILINE
)
IOL_MARKS = ("unix:", "Ethernet")
"""The first path or port that tells the hardware: this is IOL."""
XE_MARKS = re.compile(
    r"^(license udi pid (CSR1000V|ISR4|ASR1)|platform console |no platform punt-keepalive)",
    re.MULTILINE,
)
"""Lines that only IOS-XE prints (captures of 15.5(3)S)."""


@dataclass(slots=True)
class Reading:
    """A configuration as read."""

    root: Block
    unknown: list[str] = field(default_factory=list)
    """Lines kept verbatim or refused, as they stood in the text."""
    heads: list[str] = field(default_factory=list)
    """Those of them that are not under another one."""


def image_of(text: str, default: ImageProfile) -> ImageProfile:
    """Pick the image that the `version` line of a configuration asks for."""
    match = VERSION.search(text)
    if match is None:
        return default
    if match[1].startswith("15.") and XE_MARKS.search(text):
        return XE_316
    image = image_for(match[1])
    marks = [found[1] or found[2] for found in HARDWARE.finditer(text)]
    return on_hardware(image, iol=marks[0] in IOL_MARKS) if marks else image


def read_config(text: str, image: ImageProfile, *, salt: str = "") -> Reading:
    """Read a startup configuration into a tree."""
    reader = _Reader(Editor(Block(), image, salt=salt, lenient=True))
    for raw in join_banners(text.splitlines()):
        reader.take(raw)
    return Reading(reader.editor.root, reader.unknown, reader.heads)


def join_banners(lines: list[str]) -> list[str]:
    """Make one line (with newlines inside) of each banner."""
    joined: list[str] = []
    closing = ""
    for line in lines:
        if closing:
            joined[-1] += "\n" + line
            closing = "" if closing in line else closing
            continue
        joined.append(line)
        match = BANNER.match(line)
        if match and match[1] not in line[match.end() :]:
            closing = match[1]
    return joined


class _Reader:
    """Feeds lines to an editor and keeps what it refuses."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.unknown: list[str] = []
        self.heads: list[str] = []
        self.stack: list[tuple[int, Block]] = []
        """Open unknown blocks with their indentation."""
        self.orders: dict[int, Order] = {}
        self.count = 0

    def take(self, raw: str) -> None:
        text = raw.strip()
        if not text or text.startswith("!") or HEADER.match(text):
            return
        indent = len(raw) - len(raw.lstrip())
        if self._inside_unknown(indent, raw):
            return
        if text == "end" and indent == 0:
            self.editor.end()
            return
        if text in ("exit", "quit"):
            self.editor.exit()
            return
        self._feed(indent, raw, text)

    def _inside_unknown(self, indent: int, raw: str) -> bool:
        while self.stack and indent <= self.stack[-1][0]:
            self.stack.pop()
        if not self.stack:
            return False
        self._keep(self.stack[-1][1], indent, raw)
        return True

    def _feed(self, indent: int, raw: str, text: str) -> None:
        editor = self.editor
        try:
            editor.feed(text)
        except (Refused, Rejected):
            if indent == 0:
                editor.end()
            self._keep(editor.block, indent, raw)
            return
        if editor.last is not None:
            block, line = editor.last
            self.orders[id(block)] = line.order

    def _keep(self, block: Block, indent: int, raw: str) -> None:
        self.unknown.append(raw)
        self.count += 1
        nested = block.line.mode == "" and block.line is not self.editor.root.line
        if not nested:
            self.heads.append(raw)
        key = f"{len(block.children)}:{raw.strip()}" if nested else raw.strip()
        before: Order = () if nested else self.orders.get(id(block), (-1,))
        # Longer than the order of the known line above: behind it, before the next one.
        order = (*before, self.count)
        kept = block.put(Line(text=raw.strip(), key=key, order=order, section=-1))
        self.stack.append((indent, kept))
