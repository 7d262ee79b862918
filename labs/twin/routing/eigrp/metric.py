"""EIGRP metrics, classic and wide.

The numbers are those of published routers (reference/DMVPN.md section 6): a tunnel of 100 kbit/s
and 50000 us has 26880000 (classic) or 9830400000 (wide); a loopback has 128256 or 163840.
"""

from labs.twin.device import InterfaceConfig, SeedMetric
from labs.twin.routing.eigrp.values import INFINITY, Vector

CLASSIC_SCALE = 256
WIDE_SCALE = 65536
REFERENCE_KBIT = 10**7
PS_PER_US = 10**6
PS_PER_TEN_US = 10**7
GIGABIT_KBIT = 10**6
WEIGHTS = (1, 0, 1, 0, 0, 0)
"""K1 to K6 where nothing is typed."""

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


def seed_vector(seed: SeedMetric) -> Vector:
    """Give the vector of a metric as typed: `redistribute ... metric`, `default-metric`."""
    return Vector(
        bandwidth_kbit=seed.bandwidth_kbit,
        delay_ps=seed.delay_tens_us * PS_PER_TEN_US,
        mtu=seed.mtu,
        reliability=seed.reliability,
        load=seed.load,
    )


def extend(vector: Vector, link: Vector, *, wide: bool = True) -> Vector:
    """Give the vector of a path one link longer.

    A classic router counts delay in 256ths of ten microseconds (RFC 7868 section 5.6.1): what a
    router with wide metrics says more finely is lost.
    """
    if vector.unreachable:
        return vector
    delay_ps = vector.delay_ps
    if not wide:
        delay_ps = offset_ps(scaled_delay(delay_ps), wide=False)
    return Vector(
        bandwidth_kbit=min(vector.bandwidth_kbit, link.bandwidth_kbit),
        delay_ps=delay_ps + link.delay_ps,
        mtu=min(vector.mtu, link.mtu),
        hops=vector.hops + 1,
        reliability=min(vector.reliability, link.reliability),
        load=max(vector.load, link.load),
    )


def scaled_delay(delay_ps: int) -> int:
    """Give the delay of a classic metric: 256ths of ten microseconds."""
    return delay_ps * CLASSIC_SCALE // PS_PER_TEN_US


def offset_ps(offset: int, *, wide: bool) -> int:
    """Give the delay that adds an offset to a composite metric; rounded up, to come back whole."""
    if wide:
        return -(-offset * PS_PER_US // WIDE_SCALE)
    return -(-offset * PS_PER_TEN_US // CLASSIC_SCALE)


def composite(vector: Vector, *, wide: bool, weights: tuple[int, ...] = WEIGHTS) -> int:
    """Weigh a vector (RFC 7868 sections 5.6.1 and 5.6.2)."""
    if vector.unreachable:
        return INFINITY
    if wide:
        throughput = WIDE_SCALE * REFERENCE_KBIT // vector.bandwidth_kbit
        latency = WIDE_SCALE * vector.delay_ps // PS_PER_US
    else:
        throughput = CLASSIC_SCALE * (REFERENCE_KBIT // vector.bandwidth_kbit)
        latency = scaled_delay(vector.delay_ps)
    if weights == WEIGHTS:
        return throughput + latency
    k1, k2, k3, k4, k5, _ = weights
    total = k1 * throughput + k2 * throughput // (256 - vector.load) + k3 * latency
    if k5:
        total = total * k5 // (k4 + vector.reliability)
    return total


def rib_metric(distance: int, *, wide: bool, scale: int = 128) -> int:
    """Give the metric the routing table shows for a distance (`metric rib-scale`)."""
    return distance // scale if wide else distance
