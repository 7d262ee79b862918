"""Both ends of classic SCP (`scp -t TARGET`, `scp -f SOURCE`), as machines fed with bytes.

The protocol has no RFC; it is that of rcp: a line `C<mode> <size> <name>`, the bytes, a zero
byte; each answered by a zero byte, or by 1 and a line of text. The target of the exec request
is where the file goes, the name in the C line is not looked at (reference/CLIENTS.md item 14).
"""

import shlex
from collections.abc import Callable

OK = b"\x00"
MAX_FILE = 16 * 1024 * 1024
MAX_LINE = 1024


def sink_target(command: str) -> str | None:
    """Give the target of an `scp -t TARGET` command, None for any other command."""
    return _file_of(command, "t")


def source_file(command: str) -> str | None:
    """Give the file of an `scp -f FILE` command, None for any other command."""
    return _file_of(command, "f")


def _file_of(command: str, direction: str) -> str | None:
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    if not words or words[0] != "scp":
        return None
    flags = "".join(word[1:] for word in words[1:] if word.startswith("-"))
    files = [word for word in words[1:] if not word.startswith("-")]
    return files[0] if direction in flags and len(files) == 1 else None


class Sink:
    """Takes one file after another; `store` puts one away or answers why not."""

    def __init__(self, store: Callable[[bytes], str | None]) -> None:
        self._store = store
        self._line = bytearray()
        self._left: int | None = None
        self._content = bytearray()
        self.failed = False
        self.over = False

    def start(self) -> bytes:
        """Give the byte that invites the sender."""
        return OK

    def receive(self, data: bytes) -> bytes:
        """Take bytes of the sender and give what to answer."""
        answer = bytearray()
        rest = data
        while rest and not self.failed:
            rest = self._header(rest, answer) if self._left is None else self._body(rest, answer)
        return bytes(answer)

    def _header(self, data: bytes, answer: bytearray) -> bytes:
        line, newline, rest = data.partition(b"\n")
        self._line += line
        if len(self._line) > MAX_LINE:
            answer += self._fail("protocol error")
            return b""
        if newline:
            header, self._line = bytes(self._line), bytearray()
            answer += self._command(header)
        return rest

    def _command(self, header: bytes) -> bytes:
        match header[:1]:
            case b"T" | b"E":
                return OK
            case b"C":
                return self._file(header)
            case b"D":
                return self._fail("not a regular file")
            case b"\x01" | b"\x02":
                self.failed = True
                return b""
        return self._fail("protocol error")

    def _file(self, header: bytes) -> bytes:
        words = header.split(b" ", 2)
        if len(words) != 3 or not words[1].isdigit():
            return self._fail("protocol error")
        if int(words[1]) > MAX_FILE:
            return self._fail("No space left on device")
        self._left = int(words[1]) + 1
        self._content = bytearray()
        return OK

    def _body(self, data: bytes, answer: bytearray) -> bytes:
        left = self._left or 0
        self._content += data[:left]
        self._left = left - len(data[:left])
        if self._left == 0:
            self._left = None
            problem = self._store(bytes(self._content[:-1]))
            answer += self._fail(problem) if problem else OK
        return data[left:]

    def _fail(self, problem: str) -> bytes:
        self.failed = True
        return b"\x01" + f"scp: {problem}\n".encode()


class Source:
    """Gives one file to a client that asks for every step by a zero byte."""

    def __init__(self, url: str, content: bytes | str) -> None:
        """Take the content, or the words that say why there is none."""
        self.failed = isinstance(content, str)
        self.over = False
        if isinstance(content, str):
            self._steps = [b"\x01" + f"scp: {content}\n".encode()]
        else:
            name = url.rpartition("/")[2]  # OpenSSH wants the last part of what it asked for
            self._steps = [f"C0644 {len(content)} {name}\n".encode(), content + OK]

    def start(self) -> bytes:
        """Wait for the client; a refusal is told at once."""
        return self._steps.pop() if self.failed else b""

    def receive(self, data: bytes) -> bytes:
        """Take answers of the client and give what they ask for."""
        answer = b""
        for byte in data:
            if byte:
                self.failed = True
            elif self._steps and not self.failed:
                answer += self._steps.pop(0)
            else:
                self.over = True
        return answer
