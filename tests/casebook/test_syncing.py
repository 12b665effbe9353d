"""Two clones and the office's repository between them: nothing lost, nothing foreign believed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.casebook import clones
from tests.casebook.clones import NAMES, Clone, Pair
from tests.casebook.world import TIME
from tipcase import files
from tipcase.casebook import change, staff, team
from tipcase.casebook.book import Book
from tipcase.casebook.commits import committing
from tipcase.casebook.merge import arrival, merging, syncing
from tipcase.errors import (
    ConflictError,
    DamagedError,
    LockedError,
    MachineError,
    NoKeyError,
    NotFoundError,
    TipcaseError,
    UsageError,
)
from tipcase.git import remotes
from tipcase.keyring.person import Person

SOAK = os.environ.get("TIPCASE_SOAK") == "1"


def sampled(found: list[Any]) -> list[Any]:
    """All of a list in soak, the first of it otherwise."""
    return found if SOAK else found[:1]


@pytest.fixture
def pair(pair: Pair, tmp_path: Path) -> Pair:
    clones.with_remote(pair, tmp_path)
    return pair


def head(bare: Path) -> str:
    told = subprocess.run(["git", "rev-parse", "main"], cwd=bare, capture_output=True, check=True)
    return told.stdout.decode().strip()


def bare_of(pair: Pair) -> Path:
    return Path(pair.one.git("remote", "get-url", "origin").strip())


def attacker(pair: Pair, tmp_path: Path) -> Clone:
    """Somebody with a push right and no key."""
    root = tmp_path / "evil"
    pair.one.git("clone", "--quiet", str(bare_of(pair)), str(root))
    return Clone(root, tmp_path / "evil-home", pair.one.me, pair.one.case_id)


def push(clone: Clone, *more: str) -> None:
    clone.git("add", "--all", "--force")
    clone.git("commit", "--quiet", "--allow-empty", "--message", "evil")
    clone.git("push", "--quiet", *more, "origin", "HEAD:main")


@pytest.mark.soak
def test_both_come_to_the_same_state_and_edits_are_joined(pair: Pair) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.two.put("profile", {**NAMES, "preferred_name": "D"})
    pair.two.put("note", {"happened_on": "2026-01-06", "text": "of two"})
    sent = pair.one.sync()
    assert (sent.pushed, sent.written) == (1, True)
    done = pair.two.sync()
    assert (done.fetched, done.code, done.written) == (1, 0, True)
    assert [step.done for report in done.reports for step in report.steps] == ["merged"]
    assert pair.one.sync().fetched > 0
    assert pair.one.believed() == pair.two.believed()
    assert pair.one.damage() == pair.two.damage() == []
    assert pair.one.git("status", "--porcelain") == ""
    assert head(bare_of(pair)) == pair.one.git("rev-parse", "HEAD").strip()
    again = pair.one.sync()
    assert (again.fetched, again.pushed, again.written) == (0, 0, False)


@pytest.mark.soak
def test_true_conflicts_are_pushed_as_both_values(pair: Pair) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.two.put("profile", {**NAMES, "full_name": "Second Invented"})
    pair.one.sync()
    assert pair.two.sync().code == 5
    pair.one.sync()
    assert sorted(pair.one.conflicts("profile")["full_name"]) == [
        "First Invented",
        "Second Invented",
    ]


@pytest.mark.soak
def test_the_dry_run_changes_nothing(pair: Pair) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.one.sync()
    before = pair.two.git("rev-parse", "HEAD")
    done = pair.two.sync(dry_run=True)
    assert (done.fetched, done.pushed) == (1, 0)
    assert pair.two.git("rev-parse", "HEAD") == before
    assert pair.two.read("profile") == NAMES
    assert pair.two.git("for-each-ref", "refs/tipcase") == ""
    assert not done.written


@pytest.mark.soak
def test_who_was_slower_begins_again(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.two.put("profile", {**NAMES, "preferred_name": "D"})
    real = remotes.push
    faster = [pair.two]

    def slow(folder: Path, remote: str, commit: str, name: str) -> bool:
        if faster:
            faster.pop().sync()
        return real(folder, remote, commit, name)

    monkeypatch.setattr(remotes, "push", slow)
    pair.one.sync()
    pair.two.sync()
    assert pair.one.believed() == pair.two.believed()


@pytest.mark.soak
def test_a_remote_that_never_takes_it_ends_after_a_while(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    monkeypatch.setattr(remotes, "push", lambda *_: False)
    with pytest.raises(MachineError):
        pair.one.sync()
    assert pair.one.git("status", "--porcelain") == ""


@pytest.mark.soak
def test_work_sealed_to_old_keys_is_moved(pair: Pair) -> None:
    team.rekey(pair.one.book(), pair.one.case_id, pair.one.me, TIME)
    pair.two.put("note", {"happened_on": "2026-01-06", "text": "offline"})
    pair.two.sync()
    done = pair.one.sync()
    assert [step.done for step in done.moved] == ["moved"]
    case = pair.one.case()
    [(path, _, _)] = [item for item in case.paths() if item[1] == "note"]
    versions = [v for s in case.fold.entries for v in s.entry.files if v.path == path]
    assert len(versions) == 2 and versions[1].previous == (versions[0].sha256,)
    assert case.read(path, pair.one.me).data["text"] == "offline"
    assert pair.one.sync().moved == []
    assert pair.two.sync().moved == []
    assert pair.one.believed() == pair.two.believed()


@pytest.mark.soak
def test_work_that_is_not_committed_does_not_stay_behind_silently(pair: Pair) -> None:
    staff.change_settings(pair.one.book(), {"commit": "no"}, pair.one.me, TIME)
    with pytest.raises(ConflictError, match="not committed"):
        pair.one.sync()
    pair.one.commit()
    assert pair.one.sync().pushed == 1


@pytest.mark.soak
def test_versions_that_nobody_here_may_join_go_on_to_those_who_may(pair: Pair) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.two.put("profile", {**NAMES, "preferred_name": "D"})
    pair.two.sync()

    def nobody() -> Person:
        raise NoKeyError("no key is here", "tipcase keygen")

    done = syncing.sync(pair.one.root, pair.one.home, nobody, TIME)
    assert done.code == 6 and done.pushed
    assert any("two versions" in text for text in pair.one.damage())
    pair.two.sync()
    assert not pair.two.damage() and pair.two.read("profile")["preferred_name"] == "D"


# -- what is refused --


@pytest.mark.soak
def test_what_was_judged_is_what_is_joined(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's git moves the reference between the judgement and the merge."""
    evil = attacker(pair, tmp_path)
    (evil.root / "plan.txt").write_text("evil")
    evil.git("add", "--all", "--force")
    evil.git("commit", "--quiet", "--message", "evil")
    pair.one.git("fetch", "--quiet", str(evil.root), "main")
    bad = evil.git("rev-parse", "HEAD").strip()
    pair.two.put("note", {"happened_on": "2026-01-06", "text": "of two"})
    pair.two.sync()
    real = arrival.check

    def moved(book: Book, commit: str, seen: str | None) -> None:
        real(book, commit, seen)
        pair.one.git("update-ref", "refs/tipcase/incoming", bad)

    monkeypatch.setattr(arrival, "check", moved)
    pair.one.put("note", {"happened_on": "2026-01-07", "text": "of one"})
    done = pair.one.sync()
    assert done.fetched and done.pushed and not (pair.one.root / "plan.txt").exists()
    assert bad not in pair.one.git("rev-list", "HEAD")
    assert pair.one.git("for-each-ref", "refs/tipcase") == ""


