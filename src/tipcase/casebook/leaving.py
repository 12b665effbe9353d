"""Taking every case away from somebody: each by a revocation, those that cannot be are said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tipcase.casebook import team
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.team import Readable, Rekeyed
from tipcase.errors import TipcaseError
from tipcase.journal.names import PROVIDER
from tipcase.keyring.person import Person


@dataclass(frozen=True)
class Held:
    """A case that somebody can open, what they can read of it, who may take it away."""

    case: str
    readable: Mapping[str, Readable]
    supervisors: tuple[str, ...]


@dataclass(frozen=True)
class Farewell:
    """What came of it: cases taken away, cases that others must take away, what went wrong."""

    revoked: tuple[Rekeyed, ...]
    others: tuple[Held, ...]
    errors: tuple[TipcaseError, ...]


def every_case(book: Book) -> tuple[str, ...]:
    """The ids of all cases, and ``provider``."""
    return (*book.all_case_ids(), PROVIDER)


def held_by(book: Book, handles: Sequence[str], errors: list[TipcaseError]) -> Iterator[Held]:
    """The cases on whose team somebody of these stands; what cannot be read goes to ``errors``."""
    for case_id in every_case(book):
        try:
            case = Case(book, case_id)
            theirs = {h: team.could_read(case, h) for h in handles if h in case.fold.team}
            if theirs:
                yield Held(case_id, theirs, team.supervisors(case))
        except TipcaseError as error:
            errors.append(error)


def take_away(
    book: Book,
    held: Sequence[Held],
    person: Person,
    clock: Callable[[], str],
    *,
    reencrypt: bool = False,
    dry_run: bool = False,
    step: Callable[[], None] = lambda: None,
) -> Farewell:
    """Revoke these cases where the person supervises them; the rest is told.

    A crash in the middle leaves the rest for the next run: each case is one entry of its own.
    """
    revoked, others, errors = [], [], []
    for item in held:
        step()
        if person.handle not in item.supervisors:
            others.append(item)
            continue
        try:
            done = team.revoke(
                book,
                item.case,
                tuple(item.readable),
                person,
                clock(),
                reencrypt=reencrypt,
                dry_run=dry_run,
            )
            revoked.append(done)
        except TipcaseError as error:
            errors.append(error)
    return Farewell(tuple(revoked), tuple(others), tuple(errors))
