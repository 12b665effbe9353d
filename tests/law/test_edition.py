"""Loading an edition: lazily, merged over folders, and told exactly where it is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.law.editions import AS_OF, FILES, dossier, record, tiny, write
from tipcase import law
from tipcase.errors import DamagedError, NotFoundError
from tipcase.law import edition as editions
from tipcase.law.edition import EditionError


def test_what_an_edition_says(tmp_path: Path) -> None:
    edition = tiny(tmp_path)
    assert edition.name == "xx-2020"
    assert edition.title.get("km") == "សាកល្បង"
    assert [stage.name for stage in edition.stages] == ["intake", "visit", "closure"]
    assert edition.record_types == ("intake", "visit", "closure", "note")
    assert edition.stage("visit").number == 2
    assert edition.phase_of("intake", "dir") == "early"
    assert edition.phase_of("visit", "dir") is None
    assert edition.phase_of("intake", "none") is None
    assert edition.frameworks == ("dir", "none")
    assert [phase.name for phase in edition.phases] == ["early"]
    assert [rule.id for rule in edition.rules] == [
        "care-first", "kind-known", "met-somebody", "few-visits",
    ]  # fmt: skip
    assert edition.closure.thresholds["visits_in_row"].value == 2
    assert edition.forms_data["forms"][0]["code"] == "F1"
    editions.check(edition)


def test_a_record_type(tmp_path: Path) -> None:
    intake = tiny(tmp_path).record_type("intake")
    assert (intake.number, intake.repeats, intake.restricted) == (1, False, False)
    assert [field.path for field in intake.fields] == [
        "happened_on", "care", "code", "visits", "kind", "contact", "contact.phone",
        "contact.may_text", "family", "family[].id", "family[].name", "family[].years",
        "family[].gone",
    ]  # fmt: skip
    kind = intake.field("kind")
    assert kind is not None and kind.kind == "enum"
    assert kind.values["child"].get("km") == "ក្មេង"
    name = intake.field("family.0.name")
    assert name is not None and name.restricted and name is intake.field("family[].name")
    assert name is intake.field("family.abcd2345.name")
    assert intake.field("family.0.nothing") is None
    happened = intake.field("happened_on")
    assert happened is not None
    assert (happened.kind, happened.required, happened.provisions) == ("date", True, ("X/1.1",))
    assert intake.example["code"] == "0087"


def test_note_is_restricted_as_a_whole(tmp_path: Path) -> None:
    note = tiny(tmp_path).record_type("note")
    assert note.restricted and note.number is None
    assert all(field.restricted for field in note.fields)


def test_the_schema_in_force_is_self_contained_and_stock_validators_take_it(
    tmp_path: Path,
) -> None:
    schema = tiny(tmp_path).record_type("intake").schema
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator(schema)
    assert checker.is_valid(schema["examples"][0])
    assert sorted(schema["$defs"]) == ["date", "item-id", "line", "phone", "unknown"]
    assert list(schema["properties"])[:3] == ["happened_on", "care", "code"]
    for path in (["happened_on"], ["contact"], ["visits"]):
        data = {"happened_on": "2026", "care": True, path[0]: {"unknown": "declined", "why": "x"}}
        assert checker.is_valid(data)
        data[path[0]] = {"unknown": "too lazy"}
        assert not checker.is_valid(data)
    nested = {"family": [{"name": {"unknown": "not-known"}, "id": "abcd2345"}]}
    assert checker.is_valid({"happened_on": "2026", "care": False, **nested})
    nested = {"family": [{"id": {"unknown": "not-known"}}]}
    assert not checker.is_valid({"happened_on": "2026", "care": False, **nested})


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    broken = {name: "[" for name in FILES if name not in {"stages.yaml", "common.yaml"}}
    broken["records/intake.yaml"] = FILES["records/intake.yaml"]
    edition = tiny(tmp_path, broken)
    assert edition.record_type("intake").label.en == "Intake"
    with pytest.raises(EditionError):
        edition.record_type("visit")


def test_a_later_folder_wins_field_by_field(tmp_path: Path) -> None:
    shipped = write(tmp_path / "shipped")
    own = tmp_path / "own"
    (own / "records").mkdir(parents=True)
    (own / "records" / "intake.yaml").write_text(
        "properties:\n  care: {x-tipcase-label: {km: ថ្មី}}\n  colour: {type: string}\n", "utf-8"
    )
    (own / "rules.yaml").write_text(
        "rules:\n  - {id: care-first, severity: advises}\n"
        "  - {id: own, at: always, severity: advises, holds: intake.colour == 'red',\n"
        "     message: {en: a, km: b}}\n", "utf-8"
    )  # fmt: skip
    edition = law.load([shipped, own])
    care = edition.record_type("intake").field("care")
    assert care is not None and (care.label.en, care.label.km) == ("Care given", "ថ្មី")
    assert edition.record_type("intake").field("colour") is not None
    assert edition.record_type("intake").field("code") is not None
    rules = {rule.id: rule for rule in edition.rules}
    assert list(rules)[-1] == "own" and len(rules) == 5
    assert rules["care-first"].severity == "advises"
    assert rules["care-first"].provisions == ("X/1.2",)
    assert law.load(shipped).rules[0].severity == "blocks"


def test_what_is_wrong_in_an_own_folder_is_told_there(tmp_path: Path) -> None:
    shipped, own = write(tmp_path / "shipped"), tmp_path / "own"
    own.mkdir()
    (own / "rules.yaml").write_text("rules:\n  - {id: care-first, severity: perhaps}\n", "utf-8")
    with pytest.raises(EditionError) as caught:
        _ = law.load([shipped, own]).rules
    assert (caught.value.file, caught.value.line) == (own / "rules.yaml", 2)
    (own / "rules.yaml").write_text("rules: []\n", "utf-8")
    (shipped / "rules.yaml").write_text(FILES["rules.yaml"].replace("blocks", "perhaps"), "utf-8")
    with pytest.raises(EditionError) as caught:
        _ = law.load([shipped, own]).rules
    assert caught.value.file == shipped / "rules.yaml"


def test_unknown_names_are_not_found(tmp_path: Path) -> None:
    edition = tiny(tmp_path)
    with pytest.raises(NotFoundError):
        edition.record_type("nothing")
    with pytest.raises(NotFoundError):
        edition.stage("note")
    with pytest.raises(EditionError):
        law.load(tmp_path / "nowhere")
    with pytest.raises(EditionError):
        law.load([])


RULE = "rules:\n  - id: one\n    at: always\n    severity: blocks\n    message: {en: a, km: b}\n"


@pytest.mark.parametrize(
    ("file", "text", "part", "line", "column"),
    [
        ("rules.yaml", RULE + "    holds: intake.cared == True\n", "the field cared", 6, 12),
        ("rules.yaml", RULE + "    holds: known(intake.care) and nobody\n", "nobody", 6, 35),
        ("rules.yaml", RULE + "    holds: |\n      intake.care and\n      nobody\n",
         "nobody", 8, 1),
        ("rules.yaml", RULE + '    when: "known(x)"\n    holds: True\n', "names x", 6, 18),
        ("rules.yaml", RULE, "no expression holds", 2, 9),
        ("rules.yaml", RULE + "    holds: True\n    hold: True\n", "key hold", 2, 9),
        ("rules.yaml", RULE.replace("always", "sometimes") + "    holds: True\n", "gate", 2, 9),
        ("rules.yaml", RULE.replace("always", "leave note") + "    holds: True\n", "gate", 2, 9),
        ("rules.yaml", RULE.replace("blocks", "maybe") + "    holds: True\n", "severity", 2, 9),
        ("rules.yaml", RULE.replace(", km: b", "") + "    holds: True\n", "languages", 2, 9),
        ("rules.yaml", RULE + "    holds: True\n    record: nil\n", "record type", 2, 9),
        ("rules.yaml", RULE + "    holds: True\n    each: nil\n", "record of a type", 2, 9),
        ("rules.yaml", RULE + "    holds: True\n    field: intake.nil\n", "field nil", 2, 9),
        ("rules.yaml", RULE + "    holds: True\n" + RULE[7:] + "    holds: True\n",
         "id of another", 2, 9),
        ("rules.yaml", "rules: [1]\n", "no list of mappings", 0, 0),
        ("rules.yaml", "rules: [{at: always}]\n", "without an id", 0, 0),
        ("rules.yaml", "rules: []\nx: [\n", "not YAML", 3, 1),
        ("rules.yaml", "rules: []\nrules: []\n", "stands here again", 2, 1),
        ("stages.yaml", "- 1\n", "", 1, 1),
        ("common.yaml", "x: &a 1\ny: *a\n", "", 1, 4),
        ("common.yaml", "x: !!python/object:os.system 1\n", "", 1, 4),
        ("closure.yaml", "thresholds:\n  visits_in_row: {value: two}\n", "whole number", 2, 3),
        ("closure.yaml", FILES["closure.yaml"].replace("[successful]", "[succesful]"),
         "outcome succesful", 5, 10),
        ("closure.yaml", FILES["closure.yaml"].replace("one.lessons", "one.lesson"),
         "the field lesson", 6, 24),
        ("stages.yaml", "stages: [{name: intake}]\n", "name and a number", 1, 1),
        ("stages.yaml", "stages: [{name: intake, number: 1}, {name: visit, number: 1}]\n",
         "two with one", 0, 0),
        ("stages.yaml", "stages:\n  - {name: other, number: 1}\n", "records/other.yaml", 2, 12),
        ("records/note.yaml", "type: object\n", "x-tipcase-record", 0, 0),
        ("records/note.yaml", FILES["records/note.yaml"].replace("$defs/date", "$defs/dat"),
         "not there", 6, 42),
        ("records/note.yaml", FILES["records/note.yaml"].replace("type: string", "type: strin"),
         "no JSON Schema", 0, 0),
        ("provisions.yaml", "provisions: [{reason: x}]\n", "without an id", 0, 0),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, file: str, text: str, part: str, line: int, column: int
) -> None:
    edition = tiny(tmp_path, {file: text})
    with pytest.raises(EditionError) as caught:
        editions.check(edition)
    error = caught.value
    assert isinstance(error, DamagedError)
    assert part in error.sentence
    assert error.file == tmp_path / file
    assert (error.line, error.column) == (line, column)
    if line:
        assert f"line {line} column {column}" in error.sentence


def test_importing_the_law_imports_no_heavy_library() -> None:
    code = (
        "import sys; from tipcase import law\n"
        "heavy = {'jsonschema_rs', 'ruamel.yaml', 'yaml12', 'ast', 'tipcase.law.edition'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    source = Path(law.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(source)},
    )
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there() -> None:
    for name in law.__all__:
        assert getattr(law, name) is not None
    with pytest.raises(AttributeError):
        _ = law.nothing


def test_a_dossier_hides_what_its_records_say() -> None:
    canary = "Canary Sokha"
    one = record("intake", code=canary)
    assert canary not in repr(one)
    assert canary not in repr(dossier("intake", one))


def test_records_stand_in_order_of_happening(tmp_path: Path) -> None:
    case = dossier(
        "visit",
        record("visit", "bbbbbbbb", happened_on="2026-03"),
        record("visit", "aaaaaaaa", happened_on="2026-03"),
        record("visit", "cccccccc", happened_on="2025-12-31"),
        record("visit", "dddddddd"),
    )
    assert [r.tag for r in case.all("visit")] == ["dddddddd", "cccccccc", "aaaaaaaa", "bbbbbbbb"]
    assert case.single("visit") is case.all("visit")[-1]
    assert case.single("intake") is None
    facts = case.context(tiny(tmp_path).vocabulary, AS_OF)
    assert "intake" not in facts and len(facts["visit"]) == 4
    assert facts["states"] == dict.fromkeys(("intake", "visit", "closure"), "not-started")
