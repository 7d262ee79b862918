"""Genie and ntc-templates read what the twin prints; what they read must be the twin's state.

Each reading has two sides that know nothing of each other: what to take out of the reader's
result, and what the state holds. Only commands stand here whose captures of real routers the
reader reads (docs/parsers-scoreboard.md); the table at the end says what was compared.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
from clients.readers_cloud import NAMES, cloud
from genie.conf.base import Device
from ntc_templates.parse import parse_output

from labs.twin.crypto import IkeState
from labs.twin.device import GLOBAL_VRF
from labs.twin.nhrp import EntryType, NhrpEntry
from labs.twin.show import View

pytestmark = [pytest.mark.filterwarnings("ignore")]
IMAGES = ("15.5", "15.9", "17.3", "17.15")
Facts = Iterable[object]
CIPHER = ("AES-CBC", 256)


class Reading(NamedTuple):
    """One command by one reader."""

    reader: str
    command: str
    read: Callable[[Any], Facts]
    held: Callable[[View], Facts]
    when: Callable[[str, bool], bool] = lambda image, ikev2: True
    """At which image and IKE there is something to read."""


def entries(view: View) -> list[NhrpEntry]:
    return list(view.router.nhrp["Tunnel0"].cache.values())


def peers(view: View) -> set[object]:
    """Give (NBMA address, tunnel address, up) of every peer of `show dmvpn`."""
    return {
        (str(entry.nbma), str(entry.next_hop), entry.up)
        for entry in entries(view)
        if not entry.local and entry.nbma is not None
    }


def genie_peers(data: Any) -> Iterator[object]:
    for group in data["interfaces"]["Tunnel0"]["ent"].values():
        for nbma, peer in group["peers"].items():
            for address, row in peer["tunnel_addr"].items():
                for attribute in row["attrb"].values():
                    yield nbma, address, attribute["state"] == "UP"


def cached(view: View) -> set[object]:
    return {
        (str(e.target), str(e.next_hop), str(e.nbma), str(e.type), e.expires is None)
        for e in entries(view)
    }


def genie_cached(data: Any) -> Iterator[object]:
    for target, row in data.items():
        for hop, entry in row["via"].items():
            never = "never" in entry["tunnel"]["expire"]
            yield target, hop, entry["nbma_address"], entry["type"], never


def genie_flags(data: Any) -> Iterator[object]:
    for target, row in data.items():
        for entry in row["via"].values():
            yield target, frozenset(entry.get("flags", "").split()) - {"used"}


def flags(view: View) -> set[object]:
    return {
        (str(e.target), frozenset(w for w in e.words if w not in {"used", "cached"}))
        for e in entries(view)
    }


def counts(view: View) -> set[object]:
    rows = entries(view)
    static = sum(e.type is EntryType.STATIC for e in rows)
    return {("total", len(rows)), ("static", static), ("local", sum(e.local for e in rows))}


def genie_counts(data: Any) -> set[object]:
    found = data["ip_nhrp"]
    return {
        ("total", found["total"]["entries"]),
        ("static", found["total"]["static_entries"]),
        ("local", found["local"]["entries"]),
    }


def servers(view: View) -> set[object]:
    machine = view.router.nhrp["Tunnel0"]
    return {(str(address), "203.0.113.1") for address in machine.endpoint.settings.nhs_addresses}


def routes(view: View) -> set[tuple[object, ...]]:
    """Give (prefix, protocol, next hops) of every route of the table."""
    return {
        (
            str(route.network),
            route.source,
            frozenset(str(path.next_hop) for path in route.paths if path.next_hop is not None),
        )
        for route in view.router.rib[GLOBAL_VRF].routes()
        if route.source != "nhrp"
    }


def plain_routes(view: View) -> set[tuple[object, ...]]:
    """Leave out what NHRP overrode: ntc-templates drops such rows of real routers, too."""
    overridden = {
        str(route.network)
        for route in view.router.rib[GLOBAL_VRF].routes()
        if route.override is not None
    }
    return {row for row in routes(view) if row[0] not in overridden}


def genie_routes(data: Any) -> Iterator[object]:
    table = data["vrf"]["default"]["address_family"]["ipv4"]["routes"]
    for prefix, route in table.items():
        if route["source_protocol"] != "nhrp":
            hops = route["next_hop"].get("next_hop_list", {}).values()
            yield prefix, route["source_protocol"], frozenset(hop["next_hop"] for hop in hops)


LETTERS = {"C": "connected", "L": "local", "S": "static", "D": "eigrp", "H": "nhrp"}


def ntc_routes(rows: Any) -> Iterator[object]:
    for row in rows:
        source = LETTERS[row["protocol"]]
        if source != "nhrp":
            hops = frozenset({row["nexthop_ip"]} - {""})
            yield f"{row['network']}/{row['prefix_length']}", source, hops


def interfaces(view: View) -> set[object]:
    return {
        (i.name, str(i.address.ip), *view.router.interface_state(i.name))
        for i in view.router.config.interfaces.values()
        if i.address is not None
    }


def neighbors(view: View) -> set[object]:
    (machine,) = view.router.eigrp.values()
    return {(str(n.address), n.seq, len(n.queue)) for n in machine.neighbors.values()}


def genie_neighbors(data: Any) -> Iterator[object]:
    family = data["eigrp_instance"]["1"]["vrf"]["default"]["address_family"]["ipv4"]
    for row in family["eigrp_interface"].values():
        for address, told in row["eigrp_nbr"].items():
            yield address, told["last_seq_number"], told["q_cnt"]


def version(view: View) -> set[object]:
    return {view.router.config.hostname, view.router.image.release}


def ike(view: View) -> set[object]:
    return {
        (sa.tunnel_id, str(sa.local), str(sa.remote), sa.state.column, sa.suite and sa.suite.group)
        for sa in view.router.crypto.sas.values()
    }


def genie_isakmp(data: Any) -> Iterator[object]:
    for row in data["isakmp_stats"]["IPv4"].values():
        ends = frozenset({row["source"], row["destination"]})
        yield row["conn_id"] - 1000, ends, row["session_state"]


def isakmp(view: View) -> set[object]:
    return {
        (sa.tunnel_id, frozenset({str(sa.local), str(sa.remote)}), sa.state.main_mode)
        for sa in view.router.crypto.sas.values()
    }


def genie_ikev2_session(data: Any) -> Iterator[object]:
    for row in data["ikev2_session"]["IPv4"].values():
        spis = frozenset(
            (int(child["esp_spi_in"], 16), int(child["esp_spi_out"], 16))
            for child in row["child_sa"].values()
        )
        yield row["tunnel_id"], row["remote_ip"], row["child_count"], spis


def ikev2_session(view: View) -> set[object]:
    return {
        (
            sa.tunnel_id,
            str(sa.remote),
            len(sa.children),
            frozenset((c.local_spi, c.remote_spi) for c in sa.children.values()),
        )
        for sa in view.router.crypto.sas.values()
    }


def pairs(view: View) -> set[object]:
    return {
        (str(c.remote), c.local_spi, c.remote_spi) for c in view.router.crypto.children.values()
    }


def genie_pairs(data: Any) -> Iterator[object]:
    for ident in data["interface"]["Tunnel0"]["ident"].values():
        inbound = [spi.partition("(")[0] for spi in ident["inbound_esp_sas"]["spi"]]
        outbound = [spi.partition("(")[0] for spi in ident["outbound_esp_sas"]["spi"]]
        for ours, theirs in zip(inbound, outbound, strict=True):
            yield ident["peer_ip"], int(ours, 16), int(theirs, 16)


def packets(view: View) -> set[object]:
    sums: dict[str, tuple[int, int]] = {}
    for child in view.router.crypto.children.values():
        sent, got = sums.get(str(child.remote), (0, 0))
        sums[str(child.remote)] = (sent + child.encaps, got + child.decaps)
    return {(peer, *both) for peer, both in sums.items()}


def genie_packets(data: Any) -> set[object]:
    return {
        (ident["peer_ip"], ident["pkts_encaps"], ident["pkts_decaps"])
        for ident in data["interface"]["Tunnel0"]["ident"].values()
    }


def sessions(view: View) -> set[object]:
    return {(str(s.peer), s.status.value) for s in view.router.crypto.sessions()}


def sockets(view: View) -> set[object]:
    return {("sockets", len(view.router.crypto.sockets)), ("listen", "Tunnel0-head-0")}


def told(view: View) -> set[object]:
    counted = view.router.crypto.told
    return {("opened", counted.opened), ("up", counted.up), ("down", counted.down)}


def genie_told(data: Any) -> set[object]:
    stats = data["tunnel_prot_stats"]["message_stats"]
    return {
        ("opened", stats["sent"]["socket_open"]),
        ("up", stats["recieved"]["socket_up"]),
        ("down", stats["recieved"]["socket_down"]),
    }


def profiles(view: View) -> set[object]:
    known = view.router.config.crypto.ipsec_profiles.values()
    rows = {(p.name, p.ikev2_profile, frozenset(p.transform_sets)) for p in known}
    return rows | {("default", "default", frozenset({"default"}))}


def v1(image: str, ikev2: bool) -> bool:  # noqa: FBT001  # a predicate of the table
    return not ikev2


def v2(image: str, ikev2: bool) -> bool:  # noqa: FBT001  # a predicate of the table
    return ikev2


READINGS = (
    Reading("Genie", "show dmvpn", genie_peers, peers),
    Reading(
        "ntc-templates",
        "show dmvpn",
        lambda rows: ((r["peer_nbma"], r["peer_tunnel"], r["state"] == "UP") for r in rows),
        peers,
    ),
    Reading("Genie", "show ip nhrp", genie_cached, cached),
    Reading("Genie", "show ip nhrp", genie_flags, flags),
    Reading("Genie", "show ip nhrp summary", genie_counts, counts),
    Reading("Genie", "show ip route", genie_routes, routes),
    Reading("ntc-templates", "show ip route", ntc_routes, plain_routes),
    Reading(
        "Genie",
        "show ip interface brief",
        lambda data: (
            (name, row["ip_address"], row["status"], row["protocol"])
            for name, row in data["interface"].items()
        ),
        interfaces,
    ),
    Reading(
        "ntc-templates",
        "show ip interface brief",
        lambda rows: ((r["interface"], r["ip_address"], r["status"], r["proto"]) for r in rows),
        interfaces,
    ),
    Reading("Genie", "show ip eigrp neighbors", genie_neighbors, neighbors),
    Reading("Genie", "show ip eigrp neighbors detail", genie_neighbors, neighbors),
    Reading(
        "ntc-templates",
        "show ip eigrp neighbors",
        lambda rows: ((r["ip_address"], int(r["seq_num"]), int(r["q_cnt"])) for r in rows),
        neighbors,
    ),
    Reading(
        "Genie",
        "show version",
        lambda data: {data["version"]["hostname"], data["version"]["version"]},
        version,
    ),
    Reading(
        "ntc-templates",
        "show version",
        lambda rows: {rows[0]["hostname"], rows[0]["version"]},
        version,
    ),
    Reading("Genie", "show crypto isakmp sa", genie_isakmp, isakmp, v1),
    Reading(
        "Genie",
        "show crypto isakmp sa detail",
        lambda data: (
            (r["c_id"] - 1000, r["local_ip"], r["remote_ip"], "READY", r["dh_group"])
            for r in data["isakmp_stats"]["IPv4"].values()
        ),
        ike,
        v1,
    ),
    Reading(
        "Genie",
        "show crypto ikev2 sa",
        lambda data: (
            (r["tunnel_id"], r["local_ip"], r["remote_ip"], r["status"], r["dh_group"])
            for r in data["ipv4"].values()
        ),
        ike,
        v2,
    ),
    Reading(
        "Genie",
        "show crypto ikev2 sa detail",
        lambda data: (
            (
                number,
                r["local"].partition("/")[0],
                r["remote"].partition("/")[0],
                r["status"].upper(),
                r["dh_grp"],
            )
            for number, r in data["tunnel_id"].items()
        ),
        ike,
        v2,
    ),
    Reading(
        "Genie",
        "show crypto ikev2 sa detail",
        lambda data: (
            (int(r["local_spi"], 16), int(r["remote_spi"], 16), r["initiator_of_sa"] == "yes")
            for r in data["tunnel_id"].values()
        ),
        lambda view: (
            (sa.local_spi, sa.remote_spi, sa.initiator) for sa in view.router.crypto.sas.values()
        ),
        v2,
    ),
    Reading("Genie", "show crypto ikev2 session", genie_ikev2_session, ikev2_session, v2),
    Reading("Genie", "show crypto ikev2 session detailed", genie_ikev2_session, ikev2_session, v2),
    Reading(
        "Genie",
        "show crypto ipsec profile",
        lambda data: (
            (name, row["ikev2_profile_name"], frozenset(row["tranform_sets"]))
            for name, row in data["ipsec_profile_name"].items()
        ),
        profiles,
        v2,
    ),
    Reading(
        "Genie",
        "show crypto ikev2 policy",
        lambda data: ((n, row["proposal"]) for n, row in data["policy_name"].items()),
        lambda view: {("default", "default")},
        v2,
    ),
    Reading("Genie", "show crypto ipsec sa", genie_pairs, pairs),
    Reading("Genie", "show crypto ipsec sa", genie_packets, packets),
    Reading("Genie", "show crypto ipsec sa detail", genie_pairs, pairs),
    Reading(
        "ntc-templates",
        "show crypto session detail",
        lambda rows: ((r["peer"], r["session_status"]) for r in rows),
        sessions,
    ),
    Reading(
        "Genie",
        "show crypto sockets",
        lambda data: {
            ("sockets", data["socket_connections"]["total_socket_connections"]),
            *(("listen", n) for n in data["socket_connections"]["sockets_in_listen_state"]),
        },
        sockets,
    ),
    Reading("Genie", "show tunnel protection statistics", genie_told, told),
)


@cache
def views(image: str, ikev2: bool) -> dict[str, Any]:  # noqa: FBT001  # a key of the cache
    return dict(cloud(image, ikev2=ikev2))


def parsed(reader: str, command: str, text: str) -> Any:
    if reader == "ntc-templates":
        return parse_output(platform="cisco_ios", command=command, data=text)
    device = Device("reader", os="iosxe")
    device.custom = {"abstraction": {"order": ["os"]}}
    return device.parse(command, output=text)


CASES = [
    pytest.param(
        reading,
        image,
        ikev2,
        id=f"{reading.reader}: {reading.command} ({reading.held.__name__})-{image}-v{1 + ikev2}",
    )
    for reading in READINGS
    for image in IMAGES
    for ikev2 in (False, True)
    if reading.when(image, ikev2)
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("reading", "image", "ikev2"), CASES)
def test_the_reader_reads_the_state(
    reading: Reading,
    image: str,
    ikev2: bool,  # noqa: FBT001  # a parameter of the test
    name: str,
    record_property: Callable[[str, object], None],
) -> None:
    session = views(image, ikev2)[name]
    held = set(reading.held(session.view()))
    read = set(
        reading.read(parsed(reading.reader, reading.command, session.execute(reading.command)))
    )
    assert held
    assert read == held
    record_property("read", (reading.reader, reading.command, image, len(held)))


def test_the_cloud_has_something_to_read() -> None:
    for image in IMAGES:
        spoke = views(image, True)["spoke1"].view()
        assert any("rib" in entry.words for entry in entries(spoke))
        assert all(sa.state is IkeState.READY for sa in spoke.router.crypto.sas.values())
