"""``edit``: a record in one's own editor."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tests.commands import Ran
from tipcase import terminal

NOTE = "happened_on: 2026-02-03\ntext: The first visit.\n"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What a person at the terminal will say to each question; an empty list is a no."""
    said: list[bool] = []
    monkeypatch.setattr(terminal, "present", lambda: True)
    monkeypatch.setattr(terminal, "confirm", lambda *_: not said or said.pop(0))
    return said


def edit(office: Office, *words: str, turns: list[str]) -> tuple[Ran, list[str]]:
    """Run edit with an editor that writes these texts in turn ("=" leaves it as it is).

    Answers what the editor was given each time.
    """
    folder = office.book.parent
    seen = folder / "seen"
    seen.unlink(missing_ok=True)
    script = folder / "editor.py"
    script.write_text(
        "import json, sys\nfrom pathlib import Path\n"
        f"path, seen, turns = Path(sys.argv[-1]), Path({str(seen)!r}), {turns!r}\n"
        "before = json.loads(seen.read_text()) if seen.exists() else []\n"
        "text = turns[len(before)]\n"
        "seen.write_text(json.dumps([*before, path.read_text()]))\n"
        "if text != '=':\n    path.write_bytes(text.encode('utf-8', 'surrogateescape'))\n"
    )
    ran = office.run("edit", *words, env={"EDITOR": f"{sys.executable} {script}"})
    return ran, json.loads(seen.read_text()) if seen.exists() else []


def rests(home: Path) -> list[Path]:
    return [path for path in (home / "run").rglob("*") if path.name != f"tipcase-{os.getuid()}"]


def test_a_first_record_begins_with_its_fields(
    office: Office, answers: list[bool], home: Path
) -> None:
    written = "nationality: KH  # sure\n"
    ran, seen = edit(office, office.case, "profile", turns=[written])
    assert ran.code == 0
    assert "\n#full_name: \n" in seen[0]
    assert office.data("show", office.case, "profile")["content"] == {"nationality": "KH"}
    assert rests(home) == []
    # The next time it begins with what was written, the comment too.
    _, seen = edit(office, office.case, "profile", turns=["="])
    assert seen == [written]


def test_unchanged_is_not_written(office: Office, answers: list[bool]) -> None:
    office.put("profile", "nationality: KH\n")
    before = office.snapshot()
    ran, _ = edit(office, office.case, "profile", turns=["="])
    assert (ran.code, ran.stderr) == (0, "nothing was written\n")
    assert office.snapshot() == before


@pytest.mark.parametrize(
    "wrong",
    [
        "nationality: canary-7316\n",
        "nationality: [canary-7316\n",
        "canary-7316: x\n",
        "full_name: &canary-7316 x\n",
        "full_name: canary-7316 \udcff\n",
    ],
)
def test_a_mistake_leads_back_and_shows_no_value(
    office: Office, answers: list[bool], home: Path, wrong: str
) -> None:
    before = office.snapshot()
    ran, _ = edit(office, office.case, "profile", turns=[wrong])
    assert ran.code == 0
    assert "nothing was written" in ran.stderr
    assert "canary" not in ran.stdout + ran.stderr
    assert office.snapshot() == before
    if "\udcff" not in wrong:
        answers.append(False)  # the text is not thrown away: the editor opens again
        ran, seen = edit(office, office.case, "profile", turns=[wrong, "nationality: KH\n"])
        assert ran.code == 0
        assert seen[1] == wrong
        assert office.done("show", office.case, "profile") == "nationality: KH\n"
    assert rests(home) == []


def test_a_stage_that_repeats(office: Office, answers: list[bool]) -> None:
    ran, _ = edit(office, office.case, "note", turns=[NOTE])
    tag = ran.stdout.strip()
    assert len(tag) == 8
    ran, seen = edit(office, office.case, "note", turns=[NOTE.replace("first", "second")])
    assert (ran.code, ran.stdout) == (0, "")
    assert "The first visit." in seen[0]
    assert "second" in office.done("show", office.case, f"note/{tag}")
    ran, _ = edit(office, office.case, "note", "--new", turns=[NOTE])
    assert ran.stdout.strip() not in ("", tag)
    assert office.run("edit", office.case, "note").code == 2


def test_an_editor_that_fails_is_10(office: Office, answers: list[bool], home: Path) -> None:
    before = office.snapshot()
    ran = office.run("edit", office.case, "profile", env={"EDITOR": "false"})
    assert ran.code == 10
    assert office.snapshot() == before
    assert rests(home) == []


def test_what_somebody_else_wrote_meanwhile_is_not_lost(
    office: Office, answers: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipcase import editing

    office.put("profile", "nationality: KH\n")

    def meanwhile(text: str, accept: object) -> str:
        office.done("set", office.case, "profile", "full_name=KEO Example")
        assert callable(accept)
        assert accept(b"nationality: VN\n") == []
        return "nationality: VN\n"

    monkeypatch.setattr(editing, "edit", meanwhile)
    ran = office.run("edit", office.case, "profile")
    assert ran.code == 5
    assert "KEO Example" in office.done("show", office.case, "profile")
