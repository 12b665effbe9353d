"""The scrypt recipient kind: a passphrase, always the only recipient of its file."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NoReturn

from tipcase.age.errors import KeyFormatError, WorkFactorError
from tipcase.age.header import Stanza, decode_base64, encode_base64
from tipcase.age.wrapping import BODY_SIZE, malformed, unwrap, wrap
from tipcase.errors import MachineError

TYPE = "scrypt"
# 2^18 rounds: 256 MB and about a second, as stock age does.
DEFAULT_WORK_FACTOR = 18
# 2^22 rounds: 4 GB and about fifteen seconds; stock age stops there as well.
MAX_WORK_FACTOR = 22

_LABEL = b"age-encryption.org/v1/scrypt"
_SALT_SIZE = 16
_DECIMAL = re.compile(r"[1-9][0-9]*")


@dataclass(frozen=True, repr=False)
class ScryptRecipient:
    """A passphrase as bytes, and the base-two logarithm of the work that opening shall take."""

    passphrase: bytes
    work_factor: int = DEFAULT_WORK_FACTOR

    kind: ClassVar[str] = "scrypt"

    def __post_init__(self) -> None:
        _check(self.passphrase, self.work_factor)

    def __repr__(self) -> str:
        return "<recipient by passphrase>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a passphrase is not pickled")

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap a file key under the passphrase and a fresh salt."""
        salt = os.urandom(_SALT_SIZE)
        key = _stretch(self.passphrase, salt, self.work_factor)
        return Stanza((TYPE, encode_base64(salt), str(self.work_factor)), wrap(key, file_key))


@dataclass(frozen=True, repr=False)
class ScryptIdentity:
    """A passphrase as bytes, and the most work it will do for a file that asks for it."""

    passphrase: bytes
    max_work_factor: int = MAX_WORK_FACTOR

    kind: ClassVar[str] = "scrypt"

    def __post_init__(self) -> None:
        _check(self.passphrase, self.max_work_factor)

    def __repr__(self) -> str:
        return "<identity by passphrase>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a passphrase is not pickled")

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Find the file key if the stanza is of this kind, or return None.

        That a header has no other stanza then is for the caller to see to, who knows it also when
        no passphrase is at hand. Raises HeaderError, and WorkFactorError before computing if the
        file asks for too much.
        """
        stanza = stanzas[0]
        if stanza.type != TYPE:
            return None
        salt, work_factor = _parameters(stanza, self.max_work_factor)
        return unwrap(_stretch(self.passphrase, salt, work_factor), stanza.body)


def _check(passphrase: bytes, work_factor: int) -> None:
    if not passphrase:
        raise KeyFormatError("a passphrase must not be empty")
    if not 1 <= work_factor <= MAX_WORK_FACTOR:
        raise KeyFormatError(f"a work factor is a number from 1 to {MAX_WORK_FACTOR}")


def _parameters(stanza: Stanza, max_work_factor: int) -> tuple[bytes, int]:
    if len(stanza.arguments) != 3 or len(stanza.body) != BODY_SIZE:
        raise malformed("its parts are not those of a passphrase recipient")
    _, salt_text, work_text = stanza.arguments
    salt = decode_base64(salt_text.encode("ascii"))
    if len(salt) != _SALT_SIZE or not _DECIMAL.fullmatch(work_text):
        raise malformed("its parts are not those of a passphrase recipient")
    # Judged by its length first: Python refuses to read numbers of thousands of digits.
    if len(work_text) > 2 or int(work_text) > max_work_factor:
        raise WorkFactorError(
            "a file protected by a passphrase asks for more work than is allowed",
            "this is how a forged file holds a computer up; ask where the file comes from",
        )
    return salt, int(work_text)


def _stretch(passphrase: bytes, salt: bytes, work_factor: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    try:
        return Scrypt(salt=_LABEL + salt, length=32, n=1 << work_factor, r=8, p=1).derive(
            passphrase
        )
    except MemoryError:
        raise MachineError(
            "there is not enough memory to open a file protected by a passphrase",
            f"close other programs: it takes {max(1, 1 << max(0, work_factor - 10))} MB",
        ) from None
