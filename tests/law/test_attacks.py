"""Attacks on the engine: expressions that would run on, and editions that cannot be kept."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.law.editions import AS_OF, FILES, tiny, write
from tipcase import law
from tipcase.law.conflicts import Conflicts
from tipcase.law.edition import EditionError
from tipcase.law.expressions import ExpressionError, condition
from tipcase.law.functions import STEP_LIMIT
from tipcase.law.kleene import UNKNOWN, equal
from tipcase.law.shapes import Vocabulary
from tipcase.law.validation import validate

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

PROFILE = """\
type: object
additionalProperties: false
x-tipcase-record: {repeats: false, label: {en: Profile, km: ប្រវត្តិ}}
properties:
  birth: {type: object, properties: {basis: {type: string},
    candidate_years: {type: array, items: {type: integer}}}}
  names: {type: array, items: {type: string}}
"""
VISIT = FILES["records/visit.yaml"]
MANY = 9_000
# Seconds; on a quiet machine the worst takes a twentieth of it, on a busy one some times more.
# Without the limit they took minutes.
LONG = 10.0
DEEP = 500 if os.environ.get("TIPCASE_SOAK") == "1" else 100


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return tiny(tmp_path_factory.mktemp("edition"), {"records/profile.yaml": PROFILE}).vocabulary


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    """As much as one document may hold."""
    return {
        "intake": {"family": [{"name": f"N{at}", "years": at} for at in range(MANY)]},
        "visit": [{"met": "survivor", "happened_on": f"2026-01-{at % 28 + 1:02}"}
                  for at in range(MANY)],
        "profile": {"birth": {"basis": "animal-year", "candidate_years": [1960] * 3_000},
                    "names": [f"N{at}" for at in range(MANY)]},
        "today": AS_OF,
    }  # fmt: skip


def again(part: str, sign: str = " or ") -> str:
    """The part as often as an expression may hold it, in a loop."""
    times = 1_900 // len(part + sign)
    return f"any({sign.join([part] * times)} for a in visit)"


# -- expressions that run on --

ENDLESS = [
    "any(any(any(c.met == 'nobody' for c in visit) for b in visit) for a in visit)",
    "any('x' in profile.names for a in visit)",
    "any(count(visit) == 1 for a in visit)",
    "any(len([a for b in visit]) == 1 for a in visit)",
    "any(profile.names != profile.names for a in visit)",
    "any(not known(latest(visit)) for a in visit)",
    "any(not adult_on(a.happened_on) for a in visit)",
    again("count(visit) == 1"),
    again("'x' in profile.names"),
    again("child_on(a.happened_on)"),
    again("age_uncertain()"),
    again("days_between(a.happened_on, today) < 0"),
    again("a.happened_on > today"),
    again("a.met == 'nobody'"),
    again("'2026' > a.happened_on", " and 0 > 1 or "),
]


@pytest.mark.parametrize("number", range(len(ENDLESS)))
def test_no_expression_runs_on(words: Vocabulary, facts: dict[str, Any], number: int) -> None:
    expression = condition(ENDLESS[number], words)
    began = time.process_time()
    assert expression.truth(facts) in (False, UNKNOWN)
    assert time.process_time() - began < LONG


@pytest.mark.parametrize(
    "source",
    [
        "any('x' in profile.names for a in visit)",
        "any(count(visit) == 1 for a in visit)",
        "any(profile.names != profile.names for a in visit)",
        "any(not adult_on(a.happened_on) for a in visit)",
        "any(not known(latest(visit)) for a in visit)",
    ],
)
def test_what_was_not_looked_at_to_the_end_is_unknown(
    words: Vocabulary, facts: dict[str, Any], source: str
) -> None:
    assert condition(source, words).truth(facts) is UNKNOWN
    few = {
        **facts,
        "visit": facts["visit"][:5],
        "profile": {"birth": {"basis": "animal-year", "candidate_years": [1960]}, "names": ["a"]},
    }
    assert condition(source, words).truth(few) is False


def test_a_large_case_is_far_from_the_limit(words: Vocabulary) -> None:
    # Every family member of every visit, in words as long as the longest rule's.
    source = (
        "any(any(" + " or ".join(["b.years == 1"] * 10) + " for b in intake.family) for a in visit)"
    )
    case = {"visit": [{}] * 100, "intake": {"family": [{"years": 2}] * 30}}
    assert STEP_LIMIT >= 100_000
    assert condition(source, words).truth(case) is False


@pytest.mark.parametrize(
    "source",
    [
        "intake == intake",
        "intake.contact != intake.contact",
        "any(a in visit for a in visit)",
        "intake.family == intake.family",
        "visit == visit",
        "latest(visit) == 'x'",
        "intake.care in visit and visit != [[1]]",
    ],
)
def test_groups_are_not_compared_as_a_whole(words: Vocabulary, source: str) -> None:
    with pytest.raises(ExpressionError, match="group of fields as a whole"):
        condition(source, words)


def test_lists_are_equal_item_by_item() -> None:
    assert equal(["a", "b"], ["a", "b"]) is True
    assert equal(["a"], ["a", "b"]) is False
    assert equal(["a", None], ["a", None]) is UNKNOWN
    assert equal([["a"]], [["a"]]) is UNKNOWN
    assert equal({"a": 1}, {"a": 1}) is UNKNOWN
    assert equal(["a"], "a") is False


@pytest.mark.parametrize(
    "source",
    [
        "1e308 * 1e308 - 1e999 == 0",
        "1e999 * 0 == 1",
        "9" * 1_900 + " * 1.5 == 1",
        "0x" + "f" * 1_900 + " / 3 == 1",
        "len(visit) * 1e999 / 1e999 > 1",
    ],
)
def test_numbers_beyond_all_bounds_are_unknown(words: Vocabulary, source: str) -> None:
    assert condition(source, words).truth({"visit": [{}]}) is UNKNOWN


@pytest.mark.parametrize(
    "source",
    [
        "visit.__len__() == 1",
        "[a.__class__ for a in visit] == 1",
        "'{0.__class__}'.format(intake) == 'x'",
        "__import__('os') == 1",
        "any(__name__ == 'x' for __name__ in visit)",
        "any(today == 1 for today in visit)",
        "any(this == 1 for this in [1]) or this == 1",
        "'x' * 10 == 'x'",
        "[1] * 10 == 1",
        "9 ** 9 == 1",
        "1 << 9 == 1",
        "[*visit] == 1",
        "any(True async for a in visit)",
        "(yield) == 1",
        "globals() == 1",
        "len(len) == 1",
        "\ud800 == 1",
        "\u202ecare == 1",
    ],
)
def test_nothing_reaches_beyond_the_data(words: Vocabulary, source: str) -> None:
    with pytest.raises(ExpressionError):
        condition(source, words)


# -- editions that could not be kept --


def blocking(tmp_path: Path, changes: dict[str, str]) -> list[tuple[str, int, str]]:
    edition = tiny(tmp_path / "draft", changes)
    found = Conflicts(edition).look()
    return [
        (one.file.name, one.line, one.message)
        for one in found
        if one.severity == "blocks" and one.file is not None
    ]


@pytest.mark.parametrize("folder", ["records", "provider"])
@pytest.mark.parametrize(
    "name",
    ["plan2", "01-plan", "Visit", "a_b", "a--b", "-a", "a-", "a.b", "..", ".lock", "a b", "a\nb",
     "a\x1b[31mb", "ក", "con", "nul", "case", "today", "this", "states", "provider", "for", "not",
     "a" * 61],
)  # fmt: skip
def test_a_type_whose_records_could_not_be_found_again(
    tmp_path: Path, name: str, folder: str
) -> None:
    edition = tiny(tmp_path, {f"{folder}/{name}.yaml": VISIT})
    with pytest.raises(EditionError, match="no record type can be named"):
        _ = edition.all_types
    assert any(one.message.startswith("no record type") for one in Conflicts(edition).look())


def test_every_shipped_type_is_read_back_by_its_file(tmp_path: Path) -> None:
    from tipcase.casebook.book import load_edition
    from tipcase.casebook.naming import parse_record_file, record_file

    edition = load_edition("kh-2009")
    for name in edition.all_types:
        row = edition.record_type(name)
        assert parse_record_file(record_file(name, row.number, "k3f9m2xq")) == (name, "k3f9m2xq")


@pytest.mark.parametrize(
    "name", ["tipcase", "unknown", "__class__", "a.b", '"[]"', "'0'", "Name", "a-b", "ក", '"a b"']
)
def test_a_field_that_could_not_be_written(tmp_path: Path, name: str) -> None:
    field = f"  {name}: {{type: string, x-tipcase-label: {{en: A, km: ក}}}}\n"
    text = VISIT.replace("properties:\n", "properties:\n" + field)
    assert ("visit.yaml", 6, "is no name for a field: small letters, digits and _") in blocking(
        tmp_path, {"records/visit.yaml": text}
    )


@pytest.mark.parametrize("number", ["0", "-2", "100", "true", "123456"])
def test_a_stage_whose_files_could_not_be_found_again(tmp_path: Path, number: str) -> None:
    text = FILES["stages.yaml"].replace("number: 2", f"number: {number}")
    told = blocking(tmp_path, {"stages.yaml": text})
    assert ("stages.yaml", 3, "a stage's number is a whole one from 1 to 99") in told


@pytest.mark.parametrize(
    "definitions",
    [
        "  a: {$ref: '#/$defs/a'}\n",
        "  a: {$ref: '#/$defs/b'}\n  b: {$ref: '#/$defs/a'}\n",
        "  a: {type: object, properties: {kid: {$ref: '#/$defs/a'}}}\n",
        "  a: {type: array, items: {$ref: '#/$defs/a'}}\n",
        "  a: {allOf: [{$ref: '#/$defs/a'}]}\n",
    ],
)
def test_a_definition_that_leads_back_to_itself(tmp_path: Path, definitions: str) -> None:
    field = "  l: {$ref: common.yaml#/$defs/a, x-tipcase-label: {en: A, km: ក}}\n"
    changes = {
        "common.yaml": FILES["common.yaml"] + definitions,
        "records/visit.yaml": VISIT.replace("properties:\n", "properties:\n" + field),
    }
    told = blocking(tmp_path, changes)
    assert ("common.yaml", 6, "the definition a leads back to itself") in told
    with pytest.raises(EditionError):
        tiny(tmp_path / "again", changes).record_type("visit")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("repeats: true", 'repeats: "false"'),
        ("restricted: false", 'restricted: "no"'),
        ("met: {", "met: {x-tipcase-restricted: maybe, "),
    ],
)
def test_neither_true_nor_false(tmp_path: Path, old: str, new: str) -> None:
    told = blocking(tmp_path, {"records/visit.yaml": VISIT.replace(old, new)})
    assert any(m.startswith("says neither true nor false") for _, _, m in told), told


@pytest.mark.parametrize("scheme", ["http://127.0.0.1:9/x.json", "file:///etc/passwd", "#/x"])
def test_nothing_is_fetched(tmp_path: Path, scheme: str) -> None:
    for key in ("$ref", "$dynamicRef"):
        field = f"  l: {{{key}: '{scheme}', x-tipcase-label: {{en: A, km: ក}}}}\n"
        text = VISIT.replace("properties:\n", "properties:\n" + field)
        told = blocking(tmp_path / key, {"records/visit.yaml": text})
        assert any(name == "visit.yaml" for name, _, _ in told)


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "^(?=(a+)+$)(a+)+$"])
def test_a_pattern_does_not_run_on(tmp_path: Path, pattern: str) -> None:
    field = f"  l: {{type: string, pattern: '{pattern}'}}\n"
    visit = tiny(
        tmp_path, {"records/visit.yaml": VISIT.replace("properties:\n", "properties:\n" + field)}
    ).record_type("visit")
    began = time.process_time()
    assert validate(visit, {"l": "a" * 5_000 + "!"}, complete=False)
    assert time.process_time() - began < LONG


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + at)}: &{chr(98 + at)} [*{chr(97 + at)}, *{chr(97 + at)}]\n" for at in range(22)
)


WEAPONS = {
    "bomb": BOMB,
    "tag": "rules: !!python/object:os.system x\n",
    "deep": "rules: " + "[" * DEEP,
    "escape": 'rules: "\\e[31m"\n',
    "large": "rules: []\n" + "# x\n" * 600_000,
}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.soak if n == "large" else ()) for n in WEAPONS]
)
def test_a_file_that_is_a_weapon_is_told_with_its_name(tmp_path: Path, name: str) -> None:
    told = blocking(tmp_path, {"rules.yaml": WEAPONS[name]})
    assert any(file == "rules.yaml" for file, _, _ in told)


def test_a_folder_that_is_named_as_a_file_and_one_that_is_too_deep(tmp_path: Path) -> None:
    folder = write(tmp_path / "draft", {"records/odd.yaml/x": "a", "a/b/c/d/deepest.yaml": "- x"})
    edition = law.load(folder)
    assert "odd" not in edition.record_types
    assert all("deepest" not in str(one.file) for one in Conflicts(edition).look())
