"""Prints of a case: each is noted in its journal, and a copy of the sheet may be kept in the case.

The journal says who printed which form and when; whom it is for stands in a sealed decision, one
for all sheets of a command that went the same way. A copy is an attachment of a record that it
prints, and never of one that more people open than the records which the sheet shows.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tipcase.casebook import change
from tipcase.casebook.attachments import attached, attachments
from tipcase.casebook.attachments.incoming import Incoming
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.naming import parse_record_name
from tipcase.casebook.wraps import ORDINARY, RESTRICTED
from tipcase.errors import NotFoundError, UsageError
from tipcase.journal.names import RECOVERY
from tipcase.keyring.person import Person

# A picture is opened in memory to be printed; a phone's is a tenth of this.
PICTURE_LIMIT = 30 * 1024 * 1024
PURPOSE = "form"
SHARED, PRINTED = "share", "print"


@dataclass(frozen=True)
class Print:
    """A printed form: its code, whether the sheet leaves the office, the copy to keep, if any."""

    form: str
    leaves: bool = False
    copy: Copy | None = None


@dataclass(frozen=True)
class Copy:
    """A sheet to keep: its bytes, a name for them, and the records that it shows.

    The first of the ``records`` owns it that no more people open than any of the others.
    """

    content: bytes = field(repr=False)
    name: str
    records: tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """Where a copy stands now: the record that owns it, and the attachment's id."""

    record: str
    attachment: str


def note(
    book: Book,
    case_id: str,
    prints: Sequence[Print],
    recipient: str | None,
    person: Person,
    *,
    day: str,
    time: str,
) -> list[Kept | None]:
    """Note the prints of a case in its journal, and keep the copies; where each copy stands.

    One entry for each print, and one for each copy. ``recipient`` says whom they are for, ``day``
    is the ISO date of the decision that seals it. Raises as ``change.editing``, and ``UsageError``
    where no record may own a copy: then nothing is written.
    """
    sealed: dict[str, str | None] = {}
    kept: list[Kept | None] = []
    with change.editing(book, case_id, person) as case:
        # Before anything is written: whether each copy has a place.
        owners = [owner(case, one.copy.records) if one.copy else "" for one in prints]
        for one, holder in zip(prints, owners, strict=True):
            kept.append(_keep(case, one.copy, holder, person, time) if one.copy else None)
            # The next entry follows the one just written.
            case = Case(book, case_id) if one.copy else case
            kind = SHARED if one.leaves else PRINTED
            decision = sealed.get(kind) or _decision(prints, kind, recipient, person, day)
            sealed[kind] = change.note_print(case, one.form, decision, person, time)
            case = Case(book, case_id)
    return kept


def _decision(
    prints: Iterable[Print], kind: str, recipient: str | None, person: Person, day: str
) -> Mapping[str, Any] | None:
    """What is sealed of a print: whom it is for, and which forms went with it."""
    if recipient is None:
        return None
    codes = [one.form for one in prints if one.leaves == (kind == SHARED)]
    return {
        "happened_on": day,
        "kind": kind,
        "reason": ", ".join(dict.fromkeys(codes)),
        "recipient": recipient,
        "written_by": person.handle,
    }


def _keep(case: Case, copy: Copy, holder: str, person: Person, time: str) -> Kept:
    content = Incoming(io.BytesIO(copy.content))
    about = {"name": copy.name, "purpose": PURPOSE}
    done = attachments.attach(case, parse_record_name(holder), content, about, person, time)
    return Kept(done.record, str(done.item["id"]))


def owner(case: Case, records: Sequence[str]) -> str:
    """The first of these records that may own a sheet which shows them all.

    Raises ``NotFoundError`` where none of them has room for attachments, ``UsageError`` where each
    that has is opened to more people than what the sheet shows.
    """
    audiences = {name: _audience(case, name) for name in records}
    roomy = [name for name in records if _has_room(case, name)]
    if not roomy:
        raise NotFoundError(
            f"{case.id} has no record that could own a copy of the sheet",
            "leave out --seal, or fill the form's records first",
        )
    team = frozenset({*case.fold.team, RECOVERY})
    for name in roomy:
        if all(_within(audiences[name], shown, team) for shown in audiences.values()):
            return name
    raise UsageError(
        f"a copy would show what is restricted in {case.id} to more people than may read it",
        "leave out --seal, or --include-restricted",
    )


def _audience(case: Case, name: str) -> str | tuple[str, ...]:
    """Whom an attachment of a record is sealed to: named people, else as its type says."""
    kind, tag = parse_record_name(name)
    path = case.find(kind, tag)
    now = case.current(path).sealed_to if path is not None else None
    if isinstance(now, tuple):
        return now
    return RESTRICTED if case.book.edition.record_type(kind).restricted else ORDINARY


def _has_room(case: Case, name: str) -> bool:
    kind = case.book.edition.record_type(parse_record_name(name)[0])
    return kind.field(attached.FIELD) is not None


def _within(
    audience: str | tuple[str, ...], shown: str | tuple[str, ...], team: frozenset[str]
) -> bool:
    """Whether everybody of an audience may read what is shown to another one."""
    if isinstance(audience, str):
        return shown in (ORDINARY, audience)
    # Who is named may lack the restricted key, and need not be on the team.
    if isinstance(shown, str):
        return shown == ORDINARY and {*audience} <= team
    return {*audience} <= {*shown}


def picture(case: Case, record: str, attachment: str, person: Person) -> bytes:
    """What a picture of a record holds, opened in memory alone.

    Raises ``NotFoundError`` where the record has no such attachment, ``UsageError`` for one that is
    too large to print, and as ``attachments.content``.
    """
    found = attachments.find(case, attachment, person)
    if found.record != record or found.id != attachment:
        raise NotFoundError(
            f"{record} of {case.id} has no such attachment",
            f"tipcase show {case.id} --attachments lists them",
        )
    if found.item["length"] > PICTURE_LIMIT:
        raise UsageError(
            f"a picture of {record} of {case.id} is too large to print",
            "attach a smaller one: 30 MB at most",
        )
    return b"".join(attachments.content(case, found, person))