def test_two_syncs_of_one_copy_at_once(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    real, told = arrival.check, []

    def meanwhile(book: Book, commit: str, seen: str | None) -> None:
        with pytest.raises(LockedError, match="another sync") as caught:
            pair.one.sync(dry_run=True)
        told.append(caught.value.exit_code)
        real(book, commit, seen)

    monkeypatch.setattr(arrival, "check", meanwhile)
    pair.one.sync()
    assert told == [9]


def refused(clone: Clone, kind: type[TipcaseError] = DamagedError) -> TipcaseError:
    """The error of a sync that changes neither the working copy nor the remote."""
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--allow-empty", "--message", "before")
    before = (
        clone.git("rev-parse", "HEAD"),
        head(Path(clone.git("remote", "get-url", "origin").strip())),
    )
    with pytest.raises(kind) as caught:
        clone.sync()
    after = (
        clone.git("rev-parse", "HEAD"),
        head(Path(clone.git("remote", "get-url", "origin").strip())),
    )
    assert before == after
    assert clone.git("status", "--porcelain") == ""
    assert clone.damage() == []
    assert caught.value.hint
    return caught.value


def test_a_remote_that_was_rolled_back_is_refused(pair: Pair) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.one.sync()
    old = pair.one.git("rev-parse", "HEAD~1").strip()
    subprocess.run(["git", "update-ref", "refs/heads/main", old], cwd=bare_of(pair), check=True)
    assert "older state" in refused(pair.one).sentence
    assert pair.one.read("profile")["full_name"] == "First Invented"


def test_a_journal_that_was_cut_is_refused(pair: Pair, tmp_path: Path) -> None:
    evil = attacker(pair, tmp_path)
    journal = evil.root / "cases" / evil.case_id / "journal" / "cw1.journal"
    journal.write_bytes(b"")
    push(evil)
    assert "cut a journal" in refused(pair.one).sentence


@pytest.mark.soak
def test_a_deleted_case_is_refused(pair: Pair, tmp_path: Path) -> None:
    evil = attacker(pair, tmp_path)
    evil.git("rm", "-r", "--quiet", f"cases/{evil.case_id}")
    push(evil)
    assert "cut a journal" in refused(pair.one).sentence


def test_a_forged_line_is_refused(pair: Pair, tmp_path: Path) -> None:
    evil = attacker(pair, tmp_path)
    journal = evil.root / "cases" / evil.case_id / "journal" / "cw1.journal"
    line = journal.read_bytes().split(b"\n")[0]
    journal.write_bytes(journal.read_bytes() + line.replace(b'"seq":', b'"seq":1') + b"\n")
    push(evil)
    assert "damage" in refused(pair.one).sentence


@pytest.mark.soak
def test_another_casebook_is_refused(pair: Pair, tmp_path: Path) -> None:
    other = clones.make(tmp_path / "other")
    pair.one.git("remote", "set-url", "origin", str(other.one.root))
    with pytest.raises(DamagedError, match="another casebook"):
        pair.one.sync()


@pytest.mark.parametrize(
    ("path", "said"),
    sampled(
        [
            ("cases/.gitattributes", "no part"),
            (".gitattributes", "changes .gitattributes"),
            (".gitignore", "changes .gitignore"),
            (".gitmodules", "no part"),
            ("plan.txt", "no part"),
            ("cases/AAAA-AAAA/keys/x.exe", "no part"),
            ("provider/journal/nul.journal", "every system"),
        ]
    ),
)
def test_files_that_are_no_part_of_it_are_refused(
    pair: Pair, tmp_path: Path, path: str, said: str
) -> None:
    evil = attacker(pair, tmp_path)
    target = evil.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"* filter=evil\n")
    push(evil)
    assert said in refused(pair.one).sentence


