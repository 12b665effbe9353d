"""Commit-on-write: what a command wrote and the casebook believes becomes one commit of git.

Only bytes that the journals vouch for are committed, and exactly these bytes: they go to git by
``fast-import``, which runs no filter and looks at no attribute. Paths and message follow from the
journals against the last commit, so that what an earlier crash or a busy git left uncommitted
comes with the next commit. What somebody staged by hand stays staged. In the middle of a merge, a
rebase or a cherry-pick nothing is committed: ``merge`` ends those.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from tipcase import files, git
from tipcase.casebook.book import Book
from tipcase.casebook.commits import repository as repositories
from tipcase.casebook.commits import uncommitted
from tipcase.casebook.commits.repository import Repository
from tipcase.casebook.commits.uncommitted import Changes
from tipcase.casebook.naming import parse_record_file, record_name
from tipcase.casebook.writing import Note
from tipcase.errors import DamagedError, LockedError, MachineError, TipcaseError
from tipcase.git import joins
from tipcase.journal.entry import Signed

# The commit under construction: a name of ours, so that no branch is touched before all is ready.
_NEXT = "refs/tipcase/next"
# What this machine remembers: the commit it made last, and how far its device had written by then.
_REMEMBERED = "commits"
_READING = "read what is to be committed"


def after(notes: Iterable[Note], time: str) -> list[TipcaseError]:
    """Commit what this process wrote; returns what went wrong, which never fails the command."""
    wrong: list[TipcaseError] = []
    written: dict[tuple[Path, Path], list[Note]] = {}
    for note in notes:
        written.setdefault((note.root, note.home), []).append(note)
    for (root, home), found in written.items():
        if not files.exists(root / ".git"):
            continue
        try:
            commit(Book(root, home), found[-1].handle, time, found)
        except TipcaseError as error:
            wrong.append(error)
        except OSError:
            wrong.append(MachineError("the machine refused", "git status shows what is not there"))
    return wrong


def commit(
    book: Book,
    handle: str,
    time: str,
    notes: Iterable[Note] | None = None,
    *,
    words: str | None = None,
) -> str | None:
    """Commit what the casebook believes and its last commit lacks; the id of the new commit.

    None where there is nothing to commit: the casebook is not the top of a repository, the setting
    ``commit`` says no, nothing differs, or git is in the middle of something. ``notes`` says what
    this process wrote, which spares looking at every case; ``words`` is the message where it is not
    to follow from the entries. Raises ``MachineError`` where git is
    missing, refuses, or is on no branch; ``LockedError`` where another process commits;
    ``DamagedError``, after the commit of the rest, where a journal lost what the last commit has.
    """
    with _ready(book) as repository:
        if repository is None:
            return None
        with files.refusals(_READING):
            changes = uncommitted.since(book, repository, _places(book, repository, notes))
        made = repository.head
        if changes.files:
            words = words or message(changes.entries, handle)
            made = _make(book.root, repository, changes, words, handle, time)
        if changes.lost:
            # What was taken off a journal is never committed as if somebody had meant it.
            raise DamagedError(
                f"{'; '.join(changes.lost)}: left out of the commit",
                "tipcase repair brings it back from git, and tipcase sync does",
            )
        _remember(book, made)
    return made if changes.files else None


def commit_files(
    book: Book, paths: Iterable[str], words: str, handle: str, time: str
) -> str | None:
    """Commit files of the casebook as they stand, and nothing else that is staged.

    ``words`` is the message. The id of the new commit, or None and what is raised as by ``commit``.
    """
    with _ready(book) as repository:
        if repository is None:
            return None
        wanted = set(paths)
        with files.refusals(_READING):
            changes = uncommitted.named(book.root, repository, wanted)
        # What the last commit has already may still be staged as something else.
        joins.stage(book.root, wanted - changes.files.keys())
        if not changes.files:
            return None
        return _make(book.root, repository, changes, words, handle, time)


@contextlib.contextmanager
def _ready(book: Book) -> Iterator[Repository | None]:
    """The repository, locked, where something may be committed to it now."""
    if not files.exists(book.root / ".git") or not book.config.get("commit"):
        yield None
        return
    with files.lock(_lock(book), "the repository"):
        repository = repositories.of(book.root)
        if repository is None or repositories.under_way(book.root, repository.folder):
            yield None
            return
        if not repository.branch:
            # What is committed on no branch is lost when somebody goes back to theirs.
            raise MachineError("git is on no branch here", "go back to yours: git switch main")
        yield repository


def _lock(book: Book) -> Path:
    """The lock of everybody who commits here; in a linked working tree, of this person alone."""
    folder = book.root / ".git"
    return (folder if folder.is_dir() else book.trust.lock_path().parent) / "tipcase.lock"


# -- where to look --


def _places(
    book: Book, repository: Repository, notes: Iterable[Note] | None
) -> frozenset[str] | None:
    """The cases that can have changed, or None where every one has to be looked at.

    Where the last commit is the one that this machine made last and its device has since written
    what this process wrote and nothing else, only that can have changed.
    """
    known, device = book.trust.load(_REMEMBERED), book.trust.load("device")
    wrote = list(notes or ())
    if (
        not wrote
        or known is None
        or device is None
        or known["head"] != repository.head
        or known["device"] != device["device"]
        or device["seq"] - known["seq"] != len(wrote)
    ):
        return None
    return frozenset(note.case for note in wrote)


def _remember(book: Book, head: str | None) -> None:
    """Note how far this device had written when the last commit was made."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.suppress(LockedError, MachineError))
        stack.enter_context(files.lock(book.trust.lock_path(), "the device", 1))
        device = book.trust.load("device")
        if device is not None:
            at = {"head": head, "device": device["device"], "seq": device["seq"]}
            if book.trust.load(_REMEMBERED) != at:
                book.trust.save(_REMEMBERED, at)


