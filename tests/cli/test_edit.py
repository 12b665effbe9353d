"""``edit``: a record in one's own editor."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tests.commands import Ran
from tipcase import terminal

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

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
    # The next time it begins with what was written, the comment too, and offers the rest below.
    _, seen = edit(office, office.case, "profile", turns=["="])
    assert seen[0].startswith(f"{written}\n# Not written yet:\n")
    assert "\n#full_name: \n" in seen[0]
    assert "#nationality:" not in seen[0]


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


# -- the skeleton --


def answered(text: str, **values: str) -> str:
    """The skeleton with the # of these fields' first lines taken away and a value written."""
    for name, value in values.items():
        lead, name_, rest = re.split(rf"^#( *){name}:.*$", text, maxsplit=1, flags=re.M)
        text = f"{lead}{name_}{name}: {value}".rstrip() + rest
    return text


def test_the_skeleton_tells_what_a_person_needs_to_know(
    office: Office, answers: list[bool]
) -> None:
    _, seen = edit(office, office.case, "profile", turns=["="])
    lines = seen[0].split("\n")
    at = lines.index("#birth:")
    assert lines[at - 1] == "# Birth / កំណើត — 857/11.1, 857/7.1.7"
    nested = lines[at : lines.index("", at)]
    assert "#  # How it is known / ដឹងតាមរយៈ — 857/6.11.5, 857/7.1.4" in nested
    assert "#  #   told: The person said so / សាមីខ្លួនប្រាប់" in nested
    assert "#  # As much as is known: 1998, 1998-03 or 1998-03-05." in nested
    assert "#  basis: " in nested
    at = lines.index("#family_members:")
    assert lines[at + 1] == "#  -"
    assert "#    relation: " in lines[at:]
    assert not any(line.strip("# ").startswith("id:") for line in lines)
    _, seen = edit(office, office.case, "note", turns=["="])
    needed = [line for line in seen[0].split("\n") if "(needed)" in line]
    assert any(line.startswith("# Date / ") for line in needed)


def test_taking_number_signs_away_gives_a_record(office: Office, answers: list[bool]) -> None:
    _, seen = edit(office, office.case, "profile", turns=["="])
    text = answered(seen[0], birth="", date='"1998"', basis="told", languages="[Khmer]")
    before, start, rest = text.partition("#family_members:\n#  -\n")
    people = answered(rest, name="EXAMPLE Mali", relation="mother")
    text = before + start.replace("#", "") + people
    ran, _ = edit(office, office.case, "profile", turns=[text])
    assert ran.code == 0, ran
    told = office.data("show", office.case, "profile")["content"]
    (mother,) = told.pop("family_members")
    assert len(mother.pop("id")) == 8
    assert mother == {"name": "EXAMPLE Mali", "relation": "mother"}
    assert told == {"birth": {"date": "1998", "basis": "told"}, "languages": ["Khmer"]}


def test_our_comments_are_not_kept_and_theirs_are(office: Office, answers: list[bool]) -> None:
    _, seen = edit(office, office.case, "profile", turns=["="])
    text = seen[0].replace("#nationality: ", "# She told us twice.\nnationality: KH  # sure")
    text += "# Ask about the aunt.\n"
    edit(office, office.case, "profile", turns=[text])
    kept = "# She told us twice.\nnationality: KH  # sure\n# Ask about the aunt.\n"
    _, seen = edit(office, office.case, "profile", turns=["="])
    assert seen[0].startswith(f"{kept}\n# Not written yet:\n")
    # Nothing of ours stands in the record, and saving it again changes nothing.
    before = office.snapshot()
    edit(office, office.case, "profile", turns=[seen[0] + "\n"])
    assert office.snapshot() == before


def test_comments_outlive_set_and_link_and_come_with_put(
    office: Office, answers: list[bool]
) -> None:
    other = office.done("new").strip()
    office.put(
        "profile", "# hers\nnationality: KH  # sure\nfamily_members:\n  # first\n  - name: A\n"
    )
    office.done("set", office.case, "profile", "full_name=KEO Example")
    office.done("link", office.case, other, "--as", "sibling")
    office.done("link", office.case, other, "--as", "spouse")
    office.done("link", office.case, other, "--as", "sibling", "--remove")
    _, seen = edit(office, office.case, "profile", turns=["="])
    assert "# hers\nnationality: KH  # sure\n" in seen[0]
    assert "  # first\n  - name: A\n" in seen[0]
    assert "link_kind: spouse" in seen[0]


def test_a_dry_run_judges_and_writes_nothing(office: Office, answers: list[bool]) -> None:
    before = office.snapshot()
    ran, _ = edit(office, office.case, "profile", "--dry-run", turns=["nationality: KH\n"])
    assert ran.code == 0
    assert office.snapshot() == before


def test_a_mistake_is_named_by_its_line_below_the_comments(
    office: Office, answers: list[bool]
) -> None:
    _, seen = edit(office, office.case, "profile", turns=["="])
    wrong = seen[0].replace("#nationality: ", "nationality: [KH")
    line = wrong[: wrong.index("nationality: [KH")].count("\n") + 1
    ran, _ = edit(office, office.case, "profile", turns=[wrong])
    assert "nothing was written" in ran.stderr
    assert f"line {line}" in ran.stderr or f"line {len(wrong.splitlines()) + 1}" in ran.stderr


@pytest.mark.parametrize("name", ["profile", "assessment", "follow-up", "consent", "note"])
def test_every_field_of_a_skeleton_is_one_of_the_record_type(
    office: Office, answers: list[bool], name: str
) -> None:
    from tipcase import documents

    _, seen = edit(office, office.case, name, turns=["="])
    bare = "\n".join(
        line[1:] if line.startswith("#") and not line.startswith("# ") else line
        for line in seen[0].split("\n")
    )
    tree = documents.read(bare).tree
    assert list(tree) == list(json.loads(office.done("schema", name, "--json"))["properties"])
