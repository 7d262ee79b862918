"""Which protected tunnels of a router run between two addresses."""

from labs.twin.crypto.associations import Peer
from labs.twin.crypto.proposals import Protection, protections
from labs.twin.effects import Surroundings


def between(around: Surroundings, peer: Peer) -> list[Protection]:
    """Find the protected tunnels that run between two addresses."""
    local, remote, vrf = peer
    return [
        guard
        for guard in protections(around.config)
        if guard.vrf == vrf
        and (guard.multipoint or guard.destination == remote)
        and around.nbma_source(guard.tunnel) == local
    ]


def listening(around: Surroundings, peer: Peer, version: int) -> Protection | None:
    """Find a tunnel that makes us listen for IKE of a version from a peer."""
    profiles = around.config.crypto.profiles
    return next(
        (
            guard
            for guard in between(around, peer)
            if (guard.profile.ikev2_profile is None) == (version == 1)
            and (version == 2 or guard.profile.ike in profiles)
        ),
        None,
    )


def sharing(around: Surroundings, guard: Protection) -> tuple[str, ...]:
    """List the tunnels that use one SA pair: all `shared` ones of a profile and source."""
    if not guard.shared:
        return (guard.tunnel,)
    source = around.nbma_source(guard.tunnel)
    return tuple(
        other.tunnel
        for other in protections(around.config)
        if other.shared
        and other.profile.name == guard.profile.name
        and around.nbma_source(other.tunnel) == source
    )
