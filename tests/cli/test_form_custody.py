"""``form``: who is told of a print, what is kept of it, and what stays out of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office

WHO = "canary-Ministry"
HEALTH = "{happened_on: 2026-01-07, findings: canary-health}"


def decisions(office: Office) -> list[dict[str, Any]]:
    """What the sealed decisions of the case say."""
    names = [row["record"] for row in office.data("show", office.case)]
    found = [name for name in names if name.startswith("decision/")]
    return [office.data("show", office.case, name)["content"] for name in found]


def prints(office: Office) -> list[str]:
    return [row["form"] for row in office.data("log", office.case) if row["op"] == "print"]


def attachments(office: Office) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = office.data("show", office.case, "--attachments")
    return found


def plain_bytes(office: Office) -> bytes:
    """Everything in the casebook as it lies on the disk."""
    return b"".join(path.read_bytes() for path in sorted(office.book.rglob("*")) if path.is_file())


def test_the_recipient_is_sealed_once_and_each_print_is_logged(
    office: Office, tmp_path: Path
) -> None:
    out = tmp_path / "print"
    office.done("form", office.case, "P1", "P5", "--out", out, "--to", "-", input=f"{WHO}\n")
    assert prints(office) == ["P1", "P5"]
    (decision,) = decisions(office)
    assert (decision["kind"], decision["recipient"]) == ("print", WHO)
    assert decision["reason"] == "P1, P5" and decision["written_by"] == "cw1"
    assert WHO.encode() not in plain_bytes(office)
    assert "print P1" in office.done("log", office.case)
    office.done("verify")


def test_what_leaves_is_noted_as_shared(office: Office, tmp_path: Path) -> None:
    who = tmp_path / "who"
    who.write_text(WHO, encoding="utf-8")
    words = ("form", office.case, "P1", "S1b", "--out", tmp_path / "print")
    assert "--to says who gets it" in office.run(*words, "--dry-run").stderr
    ran = office.run(*words, "--to", f"@{who}")
    assert ran.code == 0 and "--to says" not in ran.stderr and WHO not in ran.stderr
    found = {one["kind"]: (one["reason"], one["recipient"]) for one in decisions(office)}
    assert found == {"print": ("P1", WHO), "share": ("S1b", WHO)}


def test_without_a_recipient_nothing_is_sealed(office: Office, tmp_path: Path) -> None:
    office.done("form", office.case, "P1", "--out", tmp_path / "print")
    assert decisions(office) == [] and prints(office) == ["P1"]


def test_a_sealed_copy_is_an_attachment_and_needs_no_folder(office: Office, tmp_path: Path) -> None:
    office.done("set", office.case, "profile", "full_name=-", input="SOK Example")
    before = {path for path in tmp_path.rglob("*") if office.book not in path.parents}
    one = office.done("form", office.case, "P1", "--seal", "--lang", "en").strip()
    (row,) = attachments(office)
    assert (row["id"], row["record"], row["purpose"]) == (one, "profile", "form")
    assert row["name"] == "P1.en.html" and prints(office) == ["P1"]
    assert {p for p in tmp_path.rglob("*") if office.book not in p.parents} == before
    assert b"SOK Example" not in plain_bytes(office)
    kept = office.done("export", office.case, one, "--out", "-")
    assert kept.startswith("<!doctype html>") and "SOK Example" in kept
    office.done("verify")


def test_with_a_folder_the_copy_is_the_page(office: Office, tmp_path: Path) -> None:
    office.done("set", office.case, "profile", "full_name=-", input="SOK Example")
    data = office.data("form", office.case, "P1", "P2", "--seal", "--out", tmp_path / "print")
    kept = [row["kept"]["attachment"] for row in data["forms"]]
    for row, one in zip(data["forms"], kept, strict=True):
        copy = office.done("export", office.case, one, "--out", "-")
        assert copy == Path(row["file"]).read_text(encoding="utf-8")
    assert prints(office) == ["P1", "P2"]


def test_an_empty_case_has_no_place_for_a_copy(office: Office) -> None:
    ran = office.run("form", office.case, "P1", "--seal")
    assert (ran.code, "leave out --seal" in ran.stderr, prints(office)) == (4, True, [])


def sealed_to(office: Office, attachment: str) -> Any:
    """To whom the file of an attachment is sealed, by the journal."""
    from tipcase.casebook.book import Book
    from tipcase.casebook.case import Case

    case = Case(Book(office.book, office.home), office.case)
    return {path: case.current(path).sealed_to for path in case.fold.current}[attachment]


def test_restricted_content_is_kept_with_restricted_records_alone(office: Office) -> None:
    office.done("set", office.case, "profile", "full_name=-", input="SOK Example")
    office.put("assessment", "{happened_on: 2026-01-08}")
    office.put("health", HEALTH)
    office.done("form", office.case, "P2", "--seal")
    office.done("form", office.case, "P2", "--seal", "--include-restricted")
    plain, restricted = attachments(office)
    by_record = {row["record"].partition("/")[0] for row in (plain, restricted)}
    assert "health" in by_record and len(by_record) == 2
    kinds = {
        row["record"].partition("/")[0]: sealed_to(office, row["file"])
        for row in (plain, restricted)
    }
    assert kinds["health"] == "restricted"
    assert [seal for kind, seal in kinds.items() if kind != "health"] == ["ordinary"]


def test_what_named_people_alone_may_read_is_kept_nowhere_else(office: Office) -> None:
    office.done("set", office.case, "profile", "full_name=-", input="SOK Example")
    office.done("put", office.case, "health", "-", "--only", "cw1", input=HEALTH)
    words = ("form", office.case, "P2", "--seal", "--include-restricted")
    office.done(*words)
    (row,) = attachments(office)
    assert sealed_to(office, row["file"]) == ("cw1", "recovery")
    # Those who are named may lack the restricted key, and who holds it may not be named.
    office.put("health", HEALTH)
    before = office.snapshot()
    ran = office.run(*words)
    assert (ran.code, "--include-restricted" in ran.stderr, office.snapshot()) == (2, True, before)
    assert office.run(*words, "--dry-run").code == 2


def test_nothing_is_written_on_a_dry_run(office: Office, tmp_path: Path) -> None:
    office.done("set", office.case, "profile", "full_name=-", input="SOK Example")
    before = office.snapshot()
    out = tmp_path / "print"
    ran = office.run("form", office.case, "P1", "--seal", "--out", out, "--dry-run", "--json")
    data = json.loads(ran.stdout)["data"]
    assert data["written"] is False
    assert [row["file"] for row in data["forms"]] == [str(out / f"{office.case}-P1.both.html")]
    assert "P1 has blanks" in ran.stderr and "SOK" not in ran.stderr + ran.stdout
    assert (office.snapshot(), out.exists()) == (before, False)


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
def test_pages_and_their_folder_are_for_their_owner_alone(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "deep/print"
    office.done("form", office.case, "P1", "P5", "--out", out)
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}
    assert out.stat().st_mode & 0o777 == 0o700


def test_many_pages_are_told_by_number_and_folder(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "print"
    ran = office.run("form", office.case, "P1", "P5", "--out", out)
    assert f"plaintext: 2 files in {out}" in ran.stderr


def test_a_repository_gets_one_commit(office: Office, tmp_path: Path) -> None:
    import subprocess

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(office.book), *words], capture_output=True, check=True
        )
        return done.stdout.decode()

    git("init", "--quiet", "--initial-branch=main")
    git(
        "-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "--allow-empty", "-m", "0"
    )
    office.done("set", office.case, "profile", "nationality=KH")
    before = git("log", "--format=%H").split()
    office.done("form", office.case, "P1", "P5", "--out", tmp_path / "print", "--to", WHO)
    after = git("log", "--format=%H").split()
    assert len(after) == len(before) + 1 and git("status", "--porcelain") == ""
    assert WHO not in git("log", "-p", "--format=%B")
