"""Which closing a case is at: a closing that was reopened is over, and its record argues no more.

Every closing and reopening stays in the case. A closure record belongs to one closing: the decision
to close names it (``closure_record``), and the decision to reopen names that decision (``closing``).
Where a reopening was written from paper and names none, its day tells.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tipcase.law import dates
from tipcase.law.dossier import Dossier, Record

CLOSURE = "closure"
DECISION = "decision"
CLOSED, REOPENED = "close", "reopen"


def over(dossier: Dossier) -> frozenset[str]:
    """The names of the closure records whose closing was followed by a reopening."""
    reopened = [r.data for r in dossier.all(DECISION) if r.data.get("kind") == REOPENED]
    ended = {name for one in reopened for name in _names(one.get("closing"))}
    named = {
        decision.data.get("closure_record")
        for decision in dossier.all(DECISION)
        if decision.data.get("kind") == CLOSED and decision.name in ended
    }
    unnamed = [one.get("happened_on") for one in reopened if not _names(one.get("closing"))]
    return frozenset(
        record.name
        for record in dossier.all(CLOSURE)
        if record.name in named or any(_ended_by(record, day) for day in unnamed)
    )


def current(dossier: Dossier) -> Record | None:
    """The closure record of the closing in hand: the latest that is not over."""
    past = over(dossier)
    records = [record for record in dossier.all(CLOSURE) if record.name not in past]
    return records[-1] if records else None


def in_hand(dossier: Dossier) -> Dossier:
    """The case without the closure records that are over, as closing it now is judged by."""
    past = over(dossier)
    if not past:
        return dossier
    return replace(dossier, records=tuple(r for r in dossier.records if r.name not in past))


def _ended_by(closure: Record, day: Any) -> bool:
    # Where a date does not tell, the closing counts as reopened: nothing old helps to close again.
    return dates.before(day, closure.data.get("happened_on")) is not True


def _names(value: Any) -> list[str]:
    """The decisions that a reopening ends: one, or more where people closed apart."""
    return value.replace(",", " ").split() if isinstance(value, str) else []


__all__ = ["CLOSED", "CLOSURE", "DECISION", "REOPENED", "current", "in_hand", "over"]
