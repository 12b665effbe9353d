"""The age v1 file format: X25519, scrypt and hybrid post-quantum recipients, on `cryptography`.

The specification is C2SP's age.md (age-encryption.org/v1). What it refuses is refused here, and
each way of failing has its own class. Armor is read and never written. Nothing here prints, asks,
or reads a clock; importing this package does not load `cryptography`, using it does.

An age file proves neither its author nor its context: whoever knows a recipient can write one.
"""

from __future__ import annotations

from tipcase.age.envelope import decrypt, decrypt_stream, encrypt, encrypt_stream
from tipcase.age.errors import (
    AgeError,
    ArmorError,
    HeaderError,
    HmacError,
    KeyFormatError,
    NoMatchError,
    PayloadError,
    RecipientsError,
    WorkFactorError,
)
from tipcase.age.keys import (
    Identity,
    KeyIdentity,
    Recipient,
    generate,
    identity_from_seed,
    parse_identities,
    parse_identity,
    parse_recipient,
    passphrase_identity,
    passphrase_recipient,
)

__all__ = [
    "AgeError",
    "ArmorError",
    "HeaderError",
    "HmacError",
    "Identity",
    "KeyFormatError",
    "KeyIdentity",
    "NoMatchError",
    "PayloadError",
    "Recipient",
    "RecipientsError",
    "WorkFactorError",
    "decrypt",
    "decrypt_stream",
    "encrypt",
    "encrypt_stream",
    "generate",
    "identity_from_seed",
    "parse_identities",
    "parse_identity",
    "parse_recipient",
    "passphrase_identity",
    "passphrase_recipient",
]
