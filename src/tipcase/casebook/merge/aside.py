"""Work that was set aside: what somebody wrote who had been removed, and did not know yet.

Its bytes wait in ``aside/<sha256>.age`` of the case, under no name that anybody reads, until a
member of the case has looked at them and takes them in by ``adopt``. No entry names such a file:
its name is its hash, and only bytes that a signed entry of the case names are laid there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tipcase import files
from tipcase.casebook import writing
from tipcase.casebook.case import Case
from tipcase.casebook.merge.objects import Objects
from tipcase.casebook.place import hash_at
from tipcase.casebook.wraps import wrap_path
from tipcase.casebook.writing import Act
from tipcase.errors import ConflictError, NotFoundError, UsageError
from tipcase.journal.entry import Signed
from tipcase.keyring.person import Person

FOLDER, SUFFIX = "aside", ".age"
# Hex digits of an entry's id that a person types at least.
_SHORT = 4


@dataclass(frozen=True)
class Waiting:
    """One entry that was set aside and can be adopted: what it did, and which files it brought."""

    entry: str
    op: str
    signer: str
    time: str
    paths: tuple[str, ...]


def set_aside(case: Case) -> list[Signed]:
    """The entries of a case that are genuine and do not count, in the order of the journals."""
    counted = {signed.id for signed in case.fold.entries}
    told = {problem.entry for problem in case.fold.problems if not problem.damage}
    return [
        signed
        for lines in case.lines
        for signed in lines.entries
        if signed.id in told and signed.id not in counted
    ]


def waiting(case: Case) -> list[Waiting]:
    """What of it a member may adopt."""
    late = {problem.entry for problem in case.fold.problems if problem.kind == "late"}
    return [
        Waiting(
            signed.id,
            signed.entry.op,
            signed.entry.signer,
            signed.entry.time,
            tuple(sorted(path for path, _ in versions(signed))),
        )
        for signed in set_aside(case)
        if signed.id in late
    ]


def versions(signed: Signed) -> Iterator[tuple[str, str]]:
    """Path and hash of every file that an entry brought, the wraps that it signs included."""
    for version in signed.entry.files:
        yield version.path, version.sha256
    for wrap in signed.entry.data.get("wraps", ()):
        yield wrap_path(wrap["generation"], wrap["handle"], wrap["kind"]), wrap["sha256"]


def path_of(case: Case, digest: str) -> Path:
    """Where bytes of this hash wait."""
    return case.place.root / FOLDER / f"{digest}{SUFFIX}"


def lay(case: Case, target: Path, digest: str) -> None:
    """Move a file to where it waits."""
    waiting_at = path_of(case, digest)
    writing.make_folder(case.place, waiting_at.parent)
    os.replace(target, waiting_at)
    files.sync_folder(waiting_at.parent)
    files.sync_folder(target.parent)


def laid(case: Case) -> dict[str, Path]:
    """What waits, by hash; a file whose name is not its hash is not among it."""
    folder = case.place.root / FOLDER
    if not files.is_plain_folder(folder):
        return {}
    found = {}
    for name in files.names(folder):
        digest, target = name.removesuffix(SUFFIX), folder / name
        plain = name.endswith(SUFFIX) and not target.is_symlink() and target.is_file()
        if plain and files.hash_of(target) == digest:
            found[digest] = target
    return found


def others(case: Case) -> set[str]:
    """The paths of the age files of a case, but those that wait."""
    root = case.place.root
    found = (path for path in root.rglob("*.age") if path.is_file() and not path.is_symlink())
    names = (path.relative_to(root).as_posix() for path in found)
    return {name for name in names if not name.startswith(f"{FOLDER}/")}


def fetch(case: Case, objects: Objects, path: str, digest: str) -> bytes | None:
    """The bytes of a version: those that wait, else those that git has."""
    try:
        data = files.read(path_of(case, digest))
    except NotFoundError:
        return objects.find(path, digest)
    return data if files.sha256(data) == digest else objects.find(path, digest)


def choose(case: Case, wanted: Iterable[str]) -> list[Signed]:
    """The entries that somebody means by the beginnings of ids, with those that they build on.

    Raises ``NotFoundError`` or ``UsageError`` for what names none or several, ``ConflictError``
    where one builds on an entry that nobody may adopt.
    """
    may = {item.entry for item in waiting(case)}
    aside = {signed.id: signed for signed in set_aside(case)}
    chosen: dict[str, Signed] = {}
    for text in wanted:
        if len(text) < _SHORT:
            raise UsageError(
                "so short a beginning may mean any entry",
                f"type {_SHORT} or more of the id's characters: tipcase adopt {case.id} --list",
            )
        found = [key for key in may if key.startswith(text.lower())]
        if len(found) > 1:
            raise UsageError("several entries are called like this", "type more of the entry's id")
        if not found:
            raise NotFoundError(
                "no entry of this name waits in the case",
                f"tipcase adopt {case.id} --list shows those that do",
            )
        below = [found[0]]
        while below:
            key = below.pop()
            if key in aside and key not in chosen:
                if key not in may:
                    raise ConflictError(
                        "this entry builds on one that nobody may adopt",
                        f"tipcase log {case.id} shows both: write anew what is right",
                    )
                chosen[key] = aside[key]
                below += aside[key].entry.parents
    order = list(aside)
    return sorted(chosen.values(), key=lambda signed: order.index(signed.id))


def adopt(
    case: Case, chosen: list[Signed], objects: Objects, person: Person, time: str
) -> list[str]:
    """Take entries in; the paths of what they brought. The caller is editing the case.

    A record that nobody changed meanwhile comes back with the entry. Where somebody did, both
    versions stand, and ``merge`` joins them. Raises ``ConflictError`` where bytes are nowhere.
    """
    back: dict[str, bytes] = {}
    brought = sorted({path for signed in chosen for path, _ in versions(signed)})
    for path in brought:
        standing = _standing(case, chosen, path)
        for digest in standing - {version.sha256 for version in case.fold.current.get(path, ())}:
            data = fetch(case, objects, path, digest)
            if data is None:
                raise ConflictError(
                    f"what the entry wrote ({path}) is not here",
                    "fetch the work of whoever has it: git fetch --all, then run this again",
                )
            if len(standing) == 1:
                back[path] = data
    named = {"entries": sorted(signed.id for signed in chosen)}
    act = Act("adopt", named, {}, case.fold.heads, case.book.roster.heads, unlisted=back)
    writing.commit(case.book, case.place, act, person, time)
    return brought


def _standing(case: Case, chosen: list[Signed], path: str) -> set[str]:
    """The versions of a path that will stand once the entries count."""
    standing = {version.sha256 for version in case.fold.current.get(path, ())}
    for signed in chosen:
        previous = {d for v in signed.entry.files if v.path == path for d in v.previous}
        standing = (standing - previous) | {d for p, d in versions(signed) if p == path}
    return standing


def tidy(case: Case) -> list[Path]:
    """Delete what waited and stands in its place by now; the paths that are gone."""
    gone = []
    stands = {
        version.sha256
        for path, found in case.fold.current.items()
        for version in found
        if len(found) == 1 and hash_at(case.place.root / path) == version.sha256
    }
    live = {version.sha256 for found in case.fold.current.values() for version in found}
    past = {digest for found in case.fold.past.values() for digest in found} - live
    wraps = {digest for found in case.fold.wraps.values() for digest in found}
    for digest, target in laid(case).items():
        if digest in stands | past | wraps:
            target.unlink()
            gone.append(target)
    return gone
