"""Which closing a case is at: a closing that was reopened is over, and its record argues no more.

Every closing and reopening stays in the case. A closure record belongs to one closing: the
decision to close names it (``closure_record``), and the decision to reopen names that decision
(``closing``). Where one was written from paper and names none, the days tell.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tipcase.law import dates
from tipcase.law.dossier import Dossier, Record

CLOSURE = "closure"
DECISION = "decision"
CLOSED, REOPENED, WITHDRAWN = "close", "reopen", "withdraw"


def over(dossier: Dossier) -> frozenset[str]:
    """The names of the closure records whose closing was followed by a reopening."""
    decisions = {record.name: record.data for record in dossier.all(DECISION)}
    named: set[Any] = set()
    days: list[Any] = []
    for one in decisions.values():
        if one.get("kind") != REOPENED:
            continue
        ended = names(one.get("closing"))
        closes = [decisions[name] for name in ended if name in decisions]
        used = [c.get("closure_record") for c in closes if c.get("kind") == CLOSED]
        named.update(name for name in used if isinstance(name, str))
        if not ended or not all(isinstance(name, str) for name in used):
            days.append(one.get("happened_on"))
    return frozenset(
        record.name
        for record in dossier.all(CLOSURE)
        if record.name in named or any(_ended_by(record, day) for day in days)
    )


def withdrawn(dossier: Dossier) -> frozenset[str]:
    """The names of the closure records whose proposal was taken back, and not made anew."""
    decisions = {record.name: record.data for record in dossier.all(DECISION)}
    back = {
        name
        for one in decisions.values()
        if one.get("kind") == WITHDRAWN
        for name in names(one.get("closing"))
    }
    closes = {name: one for name, one in decisions.items() if one.get("kind") == CLOSED}
    gone = {str(one.get("closure_record")) for name, one in closes.items() if name in back}
    return frozenset(
        gone - {str(one.get("closure_record")) for name, one in closes.items() if name not in back}
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


def settled_by(closure: Record | None) -> frozenset[str]:
    """The keys of what a closure record says how it was settled."""
    listed = closure.data.get("left_open") if closure else None
    return frozenset(
        str(one.get("what"))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and _said_how(one)
    )


def _said_how(one: dict[str, Any]) -> bool:
    # What is handed over to nobody lies open.
    to_somebody = one.get("how") != "handed-over" or isinstance(one.get("to"), str)
    return isinstance(one.get("how"), str) and to_somebody


def _ended_by(closure: Record, day: Any) -> bool:
    # Where a date does not tell, the closing counts as reopened: nothing old helps to close again.
    return dates.before(day, closure.data.get("happened_on")) is not True


def names(value: Any) -> list[str]:
    """The decisions that a reopening ends: one, or more where people closed apart."""
    return value.replace(",", " ").split() if isinstance(value, str) else []


__all__ = [
    "CLOSED",
    "CLOSURE",
    "DECISION",
    "REOPENED",
    "WITHDRAWN",
    "current",
    "in_hand",
    "names",
    "over",
    "settled_by",
    "withdrawn",
]
