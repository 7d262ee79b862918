"""Published networks, booted from their configurations: routes, paths, metrics, suites agree."""

import re
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from conftest import SHARED, evidence
from twin_cases import addr, device, interface, net, outcomes, path, ping, trace

from labs.twin.crypto import IkeState
from labs.twin.device import DeviceConfig
from labs.twin.intake import boot
from labs.twin.network import Network

CASES = (SHARED or Path()) / "cases"
CONVERGED_S = 120.0
ROUTE = re.compile(r"^D\s+(\S+/\d+) \[(\d+)/(\d+)\] via (\S+),.*, (\S+)$", re.MULTILINE)
HOP = re.compile(r"^\s+\d+ (\d+\.\d+\.\d+\.\d+) ", re.MULTILINE)

pytestmark = evidence


def wired(configs: dict[str, DeviceConfig]) -> Network:
    """Boot routers and wire their links by subnet; unpublished gateways become one router."""
    network = Network(seed=1)
    segments: dict[IPv4Network, list[tuple[str, str]]] = {}
    owned = set()
    for name, config in configs.items():
        for entry in config.interfaces.values():
            if entry.address is None:
                continue
            owned.add(entry.address.ip)
            if entry.tunnel is None and not entry.name.startswith("Loopback"):
                segments.setdefault(entry.address.network, []).append((name, entry.name))
    missing = {s.next_hop for c in configs.values() for s in c.static_routes} - owned - {None}
    gateways = []
    for gateway in sorted(missing, key=str):
        for subnet in [subnet for subnet in segments if gateway in subnet]:
            port = f"GigabitEthernet{len(gateways) + 1}"
            gateways.append(interface(port, f"{gateway}/{subnet.prefixlen}"))
            segments[subnet].append(("gateway", port))
    for name, config in {**configs, "gateway": device(*gateways)}.items():
        network.add_router(name, config)
    for ends in segments.values():
        network.connect_segment(ends)
    network.run_for(CONVERGED_S)
    return network


def published(case: str) -> Network:
    files = sorted((CASES / case / "configs").glob("*.cfg"))
    return wired({file.stem: boot(file.read_text()).config for file in files})


def output(case: str, name: str) -> str:
    return (CASES / case / "outputs" / name).read_text()


def eigrp_routes(network: Network, router: str, vrf: str = "") -> set[tuple[str, ...]]:
    return {
        (str(r.network), str(r.distance), str(r.metric), str(p.next_hop), str(p.interface))
        for r in network.routers[router].rib[vrf].routes()
        for p in r.paths
        if r.source == "eigrp" and p.next_hop is not None
    }


@pytest.mark.parametrize(
    ("case", "router", "file", "vrf"),
    [
        ("p1-eigrp-companya", "CompanyA-SiteA", "01_CompanyA-SiteA_show-ip-route.txt", ""),
        ("p2-eigrp-companya", "CompanyA-SiteA", "01_CompanyA-SiteA_show-ip-route.txt", ""),
        (
            "p3-eigrp-ikev2-fvrf-ivrf",
            "HUB",
            "03_HUB_show-ip-route-vrf-inside-vrf.txt",
            "inside-vrf",
        ),
    ],
)
def test_eigrp_routes_are_those_the_routers_printed(
    case: str, router: str, file: str, vrf: str
) -> None:
    printed = set(ROUTE.findall(output(case, file)))
    assert printed
    assert eigrp_routes(published(case), router, vrf) == printed


@pytest.mark.parametrize("case", ["p1-eigrp-companya", "p2-eigrp-companya"])
def test_two_traceroutes_in_a_row_take_the_paths_that_were_printed(case: str) -> None:
    network = published(case)
    for number in ("02", "03"):
        printed = HOP.findall(output(case, f"{number}_CompanyA-SiteA_traceroute-172-16-2-1.txt"))
        assert printed
        assert path(trace(network, "CompanyA-SiteA", "172.16.2.1")) == printed
        network.run_for(3.0)


def test_a_traceroute_of_phase_1_takes_the_path_that_was_printed() -> None:
    network = published("p1-eigrp-hq")
    file = "02_Branch2_traceroute-192-168-1-1-source-192-168-2-2.txt"
    printed = HOP.findall(output("p1-eigrp-hq", file))
    assert path(trace(network, "Branch2", "192.168.1.1", source=addr("192.168.2.2"))) == printed


def test_a_front_door_vrf_case_negotiates_what_was_printed() -> None:
    network = published("p3-eigrp-ikev2-fvrf-ivrf")
    text = output("p3-eigrp-ikev2-fvrf-ivrf", "04_HUB_show-crypto-ikev2-sa.txt")
    assert "Encr: AES-CBC, keysize: 256, PRF: SHA512, Hash: SHA512, DH Grp:5," in text
    hub = network.routers["HUB"]
    assert len(hub.crypto.sas) == text.count("READY") == 2
    for sa in hub.crypto.sas.values():
        assert sa.state is IkeState.READY
        assert sa.suite is not None
        assert (sa.suite.encryption, sa.suite.prf) == ("aes-cbc-256", "sha512")
        assert (sa.suite.integrity, sa.suite.group) == ("sha512", 5)
    assert hub.rib["inside-vrf"].exact(net("192.168.10.0/24")) is not None


def test_a_static_cloud_registers_and_pings() -> None:
    network = published("p1-to-p3-static-vn")
    assert outcomes(ping(network, "R2-Spoke", "10.0.123.3")) == "!!!!!"
