"""What the configuration says to one EIGRP process: interfaces, words, weights.

Nothing here changes with time.
"""

from ipaddress import IPv4Address

from labs.twin.addresses import IPV4, Address, IPNetwork, link_local
from labs.twin.device import DeviceConfig, EigrpConfig, EigrpInterfaceConfig, InterfaceConfig
from labs.twin.effects import Surroundings
from labs.twin.routing.eigrp import metric
from labs.twin.routing.eigrp.values import Signature, Vector

DEFAULT_HELLO_S = 5
DEFAULT_HOLD_S = 15
PLAIN = EigrpInterfaceConfig()
MD5 = "md5"


def router_id(around: Surroundings, configured: IPv4Address | None, vrf: str = "") -> IPv4Address:
    """Give a router id: configured, else the highest loopback, else the highest address."""
    if configured is not None:
        return configured
    interfaces = [
        i
        for i in around.config.interfaces.values()
        if i.address is not None and not i.shutdown and i.vrf == vrf
    ]
    loopbacks = [i for i in interfaces if i.name.startswith("Loopback")]
    addresses = [i.address.ip for i in loopbacks or interfaces if i.address is not None]
    return max(addresses, default=IPv4Address(0))


Instance = int | tuple[int, str] | tuple[int, str, int]
"""A process on a router: its autonomous system, with the VRF and the family that are not plain."""


def instance(asn: int, vrf: str, family: int = IPV4) -> Instance:
    """Name a process on a router."""
    if family != IPV4:
        return asn, vrf, family
    return (asn, vrf) if vrf else asn


