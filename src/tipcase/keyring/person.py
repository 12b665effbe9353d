"""A person's identity: one age identity and one signing key, in one file that age can read.

The file is an age identity file: the age identity on a line of its own, and the signing key in a
comment line, so one passphrase protects both. Nothing here ever shows a secret in a repr.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any

from tipcase import age, sshsig
from tipcase.errors import DamagedError, NoKeyError

_HANDLE_LINE = re.compile(r"^# tipcase handle: ([a-z0-9-]{1,32})$", re.MULTILINE)
_KEY_LINE = re.compile(r"^# tipcase signing key: ([A-Za-z0-9+/]{43}=)$", re.MULTILINE)
# scrypt with N = 2^18 takes about a second and 256 MB; stock age writes the same.
WORK_FACTOR = 18


@dataclass(frozen=True)
class Person:
    """Somebody who can open and sign: handle, age identity, signing key."""

    handle: str
    identity: Any = field(repr=False)
    signing_key: sshsig.SigningKey = field(repr=False)

    @property
    def keys(self) -> str:
        """The kind of the age identity: ``hybrid`` or ``x25519``."""
        kind: str = self.identity.kind
        return kind

    @property
    def recipient(self) -> str:
        """The age recipient as text."""
        return str(self.identity.recipient)


def generate(handle: str, keys: str) -> Person:
    """A new person with fresh keys of this kind (``hybrid`` or ``x25519``)."""
    return Person(handle, age.generate(keys), sshsig.SigningKey.generate())


def to_text(person: Person) -> str:
    """The identity file of a person, unprotected."""
    seed = base64.b64encode(person.signing_key.seed).decode("ascii")
    return (
        f"# tipcase handle: {person.handle}\n"
        "# Secret. Whoever has this file reads and signs as its owner.\n"
        f"# recipient: {person.recipient}\n"
        f"# tipcase signing key: {seed}\n"
        f"{person.identity}\n"
    )


def from_text(text: str) -> Person:
    """The person of an identity file; ``DamagedError`` when it is not one of tipcase's."""
    handle, key = _HANDLE_LINE.search(text), _KEY_LINE.search(text)
    if handle is None or key is None:
        raise DamagedError(
            "this file is not an identity that tipcase keygen made",
            "name the right file with --identity FILE, or make one: tipcase keygen --handle NAME",
        )
    identities = age.parse_identities(text)
    if len(identities) != 1:
        raise DamagedError("an identity file holds one age identity, of one kind")
    try:
        seed = base64.b64decode(key.group(1), validate=True)
    except binascii.Error:
        raise DamagedError("the signing key of the identity file is not base64") from None
    return Person(handle.group(1), identities[0], sshsig.SigningKey.from_seed(seed))


def protect(text: str, passphrase: str) -> bytes:
    """The identity file encrypted with a passphrase, as ``age -p`` would."""
    recipient = age.passphrase_recipient(passphrase, WORK_FACTOR)
    return age.encrypt(text.encode("utf-8"), [recipient])


def unprotect(data: bytes, passphrase: str) -> str:
    """The text of a protected identity file; ``NoKeyError`` when the passphrase is wrong."""
    try:
        return age.decrypt(data, [age.passphrase_identity(passphrase)]).decode("utf-8")
    except age.NoMatchError:
        raise NoKeyError(
            "the passphrase does not open this identity", "check the keyboard layout, try again"
        ) from None
    except UnicodeDecodeError:
        raise DamagedError("the identity file is not text") from None


def is_protected(data: bytes) -> bool:
    """Whether the bytes are an encrypted age file rather than an identity in the clear."""
    return data.startswith((b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----"))
