"""Configurations of clouds of any size, for the benchmark of the twin.

A hub of phase 3, spokes, and one router as the internet with a /30 to each of them. What a spoke
learns is one summary; the hub learns a LAN of every spoke.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address

from labs.topology import LabSpec, Node

HUB_TUNNEL = IPv4Address("10.255.0.1")
HUB_NBMA = IPv4Address("203.0.113.1")
SPOKE_TUNNELS = IPv4Address("10.255.1.0")
SPOKE_NBMAS = IPv4Address("100.64.0.1")
LANS = IPv4Address("10.1.0.0")
SUMMARY = "10.0.0.0 255.0.0.0"
LINK = 4
LAN_SIZE = 256
TUNNEL = "Tunnel100"
AS_NUMBER = 65000

HEAD = """\
version 17.3
hostname {name}
username admin privilege 15 secret 9 $9$k3GBGkEXBEnFHf$8XBeDd0oXDSDT1nGm8BXBtSXKKtcgq3LrRBMVjOKMMw
"""
IPSEC = """\
crypto ikev2 proposal PROP
 encryption aes-gcm-256
 prf sha512
 group 19
crypto ikev2 policy POL
 proposal PROP
crypto ikev2 keyring KR
 peer ANY
  address 0.0.0.0 0.0.0.0
  pre-shared-key overlay
crypto ikev2 profile PF
 match identity remote address 0.0.0.0
 authentication remote pre-share
 authentication local pre-share
 keyring local KR
 dpd 20 5 periodic
crypto ipsec transform-set TS esp-gcm 256
 mode transport
crypto ipsec profile IPP
 set transform-set TS
 set ikev2-profile PF
"""
WAN = """\
interface GigabitEthernet2
 ip address {nbma} 255.255.255.252
interface GigabitEthernet3
 ip address {lan} 255.255.255.0
ip route 0.0.0.0 0.0.0.0 {gateway}
"""
OVERLAY = """\
interface Tunnel100
 ip address {tunnel} 255.255.0.0
 ip mtu 1400
 ip tcp adjust-mss 1360
 ip nhrp authentication sesame
 ip nhrp network-id 100
 ip nhrp holdtime 600
{role} tunnel source GigabitEthernet2
 tunnel mode gre multipoint
 tunnel key 100
"""
HUB_ROLE = " ip nhrp map multicast dynamic\n ip nhrp redirect\n"
SPOKE_ROLE = f" ip nhrp nhs {HUB_TUNNEL} nbma {HUB_NBMA} multicast\n ip nhrp shortcut\n"
PROTECTION = " tunnel protection ipsec profile IPP\n"
EIGRP = "router eigrp 100\n network 10.0.0.0\n"
EIGRP_HUB = f" no ip split-horizon eigrp 100\n ip summary-address eigrp 100 {SUMMARY}\n"
EIGRP_STUB = " eigrp stub connected summary\n"
BGP_HUB = f"""\
router bgp {AS_NUMBER}
 bgp listen range 10.255.0.0/16 peer-group SPOKES
 neighbor SPOKES peer-group
 neighbor SPOKES remote-as {AS_NUMBER}
 address-family ipv4
  aggregate-address {SUMMARY} summary-only
  network 10.0.0.0 mask 255.255.255.0
  neighbor SPOKES route-reflector-client
  neighbor SPOKES next-hop-self all
"""
BGP_SPOKE = """\
router bgp {asn}
 neighbor {hub} remote-as {asn}
 address-family ipv4
  network {lan} mask 255.255.255.0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """What a cloud is like."""

    spokes: int
    protected: bool = False
    bgp: bool = False

    @property
    def title(self) -> str:
        """Say it in words."""
        routing = "BGP" if self.bgp else "EIGRP"
        return f"{routing}, IPsec" if self.protected else routing

    def lab(self, seed: int = 1) -> LabSpec:
        """Give the lab of the cloud: hub1, internet, spoke1 to the last."""
        numbers = range(1, self.spokes + 1)
        nodes = [Node(name="internet", config=_internet(self.spokes))]
        nodes.append(Node(name="hub1", config=self._hub()))
        nodes += [Node(name=f"spoke{number}", config=self._spoke(number)) for number in numbers]
        return LabSpec(name="cloud", nodes=tuple(nodes), rate=None, seed=seed)

    def _hub(self) -> str:
        role = HUB_ROLE if self.bgp else HUB_ROLE + EIGRP_HUB
        routing = BGP_HUB if self.bgp else EIGRP
        return self._member("hub1", HUB_NBMA, HUB_TUNNEL, lan(0), role) + routing

    def _spoke(self, number: int) -> str:
        name, tunnel = f"spoke{number}", SPOKE_TUNNELS + number
        routing = EIGRP + EIGRP_STUB
        if self.bgp:
            routing = BGP_SPOKE.format(asn=AS_NUMBER, hub=HUB_TUNNEL, lan=lan(number))
        return self._member(name, nbma(number), tunnel, lan(number), SPOKE_ROLE) + routing

    def _member(
        self, name: str, wan: IPv4Address, tunnel: IPv4Address, inside: IPv4Address, role: str
    ) -> str:
        text = HEAD.format(name=name) + (IPSEC if self.protected else "")
        text += WAN.format(nbma=wan, lan=inside + 1, gateway=wan + 1)
        text += OVERLAY.format(tunnel=tunnel, role=role)
        return text + (PROTECTION if self.protected else "")


def nbma(number: int) -> IPv4Address:
    """Give the address of a spoke in the internet."""
    return SPOKE_NBMAS + LINK * (number - 1)


def lan(number: int) -> IPv4Address:
    """Give the network behind a spoke; 0 is the hub's."""
    return IPv4Address("10.0.0.0") if number == 0 else LANS + LAN_SIZE * (number - 1)


def _internet(spokes: int) -> str:
    ends = [HUB_NBMA, *(nbma(number) for number in range(1, spokes + 1))]
    text = HEAD.format(name="internet")
    for number, end in enumerate(ends, start=1):
        text += f"interface GigabitEthernet{number}\n ip address {end + 1} 255.255.255.252\n"
    return text
