"""How a reintegration stands at 6 and at 12 months: each class, on its edges, one person at a time.

Days are given from the day on which the reintegration began; ``M`` is the mark, 183 or 365.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from tests.reports.test_reports_counts import report
from tipcase.reports.counting import count
from tipcase.reports.period import parse

BEGAN = date(2025, 1, 10)
MARKS = {6: 183, 12: 365}
WELL = {"family": "yes", "economy": "yes"}
# From the mark to a list of facts.
Facts = Callable[[int], dict[str, Any]]


def on(days: int) -> str:
    return (BEGAN + timedelta(days)).isoformat()


def closed(outcome: str, day: int, *again: int) -> dict[str, Any]:
    """A file opened long ago, closed on a day, and opened again on others."""
    spans = [{"from": on(-300), "how": "new", "to": on(day), "outcome": outcome}]
    return {"spans": [*spans, *({"from": on(one), "how": "reopened"} for one in again)]}


def met(day: int, **told: Any) -> dict[str, Any]:
    return {"on": on(day), "reached": "met", **told}


def well(day: int, **told: Any) -> dict[str, Any]:
    return met(day) | WELL | told


def looks(*seen: dict[str, Any]) -> dict[str, Any]:
    return {"looks": list(seen)}


def trial(outcome: str, back: int | None = None) -> dict[str, Any]:
    told = {"trial": outcome} if outcome else {}
    return {"trial": {**told, **({} if back is None else {"back_on": on(back)})}}


def gone(day: int, found: int | None = None) -> dict[str, Any]:
    return {
        "incidents": [
            {
                "on": on(day),
                "kind": "disappearance",
                **({} if found is None else {"ended_on": on(found)}),
            }
        ]
    }


STORIES: list[tuple[str, Facts, str]] = [
    ("nothing is known", lambda m: {}, "not-seen"),
    # Died.
    ("died on the mark", lambda m: closed("died", m), "died"),
    ("died on the first day", lambda m: closed("died", 0), "died"),
    ("died after the mark", lambda m: closed("died", m + 1), "not-seen"),
    ("a death of before", lambda m: closed("died", -1), "not-seen"),
    ("a death by mistake", lambda m: closed("died", m, m), "not-seen"),
    ("a mistake found out later", lambda m: closed("died", m, m + 1), "died"),
    ("died after going back", lambda m: closed("died", 50) | trial("went-back", 20), "died"),
    # Went back into care.
    ("back on the mark", lambda m: trial("went-back", m), "returned"),
    ("back after the mark", lambda m: trial("went-back", m + 1), "not-seen"),
    ("back, nobody knows when", lambda m: trial("went-back"), "returned"),
    ("back, and nobody changed the trial", lambda m: trial("goes-on", 9), "returned"),
    ("back, and nothing of the trial", lambda m: trial("", 9), "returned"),
    ("moved", lambda m: trial("moved", 9), "not-seen"),
    ("goes on", lambda m: trial("goes-on"), "not-seen"),
    ("back before lost", lambda m: trial("went-back", 9) | closed("lost-contact", 5), "returned"),
    # Lost.
    ("lost on the mark", lambda m: closed("lost-contact", m), "lost"),
    ("lost on the first day", lambda m: closed("lost-contact", 0), "lost"),
    ("lost after the mark", lambda m: closed("lost-contact", m + 1), "not-seen"),
    ("lost before it began", lambda m: closed("lost-contact", -1), "not-seen"),
    ("lost and found", lambda m: closed("lost-contact", 9, m), "not-seen"),
    ("lost and found the same day", lambda m: closed("lost-contact", 9, 9), "not-seen"),
    ("lost, found after the mark", lambda m: closed("lost-contact", 9, m + 1), "lost"),
    ("gone on the mark", lambda m: gone(m), "lost"),
    ("gone on the first day", lambda m: gone(0), "lost"),
    ("gone after the mark", lambda m: gone(m + 1), "not-seen"),
    ("gone before", lambda m: gone(-1), "not-seen"),
    ("gone, found late", lambda m: gone(9, m + 45), "not-seen"),
    ("gone, found too late", lambda m: gone(9, m + 46), "lost"),
    ("gone nobody knows when", lambda m: {"incidents": [{"kind": "disappearance"}]}, "not-seen"),
    ("another incident", lambda m: {"incidents": [{"on": on(9), "kind": "crisis"}]}, "not-seen"),
    ("an incident of no kind", lambda m: {"incidents": [{"on": on(9)}]}, "not-seen"),
    ("lost, and well before", lambda m: closed("lost-contact", m) | looks(well(m)), "lost"),
    # Stable.
    ("well on the mark", lambda m: looks(well(m)), "stable"),
    ("well 45 days before", lambda m: looks(well(m - 45)), "stable"),
    ("well 46 days before", lambda m: looks(well(m - 46)), "not-seen"),
    ("well 45 days after", lambda m: looks(well(m + 45)), "stable"),
    ("well 46 days after", lambda m: looks(well(m + 46)), "not-seen"),
    ("well, no danger", lambda m: looks(well(m, danger=False)), "stable"),
    ("well, danger not asked", lambda m: looks(well(m, danger={"unknown": "not-asked"})), "stable"),
    ("well at last", lambda m: looks(met(m - 9), well(m)), "stable"),
    ("well, then away", lambda m: looks(well(m), met(m + 1, reached="not-reached")), "stable"),
    ("well, then much later not", lambda m: looks(well(m), met(m + 46, family="no")), "stable"),
    ("well in the earlier half", lambda m: looks(met(m - 46), well(m)), "stable"),
    ("closed well on the first day", lambda m: closed("successful", 0), "stable"),
    ("closed well in time", lambda m: closed("successful", m + 45), "stable"),
    ("closed well too late", lambda m: closed("successful", m + 46), "not-seen"),
    ("closed well before", lambda m: closed("successful", -1), "not-seen"),
    ("closed well, reopened", lambda m: closed("successful", 9, m + 45), "not-seen"),
    ("closed well, reopened that day", lambda m: closed("successful", 9, 9), "not-seen"),
    ("closed well, reopened later", lambda m: closed("successful", 9, m + 46), "stable"),
    # Met.
    ("in danger", lambda m: looks(well(m, danger=True)), "met"),
    ("family not well", lambda m: looks(well(m, family="partly")), "met"),
    ("economy not well", lambda m: looks(well(m, economy="not-observed")), "met"),
    ("family not told", lambda m: looks(met(m, economy="yes")), "met"),
    ("economy not told", lambda m: looks(met(m, family="yes")), "met"),
    ("met 45 days before", lambda m: looks(met(m - 45)), "met"),
    ("met 46 days before", lambda m: looks(met(m - 46)), "not-seen"),
    ("met 45 days after", lambda m: looks(met(m + 45)), "met"),
    ("met 46 days after", lambda m: looks(met(m + 46)), "not-seen"),
    ("well, then not", lambda m: looks(well(m), well(m + 45, family="no")), "met"),
    ("not reached, whatever is told", lambda m: looks(well(m, reached="not-reached")), "not-seen"),
    ("nobody knows whether reached", lambda m: looks({"on": on(m)} | WELL), "not-seen"),
    ("a visit of no day", lambda m: looks({"reached": "met"} | WELL), "not-seen"),
    ("met, closed otherwise", lambda m: looks(met(m)) | closed("transferred", m), "met"),
    # Closed with another outcome.
    ("transferred", lambda m: closed("transferred", m + 45), "ended"),
    ("unsuccessful", lambda m: closed("unsuccessful", 0), "ended"),
    ("declined", lambda m: closed("declined-service", 9), "ended"),
    ("repatriated", lambda m: closed("repatriated", 9), "ended"),
    ("transferred too late", lambda m: closed("transferred", m + 46), "not-seen"),
    ("transferred before", lambda m: closed("transferred", -1), "not-seen"),
    ("transferred, reopened", lambda m: closed("transferred", 9, m + 45), "not-seen"),
    ("transferred, reopened that day", lambda m: closed("transferred", 9, 9), "not-seen"),
    ("transferred, reopened later", lambda m: closed("transferred", 9, m + 46), "ended"),
    ("closed, nobody knows how", lambda m: closed("", 9), "not-seen"),
]  # fmt: skip
# On a day before the mark: who is certain to be in a class already, and the others.
EARLY: Sequence[tuple[str, Facts, str]] = (
    ("nothing", lambda m: {}, "not-due"),
    ("well already", lambda m: looks(well(m - 40)), "not-due"),
    ("closed well already", lambda m: closed("successful", 9), "not-due"),
    ("transferred already", lambda m: closed("transferred", 9), "not-due"),
    ("died already", lambda m: closed("died", 9), "died"),
    ("back already", lambda m: trial("went-back", 9), "returned"),
    ("lost already", lambda m: closed("lost-contact", 9), "lost"),
)


def person(told: dict[str, Any]) -> dict[str, Any]:
    """All the facts that are looked at of somebody who was reintegrated once."""
    facts = {"spans": [{"from": on(-300), "how": "new"}], "looks": [], "incidents": []} | told
    facts["spans"] = [{k: v for k, v in span.items() if v} for span in facts["spans"]]
    began = {"on": on(0), "lives": "own-family", **facts.pop("trial", {})}
    return facts | {"reintegrations": [began]}


@cache
def standings(months: int, early: bool) -> dict[str, str]:
    """The class in which each story stands, which must be one alone."""
    mark = MARKS[months]
    as_of = BEGAN + timedelta(mark - 1) if early else date(2030, 1, 1)
    told = {name: person(facts(mark)) for name, facts, _ in (EARLY if early else STORIES)}
    tables = count(report("outcomes"), told, parse("2025-01", None, None), as_of=as_of).tables
    items = next(one for one in tables if one.id == f"after_{months}_months").frame.items
    assert sorted(item.case for item in items) == sorted(told)
    return {item.case: item.codes[0] for item in items}


@pytest.mark.parametrize("months", MARKS)
def test_each_stands_in_the_first_class_that_holds(months: int) -> None:
    assert standings(months, early=False) == {name: code for name, _, code in STORIES}


@pytest.mark.parametrize("months", MARKS)
@pytest.mark.parametrize(("name", "expected"), [(name, code) for name, _, code in EARLY])
def test_before_the_mark_only_what_is_certain_is_said(
    months: int, name: str, expected: str
) -> None:
    assert standings(months, early=True)[name] == expected


@pytest.mark.parametrize("months", MARKS)
def test_on_the_mark_it_is_due(months: int) -> None:
    day = BEGAN + timedelta(MARKS[months])
    tables = count(report("outcomes"), {"A": person({})}, parse("2025", None, None), as_of=day)
    codes = {one.id: [item.codes for item in one.frame.items] for one in tables.tables}
    assert codes[f"after_{months}_months"] == [("not-seen",)]
