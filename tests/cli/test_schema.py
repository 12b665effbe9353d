"""``schema``: what editors and stock validators read, and the check of an edition."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office
from tests.commands import run_inside
from tests.oracles import require_module
from tipcase.casebook.book import load_edition

TYPES = load_edition("kh-2009").all_types


def printed(name: str) -> dict[str, Any]:
    ran = run_inside("schema", name, "--json", env={"TIPCASE_LANG": "en"})
    assert ran.code == 0, ran
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.sampled(5)
def test_every_type_is_a_schema_that_stock_validators_take(name: str) -> None:
    jsonschema = require_module("jsonschema")
    schema = printed(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator(schema)
    example = schema["examples"][0]
    assert checker.is_valid(example)
    assert checker.is_valid({**example, "source": {"unknown": "declined"}})
    assert not checker.is_valid({**example, "source": {"unknown": "too lazy"}})
    assert not checker.is_valid({**example, "colour": "red"})
    assert not checker.is_valid({**example, "source": "nowhere"})


def test_an_editor_finds_values_labels_and_help() -> None:
    source = printed("note")["properties"]["source"]
    assert source["title"] == "Where this comes from"
    # Language servers complete values from plain alternatives, not from conditions.
    assert "visit" in source["anyOf"][0]["enum"]
    assert source["anyOf"][1] == {"$ref": "#/$defs/unknown"}
    assert printed("note")["title"] == "Note"


# -- the check --


def checked(office: Office, code: int, *words: str | Path) -> list[dict[str, Any]]:
    ran = office.run("schema", "--check", *words, "--json")
    assert ran.code == code, ran
    data = json.loads(ran.stdout)["data"]
    assert data["blocks"] + data["advises"] == len(data["conflicts"])
    rows: list[dict[str, Any]] = data["conflicts"]
    return rows


def own(office: Office, name: str, text: str) -> Path:
    path = office.book / "schemas/kh-2009" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_casebook_without_law_of_its_own(office: Office) -> None:
    assert checked(office, 0) == []
    assert "no schemas/ of its own" in office.run("schema", "--check").stderr


def test_a_place_without_a_casebook(tmp_path: Path) -> None:
    ran = run_inside("schema", "--check", cwd=tmp_path)
    assert ran.code == 4
    assert "tipcase schema --check DIR" in ran.stderr
    assert run_inside("schema", "--check", "nowhere", cwd=tmp_path).code == 4


@pytest.mark.soak
def test_faults_of_every_file_are_told_before_they_are_accepted(office: Office) -> None:
    own(office, "rules.yaml", "rules:\n  - {id: a, at: always}\n  - {id: b, at: always}\n")
    own(office, "records/note.yaml", "properties:\n  text: {type: nothing}\n")
    own(office, "forms.yaml", "forms:\n  P1:\n    sections: [{title: {en: A, km: ក}, lines: "
        "[{field: profile.nothing}]}]\n")  # fmt: skip
    rows = checked(office, 3)
    places = {(row["file"], row["line"]) for row in rows if row["severity"] == "blocks"}
    assert {
        ("schemas/kh-2009/rules.yaml", 2),
        ("schemas/kh-2009/rules.yaml", 3),
        ("schemas/kh-2009/records/note.yaml", 2),
        ("schemas/kh-2009/forms.yaml", 2),
    } <= places
    text = office.run("schema", "--check")
    assert text.code == 3
    assert "blocks  schemas/kh-2009/rules.yaml line 2 column " in text.stdout
    assert "thing(s) block" in text.stderr


@pytest.mark.soak
def test_records_that_hold_a_value_taken_away_are_counted(office: Office) -> None:
    for _ in range(2):
        office.put("note", "{happened_on: 2026-02-03, text: canary-7316, source: meeting}")
    own(office, "records/note.yaml",
        "properties:\n  source:\n    enum: [visit, phone, paper, document, other]\n")  # fmt: skip
    rows = checked(office, 3)
    assert [(row["line"], row["message"]) for row in rows if row["severity"] == "blocks"] == [
        (2, "2 records have something in source that does not fit: Where this comes from: must be "
         "one of visit, phone, paper, document, other"),
    ]  # fmt: skip
    assert "takes the value meeting away from source" in [row["message"] for row in rows]
    said = office.run("schema", "--check")
    assert "canary" not in said.stdout + said.stderr
    assert office.case not in said.stdout + said.stderr


@pytest.mark.parametrize("field", ["{pattern: '['}", "{$ref: 3}"])
@pytest.mark.sampled(2)
@pytest.mark.soak
def test_a_schema_that_is_none_is_told_also_where_records_are_written(
    office: Office, field: str
) -> None:
    office.put("note", "{happened_on: 2026-02-03, text: canary-7316, source: meeting}")
    own(office, "records/note.yaml", f"properties:\n  text: {field}\n")
    assert "is no JSON Schema" in [row["message"] for row in checked(office, 3)]


@pytest.mark.soak
def test_a_field_of_the_offices_own_that_was_taken_away_again_is_counted(office: Office) -> None:
    added = ("properties:\n  own_field:\n    $ref: ../common.yaml#/$defs/text\n"
             "    x-tipcase-label: {en: Own, km: ផ្ទាល់}\n    x-tipcase-ours: true\n")  # fmt: skip
    path = own(office, "records/note.yaml", added)
    own(office, "provider/training.yaml", added)
    office.done("settings", "--accept", "--yes")
    office.put("note", "{happened_on: 2026-02-03, own_field: canary-7316}")
    office.done("put", "provider", "training", "-", input="own_field: canary-7316\n")
    shutil.rmtree(office.book / "schemas")
    told = [(row["severity"], row["message"].partition(" that")[0]) for row in checked(office, 0)]
    assert told.count(("advises", "1 record has something in own_field")) == 2
    own(office, "records/note.yaml", "required: [text]\n")
    messages = [row["message"] for row in checked(office, 0)]
    assert any(one.startswith("1 record has something in own_field") for one in messages)
    assert path.exists()


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("repeats: true", "repeats: false", 4, "repeats is turned, and 2 records are kept"),
        (
            "restricted: false",
            "restricted: true",
            5,
            "restricted is turned, and 2 records are kept",
        ),
    ],
)
@pytest.mark.soak
def test_a_type_of_the_offices_own_is_not_turned_where_it_has_records(
    office: Office, before: str, after: str, line: int, said: str, tmp_path: Path
) -> None:
    text = ("type: object\nadditionalProperties: false\nx-tipcase-record:\n  repeats: true\n"
            "  restricted: false\n  label: {en: Garden, km: សួន}\nproperties:\n"
            "  grown:\n    $ref: ../common.yaml#/$defs/text\n"
            "    x-tipcase-label: {en: Grown, km: ដាំ}\n    x-tipcase-ours: true\n"
            "examples: [{grown: An invented plant.}]\n")  # fmt: skip
    own(office, "records/garden.yaml", text)
    office.done("settings", "--accept", "--yes")
    for _ in range(2):
        office.put("garden", "{grown: canary-7316}")
    assert checked(office, 0) == []
    own(office, "records/garden.yaml", text.replace(before, after))
    for more in ({}, {"env": {"TIPCASE_HOME": str(tmp_path / "nobody")}}):
        ran = office.run("schema", "--check", "--json", **more)
        assert ran.code == 3, ran
        assert "canary" not in ran.stdout + ran.stderr
        rows = json.loads(ran.stdout)["data"]["conflicts"]
        [row] = [row for row in rows if row["severity"] == "blocks"]
        assert (row["file"], row["line"]) == ("schemas/kh-2009/records/garden.yaml", line)
        assert row["message"].startswith(said)


def test_without_an_identity_records_are_not_looked_at(office: Office, tmp_path: Path) -> None:
    own(office, "rules.yaml", "rules: []\n")
    ran = office.run("schema", "--check", env={"TIPCASE_HOME": str(tmp_path / "nobody")})
    assert "no identity is at hand" in ran.stderr


@pytest.mark.soak
def test_a_value_that_rules_use_is_not_taken_away_in_silence(office: Office) -> None:
    own(office, "records/closure.yaml", "properties:\n  outcome:\n    enum: [died]\n")
    rows = [row for row in checked(office, 3) if row["file"].endswith("records/closure.yaml")]
    lost = next(row for row in rows if "takes the value successful away" in row["message"])
    assert "which is used by " in lost["message"] and "duty closure-" in lost["message"]
    assert (lost["severity"], lost["line"]) == ("blocks", 3)


def test_a_folder_is_laid_over_the_shipped_edition(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "draft"
    folder.mkdir()
    (folder / "rules.yaml").write_text("rules:\n  - {id: crisis-never-alone, at: soon}\n")
    rows = checked(office, 3, folder)
    assert any(row["file"] == "draft/rules.yaml" and "is no gate" in row["message"] for row in rows)


def test_a_circle_of_stages_is_told_with_its_place(office: Office) -> None:
    own(office, "stages.yaml", "stages:\n  - {name: referral, number: 3, after: reception}\n"
        "  - {name: reception, number: 4, after: referral}\n")  # fmt: skip
    [row] = [row for row in checked(office, 3) if row["severity"] == "blocks"]
    assert (row["file"], row["line"]) == ("schemas/kh-2009/stages.yaml", 2)
    assert row["column"] > 1 and "in a circle" in row["message"]


@pytest.mark.soak
def test_the_shipped_edition_has_nothing_that_blocks(office: Office) -> None:
    shipped = Path(__file__).parents[2] / "schemas" / "kh-2009"
    assert [row for row in checked(office, 0, shipped) if row["severity"] == "blocks"] == []
