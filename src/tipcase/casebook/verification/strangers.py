"""What stands in the casebook's folders and is no part of it: links, strangers, git's own files.

Nothing that is found here is ever read as part of the casebook. A name is told only where it has
the form of a record's, for any other can be what somebody wrote about a person.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Set
from pathlib import Path
from typing import NamedTuple

from tipcase import files
from tipcase.casebook.naming import parse_record_file

# Files by which git is told to change, hide or fetch others.
STEERING = (".gitattributes", ".gitignore", ".gitmodules")
# Folders beside the casebook's own are looked at for such files, up to this many names.
_NEIGHBOURS = 20_000


class Tree(NamedTuple):
    """What stands below a folder, by path; ``others`` are pipes, devices and the like."""

    files: list[str]
    links: list[str]
    repositories: list[str]
    others: list[str]


def tree(top: Path, inside: str = "") -> Tree:
    """What stands below ``top``; paths begin with ``inside``. Links are not followed."""
    found = Tree([], [], [], [])
    if files.is_plain_folder(top):
        _walk(str(top), inside, found)
    for names in found:
        names.sort()
    return found


def _walk(folder: str, inside: str, found: Tree) -> None:
    with files.refusals("look into a folder"), os.scandir(folder) as entries:
        for entry in entries:
            path = f"{inside}{entry.name}"
            # From Python 3.12 on: what Windows calls a junction is a link too.
            if entry.is_symlink() or getattr(entry, "is_junction", bool)():
                found.links.append(path)
            elif entry.name == ".git":
                found.repositories.append(path)
            elif entry.is_dir(follow_symlinks=False):
                _walk(entry.path, f"{path}/", found)
            elif entry.is_file(follow_symlinks=False):
                found.files.append(path)
            else:
                found.others.append(path)


def sentences(found: Tree, known: Set[str]) -> Iterator[str]:
    """What is wrong with a tree in which only ``known`` files have a place."""
    for _ in found.repositories:
        yield "a git repository of its own stands inside the casebook: git would not keep its files"
    for path in found.links:
        yield f"a link stands where a file or folder belongs{_told(path)}: links are never followed"
    for path in found.others:
        yield f"something stands where a file belongs{_told(path)} and is none (a pipe, a device)"
    for path in found.files:
        name = path.rpartition("/")[2]
        if name in STEERING:
            yield f"a {name} stands inside the casebook: it could change, hide or leak its files"
        elif path not in known and not files.is_pending(name):
            named = f"{path} is" if _is_record(path) else "a file is"
            yield f"{named} named in no journal: nobody signed it"


def neighbours(root: Path, known: Set[str]) -> Iterator[str]:
    """The folders beside the casebook's own that hold a file which steers git."""
    looked = 0
    for name in files.names(root):
        if name in known or not files.is_plain_folder(root / name):
            continue
        for folder, folders, names in os.walk(root / name):
            looked += len(names) + len(folders)
            if ".git" in (*folders, *names) or set(names) & set(STEERING):
                yield "a folder beside the casebook's own holds files that steer git: move it away"
                break
            if looked > _NEIGHBOURS or os.path.islink(folder):
                break


def _told(path: str) -> str:
    return f" ({path})" if _is_record(path) else ""


def _is_record(path: str) -> bool:
    return "/" not in path and parse_record_file(path) is not None
