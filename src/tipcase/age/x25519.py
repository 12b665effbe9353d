"""The X25519 recipient kind: an ephemeral key exchange for each stanza."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, ClassVar

from tipcase.age import bech32
from tipcase.age.errors import KeyFormatError
from tipcase.age.header import Stanza, decode_base64, encode_base64
from tipcase.age.secret import Secret
from tipcase.age.wrapping import BODY_SIZE, derive, malformed, unwrap, wrap

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

TYPE = "X25519"
KEY_SIZE = 32
RECIPIENT_PREFIX = "age"
IDENTITY_PREFIX = "AGE-SECRET-KEY-"

_INFO = b"age-encryption.org/v1/X25519"


@dataclass(frozen=True, repr=False)
class X25519Recipient:
    """A public key of 32 bytes; `str` gives its age1… line."""

    key: bytes

    kind: ClassVar[str] = "x25519"

    def __post_init__(self) -> None:
        if len(self.key) != KEY_SIZE:
            raise KeyFormatError("a recipient has a wrong length", "copy the whole age1… line")

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<recipient {self}>"

    def is_in(self, text: str) -> bool:
        """Whether a line that is signed, and so was not mistyped, names this key."""
        return bech32.holds(text, RECIPIENT_PREFIX, self.key)

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap a file key for this recipient under a fresh ephemeral key."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        ephemeral = X25519PrivateKey.generate()
        try:
            shared = ephemeral.exchange(self._public)
        except ValueError:
            raise KeyFormatError("a recipient is a point that no identity can have") from None
        share = ephemeral.public_key().public_bytes_raw()
        body = wrap(derive(shared, share + self.key, _INFO), file_key)
        return Stanza((TYPE, encode_base64(share)), body)

    @cached_property
    def _text(self) -> str:
        return bech32.encode(RECIPIENT_PREFIX, self.key)

    @cached_property
    def _public(self) -> X25519PublicKey:
        return _public_key(self.key)


class X25519Identity(Secret):
    """A secret key of 32 bytes; its line begins with AGE-SECRET-KEY-1."""

    kind: ClassVar[str] = "x25519"
    prefix: ClassVar[str] = IDENTITY_PREFIX

    @cached_property
    def recipient(self) -> X25519Recipient:
        """The public key that belongs to this identity."""
        return X25519Recipient(self._private.public_key().public_bytes_raw())

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Find the file key in the stanzas of this kind, or return None; raises HeaderError."""
        wrapped = [(_share(stanza), stanza.body) for stanza in stanzas if stanza.type == TYPE]
        for share, body in wrapped:
            salt = share + self.recipient.key
            file_key = unwrap(derive(self._shared(share), salt, _INFO), body)
            if file_key is not None:
                return file_key
        return None

    def _shared(self, share: bytes) -> bytes:
        try:
            return self._private.exchange(_public_key(share))
        except ValueError:
            raise malformed("its share gives no secret") from None

    @cached_property
    def _private(self) -> X25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        return X25519PrivateKey.from_private_bytes(self.secret)


def _public_key(data: bytes) -> X25519PublicKey:
    return _public_keys().from_public_bytes(data)


@cache
def _public_keys() -> type[X25519PublicKey]:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    return X25519PublicKey


def _share(stanza: Stanza) -> bytes:
    if len(stanza.arguments) != 2 or len(stanza.body) != BODY_SIZE:
        raise malformed("its parts are not those of an X25519 recipient")
    share = decode_base64(stanza.arguments[1].encode("ascii"))
    if len(share) != KEY_SIZE:
        raise malformed("its share has a wrong length")
    return share
