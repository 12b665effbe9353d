"""The data of the shipped edition, judged by tools that are not ours.

Stock ``jsonschema`` and YAML readers take the files as an office's editor would: nothing here goes
through the law engine, so a fault of the engine cannot hide a fault of the data.
"""

from __future__ import annotations

import ast
import datetime
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import referencing
import yaml
import yaml12
from referencing.jsonschema import DRAFT202012

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

EDITION = Path(__file__).parents[2] / "schemas" / "kh-2009"
REPEATING = {
    "crisis-intervention", "referral", "assessment", "reintegration", "follow-up", "closure",
    "placement", "health", "consent", "incident", "decision", "note", "service", "legal",
    "safeguarding", "conference", "handover",
}  # fmt: skip
SINGLE = {"identification", "reception", "case-planning", "recovery", "profile"}
RESTRICTED = {"health", "safeguarding", "recruitment-check", "staff-wellbeing", "publication"}
TYPES = sorted(REPEATING | SINGLE)
PROVIDER = sorted(path.stem for path in (EDITION / "provider").glob("*.yaml"))
EVERY = [*TYPES, *PROVIDER]
STAGES = [
    "identification", "crisis-intervention", "referral", "reception", "case-planning",
    "assessment", "recovery", "reintegration", "follow-up", "closure",
]  # fmt: skip
SHARED_FIELDS = {"happened_on", "written_by", "source", "paper_kept_at", "attachments"}
# Written by `tipcase attach` with a file, so no example that people copy can hold it.
GIVEN_BY_US = {"attachments"}
ATTACHMENT = {
    "id": "abcd2345",
    "file": "attachments/k3f9m2xq.age",
    "type": "image/jpeg",
    "length": 0,
    "sha256": "0" * 64,
}
# What is seen and said on a day, not a fact about the person: each record has its own.
OBSERVATIONS = {"criteria", "own_words", "scores"}
KHMER = re.compile(r"[\u1780-\u17ff]")
UNKNOWN = {
    "type": "object",
    "additionalProperties": False,
    "required": ["unknown"],
    "properties": {
        "unknown": {"enum": ["not-asked", "declined", "not-known", "not-applicable"]},
        "why": {"type": "string", "minLength": 1},
    },
}
FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("partial-date", raises=ValueError)
def _partial_date(value: object) -> bool:
    if isinstance(value, str):
        parts = [int(part) for part in value.split("-")]
        datetime.date(*[*parts, 1, 1][:3])
    return True


def _plain(node: Any) -> Any:
    """Plain Python values; a date that YAML understood is the text that was written."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return node.isoformat() if isinstance(node, datetime.date) else node


@cache
def _file(name: str) -> Any:
    return _plain(yaml12.parse_yaml((EDITION / name).read_text("utf-8")))


def _schema(record_type: str) -> Any:
    return _file(_path(record_type))


def _path(record_type: str) -> str:
    return f"{'provider' if record_type in PROVIDER else 'records'}/{record_type}.yaml"


def _joined(name: str, key: str) -> list[Any]:
    """The entries of a file of the edition that is split over a folder of its name."""
    parts = sorted(path.name for path in (EDITION / name).glob("*.yaml"))
    return [entry for part in parts for entry in _file(f"{name}/{part}")[key]]


def _registry() -> Any:
    common = DRAFT202012.create_resource(_file("common.yaml"))
    return referencing.Registry().with_resource("../common.yaml", common)


def _fields(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field below ``node`` but the items' ids, with its dotted path."""
    for name, child in node.get("properties", {}).items():
        if name == "id" and path.endswith("[]."):
            continue
        yield path + name, child
        yield from _fields(child, f"{path}{name}.")
        yield from _fields(child.get("items", {}), f"{path}{name}[].")


def _with_unknown(node: Any) -> Any:
    """``node`` with the alternative that the loader adds to each field, as the convention says."""
    out = dict(node)
    if "items" in out:
        out["items"] = _with_unknown(out["items"])
    if "properties" in out:
        out["properties"] = {
            name: child
            if name == "id"
            else {
                "if": {"type": "object", "required": ["unknown"]},
                "then": UNKNOWN,
                "else": _with_unknown(child),
            }
            for name, child in out["properties"].items()
        }
    return out


