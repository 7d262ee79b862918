"""EIGRP metrics, classic and wide.

The numbers are those of published routers (reference/DMVPN.md section 6): a tunnel of 100 kbit/s
and 50000 us has 26880000 (classic) or 9830400000 (wide); a loopback has 128256 or 163840.
"""

from labs.twin.device import InterfaceConfig
from labs.twin.routing.eigrp.values import INFINITY, Vector

CLASSIC_SCALE = 256
WIDE_SCALE = 65536
RIB_SCALE = 128
"""`metric rib-scale` of named mode."""
REFERENCE_KBIT = 10**7
PS_PER_US = 10**6
PS_PER_TEN_US = 10**7
GIGABIT_KBIT = 10**6

# Bandwidth (kbit/s) and delay (us) by interface type; tunnel: DMVPN.md section 3.
DEFAULTS = (
    ("Tunnel", 100, 50_000),
    ("Loopback", 8_000_000, 5_000),
    ("TenGigabitEthernet", 10_000_000, 10),
    ("GigabitEthernet", 1_000_000, 10),
    ("FastEthernet", 100_000, 100),
    ("Ethernet", 10_000, 1_000),
    ("Serial", 1_544, 20_000),
)
OTHER = (1_000_000, 10)

UNREACHABLE = Vector(bandwidth_kbit=0, delay_ps=0, unreachable=True)


def interface_vector(interface: InterfaceConfig, *, wide: bool) -> Vector:
    """Give the vector of a directly connected network."""
    kbit, us = next(
        ((kbit, us) for kind, kbit, us in DEFAULTS if interface.name.startswith(kind)), OTHER
    )
    bandwidth = interface.bandwidth_kbit or kbit
    delay_ps = us * PS_PER_US
    if interface.delay_tens_us is not None:
        delay_ps = interface.delay_tens_us * PS_PER_TEN_US
    elif wide and kbit >= GIGABIT_KBIT:
        # Named mode derives the delay of fast interfaces from their speed: 1.25 us at 8 Gbit/s.
        delay_ps = 10**13 // kbit
    mtu = interface.ip_mtu or interface.mtu or 1500
    return Vector(bandwidth_kbit=bandwidth, delay_ps=delay_ps, mtu=mtu)


def extend(vector: Vector, link: Vector) -> Vector:
    """Give the vector of a path one link longer."""
    if vector.unreachable:
        return vector
    return Vector(
        bandwidth_kbit=min(vector.bandwidth_kbit, link.bandwidth_kbit),
        delay_ps=vector.delay_ps + link.delay_ps,
        mtu=min(vector.mtu, link.mtu),
        hops=vector.hops + 1,
        reliability=min(vector.reliability, link.reliability),
        load=max(vector.load, link.load),
    )


def composite(vector: Vector, *, wide: bool) -> int:
    """Weigh a vector with the default K values."""
    if vector.unreachable:
        return INFINITY
    if wide:
        throughput = WIDE_SCALE * REFERENCE_KBIT // vector.bandwidth_kbit
        return throughput + WIDE_SCALE * vector.delay_ps // PS_PER_US
    return CLASSIC_SCALE * (
        REFERENCE_KBIT // vector.bandwidth_kbit + vector.delay_ps // PS_PER_TEN_US
    )


def rib_metric(distance: int, *, wide: bool) -> int:
    """Give the metric the routing table shows for a distance."""
    return distance // RIB_SCALE if wide else distance
