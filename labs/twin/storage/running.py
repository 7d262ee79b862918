"""The running configuration as text: whole and in parts."""

from labs.twin.tree import Block, config_lines, listing


def visible(parent: Block, child: Block) -> bool:
    """Tell whether a running-config shows a line.

    A point-to-point tunnel takes `ip nhrp map T N` but does not show it (capture p1-rip-hq).
    """
    if child.line.name != "ip nhrp map":
        return True
    mode = parent.args("tunnel mode")
    return mode is not None and mode.get("mode") == "multipoint"


def body(root: Block, comment: str = "") -> str:
    """Print a configuration from its first `!` to `end`."""
    lines = ["!", comment, "!"] if comment else ["!"]
    lines += config_lines(root, visible)
    if lines[-1] != "!":
        lines.append("!")
    return "\n".join([*lines, "end"]) + "\n"


def interface_text(root: Block, name: str) -> str | None:
    """Print one interface as `show running-config interface` does, None if there is none."""
    block = root.get(f"interface {name}")
    if block is None:
        return None
    return "\n".join(["!", block.line.text, *listing(block, visible, 1), "end"]) + "\n"
