"""What carries each provision is computed from the edition."""

from __future__ import annotations

from pathlib import Path

from tests.law.editions import SHIPPED, tiny
from tipcase import forms, law
from tipcase.cli.words import COMMANDS
from tipcase.law.provisions import about, coverage, heading, uncited


def test_carriers_are_fields_rules_duties_forms_and_what_is_named(tmp_path: Path) -> None:
    rows = {row["id"]: row for row in law.carriers(tiny(tmp_path))}
    assert list(rows) == ["X/1.1", "X/1.2", "X/2", "X/8", "X/99"]
    assert rows["X/1.1"]["carried_by"] == [
        {"kind": "field", "ref": "intake.happened_on"},
        {"kind": "form", "ref": "F1"},
    ]
    assert rows["X/1.2"]["carried_by"] == [
        {"kind": "field", "ref": "intake.care"},
        {"kind": "rule", "ref": "care-first"},
    ]
    assert {"kind": "command", "ref": "advance"} in rows["X/2"]["carried_by"]
    assert rows["X/8"] == {
        "id": "X/8", "carried_by": [], "reason": "The ministry's own duty.",
    }  # fmt: skip
    assert rows["X/99"] == {"id": "X/99", "carried_by": []}


def test_what_is_cited_and_not_listed(tmp_path: Path) -> None:
    assert uncited(tiny(tmp_path)) == ("X/3", "X/4", "X/5")


def test_the_shipped_edition_lists_204_and_cites_no_other() -> None:
    edition = law.load(SHIPPED)
    rows = law.carriers(edition)
    assert len(rows) == len({row["id"] for row in rows}) == 204
    assert uncited(edition) == ()


def test_every_provision_is_carried_or_outside_with_its_reason() -> None:
    edition = law.load(SHIPPED)
    counted = coverage(edition)
    assert (counted["uncarried"], counted["carried"] + counted["outside"]) == (0, 204)
    assert counted["outside"] <= 40
    for row in law.carriers(edition):
        outside = [item for item in row["carried_by"] if item["kind"] == "outside"]
        # What lies outside any file is carried by nothing else, and says why.
        assert not outside or len(row["carried_by"]) == 1, row["id"]
        assert bool(outside) is bool(row.get("reason", "").strip()), row["id"]


def test_every_carrier_exists() -> None:
    edition = law.load(SHIPPED)
    there = {
        "rule": {rule.id for rule in edition.rules} | {duty.id for duty in edition.closure.duties},
        "command": set(COMMANDS),
        "form": set(forms.codes(edition)),
        "field": {f"{n}.{f.path}" for n in edition.record_types for f in fields_of(edition, n)},
        "provider": {
            f"{n}.{f.path}" for n in edition.provider_types for f in fields_of(edition, n)
        },
    }
    for row in law.carriers(edition):
        for item in row["carried_by"]:
            known = {row["id"]} if item["kind"] == "outside" else there[item["kind"]]
            assert item["ref"] in known, row["id"]


def fields_of(edition: law.Edition, name: str) -> tuple[law.Field, ...]:
    return edition.record_type(name).fields


def test_the_counts_take_each_provision_once_in_each_kind(tmp_path: Path) -> None:
    # X/8 gives a reason and names nothing; X/99 says nothing at all.
    assert coverage(tiny(tmp_path)) == {
        "provisions": 5,
        "carried": 3,
        "outside": 1,
        "uncarried": 1,
        "by": {"command": 1, "field": 2, "form": 1, "rule": 2},
    }


def test_what_carriers_say_of_themselves(tmp_path: Path) -> None:
    edition = tiny(tmp_path)
    assert about(edition, "field", "intake.care") == {
        "label": {"en": "Care given", "km": "ថែទាំ"},
        "record_type": "intake",
        "record_label": {"en": "Intake", "km": "ទទួល"},
    }
    assert about(edition, "rule", "care-first") == {
        "severity": "blocks",
        "at": "leave intake",
        "message": {"en": "care comes first", "km": "ថែទាំមុន"},
    }
    assert about(edition, "rule", "lessons")["at"] == "closing"
    assert about(edition, "form", "F1") == {"title": {"en": "", "km": ""}}
    assert about(edition, "command", "advance") == {}


def test_a_heading_is_plain_or_in_two_languages(tmp_path: Path) -> None:
    text = "provisions:\n  - {id: X/1, heading: Plain}\n  - {id: X/2, heading: {en: A, km: ក}}\n"
    edition = tiny(tmp_path, {"provisions.yaml": text + "  - {id: X/3}\n"})
    assert [heading(edition, f"X/{n}").get("km") for n in (1, 2, 3)] == ["Plain", "ក", ""]
