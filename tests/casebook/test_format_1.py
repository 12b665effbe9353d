"""Format 1 opens for ever: two casebooks and an archive that an earlier tipcase wrote.

Nothing here may be made anew to make a test pass: whoever has such a casebook cannot do that.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.commands import run_inside
from tipcase import age
from tipcase.casebook.backup import restoring
from tipcase.casebook.backup.restoring import Wanted
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.naming import parse_record_name
from tipcase.casebook.verification import verify
from tipcase.casebook.wraps import NeedToKnowError
from tipcase.errors import NoKeyError, TipcaseError
from tipcase.keyring import person as people
from tipcase.keyring import recovery
from tipcase.keyring.person import Person

FIXTURE = Path(__file__).parents[1] / "fixtures" / "format-1"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FIXTURE / "expected.json").read_text("utf-8"))
CASE = next(name.removeprefix("book/") for name in EXPECTED if name.startswith("book/"))
SECRET = next(name for name in EXPECTED[f"book/{CASE}"] if name.startswith("safeguarding/"))
HEALTH = next(name for name in EXPECTED[f"book/{CASE}"] if name.startswith("health/"))
KINDS = {"book": "x25519", "hybrid": "hybrid"}


def person(handle: str) -> Person:
    return people.from_text((FIXTURE / "keys" / f"{handle}.txt").read_text("utf-8"))


def seed_of(book: str) -> Person:
    words = (FIXTURE / "keys" / f"seed-of-{book}").read_text("utf-8")
    return recovery.person(recovery.from_words(words), KINDS[book])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy: reading takes locks, and the fixture is never written to."""
    for name in KINDS:
        shutil.copytree(FIXTURE / name, tmp_path / name)
    return tmp_path


def opened(folder: Path, name: str) -> Book:
    book = Book(folder / name, folder / "home")
    book.check()
    return book


def content(case: Case, record: str, reader: Person) -> dict[str, Any]:
    """What a record says, without its header and without what `attach` added."""
    path = case.find(*parse_record_name(record))
    assert path is not None
    found = dict(case.read(path, reader).data)
    found.pop("attachments", None)
    return found


def test_not_a_byte_of_it_has_changed() -> None:
    lines = (FIXTURE / "SHA256SUMS").read_text("ascii").splitlines()
    listed = {line[66:]: line[:64] for line in lines}
    ours = {"SHA256SUMS", "README.md", "make.py", ".gitattributes"}
    found = {
        path.relative_to(FIXTURE).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FIXTURE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {path: digest for path, digest in found.items() if path not in ours} == listed


@pytest.mark.parametrize("name", KINDS)
def test_it_is_whole(folder: Path, name: str) -> None:
    for verdict in verify.verify(Book(folder / name, folder / "home")):
        assert (verdict.damage, verdict.warnings) == ((), ()), verdict.case
    home = {"TIPCASE_HOME": str(folder / "home")}
    assert run_inside("verify", env=home, cwd=folder / name).code == 0


@pytest.mark.parametrize("where", EXPECTED)
def test_every_record_says_what_was_written(folder: Path, where: str) -> None:
    name, case_id = where.split("/")
    case = Case(opened(folder, name), case_id)
    expected = EXPECTED[where]
    assert {records_of(case)} == {frozenset(expected)}
    for reader in (seed_of(name), person("cw3" if name == "book" else "pq1")):
        for record, said in expected.items():
            assert content(case, record, reader) == said, record


def records_of(case: Case) -> frozenset[str]:
    return frozenset(f"{kind}/{tag}" if tag else kind for _, kind, tag in case.paths())


def test_who_opens_what(folder: Path) -> None:
    """The founder not the complaint; who was taken off the case what came before, and no more."""
    case = Case(opened(folder, "book"), CASE)
    notes = [name for name in EXPECTED[f"book/{CASE}"] if name.startswith("note/")]
    opens: dict[str, set[str]] = {}
    for handle in ("cw1", "cw2", "cw3", "cw4"):
        opens[handle] = set()
        for record in EXPECTED[f"book/{CASE}"]:
            try:
                content(case, record, person(handle))
                opens[handle].add(record)
            except TipcaseError:
                continue
    everything = set(EXPECTED[f"book/{CASE}"])
    assert opens["cw1"] == everything - {SECRET} and opens["cw3"] == everything
    first, second, _ = sorted(notes, key=lambda n: EXPECTED[f"book/{CASE}"][n]["happened_on"])
    assert opens["cw2"] == {"profile", first}
    assert opens["cw4"] == {"profile", first, second, HEALTH}
    with pytest.raises(NeedToKnowError):
        content(case, SECRET, person("cw1"))
    with pytest.raises(NoKeyError):
        content(case, HEALTH, person("cw2"))


def test_how_the_case_and_the_staff_stand(folder: Path) -> None:
    book = opened(folder, "book")
    case = Case(book, CASE)
    assert sorted(book.roster.now) == ["cw1", "cw2", "cw3"]
    assert sorted(case.fold.team) == ["cw1", "cw3", "recovery"]
    assert len(case.fold.generations) == 3 and case.fold.stage == "identification"
    assert case.current(case.find(*parse_record_name(SECRET)) or "").sealed_to == (
        "cw3",
        "recovery",
    )
    assert book.config.get("language") == "km" and book.config.keys == "x25519"
    assert case.fold.opened == "2026-01-05" and case.fold.open


def test_the_attachment_is_the_picture(folder: Path) -> None:
    case = Case(opened(folder, "book"), CASE)
    path = case.find(*parse_record_name(HEALTH))
    (item,) = case.read(path or "", person("cw3")).data["attachments"]
    home, out = {"TIPCASE_HOME": str(folder / "home")}, folder / "x.png"
    words = ("export", CASE, item["id"], "--out", out, "--identity", FIXTURE / "keys/cw1.txt")
    ran = run_inside(*words, env=home, cwd=folder / "book")
    assert ran.code == 0, ran
    assert out.read_bytes() == (FIXTURE / "picture.png").read_bytes()
    assert (item["name"], item["type"]) == ("x-ray.png", "image/png")


def test_the_archive_is_the_casebook(folder: Path) -> None:
    data = (FIXTURE / "book.backup").read_bytes()
    for number, reader in enumerate((person("cw1"), seed_of("book"))):
        wanted = Wanted(folder / f"back-{number}", folder / "home")
        restored = restoring.restore(io.BytesIO(data), [reader.identity], wanted)
        assert not restored.damaged
        assert restored.casebook == opened(folder, "book").id
        for path in (folder / "book").rglob("*"):
            if path.is_file() and path.name != ".lock":
                there = wanted.target / path.relative_to(folder / "book")
                assert there.read_bytes() == path.read_bytes()
    with pytest.raises(age.NoMatchError):
        restoring.restore(
            io.BytesIO(data), [person("cw2").identity], Wanted(folder / "no", folder / "home")
        )


def test_it_can_be_written_to(folder: Path) -> None:
    """What is written today stands beside what was written then."""
    home = {"TIPCASE_HOME": str(folder / "home")}
    for name, handle in (("book", "cw1"), ("hybrid", "pq1")):
        keys = FIXTURE / "keys" / f"{handle}.txt"
        case = next(where.split("/")[1] for where in EXPECTED if where.startswith(f"{name}/"))
        words = ("set", case, "profile", "nationality=VN", "--identity", keys)
        ran = run_inside(*words, env=home, cwd=folder / name)
        assert ran.code == 0, ran
        assert run_inside("verify", env=home, cwd=folder / name).code == 0
        found = content(Case(opened(folder, name), case), "profile", person(handle))
        assert found["nationality"] == "VN"
