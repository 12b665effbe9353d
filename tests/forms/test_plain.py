"""Plain data hold all that a sheet holds, as JSON; and a sheet holds whatever people write."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.forms.conftest import DAY, LANGUAGES, dossier, record
from tests.forms.hostile import TEXTS, hostile_dossier, people_texts
from tipcase import forms
from tipcase.forms import Document, plain
from tipcase.forms.sheet import Part, Row, Sheet
from tipcase.forms.text import clean
from tipcase.forms.values import Value
from tipcase.law.dossier import Dossier
from tipcase.law.edition import Edition

Fill = Callable[..., Document]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_plain_data_are_the_sheet(fill: Fill, edition: Edition, story: Dossier, lang: str) -> None:
    """Against the standard library's own copy, for every form."""
    for code in forms.codes(edition):
        document = fill(story, code, lang, include_restricted=True)
        made = plain.of(document)
        told = dataclasses.asdict(document.sheet)
        # Which kinds, fields and records are the command's business, not the sheet's.
        for name in ("unconsented", "disputed", "unshown"):
            told.pop(name)
        shown = {k: v for k, v in made["sheet"].items() if k not in ("unconsented", "disputed")}
        copied = json.loads(json.dumps(told, default=len))
        assert json.loads(json.dumps(shown)) == _without_pictures(copied)
        assert made["words"] == dict(document.words)


def _without_pictures(node: Any) -> Any:
    """A picture is its number; none of these sheets has one."""
    if isinstance(node, dict):
        return {
            key: None if key == "picture" else _without_pictures(value)
            for key, value in node.items()
        }
    return [_without_pictures(one) for one in node] if isinstance(node, list) else node


def test_plain_data_leave_out_no_part_of_a_value() -> None:
    row = Row("1", (), Value("text"), False, ())
    part = Part("1", (), (row,), False)
    made = plain._part(part, iter(()))
    assert set(made) == {one.name for one in dataclasses.fields(Part)}
    assert set(made["rows"][0]) == {one.name for one in dataclasses.fields(Row)}
    assert set(made["rows"][0]["value"]) == {one.name for one in dataclasses.fields(Value)}
    names = {one.name for one in dataclasses.fields(Sheet)}
    assert "picture" in made["rows"][0]["value"] and "parts" in names


@pytest.mark.sampled(8)
@pytest.mark.parametrize("what", TEXTS)
def test_whatever_people_write_stands_on_the_sheet_as_they_wrote_it(
    fill: Fill, edition: Edition, what: str
) -> None:
    text = TEXTS[what]
    for code in ("P1", "P5"):
        sheet = plain.of(fill(hostile_dossier(edition, code, text), code, "both"))["sheet"]
        found = set(_written(sheet["parts"]))
        assert found - {""} == {clean(text)} - {""}


@given(people_texts())
def test_any_text_stands_on_the_sheet_as_it_was_written(edition: Edition, text: str) -> None:
    case = hostile_dossier(edition, "P5", text)
    document = forms.fill(edition, case, "P5", lang="both", as_of=DAY, casebook_name=text)
    found = set(_written(plain.of(document)["sheet"]["parts"]))
    assert found - {""} == {clean(text)} - {""}
    assert document.sheet.casebook == clean(text)


def _written(node: Any) -> Iterator[str]:
    """What people wrote, anywhere in plain data."""
    if isinstance(node, dict):
        if node.get("kind") in ("text", "place"):
            yield node["text"]
        yield from node.get("items", ())
        for value in node.values():
            yield from _written(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _written(value)


UNKNOWN = {"unknown": "declined", "why": "w"}
ODD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-9, 9),
        st.sampled_from(
            ["", "x", "1998", "2026-13", "F", UNKNOWN, {"unknown": 3}, {"unknown": "z"}]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["name", "date", "id", "kinds"]), inner, max_size=3),
    ),
    max_leaves=6,
)
FIELDS = (
    "full_name", "sex", "birth", "nationality", "languages", "disability", "addresses",
    "interpreter_needed", "family_members", "identity_documents", "birthplace", "trafficking",
    "attachments", "safe_contact",
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=4))
def test_a_record_that_fits_no_schema_prints_without_a_crash(
    edition: Edition, data: dict[str, Any]
) -> None:
    for code in ("P1", "P5"):
        for restricted in (False, True):
            document = forms.fill(
                edition,
                dossier(record("profile", **data)),
                code,
                lang="both",
                as_of=DAY,
                casebook_name="x",
                include_restricted=restricted,
            )
            assert json.dumps(plain.of(document))
