"""Editing of a configuration: a cursor in a tree that takes typed lines.

The same editor serves the command line, startup configurations, `copy` to the running-config,
`configure replace` and rollback; `Editor.lenient` is set for a booting router, which keeps lines
it does not know.
"""

from dataclasses import dataclass

from labs.twin.commands import TABLES, UNLICENSED
from labs.twin.commands.rows import Absent, ConfigRow, Mode, Statement, Verb
from labs.twin.commands.rules import AFTER, BEFORE, Rejected, Scene, negated
from labs.twin.grammar import Reason, Refused
from labs.twin.image import ImageProfile
from labs.twin.tree import Block, Line


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a line did."""

    changed: bool = False
    answer: str = ""
    """Printed by IOS although the line was done."""
    withdrawn: bool = False
    """Typed with `no` or `default`."""


SILENT = Outcome()


class Editor:
    """A cursor in a tree of configuration lines."""

    def __init__(
        self,
        root: Block,
        image: ImageProfile,
        *,
        salt: str = "",
        lenient: bool = False,
        licensed: bool = True,
    ) -> None:
        self.root = root
        self.image = image
        self.tables = TABLES if licensed else UNLICENSED
        self.salt = salt
        """Varies the salts of hashed secrets."""
        self.lenient = lenient
        self.path: list[Block] = []
        self.last: tuple[Block, Line] | None = None
        """The last line taken and the block it went into."""

    @property
    def mode(self) -> Mode:
        """Give the current mode."""
        return TABLES.modes[self.path[-1].line.mode if self.path else "global"]

    @property
    def block(self) -> Block:
        """Give the block that lines go into."""
        return self.path[-1] if self.path else self.root

    def end(self) -> None:
        """Leave all blocks."""
        self.path.clear()

    def exit(self) -> bool:
        """Leave the innermost block; False when there was none."""
        if not self.path:
            return False
        self.path.pop()
        return True

    def feed(self, text: str) -> Outcome:
        """Take one line; `last` is it and its block, None if it only moved the cursor.

        Raises:
            Refused: The line is not a command.
            Rejected: The command cannot be done.
        """
        self.last = None
        blanks = len(text) - len(text.lstrip())
        text = text.strip()
        if not text or text.startswith("!"):
            return SILENT
        try:
            return self._feed(text)
        except Refused as refused:
            if blanks:
                raise Refused(refused.reason, refused.line, refused.column + blanks) from refused
            raise

    def _feed(self, text: str) -> Outcome:
        self._settle()
        if self._leaves(text):
            return SILENT
        statement = self.tables.read(self.mode.name, text)
        path = list(self.path)
        self._go_to(statement.mode)
        try:
            return self._apply(statement)
        except Refused as refused:
            self.path = path
            # A rule that finds a word wrong means the last one; the column is that of the typing.
            column = text.rfind(" ") + 1 if refused.reason is Reason.INVALID else len(text)
            raise Refused(refused.reason, text, column) from refused
        except Rejected:
            self.path = path
            raise

    def _settle(self) -> None:
        """Leave blocks that somebody else has removed meanwhile."""
        place = self.root
        for depth, block in enumerate(self.path):
            if place.children.get(block.line.key) is not block:
                del self.path[depth:]
                return
            place = block

    def _leaves(self, text: str) -> bool:
        closing = self.mode.closing
        if closing and text.lower() == closing:
            self.path.pop()
            return True
        return False

    def _go_to(self, mode: str) -> None:
        while self.mode.name != mode:
            self.path.pop()

    def _apply(self, statement: Statement) -> Outcome:
        block = self.block
        name = (statement.mode, statement.row.name)
        before = BEFORE.get(name)
        size = len(block.children)
        if before is not None:
            statement = before(self._scene(block, statement))
        known = block.children.get(statement.line.key)
        was = known.line if known is not None else None
        self._edit(block, statement)
        now = block.children.get(statement.line.key)
        self.last = block, statement.line
        changed = was != (now.line if now is not None else None)
        if statement.row.enters and statement.verb is Verb.SET and now is not None:
            self.path.append(now)
        after = AFTER.get(name)
        scene = self._scene(block, statement, was, changed=changed)
        answer = after(scene) if after is not None else ""
        now = block.children.get(statement.line.key)
        changed = changed or was != (now.line if now is not None else None)
        # A line such as `no ipv6 address` takes others away.
        changed = changed or len(block.children) != size
        return Outcome(changed or bool(answer), answer, statement.verb is not Verb.SET)

    def _parent(self, block: Block) -> Block:
        place = self.root
        for inner in self.path:
            if inner is block:
                break
            place = inner
        return place

    def _scene(
        self,
        block: Block,
        statement: Statement,
        was: Line | None = None,
        *,
        changed: bool = False,
    ) -> Scene:
        return Scene(
            root=self.root,
            block=block,
            parent=self._parent(block),
            was=was,
            statement=statement,
            image=self.image,
            salt=self.salt,
            lenient=self.lenient,
            changed=changed,
        )

    def _edit(self, block: Block, statement: Statement) -> None:
        line, row = statement.line, statement.row
        keeps, unsaid_on = self.keeps(row), self.is_on_unsaid(row)
        match statement.verb:
            case _ if not row.kept:
                pass
            case Verb.SET if unsaid_on or line.text == row.hidden:
                block.remove(line.key)
            case Verb.SET:
                block.put(line)
            case Verb.DEFAULT if row.name == "interface":
                known = block.children.get(line.key)
                if known is not None:
                    known.children.clear()
            case Verb.DEFAULT if row.hidden:
                block.remove(line.key)
            case _ if keeps or (unsaid_on and statement.verb is Verb.NO):
                block.remove(line.key)
                block.put(negated(line))
            case Verb.NO if self.lenient and not row.modelled and line.key not in block.children:
                # Whoever printed it knew a default that we do not.
                block.put(negated(line))
            case _:
                block.remove(line.key)

    def keeps(self, row: ConfigRow) -> bool:
        """Tell whether the `no` form is printed instead of nothing."""
        return row.absent is Absent.SHOWN

    def is_on_unsaid(self, row: ConfigRow) -> bool:
        """Tell whether a setting is on when nothing is typed."""
        if isinstance(row.absent, Absent):
            return row.absent is Absent.ON
        return row.absent(self.image.nhrp)
