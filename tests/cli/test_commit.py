"""Commit-on-write: what is committed, how it is said, and what a foreign repository cannot do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tests.commands import SOURCE, run_inside
from tests.copies import copied
from tests.oracles import require
from tipcase.cli.context import Context
from tipcase.cli.root import answer

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

CANARY = "Canary Invented"
NOTE = f"happened_on: 2026-01-06\ntext: {CANARY}\n"


def git(book: Path, *words: str, code: int = 0) -> str:
    """What git prints in the book, run as a person would."""
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.invalid")
    done = subprocess.run(
        [require("git"), *identity, *words],
        cwd=book,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == code, (words, done.stderr)
    return done.stdout


def subjects(book: Path) -> list[str]:
    """The first lines of the messages, the newest first."""
    return git(book, "log", "--format=%s").splitlines()


def head(book: Path) -> str:
    return git(book, "rev-parse", "HEAD").strip()


def committed(book: Path, path: str) -> bytes:
    return subprocess.run(
        [require("git"), "show", f"HEAD:{path}"], cwd=book, capture_output=True, check=True
    ).stdout


@pytest.fixture(scope="session")
def committed_book(template: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template's book as a repository with one commit that tipcase made."""
    folder, case = template
    made = tmp_path_factory.mktemp("repository")
    shutil.copytree(folder / "book", made / "book")
    shutil.copytree(folder / "home", made / "home")
    git(made / "book", "init", "--quiet", "--initial-branch=main")
    env = {"TIPCASE_HOME": str(made / "home"), "HOME": str(made)}
    ran = run_inside("put", case, "note", "-", input=NOTE, env=env, cwd=made / "book")
    assert ran.code == 0 and ran.stderr == ""
    return made / "book"


@pytest.fixture
def repo(office: Office, committed_book: Path) -> Office:
    """The office as that repository."""
    shutil.rmtree(office.book)
    copied(committed_book, office.book)
    return office


def test_the_first_write_commits_the_whole_casebook(repo: Office) -> None:
    names = set(git(repo.book, "ls-tree", "-r", "--name-only", "HEAD").splitlines())
    known = {Path(name).relative_to(repo.book).as_posix() for name in repo.snapshot()}
    assert names == {name for name in known if not name.startswith(".git/")}
    assert {".gitattributes", ".gitignore", "casebook.yaml", "provider/case.yaml"} <= names
    git(repo.book, "fsck", "--strict")


def test_a_message_names_case_operation_and_record_and_nothing_else(repo: Office) -> None:
    tag = repo.put("note", NOTE)
    assert subjects(repo.book)[0] == f"{repo.case} put note/{tag}"
    assert git(repo.book, "log", "-1", "--format=%an %ae %cn %ce %b").split() == [
        *("cw1", "cw1@tipcase.invalid") * 2
    ]
    tag = repo.put("health", "happened_on: 2026-01-05\n")
    assert subjects(repo.book)[0] == f"{repo.case} put health/{tag}"
    everything = git(repo.book, "log", "-p", "--all", "--text")
    assert CANARY not in everything


def test_a_command_that_writes_much_makes_one_commit(repo: Office) -> None:
    before = len(subjects(repo.book))
    names = "".join(f"- profile: {{full_name: {x} Invented}}\n" for x in ("One", "Two", "Three"))
    people = f"people:\n{names}"
    repo.done("new", "--from", "-", input=people)
    assert len(subjects(repo.book)) == before + 1
    lines = git(repo.book, "log", "-1", "--format=%B").split("\n")
    assert lines[0] == f"tipcase: {len([x for x in lines[2:] if x])} entries"
    assert sum(line.endswith(" new") for line in lines) == 3
    assert "Invented" not in "".join(lines)


def test_what_somebody_staged_stays_staged(repo: Office) -> None:
    (repo.book / "draft.md").write_text("staged by hand")
    git(repo.book, "add", "--force", "draft.md")
    (repo.book / "stray.txt").write_text(CANARY)
    repo.put("note", NOTE)
    assert "draft.md" not in git(repo.book, "show", "--stat", "HEAD")
    status = git(repo.book, "status", "--porcelain", "--untracked-files=all")
    assert status == "A  draft.md\n"


def test_only_what_is_believed_is_committed(repo: Office) -> None:
    """A record that somebody put there, and one that was changed, never get into a commit."""
    folder = repo.book / "cases" / repo.case
    (folder / "safeguarding-abcdefg2.yaml.age").write_bytes(b"planted")
    shutil.copytree(folder / "keys", folder / "keys" / ("0" * 16))
    (folder / "aside").mkdir()
    (folder / "aside" / f"{'0' * 64}.age").write_bytes(b"not its hash")
    repo.put("note", NOTE)
    names = git(repo.book, "ls-tree", "-r", "--name-only", "HEAD")
    assert "safeguarding" not in names and "0" * 16 not in names and "aside" not in names