@pytest.mark.parametrize("mode", sampled(["120000", "160000"]))
@pytest.mark.soak
def test_links_and_submodules_are_refused(pair: Pair, tmp_path: Path, mode: str) -> None:
    evil = attacker(pair, tmp_path)
    oid = evil.git("rev-parse", "HEAD" if mode == "160000" else "HEAD:casebook.yaml").strip()
    path = f"cases/{evil.case_id}/zz.age"
    evil.git("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")
    evil.git("commit", "--quiet", "--message", "evil")
    evil.git("push", "--quiet", "origin", "HEAD:main")
    assert "a link or a submodule" in refused(pair.one).sentence


@pytest.mark.soak
def test_forged_bytes_of_a_record_are_not_believed_and_the_believed_come_back(
    pair: Pair, tmp_path: Path
) -> None:
    evil = attacker(pair, tmp_path)
    [target] = (evil.root / "cases" / evil.case_id).glob("*profile.yaml.age")
    target.write_bytes(b"age-encryption.org/v1\nforged")
    push(evil)
    done = pair.one.sync()
    assert [step.done for report in done.reports for step in report.steps] == ["restored"]
    assert pair.one.read("profile") == NAMES
    pair.two.sync()
    assert pair.two.read("profile") == NAMES
    assert pair.two.damage() == []