class Site:
    """The configuration of one autonomous system in one VRF of this router."""

    def __init__(self, asn: int, around: Surroundings, vrf: str = "", family: int = IPV4) -> None:
        self.asn = asn
        self.family = family
        self.around = around
        self.vrf = vrf
        self._read: DeviceConfig | None = None
        self._config: EigrpConfig | None = None
        self._elected: IPv4Address | None = None

    def identify(self) -> None:
        """Choose the router id: it stays while the process runs, whatever interfaces come."""
        found = router_id(self.around, None, self.vrf)
        self._elected = found if int(found) else None

    @property
    def config(self) -> EigrpConfig | None:
        """Give the process, None when it is configured no more."""
        running = self.around.config
        if running is not self._read:
            self._read, self._config = running, process_of(running, self.asn, self.vrf, self.family)
        return self._config

    @property
    def active(self) -> bool:
        """Tell whether the process is configured and not shut down."""
        config = self.config
        return config is not None and not config.shutdown

    @property
    def wide(self) -> bool:
        """Tell whether the process has a name, and so wide metrics."""
        config = self.config
        return config is not None and config.name is not None

    @property
    def stub(self) -> frozenset[str]:
        """Give the words of `eigrp stub`, none when the router is no stub."""
        config = self.config
        return config.stub if config is not None else frozenset()

    @property
    def router_id(self) -> IPv4Address:
        """Give the router id: configured, else highest loopback, else highest address."""
        config = self.config
        if config is not None and config.router_id is not None:
            return config.router_id
        return self._elected or router_id(self.around, None, self.vrf)

    def settings(self, name: str) -> EigrpInterfaceConfig:
        """Give the EIGRP settings of an interface."""
        interface = self.around.config.interfaces.get(name)
        return (self._said(interface) if interface is not None else None) or PLAIN

    def _said(self, interface: InterfaceConfig) -> EigrpInterfaceConfig | None:
        if self.family == IPV4:
            return interface.eigrp.get(self.asn)
        return interface.ipv6.eigrp.get(self.asn) if interface.ipv6 is not None else None

    def covered(self) -> dict[str, InterfaceConfig]:
        """List the interfaces that are up and in a `network` line."""
        config = self.config
        if config is None or config.shutdown:
            return {}
        return {
            name: interface
            for name, interface in self.around.config.interfaces.items()
            if interface.vrf == config.vrf
            and self._takes_part(config, interface)
            and self.around.interface_up(name)
        }

    def _takes_part(self, config: EigrpConfig, interface: InterfaceConfig) -> bool:
        """Tell whether a process covers an interface.

        IPv6 has no `network` lines: a named process takes all interfaces with IPv6, a classic one
        those with `ipv6 eigrp`.
        """
        if self.family == IPV4:
            address = interface.address
            return address is not None and any(address.ip in net for net in config.networks)
        if interface.ipv6 is None:
            return False
        said = self._said(interface)
        return not (said or PLAIN).shutdown if config.name is not None else said is not None

    def networks(self, interface: InterfaceConfig) -> list[IPNetwork]:
        """List the subnets of an interface that a `network` line covers."""
        if self.family != IPV4:
            return [address.network for address in interface.addresses_of(self.family)]
        covering = self.config.networks if self.config is not None else ()
        return [
            address.network
            for address in interface.addresses
            if any(address.ip in network for network in covering)
        ]

    def speaks(self, name: str) -> bool:
        """Tell whether hellos go out of an interface."""
        settings = self.settings(name)
        if self.config is None or name not in self.covered():
            return False
        return not (settings.shutdown or settings.passive)

    def address(self, name: str) -> Address | None:
        """Give the address of an interface."""
        interface = self.around.config.interfaces.get(name)
        return self.sender(interface)

    def sender(self, interface: InterfaceConfig | None) -> Address | None:
        """Give the address that packets out of an interface bear: of IPv6 the link-local one."""
        if interface is None:
            return None
        if self.family != IPV4:
            return interface.ipv6.link_local if interface.ipv6 is not None else None
        return interface.address.ip if interface.address is not None else None

    def on_subnet(self, address: Address, name: str) -> bool:
        """Tell whether an address lies in the subnet of an interface."""
        if self.family != IPV4:
            return link_local(address)
        interface = self.around.config.interfaces.get(name)
        return bool(interface and interface.address and address in interface.address.network)

    def link(self, name: str) -> Vector:
        """Give the vector of an interface."""
        interface = self.around.config.interfaces.get(name)
        if interface is None:
            return metric.UNREACHABLE
        return metric.interface_vector(interface, wide=self.wide)

    def weigh(self, vector: Vector) -> int:
        """Give the composite metric in the mode of the process."""
        config = self.config
        if config is None:
            return metric.composite(vector, wide=False)
        return metric.composite(vector, wide=config.name is not None, weights=config.weights)

    def hello_s(self, name: str) -> int:
        """Give the hello interval: 5 s on DMVPN tunnels (Hold columns of the captures)."""
        return self.settings(name).hello_s or DEFAULT_HELLO_S

    def hold_s(self, name: str) -> int:
        """Give the hold time we announce."""
        return self.settings(name).hold_s or DEFAULT_HOLD_S

    def partners(self, name: str) -> tuple[Address, ...]:
        """List the `neighbor` lines of an interface: with one of them it sends no multicast."""
        config = self.config
        if config is None or not config.neighbors:
            return ()
        return tuple(address for address, interface in config.neighbors if interface == name)

    def signatures(self, name: str) -> tuple[Signature, ...]:
        """List the signatures that are good on an interface; the first one signs."""
        settings = self.settings(name)
        if settings.authentication is None:
            return ()
        if settings.authentication != MD5:
            if settings.password is None:
                return ()
            return (Signature(mode=settings.authentication, key=0, secret=settings.password),)
        keys = self.around.config.filters.keys.get(settings.key_chain or "", ())
        return tuple(
            Signature(mode=MD5, key=key.number, secret=key.string)
            for key in keys
            if key.string is not None
        )


def process_of(config: DeviceConfig, asn: int, vrf: str, family: int = IPV4) -> EigrpConfig | None:
    """Find a process in a configuration."""
    wanted = (asn, vrf, family)
    return next((e for e in config.eigrp if (e.asn, e.vrf, e.family) == wanted), None)
