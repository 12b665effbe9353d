"""``check --all``: every case that is open to the person; one that is gone is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Office
from tipcase.cli.check import _folded
from tipcase.law import Finding, Text


def test_cases_that_are_not_open_are_counted_and_no_error(
    office: Office, second_person: Callable[..., Path]
) -> None:
    theirs = {"TIPCASE_HOME": str(second_person())}
    ran = office.run("check", "--all", "--json", env=theirs)
    told = json.loads(ran.stdout)
    assert ran.code == 0
    assert (told["data"]["cases"], told["data"]["not_open"], told["errors"]) == ([], 1, [])
    assert "1 case(s) are not open to you" in ran.stderr
    # Named, it is refused as ever.
    assert office.run("check", office.case, env=theirs).code == 6


def test_a_case_that_is_gone_is_said(office: Office) -> None:
    other = office.done("new").strip()
    office.done("list")
    shutil.rmtree(office.book / "cases" / office.case)
    ran = office.run("check", "--all", "--json")
    told = json.loads(ran.stdout)
    assert ran.code == 7
    assert [error["code"] for error in told["errors"]] == [7]
    assert f"{office.case} is gone" in ran.stderr
    assert {finding["case"] for finding in told["findings"]} == {other}


def test_on_a_terminal_the_advice_on_other_stages_is_counted() -> None:
    def finding(record: str, *, blocks: bool = False) -> Finding:
        severity = "blocks" if blocks else "advises"
        return Finding("K7Q2-M9TX", record, "", "", severity, Text("a"), record)  # type: ignore[arg-type]

    shown = [finding("recovery"), finding("profile"), finding("referral/aaaa2345", blocks=True)]
    other = [finding("referral/aaaa2345"), finding("referral/bbbb2345"), finding("reception")]
    stages = {"K7Q2-M9TX": "recovery"}
    said, rest = _folded([*other, *shown], stages, {"recovery", "referral", "reception"})
    assert said == shown
    assert rest == ["K7Q2-M9TX: 3 more on referral, reception: tipcase check K7Q2-M9TX --full"]


def test_a_file_shows_everything_and_the_total(office: Office) -> None:
    ran = office.run("check", office.case)
    told = json.loads(office.run("check", office.case, "--json").stdout)
    lines = [line for line in ran.stdout.splitlines() if office.case in line]
    assert len(lines) == len(told["findings"]) == told["data"]["findings"]
    blocks = told["data"]["blocks"]
    assert f"{blocks} block, {len(lines) - blocks} advise" in ran.stderr


def test_an_unknown_that_is_not_enough_says_so_and_how_to_go_on(office: Office) -> None:
    unsure = {"happened_on": "2026-02-01", "kinds": ["risk"], "assessment_agreed": None}
    for agreed in (None, {"unknown": "not-known"}):
        record = {
            name: value for name, value in {**unsure, "assessment_agreed": agreed}.items() if value
        }
        tag = office.done("put", office.case, "assessment", "-", input=json.dumps(record)).strip()
        office.run("advance", office.case, "--to", "assessment", "--override", "-", input="a test")
        ran = office.run("check", office.case)
        assert ("an unknown is not enough here" in ran.stderr) is (agreed is not None)
        office.run("set", office.case, f"assessment/{tag}", "purpose_known=yes")
