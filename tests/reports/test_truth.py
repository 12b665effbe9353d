"""Reports over a generated casebook say what its generator knows, counted again by other means.

``benchmarks`` makes up people and writes them into a casebook; ``recount`` counts the people, the
tool counts the casebook. Every table and breakdown named here must agree in every period.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks import make_book
from tests.reports import recount
from tests.reports.recount import Found, Period, Person, counted
from tipcase import settings
from tipcase.casebook.book import Book
from tipcase.keyring import person as people
from tipcase.reports import period as periods
from tipcase.reports.counting import Table, count
from tipcase.reports.definition import ReportBook
from tipcase.reports.facts import FactsDefinition
from tipcase.reports.reading import read

AS_OF = "2026-11-15"
WHO = ("sex", "age", "group", "province", "nationality")
# Report and table, how they are counted again, and by what they are broken down.
TABLES: tuple[tuple[str, str, Callable[..., Any], tuple[str, ...]], ...] = (
    ("caseload", "caseload", recount.caseload, (*WHO, "exploitation")),
    ("closures", "closures", recount.closures, ("outcome", "opened_as", *WHO)),
    ("follow-up", "visits", recount.planned, ("announced", "visit_state", "sex", "province")),
    ("follow-up", "made", recount.made, ("reached", "sex")),
    ("stages", "stages", recount.stages, ("stage", "sex", "group")),
    ("monthly", "caseload", recount.caseload, ("group",)),
    ("monthly", "visits", recount.planned_monthly, ("group", "sex")),
    ("monthly", "services", recount.monthly_services, ("kind", "group")),
    ("services", "needs", recount.needs, ("kind", *WHO, "exploitation", "disability")),
    ("services", "sessions", recount.sessions, ("kind", "sex")),
    ("services", "referrals", recount.referrals, ("services", "answer", "sex")),
    ("outcomes", "reintegrated", recount.reintegrated, ("lives_with", "sex", "province")),
    ("outcomes", "incidents", recount.incidents, ("kind", "sex", "stage_at_end")),
    ("outcomes", "people", recount.outcomes_of_people, WHO),
    ("placement", "at_end", recount.at_end, ("setting", "sex", "age", "stage_at_end")),
    ("placement", "stays", recount.stays, ("setting_left", "sex")),
    ("placement", "moves", recount.moves, ("moved_to", "sex")),
    ("national", "people", recount.new_people, ("group", "age", "returned_from", "exploitation")),
    ("national", "at_exploitation", recount.at_exploitation, ("group_exploited", "province")),
    ("national", "accompanying", recount.accompanying, ("province",)),
    ("national", "left_out", recount.left_out, ("group",)),
    ("legal", "steps", recount.proceedings, ("kind", "sex")),
    ("legal", "hearings", recount.hearings, ("kind", "sex")),
    ("legal", "choices", recount.choices, ("kind", "sex")),
)
QUICK = ("2024", "2025-Q3")
MANY = (
    *("2022", "2024", "2026"),
    *("2023-Q1", "2024-Q4", "2025-Q2", "2026-Q4"),
    *("2023-12", "2024-02", "2025-09", "2026-10", "2026-11"),
)


@dataclass(frozen=True)
class Story:
    """A generated casebook, read, and the people that it was made of."""

    book: Book
    facts: Mapping[str, Any]
    people: list[Person]
    reports: ReportBook

    def told(self, report: str, period: str, by: str | None) -> dict[str, Found]:
        """What the tool counts, by table."""
        found = count(
            self.reports.get(report),
            self.facts,
            periods.parse(period),
            by=() if by is None else (by,),
            as_of=date.fromisoformat(AS_OF),
        )
        return {table.id: found_in(table) for table in found.tables}


def make(folder: Path, seed: int, cases: int, records: tuple[int, int]) -> Story:
    person = people.generate("bench", "x25519")
    make_book.make(folder, person, cases, records, seed=seed)
    book = Book(folder, settings.home())
    book.check()
    batch = read(book, person, FactsDefinition.of(book.edition), processes=1, cache=False)
    assert not batch.unread and not batch.not_open
    truth = [Person(line) for line in make_book.truth(folder)]
    assert {one.case for one in truth} == set(batch.facts)
    return Story(book, batch.facts, truth, ReportBook.of(book.edition))


def found_in(table: Table) -> Found:
    """The cells of a table with no breakdown or one, without what is nothing."""
    measures = [one.id for one in table.frame.measures]
    cells = {
        "".join(codes): {m: v for m, v in zip(measures, cell.values, strict=True) if v}
        for codes, cell in table.frame.cells.items()
    }
    return {code: values for code, values in cells.items() if values}


def kept(found: Found, measures: set[str]) -> Found:
    """The cells with these measures alone."""
    cells = {code: {m: v for m, v in cell.items() if m in measures} for code, cell in found.items()}
    return {code: values for code, values in cells.items() if values}


def differing(story: Story, named: tuple[str, ...]) -> Iterator[str]:
    """Where the tool and the truth part, by report, table, breakdown and period, without values."""
    for period in named:
        days = periods.parse(period)
        again = Period(days.start.isoformat(), days.end.isoformat(), AS_OF)
        told: dict[tuple[str, str | None], dict[str, Found]] = {}
        for report, table, counts, breakdowns in TABLES:
            measures = {m for p in story.people for given, _ in counts(p, again) for m in given}
            for by in (None, *breakdowns):
                if (report, by) not in told:
                    told[report, by] = story.told(report, period, by)
                truth = counted(story.people, counts, again, by)
                if truth != kept(told[report, by][table], measures):
                    yield f"{report}/{table} by {by} in {period}"


def test_every_table_says_what_is_true_of_the_people(tmp_path: Path) -> None:
    assert list(differing(make(tmp_path / "book", 7, 20, (9, 14)), QUICK)) == []


@pytest.mark.soak
@pytest.mark.parametrize("seed", [11, 12])
def test_so_it_is_of_hundreds_of_people(seed: int, tmp_path: Path) -> None:
    assert list(differing(make(tmp_path / "book", seed, 200, (12, 40)), MANY)) == []


@pytest.mark.soak
def test_another_truth_would_be_seen(tmp_path: Path) -> None:
    """The comparison is none if it cannot fail: one event told otherwise is found in its tables."""
    story = make(tmp_path / "book", 13, 24, (12, 16))
    closed = next(p for p in story.people if p.spans[0].get("to", "")[:4] == "2024")
    other = [event for event in closed.events if event["what"] != "close"]
    people = [p for p in story.people if p is not closed]
    people.append(Person({"case": closed.case, "events": other}))
    assert list(differing(replace(story, people=people), ("2023",))) == []
    found = {line.split()[0] for line in differing(replace(story, people=people), ("2024",))}
    assert {"caseload/caseload", "closures/closures", "monthly/caseload"} <= found
