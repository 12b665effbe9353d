"""``sync``: fetch, judge, merge, verify, push; and how git goes on after a merge.

What another repository brings is judged before it is merged (``arrival``). After that the working
copy is whole: records that somebody wrote to older keys without knowing of newer ones are moved,
everything is verified, and only then is anything pushed. Where somebody was faster it begins again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tipcase import files, git
from tipcase.casebook.backup import inventory
from tipcase.casebook.book import Book
from tipcase.casebook.commits import committing, repository
from tipcase.casebook.merge import arrival, joining, merging, moving, partner
from tipcase.casebook.merge.mergereport import Report, Step
from tipcase.casebook.merge.merging import Asked, Cases
from tipcase.casebook.verification import verify as checks
from tipcase.casebook.verification.verdict import Verdict
from tipcase.errors import (
    ConflictError,
    DamagedError,
    LockedError,
    MachineError,
    NoKeyError,
)
from tipcase.git import joins, remotes
from tipcase.journal.names import STAFF

# What was fetched, under a name of ours: the person's own references follow when it was judged.
_INCOMING = "refs/tipcase/incoming"
# What this machine remembers: the commit that it merged and verified last.
_SYNCED = "synced"
# Colleagues who push all the time must not keep us here for ever.
_TRIES = 5
# Stops of one rebase: more commits than anybody replays by hand.
_STOPS = 1_000


@dataclass
class Synced:
    """What a sync did: commits fetched and pushed, what was merged and moved, what is left.

    ``gaps`` are the numbers that a device skipped: damage to ``verify``, here a warning.
    ``back`` says which journals had lost lines, ``news`` what everybody should hear of the staff.
    """

    remote: str
    fetched: int = 0
    pushed: int = 0
    reports: list[Report] = field(default_factory=list)
    moved: list[Step] = field(default_factory=list)
    gaps: tuple[str, ...] = ()
    back: list[str] = field(default_factory=list)
    news: list[str] = field(default_factory=list)
    changed: bool = False

    @property
    def written(self) -> bool:
        """Whether anything is another than before, here or there."""
        return self.changed or self.pushed > 0 or any(report.steps for report in self.reports)

    @property
    def code(self) -> int:
        """The exit code of the merges: 5 where people have to settle something."""
        return max((report.code for report in self.reports), default=0)


# -- after a merge --


def keep(root: Path, home: Path, report: Report, person: Asked, time: str) -> None:
    """Commit what a merge wrote where git waits for nobody and the casebook is its top level."""
    if report.waiting is not None or not report.paths or not repository.is_top(root):
        return
    book = Book(root, home)
    if book.config.get("commit"):
        handle = _handle(person)
        committing.commit(book, handle, time)
        committing.commit_files(book, report.paths, "tipcase merge\n", handle, time)


def go_on(root: Path, home: Path, person: Asked, time: str, cases: Cases = None) -> Report:
    """Merge, let git go on, and merge where it stops again, until it waits for nothing.

    The steps of all of them; raises ``ConflictError`` where git does not go on. ``cases`` as
    ``merging.merge`` takes them.
    """
    whole = Report()
    for _ in range(_STOPS):
        report = merging.merge(root, home, person, time, cases)
        whole.add(report)
        if report.waiting is None:
            keep(root, home, report, person, time)
            return whole
        if joins.unmerged(root):
            return whole
        handle = _handle(person)
        # Nobody appends to a journal of this copy meanwhile: git would put another in its place.
        with files.lock(Book(root, home).trust.lock_path(), "the device"):
            if not joins.go_on(root, report.waiting, handle):
                break
    raise ConflictError("git does not go on here", "git status shows what it waits for")


def _handle(person: Asked) -> str:
    try:
        return person().handle
    except NoKeyError:
        return "tipcase"


# -- with another repository --


def sync(
    root: Path,
    home: Path,
    person: Asked,
    time: str,
    remote: str | None = None,
    *,
    dry_run: bool = False,
) -> Synced:
    """Bring this casebook and a remote to the same state.

    Raises ``DamagedError`` where the remote, or the casebook after the merge, is not to be
    believed, ``MachineError`` where the remote cannot be reached: what is here stays.
    ``LockedError`` where another sync of this copy runs.
    """
    book = Book(root, home)
    book.check()
    name, branch = partner.choose(book, remote)
    with _alone(root):
        try:
            return _Sync(book, person, time, name, branch).run(dry_run=dry_run)
        finally:
            remotes.forget(root, _INCOMING)


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One sync at a time in one repository: what one has fetched is not another's."""
    own = root / git.run(root, "rev-parse", "--git-common-dir").strip()
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(files.lock(own / "tipcase-sync.lock", "the sync", 0))
        except LockedError:
            raise LockedError(
                "another sync of this casebook runs",
                "wait until it has finished, then tipcase sync",
            ) from None
        yield


