"""Commands about crypto."""

from parsers.commands.parser import Parser
from parsers.convert import crypto, each, ipsec
from parsers.records import (
    CryptoSession,
    CryptoSessionBrief,
    CryptoSocket,
    CryptoSocketListener,
    Ikev2Sa,
    Ikev2Session,
    IpsecPeer,
    IsakmpSa,
    IsakmpSaDetail,
    TunnelProtectionCounter,
)

_WHICH_SESSION = (
    "[local <ip>] [remote <ip>] [interface <interface>] [fvrf <word>] [ivrf <word>]"
    " [username <word>] [groups <word>]"
)

CRYPTO: tuple[Parser, ...] = (
    Parser(
        command="show crypto session",
        syntax=f"show crypto session {_WHICH_SESSION} [detail]",
        template="show_crypto_session",
        records=(CryptoSession,),
        convert=crypto.crypto_sessions,
    ),
    Parser(
        command="show crypto session brief",
        syntax=f"show crypto session {_WHICH_SESSION} brief",
        template="show_crypto_session_brief",
        records=(CryptoSessionBrief,),
        convert=each(crypto.session_brief),
    ),
    Parser(
        command="show crypto ikev2 sa",
        syntax="show crypto ikev2 sa [local <ip>] [remote <ip>] [fvrf <word>] [detailed]",
        template="show_crypto_ikev2_sa",
        records=(Ikev2Sa,),
        convert=each(crypto.ikev2_sa),
    ),
    Parser(
        command="show crypto ikev2 session",
        syntax="show crypto ikev2 session [detailed]",
        template="show_crypto_ikev2_session",
        records=(Ikev2Session,),
        convert=crypto.ikev2_sessions,
    ),
    Parser(
        command="show crypto isakmp sa",
        syntax="show crypto isakmp sa [vrf <word>] [active | standby]",
        template="show_crypto_isakmp_sa",
        records=(IsakmpSa,),
        convert=each(crypto.isakmp_sa),
    ),
    Parser(
        command="show crypto isakmp sa detail",
        syntax="show crypto isakmp sa [vrf <word>] detail",
        template="show_crypto_isakmp_sa_detail",
        records=(IsakmpSaDetail,),
        convert=each(crypto.isakmp_sa_detail),
    ),
    Parser(
        command="show crypto ipsec sa",
        syntax="show crypto ipsec sa [vrf <word>] [interface <interface>]"
        " [peer <ip> [port <word>]] [ipv6 | map <word>] [detail]",
        template="show_crypto_ipsec_sa",
        records=(IpsecPeer,),
        convert=ipsec.ipsec_peers,
    ),
    Parser(
        command="show crypto sockets",
        syntax="show crypto sockets",
        template="show_crypto_sockets",
        records=(CryptoSocket, CryptoSocketListener),
        convert=ipsec.crypto_sockets,
    ),
    Parser(
        command="show tunnel protection statistics",
        syntax="show tunnel protection statistics",
        template="show_tunnel_protection_statistics",
        records=(TunnelProtectionCounter,),
        convert=ipsec.protection_counters,
    ),
)
