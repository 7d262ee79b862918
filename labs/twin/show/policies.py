"""What IKE and IPsec were configured to offer: policies, proposals, transform sets, crypto maps.

No capture shows these forms; they are those of the vendor's command references, and stand in
`labs/twin/replay/known_differences.yaml`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from labs.twin.crypto import proposals
from labs.twin.crypto.values import IkeState, Offer
from labs.twin.device import ISAKMP, IpsecProfile, IsakmpPolicy, TransformSet
from labs.twin.show.ike import IKE_PORT
from labs.twin.show.ipsec import KEY_LIFE_KB, transform_text
from labs.twin.show.view import View

MODP_BITS = {1: 768, 2: 1024, 5: 1536, 14: 2048, 15: 3072, 16: 4096, 24: 2048}
ECP_BITS = {19: 256, 20: 384, 21: 521}
CIPHERS = {
    "des": "DES - Data Encryption Standard (56 bit keys).",
    "3des": "Three key triple DES",
    "aes": "AES - Advanced Encryption Standard ({} bit keys).",
}
DIGESTS = {
    "md5": "Message Digest 5",
    "sha1": "Secure Hash Standard",
    "sha256": "Secure Hash Standard 2 (256 bit)",
    "sha384": "Secure Hash Standard 2 (384 bit)",
    "sha512": "Secure Hash Standard 2 (512 bit)",
}
METHODS = {
    "pre-share": "Pre-Shared Key",
    "rsa-sig": "Rivest-Shamir-Adleman Signature",
    "rsa-encr": "Rivest-Shamir-Adleman Encryption",
}
INTEGRITY = {"md5": "MD596", "sha1": "SHA96"}
FIRST_MAP = 65536
"""Sequence number of the crypto map that stands for a profile; its peers follow."""


def show_isakmp_policy(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto isakmp policy`."""
    policies = view.router.config.crypto.isakmp_policies
    return "\nGlobal IKE policy\n" + "".join(map(_isakmp_policy, policies)) if policies else ""


def _isakmp_policy(policy: IsakmpPolicy) -> str:
    cipher, _, size = policy.encryption.partition("-cbc-")
    bits = MODP_BITS.get(policy.group) or ECP_BITS.get(policy.group, 0)
    return (
        f"Protection suite of priority {policy.priority}\n"
        f"\tencryption algorithm:\t{CIPHERS[cipher].format(size)}\n"
        f"\thash algorithm:\t\t{DIGESTS[policy.integrity]}\n"
        f"\tauthentication method:\t{METHODS.get(policy.authentication, policy.authentication)}\n"
        f"\tDiffie-Hellman group:\t#{policy.group} ({bits} bit)\n"
        f"\tlifetime:\t\t{policy.lifetime_s} seconds, no volume limit\n"
    )


