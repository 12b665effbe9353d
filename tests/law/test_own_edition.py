"""An office's own folder over an edition: what it adds, wins and takes away, and what is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.law.editions import AS_OF, FILES, dossier, record, tiny, write
from tipcase import law
from tipcase.law import conflicts as conflicts_of
from tipcase.law import translations
from tipcase.law.against import records_written
from tipcase.law.conflicts import Conflict, Conflicts
from tipcase.law.deadlines import Period, load_schedule
from tipcase.law.edition import Edition, EditionError
from tipcase.law.validation import validate

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

DUE = """\
due:
  - {id: look, of: case, each: visit, date: happened_on, after: PERIOD, ours: true,
     label: {en: Look, km: មើល}}
"""
RULE = "{id: own, at: always, severity: advises, holds: HOLDS, message: {en: a, km: b}}"


def laid(tmp_path: Path, **files: str) -> Edition:
    """The tiny edition with an own folder over it; files by name, ``records__note`` for a path."""
    return law.load([write(tmp_path / "shipped"), own(tmp_path, **files)])


def own(tmp_path: Path, **files: str) -> Path:
    folder = tmp_path / "own"
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/').replace('_', '-')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def found(tmp_path: Path, **files: str) -> tuple[Conflict, ...]:
    edition = laid(tmp_path, **files)
    return Conflicts(edition, law.load(tmp_path / "shipped")).look()


def blocking(tmp_path: Path, **files: str) -> list[tuple[str, int, int, str]]:
    return [
        (one.file.name, one.line, one.column, one.message)
        for one in found(tmp_path, **files)
        if one.severity == "blocks" and one.file is not None and "own" in one.file.parts
    ]


# -- what is laid over --


def needed(edition: Edition, name: str) -> list[str]:
    return [field.path for field in edition.record_type(name).fields if field.required]


def test_a_required_field_is_added_without_repeating(tmp_path: Path) -> None:
    edition = laid(tmp_path, records__visit="required: [met]\n")
    assert needed(edition, "visit") == ["happened_on", "met"]


def test_a_requirement_is_taken_away_by_name_also_from_conditions(tmp_path: Path) -> None:
    edition = laid(tmp_path, records__intake="x-tipcase-not-required: [care, contact]\n")
    intake = edition.record_type("intake")
    assert [f.path for f in intake.fields if f.required] == ["happened_on", "contact.phone"]
    assert validate(intake, {"happened_on": "2026", "kind": "child"}, complete=True) == ()


def test_conditions_are_added(tmp_path: Path) -> None:
    condition = "allOf:\n  - {if: {required: [code]}, then: {required: [visits]}}\n"
    intake = laid(tmp_path, records__intake=condition).record_type("intake")
    data = {"happened_on": "2026", "care": True, "kind": "child", "code": "1"}
    assert {f.field for f in validate(intake, data, complete=True)} == {"contact", "visits"}


def test_a_label_adds_a_value_and_an_enum_is_the_whole_list(tmp_path: Path) -> None:
    added = "properties: {kind: {x-tipcase-values: {elder: {en: Elder, km: ចាស់}}}}\n"
    kind = laid(tmp_path, records__intake=added).record_type("intake").field("kind")
    assert kind is not None and list(kind.values) == ["adult", "child", "elder"]
    whole = "properties: {kind: {enum: [adult, elder]}}\n"
    kind = laid(tmp_path, records__intake=whole).record_type("intake").field("kind")
    assert kind is not None and list(kind.values) == ["adult", "elder"]


def test_a_label_adds_a_value_of_a_list(tmp_path: Path) -> None:
    shipped = write(tmp_path / "shipped", {"records/note.yaml": FILES["records/note.yaml"].replace(
        "  text:", "  about: {type: array, items: {type: string, enum: [a]},"
        " x-tipcase-values: {a: {en: A, km: ក}}}\n  text:")})  # fmt: skip
    folder = own(tmp_path, records__note="properties: {about: {x-tipcase-values: {b: {en: B}}}}\n")
    about = law.load([shipped, folder]).record_type("note").field("about")
    assert about is not None and list(about.values) == ["a", "b"]


def test_examples_are_laid_over(tmp_path: Path) -> None:
    edition = laid(tmp_path, records__visit="examples: [{met: nobody}, {happened_on: 2026}]\n")
    visit = edition.record_type("visit")
    assert visit.example == {"happened_on": "2026-02-01", "met": "nobody"}
    assert len(visit.schema["examples"]) == 2


def test_a_time_replaces_the_one_below(tmp_path: Path) -> None:
    base = {"due.yaml": DUE.replace("PERIOD", "{days: 14}")}
    shipped = write(tmp_path / "shipped", base)
    edition = law.load([shipped, own(tmp_path, due="due: [{id: look, after: {months: 1}}]\n")])
    assert [one.after for one in load_schedule(edition).deadlines] == [Period(1, 0)]


def test_a_schedule_needs_no_language_that_the_edition_lacks(tmp_path: Path) -> None:
    english = {
        "due.yaml": DUE.replace("PERIOD", "{days: 14}").replace(", km: មើល", ""),
        "edition.yaml": "name: xx-2020\ntitle: A tiny edition\nlanguages: [en]\n",
    }
    assert load_schedule(law.load(write(tmp_path / "english", english))).deadlines
    del english["edition.yaml"]
    with pytest.raises(EditionError, match="both languages"):
        load_schedule(law.load(write(tmp_path / "both", english)))


def test_a_record_type_is_one_file_and_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    folder = own(tmp_path, records__visit__more="required: [met]\n")
    (folder / "rules.yaml").mkdir()
    os.mkfifo(folder / "due.yaml")
    edition = law.load([write(tmp_path / "shipped"), folder])
    assert needed(edition, "visit") == ["happened_on"]
    told = Conflicts(edition, law.load(tmp_path / "shipped")).look()
    assert [one.message for one in told if one.file and folder in one.file.parents] == [
        "nothing reads a file of this name here"
    ]


def test_a_new_translation_is_not_the_old_sources(tmp_path: Path) -> None:
    attested = FILES["records/note.yaml"].replace("km: កំណត់", "km: កំណត់, km_source: 'a list'")
    shipped = write(tmp_path / "shipped", {"records/note.yaml": attested})
    label = "x-tipcase-record: {label: {km: ថ្មី}}\n"
    edition = law.load([shipped, own(tmp_path, records__note=label)])
    assert edition.record_type("note").label.km == "ថ្មី"
    place = "x-tipcase-record.label"
    assert place not in [one.place for one in translations.unreviewed(law.load(shipped))
                         if one.file.name == "note.yaml"]  # fmt: skip
    new = [one for one in translations.unreviewed(edition) if one.file.name == "note.yaml"]
    assert [(one.file, one.place, one.km) for one in new] == [
        (tmp_path / "own" / "records" / "note.yaml", place, "ថ្មី")
    ]


def test_a_record_type_and_a_provider_type_of_its_own(tmp_path: Path) -> None:
    edition = laid(
        tmp_path, records__garden=FILES["records/note.yaml"],
        provider__training=FILES["records/note.yaml"],
        rules="rules:\n  - " + RULE.replace("HOLDS", "len(garden) > 0") + "\n  - "
        + RULE.replace("HOLDS", "len(training) > 0").replace("own,", "two,")
        .replace("always", "provider") + "\n",
    )  # fmt: skip
    assert edition.record_types[-2:] == ("garden", "note")
    assert edition.provider_types == ("training",)
    assert [rule.id for rule in edition.rules][-2:] == ["own", "two"]


# -- stages --

STAGE = "stages:\n  - {name: rest, number: 7, after: intake, label: {en: Rest, km: សម្រាក}}\n"


def test_a_stage_of_its_own_stands_after_another_and_nothing_is_renumbered(tmp_path: Path) -> None:
    edition = laid(tmp_path, stages=STAGE, records__rest=FILES["records/visit.yaml"])
    assert [stage.name for stage in edition.stages] == ["intake", "rest", "visit", "closure"]
    assert [stage.number for stage in edition.stages] == [1, 7, 2, 3]
    assert edition.position("rest") == 1
    assert edition.record_type("rest").number == 7
    care = record("intake", happened_on="2026-01-05", care=True, kind="adult")
    at_intake = dossier("intake", care)
    assert law.next_stage(edition, at_intake) == "rest"
    assert law.advance_findings(edition, at_intake, "rest", AS_OF) == ()
    at_rest = dossier("rest", care)
    assert law.next_stage(edition, at_rest) == "visit"
    rules = [finding.rule for finding in law.advance_findings(edition, at_rest, "visit", AS_OF)]
    assert rules == ["no-record"]
    assert law.advance_findings(edition, at_rest, "intake", AS_OF) == ()


def test_several_after_one_stand_by_number_and_chains_follow(tmp_path: Path) -> None:
    text = """stages:
  - {name: b, number: 9, after: intake}
  - {name: a, number: 8, after: intake}
  - {name: c, number: 4, after: a}
  - {name: closure, after: intake}
