"""What belongs to a casebook, by the names of its files and what its journals name.

For copying one whole, also where it is damaged: then everything is taken that has the form of a
file of ours. What is no part of it is counted and never named.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tipcase import files
from tipcase.casebook import derived
from tipcase.casebook.book import HEAD, OWN_FOLDERS, Book
from tipcase.casebook.case import Case
from tipcase.casebook.naming import is_case_id
from tipcase.casebook.place import Place, read_lines
from tipcase.casebook.verification.strangers import Tree, tree
from tipcase.casebook.wraps import wrap_path
from tipcase.errors import ConflictError, MachineError, TipcaseError
from tipcase.journal.entry import PATH
from tipcase.journal.names import PROVIDER, STAFF

_HANDLE = "[a-z][a-z0-9-]{0,31}"
# What a file of a case is called, whoever wrote it.
_CASE_FILE = re.compile(
    rf"case\.yaml|journal/{_HANDLE}\.journal|keys/[0-9a-f]{{16}}/{_HANDLE}(\.restricted)?\.age"
    r"|[a-z0-9-]{1,90}\.yaml\.age|attachments/[a-z0-9]{1,80}\.age|aside/[0-9a-f]{64}\.age"
)
_STAFF_FILE = re.compile(
    rf"staff/journal/{_HANDLE}\.journal|{re.escape(derived.ROSTER)}|{re.escape(derived.SIGNERS)}"
    r"|casebook\.yaml|\.gitattributes|\.gitignore"
)


@dataclass
class Left:
    """How many files, links and folders were left out because they are no part of it."""

    out: int = 0


def is_ours(path: str) -> bool:
    """Whether a path is one that a casebook's own file can have."""
    first, _, rest = path.partition("/")
    if first == PROVIDER:
        return _CASE_FILE.fullmatch(rest) is not None
    if first == "cases":
        case, _, name = rest.partition("/")
        return is_case_id(case) and _CASE_FILE.fullmatch(name) is not None
    if first in OWN_FOLDERS:
        return PATH.fullmatch(path) is not None and "/" in path
    return _STAFF_FILE.fullmatch(path) is not None


def cases(book: Book, left: Left) -> list[str]:
    """The cases that have a folder, whatever is in it."""
    folder = book.root / "cases"
    if not files.is_plain_folder(folder):
        return []
    names = [name for name in files.names(folder) if name != ".lock"]
    left.out += sum(not is_case_id(name) for name in names)
    return [name for name in names if is_case_id(name) and files.is_plain_folder(folder / name)]


@contextlib.contextmanager
def quiet(place: Place) -> Iterator[None]:
    """Nobody writes to the place meanwhile, or the end of the block raises ``ConflictError``."""
    with contextlib.ExitStack() as stack:
        held = False
        if files.is_plain_folder(place.lock.parent):
            # On a disk that is read-only there is no lock, and nobody who needs one.
            with contextlib.suppress(MachineError):
                stack.enter_context(files.lock(place.lock, place.case))
                held = True
        before = None if held else _journals(place)
        yield
        if not held and _journals(place) != before:
            raise ConflictError(
                f"{place.case} was written to while it was copied", "run the command again"
            )


def _journals(place: Place) -> dict[str, bytes]:
    try:
        return place.journals()
    except TipcaseError:
        return {}


def files_of(book: Book, place: Place, left: Left) -> list[tuple[str, Path]]:
    """The files of a place by path, with where each stands: an unfinished write's too."""
    if place.case == STAFF:
        found, named, unfinished = _staff_files(book)
        front = ""
    else:
        if not files.is_plain_folder(place.root):
            return []
        found, named = tree(place.root), _named(place)
        unfinished = _unfinished(book, place.case)
        front = "provider/" if place.case == PROVIDER else f"cases/{place.case}/"
    chosen: dict[str, Path] = {}
    for path in found.files:
        name = path.rsplit("/", 1)[-1]
        if name == ".lock" or files.is_pending(name):
            continue
        if is_ours(front + path) and (named is None or path in named or _plain(path)):
            chosen[front + path] = place.root / path
        else:
            left.out += 1
    left.out += len(found.links) + len(found.repositories) + len(found.others)
    for temporary, target in unfinished.items():
        digest = temporary.name.removeprefix(files.TEMP_PREFIX)
        if target is not None and files.exists(temporary) and files.hash_of(temporary) == digest:
            chosen[target.relative_to(book.root).as_posix()] = temporary
    return sorted(chosen.items())


def _plain(path: str) -> bool:
    """Whether a file of a case is known by its name, and not by an entry."""
    return path == "case.yaml" or path.startswith(("journal/", "aside/", "staff/", "."))


def _named(place: Place) -> set[str] | None:
    """The paths that any entry of a case names, or None where its journals are not whole."""
    try:
        lines = read_lines(place.journals())
    except TipcaseError:
        return None
    if not lines or any(part.damage or part.unfinished is not None for part in lines):
        return None
    entries = [signed.entry for part in lines for signed in part.entries]
    wraps = [wrap for entry in entries for wrap in entry.data.get("wraps", ())]
    return {version.path for entry in entries for version in entry.files} | {
        wrap_path(wrap["generation"], wrap["handle"], wrap["kind"]) for wrap in wraps
    }


def _unfinished(book: Book, case: str) -> dict[Path, Path | None]:
    try:
        return Case(book, case).pending()
    except TipcaseError:
        return {}


def _staff_files(book: Book) -> tuple[Tree, set[str] | None, dict[Path, Path | None]]:
    """What stands in the casebook's own folders, what is signed of it, what is unfinished."""
    found = Tree([], [], [], [])
    for folder in ("staff", *OWN_FOLDERS):
        for names, more in zip(found, tree(book.root / folder, f"{folder}/"), strict=True):
            names += more
    for name in (HEAD, ".gitattributes", ".gitignore"):
        if (book.root / name).is_file() and not (book.root / name).is_symlink():
            found.files.append(name)
    try:
        if book.damage:
            return found, None, {}
        return found, {HEAD, *book.signed_files}, book.pending()
    except TipcaseError:
        return found, None, {}
