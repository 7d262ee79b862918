"""IKEv2 and IPsec."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from labs.twin.commands.crypto import transforms
from labs.twin.device import (
    CryptoConfig,
    Ikev2Peer,
    Ikev2Policy,
    Ikev2Profile,
    Ikev2Proposal,
    IpsecProfile,
    TransformSet,
)
from labs.twin.intake.blocks import value
from labs.twin.tree import Block


def crypto(root: Block) -> CryptoConfig:
    """Read all crypto objects."""
    return CryptoConfig(
        proposals={b.line.args["name"]: _proposal(b) for b in root.find("crypto ikev2 proposal")},
        policies={b.line.args["name"]: _policy(b) for b in root.find("crypto ikev2 policy")},
        keyrings={
            b.line.args["name"]: tuple(_peer(p) for p in b.find("peer"))
            for b in root.find("crypto ikev2 keyring")
        },
        profiles={b.line.args["name"]: _profile(b) for b in root.find("crypto ikev2 profile")},
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
    network = None
    if address is not None:
        mask = address.get("mask") or IPv4Address("255.255.255.255")
        network = IPv4Network((address["address"], str(mask)), strict=False)
    both = value(block, "pre-shared-key", "key", None)
    return Ikev2Peer(
        name=block.line.args["name"],
        address=network,
        local_key=value(block, "pre-shared-key local", "key", both),
        remote_key=value(block, "pre-shared-key remote", "key", both),
    )


def _match(args: Mapping[str, Any]) -> IPv4Network:
    """Give the prefix of a `match identity remote`; without a mask 0.0.0.0 is everybody."""
    whole = "0.0.0.0" if int(args["address"]) == 0 else "255.255.255.255"  # noqa: S104
    return IPv4Network((args["address"], str(args.get("mask", whole))), strict=False)


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
        pfs_group=group,
        lifetime_s=value(block, "set security-association lifetime seconds", "seconds", 3600),
    )