def _faults(record_type: str, record: Any, *, unknown: bool = True) -> list[str]:
    schema = _with_unknown(_schema(record_type)) if unknown else _schema(record_type)
    validator = jsonschema.Draft202012Validator(
        schema, registry=_registry(), format_checker=FORMATS
    )
    return [error.json_path for error in validator.iter_errors(record)]


def _example(record_type: str) -> Any:
    return _schema(record_type)["examples"][0]


def _texts(node: Any) -> Iterator[Any]:
    """Every label, message and title: a mapping with ``en`` or ``km``."""
    if isinstance(node, dict):
        if "en" in node or "km" in node:
            yield node
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _cited(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"provisions", "x-tipcase-provisions"} and isinstance(value, list):
                yield from (v for v in value if isinstance(v, str))
            elif key == "provision":
                yield value
            else:
                yield from _cited(value)
    elif isinstance(node, list):
        for value in node:
            yield from _cited(value)


def _listed() -> list[str]:
    return [entry["id"] for entry in _file("provisions.yaml")["provisions"]]


def _files() -> list[str]:
    return sorted(str(path.relative_to(EDITION)) for path in EDITION.rglob("*.yaml"))


@pytest.mark.parametrize("name", _files())
@pytest.mark.sampled(3)
def test_yaml_readers_of_both_versions_agree(name: str) -> None:
    """An unquoted word that YAML 1.1 takes for a truth value or a number would differ."""
    text = (EDITION / name).read_text("utf-8")
    assert _plain(yaml.load(text, Loader=yaml.CSafeLoader)) == _file(name)


def test_record_files_are_the_seventeen_types() -> None:
    assert sorted(path.stem for path in (EDITION / "records").glob("*.yaml")) == TYPES


@pytest.mark.parametrize("record_type", EVERY)
@pytest.mark.sampled(3)
def test_schema_is_valid_2020_12(record_type: str) -> None:
    schema = _schema(record_type)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) <= set(schema["properties"])
    about = schema["x-tipcase-record"]
    if record_type in TYPES:
        assert about["repeats"] is (record_type in REPEATING)
    assert about["restricted"] is (record_type in RESTRICTED)


@pytest.mark.parametrize("record_type", EVERY)
def test_objects_inside_are_closed(record_type: str) -> None:
    for path, field in _fields(_schema(record_type)):
        inner = field.get("items", field)
        if "properties" in inner:
            assert inner["additionalProperties"] is False, path
            if "items" in field:
                assert inner["properties"]["id"] == {"$ref": "../common.yaml#/$defs/item-id"}, path


@pytest.mark.parametrize("record_type", EVERY)
def test_example_is_valid_and_complete(record_type: str) -> None:
    example = _example(record_type)
    assert _faults(record_type, example) == []
    if record_type != "note":  # two fields are all that a note asks for
        assert set(example) == set(_schema(record_type)["properties"]) - GIVEN_BY_US


@pytest.mark.parametrize("record_type", EVERY)
def test_example_stands_on_its_schema(record_type: str) -> None:
    """An unknown field and a lost required one are both refused, so the check above can fail."""
    example = _example(record_type)
    assert _faults(record_type, {**example, "no_such_field": "x"})
    for name in _schema(record_type)["required"]:
        assert _faults(record_type, {k: v for k, v in example.items() if k != name}), name


@pytest.mark.parametrize("record_type", EVERY)
def test_every_field_takes_an_honest_unknown(record_type: str) -> None:
    answers = {name: {"unknown": "declined"} for name in _schema(record_type)["properties"]}
    assert _faults(record_type, answers) == []
    assert _faults(record_type, answers, unknown=False)


@pytest.mark.parametrize("record_type", EVERY)
def test_every_field_is_labelled_and_cites(record_type: str) -> None:
    listed = set(_listed())
    for path, field in _fields(_schema(record_type)):
        label, provisions = field["x-tipcase-label"], field["x-tipcase-provisions"]
        assert label["en"].strip() and KHMER.search(label["km"]), path
        assert set(provisions) <= listed, path
        assert bool(provisions) is not field.get("x-tipcase-ours", False), path
        assert len(provisions) == len(set(provisions)), path