@pytest.mark.parametrize(
    ("name", "value"),
    sampled(
        [
            ("remote.origin.uploadpack", "touch evil-ran; git-upload-pack"),
            ("core.sshCommand", "touch evil-ran"),
            ("filter.evil.clean", "touch evil-ran"),
            ("merge.union.driver", "touch evil-ran"),
            ("credential.helper", "!touch evil-ran"),
            ("url.ext::sh.insteadOf", "/"),
        ]
    ),
)
def test_programs_named_by_the_copy_itself_are_refused(pair: Pair, name: str, value: str) -> None:
    pair.one.git("config", name, value)
    with pytest.raises(DamagedError, match="programs"):
        pair.one.sync()
    assert not list(pair.one.root.rglob("evil-ran"))


@pytest.mark.soak
def test_hooks_of_the_copy_do_not_run(pair: Pair) -> None:
    for name in (
        "pre-push",
        "post-merge",
        "pre-merge-commit",
        "pre-commit",
        "reference-transaction",
    ):
        hook = pair.one.root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch '{pair.one.home}/evil-ran'\n")
        hook.chmod(0o755)
    pair.two.put("profile", {**NAMES, "preferred_name": "D"})
    pair.two.sync()
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.one.sync()
    assert pair.one.read("profile")["preferred_name"] == "D"
    assert not (pair.one.home / "evil-ran").exists()


@pytest.mark.soak
def test_an_attributes_file_of_the_copy_is_refused(pair: Pair) -> None:
    own = pair.one.root / ".git" / "info" / "attributes"
    own.parent.mkdir(exist_ok=True)
    own.write_text("*.journal merge=text\n")
    with pytest.raises(DamagedError, match="its own way"):
        pair.one.sync()


@pytest.mark.soak
def test_offline_everything_stays(pair: Pair) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.one.git("remote", "set-url", "origin", "/nowhere/office.git")
    with pytest.raises(MachineError, match="cannot be reached"):
        pair.one.sync()
    assert pair.one.read("profile")["full_name"] == "First Invented"
    assert pair.one.git("status", "--porcelain") == ""


@pytest.mark.soak
def test_where_there_is_nothing_to_sync_with(pair: Pair) -> None:
    with pytest.raises(UsageError):
        pair.one.sync(remote="nobody")
    pair.one.git("remote", "remove", "origin")
    with pytest.raises(NotFoundError):
        pair.one.sync()


@pytest.mark.soak
def test_in_the_middle_of_a_merge_it_refuses(pair: Pair) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.one.commit()
    pair.two.put("profile", {**NAMES, "preferred_name": "D"})
    pair.two.commit()
    pair.join()
    with pytest.raises(ConflictError, match="in the middle"):
        pair.one.sync()
    syncing.go_on(pair.one.root, pair.one.home, lambda: pair.one.me, TIME)
    assert pair.one.sync().pushed > 0
    assert pair.one.read("profile")["preferred_name"] == "D"


@pytest.mark.soak
def test_an_empty_remote_is_filled(pair: Pair, tmp_path: Path) -> None:
    pair.one.git("init", "--quiet", "--bare", str(tmp_path / "empty.git"))
    pair.one.git("remote", "set-url", "origin", str(tmp_path / "empty.git"))
    assert pair.one.sync().pushed > 0
    assert head(tmp_path / "empty.git") == pair.one.git("rev-parse", "HEAD").strip()


# -- what it says of this copy --


def damaged(pair: Pair) -> TipcaseError:
    """The error of a sync that commits and pushes nothing."""
    before = pair.one.git("rev-parse", "HEAD"), head(bare_of(pair))
    with pytest.raises(DamagedError) as caught:
        pair.one.sync()
    assert before == (pair.one.git("rev-parse", "HEAD"), head(bare_of(pair)))
    return caught.value


@pytest.mark.parametrize("how", sampled(["flipped", "deleted"]))
def test_damage_is_never_something_to_commit(pair: Pair, how: str) -> None:
    path = pair.one.case().place.root / "profile.yaml.age"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data) if how == "flipped" else path.unlink()
    error = damaged(pair)
    assert error.exit_code == 7 and pair.one.case_id in error.sentence
    assert error.hint == f"tipcase repair {pair.one.case_id}"


