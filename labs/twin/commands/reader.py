"""Reading of whole configurations: what a booting router does with its startup-config.

A line that the tables do not know is kept verbatim where it stands, with the indented lines
under it (a banner, a certificate, a protocol that is not modelled), and is reported.
"""

import re
from dataclasses import dataclass, field

from labs.twin.commands import TABLES
from labs.twin.commands.edit import Editor
from labs.twin.commands.rules import Rejected
from labs.twin.grammar import Refused
from labs.twin.image import XE_316, ImageProfile, image_for, on_hardware
from labs.twin.tree import Block, Line, Order

HEADER = re.compile(r"(Building configuration|Current configuration|Using \d+ out of)\b")
BANNER = re.compile(r"ban(?:n|ne|ner)? +\S+ +(\^C|\S)")
"""How a banner begins, printed or typed short."""
INDENTED = re.compile(r"^int\w* .*\n(?:!.*\n)*[ \t]", re.MULTILINE | re.IGNORECASE)
"""Lines of an interface stand below it as a listing has them, not as somebody typed them."""
QUIET = frozenset(
    row.name for row in TABLES.modes["global"].rows if not row.modelled and not row.enters
)
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
    lines = join_banners(text.splitlines())
    editor = Editor(Block(), image, salt=salt, lenient=True)
    reader = _Reader(editor, flat=not INDENTED.search(text))
    for raw in lines:
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

    def __init__(self, editor: Editor, *, flat: bool) -> None:
        self.editor = editor
        self.unknown: list[str] = []
        self.heads: list[str] = []
        self.open: tuple[int, Block] | None = None
        """Indentation and block of a line whose lines below are kept as they stand."""
        self.flat = flat
        """Lines are not indented, neither here nor anywhere: somebody typed them."""
        self.flat_here: bool | None = None
        """The same of the block that we are in; None before its first line."""
        self.orders: dict[int, Order] = {}
        self.count = 0

    def take(self, raw: str) -> None:
        text = raw.strip()
        if not text or text.startswith("!") or HEADER.match(text):
            return
        indent = len(raw) - len(raw.lstrip())
        if self.open is not None and indent > self.open[0]:
            self._keep_below(*self.open, raw)
            return
        self.open = None
        if text == "end" and indent == 0:
            self.editor.end()
        elif text in ("exit", "quit"):
            self.editor.exit()
        else:
            self._feed(indent, raw, text)

    def _feed(self, indent: int, raw: str, text: str) -> None:
        editor = self.editor
        inside = bool(editor.path)
        try:
            editor.feed(text)
        except (Refused, Rejected):
            typed = self.flat if self.flat_here is None else self.flat_here
            if indent == 0 and not typed:
                editor.end()
            self._keep(editor.block, indent, raw)
            return
        if editor.last is None:
            return
        block, line = editor.last
        self.orders[id(block)] = line.order
        if block is not editor.root and inside and self.flat_here is None:
            self.flat_here = indent == 0
        elif block is editor.root:
            self.flat_here = None
        kept = block.children.get(line.key)
        if indent == 0 and block is editor.root and kept is not None and line.name in QUIET:
            # What is below it belongs to it: `aaa group server`.
            self.open = (indent, kept)

    def _keep(self, block: Block, indent: int, raw: str) -> None:
        self.unknown.append(raw)
        self.heads.append(raw)
        self.count += 1
        # Longer than the order of the known line above: behind it, before the next one.
        order = (*self.orders.get(id(block), (-1,)), self.count)
        text = raw.strip()
        self.open = (indent, block.put(Line(text=text, key=text, order=order, section=-1)))

    def _keep_below(self, indent: int, block: Block, raw: str) -> None:
        """Keep a line with its indentation, which may be of tabs."""
        self.unknown.append(raw)
        text = raw.rstrip()[indent + 1 :]
        number = len(block.children)
        block.put(Line(text=text, key=f"{number}:{text}", order=(number,), section=-1))
