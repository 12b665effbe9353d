"""Changes to a case: open one, write a record, move it through the stages, note a print.

Each is one signed entry. Reasons and everything about the person go into sealed records; the
entry holds the operation, the stage and the hash of the sealed decision.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tipcase import files
from tipcase.casebook import wraps, writing
from tipcase.casebook.attachments import attached
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.naming import new_case_id
from tipcase.casebook.place import JOURNAL, Place
from tipcase.casebook.revision import Written, recipients, seal
from tipcase.casebook.staff_entry import stranger
from tipcase.casebook.writing import Act, NewFile
from tipcase.errors import (
    DamagedError,
    FindingsError,
    MachineError,
    NoKeyError,
    NotFoundError,
    UsageError,
)
from tipcase.journal.names import PROVIDER, RECOVERY
from tipcase.journal.ops import OPS
from tipcase.journal.roster import Roster
from tipcase.keyring.person import Person

DECISION = "decision"
# A case under construction: it gets its own name, whole, by one rename.
_UNBORN = ".new-"


@contextlib.contextmanager
def editing(book: Book, case: str, person: Person, op: str = "put") -> Iterator[Case]:
    """A case to write to, locked, with what an earlier crash left mended.

    ``op`` is what will be done: some operations are a supervisor's, and the recovery identity may
    ``grant``. Nothing is written to a case whose journal is damaged.
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
        if not (OPS[op].recovery and is_recovery(book, person)):
            _may_here(found, person, op)
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
    unlisted: Mapping[str, bytes] | None = None,
) -> None:
    """Write one entry of a case that is being edited, and remember the case as it now stands.

    ``unlisted`` are wraps, which the data of the entry signs.
    """
    act = Act(op, data, new, case.fold.heads, case.book.roster.heads, unlisted or {})
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
    _may(person, book.roster)
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
        place = Place(case, unborn, unborn / JOURNAL)
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
        "number": book.edition.position(stage.name) + 1,
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
    _may(person, book.roster)
    writing.commit(book, place, act, person, time, final=final)


def case_yaml(case: str) -> bytes:
    """The derived head of a case, for people who look into the folder."""
    return f"format: 1\nid: {case}\n".encode("ascii")


def is_recovery(book: Book, person: Person) -> bool:
    """Whether somebody holds the recovery seed that is in force."""
    card = book.roster.recovery
    return person.handle == RECOVERY and person.signing_key.public == card.signing_key


def _may_here(case: Case, person: Person, op: str) -> None:
    """Refuse what the journal would set aside: the person is not on the team, or has no role."""
    staff = case.book.roster.now
    _may(person, case.book.roster)
    if person.handle not in case.fold.team:
        raise NoKeyError(
            f"{person.handle} is not on the team of {case.id}",
            "ask a supervisor of the case to open it for you",
        )
    if not staff[person.handle].roles & OPS[op].roles:
        raise NoKeyError(
            f"{person.handle} is no supervisor: only supervisors of a case change its team",
            f"tipcase staff list shows the supervisors; tipcase status {case.id} the team",
        )


def _may(person: Person, roster: Roster) -> None:
    member = roster.now.get(person.handle)
    if member is None or member.card.signing_key != person.signing_key.public:
        raise stranger(
            roster,
            person,
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
    *,
    only: tuple[str, ...] | None = None,
    settled: Sequence[str] = (),
) -> Written:
    """Write a record of a case that is being edited.

    A single type gets a new revision; a repeating one a new tag, or a new revision where ``tag``
    names one. ``data`` is typed already. What did not change is not written again. ``only`` names
    the people that it is sealed to (see ``named``), ``settled`` the open conflicts that are over.
    """
    path, new, written = seal(case, record_type, tag, data, person, only, settled)
    if written.changed:
        attached.check(case, path, data, person)
        moved = attached.follow(case, path, data, new, person)
        commit(case, "put", {}, {path: new, **moved}, person, time)
    return written


def named(book: Book, only: Sequence[str], person: Person) -> tuple[str, ...]:
    """Whom a record for these people alone is sealed to: them, its writer and the recovery seed.

    Raises ``NotFoundError`` for somebody who is not on the staff, ``UsageError`` for an auditor and
    for a handle that stands twice.
    """
    staff = book.roster.now
    if len(set(only)) < len(only):
        raise UsageError("a handle stands twice in --only", "name each once")
    for handle in only:
        if handle not in staff and handle != RECOVERY:
            raise NotFoundError(
                "--only names somebody who is not on the staff", "tipcase staff list shows who is"
            )
        if handle != RECOVERY and staff[handle].roles == {"auditor"}:
            raise UsageError(
                f"{handle} is an auditor, who opens nothing", "leave them out of --only"
            )
    return tuple(sorted({*only, person.handle, RECOVERY}))


# -- stages --


@dataclass(frozen=True)
class Move:
    """A move of a case: from a stage to another, with the phase that follows.

    ``number`` is the place of the new stage in the edition's order, from 1.
    """

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
    case: Case, form: str, decision: Mapping[str, Any] | str | None, person: Person, time: str
) -> str | None:
    """Note in the journal who printed which form and when; whom it is for is sealed.

    ``decision`` says whom, or is the hash of one that an earlier print has sealed. Returns its
    hash.
    """
    new: dict[str, NewFile] = {}
    digest = decision if isinstance(decision, str) else None
    if not isinstance(decision, str):
        new, digest = _decide(case, decision, person)
    commit(case, "print", {"form": form, "decision": digest}, new, person, time)
    return digest


def decide(
    case: Case, decision: Mapping[str, Any], person: Person
) -> tuple[dict[str, NewFile], Written]:
    """A decision sealed for the case, as the files of the entry that it goes with.

    Raises ``UsageError`` where the edition has no decisions, ``FindingsError`` where it has others.
    """
    from tipcase import law

    if DECISION not in case.book.edition.record_types:
        raise UsageError(
            "this casebook's edition has no record type for decisions",
            f"add records/{DECISION}.yaml to its schemas, then run tipcase settings --accept",
        )
    kind = case.book.edition.record_type(DECISION)
    if any(f.severity == "blocks" for f in law.validate(kind, dict(decision), complete=False)):
        raise FindingsError("the decision does not fit its record type", "tipcase schema decision")
    path, new, written = seal(case, DECISION, None, decision, person)
    return {path: new}, written


def _decide(
    case: Case, decision: Mapping[str, Any] | None, person: Person
) -> tuple[dict[str, NewFile], str | None]:
    if decision is None:
        return {}, None
    new, written = decide(case, decision, person)
    return new, written.sha256
