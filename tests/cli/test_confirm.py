"""Confirming: a second person, an entry of their own, and the case judged as it stands then."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office
from tests.cli.endings import DAY, closable, content, ops

AS_OF = ("--as-of", DAY)
AGAINST = {"happened_on": "2026-06-19", "reached": "met",
           "criteria": {"a": {"seen": "no", "basis": "canary", "heard": ["survivor"]}}}  # fmt: skip


@pytest.fixture
def other(office: Office, second_person: Callable[..., Path]) -> dict[str, Any]:
    """A colleague on the case, in a casebook that asks for a second person."""
    home = second_person()
    office.done("grant", office.case, "cw2")
    office.done("settings", "closing_confirmed=yes")
    return {"env": {"TIPCASE_HOME": str(home)}}


def state(office: Office) -> str:
    found: str = office.data("list")[0]["state"]
    return found


def test_two_people_close_a_case(office: Office, other: dict[str, Any]) -> None:
    name = closable(office)
    told = office.data("close", office.case, *AS_OF)
    assert (told["state"], told["closed"]) == ("proposed", False)
    assert state(office) == "open"
    confirmed = office.data("confirm", office.case, *AS_OF, **other)
    assert (confirmed["state"], confirmed["closed"]) == ("closed", True)
    assert confirmed["closure"] == name
    assert state(office) == "closed"
    rows = office.data("log", office.case)
    assert [(row["op"], row["signer"]) for row in rows[-2:]] == [
        ("close", "cw1"),
        ("confirm", "cw2"),
    ]
    said = content(office, name)
    assert (said["proposed_by"], said["confirmed_by"]) == ("cw1", "cw2")
    # The journal of the one who confirmed has the entry, and nothing of what was decided.
    journal = office.book / "cases" / office.case / "journal" / "cw2.journal"
    assert b"confirm" in journal.read_bytes() and b"successful" not in journal.read_bytes()


def test_who_proposed_confirms_nothing(office: Office, other: dict[str, Any]) -> None:
    closable(office)
    office.done("close", office.case, *AS_OF)
    before = office.snapshot()
    assert office.run("confirm", office.case, *AS_OF).code == 5
    assert office.run("close", office.case, *AS_OF, **other).code == 5
    assert office.snapshot() == before


def test_a_proposal_holds_back_nothing_of_what_is_due(
    office: Office, other: dict[str, Any]
) -> None:
    """The case is open until the second word: what is due of it is still listed."""
    office.put("service", json.dumps({
        "happened_on": "2026-02-02", "service_kind": "medical", "survivor_choice": "accepted",
        "appointments": [{"appointment_on": "2026-07-01"}],
    }))  # fmt: skip
    closable(office)
    office.done("close", office.case, "--end", "canary", *AS_OF)
    assert [row["id"] for row in office.data("due", office.case, *AS_OF)] == ["service-appointment"]
    office.done("confirm", office.case, *AS_OF, **other)
    assert office.data("due", office.case, *AS_OF) == []


def test_what_was_seen_in_between_refuses(office: Office, other: dict[str, Any]) -> None:
    closable(office)
    office.done("close", office.case, *AS_OF)
    office.put("follow-up", json.dumps(AGAINST))
    before = office.snapshot()
    ran = office.run("confirm", office.case, *AS_OF, "--json", **other)
    told = json.loads(ran.stdout)
    assert ran.code == 3 and told["data"]["closed"] is False
    assert [one["provision"] for one in told["findings"] if one["severity"] == "blocks"] == [
        "062/III.closure.a"
    ]
    assert "canary" not in ran.stdout
    assert office.snapshot() == before


def test_what_was_overridden_is_not_asked_again_but_anything_else_is(
    office: Office, other: dict[str, Any]
) -> None:
    closable(office, survivor_agrees_to_close="no")
    office.done("close", office.case, "--override", "canary", *AS_OF)
    office.put("follow-up", json.dumps(AGAINST))
    ran = office.run("confirm", office.case, *AS_OF, **other)
    assert ran.code == 3 and "062/III.closure.a" in ran.stderr
    assert "advises" in ran.stderr.split("does not want the case closed")[0].splitlines()[-1]


def test_an_overridden_proposal_can_be_confirmed(office: Office, other: dict[str, Any]) -> None:
    closable(office, survivor_agrees_to_close="no")
    office.done("close", office.case, "--override", "canary", *AS_OF)
    ran = office.run("confirm", office.case, *AS_OF, **other)
    assert ran.code == 0 and "does not want the case closed" in ran.stderr
    assert state(office) == "closed"


def test_a_proposal_that_was_taken_back_confirms_nothing(
    office: Office, other: dict[str, Any]
) -> None:
    name = closable(office)
    office.done("close", office.case, *AS_OF)
    before = office.snapshot()
    assert office.run("close", office.case, "--withdraw", "canary", "--dry-run").code == 0
    assert office.snapshot() == before
    stage = office.data("status", office.case)["stage"]
    ran = office.run("close", office.case, "--withdraw", "-", input="canary-back", **other)
    assert ran.code == 0 and "canary" not in ran.stdout + ran.stderr
    assert office.run("confirm", office.case, *AS_OF, **other).code == 4
    assert (state(office), office.data("status", office.case)["stage"]) == ("open", stage)
    # Its record is still the one in hand: what it says is used again.
    assert office.data("close", office.case, "--on", DAY, *AS_OF)["closure"] == name
    assert office.run("confirm", office.case, *AS_OF, **other).code == 0


@pytest.mark.parametrize("changed", ["closure", "decision"])
def test_what_is_confirmed_is_what_was_proposed(
    office: Office, other: dict[str, Any], changed: str
) -> None:
    """An outcome or an override that slipped in since is nothing that anybody has judged."""
    name = closable(office)
    told = office.data("close", office.case, *AS_OF)
    fields = {"closure": "outcome=died", "decision": "gates=[criterion-a]"}
    office.done("set", office.case, told[changed], fields[changed])
    assert told["closure"] == name
    before = office.snapshot()
    ran = office.run("confirm", office.case, *AS_OF, **other)
    assert ran.code == 5 and "died" not in ran.stderr
    assert office.snapshot() == before
    assert state(office) == "open"


def test_new_keys_change_no_proposal(office: Office, other: dict[str, Any]) -> None:
    closable(office)
    office.done("close", office.case, *AS_OF)
    office.done("rekey", office.case, "--reencrypt")
    assert office.run("confirm", office.case, *AS_OF, **other).code == 0


def test_a_setting_changed_meanwhile_changes_no_proposal(
    office: Office, other: dict[str, Any]
) -> None:
    """What was proposed for a second person waits for one, whatever the casebook asks since."""
    closable(office)
    office.done("close", office.case, *AS_OF)
    office.done("settings", "closing_confirmed=no")
    assert state(office) == "open"
    assert office.run("confirm", office.case, *AS_OF).code == 5
    assert office.run("confirm", office.case, *AS_OF, **other).code == 0
    assert state(office) == "closed"


def test_only_the_team_confirms(
    office: Office, other: dict[str, Any], second_person: Callable[..., Path]
) -> None:
    closable(office)
    office.done("close", office.case, *AS_OF)
    stranger = {"env": {"TIPCASE_HOME": str(second_person("cw3"))}}
    before = office.snapshot()
    assert office.run("confirm", office.case, *AS_OF, **stranger).code == 6
    assert office.snapshot() == before


def test_asking_without_writing(office: Office, other: dict[str, Any]) -> None:
    closable(office)
    office.done("close", office.case, *AS_OF)
    before = office.snapshot()
    assert office.run("confirm", office.case, "--dry-run", *AS_OF, **other).code == 0
    assert office.snapshot() == before
    assert ops(office)[-1] == "close"


def test_the_name_of_who_confirms_is_the_signers_own(office: Office, other: dict[str, Any]) -> None:
    """A name that somebody typed beforehand is no confirmation, and does not stand for one."""
    name = closable(office, confirmed_by="canary-nobody")
    office.done("close", office.case, *AS_OF)
    office.done("confirm", office.case, *AS_OF, **other)
    assert content(office, name)["confirmed_by"] == "cw2"


def test_who_proposes_anew_is_the_one_who_proposed(office: Office, other: dict[str, Any]) -> None:
    name = closable(office)
    office.done("close", office.case, *AS_OF)
    office.done("close", office.case, "--withdraw", "canary")
    office.done("close", office.case, "--on", "2026-06-20", *AS_OF, **other)
    office.done("confirm", office.case, *AS_OF)
    said = content(office, name)
    assert (said["proposed_by"], said["confirmed_by"]) == ("cw2", "cw1")