@pytest.mark.parametrize("record_type", EVERY)
def test_every_enum_value_is_labelled(record_type: str) -> None:
    for path, field in _fields(_schema(record_type)):
        options = field.get("enum") or field.get("items", {}).get("enum")
        if options:
            assert list(field["x-tipcase-values"]) == options, path
            assert all(isinstance(option, str) for option in options), path
            for text in field["x-tipcase-values"].values():
                assert text["en"].strip() and KHMER.search(text["km"]), path


@pytest.mark.parametrize("record_type", EVERY)
def test_field_names_and_references(record_type: str) -> None:
    known = set(_file("common.yaml")["$defs"])
    # Words that YAML 1.1 readers take for a truth value would change under an office's editor.
    truths = {"on", "off", "yes", "no", "y", "n"}
    for path, field in _fields(_schema(record_type)):
        name = path.rsplit(".", 1)[-1]
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name) and name not in truths, path
        ref = field.get("$ref") or field.get("items", {}).get("$ref")
        if ref:
            assert ref.removeprefix("../common.yaml#/$defs/") in known, path


def test_no_fact_stands_in_two_record_types() -> None:
    places: dict[str, list[str]] = {}
    for record_type in EVERY:
        for name in _schema(record_type)["properties"]:
            places.setdefault(name, []).append(record_type)
    twice = {name for name, found in places.items() if len(found) > 1}
    assert twice == SHARED_FIELDS | OBSERVATIONS
    assert all(len(places[name]) == len(EVERY) for name in SHARED_FIELDS)


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        ("date", ["1998", "2026-03", "2026-03-05"], ["98", "2026-3", "2026-02-30", "2026-13", ""]),
        ("phone", ["+85500000000"], ["012345678", "+0123456", "+855 12", "+85512"]),
        ("place", ["01", "0102", "010203", "01020304"], ["1", "012", "010203045", "0102a"]),
        ("country", ["KH"], ["kh", "KHM"]),
        ("line", ["ឈ្មោះ"], ["", "a\nb", "x" * 301]),
        ("text", ["a\nb"], ["", "x" * 20001]),
        ("count", [0, 6], [-1, 1.5, "6"]),
        ("yes-no", [True, False], ["yes", 1]),
        ("item-id", ["abcd2345"], ["abcd234", "abcd2340", "ABCD2345"]),
        ("year", ["1998"], ["98", "19980"]),
        (
            "attachment",
            [ATTACHMENT, {**ATTACHMENT, "name": "scan", "purpose": "photo"}],
            [
                {**ATTACHMENT, "file": "../profile.yaml.age"},
                {**ATTACHMENT, "type": "jpg"},
                {**ATTACHMENT, "length": -1},
                {**ATTACHMENT, "sha256": "0"},
                {**ATTACHMENT, "colour": "red"},
                {"name": "scan"},
            ],
        ),
        ("case-id", ["K7Q2-M9TX"], ["K7Q2M9TX", "k7q2-m9tx", "K7Q2-M9TX2"]),
    ],
)
def test_common_shapes(shape: str, good: list[Any], bad: list[Any]) -> None:
    schema = {"$ref": f"../common.yaml#/$defs/{shape}"}
    validator = jsonschema.Draft202012Validator(
        schema, registry=_registry(), format_checker=FORMATS
    )
    assert [value for value in good if not validator.is_valid(value)] == []
    assert [value for value in bad if validator.is_valid(value)] == []


def test_stages_are_the_ten_in_order() -> None:
    content = _file("stages.yaml")
    assert [stage["name"] for stage in content["stages"]] == STAGES
    assert [stage["number"] for stage in content["stages"]] == list(range(1, 11))
    phases = [phase["name"] for phase in content["phases"]]
    assert phases == ["pre-reintegration", "reintegration", "follow-up-1", "follow-up-2"]
    for stage in content["stages"]:
        assert stage["phase"]["directive-009"] in {*phases, None}


