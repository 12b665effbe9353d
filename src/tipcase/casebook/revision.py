"""One revision of a record made ready to be written: whom it is sealed to, what it replaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tipcase import documents, files
from tipcase.casebook import record as records
from tipcase.casebook import wraps
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.device import new_record_id
from tipcase.casebook.merge import conflicts
from tipcase.casebook.merge.conflicts import Conflict
from tipcase.casebook.merge.versions import Fetch, PastVersion, Versions
from tipcase.casebook.naming import new_tag, parse_record_file, record_file, record_name
from tipcase.casebook.record import Header
from tipcase.casebook.writing import NewFile
from tipcase.errors import ConflictError, UsageError
from tipcase.journal.names import RECOVERY
from tipcase.journal.roster import Member
from tipcase.journal.tally import Version
from tipcase.keyring.person import Person


@dataclass(frozen=True)
class Written:
    """A record that was written: its type, its tag, its revision, and whether anything changed.

    ``settled`` are the fields whose open conflicts are over with it.
    """

    record: str
    tag: str | None
    revision: int
    changed: bool
    path: str
    sha256: str
    settled: tuple[str, ...] = ()


def seal(
    case: Case,
    record_type: str,
    tag: str | None,
    data: Mapping[str, Any],
    person: Person,
    only: tuple[str, ...] | None = None,
    settled: Sequence[str] = (),
) -> tuple[str, NewFile, Written]:
    """A record made ready to be written: its path, its sealed bytes, and what it will be.

    ``only`` names the people that it is sealed to; what was sealed to named people stays so.
    Open conflicts are carried along, but those whose fields change or are named in ``settled``.
    """
    kind = case.book.edition.record_type(record_type)
    if tag is not None and not kind.repeats:
        raise UsageError(f"there is only one {record_type} in a case", f"name it {record_type}")
    if kind.repeats and tag is None:
        tag = next(t for t in iter(new_tag, None) if t not in case.tags(record_type))
    path = record_file(record_type, kind.number, tag)
    edition, revision, record_id = case.book.config.edition, 1, new_record_id()
    previous: tuple[str, ...] = ()
    sealed_to: str | tuple[str, ...] = wraps.RESTRICTED if kind.restricted else wraps.ORDINARY
    carried: tuple[Conflict, ...] = ()
    over: tuple[str, ...] = ()
    if path in case.fold.current:
        version = case.current(path)
        previous = (version.sha256,)
    if previous and not _left_behind(case, version, person):
        before = case.plaintext(path, person)
        content = records.decode(before, case.id)
        revision, record_id = content.header.revision + 1, content.header.record
        carried = conflicts.left(content.header.conflicts, content.data, data, settled)
        over = tuple(c.field for c in content.header.conflicts if c not in carried)
        same = Header(edition, case.id, record_id, content.header.revision, carried)
        if records.encode(same, data) == before and only in (None, version.sealed_to):
            done = Written(record_type, tag, revision - 1, False, path, previous[0])
            return path, NewFile(b""), done
        if isinstance(version.sealed_to, tuple):
            sealed_to = version.sealed_to
    if only is not None:
        sealed_to = only
    if isinstance(sealed_to, str):
        wraps.CaseKeys(case.place, case.fold, person).check_writable(sealed_to)
    header = Header(edition, case.id, record_id, revision, carried)
    new = sealed(case, header, data, sealed_to, previous)
    digest = files.sha256(new.data)
    return path, new, Written(record_type, tag, revision, True, path, digest, over)


def _left_behind(case: Case, version: Version, person: Person) -> bool:
    """Whether a record is sealed to people who all left, and this supervisor may begin it anew.

    What it says they cannot read: the recovery seed can, if whoever sealed it did so honestly.
    """
    if not isinstance(version.sealed_to, tuple) or person.handle in version.sealed_to:
        return False
    staff = case.book.roster.now
    left = all(handle not in staff for handle in version.sealed_to if handle != RECOVERY)
    return left and person.handle in staff and "supervisor" in staff[person.handle].roles


def sealed(
    case: Case,
    header: Header,
    data: Mapping[str, Any],
    sealed_to: str | tuple[str, ...],
    previous: tuple[str, ...],
) -> NewFile:
    """One revision of a record, sealed to the newest keys of the case or to named people.

    Raises ``ConflictError`` when every key of the case is open to somebody outside its team.
    """
    sealed_to, to = addressed(case, sealed_to)
    return NewFile(records.seal(records.encode(header, data), *to), previous, sealed_to)


def addressed(
    case: Case, sealed_to: str | tuple[str, ...]
) -> tuple[str | tuple[str, ...], list[str]]:
    """Whom something is sealed to that is written now, and their age recipients.

    Raises ``ConflictError`` when every key of the case is open to somebody outside its team.
    """
    if isinstance(sealed_to, tuple):
        known = recipients(case.book, case.book.roster.now)
        # Who left the staff since then gets no new revision.
        sealed_to = tuple(handle for handle in sealed_to if handle in known)
        return sealed_to, [known[handle] for handle in sealed_to]
    generation = case.fold.sealing_of(sealed_to)
    if generation is None:
        raise ConflictError(
            f"every {sealed_to} key of {case.id} is open to somebody outside its team",
            "somebody who holds such a key makes new ones before anything is written: "
            f"tipcase rekey {case.id}",
        )
    return sealed_to, [generation.recipient(sealed_to)]


def recipients(book: Book, staff: Mapping[str, Member]) -> dict[str, str]:
    """Everybody's age recipient as the roster has it, recovery's included."""
    people = {handle: member.card.recipient for handle, member in staff.items()}
    return {**people, RECOVERY: book.roster.recovery.recipient}


# -- versions that were written apart --


@dataclass(frozen=True)
class Joined:
    """Versions of a record made into one, ready to be written, and what people have to settle."""

    new: NewFile
    conflicts: tuple[Conflict, ...]
    record: str


def merged(case: Case, path: str, fetch: Fetch, person: Person) -> Joined:
    """All current versions of a path joined into one revision.

    ``fetch`` gives the bytes of a version by its hash, or None where it knows it not; what stands
    on disk is found without it. Raises ``ConflictError`` when the bytes of a version, or of what
    the versions build on, are nowhere, and ``NoKeyError`` when one of them is sealed to others.
    """
    history = Versions(case, path, fetch, person)
    tips = sorted(history.tips, key=lambda version: version.entry)
    headers = [history.content(tip.sha256).header for tip in tips]
    joined = history.join([tip.sha256 for tip in tips])
    found = tuple(history.attributed(one, tips) for one in joined.conflicts)
    header = Header(
        edition=case.book.config.edition,
        case=case.id,
        record=headers[0].record,
        revision=max(one.revision for one in headers) + 1,
        conflicts=found,
    )
    data = history.commented(joined.data, [tip.sha256 for tip in tips])
    previous = tuple(sorted(tip.sha256 for tip in tips))
    try:
        new = sealed(case, header, data, _strictest(tips), previous)
    except documents.DocumentError:
        raise ConflictError(
            f"the versions of {path} of {case.id} are too large to stand in one record",
            f"tipcase log {case.id} shows who wrote them: agree on one, and keep the other apart",
        ) from None
    parsed = parse_record_file(path)
    return Joined(new, found, record_name(*parsed) if parsed else path)


def _strictest(versions: Sequence[PastVersion]) -> str | tuple[str, ...]:
    """Whom a joined record is sealed to: nobody whom one of the sides kept out of it.

    Named people are stricter than the restricted key and this than the ordinary one. Of two lists
    those who stand in both stay: recovery, and whoever could open both to join them.
    """
    lists = [set(one.sealed_to) for one in versions if isinstance(one.sealed_to, tuple)]
    if lists:
        return tuple(sorted(set.intersection(*lists)))
    kinds = {one.sealed_to for one in versions}
    return wraps.RESTRICTED if wraps.RESTRICTED in kinds else wraps.ORDINARY
