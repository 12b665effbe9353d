"""Every error a user can meet: a sentence, a hint with what to type next, and an exit code.

Rules of this module: sentences are in lower case without a full stop; they name kinds, places and
record names, never what a record says. Exit codes are never renumbered (``EXIT_CODES`` is printed
by the docs and pinned by a test).
"""

from __future__ import annotations

from typing import ClassVar

EXIT_CODES: dict[int, str] = {
    0: "done",
    1: "a bug",
    2: "usage",
    3: "findings",
    4: "not found",
    5: "conflict or changed meanwhile",
    6: "no key opens it",
    7: "damaged or forged",
    8: "needs a terminal or a flag",
    9: "locked by another",
    10: "the machine refused (space, permission, missing tool)",
    130: "interrupted",
}


class TipcaseError(Exception):
    """The root of all errors that are meant for a user."""

    exit_code: ClassVar[int] = 1

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class UsageError(TipcaseError):
    """The words of the command do not fit."""

    exit_code = 2


class FindingsError(TipcaseError):
    """The content was read and something in it must be put right first."""

    exit_code = 3


class NotFoundError(TipcaseError):
    """A case, record, field, file or casebook that is not there."""

    exit_code = 4


class ConflictError(TipcaseError):
    """Something exists already, has two versions, or changed meanwhile."""

    exit_code = 5


class NoKeyError(TipcaseError):
    """No identity at hand opens this."""

    exit_code = 6


class DamagedError(TipcaseError):
    """Bytes that are torn, cut, forged, or not where they belong."""

    exit_code = 7


class TerminalNeededError(TipcaseError):
    """An answer is needed and nobody can be asked; the hint names the flag."""

    exit_code = 8


class LockedError(TipcaseError):
    """Another process is writing."""

    exit_code = 9


class MachineError(TipcaseError):
    """The machine refused: no space, no permission, a missing tool."""

    exit_code = 10