def test_provisions_are_the_two_hundred_and_four() -> None:
    listed = _listed()
    assert len(listed) == len(set(listed)) == 204
    # The list of the sources' provisions that this project works from, by its hash.
    digest = hashlib.sha256("\n".join(sorted(listed)).encode()).hexdigest()
    assert digest == "59379b83b7975f8360c3b557e1adaa64e844659fc311a747aba7d4565877e3c3"
    for entry in _file("provisions.yaml")["provisions"]:
        assert set(entry) <= {"id", "heading", "carried_by", "reason"}, entry["id"]
        outside = any(carrier["kind"] == "outside" for carrier in entry["carried_by"])
        assert outside is ("reason" in entry), entry["id"]


@pytest.mark.parametrize(
    "name", [name for name in _files() if name.split("/")[0] not in ("common.yaml", "edition.yaml")]
)
def test_what_is_cited_is_listed(name: str) -> None:
    cited = set(_cited(_file(name)))
    # What is counted is ours: no provision says how.
    counting = name.split("/")[0] in ("facts", "facts.yaml", "reports", "export.yaml", "htcds.yaml")
    assert cited or counting or name == "provisions.yaml"
    assert cited <= set(_listed())


# forms.yaml has words by language in tables of its own, which the tests of forms look at.
@pytest.mark.parametrize("name", [name for name in _files() if name != "forms.yaml"])
def test_texts_are_in_both_languages(name: str) -> None:
    for text in _texts(_file(name)):
        assert text["en"].strip(), text
        assert KHMER.search(text["km"]), text
        assert "\u200b" not in text["km"], text
        if "km_source" in text:
            sources = r"(khmer-terms|cambodian-practice): \S.*"
            assert re.fullmatch(sources, text["km_source"]), text


def _rules() -> list[Any]:
    return _joined("rules", "rules")


@pytest.mark.parametrize("what", ["rules", "duties"])
def test_rules_and_duties_point_to_what_exists(what: str) -> None:
    entries = _rules() if what == "rules" else _file("closure.yaml")["duties"]
    assert len({entry["id"] for entry in entries}) == len(entries)
    for entry in entries:
        paths = {path for path, _ in _fields(_schema(entry["record"]))}
        assert entry["field"] in paths, entry["id"]
        assert entry["severity"] in {"blocks", "advises"}, entry["id"]
        assert entry["provisions"] or entry.get("ours"), entry["id"]
        for expression in (entry["holds"], entry.get("when", "True")):
            ast.parse(expression, mode="eval")


def test_rules_stand_at_a_stage() -> None:
    for rule in _rules():
        gate, _, stage = rule["at"].partition(" ")
        assert gate in {"leave", "enter", "always", "provider", "reopen"}, rule["id"]
        assert (stage in STAGES) is (gate in {"leave", "enter"}), rule["id"]
        own = PROVIDER if gate == "provider" else REPEATING
        assert "each" not in rule or rule["each"] in own, rule["id"]
        assert gate != "provider" or rule["severity"] == "advises", rule["id"]


# The only intervals that the sources state, in months.
STATED = {"857/6.1.9": 12, "857/7.6.5": 12, "857/13.4": 12, "857/13.4.3": 3}


def test_an_interval_that_no_source_states_is_marked_ours() -> None:
    for entry in _joined("due", "due"):
        interval = entry.get("every") or entry.get("after")
        if interval is not None:
            stated = any(interval == {"months": STATED.get(id)} for id in entry["provisions"])
            assert stated is not entry.get("ours", False), entry["id"]


def test_rules_that_the_sources_make_hard_block() -> None:
    blocking = {r["id"] for r in _rules() if r["severity"] == "blocks"}
    assert blocking == {
        "assessment-agreed", "closure-criteria", "closure-proof", "consent-adult-self",
        "consent-guardian-suspected",
        "crisis-never-alone", "crisis-planned-with-officials", "crisis-risk-assessed",
        "crisis-risk-first", "follow-up-visits-agreed", "freedom-adult",
        "freedom-child", "identification-care-first", "identification-critical-care",
        "reception-interview-after-arrival", "reception-time-to-adapt",
        "referral-consent", "referral-consent-respected", "referral-decision",
        "referral-expected-results", "referral-explained", "referral-incapacity",
        "referral-told", "referral-told-in-advance", "reintegration-assessed-anew",
        "reintegration-assessed-first", "reintegration-each-assessed-anew",
        "reintegration-undated-end", "publication-benefit",
        "reintegration-awareness", "reintegration-decision", "reintegration-explained",
        "reintegration-family-needs", "reintegration-family-needs-first",
        "reintegration-incapacity", "reintegration-on-trial",
        "reintegration-place-assessed", "reintegration-risk-assessed",
        "reintegration-survivor-assessed", "reopening-crisis-first",
    }  # fmt: skip


