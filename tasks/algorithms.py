"""SSH algorithms of old IOS, put back last in the order.

Paramiko 5 dropped SHA-1; IOS 15.x in its default configuration offers nothing else. An image
that speaks newer algorithms never meets these: the client's order decides.
"""

from hashlib import sha1
from typing import Any

import paramiko
from cryptography.hazmat.primitives import hashes
from paramiko.kex_gex import KexGexSHA256
from paramiko.kex_group14 import KexGroup14SHA256


class Kex14Sha1(KexGroup14SHA256):
    """diffie-hellman-group14-sha1 (RFC 4253)."""

    name = "diffie-hellman-group14-sha1"
    hash_algo = sha1


class KexGexSha1(KexGexSHA256):
    """diffie-hellman-group-exchange-sha1 (RFC 4419)."""

    name = "diffie-hellman-group-exchange-sha1"
    hash_algo = sha1


class Kex1Sha1(KexGroup14SHA256):
    """diffie-hellman-group1-sha1, all that IOS 12.4 has."""

    name = "diffie-hellman-group1-sha1"
    hash_algo = sha1
    # RFC 2409 section 6.2, the second Oakley group.
    P = int(
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
        "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
        "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
        "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
        16,
    )


_OLD_KEX = {kex.name: kex for kex in (Kex14Sha1, KexGexSha1, Kex1Sha1)}
_OLD_RSA = type(
    "RsaSha1Key", (paramiko.RSAKey,), {"HASHES": {**paramiko.RSAKey.HASHES, "ssh-rsa": hashes.SHA1}}
)


def ios_transport(
    sock: Any, /, *, disabled_algorithms: Any = None, **options: Any
) -> paramiko.Transport:
    """Make a transport that also speaks what old IOS speaks; paramiko's `transport_factory`."""
    transport = paramiko.Transport(sock, disabled_algorithms=disabled_algorithms, **options)
    known = vars(paramiko.Transport)
    vars(transport).update(
        _kex_info={**known["_kex_info"], **_OLD_KEX},
        _preferred_kex=(*known["_preferred_kex"], *_OLD_KEX),
        _key_info={**known["_key_info"], "ssh-rsa": _OLD_RSA},
        _preferred_keys=(*known["_preferred_keys"], "ssh-rsa"),
    )
    return transport
