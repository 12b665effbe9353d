"""Two people, two machines, one casebook: clones of one repository, joined by real git.

``cw1`` founded the book (admin and supervisor), ``cw2`` is a caseworker; both are on the team of
one case of cw2's. Each clone has a machine of its own (``home``).
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import copies
from tests.casebook.world import TIME, trust_name
from tipcase.casebook import change, staff
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.config import Config
from tipcase.casebook.merge import merging, syncing
from tipcase.casebook.merge.mergereport import Report
from tipcase.casebook.merge.syncing import Synced
from tipcase.casebook.naming import parse_record_file, record_name
from tipcase.casebook.revision import Written
from tipcase.casebook.verification import verify
from tipcase.errors import NoKeyError
from tipcase.keyring import person as people
from tipcase.keyring import recovery
from tipcase.keyring.person import Person

NAMES = {"full_name": "Canary Invented", "preferred_name": "C", "sex": "female"}
SEED = b"\x07" * 32
SAFE = (
    "-c",
    "user.name=cw",
    "-c",
    "user.email=cw@tipcase.invalid",
    "-c",
    "core.editor=true",
    "-c",
    "commit.gpgsign=false",
)


@dataclass
class Clone:
    """One working copy on one machine, with the person who works there."""

    root: Path
    home: Path
    me: Person
    case_id: str

    # -- git --

    def git(self, *words: str, fails: bool = False) -> str:
        """What a person types; ``fails``: git may stop, as it does at a conflict."""
        done = subprocess.run(
            ["git", *SAFE, *words], cwd=self.root, capture_output=True, check=False
        )
        assert fails or done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout.decode()

    def commit(self, message: str = "work") -> None:
        self.git("add", "--all")
        if self.git("status", "--porcelain"):
            self.git("commit", "--quiet", "--message", message)

    def fetch(self, other: Clone) -> None:
        self.git("fetch", "--quiet", str(other.root), "+main:refs/remotes/other/main")

    def unmerged(self) -> str:
        return self.git("ls-files", "--unmerged")

    # -- the casebook --

    def book(self) -> Book:
        book = Book(self.root, self.home)
        book.check()
        return book

    def case(self, case_id: str | None = None) -> Case:
        return Case(self.book(), case_id or self.case_id)

    def put(
        self, kind: str, data: Mapping[str, Any], tag: str | None = None, **more: Any
    ) -> Written:
        with change.editing(self.book(), self.case_id, self.me) as case:
            return change.put(case, kind, tag, data, self.me, TIME, **more)

    def merge(self, **more: Any) -> Report:
        return merging.merge(self.root, self.home, lambda: self.me, TIME, **more)

    def sync(self, **more: Any) -> Synced:
        return syncing.sync(self.root, self.home, lambda: self.me, TIME, **more)

    def merge_without_key(self) -> Report:
        def nobody() -> Person:
            raise NoKeyError("there is no identity here")

        return merging.merge(self.root, self.home, nobody, TIME)

    def read(self, kind: str, tag: str | None = None) -> dict[str, Any]:
        case = self.case()
        path = case.find(kind, tag)
        assert path is not None, kind
        return dict(case.read(path, self.me).data)

    def conflicts(self, kind: str, tag: str | None = None) -> dict[str, list[Any]]:
        """The values of each open conflict of a record, by field."""
        case = self.case()
        path = case.find(kind, tag)
        assert path is not None, kind
        found = case.read(path, self.me).header.conflicts
        return {one.field: [said.value for said in one.values] for one in found}

    def damage(self) -> list[str]:
        found = verify.verify(Book(self.root, self.home))
        return [f"{one.case}: {text}" for one in found for text in one.damage]

    def believed(self) -> dict[str, Any]:
        """Everything that is believed: of each case its state, and every record that I can open."""
        book = self.book()
        told: dict[str, Any] = {"staff": sorted(book.roster.now), "heads": book.signed_files}
        for case_id in book.case_ids():
            case = Case(book, case_id)
            fold = case.fold
            shown: dict[str, Any] = {
                "stage": fold.stage,
                "states": fold.stage_states,
                "team": fold.team,
                "heads": fold.heads,
            }
            if self.me.handle in fold.team:
                for path, versions in fold.current.items():
                    assert len(versions) == 1, path
                    parsed = parse_record_file(path)
                    assert parsed is not None
                    content = case.read(path, self.me)
                    shown[record_name(*parsed)] = (content.data, content.header)
            told[case_id] = shown
        return told


@dataclass
class Pair:
    """The two clones."""

    one: Clone
    two: Clone

    def join(self, how: str = "merge") -> None:
        """Bring two's work into one's clone by git, as far as git gets."""
        self.one.fetch(self.two)
        if how == "merge":
            self.one.git("merge", "--quiet", "--no-edit", "other/main", fails=True)
        elif how == "rebase":
            self.one.git("rebase", "--quiet", "other/main", fails=True)
        else:
            self.one.git("cherry-pick", "HEAD..other/main", fails=True)

    def finish(self) -> Report:
        """``tipcase merge`` and git's own command, in turns, until git waits for nothing."""
        return finish(self.one)

    def give_back(self) -> None:
        """The other clone takes over what the first one has."""
        self.two.fetch(self.one)
        self.two.git("merge", "--quiet", "--no-edit", "other/main", fails=True)
        finish(self.two)


