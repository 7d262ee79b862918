"""Rows of `show crypto ...` -> records."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import CryptoSession, IkeSa, Ikev2Sa, IpsecFlow
from parsers.values import address, duration, number, optional_address, word

_IKE_VERSION = {"IKE": None, "IKEv1": 1, "IKEv2": 2}


@dataclass
class _Session:
    head: Row
    ike_sas: list[IkeSa] = field(default_factory=list)
    flows: list[IpsecFlow] = field(default_factory=list)


def crypto_sessions(rows: Iterable[Row]) -> Iterator[CryptoSession]:
    """Give each session the associations and flows that follow its head."""
    session: _Session | None = None
    for row in rows:
        if row["INTERFACE"]:
            if session:
                yield _crypto_session(session)
            session = _Session(row)
        elif session is None:
            raise ValueError("an association without its session")
        elif row["FLOW"]:
            session.flows.append(_flow(row))
        else:
            session.ike_sas.append(_ike_sa(row))
    if session:
        yield _crypto_session(session)


def _crypto_session(session: _Session) -> CryptoSession:
    head = session.head
    refuse_if(not head["STATUS"] or not head["PEER"], "a session without status and peer")
    return CryptoSession(
        interface=head["INTERFACE"],
        status=head["STATUS"],
        peer_address=address(head["PEER"]),
        peer_port=int(head["PORT"]),
        ike_sas=tuple(session.ike_sas),
        flows=tuple(session.flows),
        profile=word(head["PROFILE"]),
        username=word(head["USERNAME"]),
        group=word(head["GROUP"]),
        assigned_address=optional_address(head["ASSIGNED"]),
        uptime_s=duration(head["UPTIME"]),
        fvrf=word(head["FVRF"]),
        ivrf=word(head["IVRF"]),
        phase1_id=word(head["PHASE1_ID"]),
        description=word(head["DESCRIPTION"]),
    )


def _ike_sa(row: Row) -> IkeSa:
    return IkeSa(
        version=_IKE_VERSION[row["IKE"]],
        session_id=number(row["SESSION_ID"]),
        local_address=address(row["LOCAL"]),
        local_port=int(row["LOCAL_PORT"]),
        remote_address=address(row["REMOTE"]),
        remote_port=int(row["REMOTE_PORT"]),
        state=row["STATE"],
        capabilities=word(row["CAPABILITIES"]),
        connection_id=number(row["CONNECTION"]),
        lifetime_s=duration(row["LIFETIME"]),
    )


def _flow(row: Row) -> IpsecFlow:
    refuse_if(not row["SAS"], "a flow without its associations")
    return IpsecFlow(
        flow=row["FLOW"],
        active_sas=int(row["SAS"]),
        origin=row["ORIGIN"],
        decrypted_packets=number(row["DECRYPTED"]),
        inbound_drops=number(row["IN_DROPS"]),
        inbound_life=word(row["IN_LIFE"]),
        encrypted_packets=number(row["ENCRYPTED"]),
        outbound_drops=number(row["OUT_DROPS"]),
        outbound_life=word(row["OUT_LIFE"]),
    )


def ikev2_sa(row: Row) -> Ikev2Sa:
    """Read one IKEv2 association."""
    return Ikev2Sa(
        tunnel_id=int(row["TUNNEL_ID"]),
        local_address=address(row["LOCAL"]),
        local_port=int(row["LOCAL_PORT"]),
        remote_address=address(row["REMOTE"]),
        remote_port=int(row["REMOTE_PORT"]),
        fvrf=word(row["FVRF"]),
        ivrf=word(row["IVRF"]),
        status=row["STATUS"],
        encryption=word(row["ENCRYPTION"]),
        key_size=number(row["KEY_SIZE"]),
        prf=word(row["PRF"]),
        hash=word(row["HASH"]),
        dh_group=number(row["GROUP"]),
        auth_sign=word(row["SIGN"]),
        auth_verify=word(row["VERIFY"]),
        lifetime_s=number(row["LIFETIME"]),
        active_s=number(row["ACTIVE"]),
        ce_id=number(row["CE_ID"]),
        session_id=number(row["SESSION_ID"]),
        local_spi=word(row["LOCAL_SPI"]),
        remote_spi=word(row["REMOTE_SPI"]),
    )