def test_closure_has_its_criteria_and_thresholds() -> None:
    closure = _file("closure.yaml")
    expected = [(letter, f"062/III.closure.{letter}") for letter in "abcd"]
    assert [(c["id"], c["provision"]) for c in closure["criteria"]] == expected
    values = {name: entry["value"] for name, entry in closure["thresholds"].items()}
    assert values == {
        "visits_in_row": 2,
        "months_spanned": 3,
        "informant_kinds": 2,
        "evidence_age_days": 180,
        "contact_attempts": 3,
        "contact_days_spanned": 30,
    }
    assert {entry["note"] for entry in closure["thresholds"].values()} == {"ours"}
    outcomes = set(_schema("closure")["properties"]["outcome"]["enum"])
    for duty in closure["duties"]:
        assert set(duty["outcomes"]) <= outcomes, duty["id"]


def test_scores_are_numbers_that_nothing_is_judged_by() -> None:
    closure = _file("closure.yaml")
    judged = [*_rules(), *closure["duties"], *closure.get("concerns", ())]
    for entry in judged:
        assert entry.get("field") != "scores", entry["id"]
        assert "scores" not in entry.get("holds", "") + entry.get("when", ""), entry["id"]
    for name in ("follow-up", "assessment"):
        assert "scores" not in _schema(name)["required"]
        for value, fits in ((3, True), (2.7, True), ("3", False), (True, False)):
            score = {"id": "abcd2345", "domain": "safety", "value": value, "scale_top": 4}
            assert (_faults(name, {**_example(name), "scores": [score]}) == []) is fits, value


def test_an_agreement_on_visits_has_one_shape_wherever_it_stands() -> None:
    first = _schema("reintegration")["properties"]["visits_agreed"]
    changed = _schema("follow-up")["properties"]["visits_agreed_now"]
    assert first["properties"] == changed["properties"]
    # Nothing about how often may hang on a type whose meaning nobody has.
    for entry in [*_rules(), *_joined("due", "due")]:
        text = " ".join(str(entry.get(key, "")) for key in ("holds", "when", "done", "where"))
        assert "follow_up_type" not in text, entry["id"]


def test_nothing_holds_back_who_leaves_and_nothing_is_asked_of_the_dead() -> None:
    for duty in _file("closure.yaml")["duties"]:
        if {"declined-service", "died"} & set(duty["outcomes"]):
            assert duty["severity"] == "advises", duty["id"]
        if "died" in duty["outcomes"]:
            assert duty["id"] == "closure-death"


def test_evidence_of_the_criteria_is_shaped_alike() -> None:
    shapes = [
        _schema(record_type)["properties"]["criteria"]["properties"][letter]
        for record_type in ("follow-up", "assessment")
        for letter in "abcd"
    ]
    for shape in shapes:
        assert list(shape["properties"]) == ["seen", "basis", "heard", "methods", "contradiction"]
        assert shape["properties"]["seen"]["enum"] == ["yes", "partly", "no", "not-observed"]
        assert shape["properties"]["heard"]["items"]["enum"][0] == "survivor"


def test_safe_contact_says_whose_phone_before_the_number() -> None:
    names = list(_schema("profile")["properties"]["safe_contact"]["properties"])
    assert names.index("whose_phone") < names.index("who_else_reads") < names.index("phone")


def test_note_needs_a_day_and_a_text_only() -> None:
    assert _example("note").keys() == {"happened_on", "text"}
    assert _schema("note")["required"] == ["happened_on", "text"]


def test_examples_tell_one_story_in_order() -> None:
    days = [_example(stage)["happened_on"] for stage in STAGES]
    assert days == sorted(days)
    assert days[0] == "2026-01-05"
