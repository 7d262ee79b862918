"""A small phase 3 cloud, without SSH: what the readers read is printed by its sessions."""

from labs.twin.cli.console import Console
from labs.twin.cli.session import Session
from labs.twin.network import Network

ROUTER = """\
version {image}
hostname {name}
{licence}{ike}crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac
 mode transport
crypto ipsec profile P
 set transform-set TS
{profile}interface Loopback0
 ip address 192.0.2.{number} 255.255.255.255
interface Tunnel0
 ip address 10.255.0.{number} 255.255.255.0
 no ip redirects
 ip mtu 1400
 ip nhrp network-id 1
 ip nhrp authentication acme
{nhrp} tunnel source GigabitEthernet2
 tunnel mode gre multipoint
 tunnel key 1
 tunnel protection ipsec profile P
interface GigabitEthernet2
 description WAN
 ip address 203.0.113.{number} 255.255.255.0
interface GigabitEthernet3
 description LAN
 ip address 10.{number}.0.1 255.255.255.0
router eigrp 1
 network 10.0.0.0
end
"""
IKEV1 = """\
crypto isakmp policy 10
 encr aes 256
 authentication pre-share
 group 14
crypto isakmp key acme-key address 0.0.0.0 0.0.0.0
crypto isakmp keepalive 30 5 periodic
"""
IKEV2 = """\
crypto ikev2 keyring KR
 peer ANY
  address 0.0.0.0 0.0.0.0
  pre-shared-key acme-key
crypto ikev2 profile PF
 match identity remote address 0.0.0.0
 authentication remote pre-share
 authentication local pre-share
 keyring local KR
 dpd 30 5 periodic
"""
HUB = " ip nhrp map multicast dynamic\n ip nhrp redirect\n no ip split-horizon eigrp 1\n"
SPOKE = (
    " ip nhrp map 10.255.0.1 203.0.113.1\n ip nhrp map multicast 203.0.113.1\n"
    " ip nhrp nhs 10.255.0.1\n ip nhrp shortcut\n"
)
NAMES = ("hub", "spoke1", "spoke2")


def cloud(image: str, *, ikev2: bool) -> dict[str, Session]:
    """Boot a hub and two spokes, make a shortcut between the spokes, give a session on each."""
    network = Network(seed=7)
    sessions = {}
    modern = image.startswith("17")
    for number, name in enumerate(NAMES, start=1):
        text = ROUTER.format(
            image=image,
            name=name,
            number=number,
            licence="license boot level network-advantage addon dna-advantage\n" if modern else "",
            ike=IKEV2 if ikev2 else IKEV1,
            profile=" set ikev2-profile PF\n" if ikev2 else "",
            nhrp=SPOKE if number > 1 else HUB,
        )
        sessions[name] = Console.boot(network, name, text).open("reader", 15, length=0)
    network.connect_segment([(name, "GigabitEthernet2") for name in NAMES])
    network.run_for(60)
    for _ in range(2):
        sessions["spoke1"].execute("ping 10.3.0.1 source GigabitEthernet3")
        network.run_for(10)
    return sessions
