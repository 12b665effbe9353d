"""The sample casebook, counted: what its README tells of where each story stands."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta

import pytest

from tests.copies import copied
from tests.reports.cases import definition, edition
from tipcase import resources
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.keyring import person as people
from tipcase.reports.collecting import collect
from tipcase.reports.counting import Counted, count
from tipcase.reports.definition import ReportBook
from tipcase.reports.period import parse

# Hybrid keys take a second or two to read; `test_truth` counts a generated book quickly.
pytestmark = pytest.mark.soak
TODAY = date(2026, 10, 15)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    folder = tmp_path_factory.mktemp("samples")
    samples = resources.path("sample-cases")
    copied(samples / "book", folder / "book")
    reader = people.from_text((samples / "demo-identity.txt").read_text())
    book = Book(folder / "book", folder / "home")
    book.check()
    found = {}
    for name in book.case_ids():
        case = Case(book, name)
        dossier, unread = case.read_all(reader)
        assert not unread
        found[name] = json.loads(json.dumps(collect(case, dossier, definition())))
    return found


def counted(facts: dict[str, dict[str, object]], name: str, period: str = "2026") -> Counted:
    report = ReportBook(edition(), definition()).get(name)
    return count(report, facts, parse(period), as_of=TODAY, by=())


def test_the_caseload_of_the_year(facts: dict[str, dict[str, object]]) -> None:
    assert len(facts) == 19
    # Eleven stories are open; eight are closed, of which one was closed twice; one more was closed
    # and is open again.
    [cell] = counted(facts, "caseload").tables[0].frame.cells.values()
    assert cell.values == (7, 11, 2, 9, 11)


def test_the_outcomes_of_the_closings(facts: dict[str, dict[str, object]]) -> None:
    items = [one for case in facts.values() for one in case["spans"]]  # type: ignore[attr-defined]
    assert Counter(one.get("outcome") for one in items) == {
        None: 11, "successful": 2, "died": 2, "transferred": 2, "unsuccessful": 1,
        "lost-contact": 1, "declined-service": 1, "repatriated": 1,
    }  # fmt: skip
    for case in facts.values():
        days = [one[key] for one in case["spans"] for key in ("from", "to") if key in one]  # type: ignore[attr-defined]
        assert days == sorted(days)


def test_each_open_case_stands_in_one_stage_on_every_day(
    facts: dict[str, dict[str, object]],
) -> None:
    days = [(date(2025, 1, 1) + timedelta(n)).isoformat() for n in range(670)]
    assert days[-1] == "2026-11-01"
    for name, case in facts.items():
        apart = [
            day for day in days if standing(case["spans"], day) != standing(case["stays"], day)
        ]
        assert not apart, name
        assert max(standing(case["stays"], day) for day in days) == 1


def standing(times: object, day: str) -> int:
    """In how many of some times a day is; the day of a closing is none of it."""
    assert isinstance(times, list)
    return sum(one["from"] <= day < one.get("to", "9999") for one in times)


def test_every_report_counts_them(facts: dict[str, dict[str, object]]) -> None:
    for name in ReportBook(edition(), definition()).names:
        found = counted(facts, name)
        assert found.tables
        for table in found.tables:
            assert sum(table.undecided.values()) < 5, (name, table.id, table.undecided)
