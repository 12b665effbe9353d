"""Two people with a laptop each: ``merge``, ``adopt`` and ``sync`` as they type them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tests.commands import Ran

USER = ("-c", "user.name=cw", "-c", "user.email=cw@tipcase.invalid")


def git(folder: Path, *words: str, fails: bool = False) -> str:
    done = subprocess.run(["git", *USER, *words], cwd=folder, capture_output=True, check=False)
    assert fails or done.returncode == 0, done.stderr
    return done.stdout.decode()


class Laptops:
    """cw1's casebook, cw2's clone of it, and the office's repository."""

    def __init__(self, office: Office, second_person: Callable[..., Path]) -> None:
        self.one = office
        git(office.book, "init", "--quiet", "--initial-branch=main")
        office.put("profile", "full_name: Canary Invented\nfull_name_latin: C")
        home = second_person("cw2")
        office.done("grant", office.case, "cw2")
        git(office.book, "add", "--all")
        git(office.book, "commit", "--quiet", "--allow-empty", "--message", "begin")
        bare = office.home.parent / "office.git"
        git(office.book, "clone", "--quiet", "--bare", ".", str(bare))
        git(office.book, "remote", "add", "origin", str(bare))
        book = office.home.parent / "second" / "book"
        book.parent.mkdir()
        git(office.book, "clone", "--quiet", str(bare), str(book))
        self.two = replace(office, book=book, home=home)
        self.second = {"TIPCASE_HOME": str(home)}

    def first(self, *words: str | Path, **more: object) -> Ran:
        return self.one.run(*words, **more)

    def other(self, *words: str | Path, **more: object) -> Ran:
        return self.two.run(*words, env=self.second, **more)

    def set_apart(self) -> None:
        """Each changes a field of their own and both the same one."""
        case = self.one.case
        words = ("set", case, "profile", "full_name=First Invented", "sex=female")
        assert self.first(*words).code == 0
        words = ("set", case, "profile", "full_name=Second Invented", "full_name_latin=D")
        assert self.other(*words).code == 0


@pytest.fixture
def laptops(office: Office, second_person: Callable[..., Path]) -> Laptops:
    return Laptops(office, second_person)


def test_sync_keeps_both_values_and_advance_waits_until_somebody_chooses(laptops: Laptops) -> None:
    case = laptops.one.case
    laptops.set_apart()
    assert laptops.first("sync").code == 0
    ran = laptops.other("sync", "--json")
    assert ran.code == 5
    data = json.loads(ran.stdout)["data"]
    assert data["steps"] == [
        {"case": case, "name": "profile", "done": "merged", "conflicts": ["full_name"]}
    ]
    assert data["pushed"] > 0
    assert "Invented" not in ran.stdout + ran.stderr
    ran = laptops.first("sync")
    assert ran.code == 0, ran
    assert "full_name" in laptops.first("status", case).stdout
    assert laptops.first("resolve", case, "profile", "--take", "cw2").code == 0
    shown = json.loads(laptops.first("show", case, "profile", "--json").stdout)["data"]
    assert "Second Invented" in str(shown) and "First Invented" not in str(shown)
    assert laptops.first("sync").code == 0
    assert laptops.other("sync").code == 0
    assert laptops.other("verify").code == 0
    for folder in (laptops.one.book, laptops.two.book):
        assert git(folder, "status", "--porcelain") == ""
        messages = git(folder, "log", "--format=%B%an%ae")
        assert "Invented" not in messages


