"""Exec commands that make the router forget: clear ip nhrp, clear crypto session, ..."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from labs.twin.addresses import IPV4, IPV6, Address
from labs.twin.grammar import WrongWord
from labs.twin.nhrp import NhrpEntry
from labs.twin.show.ike import CONN_ID
from labs.twin.show.names import machines

if TYPE_CHECKING:
    from labs.twin.cli.session import Session

Args = Mapping[str, Any]
NO_SUCH_LINE = "%No such line or it is not in use\n"


def clear_nhrp(session: Session, args: Args) -> str:
    """Forget dynamic NHRP entries: all, those of an address or a tunnel, or shortcuts."""
    for tunnel, _ in machines(session.view().router, args):
        session.network.clear_nhrp(
            session.console.name,
            shortcuts="shortcut" in args,
            address=args.get("address"),
            tunnel=tunnel,
            family=args.get("family", IPV4),
        )
    return ""


def of_ipv6(clear: Callable[[Session, Args], str]) -> Callable[[Session, Args], str]:
    """Do a command for the IPv6 overlays."""
    return lambda session, args: clear(session, {**args, "family": IPV6})


def clear_nhrp_counters(session: Session, args: Args) -> str:
    """Set the counters of NHRP packets to nothing."""
    for _, machine in machines(session.view().router, args):
        machine.clear_counters()
    return ""


def clear_nhrp_stats(session: Session, args: Args) -> str:
    """Set the counters of NHRP events to nothing."""
    for _, machine in machines(session.view().router, args):
        machine.clear_stats()
    return ""


def clear_dmvpn(session: Session, args: Args) -> str:
    """End sessions, all or those of a tunnel or a peer: their cache entries and SAs.

    Configured entries stay, unless `static` says to begin them anew.
    """
    network, name = session.network, session.console.name
    static = "static" in args
    peers: dict[Address, None] = {}
    router = session.view().router
    both = (m for f in (IPV4, IPV6) for m in machines(router, {**args, "family": f}))
    for tunnel, machine in both:
        meant = [e for e in machine.cache.values() if e.nbma is not None and _is_meant(e, args)]
        peers |= {e.nbma: None for e in meant if e.nbma is not None and not e.local}
        chosen = dict.fromkeys(e.next_hop for e in meant) if PEER & args.keys() else [None]
        for overlay in chosen:
            network.clear_nhrp(
                name, address=overlay, tunnel=tunnel, static=static, family=machine.end.family
            )
    if args.keys() & (PEER | PLACE):
        for peer in peers:
            network.clear_crypto(name, peer=peer)
    else:
        network.clear_crypto(name)
    return ""


PEER = {"overlay", "nbma"}
PLACE = {"interface", "vrf"}
"""What narrows `clear dmvpn session` to a peer, to a tunnel."""


def _is_meant(entry: NhrpEntry, args: Args) -> bool:
    overlay, nbma = args.get("overlay"), args.get("nbma")
    return overlay in (None, entry.next_hop) and nbma in (None, entry.nbma)


def clear_crypto(session: Session, args: Args) -> str:
    """Tear down the security associations: all, or those with a peer."""
    session.network.clear_crypto(session.console.name, peer=args.get("peer"))
    return ""


def clear_isakmp(session: Session, args: Args) -> str:
    """Tear down what IKEv1 made; a connection id names one SA of it."""
    number = args.get("connection")
    sas = session.view().router.crypto.sas
    if number is None:
        session.network.clear_crypto(session.console.name, version=1)
    elif (sa := sas.get(number - CONN_ID)) is not None and sa.version == 1:
        session.network.clear_crypto(session.console.name, peer=sa.remote, version=1)
    return ""


def clear_ikev2(session: Session, args: Args) -> str:
    """Tear down what IKEv2 made: all, or with a peer."""
    session.network.clear_crypto(session.console.name, peer=args.get("peer"), version=2)
    return ""


def clear_ipsec(session: Session, args: Args) -> str:
    """Tear down the SA pairs and leave IKE: all, or those with a peer."""
    session.network.clear_ipsec(session.console.name, peer=args.get("peer"))
    return ""


def clear_ipsec_counters(session: Session, args: Args) -> str:
    """Count the packets of SA pairs from nothing again."""
    session.view().router.crypto.clear_counters()
    return ""


def clear_eigrp(session: Session, args: Args) -> str:
    """Drop EIGRP neighbours, or ask them to tell everything again."""
    words = ("vrf", "asn", "address", "interface")
    which = {word: args[word] for word in words if word in args}
    session.network.clear_eigrp(session.console.name, soft="soft" in args, **which)
    return ""


def clear_bgp(session: Session, args: Args) -> str:
    """Reset the BGP sessions: all, or that with a peer."""
    peer = args.get("peer")
    bgp = session.view().router.bgp
    if peer is not None and (bgp is None or peer not in bgp.neighbors):
        return "%BGP: Unknown neighbor - " + f'"{peer}"\n'
    session.network.clear_bgp(session.console.name, peer=peer)
    return ""


def clear_softly(session: Session, args: Args) -> str:
    """Apply the policy of BGP again."""
    ways = (args["way"],) if "way" in args else ("in", "out")
    session.network.clear_bgp_softly(session.console.name, peer=args.get("peer"), ways=ways)
    return ""


def clear_derived(session: Session, args: Args) -> str:
    """Drop routes or ARP entries: the twin works them out from what stands, so they are back."""
    return ""


def clear_logging(session: Session, args: Args) -> str:
    """Empty the log."""
    return session.confirm("Clear logging buffer [confirm]", session.view().router.log.clear)


def clear_counters(session: Session, args: Args) -> str:
    """Set the counters of interfaces to nothing."""
    ports = session.view().router.ports
    name = args.get("name")
    if name is not None and name not in ports:
        raise WrongWord("name")
    meant = [ports[name]] if name is not None else list(ports.values())

    def clear() -> None:
        for port in meant:
            port.clear_counters()

    which = "this interface" if name is not None else "all interfaces"
    return session.confirm(f'Clear "show interface" counters on {which} [confirm]', clear)


def clear_line(session: Session, args: Args) -> str:
    """End another terminal session."""
    line = f"vty {args['number']}"
    other = next((s for s in session.console.sessions if s.line == line), None)
    if other is None:
        return NO_SUCH_LINE

    def answer(text: str) -> str:
        if text.lower() not in ("", "y", "yes"):
            return ""
        session.console.close(other)
        return " [OK]\n"

    return session.ask("[confirm]", answer)
