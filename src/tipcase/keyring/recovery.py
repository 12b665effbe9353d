"""The recovery seed: 32 bytes, printed once, that bring a casebook back when all keys are lost.

The seed is written in groups of the letters and digits that people do not mistake for each other
(Crockford's base 32), with a checksum, so that a slip of the pen is found before it is trusted.
From it come an age identity of the casebook's kind and a signing key, by HKDF-SHA-256 (RFC 5869)
with an own label for each.
"""

from __future__ import annotations

import hashlib
import secrets

from tipcase import age, sshsig
from tipcase.errors import UsageError
from tipcase.keyring.person import Person

HANDLE = "recovery"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SEED_BYTES = 32
_CHECK_BYTES = 3
_DIGITS = 56  # 35 bytes of 8 bits in digits of 5 bits
_GROUP = 4
_LABEL = b"tipcase recovery v1 "


def new_seed() -> bytes:
    """A fresh seed of 32 bytes."""
    return secrets.token_bytes(_SEED_BYTES)


def to_words(seed: bytes) -> str:
    """The seed for paper: fourteen groups of four, the checksum included."""
    number = int.from_bytes(seed + _checksum(seed), "big")
    digits = ""
    for _ in range(_DIGITS):
        number, digit = divmod(number, 32)
        digits = _ALPHABET[digit] + digits
    return " ".join(digits[at : at + _GROUP] for at in range(0, _DIGITS, _GROUP))


def letters(text: str) -> str:
    """What somebody typed from paper as digits of a seed: O is 0, I and L are 1, no blanks."""
    plain = "".join(text.upper().replace("-", " ").split())
    return plain.translate(str.maketrans("OIL", "011"))


def is_part(plain: str) -> bool:
    """Whether these can be digits of a seed (see ``letters``): whole groups of the right kind."""
    return 0 < len(plain) <= _DIGITS and len(plain) % _GROUP == 0 and set(plain) <= set(_ALPHABET)


def is_whole(plain: str) -> bool:
    """Whether these are as many digits as a seed has."""
    return len(plain) >= _DIGITS


def from_words(words: str) -> bytes:
    """The seed that somebody typed from paper; ``UsageError`` when the checksum does not fit."""
    plain = letters(words)
    if len(plain) == _DIGITS and all(letter in _ALPHABET for letter in plain):
        number = 0
        for letter in plain:
            number = number * 32 + _ALPHABET.index(letter)
        data = number.to_bytes(_SEED_BYTES + _CHECK_BYTES, "big")
        seed, check = data[:_SEED_BYTES], data[_SEED_BYTES:]
        if check == _checksum(seed):
            return seed
    raise UsageError(
        "this is not a recovery seed: a letter is missing or wrong",
        "type the fourteen groups of four as they stand on the paper",
    )


def person(seed: bytes, keys: str) -> Person:
    """The recovery identity that a seed gives, for a casebook of this kind of keys."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    def derive(label: str) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=_LABEL + label.encode("ascii")).derive(seed)

    identity = age.identity_from_seed(keys, derive(f"age {keys}"))
    return Person(HANDLE, identity, sshsig.SigningKey.from_seed(derive("ssh-ed25519")))


def _checksum(seed: bytes) -> bytes:
    return hashlib.sha256(_LABEL + seed).digest()[:_CHECK_BYTES]
