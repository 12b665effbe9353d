"""One entry of the staff journal: written by somebody who may, the derived files made anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tipcase import files
from tipcase.casebook import derived, writing
from tipcase.casebook.book import Book
from tipcase.casebook.writing import Act, NewFile
from tipcase.errors import ConflictError, DamagedError, NoKeyError
from tipcase.journal.roster import Roster
from tipcase.keyring.person import Person


def commit(
    book: Book,
    op: str,
    data: Mapping[str, Any],
    new: Mapping[str, NewFile],
    person: Person,
    time: str,
    *,
    own: bool = False,
    dry_run: bool = False,
) -> Book:
    """Write one entry of the staff; ``own`` where it is about the signer alone."""
    with writing.locked(book.staff):
        fresh = Book(book.root, book.home)
        if fresh.roster.heads != book.roster.heads:
            raise ConflictError("the staff changed meanwhile", "repeat the command")
        _may(fresh, person, own=own)
        if dry_run:
            return fresh
        # Only now: until here nobody has shown that the journal is theirs to mend.
        fresh = _mended(fresh, person)
        act = Act(op, data, new, fresh.roster.heads, ())
        writing.commit(fresh, fresh.staff, act, person, time)
        after = Book(book.root, book.home)
        derive(after)
    after.check()
    return after


def finish(book: Book, person: Person) -> Book:
    """Mend what an earlier crash left of the staff's files, and write no entry."""
    with writing.locked(book.staff):
        fresh = Book(book.root, book.home)
        _may(fresh, person)
        fresh = _mended(fresh, person)
        derive(fresh)
    return fresh


def _mended(book: Book, person: Person) -> Book:
    if writing.mend_journal(book.staff, person.handle, book.roster):
        book = Book(book.root, book.home)
    with files.refusals("mend an unfinished write"):
        writing.mend_files(book.staff, book.pending())
    return book


def _may(book: Book, person: Person, *, own: bool = False) -> None:
    if book.damage:
        raise DamagedError(f"the staff journal is damaged: {book.damage[0]}", "run tipcase verify")
    if person.signing_key.public == book.roster.recovery.signing_key:
        return
    member = book.roster.now.get(person.handle)
    if member is None or member.card.signing_key != person.signing_key.public:
        raise stranger(
            book.roster,
            person,
            "sign with the identity that the casebook knows, --identity FILE, or ask an admin",
        )
    if not own and "admin" not in member.roles:
        raise NoKeyError(
            f"{person.handle} is not an admin: only admins may do this",
            "tipcase staff list shows the admins",
        )


def stranger(roster: Roster, person: Person, hint: str) -> NoKeyError:
    """Why somebody is not known: they were taken off the staff, or this key never was on it."""
    cards = roster.everyone().get(person.handle, [])
    known = any(card.signing_key == person.signing_key.public for card in cards)
    if known and person.handle not in roster.now:
        return NoKeyError(f"{person.handle} was taken off the staff", "ask an admin")
    return NoKeyError(f"{person.handle} is not on the staff of this casebook with this key", hint)


def derive(book: Book) -> None:
    """Write the files that are derived from the roster, where they are not as it says."""
    with files.refusals("write the list of the staff"):
        for path, data in derived.files_of(book.roster).items():
            target = book.root / path
            if not target.exists() or files.read(target) != data:
                files.replace(target, data, 0o644)
