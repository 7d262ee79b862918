"""`show access-lists` and `show ip access-lists` (layout: the vendor's command reference)."""

from collections.abc import Mapping
from typing import Any

from labs.twin.screens import ScreenRule
from labs.twin.show.view import View


def show_access_lists(view: View, args: Mapping[str, Any]) -> str:
    """Print the lists, or one, with the packets that each line took."""
    wanted = args.get("list")
    lists = view.router.config.screens
    return "".join(
        _list(view, name, rules) for name, rules in lists.items() if wanted in (None, name)
    )


def _list(view: View, name: str, rules: tuple[ScreenRule, ...]) -> str:
    kind = "Standard" if rules and rules[0].standard else "Extended"
    lines = [f"{kind} IP access list {name}\n"]
    for rule in rules:
        count = view.router.matches.get((name, rule.sequence), 0)
        counted = f" ({count} match{'' if count == 1 else 'es'})" if count else ""
        lines.append(f"    {rule.sequence} {rule.text}{counted}\n")
    return "".join(lines)
