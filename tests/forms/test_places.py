from __future__ import annotations

import csv

import pytest

from tipcase.forms import places


@pytest.mark.parametrize(
    ("code", "km", "en"),
    [
        ("12", "រាជធានីភ្នំពេញ", "Phnom Penh"),
        ("0102", "មង្គលបូរី, បន្ទាយមានជ័យ", "Mangkul Bourei, Banteay Meanchey"),
        (
            "010201",
            "បន្ទាយនាង, មង្គលបូរី, បន្ទាយមានជ័យ",
            "Banteay Neang, Mangkul Bourei, Banteay Meanchey",
        ),
        (
            "01020101",
            "អូរធំ, បន្ទាយនាង, មង្គលបូរី, បន្ទាយមានជ័យ",
            "Ou Thum, Banteay Neang, Mangkul Bourei, Banteay Meanchey",
        ),
    ],
)
def test_a_place_has_the_names_of_all_that_it_lies_in(code: str, km: str, en: str) -> None:
    assert places.names(code) == {"km": km, "en": en}


@pytest.mark.parametrize(
    "code",
    [
        "",
        "1",
        "99",
        "9999",
        "010299",
        "01020199",
        "0102010",
        "010201011",
        "០១",
        "K7",
        "01,02",
    ],
)
def test_what_is_no_code_of_today_has_no_names(code: str) -> None:
    assert places.names(code) == {}


def test_a_code_of_several_villages_is_not_guessed_at() -> None:
    assert places.names("08120101")["en"].startswith("Svay Chrum,") is False
    assert places.names("08120101") == places.names("081201")


def test_a_village_that_the_list_puts_into_another_commune_has_no_names() -> None:
    """The list has ten villages of the commune 021405 with codes of 021404, seven of them twice."""
    assert places.names("02140408") == {}
    assert places.names("02140401")["en"].startswith("Mukh Rea Pir, ")


def test_a_village_without_a_commune_in_the_list_has_no_names() -> None:
    assert places.names("12091301") == {}


@pytest.mark.parametrize("digits", [2, 4, pytest.param(6, marks=pytest.mark.soak)])
def test_every_place_of_the_list_has_both_names(digits: int) -> None:
    """The three small levels whole; villages are sampled below."""
    lines = places._content(digits).decode("utf-8").splitlines()[1:]
    assert len(lines) == {2: 25, 4: 210, 6: 1661}[digits]
    for line in lines:
        code = line.split(",")[digits // 2 - 1]
        named = places.names(code)
        assert line.split(",")[digits // 2] == named["km"].split(", ")[0]
        assert len(named["en"].split(", ")) >= digits // 2


@pytest.mark.parametrize("nth", [97])
def test_villages_have_names_but_for_codes_that_the_list_gives_twice(nth: int) -> None:
    lines = places._content(8).decode("utf-8").splitlines()[1:]
    assert len(lines) == 14_576
    for province, district, commune, code, km, _ in csv.reader(lines[::nth]):
        assert (province, district, commune) == (code[:2], code[:4], code[:6])
        assert places.names(code)["km"].split(", ")[0] == km