@pytest.mark.soak
def test_merge_after_a_pull_says_what_git_waits_for_and_goes_on(laptops: Laptops) -> None:
    laptops.set_apart()
    laptops.first("sync")
    book = laptops.two.book
    git(book, "pull", "--quiet", "--rebase", "origin", "main", fails=True)
    before = git(book, "status", "--porcelain")
    ran = laptops.other("merge", "--dry-run")
    assert ran.code == 5 and "nothing was written" in ran.stderr
    assert git(book, "status", "--porcelain") == before
    ran = laptops.other("merge")
    assert ran.code == 5
    assert "git waits: git rebase --continue" in ran.stderr
    assert "tipcase resolve" in ran.stderr
    assert git(book, "ls-files", "--unmerged") == ""
    ran = laptops.other("merge", "--continue")
    assert ran.code == 0, ran
    assert "rebase" not in git(book, "status")
    assert laptops.other("verify").code == 0
    ran = laptops.other("merge")
    assert (ran.code, ran.stdout) == (0, "")
    assert "nothing to merge" in ran.stderr


@pytest.mark.soak
def test_work_of_somebody_removed_is_listed_and_adopted(laptops: Laptops) -> None:
    case = laptops.one.case
    assert laptops.first("staff", "remove", "cw2").code == 0
    laptops.other("set", case, "profile", "full_name_latin=Late")
    git(laptops.two.book, "push", "--quiet", "--force", "origin", "HEAD:other")
    git(laptops.one.book, "pull", "--quiet", "--no-rebase", "origin", "other", "--no-edit")
    ran = laptops.first("merge")
    assert ran.code == 0, ran
    assert "profile: set aside" in ran.stdout and "profile: restored" in ran.stdout
    ran = laptops.first("adopt", case, "--list", "--json")
    [found] = json.loads(ran.stdout)["data"]
    assert (found["op"], found["by"], found["files"]) == ("put", "cw2", ["profile.yaml.age"])
    assert laptops.first("adopt", case).code == 2
    assert laptops.first("adopt", case, "000000000000").code == 4
    assert laptops.first("adopt", case, found["entry"][:16], "--dry-run").code == 0
    assert "Late" not in laptops.first("show", case, "profile").stdout
    ran = laptops.first("adopt", case, found["entry"][:16])
    assert ran.code == 0, ran
    assert "Late" in laptops.first("show", case, "profile").stdout
    assert laptops.first("verify").code == 0
    assert git(laptops.one.book, "status", "--porcelain") == ""


def test_sync_says_what_is_missing(office: Office, tmp_path: Path) -> None:
    ran = office.run("sync")
    assert ran.code == 5 and "git init" in ran.stderr
    git(office.book, "init", "--quiet", "--initial-branch=main")
    office.put("profile", "full_name: Canary Invented")
    ran = office.run("sync")
    assert ran.code == 4 and "git remote add" in ran.stderr
    git(office.book, "remote", "add", "origin", str(tmp_path / "nowhere.git"))
    ran = office.run("sync")
    assert ran.code == 10 and "cannot be reached" in ran.stderr
    assert office.run("sync", "--upload-pack=x").code == 2
    assert office.run("sync", "elsewhere").code == 2


@pytest.mark.soak
def test_merge_without_git_has_nothing_to_do(office: Office) -> None:
    shutil.rmtree(office.book / ".git", ignore_errors=True)
    ran = office.run("merge")
    assert (ran.code, ran.stdout) == (0, "")


@pytest.mark.soak
def test_an_attachment_that_both_sealed_anew_is_one_again(laptops: Laptops, tmp_path: Path) -> None:
    case = laptops.one.case
    scan = tmp_path / "scan.txt"
    scan.write_text("an invented scan")
    item = laptops.one.done("attach", case, "profile", scan).strip()
    laptops.first("sync")
    laptops.other("sync")
    assert laptops.first("rekey", case, "--reencrypt").code == 0
    assert laptops.other("rekey", case, "--reencrypt").code == 0
    laptops.first("sync")
    ran = laptops.other("sync")
    assert ran.code == 0, ran
    assert "attachments/" in ran.stdout and "profile: merged" in ran.stdout
    laptops.first("sync")
    for run in (laptops.first, laptops.other):
        assert run("verify").code == 0
    out = tmp_path / "out"
    ran = laptops.first("export", case, item, "--out", out)
    assert ran.code == 0, ran
    assert out.read_text() == "an invented scan"
