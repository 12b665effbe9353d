"""Ages as they are known: every reading said, none picked, doubt read as childhood."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase.law import dates
from tipcase.law.ages import age, animal_of
from tipcase.law.findings import Text

DAY = date(2026, 11, 22)
TOLD = {"told": Text("The person said so", "សាមីខ្លួនប្រាប់")}

KNOWN: list[tuple[Any, str]] = [
    ({"date": "1998", "basis": "told"}, "born 1998 (the person said so): 27 to 28 years old"),
    ({"date": "1998-11-22"}, "born 1998-11-22: 28 years old"),
    ("2015-03-05", "born 2015-03-05: 11 years old; a child"),
    (
        {"date": "2008-11", "basis": "document"},
        "born 2008-11 (document): 17 to 18 years old; age uncertain: treated as a child",
    ),
    (
        {"date": "2009", "basis": "medical"},
        "born 2009 (medical): 14 to 19 years old; age uncertain: treated as a child",
    ),
    (
        {"basis": "animal-year", "candidate_years": ["2022", "2010"]},
        "born 2010 or 2022 (year of the tiger): 3 to 4 or 15 to 16 years old; a child",
    ),
    (
        {"basis": "animal-year", "candidate_years": ["1998", "2010"]},
        "born 1998 or 2010 (year of the tiger): 15 to 16 or 27 to 28 years old; "
        "age uncertain: treated as a child",
    ),
    # Years of different animals are no year of any.
    (
        {"basis": "animal-year", "candidate_years": ["1997", "1998"]},
        "born 1997 or 1998: 27 to 28 or 28 to 29 years old",
    ),
    # What was written beside the candidates does not pick one of them.
    (
        {"basis": "animal-year", "candidate_years": ["1986", "1998"], "date": "1998"},
        "born 1986 or 1998 (year of the tiger): 27 to 28 or 39 to 40 years old",
    ),
    ({"unknown": "declined"}, "age not known: treated as a child"),
    ({"date": {"unknown": "not-known"}}, "age not known: treated as a child"),
    ({"date": "2030"}, "born 2030; a child"),
    ({"date": "2026"}, "born 2026: 0 years old; a child"),
]


@pytest.mark.parametrize(("birth", "text"), KNOWN)
def test_an_age_in_words(birth: Any, text: str) -> None:
    found = age(birth, DAY, TOLD)
    assert found is not None
    assert found.text.en == text
    assert found.child == ("child" in text)
    assert found.uncertain == ("uncertain" in text or "not known" in text)
    assert " to " not in found.text.km
    assert "child" not in found.text.km
    assert repr(found) == "<Age>"


@pytest.mark.parametrize("birth", [None, {}, {"basis": "told"}, "soon", 7, []])
def test_where_nothing_was_written_nothing_is_said(birth: Any) -> None:
    assert age(birth, DAY) is None


def test_the_cycle_of_animals() -> None:
    names = [animal_of(year).en for year in range(2008, 2020)]
    assert names == [
        *("rat", "ox", "tiger", "rabbit", "dragon", "snake"),
        *("horse", "goat", "monkey", "rooster", "dog", "pig"),
    ]
    assert animal_of(1950).en == animal_of(2010).en == "tiger"
    assert all(animal_of(year).km for year in range(1900, 2101))


years = st.integers(1920, 2030)


@given(
    birth=st.one_of(
        st.dates(date(1920, 1, 1), date(2030, 12, 31)).map(str),
        st.builds(
            lambda year, basis: {"date": str(year), "basis": basis},
            years,
            st.sampled_from(["told", "document", "estimated", "medical"]),
        ),
        st.lists(years.map(str), min_size=1, max_size=5).map(
            lambda found: {"basis": "animal-year", "candidate_years": found}
        ),
    )
)
def test_no_age_is_surer_than_the_birth(birth: Any) -> None:
    found = age(birth, DAY)
    assert found is not None
    assert found.child == dates.child_on(birth, DAY)
    assert found.uncertain == dates.age_uncertain(birth, DAY)
    assert all(0 <= low <= high for low, high in found.years)
    if not found.child:
        assert all(low >= dates.ADULT_AT for low, _ in found.years)
    for reading in dates.birth_intervals(birth) or ():
        for end in (reading.earliest, reading.latest):
            ages = dates.age_on(end, DAY)
            assert ages is not None
            assert ages[0] < 0 or any(low <= ages[0] <= high for low, high in found.years)
