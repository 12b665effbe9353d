"""Reports as data: each fault with its file, line and column, and what an office may change."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.commands import run_inside
from tests.reports.cases import definition, edition
from tipcase import law
from tipcase.errors import NotFoundError
from tipcase.law.edition import EditionError
from tipcase.reports.definition import RESERVED, ReportBook, faults

TEXT = "{en: A, km: ក}"
HEAD = f"title: {TEXT}\nhelp: {TEXT}\ntables:\n"
NEW = f"{{id: new, label: {TEXT}, amount: flow.new}}"


def own(folder: Path, report: str, name: str = "mine") -> ReportBook:
    """The shipped reports and facts with one report of an office over them."""
    (folder / "reports").mkdir()
    (folder / "reports" / f"{name}.yaml").write_text(report, encoding="utf-8")
    mine = law.load([*edition().source.folders, folder])
    # The facts are those that are shipped: reading them anew would take most of the time.
    return ReportBook(mine, replace(definition(), edition=mine))


def table(**parts: Any) -> str:
    told = {"measures": f"[{NEW}]", **parts}
    return HEAD + "  - id: one\n" + "".join(f"    {key}: {value}\n" for key, value in told.items())


def test_every_shipped_report_is_right() -> None:
    book = ReportBook.of(edition())
    assert set(book.names) >= {"caseload", "monthly", "closures", "follow-up", "stages"}
    assert list(faults(edition())) == []
    for name, title, help_ in book.heads():
        report = book.get(name)
        assert (report.title, report.help) == (title, help_)
        assert title.en and title.km and help_.en.endswith(".") and help_.km.endswith("។")
        for one in report.tables:
            names = [*(m.measure.id for m in one.measures), *one.dimensions]
            assert len(set(names)) == len(names)
            assert not RESERVED & set(names)
            for dimension in one.dimensions.values():
                assert "" not in {c.code for c in dimension.categories}


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("report", "place", "said", "hint"),
    [
        (table(where="flow.nwe > 0"), (6, 12), "asks for the field nwe", "did you mean new?"),
        (table(where='"sax == 1"'), (6, 13), "names sax, which nothing is called", "sex?"),
        (table(where='"sex == \'femal\'"'), (6, 20), "a value that the field cannot", "female?"),
        (table(where="sex"), (6, 12), "is not a yes-or-no question", ""),
        (table(where="profile.sex == 'male'"), (6, 12), "names profile", ""),
        (table(where="this.kind == 'legal'"), (6, 12), "names this", ""),
        (table(where="case.state == 'open'"), (6, 12), "asks for the field state", ""),
        (table(where="any(s.from for s in spans)"), (6, 18), "not written as an expression", ""),
        (table(each="sex"), (6, 5), "something unknown for each", "cases"),
        (table(dimensions="[sax]"), (6, 5), "no dimension sax", "did you mean sex?"),
        (table(dimensions="[sex, sex]"), (6, 5), "the dimension sex twice", ""),
        (table(dimensions="[5]"), (6, 5), "a name or a mapping", ""),
        (table(by="[sex]"), (6, 5), "by: names no dimension of the table: sex", ""),
        (table(balance="{new: [gone]}"), (6, 15), "gone is no measure", ""),
        (table(color="red"), (6, 5), "color means nothing here", "measures"),
        (table(measures="[]"), (4, 5), "counts nothing", "measures:"),
        (table(measures="5"), (5, 5), "measures is no list", ""),
        (table(measures=f"[{{id: rows, label: {TEXT}}}]"), (5, 17), "can be called rows", ""),
        (table(measures=f"[{NEW}, {NEW}]"), (5, 5), "new is taken", ""),
        (table(measures=f"[{{id: sex, label: {TEXT}}}]", dimensions="[sex]"), (5, 5), "is taken",
         ""),
        (table(measures="[{id: new, label: {en: A}}]"), (5, 16), "label in both", "km"),
        (table(measures=f"[{{id: new, label: {TEXT}, amount: sex}}]"), (5, 49), "no number", ""),
        (table(measures=f"[{{id: new, label: {TEXT}, statistic: mean}}]"), (5, 49), "unknown for",
         "median"),
        (table(measures=f"[{{id: new, label: {TEXT}, statistic: median}}]"), (5, 16), "an amount",
         "amount:"),
        (HEAD + "  5\n", (3, 1), "tables is no list", ""),
        (f"title: {TEXT}\nhelp: {TEXT}\n", (1, 1), "has no tables", ""),
        (f"help: {TEXT}\ntables: []\n", (1, 1), "has no tables", ""),
        (table().replace("help: ", "halp: "), (2, 1), "halp means nothing here", "help"),
        (table() + "publish: maybe\n", (6, 1), "neither true nor false for publish", ""),
        (table(dimensions="[{id: age, built: age-band, at: came_on, bands: [12, 5], label: "
                          f"{TEXT}}}]"), (6, 58), "ages that rise from 0", "bands:"),
        (table(dimensions=f"[{{id: a, label: {TEXT}, of: came_on}}]"), (6, 18), "no codes",
         "like:"),
        (table(dimensions="[{id: period, of: sex}]"), (5, 5), "period is taken", ""),
        (table(dimensions="[{id: sex_label, of: sex}]"), (5, 5), "sex_label is taken", ""),
        (table(dimensions="[{id: a, of: this.stage}]", each="stays"), (6, 18), "label in both",
         "label:"),
        (table(dimensions=f"[{{id: a, label: {TEXT}}}]"), (6, 18), "in no way", "of:"),
        (table(dimensions=f"[{{id: a, label: {TEXT}, categories: [{{code: total, label: {TEXT}, "
                          "when: sex == 'male'}]}]"), (6, 62), "code of its own", "missing"),
        ("a: [\n", (2, 1), "", ""),
    ],
)  # fmt: skip
def test_a_fault_of_a_report_has_its_place(
    tmp_path: Path, report: str, place: tuple[int, int], said: str, hint: str
) -> None:
    with pytest.raises(EditionError) as caught:
        own(tmp_path, report).get("mine")
    error = caught.value
    assert said in error.sentence
    assert hint in error.hint
    assert error.file == tmp_path / "reports" / "mine.yaml"
    assert (error.line, error.column) == place
    assert f"reports/mine.yaml line {place[0]} column {place[1]}: " in error.sentence


@pytest.mark.parametrize(
    "parts",
    [
        {"each": "team"},
        {"where": "any(known(m.worker) for m in team)"},
        {"each": "team", "measures": f"[{{id: cases, label: {TEXT}}}]",
         "dimensions": f"[{{id: worker, of: this.worker, label: {TEXT}}}]"},
        {"dimensions": f"[{{id: alone, label: {TEXT}, categories: [{{code: one, label: {TEXT}, "
                       "when: len(team) == 1}]}]"},
    ],
)  # fmt: skip
def test_what_is_about_staff_is_in_no_report_that_may_leave(
    tmp_path: Path, parts: dict[str, str]
) -> None:
    book = own(tmp_path, table(**parts))
    with pytest.raises(EditionError, match="counts team, which never leaves the office") as caught:
        book.get("mine")
    assert caught.value.line == 3
    assert caught.value.hint == "write publish: false"
    (tmp_path / "reports" / "mine.yaml").write_text(table(**parts) + "publish: false\n", "utf-8")
    mine = law.load([*edition().source.folders, tmp_path])
    assert not ReportBook(mine, replace(definition(), edition=mine)).get("mine").publish


def test_a_report_that_is_not_there() -> None:
    book = ReportBook(edition(), definition())
    with pytest.raises(NotFoundError) as caught:
        book.get("casload")
    assert caught.value.hint == "did you mean caseload?"
    with pytest.raises(NotFoundError) as caught:
        book.get("../facts")
    assert "caseload" in caught.value.hint


def test_a_report_has_a_name_that_can_be_typed(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match="can be named as this file is"):
        own(tmp_path, table(), "My Report").get("My Report")


def test_an_office_changes_a_shipped_report(tmp_path: Path) -> None:
    change = "title: {en: Our cases, km: ក}\ntables: [{id: caseload, by: [sex]}]\n"
    report = own(tmp_path, change, "caseload").get("caseload")
    assert report.title.en == "Our cases"
    assert report.tables[0].by == ("sex",)
    assert len(report.tables[0].measures) == 5


@pytest.mark.soak
def test_schema_check_tells_of_facts_and_reports(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "mine.yaml").write_text(table(where="sax == 1"), encoding="utf-8")

    def conflicts() -> list[dict[str, Any]]:
        done = run_inside("schema", "--check", str(tmp_path), "--json", cwd=tmp_path)
        assert done.code == 3
        rows: list[dict[str, Any]] = json.loads(done.stdout)["data"]["conflicts"]
        return rows

    [row] = conflicts()
    assert row["file"].endswith("mine.yaml")
    assert (row["line"], row["column"]) == (6, 12)
    (tmp_path / "facts.yaml").write_text("facts: [{id: words, from: profile.narrative}]\n")
    assert [one["line"] for one in conflicts()] == [1]