"""
    types = {f"records__{name}": FILES["records/visit.yaml"] for name in "abc"}
    edition = laid(tmp_path, stages=text, **types)
    names = [stage.name for stage in edition.stages]
    assert names == ["intake", "closure", "a", "c", "b", "visit"]


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("stages:\n  - {name: visit, after: closure}\n  - {name: closure, after: visit}\n",
         2, 19, "in a circle: visit, closure"),
        ("stages:\n  - {name: visit, after: visit}\n", 2, 19, "in a circle: visit"),
        ("stages:\n  - {name: visit, after: nowhere}\n", 2, 19, "nowhere, which is no stage"),
    ],
)  # fmt: skip
def test_an_order_that_cannot_be_is_told_with_its_place(
    tmp_path: Path, text: str, line: int, column: int, said: str
) -> None:
    edition = laid(tmp_path, stages=text)
    with pytest.raises(EditionError) as caught:
        _ = edition.stages
    assert said in caught.value.sentence
    assert (caught.value.line, caught.value.column) == (line, column)
    assert [place[:3] for place in blocking(tmp_path, stages=text)] == [
        ("stages.yaml", line, column)
    ]


# -- everything that is wrong, at once --


def test_the_tiny_edition_has_faults_of_its_own_only(tmp_path: Path) -> None:
    # It cites what it does not list, and has fields without labels: other tests want it so.
    edition = tiny(tmp_path)
    messages = {one.message for one in conflicts_of.conflicts(edition)}
    assert "cites X/9, which provisions.yaml does not list" in messages
    assert "the field code has no label" in messages


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    told = blocking(
        tmp_path,
        rules="rules:\n"
        "  - {id: one, at: always, severity: perhaps, holds: intake.cared, message: {en: a}}\n"
        "  - {id: two, at: never, severity: blocks, holds: nobody, message: {en: a, km: b}}\n"
        "  - {id: two, at: always, severity: blocks, holds: True, message: {en: a, km: b}, x: 1}\n",
        records__visit="properties: {met: {type: strin}}\n",
        records__odd="type: object\n",
        provider__empty="properties:\n  one:\n",
        common="$defs: {a: 1}\n$defs: {b: 1}\n",
    )
    messages = [(file, line, message) for file, line, _, message in told]
    assert ("rules.yaml", 2, "one: holds asks for the field cared, which is not there") in messages
    assert ("rules.yaml", 2, "one: has a severity that is neither blocks nor advises") in messages
    assert ("rules.yaml", 2, "one: has no message in both languages") in messages
    assert ("rules.yaml", 3, "two: has an at that is no gate") in messages
    assert ("rules.yaml", 3, "two: holds names nobody, which nothing is called") in messages
    assert any(line == 3 and "id of another" in message for _, line, message in messages)
    assert any("a key x that" in message for _, _, message in messages)
    assert ("visit.yaml", 1, "is no JSON Schema") in messages
    assert any(file == "odd.yaml" and "x-tipcase-record" in said for file, _, said in messages)
    assert any(file == "empty.yaml" for file, _, _ in messages)
    assert any(file == "common.yaml" and "stands here again" in said for file, _, said in messages)


@pytest.mark.parametrize(
    ("file", "text", "line", "said"),
    [
        ("records__visit", "properties: [\n", 2, ""),
        ("records__visit", "properties:\n  met: {$ref: ../common.yaml#/$defs/nil}\n", 2,
         "definition that is not there"),
        ("records__visit", "properties:\n  extra:\n    type: string\n", 2, "extra has no label"),
        ("records__visit", "properties:\n  e:\n    x-tipcase-label: {en: E, km: ក}\n"
         "    type: string\n    enum: [a, b]\n    x-tipcase-values: {a: {en: A, km: ក}}\n", 5,
         "b has no label"),
        ("records__visit", "examples:\n  - met: somebody\n", 2, "the example is not valid: met"),
        ("records__visit", "properties:\n  happened_on:\n    x-tipcase-provisions: [Z/1]\n", 3,
         "cites Z/1"),
        ("records__visit", "x-tipcase-record:\n  repeats: false\n", 2, "repeats is turned"),
        ("records__note", "x-tipcase-record:\n  restricted: false\n", 2, "restricted is turned"),
        ("records__intake", "properties:\n  family:\n    items:\n      properties:\n"
         "        name: {x-tipcase-restricted: false}\n", 5, "family[].name is restricted below"),
        ("records__intake", "properties:\n  care:\n", 2, "is no mapping"),
        ("records__visit", "properties:\n  met:\n    enum: [nobody]\n", 3,
         "takes the value survivor away from met, which is used by rule met-somebody"),
        ("records__closure", "properties:\n  outcome:\n    enum: [died]\n", 3,
         "used by duty lessons"),
        ("records__intake", "properties:\n  kind:\n    enum: [adult]\n", 3,
         "used by a condition of intake"),
        ("stages", "stages:\n  - {name: visit, number: 8}\n", 2, "has number 2 in its files"),
        ("provisions", "provisions:\n  - {heading: a}\n", 0, "without an id"),
        ("closure", "duties:\n  - {id: lessons, outcomes: [gone]}\n", 2, "binds an outcome gone"),
        ("closure", "thresholds:\n  visits_in_row: {value: many}\n", 2, "no whole number"),
        ("closure", "thresholds:\n  visits_in_row: {value: 10001}\n", 2, "up to 10000"),
        ("closure", "thresholds: 3\n", 0, "thresholds is no mapping"),
        ("closure", "thresholds:\n", 0, "thresholds is no mapping"),
        ("records__visit", "properties: 3\n", 1, "is no mapping of fields"),
        ("provisions", "provisions:\n  - {id: X/1, carried_by: 3}\n", 0, "that is no list"),
        ("due", "due: 1\n", 1, "no list"),
    ],
)  # fmt: skip
def test_what_blocks(tmp_path: Path, file: str, text: str, line: int, said: str) -> None:
    told = blocking(tmp_path, **{file: text})
    assert any(at == line and said in message for _, at, _, message in told), told


@pytest.mark.parametrize(
    ("file", "text", "line", "said"),
    [
        ("rules", "rules:\n  - {id: care-first, severity: advises}\n", 2, "only advises here"),
        ("rules", "rules:\n  - {id: care-first, hint: {en: new, km: ''}}\n", 2, "has no Khmer"),
        ("records__visit", "properties:\n  met:\n    x-tipcase-label: {en: Met}\n", 3,
         "has no Khmer"),
        ("records__visit", "properties:\n  met:\n    x-tipcase-values:\n"
         "      survivors: {en: S, km: ក}\n", 4, "adds the value survivors"),
        ("records__visit", "required: [met]\n", 0, "the example is not valid"),
        ("records__intake", "x-tipcase-not-required: [care]\n", 1, "X/1.2 asks for it"),
        ("records__intake", "properties:\n  care: {type: string}\n", 2, "was yes-no and is line"),
        ("rule", "rules: []\n", 0, "nothing reads a file of this name"),
        ("record__visit", "type: object\n", 0, "nothing reads a file of this name"),
    ],
)  # fmt: skip
def test_what_advises(tmp_path: Path, file: str, text: str, line: int, said: str) -> None:
    if file == "records__visit" and text.startswith("required"):
        shipped = FILES["records/visit.yaml"].replace(", met: survivor", "")
        write(tmp_path / "shipped", {"records/visit.yaml": shipped})
        edition = law.load([tmp_path / "shipped", own(tmp_path, records__visit=text)])
        told = Conflicts(edition, law.load(tmp_path / "shipped")).look()
    else:
        told = found(tmp_path, **{file: text})
    advice = [one for one in told if one.severity == "advises"]
    assert any((not line or one.line == line) and said in one.message for one in advice), told


@pytest.mark.parametrize(
    ("file", "text", "place", "said", "hint"),
    [
        ("records__visit", "propertys:\n  a: {type: string}\n", (1, 1), "propertys means nothing",
         "did you mean properties?"),
        ("records__visit", "properties:\n  met: {x-tipcase-provisons: [X/1]}\n", (2, 9),
         "x-tipcase-provisons means nothing", "did you mean x-tipcase-provisions?"),
        ("records__visit", "our_own: {type: string}\n", (1, 1), "our_own means nothing",
         "a field stands under properties:"),
        ("records__visit", "x-tipcase-record: {repeat: true}\n", (1, 20), "repeat means nothing",
         "did you mean repeats?"),
        ("records__intake", "properties:\n  family:\n    items: {requird: [name]}\n", (3, 13),
         "requird means nothing", "did you mean required?"),
        ("records__intake", "allOf:\n  - {iff: {}, then: {requires: [care]}}\n", (2, 6),
         "iff means nothing", "did you mean if?"),
        ("records__intake", "allOf:\n  - {if: {}, then: {requires: [care]}}\n", (2, 21),
         "requires means nothing", "did you mean required?"),
        ("common", "$def: {a: {type: string}}\n", (1, 1), "$def means", "did you mean $defs?"),
        ("common", "$defs: {a: {typ: string}}\n", (1, 13), "typ means", "did you mean type?"),
        ("rules", "rule: []\n", (1, 1), "rule means", "did you mean rules?"),
        ("rules__own", "rule: []\n", (1, 1), "rule means", "did you mean rules?"),
        ("closure", "duty: []\n", (1, 1), "duty means", "here: concerns, criteria, dis"),
        ("due", "dues: []\n", (1, 1), "dues means", "did you mean due?"),
        ("forms", "form: {}\n", (1, 1), "form means", "did you mean forms?"),
        ("stages", "stage: []\n", (1, 1), "stage means", "did you mean stages?"),
        ("edition", "titel: a\n", (1, 1), "titel means", "did you mean title?"),
        ("provisions", "provision: []\n", (1, 1), "provision means", "did you mean provisions?"),
        ("records__visit", "required: [mett]\n", (1, 12), "requires mett", "did you mean met?"),
        ("records__intake", "properties: {contact: {required: [phon]}}\n", (1, 35),
         "requires phon", "did you mean phone?"),
        ("records__intake", "properties: {family: {items: {required: [nam]}}}\n", (1, 42),
         "requires nam", "did you mean name?"),
        ("records__intake", "allOf: [{if: {required: [care]}, then: {required: [kin]}}]\n",
         (1, 52), "requires kin", "did you mean kind?"),
        ("records__intake", "x-tipcase-not-required: [kind]\n", (1, 26), "kind is not required",
         ""),
        ("records__intake", "x-tipcase-not-required: [cares]\n", (1, 26), "cares is not required",
         "did you mean care?"),
        ("records__intake", "properties: {contact: {x-tipcase-not-required: [phon]}}\n", (1, 49),
         "phon is not required", "did you mean phone?"),
    ],
)  # fmt: skip
def test_a_word_that_nothing_reads_is_told(
    tmp_path: Path, file: str, text: str, place: tuple[int, int], said: str, hint: str
) -> None:
    told = [
        (one.severity, (one.line, one.column), one.hint)
        for one in found(tmp_path, **{file: text})
        if said in one.message and one.file is not None and tmp_path / "own" in one.file.parents
    ]
    assert [one[:2] for one in told] == [("blocks", place)]
    assert hint in told[0][2]


def test_what_is_written_as_it_should_be_is_not_told(tmp_path: Path) -> None:
    told = blocking(
        tmp_path,
        records__visit="required: [own]\nproperties:\n  own: {type: string,"
        " x-tipcase-label: {en: Own, km: ផ្ទាល់}, x-tipcase-ours: true}\n"
        "allOf:\n  - if: {properties: {met: {type: object, required: [unknown]}}}\n"
        "    then: {required: [own]}\n",
        records__intake="x-tipcase-not-required: [care, contact]\n"
        "properties: {contact: {x-tipcase-not-required: [phone]}}\n",
    )
    # The tiny edition's fields have no labels.
    assert [one for one in told if not one[3].endswith("has no label")] == []


def test_a_word_is_told_in_each_file_that_has_it(tmp_path: Path) -> None:
    told = blocking(tmp_path, rules__one="rule: []\n", rules__two="rule: []\n")
    assert [file for file, _, _, _ in told] == ["one.yaml", "two.yaml"]


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("rules", "rules:\n  - {id: care-first, severity: blocks}\n", "shipped rule care-first"),
        ("closure", "duties:\n  - {id: lessons, severity: blocks}\n", "shipped duty lessons"),
        ("due", "due:\n  - {id: look, after: {months: 1}}\n", "shipped due look"),
    ],
)
def test_an_entry_that_replaces_a_shipped_one_is_told(
    tmp_path: Path, file: str, text: str, said: str
) -> None:
    write(tmp_path / "shipped", {"due.yaml": DUE.replace("PERIOD", "{days: 14}")})
    edition = law.load([tmp_path / "shipped", own(tmp_path, **{file: text})])
    told = Conflicts(edition, law.load(tmp_path / "shipped")).look()
    rows = [(one.severity, one.line) for one in told if f"replaces the {said}" in one.message]
    assert rows == [("advises", 2)]


def test_an_entry_of_its_own_replaces_nothing(tmp_path: Path) -> None:
    told = found(tmp_path, rules=f"rules:\n  - {RULE.replace('HOLDS', 'True')}\n")
    assert not any("replaces" in one.message for one in told)


@pytest.mark.parametrize(("label", "said"), [
    ("{en: សួរ, km: Met}", True), ("{en: សួរ}", True), ("{en: Met (សួរ), km: សួរ}", False),
])  # fmt: skip
def test_languages_that_were_exchanged_are_told(tmp_path: Path, label: str, said: bool) -> None:
    told = found(tmp_path, records__visit=f"properties:\n  met:\n    x-tipcase-label: {label}\n")
    rows = [(one.severity, one.line) for one in told if "Khmer letters in en" in one.message]
    assert rows == [("advises", 3)] * said


def test_a_slip_in_a_new_value_is_met_with_the_one_meant(tmp_path: Path) -> None:
    text = "properties: {met: {x-tipcase-values: {survivors: {en: S, km: ក}}}}\n"
    hints = [one.hint for one in found(tmp_path, records__visit=text)]
    assert "did you mean survivor?" in hints


def test_records_that_fit_no_longer_are_counted_and_not_named(tmp_path: Path) -> None:
    edition = laid(tmp_path, records__visit="properties: {met: {enum: [nobody]}}\n")
    look = Conflicts(edition, law.load(tmp_path / "shipped"))
    canary = "canary-7316"
    records_written(look, [
        record("visit", "aaaaaaa2", met="survivor"),
        record("visit", "aaaaaaa3", met="survivor", happened_on="2026-01-01"),
        record("visit", "aaaaaaa4", met=canary),  # fitted neither before
        record("visit", "aaaaaaa6", taken_back=canary),
        record("gone", "aaaaaaa5", text=canary),
    ])  # fmt: skip
    messages = [one.message for one in look.found]
    told = [(one.severity, one.message.partition(" that")[0]) for one in look.found]
    assert ("blocks", "2 records have something in met") in told
    assert ("advises", "1 record has something in met") in told
    assert ("advises", "1 record has something in taken_back") in told
    assert "1 record has the type gone, which this edition does not have" in messages
    assert canary not in str(look.found)


def test_an_unreadable_file_does_not_hide_what_is_wrong_elsewhere(tmp_path: Path) -> None:
    told = blocking(tmp_path, rules="rules: [\n", records__visit="properties: {met: {type: x}}\n")
    assert {file for file, _, _, _ in told} == {"rules.yaml", "visit.yaml"}


ODD = ["1", "[1]", "{a: 1}", "[{id: [1]}]", "null"]
KEYS = {
    "records__visit": ["properties", "required", "allOf", "examples", "x-tipcase-record", "$defs",
                       "x-tipcase-not-required"],
    "stages": ["stages", "phases", "frameworks"],
    "rules": ["rules"],
    "closure": ["duties", "criteria", "thresholds"],
    "forms": ["forms", "words"],
    "provisions": ["provisions"],
    "common": ["$defs"],
    "due": ["due", "stops"],
    "edition": ["name", "title", "languages"],
}  # fmt: skip


@pytest.mark.parametrize("place", KEYS)
@pytest.mark.sampled(3)
def test_whatever_stands_in_a_file_is_told_and_never_a_crash(tmp_path: Path, place: str) -> None:
    base = law.load(write(tmp_path / "shipped"))
    for key in KEYS[place]:
        for odd in ODD:
            folder = own(tmp_path, **{place: f"{key}: {odd}\n"})
            Conflicts(law.load([tmp_path / "shipped", folder]), base).look()


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("key", ["enum", "items", "properties", "x-tipcase-values", "type", "$ref"])
@pytest.mark.sampled(3)
def test_whatever_stands_in_a_field_is_told_and_never_a_crash(
    tmp_path: Path, key: str, odd: str
) -> None:
    found(tmp_path, records__visit=f"properties: {{met: {{{key}: {odd}}}}}\n")
