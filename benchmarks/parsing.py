"""Text of three large show commands -> rows -> records: ours beside TextFSM, ntc-templates, Genie.

    python benchmarks/parsing.py [--peers 2000] [--rounds 7] [--linear]

Prints process CPU time, the median of rounds in which all take turns, and the ratios; writes
nothing. Each parser reads the same text, and every round has other addresses, so that nothing is
remembered from the last. "textfsm" is TextFSM itself with our template, compiled before the clock
starts. ntc-templates has no template for `show ip nhrp`. Genie takes part where it is installed
(`nox -s scoreboard`). `--linear` adds time and memory over growing texts, up to 50 MB.
"""

import argparse
import io
import resource
import statistics
import time
import tracemalloc
import warnings
from collections.abc import Callable
from importlib.resources import files

from textfsm import TextFSM

from parsers import parse
from parsers.engine import Template

CALIBRATION_LOOPS = 2_000_000
TRACED = 10_000_000  # counting the memory of longer texts takes minutes
FOLDER = files("parsers") / "templates"
TEMPLATES = {
    "show dmvpn": "cisco_ios_show_dmvpn.textfsm",
    "show ip nhrp": "cisco_ios_show_ip_nhrp.textfsm",
    "show ip route": "cisco_ios_show_ip_route.textfsm",
}
DMVPN_HEAD = """\
Legend: Attrb --> S - Static, D - Dynamic, I - Incomplete
\tN - NATed, L - Local, X - No Socket
\tT1 - Route Installed, T2 - Nexthop-override
\tC - CTS Capable, I2 - Temporary
\t# Ent --> Number of NHRP entries with same NBMA peer
\tNHS Status: E --> Expecting Replies, R --> Responding, W --> Waiting
\tUpDn Time --> Up or Down Time for a Tunnel
==========================================================================

Interface: Tunnel100, IPv4 NHRP Details 
Type:Hub, NHRP Peers:{peers}, 

 # Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb
 ----- --------------- --------------- ----- -------- -----
"""  # noqa: W291 - as printed
ROUTE_HEAD = """\
Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area 
       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2
       E1 - OSPF external type 1, E2 - OSPF external type 2
       i - IS-IS, su - IS-IS summary, L1 - IS-IS level-1, L2 - IS-IS level-2
       ia - IS-IS inter area, * - candidate default, U - per-user static route
       o - ODR, P - periodic downloaded static route, H - NHRP, l - LISP
       a - application route
       + - replicated route, % - next hop override, p - overrides from PfR

Gateway of last resort is not set

      10.0.0.0/8 is variably subnetted, {peers} subnets, 2 masks
"""  # noqa: W291 - as printed


def address(first: int, number: int) -> str:
    """Give the address of a peer."""
    return f"{first}.{number // 62_500 + 1}.{number // 250 % 250}.{number % 250 + 1}"


def clock(number: int) -> str:
    """Give a time as IOS prints it; every peer came up at another one."""
    return f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"


def show_dmvpn(peers: int, first: int = 0) -> str:
    """Write the table of a hub."""
    rows = (
        f"     1 {address(203, n):<15} {address(10, n):>15}    UP {clock(n * 7)}     D\n"
        for n in range(first, first + peers)
    )
    return DMVPN_HEAD.format(peers=peers) + "".join(rows)


def show_ip_nhrp(peers: int, first: int = 0) -> str:
    """Write the cache of a hub."""
    rows = (
        f"{address(10, n)}/32 via {address(10, n)}\n"
        f"   Tunnel100 created {clock(n * 7)}, expire {clock(n * 3 % 7200)}\n"
        f"   Type: dynamic, Flags: unique registered used nhop \n"
        f"   NBMA address: {address(203, n)} \n"
        for n in range(first, first + peers)
    )
    return "".join(rows)


def show_ip_route(peers: int, first: int = 0) -> str:
    """Write the routing table of a hub: a prefix behind each peer."""
    rows = (
        f"D        10.{n // 250 % 250 + 1}.{n % 250}.0/24 [90/27008000] via {address(10, n)}, "
        f"{clock(n * 7)}, Tunnel100\n"
        for n in range(first, first + peers)
    )
    return ROUTE_HEAD.format(peers=peers) + "".join(rows)


TEXTS = {"show dmvpn": show_dmvpn, "show ip nhrp": show_ip_nhrp, "show ip route": show_ip_route}
Contender = Callable[[str], object]


def calibrate() -> float:
    """Time a fixed loop, to compare machines by."""
    start = time.process_time()
    total = 0
    for number in range(CALIBRATION_LOOPS):
        total += number
    return time.process_time() - start


