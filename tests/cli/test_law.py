"""``law``: all provisions, one of them, the counts, and texts to translate or review."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office
from tests.commands import run_inside


def said(*words: str, cwd: Path, code: int = 0) -> tuple[str, str]:
    ran = run_inside(*words, cwd=cwd)
    assert ran.code == code, ran
    return ran.stdout, ran.stderr


def data(*words: str, cwd: Path) -> Any:
    return json.loads(said(*words, "--json", cwd=cwd)[0])["data"]


def test_the_table_names_every_provision_with_its_heading_and_what_carries_it(
    tmp_path: Path,
) -> None:
    lines = said("law", cwd=tmp_path)[0].splitlines()
    assert len(lines) == 204
    rows = [line.split("\t") for line in lines]
    assert all(len(row) == 3 and row[1] and row[2] for row in rows)
    found = data("law", cwd=tmp_path)
    assert [row["id"] for row in found] == [row[0] for row in rows]
    for row in found:
        assert {"id", "carried_by", "heading"} <= set(row)
        assert all({"kind", "ref"} <= set(item) for item in row["carried_by"])
        assert row["heading"]["en"]
        assert row["carried_by"] or row["reason"]


def test_one_provision_is_told_with_everything_that_carries_it(tmp_path: Path) -> None:
    text, _ = said("law", "857/7.8.4", cwd=tmp_path)
    assert text.startswith("857/7.8.4  ")
    assert "  rule reintegration-survivor-assessed: blocks, enter reintegration: " in text
    assert "  field assessment.place_findings: " in text and "(Assessment)" in text
    [row] = data("law", "857/7.8.4", cwd=tmp_path)
    rule = next(i for i in row["carried_by"] if i["ref"] == "reintegration-survivor-assessed")
    assert rule["kind"] == "rule" and rule["severity"] == "blocks"
    assert rule["at"] == "enter reintegration"
    assert rule["message"]["en"] and rule["message"]["km"]
    field = next(i for i in row["carried_by"] if i["ref"] == "assessment.place_findings")
    assert (field["record_type"], field["record_label"]["en"]) == ("assessment", "Assessment")


def carried(tmp_path: Path, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in data("law", cwd=tmp_path):
        for item in row["carried_by"]:
            if item["kind"] == kind:
                yield row["id"], item


@pytest.mark.parametrize("kind", ["command", "form", "provider"])
def test_every_kind_of_carrier_is_described(tmp_path: Path, kind: str) -> None:
    provision, item = next(carried(tmp_path, kind))
    shown = {"provider": "provider record"}.get(kind, kind)
    line = next(
        line
        for line in said("law", provision, cwd=tmp_path)[0].splitlines()
        if line.startswith(f"  {shown} {item['ref']}: ")
    )
    assert len(line.split(": ", 1)[1]) > 3


def test_what_is_outside_of_the_file_says_why(tmp_path: Path) -> None:
    row = next(
        row
        for row in data("law", cwd=tmp_path)
        if {item["kind"] for item in row["carried_by"]} <= {"outside"}
    )
    assert f"outside the file: {row['reason']}" in said("law", row["id"], cwd=tmp_path)[0]


def test_the_counts_agree_with_the_table(tmp_path: Path) -> None:
    counted = data("law", "--coverage", cwd=tmp_path)
    rows = [{item["kind"] for item in row["carried_by"]} for row in data("law", cwd=tmp_path)]
    assert counted["provisions"] == 204
    assert counted["carried"] == sum(bool(row - {"outside"}) for row in rows)
    assert counted["outside"] == sum(row <= {"outside"} for row in rows)
    assert counted["uncarried"] == 0
    assert counted["carried"] + counted["outside"] == 204
    for kind, count in counted["by"].items():
        assert count == sum(kind in row for row in rows)
    text, _ = said("law", "--coverage", cwd=tmp_path)
    assert text.startswith(f"{counted['carried']} of 204 provisions are carried\n")


def test_an_unknown_provision_and_two_questions(tmp_path: Path) -> None:
    assert "tipcase law lists them all" in said("law", "857/99", cwd=tmp_path, code=4)[1]
    said("law", "857/5", "--coverage", cwd=tmp_path, code=2)
    said("law", "--untranslated", "--unreviewed", cwd=tmp_path, code=2)


def test_texts_that_await_a_khmer_reader(tmp_path: Path) -> None:
    text, talk = said("law", "--unreviewed", cwd=tmp_path)
    rows = data("law", "--unreviewed", cwd=tmp_path)
    assert len(rows) == len(text.splitlines()) > 100
    assert f"{len(rows)} text(s) whose Khmer no source attests" in talk
    assert all(set(row) == {"file", "place", "en", "km"} and row["km"] for row in rows)
    assert all(row["file"].startswith("kh-2009/") for row in rows)
    assert "kh-2009/records/note.yaml" in {row["file"] for row in rows}
    note = [r["place"] for r in rows if r["file"] == "kh-2009/records/note.yaml"]
    assert "properties.text.x-tipcase-label" in note
    assert "properties.happened_on.x-tipcase-label" not in note


@pytest.mark.soak
def test_an_offices_own_texts_are_among_them(office: Office) -> None:
    own = office.book / "schemas/kh-2009/records/note.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(
        "properties:\n"
        "  weather: {type: string, x-tipcase-label: {en: Weather}}\n"
        "  text: {x-tipcase-help: {en: What happened, km: អ្វីដែលបានកើតឡើង}}\n",
        encoding="utf-8",
    )
    office.done("settings", "--accept", "--yes")
    lacking = office.data("law", "--untranslated")
    assert {
        "file": "schemas/kh-2009/records/note.yaml",
        "place": "properties.weather.x-tipcase-label",
        "en": "Weather",
    } in lacking
    told = [r for r in office.data("law", "--unreviewed") if r["file"].startswith("schemas/")]
    assert [row["place"] for row in told] == ["properties.text.x-tipcase-help"]
