"""Closing a case, confirming it, withdrawing it, reopening it: one signed entry each.

Which outcome it was, why, and what was left open are sealed in the closure record and in the
decision; the journal holds that somebody closed, and the decision's hash. Nothing is taken from
anybody: the team stays on the file, and records can be written to a closed case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tipcase.casebook.attachments import attached
from tipcase.casebook.case import Case
from tipcase.casebook.change import commit, decide
from tipcase.casebook.naming import parse_record_file, record_name
from tipcase.casebook.revision import seal
from tipcase.casebook.writing import NewFile
from tipcase.journal.closings import Closing
from tipcase.keyring.person import Person
from tipcase.law.closures import CLOSURE


@dataclass(frozen=True)
class Closed:
    """What a closing wrote: its closure record and its decision."""

    closure: str
    decision: str


def close(
    case: Case,
    tag: str | None,
    closure: Mapping[str, Any],
    decision: Mapping[str, Any],
    person: Person,
    time: str,
    *,
    second: bool,
) -> Closed:
    """Close a case that is being edited, or propose it where a ``second`` person must confirm.

    ``closure`` is the typed closure record, ``tag`` that of the one it replaces.
    """
    name, new = _closure(case, tag, closure, person)
    sealed, written = decide(case, {**decision, "closure_record": name}, person)
    data = {"decision": written.sha256, "confirm": second}
    commit(case, "close", data, {**new, **sealed}, person, time)
    return Closed(name, record_name(written.record, written.tag))


def confirm(
    case: Case, closing: Closing, tag: str, closure: Mapping[str, Any], person: Person, time: str
) -> None:
    """Confirm a closing that somebody else proposed; the closure record says who did."""
    _, new = _closure(case, tag, closure, person)
    commit(case, "confirm", {"entry": closing.entry}, new, person, time)


@dataclass(frozen=True)
class Place:
    """Where a case goes on: the stage, its place in the edition's order from 1, the phase."""

    stage: str
    number: int
    phase: str | None


def reopen(case: Case, place: Place, decision: Mapping[str, Any], person: Person, time: str) -> str:
    """Open a closed case again, or withdraw what is only proposed; the name of the decision."""
    sealed, written = decide(case, decision, person)
    data = {
        "stage": place.stage,
        "number": place.number,
        "phase": place.phase,
        "decision": written.sha256,
    }
    commit(case, "reopen", data, sealed, person, time)
    return record_name(written.record, written.tag)


def decision_of(case: Case, closing: Closing) -> str | None:
    """The name of the decision record of a closing."""
    return decision_named(case, closing.decision)


def decision_named(case: Case, digest: str) -> str | None:
    """The name of the decision record that was sealed with this hash."""
    for path, hashes in case.fold.past.items():
        if digest in hashes:
            parsed = parse_record_file(path)
            return record_name(*parsed) if parsed else None
    return None


def written_after(case: Case) -> tuple[str, ...]:
    """The names of the records that were written since the case was closed."""
    return _names(case.fold.after_closing)


def written_since(case: Case, closing: Closing) -> tuple[str, ...]:
    """The names of the records that were written since a closing was proposed."""
    return _names(closing.written_since)


def _names(paths: Iterable[str]) -> tuple[str, ...]:
    parsed = [parse_record_file(path) for path in paths]
    return tuple(record_name(*one) for one in parsed if one)


def _closure(
    case: Case, tag: str | None, closure: Mapping[str, Any], person: Person
) -> tuple[str, dict[str, NewFile]]:
    path, new, written = seal(case, CLOSURE, tag, closure, person)
    name = record_name(CLOSURE, written.tag)
    if not written.changed:
        return name, {}
    attached.check(case, path, closure, person)
    return name, {path: new, **attached.follow(case, path, closure, new, person)}


__all__ = [
    "Closed",
    "Place",
    "close",
    "confirm",
    "decision_named",
    "decision_of",
    "reopen",
    "written_after",
    "written_since",
]