def test_a_tampered_record_is_not_committed(repo: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed between its write and its commit."""
    with monkeypatch.context() as patch:
        patch.setattr("tipcase.cli.root._commit", lambda context: None)
        repo.done("set", repo.case, "profile", "full_name=One Invented")
    path = repo.book / "cases" / repo.case / "profile.yaml.age"
    path.write_bytes(b"tampered")
    repo.put("note", NOTE)
    assert "profile" not in git(repo.book, "ls-tree", "-r", "--name-only", "HEAD")


def test_what_a_crash_left_comes_with_the_next_write(
    repo: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written and killed before the commit, in this case and in another."""
    other = repo.done("new", "--opened", "2026-01-05").strip()
    with monkeypatch.context() as patch:
        patch.setattr("tipcase.cli.root._commit", lambda context: None)
        tag = repo.put("note", NOTE)
        repo.done("set", other, "profile", "full_name=One Invented")
        repo.done("settings", "language=km")
    from tipcase.casebook import writing

    writing.written.clear()  # the process that wrote is gone
    assert git(repo.book, "status", "--porcelain") != ""
    repo.done("set", repo.case, "profile", "full_name=Two Invented")
    lines = git(repo.book, "log", "-1", "--format=%B").splitlines()
    assert lines[0] == "tipcase: 4 entries"
    assert set(lines[2:]) >= {
        f"{repo.case} put note/{tag}",
        f"{other} put profile",
        "staff settings",
        f"{repo.case} put profile",
    }
    assert git(repo.book, "status", "--porcelain") == ""


def test_a_command_that_fails_after_it_wrote_is_committed(
    repo: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> int:
        raise BrokenPipeError

    monkeypatch.setattr("tipcase.output.show", broken)
    repo.run("set", repo.case, "profile", "full_name=One Invented")
    assert subjects(repo.book)[0] == f"{repo.case} put profile"


def test_the_setting_turns_it_off(repo: Office) -> None:
    repo.done("settings", "commit=no")
    before = head(repo.book)
    repo.put("note", NOTE)
    assert head(repo.book) == before
    repo.done("settings", "commit=yes")
    assert head(repo.book) != before and git(repo.book, "status", "--porcelain") == ""


def test_a_casebook_inside_another_repository_is_left_alone(office: Office) -> None:
    git(office.book.parent, "init", "--quiet", "--initial-branch=main")
    office.put("note", NOTE)
    git(office.book.parent, "rev-parse", "--verify", "HEAD", code=128)


def test_git_dir_of_whoever_started_us_is_not_written_to(repo: Office, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "other")
    before = head(repo.book)
    ran = repo.run(
        *("set", repo.case, "profile", "full_name=One Invented"),
        env={"GIT_DIR": str(tmp_path / "other/.git")},
    )
    assert ran.code == 0 and head(repo.book) == before
    git(tmp_path / "other", "rev-parse", "--verify", "HEAD", code=128)


@pytest.mark.parametrize(
    "state", ["merge", "rebase", pytest.param("cherry-pick", marks=pytest.mark.soak), "unmerged"]
)
def test_in_the_middle_of_a_merge_nothing_is_committed(repo: Office, state: str) -> None:
    draft = repo.book / "draft.md"
    for branch, text in (("main", "0"), ("side", "1"), ("main", "2")):
        if branch == "side":
            git(repo.book, "checkout", "-q", "-b", "side")
        elif text == "2":
            git(repo.book, "checkout", "-q", "main")
        draft.write_text(text)
        git(repo.book, "add", "--force", "draft.md")
        git(repo.book, "commit", "-q", "-m", text)
    words = {"merge": ["merge"], "rebase": ["rebase"], "cherry-pick": ["cherry-pick"]}
    git(repo.book, *words.get(state, ["merge"]), "side", code=1)
    if state == "unmerged":
        (repo.book / ".git/MERGE_HEAD").unlink()
    before, refs = head(repo.book), git(repo.book, "for-each-ref")
    writes = repo.run("set", repo.case, "profile", "full_name=One Invented")
    # On a detached HEAD, which a rebase has, silence is right too: `merge` ends it.
    assert (writes.code, head(repo.book)) == (0, before)
    assert git(repo.book, "for-each-ref") == refs
    assert "not committed" not in writes.stderr


def busy(office: Office) -> None:
    (office.book / ".git/index.lock").touch()


def detached(office: Office) -> None:
    git(office.book, "checkout", "-q", "--detach")


def branch_taken(office: Office) -> None:
    (office.book / ".git/refs/heads/main.lock").touch()


def read_only_objects(office: Office) -> None:
    shutil.rmtree(office.book / ".git/objects")


@pytest.mark.parametrize("fault", [busy, detached, branch_taken, read_only_objects])
def test_a_failing_git_never_fails_the_command(repo: Office, fault: object) -> None:
    assert callable(fault)
    fault(repo)
    ran = repo.run("set", repo.case, "profile", "full_name=One Invented")
    assert ran.code == 0
    assert ran.stderr.count("\n") == 1 and ran.stderr.startswith("warning: written, but not com")
    assert "git" in ran.stderr and CANARY not in ran.stderr
    assert repo.done("show", repo.case, "profile") == "full_name: One Invented\n"


def test_after_a_busy_git_the_next_write_commits_the_rest(repo: Office) -> None:
    busy(repo)
    repo.done("set", repo.case, "profile", "full_name=One Invented")
    assert git(repo.book, "for-each-ref", "refs/tipcase") == ""
    (repo.book / ".git/index.lock").unlink()
    repo.put("note", NOTE)
    assert subjects(repo.book)[0] == "tipcase: 2 entries"
    assert git(repo.book, "status", "--porcelain") == ""


def test_without_git_on_the_path_the_write_stands(
    repo: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = repo.run("set", repo.case, "profile", "full_name=One Invented")
    assert ran.code == 0 and "git is not installed" in ran.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="the attack is a shell script")
def test_a_foreign_repository_runs_nothing(repo: Office, tmp_path: Path) -> None:
    """Hooks, filters, attributes, monitors, signers, editors, remotes of a planted .git."""
    evil = tmp_path / "evil.sh"
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran-$1\ncat\n")
    evil.chmod(0o755)
    dot = repo.book / ".git"
    (dot / "hooks").mkdir(exist_ok=True)
    for name in (
        *("pre-commit", "post-commit", "prepare-commit-msg", "commit-msg", "post-index-change"),
        *("reference-transaction", "pre-auto-gc", "post-checkout", "post-rewrite"),
    ):
        shutil.copy(evil, dot / "hooks" / name)
    for key in ("core.fsmonitor", "gpg.program", "core.editor", "core.pager", "core.sshCommand"):
        git(repo.book, "config", key, f"{evil} {key}")
    for key in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.command",
    ):
        git(repo.book, "config", key, f"{evil} {key}")
    for key, value in (
        ("commit.gpgsign", "true"),
        ("commit.template", str(evil)),
        ("user.signingkey", "0"),
        ("remote.origin.url", str(tmp_path)),
        ("remote.origin.uploadpack", f"{evil} uploadpack"),
        ("remote.origin.promisor", "true"),
        ("extensions.partialclone", "origin"),
        ("core.repositoryformatversion", "1"),
        ("protocol.file.allow", "always"),
        ("protocol.ext.allow", "always"),
        ("gc.auto", "1"),
    ):
        git(repo.book, "config", key, value)
    (dot / "info").mkdir(exist_ok=True)
    (dot / "info/attributes").write_text("* filter=evil diff=evil ident text eol=crlf\n")
    for trace in tmp_path.glob("ran-*"):
        trace.unlink()  # what our own calls of git set off
    # A blob of the last commit is gone: git would ask the remote for it.
    path = f"cases/{repo.case}/journal/cw1.journal"
    oid = subprocess.run(
        [require("git"), "-c", "core.fsmonitor=false", "rev-parse", f"HEAD:{path}"],
        cwd=repo.book,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    loose = dot / "objects" / oid[:2] / oid[2:]
    kept = loose.read_bytes()
    loose.unlink()
    tag = repo.put("note", NOTE)
    assert [p.name for p in tmp_path.glob("ran-*")] == []
    loose.write_bytes(kept)
    config = dot / "config"
    config.write_text("[core]\n\trepositoryformatversion = 0\n")
    (dot / "info/attributes").unlink()
    shutil.rmtree(dot / "hooks")
    repo.put("note", NOTE)
    at = f"cases/{repo.case}/note-{tag}.yaml.age"
    assert committed(repo.book, at) == (repo.book / at).read_bytes()
    assert committed(repo.book, path) == (repo.book / path).read_bytes()


@pytest.mark.soak
def test_reading_loads_nothing_of_it(repo: Office) -> None:
    code = (
        "import sys; from tipcase.cli import main\n"
        "try: main(['list'])\n"
        "except SystemExit: pass\n"
        "sys.exit('tipcase.casebook.commits.committing' in sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repo.book, check=False, env=env, capture_output=True
    )
    assert done.returncode == 0


def test_two_books_of_one_process_are_each_committed(repo: Office, tmp_path: Path) -> None:
    """What `answer` is given twice in one process, as the demo does."""
    assert answer(["set", repo.case, "profile", "nationality=KH"], Context(repo.book)) == 0
    assert subjects(repo.book)[0] == f"{repo.case} put profile"


@pytest.mark.soak
def test_a_repository_with_longer_ids(office: Office) -> None:
    git(office.book, "init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    office.put("note", NOTE)
    office.put("note", NOTE)
    assert len(head(office.book)) == 64 and len(subjects(office.book)) == 2
    assert git(office.book, "status", "--porcelain") == ""
