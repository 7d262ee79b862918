"""The running configuration as text: whole, in parts, and with what is unsaid."""

from labs.twin.commands import TABLES
from labs.twin.image import ImageProfile
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


def with_defaults(root: Block, image: ImageProfile) -> Block:
    """Give a copy that says what the image leaves unsaid on NHRP tunnels (`all`)."""
    full = root.copy()
    rows = TABLES.modes["interface"].rows
    for block in full.find("interface"):
        if "ip nhrp network-id" not in block.children:
            continue
        unsaid = [f"ip nhrp holdtime {image.nhrp.holdtime_s}"]
        unsaid += [r.pattern for r in rows if callable(r.absent) and r.absent(image.nhrp)]
        if "tunnel mode" not in block.children:
            unsaid.append("tunnel mode gre ip")
        for text in unsaid:
            line = TABLES.read("interface", text).line
            if line.key not in block.children:
                block.put(line)
    return full


def interface_text(root: Block, name: str) -> str | None:
    """Print one interface as `show running-config interface` does, None if there is none."""
    block = root.get(f"interface {name}")
    if block is None:
        return None
    return "\n".join(["!", block.line.text, *listing(block, visible, 1), "end"]) + "\n"
