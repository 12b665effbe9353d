"""Looking through the cases that a person can open: of each, the profile and nothing else.

Restricted records are never opened for this, and nothing of what was read is kept on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tipcase.casebook.book import Book
from tipcase.casebook.finding import particulars
from tipcase.casebook.finding.particulars import Particulars
from tipcase.casebook.finding.query import Match, Query
from tipcase.casebook.wraps import NeedToKnowError
from tipcase.errors import TipcaseError
from tipcase.keyring import person as people
from tipcase.keyring.person import Person

if TYPE_CHECKING:
    from tipcase.casebook.parallel import Work

RECORD = "profile"
# Of one case: its particulars, None where it is not open to the person, or why it cannot be read.
_Read = Particulars | None | TipcaseError


@dataclass(frozen=True)
class Profiles:
    """What was read: particulars by case id, how many cases are not open, and what failed."""

    found: tuple[Particulars, ...]
    not_open: int = 0
    unread: tuple[tuple[str, TipcaseError], ...] = ()


@dataclass(frozen=True)
class Hit:
    """A case that may be meant, and by what."""

    case: str
    matches: tuple[Match, ...] = field(repr=False)

    @property
    def exact(self) -> bool:
        """Whether something of it is just what was asked."""
        return any(match.exact for match in self.matches)


def profiles(book: Book, person: Person, step: Callable[[], None] = lambda: None) -> Profiles:
    """The particulars of every case that the person can open, in several processes where it pays.

    ``step`` is called once for each case of the book. A case that cannot be read is said and does
    not stop the rest.
    """
    from tipcase.casebook.parallel import Task, spread

    words = (people.to_text(person), str(book.root), str(book.home))
    task = Task(partial(_all, book, person), _reader, words)
    cases = book.all_case_ids()
    found: list[Particulars] = []
    unread: list[tuple[str, TipcaseError]] = []
    shut = 0
    for case_id, one in zip(cases, spread(task, cases), strict=True):
        step()
        if one is None:
            shut += 1
        elif isinstance(one, TipcaseError):
            unread.append((case_id, one))
        else:
            found.append(one)
    return Profiles(tuple(found), shut, tuple(unread))


def hits(query: Query, found: Sequence[Particulars]) -> tuple[Hit, ...]:
    """The cases that may be meant: first those with just what was asked, then by id."""
    every = (Hit(one.case, query.matches(one)) for one in found)
    return tuple(
        sorted((hit for hit in every if hit.matches), key=lambda hit: (not hit.exact, hit.case))
    )


def _reader(identity: str, root: str, home: str) -> Work[_Read]:
    """What reads cases in another process."""
    return partial(_all, Book(Path(root), Path(home)), people.from_text(identity))


def _all(book: Book, person: Person, cases: Sequence[str]) -> list[_Read]:
    return [_read(book, person, case_id) for case_id in cases]


def _read(book: Book, person: Person, case_id: str) -> _Read:
    from tipcase.casebook.case import Case

    try:
        case = Case(book, case_id)
        if not case.fold.is_open_to(person.handle):
            return None
        for damage in case.journal_damage():
            return damage.error
        path = case.find(RECORD, None)
        if path is None:
            return Particulars(case_id)
        content = case.read(path, person)
        return particulars.of_profile(case_id, content.data, content.header.conflicts)
    except NeedToKnowError:
        return None
    except TipcaseError as error:
        return error
