"""What surrounds the output of a command in a capture, and how it is put aside.

Here: line ends, erased `--More--`, banners, the echo of the command, the prompt behind it, the `%`
answers. Not here: anything that belongs to one command. Lines are emptied, never removed, so the
numbers of the others stay.
"""

import re

from parsers.errors import CliError, UnexpectedLine

# No command prints longer lines; some expressions need time that grows with the square of the line.
LONGEST_LINE = 4096

_LINE_END = re.compile(r"\r+\n")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x00")
# str.splitlines, which TextFSM uses, breaks lines at these too: they would shift the numbers.
_BREAKS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_MORE = re.compile(r"^ ?--More-- ?", re.MULTILINE)
_BANNER = re.compile(
    r"^[ \t]*(?:Load for five secs: \d.*"
    r"|Time source is \S.*"
    r"|No time source, .*"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d+ \d+:\d\d:\d\d\.\d+ \S+)[ \t]*$",
    re.MULTILINE,
)
_PROMPT = r"[A-Za-z][\w.:/()-]{0,80}[>#]"
_ECHO = re.compile(
    rf"[ \t]*(?:(?:{_PROMPT}|[>#])[ \t]*)?(?:do[ \t]+)?(?:sh|sho|show|ping|trace\w*)[ \t]+\S[^\n]*"
)
_ONLY_PROMPT = re.compile(_PROMPT)
# A text without these has no banner; most have none, and to look for words is quick. The date
# stands alone only above an output.
_BANNER_WORDS = ("Load for five secs", "ime source")
_DAY = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z]")
HEAD = 2000
# A message of the log (%DUAL-5-NBRCHANGE:) is no answer.
_MESSAGE = r"%[A-Z][A-Z0-9_]*(?:-[A-Z][A-Z0-9_]*)?-[0-7]-[A-Z0-9_]+:"
_REFUSAL = re.compile(
    r"\A(?:[ \t]*(?:\^|Translating \"[^\n]*)?[ \t]*\n)*"
    rf"[ \t]*(?P<answer>(?!{_MESSAGE})%[^\n]*|Command authorization failed[^\n]*)"
)


def clean(text: str) -> str:
    """Empty what surrounds the output, so that only its own lines are left."""
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    if "\x1b" in text or "\x00" in text:
        text = _ESCAPE.sub("", text)
    if "\r" in text or "\b" in text:
        text = "\n".join(map(_overwrite, text.split("\n")))
    if any(character in text for character in _BREAKS):
        text = text.translate(dict.fromkeys(map(ord, _BREAKS), "\ufffd"))
    if "--More--" in text:
        text = _MORE.sub("", text)
    if any(words in text for words in _BANNER_WORDS) or _DAY.search(text, 0, HEAD):
        text = _BANNER.sub("", text)
    return _without_prompts(_without_echo(text))


def refuse_long_lines(command: str, text: str) -> None:
    """Refuse what no router prints before an expression has to match it.

    Raises:
        UnexpectedLine: a line is longer than any that IOS prints.
    """
    lines = text.split("\n")
    if max(map(len, lines)) <= LONGEST_LINE:
        return
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            raise UnexpectedLine(command, number, line, f"{len(line)} characters")


def refuse(command: str, text: str, none_answer: re.Pattern[str] | None) -> bool:
    """Tell whether a cleaned text is the answer that means "none".

    Raises:
        CliError: it is another answer of the CLI.
    """
    if not (found := _REFUSAL.match(text)):
        return False
    answer = found["answer"].strip()
    if none_answer and none_answer.fullmatch(answer):
        return True
    raise CliError(command, text.count("\n", 0, found.start("answer")) + 1, answer)


def _without_echo(text: str) -> str:
    start = len(text) - len(text.lstrip())
    start = text.rfind("\n", 0, start) + 1
    if echo := _ECHO.match(text, start):
        return text[:start] + text[echo.end() :]
    return text


def _without_prompts(text: str) -> str:
    """Cut the prompts at the end, and what is blank between and behind them."""
    end, stop = len(text), len(text)
    while stop > 0:
        start = text.rfind("\n", 0, stop) + 1
        line = text[start:stop].strip()
        if line and not _ONLY_PROMPT.fullmatch(line):
            break
        if line:
            end = start
        stop = start - 1
    return text[:end]


def _overwrite(line: str) -> str:
    """Draw a line as a terminal does: CR goes to its start, BS one back."""
    if "\r" not in line and "\b" not in line:
        return line
    cells: list[str] = []
    column = 0
    for character in line:
        if character == "\r":
            column = 0
        elif character == "\b":
            column = max(0, column - 1)
        else:
            cells[column : column + 1] = [character]
            column += 1
    return "".join(cells)
