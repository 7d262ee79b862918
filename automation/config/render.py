"""From a device view to the lines that its running-config should show.

The order of lines is IOS's own (reference/DMVPN.md section 2). Secrets stand as references,
`<secret:NAME>`; their digests are added by `secrets.Tokens`. What a line means for the router is
decided in `automation.fabric.derive`, not here.
"""

from functools import cache
from ipaddress import IPv4Interface, IPv4Network

from jinja2 import Environment, PackageLoader, StrictUndefined

from automation.config.profiles import HIDDEN
from automation.fabric.views import DeviceView, Generation


def render(view: DeviceView, generation: Generation | None = None) -> str:
    """Write the intended lines of one router, without those its image hides."""
    hidden = HIDDEN[generation or view.generation]
    text = _environment().get_template("device.j2").render(view=view)
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for line in lines if line and line.strip() not in hidden]
    return "\n".join([*kept, *view.extra_config]) + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("automation.config"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - router configuration, not HTML
    )
    environment.filters |= {
        "address": _address,
        "prefix": _prefix,
        "eigrp_network": eigrp_network,
        "bgp_network": bgp_network,
        "token": _token,
    }
    return environment


def _address(value: IPv4Interface) -> str:
    return f"{value.ip} {value.netmask}"


def _prefix(value: IPv4Network) -> str:
    return f"{value.network_address} {value.netmask}"


def _token(reference: str) -> str:
    return f"<{reference}>"


def classful(network: IPv4Network) -> bool:
    """Tell whether the mask is the one of the address's class; IOS does not print that."""
    first = int(network.network_address) >> 24
    length = 8 if first < 128 else 16 if first < 192 else 24
    return network.prefixlen == length


def eigrp_network(network: IPv4Network) -> str:
    """Write as EIGRP prints it: a wildcard, unless the mask is classful."""
    return f"{network.network_address}" + ("" if classful(network) else f" {network.hostmask}")


def bgp_network(network: IPv4Network) -> str:
    """Write as BGP prints it: a mask, unless it is classful."""
    mask = "" if classful(network) else f" mask {network.netmask}"
    return f"{network.network_address}{mask}"
