"""Visits as agreed: which plan is in force, how each day stands, and what of it is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.cases import few
from tests.law.editions import SHIPPED, dossier, record
from tipcase import law
from tipcase.law.dates import interval
from tipcase.law.dossier import Dossier, Record
from tipcase.law.schedule import due
from tipcase.law.visits import Standing, standing

TODAY = date(2026, 7, 15)
ITEMS = "abcdefgh"


def plan(*days: str, tag: str = "aaaa2345", kind: str = "reintegration", **more: Any) -> Record:
    """A record that holds an agreement about some days; ``agreed_on`` and the like in ``more``."""
    agreed: dict[str, Any] = {"agreed_on": "2026-01-10", "survivor_agrees": "yes"}
    agreed |= {k: v for k, v in more.items() if k in ("number", "agreed_on", "survivor_agrees")}
    if days:
        agreed["visits"] = [
            {"id": f"{tag[0]}{letter}234567", "visit_on": day, "announced": "announced"}
            for letter, day in zip(ITEMS, days, strict=False)
        ]
    field = "visits_agreed" if kind == "reintegration" else "visits_agreed_now"
    rest = {k: v for k, v in more.items() if k not in agreed}
    return record(kind, tag, **{"happened_on": "2026-01-10", **rest, field: agreed})


def seen(tag: str, on: Any, reached: str = "met", **more: Any) -> Record:
    return record("follow-up", tag, happened_on=on, reached=reached, **more)


def stands(*records: Record, as_of: date = TODAY) -> Standing:
    return standing(dossier("follow-up", *records), as_of)


def states(*records: Record, as_of: date = TODAY) -> list[str]:
    return [visit.state for visit in stands(*records, as_of=as_of).visits]


def test_where_nothing_was_agreed_nothing_stands() -> None:
    empty = Standing("", None, "", None, (), 0, None)
    assert stands() == empty
    assert stands(seen("bbbb2345", "2026-02-01")) == empty
    for agreed in ({"unknown": "declined"}, {}, "six", None):
        one = record("reintegration", "aaaa2345", happened_on="2026", visits_agreed=agreed)
        assert stands(one) == empty


def test_a_number_without_days_is_counted() -> None:
    made = [seen("bbbb2345", "2026-02-01"), seen("cccc2345", "2026-03-01", "not-reached")]
    found = stands(plan(number=3), *made)
    assert (found.number, found.made, found.left) == (3, 1, 2)
    assert (found.plan, found.agrees, found.visits) == ("reintegration/aaaa2345", "yes", ())
    more = [seen(f"{letter}ddd2345", "2026-04-01") for letter in "bcdefg"]
    assert (stands(plan(number=3), *more).left) == 0
    # A visit before the agreement is none of those agreed.
    assert stands(plan(number=3), seen("bbbb2345", "2026-01-05")).made == 0
    assert stands(plan(number={"unknown": "not-known"}), *made).left is None


def test_the_days_are_counted_where_no_number_was_agreed() -> None:
    found = stands(plan("2026-02-01", "2026-09-01"), seen("bbbb2345", "2026-02-02"))
    assert (found.number, found.made, found.left) == (2, 1, 1)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2026-07-16", "planned"),
        ("2026-07-15", "due"),
        ("2026-07", "due"),
        ("2026-07-14", "late"),
        ("2026-06", "late"),
        ("2026", "due"),
        ("2026-08", "planned"),
    ],
)
def test_a_day_is_planned_due_or_late(day: str, state: str) -> None:
    assert states(plan(day)) == [state]


def test_a_visit_counts_for_the_day_it_names_or_the_latest_before_it() -> None:
    agreed = plan("2026-05-01", "2026-06-01", "2026-08-01")
    assert states(agreed, seen("bbbb2345", "2026-06-03")) == ["missed", "done", "planned"]
    early = seen("bbbb2345", "2026-07-10", planned_on="2026-08-01")
    assert states(agreed, early) == ["missed", "missed", "done"]
    earlier = seen("bbbb2345", "2026-04-20", planned_on="2026-08-01")
    assert states(agreed, earlier) == ["missed", "missed", "done"]
    # A day that no plan names says nothing.
    other = seen("bbbb2345", "2026-06-03", planned_on="2026-06-03")
    assert states(agreed, other) == ["missed", "done", "planned"]
    # The second after one day takes the day before it, which nobody has taken.
    two = [seen("bbbb2345", "2026-06-03"), seen("cccc2345", "2026-06-20")]
    assert states(agreed, *two) == ["done", "done", "planned"]
    # But a second visit for one planned day is none for another.
    named = [seen(f"{letter}bbb2345", "2026-06-03", planned_on="2026-06-01") for letter in "bc"]
    assert states(agreed, *named) == ["missed", "done", "planned"]
    # Two days of one month are two visits.
    month = [seen(f"{letter}bbb2345", "2026-06-03", planned_on="2026-06") for letter in "bc"]
    assert states(plan("2026-06", "2026-06"), *month) == ["done", "done"]
    assert stands(agreed, *two).visits[1].made_by == "follow-up/bbbb2345"


def test_an_attempt_in_vain_is_a_failed_visit_until_one_is_made() -> None:
    agreed = plan("2026-05-01", "2026-06-01")
    vain = seen("bbbb2345", "2026-06-01", "not-reached")
    unsafe = seen("bbbb2345", "2026-06-02", "not-safe-to-try")
    assert states(agreed, vain) == ["late", "failed"]
    assert states(agreed, unsafe) == ["late", "failed"]
    assert stands(agreed, vain).visits[1].made_by == "follow-up/bbbb2345"
    assert states(agreed, vain, seen("cccc2345", "2026-06-20")) == ["missed", "done"]
    # On its own day an attempt in vain is one already.
    assert states(agreed, vain, as_of=date(2026, 6, 1)) == ["late", "failed"]
    # Before its day has come, a visit is not given up; nor while its month lasts.
    before = seen("bbbb2345", "2026-07-10", "not-reached", planned_on="2026-08-01")
    assert states(plan("2026-08-01"), before) == ["planned"]
    within = seen("bbbb2345", "2026-07-10", "not-reached")
    assert states(plan("2026-07"), within) == ["due"]
    assert states(plan("2026-07"), within, as_of=date(2026, 8, 1)) == ["failed"]


def test_a_later_agreement_replaces_the_days_after_it_and_nothing_made() -> None:
    first = plan("2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01", number=4)
    made = seen("bbbb2345", "2026-05-01")
    change = plan(
        "2026-07-20", tag="cccc2345", kind="follow-up", agreed_on="2026-06-10", number=2,
        happened_on="2026-06-10", reached="not-reached", survivor_agrees="undecided",
    )  # fmt: skip
    found = stands(first, made, change)
    assert (found.plan, found.agrees, found.number, found.left) == (change.name, "undecided", 2, 2)
    days = [(visit.on.earliest.isoformat(), visit.state) for visit in found.visits]
    assert days == [("2026-05-01", "done"), ("2026-06-01", "failed"), ("2026-07-20", "planned")]
    # One of the replaced days was made before its time: it stays made.
    early = seen("dddd2345", "2026-06-05", planned_on="2026-07-01")
    assert states(first, made, change, early)[2] == "done"
    # The same day agreed anew is one visit, as the newer agreement has it.
    again = plan("2026-06-01", tag="eeee2345", agreed_on="2026-06-01")
    assert [v.record for v in stands(first, again).visits] == [first.name, again.name]


def test_a_visit_on_the_day_of_a_new_agreement_was_still_agreed_before() -> None:
    change = plan(tag="cccc2345", agreed_on="2026-06-01", number=2)
    assert states(plan("2026-06-01"), change) == ["late"]
    # Which of the two came first that day nobody knows: the visit is not counted off.
    assert stands(change, seen("bbbb2345", "2026-06-01")).made == 0


def test_the_visit_that_agreed_is_none_of_those_from_then_on() -> None:
    change = plan(
        tag="cccc2345", kind="follow-up", agreed_on="2026-06-09", number=2,
        happened_on="2026-06-10", reached="met",
    )  # fmt: skip
    assert (stands(change).made, stands(change).left) == (0, 2)
    assert stands(change, seen("dddd2345", "2026-06-11")).left == 1


def test_a_change_without_days_leaves_a_number() -> None:
    change = plan(tag="cccc2345", kind="follow-up", agreed_on="2026-06-10", number=1)
    found = stands(plan("2026-05-01", "2026-08-01", number=2), change)
    assert (found.number, found.left) == (1, 1)
    # Nobody owes the old plan's visit any more, once another was agreed.
    assert [visit.state for visit in found.visits] == ["missed"]
    # What the agreement itself lists of the days before it is not passed over by it.
    assert states(plan("2026-01-02")) == ["late"]


def test_who_went_back_into_care_is_not_visited_until_it_is_agreed_anew() -> None:
    gone = plan("2026-05-01", "2026-08-01", number=2, went_back_on="2026-06-20")
    found = stands(gone)
    assert (found.plan, found.left) == ("", None)
    assert [visit.state for visit in found.visits] == ["missed"]
    assert states(plan("2026-06", went_back_on="2026-06-20")) == ["late"]
    moved = plan("2026-08-01", went_back_on="2026-06-20", trial_outcome="moved")
    assert states(moved) == ["planned"]
    for kind in ("reintegration", "follow-up"):
        anew = plan("2026-08-01", tag="bbbb2345", kind=kind, agreed_on="2026-06-20")
        assert stands(gone, anew).plan == anew.name


def test_a_month_is_read_as_far_as_it_is_over() -> None:
    # A visit of this month was made by today; later days of the month are not made by it.
    made = seen("bbbb2345", "2026-07")
    assert states(plan("2026-07-20"), made) == ["planned"]
    assert states(plan("2026-07-10", "2026-07-20"), made) == ["done", "planned"]
    # In the month of the agreement nobody knows whether it came before: it is not counted off.
    assert stands(plan(number=3), seen("bbbb2345", "2026-01")).made == 0
    # A month that had begun when the next agreement came may hold a visit still.
    change = plan(tag="cccc2345", agreed_on="2026-06-10", number=1)
    assert states(plan("2026-06"), change) == ["late"]
    assert states(plan("2026-06-20"), plan(tag="cccc2345", agreed_on="2026-06")) == ["late"]


def test_what_was_not_yet_agreed_or_made_does_not_count() -> None:
    agreed, later = plan("2026-05-01"), plan("2026-06-01", tag="bbbb2345", agreed_on="2026-08-01")
    assert stands(agreed, later).plan == agreed.name
    assert states(agreed, seen("cccc2345", "2026-08-02")) == ["late"]


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
PARTIAL = st.one_of(DAYS.map(str), DAYS.map(lambda day: day.isoformat()[:7]))
VISITS = st.builds(
    lambda on, reached, planned: (on, reached, planned),
    PARTIAL,
    st.sampled_from(["met", "met", "not-reached", "not-safe-to-try"]),
    st.none() | PARTIAL,
)


@st.composite
def files(draw: st.DrawFn) -> list[Record]:
    """A case's agreements and follow-ups, whatever their days; some visits name a planned day."""
    planned = draw(st.lists(PARTIAL, min_size=1, max_size=6))
    records = [plan(*planned, agreed_on=draw(PARTIAL))]
    for number, days in enumerate(draw(st.lists(st.lists(PARTIAL, max_size=4), max_size=2))):
        planned += days
        tag, kind = (
            f"{ITEMS[number + 1]}zzz2345",
            draw(st.sampled_from(["reintegration", "follow-up"])),
        )
        records.append(plan(*days, tag=tag, kind=kind, agreed_on=draw(PARTIAL)))
    for number, (on, reached, names) in enumerate(draw(st.lists(VISITS, max_size=6))):
        names = draw(st.sampled_from([*planned, names]))
        records.append(seen(f"v{ITEMS[number]}vv2345", on, reached, planned_on=names))
    return records


