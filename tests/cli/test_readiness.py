"""``readiness`` from the command line: one case in short and in whole, and the list of all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office, example
from tipcase.casebook import whole
from tipcase.casebook.case import Case

AS_OF = ("--as-of", "2026-11-21")
MET = {"reached": "met", "who_was_met": ["survivor"]}


def evidence(seen: str, **more: Any) -> dict[str, Any]:
    found = {"seen": seen, "basis": "canary-basis", "heard": ["survivor", "family"], **more}
    return dict.fromkeys("abcd", found)


def put(office: Office, case: str, kind: str, **data: Any) -> str:
    tag = office.done("put", case, kind, "-", input=json.dumps(data)).strip()
    return f"{kind}/{tag}"


def visited(office: Office, case: str, day: str, seen: str = "yes", **more: Any) -> str:
    return put(office, case, "follow-up", happened_on=day, **MET, criteria=evidence(seen), **more)


def incident(office: Office, case: str, kind: str = "disappearance") -> str:
    return put(
        office, case, "incident", happened_on="2026-10-01", incident_kind=kind, immediate_safety="x"
    )


def new(office: Office, opened: str = "2026-01-05") -> str:
    return office.done("new", "--opened", opened).strip()


def listed(office: Office, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = office.data("readiness", "--all", *AS_OF, **more)
    return found


# ---- one case


def test_each_criterion_has_its_timeline_and_what_to_do(office: Office) -> None:
    visited(office, office.case, "2026-06-05", "partly")
    visited(office, office.case, "2026-08-05", "no")
    first = visited(office, office.case, "2026-09-05")
    visited(office, office.case, "2026", "partly")
    told = office.done("readiness", office.case, *AS_OF)
    assert f"{office.case}: gaps" in told
    assert "  as of 2026-11-21, asked for the outcome successful" in told
    assert "the survivor was last heard: 2026-09-05" in told
    assert told.count("2026 ◐  2026-06 ◐  2026-08 ○  2026-09 ●") == 4
    assert told.count("● seen  ◐ partly  ○ not so") == 1
    assert "unmet  857/7.10.2" in told and "canary" not in told
    # Doubt about the year goes against closing; without it the last visit counts.
    assert "not-met  062/III.closure.a" in told and first in office.done("show", office.case)
    assert "thresholds: visits_in_row 2 (ours)" in told
    office.done("settings", "readiness.visits_in_row=1")
    assert "visits_in_row 1 (the casebook's own)" in office.done("readiness", office.case)
    data = office.data("readiness", office.case)
    assert data["threshold_sources"]["visits_in_row"] == "casebook"
    assert data["threshold_sources"]["months_spanned"] == "ours"


def test_what_to_do_next_names_a_day(office: Office) -> None:
    name = visited(office, office.case, "2026-09-05")
    told = office.done("readiness", office.case, *AS_OF)
    assert f"rests on {name}" in told
    assert "next: see the survivor again on 2026-12-05 or later" in told
    (one,) = {tuple(c["next"]) for c in office.data("readiness", office.case, *AS_OF)["criteria"]}
    assert one == ("see the survivor again on 2026-12-05 or later",)
    khmer = {"env": {"TIPCASE_LANG": "km"}}
    data = office.data("readiness", office.case, *AS_OF, **khmer)
    assert "2026-12-05" in data["criteria"][0]["next"][0]
    assert "see the survivor" not in json.dumps(data)


def test_explain_is_the_whole_argument(office: Office) -> None:
    score = {"tool": "A scale", "domain": "income", "value": 3, "scale_top": 4, "criterion": "b"}
    old = visited(office, office.case, "2026-06-05", "no")
    name = visited(office, office.case, "2026-09-05", scores=[{**score, "score_source": "a sheet"}])
    open_ = incident(office, office.case, "crisis")
    short = office.done("readiness", office.case, *AS_OF)
    whole = office.done("readiness", office.case, "--explain", *AS_OF)
    data = office.data("readiness", office.case, *AS_OF)
    for duty in data["duties"]:
        assert duty["message"] in whole
        assert (f"{duty['state']}  {duty['provision']}" in short) == (
            duty["state"] in ("unmet", "advises")
        ) or not duty["provision"]
    assert whole.index("the duties of closing") < whole.index("the file itself")
    assert f"○ 2026-06-05  No  heard: Family, The survivor  {old}  came before" in whole
    assert f"● 2026-09-05  Yes  heard: Family, The survivor  {name}  counts" in whole
    assert f"score, not weighed: 2026-09-05  Income  3 of 4  {name}" in whole
    assert f"still open: 2026-10-01  Incident that has not ended  {open_}" in whole
    assert "concern: 2026-10-01  An incident has not ended" in short
    assert "threshold months_spanned: 3 (ours)  Months between" in whole
    # What somebody wrote stays in the record, which is named.
    assert "score" not in short and "canary" not in whole and "A scale" not in whole


def test_the_visits_agreed_are_counted(office: Office) -> None:
    plan = {"number": 3, "agreed_on": "2026-05-01", "survivor_agrees": "yes"}
    days = [{"visit_on": day} for day in ("2026-06-05", "2026-09-05", "2026-12-05")]
    put(
        office, office.case, "reintegration", happened_on="2026-05-01",
        visits_agreed={**plan, "visits": days},
    )  # fmt: skip
    visited(office, office.case, "2026-06-05")
    told = office.done("readiness", office.case, *AS_OF)
    assert "visits: 3 agreed, 1 made, 2 left, 1 late" in told
    data = office.data("readiness", office.case, *AS_OF)
    assert [visit["state"] for visit in data["open"]["visits"]] == ["late", "planned"]
    assert (data["visits"]["made"], data["visits"]["left"]) == (1, 2)
    whole = office.done("readiness", office.case, "--explain", *AS_OF)
    for line in ("done  2026-06-05", "late  2026-09-05", "planned  2026-12-05"):
        assert f"      {line}" in whole


# ---- all of them


def test_safety_first_then_the_longest_silence_and_never_the_answer(office: Office) -> None:
    quiet, lost, never, fresh = office.case, new(office), new(office, "2025-12-01"), new(office)
    visited(office, quiet, "2026-03-05")
    visited(office, fresh, "2026-06-05")
    visited(office, fresh, "2026-11-05")
    visited(office, lost, "2026-11-15")
    incident(office, lost)
    young = new(office, "2026-11-18")
    worse = new(office)
    visited(office, worse, "2026-11-16")
    incident(office, worse)
    incident(office, worse, "crisis")
    wanted = [worse, lost, never, quiet, fresh, young]
    assert [one["case"] for one in listed(office)] == wanted
    # The easiest to close stays the last, whatever its answer.
    office.done("settings", "readiness.visits_in_row=1")
    assert [one["case"] for one in listed(office)] == wanted
    rows = [row.split("\t") for row in office.done("readiness", "--all", *AS_OF).splitlines()]
    assert [row[0] for row in rows] == wanted
    assert rows[0][1:] == [
        "The person disappeared and has not been found; An incident has not ended",
        "2026-11-16",
        "gaps",
    ]
    assert rows[4][1:] == ["", "2026-11-05", "gaps"]
    assert rows[5][1:] == ["", "never", "gaps"]


def test_closed_cases_are_left_out(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from tipcase.journal.casefold import CaseFold

    monkeypatch.setattr(CaseFold, "open", property(lambda fold: False))
    ran = office.run("readiness", "--all", "--json")
    assert (json.loads(ran.stdout)["data"], ran.code) == ([], 0)
    assert "no case is open" in ran.stderr


def test_each_is_the_single_answer(office: Office) -> None:
    visited(office, office.case, "2026-03-05")
    other = new(office)
    singles = [office.data("readiness", case, *AS_OF) for case in (other, office.case)]
    assert sorted(listed(office), key=str) == sorted(singles, key=str)


def test_cases_that_are_not_open_to_the_person_are_counted(
    office: Office, second_person: Callable[..., Path]
) -> None:
    home = second_person()
    ran = office.run("readiness", "--all", "--json", env={"TIPCASE_HOME": str(home)})
    assert (ran.code, json.loads(ran.stdout)["data"]) == (0, [])
    assert "1 case(s) are not open to you" in ran.stderr and office.case not in ran.stdout


def test_a_damaged_case_is_said_and_the_rest_goes_on(office: Office) -> None:
    other = new(office)
    journal = next((office.book / "cases" / other / "journal").iterdir())
    journal.write_bytes(journal.read_bytes().replace(b"new", b"now", 1))
    ran = office.run("readiness", "--all", *AS_OF, "--json")
    assert ran.code == 7 and other in ran.stderr
    assert [one["case"] for one in json.loads(ran.stdout)["data"]] == [office.case]


def test_what_is_written_to_a_case_while_it_is_read_counts(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = whole._contents
    wrote: list[str] = []

    def meanwhile(read: Case) -> tuple[list[str], dict[str, bytes]]:
        if not wrote:
            wrote.append(read.id)
            incident(office, office.case)
        return contents(read)

    monkeypatch.setattr(whole, "_contents", meanwhile)
    ran = office.run("readiness", "--all", *AS_OF, "--json")
    assert (wrote, ran.code) == ([office.case], 0), ran.stderr
    assert json.loads(ran.stdout)["data"] == [office.data("readiness", office.case, *AS_OF)]


def test_a_record_that_cannot_be_read_is_said_and_its_case_judged(office: Office) -> None:
    put(office, office.case, "note", happened_on="2026-03-01", text="x")
    note = next((office.book / "cases" / office.case).glob("note-*"))
    note.write_bytes(note.read_bytes()[:-1])
    ran = office.run("readiness", "--all", *AS_OF, "--json")
    assert ran.code == 7
    assert [one["case"] for one in json.loads(ran.stdout)["data"]] == [office.case]


@pytest.mark.parametrize(
    "words", [(), ("CASE", "--all"), ("--all", "--explain")], ids=["none", "both", "explain"]
)
def test_one_case_or_all_of_them(office: Office, words: tuple[str, ...]) -> None:
    ran = office.run("readiness", *(office.case if word == "CASE" else word for word in words))
    assert ran.code == 2
    assert "tipcase readiness CASE" in ran.stderr and "tipcase readiness --all" in ran.stderr


def test_no_restricted_record_is_named_in_the_list(office: Office) -> None:
    from datetime import date

    from tipcase.cli import standing_of_all
    from tipcase.law import Disputed, Dossier, Record, load
    from tipcase.law.readiness import readiness
    from tipcase.resources import path

    edition = load(path("schemas") / "kh-2009")
    torn = (Disputed("source", (("cw1", "t"),)),)
    records = (
        Record("health", "aaaaaaaa", {}, disputed=torn),
        Record("profile", None, {}, disputed=torn),
    )
    dossier = Dossier("K7Q2-M9TX", "2026-01-05", "closure", records=records)
    answer = readiness(edition, dossier, date(2026, 11, 21))
    assert "health" in json.dumps(answer.as_json()["conflicts"])
    told = standing_of_all._data(edition, answer, "en")
    assert told["conflicts"] == [
        {"record": None, "field": None}, {"record": "profile", "field": "source"}
    ]  # fmt: skip
    # What a list says of a case is the same whether or not its reader opens restricted records.
    text = json.dumps(example(office, "health"))
    before = listed(office)
    office.put("health", text)
    assert listed(office) == before
