from __future__ import annotations

import pytest

from tipcase.forms import khmer
from tipcase.forms.khmer import Calendar
from tipcase.forms.language import language
from tipcase.law.edition import Edition


@pytest.fixture
def calendars(edition: Edition) -> dict[str, Calendar]:
    return dict(language("both", edition.forms_data["words"]).calendars)


def test_digits_are_exchanged_and_nothing_else() -> None:
    assert khmer.digits("K7Q2-0189 ៣") == "K៧Q២-០១៨៩ ៣"


@pytest.mark.parametrize(
    ("date", "km", "en"),
    [
        ("2026-03-15", "ថ្ងៃទី ១៥ ខែ មីនា ឆ្នាំ ២០២៦", "15 March 2026"),
        ("2026-03-05", "ថ្ងៃទី ៥ ខែ មីនា ឆ្នាំ ២០២៦", "5 March 2026"),
        ("2026-12", "ខែ ធ្នូ ឆ្នាំ ២០២៦", "December 2026"),
        ("1998", "ឆ្នាំ ១៩៩៨", "1998"),
    ],
)
def test_a_date_is_written_as_far_as_it_is_known(
    calendars: dict[str, Calendar], date: str, km: str, en: str
) -> None:
    assert calendars["km"].write(date) == km
    assert calendars["en"].write(date) == en


def test_a_narrow_column_leaves_the_words_out(calendars: dict[str, Calendar]) -> None:
    assert calendars["km"].write("2026-03-15", short=True) == "១៥ មីនា ២០២៦"


@pytest.mark.parametrize("text", ["", "soon", "2026-13", "26-03-15", "2026-3-5", "2026-03-15 "])
def test_what_is_no_date_is_not_written_as_one(calendars: dict[str, Calendar], text: str) -> None:
    assert calendars["km"].write(text) is None


def test_every_month_has_a_name_in_both_languages(calendars: dict[str, Calendar]) -> None:
    for calendar in calendars.values():
        assert len(set(calendar.months)) == 12
