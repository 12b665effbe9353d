"""What of a case's facts depends on a day: what it was in a period, what has come due, who agrees.

Dates are made whole here: of a partial date the earliest day counts (ours), so that whatever has a
date falls into one period and is never lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from tipcase.reports import consents
from tipcase.reports.built import AGAIN, BUILT, CLOSED, NEW, NUMBER, OPEN_END, OPEN_START, OPENED
from tipcase.reports.facts import Fact, FactsDefinition
from tipcase.reports.period import Period

_WHOLE = "0000-01-01"
# What a record has where nothing else is said of it.
_NONE = {name: 0 for name, kind in BUILT["records"].fields.items() if kind == NUMBER}


def expand(
    facts: Mapping[str, Any],
    definition: FactsDefinition,
    period: Period,
    as_of: date,
    needed: Collection[str] | None = None,
) -> dict[str, Any]:
    """The facts as reports use them; ``needed`` are the ids of those that matter, else all.

    Visits are judged on the period's last day, or on ``as_of`` if that comes first; consents on
    ``as_of``.
    """
    found: dict[str, Any] = {}
    for name in definition.facts if needed is None else needed:
        fact = definition.facts[name]
        if fact.built == "flow":
            found[name] = flow(facts["spans"], period)
        elif fact.built == "reporting":
            found[name] = consents.standing(facts, as_of)
        elif facts.get(name) is None:
            continue
        elif fact.built == "visits":
            # Few reports count them, and what judges them takes a while to load.
            from tipcase.reports import visit_plan

            found[name] = visit_plan.visits(facts[name], min(period.end, as_of))
        elif fact.built == "records":
            found[name] = _whole(fact, [{**_NONE, **one} for one in facts[name]])
        else:
            found[name] = _whole(fact, facts[name])
    return found


def flow(spans: list[dict[str, str]], period: Period) -> dict[str, int]:
    """How a case was counted in a period; what it began with and what came is what left and stays.

    Days count whole: a case that was closed and opened again on one day has done both.
    """
    start, end = period.days
    found = {OPEN_START: 0, OPENED: 0, AGAIN: 0, CLOSED: 0, OPEN_END: 0}
    for span in spans:
        begun, closed = span["from"], span.get("to")
        # ISO days stand in order as texts do.
        if begun <= end:
            found[OPEN_END] += closed is None or closed > end
            if begun < start:
                found[OPEN_START] += closed is None or closed >= start
            else:
                found[OPENED if span["how"] == NEW else AGAIN] += 1
            found[CLOSED] += closed is not None and start <= closed <= end
    return found


def _whole(fact: Fact, value: Any) -> Any:
    """The value with every date made whole."""
    if fact.kind == "date":
        return whole(value)
    if fact.kind != "events":
        return value
    days = [name for name, one in fact.fields.items() if one.kind == "date"]
    if all(len(event.get(name, _WHOLE)) == len(_WHOLE) for event in value for name in days):
        return value
    return [event | {name: whole(event[name]) for name in days if name in event} for event in value]


def whole(day: Any) -> Any:
    """The earliest day of a partial date; anything else as it is."""
    return day + _WHOLE[len(day) :] if isinstance(day, str) else day


__all__ = ["expand", "flow", "whole"]
