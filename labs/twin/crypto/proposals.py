"""Which proposals, profile and key the configuration gives for a peer: pure look-ups.

Nothing here negotiates; `machine` asks and decides.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

from labs.twin.addresses import Address
from labs.twin.crypto.values import Offer, Suite
from labs.twin.device import (
    CryptoConfig,
    DeviceConfig,
    Ikev2Policy,
    Ikev2Profile,
    IpsecProfile,
    IsakmpPolicy,
    TransformSet,
)
from labs.twin.image import ImageProfile

T = TypeVar("T")
DEFAULT = "default"
# IOS-XE 3.16 without a policy negotiates AES-CBC-256, SHA512, group 5 (reference/DMVPN.md
# section 4, case p3-eigrp-ikev2-fvrf-ivrf); 17.x prefers stronger groups [K].
OLD_DEFAULT_OFFER = Offer(
    encryption=("aes-cbc-256", "aes-cbc-192", "aes-cbc-128"),
    integrity=("sha512", "sha384", "sha256", "sha1", "md5"),
    prf=("sha512", "sha384", "sha256", "sha1", "md5"),
    groups=(5, 2),
)
XE_17_DEFAULT_OFFER = Offer(
    encryption=("aes-cbc-256",),
    integrity=("sha512", "sha384"),
    prf=("sha512", "sha384"),
    groups=(19, 14, 21, 5),
)
# The first default ISAKMP policies of IOS 15 [K].
ISAKMP_DEFAULT_OFFER = Offer(
    encryption=("aes-cbc-128",), integrity=("sha1",), prf=("sha1",), groups=(5, 2)
)
# The smart-default transform set: ESP-AES with SHA-1, transport mode (Cisco IKEv2 smart defaults).
DEFAULT_TRANSFORM = TransformSet(
    name=DEFAULT, transforms=("esp-aes", "esp-sha-hmac"), mode="transport"
)
DEFAULT_IPSEC_PROFILE = IpsecProfile(name=DEFAULT, transform_sets=(DEFAULT,), ikev2_profile=DEFAULT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What protects a tunnel."""

    tunnel: str
    profile: IpsecProfile
    shared: bool
    vrf: str
    multipoint: bool
    destination: Address | None
    """Point-to-point tunnels only."""


def protection_of(config: DeviceConfig, tunnel: str) -> Protection | None:
    """Give what protects a tunnel; a profile that does not exist protects nothing.

    Measured on IOL 17.15: an undefined profile is silently ignored (reference/DMVPN.md section 3).
    """
    interface = config.interfaces.get(tunnel)
    if interface is None or interface.tunnel is None or interface.tunnel.ipsec_profile is None:
        return None
    name = interface.tunnel.ipsec_profile
    profile = config.crypto.ipsec_profiles.get(name)
    if profile is None and name == DEFAULT:
        profile = DEFAULT_IPSEC_PROFILE
    if profile is None:
        return None
    multipoint = interface.tunnel.multipoint
    return Protection(
        tunnel=tunnel,
        profile=profile,
        shared=interface.tunnel.shared,
        vrf=interface.tunnel.vrf,
        multipoint=multipoint,
        destination=None if multipoint else interface.tunnel.destination,
    )


def protections(config: DeviceConfig) -> Iterator[Protection]:
    """Give what protects every protected tunnel, in configuration order."""
    for name, interface in config.interfaces.items():
        if interface.tunnel is not None and (found := protection_of(config, name)) is not None:
            yield found


def _fvrf_matches(wanted: str | None, vrf: str) -> bool:
    return wanted == "any" or (wanted or "") == vrf


def offers_for(
    crypto: CryptoConfig, vrf: str, image: ImageProfile, version: int = 2
) -> tuple[Offer, ...]:
    """Give the IKE proposals of the policy for a front-door VRF, else the default ones.

    A proposal does nothing until a policy names it (reference/DMVPN.md section 4, TRAP).
    """
    if version == 1:
        policies = crypto.isakmp_policies
        offers = tuple(_main_mode(p) for p in policies if p.authentication == "pre-share")
        return offers if policies else (ISAKMP_DEFAULT_OFFER,)
    policy = next(
        (p for p in crypto.policies.values() if _fvrf_matches(p.fvrf, vrf) and p.proposals), None
    )
    configured = tuple(_configured(crypto, policy)) if policy is not None else ()
    return configured or (default_offer(image),)


