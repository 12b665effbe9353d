"""Whatever of a casebook is damaged, no command that reads says anything that was not written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Office

SOAK = os.environ.get("TIPCASE_SOAK") == "1"
AS_OF = ("--as-of", "2026-03-01")
# Every command that reads a case, without the word for the case.
READERS = {
    "show": ("show", "CASE"),
    "record": ("show", "CASE", "profile"),
    "status": ("status", "CASE", *AS_OF),
    "check": ("check", "CASE", *AS_OF),
    "due": ("due", *AS_OF),
    "readiness": ("readiness", "CASE", *AS_OF),
    "list": ("list",),
    "log": ("log", "CASE"),
    "diff": ("log", "CASE", "--diff"),
    "form": ("form", "CASE", "--list"),
    "staff": ("staff", "list"),
}


@pytest.fixture
def office(office: Office) -> Office:
    """With records of every sealing: ordinary, restricted, twice revised."""
    office.done("set", office.case, "profile", "full_name=Older Invented")
    office.done("set", office.case, "profile", "full_name=Canary Invented")
    office.put("note", "happened_on: 2026-01-06\ntext: Canary\n")
    office.put("health", "happened_on: 2026-01-06\n")
    return office


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGES: dict[str, Callable[[Path], None]] = {
    "flipped": flipped,
    "halved": halved,
    "deleted": lambda path: path.unlink(),
}


def names(office: Office) -> Iterator[str]:
    for path in sorted(office.book.rglob("*")):
        if path.is_file() and path.name != ".lock" and ".git/" not in path.as_posix():
            yield path.relative_to(office.book).as_posix()


def answers(office: Office) -> dict[str, tuple[int, str]]:
    """What each reader answers; a record's listing is by lines, so that fewer of them can show."""
    found = {}
    for name, words in READERS.items():
        ran = office.run(*(office.case if word == "CASE" else word for word in words))
        assert "Traceback" not in ran.stderr and ran.code != 1, (name, ran)
        found[name] = (ran.code, ran.stdout)
    return found


def test_no_reader_believes_a_damaged_file(office: Office) -> None:
    """Each answers as before, or fails, and then shows no line that is new and no old value."""
    before = answers(office)
    all_lines = {line for _, text in before.values() for line in text.splitlines()}
    every = list(names(office))
    chosen = every if SOAK else [n for n in every if "/profile" in n or "/health" in n]
    for name in chosen:
        path = office.book / name
        data = path.read_bytes()
        for how, damage in DAMAGES.items() if SOAK else [("flipped", flipped)]:
            if name.startswith(".git") and how != "deleted":
                continue  # it holds remarks, and those may change
            damage(path)
            assert office.run("verify").code == 7, (name, how)
            for reader, (code, text) in answers(office).items():
                assert "Older" not in text or reader == "diff", (name, how, reader)
                if code == before[reader][0]:
                    continue
                assert code in (4, 7), (name, how, reader, code)
                if reader in ("show", "record", "list", "log"):
                    new = set(text.splitlines()) - all_lines
                    # A record that is not believed stands in the list, with nothing of it.
                    assert all("not readable" in line for line in new), (name, how, reader)
            path.unlink(missing_ok=True)
            path.write_bytes(data)
    assert office.run("verify").code == 0


def test_conflict_marks_are_told_to_whoever_reads(office: Office) -> None:
    journal = office.book / "cases" / office.case / "journal" / "cw1.journal"
    data = journal.read_bytes()
    journal.write_bytes(b"<<<<<<< HEAD\n" + data + b"=======\n>>>>>>> theirs\n")
    for words in (("show", office.case), ("put", office.case, "note", "-"), ("verify",)):
        ran = office.run(*words, input="happened_on: 2026-01-07\ntext: x\n")
        assert ran.code == 7 and "conflict marks" in ran.stdout + ran.stderr, words
        assert "tipcase merge" in ran.stdout + ran.stderr


def test_verify_of_a_case_says_nothing_of_others(office: Office) -> None:
    other = office.done("new", "--opened", "2026-01-05").strip()
    (office.book / "cases" / other / "case.yaml").write_text("edited\n")
    assert office.run("verify", office.case).code == 0
    assert office.run("verify", other).code == 7
    assert office.run("verify").code == 7
