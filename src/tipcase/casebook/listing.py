"""The list of the cases: from what is remembered where nothing changed, else folded anew."""

from __future__ import annotations

from typing import NamedTuple

from tipcase.casebook import place as places
from tipcase.casebook.book import Book
from tipcase.casebook.state import Row
from tipcase.errors import DamagedError, TipcaseError


class Listing(NamedTuple):
    """The rows of the cases, and the cases that could not be read with the reason."""

    rows: tuple[Row, ...]
    unread: tuple[tuple[str, TipcaseError], ...]


def rows(book: Book) -> Listing:
    """Every case of the book, by id. No key is needed; no record is opened or hashed."""
    found: list[Row] = []
    unread: list[tuple[str, TipcaseError]] = []
    for case_id in book.all_case_ids():
        try:
            found.append(_row(book, case_id))
        except TipcaseError as error:
            unread.append((case_id, error))
    book.state.save()
    return Listing(tuple(found), tuple(unread))


def _row(book: Book, case_id: str) -> Row:
    digest = places.digest(places.read_journals(f"{book.root}/cases/{case_id}"))
    row = book.state.get(case_id)
    if row is not None and row.stands(digest, book.staff_digest):
        return row
    # Only what has changed is read and folded, and only then is cryptography loaded.
    from tipcase.casebook.case import Case

    case = Case(book, case_id)
    if case.damage or case.fold.damaged:
        reasons = [*case.damage, *(p.text for p in case.fold.problems if p.damage)]
        raise DamagedError(f"the journal of {case_id} is damaged: {reasons[0]}", "tipcase verify")
    return case.remember()
