"""The sample casebook is sound, tells the four stories, and is what its sources say."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.commands import Ran, run_inside
from tipcase import documents
from tipcase.cli.demo import SAMPLE_DATE

SAMPLES = Path(__file__).resolve().parents[2] / "sample-cases"
IDENTITY = SAMPLES / "demo-identity.txt"
STORIES = sorted((SAMPLES / "sources").glob("*.yaml"))
INVALID = sorted((SAMPLES / "invalid").glob("*.yaml"))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: reading must not depend on where the book stands, and tests must not touch it."""
    return Path(shutil.copytree(SAMPLES / "book", tmp_path_factory.mktemp("samples") / "book"))


def run(book: Path, *words: str, **more: object) -> Ran:
    return run_inside(
        *words,
        "--identity",
        str(IDENTITY),
        "--as-of",
        SAMPLE_DATE,
        cwd=book,
        **more,  # type: ignore[arg-type]  # input only
    )


def cases(book: Path) -> dict[str, str]:
    """The id of each case by the day on which it was opened."""
    rows = json.loads(run(book, "list", "--json").stdout)["data"]
    return {row["opened"]: row["case"] for row in rows}


def test_the_book_is_undamaged(book: Path) -> None:
    ran = run(book, "verify", "--json")
    assert ran.code == 0
    rows = json.loads(ran.stdout)["data"]
    assert all(row["ok"] and not row["warnings"] for row in rows)
    assert len(rows) == len(STORIES) + 2  # the staff and the provider


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_the_book_says_what_its_sources_say(book: Path, story: Path) -> None:
    source = documents.read(story.read_bytes()).tree
    case = cases(book)[source["opened"]]
    listed = json.loads(run(book, "show", case, "--json").stdout)["data"]
    puts = [step["put"] for step in source["steps"] if "put" in step]
    decisions = [step for step in source["steps"] if "skip" in step]
    kinds = [row["record"].partition("/")[0] for row in listed]
    assert sorted(kinds) == sorted([*puts, *["decision"] * len(decisions)])
    profile = next(step["content"] for step in source["steps"] if step.get("put") == "profile")
    shown = json.loads(run(book, "show", case, "profile", "--json").stdout)["data"]["content"]
    assert shown["full_name"] == profile["full_name"]
    assert "Example" in shown["full_name_latin"], "people in samples are plainly invented"


def test_each_story_has_its_answer(book: Path) -> None:
    ids = cases(book)

    def answer(opened: str) -> str:
        data = json.loads(run(book, "readiness", ids[opened], "--json").stdout)["data"]
        return str(data["answer"])

    assert answer("2025-09-01") == "evidence-complete"
    assert {answer(day) for day in ("2026-10-06", "2026-05-11", "2025-12-03")} == {"gaps"}
    assert run(book, "check", ids["2026-10-06"]).code == 3
    assert run(book, "check", ids["2026-05-11"]).code == 0


def test_no_name_of_a_person_can_be_read_in_the_book() -> None:
    names = re.compile("ឧទាហរណ៍|Example (?!Shelter)".encode())
    for path in (SAMPLES / "book").rglob("*"):
        if path.is_file():
            assert not names.search(path.read_bytes()), path.name


def test_the_identity_warns_and_opens_nothing_else() -> None:
    text = IDENTITY.read_text("utf-8")
    assert text.startswith("# PUBLIC.")
    assert "# tipcase handle: demo\n" in text


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_what_must_be_refused_is_refused(book: Path, path: Path) -> None:
    kind = next(
        name
        for name in ("follow-up", "identification", "note", "profile", "consent")
        if path.stem.startswith(name)
    )
    case = cases(book)["2026-10-06"]
    before = {p: p.read_bytes() for p in book.rglob("*") if p.is_file() and p.name != ".lock"}
    ran = run(book, "put", case, kind, str(path))
    assert ran.code == 3
    assert "Traceback" not in ran.stderr
    assert {p: p.read_bytes() for p in before} == before
    assert "invented" not in ran.stderr


def test_the_script_makes_a_sound_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made anew somewhere else, with one story only, so that a test has the time for it."""
    spec = importlib.util.spec_from_file_location("make_samples", SAMPLES / "make_samples.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    (tmp_path / "sources").mkdir()
    shutil.copy(STORIES[0], tmp_path / "sources")
    monkeypatch.setattr(script, "HERE", tmp_path)
    assert script.main() == 0
    ran = run_inside(
        "verify", "--identity", str(tmp_path / "demo-identity.txt"), cwd=tmp_path / "book"
    )
    assert ran.code == 0
