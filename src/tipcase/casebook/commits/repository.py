"""The repository that a casebook is the top of, as git tells it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tipcase import files, git
from tipcase.errors import MachineError
from tipcase.git import joins


@dataclass(frozen=True)
class Repository:
    """The repository that a casebook is the top of: git's folder, the last commit of the branch."""

    folder: Path
    head: str | None
    # The hash that names its objects: sha1 or sha256.
    ids: str
    # False on a detached HEAD.
    branch: bool


def of(root: Path) -> Repository | None:
    """The repository whose top level is this folder; None where there is none, or it is another's.

    Raises ``MachineError`` where git is missing or cannot read it.
    """
    if not files.exists(root / ".git"):
        return None
    asked = ("--show-toplevel", "--absolute-git-dir", "--show-object-format")
    try:
        told = git.run(root, "rev-parse", *asked, "HEAD", "--symbolic-full-name", "HEAD")
        top, folder, ids, head, branch = told.splitlines()
    except (MachineError, ValueError):
        # The branch has no commit yet, or something is wrong: then this fails as well.
        top, folder, ids = git.run(root, "rev-parse", *asked).splitlines()
        head, branch = "", git.run(root, "symbolic-ref", "--quiet", "HEAD").strip()
    if Path(top).resolve() != root.resolve():
        return None
    # GIT_DIR of whoever started us may name another repository, whose top would be here then.
    if (root / ".git").is_dir() and Path(folder).resolve() != (root / ".git").resolve():
        return None
    return Repository(Path(folder), head or None, ids, branch.startswith("refs/heads/"))


def is_top(root: Path) -> bool:
    """Whether a casebook is the top of a repository that git can read."""
    try:
        return of(root) is not None
    except MachineError:
        return False


def under_way(root: Path, folder: Path) -> bool:
    """Whether git is in the middle of a merge, a rebase or the like, or holds unmerged paths.

    ``folder`` is git's own.
    """
    return joins.under_way(root, folder) is not None or bool(joins.unmerged(root))
