"""The recipe of docs/export.md: DuckDB counts the exports of several offices as we count one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.commands import run_inside
from tests.copies import copied

ROOT = Path(__file__).parents[2]
SQL = re.findall(
    r"^```sql\n(.*?)^```$", (ROOT / "docs" / "export.md").read_text("utf-8"), re.M | re.S
)
AS_OF = ("--as-of", "2026-10-15", "--processes", "1")
CONSENT = "{happened_on: 2026-10-15, subject: reporting, answer: given, given_by: self}"


def _run(*words: str | Path, **more: Any) -> str:
    ran = run_inside("--identity", ROOT / "sample-cases" / "demo-identity.txt", *words, **more)
    assert ran.code == 0, (words, ran)
    return ran.stdout


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sample casebook, everybody in it agreed; its exports as those of two offices."""
    folder = tmp_path_factory.mktemp("coalition")
    copied(ROOT / "sample-cases" / "book", folder / "book")
    more: dict[str, Any] = {
        "cwd": folder / "book",
        "env": {"TIPCASE_HOME": str(folder / "home"), "TIPCASE_LANG": "en"},
    }
    for case in sorted(path.name for path in (folder / "book" / "cases").iterdir()):
        _run("put", case, "consent", "-", input=CONSENT, **more)
    for office in ("north", "south"):
        for format in ("csv", "ndjson", "parquet"):
            out = folder / format
            _run("export", format, "--out", out, "--period", "2026", "--force", *AS_OF, **more)
            for path in out.iterdir():
                place = folder / "exports" / office / path.name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(path.read_bytes())
    report = ("report", "caseload", "--period", "2026", "--by", "sex,age", "--json", *AS_OF)
    (folder / "report.json").write_text(_run(*report, **more), encoding="utf-8")
    return folder, folder / "report.json"


def _asked(sql: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    import duckdb

    monkeypatch.chdir(folder)
    found = duckdb.connect().execute(sql)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.mark.soak
def test_the_recipe_counts_two_offices_as_the_report_counts_one(
    exports: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, report = exports
    told = json.loads(report.read_text(encoding="utf-8"))["data"]
    fit, flow, groups, kinds = (_asked(sql, folder, monkeypatch) for sql in SQL)
    # A yes ends with the person: who died in the year, new in it, stands in no export.
    assert fit == [{"offices": 2, "kinds": 1, "refused": 2, "not_asked": 0}]
    told |= {"new": told["new"] - 1, "closed": told["closed"] - 1}
    (together,) = flow
    assert together["open_start"] > 0 < together["closed"]
    assert together == {name: 2 * told[name] for name in together}
    assert together["open_end"] == (
        together["open_start"] + together["new"] + together["reopened"] - together["closed"]
    )
    cells = {
        (row["sex"], row["age"]): row["new"]
        for row in told["rows"]
        if "total" not in (row["sex"], row["age"])
    }
    cells["male", "35-59"] -= 1
    assert len(groups) > 5
    for row in groups:
        assert row["new"] == 2 * cells[row["sex"], row["age"]]
    people = {row["kind"]: row["people"] for row in kinds}
    assert people["ForcedLabour"] > people["ChildLabour"] > 0
    assert all(number % 2 == 0 for number in people.values())
