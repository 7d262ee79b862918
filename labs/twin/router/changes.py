"""What a changed configuration disturbs: only what IOS disturbs.

A tunnel bounces when its source, destination, mode, key or front-door VRF changes or its
protection is replaced by another; with another address its neighbours are lost but the line stays
up; it stays as it is when its protection is removed and put back, and for MTU, MSS, description
and NHRP lines (reference/DMVPN.md section 3, measured on IOL 17.15).
"""

from typing import TYPE_CHECKING

from labs.twin.addresses import IPV4, IPV6
from labs.twin.device import DeviceConfig, InterfaceConfig
from labs.twin.nhrp.machine import NhrpMachine
from labs.twin.rib import Rib
from labs.twin.router import lines
from labs.twin.router.ports import Port, parent_of
from labs.twin.routing.bgp.machine import BgpMachine
from labs.twin.routing.eigrp.machine import EigrpMachine
from labs.twin.routing.eigrp.site import instance

if TYPE_CHECKING:
    from labs.twin.router.router import Router


FAMILIES = (IPV4, IPV6)


def reconcile(router: "Router", new: DeviceConfig, now: float) -> None:
    """Move a router from its configuration to another one."""
    old = router.config
    touched = {
        name
        for name in old.interfaces.keys() | new.interfaces.keys()
        if old.interfaces.get(name) != new.interfaces.get(name)
    }
    for port in [port for name, port in router.ports.items() if name in touched]:
        after = new.interfaces.get(port.name)
        port.quiet = port.line and after is not None and moves(port.config, after)
        moved = after is not None and port.config.address != after.address
        if after is None or moved or port.config.vrf != after.vrf or bounces(port.config, after):
            lines.lower(router, port, port.admin, now)
        elif port.config.tunnel is not None and _unprotected(port.config, after):
            router.perform("crypto", router.crypto.close_tunnel(port.name, now), now)
    router.config = new
    router.image = new.image
    _fit_tables(router, new)
    _fit_ports(router, old, new, touched, now)
    router.note_tunnels()
    before = router.guarded
    router.note_guarded()
    if bool(before) != bool(router.guarded):
        word = "ON" if router.guarded else "OFF"
        router.note(f"%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is {word}", now)
    steady = [port for port in router.tunnel_ports() if port.ready]
    ordered = [
        router.ports[name]
        for name in new.interfaces
        if name in touched or parent_of(name) in touched
    ]
    lines.settle(router, ordered, now)
    if old.static_routes != new.static_routes:
        lines.offer_statics(router, now)
    lines.settle_tunnels(router, now)
    for port in steady:
        if port.name in before ^ router.guarded:
            _fit_protection(router, port, now)
    _fit_eigrp(router, old, new, now)
    _fit_bgp(router, old, new, now)


def moves(old: InterfaceConfig, new: InterfaceConfig) -> bool:
    """Tell whether the address changes and nothing that takes the line down [K]."""
    moved = (old.address, old.vrf) != (new.address, new.vrf)
    return moved and not new.shutdown and not bounces(old, new)


def bounces(old: InterfaceConfig, new: InterfaceConfig) -> bool:
    """Tell whether a change takes an interface down for a moment."""
    if old.tunnel is None or new.tunnel is None:
        return old.tunnel is not new.tunnel
    before, after = old.tunnel, new.tunnel
    if (before.source, before.destination, before.mode, before.key, before.vrf) != (
        after.source,
        after.destination,
        after.mode,
        after.key,
        after.vrf,
    ):
        return True
    return None not in {before.ipsec_profile, after.ipsec_profile} and (
        (before.ipsec_profile, before.shared) != (after.ipsec_profile, after.shared)
    )


def _unprotected(old: InterfaceConfig, new: InterfaceConfig) -> bool:
    before = old.tunnel.ipsec_profile if old.tunnel is not None else None
    after = new.tunnel.ipsec_profile if new.tunnel is not None else None
    return before is not None and after is None


def _fit_tables(router: "Router", new: DeviceConfig) -> None:
    wanted = {"", *new.vrfs, *(interface.vrf for interface in new.interfaces.values())}
    for vrf in sorted(wanted - router.rib.keys()):
        router.rib[vrf] = Rib(vrf=vrf)
        router.rib6[vrf] = Rib(vrf=vrf, family=IPV6)
    for vrf in sorted(router.rib.keys() - wanted):
        del router.rib[vrf], router.rib6[vrf]
        router.local.pop(vrf, None)


