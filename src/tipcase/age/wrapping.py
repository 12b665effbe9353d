"""How keys are derived and how a file key is wrapped: HKDF-SHA-256 and ChaCha20-Poly1305."""

from __future__ import annotations

from tipcase.age.errors import HeaderError

FILE_KEY_SIZE = 16
# The file key and a tag. A longer body could hold a ciphertext made to open under several keys
# (a partitioning oracle), so the length is checked before anything is decrypted.
BODY_SIZE = FILE_KEY_SIZE + 16

# Every wrapping key wraps one file key and is never used again.
_NONCE = bytes(12)


def derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """Derive 32 bytes by HKDF-SHA-256 (RFC 5869)."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt, info).derive(secret)


def wrap(key: bytes, file_key: bytes) -> bytes:
    """Encrypt a file key under a wrapping key of 32 bytes."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(key).encrypt(_NONCE, file_key, None)


def unwrap(key: bytes, body: bytes) -> bytes | None:
    """Decrypt a file key, or return None if another key wrapped it."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    try:
        return ChaCha20Poly1305(key).decrypt(_NONCE, body, None)
    except InvalidTag:
        return None


def malformed(what: str) -> HeaderError:
    """The error for a stanza of a known type that is not as that type must be."""
    return HeaderError(f"a recipient in the header of an age file is damaged: {what}")
