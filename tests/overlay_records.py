"""A small phase 3 cloud as views and as the records a healthy one shows; for tests of checks."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from automation.checks.base import Records
from automation.checks.expect import Expectation, expectations, path_between
from automation.checks.path import (
    AFTER,
    BEFORE,
    PEERS,
    PING,
    ROUTES,
    TRACEROUTE,
    Pinged,
    Traced,
)
from automation.fabric.allocations import allocate
from automation.fabric.derive import device_views
from automation.fabric.load import parse_fabric
from automation.fabric.views import DeviceView
from parsers.records import (
    Attribute,
    BgpNeighbor,
    CefPath,
    CryptoSession,
    DmvpnPeer,
    EigrpNeighbor,
    InterfaceBrief,
    NhrpEntry,
    NhrpServer,
    Record,
    Route,
)

FABRIC = """\
version: 1
fabric: acme
transports:
  internet: {}
clouds:
  blue:
    tunnel: 100
    overlay: 10.255.0.0/24
    transport: internet
    phase: 3
    key: 100
    nhrp: {network_id: 100, authentication: secret:nhrp-blue, holdtime: 600}
    ipsec: {ike: 2, auth: {psk: secret:psk-blue}, prf: sha512, dpd: {interval: 20, retry: 5}}
    routing: {protocol: eigrp, asn: 100, summary: [10.0.0.0/8]}
sites:
  hq:
    routers:
      hub1:
        role: hub
        clouds:
          blue: {address: 10.255.0.1, wan: GigabitEthernet2, nbma: 203.0.113.1}
        lans: {GigabitEthernet3: 10.0.0.0/24}
  branch-1:
    routers:
      spoke1:
        role: spoke
        clouds: {blue: {address: 10.255.0.2, wan: GigabitEthernet2}}
        lans: {GigabitEthernet3: 10.1.1.0/24}
  branch-2:
    routers:
      spoke2:
        role: spoke
        clouds: {blue: {address: 10.255.0.3, wan: GigabitEthernet2, nbma: 198.51.100.5}}
        lans: {GigabitEthernet3: 10.1.2.0/24}
