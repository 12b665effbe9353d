"""Other repositories: fetched from, joined and pushed to without letting them run anything."""

from __future__ import annotations

from pathlib import Path

from tipcase.errors import MachineError
from tipcase.git import KINDS, commit_of, output, run

# Whoever wrote the config of a foreign copy must not choose programs, and a name of a remote must
# never be a command.
_REMOTE = (
    *(word for kind in KINDS if kind != "ext" for word in ("-c", f"protocol.{kind}.allow=user")),
    "-c",
    "submodule.recurse=false",
    "-c",
    "fetch.recurseSubmodules=false",
    "-c",
    "core.alternateRefsCommand=",
    "-c",
    "merge.renames=false",
    "-c",
    "rerere.enabled=false",
)


def own_settings(folder: Path) -> dict[str, str]:
    """The settings that stand in the repository itself, and not with the person, by name."""
    told = output(folder, "config", "--list", "--show-scope", "-z").decode("utf-8", "replace")
    parts = told.split("\0")[:-1]
    found = {}
    for scope, item in zip(parts[::2], parts[1::2], strict=True):
        if scope in ("local", "worktree"):
            name, _, value = item.partition("\n")
            found[name] = value
    return found


def remotes(folder: Path) -> list[str]:
    """The names of the repositories that this one knows."""
    return run(folder, "remote").split()


def branch(folder: Path) -> str | None:
    """The branch that is checked out, such as ``main``, or None on none."""
    try:
        return run(folder, "symbolic-ref", "--quiet", "--short", "HEAD").strip()
    except MachineError:
        return None


def fetch(folder: Path, remote: str, name: str, into: str) -> str | None:
    """Fetch one branch of a remote into a reference of our own; the id of its commit.

    None where the remote has no such branch yet. Judge and join by the id: a reference may be
    moved meanwhile. ``MachineError`` where the remote cannot be reached, or what it gave is none.
    """
    try:
        there = run(folder, *_REMOTE, "ls-remote", "--heads", "--", remote, f"refs/heads/{name}")
        if not there.strip():
            return None
        words = ("fetch", "--quiet", "--no-tags", "--refmap=", "--upload-pack=git-upload-pack")
        run(folder, *_REMOTE, *words, "--", remote, f"+refs/heads/{name}:{into}")
    except MachineError:
        raise MachineError(
            "the other repository cannot be reached",
            f"everything is committed here; later: tipcase sync (git ls-remote {remote} says why)",
        ) from None
    fetched = commit_of(folder, into)
    if fetched is None:
        raise MachineError(
            "the other repository handed out something that is no commit",
            f"git ls-remote {remote} shows what it has",
        )
    return fetched


def push(folder: Path, remote: str, commit: str, name: str) -> bool:
    """Push a commit to a branch of a remote; False where it has something newer."""
    words = ("push", "--quiet", "--no-verify", "--receive-pack=git-receive-pack", "--porcelain")
    try:
        run(folder, *_REMOTE, *words, "--", remote, f"{commit}:refs/heads/{name}")
    except MachineError:
        return False
    return True


def is_ancestor(folder: Path, older: str, newer: str) -> bool:
    """Whether a commit is part of the past of another (or is that other)."""
    try:
        run(folder, "merge-base", "--is-ancestor", older, newer)
    except MachineError:
        return False
    return True


def join(folder: Path, commit: str, author: str) -> None:
    """Merge a commit as far as git gets; a conflict is left in the index."""
    user = ("-c", f"user.name={author}", "-c", f"user.email={author}@tipcase.invalid")
    words = ("merge", "--quiet", "--no-edit", "--no-verify-signatures", "--no-autostash")
    before = commit_of(folder, "HEAD")
    try:
        run(folder, *_REMOTE, *user, *words, "-m", "tipcase sync", commit)
    except MachineError:
        if commit_of(folder, "MERGE_HEAD") is None and commit_of(folder, "HEAD") == before:
            raise MachineError(
                "git refused to merge what was fetched",
                "git status shows what stands in the way: a file that is not committed, perhaps",
            ) from None


def entries(folder: Path, commit: str) -> list[tuple[str, str, str]]:
    """Mode, object id and path of everything in a commit, below the folder."""
    found = []
    for item in run(folder, "ls-tree", "-r", "-z", commit).split("\0")[:-1]:
        facts, _, path = item.partition("\t")
        mode, _, oid = facts.split(" ")
        found.append((mode, oid, path))
    return found


def name_commit(folder: Path, name: str, commit: str) -> None:
    """Let a reference name a commit."""
    run(folder, "update-ref", name, commit)


def forget(folder: Path, name: str) -> None:
    """Take a reference away, if it is there."""
    if run(folder, "for-each-ref", "--count=1", "--format=x", "--", name):
        run(folder, "update-ref", "-d", name)


def common(folder: Path, one: str, other: str) -> str | None:
    """The commit that two began with, or None where they have none in common."""
    try:
        return run(folder, "merge-base", one, other).strip()
    except MachineError:
        return None


def ahead(folder: Path, newer: str, older: str) -> int:
    """How many commits one has that the other has not."""
    return int(run(folder, "rev-list", "--count", f"{older}..{newer}"))
