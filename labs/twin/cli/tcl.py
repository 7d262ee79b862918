"""The Tcl shell as far as file transfers use it: `puts [open "flash:F" w+] {...}`.

netmiko and napalm write files this way; exec commands work inside (CLIENTS.md item 15).
"""

import re
from collections.abc import Callable

PUTS = re.compile(
    r'puts\s+(-nonewline\s+)?\[\s*open\s+"([^"]+)"\s+[wa]\+?\s*\]\s+\{(.*)\}\s*$', re.DOTALL
)
LEAVE = ("tclquit", "exit", "quit")


class Tcl:
    """A Tcl shell.

    Args:
        write: Writes a file, gives an error text or nothing.
        run: Does an exec command.
        leave: Ends the shell.
    """

    def __init__(
        self,
        write: Callable[[str, str], str],
        run: Callable[[str], str],
        leave: Callable[[], None],
    ) -> None:
        self._write = write
        self._run = run
        self._leave = leave
        self._lines: list[str] = []

    def prompt(self, host: str) -> str:
        """Give the prompt; `+>` inside braces."""
        return "+>" if self._lines else f"{host}(tcl)#"

    def line(self, text: str) -> str:
        """Take one line; give what it prints."""
        self._lines.append(text)
        script = "\n".join(self._lines)
        if script.count("{") > script.count("}"):
            return ""
        self._lines = []
        if script.strip() in LEAVE:
            self._leave()
            return ""
        match = PUTS.match(script.strip())
        if match:
            end = "" if match[1] else "\n"
            return self._write(match[2], match[3] + end)
        return self._run(script)
