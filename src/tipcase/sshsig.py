"""Signatures in OpenSSH's SSHSIG format (PROTOCOL.sshsig), by Ed25519 keys only.

Everything in such a signature but its last 64 bytes follows from the key and the namespace:
version 1, nothing reserved, SHA-512. So a signature is taken only if all of that is byte for byte
what it must be, and `ssh-keygen -Y verify` agrees.
"""

from __future__ import annotations

import binascii
import hashlib
import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NoReturn

from tipcase.errors import DamagedError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

_MAGIC = b"SSHSIG"
_VERSION = (1).to_bytes(4, "big")
_ALGORITHM = b"ssh-ed25519"
_HASH = b"sha512"
_KEY_SIZE = 32
_SIGNATURE_SIZE = 64
_COLUMNS = 70
# More keys than any office has staff: parsing one costs as much as a tenth of a verification.
_CACHED_KEYS = 1_024
# The signatures of a few cases; one weighs 300 bytes.
_CACHED_CHECKS = 4_096


class SignatureError(DamagedError):
    """A signature that is not by this key over this message in this namespace."""


@dataclass(frozen=True, repr=False)
class SigningKey:
    """An Ed25519 key, made from a seed of 32 bytes; `repr` shows the public half only."""

    seed: bytes

    def __post_init__(self) -> None:
        if len(self.seed) != _KEY_SIZE:
            raise UsageError(f"the seed of a signing key has {_KEY_SIZE} bytes")

    @classmethod
    def generate(cls) -> SigningKey:
        """Make a new key from the system's randomness."""
        return cls(os.urandom(_KEY_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """The key that belongs to a seed of 32 bytes."""
        return cls(bytes(seed))

    def __repr__(self) -> str:
        return f"<signing key of {self.public}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret key is not pickled")

    @cached_property
    def public(self) -> str:
        """The public key as OpenSSH writes it, "ssh-ed25519 AAAA…", without a comment."""
        raw = self._private.public_key().public_bytes_raw()
        blob = _string(_ALGORITHM) + _string(raw)
        return f"ssh-ed25519 {binascii.b2a_base64(blob, newline=False).decode('ascii')}"

    def sign(self, namespace: str, message: bytes) -> bytes:
        """Sign a message; returns the raw signature blob, which `armor` makes a text of."""
        start = _start(self.public, namespace)
        return start + self._private.sign(_signed_data(namespace, message))

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed)


def verify(public: str, namespace: str, message: bytes, signature: bytes) -> None:
    """Return if the signature is by this key over this message in this namespace.

    `public` is "ssh-ed25519 AAAA…" without a comment. Raises SignatureError for everything else,
    a public key that is malformed included.
    """
    from cryptography.exceptions import InvalidSignature

    start = _start(public, namespace)
    if len(signature) != len(start) + _SIGNATURE_SIZE or not signature.startswith(start):
        raise SignatureError("a signature is damaged, or by another key, or for another purpose")
    try:
        _check(public, signature[len(start) :], _signed_data(namespace, message))
    except InvalidSignature:
        raise SignatureError("a signature does not fit what it is said to sign") from None


@lru_cache(maxsize=_CACHED_KEYS)
def size(namespace: str) -> int:
    """How many bytes every signature in a namespace has."""
    fields = (_HASH, _ALGORITHM, _ALGORITHM, namespace.encode("utf-8"), b"")
    # The public blob, the signature blob, and the two strings inside them that are not the
    # algorithm's name, each behind a length of four bytes.
    lengths = 4 * (len(fields) + 4)
    texts = sum(map(len, fields))
    return len(_MAGIC) + len(_VERSION) + lengths + texts + _KEY_SIZE + _SIGNATURE_SIZE


def armor(signature: bytes) -> str:
    """Write a signature as the text that `ssh-keygen -Y verify` reads."""
    text = binascii.b2a_base64(signature, newline=False).decode("ascii")
    lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
    return "\n".join(("-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""))


def _signed_data(namespace: str, message: bytes) -> bytes:
    return _signed_start(namespace) + hashlib.sha512(message).digest()


@lru_cache(maxsize=_CACHED_KEYS)
def _signed_start(namespace: str) -> bytes:
    """All of what is signed but the SHA-512 of the message."""
    return b"".join(
        (
            _MAGIC,
            _string(namespace.encode("utf-8")),
            _string(b""),
            _string(_HASH),
            hashlib.sha512().digest_size.to_bytes(4, "big"),
        )
    )


@lru_cache(maxsize=_CACHED_CHECKS)
def _check(public: str, signature: bytes, signed: bytes) -> None:
    """Raise InvalidSignature unless the 64 bytes are by this key over exactly these bytes.

    Only what held is remembered, and only in this process: a command that writes reads the journal
    of its case more than once.
    """
    _public_key(public).verify(signature, signed)


@lru_cache(maxsize=_CACHED_KEYS)
def _start(public: str, namespace: str) -> bytes:
    """All of a signature blob but the 64 bytes of Ed25519."""
    if not namespace:
        raise UsageError("a signature needs a namespace")
    return b"".join(
        (
            _MAGIC,
            _VERSION,
            _string(_public_blob(public)),
            _string(namespace.encode("utf-8")),
            _string(b""),
            _string(_HASH),
            # The length of what follows: the algorithm, and the signature's own string.
            (4 + len(_ALGORITHM) + 4 + _SIGNATURE_SIZE).to_bytes(4, "big"),
            _string(_ALGORITHM),
            _SIGNATURE_SIZE.to_bytes(4, "big"),
        )
    )


@lru_cache(maxsize=_CACHED_KEYS)
def _public_key(public: str) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(_public_blob(public)[-_KEY_SIZE:])


def _public_blob(public: str) -> bytes:
    """The bytes of a public key; raises SignatureError unless written canonically."""
    algorithm, _, text = public.partition(" ")
    try:
        blob = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        blob = b""
    start = _string(_ALGORITHM) + _KEY_SIZE.to_bytes(4, "big")
    canonical = binascii.b2a_base64(blob, newline=False).decode("ascii") == text
    well_formed = len(blob) == len(start) + _KEY_SIZE and blob.startswith(start)
    if algorithm != "ssh-ed25519" or not canonical or not well_formed:
        raise SignatureError(
            "a signing key is not an ssh-ed25519 key", 'it reads "ssh-ed25519 AAAA…"'
        )
    return blob


def _string(content: bytes) -> bytes:
    """A string of the SSH protocol: its length in four bytes, and itself (RFC 4251)."""
    return len(content).to_bytes(4, "big") + content
