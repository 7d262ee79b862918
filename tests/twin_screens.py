"""States of a router built by hand, to be printed by the renderers of the twin."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from types import SimpleNamespace
from typing import Any, cast

from labs.twin.crypto import IkeSa, IkeState
from labs.twin.crypto.values import Suite
from labs.twin.device import (
    DeviceConfig,
    InterfaceConfig,
    NhrpConfig,
    TunnelConfig,
    TunnelMode,
)
from labs.twin.grammar import Grammar
from labs.twin.image import IMAGES, ImageProfile
from labs.twin.network import Network
from labs.twin.nhrp import (
    NhrpCounters,
    NhrpEntry,
    NhsState,
)
from labs.twin.rib import Rib
from labs.twin.show import SHOW, View
from labs.twin.storage import Storage

NOW = 1_000_000_000.0
XE, LEGACY, OLD = IMAGES["17.3"], IMAGES["15.5"], IMAGES["15.4"]
COMMANDS = Grammar(SHOW.items())


def ip(text: str) -> IPv4Address:
    return IPv4Address(text)


def net(text: str) -> IPv4Network:
    return IPv4Network(text)


def tunnel(name: str = "Tunnel0", *, shutdown: bool = False, **more: Any) -> InterfaceConfig:
    return InterfaceConfig(
        name=name,
        address=IPv4Interface("10.9.0.2/24"),
        shutdown=shutdown,
        tunnel=TunnelConfig(
            source="GigabitEthernet2",
            mode=TunnelMode.GRE_MULTIPOINT,
            ipsec_profile=more.get("profile"),
        ),
        nhrp=NhrpConfig(
            network_id=1,
            holdtime_s=600,
            registration_unique=False,
            multicast_dynamic=True,
            shortcut=True,
        ),
    )


def machine(
    *entries: NhrpEntry, nhs: tuple[NhsState, ...] = (), limit: tuple[int, int] = (10000, 10)
) -> Any:
    return SimpleNamespace(
        end=SimpleNamespace(limit=limit, usage=lambda now: 0),
        cache={entry.target: entry for entry in entries},
        nhs={server.address: server for server in nhs},
        counters=NhrpCounters(),
    )


def view(config: DeviceConfig | None = None, image: ImageProfile = XE, **parts: Any) -> View:
    settings = config or DeviceConfig(image=image)
    crypto = SimpleNamespace(
        layer=lambda tunnel, nbma: parts.get("layers", {}).get(nbma),
        sessions=lambda: parts.get("sessions", ()),
        sas=parts.get("sas", {}),
        sockets=parts.get("sockets", {}),
        children=parts.get("children", {}),
    )
    router = SimpleNamespace(
        name="r1",
        image=image,
        config=settings,
        nhrp=parts.get("nhrp", {}),
        overlay=lambda tunnel, family: parts.get("nhrp" if family == 4 else "nhrp6", {}).get(
            tunnel
        ),
        crypto=crypto,
        rib={"": parts.get("rib", Rib())},
        eigrp=parts.get("eigrp", {}),
        bgp=parts.get("bgp"),
        bgp_of=lambda vrf: parts.get("bgp"),
        ports={},
        booted=0.0,
        log=[],
        interface_up=lambda name: name not in parts.get("down", ()),
        interface_state=lambda name: parts.get("states", {}).get(name, ("up", "up")),
        nbma_source=lambda name: ip("203.0.113.9"),
    )
    session = SimpleNamespace(
        user="admin", line="vty 0", source="192.0.2.7", width=80, typed_at=NOW
    )
    return cast(
        "View",
        SimpleNamespace(
            router=router,
            network=Network(),
            storage=Storage.boot(router.image, parts.get("startup", "")),
            now=NOW,
            session=session,
            sessions=(session,),
        ),
    )


def show(line: str, seen: View) -> str:
    match = COMMANDS.match(line)
    return match.row(seen, match.args)


def overlay(*entries: NhrpEntry, image: ImageProfile = XE, **parts: Any) -> View:
    interface = tunnel(**{k: v for k, v in parts.items() if k in {"profile", "shutdown"}})
    config = DeviceConfig(image=image, interfaces={"Tunnel0": interface})
    servers = parts.pop("nhs", ())
    limit = (10000 if image.xe else 100, 10)
    return view(
        config, image, nhrp={"Tunnel0": machine(*entries, nhs=servers, limit=limit)}, **parts
    )


def entry(target: str, via: str, nbma: str | None, **more: Any) -> NhrpEntry:
    values = {"created": NOW - 60, "changed": NOW - 60, **more}
    return NhrpEntry(
        target=net(target), next_hop=ip(via), nbma=ip(nbma) if nbma else None, **values
    )


IKE = IkeSa(
    tunnel_id=1,
    session_id=3,
    local=ip("203.0.113.9"),
    remote=ip("198.51.100.3"),
    vrf="",
    initiator=True,
    local_spi=0xA1,
    remote_spi=0xB2,
    state=IkeState.READY,
    begun=NOW - 621,
    created=NOW - 621,
    suite=Suite(encryption="aes-cbc-256", integrity="sha256", prf="sha256", group=14),
)