class _Sync:
    """One run. What was fetched is named by its id from the judgement to the push."""

    def __init__(self, book: Book, person: Asked, time: str, name: str, branch: str) -> None:
        self.root = book.root
        self.home = book.home
        self.name = name
        self.branch = branch
        self.done = Synced(name)
        self._staff = book.roster.heads
        self._person = person
        self._time = time

    def run(self, *, dry_run: bool) -> Synced:
        """Fetch and judge; then join, verify and push until the remote has what is here."""
        before = git.commit_of(self.root, "HEAD")
        self._look(dry_run=dry_run)
        if not dry_run:
            committing.commit(Book(self.root, self.home), _handle(self._person), self._time)
            _all_committed(Book(self.root, self.home))
        if git.commit_of(self.root, "HEAD") is None:
            raise ConflictError("git has no commit here yet", "tipcase sync makes the first")
        arrived = self._fetch()
        for _ in range(_TRIES):
            self.done.fetched += remotes.ahead(self.root, arrived, "HEAD") if arrived else 0
            if dry_run:
                self.done.pushed = _more(self.root, "HEAD", arrived)
                return self.done
            if self._joined_and_pushed(arrived):
                self.done.changed |= git.commit_of(self.root, "HEAD") != before
                return self.done
            arrived, tried = self._fetch(), arrived
            if arrived == tried:
                break
        raise MachineError(
            "the other repository does not take what is here",
            f"everything is committed here; git push {self.name} says why",
        )

    def _look(self, *, dry_run: bool) -> None:
        """Take back what journals lost; refuse damage before anything is committed or fetched."""
        book = Book(self.root, self.home)
        changed = [path for path in joins.changed(self.root) if inventory.is_ours(path)]
        told = joining.take_back(book, changed, dry_run=dry_run)
        self.done.back += [text for texts in told.values() for text in texts]
        # A dry run mends nothing, and damage that would be mended refuses nothing.
        cases = {joining.case_of(path) for path in changed} - (told.keys() if dry_run else set())
        if cases:
            _whole(Book(self.root, self.home), cases)

    def _fetch(self) -> str | None:
        """Fetch and judge; the commit that the remote has, or None where it has none."""
        commit = remotes.fetch(self.root, self.name, self.branch, _INCOMING)
        if commit is not None:
            seen = git.commit_of(self.root, self._theirs)
            arrival.check(Book(self.root, self.home), commit, seen)
        return commit

    @property
    def _theirs(self) -> str:
        """The reference that remembers what the remote had when this machine last looked."""
        return f"refs/remotes/{self.name}/{self.branch}"

    def _joined_and_pushed(self, arrived: str | None) -> bool:
        """Join, verify and push; False where the remote has something newer by now."""
        mine = self._verified(self._join(arrived))
        more = _more(self.root, mine, arrived)
        if more and not remotes.push(self.root, self.name, mine, self.branch):
            return False
        self.done.pushed = more
        # As git's own push would.
        remotes.name_commit(self.root, self._theirs, mine)
        return True

    def _join(self, arrived: str | None) -> Cases:
        """Join what arrived; the cases that were looked at, or None for all of them."""
        root, home = self.root, self.home
        if arrived is not None and not remotes.is_ancestor(root, arrived, "HEAD"):
            handle = _handle(self._person)
            with files.lock(Book(root, home).trust.lock_path(), "the device"):  # as in `go_on`
                remotes.join(root, arrived, handle)
        self.done.reports.append(Report())
        cases = self._touched()
        self._merge(cases)
        return cases

    def _touched(self) -> set[str] | None:
        """The cases in which anything moved since this machine last synced this copy, else None.

        None (all of them) where that is not known, and where the staff moved: who may have written
        what can be another everywhere then.
        """
        known = Book(self.root, self.home).trust.load(_SYNCED)
        try:
            moved = joins.differing(self.root, known["head"]) if known else None
        except MachineError:
            return None
        if moved is None:
            return None
        cases = {joining.case_of(path) for path in (*moved, *joins.changed(self.root))}
        return None if STAFF in cases else cases

    def _merge(self, cases: Cases) -> bool:
        """Merge in these cases and move records to newer keys; whether anything was done."""
        root, home = self.root, self.home
        before = git.commit_of(root, "HEAD")
        report = go_on(root, home, self._person, self._time, cases)
        self.done.reports[-1].beside(report)
        if joins.unmerged(root) or joins.waiting(root):
            raise ConflictError(
                "something is left that tipcase cannot join",
                "git status shows it; then tipcase merge --continue and tipcase sync",
            )
        moved = moving.move(Book(root, home), self._person, self._time)
        self.done.moved += moved
        committing.commit(Book(root, home), _handle(self._person), self._time)
        return bool(report.steps or moved) or git.commit_of(root, "HEAD") != before

    def _verified(self, merged: Cases) -> str:
        """Refuse to go on with what is damaged; the commit that is as good as what was looked at.

        Of the cases that were not merged, those in which anything is to be said are merged first,
        as nothing here may be left that a merge would put right. A gap in what devices numbered is
        told and no more than a number that somebody gave: were it refused, anybody with a push
        right could keep everybody's work from everybody. What was taken away from a journal, and
        this machine has seen, is told by the pins.
        """
        while True:
            # Before the look at all files: what somebody commits meanwhile goes with the next sync.
            mine = git.commit_of(self.root, "HEAD")
            assert mine is not None
            book = Book(self.root, self.home)
            found = checks.verify(book)
            said = {verdict.case for verdict in found if verdict.found or verdict.warnings}
            rest = set() if merged is None else said - {STAFF, *merged}
            if not rest or not self._merge(rest):
                break
            merged = rest.union(merged or ())
        _refuse(found)
        self.done.gaps = tuple(text for verdict in found for text in verdict.of("gap"))
        self.done.news = book.news(self._staff)
        _remember(book, mine)
        return mine