def by_day(found: Standing) -> dict[tuple[str, str], str]:
    return {(visit.record, visit.item): visit.state for visit in found.visits}


@few
@given(records=files(), as_of=DAYS, seed=st.randoms(use_true_random=False))
def test_every_visit_has_one_state_and_the_order_of_records_is_none_of_it(
    records: list[Record], as_of: date, seed: Any
) -> None:
    found = stands(*records, as_of=as_of)
    assert len(by_day(found)) == len(found.visits)
    mixed = list(records)
    seed.shuffle(mixed)
    assert stands(*mixed, as_of=as_of) == found
    made = [visit.made_by for visit in found.visits if visit.state == "done"]
    assert len(set(made)) == len(made)
    assert found.left is None or 0 <= found.left <= (found.number or 0)


@few
@given(
    records=files(), as_of=DAYS, on=PARTIAL, planned=st.none() | PARTIAL, which=st.integers(0, 20)
)
def test_a_visit_that_was_made_makes_no_other_late(
    records: list[Record], as_of: date, on: str, planned: str | None, which: int
) -> None:
    before = stands(*records, as_of=as_of)
    if before.visits and which < 12:
        planned = str(before.visits[which % len(before.visits)].on.earliest)
    after = stands(*records, seen("wwww2345", on, planned_on=planned), as_of=as_of)
    was, now = by_day(before), by_day(after)
    assert set(was) <= set(now)
    for visit, state in now.items():
        old = was.get(visit)
        assert state != "late" or old == "late"
        assert old != "done" or state == "done"


