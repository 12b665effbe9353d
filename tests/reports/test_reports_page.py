"""docs/reports.md says of each measure of each shipped report what it counts, and of no other."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tipcase import documents, law, resources

PAGE = Path(__file__).parents[2] / "docs" / "reports.md"
REPORTS = sorted((resources.path("schemas") / "kh-2009" / "reports").glob("*.yaml"))
ROW = re.compile(r"^\| `([a-z0-9_]+)` \| ([^|]+) \|$", re.MULTILINE)


@cache
def sections() -> dict[str, str]:
    """The text below each heading that is a report's name."""
    parts = re.split(r"^## (.+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_each_measure_has_its_line(path: Path) -> None:
    tables = documents.load(path.read_bytes())["tables"]
    measures = [one["id"] for table in tables for one in table["measures"]]
    assert [name for name, _ in ROW.findall(sections()[path.stem])] == measures


def test_each_shared_breakdown_has_its_line() -> None:
    shared = law.load(resources.path("schemas") / "kh-2009").facts_data["dimensions"]
    assert [name for name, _ in ROW.findall(sections()["Breakdowns"])] == [o["id"] for o in shared]


def test_no_report_is_told_of_that_there_is_none_of() -> None:
    told = {name for name, text in sections().items() if ROW.search(text)}
    assert told - {"Breakdowns"} == {path.stem for path in REPORTS}
