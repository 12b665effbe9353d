"""Reopening: the crisis first, every closing kept; what closed it once closes nothing again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Office
from tests.cli.endings import DAY, closable, content, ops, records_of

AS_OF = ("--as-of", DAY)
CAUSE = ("--cause", "new-danger", "--reason", "canary-why", "--on", DAY)
CRISIS = {"happened_on": "2026-06-19", "crisis_kind": "trafficker-seen"}


def close(office: Office, outcome: str = "declined-service", on: str = "2026-06-01") -> str:
    """Close the case; the name of the decision."""
    told = office.data("close", office.case, "--outcome", outcome, "--on", on, *AS_OF)
    return str(told["decision"])


def crisis(office: Office, **changes: Any) -> None:
    office.put("crisis-intervention", json.dumps({**CRISIS, **changes}))


@pytest.mark.parametrize(
    ("words", "typed", "code"),
    [
        (CAUSE, "", 3),
        (("--cause", "misfortune", "--reason", "canary"), "", 4),
        ((*CAUSE, "--to", "nowhere"), "", 4),
        (("--cause", "new-danger", "--reason", "-", "--wish", "-"), "canary", 2),
        (("--cause", "new-danger", "--reason", "-"), " ", 2),
        ((*CAUSE, "--override", "-"), "", 2),
        ((*CAUSE[:4], "--on", "canary"), "", 2),
        ((*CAUSE, "--override", "canary", "--dry-run"), "", 0),
        ((*CAUSE, "--override", "canary", "--out", "cases"), "", 2),
    ],
)
@pytest.mark.sampled(4)
def test_what_opens_nothing_writes_nothing(
    office: Office, words: tuple[str, ...], typed: str, code: int
) -> None:
    close(office)
    before = office.snapshot()
    ran = office.run("reopen", office.case, *words, *AS_OF, input=typed)
    assert ran.code == code, ran
    assert "canary" not in ran.stdout + ran.stderr
    assert office.snapshot() == before


def test_a_day_before_the_closing_is_a_slip(office: Office) -> None:
    close(office)
    crisis(office)
    before = office.snapshot()
    words = ("reopen", office.case, "--cause", "new-danger", "--reason", "x", *AS_OF)
    for day in ("2026-05-31", "9999-01-01"):
        assert office.run(*words, "--on", day).code == 2
    assert office.snapshot() == before
    assert office.run(*words, "--on", "2026-06-01").code == 0


def test_an_open_case_is_not_opened(office: Office) -> None:
    before = office.snapshot()
    assert office.run("reopen", office.case, *CAUSE, *AS_OF).code == 5
    assert office.snapshot() == before


def test_the_decision_names_the_closing_that_it_ends(office: Office) -> None:
    ended = close(office)
    files = office.snapshot()
    refused = office.run("reopen", office.case, *CAUSE, *AS_OF)
    assert refused.code == 3 and "look anew at danger" in refused.stderr
    assert office.snapshot() == files
    crisis(office)
    files = office.snapshot()
    assert office.run("reopen", office.case, *CAUSE, "--dry-run", *AS_OF).code == 0
    assert office.snapshot() == files
    told = office.data("reopen", office.case, *CAUSE, "--wish", "canary-wish", *AS_OF)
    assert ops(office)[-1] == "reopen"
    assert (told["state"], told["stage"]) == ("open", "crisis-intervention")
    assert content(office, told["decision"]) == {
        "happened_on": DAY,
        "kind": "reopen",
        "reason": "canary-why",
        "reopen_cause": "new-danger",
        "reopen_wish": "canary-wish",
        "stage": "crisis-intervention",
        "closing": ended,
        "written_by": "cw1",
    }
    secret = (b"canary", b"new-danger", b"declined", ended.encode())
    journal = office.book / "cases" / office.case / "journal" / "cw1.journal"
    line = journal.read_bytes().splitlines()[-1]
    assert not any(word in line for word in secret[:3])


@pytest.mark.parametrize(
    ("record", "opens"),
    [
        (("crisis-intervention", CRISIS), True),
        (("crisis-intervention", {**CRISIS, "happened_on": "2026-06-01"}), True),
        (("crisis-intervention", {**CRISIS, "happened_on": "2026-05-31"}), False),
        (("crisis-intervention", {**CRISIS, "happened_on": "2026-06"}), True),
        (("crisis-intervention", {**CRISIS, "happened_on": "2026"}), False),
        (("crisis-intervention", {**CRISIS, "happened_on": "2026-06-21"}), False),
        (("assessment", {"happened_on": "2026-06-19", "kinds": ["risk"]}), True),
        (("assessment", {"happened_on": "2026-06-19", "kinds": ["family"]}), False),
    ],
)
@pytest.mark.sampled(4)
def test_what_counts_as_looking_anew(office: Office, record: Any, opens: bool) -> None:
    """At or after the closing, by its own day, and not later than today; a guess is no proof."""
    close(office)
    office.put(record[0], json.dumps(record[1]))
    assert office.run("reopen", office.case, *CAUSE, *AS_OF).code == (0 if opens else 3)


def test_what_was_closed_by_mistake_goes_on_where_it_stood(office: Office) -> None:
    stage = office.data("status", office.case)["stage"]
    close(office)
    words = ("--cause", "closed-by-mistake", "--reason", "canary")
    told = office.data("reopen", office.case, *words, *AS_OF)
    assert told["stage"] == stage == office.data("status", office.case)["stage"]


def test_a_chosen_stage_and_what_was_overridden(office: Office) -> None:
    close(office)
    words = ("--to", "recovery", "--override", "canary-over")
    told = office.data("reopen", office.case, *CAUSE, *words, *AS_OF)
    assert office.data("status", office.case)["stage"] == "recovery"
    decision = content(office, told["decision"])
    assert decision["gates"] == ["reopening-crisis-first crisis-intervention happened_on"]
    assert "canary-why" in decision["reason"] and "canary-over" in decision["reason"]


def test_an_old_agreement_closes_nothing_again(office: Office) -> None:
    """The second closing begins a record of its own; each keeps its own day and decision."""
    first = closable(office)
    one = office.data("close", office.case, "--on", "2026-06-16", *AS_OF)
    crisis(office)
    office.done("reopen", office.case, *CAUSE, *AS_OF)
    ran = office.run("close", office.case, "--outcome", "successful", *AS_OF)
    assert ran.code == 3 and "857/7.10.2" in ran.stderr
    assert content(office, first)["happened_on"] == "2026-06-15"
    two = office.data("close", office.case, "--outcome", "died", "--on", DAY, *AS_OF)
    assert two["closure"] != first
    assert sorted(records_of(office, "closure")) == sorted([first, two["closure"]])
    days = [content(office, told["decision"])["happened_on"] for told in (one, two)]
    assert days == ["2026-06-16", DAY]
    assert content(office, first)["happened_on"] == "2026-06-15"
    kept = [op for op in ops(office) if op in ("close", "reopen")]
    assert kept == ["close", "reopen", "close"]
    status = office.data("status", office.case)
    assert [one["state"] for one in status["closings"]] == ["reopened", "closed"]


def test_everybody_stays_on_the_team(office: Office) -> None:
    before = office.data("status", office.case)["team"]
    close(office)
    assert office.data("status", office.case)["team"] == before
    crisis(office)
    office.done("reopen", office.case, *CAUSE, *AS_OF)
    assert office.data("status", office.case)["team"] == before
