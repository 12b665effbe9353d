"""What is due: dates in records, intervals, and what stops them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.editions import AS_OF, SHIPPED, dossier, record, tiny
from tipcase import law
from tipcase.law import EditionError
from tipcase.law.dates import Interval, interval
from tipcase.law.deadlines import Period, load_schedule
from tipcase.law.dossier import Dossier
from tipcase.law.schedule import Due, due

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

PLAN = """\
type: object
additionalProperties: false
x-tipcase-record: {repeats: true, restricted: false, label: {en: Plan, km: ផែន}}
required: [happened_on]
properties:
  happened_on: {$ref: common.yaml#/$defs/date}
  settled: {type: boolean}
  review_on: {$ref: common.yaml#/$defs/date}
  settled_on: {$ref: common.yaml#/$defs/date}
  steps:
    type: array
    items:
      type: object
      properties:
        id: {$ref: "common.yaml#/$defs/item-id"}
        step_on: {$ref: "common.yaml#/$defs/date"}
        outcome: {type: string, minLength: 1}
examples: [{happened_on: "2026-01-01"}]
"""
HOUSE = PLAN.replace("Plan", "House").replace(
    "  steps:", "  house_name: {type: string, minLength: 1}\n  steps:"
)
DUE = """\
stops: any(one.outcome == "died" for one in closure)
due:
  - {id: review, of: case, each: plan, date: review_on, done: this.settled == True,
     provisions: [X/1.1], label: {en: Review, km: ពិនិត្យ}}
  - {id: step, of: case, each: "plan.steps[]", date: step_on, done: answered(this.outcome),
     after: {days: 3}, ours: true, label: {en: Step, km: ជំហាន}}
  - {id: meet, of: case, each: plan, date: settled_on, visit: day, left_open: false,
     provisions: [X/2], label: {en: Meet, km: ជួប}}
  - {id: look, of: provider, each: house, date: happened_on, every: {months: 12},
     per: house_name, where: len(closed) == 0, when: this.settled == True,
     provisions: [X/2], label: {en: Look, km: មើល}}
"""
FILES = {
    "records/plan.yaml": PLAN,
    "provider/house.yaml": HOUSE,
    "provider/closed.yaml": PLAN,
    "due.yaml": DUE,
}


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> law.Edition:
    return tiny(tmp_path_factory.mktemp("edition"), FILES)


def plan(tag: str = "aaaa2345", **data: Any) -> law.Record:
    return record("plan", tag, **{"happened_on": "2026-01-01", **data})


def house(tag: str, **data: Any) -> law.Record:
    return record("house", tag, **data)


def told(found: tuple[Due, ...]) -> list[tuple[str, str, str]]:
    return [(item.deadline, item.on, item.state) for item in found]


def of_case(edition: law.Edition, *records: law.Record, within: int = 30) -> tuple[Due, ...]:
    return due(edition, dossier("intake", *records), AS_OF, within=within)


def of_provider(edition: law.Edition, *records: law.Record, within: int = 30) -> tuple[Due, ...]:
    return due(edition, dossier("intake", *records), AS_OF, within=within, provider=True)


def test_a_date_is_late_due_or_coming(edition: law.Edition) -> None:
    for on, state in (("2026-11-20", "late"), ("2026-11-21", "due"), ("2026-11-22", "coming")):
        assert told(of_case(edition, plan(review_on=on))) == [("review", on, state)]
    month = of_case(edition, plan(review_on="2026-11"))
    assert told(month) == [("review", "2026-11-01..2026-11-30", "due")]


def test_what_is_far_is_left_out(edition: law.Edition) -> None:
    assert of_case(edition, plan(review_on="2026-12-22")) == ()
    assert len(of_case(edition, plan(review_on="2026-12-22"), within=31)) == 1
    assert len(of_case(edition, plan(review_on="2099-12-22"), within=10**9)) == 1


def test_the_calendar_ends_and_nothing_breaks(edition: law.Edition) -> None:
    case = dossier("visit", plan(review_on="2099-12-22"))
    assert len(due(edition, case, date.max, within=30)) == 1
    assert due(edition, case, date.min, within=30) == ()


def test_what_is_done_or_has_no_date_is_not_due(edition: law.Edition) -> None:
    assert of_case(edition, plan(review_on="2026-11-01", settled=True)) == ()
    assert of_case(edition, plan(review_on={"unknown": "not-applicable"})) == ()
    assert of_case(edition, plan(review_on="soon"), plan("bbbb2345")) == ()
    assert len(of_case(edition, plan(review_on="2026-11-01", settled={"unknown": "declined"}))) == 1


def test_items_of_a_list_are_due_each(edition: law.Edition) -> None:
    steps = [
        {"id": "aaaa2222", "step_on": "2026-11-18"},
        {"id": "bbbb2222", "step_on": "2026-11-10", "outcome": "held"},
        {"id": "cccc2222", "step_on": "2026-10-30"},
        "nothing",
    ]
    found = of_case(edition, plan(steps=steps))
    assert told(found) == [("step", "2026-11-02", "late"), ("step", "2026-11-21", "due")]
    assert {(item.record, item.field, item.ours) for item in found} == {
        ("plan/aaaa2345", "steps[].step_on", True)
    }


def test_what_recurs_counts_from_the_latest_that_counts(edition: law.Edition) -> None:
    assert [item.state for item in of_provider(edition)] == ["never"]
    old = house("aaaa2345", happened_on="2025-02-28", settled=True)
    assert told(of_provider(edition, old)) == [("look", "2026-02-28", "late")]
    other = house("bbbb2345", happened_on="2026-11-01", settled=False)
    assert told(of_provider(edition, old, other)) == [("look", "2026-02-28", "late")]
    new = house("cccc2345", happened_on="2026-11-01", settled=True)
    assert of_provider(edition, old, new) == ()


def test_what_recurs_does_so_for_each_place_and_only_where_it_is_asked(
    edition: law.Edition,
) -> None:
    one = house("aaaa2345", happened_on="2025-11-28", settled=True, house_name="one")
    two = house("bbbb2345", happened_on="2026-11-01", settled=True, house_name="two")
    older = house("cccc2345", happened_on="2024-11-01", settled=True, house_name="two")
    assert told(of_provider(edition, two, one, older)) == [("look", "2026-11-28", "coming")]
    assert len(of_provider(edition, one, two, within=400)) == 2
    assert of_provider(edition, one, record("closed", "dddd2345", happened_on="2026")) == ()


def test_nothing_is_due_of_a_closed_case_or_of_the_dead(edition: law.Edition) -> None:
    late = plan(review_on="2026-11-01")
    died = record("closure", "dddd2345", happened_on="2026", outcome="died")
    assert of_case(edition, late, died) == ()
    closed = Dossier("K7Q2-M9TX", "2026-01-05", "closure", state="closed", records=(late,))
    assert due(edition, closed, AS_OF, within=30) == ()
    # A case knows nothing of the provider's duties, and the provider nothing of a case's.
    assert of_provider(edition, late, within=0)[0].deadline == "look"


def test_without_an_end_everything_is_listed_each_with_its_key(edition: law.Edition) -> None:
    steps = [{"id": "aaaa2222", "step_on": "2090-01-01"}, {"step_on": "2090-01-02"}]
    case = dossier("intake", plan(review_on="2089", steps=steps))
    assert due(edition, case, AS_OF, within=9999) == ()
    found = due(edition, case, AS_OF, within=None)
    assert [item.key for item in found] == [
        "review plan/aaaa2345",
        "step plan/aaaa2345 aaaa2222",
        "step plan/aaaa2345 2",
    ]
    assert found[1].as_json()["key"] == "step plan/aaaa2345 aaaa2222"
    (never,) = of_provider(edition)
    assert never.key == "look house"


def test_a_day_of_a_visit_is_listed_once_by_the_entry_that_comes_first(
    tmp_path: Path,
) -> None:
    first = DUE.replace("date: review_on", "date: review_on, visit: day")
    both = plan(review_on="2026-11-25", settled_on="2026-11-25", steps=[{"step_on": "2026-11-22"}])
    other = tiny(tmp_path, {**FILES, "due.yaml": first})
    assert [item.deadline for item in of_case(other, both)] == ["review", "step"]
    apart = plan(review_on="2026-11-25", settled_on="2026-11-26")
    assert [item.deadline for item in of_case(other, apart)] == ["review", "meet"]


def test_visits_of_the_plan_say_themselves_what_stands_open(tmp_path: Path) -> None:
    source = Path(tmp_path, "kh-2009")
    for when in ("when", "done", "where"):
        entry = "\n    visit: plan"
        shutil.copytree(SHIPPED, source, dirs_exist_ok=True)
        path = source / "due" / "case.yaml"
        text = path.read_text("utf-8").replace(entry, f'{entry}\n    {when}: "True"', 1)
        path.write_text(text, "utf-8")
        with pytest.raises(EditionError, match="itself"):
            load_schedule(law.load(source))


@given(days=st.dates(date(1990, 1, 1), date(2090, 1, 1)), months=st.integers(0, 600))
def test_a_period_keeps_order_and_a_partial_date_stays_one(days: date, months: int) -> None:
    period = Period(months, 0)
    whole = interval(f"{days.year}-{days.month:02d}")
    assert whole is not None
    moved = period.after(whole)
    exact = period.after(Interval(days, days))
    assert moved.earliest <= exact.earliest == exact.latest <= moved.latest
    assert (exact.earliest.year * 12 + exact.earliest.month) - (
        days.year * 12 + days.month
    ) == months


WRONG = [
    ("of: case, each: plan", "of: me, each: plan", "neither"),
    ("each: plan,", "each: nil,", "record type"),
    ("each: plan,", "each: house,", "record type"),
    ("each: plan,", "each: note,", "restricted"),
    ("plan.steps[]", "plan.stairs[]", "list"),
    ("plan.steps[]", "plan.steps", "list"),
    ("plan.steps[]", "plan.settled[]", "list"),
    ("date: review_on", "date: settled", "date"),
    ("date: review_on", "date: nil", "date"),
    ("after: {days: 3}", "after: {weeks: 3}", "no time"),
    ("after: {days: 3}", "after: {days: 0}", "no time"),
    ("after: {days: 3}", "after: {years: 51}", "no time"),
    ("after: {days: 3}", "after: {days: 3}, every: {days: 3}", "recurs"),
    ("per: house_name", "per: nil", "told apart"),
    ("where: len(closed) == 0", "where: this.settled == True", "this"),
    ("km: ជំហាន", "km: ''", "both languages"),
    ("answered(this.outcome)", "answered(this.income)", "income"),
    ("answered(this.outcome)", "known(nobody)", "nobody"),
    ("answered(this.outcome)", "this.outcome", "yes-or-no"),
    ("done: answered(this.outcome)", "done: 3", "no expression"),
    ("id: step", "id: review", "id of its own"),
    ("ours: true", "hours: true", "key hours"),
    ('"died"', '"dead"', "cannot have"),
    ("due:\n", "due: [1]\nrest:\n", "no list"),
    ("visit: day", "visit: night", "no kind"),
    ("visit: day", "visit: true", "no kind"),
    ("visit: day", "visit: plan", "agreed visits"),
    ("left_open: false", "left_open: 'no'", "neither way"),
    ("left_open: false", "left_open: 0", "neither way"),
]


@pytest.mark.parametrize(("old", "new", "words"), WRONG)
def test_an_entry_that_cannot_be_right_is_told(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    wrong = tiny(tmp_path, {**FILES, "due.yaml": DUE.replace(old, new, 1)})
    with pytest.raises(EditionError, match=words) as caught:
        load_schedule(wrong)
    assert caught.value.file is not None and caught.value.line > 0


def test_the_shipped_schedule_loads_and_no_restricted_record_is_in_it() -> None:
    edition = law.load(SHIPPED)
    schedule = load_schedule(edition)
    assert any(entry.of_provider for entry in schedule.deadlines)
    for entry in schedule.deadlines:
        assert entry.of_provider or not edition.record_type(entry.record).restricted
