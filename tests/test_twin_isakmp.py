"""IKEv1 with pre-shared keys: configuration, negotiation, what `show` prints."""

import pytest
from twin_cases import addr, outcomes, ping

from labs.twin.cli.console import Console
from labs.twin.cli.session import Session
from labs.twin.crypto import IkeState
from labs.twin.network import Network

ROUTER = """\
version {version}
hostname r{number}
crypto isakmp policy 10
 encr aes 256
 authentication pre-share
 group 14
crypto isakmp key {key} address 0.0.0.0 0.0.0.0
crypto isakmp keepalive 20 5 periodic
crypto ipsec transform-set TS esp-aes 256 esp-sha-hmac
 mode {mode}
crypto ipsec profile P
 set transform-set TS
{profile}interface Tunnel0
 ip address 10.1.0.{number} 255.255.255.0
 ip nhrp network-id 1
{nhrp} tunnel source Ethernet0/0
 tunnel mode gre multipoint
 tunnel protection ipsec profile P
interface Ethernet0/0
 ip address 192.0.2.{number} 255.255.255.0
"""
SPOKE = " ip nhrp map 10.1.0.1 192.0.2.1\n ip nhrp map multicast 192.0.2.1\n ip nhrp nhs 10.1.0.1\n"
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
crypto ipsec profile P
 set ikev2-profile PF