def show_isakmp_key(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto isakmp key`."""
    text = "Keyring      Hostname/Address                            Preshared Key\n\n"
    for name, peers in view.router.config.crypto.keyrings.items():
        if not name.startswith(ISAKMP):
            continue
        ring = name.removeprefix(ISAKMP) or "default"
        for peer in peers:
            if peer.address is None:
                continue
            mask = "" if peer.address.prefixlen == 32 else f"[{peer.address.netmask}]"
            where = f"{peer.address.network_address!s:<15}{mask}"
            text += f"{ring:<13}{where:<44}{peer.local_key}\n"
            ring = ""
    return text


def show_isakmp_peers(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto isakmp peers`."""
    text = ""
    known = {sa.remote: sa for sa in view.router.crypto.sas.values() if sa.version == 1}
    for peer, sa in known.items():
        text += f"Peer: {peer} Port: {IKE_PORT} Local: {sa.local}\n"
        if sa.state is IkeState.READY:
            text += f" Phase1 id: {peer}\n"
    return text


def show_ikev2_proposal(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto ikev2 proposal`: the configured ones, then the default."""
    config = view.router.config
    blocks = [
        (
            p.name,
            Offer(
                encryption=p.encryption,
                integrity=p.integrity,
                prf=p.prf or p.integrity,
                groups=p.groups,
            ),
        )
        for p in config.crypto.proposals.values()
    ]
    blocks.append((proposals.DEFAULT, proposals.default_offer(config.image)))
    return "".join(
        _ikev2_proposal(name, offer) for name, offer in blocks if args.get("name") in (None, name)
    )


def _ikev2_proposal(name: str, offer: Offer) -> str:
    integrity = " ".join(INTEGRITY.get(word, word.upper()) for word in offer.integrity)
    return (
        f" IKEv2 proposal: {name} \n"
        f"     Encryption : {' '.join(word.upper() for word in offer.encryption)}\n"
        f"     Integrity  : {integrity or 'none'}\n"
        f"     PRF        : {' '.join(word.upper() for word in offer.prf)}\n"
        f"     DH Group   : {' '.join(map(_group, offer.groups))}\n"
    )


def _group(number: int) -> str:
    if number in ECP_BITS:
        return f"DH_GROUP_{ECP_BITS[number]}_ECP/Group {number}"
    return f"DH_GROUP_{MODP_BITS.get(number, 0)}_MODP/Group {number}"


def show_ikev2_policy(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto ikev2 policy`: the configured ones, then the default."""
    rows: list[tuple[str, str, Iterable[str]]] = [
        (policy.name, policy.fvrf or "global", policy.proposals)
        for policy in view.router.config.crypto.policies.values()
    ]
    rows.append((proposals.DEFAULT, "any", (proposals.DEFAULT,)))
    return "".join(
        f" IKEv2 policy : {name}\n      Match fvrf  : {fvrf}\n      Match address local : any\n"
        + "".join(f"      Proposal    : {proposal} \n" for proposal in names)
        for name, fvrf, names in rows
        if args.get("name") in (None, name)
    )


def show_transform_set(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto ipsec transform-set`."""
    known = view.router.config.crypto.transform_sets
    sets = {proposals.DEFAULT: proposals.DEFAULT_TRANSFORM, **known}
    return "".join(_transform_set(s) for s in sets.values() if args.get("name") in (None, s.name))


def _transform_set(known: TransformSet) -> str:
    mode = known.mode.capitalize()
    return (
        f"Transform set {known.name}: {{ {transform_text(known.transforms)}  }} \n"
        f"   will negotiate = {{ {mode},  }}, \n   \n"
    )


def show_ipsec_profile(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto ipsec profile`."""
    known = view.router.config.crypto.ipsec_profiles
    profiles = {proposals.DEFAULT: proposals.DEFAULT_IPSEC_PROFILE, **known}
    return "".join(
        f"IPSEC profile {p.name}\n{_terms(view, p)}\n"
        for p in profiles.values()
        if args.get("name") in (None, p.name)
    )


def _terms(view: View, profile: IpsecProfile, *, dual: bool = False) -> str:
    """Write what a profile asks for, as profiles and crypto maps print it.

    Maps of IOS-XE say whether they serve both families at once.
    """
    both = "\tDualstack (Y/N): N\n" if dual else ""
    crypto = view.router.config.crypto
    sets = "".join(
        f"\t\t{known.name}:  {{ {transform_text(known.transforms)}  }} , \n"
        for known in proposals.transform_sets(crypto, profile)
    )
    pfs = f"Y\n\tDH group:  group{profile.pfs_group}" if profile.pfs_group else "N"
    ike = profile.ikev2_profile
    named = f"\tIKEv2 Profile: {ike}\n" if ike is not None else ""
    return (
        f"{named}\tSecurity association lifetime: "
        f"{KEY_LIFE_KB} kilobytes/{profile.lifetime_s} seconds\n"
        f"{both}\tResponder-Only (Y/N): N\n\tPFS (Y/N): {pfs}\n"
        f"\tMixed-mode : Disabled\n\tTransform sets={{ \n{sets}\t}}\n"
    )


def show_map(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto map`: the one of every protected tunnel, an entry for every peer."""
    text = ""
    xe = view.router.image.xe
    family = "IPv4 " if xe else ""
    for guard in proposals.protections(view.router.config):
        name = f"{guard.tunnel}-head-0"
        text += f'Crypto Map {family}"{name}" {FIRST_MAP} ipsec-isakmp\n\tProfile name: '
        text += f"{guard.profile.name}\n{_terms(view, guard.profile, dual=xe)}\n"
        peers = [
            socket
            for (tunnel, _), socket in view.router.crypto.sockets.items()
            if tunnel == guard.tunnel
        ]
        for number, socket in enumerate(peers, FIRST_MAP + 1):
            text += (
                f'Crypto Map {family}"{name}" {number} ipsec-isakmp\n\tMap is a PROFILE INSTANCE.\n'
                f"\tPeer = {socket.remote}\n\tExtended IP access list \n"
                f"\t    access-list  permit gre host {socket.local} host {socket.remote}\n"
                f"\tCurrent peer: {socket.remote}\n{_terms(view, guard.profile, dual=xe)}"
                "\tAlways create SAs\n"
            )
        text += f"\tInterfaces using crypto map {name}:\n\t\t{guard.tunnel}\n\n"
    return text or "No crypto maps found.\n"
