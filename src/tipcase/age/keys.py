"""Recipients and identities as text, and what every kind of them can do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from tipcase.age import bech32, hybrid, x25519
from tipcase.age.errors import KeyFormatError
from tipcase.age.header import Stanza
from tipcase.age.hybrid import HybridIdentity, HybridRecipient
from tipcase.age.scrypt import (
    DEFAULT_WORK_FACTOR,
    MAX_WORK_FACTOR,
    ScryptIdentity,
    ScryptRecipient,
)
from tipcase.age.x25519 import X25519Identity, X25519Recipient

KeyIdentity = X25519Identity | HybridIdentity
KeyRecipient = X25519Recipient | HybridRecipient


class Recipient(Protocol):
    """Whoever a file can be encrypted to."""

    @property
    def kind(self) -> str:
        """One of x25519, hybrid, scrypt."""
        ...

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap a file key of 16 bytes."""
        ...


class Identity(Protocol):
    """Whoever may be able to decrypt a file."""

    @property
    def kind(self) -> str:
        """One of x25519, hybrid, scrypt."""
        ...

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Find the file key, or return None; raises HeaderError for a malformed stanza."""
        ...


# A roster's recipients are read again for each case; recipients are no secrets.
@lru_cache(maxsize=1_024)
def parse_recipient(text: str) -> KeyRecipient:
    """Read an age1… or age1pq1… line; raises KeyFormatError, which does not repeat it."""
    if text.upper().startswith("AGE-SECRET-KEY-"):
        raise KeyFormatError(
            "this is a secret identity, not a recipient",
            "give the line that begins with age1; whoever has seen the secret can read with it",
        )
    prefix, key = bech32.decode(text)
    if prefix == x25519.RECIPIENT_PREFIX:
        return X25519Recipient(key)
    if prefix == hybrid.RECIPIENT_PREFIX:
        recipient = HybridRecipient(key)
        recipient.check()
        return recipient
    raise KeyFormatError(
        "this is not a kind of age recipient known here", "recipients begin with age1 or age1pq1"
    )


def parse_identity(text: str) -> KeyIdentity:
    """Read an AGE-SECRET-KEY-1… or AGE-SECRET-KEY-PQ-1… line; raises KeyFormatError."""
    prefix, secret = bech32.decode(text)
    if prefix == x25519.IDENTITY_PREFIX:
        return X25519Identity(secret)
    if prefix == hybrid.IDENTITY_PREFIX:
        return HybridIdentity(secret)
    raise KeyFormatError(
        "this is not a kind of age identity known here",
        "identities begin with AGE-SECRET-KEY-1 or AGE-SECRET-KEY-PQ-1",
    )


def parse_identities(text: str) -> list[KeyIdentity]:
    """Read an identity file: a line each, empty lines and lines that begin with # left out.

    Raises KeyFormatError, which names the line by its number, and if there is no identity.
    """
    identities = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.removesuffix("\r")
        if not line or line.startswith("#"):
            continue
        try:
            identities.append(parse_identity(line))
        except KeyFormatError as error:
            raise KeyFormatError(
                f"line {number} of an identity file: {error.sentence}", error.hint
            ) from None
    if not identities:
        raise KeyFormatError("an identity file holds no identity")
    return identities


def passphrase_recipient(
    passphrase: str, work_factor: int = DEFAULT_WORK_FACTOR
) -> ScryptRecipient:
    """A recipient by passphrase; opening takes 2^work_factor rounds of scrypt."""
    return ScryptRecipient(_octets(passphrase), work_factor)


def passphrase_identity(passphrase: str, max_work_factor: int = MAX_WORK_FACTOR) -> ScryptIdentity:
    """An identity by passphrase; files that ask for more than 2^max_work_factor are refused."""
    return ScryptIdentity(_octets(passphrase), max_work_factor)


def generate(kind: str) -> KeyIdentity:
    """Make a new identity of kind x25519 or hybrid; raises KeyFormatError for another kind."""
    if kind == X25519Identity.kind:
        return X25519Identity.generate()
    if kind == HybridIdentity.kind:
        return HybridIdentity.generate()
    raise KeyFormatError("there is no such kind of key", "the kinds are x25519 and hybrid")


def identity_from_seed(kind: str, seed: bytes) -> KeyIdentity:
    """The identity of kind x25519 or hybrid that 32 secret bytes give, the same each time."""
    if kind == X25519Identity.kind:
        return X25519Identity(seed)
    if kind == HybridIdentity.kind:
        return HybridIdentity(seed)
    raise KeyFormatError("there is no such kind of key", "the kinds are x25519 and hybrid")


def _octets(passphrase: str) -> bytes:
    try:
        # Bytes of a pipe that are not UTF-8 pass as they came, as stock age takes them.
        return passphrase.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise KeyFormatError("a passphrase holds characters that no file can hold") from None
