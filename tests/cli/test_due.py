"""``due`` and the provider's own records, from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office, example

YEARLY = "premises-assessment"


def items(office: Office, *words: str, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = office.data("due", *words, "--as-of", "2026-11-21", **more)
    return found


def of(found: list[dict[str, Any]], record_type: str) -> list[dict[str, Any]]:
    return [item for item in found if item["record"].split("/")[0] == record_type]


def put(office: Office, record_type: str, **changes: Any) -> str:
    """A provider record: the example with changes; the tag it gets."""
    text = json.dumps({**example(office, record_type), **changes})
    return office.done("put", "provider", record_type, "-", input=text).strip()


def test_the_provider_has_records_like_a_case(office: Office) -> None:
    tag = put(office, YEARLY, happened_on="2026-01-09")
    name = f"{YEARLY}/{tag}"
    assert name in office.done("show", "provider")
    assert "2026-01-09" in office.done("show", "provider", name)
    office.done("set", "provider", name, "happened_on=2026-01-10")
    assert "2026-01-10" in office.done("show", "provider", name)
    assert office.run("verify").code == 0
    assert office.run("check", "provider").code == 0


def test_what_is_yearly_is_due_a_year_later(office: Office) -> None:
    (never,) = of(items(office, "provider"), YEARLY)
    assert (never["state"], never["due_on"], never["case"]) == ("never", None, "provider")
    put(office, "provider-profile", settings_run=["community"])
    assert of(items(office, "provider"), YEARLY) == []
    put(office, "provider-profile", settings_run=["shelter"])
    put(office, YEARLY, happened_on="2025-11-30")
    (coming,) = of(items(office, "provider"), YEARLY)
    assert (coming["state"], coming["due_on"]) == ("coming", "2026-11-30")
    assert of(items(office, "provider", "--within", "8d"), YEARLY) == []
    put(office, YEARLY, happened_on="2026-11-20")
    assert of(items(office, "provider"), YEARLY) == []
    # Typed last, happened first: what counts is when it happened.
    put(office, YEARLY, happened_on="2024-01-01")
    assert of(items(office, "provider"), YEARLY) == []


def test_a_case_has_what_its_records_say(office: Office) -> None:
    settle = {"birth": {"date": "2009", "basis": "told"}, "age_settling": {"due_on": "2026-11-25"}}
    office.put("profile", json.dumps(settle))
    (age,) = of(items(office), "profile")
    assert (age["case"], age["due_on"], age["state"]) == (office.case, "2026-11-25", "coming")
    assert of(items(office, office.case, "--within", "3d"), "profile") == []
    assert "2026-11-25" in office.done("due", office.case, "--as-of", "2026-11-21")
    office.done("set", office.case, "profile", "age_settling.settled_on=2026-11-20")
    assert of(items(office), "profile") == []


def test_visits_as_agreed_are_listed_until_they_are_made(office: Office) -> None:
    days = [{"visit_on": day} for day in ("2026-10-20", "2026-11-25", "2026-12", "2027-03-01")]
    agreed = {"number": 4, "agreed_on": "2026-10-01", "survivor_agrees": "yes", "visits": days}
    reintegration = {
        "happened_on": "2026-10-01", "returned_to": "relatives", "visits_agreed": agreed,
    }  # fmt: skip
    tag = office.put("reintegration", json.dumps(reintegration))

    def listed() -> list[tuple[str, str]]:
        return [(one["due_on"], one["state"]) for one in items(office, office.case)]

    assert listed() == [("2026-10-20", "late"), ("2026-11-25", "coming"), ("2026-12-31", "coming")]
    keys = [one["key"].split() for one in items(office, office.case)]
    assert {(entry, record) for entry, record, _ in keys} == {
        ("visit-planned", f"reintegration/{tag}")
    }
    assert len({item for *_, item in keys}) == 3
    # Typed today, happened then; the day that it names next is the one agreed.
    made = {"happened_on": "2026-10-20", "reached": "met", "next_visit_on": "2026-11-25"}
    office.put("follow-up", json.dumps(made))
    assert listed() == [("2026-11-25", "coming"), ("2026-12-31", "coming")]
    # From a change on, its days count.
    changed = {"number": 1, "agreed_on": "2026-11-20", "visits": [{"visit_on": "2026-12-10"}]}
    more = {"happened_on": "2026-11-20", "reached": "met", "visits_agreed_now": changed}
    office.put("follow-up", json.dumps(more))
    assert listed() == [("2026-12-10", "coming")]
    assert "survivor_agrees" in office.run("check", office.case, "--as-of", "2026-11-21").stdout


def test_no_restricted_record_of_a_person_is_listed(office: Office) -> None:
    office.put("health", json.dumps(example(office, "health")))
    assert of(items(office, "--within", "9999d"), "health") == []


def test_records_stand_where_they_belong(office: Office) -> None:
    wrong = json.dumps(example(office, YEARLY))
    ran = office.run("put", office.case, YEARLY, "-", input=wrong)
    assert (ran.code, "record of the provider" in ran.stderr) == (2, True)
    ran = office.run("put", "provider", "profile", "-", input="{}")
    assert (ran.code, "record of a case" in ran.stderr) == (2, True)
    ran = office.run("put", "provider", "nonsense", "-", input="{}")
    assert ran.code == 4


@pytest.mark.parametrize("words", [("advance",), ("readiness",), ("form", "P1")])
def test_the_provider_has_no_stages_and_no_forms(office: Office, words: tuple[str, ...]) -> None:
    command, *rest = words
    ran = office.run(command, "provider", *rest)
    assert (ran.code, "no stages" in ran.stderr) == (2, True)


def test_a_time_that_is_none_is_told(office: Office) -> None:
    for within in ("soon", "14", "-3d", "14y", "99999d"):
        ran = office.run("due", "--within", within)
        assert (ran.code, "--within 14d" in ran.stderr) == (2, True)


def test_what_is_not_open_is_counted_and_does_not_stop(
    office: Office, second_person: Callable[..., Path]
) -> None:
    home = second_person()
    ran = office.run("due", env={"TIPCASE_HOME": str(home)})
    assert (ran.code, "1 case(s) are not open" in ran.stderr) == (0, True)
    ran = office.run("due", office.case, env={"TIPCASE_HOME": str(home)})
    assert ran.code == 6


def test_a_damaged_case_is_said_and_the_rest_goes_on(office: Office) -> None:
    settle = {"birth": {"date": "2009", "basis": "told"}, "age_settling": {"due_on": "2026-11-25"}}
    office.put("profile", json.dumps(settle))
    other = office.done("new", "--opened", "2026-01-05").strip()
    journal = next((office.book / "cases" / other / "journal").iterdir())
    journal.write_bytes(journal.read_bytes().replace(b"new", b"now", 1))
    ran = office.run("due", "--as-of", "2026-11-21", "--json")
    assert ran.code == 7
    assert [item["case"] for item in of(json.loads(ran.stdout)["data"], "profile")] == [office.case]
