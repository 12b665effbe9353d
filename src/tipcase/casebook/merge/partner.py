"""The other repository that a casebook is synced with: which one, and may git be let near it.

A foreign copy brings settings along, and git would run what they name.
"""

from __future__ import annotations

import re

from tipcase.casebook.book import Book
from tipcase.casebook.commits import repository
from tipcase.casebook.verification import gitstate
from tipcase.errors import ConflictError, DamagedError, NotFoundError, UsageError
from tipcase.git import joins, remotes

# Settings that name a program, or send git elsewhere: they do not come with a person's own work.
_PROGRAMS = re.compile(
    r"core\.(sshcommand|gitproxy|askpass|attributesfile|worktree)\Z|credential\.(.*\.)?helper\Z"
    r"|remote\..*\.(uploadpack|receivepack|vcs|proxy)\Z|filter\.|merge\..*\.driver\Z"
    r"|merge\.default\Z|include(if)?\.|url\..*\.(push)?insteadof\Z|protocol\.|gpg\.|diff\.external\Z"
    r"|diff\..*\.(command|textconv)\Z",
    re.IGNORECASE,
)


def choose(book: Book, remote: str | None) -> tuple[str, str]:
    """The remote and the branch to sync with, after a look at what this copy would make git do."""
    root = book.root
    if not repository.is_top(root):
        raise ConflictError(
            "the casebook is not the top of a git repository of its own",
            "git init in its folder, or sync the repository that it stands in by hand",
        )
    waiting = joins.waiting(root)
    if waiting is not None or joins.unmerged(root):
        raise ConflictError(
            f"git is in the middle of a {waiting or 'merge'}", "tipcase merge --continue"
        )
    branch = remotes.branch(root)
    if branch is None:
        raise ConflictError("git is on no branch here", "go back to yours: git switch main")
    settings = remotes.own_settings(root)
    bad = sorted(key for key in settings if _PROGRAMS.match(key))
    if bad:
        raise DamagedError(
            f"this copy's own git settings name programs that would run: {', '.join(bad[:5])}",
            "if they are yours, move them to your own: git config --global NAME VALUE, "
            "then git config --unset NAME",
        )
    damage = gitstate.look(root, book.case_ids(), converted=False).damage
    if damage:
        raise DamagedError(damage[0], "nothing was fetched; tipcase verify shows all of it")
    known = remotes.remotes(root)
    if not known:
        raise NotFoundError(
            "there is no other repository to sync with", "git remote add origin ADDRESS"
        )
    usual = settings.get(f"branch.{branch}.remote", "origin")
    name = remote or (usual if usual in known else known[0])
    if name not in known:
        raise UsageError("no remote of this name", f"one of: {', '.join(known)}")
    return name, branch
