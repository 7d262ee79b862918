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


def listening(around: Surroundings, peer: Peer) -> Protection | None:
    """Find a tunnel that makes us listen for IKE from a peer."""
    return next((g for g in between(around, peer) if g.profile.ikev2_profile is not None), None)


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
