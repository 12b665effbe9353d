"""``repair`` brings back what the journals name, believes nothing new, and signs nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.casebook import world as worlds
from tests.casebook.faults import Killed, failing
from tests.casebook.world import CANARY, World
from tipcase import files, git
from tipcase.casebook.book import Book
from tipcase.casebook.repairs import repair as repairs
from tipcase.casebook.repairs.repair import Outcome
from tipcase.errors import TipcaseError

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

SOAK = os.environ.get("TIPCASE_SOAK") == "1"


def slow(value: str) -> Any:
    """A parameter that only `make soak` has the time for."""
    return pytest.param(value, marks=pytest.mark.soak)


@pytest.fixture(scope="session")
def kept(template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The book as a repository whose last commit has all of it, and one before most of it."""
    world = worlds.copy(template, tmp_path_factory.mktemp("kept"))
    git.start(world.root)
    worlds.commit_all(world.root, "one", "cw1")
    world.put("profile", {"full_name": CANARY, "nationality": "KH"})
    worlds.commit_all(world.root, "two", "cw1")
    assert not world.damage()
    return world


@pytest.fixture
def ours(kept: World, tmp_path: Path) -> World:
    return worlds.copy(kept, tmp_path)


def repair(world: World, *, dry_run: bool = False, **more: object) -> list[Outcome]:
    book = Book(world.root, world.home)
    return repairs.repair(book, None, more.get("person"), dry_run=dry_run)  # type: ignore[arg-type]


def tracked(world: World) -> dict[str, bytes]:
    return {name: data for name, data in world.snapshot().items() if not name.startswith(".git/")}


def mends(world: World, break_it: Callable[[World], object]) -> list[Outcome]:
    """What a break does is found; a dry run writes nothing; repair brings back every byte."""
    before = tracked(world)
    break_it(world)
    assert world.damage() or world.warnings()
    broken = tracked(world)
    planned = repair(world, dry_run=True)
    assert planned and tracked(world) == broken
    outcomes = repair(world)
    assert not any(outcome.left for outcome in outcomes), outcomes
    assert outcomes == planned
    assert CANARY not in str(outcomes)
    assert tracked(world) == before
    found = world.verdicts().values()
    assert not any(verdict.damage or verdict.warnings for verdict in found)
    return outcomes


def test_nothing_is_done_where_nothing_is_wrong(ours: World) -> None:
    before = ours.snapshot()
    assert repair(ours) == repair(ours, dry_run=True) == []
    assert ours.snapshot() == before


def remove(name: str, world: World) -> None:
    (world.root / name).unlink()


def cut(lines: list[bytes], world: World) -> None:
    world.journal().write_bytes(b"".join(lines))