def finish(clone: Clone) -> Report:
    """``tipcase merge`` and git's own command, in turns, until git waits for nothing."""
    report = clone.merge()
    for _ in range(40):
        assert not clone.unmerged()
        if report.waiting is None:
            clone.commit("merged")
            return report
        if report.waiting == "merge" or not more_to_pick(clone, report.waiting):
            clone.git("commit", "--quiet", "--no-edit", fails=True)
        if report.waiting == "cherry-pick" and not clone.git("diff", "--cached", "--name-only"):
            clone.git("cherry-pick", "--skip", fails=True)
        elif report.waiting != "merge":
            clone.git(report.waiting, "--continue", fails=True)
        report = clone.merge()
    raise AssertionError("git goes on for ever")


def more_to_pick(clone: Clone, waiting: str) -> bool:
    return waiting in ("rebase", "cherry-pick")


def make(folder: Path) -> Pair:
    """The book of the module's docstring, in two clones."""
    cw1, cw2 = (people.generate(handle, "x25519") for handle in ("cw1", "cw2"))
    root, home = folder / "one" / "book", folder / "one" / "home"
    config = Config("Example Shelter", "kh-2009", "x25519", {})
    book = staff.found(root, home, config, cw1, recovery.person(SEED, "x25519"), TIME)
    staff.add(book, staff.card_of(cw2), ["caseworker"], cw1, TIME)
    case_id = change.new_case(Book(root, home), cw2, opened="2026-01-05", time=TIME)
    one = Clone(root, home, cw1, case_id)
    one.put("profile", NAMES)
    one.git("init", "--quiet", "--initial-branch=main")
    one.commit("casebook init")
    two = Clone(folder / "two" / "book", folder / "two" / "home", cw2, case_id)
    two.root.parent.mkdir(parents=True)
    one.git("clone", "--quiet", str(root), str(two.root))
    assert not two.damage()
    return Pair(one, two)


def with_remote(pair: Pair, folder: Path) -> Path:
    """A bare repository that both clones call origin."""
    bare = folder / "office.git"
    pair.one.git("clone", "--quiet", "--bare", str(pair.one.root), str(bare))
    for clone in (pair.one, pair.two):
        clone.git("remote", "remove", "origin", fails=True)
        clone.git("remote", "add", "origin", str(bare))
    return bare


def copied(pair: Pair, folder: Path) -> Pair:
    """The same pair elsewhere, with all that the machines remember."""
    return Pair(_copied(pair.one, folder / "one"), _copied(pair.two, folder / "two"))


def _copied(clone: Clone, folder: Path) -> Clone:
    from tipcase.keyring.trust import Trust

    root, home = folder / "book", folder / "home"
    copies.copied(clone.root, root)
    copies.copied(clone.home, home)
    ours = home / "trust" / trust_name(clone.root)
    if ours.exists():
        ours.rename(ours.with_name(trust_name(root)))
        before, after = Trust(clone.home, clone.root), Trust(home, root)
        for path in after.folder.glob("*.json"):
            after.save(path.stem, before.load(path.stem))
    return Clone(root, home, clone.me, clone.case_id)


def texts(found: Sequence[dict[str, Any]]) -> list[str]:
    return sorted(str(item["text"]) for item in found)
