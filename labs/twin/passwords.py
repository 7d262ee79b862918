"""Secrets as a running-config keeps them: IOS types 0, 4, 5, 7, 8 and 9.

Algorithms and layouts: reference table checked against known password and hash pairs. Salts are
given by the caller; nothing here draws chance.
"""

import base64
import hashlib
import hmac
from enum import IntEnum

CISCO_64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
STANDARD_64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_CISCO = str.maketrans(STANDARD_64, CISCO_64)
TYPE_7_KEY = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"
SALT_LENGTH = 14
MD5_SALT_LENGTH = 4


class Algorithm(IntEnum):
    """The types of `secret` and `password`."""

    CLEAR = 0
    SHA256 = 4
    MD5 = 5
    VIGENERE = 7
    PBKDF2 = 8
    SCRYPT = 9


def _cisco64(digest: bytes) -> str:
    return base64.b64encode(digest).decode().rstrip("=").translate(_TO_CISCO)


def make_salt(seed: str, length: int = SALT_LENGTH) -> str:
    """Make a salt of letters and digits from a seed."""
    return _cisco64(hashlib.sha256(seed.encode()).digest())[:length]


def hash_secret(algorithm: Algorithm, password: str, seed: str) -> str:
    """Give the text that follows `secret <type> `."""
    match algorithm:
        case Algorithm.SCRYPT:
            salt = make_salt(seed)
            return f"$9${salt}${_scrypt(password, salt)}"
        case Algorithm.PBKDF2:
            salt = make_salt(seed)
            return f"$8${salt}${_pbkdf2(password, salt)}"
        case Algorithm.MD5:
            return _md5_crypt(password, make_salt(seed, MD5_SALT_LENGTH))
        case Algorithm.SHA256:
            return _cisco64(hashlib.sha256(password.encode()).digest())
        case Algorithm.VIGENERE:
            return encode_7(password, sum(seed.encode()) % 16)
        case Algorithm.CLEAR:
            return password


def verify(algorithm: int, stored: str, password: str) -> bool:
    """Tell whether a password belongs to what is stored; a malformed hash fits none."""
    if algorithm == Algorithm.VIGENERE:
        clear = decode_7(stored)
        return clear is not None and _same(clear, password)
    if algorithm == Algorithm.CLEAR:
        return _same(stored, password)
    if algorithm == Algorithm.SHA256:
        return _same(stored, hash_secret(Algorithm.SHA256, password, ""))
    parts = stored.split("$")
    if len(parts) != 4:
        return False
    salt = parts[2]
    match algorithm:
        case Algorithm.SCRYPT:
            return _same(parts[3], _scrypt(password, salt))
        case Algorithm.PBKDF2:
            return _same(parts[3], _pbkdf2(password, salt))
        case Algorithm.MD5:
            return _same(stored, _md5_crypt(password, salt))
    return False


def _same(a: str, b: str) -> bool:
    return hmac.compare_digest(a.encode(), b.encode())


def _scrypt(password: str, salt: str) -> str:
    return _cisco64(
        hashlib.scrypt(password.encode(), salt=salt.encode(), n=16384, r=1, p=1, dklen=32)
    )


def _pbkdf2(password: str, salt: str) -> str:
    return _cisco64(hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 20000, 32))


def encode_7(password: str, offset: int) -> str:
    """Encode as type 7."""
    mixed = bytes(
        byte ^ TYPE_7_KEY[(offset + at) % len(TYPE_7_KEY)]
        for at, byte in enumerate(password.encode())
    )
    return f"{offset:02d}{mixed.hex().upper()}"


def decode_7(stored: str) -> str | None:
    """Decode type 7; None if it is malformed."""
    try:
        offset, mixed = int(stored[:2]), bytes.fromhex(stored[2:])
        return bytes(
            byte ^ TYPE_7_KEY[(offset + at) % len(TYPE_7_KEY)] for at, byte in enumerate(mixed)
        ).decode()
    except ValueError:
        return None


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _md5_crypt(password: str, salt: str) -> str:
    """Compute Poul-Henning Kamp's MD5 crypt, as `openssl passwd -1` does."""
    pw, sl = password.encode(), salt.encode()[:8]
    inner = _md5(pw + sl + pw)
    data = pw + b"$1$" + sl + (inner * (len(pw) // 16 + 1))[: len(pw)]
    length = len(pw)
    while length:
        data += b"\0" if length & 1 else pw[:1]
        length >>= 1
    digest = _md5(data)
    for turn in range(1000):
        mix = (pw if turn & 1 else digest) + (sl if turn % 3 else b"") + (pw if turn % 7 else b"")
        digest = _md5(mix + (digest if turn & 1 else pw))
    return f"$1${salt}${_md5_letters(digest)}"


def _md5_letters(digest: bytes) -> str:
    groups = ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5))
    letters = ""
    for a, b, c in groups:
        value = digest[a] << 16 | digest[b] << 8 | digest[c]
        letters += "".join(CISCO_64[value >> shift & 63] for shift in (0, 6, 12, 18))
    return letters + CISCO_64[digest[11] & 63] + CISCO_64[digest[11] >> 6]