# -- the commit --


def _make(
    root: Path, repository: Repository, changes: Changes, words: str, handle: str, time: str
) -> str:
    """Make the commit: its objects, then the index, then the branch.

    The index comes before the branch: were it the other way round, a failure between the two would
    leave an index that takes the commit back with the next one that somebody makes by hand.
    """
    parts = _import(repository, changes, words, handle, time)
    git.feed(
        root,
        *_DURABLE,
        "fast-import",
        "--quiet",
        "--force",
        "--date-format=raw",
        "--done",
        parts=parts,
    )
    made = git.run(root, "rev-parse", "--verify", _NEXT).strip()
    nothing = joins.no_object(repository.ids)
    lines = b"".join(
        f"0 {nothing}\t{path}\0".encode()
        if blob is None
        else f"100644 {blob.oid} 0\t{path}\0".encode()
        for path, blob in sorted(changes.files.items())
    )
    try:
        git.output(root, "update-index", "-z", "--index-info", stdin=lines)
        before = repository.head or nothing
        moves = f"update HEAD {made} {before}\ndelete {_NEXT}\n"
        user = ("-c", f"user.name={handle}", "-c", f"user.email={handle}@tipcase.invalid")
        subject = words.split("\n", 1)[0]
        git.output(root, *user, "update-ref", "-m", subject, "--stdin", stdin=moves.encode())
    except MachineError:
        with contextlib.suppress(MachineError):
            git.run(root, "update-ref", "-d", _NEXT)
        raise MachineError(
            "git is busy, or somebody else moved the branch",
            "if no other git runs, delete index.lock in the folder .git",
        ) from None
    return made


# Objects reach the disk before the branch names them; one sync for all of them where git can.
_DURABLE = ("-c", "core.fsync=all", "-c", "core.fsyncMethod=batch")


def _import(
    repository: Repository, changes: Changes, words: str, handle: str, time: str
) -> Iterator[bytes]:
    """The commit in the language of ``git fast-import``."""
    seconds = max(0, int(datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()))
    text = words.encode("utf-8")
    yield f"commit {_NEXT}\n".encode()
    yield f"committer {handle} <{handle}@tipcase.invalid> {seconds} +0000\n".encode()
    yield b"data %d\n%s\n" % (len(text), text)
    if repository.head is not None:
        yield f"from {repository.head}\n".encode()
    for path, blob in sorted(changes.files.items()):
        if blob is None:
            yield f"D {path}\n".encode()
            continue
        yield f"M 100644 inline {path}\n".encode()
        yield from blob.parts()
        yield b"\n"
    yield b"done\n"


def message(entries: Iterable[Signed], handle: str) -> str:
    """The message of a commit: case id, operation and the names of records, never content."""
    lines = [_line(signed, handle) for signed in entries]
    if not lines:
        return "tipcase: what the journals name\n"
    if len(lines) == 1:
        return f"{lines[0]}\n"
    return "\n".join([f"tipcase: {len(lines)} entries", "", *lines, ""])


def _line(signed: Signed, handle: str) -> str:
    entry = signed.entry
    names = [
        record_name(*parsed)
        for version in entry.files
        if (parsed := parse_record_file(version.path)) is not None
    ]
    words = [entry.case, entry.op, *sorted(names)]
    if entry.signer != handle:
        words.append(f"({entry.signer})")
    return " ".join(words)
