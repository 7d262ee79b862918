"""IKE and IPsec."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from labs.twin.addresses import EVERYWHERE, IPNetwork
from labs.twin.commands.crypto import transforms
from labs.twin.device import (
    ISAKMP,
    CryptoConfig,
    Ikev2Peer,
    Ikev2Policy,
    Ikev2Profile,
    Ikev2Proposal,
    IpsecProfile,
    IsakmpPolicy,
    TransformSet,
)
from labs.twin.intake.blocks import value
from labs.twin.tree import Block


def crypto(root: Block) -> CryptoConfig:
    """Read all crypto objects."""
    policies = tuple(
        sorted(map(_isakmp_policy, root.find("crypto isakmp policy")), key=lambda p: p.priority)
    )
    return CryptoConfig(
        proposals={b.line.args["name"]: _proposal(b) for b in root.find("crypto ikev2 proposal")},
        policies={b.line.args["name"]: _policy(b) for b in root.find("crypto ikev2 policy")},
        keyrings={
            b.line.args["name"]: tuple(_peer(p) for p in b.find("peer"))
            for b in root.find("crypto ikev2 keyring")
        }
        | _isakmp_keyrings(root),
        profiles={b.line.args["name"]: _profile(b) for b in root.find("crypto ikev2 profile")}
        | _isakmp_profiles(root, policies),
        isakmp_policies=policies,
        transform_sets={
            b.line.args["name"]: TransformSet(
                name=b.line.args["name"],
                transforms=transforms(b.line.args),
                mode=value(b, "mode", "mode", "tunnel"),
            )
            for b in root.find("crypto ipsec transform-set")
        },
        ipsec_profiles={
            b.line.args["name"]: _ipsec_profile(b) for b in root.find("crypto ipsec profile")
        },
        replay_window=value(
            root, "crypto ipsec security-association replay window-size", "size", None
        ),
    )


def _proposal(block: Block) -> Ikev2Proposal:
    return Ikev2Proposal(
        name=block.line.args["name"],
        encryption=value(block, "encryption", "algorithms", ()),
        integrity=value(block, "integrity", "algorithms", ()),
        prf=value(block, "prf", "algorithms", ()),
        groups=value(block, "group", "groups", ()),
    )


def _policy(block: Block) -> Ikev2Policy:
    return Ikev2Policy(
        name=block.line.args["name"],
        fvrf=value(block, "match fvrf", "vrf", None),
        proposals=tuple(b.line.args["name"] for b in block.find("proposal")),
    )


def _peer(block: Block) -> Ikev2Peer:
    address = block.args("address")
    network: IPNetwork | None = None
    if address is not None:
        network = _network(address, "255.255.255.255")
    both = value(block, "pre-shared-key", "key", None)
    return Ikev2Peer(
        name=block.line.args["name"],
        address=network,
        local_key=value(block, "pre-shared-key local", "key", both),
        remote_key=value(block, "pre-shared-key remote", "key", both),
    )


def _network(args: Mapping[str, Any], whole: str) -> IPNetwork:
    """Give the prefix of a line; `whole` is the mask of IPv4 when none is typed."""
    if "prefix" in args:
        prefix: IPNetwork = args["prefix"]
        return prefix
    return IPv4Network((args["address"], str(args.get("mask", whole))), strict=False)


def _match(args: Mapping[str, Any]) -> IPNetwork:
    """Give the prefix of a `match identity remote`; without a mask 0.0.0.0 is everybody."""
    everybody = "address" in args and int(args["address"]) == 0
    return _network(args, "0.0.0.0" if everybody else "255.255.255.255")  # noqa: S104


def _profile(block: Block) -> Ikev2Profile:
    dpd = block.args("dpd")
    return Ikev2Profile(
        name=block.line.args["name"],
        fvrf=value(block, "match fvrf", "vrf", None),
        match_remote=tuple(
            _match(b.line.args) for b in block.find("match identity remote address")
        ),
        auth_local=value(block, "authentication local", "method", None),
        auth_remote=value(block, "authentication remote", "method", None),
        keyring=value(block, "keyring local", "name", None),
        dpd=(dpd["interval"], dpd["retry"], dpd["when"]) if dpd else None,
        lifetime_s=value(block, "lifetime", "seconds", 86400),
    )


def _ipsec_profile(block: Block) -> IpsecProfile:
    pfs = block.args("set pfs")
    group = None if pfs is None else int(str(pfs.get("group", "group1"))[5:])
    return IpsecProfile(
        name=block.line.args["name"],
        transform_sets=value(block, "set transform-set", "names", ()),
        ikev2_profile=value(block, "set ikev2-profile", "name", None),
        isakmp_profile=value(block, "set isakmp-profile", "name", None),
        pfs_group=group,
        lifetime_s=value(block, "set security-association lifetime seconds", "seconds", 3600),
    )


def _isakmp_policy(block: Block) -> IsakmpPolicy:
    cipher = str(value(block, "encryption", "cipher", "des"))
    bits = value(block, "encryption", "bits", 128)
    digest = str(value(block, "hash", "digest", "sha"))
    return IsakmpPolicy(
        priority=block.line.args["priority"],
        encryption=f"aes-cbc-{bits}" if cipher == "aes" else cipher,
        integrity="sha1" if digest == "sha" else digest,
        group=int(value(block, "group", "group", 1)),
        authentication=value(block, "authentication", "method", "rsa-sig"),
        lifetime_s=value(block, "lifetime", "seconds", 86400),
    )


def _isakmp_key(args: Mapping[str, Any]) -> Ikev2Peer:
    network = _match(args)
    return Ikev2Peer(
        name=str(network), address=network, local_key=args["key"], remote_key=args["key"]
    )


def _isakmp_keyrings(root: Block) -> dict[str, tuple[Ikev2Peer, ...]]:
    """Give the keyrings of IKEv1; the one without a name holds `crypto isakmp key`."""
    found = {
        f"{ISAKMP}{b.line.args['name']}": tuple(
            _isakmp_key(key.line.args) for key in b.find("pre-shared-key address")
        )
        for b in root.find("crypto keyring")
    }
    keys = tuple(_isakmp_key(b.line.args) for b in root.find("crypto isakmp key"))
    return {**found, ISAKMP: keys} if keys else found


def _isakmp_profiles(root: Block, policies: tuple[IsakmpPolicy, ...]) -> dict[str, Ikev2Profile]:
    """Give what IKEv1 has for profiles: those with a name, then the one of `isakmp key`."""
    keepalive = root.args("crypto isakmp keepalive")
    dpd = None
    if keepalive is not None:
        way = str(keepalive.get("when", "on-demand"))
        dpd = (int(keepalive["interval"]), int(keepalive.get("retry", 2)), way)
    lifetime = policies[0].lifetime_s if policies else 86400
    found = {
        f"{ISAKMP}{b.line.args['name']}": Ikev2Profile(
            name=f"{ISAKMP}{b.line.args['name']}",
            version=1,
            fvrf="any",
            match_remote=tuple(_match(m.line.args) for m in b.find("match identity address")),
            auth_local="pre-share",
            auth_remote="pre-share",
            keyring=f"{ISAKMP}{value(b, 'keyring', 'name', '')}",
            dpd=dpd,
            lifetime_s=lifetime,
        )
        for b in root.find("crypto isakmp profile")
    }
    if not policies and not any(root.find("crypto isakmp key")):
        return found
    return found | {
        ISAKMP: Ikev2Profile(
            name=ISAKMP,
            version=1,
            fvrf="any",
            match_remote=tuple(EVERYWHERE.values()),
            auth_local="pre-share",
            auth_remote="pre-share",
            keyring=ISAKMP,
            dpd=dpd,
            lifetime_s=lifetime,
        )
    }
