"""The cloud of the measured fault sweep as typed text: one hub, three spokes, IKEv1, EIGRP."""

from labs.twin.cli.console import Console
from labs.twin.cli.session import Session
from labs.twin.network import Network
from labs.twin.network.wiring import wires

HUB = "HUB"
SPOKES = ("S2", "S3", "S4")
HUB_NBMA = "203.0.113.2"
NBMA = {"S2": "198.51.100.2", "S3": "198.51.100.6", "S4": "198.51.100.10"}
WAIT_S = 75.0
"""Between the bounce of all tunnels and the look, as measured."""

COMMON = """\
version {version}
hostname {name}
{licence}crypto isakmp policy 10
 encryption aes 256
 hash sha256
 authentication pre-share
 group 14
crypto isakmp key acme address 0.0.0.0 0.0.0.0
crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac
 mode transport
crypto ipsec profile PROF
 set transform-set TS
interface Loopback1
 ip address 10.9.{number}.1 255.255.255.0
interface Ethernet0/0
 ip address {nbma} 255.255.255.252
 no shutdown
interface Tunnel0
 ip address 172.30.0.{number} 255.255.255.0
 no ip redirects
 ip mtu 1400
 ip nhrp authentication ACME
 ip nhrp network-id 100
{special} ip tcp adjust-mss 1360
 tunnel source Ethernet0/0
 tunnel mode gre multipoint
 tunnel key 100
 tunnel protection ipsec profile PROF
router eigrp 100
 network 10.9.{number}.0 0.0.0.255
 network 172.30.0.0 0.0.0.255
ip route 0.0.0.0 0.0.0.0 {gateway}
logging dmvpn
"""
OF_HUB = """\
 ip nhrp map multicast dynamic
 ip nhrp redirect
 no ip split-horizon eigrp 100
"""
OF_SPOKE = f"""\
 ip nhrp map 172.30.0.1 {HUB_NBMA}
 ip nhrp map multicast {HUB_NBMA}
 ip nhrp nhs 172.30.0.1
 ip nhrp shortcut
"""
PROVIDER = """\
hostname ISP
interface Ethernet0/0
 ip address 203.0.113.1 255.255.255.252
interface Ethernet0/1
 ip address 198.51.100.1 255.255.255.252
interface Ethernet0/2
 ip address 198.51.100.5 255.255.255.252
interface Ethernet0/3
 ip address 198.51.100.9 255.255.255.252
"""
Sessions = dict[str, Session]


def texts(version: str = "17.15") -> dict[str, str]:
    """Write the configurations of the sweep."""
    routers = {HUB: (1, HUB_NBMA, "203.0.113.1", OF_HUB)}
    for number, name in enumerate(SPOKES, start=2):
        gateway = NBMA[name].rpartition(".")[0] + f".{int(NBMA[name].rpartition('.')[2]) - 1}"
        routers[name] = (number, NBMA[name], gateway, OF_SPOKE)
    made = {
        name: COMMON.format(
            version=version,
            name=name,
            licence="license boot level network-advantage\n" if version[:2] in ("16", "17") else "",
            number=number,
            nbma=nbma,
            gateway=gateway,
            special=special,
        )
        for name, (number, nbma, gateway, special) in routers.items()
    }
    return {**made, "ISP": PROVIDER}


def cloud(version: str = "17.15") -> Sessions:
    """Boot the cloud; no time passes."""
    network = Network(seed=7)
    consoles = {name: Console.boot(network, name, text) for name, text in texts(version).items()}
    configs = {name: router.config for name, router in network.routers.items()}
    for ends in wires(configs):
        if len(ends) > 1:
            network.connect_segment(ends)
    return {name: console.open("x", 15, length=0) for name, console in consoles.items()}


def typed(session: Session, *lines: str) -> str:
    """Type lines in configuration mode; give what was answered."""
    return "".join(session.execute(line) for line in ("configure terminal", *lines, "end"))


def tunnel(session: Session, *lines: str) -> str:
    """Type lines under the tunnel."""
    return typed(session, "interface Tunnel0", *lines)


def run(sessions: Sessions, seconds: float) -> None:
    """Let time pass."""
    sessions[HUB].network.run_for(seconds)


def bounce(sessions: Sessions) -> None:
    """Bounce all tunnels and clear what was learned, as before each measurement."""
    for name in (HUB, *SPOKES):
        tunnel(sessions[name], "shutdown")
    run(sessions, 1.0)
    for name in (HUB, *SPOKES):
        sessions[name].execute("clear crypto sa")
        sessions[name].execute("clear ip nhrp")
        tunnel(sessions[name], "no shutdown")
