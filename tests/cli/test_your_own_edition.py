"""An office's own law at work: a field, a value, a rule, a record type and a stage of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Office

FIELD = """\
properties:
  warm_meal:
    type: boolean
    x-tipcase-label: {en: A warm meal was ready, km: មានអាហារក្តៅ}
    x-tipcase-ours: true
required: [warm_meal]
examples: [{warm_meal: true}]
"""
RULE = """\
rules:
  - id: our-meal
    at: leave identification
    record: identification
    field: warm_meal
    severity: blocks
    holds: identification.warm_meal == True
    message: {en: ask in the kitchen, km: សួរផ្ទះបាយ}
"""
GARDEN = """\
type: object
additionalProperties: false
x-tipcase-record: {repeats: true, restricted: false, label: {en: Garden, km: សួន}}
required: [happened_on]
properties:
  happened_on: {$ref: ../common.yaml#/$defs/date, x-tipcase-label: {en: Date, km: ថ្ងៃ}}
examples: [{happened_on: "2026-02-03"}]
"""
STAGE = """\
stages:
  - {name: garden, number: 11, after: identification, label: {en: Garden, km: សួន}}
"""


@pytest.fixture(scope="module")
def signed(template: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office that has signed the law above, made once."""
    folder = tmp_path_factory.mktemp("signed")
    office = copied(template[0], folder, template[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIPCASE_HOME", str(office.home))
        patch.setenv("TIPCASE_LANG", "en")
        return _signed(office)


@pytest.fixture
def changed(signed: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    office = copied(signed.book.parent, tmp_path, signed.case)
    monkeypatch.setenv("TIPCASE_HOME", str(office.home))
    return office


def copied(source: Path, folder: Path, case: str) -> Office:
    for name in ("home", "book"):
        shutil.copytree(source / name, folder / name)
    return Office(folder / "book", folder / "home", case)


def _signed(office: Office) -> Office:
    for name, text in {
        "records/identification.yaml": FIELD,
        "rules/ours.yaml": RULE,
        "records/garden.yaml": GARDEN,
        "stages.yaml": STAGE,
    }.items():
        path = office.book / "schemas/kh-2009" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    ran = office.run("schema", "--check")
    assert ran.code == 0, ran
    office.done("settings", "--accept", "--yes")
    return office


def test_what_the_office_asks_is_asked(changed: Office) -> None:
    changed.put("identification", "{happened_on: 2026-01-05}")
    missing = changed.run("check", changed.case)
    assert "identification.warm_meal" in missing.stdout
    assert "ask in the kitchen" in missing.stdout
    changed.done("set", changed.case, "identification", "warm_meal=yes")
    settled = changed.run("check", changed.case).stdout
    assert "warm_meal" not in settled and "kitchen" not in settled


@pytest.mark.soak
def test_the_offices_stage_stands_in_its_place_and_renumbers_nothing(changed: Office) -> None:
    stages = list(changed.data("status", changed.case)["stages"])
    assert stages[:3] == ["identification", "garden", "crisis-intervention"]
    tag = changed.put("garden", "{happened_on: 2026-02-03}")
    folder = changed.book / "cases" / changed.case
    assert (folder / f"11-garden-{tag}.yaml.age").is_file()
    changed.put("identification", "{happened_on: 2026-01-05}")
    assert (folder / "01-identification.yaml.age").is_file()
    reason = ("--override", "because this is a test")
    changed.done("advance", changed.case, *reason)
    assert changed.data("status", changed.case)["stage"] == "garden"
    changed.done("advance", changed.case, *reason)
    assert changed.data("status", changed.case)["stage"] == "crisis-intervention"


@pytest.mark.soak
def test_unsigned_law_is_not_followed(changed: Office) -> None:
    own = Path(changed.book, "schemas/kh-2009/rules/ours.yaml")
    own.write_text(RULE.replace("blocks", "advises"), encoding="utf-8")
    assert changed.run("check", changed.case).code == 7
    assert changed.run("schema", "--check").code == 0
