"""Which closure record is in hand: a closing that was followed by a reopening is over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.editions import dossier, record
from tipcase.law import closures
from tipcase.law.dates import interval
from tipcase.law.dossier import Dossier, Record


def closure(tag: str, on: Any = "2026-03-01", **more: Any) -> Record:
    return record("closure", tag, happened_on=on, outcome="successful", **more)


def close(tag: str, ends: str, on: str = "2026-03-02") -> Record:
    return record("decision", tag, kind="close", happened_on=on, closure_record=f"closure/{ends}")


def reopen(tag: str, on: Any = "2026-06-01", **more: Any) -> Record:
    return record("decision", tag, kind="reopen", happened_on=on, **more)


def case(*records: Record) -> Dossier:
    return dossier("follow-up", *records)


FIRST = (closure("aaaa"), close("bbbb", "aaaa"))


def test_a_closing_stands_until_it_is_reopened() -> None:
    assert closures.over(case(*FIRST)) == frozenset()
    now = closures.current(case(*FIRST))
    assert now is not None and now.name == "closure/aaaa"


def test_a_reopening_ends_the_closing_that_it_names_and_no_other() -> None:
    again = reopen("cccc", closing="decision/bbbb")
    second = (closure("dddd", "2026-08-01"), close("eeee", "dddd", "2026-08-02"))
    here = case(*FIRST, again, *second)
    assert closures.over(here) == {"closure/aaaa"}
    now = closures.current(here)
    assert now is not None and now.name == "closure/dddd"
    # Whatever its day says: written late, or with a slip, it ends what it names.
    early = reopen("cccc", on="2025-01-01", closing="decision/bbbb")
    assert closures.over(case(*FIRST, early, *second)) == {"closure/aaaa"}


def test_a_reopening_may_end_two_closings_that_were_made_apart() -> None:
    second = (closure("dddd"), close("eeee", "dddd"))
    for names in ("decision/bbbb, decision/eeee", "decision/eeee decision/bbbb"):
        here = case(*FIRST, *second, reopen("cccc", closing=names))
        assert closures.over(here) == {"closure/aaaa", "closure/dddd"}
        assert closures.current(here) is None


@pytest.mark.parametrize(
    ("closed", "opened", "over"),
    [
        ("2026-03-01", "2026-03-02", True),
        ("2026-03-01", "2026-03-01", True),
        ("2026-03-01", "2026-02-28", False),
        ("2026-03", "2026-03-15", True),
        ("2026-03-15", "2026-03", True),
        ("2026-03", "2026-02", False),
        ({"unknown": "not-known"}, "2026-02-28", True),
        ("2026-03-01", {"unknown": "not-known"}, True),
        (None, None, True),
    ],
)
@pytest.mark.parametrize("unnamed", [{}, {"closing": {"unknown": "not-known"}}, {"closing": " "}])
def test_a_reopening_written_from_paper_tells_by_its_day(
    closed: Any, opened: Any, over: bool, unnamed: dict[str, Any]
) -> None:
    """Where a date does not tell, nothing old helps to close again."""
    here = case(closure("aaaa", closed), reopen("cccc", opened, **unnamed))
    assert bool(closures.over(here)) is over


@pytest.mark.parametrize("kind", ["withdraw", "override", "close", "skip", None])
def test_nothing_but_a_reopening_ends_a_closing(kind: str | None) -> None:
    """A proposal that was taken back leaves its record in hand."""
    other = record("decision", "cccc", kind=kind, happened_on="2026-06-01", closing="decision/bbbb")
    assert closures.over(case(*FIRST, other)) == frozenset()


@pytest.mark.parametrize(("opened", "over"), [("2026-03-02", True), ("2026-02-01", False)])
def test_where_the_closing_names_no_record_the_days_tell(opened: str, over: bool) -> None:
    """A close decision that was written from paper names none."""
    paper = record("decision", "bbbb", kind="close", happened_on="2026-03-02")
    here = case(closure("aaaa"), paper, reopen("cccc", opened, closing="decision/bbbb"))
    assert bool(closures.over(here)) is over


@pytest.mark.parametrize("kind", ["withdraw", "override", "reopen", None])
def test_only_a_closing_can_be_ended(kind: str | None) -> None:
    """A reopening that names another decision, or none that is there, ends nothing."""
    other = record(
        "decision", "bbbb", kind=kind, happened_on="2026-01-01", closure_record="closure/aaaa",
        closing="decision/zzzz",
    )  # fmt: skip
    for name in ("decision/bbbb", "decision/zzzz"):
        here = case(closure("aaaa"), other, reopen("cccc", "2026-02-01", closing=name))
        assert closures.over(here) == frozenset()


def test_in_hand_leaves_out_nothing_else() -> None:
    here = case(*FIRST, record("note", "nnnn", happened_on="2026-04-01"))
    assert closures.in_hand(here) is here
    again = case(*here.records, reopen("cccc", closing="decision/bbbb"))
    left = closures.in_hand(again)
    assert {r.name for r in again.records} - {r.name for r in left.records} == {"closure/aaaa"}
    assert (left.case, left.stage, left.state) == (again.case, again.stage, again.state)


DAYS = st.sampled_from(["2026-01-01", "2026-02", "2026-02-10", "2026-02-20", "2026-03-01", "2026"])
TAGS = ("aaaa", "bbbb", "cccc")
CLOSURES = st.dictionaries(st.sampled_from(TAGS), DAYS)
CLOSES = st.dictionaries(st.sampled_from(["dddd", "eeee", "ffff"]), st.sampled_from(TAGS))
ENDS = st.none() | st.sampled_from(
    ["decision/dddd", "decision/eeee decision/ffff", "decision/zzzz"]
)
REOPENS = st.lists(st.tuples(DAYS, ENDS), max_size=3)


def _records(closed: dict[str, str], made: dict[str, str], opened: list[Any]) -> list[Record]:
    found = [closure(tag, on) for tag, on in closed.items()]
    found += [close(tag, ends) for tag, ends in made.items()]
    for number, (on, ends) in enumerate(opened):
        found.append(reopen(f"gg{number}", on, **({"closing": ends} if ends else {})))
    return found


@given(CLOSURES, CLOSES, REOPENS, st.randoms(use_true_random=False))
def test_a_closure_record_is_over_exactly_where_the_rule_says_so(
    closed: dict[str, str], made: dict[str, str], opened: list[Any], dice: Any
) -> None:
    """Named by a closing that a reopening names; or by its day, where one names no closing."""
    records = _records(closed, made, opened)
    dice.shuffle(records)
    expected = set()
    for tag, on in closed.items():
        for day, ends in opened:
            one, other = interval(day), interval(on)
            assert one is not None and other is not None
            named = [made.get(name.partition("/")[2]) for name in (ends or "").split()]
            met = one.latest >= other.earliest if not ends else tag in named
            if met:
                expected.add(f"closure/{tag}")
    here = case(*records)
    assert closures.over(here) == expected
    # And the one in hand is the latest of the rest, or none.
    rest = [r for r in here.all("closure") if r.name not in expected]
    assert closures.current(here) == (rest[-1] if rest else None)
    assert closures.over(closures.in_hand(here)) == frozenset()


@given(CLOSURES, CLOSES, REOPENS, DAYS, ENDS)
def test_another_reopening_never_brings_a_closing_back(
    closed: dict[str, str], made: dict[str, str], opened: list[Any], day: str, ends: str | None
) -> None:
    before = closures.over(case(*_records(closed, made, opened)))
    assert before <= closures.over(case(*_records(closed, made, [*opened, (day, ends)])))
