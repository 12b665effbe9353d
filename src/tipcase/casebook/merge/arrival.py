"""What another repository brings, judged before git puts any of it into the working copy.

It must be this casebook, hold nothing but its files, lack nothing that was there before, and bring
no line of a journal that is damaged or forged. The bytes of records are judged after the merge,
like all others: what the journals do not name is never believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tipcase import git
from tipcase.casebook.backup import inventory
from tipcase.casebook.book import OWN_FOLDERS, Book
from tipcase.casebook.merge import heads, joining
from tipcase.casebook.naming import collisions, is_case_id, is_device
from tipcase.casebook.place import JOURNAL_SUFFIX
from tipcase.errors import ConflictError, DamagedError, TipcaseError
from tipcase.git import remotes
from tipcase.journal import lines as journal_lines
from tipcase.journal.fold import fold
from tipcase.journal.names import HANDLE, PROVIDER, STAFF

_PLAIN = ("100644", "100755")
_HINT = (
    "nothing was merged and nothing pushed: ask a colleague what happened to the other repository"
)

Journals = dict[str, dict[str, bytes]]


def check(book: Book, commit: str, seen: str | None) -> None:
    """Refuse a fetched commit that must not be merged: ``DamagedError`` says why.

    ``seen`` is the commit that the other repository had when this machine last looked.
    """
    root = book.root
    found = remotes.entries(root, commit)
    _files(root, found)
    if seen is not None and not remotes.is_ancestor(root, seen, commit):
        raise DamagedError(
            "the other repository hands out an older state than this machine has seen: "
            "work was taken away there",
            f"{_HINT}; if it was meant (a restored backup): git fetch, then tipcase sync",
        )
    oids = {path: oid for _, oid, path in found}
    theirs = _journals(root, oids)
    _same_book(book, theirs.get(STAFF, {}))
    base = remotes.common(root, "HEAD", commit)
    if base is None:
        raise ConflictError(
            "the other repository has the same casebook, but no commit in common with this one",
            "join them once: git merge --allow-unrelated-histories, then tipcase merge",
        )
    before = {path: oid for _, oid, path in remotes.entries(root, base)}
    _nothing_cut(root, before, oids)
    new = [path for path in oids if path not in before and path.startswith(OWN_FOLDERS)]
    _genuine(book, {place: found for place, found in theirs.items() if found}, new)


def _files(root: Path, found: list[tuple[str, str, str]]) -> None:
    ours = {path: oid for _, oid, path in remotes.entries(root, "HEAD")}
    for mode, oid, path in found:
        if mode not in _PLAIN:
            raise DamagedError("the other repository brings a link or a submodule", _HINT)
        if path not in ours and not inventory.is_ours(path):
            raise DamagedError(
                "the other repository brings a file that is no part of the casebook", _HINT
            )
        if path in heads.GIT_FILES and ours.get(path) != oid:
            raise DamagedError(f"the other repository changes {path}", _HINT)
    paths = [path for _, _, path in found]
    if collisions(paths) or any(is_device(path) for path in paths):
        raise DamagedError(
            "the other repository brings a name that not every system can keep apart", _HINT
        )


def _journals(root: Path, oids: dict[str, str]) -> Journals:
    """The journals of a commit by place and handle, those that the working copy has left out."""
    wanted: dict[str, tuple[str, str]] = {}
    for path, oid in oids.items():
        place, _, name = path.removesuffix(JOURNAL_SUFFIX).rpartition("/journal/")
        case = place.removeprefix("cases/")
        known = case in (STAFF, PROVIDER) or is_case_id(case)
        if path.endswith(JOURNAL_SUFFIX) and known and HANDLE.match(name):
            wanted[oid] = (case, name)
    found: Journals = {}
    for oid, parts in git.blobs(root, wanted):
        case, handle = wanted[oid]
        found.setdefault(case, {})[handle] = b"".join(parts)
    return found


def _same_book(book: Book, staff: dict[str, bytes]) -> None:
    ids = {
        signed.id
        for handle, data in staff.items()
        for signed in journal_lines.read(data, handle).entries
    }
    if book.id not in ids:
        raise DamagedError(
            "the other repository holds another casebook",
            f"its id is not {book.id[:16]}…; check the address: git remote --verbose",
        )


def _nothing_cut(root: Path, before: dict[str, str], after: dict[str, str]) -> None:
    """Journals only grow: every line of what both sides began with must still be there."""
    changed = {
        path: oid
        for path, oid in before.items()
        if path.endswith(JOURNAL_SUFFIX) and after.get(path) != oid
    }
    asked = [*changed.values(), *(after[path] for path in changed if path in after)]
    contents = {oid: b"".join(parts) for oid, parts in git.blobs(root, asked)}
    for path, oid in changed.items():
        left = contents.get(after.get(path, ""), b"").split(b"\n")
        if not set(contents.get(oid, b"").split(b"\n")) <= {*left, b""}:
            raise DamagedError("the other repository cut a journal: entries are gone there", _HINT)


def _genuine(book: Book, theirs: Journals, new: list[str]) -> None:
    """Fold what would stand here after the merge, and refuse damage that is not here already."""
    staff = _union(book.staff.journals(), theirs.get(STAFF, {}))
    joined = Book(book.root, book.home, staff)
    if joined.damage and not book.damage:
        raise DamagedError(f"the other repository brings damage: {joined.damage[0]}", _HINT)
    # One unsigned file there would shut the whole casebook, to everybody.
    if not set(new) <= set(joined.signed_files):
        raise DamagedError(
            "the other repository brings schemas or templates that no admin signed", _HINT
        )
    for case, journals in sorted(theirs.items()):
        if case == STAFF:
            continue
        ours = book.place(case).journals()
        union = _union(ours, journals)
        if union != ours and (text := next(_damage(joined, case, union), None)) is not None:
            known = next(_damage(book, case, ours), None) if ours else None
            if text != known:
                raise DamagedError(f"the other repository brings damage to {case}: {text}", _HINT)


def _damage(book: Book, case: str, journals: dict[str, bytes]) -> Iterator[str]:
    """What is wrong with the journals of a case."""
    read = [journal_lines.read(data, handle) for handle, data in sorted(journals.items())]
    yield from (text for lines in read for text in lines.damage)
    try:
        entries = [signed for lines in read for signed in lines.entries]
        folded = fold(entries, book.roster, case, pinned=book.state.pins(case))
    except TipcaseError as error:
        yield error.sentence
        return
    if folded is None:
        yield "its journal has not the one genuine entry that opened it"
        return
    yield from (problem.text for problem in folded.problems if problem.damage)


def _union(ours: dict[str, bytes], theirs: dict[str, bytes]) -> dict[str, bytes]:
    return {
        handle: joining.union(ours.get(handle, b""), [theirs.get(handle, b"")], handle)
        for handle in sorted({*ours, *theirs})
    }
