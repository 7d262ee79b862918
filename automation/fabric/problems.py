"""What is wrong with an intent, and where: file, line, column, code, remedy.

E1xx structure, E2xx values, E3xx values that contradict each other, E4xx what is right but not
built yet. Reading YAML and judging it is not done here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from automation.errors import DmvpnError

CATALOGUE = {
    "E100": "the text is not YAML, or cannot be read",
    "E101": "unknown key",
    "E102": "a key is missing",
    "E103": "a value of the wrong shape",
    "E104": "a key that is not a word",
    "E105": "the same key twice",
    "E106": "a file that cannot be included",
    "E107": "nothing stands where something must",
    "E108": "a group of hosts that does not exist, or that holds itself",
    "E201": "a control character: it could inject a configuration line",
    "E202": "not a name",
    "E203": "NHRP authentication of more than 8 characters",
    "E204": "a secret in clear, or a malformed reference",
    "E205": "a reserved word as a name",
    "E206": "not an interface, or not its full name",
    "E207": "not an IPv4 prefix",
    "E208": "a prefix with host bits, or a broadcast address",
    "E209": "not the address of an interface",
    "E210": "a number out of range",
    "E211": "a command where configuration lines belong",
    "E212": "tunnel key out of range",
    "E213": "NHRP network-id out of range",
    "E214": "NHRP holdtime out of range",
    "E215": "autonomous system out of range",
    "E216": "dead peer detection out of range",
    "E217": "a word that is not one of those allowed",
    "E301": "a router in two sites",
    "E302": "a transport that does not exist",
    "E303": "a cloud that does not exist",
    "E304": "a cloud without a hub",
    "E310": "an overlay address used twice",
    "E311": "an address that is no host of the overlay",
    "E312": "an overlay too small for its routers",
    "E313": "an NBMA address used twice",
    "E314": "a hub without an NBMA address",
    "E315": "prefixes that overlap",
    "E316": "a LAN that no summary covers",
    "E317": "a summary that would route the tunnel into itself",
    "E318": "a WAN interface used as a LAN",
    "E319": "two clouds with one tunnel number on a router",
    "E321": "a router that is not in hosts.yaml",
    "E322": "two clouds whose routing cannot share a router",
    "E323": "clouds that differ only in case",
    "E324": "a LAN address used twice",
    "E330": "integrity beside a cipher that needs none",
    "E331": "a cipher that needs a prf",
    "E332": "a cipher that needs an integrity",
    "E333": "a name and a mode of EIGRP that do not fit",
    "E334": "BGP timers that do not fit",
    "E335": "an mss that does not fit into the mtu",
    "E341": "an NBMA address inside the overlay",
    "E343": "an allocated address that contradicts the fabric",
    "E401": "not built yet: phases 1 and 2, IKEv1, regional hubs",
    "E402": "not built yet: two clouds over one WAN interface",
}
"""Every code, and what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that an operator can fix, at the place where it stands."""

    code: str
    message: str
    hint: str = ""
    file: str = ""
    """As the user named it, relative to the working directory where possible."""
    line: int = 0
    """1-based; 0 when the file has no such place."""
    column: int = 0
    excerpt: str = ""
    """The line of the file, secrets masked."""
    width: int = 1
    """How many characters the caret line underlines."""

    @property
    def place(self) -> str:
        """Say where: `file:line:column`, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        """Format as UX section 4 shows: place, code, message, caret line, hint."""
        lines = [f"{self.place}: {self.code} {self.message}"]
        if self.line and self.excerpt:
            number = f"{self.line:>5}"
            lines.append(f"{number} | {self.excerpt}")
            lines.append(f"{' ' * len(number)} | {' ' * (self.column - 1)}{'^' * self.width}")
        if self.hint:
            lines.append(f"   hint: {self.hint}")
        return "\n".join(lines)


class InvalidFabric(DmvpnError):
    """The intent is wrong; carries every problem found."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems in the order of the files."""
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column, p.code)))
        count = len(self.problems)
        super().__init__(f"Found {count} error{'' if count == 1 else 's'}")

    def __str__(self) -> str:
        """Format every problem, and the count last."""
        return "\n".join([*map(str, self.problems), self.message])
