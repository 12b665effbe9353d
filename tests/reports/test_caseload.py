"""The caseload balances, whatever happened and whichever days are asked about."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reports.cases import case, dossier, edition, facts_of, moved, record
from tipcase.journal.closings import Closing
from tipcase.reports import histories
from tipcase.reports.counting import Counted, count
from tipcase.reports.definition import ReportBook
from tipcase.reports.derived import flow
from tipcase.reports.period import Period, parse
from tipcase.reports.tables import TOTAL

FLOWS = ("open_start", "new", "reopened", "closed", "open_end")
FIRST = date(2024, 1, 1)
report = cache(ReportBook.of(edition()).get)
days = st.integers(0, 1095).map(lambda number: FIRST + timedelta(days=number))


def day(text: date) -> str:
    return text.isoformat()


@st.composite
def spans(draw: st.DrawFn) -> list[dict[str, str]]:
    """When a case was open: days in order, some of them the same."""
    told = sorted(draw(st.lists(days, min_size=1, max_size=7)))
    found = []
    for at in range(0, len(told), 2):
        span = {"from": day(told[at]), "how": "new" if at == 0 else "reopened"}
        if at + 1 < len(told):
            span |= {"to": day(told[at + 1]), "outcome": draw(st.sampled_from(["died", ""]))}
        found.append(span)
    return found


people = st.dictionaries(
    st.integers(0, 99).map(lambda n: f"CASE-{n:04}"),
    st.builds(
        lambda one, sex: {"spans": one} | ({"sex": sex} if sex else {}),
        spans(),
        st.sampled_from(["female", "male", {"unknown": "declined"}, None]),
    ),
    max_size=12,
)
periods = st.tuples(days, days).map(sorted).map(lambda d: parse(None, day(d[0]), day(d[1])))


def counted(facts: Any, period: Period, by: tuple[str, ...] = ()) -> Counted:
    return count(report("caseload"), facts, period, as_of=date(2027, 1, 1), by=by)


def total(found: Counted) -> dict[str, int]:
    frame = found.tables[0].frame
    values = frame.cells[(TOTAL,) * len(frame.dimensions)].values
    return dict(zip(FLOWS, values, strict=True))  # type: ignore[arg-type]  # all are sums


@given(people, periods)
def test_it_balances_in_every_cell(facts: Any, period: Period) -> None:
    frame = counted(facts, period, ("sex", "group")).tables[0].frame
    assert [measure.id for measure in frame.measures] == list(FLOWS)
    for cell in frame.cells.values():
        start, new, again, closed, end = (value or 0 for value in cell.values)
        assert start + new + again - closed == end
        assert min(start, new, again, closed, end) >= 0


@given(people, periods)
def test_it_is_what_somebody_counts_day_by_day(facts: Any, period: Period) -> None:
    def open_after(day_: date) -> int:
        return sum(
            any(s["from"] <= day(day_) and s.get("to", "9999") > day(day_) for s in one["spans"])
            for one in facts.values()
        )

    every = [span for one in facts.values() for span in one["spans"]]
    within = [s for s in every if period.start <= date.fromisoformat(s["from"]) <= period.end]
    assert total(counted(facts, period)) == {
        "open_start": open_after(period.start - timedelta(days=1)),
        "new": sum(s["how"] == "new" for s in within),
        "reopened": sum(s["how"] == "reopened" for s in within),
        "closed": sum(day(period.start) <= s.get("to", "9999") <= day(period.end) for s in every),
        "open_end": open_after(period.end),
    }


@given(people, st.integers(2024, 2026))
def test_months_make_quarters_and_quarters_the_year(facts: Any, year: int) -> None:
    months = [total(counted(facts, parse(f"{year}-{m:02}"))) for m in range(1, 13)]
    quarters = [total(counted(facts, parse(f"{year}-Q{q}"))) for q in range(1, 5)]
    whole = total(counted(facts, parse(str(year))))
    for row in (months, quarters):
        assert all(one["open_end"] == after["open_start"] for one, after in pairwise(row))
        for name in ("new", "reopened", "closed"):
            assert sum(one[name] for one in row) == whole[name]
        assert row[0]["open_start"] == whole["open_start"]
        assert row[-1]["open_end"] == whole["open_end"]


@given(people, periods, st.randoms(use_true_random=False))
def test_the_order_of_cases_is_nothing(facts: Any, period: Period, mix: random.Random) -> None:
    names = list(facts)
    mix.shuffle(names)
    found = counted(facts, period, ("sex",)).tables[0].frame.cells
    again = counted({name: facts[name] for name in names}, period, ("sex",)).tables[0].frame.cells
    assert found == again


def test_a_closing_and_a_reopening_on_one_day() -> None:
    one = [{"from": "2026-01-01", "how": "new", "to": "2026-02-01"},
           {"from": "2026-02-01", "how": "reopened"}]  # fmt: skip
    found = flow(one, parse("2026-02"))
    assert found == {"open_start": 1, "new": 0, "reopened": 1, "closed": 1, "open_end": 1}


# -- when a case was open, as its journal tells --


def closing(number: int, time: str, ended: str = "", again: str = "", **more: Any) -> Closing:
    told: dict[str, Any] = {
        "entry": f"c{number}",
        "decision": f"d{number}",
        "by": "cw1",
        "time": f"{time}T10:00:00Z",
        "needs_second": False,
    }
    if ended:
        told |= {"ended": ended, "ended_by": "cw1", "ended_time": f"{again}T10:00:00Z",
                 "ended_decision": f"r{number}"}  # fmt: skip
    return Closing(**(told | more))


def decided(name: str, **data: Any) -> Any:
    return record("decision", data, name)


def test_the_day_is_that_of_the_decision_else_of_the_entry() -> None:
    closed = closing(1, "2026-05-20", ended="e9", again="2026-06-30")
    assert facts_of(closings=[closed])["spans"] == [
        {"from": "2026-01-05", "how": "new", "to": "2026-05-20"},
        {"from": "2026-06-30", "how": "reopened"},
    ]
    files = {
        "decision-aaaa2345.yaml.age": frozenset({"d1", "older"}),
        "decision-bbbb2345.yaml.age": frozenset({"r1"}),
    }
    told = facts_of(
        decided("aaaa2345", happened_on="2026-04", closure_record="closure/cccc2345"),
        record("closure", {"outcome": "lost-contact"}, "cccc2345"),
        decided("bbbb2345", happened_on="2026-05-02"),
        closings=[closed],
        past=files,
    )
    assert told["spans"] == [
        {"from": "2026-01-05", "how": "new", "to": "2026-04-01", "outcome": "lost-contact"},
        {"from": "2026-05-02", "how": "reopened"},
    ]


def test_nothing_ends_before_it_began() -> None:
    told = facts_of(
        decided("aaaa2345", happened_on="2019-04-01"),
        decided("bbbb2345", happened_on="2018-01-01"),
        closings=[closing(1, "2026-05-20", ended="e9", again="2026-06-30")],
        past={
            "decision-aaaa2345.yaml.age": frozenset({"d1"}),
            "decision-bbbb2345.yaml.age": frozenset({"r1"}),
        },
    )
    assert told["spans"] == [
        {"from": "2026-01-05", "how": "new", "to": "2026-01-05"},
        {"from": "2026-01-05", "how": "reopened"},
    ]


@pytest.mark.parametrize(
    ("closings", "expected"),
    [
        # Proposed and never confirmed; proposed and withdrawn: the case was never closed.
        ([closing(1, "2026-05-20", needs_second=True)], [None]),
        ([closing(1, "2026-05-20", "e9", "2026-05-21", needs_second=True)], [None]),
        # Confirmed: closed from the second person's word on.
        (
            [closing(1, "2026-05-20", needs_second=True, confirmed_by="cw2",
                     confirmed_time="2026-05-25T10:00:00Z")],
            ["2026-05-25"],
        ),
        # Two people closed apart: one closing, on the earlier day, and one reopening ends both.
        ([closing(1, "2026-05-20"), closing(2, "2026-05-18")], ["2026-05-18"]),
        (
            [closing(1, "2026-05-20", "e9", "2026-06-01"),
             closing(2, "2026-05-18", "e9", "2026-06-01")],
            ["2026-05-18", None],
        ),
        # The one that stands comes last, however the journal has them.
        ([closing(2, "2026-08-01"), closing(1, "2026-05-20", "e9", "2026-06-01")],
         ["2026-05-20", "2026-08-01"]),
    ],
)  # fmt: skip
def test_what_closes_a_case_and_what_does_not(
    closings: list[Closing], expected: list[str | None]
) -> None:
    found = histories.spans(case(closings), dossier())
    assert [span.get("to") for span in found] == expected
    assert [span["how"] for span in found] == ["new", *["reopened"] * (len(found) - 1)]
    still_open = all(one.state != "closed" for one in closings)
    assert ("to" not in found[-1]) is still_open


# -- where it stood --


def test_stays_follow_the_moves_and_end_with_the_closing() -> None:
    entries = [
        moved("new", "2026-01-07", "identification"),
        moved("put", "2026-01-08", ""),
        moved("advance", "2026-02-01", "reception"),
        moved("advance", "2026-03-01", "recovery"),
        moved("close", "2026-05-20", ""),
        moved("reopen", "2026-07-01", "recovery", "e9"),
        moved("advance", "2026-08-01", "follow-up"),
    ]
    # It was written down on 1 July that the case had been reopened on 15 June.
    told = facts_of(
        decided("bbbb2345", happened_on="2026-06-15"),
        closings=[closing(1, "2026-05-20", "e9", "2026-07-01")],
        entries=entries,
        past={"decision-bbbb2345.yaml.age": frozenset({"r1"})},
        stage="follow-up",
    )
    assert told["stays"] == [
        {"stage": "identification", "from": "2026-01-05", "to": "2026-02-01"},
        {"stage": "reception", "from": "2026-02-01", "to": "2026-03-01"},
        {"stage": "recovery", "from": "2026-03-01", "to": "2026-05-20"},
        {"stage": "recovery", "from": "2026-06-15", "to": "2026-08-01"},
        {"stage": "follow-up", "from": "2026-08-01"},
    ]


def test_a_closing_by_mistake_that_was_undone_the_same_day_ends_no_later_stay() -> None:
    entries = [
        moved("new", "2026-01-07", "identification"),
        moved("close", "2026-05-20", ""),
        moved("reopen", "2026-05-20", "identification", "e9"),
        moved("advance", "2026-08-01", "reception"),
    ]
    closed = closing(1, "2026-05-20", "e9", "2026-05-20")
    assert facts_of(closings=[closed], entries=entries, stage="reception")["stays"] == [
        {"stage": "identification", "from": "2026-01-05", "to": "2026-05-20"},
        {"stage": "identification", "from": "2026-05-20", "to": "2026-08-01"},
        {"stage": "reception", "from": "2026-08-01"},
    ]


def test_what_moves_nothing_ends_no_stay() -> None:
    entries = [
        moved("new", "2026-01-07", "identification"),
        moved("advance", "2026-02-01", "reception"),
        # A colleague who knew nothing of it moved it alike; a proposal was withdrawn.
        moved("advance", "2026-02-02", "reception"),
        moved("reopen", "2026-05-25", "reception", "e9"),
    ]
    proposed = closing(1, "2026-05-20", "e9", "2026-05-25", needs_second=True)
    told = facts_of(closings=[proposed], entries=entries, stage="reception")
    assert told["stays"] == [
        {"stage": "identification", "from": "2026-01-05", "to": "2026-02-01"},
        {"stage": "reception", "from": "2026-02-01"},
    ]


def test_what_was_written_after_the_closing_is_no_stay() -> None:
    entries = [
        moved("new", "2026-01-07", "identification"),
        moved("advance", "2026-05-25", "reception"),
        moved("reopen", "2026-07-01", "reception", "e9"),
    ]
    told = facts_of(
        closings=[closing(1, "2026-05-20", "e9", "2026-07-01")], entries=entries, stage="reception"
    )
    assert [(one["from"], one.get("to")) for one in told["stays"]] == [
        ("2026-01-05", "2026-05-20"),
        ("2026-05-20", "2026-05-20"),
        ("2026-07-01", None),
    ]


def test_a_stay_that_began_after_the_last_closing_is_of_no_day() -> None:
    entries = [
        moved("new", "2026-01-07", "identification"),
        moved("advance", "2026-05-25", "reception"),
    ]
    told = facts_of(closings=[closing(1, "2026-05-20")], entries=entries, stage="reception")
    assert told["stays"] == [
        {"stage": "identification", "from": "2026-01-05", "to": "2026-05-20"},
        {"stage": "reception", "from": "2026-05-20", "to": "2026-05-20"},
    ]


def test_the_stays_of_a_closed_case_have_all_ended() -> None:
    entries = [moved("new", "2026-01-07", "identification")]
    told = facts_of(closings=[closing(1, "2026-05-20")], entries=entries)
    assert told["stays"] == [{"stage": "identification", "from": "2026-01-05", "to": "2026-05-20"}]


def test_where_two_moved_apart_the_earlier_stage_holds() -> None:
    entries = [
        moved("new", "2026-01-07", "identification"),
        moved("advance", "2026-02-01", "reception"),
        moved("advance", "2026-02-02", "recovery"),
    ]
    told = facts_of(entries=entries, stage="reception")
    assert told["stays"][-1] == {"stage": "reception", "from": "2026-02-02"}


def test_a_move_of_after_a_reopening_is_not_of_before_it() -> None:
    """By the clock of another machine it was moved on before it was opened again."""
    entries = [
        moved("new", "2026-01-07", "identification"),
        moved("reopen", "2026-07-01", "recovery", "e9"),
        moved("advance", "2026-06-25", "follow-up"),
    ]
    told = facts_of(
        closings=[closing(1, "2026-05-20", "e9", "2026-07-01")], entries=entries, stage="follow-up"
    )
    assert [(one["from"], one.get("to")) for one in told["stays"]] == [
        ("2026-01-05", "2026-05-20"),
        ("2026-07-01", "2026-07-01"),
        ("2026-07-01", None),
    ]


STAGES = ("identification", "reception", "recovery", "follow-up")


@st.composite
def journals(draw: st.DrawFn) -> dict[str, Any]:
    """A case opened, moved, closed and opened again, by clocks and on days of whatever order."""
    any_day = st.integers(0, 40).map(lambda n: day(date(2026, 1, 1) + timedelta(days=n)))
    entries = [moved("new", draw(any_day), STAGES[0])]
    closings: list[Closing] = []
    for at in range(draw(st.integers(0, 9))):
        step = draw(st.sampled_from(["advance", "close", "reopen", "withdraw"]))
        stage, when = draw(st.sampled_from(STAGES)), draw(any_day)
        still = [one for one in closings if one.ended is None]
        if step == "close":
            closings.append(closing(at, when, needs_second=draw(st.booleans())))
        elif step == "advance":
            entries.append(moved("advance", when, stage))
        elif still:
            ends: dict[str, Any] = {
                "ended": f"e{at}",
                "ended_by": "cw1",
                "ended_time": f"{when}T10:00:00Z",
            }
            closings = [replace(one, **ends) if one in still else one for one in closings]
            entries.append(moved("reopen", when, stage, f"e{at}"))
    # Where two moved it apart, it stands where neither of the last entries says.
    return {"closings": closings, "entries": entries, "opened": draw(any_day),
            "stage": draw(st.sampled_from(STAGES))}  # fmt: skip


def times_of(times: list[dict[str, str]], on: str) -> int:
    """In how many of some times a day is; the day of a closing is none of it."""
    return sum(one["from"] <= on < one.get("to", "9999") for one in times)


@given(journals())
def test_an_open_case_stands_in_one_stage_on_every_day(about: dict[str, Any]) -> None:
    told = facts_of(**about)
    every = told["spans"] + told["stays"]
    assert [one["from"] for one in told["stays"]] == sorted(one["from"] for one in told["stays"])
    for on in {one[key] for one in every for key in ("from", "to") if key in one}:
        for near in (-1, 0, 1):
            there = day(date.fromisoformat(on) + timedelta(days=near))
            assert times_of(told["stays"], there) == times_of(told["spans"], there) <= 1
    assert told["stays"][-1]["stage"] == about["stage"]
    assert all(one["from"] <= one.get("to", "9999") for one in told["stays"])


@given(st.lists(spans(), max_size=6), periods)
def test_the_stages_report_balances_too(every: list[Any], period: Period) -> None:
    # Spans have the shape of stays: from, and to where they have ended.
    facts = {
        f"CASE-{n:04}": {"spans": one, "stays": [{"stage": "recovery", **s} for s in one]}
        for n, one in enumerate(every)
    }
    found = count(report("stages"), facts, period, as_of=date(2027, 1, 1), by=())
    values = found.tables[0].frame.cells[()].values
    in_start, entered, left, in_end = (value or 0 for value in values[:4])
    assert in_start + entered - left == in_end
    assert found.tables[0].undecided == {}
