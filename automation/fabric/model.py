"""The intent: fabric.yaml as frozen values. Every fact stands once.

What one object says about itself is judged here; what objects say about each other is judged in
`rules`; what it all means for one router is derived in `derive`.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from automation.fabric import values as v
from automation.fabric.values import wrong
from automation.fabric.views import Generation, Phase, Role

ENCRYPTIONS = ("aes-cbc-128", "aes-cbc-192", "aes-cbc-256", "aes-gcm-128", "aes-gcm-256")
HASHES = ("sha1", "sha256", "sha384", "sha512")
GROUPS = (2, 5, 14, 15, 16, 19, 20, 21, 24)


def _one_of(what: str, allowed: tuple[Any, ...], later: tuple[Any, ...] = ()) -> BeforeValidator:
    def rule(value: object) -> object:
        if value in later and not isinstance(value, bool):
            raise wrong("E401", f"{what} {value} is not built yet", f"use one of {_words(allowed)}")
        if value not in allowed or isinstance(value, bool):
            raise wrong("E217", f"{what} cannot be {value!r}", f"one of {_words(allowed)}")
        return value

    return BeforeValidator(rule)


def _words(allowed: tuple[Any, ...]) -> str:
    return ", ".join(map(str, allowed))


Hash = Annotated[str, _one_of("hash", HASHES)]
DhGroup = Annotated[int, _one_of("Diffie-Hellman group", GROUPS)]


class Intent(BaseModel):
    """Base of every object in fabric.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Transport(Intent):
    """An underlay."""

    vrf: v.Name | None = None
    """Front-door VRF; none is the global table."""


class Nhrp(Intent):
    """NHRP settings of a cloud."""

    network_id: v.NetworkId | None = None
    authentication: v.NhrpAuthentication | None = None
    holdtime: v.Holdtime = 600


class Dpd(Intent):
    """Dead peer detection."""

    interval: v.DpdInterval
    retry: v.DpdRetry


class Auth(Intent):
    """How IKE peers prove who they are."""

    psk: v.Secret


class Ipsec(Intent):
    """IKEv2 and IPsec of a cloud."""

    ike: Annotated[int, _one_of("ike", (2,), later=(1,))] = 2
    auth: Auth
    encryption: Annotated[str, _one_of("encryption", ENCRYPTIONS)] = "aes-gcm-256"
    integrity: Hash | None = None
    prf: Hash | None = None
    group: DhGroup = 19
    pfs: DhGroup | None = None
    dpd: Dpd | None = None

    @property
    def aead(self) -> bool:
        """Tell whether the cipher authenticates by itself."""
        return "-gcm-" in self.encryption

    @model_validator(mode="after")
    def _combination(self) -> Self:
        # reference/DMVPN.md section 4: gcm needs a prf line and takes no integrity line.
        if self.aead and self.integrity:
            raise wrong(
                "E330",
                f"{self.encryption} authenticates by itself and takes no integrity",
                "remove integrity; the prf line stays",
            )
        if self.aead and not self.prf:
            raise wrong("E331", f"{self.encryption} needs a prf", "add prf: sha512")
        if not self.aead and not self.integrity:
            raise wrong("E332", f"{self.encryption} needs an integrity", "add integrity: sha256")
        return self