@few
@given(records=files(), as_of=DAYS)
def test_a_partial_date_claims_no_more_than_is_known(records: list[Record], as_of: date) -> None:
    for visit in stands(*records, as_of=as_of).visits:
        if visit.state in ("late", "missed"):
            assert visit.on.latest < as_of
        elif visit.state == "failed":
            assert visit.on.latest <= as_of
        elif visit.state == "due":
            assert visit.on.earliest <= as_of <= visit.on.latest
        elif visit.state == "planned":
            assert visit.on.earliest > as_of


@few
@given(records=files(), as_of=DAYS, on=DAYS)
def test_what_happens_later_changes_nothing_today(
    records: list[Record], as_of: date, on: date
) -> None:
    later = as_of + timedelta(days=1 + on.toordinal() % 300)
    change = plan(str(later), tag="gggg2345", kind="follow-up", agreed_on=str(later), number=1)
    more = [seen("wwww2345", str(later)), replace(change, tag="xxxx2345")]
    assert stands(*records, *more, as_of=as_of) == stands(*records, as_of=as_of)


@few
@given(
    data=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3) | PARTIAL,
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(["visits", "visit_on", "number", "agreed_on", "id", "unknown"]),
                inner,
            )
        ),
    )
)
def test_any_data_gives_an_answer(data: Any) -> None:
    records = [
        record("reintegration", "aaaa2345", happened_on="2026", visits_agreed=data),
        record("reintegration", "bbbb2345", happened_on=data, visits_agreed={"visits": data}),
        record("follow-up", "cccc2345", happened_on=data, reached=data, planned_on=data),
        record("follow-up", "dddd2345", happened_on="2026", reached="met", visits_agreed_now=data),
    ]
    assert stands(*records) == stands(*records)


