from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tipcase import forms
from tipcase.errors import NotFoundError
from tipcase.forms.definition import FormsError, Line
from tipcase.law.edition import Edition

FIRST = ("P1", "P5", "P7", "S1a")


def every_line(edition: Edition) -> Iterator[tuple[str, Line]]:
    for code in forms.codes(edition):
        for section in forms.form(edition, code).sections:
            for line in section.lines:
                yield code, line


def words_in(data: Any) -> Iterator[Any]:
    """Every mapping that holds a wording, anywhere in the data."""
    if isinstance(data, dict):
        if isinstance(data.get("en"), str):
            yield data
        for value in data.values():
            yield from words_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from words_in(value)


def test_the_first_four_forms_fit_the_record_types(edition: Edition) -> None:
    assert set(FIRST) <= set(forms.codes(edition))
    for code in forms.codes(edition):
        assert forms.form(edition, code).sections


def test_every_line_cites_a_provision_or_is_ours(edition: Edition) -> None:
    silent = {
        (code, line.field.path if line.field else "")
        for code, line in every_line(edition)
        if not line.provisions
    }
    # What no source asks cites nothing, rather than a provision about something else.
    assert {("P1", "oscar_number"), ("P7", "confirmed_by"), ("S1a", "valid_until")} <= silent
    cites = {
        (code, line.field.path)
        for code, line in every_line(edition)
        if line.field and line.field.provisions
    }
    assert silent.isdisjoint(cites)


def test_every_cited_provision_exists(edition: Edition) -> None:
    known = {entry["id"] for entry in edition.provisions}
    cited = {provision for _, line in every_line(edition) for provision in line.provisions}
    assert cited <= known


def test_every_wording_is_in_both_languages(edition: Edition) -> None:
    found = list(words_in(edition.forms_data))
    assert len(found) > 100
    for words in found:
        assert words["en"].strip() and words["km"].strip()
        assert any("\u1780" <= letter <= "\u17ff" for letter in words["km"])


def test_every_field_that_prints_has_words_in_both_languages(edition: Edition) -> None:
    for _, line in every_line(edition):
        shown = [line.field, *line.columns] if line.field else [*line.columns]
        for field in shown:
            assert field is not None
            assert {"en", "km"} <= set(field.label)
            for option in field.values.values():
                assert {"en", "km"} <= set(option)


def test_a_follow_up_form_tells_how_to_make_contact_before_the_number(edition: Edition) -> None:
    first = forms.form(edition, "P5").sections[0]
    paths = [line.field.path for line in first.lines if line.field]
    assert all(path.startswith("safe_contact.") for path in paths)
    assert paths[-1] == "safe_contact.phone"


def test_no_office_must_approve_unless_the_casebook_says_so(edition: Edition) -> None:
    for code in forms.codes(edition):
        slots = {slot.name: slot for slot in forms.form(edition, code).signatures}
        assert slots.get("local-authority") is None or not slots["local-authority"].default


def test_an_unknown_form_is_refused_with_the_codes_there_are(edition: Edition) -> None:
    with pytest.raises(NotFoundError) as caught:
        forms.form(edition, "P99")
    assert "P1" in caught.value.hint


BROKEN = {
    "no such record type": "{sections: [{title: {en: x}, lines: [{field: nothing.name}]}]}",
    "no such field": "{sections: [{title: {en: x}, lines: [{field: profile.shoe_size}]}]}",
    "no field at all": "{sections: [{title: {en: x}, lines: [{field: profile}]}]}",
    "no such column": (
        "{sections: [{title: {en: x}, lines: [{field: profile.other_names, columns: [shoe]}]}]}"
    ),
    "two things in a line": (
        "{sections: [{title: {en: x}, lines: [{field: profile.sex, say: {en: x}}]}]}"
    ),
    "nothing in a line": "{sections: [{title: {en: x}, lines: [{required: true}]}]}",
    "unknown key of a line": (
        "{sections: [{title: {en: x}, lines: [{field: profile.sex, colour: red}]}]}"
    ),
    "unknown way to show": (
        "{sections: [{title: {en: x}, lines: [{field: profile.sex, show: loudly}]}]}"
    ),
    "unknown key of a form": "{sections: [], colour: red}",
    "about nothing": "{about: nothing, sections: []}",
    "prefers a value that is none": (
        "{about: follow-up, prefer: {field: follow_up_type, value: type-3}, sections: []}"
    ),
    "unknown box": "{boxes: [{what: weather}], sections: []}",
    "unknown way to sign": "{sections: [], signatures: [{slot: a, label: {en: x}, by: wink}]}",
    "log of nothing": (
        "{sections: [{title: {en: x}, lines: [{log: [nothing], columns: [happened_on]}]}]}"
    ),
    "log filtered by nothing": (
        "{sections: [{title: {en: x}, lines: [{log: [placement], with: shoe, columns: []}]}]}"
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_data_that_fits_no_schema_is_refused_by_name(
    own_edition: Callable[[str], Edition], fault: str
) -> None:
    own = own_edition("forms:\n  X9: " + BROKEN[fault].replace("{", "{title: {en: x}, ", 1) + "\n")
    with pytest.raises(FormsError, match=r"forms\.yaml, form X9"):
        forms.form(own, "X9")
