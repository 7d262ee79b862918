"""Line editing on a terminal: bytes in, whole lines and echo out.

Every character is echoed at once (clients wait for it), CR, LF and CR LF are one Enter, NUL is
nothing (reference/CLIENTS.md). Runs of plain characters are taken in one piece.
"""

import re
from enum import StrEnum

MAX_LINE = 65536
"""Characters kept of a line; the rest of a longer one is dropped without echo."""
HISTORY = 20

_PLAIN = re.compile(rb"[\x20-\x7e\x80-\xff\t]+")
_ESCAPE = re.compile(rb"\x1b(\[[0-9;]*[A-Za-z~]|O[A-Za-z]|.)?", re.DOTALL)


class Key(StrEnum):
    """What ended the reading of a line."""

    ENTER = "enter"
    INTERRUPT = "interrupt"
    """Ctrl-C."""
    END = "end"
    """Ctrl-Z."""


class LineEditor:
    """The line being typed."""

    __slots__ = ("_at", "_buffer", "cursor", "history", "last_was_cr", "silent", "text")

    def __init__(self) -> None:
        self.text = ""
        self.cursor = 0
        self.silent = False
        """No echo: a password is being typed."""
        self._buffer = b""
        self._at = 0
        """Where in the buffer the bytes begin that were not looked at yet."""
        self.last_was_cr = False
        self.history: list[str] = []

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
                self._at = plain.end()
                echo += self._insert(plain.group().decode("utf-8", "replace"))
                self.last_was_cr = False
                continue
            key = self._control(echo)
            if key is not None:
                return key, bytes(echo)
        return None, bytes(echo)

    def take(self) -> str:
        """Give the line and start the next one."""
        text, self.text, self.cursor = self.text, "", 0
        return text

    def remember(self, line: str) -> None:
        """Keep a line for `show history`."""
        if line.strip():
            self.history = [*self.history, line][-HISTORY:]

    def _insert(self, text: str) -> bytes:
        text = text.replace("\t", " ")[: MAX_LINE - len(self.text)]
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
            return None
        byte = self.pop()
        cr, self.last_was_cr = self.last_was_cr, byte == 0x0D
        if byte == 0x0A and cr:
            return None
        match byte:
            case 0x0D | 0x0A:
                echo += b"\r\n"
                return Key.ENTER
            case 0x03:
                echo += b"^C\r\n"
                return Key.INTERRUPT
            case 0x1A:
                echo += b"^Z\r\n"
                return Key.END
        if not self.silent:
            echo += self._edit(byte)
        elif byte in (0x08, 0x7F):
            self.text = self.text[:-1]
            self.cursor = len(self.text)
        return None

    def _edit(self, byte: int) -> bytes:
        match byte:
            case 0x08 | 0x7F:
                return self._erase(1)
            case 0x15:
                self.cursor, back = len(self.text), self.text[self.cursor :].encode()
                return back + self._erase(len(self.text))
            case 0x17:
                word = re.search(r"\S*\s*$", self.text[: self.cursor])
                return self._erase(len(word.group()) if word else 0)
            case 0x01:
                back, self.cursor = b"\b" * self.cursor, 0
                return back
            case 0x05:
                tail, self.cursor = self.text[self.cursor :], len(self.text)
                return tail.encode()
        return b""

    def _erase(self, count: int) -> bytes:
        count = min(count, self.cursor)
        if not count:
            return b""
        tail = self.text[self.cursor :]
        self.text = self.text[: self.cursor - count] + tail
        self.cursor -= count
        return b"\b" * count + tail.encode() + b" " * count + b"\b" * (len(tail) + count)
