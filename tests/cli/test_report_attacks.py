"""``report``, ``export`` and ``find`` from the command line under attack."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

from tests.cli.conftest import Office, example
from tests.cli.leaks import CANARY, Canaries, Inside, Secrets, left
from tests.cli.test_contract import OTHERS, STAGES

ASKED = ("report", "caseload", "--period", "2026", "--as-of", "2026-11-15")


def test_what_a_script_leaves_empty_is_refused(office: Office, tmp_path: Path) -> None:
    for words in (
        (*ASKED, "--format", ""),
        (*ASKED, "--by", ""),
        ("report", "caseload", "--period", ""),
        ("export", "csv", "--out", ""),
        ("find", ""),
    ):
        ran = office.run(*words)
        assert (ran.code, ran.stdout) == (2, ""), words
    # Where somebody stands, or above it, no export can be put.
    empty = tmp_path / "empty"
    empty.mkdir()
    for out in (".", "..", "/"):
        ran = office.run("--casebook", office.book, "export", "csv", "--out", out, cwd=empty)
        assert (ran.code, "names no new folder" in ran.stderr) == (2, True), out
    assert not list(empty.iterdir())


def counted(office: Office) -> tuple[int, int, int]:
    data = json.loads(office.run(*ASKED, "--json").stdout)["data"]
    return data["new"], data["not_open"], data["unread"]


@pytest.mark.soak
def test_no_cache_of_another_kind_changes_a_number(office: Office) -> None:
    for day in ("2026-02-01", "2026-03-01"):
        office.done("new", "--opened", day)
    true = counted(office)
    assert true == (3, 0, 0)
    found = sorted((office.home / "cache").rglob("*.sealed"))
    kept = {path: path.read_bytes() for path in found}
    first = found[0]
    whole = kept[first]
    head, _, body = whole.partition(b"\n")
    other = kept[found[-1]]
    for bad in (
        b"",
        head,
        head + b"\n",
        whole[:-1],
        b"null\n" + body,
        whole[:-1] + bytes([whole[-1] ^ 1]),
        head.replace(b'"version":"', b'"version":"9') + b"\n" + body,
        os.urandom(500),
        head + b"\n" + zlib.compress(b"x"),
        other if len(found) > 1 else b"x",
    ):
        first.write_bytes(bad)
        ran = office.run(*ASKED, "--json")
        assert ran.code == 0 and "read again" in ran.stderr and counted(office) == true
    for kind in ("folder", "pipe", "link"):
        shutil.rmtree(first, ignore_errors=True)
        first.unlink(missing_ok=True)
        if kind == "folder":
            first.mkdir()
        elif kind == "pipe":
            os.mkfifo(first)
        else:
            first.symlink_to("/dev/zero")
        assert counted(office) == true
    # What was kept before something happened says nothing of how it stands now.
    office.put("profile", "sex: female\n")
    assert counted(office) == true
    for path, data in kept.items():
        if path.is_dir():
            path.rmdir()
        path.write_bytes(data)
    row = office.data(*ASKED, "--by", "sex")["rows"][0]
    assert (row["sex"], row["new"]) == ("female", 1)
    # Of another casebook of the same home.
    office.run(
        "init", "other", "--name", "Other", "--keys", "x25519", "--no-git", cwd=office.book.parent
    )
    there = Office(office.book.parent / "other", office.home, "")
    there.done("new", "--opened", "2026-02-02")
    assert counted(there) == (1, 0, 0)
    folders = {path.parent for path in (office.home / "cache").rglob("*.sealed")}
    for one in folders:
        for two in folders - {one}:
            for path in two.glob("*.sealed"):
                shutil.copy(path, one / path.name)
    assert (counted(office), counted(there)) == (true, (1, 0, 0))


@pytest.mark.soak
def test_nobody_is_read_in_a_report_an_export_or_what_they_leave(
    office: Office, tmp_path: Path
) -> None:
    canaries, secrets = Canaries(), Secrets()
    for name in (*STAGES, *OTHERS):
        if name != "decision":
            office.put(name, json.dumps(canaries.fill(name, example(office, name))))
    office.put(
        "consent",
        json.dumps({
            "happened_on": "2026-01-06", "subject": "reporting", "information": "canary-i",
            "shared_with": ["canary-s"], "purpose": "canary-p", "answer": "given",
            "given_by": "self",
        }),
    )  # fmt: skip
    of_provider = [one["name"] for one in office.data("schema") if one["of_provider"]]
    for name in of_provider:
        if name != "publication":
            filled = json.dumps(canaries.fill(name, example(office, name)))
            office.done("put", "provider", name, "-", input=filled)
    assert len(of_provider) > 5 and canaries.count > 150
    out = tmp_path / "asked"
    out.mkdir()
    watched = Inside(out)
    words: list[tuple[str | Path, ...]] = []
    for report in office.data("report"):
        for form in ("table", "csv", "json", "ndjson", "html", "md"):
            words.append(("report", report["report"], "--period", "2026", "--format", form))
        words.append(("report", report["report"], "--period", "2026", "--publish"))
    for form in ("csv", "ndjson", "parquet", "htcds"):
        words.append(("export", form, "--out", out / form))
        words.append(("export", form, "--out", out / f"{form}-ids", "--with-ids"))
    words += [("find", "canary-1"), ("find", "canary-1", "--json"), ("find", "--duplicates")]
    for one in words:
        ran = watched.run(*one, cwd=office.book)
        assert ran.code != 1 and "a bug" not in ran.stderr, one
        told = (ran.stdout + ran.stderr).encode()
        assert secrets.found(told) is None, (one, secrets.found(told))
    assert secrets.among(watched.seen) == []
    assert secrets.among(left(tmp_path, tmp_path / "nothing")) == []
    assert CANARY in office.done("show", office.case, "profile")


@pytest.mark.soak
def test_two_reports_at_once_and_one_that_was_killed(office: Office) -> None:
    import sys

    from tests.commands import SOURCE

    command = [sys.executable, "-m", "tipcase", *ASKED, "--json"]
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=office.book, env=env, stdout=subprocess.PIPE)

    running = [start() for _ in range(3)]
    for one in running:
        assert json.loads(one.communicate()[0])["data"]["new"] == 1
    shutil.rmtree(office.home / "cache")
    for wait in (0.1, 0.2, 0.3):
        one = start()
        try:
            one.communicate(timeout=wait)
        except subprocess.TimeoutExpired:
            one.kill()
            one.communicate()
        assert counted(office) == (1, 0, 0)