def _whole(book: Book, cases: Iterable[str]) -> None:
    """Refuse where what no commit has yet is damaged: nobody shall be told to commit that."""
    for verdict in checks.verify(book, sorted(set(cases) - {STAFF})):
        for text in verdict.of("torn"):
            said = f"{verdict.case} is damaged, and nothing was committed or pushed: {text}"
            case = "" if verdict.case == STAFF else f" {verdict.case}"
            raise DamagedError(said, f"tipcase repair{case}")


def _all_committed(book: Book) -> None:
    """Refuse where work would stay behind: nothing commits it, or nobody believes it."""
    if any(inventory.is_ours(path) for path in joins.changed(book.root)):
        hint = "git add --all, git commit (or let tipcase do it: tipcase settings commit=yes)"
        if book.config.get("commit"):
            hint = "git status shows them, and tipcase verify what they are"
        raise ConflictError("files of the casebook are not committed", hint)


def _refuse(found: Iterable[Verdict]) -> None:
    """Refuse to push what is damaged."""
    for verdict in found:
        for text in verdict.of("torn"):
            raise DamagedError(
                f"{verdict.case} is damaged, and nothing was pushed: {text}",
                "tipcase verify shows all of it; tipcase repair mends what can be mended",
            )


def _remember(book: Book, commit: str) -> None:
    """Note what was merged and verified: the next sync merges what moved since, and verifies all.

    Another process that is writing is not waited for: the next sync looks at more then.
    """
    with contextlib.suppress(LockedError), files.lock(book.trust.lock_path(), "the device", 1):
        book.trust.save(_SYNCED, {"head": commit})


def _more(root: Path, newer: str, arrived: str | None) -> int:
    """How many commits the remote lacks."""
    if arrived is not None:
        return remotes.ahead(root, newer, arrived)
    return int(git.run(root, "rev-list", "--count", newer))
