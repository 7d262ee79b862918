"""Overlay addresses given out once: nobody moves, what is freed is used again."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.fabric.allocations import (
    Allocations,
    allocate,
    load_allocations,
    save_allocations,
)
from automation.fabric.load import parse_fabric
from automation.fabric.model import Fabric
from automation.fabric.problems import InvalidFabric

HEAD = """\
fabric: acme
transports: {internet: {}}
clouds:
  blue:
    tunnel: 1
    overlay: 10.255.0.0/26
    transport: internet
    routing: {protocol: eigrp, asn: 1}
sites:
  hq: {routers: {hub: {role: hub, clouds: {blue: {address: 10.255.0.2, wan: Ethernet0/0, nbma: 192.0.2.1}}}}}
"""  # noqa: E501
SITE = "  s{0}: {{routers: {{r{0}: {{role: spoke, clouds: {{blue: {{wan: Ethernet0/0}}}}}}}}}}\n"


def fabric(*spokes: int) -> Fabric:
    return parse_fabric(HEAD + "".join(SITE.format(n) for n in spokes))


def given_out(allocations: Allocations) -> dict[str, str]:
    return {router: str(a) for router, a in allocations.clouds["blue"].items()}


def test_addresses_go_up_around_those_that_are_written() -> None:
    assert given_out(allocate(fabric(1, 2, 3))) == {
        "r1": "10.255.0.1",
        "r2": "10.255.0.3",
        "r3": "10.255.0.4",
    }


def test_adding_a_site_moves_nobody_wherever_it_stands() -> None:
    before = allocate(fabric(5, 6))
    after = allocate(fabric(1, 5, 6), before)
    assert given_out(after) == {"r1": "10.255.0.4", "r5": "10.255.0.1", "r6": "10.255.0.3"}


def test_removing_a_site_frees_its_address() -> None:
    before = allocate(fabric(1, 2, 3))
    without = allocate(fabric(1, 3), before)
    assert given_out(without) == {"r1": "10.255.0.1", "r3": "10.255.0.4"}
    assert given_out(allocate(fabric(1, 3, 4), without))["r4"] == "10.255.0.3"


def test_an_address_written_later_wins_over_one_given_out() -> None:
    taken = Allocations(clouds={"blue": {"r1": IPv4Address("10.255.0.2")}})
    assert given_out(allocate(fabric(1), taken)) == {"r1": "10.255.0.1"}


@given(st.lists(st.sets(st.integers(0, 30), max_size=20), min_size=1, max_size=6))
def test_whatever_comes_and_goes_nobody_moves_and_none_share(steps: list[set[int]]) -> None:
    now = Allocations()
    for spokes in steps:
        before, now = now, allocate(fabric(*sorted(spokes)), now)
        addresses = given_out(now)
        assert set(addresses) == {f"r{n}" for n in spokes}
        assert len({*addresses.values(), "10.255.0.2"}) == len(addresses) + 1
        old = given_out(before) if before.clouds else {}
        assert all(addresses[r] == old[r] for r in addresses.keys() & old.keys())


def test_the_file_is_written_once_and_read_back(tmp_path: Path) -> None:
    now = allocate(fabric(1, 2))
    assert save_allocations(tmp_path, now)
    assert not save_allocations(tmp_path, now)
    assert load_allocations(tmp_path, fabric(1, 2)) == now
    assert [p.name for p in tmp_path.iterdir()] == ["allocations.yaml"]


def test_no_file_is_no_allocation(tmp_path: Path) -> None:
    assert load_allocations(tmp_path, fabric(1)) == Allocations()


@pytest.mark.parametrize(
    ("line", "place", "code", "message"),
    [
        ("r1: 10.254.0.1", "3:9", "E343", "10.254.0.1 of r1 is no host of overlay 10.255.0.0/26"),
        ("r1: 10.255.0.0", "3:9", "E343", "10.255.0.0 of r1 is no host of overlay 10.255.0.0/26"),
        ("r1: 10.255.0.2", "3:9", "E343", "10.255.0.2 of r1 is also the address of hub"),
        ("r1: here", "3:9", "E209", "'here' is not an IPv4 address"),
    ],
)
def test_an_entry_that_cannot_be_is_told_at_its_place(
    tmp_path: Path, line: str, place: str, code: str, message: str
) -> None:
    (tmp_path / "allocations.yaml").write_text(f"clouds:\n  blue:\n    {line}\n")
    with pytest.raises(InvalidFabric) as caught:
        load_allocations(tmp_path, fabric(1))
    (problem,) = caught.value.problems
    assert (f"{problem.line}:{problem.column}", problem.code) == (place, code)
    assert problem.message == message


def test_entries_of_routers_that_are_gone_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "allocations.yaml").write_text("clouds:\n  blue:\n    old: 10.1.1.1\n")
    kept = load_allocations(tmp_path, fabric(1))
    assert given_out(allocate(fabric(1), kept)) == {"r1": "10.255.0.1"}


@pytest.mark.parametrize("text", [b"[1]\n", b"clouds: 5\n", b"other: {}\n", b"\xff", b"a: ["])
def test_a_file_of_another_kind_is_told(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "allocations.yaml").write_bytes(text)
    with pytest.raises(InvalidFabric):
        load_allocations(tmp_path, fabric(1))
