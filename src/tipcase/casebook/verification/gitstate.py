"""What git keeps of a casebook and would do to its files, looked at without changing anything.

`.gitattributes` of the casebook says that git changes no byte and merges by its own means alone.
What can override it: attributes and filters of this one copy, which a foreign copy brings along
and which can run a program; links and submodules in git's index, which the next checkout would put
there; drivers that take the name of a built-in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tipcase import files, git
from tipcase.casebook.backup.inventory import is_ours
from tipcase.casebook.naming import collisions, is_device
from tipcase.casebook.verification.strangers import STEERING
from tipcase.errors import DamagedError, MachineError
from tipcase.git import remotes

# One path of each kind: attributes go by patterns, and `.gitattributes` is compared as a whole.
_KINDS = (
    "{place}/case.yaml",
    "{place}/journal/cw1.journal",
    "{place}/profile.yaml.age",
    "{place}/keys/0123456789abcdef/cw1.age",
    "{place}/attachments/k3f9m2xq.age",
    "{place}/aside/0123456789abcdef.age",
)
_HEADS = (
    "casebook.yaml",
    "staff/roster.yaml",
    "staff/allowed_signers",
    "staff/journal/cw1.journal",
)
_ASKED = ("text", "filter", "ident", "working-tree-encoding", "merge")
_MODES = {
    "160000": "git keeps a submodule inside the casebook: take it out with git rm --cached",
    "120000": "git keeps a link inside the casebook: take it out with git rm --cached",
}
# Settings of git by which a built-in way to merge becomes somebody's program.
_DRIVERS = ("merge.union.driver", "merge.binary.driver", "merge.text.driver", "merge.default")

# Settings of git by which looking at a file, or joining it, runs somebody's program.
_FILTERS = re.compile(r"filter\.|merge\..*\.driver\Z|merge\.default\Z|diff\.", re.IGNORECASE)


class State(NamedTuple):
    """What was found: damage, and warnings."""

    damage: list[str]
    warnings: list[str]


def refuse_filters(root: Path) -> None:
    """Raise ``DamagedError`` where this copy's own settings would make git run programs on files.

    A foreign copy brings its settings along.
    """
    bad = sorted(key for key in remotes.own_settings(root) if _FILTERS.match(key))
    if bad:
        raise DamagedError(
            f"this copy's own git settings name programs that would run: {', '.join(bad[:5])}",
            "if you do not know them, take them out: git config --unset NAME",
        )


def look(root: Path, cases: Iterable[str], *, converted: bool) -> State:
    """What git keeps of a casebook and would do to it; nothing where there is no repository.

    ``converted`` says whether line ends of a journal were changed.
    """
    state = State([], [])
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return state
    if not git.available():
        state.warnings.append("git is not installed: what it would do here was not looked at")
        return state
    try:
        index = git.index(root)
        settings = git.configuration(root)
        state.damage.extend(_kept(index))
        state.warnings.extend(_odd(index))
        state.damage.extend(_attributes(root, cases, [path for _, _, path in index]))
        if any(name in settings for name in _DRIVERS):
            state.damage.append(
                "git would merge the casebook's files by a program that its config names: "
                "look for merge.*.driver in git config --list --show-origin"
            )
        if converted and settings.get("core.autocrlf", "false") != "false":
            state.warnings.append(
                "git's core.autocrlf is on here and changes line ends where .gitattributes is "
                "not: git config core.autocrlf false"
            )
    except MachineError as error:
        state.warnings.append(f"what git would do here was not looked at: {error.sentence}")
    return state


def _kept(index: list[tuple[str, int, str]]) -> Iterator[str]:
    """What git must not keep of a casebook: the next checkout would put it there."""
    for mode, text in _MODES.items():
        if any(mode == found for found, _, _ in index):
            yield text
    steering = {path.rpartition("/")[2] for _, _, path in index if _steers(path)}
    for name in sorted(steering):
        yield f"git keeps a {name} inside the casebook: take it out with git rm --cached"


def _steers(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return name in STEERING and (bool(folder) or name == ".gitmodules")


def _odd(index: list[tuple[str, int, str]]) -> Iterator[str]:
    """What git keeps and a person should know of; no name is told."""
    paths = {path for _, _, path in index}
    waiting = {path for _, stage, path in index if stage}
    if waiting:
        yield f"git waits for {len(waiting)} files to be merged: tipcase merge"
    strangers = [path for path in paths if not is_ours(path) and not _steers(path)]
    if strangers:
        yield (
            f"git keeps {len(strangers)} files that are no part of the casebook: if one is "
            "plaintext, everybody with a copy has it (git ls-files shows the names)"
        )
    if collisions(paths):
        yield "two files differ only in capital letters: macOS and Windows would keep one of them"
    if any(is_device(path) for path in paths):
        yield "a file has a name that Windows keeps for a device: it could not be checked out there"


def _attributes(root: Path, cases: Iterable[str], kept: list[str]) -> Iterator[str]:
    """The attributes in force must be what the casebook's own file says."""
    case = next(iter(cases), "AAAA-AAAA")
    places = ("provider", f"cases/{case}")
    paths = [*_HEADS, *(kind.format(place=place) for place in places for kind in _KINDS)]
    own = git.run(root, "rev-parse", "--git-path", "info/attributes").strip()
    if files.exists(root / own):
        # Attributes of this copy alone can name a single file.
        paths += [path for path in kept if is_ours(path)]
    found = git.attributes(root, _ASKED, paths)
    wrong = sorted({name for path, told in found.items() for name in _wrong(path, told)})
    if wrong:
        yield (
            f"git would change or merge the casebook's files in its own way ({', '.join(wrong)}): "
            "look into .gitattributes, .git/info/attributes and git config core.attributesFile"
        )


def _wrong(path: str, told: dict[str, str]) -> Iterator[str]:
    """The attributes of a path that are not what ``.gitattributes`` makes them."""
    merge = {"unspecified"}
    if path.endswith(".journal"):
        merge = {"union"}
    elif path.endswith(".age") or path == "casebook.yaml":
        merge = {"unset"}
    good = {"text": {"unset"}, "merge": merge}
    for name, value in told.items():
        if value not in good.get(name, {"unspecified", "unset"}):
            yield name
