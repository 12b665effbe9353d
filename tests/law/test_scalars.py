"""Typing by the schema: what was written stays unless its field asks for something else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.editions import tiny
from tipcase import documents
from tipcase.law import RecordType, type_values


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> RecordType:
    return tiny(tmp_path_factory.mktemp("edition")).record_type("intake")


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("code: 0087", {"code": "0087"}),
        ("code: 1998", {"code": "1998"}),
        ("code: yes", {"code": "yes"}),
        ("code: ~", {"code": "~"}),
        ("code: 1e3", {"code": "1e3"}),
        ("happened_on: 2026-03-05", {"happened_on": "2026-03-05"}),
        ("happened_on: 1998", {"happened_on": "1998"}),
        ("care: yes", {"care": True}),
        ("care: No", {"care": False}),
        ("care: 'true'", {"care": True}),
        ("visits: 007", {"visits": 7}),
        ("visits: -3", {"visits": -3}),
        ("contact: {phone: +85512345678, may_text: no}",
         {"contact": {"phone": "+85512345678", "may_text": False}}),
        ("family: [{name: 12, years: 12, gone: null}]",
         {"family": [{"name": "12", "years": 12, "gone": None}]}),
        ("family: [{gone: 'null'}, {gone: }, {gone: ''}, {gone: no}]",
         {"family": [{"gone": "null"}, {"gone": None}, {"gone": ""}, {"gone": "no"}]}),
        ("visits: {unknown: declined, why: 12}", {"visits": {"unknown": "declined", "why": "12"}}),
        ("other: yes", {"other": "yes"}),
    ],
)  # fmt: skip
def test_scalars_are_typed_by_their_field(intake: RecordType, written: str, typed: Any) -> None:
    found, misfits = type_values(intake.schema, documents.read(written).tree)
    assert found == typed and misfits == ()
    assert_plain(found)


def assert_plain(tree: Any) -> None:
    assert type(tree) in (dict, list, str, int, bool, float, type(None))
    for child in tree.values() if isinstance(tree, dict) else tree if type(tree) is list else ():
        assert_plain(child)


@pytest.mark.parametrize(
    ("written", "misfit"),
    [
        ("visits: many", ("visits", "integer")),
        ("visits: 1.5", ("visits", "integer")),
        ("visits: " + "9" * 30, ("visits", "integer")),
        ("visits: ''", ("visits", "integer")),
        ("care: maybe", ("care", "boolean")),
        ("family: [{years: 3}, {years: old}]", ("family.1.years", "integer")),
        ("contact: here", ("contact", "object")),
    ],
)
def test_what_fits_no_type_stays_text_and_is_named(
    intake: RecordType, written: str, misfit: tuple[str, str]
) -> None:
    found, misfits = type_values(intake.schema, documents.read(written).tree)
    assert misfits == (misfit,)
    if "contact" in written:
        assert found == {"contact": "here"}


def test_options_without_a_type() -> None:
    schema = {"properties": {"level": {"enum": [1, 2, True, "none", 2.5]}}}
    for written, value in [("2", 2), ("yes", True), ("none", "none"), ("2.5", 2.5), ("3", "3")]:
        assert type_values(schema, {"level": written})[0] == {"level": value}


def test_a_choice_of_types() -> None:
    schema = {"properties": {"n": {"anyOf": [{"type": "number"}, {"type": "string"}]}}}
    assert type_values(schema, {"n": "1.5"})[0] == {"n": 1.5}
    assert type_values(schema, {"n": "1.5.1"}) == ({"n": "1.5.1"}, ())


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["code", "visits", "care", "contact", "phone", "family", "x", "unknown"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(TREES)
def test_typing_is_total_and_settles(intake: RecordType, tree: Any) -> None:
    once, _ = type_values(intake.schema, tree)
    assert_plain(once)
    assert type_values(intake.schema, once)[0] == once
