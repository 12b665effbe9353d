"""One case or all of them: which are meant, and going on past one that fails."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from tipcase.errors import TipcaseError, UsageError

if TYPE_CHECKING:
    from tipcase.cli.context import Context

T = TypeVar("T")

# No office has a machine with more processors: a larger number is a slip of the finger.
MOST_PROCESSES = 64


def case_and_people(
    words: Sequence[str], command: str, *, everything: bool
) -> tuple[str | None, list[str]]:
    """The case that was typed, None with ``--all``, and the handles behind it."""
    from tipcase.journal.names import HANDLE

    if everything:
        if not words or HANDLE.match(words[0]) is None:
            raise UsageError(
                "--all stands for every case: only handles follow", f"tipcase {command} --all cw2"
            )
        return None, list(words)
    if len(words) < 2:
        raise UsageError(
            "name the case, and then the people", f"tipcase {command} CASE HANDLE; or --all HANDLE"
        )
    return words[0], list(words[1:])


def each(
    label: str, cases: Sequence[str], act: Callable[[str], T]
) -> tuple[list[T], list[TipcaseError]]:
    """What an act gave for each case, and the errors of those where it failed."""
    from tipcase import terminal

    done: list[T] = []
    errors: list[TipcaseError] = []
    with terminal.progress(label, len(cases)) as step:
        for case_id in cases:
            step()
            try:
                done.append(act(case_id))
            except TipcaseError as error:
                errors.append(error)
    return done, errors


def open_to(context: Context, errors: list[TipcaseError], *, recovery: bool) -> tuple[str, ...]:
    """Every case on whose team the person stands; all of them where the seed may do it anywhere."""
    from tipcase.casebook import change, leaving
    from tipcase.casebook.case import Case

    anywhere = recovery and change.is_recovery(context.book, context.person)
    found = []
    for case_id in leaving.every_case(context.book):
        try:
            if anywhere or context.person.handle in Case(context.book, case_id).fold.team:
                found.append(case_id)
        except TipcaseError as error:
            errors.append(error)
    return tuple(found)


def of_case(case: str, error: TipcaseError) -> TipcaseError:
    """The error, saying of which case it is."""
    if case in error.sentence:
        return error
    named = copy.copy(error)
    named.sentence = f"{case}: {error.sentence}"
    return named


def worst(errors: Sequence[TipcaseError]) -> int:
    """The exit code of what went on past errors: the highest of theirs."""
    return max((error.exit_code for error in errors), default=0)
