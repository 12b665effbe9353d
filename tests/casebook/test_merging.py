"""What two people wrote apart becomes one casebook again, whatever git made of it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.casebook import clones
from tests.casebook.clones import Pair
from tests.casebook.world import TIME
from tipcase.casebook import writing
from tipcase.casebook.case import Case
from tipcase.casebook.merge import aside, syncing
from tipcase.casebook.place import Place
from tipcase.errors import LockedError
from tipcase.git import joins

NAMES = clones.NAMES


@pytest.mark.parametrize("how", ["merge", "rebase", "cherry-pick"])
@pytest.mark.sampled(3)
def test_two_edits_of_one_record_become_one_field_by_field(pair: Pair, how: str) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "Other Invented"})
    pair.one.commit()
    pair.one.put("profile", {**NAMES, "full_name": "Third Invented"})
    pair.one.commit()
    pair.two.put("profile", {**NAMES, "preferred_name": "D"})
    pair.two.put("note", {"happened_on": "2026-01-09", "text": "of two"})
    pair.two.commit()
    pair.join(how)
    assert pair.one.unmerged()
    report = pair.finish()
    assert report.code == 0
    assert not pair.one.damage()
    found = pair.one.read("profile")
    assert found["full_name"] == "Third Invented"
    assert found["preferred_name"] == "D"
    pair.give_back()
    assert not pair.two.damage()
    assert pair.two.read("profile") == found


def test_what_truly_conflicts_is_kept_as_both_values_on_both_sides(pair: Pair) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented", "sex": "male"})
    pair.one.commit()
    pair.two.put("profile", {**NAMES, "full_name": "Second Invented"})
    pair.two.commit()
    pair.join()
    report = pair.finish()
    assert report.code == 0  # the last run; the one that joined said 5
    assert sorted(pair.one.conflicts("profile")) == ["full_name"]
    assert sorted(pair.one.conflicts("profile")["full_name"]) == [
        "First Invented",
        "Second Invented",
    ]
    assert pair.one.read("profile") == {**NAMES, "sex": "male"}
    pair.give_back()
    assert pair.two.believed() == pair.one.believed()


@pytest.mark.soak
def test_two_offline_creations_of_one_single_record_meet_with_an_empty_base(pair: Pair) -> None:
    pair.one.put("identification", {"happened_on": "2026-01-06", "identifying_facts": "of one"})
    pair.one.commit()
    pair.two.put("identification", {"happened_on": "2026-01-06", "other_facts": "of two"})
    pair.two.commit()
    pair.join()
    assert "AA" in pair.one.git("status", "--porcelain")
    pair.finish()
    assert set(pair.one.read("identification")) >= {"identifying_facts", "other_facts"}
    assert not pair.one.damage()


@pytest.mark.soak
def test_where_git_took_one_side_silently_the_other_comes_back(pair: Pair) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.one.commit()
    pair.two.put("profile", {**NAMES, "preferred_name": "D"})
    pair.two.commit()
    pair.one.fetch(pair.two)
    # The journals joined, the record of one side taken: what somebody does who only wants peace.
    pair.one.git("merge", "--quiet", "--no-edit", "other/main", fails=True)
    pair.one.git("checkout", "--ours", "--", f"cases/{pair.one.case_id}")
    pair.one.git("add", "--all")
    pair.one.git("commit", "--quiet", "--no-edit")
    assert any("two versions" in text for text in pair.one.damage())
    report = pair.one.merge()
    assert [step.done for step in report.steps] == ["merged"]
    assert pair.one.read("profile") == {
        **NAMES,
        "full_name": "First Invented",
        "preferred_name": "D",
    }
    assert not pair.one.damage()


@pytest.mark.soak
def test_a_stash_that_pops_into_a_conflict_is_joined(pair: Pair) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.one.git("stash")
    pair.two.put("profile", {**NAMES, "preferred_name": "D"})
    pair.two.commit()
    pair.one.fetch(pair.two)
    pair.one.git("merge", "--quiet", "--ff-only", "other/main")
    pair.one.git("stash", "pop", fails=True)
    assert pair.one.unmerged()
    pair.one.merge()
    assert not pair.one.unmerged()
    assert pair.one.read("profile")["full_name"] == "First Invented"
    assert pair.one.read("profile")["preferred_name"] == "D"
    assert not pair.one.damage()


def test_a_clone_without_attributes_gets_its_journals_back(pair: Pair) -> None:
    for clone, text in ((pair.one, "of one"), (pair.two, "of two")):
        clone.put("note", {"happened_on": "2026-01-06", "text": text})
        clone.put("note", {"happened_on": "2026-01-06", "text": f"{text} again"})
        clone.commit()
    # Another machine of the same person: the same journal grew on both.
    pair.two.me = pair.one.me
    pair.two.put("note", {"happened_on": "2026-01-06", "text": "of one elsewhere"})
    pair.two.commit()
    pair.one.git("config", "core.attributesFile", "/dev/null")
    (pair.one.root / ".git" / "info").mkdir(exist_ok=True)
    (pair.one.root / ".git" / "info" / "attributes").write_text("*.journal merge=text\n")
    pair.join()
    journal = pair.one.case().place.journal_file("cw1")
    assert b"<<<<<<<" in journal.read_bytes()
    report = pair.finish()
    assert b"<<<<<<<" not in journal.read_bytes()
    assert report.code == 0
    (pair.one.root / ".git" / "info" / "attributes").unlink()
    assert not pair.one.damage()
    dossier, unread = pair.one.case().read_all(pair.one.me)
    assert not unread
    assert clones.texts([r.data for r in dossier.records if r.type == "note"]) == [
        "of one",
        "of one again",
        "of one elsewhere",
        "of two",
        "of two again",
    ]


@pytest.mark.soak
def test_marks_that_somebody_committed_go_from_a_journal(pair: Pair) -> None:
    journal = pair.one.case().place.journal_file("cw1")
    lines = journal.read_bytes().split(b"\n")
    lines[0:0] = [b"<<<<<<< HEAD"]
    lines[2:2] = [b"=======", lines[1], b">>>>>>> other"]
    journal.write_bytes(b"\n".join(lines))
    pair.one.git("commit", "--all", "--quiet", "--message", "marks")
    assert pair.one.damage()
    pair.one.merge()
    assert not pair.one.damage()


def test_picking_one_commit_brings_the_lines_that_it_builds_on(pair: Pair) -> None:
    pair.two.put("note", {"happened_on": "2026-01-06", "text": "first"})
    pair.two.commit()
    pair.two.put("note", {"happened_on": "2026-01-07", "text": "second"})
    pair.two.commit()
    pair.one.fetch(pair.two)
    pair.one.git("cherry-pick", "other/main", fails=True)
    assert pair.one.damage()
    report = pair.finish()
    assert not report.left
    assert not pair.one.damage()
    dossier, _ = pair.one.case().read_all(pair.one.me)
    assert clones.texts([r.data for r in dossier.records if r.type == "note"]) == [
        "first",
        "second",
    ]


@pytest.mark.parametrize("when", ["first", "last"])
def test_a_case_that_could_not_be_looked_at_is_not_told_to_git_as_joined(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Somebody writes to the case all the time: its conflict stays git's conflict."""
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.one.commit()
    pair.two.put("profile", {**NAMES, "preferred_name": "D"})
    pair.two.commit()
    pair.join()
    before = pair.one.unmerged()
    assert before
    real = writing.locked

    @contextlib.contextmanager
    def busy(place: Place) -> Iterator[None]:
        if place.case == pair.one.case_id:
            raise LockedError("the case is being written by another process")
        with real(place):
            yield

    def late(case: Case) -> list[Path]:
        if case.id != pair.one.case_id:
            return []
        raise LockedError("the case is being written by another process")

    with monkeypatch.context() as patched:
        if when == "first":
            patched.setattr(writing, "locked", busy)
        else:
            patched.setattr(aside, "tidy", late)
        report = pair.one.merge()
    assert report.code == 9 and pair.one.unmerged() == before
    assert not any(path.startswith("cases/") for path in report.paths)
    pair.finish()
    assert pair.one.read("profile")["preferred_name"] == "D" and not pair.one.damage()


