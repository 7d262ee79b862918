"""What may be typed next, for `?` and Tab.

Help lists words, never their descriptions: those are the vendor's text. The words come in the
order of their letters, values before keywords, `<cr>` last.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from labs.twin.grammar.parameters import Parameter, Token, interface_kind
from labs.twin.grammar.patterns import Node, Row

END = "<cr>"
NUMBERED = ("Loopback", "Tunnel")
ANY_NUMBER = "<0-2147483647>"


@dataclass(frozen=True, slots=True)
class Hints:
    """What may follow."""

    words: tuple[str, ...]
    completing: bool
    """They complete the last word; otherwise they are the next one."""
    ambiguous: bool = False
    """A word before has several meanings."""

    @property
    def completion(self) -> str | None:
        """Give the one keyword that the last word means, None if there is not exactly one."""
        return self.words[0] if self.completing and len(self.words) == 1 else None


class Finder:
    """Finds the hints for one line."""

    def __init__(self, line: str, tokens: tuple[Token, ...], *, partial: bool) -> None:
        self.line = line
        self.tokens = tokens
        self.partial = partial
        self.ambiguous = False
        self.more: list[str] = []
        """Further words of a parameter that takes several."""

    def after(self, root: Node[Row], start: int) -> Hints:
        """List what may follow the whole line."""
        found = list(self._reach(root, start, len(self.tokens)))
        words = [word for node in found for word in self._next(node)] + self.more
        return self._hints(words, completing=False)

    def completing(self, root: Node[Row], start: int) -> Hints:
        """List what the last word may become."""
        typed = self.tokens[-1].text
        words: list[str] = []
        for node in self._reach(root, start, len(self.tokens) - 1):
            words += self._begun(node, typed)
        words += [word for word in self.more if word.lower().startswith(typed.lower())]
        return self._hints(words, completing=True)

    def _hints(self, words: list[str], *, completing: bool) -> Hints:
        known = sorted(set(words) - {END})
        last = (END,) if END in words else ()
        return Hints((*known, *last), completing, self.ambiguous and not known)

    def _reach(self, node: Node[Row], at: int, until: int) -> Iterator[Node[Row]]:
        """Walk along the typed words; keywords win over parameters."""
        if at >= until:
            yield node
            return
        candidates = node.candidates(self.tokens[at].text)
        self.ambiguous |= len(candidates) > 1
        reached = False
        if len(candidates) == 1:
            for place in self._reach(node.keywords[candidates[0]], at + 1, until):
                reached = True
                yield place
        if not reached:
            yield from self._reach_values(node, at, until)

    def _reach_values(self, node: Node[Row], at: int, until: int) -> Iterator[Node[Row]]:
        tokens = self.tokens[:until]
        for _, _, kind, after in node.params:
            reading = kind.read(self.line, tokens, at)
            if reading is not None:
                if kind.repeats and reading[2] == until:
                    self.more += [w for w in kind.hints() if w not in reading[1]]
                yield from self._reach(after, reading[2], until)
            elif kind.kind == "interface" and at == until - 1:
                self.more += _number_of(tokens[at].text)

    def _next(self, node: Node[Row]) -> Iterator[str]:
        yield from node.keywords
        for _, _, kind, _ in node.params:
            yield from kind.hints()
        if node.row is not None or (self.partial and node.identified):
            yield END

    def _begun(self, node: Node[Row], typed: str) -> Iterator[str]:
        low = typed.lower()
        yield from (word for word in node.keywords if word.lower().startswith(low))
        for _, _, kind, _ in node.params:
            yield from self._begun_value(kind, low)

    def _begun_value(self, kind: Parameter, low: str) -> Iterator[str]:
        if kind.spelled:
            yield from (word for word in kind.hints() if word.lower().startswith(low))


def _number_of(word: str) -> list[str]:
    """Give the number that follows a kind of interface, where any number may."""
    return [ANY_NUMBER] if interface_kind(word) in NUMBERED else []
