"""In which group of ages somebody counts: no reading is picked, and a doubt makes a child."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase.law import dates
from tipcase.reports.ages import band_of, codes_of, group_of

BANDS = (0, 12, 15, 18, 25, 35, 60)
DAY = "2026-07-01"


@pytest.mark.parametrize(
    ("birth", "band"),
    [
        ({"date": "2014-07-02", "basis": "document"}, "0-11"),
        ({"date": "2014-07-01", "basis": "document"}, "12-14"),
        ({"date": "2008-07-02", "basis": "document"}, "15-17"),
        ({"date": "2008-07-01", "basis": "document"}, "18-24"),
        ({"date": "1966-07-01", "basis": "document"}, "60+"),
        ({"date": "1966-07-02", "basis": "document"}, "35-59"),
        ({"date": "1998", "basis": "told"}, "25-34"),
        # Several bands: none is picked, but child or adult is.
        ({"date": "2008", "basis": "told"}, "child"),
        ({"date": "2012-01", "basis": "estimated"}, "child"),
        ({"date": "1992", "basis": "estimated"}, "adult"),
        ({"basis": "animal-year", "candidate_years": ["1996", "2008"]}, "child"),
        ({"basis": "animal-year", "candidate_years": ["1984", "1996"]}, "adult"),
        ({"unknown": "not-known"}, "child"),
        (None, "missing"),
        ({}, "missing"),
        # Born after the day.
        ({"date": "2027", "basis": "told"}, "child"),
    ],
)
def test_the_band_of_an_age(birth: Any, band: str) -> None:
    assert band_of(birth, DAY, BANDS) == band


def test_an_age_in_years_is_taken_at_its_word() -> None:
    assert band_of(None, None, BANDS, 17) == "15-17"
    assert band_of({"date": "1998"}, DAY, BANDS, 0) == "0-11"
    assert group_of("male", {"date": "1998"}, DAY, 17) == "boy"
    assert group_of("male", None, None, 18) == "man"
    assert band_of(None, None, BANDS, -1) == "missing"


def test_a_day_known_in_part_may_fall_into_two_bands() -> None:
    assert band_of({"date": "2014-07-15"}, "2026-07", BANDS) == "child"
    assert band_of({"date": "2014-07-01"}, "2026-07", BANDS) == "12-14"


def test_without_a_day_there_is_no_age() -> None:
    assert band_of({"date": "1998"}, None, BANDS) == "missing"
    assert group_of("female", {"date": "1998"}, None) == "missing"


@pytest.mark.parametrize(
    ("sex", "birth", "group"),
    [
        ("female", {"date": "2010"}, "girl"),
        ("male", {"date": "2010"}, "boy"),
        ("female", {"date": "1998"}, "woman"),
        ("male", {"date": "1998"}, "man"),
        # In doubt a child (857/6.11.5).
        ("female", {"date": "2008"}, "girl"),
        ("male", {"unknown": "not-known"}, "boy"),
        ("other", {"date": "2010"}, "child"),
        ({"unknown": "declined"}, {"date": "1998"}, "adult"),
        (None, {"date": "1998"}, "adult"),
        ("female", None, "missing"),
    ],
)
def test_girl_boy_woman_man(sex: Any, birth: Any, group: str) -> None:
    assert group_of(sex, birth, DAY) == group


def test_the_bands_name_every_age_once() -> None:
    assert codes_of(BANDS) == ("0-11", "12-14", "15-17", "18-24", "25-34", "35-59", "60+")


@given(st.dates(min_value=dates.earliest("1930"), max_value=dates.earliest("2030")))  # type: ignore[arg-type]  # they are dates
def test_nobody_who_may_be_a_child_stands_with_adults(born: Any) -> None:
    birth = {"date": born.isoformat(), "basis": "estimated"}
    band, group = band_of(birth, DAY, BANDS), group_of("female", birth, DAY)
    child = dates.child_on(birth, DAY)
    assert (group == "girl") is child
    assert (band in ("0-11", "12-14", "15-17", "child")) is child
