"""What an export says of how a case ended, and of its visits, agrees with what the reports say."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import pytest

from tests.reports.test_reports_counts import edition
from tipcase.reports import period
from tipcase.reports.export import dataset
from tipcase.reports.facts import FactsDefinition
from tipcase.reports.reading import Batch

AS_OF = date(2026, 7, 15)
CLOSED = {"from": "2026-01-10", "how": "new", "to": "2026-02-10", "outcome": "transferred"}
AGAIN = {"from": "2026-03-10", "how": "reopened"}
AGREED = [
    [
        "reintegration",
        {
            "happened_on": "2026-01-01",
            "visits_agreed": {
                "agreed_on": "2026-01-01",
                "visits": [{"visit_on": "2026-01-20"}, {"visit_on": "2026-02-20"}],
            },
        },
    ]
]


def exported(format: str, spans: list[dict[str, str]], when: str, **told: Any) -> dict[str, bytes]:
    facts = {
        "spans": spans,
        "stays": [],
        "stage": "recovery",
        "state": "closed" if "to" in spans[-1] else "open",
        "reporting": [{"on": "2026-01-10", "answer": "given", "by": "self"}],
        **told,
    }
    of = edition()
    definition = FactsDefinition.of(of)
    wish = dataset.Wish(format, period.parse(when), AS_OF)
    return dict(dataset.made(of, definition, Batch({"AAAA-0001": facts}), wish).contents)


def row(spans: list[dict[str, str]], when: str, **told: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(exported("ndjson", spans, when, **told)["cases.ndjson"])
    return found


def of_standard(name: str, spans: list[dict[str, str]]) -> dict[str, str]:
    text = exported("htcds", spans, "2026")[name].decode("utf-8")
    (found,) = csv.DictReader(io.StringIO(text, newline=""))
    return found


@pytest.mark.parametrize(
    ("spans", "when", "outcome"),
    [
        ([CLOSED], "2026-Q1", "transferred"),
        # Closed, and open again before the end; and after it.
        ([CLOSED, AGAIN], "2026-Q1", "missing"),
        ([CLOSED, AGAIN], "2026-02", "transferred"),
        # Still open at the end of the period.
        ([CLOSED], "2026-01", "missing"),
        # Nobody wrote down how the last time ended: the time before says nothing of it.
        ([CLOSED, {**AGAIN, "to": "2026-03-20"}], "2026-Q1", "missing"),
        ([CLOSED, {**AGAIN, "to": "2026-03-20", "outcome": "successful"}], "2026-Q1", "successful"),
    ],
)
def test_the_outcome_is_that_of_a_case_that_is_closed_at_the_end(
    spans: list[dict[str, str]], when: str, outcome: str
) -> None:
    assert row(spans, when)["outcome"] == outcome


@pytest.mark.parametrize(
    ("spans", "status", "reason"),
    [
        ([CLOSED], "ClosedReferred", "transferred"),
        ([CLOSED, AGAIN], "Active", ""),
        ([CLOSED, {**AGAIN, "to": "2026-03-20"}], "Closed", ""),
        ([CLOSED, {**AGAIN, "to": "2026-03-20", "outcome": "successful"}], "Closed", "successful"),
    ],
)
def test_so_it_is_in_the_standard(spans: list[dict[str, str]], status: str, reason: str) -> None:
    found = of_standard("cas_case.csv", spans)
    assert (found["cas_Status"], found["cas_ReasonForCaseClosure"]) == (status, reason)


def test_whose_case_was_closed_by_a_death_and_opened_again_is_not_dead() -> None:
    spans = [{**CLOSED, "outcome": "died"}, AGAIN]
    assert of_standard("prs_person.csv", spans)["prs_Deceased"] == ""


def test_visits_of_days_on_which_the_case_was_closed_are_nobody_s() -> None:
    found = row([CLOSED, AGAIN], "2026-Q1", visits=AGREED)
    assert (found["visits_agreed"], found["visits_done"], found["visits_late"]) == (1, 0, 1)
    made = [*AGREED, ["follow-up", {"happened_on": "2026-02-21", "planned_on": "2026-02-20",
                                    "reached": "met"}]]  # fmt: skip
    found = row([CLOSED, AGAIN], "2026-Q1", visits=made)
    assert (found["visits_agreed"], found["visits_done"]) == (2, 1)