def with_textfsm(command: str) -> Contender:
    """Read by TextFSM itself, our template, compiled before."""
    machine = TextFSM(io.StringIO((FOLDER / TEMPLATES[command]).read_text(encoding="utf-8")))

    def read(text: str) -> object:
        machine.Reset()
        return machine.ParseText(text)

    return read


def with_ntc(command: str, text: str) -> Contender | None:
    """Read as `use_textfsm` of netmiko does; None where there is no template."""
    try:
        from ntc_templates.parse import parse_output

        parse_output(platform="cisco_ios", command=command, data=text)
    except Exception:  # whatever it cannot do, it does not take part in
        return None
    return lambda text: parse_output(platform="cisco_ios", command=command, data=text)


def with_genie(command: str, text: str) -> Contender | None:
    """Read by the parser of Genie; None where it is not installed."""
    try:
        from genie.conf.base import Device
        from genie.libs.parser.utils import get_parser

        device = Device("hub", os="iosxe")
        device.custom = {"abstraction": {"order": ["os"]}}
        parser, _ = get_parser(command, device)
        parser(device=device).parse(output=text)
    except Exception:  # whatever it cannot do, it does not take part in
        return None
    return lambda text: parser(device=device).parse(output=text)


def contenders(command: str, text: str) -> dict[str, Contender]:
    """Give everything that reads this text here."""
    template = Template(command, (FOLDER / TEMPLATES[command]).read_text(encoding="utf-8"))
    found = {
        "rows": lambda text: template.table(command, text),
        "records": lambda text: parse(command, text),
        "textfsm": with_textfsm(command),
        "ntc": with_ntc(command, text),
        "genie": with_genie(command, text),
    }
    return {name: read for name, read in found.items() if read}


def cpu_ms(read: Contender, text: str) -> float:
    """Time one reading."""
    start = time.process_time()
    read(text)
    return (time.process_time() - start) * 1000


def compare(command: str, peers: int, rounds: int) -> str:
    """Measure all in turns; give one line of the table."""
    text = TEXTS[command](peers)
    table = contenders(command, text)
    rows = table["rows"](text)
    assert rows == table["textfsm"](text), "rows differ from TextFSM's"  # noqa: S101
    assert len(parse(command, text)) == peers, "records are lost"  # noqa: S101
    times: dict[str, list[float]] = {name: [] for name in table}
    for turn in range(1, rounds + 1):
        text = TEXTS[command](peers, turn * peers)
        for name, read in table.items():
            times[name].append(cpu_ms(read, text))
    median = {name: statistics.median(values) for name, values in times.items()}
    cells = [f"{median[name]:9.1f}" if name in median else " " * 8 + "-" for name in NAMES]
    for ours in ("rows", "records"):
        for other in ("textfsm", "ntc", "genie"):
            ratio = f"{median[other] / median[ours]:7.1f}" if other in median else "      -"
            cells.append(ratio)
    return f"{command:<14}{text.count(chr(10)):6} " + " ".join(cells)


NAMES = ("rows", "records", "textfsm", "ntc", "genie")
HEADINGS = (
    f"{'':21}{'CPU ms':^49} {'rows faster than':^23} {'records faster than':^23}\n"
    f"{'command':<14}{'lines':>6} "
    + " ".join(f"{name:>9}" for name in NAMES)
    + " "
    + " ".join(f"{name:>7}" for name in ("textfsm", "ntc", "genie") * 2)
)


def growth(command: str, peers: int) -> str:
    """Measure time and memory of one text."""
    text = TEXTS[command](peers)
    start = time.process_time()
    records = parse(command, text)
    seconds = time.process_time() - start
    assert len(records) == peers  # noqa: S101
    del records
    size = len(text)
    said = (
        f"{command:<14}{size / 1e6:8.2f} MB {peers:8} records {seconds:7.2f} s "
        f"{seconds / size * 1e9:7.0f} ns/byte"
    )
    if size > TRACED:
        return said
    tracemalloc.start()
    parse(command, text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return f"{said}   peak {peak / 1e6:7.1f} MB, {peak / size:.1f} x text"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--linear", action="store_true", help="also growing texts, up to 50 MB")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"calibration loop {calibrate() * 1000:.0f} ms")
    print(HEADINGS)
    for command in TEXTS:
        print(compare(command, asked.peers, asked.rounds))
    if asked.linear:
        for command in TEXTS:
            size = len(TEXTS[command](1000)) / 1000
            for megabytes in (0.5, 5, 50):
                print(growth(command, int(megabytes * 1e6 / size)))
    print(f"peak of the process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
