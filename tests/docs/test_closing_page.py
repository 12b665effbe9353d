"""docs/closure.md names every criterion, duty, threshold and outcome, with a case that shows it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.law.editions import SHIPPED
from tipcase import law

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "closure.md").read_text("utf-8")
ROWS = {row[1]: row[0] for row in re.finditer(r"^\| \*\*([a-z-]+)\*\* .*$", PAGE, re.MULTILINE)}


def test_the_table_has_a_row_for_all_that_is_asked() -> None:
    edition = law.load(SHIPPED)
    asked = {one.id: one.provision for one in edition.closure.criteria}
    asked |= {one.id: ", ".join(one.provisions) for one in edition.closure.duties}
    asked |= {one.id: one.provisions[0] for one in edition.rules if one.gate == "reopen"}
    assert ROWS.keys() == asked.keys() | {"left-open"}
    for name, provision in asked.items():
        assert provision in ROWS[name], name
    for duty in edition.closure.duties:
        assert all(outcome in ROWS[duty.id] for outcome in duty.outcomes), duty.id
        assert f"| {duty.severity} |" in ROWS[duty.id], duty.id
        assert ("ours" in ROWS[duty.id].split("|")[2]) is duty.ours, duty.id


def test_every_threshold_stands_beside_what_it_decides() -> None:
    for name, one in law.load(SHIPPED).closure.thresholds.items():
        assert f"`{name}` {one.value} (ours)" in PAGE, name


def test_each_is_shown_by_a_sample_case() -> None:
    sources = {path.stem for path in (ROOT / "sample-cases" / "sources").glob("*.yaml")}
    for name, row in ROWS.items():
        cases = re.findall(r"`([^`]+)`", row.split("|")[7])
        assert cases, name
        assert set(cases) <= sources, name


def test_each_outcome_has_its_paragraph() -> None:
    field = law.load(SHIPPED).record_type("closure").field("outcome")
    assert field is not None
    for outcome in field.values:
        assert f"\n**{outcome}.** " in PAGE, outcome
