"""One report over a casebook in which a write was killed, a file is damaged, a merge has stopped.

What cannot be read is listed and left out whole; the rest is counted as the generator of the
casebook knows it; nothing of it is published unless somebody says that it may be incomplete.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks import make_book
from tests.casebook.clones import Clone
from tests.commands import Ran, run_inside
from tests.reports import recount
from tests.reports.recount import Period, Person, counted
from tipcase.casebook import writing
from tipcase.files import TEMP_PREFIX

CASES, RECORDS, SEED = 8, (5, 6), 21
DAY = "2026-11-15"
CASE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")
PERIOD = Period("2025-01-01", "2025-12-31", DAY)
ASKED = ("report", "caseload", "--period", "2025", "--by", "sex", "--as-of", DAY)


@dataclass
class Batch:
    """A casebook in git with its truth; ``cases`` are its ids in the order of the truth."""

    clone: Clone
    people: list[Person]

    @property
    def cases(self) -> list[str]:
        return [person.case for person in self.people]

    def folder(self, case: str) -> Path:
        return self.clone.root / "cases" / case

    def write(self, case: str, **fields: Any) -> None:
        """A new revision of somebody's profile."""
        self.clone.case_id = case
        self.clone.put("profile", {**self.clone.read("profile"), **fields})

    def report(self, *words: str) -> Ran:
        return run_inside(*ASKED, *words, cwd=self.clone.root)

    def told(self, *words: str) -> tuple[int, dict[str, Any]]:
        ran = self.report("--json", *words)
        return ran.code, json.loads(ran.stdout)

    def without(self, *cases: str) -> list[Person]:
        return [person for person in self.people if person.case not in cases]


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    monkeypatch.setenv("TIPCASE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TIPCASE_LANG", "en")
    me = make_book.identity("x25519")
    make_book.make(tmp_path / "book", me, CASES, RECORDS, seed=SEED)
    clone = Clone(tmp_path / "book", tmp_path / "home", me, "")
    clone.git("init", "--quiet", "--initial-branch", "main")
    clone.commit()
    truth = [Person(line) for line in make_book.truth(tmp_path / "book")]
    return Batch(clone, truth)


def kill(batch: Batch, case: str, monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    """A write is signed and then killed before its files got their names."""

    def die(pending: object) -> None:
        raise SystemExit(137)

    with monkeypatch.context() as killed:
        killed.setattr(writing, "_rename", die)
        with pytest.raises(SystemExit):
            batch.write(case, **fields)
    assert list(batch.folder(case).glob(f"{TEMP_PREFIX}*"))


def damage(batch: Batch, case: str) -> None:
    """One bit of one record."""
    path = batch.folder(case) / "01-identification.yaml.age"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def part(batch: Batch, case: str) -> None:
    """Two copies write one record, and git stops in the middle of joining them."""
    clone = batch.clone
    home = clone.home.with_name("home-there")
    there = Clone(clone.root.with_name("there"), home, clone.me, case)
    clone.git("clone", "--quiet", str(clone.root), str(there.root))
    other = Batch(there, batch.people)
    batch.write(case, marital_status="Single")
    other.write(case, marital_status="Married")
    clone.commit()
    there.commit()
    clone.fetch(there)
    clone.git("merge", "--quiet", "other/main", fails=True)
    assert clone.unmerged()


def rows(people_: list[Person]) -> dict[str, dict[str, float]]:
    return counted(people_, recount.caseload, PERIOD, "sex")


def shown(data: dict[str, Any]) -> dict[str, dict[str, float]]:
    """The rows of a report as the truth has them: the total by no code, and no zeroes."""
    found = {}
    for row in data["rows"]:
        cell = {name: value for name, value in row.items() if name != "sex" and value}
        if cell:
            found["" if row["sex"] == "total" else row["sex"]] = cell
    return found


def errors(told: dict[str, Any]) -> dict[str, int]:
    """The exit code of each case that is listed, by its id."""
    found = {}
    for error in told["errors"]:
        (case,) = CASE.findall(error["message"])
        found[case] = error["code"]
    return found


def test_the_killed_the_damaged_and_the_half_merged_in_one_report(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = [p for p in batch.people if counted([p], recount.caseload, PERIOD)]
    killed, damaged, parted, keyless = (person.case for person in counts[:4])
    part(batch, parted)
    # What was signed counts, although its file waits under another name.
    sex = "male" if counts[0].one("profile")["sex"] == "female" else "female"
    kill(batch, killed, monkeypatch, sex=sex)
    counts[0].one("profile")["sex"] = sex
    damage(batch, damaged)
    # What nobody signed is nobody's write: it waits to be swept away, and changes nothing.
    (batch.folder(counts[4].case) / f"{TEMP_PREFIX}{'0' * 64}").write_bytes(b"torn")
    for wrap in batch.folder(keyless).glob("keys/*/bench.age"):
        wrap.unlink()
    left = batch.without(damaged, parted, keyless)
    assert rows(left) != rows(batch.people) and rows(left)

    code, told = batch.told()
    assert code == 7 and told["ok"] is False, told
    assert errors(told) == {damaged: 7, parted: 5, keyless: 7}
    assert told["data"]["unread"] == 3 and told["data"]["not_open"] == 0
    assert shown(told["data"]) == rows(left)
    # The same again from what was remembered, and by several processes.
    assert batch.told() == (code, told)
    assert batch.told("--processes", "2") == (code, told)
    ran = batch.report()
    assert ran.code == 7 and all(case in ran.stderr for case in (damaged, parted, keyless))
    assert killed not in ran.stderr


def test_nothing_is_published_of_what_is_incomplete(batch: Batch) -> None:
    pytest.importorskip("highspy")
    case = batch.cases[0]
    damage(batch, case)
    target = batch.clone.root.parent / "told.csv"
    ran = batch.report("--publish", "--format", "csv", "--out", str(target))
    assert ran.code == 7 and case in ran.stderr and "--incomplete" in ran.stderr
    assert ran.stdout == "" and not target.exists()
    ran = batch.report("--publish", "--incomplete", "--by", "none", "--format", "md")
    assert ran.code == 7 and case in ran.stderr
    assert "incomplete" in ran.stdout.lower() and case not in ran.stdout


@pytest.mark.soak
def test_mended_it_is_counted_again(batch: Batch) -> None:
    case = batch.cases[0]
    path = batch.folder(case) / "01-identification.yaml.age"
    whole = path.read_bytes()
    first = batch.told()
    assert shown(first[1]["data"]) == rows(batch.people)
    damage(batch, case)
    code, told = batch.told()
    assert code == 7 and shown(told["data"]) == rows(batch.without(case))
    path.write_bytes(whole)
    assert first[0] == 0 and batch.told() == first
