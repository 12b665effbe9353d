"""Records that were sealed to older keys by somebody who did not know of newer ones yet."""

from __future__ import annotations

from collections.abc import Callable

from tipcase import files
from tipcase.casebook import change, reencrypt, revision, wraps
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.merge.mergereport import Step
from tipcase.casebook.wraps import ORDINARY, RESTRICTED, CaseKeys
from tipcase.casebook.writing import NewFile
from tipcase.errors import NoKeyError
from tipcase.journal.entry import Signed
from tipcase.journal.graph import Graph
from tipcase.journal.names import PROVIDER
from tipcase.keyring.person import Person


def move(book: Book, person: Callable[[], Person], time: str) -> list[Step]:
    """Seal to the newest keys what was written to older ones by somebody who did not know of them.

    Only what the person can open; what was written before the newer keys were made moves at its
    next save, or by ``rekey --reencrypt``.
    """
    steps: list[Step] = []
    for case_id in (PROVIDER, *book.case_ids()):
        if not _has_newer_keys(book, case_id):
            continue
        case = Case(book, case_id)
        if not _late(case):
            continue
        try:
            someone = person()
            with change.editing(book, case_id, someone, "merge") as case:
                new = _resealed(case, someone)
                if new:
                    change.commit(case, "merge", {}, new, someone, time)
        except NoKeyError:
            continue  # somebody of the team moves them
        steps += [Step(case_id, reencrypt.name_of(path), "moved") for path in new]
    return steps


def _has_newer_keys(book: Book, case_id: str) -> bool:
    """Whether the folder of a case holds wraps of more keys than its first.

    It spares the look at the journals of most cases. Wraps that were taken away are damage, which
    is mended before anything is pushed, and then this is asked again.
    """
    folder = book.place(case_id).root / wraps.FOLDER
    return files.is_plain_folder(folder) and len(files.names(folder)) > 1


def _late(case: Case) -> list[str]:
    """The paths whose writer and whose case's newest keys had not seen each other."""
    fold = case.fold
    if len(fold.generations) < 2:
        return []
    graph = Graph(fold.entries)
    found = []
    for path, versions in fold.current.items():
        kind = versions[0].sealed_to
        newest = fold.sealing_of(kind) if kind in (ORDINARY, RESTRICTED) else None
        if newest is None or len(versions) != 1:
            continue
        to = newest.recipient(str(kind))
        made = next(graph.number[signed.id] for signed in fold.entries if to in _made(signed))
        wrote = graph.number[versions[0].entry]
        if not graph.has_seen(wrote, made) and not graph.has_seen(made, wrote):
            found.append(path)
    return found


def _made(signed: Signed) -> tuple[str, ...]:
    """The recipients of the keys that an entry made."""
    made = signed.entry.data.get("generation")
    return (made["ordinary"], made["restricted"]) if made else ()


def _resealed(case: Case, person: Person) -> dict[str, NewFile]:
    keys = CaseKeys(case.place, case.fold, person)
    new: dict[str, NewFile] = {}
    for path in _late(case):
        version = case.current(path)
        try:
            keys.identities(version.sealed_to)
            sealed_to, to = revision.addressed(case, version.sealed_to or ORDINARY)
            new[path] = reencrypt.resealed(case, keys, path, version, sealed_to, to)
        except NoKeyError:
            continue
    return new
