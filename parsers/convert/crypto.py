"""Rows of `show crypto ...` about sessions and IKE -> records."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import (
    CryptoSession,
    CryptoSessionBrief,
    IkeSa,
    Ikev2ChildSa,
    Ikev2Sa,
    Ikev2Selector,
    Ikev2Session,
    IpsecFlow,
    IsakmpSa,
    IsakmpSaDetail,
    SessionFlag,
)
from parsers.values import (
    address,
    address_or_text,
    duration,
    lines,
    network,
    number,
    optional_address,
    word,
)

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
            session.flows.append(ipsec_flow(row))
        else:
            session.ike_sas.append(ike_sa(row))
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


def ike_sa(row: Row) -> IkeSa:
    """Read an association of phase 1 in a session; `show dmvpn detail` prints the same."""
    return IkeSa(
        version=_IKE_VERSION[row["IKE"]],
        session_id=number(row["SESSION_ID"]),
        local_address=address(row["LOCAL"]),
        local_port=int(row["LOCAL_PORT"]),
        remote_address=address(row["REMOTE"]),
        remote_port=int(row["REMOTE_PORT"]),
        state=row["IKE_STATE"],
        capabilities=word(row["CAPABILITIES"]),
        connection_id=number(row["CONNECTION"]),
        lifetime_s=_lifetime(row["LIFETIME"]),
    )


def _lifetime(text: str) -> int | None:
    """Read a lifetime; an association that was never built has 0, without a unit."""
    return 0 if text == "0" else duration(text)


def ipsec_flow(row: Row) -> IpsecFlow:
    """Read a flow of a session; `show dmvpn detail` prints the same."""
    refuse_if(not row["SAS"], "a flow without its associations")
    return IpsecFlow(
        flow=row["FLOW"],
        active_sas=int(row["SAS"]),
        origin=row["ORIGIN"],
        decrypted_packets=number(row["DECRYPTED"]),
        inbound_drops=number(row["IN_DROPS"]),
        inbound_life_kb=_volume(row["IN_KB"]),
        inbound_life_s=number(row["IN_SECONDS"]),
        encrypted_packets=number(row["ENCRYPTED"]),
        outbound_drops=number(row["OUT_DROPS"]),
        outbound_life_kb=_volume(row["OUT_KB"]),
        outbound_life_s=number(row["OUT_SECONDS"]),
    )


def _volume(text: str) -> int | None:
    return None if text.startswith("KB") else number(text)


def session_brief(row: Row) -> CryptoSessionBrief:
    """Read one session of the table."""
    names = row["NAMES"].split()
    refuse_if(not names and not row["STATUS"], "a session without its status")
    return CryptoSessionBrief(
        ivrf=word(row["IVRF"]),
        peer_address=address(row["PEER"]),
        interface=row["INTERFACE"],
        username=names[0] if len(names) > 1 else None,
        phase1_id=names[-1] if names else None,
        uptime_s=duration(row["UPTIME"]),
        status=tuple(SessionFlag(letter) for letter in row["STATUS"]),
    )


def isakmp_sa(row: Row) -> IsakmpSa:
    """Read one association of phase 1."""
    return IsakmpSa(
        dst_address=address_or_text(row["DST"]),
        src_address=address_or_text(row["SRC"]),
        state=row["STATE"],
        connection_id=int(row["CONNECTION"]),
        slot=number(row["SLOT"]),
        status=row["STATUS"],
        deleted=bool(row["DELETED"]),
    )


def isakmp_sa_detail(row: Row) -> IsakmpSaDetail:
    """Read one association of phase 1 with its algorithms."""
    refuse_if(not row["ENGINE"], "an association without the line of its engine")
    return IsakmpSaDetail(
        connection_id=int(row["CONNECTION"]),
        local_address=address_or_text(row["LOCAL"]),
        remote_address=address_or_text(row["REMOTE"]),
        ivrf=word(row["IVRF"]),
        status=row["STATUS"],
        deleted=bool(row["DELETED"]),
        encryption=word(row["ENCRYPTION"]),
        hash=word(row["HASH"]),
        authentication=word(row["AUTHENTICATION"]),
        dh_group=number(row["GROUP"]),
        lifetime_s=_lifetime(row["LIFETIME"]),
        capabilities=word(row["CAPABILITIES"]),
        engine=None if set(row["ENGINE"]) == {"?"} else row["ENGINE"],
    )


# Blanks are taken out first: a terminal may have wrapped the line at any of its columns.
_PROPOSAL = re.compile(
    r"Encr:(?P<encryption>[^,]+?)(?:,keysize:(?P<key_size>\d+))?(?:,PRF:(?P<prf>[^,]+))?"
    r"(?:,Hash:(?P<hash>[^,]+))?(?:,DHGrp:(?P<dh_group>\d+))?(?:,Authsign:(?P<auth_sign>[^,]+))?"
    r"(?:,Authverify:(?P<auth_verify>[^,]+))?(?P<quantum>,QR)?"
)


def ikev2_sa(row: Row) -> Ikev2Sa:
    """Read one IKEv2 association."""
    proposal = _proposal(row["PROPOSAL"] + row["PROPOSAL_REST"])
    return Ikev2Sa(
        tunnel_id=int(row["TUNNEL_ID"]),
        local_address=address_or_text(row["LOCAL"]),
        local_port=int(row["LOCAL_PORT"]),
        remote_address=address_or_text(row["REMOTE"]),
        remote_port=int(row["REMOTE_PORT"]),
        fvrf=word(row["FVRF"]),
        ivrf=word(row["IVRF"]),
        status=row["STATUS"],
        encryption=word(proposal["encryption"]),
        key_size=number(proposal["key_size"]),
        prf=word(proposal["prf"]),
        hash=word(proposal["hash"]),
        dh_group=number(proposal["dh_group"]),
        auth_sign=word(proposal["auth_sign"]),
        auth_verify=word(proposal["auth_verify"]),
        quantum_resistant=bool(proposal["quantum"]),
        pqc_key_exchange=word(row["PQC"]),
        lifetime_s=number(row["LIFETIME"]),
        active_s=number(row["ACTIVE"]),
        ce_id=number(row["CE_ID"]),
        session_id=number(row["SESSION_ID"]),
        local_spi=word(row["LOCAL_SPI"]),
        remote_spi=word(row["REMOTE_SPI"]),
        status_description=word(row["DESCRIPTION"]),
        local_id=word(row["LOCAL_ID"]),
        remote_id=word(row["REMOTE_ID"]),
        local_req_msg_id=number(row["LOCAL_REQ"]),
        remote_req_msg_id=number(row["REMOTE_REQ"]),
        local_next_msg_id=number(row["LOCAL_NEXT"]),
        remote_next_msg_id=number(row["REMOTE_NEXT"]),
        local_req_queued=number(row["LOCAL_QUEUED"]),
        remote_req_queued=number(row["REMOTE_QUEUED"]),
        local_window=number(row["LOCAL_WINDOW"]),
        remote_window=number(row["REMOTE_WINDOW"]),
        dpd_s=number(row["DPD"]),
        dpd_retry_s=number(row["DPD_RETRY"]),
        fragmentation=_positive(row["FRAGMENTATION"]),
        fragmentation_mtu_bytes=number(row["FRAGMENTATION_MTU"]),
        dynamic_route_update=_positive(row["ROUTE_UPDATE"]),
        extended_authentication=_positive(row["XAUTH"]),
        nat_detected=_positive(row["NAT"]),
        nat_sides=tuple(re.findall("inside|outside", row["NAT"])),
        sgt=_positive(row["SGT"]),
        initiator=row["INITIATOR"] == "Yes" if row["INITIATOR"] else None,
        pushed_address=optional_address(row["PUSHED"]),
        remote_subnets=tuple(network(line) for line in lines(row["SUBNETS"])),
        peer_type=word(row["PEER_TYPE"]),
        local_sys_id=word(row["LOCAL_SYS_ID"]),
        remote_sys_id=word(row["REMOTE_SYS_ID"]),
        notes=lines(row["NOTES"]),
    )


def _proposal(text: str) -> dict[str, str]:
    """Split the line of algorithms; what is not agreed yet is empty."""
    found = _PROPOSAL.fullmatch("".join(text.split()) or "Encr:None")
    if found is None:
        raise ValueError("an association with another line of algorithms")
    unset = {"None", "Unknown-0"}
    return {name: "" if value in unset else value for name, value in found.groupdict("").items()}


def _positive(text: str) -> bool | None:
    """Tell `enabled` from `disabled` and `configured` from `not configured`."""
    return None if not text else "disabled" not in text and "not" not in text.split()


@dataclass
class _Ikev2Session:
    head: Row
    ike_sas: list[Ikev2Sa] = field(default_factory=list)
    child_sas: list[Ikev2ChildSa] = field(default_factory=list)


def ikev2_sessions(rows: Iterable[Row]) -> Iterator[Ikev2Session]:
    """Give each session the associations and children that follow its head."""
    session: _Ikev2Session | None = None
    for row in rows:
        if row["SESSION"]:
            if session:
                yield _ikev2_session(session)
            session = _Ikev2Session(row)
        elif session is None:
            raise ValueError("an association without its session")
        elif row["CHILD"]:
            session.child_sas.append(_child_sa(row))
        else:
            session.ike_sas.append(ikev2_sa(row))
    if session:
        yield _ikev2_session(session)


def _ikev2_session(session: _Ikev2Session) -> Ikev2Session:
    head = session.head
    return Ikev2Session(
        session_id=int(head["SESSION"]),
        status=head["SESSION_STATUS"],
        ike_count=int(head["IKE_COUNT"]),
        child_count=int(head["CHILD_COUNT"]),
        ike_sas=tuple(session.ike_sas),
        child_sas=tuple(session.child_sas),
    )


def _child_sa(row: Row) -> Ikev2ChildSa:
    local, remote = lines(row["LOCAL_SELECTORS"]), lines(row["REMOTE_SELECTORS"])
    refuse_if(not local or len(local) != len(remote), "a child without its selectors")
    refuse_if(not row["SPI_IN"], "a child without its SPIs")
    return Ikev2ChildSa(
        local_selectors=tuple(map(_selector, local)),
        remote_selectors=tuple(map(_selector, remote)),
        esp_spi_in=int(row["SPI_IN"], 16),
        esp_spi_out=int(row["SPI_OUT"], 16),
        details=lines(row["CHILD_DETAILS"]),
    )


def _selector(text: str) -> Ikev2Selector:
    first, last = (end.rpartition("/") for end in text.split(" - "))
    return Ikev2Selector(
        first_address=address_or_text(first[0]),
        first_port=int(first[2]),
        last_address=address_or_text(last[0]),
        last_port=int(last[2]),
    )
