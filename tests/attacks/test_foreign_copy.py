"""What a copy that somebody prepared, or the office's repository, must not make this machine do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.casebook import clones
from tests.casebook.clones import Clone, Pair
from tests.casebook.world import TIME
from tipcase import files
from tipcase.casebook.backup import archive, inventory
from tipcase.casebook.book import Book
from tipcase.casebook.commits import committing
from tipcase.casebook.merge import syncing
from tipcase.casebook.place import Place
from tipcase.casebook.repairs import repair
from tipcase.casebook.verification import strangers
from tipcase.errors import DamagedError, LockedError, MachineError
from tipcase.git import remotes


@pytest.fixture
def pair(pair: Pair, tmp_path: Path) -> Pair:
    clones.with_remote(pair, tmp_path)
    return pair


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that says when it ran."""
    program = tmp_path / "trap.py"
    told = repr(str(tmp_path / "ran"))
    program.write_text(f"#!{sys.executable}\nopen({told}, 'w').close()\nraise SystemExit(1)\n")
    program.chmod(0o700)
    return program


def ran(trap: Path) -> bool:
    return (trap.parent / "ran").exists()


def promise(clone: Clone, trap: Path) -> None:
    """Take a tree away and name a remote that would have it, over a program of ours."""
    clone.git("remote", "remove", "origin")
    for name, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.url", "ssh://somewhere.invalid/book"),
        ("remote.origin.promisor", "true"),
        ("core.sshCommand", str(trap)),
    ):
        clone.git("config", name, value)
    tree = clone.git("rev-parse", "HEAD^{tree}").strip()
    found = clone.root / ".git" / "objects" / tree[:2] / tree[2:]
    assert found.exists()
    found.chmod(0o600)
    found.unlink()


def test_git_asks_nobody_for_objects_that_a_copy_lacks(pair: Pair, trap: Path) -> None:
    clone = pair.one
    clone.put("note", {"happened_on": "2026-01-06", "text": "canary"})
    committing.commit(clone.book(), clone.me.handle, TIME)
    promise(clone, trap)
    subprocess.run(["git", "ls-tree", "HEAD"], cwd=clone.root, capture_output=True, check=False)
    assert ran(trap)  # a plain git does ask
    (trap.parent / "ran").unlink()
    clone.put("note", {"happened_on": "2026-01-07", "text": "canary"})
    with pytest.raises(MachineError, match="git ls-tree ended"):
        committing.commit(clone.book(), clone.me.handle, TIME)
    assert not ran(trap)


def test_merge_runs_no_filter_of_the_copy(pair: Pair, trap: Path) -> None:
    clone = pair.one
    (clone.root / ".git" / "info").mkdir(exist_ok=True)
    (clone.root / ".git" / "info" / "attributes").write_text("* filter=trap\n")
    clone.git("config", "filter.trap.clean", str(trap))
    for path in clone.root.glob("cases/*/journal/*"):
        path.touch()
    with pytest.raises(DamagedError, match=r"filter\.trap\.clean"):
        clone.merge()
    assert not ran(trap)


@pytest.mark.soak
def test_a_rebase_that_names_programs_is_for_people_to_continue(pair: Pair, trap: Path) -> None:
    clone = pair.one
    clone.put("note", {"happened_on": "2026-01-06", "text": "canary"})
    clone.commit()
    todo = f'f() {{ printf "break\\nexec {trap}\\n" > "$1"; }}; f'
    clone.git("-c", f"sequence.editor={todo}", "rebase", "-i", "HEAD~1")
    with pytest.raises(MachineError, match="would run programs"):
        syncing.go_on(clone.root, clone.home, lambda: clone.me, TIME)
    assert not ran(trap)


@pytest.mark.parametrize(
    "path",
    [
        "schemas/.gitattributes",
        pytest.param("schemas/kh-2009/records/new.yaml", marks=pytest.mark.soak),
    ],
)
def test_nobody_with_a_push_right_alone_shuts_the_casebook(pair: Pair, path: str) -> None:
    brought = pair.two.root / path
    brought.parent.mkdir(parents=True, exist_ok=True)
    brought.write_text("x: 1\n")
    pair.two.git("add", "--force", path)
    pair.two.git("commit", "--quiet", "--message", "x")
    pair.two.git("push", "--quiet", "origin", "HEAD:main")
    with pytest.raises(DamagedError, match=r"no part of the casebook|no admin signed"):
        pair.one.sync()
    assert not (pair.one.root / path).exists()
    pair.one.book()


@pytest.mark.soak
def test_nobody_appends_while_git_writes_to_the_copy(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.two.put("note", {"happened_on": "2026-01-06", "text": "canary"})
    pair.two.sync()
    pair.one.put("note", {"happened_on": "2026-01-07", "text": "canary"})
    held = []
    real = remotes.join

    def joined(folder: Path, commit: str, author: str) -> None:
        book = Book(pair.one.root, pair.one.home)
        with pytest.raises(LockedError), files.lock(book.trust.lock_path(), "the device", 0):
            pass
        held.append(True)
        real(folder, commit, author)

    monkeypatch.setattr(remotes, "join", joined)
    pair.one.sync()
    assert held and not pair.one.damage()


def test_a_record_that_is_being_written_is_not_moved_away(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone, real, held = pair.one, strangers.tree, []

    def looked(top: Path, inside: str = "") -> strangers.Tree:
        place = clone.book().place(clone.case_id)
        with pytest.raises(LockedError), files.lock(place.lock, "the case", 0):
            pass
        held.append(True)
        return real(top, inside)

    monkeypatch.setattr(strangers, "tree", looked)
    assert repair.set_aside(clone.book(), [clone.case_id], tmp_path / "x", dry_run=False) == []
    assert held


def test_an_archive_holds_the_staff_that_its_cases_build_on(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone, real, held = pair.one, inventory.quiet, []

    @contextmanager
    def quiet(place: Place) -> Iterator[None]:
        with real(place):
            if place.case == clone.case_id:
                lock = clone.book().staff.lock
                with pytest.raises(LockedError), files.lock(lock, "the staff", 0):
                    pass
                held.append(True)
            yield

    monkeypatch.setattr(archive, "quiet", quiet)
    for _ in archive.pack(clone.book(), TIME, archive.Packed(), history=False):
        pass
    assert held


@pytest.mark.soak
def test_more_files_than_fit_on_a_command_line_are_committed(pair: Pair) -> None:
    names = [f"cases/K7Q2-M9TX/note-{number:08d}{'x' * 150}.yaml.age" for number in range(15_000)]
    kept = pair.one.root / names[-1]
    kept.parent.mkdir()
    kept.write_bytes(b"x")
    committing.commit_files(pair.one.book(), names, "x\n", "cw1", TIME)
    told = pair.one.git("ls-tree", "-r", "--name-only", "HEAD", "--", names[-1])
    assert told == f"{names[-1]}\n"