"""


def config(number: int, **more: str) -> str:
    words = {
        "version": "15.5",
        "key": "acme-key",
        "mode": "transport",
        "profile": "",
        "nhrp": SPOKE if number > 1 else " ip nhrp map multicast dynamic\n",
    }
    return ROUTER.format(number=number, **{**words, **more})


def cloud(*texts: str, settle: float = 20.0) -> list[Session]:
    network = Network(seed=1)
    sessions = []
    for number, text in enumerate(texts, start=1):
        console = Console.boot(network, f"r{number}", text)
        sessions.append(console.open("test", 15, length=0))
    network.connect_segment([(name, "Ethernet0/0") for name in network.routers])
    network.run_for(settle)
    return sessions


def test_a_spoke_comes_up_by_ikev1_and_the_hub_is_the_responder_on_both() -> None:
    hub, spoke = cloud(config(1), config(2))
    assert outcomes(ping(spoke.network, "r2", "10.1.0.1")) == "!!!!!"
    row = "192.0.2.1       192.0.2.2       QM_IDLE           1001 ACTIVE\n"
    for session in (hub, spoke):
        printed = session.execute("show crypto isakmp sa")
        assert printed == (
            "IPv4 Crypto ISAKMP SA\n"
            "dst             src             state          conn-id status\n"
            f"{row}\n"
            "IPv6 Crypto ISAKMP SA\n\n"
        )
        assert session.execute("show crypto ikev2 sa") == ""
    assert "  IKEv1 SA: local 192.0.2.2/500 remote 192.0.2.1/500 Active" in spoke.execute(
        "show crypto session"
    )
    assert "sibling_flags 80000000," in spoke.execute("show crypto ipsec sa")
    assert "Capabilities:D connid:1001" in spoke.execute("show crypto session detail")


def test_15_4_prints_no_session_id() -> None:
    _, spoke = cloud(config(1, version="15.4"), config(2, version="15.4"))
    assert "Session ID" not in spoke.execute("show crypto session")


def test_a_wrong_key_hangs_in_the_key_exchange_of_both() -> None:
    hub, spoke = cloud(config(1), config(2, key="other-key"))
    assert outcomes(ping(spoke.network, "r2", "10.1.0.1")) == "....."
    for session in (hub, spoke):
        assert "MM_KEY_EXCH" in session.execute("show crypto isakmp sa")
    assert "   IKE " in spoke.execute("show dmvpn")


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"mode": "tunnel"}, "QM_IDLE"),  # measured on IOL 17.15: phase 2 fails on other modes
        ({"profile": " set pfs group14\n"}, "QM_IDLE"),
        ({"profile": IKEV2}, ""),
    ],
)
def test_what_the_ends_must_have_in_common(change: dict[str, str], state: str) -> None:
    _, spoke = cloud(config(1), config(2, **change))
    assert outcomes(ping(spoke.network, "r2", "10.1.0.1")) == "....."
    assert state in spoke.execute("show crypto isakmp sa")


def test_another_policy_builds_nothing() -> None:
    text = config(2).replace(" group 14", " group 19")
    _, spoke = cloud(config(1), text)
    assert "QM_IDLE" not in spoke.execute("show crypto isakmp sa")


def test_both_ends_may_have_tunnel_mode() -> None:
    _, spoke = cloud(config(1, mode="tunnel"), config(2, mode="tunnel"))
    assert outcomes(ping(spoke.network, "r2", "10.1.0.1")) == "!!!!!"
    assert "in use settings ={Tunnel, }" in spoke.execute("show crypto ipsec sa")


def test_a_keyring_of_an_isakmp_profile_gives_the_key() -> None:
    ring = (
        " set isakmp-profile PROF\n"
        "crypto keyring KR\n"
        " pre-shared-key address 0.0.0.0 0.0.0.0 key ring-key\n"
        "crypto isakmp profile PROF\n"
        " keyring KR\n"
        " match identity address 0.0.0.0\n"
    )
    both = [config(n, profile=ring, key=f"not-{n}") for n in (1, 2)]
    _, spoke = cloud(*both)
    assert outcomes(ping(spoke.network, "r2", "10.1.0.1")) == "!!!!!"
    assert "Profile: PROF\n" in spoke.execute("show crypto session")
    assert "isakmp PROF" not in spoke.execute("show crypto session")


def test_two_spokes_that_begin_at_once_keep_both_sas() -> None:
    _, one, other = cloud(config(1), config(2), config(3))
    ping(one.network, "r2", "10.1.0.3")
    one.network.run_for(30.0)
    sas = one.network.routers["r2"].crypto.table.of_peer((addr("192.0.2.2"), addr("192.0.2.3"), ""))
    assert sas
    assert {sa.state for sa in sas} == {IkeState.READY}
    assert len(sas) == other.execute("show crypto isakmp sa").count("192.0.2.2 ")


def test_the_running_config_prints_what_was_typed_and_hides_defaults() -> None:
    (hub,) = cloud(config(1))
    hub.execute("configure terminal")
    for line in (
        "crypto isakmp policy 5",
        "encryption 3des",
        "hash sha",
        "authentication rsa-sig",
        "group 1",
        "lifetime 86400",
        "crypto isakmp policy 20",
        "hash md5",
        "lifetime 900",
        "end",
    ):
        assert "%" not in hub.execute(line)
    shown = hub.execute("show running-config | section isakmp")
    assert shown == (
        "crypto isakmp policy 5\n"
        " encr 3des\n"
        "crypto isakmp policy 10\n"
        " encr aes 256\n"
        " authentication pre-share\n"
        " group 14\n"
        "crypto isakmp policy 20\n"
        " hash md5\n"
        " lifetime 900\n"
        "crypto isakmp key acme-key address 0.0.0.0\n"
        "crypto isakmp keepalive 20 5 periodic\n"
    )


def test_the_sa_is_renewed_and_the_peer_is_watched() -> None:
    text = [config(n).replace(" group 14\n", " group 14\n lifetime 900\n") for n in (1, 2)]
    hub, spoke = cloud(*text)
    spoke.network.run_for(3600.0)
    assert outcomes(ping(spoke.network, "r2", "10.1.0.1")) == "!!!!!"
    spoke.network.set_link(("r1", "Ethernet0/0"), up=False)
    spoke.network.run_for(120.0)
    assert "QM_IDLE" not in spoke.execute("show crypto isakmp sa")
    assert hub.network is spoke.network
