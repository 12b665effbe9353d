"""``show``: what a record says; a number is never shown bare, an age never surer than it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Office

CONTACT = """
full_name: KEO Example
safe_contact:
  phone: "+85500000000"
  never_contact: [{name: the broker}]
  who_else_reads: her brother
  whose_phone: her aunt's
  safe_hours: after six
  what_to_say: the sewing class calls
nationality: KH
"""
BEFORE = ("whose_phone", "who_else_reads", "safe_hours", "what_to_say", "never_contact")


def test_how_to_call_stands_before_the_number(office: Office) -> None:
    office.put("profile", CONTACT)
    told = office.done("show", office.case, "profile")
    number = told.index("+85500000000")
    assert told.startswith("safe_contact:\n")
    for name in BEFORE:
        assert told.index(f"  {name}:") < number
    assert told.index("full_name") > number
    content = office.data("show", office.case, "profile")["content"]
    assert next(iter(content)) == "safe_contact"
    assert list(content["safe_contact"])[-1] == "phone"


def test_what_nobody_wrote_down_about_a_number_is_said(office: Office) -> None:
    office.put(
        "profile", 'safe_contact: {phone: "+85500000000", who_else_reads: {unknown: declined}}'
    )
    ran = office.run("show", office.case, "profile")
    assert "not written down" in ran.stderr
    assert "whose phone it is" in ran.stderr
    # An honest unknown is an answer; and the talk repeats no value.
    assert "who else" not in ran.stderr
    assert "855" not in ran.stderr
    office.put("profile", "safe_contact: {safe_hours: after six}\n")
    assert office.run("show", office.case, "profile").stderr == ""


def test_what_is_shown_can_be_put_back(office: Office) -> None:
    office.put("profile", CONTACT)
    told = office.done("show", office.case, "profile")
    office.put("profile", told)
    assert office.done("show", office.case, "profile") == told


AGES = {
    "birth: {basis: animal-year, candidate_years: ['2010', '2022']}": (
        "born 2010 or 2022 (year of the tiger): 3 to 4 or 15 to 16 years old; a child",
        [[3, 4], [15, 16]],
    ),
    "birth: {date: '1998', basis: told}": (
        "born 1998 (the person said so): 27 to 28 years old",
        [[27, 28]],
    ),
    "birth: {date: '1998-03-05', basis: document}": (
        "born 1998-03-05 (a document): 28 years old",
        [[28, 28]],
    ),
    "birth: {date: '2008', basis: estimated}": (
        "born 2008 (estimated): 15 to 20 years old; age uncertain: treated as a child",
        [[15, 20]],
    ),
    "birth: {unknown: not-known}": ("age not known: treated as a child", []),
}


@pytest.mark.parametrize("birth", AGES)
def test_an_age_is_said_as_it_is_known(office: Office, birth: str) -> None:
    text, years = AGES[birth]
    office.put("profile", birth)
    told = office.data("show", office.case, "profile", "--as-of", "2026-11-01")["age"]
    assert (told["text"], told["years"]) == (text, years)
    assert text in office.done("status", office.case, "--as-of", "2026-11-01").splitlines()
    assert office.data("status", office.case, "--as-of", "2026-11-01")["age"] == told


def test_an_age_is_said_in_khmer_too(office: Office) -> None:
    office.put("profile", "birth: {basis: animal-year, candidate_years: ['2010', '2022']}")
    told = office.run("status", office.case, env={"TIPCASE_LANG": "km"}).stdout
    assert "ឆ្នាំខាល" in told
    assert " to " not in told.splitlines()[1]


def test_an_age_stands_above_a_record_on_a_terminal_only(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.put("profile", "birth: {date: '1998', basis: told}")
    plain = office.done("show", office.case, "profile")
    assert "years old" not in plain
    from tipcase.cli import show

    stream = type("Terminal", (), {"isatty": lambda _self: True})()
    monkeypatch.setattr(show, "sys", type("Sys", (), {"stdout": stream}))
    told = office.done("show", office.case, "profile")
    assert told.splitlines()[0].startswith("# born 1998")
    assert told.split("\n", 1)[1] == plain


def test_no_birth_no_age(office: Office) -> None:
    office.put("profile", "nationality: KH\n")
    assert "age" not in office.data("show", office.case, "profile")
    assert office.data("status", office.case)["age"] is None


def test_what_was_written_is_said_on_a_terminal_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipcase.cli import put

    assert office.run("set", office.case, "profile", "nationality=KH").stderr == ""
    stream = type("Terminal", (), {"isatty": lambda _self: True})()
    monkeypatch.setattr(put, "sys", type("Sys", (), {"stderr": stream}))
    ran = office.run("set", office.case, "profile", "full_name=canary-7316")
    assert ran == (0, "", f"profile of {office.case} is written, revision 2\n")
    ran = office.run("put", office.case, "note", "-", input="happened_on: 2026-02-03\ntext: x\n")
    tag = ran.stdout.strip()
    assert ran.stderr == f"note/{tag} of {office.case} is written, revision 1\n"
    ran = office.run("set", office.case, "profile", "nationality=VN", "--json")
    assert ran.stderr == ""
    assert json.loads(ran.stdout)["data"]["written"] is True
    assert sys.stderr is not stream


def test_before_a_grant_a_record_that_is_not_there_is_not_asked_for(
    office: Office, second_person: Callable[..., Path]
) -> None:
    home = second_person()
    ran = office.run("show", office.case, "profile", env={"TIPCASE_HOME": str(home)})
    assert ran.code == 6, ran
    assert "cw2 is not on the team" in ran.stderr
    assert "tipcase put" not in ran.stderr
    ran = office.run("show", office.case, "profile")
    assert ran.code == 4, ran
    assert "has no profile yet" in ran.stderr
