"""What an export says of cases: the columns of the edition, and faults of an office's own."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipcase import law
from tipcase.law.source import EditionError
from tipcase.reports import period
from tipcase.reports.counting import count
from tipcase.reports.definition import ReportBook
from tipcase.reports.export import FORMATS, dataset
from tipcase.reports.facts import FactsDefinition
from tipcase.reports.reading import Batch

EDITION = law.load(Path(__file__).parents[2] / "schemas" / "kh-2009")
FACTS = FactsDefinition.of(EDITION)
CASELOAD = ReportBook.of(EDITION).get("caseload")
AS_OF = date(2026, 10, 15)


@pytest.mark.parametrize("format", FORMATS)
def test_the_shipped_columns_are_sound(format: str) -> None:
    dataset.check(EDITION, FACTS, dataset.Wish(format, None, AS_OF))


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("export.yaml", "lists: [team]"),
        ("export.yaml", "lists: [sex]"),
        ("export.yaml", "months: [nothing]"),
        ("export.yaml", "months: 3"),
        ("export.yaml", "mounths: [came_on]"),
        ("export.yaml", "counts: {tables: [{id: cases, each: services}]}"),
        ("export.yaml", "counts: {tables: [{id: cases, where: 'sexx == 1'}]}"),
        ("export.yaml", "counts: {tables: [{id: cases, dimensions: [shoe]}]}"),
        ("export.yaml", "counts: {tables: [{id: b, measures: [{id: a, label: {en: a, km: a}}]}]}"),
        ("htcds.yaml", "tables: [{name: prs_person, each: team}]"),
        ("export.yaml", "counts: {tables: [{id: cases, where: 'count(team) > 0'}]}"),
        ("htcds.yaml", "counts: {tables: [{id: cases, each: visits}]}"),
    ],
)
def test_a_fault_in_an_office_s_own_says_where(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).write_text(text + "\n", encoding="utf-8")
    own = law.load([*EDITION.source.folders, tmp_path])
    wish = dataset.Wish("htcds" if file == "htcds.yaml" else "csv", None, AS_OF)
    with pytest.raises(EditionError, match=rf"{file} line"):
        dataset.check(own, FactsDefinition.of(own), wish)


DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31)).map(date.isoformat)
CASES = st.fixed_dictionaries(
    {"answer": st.sampled_from(["given", "refused", "later", None]), "opened": DAYS},
    optional={"sex": st.sampled_from(["female", "male"]), "closed": DAYS},
)


def _facts(answer: str | None, opened: str, sex: str = "", closed: str = "") -> dict[str, Any]:
    """The facts of a case as they are collected."""
    span: dict[str, Any] = {"from": opened, "how": "new"}
    if closed:
        span |= {"to": max(opened, closed), "outcome": "transferred"}
    return {
        "nationality": "KH",
        "birth": {"date": "1998", "basis": "told"},
        "came_on": opened,
        "exploitation": ["ForcedLabour", "ForcedCriminality"],
        "spans": [span],
        "stays": [{"stage": "identification", "from": opened}],
        "stage": "identification",
        "state": "closed" if closed else "open",
        **({"sex": sex} if sex else {}),
        **({"reporting": [{"on": opened, "answer": answer, "by": "self"}]} if answer else {}),
    }


# Each example counts twice over the whole edition: more of them find nothing new.
@settings(max_examples=100 if os.environ.get("TIPCASE_SOAK") == "1" else 12)
@given(st.lists(CASES, max_size=8))
def test_an_export_added_up_is_the_report_over_those_who_agreed(
    cases: list[dict[str, Any]],
) -> None:
    facts = {f"AAAA-{at:04}": _facts(**case) for at, case in enumerate(cases)}
    quarter = period.parse("2026-Q2")
    wish = dataset.Wish("ndjson", quarter, date(2027, 1, 1))
    made = dataset.made(EDITION, FACTS, Batch(facts), wish)
    rows = [json.loads(line) for line in made.contents["cases.ndjson"].splitlines()]
    told = count(CASELOAD, facts, quarter, by=["sex"], as_of=wish.as_of).tables[0]
    for codes, cell in told.given.cells.items():
        in_cell = [row for row in rows if codes[0] in ("", row["sex"])]
        for measure, value in zip(told.given.measures, cell.values, strict=True):
            assert sum(row[measure.id] for row in in_cell) == value
    counts = made.counts
    assert counts.cases == len(rows)
    assert sum(counts.as_json().values()) == len(cases)
    everybody = told.consent.cells[("refused",)].persons[0]
    assert counts.refused >= everybody


def test_a_row_says_months_and_lists_and_no_day() -> None:
    facts = {"AAAA-0001": _facts("given", "2026-02-03"), "AAAA-0002": _facts("later", "2026-02-04")}
    made = dataset.made(EDITION, FACTS, Batch(facts), dataset.Wish("ndjson", None, AS_OF))
    (row,) = [json.loads(line) for line in made.contents["cases.ndjson"].splitlines()]
    assert row["came_on"] == "2026-02"
    assert row["exploitation"] == ["ForcedCriminality", "ForcedLabour"]
    assert (row["sex"], row["new"], row["age"]) == ("missing", 1, "25-34")
    assert (made.alone, made.counts.not_asked) == (1, 1)


def test_who_withdrew_or_whose_yes_ran_out_is_left_out() -> None:
    """On the day of the export, whatever the period."""
    for more, cases in (({}, 1), ({"withdrawn": "2026-03-01"}, 0), ({"until": "2026-03-01"}, 0)):
        facts = _facts("given", "2026-02-03")
        facts["reporting"][0] |= more
        wish = dataset.Wish("csv", period.parse("2026-02"), AS_OF)
        assert dataset.made(EDITION, FACTS, Batch({"AAAA-0001": facts}), wish).counts.cases == cases


def test_a_no_since_the_day_that_is_asked_for_is_heeded() -> None:
    """``--as-of`` says of which day the numbers are, never whom it is right to show today."""
    facts = _facts("given", "2026-02-03")
    facts["reporting"][0]["withdrawn"] = "2026-06-01"
    may = date(2026, 5, 1)
    for asked_on, cases in ((None, 1), (date(2026, 5, 31), 1), (date(2026, 6, 1), 0)):
        wish = dataset.Wish("csv", None, may, asked_on=asked_on)
        assert dataset.made(EDITION, FACTS, Batch({"AAAA-0001": facts}), wish).counts.cases == cases
    quarter = period.parse("2026-Q1")
    told = count(CASELOAD, {"AAAA-0001": facts}, quarter, as_of=may, asked_on=date(2026, 6, 1))
    assert told.tables[0].given.items == ()
