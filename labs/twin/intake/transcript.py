"""A configuration as a terminal showed it, made plain: what is no line of it goes.

People keep running-configs as their terminal drew them, and publish what they typed: with
prompts, echoes of commands, the marks of a pager, log messages in between, the line ends of
another system. A banner is left as it stands, whatever it looks like. Pure; used where files come
in, never on what a router stored itself.
"""

import re

from labs.twin.commands.reader import BANNER, join_banners

PROMPT = re.compile(r"[A-Za-z][\w.\-]*(?P<mode>\([\w.\-+]+\))?[#>] *(?P<typed>.*)")
PAGER = re.compile(r" ?-{1,2} ?[Mm]ore ?-{1,2} ?(?:\x08+ *\x08*|\r *\r?| {8})?")
"""The mark of a pager, and what the terminal did to wipe it out."""
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][0-9A-Za-z]|\x07|\x00")
LOG = re.compile(r"(?:\d+: )?(?:[*.]?[A-Z][a-z]{2} +\d+ [^%]*: )?%[A-Z][A-Z0-9_]*-\d-[A-Z0-9_]+:")
ANSWER = re.compile(
    r"%|\[OK\]|Enter configuration commands, one per line|Building configuration\.\.\."
    r"|Destination filename \[|Source filename \[|\d+ bytes copied|\s+\^\s*$"
)
"""What a router says to what was typed."""
ASKED = re.compile(r"Enter TEXT message\. +End with the character")
"""Said where a banner is typed; it holds the mark that ends the banner."""
TYPED = re.compile(
    r"en(?:able)?|disable|logout|\?|wri?t?e?(?: mem\w*| term\w*)?|sh(?:o|ow)? .*|conf\w* ?t\w*"
    r"|copy run\S* \S+|copy system\S* \S+|term\w* (?:len\w*|width|no) .*|(?:un)?debug .*"
    r"|(?:clear|ping|do) .*"
)
"""What is typed around a configuration and is no line of one."""


def plain(text: str) -> str:
    """Give the lines of a configuration that a text holds."""
    drawn = _undrawn(text).split("\n")
    joined = join_banners([_at_banner(line) for line in drawn if not ASKED.match(line)])
    # A joined banner stays as it is, also where it looks like a prompt.
    return "\n".join(kept for line in joined if (kept := _kept(line)) is not None)


def command(line: str) -> str:
    """Give what was typed in a line that may show a prompt before it."""
    found = PROMPT.fullmatch(line.strip())
    return found["typed"] if found else line


def _at_banner(line: str) -> str:
    """Take the prompt off a line that begins a banner."""
    found = PROMPT.fullmatch(line.rstrip())
    return found["typed"] if found and BANNER.match(found["typed"]) else line


def _kept(line: str) -> str | None:
    """Give the line of a configuration in a line of a terminal; None if there is none."""
    if "\n" in line:
        return line
    found = PROMPT.fullmatch(line.rstrip())
    if found is not None:
        line = found["typed"]
        if found["mode"] is None and line != "end":
            return None
    said = LOG.match(line.lstrip()) or ANSWER.match(line) or TYPED.fullmatch(line.rstrip())
    return None if said else line


def _undrawn(text: str) -> str:
    """Do what a terminal would have done with the control characters."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    text = _wiped(PAGER.sub("", ESCAPES.sub("", text)))
    return text.replace("\r", "\n").replace("\xa0", " ")


def _wiped(text: str) -> str:
    """Let each backspace take a character of its line back."""
    if "\x08" not in text:
        return text
    left: list[str] = []
    for character in text:
        if character != "\x08":
            left.append(character)
        elif left and left[-1] != "\n":
            left.pop()
    return "".join(left)
