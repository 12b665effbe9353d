"""The hybrid recipient kind `mlkem768x25519`: safe while either ML-KEM-768 or X25519 is.

HPKE (RFC 9180, base mode) with MLKEM768-X25519, also known as X-Wing (draft-ietf-hpke-pq),
HKDF-SHA256 and ChaCha20Poly1305. A secret is a seed of 32 bytes that SHAKE-256 expands into the
64 bytes of ML-KEM's seed and the 32 bytes of the X25519 key. A recipient is ML-KEM's 1,184 bytes
and X25519's 32; an encapsulated key is 1,088 bytes of ML-KEM and 32 of X25519.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, ClassVar

from tipcase.age import bech32
from tipcase.age.errors import KeyFormatError
from tipcase.age.header import Stanza, decode_base64, encode_base64
from tipcase.age.secret import Secret
from tipcase.age.wrapping import BODY_SIZE, malformed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.hpke import (
        MLKEM768X25519PrivateKey,
        MLKEM768X25519PublicKey,
        Suite,
    )

TYPE = "mlkem768x25519"
RECIPIENT_PREFIX = "age1pq"
IDENTITY_PREFIX = "AGE-SECRET-KEY-PQ-"

_INFO = b"age-encryption.org/mlkem768x25519"
_MLKEM_SEED_SIZE = 64
_MLKEM_PUBLIC_SIZE = 1_184
_MLKEM_CIPHERTEXT_SIZE = 1_088
_X25519_SIZE = 32
_PUBLIC_SIZE = _MLKEM_PUBLIC_SIZE + _X25519_SIZE
_ENCAPSULATED_SIZE = _MLKEM_CIPHERTEXT_SIZE + _X25519_SIZE


@lru_cache(maxsize=64)
def _written(key: bytes) -> str:
    """The age1pq1… line of a public key: 2 ms to write, asked for again by each copy of a key."""
    return bech32.encode(RECIPIENT_PREFIX, key)


@dataclass(frozen=True, repr=False)
class HybridRecipient:
    """A public key of 1,216 bytes; `str` gives its age1pq1… line."""

    key: bytes

    kind: ClassVar[str] = "hybrid"

    def __post_init__(self) -> None:
        if len(self.key) != _PUBLIC_SIZE:
            raise KeyFormatError("a recipient has a wrong length", "copy the whole age1pq1… line")

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        # The whole text would fill a screen.
        return f"<recipient {str(self)[:24]}…>"

    def is_in(self, text: str) -> bool:
        """Whether a line that is signed, and so was not mistyped, names this key."""
        return bech32.holds(text, RECIPIENT_PREFIX, self.key)

    def check(self) -> None:
        """Raise KeyFormatError if the bytes are no ML-KEM key (a number beyond the modulus)."""
        try:
            _ = self._public
        except ValueError:
            raise KeyFormatError("a recipient's bytes are not a hybrid key") from None

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap a file key for this recipient under a fresh encapsulation."""
        try:
            sealed = _suite().encrypt(file_key, self._public, info=_INFO)
        except ValueError:
            raise KeyFormatError("a recipient is a point that no identity can have") from None
        encapsulated, body = sealed[:_ENCAPSULATED_SIZE], sealed[_ENCAPSULATED_SIZE:]
        return Stanza((TYPE, encode_base64(encapsulated)), body)

    @cached_property
    def _text(self) -> str:
        return _written(self.key)

    @cached_property
    def _public(self) -> MLKEM768X25519PublicKey:
        from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
        from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey

        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.key[:_MLKEM_PUBLIC_SIZE]),
            X25519PublicKey.from_public_bytes(self.key[_MLKEM_PUBLIC_SIZE:]),
        )


class HybridIdentity(Secret):
    """A seed of 32 bytes; its line begins with AGE-SECRET-KEY-PQ-1."""

    kind: ClassVar[str] = "hybrid"
    prefix: ClassVar[str] = IDENTITY_PREFIX

    @cached_property
    def recipient(self) -> HybridRecipient:
        """The public key that belongs to this identity."""
        mlkem, x25519 = self._halves
        return HybridRecipient(
            mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        )

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Find the file key in the stanzas of this kind, or return None; raises HeaderError."""
        wrapped = [
            (_encapsulated(stanza), stanza.body) for stanza in stanzas if stanza.type == TYPE
        ]
        for encapsulated, body in wrapped:
            file_key = self._open(encapsulated, body)
            if file_key is not None:
                return file_key
        return None

    def _open(self, encapsulated: bytes, body: bytes) -> bytes | None:
        from cryptography.exceptions import InvalidTag

        try:
            return _suite().decrypt(encapsulated + body, self._private, info=_INFO)
        except InvalidTag:
            self._refuse_empty_secret(encapsulated[_MLKEM_CIPHERTEXT_SIZE:])
            return None

    def _refuse_empty_secret(self, share: bytes) -> None:
        """Raise HeaderError if the X25519 half gives zeros; HPKE calls that a wrong tag too."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

        try:
            self._halves[1].exchange(X25519PublicKey.from_public_bytes(share))
        except ValueError:
            raise malformed("its share gives no secret") from None

    @cached_property
    def _halves(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        expanded = hashlib.shake_256(self.secret).digest(_MLKEM_SEED_SIZE + _X25519_SIZE)
        return (
            MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_SIZE]),
            X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_SIZE:]),
        )

    @cached_property
    def _private(self) -> MLKEM768X25519PrivateKey:
        from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

        return MLKEM768X25519PrivateKey(*self._halves)


@lru_cache(maxsize=1)
def _suite() -> Suite:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def _encapsulated(stanza: Stanza) -> bytes:
    if len(stanza.arguments) != 2 or len(stanza.body) != BODY_SIZE:
        raise malformed("its parts are not those of a hybrid recipient")
    encapsulated = decode_base64(stanza.arguments[1].encode("ascii"))
    if len(encapsulated) != _ENCAPSULATED_SIZE:
        raise malformed("its encapsulated key has a wrong length")
    return encapsulated
