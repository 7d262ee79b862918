"""The lab: the routers of the fabric as virtual ones on this machine, on their first day."""

from __future__ import annotations

import os
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automation.cli.bench import attach, link, restore, run, save
from automation.cli.capture import capture
from automation.cli.options import Options, options_of
from automation.cli.output import format_table, put, put_json, say
from automation.cli.project import DEFAULT_LAB, Project
from automation.cli.replay import replay
from automation.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automation.fabric.views import DeviceView
    from labs.topology import LabSpec, Node
    from labs.twin.lab import LabStatus

app = typer.Typer(
    help="A network of virtual routers on this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Name = Annotated[str, typer.Argument(metavar="LAB", help="Name of the lab.")]
SPARE_WAN = "GigabitEthernet2"
WAN_POOL = IPv4Address("198.51.100.0")
"""Addresses for documentation (RFC 5737) where the fabric leaves the provider's address open."""
LINK = 4
"""Addresses of a /30: the router's end first, the provider's second."""
ARCHIVES = {
    "16.6": "bootflash:",
    "16.9": "bootflash:",
    "17.3": "bootflash:",
    "15.5": "flash:",
    "15.9": "flash:",
}
OTHER_ARCHIVE = "unix:"
LICENSE = "license boot level network-advantage addon dna-advantage\n!\n"
"""Without it CSR1000V and C8000V have no crypto commands."""

DAY_0 = """\
version {image}
hostname {name}
!
username admin privilege 15 secret 0 {password}
!
ip domain name lab.example
!
{license}archive
 path {archive}archive-
 maximum 10
!
{vrfs}{interfaces}{routes}!
ip ssh version 2
ip scp server enable
!
line vty 0 4
 login local
 transport input ssh
!
end
"""


@app.callback()
def _lab() -> None:
    """Hold the commands together."""


@app.command()
def up(
    context: typer.Context,
    name: Name = DEFAULT_LAB,
    *,
    clock: Annotated[
        str, typer.Option("--clock", metavar="real|N|manual", help="How fast its time passes.")
    ] = "real",
    image: Annotated[str, typer.Option("--image", help="IOS version of the routers.")] = "17.3",
    spare: Annotated[
        list[str] | None,
        typer.Option(
            "--spare",
            metavar="ROUTER",
            help="A router that is not in the fabric yet [one, named like the next spoke].",
        ),
    ] = None,
    configs: Annotated[
        Path | None,
        typer.Option(
            "--configs",
            metavar="FOLDER",
            help="Boot these running-configs, one router a file, instead of the fabric.",
        ),
    ] = None,
    port: Annotated[
        list[str] | None,
        typer.Option("--port", metavar="ROUTER=N", help="SSH port of a router of --configs."),
    ] = None,
    user: Annotated[
        list[str] | None,
        typer.Option("--user", metavar="NAME:PASSWORD", help="A user beside those of --configs."),
    ] = None,
) -> None:
    """Start the routers of the fabric with a day-0 configuration: name, user, SSH, WAN address.

    With --configs, routers with the configurations of a folder: links by subnet, logins by the
    users and passwords in them.
    """
    from dataclasses import replace

    from labs.topology import parse_rate
    from labs.twin.lab import Folder
    from labs.twin.lab import status as lab_status
    from labs.twin.lab import up as lab_up

    options = options_of(context)
    project = Project(options)
    rate = parse_rate(clock)
    folder = project.labs / name
    if Folder(folder).running():
        say(f"lab {name} runs already and was left alone; `dmvpn lab down` ends it")
        _show(options, lab_status(folder))
        return
    if configs is not None:
        spec = _of_configs(configs, name, port or (), user or (), image)
        _show(options, lab_up(replace(spec, rate=rate), folder))
        return
    if port or user:
        raise UsageError("--port and --user go with --configs")
    spares = [_next_spoke(project.views)] if spare is None else spare
    spec = lab_of(project.views, name=name, image=image, spares=spares)
    _show(options, start(project, replace(spec, rate=rate), folder))


def _of_configs(
    folder: Path, name: str, ports: Sequence[str], users: Sequence[str], image: str
) -> LabSpec:
    """Describe a lab of running-configs, and say which of their lines are not understood."""
    from labs.twin.lab.configs import parse_port, parse_user, spec_of_configs, unknown_lines

    spec = spec_of_configs(
        folder,
        name=name,
        ports=dict(map(parse_port, ports)),
        users=dict(map(parse_user, users)),
        image=image,
    )
    for router, lines in unknown_lines(spec).items():
        kept = "line is" if len(lines) == 1 else "lines are"
        say(f"{router}: {len(lines)} {kept} kept as they stand and do nothing")
    return spec


def _next_spoke(views: Mapping[str, DeviceView]) -> str:
    """Name a router that could be the next spoke: branch-4 after branch-3."""
    spokes = [name for name, view in views.items() if not view.is_hub]
    last = spokes[-1] if spokes else "spoke0"
    head = last.rstrip("0123456789")
    number = int(last[len(head) :] or 0)
    while f"{head}{number + 1}" in views:
        number += 1
    return f"{head}{number + 1}"


def start(project: Project, spec: LabSpec, folder: Path) -> LabStatus:
    """Start a lab, and give it values for secrets that nothing else knows."""
    from labs.twin.lab import up as lab_up

    found = lab_up(spec, folder)
    _give_secrets(project, folder)
    return found


def _give_secrets(project: Project, folder: Path) -> None:
    """Write values of the fabric's secrets into the lab's own file, made up for this lab."""
    import secrets

    import yaml

    from labs.twin.lab.folder import write_private

    path = folder / "credentials.yaml"
    known = yaml.safe_load(path.read_text(encoding="utf-8"))
    names = [reference.removeprefix("secret:") for reference in project.fabric.secrets()]
    # eight characters: the longest NHRP authentication that IOS takes
    missing = {name: secrets.token_hex(4) for name in names if name not in known}
    if missing:
        write_private(path, yaml.safe_dump(known | missing))


@app.command()
def status(context: typer.Context, name: Name = "") -> None:
    """Show the routers of a running lab, its clock and the open sessions."""
    from labs.twin.lab import status as lab_status

    options = options_of(context)
    _show(options, lab_status(Project(options).lab_folder(name)))


@app.command()
def ssh(
    context: typer.Context,
    router: Annotated[str, typer.Argument(help="A router of the lab.")],
    name: Annotated[str, typer.Option("--lab", help="Name of the lab.")] = "",
    *,
    show: Annotated[
        bool, typer.Option("--print", help="Print the command instead of running it.")
    ] = False,
) -> None:
    """Open a terminal on a router of the lab."""
    import shlex

    from labs.twin.lab import ssh_command

    folder = Project(options_of(context)).lab_folder(name)
    command = ssh_command(folder, router)
    if show:
        put(shlex.join(command))
        return
    say(f"the password stands in {folder / 'credentials.yaml'}, under `lab`")
    os.execvp(command[0], command)  # noqa: S606 - no shell, our own words


@app.command()
def down(context: typer.Context, name: Name = "") -> None:
    """End a lab; what its routers did not save is lost."""
    from labs.twin.lab import down as lab_down

    options = options_of(context)
    folder = Project(options).lab_folder(name)
    ended = lab_down(folder)
    say(f"lab {folder.name} " + ("ended" if ended else "was not running"), quiet=options.quiet)


for steps in (run, save, restore, link, attach):
    app.command()(steps)
app.command()(capture)
app.command()(replay)


def _show(options: Options, found: LabStatus) -> None:
    if options.json:
        from dataclasses import asdict

        put_json({"schema": "dmvpn.lab/1", **asdict(found)})
        return
    rows = [(r.name, f"127.0.0.1:{r.port}", r.image, r.attachment) for r in found.routers]
    put(format_table(("ROUTER", "SSH", "IOS", "ATTACHED"), rows))
    rate = f"{found.rate} times real time" if found.rate[0].isdigit() else found.rate
    say(
        f"Lab {found.name}: process {found.pid}, clock {rate}, up for {found.now_s:.0f} s of "
        "device time.\nNext: dmvpn plan (it finds the lab by itself); dmvpn lab ssh ROUTER",
        quiet=options.quiet,
    )


def lab_of(
    views: Mapping[str, DeviceView],
    *,
    name: str = DEFAULT_LAB,
    image: str = "17.3",
    spares: Sequence[str] = (),
) -> LabSpec:
    """Draw the fabric as a lab: its routers on day 0, spare ones, and a provider between them."""
    from labs.topology import LabSpec

    addresses = _wan_addresses(views, spares)
    members = [
        *(_member(view, addresses[router], image) for router, view in views.items()),
        *(_spare(router, addresses[router], image, views) for router in spares),
    ]
    return LabSpec(name=name, nodes=(*members, _provider(addresses, image)))


def _wan_addresses(
    views: Mapping[str, DeviceView], spares: Sequence[str]
) -> dict[str, IPv4Interface]:
    """Give every router one link to the provider, at the address that the fabric says."""
    said: dict[str, IPv4Interface] = {}
    for name, view in views.items():
        nbma = next((tunnel.nbma for tunnel in view.tunnels if tunnel.nbma), None)
        if nbma:
            said[name] = IPv4Interface((nbma, 30))
    taken = {address.network for address in said.values()}
    links = (IPv4Interface((WAN_POOL + offset + 1, 30)) for offset in range(0, 1 << 16, LINK))
    free = (link for link in links if link.network not in taken)
    return {name: said.get(name) or next(free) for name in (*views, *spares)}


def _gateway(wan: IPv4Interface) -> IPv4Address:
    """Give the provider's end of a /30: the other host of it."""
    first, second = wan.network.network_address + 1, wan.network.network_address + 2
    return second if wan.ip == first else first


def _member(view: DeviceView, wan: IPv4Interface, image: str) -> Node:
    tunnel = view.tunnels[0]
    lans = tuple(lan.interface for lan in view.lans)
    return _router(view.name, str(view.role), tunnel.wan, tunnel.front_vrf, wan, image, lans)


def _spare(name: str, wan: IPv4Interface, image: str, views: Mapping[str, DeviceView]) -> Node:
    """Make a router that is like the first spoke, but in no fabric."""
    like = next((v for v in views.values() if not v.is_hub and v.tunnels), None)
    tunnel = like.tunnels[0] if like else None
    lans = tuple(lan.interface for lan in like.lans) if like else ()
    interface, vrf = (tunnel.wan, tunnel.front_vrf) if tunnel else (SPARE_WAN, None)
    return _router(name, "spoke", interface, vrf, wan, image, lans)


def _router(
    name: str,
    role: str,
    interface: str,
    vrf: str | None,
    wan: IPv4Interface,
    image: str,
    lans: Sequence[str],
) -> Node:
    """Make a router on its first day: LAN interfaces are there, without an address."""
    from labs.topology import LAB_PASSWORD, Node

    of_vrf = f" vrf {vrf}" if vrf else ""
    config = DAY_0.format(
        image=image,
        name=name,
        password=LAB_PASSWORD,
        license=LICENSE if ARCHIVES.get(image) == "bootflash:" else "",
        archive=ARCHIVES.get(image, OTHER_ARCHIVE),
        vrfs=f"vrf definition {vrf}\n address-family ipv4\n exit-address-family\n!\n"
        if vrf
        else "",
        interfaces=_interface(interface, wan, vrf)
        + "".join(f"interface {lan}\n no ip address\n!\n" for lan in lans),
        routes=f"ip route{of_vrf} 0.0.0.0 0.0.0.0 {_gateway(wan)}\n",
    )
    return Node(name=name, config=config, image=image, data={"role": role})


def _interface(name: str, address: IPv4Interface, vrf: str | None = None) -> str:
    forwarding = f" vrf forwarding {vrf}\n" if vrf else ""
    return (
        f"interface {name}\n{forwarding} ip address {address.ip} {address.netmask}\n"
        " no shutdown\n!\n"
    )


def _provider(addresses: Mapping[str, IPv4Interface], image: str) -> Node:
    """Make the one router that stands for the transport; it is not ours to manage."""
    from labs.topology import LAB_PASSWORD, Node

    ends = [IPv4Interface((_gateway(wan), 30)) for wan in addresses.values()]
    config = DAY_0.format(
        image=image,
        name="internet",
        password=LAB_PASSWORD,
        license=LICENSE if ARCHIVES.get(image) == "bootflash:" else "",
        archive=ARCHIVES.get(image, OTHER_ARCHIVE),
        vrfs="",
        interfaces="".join(
            _interface(f"GigabitEthernet{number}", end) for number, end in enumerate(ends, start=1)
        ),
        routes="",
    )
    return Node(
        name="internet", config=config, image=image, data={"role": "internet"}, managed=False
    )
