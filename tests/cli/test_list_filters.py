"""What ``list`` and ``readiness --all`` choose, and the ids that other commands are given."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Office

AS_OF = ("--as-of", "2026-11-21")


def new(office: Office) -> str:
    return office.done("new", "--opened", "2026-02-05").strip()


def planned(office: Office, case: str, day: str) -> None:
    """A visit with the next one agreed for a day."""
    record = {"happened_on": "2026-05-20", "reached": "met", "next_visit_on": day}
    office.done("put", case, "follow-up", "-", input=json.dumps(record))


def close(monkeypatch: pytest.MonkeyPatch, *closed: str) -> None:
    from tipcase.casebook.state import State
    from tipcase.journal.casefold import CaseFold

    monkeypatch.setattr(State, "get", lambda state, case: None)  # nothing is remembered
    monkeypatch.setattr(CaseFold, "open", property(lambda fold: fold.case not in closed))


def listed(office: Office, *words: str) -> list[str]:
    found = office.done("list", *words, *AS_OF, "--ids").split()
    assert [row["case"] for row in office.data("list", *words, *AS_OF)] == found
    rows = office.done("list", *words, *AS_OF).splitlines()
    assert [row.split("\t")[0] for row in rows] == found
    return found


def judged(office: Office, *words: str) -> list[str]:
    found = office.done("readiness", "--all", *words, *AS_OF, "--ids").split()
    assert [row["case"] for row in office.data("readiness", "--all", *words, *AS_OF)] == found
    return sorted(found)


def test_by_stage_and_team(office: Office, second_person: Callable[..., Path]) -> None:
    second_person()
    shared = new(office)
    office.done("grant", shared, "cw2")
    both = sorted((office.case, shared))
    for found in (listed, judged):
        assert found(office, "--stage", "identification") == both
        assert found(office, "--stage", "follow-up") == []
        assert found(office, "--team", "cw2") == [shared]
        assert found(office, "--team", "cw1") == both
        assert found(office, "--team", "cw1", "--stage", "follow-up") == []


def test_by_state(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = new(office)
    close(monkeypatch, closed)
    assert listed(office, "--state", "open") == [office.case]
    assert listed(office, "--state", "closed") == [closed]
    assert judged(office) == judged(office, "--state", "open") == [office.case]
    assert judged(office, "--state", "closed") == [closed]


def test_by_what_is_late(office: Office) -> None:
    late, today = new(office), new(office)
    planned(office, late, "2026-08-20")
    planned(office, today, "2026-11-21")
    assert late in listed(office, "--overdue") and late in judged(office, "--overdue")
    wanted = {
        row["case"]
        for row in office.data("due", *AS_OF)
        if row["state"] == "late" and row["case"] != "provider"
    }
    assert set(listed(office, "--overdue")) == set(judged(office, "--overdue")) == wanted
    assert today not in wanted and listed(office, "--overdue", "--stage", "follow-up") == []


def test_what_is_late_needs_a_key(office: Office, second_person: Callable[..., Path]) -> None:
    nobody = {"env": {"TIPCASE_HOME": str(office.home.parent / "nobody")}}
    assert office.done("list", "--ids", **nobody).split() == [office.case]
    ran = office.run("list", "--overdue", **nobody)
    assert ran.code == 6 and "tipcase keygen" in ran.stderr and ran.stdout == ""
    theirs = {"env": {"TIPCASE_HOME": str(second_person())}}
    ran = office.run("list", "--overdue", **theirs)
    assert (ran.code, ran.stdout) == (0, "") and "1 case(s) are not open to you" in ran.stderr


def test_what_cannot_be_read_is_said_and_the_rest_listed(office: Office) -> None:
    late = new(office)
    planned(office, late, "2026-08-20")
    note = {"happened_on": "2026-03-01", "text": "x"}
    office.put("note", json.dumps(note))
    path = next((office.book / "cases" / office.case).glob("note-*"))
    path.write_bytes(path.read_bytes()[:-1])
    ran = office.run("list", "--overdue", "--ids", *AS_OF)
    assert ran.code == 7 and late in ran.stdout.split() and office.case in ran.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--stage", "canary"), 4, "one of: identification"),
        (("--state", "canary"), 2, "open, closed"),
        (("--team", "canary"), 4, "tipcase staff list"),
    ],
    ids=["stage", "state", "team"],
)
def test_what_no_case_can_be_is_refused(
    office: Office, words: tuple[str, ...], code: int, said: str
) -> None:
    for command in (("list",), ("readiness", "--all")):
        ran = office.run(*command, *words)
        assert ran.code == code and said in ran.stderr and "canary" not in ran.stderr


@pytest.mark.parametrize(
    "words", [("--stage", "identification"), ("--team", "cw1"), ("--overdue",), ("--ids",)]
)
def test_one_case_is_not_chosen_from(office: Office, words: tuple[str, ...]) -> None:
    ran = office.run("readiness", office.case, *words)
    assert ran.code == 2 and "tipcase readiness --all" in ran.stderr


def test_ids_go_into_other_commands(office: Office) -> None:
    other = new(office)
    ids = office.done("list", "--stage", "identification", "--ids")
    assert ids == "".join(f"{case}\n" for case in sorted((office.case, other)))
    for line in ids.splitlines():
        assert office.run("status", line).code == 0
