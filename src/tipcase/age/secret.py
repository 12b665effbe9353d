"""What every identity by key is: 32 secret bytes that are written on one line, shown nowhere."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar, NoReturn, Self

from tipcase.age import bech32
from tipcase.age.errors import KeyFormatError

SIZE = 32


@dataclass(frozen=True, repr=False)
class Secret:
    """The secret of an identity; `str` gives its AGE-SECRET-KEY line, `repr` never does."""

    secret: bytes

    kind: ClassVar[str]
    prefix: ClassVar[str]

    def __post_init__(self) -> None:
        if len(self.secret) != SIZE:
            raise KeyFormatError("an identity has a wrong length", "copy the whole line again")

    @classmethod
    def generate(cls) -> Self:
        """Make a new identity from the system's randomness."""
        return cls(os.urandom(SIZE))

    def __str__(self) -> str:
        return bech32.encode(self.prefix.lower(), self.secret).upper()

    def __repr__(self) -> str:
        return f"<{self.kind} identity>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret key is not pickled")