class EigrpRouting(Intent):
    """EIGRP over a cloud."""

    protocol: Literal["eigrp"]
    asn: v.EigrpAsn
    mode: Annotated[str, _one_of("mode", ("classic", "named"))] = "classic"
    name: v.Name | None = None
    """Name of the process in named mode; DMVPN when left out."""
    summary: tuple[v.Network, ...] = ()
    """What hubs announce to spokes instead of every LAN."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.name and self.mode != "named":
            raise wrong("E333", "a classic EIGRP process has no name", "add mode: named")
        if self.name and self.name.isdigit():
            raise wrong("E333", f"{self.name} would name a classic process", "use a word")
        return self


class BgpRouting(Intent):
    """iBGP over a cloud: hubs reflect, spokes appear by a listen range."""

    protocol: Literal["bgp"]
    asn: v.BgpAsn
    keepalive: v.BgpTimer = 20
    hold: v.BgpTimer = 60

    @model_validator(mode="after")
    def _timers(self) -> Self:
        if self.hold < 3 or self.hold <= self.keepalive:
            raise wrong(
                "E334",
                f"hold {self.hold} must exceed keepalive {self.keepalive}",
                "three times the keepalive is customary",
            )
        return self


class Cloud(Intent):
    """One overlay: one tunnel interface on each member."""

    tunnel: v.TunnelNumber
    overlay: v.Network
    transport: v.Name
    phase: Annotated[Phase, _one_of("phase", (3,), later=(1, 2))] = Phase.THREE
    key: v.TunnelKey | None = None
    nhrp: Nhrp = Nhrp()
    mtu: v.Mtu = 1400
    mss: v.Mss = 1360
    bandwidth: v.Bandwidth | None = None
    delay: v.Delay | None = None
    ipsec: Ipsec | None = None
    routing: Annotated[EigrpRouting | BgpRouting, Field(discriminator="protocol")]
    extra_config: v.ExtraLines = ()
    """Lines for the tunnel interface of every member."""

    @property
    def interface(self) -> str:
        """Name the tunnel interface."""
        return f"Tunnel{self.tunnel}"

    @property
    def network_id(self) -> int:
        """Give the NHRP network-id; the tunnel number unless written (0 is not allowed)."""
        return self.nhrp.network_id or self.tunnel or 1

    @model_validator(mode="after")
    def _sizes(self) -> Self:
        if self.mss > self.mtu - 40:
            raise wrong(
                "E335",
                f"mss {self.mss} does not fit into mtu {self.mtu}",
                f"a TCP segment needs 40 bytes of headers: at most {self.mtu - 40}",
            )
        if self.overlay.prefixlen > 30:
            raise wrong("E312", f"overlay {self.overlay} is too small for a hub and a spoke")
        return self


class Attachment(Intent):
    """A router's place in a cloud."""

    address: v.MemberAddress = "auto"
    wan: v.InterfaceName
    nbma: v.Address | None = None


def _as_list(value: object) -> object:
    if value in ([], (), None):
        raise wrong("E107", "no prefix stands here", "for example 10.1.1.0/24")
    return value if isinstance(value, list | tuple) else [value]


LanAddresses = Annotated[
    tuple[v.LanAddress, ...],
    BeforeValidator(_as_list),
    WithJsonSchema({"anyOf": [v.TEXT, {"type": "array", "items": v.TEXT}]}),
]
_TOKEN = re.compile(r"<(secret:[^#<>\s]+)>")


class Router(Intent):
    """One router of a site."""

    role: Annotated[Role, _one_of("role", ("hub", "spoke"), later=("both",))]
    clouds: dict[v.Name, Attachment] = Field(min_length=1)
    lans: dict[v.InterfaceName, LanAddresses] = {}
    profile: Annotated[Generation, _one_of("profile", ("legacy", "modern"))] | None = None
    """Generation of NHRP defaults; derived from the device's version when left out."""
    extra_config: v.ExtraLines = ()


class Site(Intent):
    """A place with routers."""

    routers: dict[v.Name, Router] = Field(min_length=1)


class RoleSettings(Intent):
    """What all routers of a role share."""

    extra_config: v.ExtraLines = ()


class Roles(Intent):
    """Settings by role."""

    hub: RoleSettings = RoleSettings()
    spoke: RoleSettings = RoleSettings()


class Fabric(Intent):
    """The whole intent."""

    model_config = ConfigDict(
        json_schema_extra=lambda schema: schema["properties"].update(
            include={"anyOf": [v.TEXT, {"type": "array", "items": v.TEXT}]}
        )
    )

    version: Annotated[int, _one_of("version", (1,))] = 1
    fabric: v.Name
    transports: dict[v.Name, Transport]
    clouds: dict[v.Name, Cloud]
    roles: Roles = Roles()
    sites: dict[v.Name, Site] = {}

    def routers(self) -> Iterator[tuple[str, str, Router]]:
        """Go through (site, name, router) in the order of the file."""
        for site_name, site in self.sites.items():
            for name, router in site.routers.items():
                yield site_name, name, router

    def members(self, cloud: str) -> Iterator[tuple[str, str, Router, Attachment]]:
        """Go through (site, name, router, attachment) of one cloud."""
        for site_name, name, router in self.routers():
            if cloud in router.clouds:
                yield site_name, name, router, router.clouds[cloud]

    def secrets(self) -> tuple[str, ...]:
        """List the references of all secrets the fabric names, each once, sorted."""
        found: set[str] = set()
        for cloud in self.clouds.values():
            found.update(filter(None, [cloud.nhrp.authentication]))
            found.update([cloud.ipsec.auth.psk] if cloud.ipsec else [])
        for line in self._extra_lines():
            found.update(_TOKEN.findall(line))
        return tuple(sorted(found))

    def _extra_lines(self) -> Iterator[str]:
        for cloud in self.clouds.values():
            yield from cloud.extra_config
        for _, _, router in self.routers():
            yield from router.extra_config
        yield from (*self.roles.hub.extra_config, *self.roles.spoke.extra_config)
