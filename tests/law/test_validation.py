"""Drafts and complete records; faults told by kind, without a value, in two languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.editions import SHIPPED, tiny
from tipcase import law
from tipcase.law import RecordType, faults, validate

CANARY = "Canary Sokha"
GOOD = {"happened_on": "2026-01-05", "care": True}


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> RecordType:
    return tiny(tmp_path_factory.mktemp("edition")).record_type("intake")


def test_a_complete_record(intake: RecordType) -> None:
    assert validate(intake, GOOD, complete=True) == ()
    assert validate(intake, intake.example, complete=True) == ()


@pytest.mark.parametrize(
    "data", [{}, {"contact": {}}, {"kind": "child"}, {"family": [{}]}, {"care": True}]
)
def test_a_draft_may_lack_anything(intake: RecordType, data: dict[str, Any]) -> None:
    assert validate(intake, data, complete=False) == ()
    assert [f.rule for f in validate(intake, data, complete=True)].count("required") > 0


def test_required_is_told_by_field_and_provision(intake: RecordType) -> None:
    found = validate(intake, {}, complete=True, case="K7Q2-M9TX")
    assert [(f.field, f.provision, f.rule, f.severity) for f in found] == [
        ("happened_on", "X/1.1", "required", "blocks"),
        ("care", "X/1.2", "required", "blocks"),
    ]
    assert found[0].as_json() == {
        "case": "K7Q2-M9TX",
        "record": "intake",
        "field": "happened_on",
        "provision": "X/1.1",
        "severity": "blocks",
        "message": "Date: is needed here; write it, or say why it is unknown",
    }
    assert found[0].as_json("km")["message"].startswith("ថ្ងៃ: ")
    assert " / " in found[0].as_json("both")["message"]


def test_conditions_keep_their_required_in_a_draft(intake: RecordType) -> None:
    # Without the condition's own `required` every record would need a contact.
    assert [f.field for f in validate(intake, {**GOOD, "kind": "child"}, complete=True)] == [
        "contact"
    ]
    assert validate(intake, {**GOOD, "kind": "adult"}, complete=True) == ()


@pytest.mark.parametrize("reason", ["not-asked", "declined", "not-known", "not-applicable"])
def test_an_honest_unknown_satisfies_required(intake: RecordType, reason: str) -> None:
    data = {"happened_on": {"unknown": reason}, "care": {"unknown": reason, "why": "x"}}
    assert validate(intake, data, complete=True) == ()
    assert (
        validate(intake, {**GOOD, "contact": {"phone": {"unknown": reason}}}, complete=True) == ()
    )


@pytest.mark.parametrize(
    ("data", "field", "rule"),
    [
        ({"happened_on": "2026-02-30"}, "happened_on", "format"),
        ({"happened_on": "2026-13"}, "happened_on", "format"),
        ({"happened_on": "1850"}, "happened_on", "format"),
        ({"happened_on": CANARY}, "happened_on", "format"),
        ({"care": CANARY}, "care", "type"),
        ({"visits": CANARY}, "visits", "type"),
        ({"visits": -1}, "visits", "minimum"),
        ({"visits": 10}, "visits", "maximum"),
        ({"code": ""}, "code", "minLength"),
        ({"kind": CANARY}, "kind", "enum"),
        ({"contact": {"phone": CANARY}}, "contact.phone", "pattern"),
        ({"contact": CANARY}, "contact", "type"),
        ({"family": {CANARY: 1}}, "family", "type"),
        ({"family": [{"name": CANARY * 99}]}, "family.0.name", "maxLength"),
        ({"family": [{}, {"years": CANARY}]}, "family.1.years", "type"),
        ({"care": {"unknown": CANARY}}, "care.unknown", "enum"),
        ({"care": {"unknown": "declined", "name": CANARY}}, "care.name", "additionalProperties"),
        ({CANARY: 1}, "", "additionalProperties"),
        ({"contact": {CANARY: 1}}, "contact", "additionalProperties"),
        ({"hapened_on": CANARY}, "hapened_on", "additionalProperties"),
        ({"family": [{"nam": CANARY}]}, "family.0.nam", "additionalProperties"),
    ],
)
def test_a_fault_is_told_by_kind_and_place_without_the_value(
    intake: RecordType, data: dict[str, Any], field: str, rule: str
) -> None:
    found = validate(intake, data, complete=False)
    assert (field, rule) in [(f.field, f.rule) for f in found]
    assert all(f.message.en and f.message.km for f in found)
    assert "Canary" not in repr(found) and "Sokha" not in repr(found)


def test_a_misspelt_field_meets_the_one_meant(intake: RecordType) -> None:
    slips: list[tuple[dict[str, Any], str]] = [
        ({"hapened_on": 1}, "happened_on"),
        ({"contact": {"fone": 1}}, "phone"),
        ({"family": [{"nam": 1}]}, "name"),
    ]
    for data, meant in slips:
        (finding,) = validate(intake, data, complete=False)
        assert finding.hint.en == f"did you mean {meant}?"
    hint = validate(intake, {"zzzz": 1}, complete=False)[0].hint
    assert "tipcase set CASE intake --clear zzzz" in hint.en
    assert "tipcase set CASE intake --clear zzzz" in hint.km


def test_findings_stand_in_the_order_of_the_fields(intake: RecordType) -> None:
    data = {"family": [{"years": "x"}], "zz": 1, "visits": "x", "care": 1, "happened_on": "x"}
    found = validate(intake, data, complete=False)
    places = list(dict.fromkeys(f.field for f in found))
    assert places == ["happened_on", "care", "visits", "family.0.years", "zz"]
    again = validate(intake, dict(reversed(data.items())), complete=False)
    assert found == again


def test_every_sentence_has_its_khmer() -> None:
    for keyword in ["required", "type", "enum", "format", "pattern", "minLength", "maxLength",
                    "minItems", "maxItems", "minimum", "maximum", "uniqueItems", "const",
                    "contains", "not", "anything else"]:  # fmt: skip
        for kind in ["", "date", "year", "line", "phone", "place", "country", "item-id"]:
            for detail in ({"limit": 1}, {"limit": 3}, {"types": ["integer"]}, {}):
                text = faults.of(keyword, detail, kind)
                assert text.en and any("\u1780" <= c <= "\u17ff" for c in text.km)
                assert not text.en.endswith(".") and text.en[0].islower()


DATA = st.dictionaries(
    st.sampled_from(["happened_on", "care", "code", "visits", "kind", "contact", "family", "x"]),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["unknown", "why", "phone", "name"]), inner, max_size=3
            )
        ),
        max_leaves=6,
    ),
    max_size=5,
)


@given(DATA)
def test_a_complete_record_is_a_fine_draft(intake: RecordType, data: dict[str, Any]) -> None:
    draft = validate(intake, data, complete=False)
    complete = validate(intake, data, complete=True)
    assert set(draft) <= set(complete)
    assert "required" not in [f.rule for f in draft]


@pytest.mark.skipif(not SHIPPED.is_dir(), reason="the shipped edition is not there")
def test_the_shipped_drafts_and_examples() -> None:
    edition = law.load(SHIPPED)
    for name in edition.record_types:
        record_type = edition.record_type(name)
        assert validate(record_type, {}, complete=False) == ()
        assert validate(record_type, record_type.example, complete=True) == ()
        whole = {key: {"unknown": "declined"} for key in record_type.schema["properties"]}
        assert validate(record_type, whole, complete=False) == ()


def test_paths_are_cut_where_a_name_is_no_field_name(tmp_path: Path) -> None:
    text = (
        "x-tipcase-record: {repeats: false}\ntype: object\n"
        "additionalProperties: {type: object, additionalProperties: {type: integer}}\n"
    )
    free = tiny(tmp_path, {"records/note.yaml": text}).record_type("note")
    (finding,) = validate(free, {"plain": {CANARY: "x"}}, complete=False)
    assert finding.field == "plain" and "Canary" not in repr(finding)