@pytest.mark.parametrize("pins", sampled([False, True]))
def test_a_journal_that_lost_a_line_gets_it_back_and_no_commit_loses_it(
    pair: Pair, tmp_path: Path, pins: bool
) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.one.sync()
    if not pins:
        pair.one.home = tmp_path / "fresh"
    path = pair.one.case().place.journal_file("cw1")
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    before = pair.one.git("rev-parse", "HEAD").strip()
    if not pins:
        book = pair.one.book()
        with pytest.raises(DamagedError, match="had lost 1 line: left out") as caught:
            committing.commit(book, "cw1", TIME)
        assert "repair" in caught.value.hint
        assert before == pair.one.git("rev-parse", "HEAD").strip()
    done = pair.one.sync()
    assert done.back == [f"cw1.journal of {pair.one.case_id} had lost 1 line, taken back from git"]
    assert path.read_bytes() == whole
    assert pair.one.git("rev-parse", "HEAD").strip() == before
    assert pair.one.damage() == []


@pytest.mark.soak
def test_a_fresh_repository_gets_its_first_commit(pair: Pair, tmp_path: Path) -> None:
    bare = tmp_path / "empty.git"
    pair.one.git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    shutil.rmtree(pair.one.root / ".git")
    pair.one.git("init", "--quiet", "--initial-branch=main")
    pair.one.git("remote", "add", "origin", str(bare))
    with pytest.raises(ConflictError, match="no commit here yet"):
        pair.one.sync(dry_run=True)
    assert pair.one.sync().pushed == 1
    assert pair.one.git("status", "--porcelain") == ""
    assert head(bare) == pair.one.git("rev-parse", "HEAD").strip()


def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cases that merges look at from now on, in order."""
    seen: list[str] = []
    whole = merging._Merge._case

    def case(self: Any, book: Book, case_id: str) -> None:
        seen.append(case_id)
        whole(self, book, case_id)

    monkeypatch.setattr(merging._Merge, "_case", case)
    return seen


@pytest.mark.soak
def test_only_what_moved_since_the_last_sync_is_merged(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = change.new_case(pair.one.book(), pair.one.me, opened="2026-01-05", time=TIME)
    seen = looked_at(monkeypatch)
    pair.one.sync()
    assert {other, pair.one.case_id, "provider"} <= set(seen)
    seen.clear()
    assert not pair.one.sync().written
    assert seen == []
    pair.one.put("profile", {**NAMES, "preferred_name": "New"})
    pair.one.sync()
    assert set(seen) == {pair.one.case_id}
    # Who may have written what can be another everywhere once the staff has moved.
    seen.clear()
    settings = {"language": "km"}
    staff.change_settings(pair.one.book(), settings, pair.one.me, TIME)
    pair.one.sync()
    assert {other, pair.one.case_id} <= set(seen)


@pytest.mark.soak
def test_a_case_that_did_not_move_is_verified_and_put_right_all_the_same(pair: Pair) -> None:
    pair.one.put("profile", NAMES)
    pair.one.sync()
    case = pair.one.case()
    cut_off = files.pending_path(case.place.root / "profile.yaml.age", "0" * 64)
    cut_off.write_bytes(b"cut off")
    pair.one.sync()
    assert not cut_off.exists()
    # Older bytes where git was told not to look: only the verification can find them.
    profile = case.place.root / "profile.yaml.age"
    older = profile.read_bytes()
    pair.one.put("profile", {**NAMES, "preferred_name": "Changed"})
    pair.one.sync()
    newer = profile.read_bytes()
    path = profile.relative_to(pair.one.root).as_posix()
    pair.one.git("update-index", "--assume-unchanged", path)
    profile.write_bytes(older)
    done = pair.one.sync()
    assert profile.read_bytes() == newer
    assert [step.done for report in done.reports for step in report.steps] == ["restored"]


def test_damage_where_nothing_moved_is_never_pushed(pair: Pair) -> None:
    pair.one.put("profile", NAMES)
    pair.one.sync()
    note = pair.one.case().place.root / "profile.yaml.age"
    path = note.relative_to(pair.one.root).as_posix()
    pair.one.git("update-index", "--assume-unchanged", path)
    note.write_bytes(b"nobody signed this")
    with pytest.raises(DamagedError, match="nothing was pushed"):
        pair.one.sync()
