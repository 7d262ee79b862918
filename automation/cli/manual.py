"""The manual of the commands, drawn from the program itself: docs/cli.md is its output."""

from typing import Any

import typer

from automation.cli.output import put

HEAD = """\
# Commands

Drawn from the program by `dmvpn manual`; do not edit. Data goes to stdout, talk to stderr; there is
no colour when the output is not a terminal or `NO_COLOR` is set; nothing is asked where there is no
terminal. `--format json` works with every command that gives data.

| exit | meaning |
|---|---|
| 0 | done, or nothing to do |
| 1 | a bug of the program; it says where the report is |
| 2 | wrong usage or intent |
| 3 | drift, or something to do (`audit`, `plan --detailed-exitcode`), and nothing else wrong |
| 4 | judged and found wanting |
| 5 | could not look: unreachable, refused, changed host key, unknown text |
| 6 | refused by a safety rule; nothing was sent |
| 7 | applied partly, the rest untouched |
| 8 | a change was reverted and proven undone |
| 9 | the state of a device is unknown: somebody must look |
| 130 | interrupted; what was not confirmed goes back by itself |

When several apply: 9, 1, 8, 7, 130, 6, 2, 5, 4, 3.
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(hidden=True)(manual)


def manual(context: typer.Context) -> None:
    """Print the manual of all commands as Markdown."""
    put(format_manual(context.find_root()))


def format_manual(root: Any) -> str:
    """Draw every command with its help; typer does not name the type of its contexts."""
    parts = [HEAD, _section(root, "dmvpn")]
    parts += _commands(root, "dmvpn")
    return "\n".join(parts)


def _commands(context: Any, path: str) -> list[str]:
    parts: list[str] = []
    group = context.command
    for name, command in getattr(group, "commands", {}).items():
        if command.hidden:
            continue
        inner = typer.Context(command, info_name=name, parent=context)
        parts.append(_section(inner, f"{path} {name}"))
        parts += _commands(inner, f"{path} {name}")
    return parts


def _section(context: Any, path: str) -> str:
    context.terminal_width = 96
    return f"## {path}\n\n```\n{context.command.get_help(context).rstrip()}\n```\n"