def default_offer(image: ImageProfile) -> Offer:
    """Give the proposal `default` of an image."""
    old = tuple(int(part) for part in image.version.split(".") if part.isdigit()) < (17,)
    return OLD_DEFAULT_OFFER if old else XE_17_DEFAULT_OFFER


def _main_mode(policy: IsakmpPolicy) -> Offer:
    return Offer(
        encryption=(policy.encryption,),
        integrity=(policy.integrity,),
        prf=(policy.integrity,),
        groups=(policy.group,),
    )


def _configured(crypto: CryptoConfig, policy: Ikev2Policy) -> Iterator[Offer]:
    for name in policy.proposals:
        proposal = crypto.proposals.get(name)
        if proposal is None or not proposal.encryption or not proposal.groups:
            continue  # an incomplete proposal is not sent
        combined = any("gcm" in word for word in proposal.encryption)
        if not proposal.integrity and not combined:
            continue
        yield Offer(
            encryption=proposal.encryption,
            integrity=proposal.integrity,
            prf=proposal.prf or proposal.integrity,
            groups=proposal.groups,
        )


def agree(theirs: Iterable[Offer], ours: Iterable[Offer]) -> Suite | None:
    """Pick the first of the initiator's wishes that the responder allows."""
    own = tuple(ours)
    for offer in theirs:
        for mine in own:
            suite = _common(offer, mine)
            if suite is not None:
                return suite
    return None


def _first(theirs: tuple[T, ...], ours: tuple[T, ...]) -> T | None:
    return next((value for value in theirs if value in ours), None)


def _common(theirs: Offer, ours: Offer) -> Suite | None:
    encryption = _first(theirs.encryption, ours.encryption)
    prf = _first(theirs.prf, ours.prf)
    group = _first(theirs.groups, ours.groups)
    if encryption is None or prf is None or group is None:
        return None
    if "gcm" in encryption:
        return Suite(encryption=encryption, integrity=None, prf=prf, group=group)
    integrity = _first(theirs.integrity, ours.integrity)
    if integrity is None:
        return None
    return Suite(encryption=encryption, integrity=integrity, prf=prf, group=group)


def profile_named(crypto: CryptoConfig, name: str | None) -> Ikev2Profile | None:
    """Give a profile by name."""
    return crypto.profiles.get(name) if name is not None else None


def profile_for(
    crypto: CryptoConfig, vrf: str, identity: Address, version: int
) -> Ikev2Profile | None:
    """Find the profile that a responder uses for a peer."""
    for profile in crypto.profiles.values():
        if profile.version != version or not _fvrf_matches(profile.fvrf, vrf):
            continue
        if any(identity in network for network in profile.match_remote):
            return profile
    return None


def keys_for(crypto: CryptoConfig, profile: Ikev2Profile, peer: Address) -> tuple[str, str] | None:
    """Give (local, remote) pre-shared key for a peer: the longest match of the keyring."""
    if "pre-share" not in {profile.auth_local} & {profile.auth_remote}:
        return None
    peers = crypto.keyrings.get(profile.keyring or "", ())
    fitting = [p for p in peers if p.address is not None and peer in p.address]
    if not fitting:
        return None
    best = max(fitting, key=lambda p: p.address.prefixlen if p.address else 0)
    if best.local_key is None or best.remote_key is None:
        return None
    return best.local_key, best.remote_key


def proof(key: str, role: str, nonces: tuple[int, int], identity: Address) -> str:
    """Make the AUTH payload: nobody who lacks the key can make it, and it does not tell the key."""
    text = f"{role} {nonces[0]} {nonces[1]} {identity}"
    return blake2b(text.encode(), key=key.encode()[:64], digest_size=16).hexdigest()


def transform_sets(crypto: CryptoConfig, profile: IpsecProfile) -> tuple[TransformSet, ...]:
    """Give the transform sets of an IPsec profile that exist."""
    names = profile.transform_sets or (DEFAULT,)
    known = crypto.transform_sets
    found = (known.get(n) or (DEFAULT_TRANSFORM if n == DEFAULT else None) for n in names)
    return tuple(entry for entry in found if entry is not None)
