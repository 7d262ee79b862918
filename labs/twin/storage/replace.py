"""Going from one configuration to another by typing: what `configure replace` and rollback do."""

from collections.abc import Callable
from dataclasses import dataclass, field

from labs.twin.commands.edit import Editor
from labs.twin.commands.rules import VIRTUAL, Rejected, put
from labs.twin.grammar import Refused
from labs.twin.tree import Block, Line, Step, commands, difference

MAX_PASSES = 5
"""Captured: `Rollback aborted after 5 passes`."""
FIXED = ("version", "boot-start-marker", "boot-end-marker", "line", "line vty", "control-plane")
"""Lines that a router has by itself and no replacement takes away."""


@dataclass(slots=True)
class Replacement:
    """How a replacement went."""

    passes: list[list[str]] = field(default_factory=list)
    """The commands of each pass."""
    failed: list[str] = field(default_factory=list)
    """Commands that the last pass could not apply."""

    def list_text(self) -> str:
        """Print the lists of commands as a rollback does."""
        text = ""
        for number, lines in enumerate(self.passes, 1):
            text += f"!Pass {number}\n!List of Rollback Commands:\n"
            text += "".join(f"{line}\n" for line in [*lines, "end"])
        return text


def complete(target: Block, current: Block) -> None:
    """Add to a target what stays on the router whatever a file says: its hardware, its lines."""
    for block in current.children.values():
        if block.line.key in target.children:
            continue
        if block.line.name in FIXED:
            target.children[block.line.key] = block.copy()
        elif block.line.name == "interface" and _is_hardware(block.line):
            put("interface", target.put(block.line), "no ip address")


def _is_hardware(line: Line) -> bool:
    name = line.args["name"]
    return not name.startswith(VIRTUAL) and "." not in name


def replace_with(
    editor: Editor,
    target: Block,
    changed: Callable[[], None],
    *,
    stop_on_error: bool = False,
    restoring: bool = False,
) -> Replacement:
    """Apply commands until the configuration is the target, or nothing helps any more.

    Args:
        editor: A cursor in the running configuration.
        target: The configuration wanted.
        changed: Called after each command that changed something.
        stop_on_error: Give up at the first command that fails (`revert trigger error`).
        restoring: Bring back lines kept verbatim too: the target is the router's own backup.
    """
    done = Replacement()
    complete(target, editor.root)
    while len(done.passes) < MAX_PASSES:
        steps = difference(editor.root, target)
        if not steps:
            return done
        done.passes.append(commands(steps))
        done.failed = []
        for step in steps:
            if _apply(editor, step, target, restoring=restoring):
                changed()
                continue
            done.failed.append(step.text)
            if stop_on_error:
                return done
    done.failed = [step.text for step in difference(editor.root, target)]
    return done


def _apply(editor: Editor, step: Step, target: Block, *, restoring: bool) -> bool:
    """Type one step; tell whether it could be done."""
    editor.end()
    try:
        for line in step.path:
            editor.feed(line)
        editor.feed(step.text)
    except (Refused, Rejected):
        return _verbatim(editor, step, target, restoring=restoring)
    return True


def _verbatim(editor: Editor, step: Step, target: Block, *, restoring: bool) -> bool:
    """Take out a line that was kept verbatim; put one back only from the router's own backup."""
    here, there = _find(editor.root, step.path), _find(target, step.path)
    if here is None:
        return False
    gone = next((b for b in here.children.values() if b.line.inverse == step.text), None)
    if gone is not None and not gone.line.name:
        here.remove(gone.line.key)
        return True
    if not restoring or there is None:
        return False
    block = next((b for b in there.children.values() if b.line.text == step.text), None)
    if block is None or block.line.name:
        return False
    here.children[block.line.key] = block.copy()
    return True


def _find(root: Block, path: tuple[str, ...]) -> Block | None:
    place: Block | None = root
    for text in path:
        if place is None:
            return None
        place = next((b for b in place.children.values() if b.line.text == text), None)
    return place
