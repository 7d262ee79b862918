"""The configuration of a router as an ordered, editable tree of canonical lines.

A `Block` is a line with the lines under it. Siblings are known by the `key` of their line, so
that a new line replaces an old one; they are printed by `order`, which the tables of commands
give, and among equals in order of entry. What a line means is not known here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Order = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One canonical line."""

    text: str
    """As printed, without indentation."""
    key: str
    """What it is among its siblings: a line with the same key replaces it."""
    name: str = ""
    """Name of its row, e.g. `ip nhrp map`; empty for a line kept verbatim."""
    args: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Values of the parameters."""
    negated: bool = False
    order: Order = field(default=(), compare=False)
    mode: str = field(default="", compare=False)
    """Mode that its children are read in; empty for a line without children."""
    section: int = field(default=0, compare=False)
    """A running-config prints `!` between sections."""
    closing: str = field(default="", compare=False)
    """Line that ends the block, e.g. exit-af-interface."""
    mark: str = field(default="", compare=False)
    """Where a `!` of the block's own stands: before, after; `run`: none between such blocks."""
    no_text: str = field(default="", compare=False)
    """What removes the line; empty: `no ` and the text."""

    @property
    def inverse(self) -> str:
        """Give the command that takes the line back."""
        if self.no_text:
            return self.no_text
        return self.text[3:] if self.negated else f"no {self.text.rstrip()}"


ROOT = Line(text="", key="", mode="global")

Visible = Callable[["Block", "Block"], bool]
"""(parent, child): whether a running-config shows the child."""


class Block:
    """A line and the lines under it."""

    __slots__ = ("children", "line")

    def __init__(self, line: Line = ROOT) -> None:
        self.line = line
        self.children: dict[str, Block] = {}

    def __deepcopy__(self, memo: dict[int, object]) -> "Block":
        return self.copy()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Block):
            return NotImplemented
        return self.line == other.line and self.children == other.children

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Block({self.line.text!r}, {len(self.children)} lines)"

    def copy(self) -> "Block":
        """Give a tree that can be edited apart; lines are shared."""
        twin = Block(self.line)
        twin.children = {key: child.copy() for key, child in self.children.items()}
        return twin

    def put(self, line: Line) -> "Block":
        """Add a line, or replace the one with its key; the lines under it stay."""
        known = self.children.get(line.key)
        if known is None:
            known = self.children[line.key] = Block(line)
        else:
            known.line = line
        return known

    def remove(self, key: str) -> "Block | None":
        """Take a line out with all under it; None if there was none."""
        return self.children.pop(key, None)

    def get(self, key: str) -> "Block | None":
        """Find a line by key."""
        return self.children.get(key)

    def args(self, key: str) -> Mapping[str, Any] | None:
        """Give the parameters of the line with a key; None if it is absent or negated."""
        block = self.children.get(key)
        return None if block is None or block.line.negated else block.line.args

    def find(self, *names: str) -> Iterator["Block"]:
        """Find the lines of some rows, as printed."""
        return (block for block in self.ordered() if block.line.name in names)

    def ordered(self) -> list["Block"]:
        """List the lines under this one as a running-config prints them."""
        return sorted(self.children.values(), key=_order)

    def walk(self) -> Iterator["Block"]:
        """Visit every line of the tree."""
        for child in self.children.values():
            yield child
            yield from child.walk()


def _order(block: Block) -> Order:
    return block.line.order


def _always(parent: Block, child: Block) -> bool:
    return True


def listing(block: Block, visible: Visible = _always, depth: int = 0) -> list[str]:
    """Print the lines under a block with their indentation and `!` marks."""
    pad = " " * depth
    lines: list[str] = []
    for child in block.ordered():
        if not visible(block, child):
            continue
        if child.line.mark == "before":
            lines.append(pad + "!")
        lines += _printed(child, pad, visible, depth)
        if child.line.mark == "after":
            lines.append(pad + "!")
    return lines


def _printed(child: Block, pad: str, visible: Visible, depth: int) -> list[str]:
    first, *more = child.line.text.split("\n")
    lines = [pad + first, *more]
    if child.children:
        lines += listing(child, visible, depth + 1)
    if child.line.closing:
        lines.append(f"{pad}{child.line.closing}")
    return lines


def config_lines(root: Block, visible: Visible = _always) -> list[str]:
    """Print a whole configuration: `!` between sections and behind blocks, no header or end."""
    lines: list[str] = []
    section: int | None = None
    fresh = True
    for child in root.ordered():
        if not visible(root, child):
            continue
        apart = bool(child.line.mode or child.children) and child.line.mark != "run"
        if not fresh and (child.line.section != section or apart):
            lines.append("!")
        lines += _printed(child, "", visible, 0)
        section, fresh = child.line.section, apart
        if apart:
            lines.append("!")
    return lines


@dataclass(frozen=True, slots=True)
class Step:
    """One line to type: where (the block's lines from the top) and what."""

    path: tuple[str, ...]
    text: str


def difference(old: Block, new: Block, path: tuple[str, ...] = ()) -> list[Step]:
    """List what to type to get from one tree to the other: first what goes, last to first."""
    steps = [
        Step(path, child.line.inverse)
        for child in reversed(old.ordered())
        if child.line.key not in new.children
    ]
    for child in new.ordered():
        before = old.children.get(child.line.key)
        if before is None or before.line != child.line:
            steps.append(Step(path, child.line.text))
        if child.children or (before is not None and before.children):
            under = (*path, child.line.text)
            steps += difference(before or Block(child.line), child, under)
    return steps


def commands(steps: list[Step]) -> list[str]:
    """Write steps as lines to type, entering blocks as needed."""
    lines: list[str] = []
    place: tuple[str, ...] = ()
    for step in steps:
        if step.path != place:
            known = len(place) if step.path[: len(place)] == place else 0
            for depth in range(known, len(step.path)):
                entry = " " * depth + step.path[depth]
                if lines[-1:] != [entry]:
                    lines.append(entry)
            place = step.path
        lines.append(" " * len(place) + step.text)
    return lines