def _fit_ports(
    router: "Router", old: DeviceConfig, new: DeviceConfig, touched: set[str], now: float
) -> None:
    for name in sorted(touched - new.interfaces.keys()):
        router.ports.pop(name, None)
        for family in FAMILIES:
            _end_nhrp(router, name, family)
    for name, interface in new.interfaces.items():
        if name not in touched:
            continue
        port = router.ports.get(name)
        if port is None:
            router.ports[name] = Port(config=interface, wired=name not in router.unplugged)
        elif lines.further(port.config) != lines.further(interface):
            lines.change_further(router, port, interface, now)
        else:
            port.config = interface
        for family in FAMILIES:
            _fit_nhrp(router, old.interfaces.get(name), interface, family, now)


def _end_nhrp(router: "Router", name: str, family: int) -> NhrpMachine | None:
    machine = router.machines(family).pop(name, None)
    if machine is not None:
        router.clock.cancel_kind(router.name, f"{machine.label} {name}")
    return machine


def _fit_nhrp(
    router: "Router",
    old: InterfaceConfig | None,
    new: InterfaceConfig,
    family: int,
    now: float,
) -> None:
    machine = router.overlay(new.name, family)
    if new.tunnel is None or new.nhrp_of(family) is None:
        if machine is not None:
            router.perform(f"{machine.label} {new.name}", machine.stop(now, "External"), now)
            _end_nhrp(router, new.name, family)
        return
    if machine is None:
        router.machines(family)[new.name] = NhrpMachine(new.name, router, family)
        if router.ports[new.name].ready:
            lines.start_nhrp(router, router.ports[new.name], now)
        return
    if old is None:
        return
    label = f"{machine.label} {new.name}"
    if family == IPV6 and old.address_of(family) != new.address_of(family):
        # The line stays up, so nobody else tells it that its address has moved.
        router.perform(label, machine.stop(now, "External"), now)
        if router.ports[new.name].ready:
            lines.start_nhrp(router, router.ports[new.name], now)
        return
    router.perform(label, machine.configure(old, new, now), now)


def _fit_protection(router: "Router", port: Port, now: float) -> None:
    """Let NHRP look again at the peers of a tunnel that became protected or unprotected."""
    if port.ready:
        router.perform("crypto", router.crypto.close_tunnel(port.name, now), now)
        router.protection_changed(port, now)


def _fit_eigrp(router: "Router", old: DeviceConfig, new: DeviceConfig, now: float) -> None:
    wanted = {instance(p.asn, p.vrf, p.family) for p in new.eigrp}
    for key in [key for key in router.eigrp if key not in wanted]:
        machine = router.eigrp.pop(key)
        router.perform(machine.label, machine.stop(now), now)
        router.clock.cancel_kind(router.name, machine.label)
    same = old.eigrp == new.eigrp and old.filters == new.filters
    if same and _eigrp_lines(old) == _eigrp_lines(new):
        return
    for process in new.eigrp:
        key = instance(process.asn, process.vrf, process.family)
        machine_or_none = router.eigrp.get(key)
        if machine_or_none is None:
            machine = EigrpMachine(process.asn, router, process.vrf, process.family)
            router.eigrp[key] = machine
            effects = machine.start(now)
        else:
            machine = machine_or_none
            effects = machine.configure(old, new, now)
        router.perform(machine.label, effects, now)


def _eigrp_lines(config: DeviceConfig) -> dict[str, tuple[object, ...]]:
    """Give what EIGRP reads of the interfaces."""
    return {
        name: (
            i.eigrp,
            i.ipv6,
            i.address,
            i.secondaries,
            i.vrf,
            i.bandwidth_kbit,
            i.delay_tens_us,
        )
        for name, i in config.interfaces.items()
    }


def _fit_bgp(router: "Router", old: DeviceConfig, new: DeviceConfig, now: float) -> None:
    known, wanted = old.bgp, new.bgp
    moved = known is not None and wanted is not None and known.asn != wanted.asn
    vrfs = {"", *wanted.families} if wanted is not None else set()
    for speaker in router.speakers():
        if moved or speaker.vrf not in vrfs:
            router.perform(speaker.label, speaker.stop(now), now)
            router.clock.cancel_kind(router.name, speaker.label)
            if speaker.vrf:
                del router.bgp_families[speaker.vrf]
            else:
                router.bgp = None
    for vrf in sorted(vrfs):
        _fit_speaker(router, vrf, old, new, now)


def _fit_speaker(
    router: "Router", vrf: str, old: DeviceConfig, new: DeviceConfig, now: float
) -> None:
    speaker = router.bgp_of(vrf)
    if speaker is None:
        speaker = BgpMachine(router, vrf)
        if vrf:
            router.bgp_families[vrf] = speaker
        else:
            router.bgp = speaker
        router.perform(speaker.label, speaker.start(now), now)
    elif old.bgp != new.bgp or old.filters != new.filters:
        router.perform(speaker.label, speaker.configure(old, new, now), now)
