"""Changes to a case: open one, write a record, move it through the stages, note a print.

Each is one signed entry. Reasons and everything about the person go into sealed records; the
entry holds the operation, the stage and the hash of the sealed decision.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tipcase import files
from tipcase.casebook import record as records
from tipcase.casebook import wraps, writing
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.device import new_record_id
from tipcase.casebook.naming import new_case_id, new_tag, record_file
from tipcase.casebook.place import Place
from tipcase.casebook.record import Header
from tipcase.casebook.writing import Act, NewFile
from tipcase.errors import (
    ConflictError,
    DamagedError,
    FindingsError,
    MachineError,
    NoKeyError,
    UsageError,
)
from tipcase.journal.names import PROVIDER, RECOVERY
from tipcase.journal.roster import Member
from tipcase.keyring.person import Person

DECISION = "decision"
# A case under construction: it gets its own name, whole, by one rename.
_UNBORN = ".new-"


@dataclass(frozen=True)
class Written:
    """A record that was written: its type, its tag, its revision, and whether anything changed."""

    record: str
    tag: str | None
    revision: int
    changed: bool
    path: str
    sha256: str


@contextlib.contextmanager
def editing(book: Book, case: str, person: Person) -> Iterator[Case]:
    """A case to write to, locked, with what an earlier crash left mended.

    Nothing is written to a case whose journal is damaged.
    """
    Case(book, case)
    place = book.place(case)
    with writing.locked(place):
        found = Case(book, case)
        problems = [*found.damage, *(p.text for p in found.fold.problems if p.damage)]
        if problems:
            raise DamagedError(
                f"the journal of {case} is damaged: {problems[0]}",
                "run tipcase verify; nothing is written to this case until it is mended",
            )
        # What somebody writes who may not would count for nothing, and they would not know.
        _may(person, book.roster.now)
        if person.handle not in found.fold.team:
            raise NoKeyError(
                f"{person.handle} is not on the team of {case}",
                "ask a supervisor of the case to open it for you",
            )
        # Only now: until here nobody has shown that the journal is theirs to mend.
        if writing.mend_journal(place, person.handle, book.roster):
            found = Case(book, case)
        with files.refusals("mend an unfinished write"):
            writing.mend_files(place, found.pending())
        yield found


def commit(
    case: Case,
    op: str,
    data: Mapping[str, Any],
    new: Mapping[str, NewFile],
    person: Person,
    time: str,
) -> None:
    """Write one entry of a case that is being edited, and remember the case as it now stands."""
    act = Act(op, data, new, case.fold.heads, case.book.roster.heads)
    writing.commit(case.book, case.place, act, person, time)
    _remember(case.book, case.id)


def _remember(book: Book, case: str) -> None:
    """Pin a case after a write of our own.

    What was written stands already: that this machine could not note it must not look as if it did
    not, for then people would write it twice.
    """
    Case(book, case).remember()
    with contextlib.suppress(MachineError):
        book.state.save(patience=5.0)


def new_case(book: Book, person: Person, *, opened: str, time: str) -> str:
    """Open a case and return its id; it is readable to its creator, supervisors and recovery.

    ``opened`` is an ISO date; ``time`` the UTC time of the entry.
    """
    _may(person, book.roster.now)
    folder = book.root / "cases"
    with files.refusals("open a case"):
        folder.mkdir(exist_ok=True)
    if not files.is_plain_folder(folder):
        raise DamagedError(
            "the folder of the cases is not a folder", "put the folder itself back, not a link"
        )
    with files.lock(folder / ".lock", "the folder of the cases"):
        # What a crash in the middle of opening a case left: no journal names it.
        for rest in folder.glob(f"{_UNBORN}*"):
            shutil.rmtree(rest, ignore_errors=True)
        case = next(c for c in iter(new_case_id, None) if not (folder / c).exists())
        unborn = folder / f"{_UNBORN}{case}"
        place = Place(case, unborn, unborn / "journal")
        try:
            with files.refusals("open a case"):
                # Its lock file is born with it: a refused change then leaves nothing new.
                with writing.locked(place):
                    found_case(book, place, book.place(case), person, opened=opened, time=time)
                os.rename(unborn, folder / case)
                files.sync_folder(folder)
        except BaseException:
            shutil.rmtree(unborn, ignore_errors=True)
            raise
    _remember(book, case)
    return case


def found_case(
    book: Book, place: Place, final: Place, person: Person, *, opened: str, time: str
) -> None:
    """Write the first entry of a case (or of the provider's folder) with its keys."""
    staff = book.roster.now
    team = {
        handle: True
        for handle, member in staff.items()
        if "supervisor" in member.roles or handle == person.handle
    } | {RECOVERY: True}
    keys = wraps.make(book.config.keys, team, recipients(book, staff))
    stage = book.edition.stages[0]
    framework = str(book.config.get("framework"))
    data = {
        "opened": opened,
        "stage": stage.name,
        "number": stage.number,
        "phase": None if place.case == PROVIDER else book.edition.phase_of(stage.name, framework),
        "team": [{"handle": h, "restricted": r} for h, r in sorted(team.items())],
        "generation": {
            "name": keys.generation.name,
            "ordinary": keys.generation.ordinary,
            "restricted": keys.generation.restricted,
        },
        "wraps": list(keys.wraps),
    }
    head = NewFile(case_yaml(place.case))
    unlisted = {**keys.files, "case.yaml": head.data}
    act = Act("new", data, {}, (), book.roster.heads, unlisted)
    _may(person, staff)
    writing.commit(book, place, act, person, time, final=final)


def case_yaml(case: str) -> bytes:
    """The derived head of a case, for people who look into the folder."""
    return f"format: 1\nid: {case}\n".encode("ascii")


def recipients(book: Book, staff: Mapping[str, Member]) -> dict[str, str]:
    """Everybody's age recipient as the roster has it, recovery's included."""
    people = {handle: member.card.recipient for handle, member in staff.items()}
    return {**people, RECOVERY: book.roster.recovery.recipient}


def _may(person: Person, staff: Mapping[str, Member]) -> None:
    member = staff.get(person.handle)
    if member is None or member.card.signing_key != person.signing_key.public:
        raise NoKeyError(
            f"{person.handle} is not on the staff of this casebook with this key",
            "send your card to an admin: tipcase staff add HANDLE.card.yaml --role caseworker",
        )
    if not member.roles & {"supervisor", "caseworker"}:
        raise NoKeyError(
            f"{person.handle} has no role that may open cases or write to them",
            "ask an admin for the role of caseworker or supervisor",
        )


# -- records --


def put(
    case: Case,
    record_type: str,
    tag: str | None,
    data: Mapping[str, Any],
    person: Person,
    time: str,
) -> Written:
    """Write a record of a case that is being edited.

    A single type gets a new revision; a repeating one a new tag, or a new revision where ``tag``
    names one. ``data`` is typed already. What did not change is not written again.
    """
    path, new, written = seal(case, record_type, tag, data, person)
    if written.changed:
        commit(case, "put", {}, {path: new}, person, time)
    return written


def seal(
    case: Case, record_type: str, tag: str | None, data: Mapping[str, Any], person: Person
) -> tuple[str, NewFile, Written]:
    """A record made ready to be written: its path, its sealed bytes, and what it will be."""
    kind = case.book.edition.record_type(record_type)
    if tag is not None and not kind.repeats:
        raise UsageError(f"there is only one {record_type} in a case", f"name it {record_type}")
    if kind.repeats and tag is None:
        tag = next(t for t in iter(new_tag, None) if t not in case.tags(record_type))
    path = record_file(record_type, kind.number, tag)
    edition, revision, record_id = case.book.config.edition, 1, new_record_id()
    previous: tuple[str, ...] = ()
    if path in case.fold.current:
        before = case.plaintext(path, person)
        content = records.decode(before, case.id)
        revision, record_id = content.header.revision + 1, content.header.record
        previous = (case.current(path).sha256,)
        same = Header(
            edition, case.id, record_id, content.header.revision, content.header.conflicts
        )
        if records.encode(same, data) == before:
            done = Written(record_type, tag, revision - 1, False, path, previous[0])
            return path, NewFile(b""), done
        if content.header.conflicts:
            raise ConflictError(
                f"{path} of {case.id} holds an open conflict", "resolve the conflict first"
            )
    plaintext = records.encode(Header(edition, case.id, record_id, revision), data)
    generation = case.fold.sealing
    if generation is None:
        raise ConflictError(
            f"every key of {case.id} is open to somebody outside its team",
            "a supervisor makes new keys for the case before anything is written",
        )
    recipient = generation.restricted if kind.restricted else generation.ordinary
    if kind.restricted:
        wraps.CaseKeys(case.place, case.fold, person).identities(wraps.RESTRICTED)
    sealed = records.seal(plaintext, recipient)
    new = NewFile(sealed, previous, wraps.RESTRICTED if kind.restricted else wraps.ORDINARY)
    return path, new, Written(record_type, tag, revision, True, path, files.sha256(sealed))


# -- stages --


@dataclass(frozen=True)
class Move:
    """A move of a case: from a stage to another, with the phase that follows."""

    start: str
    stage: str
    number: int
    phase: str | None
    complete: bool


def advance(
    case: Case, move: Move, decision: Mapping[str, Any] | None, person: Person, time: str
) -> None:
    """Move the current stage; an overriding decision is sealed into the case with it."""
    new, digest = _decide(case, decision, person)
    data = {
        "from": move.start,
        "stage": move.stage,
        "number": move.number,
        "phase": move.phase,
        "complete": move.complete,
        "decision": digest,
    }
    commit(case, "advance", data, new, person, time)


def skip(
    case: Case, stage: str, state: str, decision: Mapping[str, Any], person: Person, time: str
) -> None:
    """Mark a stage as not applicable or done elsewhere, with its sealed reason."""
    new, digest = _decide(case, decision, person)
    commit(case, "skip", {"stage": stage, "state": state, "decision": digest}, new, person, time)


def note_print(
    case: Case, form: str, decision: Mapping[str, Any] | None, person: Person, time: str
) -> None:
    """Note in the journal who printed which form and when; its recipient would be sealed."""
    new, digest = _decide(case, decision, person)
    commit(case, "print", {"form": form, "decision": digest}, new, person, time)


def _decide(
    case: Case, decision: Mapping[str, Any] | None, person: Person
) -> tuple[dict[str, NewFile], str | None]:
    if decision is None:
        return {}, None
    from tipcase import law

    kind = case.book.edition.record_type(DECISION)
    if any(f.severity == "blocks" for f in law.validate(kind, dict(decision), complete=False)):
        raise FindingsError("the decision does not fit its record type", "tipcase schema decision")
    path, new, written = seal(case, DECISION, None, decision, person)
    return {path: new}, written.sha256
