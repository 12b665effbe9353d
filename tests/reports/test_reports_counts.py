"""The shipped reports over invented facts: the numbers in ``counts/`` were worked out by hand.

A file of ``counts/`` is named after its report, and has a period, the day that is today, the facts
of each person, and what each table must say: by the codes of a row ("" is the total), the value of
every measure. Who has no spans has one open case from 2024 on.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tipcase import documents, law, resources
from tipcase.law.edition import Edition
from tipcase.reports.counting import Counted, Table, count
from tipcase.reports.definition import Report, ReportBook
from tipcase.reports.facts import FactsDefinition
from tipcase.reports.period import parse
from tipcase.reports.tables import TOTAL

STORIES = sorted(Path(__file__).with_name("counts").glob("*.yaml"))
CARE = {"from": "2024-01-01", "how": "new"}


@cache
def edition() -> Edition:
    return law.load(resources.path("schemas") / "kh-2009")


@cache
def book() -> ReportBook:
    return ReportBook.of(edition())


def told_of(path: Path) -> str:
    """The report that a story is about: its file is called so, or begins so."""
    return next(name for name in book().names if f"{path.stem}-".startswith(f"{name}-"))


@cache
def report(name: str) -> Report:
    return book().get(name)


@cache
def told(path: Path) -> dict[str, Any]:
    story: dict[str, Any] = documents.load(path.read_bytes())
    return story


def people(path: Path) -> dict[str, dict[str, Any]]:
    """What would be collected of them: every list is there, if only an empty one."""
    facts = FactsDefinition.of(edition()).facts
    empty: dict[str, list[Any]] = {
        name: [] for name, fact in facts.items() if fact.kind == "events" and not fact.built
    }
    return {
        name: {"spans": [CARE], **empty, **told(path)["people"][name]}
        for name in told(path)["people"]
    }


@cache
def counted(path: Path) -> Counted:
    name = told_of(path)
    story = told(path)
    period = parse(str(story["period"]), None, None)
    day = date.fromisoformat(story["as_of"])
    return count(report(name), people(path), period, as_of=day)


def rows(table: Table) -> dict[str, dict[str, Any]]:
    """The cells by their codes, the total under ""."""
    frame = table.frame
    names = [measure.id for measure in frame.measures]
    found = {
        ",".join(codes): dict(zip(names, cell.values, strict=True))
        for codes, cell in frame.cells.items()
        if TOTAL not in codes
    }
    total = frame.cells[(TOTAL,) * len(frame.dimensions)]
    return {**found, "": dict(zip(names, total.values, strict=True))}


CASES = [(path, table) for path in STORIES for table in told(path)["expected"]]


@pytest.mark.parametrize(("path", "table"), CASES, ids=[f"{p.stem}-{t}" for p, t in CASES])
def test_the_numbers_are_those_worked_out_by_hand(path: Path, table: str) -> None:
    found = rows(next(one for one in counted(path).tables if one.id == table))
    expected = told(path)["expected"][table]
    assert {code: found.get(code) for code in expected} == expected


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_nobody_is_passed_over_in_silence(path: Path) -> None:
    """The stories hold missing days and honest unknowns: each has a row, none is undecided."""
    assert {
        table.id: dict(table.undecided)
        for table in counted(path).tables
        if any(table.undecided.values())
    } == {}


def test_every_table_of_these_reports_has_a_story() -> None:
    there = {(told_of(path), table) for path, table in CASES}
    reports = {name for name, _ in there}
    assert there == {(name, one.id) for name in reports for one in report(name).tables}


@pytest.mark.parametrize("name", ["workload", "data-quality"])
def test_what_is_about_staff_or_gaps_is_never_published(name: str) -> None:
    assert not report(name).publish


def test_the_countries_are_those_that_the_sheets_name() -> None:
    sheets = documents.load((resources.path("schemas") / "kh-2009" / "forms.yaml").read_bytes())
    assert edition().facts_data["lists"]["countries"] == sheets["words"]["countries"]
