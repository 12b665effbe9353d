"""How keys are derived and how a file key is wrapped: HKDF-SHA-256 and ChaCha20-Poly1305."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from tipcase.age.errors import HeaderError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

FILE_KEY_SIZE = 16
# The file key and a tag. A longer body could hold a ciphertext made to open under several keys
# (a partitioning oracle), so the length is checked before anything is decrypted.
BODY_SIZE = FILE_KEY_SIZE + 16

# Every wrapping key wraps one file key and is never used again.
_NONCE = bytes(12)

_BLOCK_SIZE = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


def derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """Derive 32 bytes by HKDF-SHA-256 (RFC 5869)."""
    return mac(mac(salt, secret), info + b"\x01")


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104).

    Written out: a batch derives three keys a file, and what libraries do around four hashes of so
    few bytes takes them several times as long.
    """
    if len(key) > _BLOCK_SIZE:
        key = sha256(key).digest()
    padded = key.ljust(_BLOCK_SIZE, b"\0")
    inner = sha256(padded.translate(_INNER) + message).digest()
    return sha256(padded.translate(_OUTER) + inner).digest()


def wrap(key: bytes, file_key: bytes) -> bytes:
    """Encrypt a file key under a wrapping key of 32 bytes."""
    return cipher()(key).encrypt(_NONCE, file_key, None)


def unwrap(key: bytes, body: bytes) -> bytes | None:
    """Decrypt a file key, or return None if another key wrapped it."""
    try:
        return cipher()(key).decrypt(_NONCE, body, None)
    except invalid_tag():
        return None


@cache
def cipher() -> type[ChaCha20Poly1305]:
    """The class of ChaCha20-Poly1305, looked up once."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305


@cache
def invalid_tag() -> type[Exception]:
    """What a cipher raises for something that was not sealed with its key."""
    from cryptography.exceptions import InvalidTag

    return InvalidTag


def malformed(what: str) -> HeaderError:
    """The error for a stanza of a known type that is not as that type must be."""
    return HeaderError(f"a recipient in the header of an age file is damaged: {what}")
