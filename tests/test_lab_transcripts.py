"""Configurations as terminals showed them: what stands in the way goes, banners stay."""

import pytest

from labs.twin.cli.console import Console
from labs.twin.intake import boot
from labs.twin.intake.transcript import plain
from labs.twin.network import Network

BACK = "\x08"
LISTED = """\
version 15.7
hostname ACME
!
interface Tunnel5
 description ask R1#22> about it
 ip address 10.55.0.1 255.255.255.0
 ip nhrp network-id 5
!
end
"""


def shown(text: str) -> list[str]:
    return [line for line in plain(text).splitlines() if line.strip(" !")]


@pytest.mark.parametrize(
    "marks",
    [
        "\r\n",
        f"\n --More-- {9 * BACK}{8 * ' '}{9 * BACK}",
        "\n --More--         ",
        "\n--More--\r        \r",
        "\x1b[K\n\x1b[0m",
        "x\x08\n",
    ],
)
def test_what_a_terminal_drew_into_a_listing_is_gone(marks: str) -> None:
    drawn = marks.join(LISTED.split("\n"))
    assert shown(drawn) == [line for line in LISTED.splitlines() if line != "!"]


def test_prompts_echoes_and_messages_are_no_lines_of_a_configuration() -> None:
    text = """\
\ufeffACME>en
ACME#sh run
Building configuration...

Current configuration : 100 bytes
version 15.7
interface Tunnel5
 ip address 10.55.0.1 255.255.255.0
end

ACME#conf t
Enter configuration commands, one per line.  End with CNTL/Z.
ACME(config)#int tu5
ACME(config-if)# ip nhrp network-id 5
*Mar  1 00:02:03.456: %LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel5, changed state to up
000123: Mar  1 00:02:03: %SYS-5-CONFIG_I: Configured from console by console
ACME(config-if)#ip nhrp netwrok-id 6
                       ^
% Invalid input detected at '^' marker.

ACME(config-if)#do sh dmvpn
ACME(config-if)#end
ACME#wr mem
Building configuration...
[OK]
ACME#copy run start
Destination filename [startup-config]?
ACME#
"""
    booted = boot(plain(text))
    assert booted.config.interfaces["Tunnel5"].nhrp is not None
    assert [line.split()[-1] for line in booted.unknown] == ["6"]


def test_a_banner_keeps_what_looks_like_a_prompt() -> None:
    text = """\
hostname ACME
banner motd ^C
ACME#show run
--- % no entry
^C
interface Loopback0
"""
    (banner,) = (line for line in boot(plain(text)).tree.walk() if "banner" in line.line.text)
    assert "\nACME#show run\n--- % no entry\n" in banner.line.text


def test_a_banner_that_was_typed_is_one() -> None:
    text = """\
ACME(config)#banner login @
Enter TEXT message.  End with the character '@'.
ACME# keep out
@
ACME(config)#interface Loopback0
ACME(config-if)#ip address 192.0.2.1 255.255.255.255
"""
    booted = boot(plain(text))
    assert "Loopback0" in booted.config.interfaces
    assert any("\nACME# keep out\n" in block.line.text for block in booted.tree.walk())
    assert "Enter TEXT" not in "".join(block.line.text for block in booted.tree.walk())


def test_lines_without_indentation_and_with_tabs_mean_the_same() -> None:
    flat = "\n".join(line.strip() for line in LISTED.splitlines())
    tabbed = LISTED.replace("\n ", "\n\t")
    assert boot(plain(flat)).config == boot(plain(tabbed)).config == boot(LISTED).config


def test_a_megabyte_of_backspaces_takes_no_time_to_speak_of() -> None:
    assert plain("a" * 500_000 + "\x08" * 499_999) == "a"


LIVED_IN = """\
version 15.9
service tcp-keepalives-in
service timestamps log datetime msec
hostname ACME
boot-start-marker
boot-end-marker
aaa new-model
aaa group server tacacs+ TAC
 server-private 192.0.2.9 key 7 05080F1C2243
 ip vrf forwarding MGMT
aaa authentication login default group TAC local
no ip gratuitous-arps
crypto pki certificate chain ACME
 certificate self-signed 01
  30820229 30820192 A0030201 02020101 300D0609 2A864886 F70D0101 05050030
  30820229 30820192 A0030201 02020101 300D0609 2A864886 F70D0101 05050030
  \tquit
policy-map WAN
 class VOICE
  priority percent 30
  set dscp ef
 class CRITICAL
  set dscp ef
interface Ethernet0/0
 ip address 192.0.2.1 255.255.255.0
 ip access-group OUTSIDE in
 no ip proxy-arp
 ip flow ingress
 duplex auto
 no cdp enable
 service-policy output WAN
router eigrp 5
 network 192.0.2.0
ip route 0.0.0.0 0.0.0.0 192.0.2.254
logging trap notifications
logging source-interface Ethernet0/0
logging host 192.0.2.51
banner login ^C
 --More or less-- 100%
^C
line con 0
line vty 0 4
ntp source Ethernet0/0
ntp server 192.0.2.123 prefer
event manager applet UPLINK
 action 1.0 cli command "enable"
 action 2.0 cli command "show ip nhrp"
end
"""


def test_a_configuration_that_was_lived_in_is_printed_again() -> None:
    console = Console.boot(Network(seed=1), "acme", plain(LIVED_IN))
    printed = console.storage.running_text().splitlines()
    assert [line for line in printed if line.strip(" !")] == LIVED_IN.splitlines()


def test_an_unknown_line_among_typed_ones_does_not_end_its_block() -> None:
    typed = "interface Tunnel5\nip flow ingress\nip nhrp network-id 5\nqos pre-classify\n"
    typed += (
        "ip nhrp holdtime 300\nrouter eigrp 5\nnetwork 10.0.0.0\nsome thing\nnetwork 11.0.0.0\n"
    )
    config = boot(typed).config
    nhrp = config.interfaces["Tunnel5"].nhrp
    assert nhrp is not None
    assert (nhrp.network_id, nhrp.holdtime_s) == (5, 300)
    assert len(config.eigrp[0].networks) == 2
    listed = "interface Tunnel5\n ip nhrp network-id 5\nsome thing\n"
    assert [b.line.text for b in boot(listed).tree.ordered()] == ["interface Tunnel5", "some thing"]
