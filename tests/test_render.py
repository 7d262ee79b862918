"""Intended lines: goldens, IOS's own order, and evidence that every form is one IOS prints."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from conftest import evidence

from automation.config.profiles import HIDDEN
from automation.config.render import classful, eigrp_network, render
from automation.fabric.allocations import allocate
from automation.fabric.derive import device_views
from automation.fabric.load import parse_fabric
from automation.fabric.views import DeviceView, Generation

GOLDEN = Path(__file__).parent / "golden"
BASE = (GOLDEN / "fabric" / "good.yaml").read_text()
SUMMARY = ", summary: [10.0.0.0/8]"
HUB2 = """\
  dc2:
    routers:
      hub2:
        role: hub
        clouds: {blue: {address: 10.255.0.6, wan: GigabitEthernet2, nbma: 192.0.2.9}}
        lans: {GigabitEthernet3: 10.0.1.0/24, Loopback0: [10.0.2.1/32, 10.0.3.1/32]}
"""
VARIANTS = {
    "eigrp-classic": BASE,
    "eigrp-named": BASE.replace("asn: 100,", "asn: 100, mode: named, name: OVERLAY,"),
    "eigrp-specifics": BASE.replace(SUMMARY, ""),
    "named-specifics": BASE.replace("asn: 100,", "asn: 100, mode: named,").replace(SUMMARY, ""),
    "bgp": BASE.replace("eigrp, asn: 100" + SUMMARY, "bgp, asn: 65000"),
    "front-vrf": BASE.replace("internet: {}", "internet: {vrf: INET}"),
    "cbc": BASE.replace("aes-gcm-256, prf: sha512", "aes-cbc-256, integrity: sha256").replace(
        "group: 19", "group: 14, pfs: 14, dpd: {interval: 20, retry: 5}"
    ),
    "plain": re.sub(r"    ipsec:.*\n", "", BASE).replace("authentication: secret:nhrp-blue, ", ""),
    "two-hubs": BASE + HUB2,
    "bgp-two-hubs": (BASE + HUB2).replace("eigrp, asn: 100" + SUMMARY, "bgp, asn: 65000"),
    "extras": BASE.replace(
        "    mtu: 1400",
        "    bandwidth: 100000\n    delay: 1000\n    extra_config: load-interval 30",
    )
    .replace("holdtime: 600", "holdtime: 300")
    .replace("sites:", "roles: {spoke: {extra_config: [logging dmvpn]}}\nsites:"),
}


def views_of(text: str) -> dict[str, DeviceView]:
    fabric = parse_fabric(text)
    return device_views(fabric, allocate(fabric))


def everything() -> str:
    return "".join(
        render(view, generation)
        for text in VARIANTS.values()
        for view in views_of(text).values()
        for generation in Generation
    )


@pytest.mark.parametrize("generation", list(Generation))
@pytest.mark.parametrize("variant", VARIANTS)
def test_rendering_is_as_reviewed(
    variant: str, generation: Generation, *, update_golden: bool
) -> None:
    for name, view in views_of(VARIANTS[variant]).items():
        golden = GOLDEN / "render" / variant / f"{name}.{generation}.cfg"
        text = render(view, generation)
        if update_golden:
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_text(text)
        assert text == golden.read_text()


def test_secrets_are_references_only() -> None:
    text = everything()
    assert "<secret:psk-blue>" in text
    for line in text.splitlines():
        if "pre-shared-key" in line or "nhrp authentication" in line:
            assert re.search(r" <secret:[a-z-]+>$", line), line


def test_what_an_image_hides_is_not_rendered() -> None:
    views = views_of(VARIANTS["eigrp-classic"])
    for name in ("hub1", "spoke1"):
        modern = render(views[name], Generation.MODERN).splitlines()
        legacy = render(views[name], Generation.LEGACY).splitlines()
        assert not {line.strip() for line in modern} & HIDDEN[Generation.MODERN]
        assert set(modern) < set(legacy)
    spoke = render(views["spoke1"], Generation.LEGACY)
    assert " ip nhrp shortcut\n" in spoke
    assert " ip nhrp registration no-unique\n" in spoke
    assert " ip nhrp holdtime 600\n" in spoke
    assert " ip nhrp map multicast dynamic\n" in render(views["hub1"], Generation.LEGACY)


def test_the_phases_roles_are_kept_apart() -> None:
    views = views_of(VARIANTS["bgp"])
    hub, spoke = render(views["hub1"]), render(views["spoke1"])
    assert " ip nhrp redirect\n" in hub
    assert " ip nhrp redirect\n" not in spoke
    # Without it spokes would see each other as next hop: phase 2 (DMVPN.md section 5).
    assert " neighbor DMVPN-BLUE next-hop-self all\n" in hub
    assert "next-hop-self" not in spoke


def test_a_fabric_says_the_same_whatever_its_order() -> None:
    head, sites = BASE.split("sites:\n")
    blocks = re.split(r"(?m)^(?=  \S)", sites)[1:]
    turned = head.replace("address: auto", "") + "sites:\n" + "".join(reversed(blocks))
    given, other = views_of(BASE), views_of(turned)
    assert {n: render(v) for n, v in given.items()} == {n: render(v) for n, v in other.items()}


@pytest.mark.parametrize(
    ("prefix", "printed"),
    [
        ("10.0.0.0/8", "10.0.0.0"),
        ("172.16.0.0/16", "172.16.0.0"),
        ("192.168.10.0/24", "192.168.10.0"),
        ("10.0.0.0/24", "10.0.0.0 0.0.0.255"),
        ("1.1.1.1/32", "1.1.1.1 0.0.0.0"),
        ("192.168.0.0/16", "192.168.0.0 0.0.255.255"),
    ],
)
def test_a_classful_mask_is_not_printed(prefix: str, printed: str) -> None:
    assert eigrp_network(IPv4Network(prefix)) == printed
    assert classful(IPv4Network(prefix)) == (" " not in printed)


# reference/DMVPN.md section 2: the order of lines inside an interface Tunnel.
TUNNEL_ORDER = (
    "bandwidth", "ip address", "no ip redirects", "ip mtu", "no ip next-hop-self",
    "no ip split-horizon", "ip nhrp authentication", "ip nhrp map multicast dynamic",
    "ip nhrp network-id", "ip nhrp holdtime", "ip nhrp nhs", "ip nhrp registration",
    "ip nhrp shortcut", "ip nhrp redirect", "ip summary-address", "ip tcp adjust-mss",
    "load-interval", "delay", "tunnel source", "tunnel mode", "tunnel key", "tunnel vrf",
    "tunnel protection",
)  # fmt: skip


def test_tunnel_lines_stand_in_the_order_of_a_running_config() -> None:
    seen = set()
    for block in re.findall(r"(?m)^interface Tunnel100\n((?: .*\n)+)", everything()):
        starts = [
            next(i for i, start in enumerate(TUNNEL_ORDER) if line.strip().startswith(start))
            for line in block.splitlines()
        ]
        assert starts == sorted(starts), block
        seen |= set(starts)
    assert len(seen) == len(TUNNEL_ORDER) - 1, "next-hop-self is for phase 2"


_NAMED = re.compile(
    r"\b(ikev2 proposal|ikev2 policy|ikev2 keyring|ikev2 profile|proposal|keyring local|"
    r"ikev2-profile|ipsec profile|transform-set|peer|peer-group|fvrf|tunnel vrf|router eigrp|"
    r"af-interface|tunnel source|interface|neighbor|nhrp authentication|pre-shared-key) \S+"
)
ABSENT = {
    "ip nhrp holdtime N": "DMVPN.md section 3; no published listing changes the default",
    "crypto ipsec transform-set NAME esp-gcm N": "DMVPN.md section 4 (FORMATS: esp-gcm 256)",
    "encryption aes-gcm-N": "DMVPN.md section 4",
    "prf shaN": "DMVPN.md section 4: gcm needs a prf line",
    "dpd N N periodic": "DMVPN.md section 4",
    "set pfs groupN": "",
    "eigrp stub connected summary": "DMVPN.md section 5; published spokes are no stubs",
    "ip summary-address eigrp N A A": "DMVPN.md section 5, classic mode",
    "neighbor NAME next-hop-self all": "DMVPN.md section 5; the published reflector is phase 2",
    "bandwidth N": "",
    "delay N": "",
    "logging dmvpn": "an example of extra_config",
    "ip address A A secondary": "a LAN with two prefixes",
}
"""Forms that no published configuration shows, and where they come from."""


def shape(line: str) -> str:
    """Take names, addresses and numbers out of a line."""
    line = " ".join(line.split())
    line = _NAMED.sub(r"\1 NAME", line)
    line = re.sub(r"\d+\.\d+\.\d+\.\d+(?:/\d+)?", "A", line)
    return re.sub(r"\d+", "N", line)


@evidence
def test_every_form_is_one_that_a_router_printed(
    shared: Path, record_property: Callable[[str, object], None]
) -> None:
    configs = sorted((shared / "cases").rglob("*.cfg"))
    record_property("samples", len(configs))
    published = {
        shape(line) for path in configs for line in path.read_text(errors="replace").splitlines()
    }
    rendered = {shape(line) for line in everything().splitlines()}
    unexplained = rendered - published - set(ABSENT)
    assert not unexplained
    assert not {form for form, why in ABSENT.items() if why and form in published}
