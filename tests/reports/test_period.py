"""Which days a report is about."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from tipcase.errors import UsageError
from tipcase.reports.period import parse


@pytest.mark.parametrize(
    ("typed", "start", "end", "english", "khmer"),
    [
        ("2026", "2026-01-01", "2026-12-31", "2026", "ឆ្នាំ 2026"),
        ("2026-Q3", "2026-07-01", "2026-09-30", "quarter 3 of 2026", "ត្រីមាសទី 3 ឆ្នាំ 2026"),
        (" 2026-q4 ", "2026-10-01", "2026-12-31", "quarter 4 of 2026", "ត្រីមាសទី 4 ឆ្នាំ 2026"),
        ("2024-02", "2024-02-01", "2024-02-29", "February 2024", "ខែកុម្ភៈ ឆ្នាំ 2024"),
        ("2026-12", "2026-12-01", "2026-12-31", "December 2026", "ខែធ្នូ ឆ្នាំ 2026"),
    ],
)
def test_a_period_by_its_name(typed: str, start: str, end: str, english: str, khmer: str) -> None:
    period = parse(typed)
    assert period.as_json() == {"from": start, "to": end}
    assert (period.label.en, period.label.km) == (english, khmer)
    assert period.code == typed.strip().upper()


def test_two_days_are_both_within() -> None:
    period = parse(None, "2026-07-15", "2026-07-15")
    assert period.start == period.end == date(2026, 7, 15)
    assert period.code == "2026-07-15..2026-07-15"
    assert parse(None, "2026-01-01", "2026-01-31").label.km == "2026-01-01 ដល់ 2026-01-31"


def test_months_and_quarters_follow_on_each_other() -> None:
    months = [parse(f"{year}-{month:02}") for year in (2023, 2024) for month in range(1, 13)]
    quarters = [parse(f"{year}-Q{number}") for year in (2023, 2024) for number in range(1, 5)]
    for row in (months, quarters):
        assert all(one.end + timedelta(days=1) == after.start for one, after in pairwise(row))
    assert [one.start for one in months[::3]] == [one.start for one in quarters]


@pytest.mark.parametrize(
    "typed",
    ["2026-13", "2026-00", "2026-Q5", "2026-Q0", "26", "0206", "9999", "Q3", "2026-1", "2026-10-01",
     "", "2026Q3", "２０２６", "last month"],
)  # fmt: skip
def test_what_is_no_period_is_told_how_to_write_one(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(typed)
    assert caught.value.sentence == "that is no period"
    assert "2026-Q3" in caught.value.hint


def test_an_end_before_the_beginning() -> None:
    with pytest.raises(UsageError) as caught:
        parse(None, "2026-07-02", "2026-07-01")
    assert caught.value.sentence == "the period ends before it begins"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ((None, None, None), "--period"),
        ((None, "2026-07-01", None), "--to"),
        ((None, None, "2026-07-01"), "--from"),
        (("2026", "2026-07-01", None), "not both"),
        ((None, "2026-07", "2026-08-01"), "no day"),
        ((None, "2026-02-30", "2026-08-01"), "no day"),
        ((None, "yesterday", "2026-08-01"), "no day"),
    ],
)
def test_what_is_missing_or_too_much(
    typed: tuple[str | None, str | None, str | None], named: str
) -> None:
    with pytest.raises(UsageError) as caught:
        parse(*typed)
    assert named in caught.value.sentence
    assert caught.value.hint
