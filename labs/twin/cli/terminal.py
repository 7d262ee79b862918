"""Line editing on a terminal: bytes in, whole lines and echo out.

Every character is echoed at once (clients wait for it), CR, LF and CR LF are one Enter, NUL is
nothing (reference/CLIENTS.md). Runs of plain characters are taken in one piece.
"""

import re
from collections.abc import Callable
from enum import StrEnum

MAX_LINE = 1024
"""Characters kept of a line; the rest of a longer one is dropped without echo. Four times what
IOS keeps, and short enough that a key in the middle of a line never costs much echo.
"""
HISTORY = 20

_PLAIN = re.compile(rb"[\x20-\x3e\x40-\x7e\x80-\xff]+")
_ESCAPE = re.compile(rb"\x1b(?:[\[O]([0-9;]{0,16})(.)|([^\[O\x1b])|(?=\x1b))", re.DOTALL)
_HALF_ESCAPE = re.compile(rb"\x1b(?:[\[O][0-9;]{0,16})?$")
_HALF_LETTER = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})$")
"""A letter of UTF-8 whose last bytes are still to come."""
_ARROWS = {b"A": 0x10, b"B": 0x0E, b"C": 0x06, b"D": 0x02}
"""Cursor keys of a VT100 and the control keys that do the same."""
_WORD_LEFT = re.compile(r"\S+\s*$")
_WORD_RIGHT = re.compile(r"\s*\S+")


class Key(StrEnum):
    """What ended the reading of a line."""

    ENTER = "enter"
    INTERRUPT = "interrupt"
    """Ctrl-C."""
    END = "end"
    """Ctrl-Z."""
    HELP = "help"
    """A question mark: what may be typed here?"""
    COMPLETE = "complete"
    """Tab: end the word, if there is only one way."""
    REDRAW = "redraw"
    """Ctrl-R or Ctrl-L."""


