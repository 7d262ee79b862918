"""Commands about crypto."""

from parsers.commands.parser import Parser
from parsers.convert import crypto, each
from parsers.records import CryptoSession, Ikev2Sa

CRYPTO: tuple[Parser, ...] = (
    Parser(
        command="show crypto session",
        syntax="show crypto session [interface <interface>] [detail]",
        template="show_crypto_session",
        records=(CryptoSession,),
        convert=crypto.crypto_sessions,
    ),
    Parser(
        command="show crypto ikev2 sa",
        syntax="show crypto ikev2 sa",
        template="show_crypto_ikev2_sa",
        records=(Ikev2Sa,),
        convert=each(crypto.ikev2_sa),
    ),
)
