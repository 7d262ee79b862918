"""Our own end of a tunnel: its settings, its addresses, and how NHRP packets leave it.

What the packets mean does not belong here.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from labs.twin.addresses import IPV4, IPV6, NOWHERE, Address, host, link_local
from labs.twin.device import GLOBAL_VRF, InterfaceConfig, NhrpConfig
from labs.twin.effects import Effect, LogLine, SendNhrp, Surroundings, Via
from labs.twin.image import Legend
from labs.twin.nhrp.entries import NhrpCounters, NhrpStats
from labs.twin.nhrp.quota import IOS, IOS_XE, Quota
from labs.twin.packet import Nhrp, NhrpClient, NhrpType, Packet

FIRST_HOP_COUNT = 255
NO_REQUEST = 0
"""Indications have no request id."""

TYPE_NAMES = {
    NhrpType.RESOLUTION_REQUEST: "Resolution Request",
    NhrpType.RESOLUTION_REPLY: "Resolution Reply",
    NhrpType.REGISTRATION_REQUEST: "Registration Request",
    NhrpType.REGISTRATION_REPLY: "Registration Reply",
    NhrpType.PURGE_REQUEST: "Purge Request",
    NhrpType.PURGE_REPLY: "Purge Reply",
    NhrpType.ERROR_INDICATION: "Error Indication",
    NhrpType.TRAFFIC_INDICATION: "Traffic Indication",
}

# Codes with the text IOS prints for them (reference/FAULT_SWEEP.md, syslog lines).
GENERIC_ERROR = (7, "protocol generic error")
AUTHENTICATION_FAILURE = (11, "authentication failure")

# RFC 2332 section 5.2.0.1 (reply codes) and 5.2.7 (error codes).
SUCCESS = 0
LOOP_DETECTED = 3
PROTOCOL_ADDRESS_UNREACHABLE = 6
NO_BINDING = 12
UNIQUE_ALREADY_REGISTERED = 14
HOP_COUNT_EXCEEDED = 15


class Endpoint:
    """One tunnel interface as NHRP sees it."""

    COUNTERS: ClassVar = frozenset({"_last_request"})

    def __init__(self, tunnel: str, around: Surroundings, family: int = IPV4) -> None:
        self.tunnel = tunnel
        self.around = around
        self.counters = NhrpCounters()
        self.stats = NhrpStats()
        self.quota = Quota()
        self.settings: NhrpConfig | None = None
        self.family = family
        self.address: Address = NOWHERE[family]
        self.link_local: Address | None = None
        self.vrf = GLOBAL_VRF
        self.destination: Address | None = None
        self.protected = False
        self._nbma: Address = NOWHERE[IPV4]
        self._last_request = 0

    @property
    def active(self) -> bool:
        """Tell whether NHRP is on: a network-id and an address."""
        return self.settings is not None and self.settings.network_id is not None and self.addressed

    @property
    def addressed(self) -> bool:
        """Tell whether the tunnel has an address of this family."""
        return int(self.address) != 0

    @property
    def nhrp(self) -> NhrpConfig:
        """Give the settings of an active end."""
        if self.settings is None:
            raise LookupError(f"{self.tunnel} has no NHRP settings")
        return self.settings

    @property
    def nbma(self) -> Address:
        """Give our NBMA address, the last known one while the source has none."""
        self._nbma = self.around.nbma_source(self.tunnel) or self._nbma
        return self._nbma

    @property
    def limit(self) -> tuple[int, int]:
        """Give (packets, seconds) of `ip nhrp max-send`, or what the image has in its place."""
        said = self.settings.max_send if self.settings is not None else None
        return said or (IOS_XE if self.around.config.image.xe else IOS)

    def usage(self, now: float) -> int:
        """Give the percentage of the limit that is used up."""
        return self.quota.usage(self.limit, now)

    def admits(self, message: Nhrp, now: float) -> bool:
        """Tell whether a packet may be sent now; one that may not was not sent after all."""
        within = self.quota.take(self.limit, now)
        if within or self.settings is None or self.settings.max_send is None:
            return True
        self.counters.sent[message.type] -= 1
        return False

    def joins(self, tunnel: str) -> bool:
        """Tell whether a tunnel is in our NHRP domain: this one, or one of our network-id."""
        if tunnel == self.tunnel:
            return True
        other = self.around.config.interfaces.get(tunnel)
        settings = other.nhrp_of(self.family) if other is not None else None
        return settings is not None and settings.network_id == self.nhrp.network_id

    def adopt(self, interface: InterfaceConfig | None) -> None:
        """Take over the settings of the interface."""
        if interface is None:
            self.settings = None
            return
        self.settings = interface.nhrp_of(self.family)
        address = interface.address_of(self.family)
        self.address = address.ip if address is not None else NOWHERE[self.family]
        sixth = interface.ipv6 if self.family == IPV6 else None
        self.link_local = sixth.link_local if sixth is not None else None
        self.vrf = interface.vrf
        self.destination = interface.tunnel.destination if interface.tunnel else None
        self.protected = interface.tunnel is not None and interface.tunnel.ipsec_profile is not None

    def owns(self, address: Address) -> bool:
        """Tell whether an address is one of this tunnel."""
        return address in (self.address, self.link_local)

    def way(self, address: Address) -> Via | None:
        """Find the way to an address; link-local ones are on this tunnel if anywhere."""
        if link_local(address):
            network = host(address)
            return Via(network=network, source="connected", interface=self.tunnel, next_hop=None)
        return self.around.lookup(address, self.vrf, nhrp=False)

    def registered(self) -> list[NhrpClient]:
        """Say what we register: the address in the head, and of IPv6 the link-local one.

        Routing protocols of IPv6 use link-local next hops, so servers must know those, too (the
        second target of a client in capture show_dmvpn_ipv6_detail/001).
        """
        if self.link_local is None:
            return [self.terms()]
        return [self.terms(), replace(self.terms(), protocol=self.link_local)]

    def static_maps(self) -> dict[Address, Address]:
        """List the mappings that the configuration gives."""
        nhrp, destination = self.nhrp, self.destination
        if destination is not None:
            # A point-to-point spoke needs no map: the destination implies it (PHASES.md sec. 3).
            return {nhs.address: destination for nhs in nhrp.nhs}
        maps: dict[Address, Address] = dict(nhrp.maps)
        maps.update({nhs.address: nhs.nbma for nhs in nhrp.nhs if nhs.nbma is not None})
        return maps

    def next_request_id(self) -> int:
        """Give a new request id."""
        self._last_request += 1
        return self._last_request

    def compose(
        self,
        kind: NhrpType,
        destination: Address,
        request_id: int,
        *,
        clients: Iterable[NhrpClient] = (),
        unique: bool = False,
        data: Packet | None = None,
    ) -> Nhrp:
        """Make a message of ours."""
        resolving = kind is NhrpType.RESOLUTION_REQUEST
        mapping = resolving or kind is NhrpType.REGISTRATION_REQUEST
        return Nhrp(
            type=kind,
            request_id=request_id,
            source_nbma=self.nbma,
            source=self.address,
            destination=destination,
            unique=unique,
            router=resolving,
            nat=mapping,
            clients=tuple(clients),
            authentication=self.nhrp.authentication,
            claimed_nbma=self.nbma if mapping else None,
            no_reply=kind is NhrpType.PURGE_REQUEST and self.around.config.image.xe,
            group=self.nhrp.group if kind is NhrpType.REGISTRATION_REQUEST else None,
            data=data,
        )

    def answer(
        self, kind: NhrpType, request: Nhrp, clients: Iterable[NhrpClient], *, unique: bool
    ) -> Nhrp:
        """Make the reply to a request: it keeps the request's addresses and records.

        Who answers stands in the responder address extension (RFC 2332 section 5.3.1).
        """
        return replace(
            request,
            type=kind,
            hop_count=FIRST_HOP_COUNT,
            unique=unique,
            router=kind is NhrpType.RESOLUTION_REPLY,
            clients=tuple(clients),
            authentication=self.nhrp.authentication,
            responder=self.responder(),
            group=None,
            claimed_nbma=self.nbma,
        )

    def terms(self) -> NhrpClient:
        """Say our holdtime in a request: whose it is stands in its head already."""
        return NhrpClient(prefix_length=self.address.max_prefixlen, holdtime_s=self.nhrp.holdtime_s)

    def responder(self) -> NhrpClient:
        """Describe who answers: by the address of the interface that `ip nhrp responder` names."""
        named = self.around.config.interfaces.get(self.nhrp.responder or "")
        address = named.address_of(self.family) if named is not None else None
        return self.myself(protocol=address.ip if address is not None else None)

    def record(self) -> NhrpClient:
        """Describe us in the record of those who carried a message."""
        return NhrpClient(
            prefix_length=self.address.max_prefixlen, nbma=self.nbma, protocol=self.address
        )

    def myself(
        self, prefix_length: int | None = None, protocol: Address | None = None
    ) -> NhrpClient:
        """Describe our own mapping; the holdtime is ours, the receiver obeys it."""
        return NhrpClient(
            prefix_length=self.address.max_prefixlen if prefix_length is None else prefix_length,
            holdtime_s=self.nhrp.holdtime_s,
            nbma=self.nbma,
            protocol=protocol or self.address,
        )

    def send(self, nbma: Address, message: Nhrp) -> list[Effect]:
        """Send a message to an NBMA address and count it."""
        self.counters.count_sent(message.type)
        return [SendNhrp(tunnel=self.tunnel, nbma=nbma, message=message)]

    def complaint(self, about: Nhrp, code: int) -> Nhrp:
        """Make an error indication (RFC 2332 section 5.2.7) about a message, to its sender."""
        answers = about.responder.protocol if about.responder is not None else None
        sender = answers if about.type.is_reply and answers is not None else about.source
        return Nhrp(
            type=NhrpType.ERROR_INDICATION,
            request_id=NO_REQUEST,
            source_nbma=self.nbma,
            source=self.address,
            destination=sender,
            error_code=code,
            about=about,
        )

    def log(self, text: str) -> list[Effect]:
        """Log a %DMVPN line; the router drops it where its image does not log these."""
        return [LogLine(text=text)]

    def log_error(
        self, what: str, kind: NhrpType, error: tuple[int, str], tunnel: Address
    ) -> list[Effect]:
        """Log a %DMVPN-3-DMVPN_NHRP_ERROR; images before 17 are silent (FAULT_SWEEP F3)."""
        if self.around.config.image.legend is not Legend.XE_17:
            return []
        code, reason = error
        return self.log(
            f"%DMVPN-3-DMVPN_NHRP_ERROR:  {self.tunnel}: {what} for  {TYPE_NAMES[kind]} , "
            f"Reason:  {reason} ({code}) on (Tunnel: {tunnel} NBMA: {self.nbma})"
        )

    def log_peer(
        self, role: str, peer: tuple[Address, Address | None], reason: str = ""
    ) -> list[Effect]:
        """Log that a peer came up, or (with a reason) went down.

        Args:
            role: NHS, NHC or NHP.
            peer: Its tunnel and NBMA address.
            reason: Why it is down; empty when it is up.
        """
        address, nbma = peer
        # Spelling, double blanks and the blank before the bracket: FAULT_SWEEP syslog lines.
        # NHS_UP is not among them; it follows its siblings.
        noun = {
            "NHS": "Next Hop Server",
            "NHC": "Next Hop Client",
            "NHP": "Next Hop Peer" if reason else "Next Hop NHP",
        }[role]
        state = "DOWN" if reason else "UP"
        # FAULT_SWEEP prints a blank before the bracket for NHS and NHC that go down, not for NHP.
        gap = " " if reason and role != "NHP" else ""
        end = f", Reason: {reason}" if reason else ""
        return self.log(
            f"%DMVPN-5-NHRP_{role}_{state}: {self.tunnel}: {noun} : (Tunnel: {address} "
            f"NBMA: {nbma}{gap}) for (Tunnel: {self.address} NBMA: {self.nbma}) is {state}{end}"
        )
