"""Defaults profiles: which lines an image applies by itself and does not print.

Data of reference/DMVPN.md section 2. A line that is listed here means the same whether it is
printed or not, so it is dropped from both sides before they are compared.
"""

from automation.fabric.derive import generation_of
from automation.fabric.views import Generation

ALWAYS_HIDDEN = frozenset({"no shutdown", "tunnel mode gre ip"})

HIDDEN: dict[Generation, frozenset[str]] = {
    Generation.LEGACY: frozenset({"ip nhrp holdtime 7200"}) | ALWAYS_HIDDEN,
    Generation.MODERN: frozenset(
        {
            "ip nhrp holdtime 600",
            "ip nhrp registration no-unique",
            "ip nhrp map multicast dynamic",
            "ip nhrp shortcut",
        }
    )
    | ALWAYS_HIDDEN,
}
"""By generation: lines that restate a default."""

EXITS = ("exit", "exit-address-family", "exit-af-interface", "exit-af-topology")
"""Lines that a listing has for its form; none of them sets anything."""


def running_generation(running: str, otherwise: Generation = Generation.MODERN) -> Generation:
    """Tell the generation of a device from the `version` line of its running-config."""
    for line in running.splitlines():
        if line.startswith("version "):
            return generation_of(line)
    return otherwise
