"""Closing: what refuses writes nothing, what closes writes one entry that nobody can read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tests.cli.endings import DAY, closable, content, ops, records_of, visits_ahead
from tests.cli.test_resolve import Apart

AS_OF = ("--as-of", DAY)


@pytest.mark.parametrize(
    ("words", "typed", "code"),
    [
        (("--outcome", "successful"), "", 3),
        (("--outcome", "unsuccessful", "--reason", "canary"), "", 3),
        (("--outcome", "transferred", "--hand-over", "canary"), "", 3),
        (("--outcome", "finished"), "", 4),
        ((), "", 8),
        (("--outcome", "died", "--reason", "-", "--end", "-"), "canary", 2),
        (("--outcome", "died", "--reason", "-"), " \n", 2),
        (("--outcome", "died", "--on", "soon"), "", 2),
        (("--outcome", "died", "--on", "9999-01-01"), "", 2),
        (("--outcome", "died", "--dry-run"), "", 0),
        (("--outcome", "died", "--out", "cases"), "", 2),
        (("--outcome", "died", "--out", "../paper", "--lang", "fr"), "", 2),
        (("--withdraw", "canary"), "", 4),
    ],
)
@pytest.mark.sampled(4)
def test_what_closes_nothing_writes_nothing(
    office: Office, words: tuple[str, ...], typed: str, code: int
) -> None:
    before = office.snapshot()
    ran = office.run("close", office.case, *words, *AS_OF, input=typed)
    assert ran.code == code, ran
    assert "canary" not in ran.stdout + ran.stderr
    assert office.snapshot() == before


def test_the_provider_has_no_closing(office: Office) -> None:
    before = office.snapshot()
    assert office.run("close", "provider", "--outcome", "successful").code in (2, 4)
    assert office.snapshot() == before


def test_a_closing_that_one_record_refuses_leaves_everything_as_it_was(office: Office) -> None:
    """One answer less: neither the files nor the journals show that it was tried."""
    name = closable(office)
    for field in ("survivor_consulted_on", "prepared.setbacks", "criteria_proof.b.proof"):
        whole = content(office, name)
        office.done("set", office.case, name, "--clear", field)
        before = office.snapshot()
        ran = office.run("close", office.case, "--reason", "canary", *AS_OF)
        assert ran.code == 3 and field.partition(".")[0] in ran.stderr
        assert office.snapshot() == before
        office.done("put", office.case, name, "-", input=json.dumps(whole))
    office.done("close", office.case, *AS_OF)
    assert ops(office)[-1] == "close"


def test_the_findings_are_the_answer_for_scripts(office: Office) -> None:
    ran = office.run("close", office.case, "--outcome", "successful", *AS_OF, "--json")
    told = json.loads(ran.stdout)
    assert (ran.code, told["ok"]) == (3, False)
    assert told["data"] == {
        "case": office.case, "state": "open", "outcome": "successful", "closed": False,
    }  # fmt: skip
    blocks = {one["provision"] for one in told["findings"] if one["severity"] == "blocks"}
    assert blocks >= {f"062/III.closure.{one}" for one in "abcd"} | {"857/7.10.2", "857/7.10.4"}
    assert {one["severity"] for one in told["findings"]} == {"blocks", "advises"}
    # What stands in the way comes first.
    order = [one["severity"] for one in told["findings"]]
    assert order == sorted(order, reverse=True)


def test_one_entry_with_the_record_and_its_decision(office: Office) -> None:
    name = closable(office)
    before, files = ops(office), office.snapshot()
    assert "nothing was written" in office.run("close", office.case, "--dry-run", *AS_OF).stderr
    assert office.snapshot() == files
    told = office.data("close", office.case, "--reason", "canary-why", "--on", "2026-06-18", *AS_OF)
    assert ops(office) == [*before, "close"]
    assert told["state"] == "closed" and told["closed"] is True
    assert told["closure"] == name == records_of(office, "closure")[0]
    decision = content(office, told["decision"])
    assert decision == {
        "happened_on": "2026-06-18",
        "kind": "close",
        "reason": "canary-why",
        "written_by": "cw1",
        "closure_record": name,
    }
    assert content(office, name)["proposed_by"] == "cw1"
    assert content(office, name)["happened_on"] == "2026-06-15"


def test_a_closed_case_stands_at_no_gate(office: Office) -> None:
    """Its closing is complete, and nothing is asked that nobody could do any more."""
    assert office.run("check", office.case, *AS_OF).code == 3
    office.done("close", office.case, "--outcome", "died", "--on", DAY, *AS_OF)
    told = office.data("status", office.case, *AS_OF)
    assert (told["state"], told["stages"]["closure"], told["blocks"]) == ("closed", "complete", 0)
    assert office.run("check", office.case, *AS_OF).code == 0
    office.done("reopen", office.case, "--cause", "closed-by-mistake", "--reason", "x", *AS_OF)
    assert office.data("status", office.case, *AS_OF)["stages"]["closure"] == "open"
    assert office.run("check", office.case, *AS_OF).code == 3


def test_a_closing_needs_no_record_before(office: Office) -> None:
    told = office.data("close", office.case, "--outcome", "died", "--on", "2026-06-18", *AS_OF)
    assert records_of(office, "closure") == [told["closure"]]
    assert content(office, told["closure"]) == {
        "outcome": "died",
        "happened_on": "2026-06-18",
        "written_by": "cw1",
        "proposed_by": "cw1",
    }


def test_an_honest_unknown_is_no_outcome(office: Office) -> None:
    name = "closure/" + office.put(
        "closure", "{happened_on: 2026-06-15, outcome: {unknown: not-known}}"
    )
    assert office.run("close", office.case, *AS_OF).code == 8
    assert office.data("close", office.case, "--outcome", "died", *AS_OF)["closure"] == name
    assert content(office, name)["outcome"] == "died"


def test_nothing_of_it_can_be_read_in_any_file(office: Office) -> None:
    """Neither the outcome nor a reason, a name, an overridden rule or what was left open."""
    visits_ahead(office)
    name = closable(office, survivor_agrees_to_close="no")
    words = ("--reason", "canary-why", "--hand-over", "canary-whom", "--override", "canary-over")
    ran = office.run("close", office.case, *words, *AS_OF)
    assert ran.code == 0 and "canary" not in ran.stdout + ran.stderr
    left = content(office, name)["left_open"]
    assert [one["to"] for one in left] == ["canary-whom"] * 2
    secret = (b"canary", b"successful", b"disagrees", b"visit-planned", b"handed-over", b"7.10")
    for path in (p for p in office.book.rglob("*") if p.is_file()):
        for word in secret:
            assert word not in path.read_bytes(), path.name
    journal = (office.book / "cases" / office.case / "journal" / "cw1.journal").read_text("utf-8")
    (line,) = [line for line in journal.splitlines() if '"close"' in line]
    assert '"confirm":false' in line.replace(" ", "")


def test_what_is_left_open_is_settled_one_by_one_or_all_at_once(office: Office) -> None:
    visits_ahead(office)
    name = closable(office)
    due = office.data("due", office.case, "--within", "365d", *AS_OF)
    first, second = [row["key"] for row in due]
    ran = office.run("close", office.case, *AS_OF)
    assert ran.code == 3 and first in ran.stderr and second in ran.stderr
    # Named, but without a word on how: that settles nothing.
    office.done("set", office.case, name, f"left_open=[{{what: {first}, note: canary}}]")
    assert first in office.run("close", office.case, *AS_OF).stderr
    own = f"left_open=[{{what: {first}, how: done, note: canary}}]"
    office.done("set", office.case, name, own)
    ran = office.run("close", office.case, *AS_OF)
    assert ran.code == 3 and first not in ran.stderr and second in ran.stderr
    office.done("close", office.case, "--end", "canary-end", *AS_OF)
    left = [(one["what"], one["how"], one["note"]) for one in content(office, name)["left_open"]]
    # On paper a key says little: the note names the thing.
    ended = "A visit as agreed 2026-10-13: canary-end"
    assert left == [(first, "done", "canary"), (second, "ended", ended)]
    assert office.data("due", office.case, "--within", "365d", *AS_OF) == []


def test_what_was_overridden_is_named_in_the_decision_alone(office: Office) -> None:
    ran = office.run("close", office.case, "--outcome", "unsuccessful", *AS_OF, "--json")
    blocks = [one for one in json.loads(ran.stdout)["findings"] if one["severity"] == "blocks"]
    told = office.data(
        "close", office.case, "--outcome", "unsuccessful", "--override", "canary", *AS_OF
    )
    gates = content(office, told["decision"])["gates"]
    assert len(gates) == len(blocks) > 3
    assert {gate.split()[-1] for gate in gates} == {one["field"] for one in blocks}


def test_a_record_that_is_sealed_to_others_stands_in_no_way(
    office: Office, second_person: Callable[..., Path]
) -> None:
    """Not being meant to read a complaint is need-to-know, not damage."""
    home = {"env": {"TIPCASE_HOME": str(second_person())}}
    office.done("grant", office.case, "cw2")
    office.done("put", office.case, "note", "-", "--only", "cw1",
                input="{happened_on: 2026-06-01, text: canary}")  # fmt: skip
    closable(office)
    assert office.run("close", office.case, *AS_OF, **home).code == 0


def test_what_is_damaged_refuses(office: Office) -> None:
    closable(office)
    path = sorted((office.book / "cases" / office.case).glob("09-follow-up-*.age"))[0]
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    before = office.snapshot()
    ran = office.run("close", office.case, *AS_OF)
    assert ran.code == 7
    assert office.snapshot() == before


def test_what_people_wrote_apart_refuses_until_one_chooses(torn: Apart) -> None:
    before = torn.office.snapshot()
    ran = torn.office.run("close", torn.case, "--outcome", "died", *AS_OF)
    assert ran.code == 5 and "profile.full_name" in ran.stderr
    assert torn.office.snapshot() == before


def test_only_the_team_closes(office: Office, second_person: Callable[..., Path]) -> None:
    home = {"env": {"TIPCASE_HOME": str(second_person())}}
    before = office.snapshot()
    assert office.run("close", office.case, "--outcome", "died", *AS_OF, **home).code == 6
    assert office.snapshot() == before


def test_the_day_of_a_closing_is_its_own_and_judged_as_the_case_stands_now(office: Office) -> None:
    """Typed in later, for a day before a visit that saw otherwise, it is still judged by it."""
    closable(office)
    office.put("follow-up", json.dumps({
        "happened_on": "2026-06-17", "reached": "met",
        "criteria": {"a": {"seen": "no", "basis": "canary", "heard": ["survivor"]}},
    }))  # fmt: skip
    ran = office.run("close", office.case, "--on", "2026-06-16", *AS_OF)
    assert ran.code == 3 and "062/III.closure.a" in ran.stderr


def test_a_closing_is_judged_on_no_day_that_has_not_come(office: Office) -> None:
    """Visits written down ahead are no evidence, whatever day the closure record bears."""
    ahead = str(date.today() + timedelta(days=400))
    closable(office, happened_on=ahead)
    before = office.snapshot()
    assert office.run("close", office.case).code == 5
    assert office.snapshot() == before


def test_no_day_is_chosen_that_hides_what_came_later(office: Office) -> None:
    closable(office)
    later = {"happened_on": "2026-07-01", "reached": "met", "criteria": {"a": {"seen": "no"}}}
    office.put("follow-up", json.dumps(later))
    before = office.snapshot()
    # On a clock that stands before it, the visit is one of a day to come.
    assert office.run("close", office.case, *AS_OF).code in (0, 2)
    if office.snapshot() == before:
        assert office.run("close", office.case, "--as-of", "2026-07-02").code == 3
        assert office.snapshot() == before


def test_a_closed_case_can_be_written_to_and_says_so(office: Office) -> None:
    office.done("close", office.case, "--outcome", "died", *AS_OF)
    assert "written after" not in office.done("status", office.case)
    ran = office.run("put", office.case, "note", "-", input="{happened_on: 2026-07-01, text: x}")
    assert ran.code == 0 and "closed" in ran.stderr
    tag = ran.stdout.strip()
    assert f"written after it was closed: note/{tag}" in office.done("status", office.case)
    assert office.data("list")[0]["state"] == "closed"


def test_a_closing_prompts_a_look_at_the_linked_cases(office: Office) -> None:
    other = office.done("new", "--opened", "2026-01-05").strip()
    office.done("link", office.case, other, "--as", "sibling")
    ran = office.run("close", office.case, "--outcome", "lost-contact", *AS_OF, "--json")
    said = [one["message"] for one in json.loads(ran.stdout)["findings"]]
    assert "not so yet: the linked cases were looked at too" in said
    ran = office.run("close", office.case, "--outcome", "died", *AS_OF)
    assert ran.code == 0 and "other cases belong to this one" in ran.stderr
    assert other not in ran.stderr
    states = {row["case"]: row["state"] for row in office.data("list")}
    assert states == {office.case: "closed", other: "open"}


@pytest.fixture
def apart(office: Office, second_person: Callable[..., Path]) -> Apart:
    return Apart(office, second_person)


@pytest.fixture
def torn(apart: Apart) -> Apart:
    """The profile is in conflict in one field."""
    there = apart.part()
    apart.set(apart.office, "full_name=canary-ours")
    apart.set(there, "full_name=canary-theirs")
    apart.join()
    return apart
