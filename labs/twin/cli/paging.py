"""Long output on a terminal: pages that wait at `--More--`.

Space turns a page, Enter shows one line more, `/`, `+` and `-` search forward, keep and drop lines
by a regular expression; any other key ends the output.
"""

from labs.twin.cli.expressions import ExpressionError, compile_expression

MORE = " --More-- "
ERASE = b"\b" * 9 + b" " * 8 + b"\b" * 9
SPACE, ENTER, NEW_LINE, DELETE, BACKSPACE = 0x20, 0x0D, 0x0A, 0x7F, 0x08
SEARCHES = b"/+-"


class Pager:
    """Output that has not been shown yet."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._searching = ""
        """The search being typed, its sign first."""

    @property
    def waits(self) -> bool:
        """Tell whether `--More--` stands on the screen."""
        return bool(self._lines)

    def show(self, text: str, length: int) -> bytes:
        """Print a text, or its first page."""
        lines = text.split("\n")
        if length and len(lines) > length and not self._lines:
            self._lines = lines[length - 1 :]
            text = "\n".join(lines[: length - 1]) + "\n" + MORE
        return _screen(text)

    def key(self, byte: int, length: int) -> bytes:
        """Take a key; give what it shows."""
        if self._searching:
            return self._search(byte, length)
        if byte == 0:
            return b""
        if byte in SEARCHES:
            self._searching = chr(byte)
            return ERASE + bytes([byte])
        count = {SPACE: length - 1, ENTER: 1, NEW_LINE: 1}.get(byte, 0)
        return ERASE + self._turn(max(count, 1) if count else 0)

    def _turn(self, count: int) -> bytes:
        lines, self._lines = self._lines[:count], self._lines[count:] if count else []
        text = "\n".join(lines)
        if self._lines:
            return _screen(text + "\n" + MORE)
        return _screen(text if count else "\n")

    def _search(self, byte: int, length: int) -> bytes:
        if byte in (ENTER, NEW_LINE):
            sign, wanted, self._searching = self._searching[0], self._searching[1:], ""
            self._lines = _sifted(self._lines, sign, wanted)
            return b"\r\nfiltering...\r\n" + self._turn(max(length - 1, 1))
        if byte in (DELETE, BACKSPACE):
            if len(self._searching) == 1:
                return b""
            self._searching = self._searching[:-1]
            return b"\b \b"
        self._searching += chr(byte) if 0x20 <= byte < 0x7F else ""
        return bytes([byte]) if 0x20 <= byte < 0x7F else b""


def _sifted(lines: list[str], sign: str, wanted: str) -> list[str]:
    try:
        expression = compile_expression(wanted)
    except ExpressionError:
        return [""]
    if sign == "/":
        first = next((at for at, line in enumerate(lines) if expression.matches(line)), len(lines))
        return lines[first:] or [""]
    keeps = sign == "+"
    kept = [line for line in lines[:-1] if expression.matches(line) is keeps]
    return [*kept, ""]


def _screen(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()
