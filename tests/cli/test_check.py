"""``check --all``: every case that is open to the person; one that is gone is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Office


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
