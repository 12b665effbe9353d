"""No value of a record leaves the sealed files but where somebody asked for it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office, example
from tests.cli.leaks import Canaries
from tests.cli.test_contract import OTHERS, STAGES
from tests.commands import SOURCE, Ran
from tests.copies import copied
from tests.oracles import require

CANARY = re.compile(r"canary-\d+")


@pytest.fixture(scope="module")
def full(template: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office with git, and a case full of canaries."""
    folder, case = template
    there = tmp_path_factory.mktemp("canaries")
    office = Office(copied(folder / "book", there / "book"), there / "home", case)
    copied(folder / "home", office.home)
    git = ["git", "-C", str(office.book)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    canaries = Canaries()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIPCASE_HOME", str(office.home))
        for name in (*STAGES, *OTHERS):
            if name != "decision":
                office.put(name, json.dumps(canaries.fill(name, example(office, name))))
    assert canaries.count > 100
    return there


@pytest.fixture
def filled(full: Path, office: Office) -> Office:
    """A copy of it for a test of its own."""
    for name in ("book", "home"):
        shutil.rmtree(office.book.parent / name)
        copied(full / name, office.book.parent / name)
    return office


def tour(office: Office) -> Iterator[tuple[str, Ran]]:
    """Commands that must say nothing about the person, good ones and refused ones."""
    case = office.case
    for words in (
        ("list",),
        ("list", "--json"),
        ("list", "--overdue"),
        ("find", "canary"),
        ("find", "canary", "--json"),
        ("find", "--duplicates"),
        ("report", "caseload", "--period", "2026", "--by", "sex"),
        ("report", "national", "--period", "2026", "--json"),
        ("report", "data-quality", "--period", "2026", "--format", "csv"),
        ("report", "caseload", "--period", "canary-919"),
        ("report", "caseload", "--period", "2026", "--where", "sex=canary-920"),
        ("status", case),
        ("status", case, "--json"),
        ("show", case),
        ("show", case, "--json"),
        ("log", case),
        ("log", case, "--json"),
        ("verify",),
        ("check", case),
        ("check", case, "--json"),
        ("readiness", case, "--json"),
        ("readiness", case),
        ("readiness", case, "--explain"),
        ("readiness", "--all"),
        ("due", "--within", "900d"),
        ("due", "--ics", "--within", "900d"),
        ("close", case),
        ("close", case, "--outcome", "canary-910"),
        ("close", case, "--outcome", "died"),
        ("reopen", case, "--cause", "canary-911", "--reason", "canary-912"),
        ("advance", case),
        ("advance", case, "--override", "canary-900"),
        ("skip", case, "referral", "--reason", "canary-901"),
        ("skip", case, "recovery", "--done-elsewhere", "canary-902"),
        ("set", case, "profile", "nationality=canary-903"),
        ("set", case, "profile", "canary-904=x"),
        ("set", case, "note", "text=canary-905", "happened_on=canary-906"),
        ("set", case, "profile", "full_name.canary=x"),
        ("set", case, "profile", "full_name=@canary-907"),
        ("put", case, "note", "canary-908"),
        ("put", case, "note", "--canary-909"),
        ("form", case, "P1", "--out", str(office.book.parent / "out")),
        ("close", case, "--override", "canary-913", "--end", "canary-914"),
        ("reopen", case, "--cause", "new-danger", "--reason", "canary-915", "--wish", "canary-916"),
        ("settings", "closing_confirmed=yes"),
        ("close", case, "--outcome", "died", "--reason", "canary-917"),
        ("confirm", case),
        ("close", case, "--withdraw", "canary-918"),
        ("settings",),
        ("staff", "list"),
    ):
        yield " ".join(words), office.run(*words)


def test_nothing_is_said_about_the_person_unasked(filled: Office) -> None:
    for said, ran in tour(filled):
        assert ran.code != 1, said
        assert not CANARY.search(ran.stdout), f"{said}: {CANARY.search(ran.stdout)}"
        assert not CANARY.search(ran.stderr), f"{said}: {CANARY.search(ran.stderr)}"
    git = ["git", "-C", str(filled.book), "-c", "user.name=x", "-c", "user.email=x@y.invalid"]
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "work"], check=True)
    told = subprocess.run([*git, "log", "-p", "--text"], capture_output=True, check=True).stdout
    assert b"cases/" in told
    assert b"canary-" not in told
    for folder in (filled.book, filled.home):
        for path in folder.rglob("*"):
            assert "canary" not in path.name
            assert not path.is_file() or b"canary-" not in path.read_bytes(), path.name
    # Asked for, it is shown: the canaries were really there.
    assert CANARY.search(filled.done("show", filled.case, "profile"))
    (form,) = (filled.book.parent / "out").iterdir()
    assert CANARY.search(form.read_text(encoding="utf-8"))


