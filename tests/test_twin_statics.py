"""Static routes: floating, by interface, permanent, tagged, redistributed."""

from routing_labs import configure, network, rows, run, show

from labs.twin.network import Network

ENDS = {
    "r1": "interface GigabitEthernet1\n ip address 192.0.2.1 255.255.255.0\n"
    "interface GigabitEthernet2\n ip address 198.51.100.1 255.255.255.0\n",
    "r2": "interface GigabitEthernet1\n ip address 192.0.2.2 255.255.255.0\n"
    "interface GigabitEthernet2\n ip address 198.51.100.2 255.255.255.0\n",
}


def made(*lines: str, second: str = "") -> Network:
    text = "".join(f"{line}\n" for line in lines)
    return run(network(r1=ENDS["r1"] + text, r2=ENDS["r2"] + second))


def statics(built: Network) -> dict[str, list[str]]:
    return rows(built, "r1", "static")


def test_a_floating_route_waits_until_the_other_is_gone() -> None:
    built = made(
        "ip route 10.0.0.0 255.0.0.0 GigabitEthernet1 192.0.2.2",
        "ip route 10.0.0.0 255.0.0.0 198.51.100.2 200",
    )
    assert statics(built) == {"10.0.0.0/8": ["[1/0] via 192.0.2.2"]}
    built.set_link(("r1", "GigabitEthernet1"), up=False)
    run(built, 1)
    assert statics(built) == {"10.0.0.0/8": ["[200/0] via 198.51.100.2"]}
    built.set_link(("r1", "GigabitEthernet1"), up=True)
    run(built, 1)
    assert statics(built) == {"10.0.0.0/8": ["[1/0] via 192.0.2.2"]}


def test_a_permanent_route_stays_while_its_interface_is_down() -> None:
    lines = ("ip route 10.0.0.0 255.0.0.0 GigabitEthernet1 192.0.2.2{}",)
    for word, left in (("", {}), (" permanent", {"10.0.0.0/8": ["[1/0] via 192.0.2.2"]})):
        built = made(*(line.format(word) for line in lines))
        built.set_link(("r1", "GigabitEthernet1"), up=False)
        run(built, 1)
        assert statics(built) == left


def test_a_floating_route_below_eigrp_takes_over() -> None:
    process = "router eigrp 1\n network 0.0.0.0\n"
    lan = "interface Loopback0\n ip address 10.1.0.1 255.255.0.0\n"
    backup = "ip route 10.1.0.0 255.255.0.0 198.51.100.2 250\n"
    passive = "router eigrp 1\n network 192.0.2.0\n"
    built = made(process + backup, second=lan + process)
    assert statics(built) == {}
    configure(built, "r2", ENDS["r2"] + lan + passive)
    run(built, 30)
    assert statics(built) == {"10.1.0.0/16": ["[250/0] via 198.51.100.2"]}


def test_a_tag_goes_with_the_route_that_is_redistributed() -> None:
    process = "router eigrp 1\n network 192.0.2.0\n"
    built = made(
        "ip route 10.0.0.0 255.0.0.0 Null0 tag 113",
        process + " redistribute static metric 10000 100 255 1 1500",
        second=process,
    )
    # The rows that corpus show_ip_route_prefix/006 shows of such a route.
    text = show(built, "r1", "show ip route 10.0.0.0")
    assert "\n  Tag 113\n" in text
    assert "\n  Advertised by eigrp 1 metric 10000 100 255 1 1500\n" in text
    assert "\n      Route tag 113\n" in text
    assert ", tag is 113\n" in show(built, "r2", "show ip eigrp topology")