EDITION = law.load(SHIPPED)


def listed(*records: Record) -> list[tuple[str, str, str]]:
    case = Dossier("K7Q2-M9TX", "2026-01-05", "follow-up", records=records)
    return [(one.key, one.on, one.state) for one in due(EDITION, case, TODAY, within=60)]


def test_the_schedule_lists_what_stands_open_of_the_plan() -> None:
    agreed = plan("2026-05-01", "2026-06-01", "2026-07-15", "2026-08-01", "2026-12-01")
    made = seen("bbbb2345", "2026-05-01")
    assert listed(agreed, made) == [
        ("visit-planned reintegration/aaaa2345 ab234567", "2026-06-01", "late"),
        ("visit-planned reintegration/aaaa2345 ac234567", "2026-07-15", "due"),
        ("visit-planned reintegration/aaaa2345 ad234567", "2026-08-01", "coming"),
    ]
    failed = seen("cccc2345", "2026-06-01", "not-reached")
    assert [key for key, *_ in listed(agreed, made, failed)] == [
        "visit-planned reintegration/aaaa2345 ac234567",
        "visit-planned reintegration/aaaa2345 ad234567",
    ]


def test_a_day_that_two_records_name_is_listed_once() -> None:
    change = plan(
        "2026-08-01", tag="cccc2345", kind="follow-up", agreed_on="2026-07-01",
        happened_on="2026-07-01", reached="met", next_visit_on="2026-08-01",
    )  # fmt: skip
    told = [{"id": "hnd23456", "visit_on": day} for day in ("2026-08-01", "2026-08-02")]
    passed_on = record("handover", "dddd2345", happened_on="2026-07-02", visits_handed_over=told)
    assert listed(change, passed_on) == [
        ("visit-planned-anew follow-up/cccc2345 ca234567", "2026-08-01", "coming"),
        ("handover-visit handover/dddd2345 hnd23456", "2026-08-02", "coming"),
    ]
    alone = seen("cccc2345", "2026-07-01", next_visit_on="2026-08-01")
    assert listed(alone) == [("follow-up-next follow-up/cccc2345", "2026-08-01", "coming")]


def test_partial_days_are_the_same_day_only_if_written_alike() -> None:
    assert interval("2026-08") != interval("2026-08-01")
    both = plan("2026-08"), seen("cccc2345", "2026-07-01", next_visit_on="2026-08-01")
    assert len(listed(*both)) == 2
