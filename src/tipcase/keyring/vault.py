"""A seal for what this machine works out for one person: only their own identity makes or opens it.

The key of each sealing comes by HKDF-SHA-256 from the secret of the person's age identity and a
random salt, so no key is used twice; ChaCha20-Poly1305 authenticates the content and whatever it is
bound to. Nobody without the identity can read what is sealed, or make something that opens.
"""

from __future__ import annotations

import os

from tipcase.keyring.person import Person

_LABEL = b"tipcase vault v1\0"
_NAME_LABEL = b"tipcase vault name v1\0"
_SALT_BYTES = 32
_KEY_BYTES = 32
# Each key seals one thing.
_NONCE = bytes(12)


class Vault:
    """What seals and opens for one person and one purpose."""

    def __init__(self, person: Person, purpose: str) -> None:
        self._secret: bytes = person.identity.secret
        self._purpose = purpose.encode("ascii")

    def __repr__(self) -> str:
        return "<vault>"

    @property
    def name(self) -> str:
        """A name for a folder of this person's: 16 hex digits that say nothing of the secret."""
        return _derive(self._secret, b"", _NAME_LABEL + self._purpose)[:8].hex()

    def seal(self, content: bytes, bound: bytes) -> bytes:
        """The content, sealed, and bound to bytes that must be known to open it."""
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        salt = os.urandom(_SALT_BYTES)
        return salt + ChaCha20Poly1305(self._key(salt)).encrypt(_NONCE, content, bound)

    def open(self, sealed: bytes, bound: bytes) -> bytes | None:
        """The content, or None: sealed by somebody else, bound to something else, or changed."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        salt, rest = sealed[:_SALT_BYTES], sealed[_SALT_BYTES:]
        try:
            return ChaCha20Poly1305(self._key(salt)).decrypt(_NONCE, rest, bound)
        except InvalidTag:
            return None

    def _key(self, salt: bytes) -> bytes:
        return _derive(self._secret, salt, _LABEL + self._purpose)


def _derive(secret: bytes, salt: bytes, label: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), _KEY_BYTES, salt=salt, info=label).derive(secret)