def test_between_two_commits_of_a_sequence_git_is_in_the_middle_of_it(pair: Pair) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.one.commit()
    for name in ("D", "E"):
        pair.two.put("profile", {**NAMES, "preferred_name": name})
        pair.two.commit()
    pair.join("cherry-pick")
    pair.one.merge()
    pair.one.git("commit", "--quiet", "--no-edit")
    assert not (pair.one.root / ".git" / "CHERRY_PICK_HEAD").exists()
    assert joins.waiting(pair.one.root) == "cherry-pick"
    syncing.go_on(pair.one.root, pair.one.home, lambda: pair.one.me, TIME)
    assert joins.waiting(pair.one.root) is None and not pair.one.damage()
    assert pair.one.read("profile")["preferred_name"] == "E"


@pytest.mark.parametrize("ids", ["sha1", "sha256"])
def test_what_is_gone_leaves_the_index_whatever_hash_names_objects(
    tmp_path: Path, ids: str
) -> None:
    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout

    git("init", "--quiet", f"--object-format={ids}")
    for name in ("stays", "goes"):
        (tmp_path / name).write_text(name)
    joins.stage(tmp_path, ["stays", "goes"])
    assert git("ls-files").split() == ["goes", "stays"]
    (tmp_path / "goes").unlink()
    joins.stage(tmp_path, ["stays", "goes"])
    assert git("ls-files").split() == ["stays"]
