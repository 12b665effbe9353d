"""``report`` from the command line: every format, every refusal, and the order of publishing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office
from tipcase.cli import batch
from tipcase.cli.new_file import NewFile
from tipcase.errors import DamagedError, MachineError
from tipcase.reports import publications, publishing
from tipcase.reports.disclosure import Audit, NotProtectableError

Q1, Q2 = ("--period", "2026-Q1"), ("--period", "2026-Q2")
CASELOAD = ("report", "caseload", *Q1)
TODAY = ("--as-of", "2026-11-01")
OFFICE = "Example Shelter"


def told(office: Office, *words: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = office.data("report", *words, *TODAY)
    return found


def records(office: Office) -> list[str]:
    """The publications that are remembered."""
    return [
        line for line in office.done("show", "provider").split() if line.startswith("publication/")
    ]


@pytest.fixture
def damaged(office: Office) -> Office:
    """A second case, whose only record is damaged."""
    case = office.done("new", "--opened", "2026-02-01").strip()
    office.done("put", case, "profile", "-", input="{}")
    (path,) = (office.book / "cases" / case).glob("*profile*.age")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    return office


def damaged_case(office: Office) -> str:
    # Beside the cases stands a lock.
    folders = (path for path in (office.book / "cases").iterdir() if path.is_dir())
    return next(path.name for path in folders if path.name != office.case)


def test_without_a_name_the_reports_are_listed(office: Office, tmp_path: Path) -> None:
    lines = office.done("report").splitlines()
    assert any(line.startswith("caseload\tCaseload\t") for line in lines)
    found = {one["report"] for one in office.data("report")}
    assert {"caseload", "national"} <= found
    assert json.loads(office.done("report", "--format", "json"))["data"] == office.data("report")
    for words in (Q1, ("--publish",), ("--format", "csv")):
        ran = office.run("report", *words)
        assert (ran.code, "name is missing" in ran.stderr) == (2, True)
    # Of the shipped edition, where there is no casebook.
    assert office.run("report", cwd=tmp_path).code == 0


def test_the_stock_and_the_flow_of_a_case(office: Office) -> None:
    first, second = told(office, "caseload", *Q1), told(office, "caseload", *Q2)
    flow = ("open_start", "new", "reopened", "closed", "open_end")
    assert [first[name] for name in flow] == [0, 1, 0, 0, 1]
    assert [second[name] for name in flow] == [1, 0, 0, 0, 1]
    assert (first["internal"], first["not_open"], first["unread"]) == (True, 0, 0)
    days = told(office, "caseload", "--from", "2026-01-05", "--to", "2026-01-05")
    assert (days["new"], days["period"]) == (1, {"from": "2026-01-05", "to": "2026-01-05"})


def test_every_format_is_internal_and_says_the_same(office: Office) -> None:
    def shown(form: str) -> str:
        return office.done(*CASELOAD, *TODAY, "--by", "sex", "--format", form)

    table = shown("table").splitlines()
    assert table[0].startswith("INTERNAL")
    assert "Total\t0\t1\t0\t0\t1" in table
    raw = shown("csv")
    assert raw.startswith("\ufeffstatus,")
    rows = list(csv.DictReader(io.StringIO(raw.removeprefix("\ufeff"), newline="")))
    assert {row["status"] for row in rows} == {"INTERNAL"}
    assert rows[-1]["sex"] == "total"
    assert rows[-1]["open_end"] == "1"
    last = json.loads(shown("ndjson").splitlines()[-1])
    assert [row["as_of"] for row in (rows[0], last)] == ["2026-11-01"] * 2
    assert json.loads(shown("json"))["data"]["as_of"] == "2026-11-01"
    for form in ("table", "md", "html"):
        assert f"{OFFICE} – Counted as of 2026-11-01" in shown(form)
    assert (last["status"], last["sex"], last["new"]) == ("INTERNAL", "total", 1)
    assert json.loads(shown("json")) == json.loads(
        office.done(*CASELOAD, *TODAY, "--by", "sex", "--json")
    )
    assert "| **Total** | 0 | 1 | 0 | 0 | 1 |" in shown("md")
    assert "INTERNAL" in shown("html")


def test_totals_alone_and_filters(office: Office) -> None:
    assert told(office, "closures", *Q1, "--by", "none")["by"] == []
    office.put("profile", "sex: female\n")
    found = told(office, "caseload", *Q1, "--where", "sex=female")
    assert (found["new"], found["where"]) == (1, {"sex": ["female"]})
    assert told(office, "caseload", *Q1, "--where", "sex=male")["new"] == 0
    assert "Only: Sex: Female" in office.done(*CASELOAD, *TODAY, "--where", "sex=female")


def test_the_language_is_chosen(office: Office) -> None:
    assert "ផ្ទៃក្នុង" in office.done(*CASELOAD, *TODAY, env={"TIPCASE_LANG": "km"})
    both = office.done(*CASELOAD, *TODAY, "--lang", "both", "--format", "md")
    assert "ផ្ទៃក្នុង" in both
    assert "INTERNAL" in both
    # A page is printed as the forms are: in both, unless somebody asks for one.
    assert "ផ្ទៃក្នុង" in office.done(*CASELOAD, *TODAY, "--format", "html")
    english = office.done(*CASELOAD, *TODAY, "--format", "html", env={"TIPCASE_LANG": "en"})
    assert "ផ្ទៃក្នុង" not in english


def test_a_file_is_written_whole_and_never_over_another(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "r.csv"
    before = office.snapshot()
    assert office.done(*CASELOAD, *TODAY, "--out", file) == f"{file}\n"
    assert file.read_bytes().startswith(b"\xef\xbb\xbfstatus,")
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("mine", "utf-8")
    ran = office.run(*CASELOAD, *TODAY, "--out", file)
    assert (ran.code, ran.stdout, file.read_text("utf-8")) == (5, "", "mine")
    with monkeypatch.context() as late:
        # Nor over one that came while the cases were read.
        late.setattr(NewFile, "check", lambda *_, **__: None)
        ran = office.run(*CASELOAD, *TODAY, "--out", file)
        assert (ran.code, ran.stdout, file.read_text("utf-8")) == (5, "", "mine")
    answer = office.data(*CASELOAD, *TODAY, "--out", file, "--force", "--format", "json")
    assert answer == {"file": str(file), "format": "json"}
    assert json.loads(file.read_text("utf-8"))["data"]["new"] == 1
    assert office.snapshot() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["r.csv"]


REFUSED: list[tuple[tuple[str, ...], int, str]] = [
    ((), 2, "--period"),
    (("--from", "2026-01-01"), 2, "--to"),
    (("--from", "2026-02-01", "--to", "2026-01-01"), 2, "ends before it begins"),
    (("--period", "2026-13"), 2, "no period"),
    ((*Q1, "--by", "shoe_size"), 2, "no such dimension"),
    ((*Q1, "--where", "sex"), 2, "--where"),
    ((*Q1, "--where", "sex=tall"), 2, "no such value"),
    ((*Q1, "--format", "xls"), 2, "no such format"),
    ((*Q1, "--lang", "th"), 2, "no such language"),
    ((*Q1, "--json", "--format", "csv"), 2, "both JSON and csv"),
    ((*Q1, "--out", "r.xls"), 2, "which format"),
    ((*Q1, "--out", "r.csv", "--format", "table"), 2, "screen"),
    ((*Q1, "--out", "cases/r.csv"), 2, "inside the casebook"),
    ((*Q1, "--out", "../nowhere/r.csv"), 4, "folder"),
    ((*Q1, "--processes", "0"), 2, "--processes"),
    ((*Q1, "--k", "11"), 2, "--k is about publishing"),
    ((*Q1, "--dry-run"), 2, "--dry-run is about publishing"),
    ((*Q1, "--publish", "--k", "0"), 2, "k of 0"),
    ((*Q1, "--publish", "--k", "10"), 2, "below the casebook's threshold of 11"),
    ((*Q1, "--publish", "--mark", "*"), 2, "--mark takes x or k"),
    ((*Q1, "--publish", "--round", "1"), 2, "rounded"),
    ((*Q1, "--publish", "--round", "10"), 2, "for example --round 11"),
    ((*Q1, "--publish", "--network", "--round", "4"), 2, "for example --round 5"),
]


def test_what_does_not_fit_is_a_sentence(office: Office) -> None:
    for words, code, said in REFUSED:
        ran = office.run("report", "caseload", *words, *TODAY)
        assert (ran.code, ran.stdout if "--json" not in words else "") == (code, ""), words
        assert said in ran.stderr, words
        assert "hint:" in ran.stderr, words
        assert "Traceback" not in ran.stderr, words


def test_no_such_report_and_one_for_the_office_alone(office: Office) -> None:
    assert office.run("report", "caselod", *Q1).code == 4
    ran = office.run("report", "workload", *Q1, *TODAY, "--publish")
    assert (ran.code, "for the office alone" in ran.stderr) == (2, True)
    failed = json.loads(office.run("report", "caseload", "--format", "json").stdout)
    assert (failed["ok"], failed["errors"][0]["code"]) == (False, 2)


def test_a_damaged_case_is_named_and_the_rest_counted(damaged: Office) -> None:
    ran = damaged.run(*CASELOAD, *TODAY, "--json")
    answer = json.loads(ran.stdout)
    assert (ran.code, answer["ok"]) == (7, False)
    assert (answer["data"]["new"], answer["data"]["unread"]) == (1, 1)
    case = damaged_case(damaged)
    assert [case in error["message"] for error in answer["errors"]] == [True]
    assert case in ran.stderr
    assert "1 case(s) that could not be read" in damaged.run(*CASELOAD, *TODAY).stdout


def test_an_error_says_of_which_case_it_is() -> None:
    named = batch.of_case("K7Q2-M9TX", DamagedError("a record is damaged", "repair it"))
    assert (named.sentence, named.hint) == ("K7Q2-M9TX: a record is damaged", "repair it")
    assert named.exit_code == 7
    assert batch.of_case("K7Q2-M9TX", named) is named


def test_an_incomplete_report_is_published_only_when_asked(damaged: Office) -> None:
    before = damaged.snapshot()
    ran = damaged.run(*CASELOAD, *TODAY, "--publish")
    assert (ran.code, ran.stdout) == (7, "")
    assert "nothing was published" in ran.stderr
    assert "--incomplete" in ran.stderr
    assert damaged.snapshot() == before
    ran = damaged.run(*CASELOAD, *TODAY, "--publish", "--incomplete")
    assert (ran.code, "INCOMPLETE" in ran.stdout.splitlines()[0]) == (7, True)


def test_cases_that_are_not_open_are_counted_and_said(
    office: Office, second_person: Callable[..., Path]
) -> None:
    home = {"TIPCASE_HOME": str(second_person())}
    ran = office.run(*CASELOAD, *TODAY, env=home)
    assert (ran.code, "1 case(s) are not open to you" in ran.stderr) == (0, True)
    assert "Not counted: 1 case(s) that are not open" in ran.stdout
    found = office.data(*CASELOAD, *TODAY, env=home)
    assert (found["new"], found["not_open"]) == (0, 1)
    assert office.run(*CASELOAD, *TODAY, "--publish", env=home).code == 6
    office.done("grant", "provider", "cw2", "--restricted")
    ran = office.run(*CASELOAD, *TODAY, "--publish", env=home)
    assert (ran.code, ran.stdout) == (3, "")
    assert "nothing was published: 1 case(s) would be missing" in ran.stderr
    assert records(office) == []


def test_what_is_published_is_marked_protected_and_remembered(office: Office) -> None:
    ran = office.run(*CASELOAD, *TODAY, "--publish")
    assert ran.code == 0, ran
    lines = ran.stdout.splitlines()
    assert lines[0] == "Published"
    assert lines[2] == f"{OFFICE} – Counted as of 2026-11-01"
    # The one case was never asked: it stands beside the table, hidden like every small number.
    assert "Everybody\t0\tx\t0\t0\tx" in lines
    assert "Not in this table: never asked\t0\tx\t0\t0\tx" in lines
    assert "INTERNAL" not in ran.stdout
    assert len(records(office)) == 1
    # The same once more, for another format: it gives nothing away, and reads alike.
    again = office.run(*CASELOAD, *TODAY, "--publish")
    assert again == ran
    # What is open at the end of one quarter is open at the start of the next: a mark that says
    # which of the two is small would tell it of the x that is out.
    network = ("caseload", *Q2, "--publish", "--network")
    ran = office.run("report", *network, *TODAY, "--mark", "k")
    assert (ran.code, ran.stdout) == (3, "")
    assert "people could be counted out of this table" in ran.stderr
    assert "hint: leave out --mark k" in ran.stderr
    found = told(office, *network)
    assert (found["internal"], found["k"], found["marks"]) == (False, 5, ["x"])
    assert found["beside"]["everybody"]["open_end"] == "x"
    assert len(records(office)) == 2
    assert office.run("verify").code == 0


def test_a_dry_run_shows_and_remembers_nothing(office: Office) -> None:
    before = office.snapshot()
    ran = office.run(*CASELOAD, *TODAY, "--publish", "--dry-run")
    # Of five measures in a total and four beside it: those of the one case, and of everybody.
    assert (ran.code, ran.stdout) == (0, "")
    assert "it can be published: 4 of 25 numbers would be hidden" in ran.stderr
    found = told(office, "caseload", *Q1, "--publish", "--dry-run")
    assert found == {"hidden": 4, "numbers": 25}
    rounded = office.run(*CASELOAD, *TODAY, "--publish", "--dry-run", "--round", "11")
    assert "it can be published: 25 numbers would be rounded, none hidden" in rounded.stderr
    closures = ("closures", *Q1, "--publish", "--dry-run", "--round", "11")
    rounded = office.run("report", *closures, *TODAY)
    assert "medians hidden" in rounded.stderr, rounded
    assert office.snapshot() == before


def test_a_rounded_report_says_of_its_medians_that_they_are_hidden(office: Office) -> None:
    found = told(office, "closures", *Q1, "--publish", "--round", "11")
    assert (found["marks"], found["rounding"], found["days_open"]) == (["x"], 11, "x")
    assert {row["days_open"] for row in found["rows"]} == {"x"}
    text = office.done("report", "closures", *Q1, *TODAY, "--publish", "--round", "11")
    assert "x: hidden. Medians are hidden; every other number is rounded" in text
    assert "none is hidden" not in text
    plain = told(office, *CASELOAD[1:], "--publish", "--round", "11")
    assert plain["marks"] == []


def test_what_protecting_cost_is_said_to_whoever_publishes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = publishing.protected

    audiences = []

    def costly(*found: Any) -> Any:
        audiences.append(found[3])
        return [replace(one, audit=Audit(1, 2, 9, known=3)) for one in plain(*found)]

    monkeypatch.setattr(publishing, "protected", costly)
    monkeypatch.setattr(publishing.Protection, "tells_nothing", True)
    ran = office.run(*CASELOAD, *TODAY, "--publish", "--dry-run")
    assert "warning: earlier publications have already given away 3 of the numbers" in ran.stderr
    assert "warning: every number of the breakdown is hidden: Caseload" in ran.stderr
    assert "--by none, or --network" in ran.stderr
    ran = office.run(*CASELOAD, *TODAY, "--publish", "--network")
    assert ran.code == 0
    assert "--by none\n" in ran.stderr
    assert "given away" not in ran.stdout
    assert "every number of the breakdown is hidden." in ran.stdout
    assert audiences == ["outside", "network"]


def test_nothing_is_shown_that_is_not_checked_and_remembered(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, before = tmp_path / "r.html", office.snapshot()
    words = (*CASELOAD, *TODAY, "--publish")

    def full(*_: Any, **__: Any) -> str:
        raise MachineError("no space left", "free some")

    with monkeypatch.context() as broken:
        broken.setattr(publications, "remember", full)
        for more in ((), ("--out", file)):
            ran = office.run(*words, *more)
            assert (ran.code, ran.stdout, file.exists()) == (10, "", False)

    def never(*_: Any) -> Any:
        raise NotProtectableError("it cannot be protected", "leave out the dimension sex")

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "protected", never)
        ran = office.run(*words, "--out", file)
        assert (ran.code, ran.stdout, file.exists()) == (3, "", False)
        assert "leave out the dimension sex" in ran.stderr
    assert office.snapshot() == before