def test_what_is_restricted_is_shown_only_by_name(filled: Office) -> None:
    told = filled.done("show", filled.case)
    assert "health/" in told
    assert "canary" not in told
    plain = filled.done("form", filled.case, "P1", "--lang", "en")
    assert plain == filled.done("form", filled.case, "P1", "--lang", "en")


def test_check_quotes_no_value_that_became_invalid(
    filled: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if a newer edition had narrowed every text: nothing fits any more.
    from tipcase.law import validation

    monkeypatch.setattr(validation, "__doc__", validation.__doc__)
    ran = filled.run("check", filled.case, "--as-of", "2001-01-01")
    assert not CANARY.search(ran.stdout + ran.stderr)


# -- every write of the process, as the kernel saw it --

WRITES = "openat,creat,mkdir,rename,renameat,renameat2,link,symlink,write,pwrite64,writev,sendto"


def traced(
    office: Office,
    log: Path,
    *words: str,
    screen: int | None = None,
    typed: bytes = b"",
    **env: str,
) -> list[str]:
    """The traced calls of one command that name a canary, with the paths of descriptors.

    ``screen`` is a terminal to run on; else the command reads ``typed``.
    """
    command = [require("strace"), "-f", "-y", "-s", "1000000", "-e", f"trace={WRITES}", "-o"]
    streams: dict[str, Any] = {"input": typed, "capture_output": True}
    if screen is not None:
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), screen)
    done = subprocess.run(
        [*command, str(log), sys.executable, "-m", "tipcase", *words],
        cwd=office.book,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1", **env},
        start_new_session=True,
        timeout=60,
        check=False,
        **streams,
    )
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    if "execve" not in text and "write(" not in text:
        pytest.skip("strace may not trace here")
    assert done.returncode == 0, done.stderr
    return [line for line in text.splitlines() if "canary-" in line]


@pytest.mark.soak
def test_the_kernel_saw_no_plaintext_written(office: Office, tmp_path: Path) -> None:
    case, log = office.case, tmp_path / "trace"
    note = b"happened_on: 2026-02-03\ntext: canary-1\n"
    assert traced(office, log, "put", case, "note", "-", typed=note) == []
    assert traced(office, log, "set", case, "profile", "full_name=-", typed=b"canary-2") == []
    assert traced(office, log, "advance", case, "--override", "-", typed=b"canary-3") == []
    shown = traced(office, log, "show", case, "profile")
    assert shown
    assert all(re.search(r"write\(1<", line) for line in shown)
    out = tmp_path / "out"
    printed = traced(office, log, "form", case, "P1", "--out", str(out))
    assert all(f"<{out}/" in line for line in printed)


@pytest.mark.soak
def test_the_kernel_saw_no_plaintext_of_a_closing(office: Office, tmp_path: Path) -> None:
    case, log = office.case, tmp_path / "trace"
    died = ("close", case, "--outcome", "died", "--reason", "-")
    assert traced(office, log, *died, typed=b"canary-4") == []
    why = ("--cause", "closed-by-mistake", "--reason", "-")
    assert traced(office, log, "reopen", case, *why, typed=b"canary-5") == []


@pytest.mark.skipif(not Path("/dev/ptmx").exists(), reason="needs pseudo-terminals")
def test_the_kernel_saw_the_editor_write_in_ram_alone(
    office: Office, tmp_path: Path, home: Path
) -> None:
    import pty

    script = tmp_path / "editor.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\n"
        "Path(sys.argv[-1]).write_text('full_name: can' + 'ary-4\\n')\n"
    )
    master, slave = pty.openpty()
    found = traced(
        office,
        tmp_path / "trace",
        "edit",
        office.case,
        "profile",
        screen=slave,
        EDITOR=f"{sys.executable} {script}",
    )
    os.close(slave)
    os.close(master)
    assert found
    assert all(f"<{home}/run/" in line for line in found)
    assert office.done("show", office.case, "profile") == "full_name: canary-4\n"
    assert not any(path.is_file() for path in (home / "run").rglob("*"))
