"""The doctor finds each thing that is wrong, says how to mend it, and answers 3."""

from __future__ import annotations

import functools
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office
from tipcase import git
from tipcase.cli import context, doctor


def checks(office: Office, code: int = 0, **more: Any) -> dict[str, dict[str, Any]]:
    ran = office.run("doctor", "--json", **more)
    assert ran.code == code, ran
    return {row["check"]: row for row in json.loads(ran.stdout)["data"]}


def test_all_is_well_in_a_fresh_office(office: Office) -> None:
    found = checks(office)
    assert all(row["ok"] for row in found.values())
    wanted = {"hybrid keys", "permissions", "identity", "folder in RAM", "clock", "git", "casebook"}
    assert wanted | {"pins", "staff", "tipcase"} <= set(found)


def test_a_secret_that_others_can_read(office: Office) -> None:
    (office.home / "keys" / "cw1.txt").chmod(0o644)
    row = checks(office, 3)["permissions"]
    assert not row["ok"]
    assert row["fix"].startswith("chmod ")


def test_the_fix_for_permissions_mends_them(office: Office) -> None:
    (office.home / "keys" / "cw1.txt").chmod(0o644)
    fix = checks(office, 3)["permissions"]["fix"]
    subprocess.run(fix.split(), check=True)
    assert checks(office)["permissions"]["ok"]


def test_an_edited_head(office: Office) -> None:
    head = office.book / "casebook.yaml"
    head.write_text(head.read_text("utf-8") + "# edited\n", encoding="utf-8")
    row = checks(office, 3)["casebook"]
    assert not row["ok"]
    assert "settings --accept" in row["fix"]


def test_no_identity(office: Office) -> None:
    (office.home / "keys" / "cw1.txt").unlink()
    row = checks(office, 3)["identity"]
    assert "keygen" in row["fix"]


def test_somebody_who_is_not_on_the_staff(office: Office, tmp_path: Path) -> None:
    stranger = tmp_path / "elsewhere"
    office.run("keygen", "--handle", "cw9", "--no-passphrase", env={"TIPCASE_HOME": str(stranger)})
    identity = stranger / "keys" / "cw9.txt"
    row = checks(office, 3, env={"TIPCASE_IDENTITY": str(identity)})["staff"]
    assert not row["ok"]


def test_a_clock_of_another_time(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(office.book)
    for year, code in ((2036, 3), (1999, 3), (2027, 0)):
        then = functools.partial(datetime, year, 5, 1, tzinfo=UTC)
        result = doctor.examine(context.Context(now=then))
        assert result.code == code
        assert next(row for row in result.data if row["check"] == "clock")["ok"] is (code == 0)


def test_git_attributes_that_would_tear_a_journal(office: Office) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=office.book, check=True)
    assert checks(office)["git attributes"]["ok"]
    (office.book / ".gitattributes").write_text("", encoding="utf-8")
    assert not checks(office, 3)["git attributes"]["ok"]


def test_git_that_is_missing(office: Office, tmp_path: Path) -> None:
    row = checks(office, 3, env={"PATH": str(tmp_path)})["git"]
    assert not row["ok"]


def test_a_folder_that_another_program_copies(office: Office, tmp_path: Path) -> None:
    moved = tmp_path / "Dropbox" / "book"
    moved.parent.mkdir()
    office.book.rename(moved)
    ran = office.run("doctor", "--json", cwd=moved)
    row = {r["check"]: r for r in json.loads(ran.stdout)["data"]}["synced folder"]
    assert ran.code == 3
    assert not row["ok"]


def test_no_folder_in_ram(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from tipcase import settings

    monkeypatch.setattr(settings, "ram_folder", lambda: None)
    assert not checks(office, 3)["folder in RAM"]["ok"]


def test_outside_of_a_casebook(office: Office, tmp_path: Path) -> None:
    assert checks(office, cwd=tmp_path)["casebook"]["seen"] == "not in one"


def test_trust_that_somebody_changed(office: Office) -> None:
    office.done("list")
    for path in (office.home / "trust").rglob("book.json"):
        path.write_bytes(path.read_bytes().replace(b"files", b"filez"))
    found = checks(office, 3)
    assert not all(row["ok"] for row in found.values())


def test_a_damaged_staff_journal(office: Office) -> None:
    with (office.book / "staff" / "journal" / "cw1.journal").open("ab") as stream:
        stream.write(b"no entry\n")
    row = checks(office, 3)["staff journal"]
    assert not row["ok"]
    assert "verify" in row["fix"]


def test_a_lock_that_a_git_left_behind(office: Office) -> None:
    git.start(office.book)
    assert checks(office)["git index"]["ok"]
    (office.book / ".git" / "index.lock").touch()
    row = checks(office, 3)["git index"]
    assert not row["ok"]
    assert "index.lock" in row["fix"]
