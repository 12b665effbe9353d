"""What git is in the middle of, and the index in which it waits for somebody."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from tipcase.errors import MachineError
from tipcase.git import blobs, commit_of, run

# How git marks on disk what it is in the middle of.
_REBASE = ("rebase-merge", "rebase-apply")
_WAITING = {
    "merge": "MERGE_HEAD",
    "cherry-pick": "CHERRY_PICK_HEAD",
    "revert": "REVERT_HEAD",
}
# What is left of several commits to pick or to revert, also between two of them.
_SEQUENCE = "sequencer"


def waiting(folder: Path) -> str | None:
    """What git is in the middle of: rebase, merge, cherry-pick, revert; None when nothing."""
    return under_way(folder, Path(run(folder, "rev-parse", "--absolute-git-dir").strip()))


def under_way(folder: Path, own: Path) -> str | None:
    """As ``waiting`` says it, where git's own folder is known."""
    if any((own / name).is_dir() for name in _REBASE):
        return "rebase"
    # Where git keeps references in tables, some of these are no files.
    tables = (own / "reftable").exists()
    for word, name in _WAITING.items():
        if (own / name).exists() or (tables and commit_of(folder, name)):
            return word
    if (own / _SEQUENCE).is_dir():
        return "revert" if _first_word(own / _SEQUENCE / "todo") == b"revert" else "cherry-pick"
    return None


def _first_word(todo: Path) -> bytes:
    words = todo.read_bytes().split() if todo.is_file() else []
    return words[0] if words else b""


def unmerged(folder: Path) -> dict[str, dict[int, str]]:
    """The paths that git could not join, below the folder: path → stage (1 to 3) → object id.

    Stage 1 is what both sides began with, 2 is ours and 3 theirs; a rebase swaps these two.
    """
    found: dict[str, dict[int, str]] = {}
    for item in run(folder, "ls-files", "--unmerged", "-z").split("\0")[:-1]:
        facts, _, path = item.partition("\t")
        _, oid, stage = facts.split(" ")
        found.setdefault(path, {})[int(stage)] = oid
    return found


def content(folder: Path, oid: str) -> bytes:
    """The content of one object; ``MachineError`` where it is not here."""
    for _, parts in blobs(folder, [oid]):
        return b"".join(parts)
    raise MachineError("git has not the content that it names", "run git fsck, then git fetch")


def object_id(folder: Path, path: Path) -> str:
    """The id that git gives to exactly the bytes of a file; nothing is written."""
    name = path.relative_to(folder).as_posix()
    return run(folder, "hash-object", "--no-filters", "--", name).strip()


def has(folder: Path, oid: str) -> bool:
    """Whether git holds an object of this id."""
    told = run(folder, "cat-file", "--batch-check", stdin=f"{oid}\n".encode("ascii"))
    return not told.strip().endswith("missing")


def loose_ends(folder: Path) -> list[str]:
    """The ids of every blob that git holds, also those that no commit names any more."""
    asked = ("cat-file", "--batch-all-objects", "--batch-check", "--unordered")
    return [
        line.partition(" ")[0]
        for line in run(folder, *asked).splitlines()
        if line.split(" ")[1:2] == ["blob"]
    ]


def go_on(folder: Path, what: str, author: str) -> bool:
    """Let git finish what it is in the middle of, as far as it gets; whether it took a step.

    Nothing asks for a message, and a commit that would be empty is left out.
    """
    if what == "rebase" and _runs_programs(folder):
        raise MachineError(
            "git would run programs here that the rebase names",
            "git rebase --edit-todo shows them; if they are yours: git rebase --continue",
        )
    user = ("-c", f"user.name={author}", "-c", f"user.email={author}@tipcase.invalid")
    empty = not run(folder, "diff", "--cached", "--name-only", "HEAD")
    if what == "merge" or not empty:
        # A commit of our own first: what goes on then has nothing to ask.
        with contextlib.suppress(MachineError):
            run(folder, *user, "commit", "--quiet", "--no-edit", "--allow-empty-message")
    before = commit_of(folder, "HEAD"), commit_of(folder, _WAITING.get(what, "REBASE_HEAD"))
    if what == "merge" or waiting(folder) is None:
        return waiting(folder) is None
    # Between two commits of a sequence there is none to leave out.
    skip = empty and what != "rebase" and before[1] is not None
    word = "--skip" if skip else "--continue"
    with contextlib.suppress(MachineError):  # it stops again where the next commit conflicts
        run(folder, *user, "-c", "core.editor=true", what, word)
    after = commit_of(folder, "HEAD"), commit_of(folder, _WAITING.get(what, "REBASE_HEAD"))
    return waiting(folder) is None or before != after or not empty


def _runs_programs(folder: Path) -> bool:
    """Whether what is left of a rebase starts programs, as a foreign copy may have prepared."""
    found = run(folder, "rev-parse", "--git-path", "rebase-merge/git-rebase-todo").strip()
    todo = folder / found
    lines = todo.read_bytes().splitlines() if todo.is_file() else []
    return any(line.split()[:1] in ([b"exec"], [b"x"]) for line in lines)


def changed(folder: Path) -> list[str]:
    """The paths below the folder whose file is another one than the index has, or is not in it."""
    others = ("ls-files", "--others", "--exclude-standard", "-z")
    known = ("ls-files", "--modified", "--deleted", "-z")
    return [path for asked in (known, others) for path in run(folder, *asked).split("\0")[:-1]]


def differing(folder: Path, commit: str) -> list[str]:
    """The paths below the folder of which the index holds something else than a commit.

    No file is looked at; ``MachineError`` where the commit is not here.
    """
    asked = ("diff-index", "--cached", "--name-only", "--no-renames", "--relative", "-z")
    return run(folder, *asked, commit, "--").split("\0")[:-1]


def no_object(ids: str) -> str:
    """The id that stands for no object, where ``sha1`` or ``sha256`` names objects."""
    return "0" * (64 if ids == "sha256" else 40)


def stage(folder: Path, paths: Iterable[str]) -> None:
    """Put files into the index as they stand, byte for byte; what is gone leaves it.

    No filter runs, and a path that was unmerged is merged.
    """
    prefix = run(folder, "rev-parse", "--show-prefix").strip()
    wanted = sorted(set(paths))
    here = [p for p in wanted if (folder / p).is_file() and not (folder / p).is_symlink()]
    # Of this command, too, the paths are the repository's.
    names = "".join(f"{prefix}{path}\n" for path in here).encode("utf-8", "surrogateescape")
    asked = ("hash-object", "-w", "--no-filters", "--stdin-paths")
    oids = run(folder, *asked, stdin=names).split() if here else []
    # Mode 0 takes a path out, with every stage that it has.
    nothing = no_object(run(folder, "rev-parse", "--show-object-format").strip())
    lines = [f"0 {nothing}\t{prefix}{path}\0" for path in wanted]
    lines += [f"100644 {oid} 0\t{prefix}{path}\0" for path, oid in zip(here, oids, strict=True)]
    if lines:
        told = "".join(lines).encode("utf-8", "surrogateescape")
        run(folder, "update-index", "-z", "--index-info", stdin=told)