def every_file(world: World) -> list[str]:
    names = [name for name in tracked(world) if name != "casebook.yaml"]
    return names if SOAK else names[4 :: max(1, len(names) // 2)]


def test_every_deleted_file_comes_back(ours: World) -> None:
    for name in every_file(ours):
        mends(ours, partial(remove, name))
    mends(ours, lambda world: (world.root / "casebook.yaml").unlink())


def test_every_flipped_file_comes_back(ours: World) -> None:
    def flip(name: str, world: World) -> None:
        data = bytearray((world.root / name).read_bytes())
        data[len(data) // 2] ^= 1
        (world.root / name).write_bytes(data)

    for name in every_file(ours):
        if not name.startswith(".git"):
            mends(ours, partial(flip, name))


@pytest.mark.parametrize(
    "part",
    [
        "cases",
        "staff",
        *(slow(part) for part in ("provider", "staff/journal", "CASE", "CASE/keys")),
    ],
)
def test_every_deleted_folder_comes_back(ours: World, part: str) -> None:
    folder = ours.root / part.replace("CASE", f"cases/{ours.case_id}")
    mends(ours, lambda world: shutil.rmtree(folder))
    assert ours.read("profile") == {"full_name": CANARY, "nationality": "KH"}


def test_an_older_revision_that_was_put_back_goes_again(ours: World) -> None:
    path = f"cases/{ours.case_id}/profile.yaml.age"
    older = git.output(ours.root, "show", f"HEAD~1:{path}")
    mends(ours, lambda world: (world.root / path).write_bytes(older))


def test_a_journal_that_was_cut_after_the_last_commit_gets_its_lines_back(ours: World) -> None:
    lines = ours.journal().read_bytes().splitlines(keepends=True)
    for keep in (0, 1, 4) if SOAK else (1,):
        mends(ours, partial(cut, lines[:keep]))


def test_lines_come_back_from_a_branch_when_a_pin_names_them(ours: World) -> None:
    """The last commit was taken back; what this machine has seen is on another branch only."""
    git.run(ours.root, "branch", "elsewhere")
    git.run(ours.root, "reset", "--quiet", "--hard", "HEAD~1")
    assert "was cut" in str(ours.damage())
    outcomes = repair(ours)
    assert not any(outcome.left for outcome in outcomes)
    assert ours.read("profile")["nationality"] == "KH" and not ours.damage()


def test_lines_that_nothing_names_do_not_come_back(ours: World) -> None:
    """An entry on a branch that nobody has merged is not believed by being repaired."""
    git.run(ours.root, "checkout", "--quiet", "-b", "elsewhere")
    evil = ours.forge(ours.cw2, "put")
    ours.append(evil)
    path = f"cases/{ours.case_id}/journal/cw2.journal"
    worlds.commit_all(ours.root, "three", "cw2")
    git.run(ours.root, "checkout", "--quiet", "-")
    assert not (ours.root / path).exists()
    mends(ours, lambda world: world.journal().unlink())
    assert not (ours.root / path).exists()


@pytest.mark.parametrize("whose", ["staff", slow("case")])
def test_changed_line_ends_go_back(ours: World, whose: str) -> None:
    journal = ours.journal() if whose == "case" else ours.root / "staff/journal/cw1.journal"
    data = journal.read_bytes()
    journal.write_bytes(data.replace(b"\n", b"\r\n"))
    found = ours.damage()
    assert any("line ends of cw1.journal were changed" in text for text in found)
    assert not any("line 1" in text for text in found)
    journal.write_bytes(data)
    mends(ours, lambda world: journal.write_bytes(data.replace(b"\n", b"\r\n")))
    # Without git too: what verifies with other line ends is what was signed.
    shutil.rmtree(ours.root / ".git")
    mends(ours, lambda world: journal.write_bytes(data.replace(b"\n", b"\r\n")))


def marked(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    marks = [b"<<<<<<< HEAD\n", *lines[2:3], b"=======\n", *lines[3:], b">>>>>>> theirs\n"]
    return b"".join([*lines[:2], *marks])


def test_conflict_marks_go_and_both_sides_stay(ours: World) -> None:
    data = ours.journal().read_bytes()
    ours.journal().write_bytes(marked(data))
    assert any("conflict marks stand in cw1.journal" in text for text in ours.damage())
    with pytest.raises(TipcaseError) as info:
        ours.put("note", {"text": CANARY})
    assert "conflict marks" in info.value.sentence
    shutil.rmtree(ours.root / ".git")
    ours.journal().write_bytes(data)
    mends(ours, lambda world: world.journal().write_bytes(marked(data)))


def test_an_unfinished_write_is_finished(ours: World) -> None:
    profile = ours.folder / "profile.yaml.age"
    pending = files.pending_path(profile, files.sha256(profile.read_bytes()))
    mends(ours, lambda world: profile.rename(pending))


def test_only_ones_own_last_line_is_mended(ours: World) -> None:
    before = ours.journal().read_bytes()
    with ours.journal().open("ab") as stream:
        stream.write(b'{"torn":')
    assert repair(ours) == []
    assert repair(ours, person=ours.cw2) == []
    [outcome] = repair(ours, person=ours.cw1)
    assert outcome.done == ("mended the last line of cw1.journal",)
    assert ours.journal().read_bytes() == before and not ours.warnings()


def test_an_edit_that_an_admin_may_want_is_left(ours: World) -> None:
    head = ours.root / "casebook.yaml"
    head.write_text(head.read_text().replace("Example", "Another"))
    [outcome] = repair(ours)
    assert not outcome.done and "settings --accept" in outcome.left[0]
    assert "Another" in head.read_text()


def test_what_git_does_not_have_is_said(world: World) -> None:
    """Without git there is nothing to bring back, and it is said which files are gone."""
    (world.folder / "profile.yaml.age").unlink()
    [outcome] = repair(world)
    assert outcome.left == ("profile.yaml.age: its bytes are neither here nor in git",)
    (world.root / "staff" / "roster.yaml").unlink()
    assert "made staff/roster.yaml anew from the journals" in repair(world)[0].done


def test_newer_files_of_a_cut_journal_are_not_rolled_back(ours: World) -> None:
    """Its last entry is nowhere: nobody can say that the file on disk is not newer."""
    ours.put("profile", {"full_name": CANARY, "nationality": "VN"})
    newer = (ours.folder / "profile.yaml.age").read_bytes()
    lines = ours.journal().read_bytes().splitlines(keepends=True)
    ours.journal().write_bytes(b"".join(lines[:-1]))
    outcomes = repair(ours)
    assert any("is left as it is" in text for outcome in outcomes for text in outcome.left)
    assert (ours.folder / "profile.yaml.age").read_bytes() == newer
    assert "was cut" in str(ours.damage())


def test_what_stood_in_the_place_is_kept(ours: World) -> None:
    profile = ours.folder / "profile.yaml.age"
    mends(ours, lambda world: profile.write_bytes(b"what somebody saved there"))
    kept = ours.home / "trust" / worlds.trust_name(ours.root) / "kept"
    assert (kept / files.sha256(b"what somebody saved there")).exists()


def test_a_forged_line_goes_and_its_effect_never_was(ours: World) -> None:
    """Of a journal that git has without the line."""
    data = ours.journal().read_bytes() + b"torn in the middle\n"
    mends(ours, lambda world: world.journal().write_bytes(data))


@pytest.mark.parametrize("whose", ["staff", slow("case")])
def test_a_signature_that_was_exchanged_comes_back(ours: World, whose: str) -> None:
    journal = ours.journal() if whose == "case" else ours.root / "staff/journal/cw1.journal"
    first, second, *rest = journal.read_bytes().splitlines(keepends=True)
    swapped = second.partition(b"\t")[0] + b"\t" + first.partition(b"\t")[2]
    mends(ours, lambda world: journal.write_bytes(b"".join([first, swapped, *rest])))


def test_a_link_in_the_place_of_a_record_is_replaced_and_not_followed(
    ours: World, tmp_path: Path
) -> None:
    profile, elsewhere = ours.folder / "profile.yaml.age", tmp_path / "elsewhere"
    elsewhere.write_bytes(b"theirs")

    def link(world: World) -> None:
        profile.unlink()
        profile.symlink_to(elsewhere)

    mends(ours, link)
    assert elsewhere.read_bytes() == b"theirs" and not profile.is_symlink()


def test_strangers_go_to_a_folder_outside(ours: World, tmp_path: Path) -> None:
    (ours.folder / "Canary Invented.txt").write_bytes(b"plain")
    (ours.folder / "attachments").mkdir()
    (ours.folder / "attachments" / ".gitattributes").write_bytes(b"* text\n")
    assert len(ours.damage()) == 3  # the two, and what git would do by one of them
    book, out = Book(ours.root, ours.home), tmp_path / "out"
    [planned] = repairs.set_aside(book, [ours.case_id], out, dry_run=True)
    assert not out.exists() and len(planned.done) == 2 and CANARY not in str(planned)
    assert repairs.set_aside(book, [ours.case_id], out, dry_run=False) == [planned]
    assert (out / files.sha256(b"plain")).read_bytes() == b"plain"
    assert not ours.damage()


@pytest.mark.parametrize("kind", ["kill", slow("ENOSPC"), slow("EIO")])
def test_a_crash_in_a_repair_tears_nothing(kept: World, tmp_path: Path, kind: str) -> None:
    def broken(folder: Path) -> World:
        world = worlds.copy(kept, folder)
        (world.folder / "profile.yaml.age").unlink()
        world.journal().write_bytes(b"".join(world.journal().read_bytes().splitlines(True)[:3]))
        (world.root / "staff" / "roster.yaml").unlink()
        return world

    with failing(10**6, kind) as disk:
        repair(broken(tmp_path / "whole"))
    every = range(1, len(disk.steps) + 1, 1 if kind == "kill" else 5)
    steps = every if SOAK else (len(disk.steps) // 2,)
    for at in steps:
        world = broken(tmp_path / str(at))
        try:
            with failing(at, kind):
                repair(world)
        except (Killed, TipcaseError, OSError):
            pass
        assert not any(outcome.left for outcome in repair(world))
        assert not world.damage() and tracked(world) == tracked(kept), at