class LineEditor:
    """The line being typed."""

    __slots__ = (
        "_at",
        "_back",
        "_buffer",
        "_erased",
        "_literal",
        "cursor",
        "helps",
        "history",
        "kept",
        "last_was_cr",
        "silent",
        "text",
    )

    def __init__(self) -> None:
        self.text = ""
        self.cursor = 0
        self.silent = False
        """No echo: a password is being typed."""
        self.helps = False
        """A command is being typed: a question mark and Tab are keys, not characters."""
        self._buffer = b""
        self._at = 0
        """Where in the buffer the bytes begin that were not looked at yet."""
        self.last_was_cr = False
        self.history: list[str] = []
        self.kept = HISTORY
        """How many lines the history keeps."""
        self._back = 0
        """How many lines back in the history the line came from."""
        self._erased = ""
        """What Ctrl-Y gives back."""
        self._literal = False
        """After Ctrl-V: the next key is a character."""

    def give(self, data: bytes) -> None:
        """Take bytes that arrived together: only then CR LF is one Enter.

        napalm ends its file with a CR and begins anew with a LF (reference/CLIENTS.md).
        """
        self.last_was_cr = self.last_was_cr and self.waiting
        self._buffer, self._at = self._buffer[self._at :] + data, 0

    @property
    def waiting(self) -> bool:
        """Tell whether there are bytes not looked at yet."""
        return self._at < len(self._buffer)

    def pop(self) -> int:
        """Take the next byte as it is."""
        byte = self._buffer[self._at]
        self._at += 1
        return byte

    def read(self) -> tuple[Key | None, bytes]:
        """Work on the waiting bytes up to the end of a line; give what ended it, and the echo."""
        echo = bytearray()
        while self.waiting:
            plain = _PLAIN.match(self._buffer, self._at)
            if plain:
                piece = plain.group()
                half = _HALF_LETTER.search(piece) if plain.end() == len(self._buffer) else None
                if half is not None:
                    piece = piece[: half.start()]
                self._at += len(piece)
                echo += self._insert(piece.decode("utf-8", "replace"))
                self.last_was_cr = self._literal = False
                if half is not None:
                    break
                continue
            if _HALF_ESCAPE.match(self._buffer, self._at):
                break
            key = self._control(echo)
            if key is not None:
                return key, bytes(echo)
        return None, bytes(echo)

    def take(self) -> str:
        """Give the line and start the next one."""
        text, self.text, self.cursor, self._back = self.text, "", 0, 0
        return text

    def redraw(self) -> bytes:
        """Give what shows the line again behind a new prompt."""
        return self.text.encode() + b"\b" * (len(self.text) - self.cursor)

    def complete(self, word: str) -> None:
        """Put a whole word and a blank in the place of the last one typed."""
        head, tail = self.text[: self.cursor], self.text[self.cursor :]
        head = head[: len(head) - len(head.split()[-1])] + word + " "
        self.text, self.cursor = head + tail, len(head)

    def type_blank(self) -> bytes:
        """Take a Tab that completes nothing as a blank."""
        return self._insert(" ")

    def remember(self, line: str) -> None:
        """Keep a line for `show history`."""
        if line.strip():
            self.history = [*self.history, line][max(len(self.history) + 1 - self.kept, 0) :]

    def _insert(self, text: str) -> bytes:
        text = text[: MAX_LINE - len(self.text)]
        if not text:
            return b""
        tail = self.text[self.cursor :]
        self.text = self.text[: self.cursor] + text + tail
        self.cursor += len(text)
        if self.silent:
            return b""
        return (text + tail).encode() + b"\b" * len(tail)

    def _control(self, echo: bytearray) -> Key | None:
        escape = _ESCAPE.match(self._buffer, self._at)
        if escape is not None:
            self._at = escape.end()
            self.last_was_cr = False
            if not self.silent:
                echo += self._escaped(escape)
            return None
        byte = self.pop()
        cr, self.last_was_cr = self.last_was_cr, byte == 0x0D
        if byte == 0x0A and cr:
            return None
        if byte in (0x09, 0x3F):
            return self._help(byte, echo)
        if byte in _KEYS:
            key, shown = _KEYS[byte]
            echo += shown
            return key
        if not self.silent:
            echo += self._edit(byte)
        elif byte in (0x08, 0x7F):
            self.text = self.text[:-1]
            self.cursor = len(self.text)
        return None

    def _help(self, byte: int, echo: bytearray) -> Key | None:
        literal, self._literal = self._literal or not self.helps, False
        if byte == 0x09 and literal:
            echo += self._insert(" ")
        elif literal:
            echo += self._insert("?")
        elif len(self.text) >= MAX_LINE:
            return None  # nothing more can be typed here
        else:
            return Key.COMPLETE if byte == 0x09 else Key.HELP
        return None

    def _escaped(self, escape: re.Match[bytes]) -> bytes:
        if escape[2] in _ARROWS:
            return self._edit(_ARROWS[escape[2]])
        match escape[3]:
            case b"b" | b"B":
                return self._move(self.word_left())
            case b"f" | b"F":
                return self._move(self._word_right())
            case b"d" | b"D":
                return self._cut(self._word_right())
        return b""

    def _edit(self, byte: int) -> bytes:
        self._literal = byte == 0x16
        if byte in (0x10, 0x0E):
            return self._recall(1 if byte == 0x10 else -1)
        if byte == 0x14:
            return self._swap()
        if byte == 0x19:
            return self._insert(self._erased)
        if byte in _MOVES:
            return self._move(_MOVES[byte](self))
        if byte in _CUTS:
            return self._cut(_CUTS[byte](self))
        if byte == 0x15:
            return self._move(len(self.text)) + self._cut(0)
        return b""

    def word_left(self) -> int:
        """Give where the word before the cursor begins."""
        word = _WORD_LEFT.search(self.text[: self.cursor])
        return word.start() if word else 0

    def _word_right(self) -> int:
        word = _WORD_RIGHT.match(self.text, self.cursor)
        return word.end() if word else len(self.text)

    def _move(self, to: int) -> bytes:
        """Put the cursor somewhere else."""
        at, self.cursor = self.cursor, max(0, min(to, len(self.text)))
        if self.cursor < at:
            return b"\b" * (at - self.cursor)
        return self.text[at : self.cursor].encode()

    def _cut(self, to: int) -> bytes:
        """Take out what stands between the cursor and another place."""
        start, end = sorted((self.cursor, max(0, min(to, len(self.text)))))
        if end - start > 1:
            self._erased = self.text[start:end]
        if start < self.cursor:
            return self._erase(end - start)
        return self._move(end) + self._erase(end - start)

    def _swap(self) -> bytes:
        if not 0 < self.cursor < len(self.text):
            return b""
        at = self.cursor
        left, right = self.text[at - 1], self.text[at]
        self.text = self.text[: at - 1] + right + left + self.text[at + 1 :]
        self.cursor += 1
        return f"\b{right}{left}".encode()

    def _recall(self, back: int) -> bytes:
        """Show an older line, or a newer one."""
        wanted = self._back + back
        if not 0 <= wanted <= len(self.history):
            return b""
        self._back = wanted
        gone = self._move(len(self.text)) + self._erase(len(self.text))
        return gone + self._insert(self.history[-wanted] if wanted else "")

    def _erase(self, count: int) -> bytes:
        count = min(count, self.cursor)
        if not count:
            return b""
        tail = self.text[self.cursor :]
        self.text = self.text[: self.cursor - count] + tail
        self.cursor -= count
        return b"\b" * count + tail.encode() + b" " * count + b"\b" * (len(tail) + count)


_KEYS = {
    0x0D: (Key.ENTER, b"\r\n"),
    0x0A: (Key.ENTER, b"\r\n"),
    0x03: (Key.INTERRUPT, b"^C\r\n"),
    0x1A: (Key.END, b"^Z\r\n"),
    0x12: (Key.REDRAW, b""),
    0x0C: (Key.REDRAW, b""),
}
_MOVES: dict[int, Callable[[LineEditor], int]] = {
    0x01: lambda line: 0,
    0x02: lambda line: line.cursor - 1,
    0x05: lambda line: len(line.text),
    0x06: lambda line: line.cursor + 1,
}
"""Ctrl-A, Ctrl-B, Ctrl-E, Ctrl-F: where the cursor goes."""
_CUTS: dict[int, Callable[[LineEditor], int]] = {
    0x04: lambda line: line.cursor + 1,
    0x08: lambda line: line.cursor - 1,
    0x7F: lambda line: line.cursor - 1,
    0x0B: lambda line: len(line.text),
    0x17: lambda line: line.word_left(),
    0x18: lambda line: 0,
}
"""Ctrl-D, backspace, delete, Ctrl-K, Ctrl-W, Ctrl-X: up to where the line is erased."""