"""
BGP = FABRIC.replace(
    "{protocol: eigrp, asn: 100, summary: [10.0.0.0/8]}", "{protocol: bgp, asn: 65000}"
)
HUB, SPOKE1, SPOKE2 = (IPv4Address(f"10.255.0.{n}") for n in (1, 2, 3))
HUB_NBMA, NBMA1, NBMA2 = map(IPv4Address, ("203.0.113.1", "198.51.100.1", "198.51.100.5"))
TUNNEL = "Tunnel100"


def views(text: str = FABRIC) -> dict[str, DeviceView]:
    """Give the views of the small fabric."""
    fabric = parse_fabric(text)
    return device_views(fabric, allocate(fabric))


def expectation(device: str, text: str = FABRIC) -> Expectation:
    """Give what a device of the small fabric must show; `a>b` gives the path."""
    if ">" in device:
        source, target = device.split(">")
        return Expectation(device=device, path=path_between(views(text), source, target, "blue"))
    return expectations(views(text))[device]


def interface(name: str = TUNNEL, status: str = "up", protocol: str = "up") -> InterfaceBrief:
    """Make a row of `show ip interface brief`."""
    return InterfaceBrief(
        interface=name, address=None, ok=True, method="manual", status=status, protocol=protocol
    )


def dmvpn(
    address: IPv4Address, nbma: IPv4Address, *attributes: Attribute, state: str = "UP"
) -> DmvpnPeer:
    """Make a row of `show dmvpn`."""
    return DmvpnPeer(
        interface=TUNNEL,
        type="Hub",
        peers=2,
        entries=1,
        nbma_address=nbma,
        tunnel_address=address,
        state=state,
        since_s=60,
        attributes=attributes or (Attribute.DYNAMIC,),
    )


def nhrp(address: IPv4Address, nbma: IPv4Address, *flags: str) -> NhrpEntry:
    """Make an entry of `show ip nhrp`."""
    return NhrpEntry(
        network=IPv4Network((address, 32)),
        target_address=address,
        via=address,
        interface=TUNNEL,
        created_s=60,
        expires_s=540,
        type="dynamic",
        flags=flags or ("registered", "nhop"),
        nbma_address=nbma,
    )


def server(*flags: str, sent: int = 12, replies: int = 12) -> NhrpServer:
    """Make a row of `show ip nhrp nhs detail`."""
    return NhrpServer(
        interface=TUNNEL,
        nhs_address=HUB,
        flags=flags or ("R", "E"),
        nbma_address=HUB_NBMA,
        priority=0,
        cluster=0,
        requests_sent=sent,
        replies_received=replies,
    )


def session(nbma: IPv4Address, status: str = "UP-ACTIVE") -> CryptoSession:
    """Make a session of `show crypto session`."""
    return CryptoSession(
        interface=TUNNEL, status=status, peer_address=nbma, peer_port=500, ike_sas=(), flows=()
    )


def eigrp(address: IPv4Address, name: str = "Tu100", asn: int = 100) -> EigrpNeighbor:
    """Make a row of `show ip eigrp neighbors`."""
    return EigrpNeighbor(
        asn=asn,
        name=None,
        vrf=None,
        handle=0,
        address=address,
        interface=name,
        hold_s=12,
        uptime_s=60,
        srtt_ms=1,
        rto_ms=100,
        queue=0,
        sequence=3,
    )


def bgp(address: IPv4Address, state: str = "Established") -> BgpNeighbor:
    """Make a row of `show ip bgp summary`."""
    return BgpNeighbor(
        router_id=HUB,
        local_asn="65000",
        address=address,
        dynamic=False,
        version=4,
        asn="65000",
        messages_received=9,
        messages_sent=9,
        table_version=1,
        in_queue=0,
        out_queue=0,
        updown_s=60,
        state=state,
        prefixes_received=2,
    )


def route(
    prefix: str,
    next_hop: IPv4Address | None,
    code: str = "D",
    *,
    overridden: bool = False,
    nho: bool = False,
) -> Route:
    """Make a path of `show ip route`."""
    return Route(
        vrf=None,
        code=code,
        candidate_default=False,
        replicated=False,
        overridden=overridden,
        prefix=IPv4Network(prefix),
        distance=90,
        metric=1,
        next_hop=next_hop,
        next_hop_vrf=None,
        age_s=60,
        interface=TUNNEL,
        connected=False,
        summary=False,
        nho=nho,
    )


def cef(next_hop: IPv4Address | None) -> CefPath:
    """Make a path of `show ip cef PREFIX`."""
    return CefPath(
        vrf=None,
        prefix=IPv4Network("10.1.2.0/24"),
        action="nexthop" if next_hop else "drop",
        next_hop=next_hop,
        interface=TUNNEL,
    )


HEALTHY: dict[str, dict[str, tuple[Record, ...]]] = {
    "hub1": {
        "show ip interface brief": (interface(),),
        "show dmvpn": (dmvpn(SPOKE1, NBMA1), dmvpn(SPOKE2, NBMA2)),
        "show ip nhrp": (nhrp(SPOKE1, NBMA1), nhrp(SPOKE2, NBMA2)),
        "show crypto session": (session(NBMA1), session(NBMA2)),
        "show ip eigrp neighbors": (eigrp(SPOKE1), eigrp(SPOKE2)),
        "show ip bgp summary": (bgp(SPOKE1), bgp(SPOKE2)),
        "show ip route": (route("10.1.1.0/24", SPOKE1), route("10.1.2.0/24", SPOKE2)),
    },
    "spoke1": {
        "show ip interface brief": (interface(),),
        "show dmvpn": (dmvpn(HUB, HUB_NBMA, Attribute.STATIC),),
        "show ip nhrp nhs detail": (server(),),
        "show crypto session": (session(HUB_NBMA),),
        "show ip eigrp neighbors": (eigrp(HUB),),
        "show ip bgp summary": (bgp(HUB),),
        "show ip route": (
            route("0.0.0.0/0", IPv4Address("198.51.100.2"), "S*"),
            route("10.0.0.0/8", HUB),
        ),
    },
    "spoke1>spoke2": {
        BEFORE: (cef(HUB),),
        PING: (Pinged(sent=5, received=4, marks=".!!!!"),),
        TRACEROUTE: (Traced(hops=("10.255.0.3",), reached=True),),
        AFTER: (cef(SPOKE2),),
        PEERS: (
            dmvpn(HUB, HUB_NBMA, Attribute.STATIC),
            dmvpn(SPOKE2, NBMA2, Attribute.DYNAMIC, Attribute.ROUTE_INSTALLED),
        ),
        ROUTES: (route("10.0.0.0/8", HUB), route("10.1.2.0/24", SPOKE2, "H")),
    },
}


def records(device: str, **changed: tuple[Record, ...] | None) -> Records:
    """Give what a healthy device shows, some commands (spaces as `_`) changed or left out."""
    parsed = dict(HEALTHY[device])
    for name, rows in changed.items():
        command = name.replace("_", " ")
        if rows is None:
            parsed.pop(command)
        else:
            parsed[command] = rows
    return Records(parsed=parsed)


def without(found: Records, command: str, rows: tuple[Record, ...]) -> Records:
    """Put other rows in the place of a command's."""
    return replace(found, parsed={**found.parsed, command: rows})
