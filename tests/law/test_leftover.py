"""What a closing would leave open: all that the schedule holds of a case, each thing by its key."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml12

from tests.law.editions import AS_OF, SHIPPED, record
from tipcase import law
from tipcase.law.dossier import Dossier, Record
from tipcase.law.leftover import left_open
from tipcase.law.schedule import due

EDITION = law.load(SHIPPED)


def case(*records: Record, state: str = "open") -> Dossier:
    return Dossier("K7Q2-M9TX", "2026-01-05", "closure", state=state, records=records)


def keys(*records: Record, as_of: date = AS_OF) -> list[str]:
    return [one.key for one in left_open(EDITION, case(*records), as_of)]


def test_it_looks_ahead_without_an_end_and_each_thing_has_a_key() -> None:
    goals = [
        {"id": "gaa23456", "goal": "x", "due_on": "2031-01-01"},
        {"id": "gbb23456", "goal": "y", "due_on": "2030-01-01", "done_on": "2026-01-01"},
        {"goal": "z", "due_on": "2026-01-01"},
    ]
    plan = record(
        "case-planning", None, happened_on="2026-02-01", review_on="2026-12-24", goals=goals
    )
    assert keys(plan) == [
        "plan-goal case-planning 3",
        "plan-review case-planning",
        "plan-goal case-planning gaa23456",
    ]
    visit = record("follow-up", "aaaa2345", happened_on="2026-11-01", next_visit_on="2027-01")
    assert keys(visit) == ["follow-up-next follow-up/aaaa2345"]
    (found,) = left_open(EDITION, case(visit), AS_OF)
    assert found.as_json()["key"] == found.key


def test_what_outlives_a_closing_is_not_left_open() -> None:
    consent = {"subject": "services", "answer": "given", "given_by": "self"}
    records = [
        record(
            "profile", None, age_settling={"due_on": "2026-12-01"}, birth={"date": "2009-01-01"}
        ),
        record(
            "consent", "aaaa2345", happened_on="2026-01-01", valid_until="2027-01-01", **consent
        ),
        record(
            "consent", "bbbb2345", happened_on="2026-01-01", ask_again_on="2027-01-01", **consent
        ),
        record(
            "consent", "cccc2345", happened_on="2026-01-01", **{**consent, "given_by": "guardian"}
        ),
    ]
    listed = {one.deadline for one in due(EDITION, case(*records), AS_OF, within=None)}
    assert listed == {"age-settling", "consent-end", "consent-ask-again", "consent-at-eighteen"}
    assert keys(*records) == []


def test_nothing_is_left_open_of_a_closed_case_or_of_the_dead() -> None:
    visit = record("follow-up", "aaaa2345", happened_on="2026-11-01", next_visit_on="2027-01")
    assert left_open(EDITION, case(visit, state="closed"), AS_OF) == ()
    died = record("closure", "bbbb2345", happened_on="2026-11-10", outcome="died")
    assert keys(visit, died) == []


TABLE = Path(__file__).parent / "due" / "case.yaml"
CASES: Any = yaml12.parse_yaml(TABLE.read_text("utf-8"))


def story(entries: dict[str, dict[str, Any]]) -> list[Record]:
    found = []
    for key, data in entries.items():
        kind, _, nth = key.partition("/")
        tag = f"aaaa234{nth or 9}" if EDITION.record_type(kind).repeats else None
        # A date is text, as the reader of records has it.
        found.append(record(kind, tag, **json.loads(json.dumps(data, default=str))))
    return found


def listed(entry: str, entries: dict[str, dict[str, Any]]) -> list[str]:
    found = due(EDITION, case(*story(entries)), AS_OF, within=30)
    return [one.deadline for one in found if one.deadline == entry]


def test_every_entry_of_a_case_is_shown_and_what_outlives_a_closing_is_said() -> None:
    entries = [d for d in EDITION.schedule.deadlines if not d.of_provider]
    assert set(CASES) == {d.id for d in entries}
    outliving = {d.id for d in entries if not d.left_open}
    assert outliving == {"age-settling", "consent-at-eighteen", "consent-ask-again", "consent-end"}


@pytest.mark.parametrize("entry", list(CASES))
def test_each_entry_is_due_until_it_is_settled(entry: str) -> None:
    given, settled = CASES[entry]["given"], CASES[entry]["settled"]
    assert listed(entry, given) == [entry]
    joined = given | {key: {**given.get(key, {}), **data} for key, data in settled.items()}
    assert listed(entry, joined) == []
