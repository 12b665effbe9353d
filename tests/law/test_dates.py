"""Partial dates as intervals; ages by the calendar; animal years; estimates."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase.law import dates

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def written(day: date, parts: int) -> str:
    return "-".join(day.isoformat().split("-")[:parts])


PARTIAL = st.builds(written, DAYS, st.integers(1, 3))


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "2026-13", "2026-00", "2025-02-29", "1899", "2101-01-01", "206", "20260", "",
     "2026-3", "2026-03-5", "2026-03-05T00:00", " 2026", "2026-03-05\n", "២០២៦", "٢٠٢٦"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert dates.interval(text) is None
    assert not dates.is_partial_date(text)


@pytest.mark.parametrize("value", [None, 2026, 2026.0, True, [], {}, object()])
def test_what_is_no_text_is_no_date(value: object) -> None:
    assert dates.interval(value) is None
    assert dates.before(value, "2026") is None
    assert dates.not_after("2026", value) is None
    assert dates.days_between(value, value) is None
    assert dates.age_on(value, "2026") is None


@given(DAYS, st.integers(1, 3))
def test_a_partial_date_contains_the_day_it_was_cut_from(day: date, parts: int) -> None:
    days = dates.interval(written(day, parts))
    assert days is not None
    assert days.earliest <= day <= days.latest
    assert days.exact == (parts == 3)
    if parts == 2:
        assert days.latest.day == monthrange(day.year, day.month)[1]


@given(DAYS, DAYS, st.integers(1, 3), st.integers(1, 3))
def test_answers_hold_for_every_reading(a: date, b: date, p: int, q: int) -> None:
    x, y = written(a, p), written(b, q)
    if dates.before(x, y):
        assert a < b
    if dates.not_after(x, y) is False:
        assert a > b
    low, high = dates.days_between(x, y) or (0, 0)
    assert low <= (b - a).days <= high


@given(PARTIAL, PARTIAL)
def test_certainly_earlier_excludes_possibly_later(x: str, y: str) -> None:
    if dates.before(x, y):
        assert dates.not_after(x, y)
        assert dates.before(y, x) is False
    assert dates.not_after(x, y) or dates.before(y, x)


@given(DAYS, DAYS)
def test_age_counts_birthdays(birth: date, day: date) -> None:
    ages = dates.age_on(birth.isoformat(), day.isoformat())
    assert ages is not None and ages[0] == ages[1]
    passed = sum(1 for year in range(birth.year + 1, day.year + 1) if birthday(birth, year) <= day)
    if day >= birth:
        assert ages[0] == passed


def birthday(birth: date, year: int) -> date:
    try:
        return birth.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


@given(PARTIAL, DAYS)
def test_age_of_a_partial_birth_spans_its_days(birth: str, day: date) -> None:
    low, high = dates.age_on(birth, day.isoformat()) or (0, 0)
    days = dates.interval(birth)
    assert days is not None
    for one in (days.earliest, days.latest):
        age = (dates.age_on(one.isoformat(), day.isoformat()) or (0, 0))[0]
        assert low <= age <= high


def test_born_on_29_february() -> None:
    assert dates.age_on("2008-02-29", "2026-02-28") == (17, 17)
    assert dates.age_on("2008-02-29", "2026-03-01") == (18, 18)
    assert dates.child_on({"date": "2008-02-29"}, "2026-02-28") is True
    assert dates.child_on({"date": "2008-02-29"}, "2026-03-01") is False


def test_18_calendar_years_not_days_by_365() -> None:
    birth, day = "2008-11-21", date(2026, 11, 21)
    assert dates.child_on({"date": birth}, day - timedelta(1)) is True
    assert dates.child_on({"date": birth}, day) is False


@pytest.mark.parametrize(
    ("birth", "child", "uncertain"),
    [
        (None, None, None),
        ({}, None, None),
        ({"basis": "told"}, None, None),
        ({"date": "not a date"}, True, True),
        ({"unknown": "not-known"}, True, True),
        ({"date": {"unknown": "declined"}, "basis": "told"}, True, True),
        ({"date": "2007"}, False, False),
        ({"date": "2007", "basis": {"unknown": "not-asked"}}, False, False),
        ({"date": "2007", "basis": [], "candidate_years": [{}, None, True, "x"]}, False, False),
        ({"date": "2008"}, True, True),
        ({"date": "2009"}, True, False),
        ({"date": "2007", "basis": "estimated"}, True, True),
        ({"date": "2005", "basis": "medical"}, False, False),
        ({"basis": "animal-year", "candidate_years": ["1997", "2009"]}, True, True),
        ({"basis": "animal-year", "candidate_years": [1985, 1997]}, False, False),
        ({"basis": "animal-year", "candidate_years": [2009, 2021]}, True, False),
        ({"date": "1997", "basis": "animal-year", "candidate_years": [1997, 2009]}, True, True),
        ("1990", False, False),
    ],
)
def test_doubt_about_an_age_treats_as_a_child(
    birth: object, child: bool | None, uncertain: bool | None
) -> None:
    assert dates.child_on(birth, "2026-11-21") is child
    assert dates.age_uncertain(birth, "2026-11-21") is uncertain


def test_no_day_no_answer() -> None:
    assert dates.child_on({"date": "2000"}, None) is None
    assert dates.age_uncertain({"date": "2000"}, "soon") is None


@given(DAYS.filter(lambda d: d.year < 2090), st.integers(0, 60))
def test_adding_months_keeps_the_day_or_ends_the_month(day: date, months: int) -> None:
    later = dates.add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == min(day.day, monthrange(later.year, later.month)[1])


def test_a_year_of_an_animal_runs_to_the_april_after_it() -> None:
    tiger = {"basis": "animal-year", "candidate_years": [1998, 2008]}
    assert [f"{days.earliest}..{days.latest}" for days in dates.birth_intervals(tiger) or ()] == [
        "1998-01-01..1999-04-30",
        "2008-01-01..2009-04-30",
    ]
    # Whoever was born in March 2009 is a child until March 2027.
    assert dates.child_on(tiger, "2027-04-29") is True
    assert dates.child_on(tiger, "2027-05-01") is False
    assert dates.age_uncertain(tiger, "2026-06-01") is True


@pytest.mark.parametrize(
    "birth",
    [
        {"basis": "animal-year", "candidate_years": ["1998"]},
        {"basis": "animal-year", "date": "1998"},
        {"basis": "animal-year", "date": "1998-05", "candidate_years": {"unknown": "not-known"}},
    ],
)
def test_one_year_of_an_animal_alone_settles_no_age(birth: dict[str, object]) -> None:
    """The year picked may be the wrong one of those twelve apart: 2010 is a child."""
    assert dates.child_on(birth, "2026-11-21") is True
    assert dates.age_uncertain(birth, "2026-11-21") is True
    old = {"basis": "animal-year", "candidate_years": ["1960"]}
    assert dates.child_on(old, "2026-11-21") is False
