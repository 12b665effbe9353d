"""Journals that git joined, made whole again: marks and doubles out, what is missing in.

git's built-in union joins journals line by line, and readers drop the same line twice. What is left
to do: a clone whose attributes were off leaves conflict marks or one side only; a rebase or a
cherry-pick leaves out, for a while or for good, lines that others build on or that this machine
has seen. Every line comes from git as it was written. Nothing is judged here: the signatures are
for those who fold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from tipcase import files, git
from tipcase.casebook import writing
from tipcase.casebook.book import PINS, Book
from tipcase.casebook.merge.objects import Objects
from tipcase.casebook.place import JOURNAL_SUFFIX, MARKS, Place
from tipcase.git import joins
from tipcase.journal import lines as journal_lines
from tipcase.journal.entry import Signed
from tipcase.journal.names import HANDLE, PROVIDER, STAFF


@dataclass(frozen=True)
class Joined:
    """What the journals of a place become: new bytes by handle."""

    place: Place
    journals: Mapping[str, bytes]

    def paths(self, book: Book) -> list[str]:
        """The paths of the journals that change, in the casebook."""
        found = (self.place.journal_file(handle) for handle in sorted(self.journals))
        return [path.relative_to(book.root).as_posix() for path in found]


def look(book: Book, place: Place, objects: Objects) -> Joined:
    """What has to be done to the journals of a place; reads them, writes nothing."""
    here = place.journals()
    front = place.journal.relative_to(book.root).as_posix()
    torn = {
        path.removeprefix(f"{front}/").removesuffix(JOURNAL_SUFFIX): stages
        for path, stages in objects.unmerged.items()
        if path.startswith(f"{front}/") and path.endswith(JOURNAL_SUFFIX)
    }
    names = [h for h in sorted({*here, *torn}) if HANDLE.match(h)]
    made: dict[str, bytes] = {}
    for handle in names:
        data = here.get(handle, b"")
        sides = [objects.content(oid) for _, oid in sorted(torn.get(handle, {}).items())]
        if not sides and journal_lines.read(data, handle).damage:
            # Marks, too, are no entries. They were added or committed: what stood on either side
            # is in the history.
            path = f"{front}/{handle}{JOURNAL_SUFFIX}"
            sides = [content for _, content in objects.versions(path)]
        made[handle] = union(data, sides, handle)
    for handle, added in _missing(book, place, made, objects).items():
        made[handle] = _ended(made.get(handle, b"")) + added
    return Joined(place, {h: data for h, data in made.items() if data != here.get(h, b"")})


def write(joined: Joined) -> None:
    """Put the journals in place, each whole; the caller holds the place's lock."""
    with files.refusals("mend a journal"):
        joined.place.journal.mkdir(parents=True, exist_ok=True)
        for handle, data in sorted(joined.journals.items()):
            files.replace(joined.place.journal_file(handle), data, 0o644)


def gone(book: Book, case: str, handle: str, data: bytes, committed: bytes) -> int:
    """How many entries a journal lost that its last commit has, and that are genuine."""
    here = {signed.id for signed in journal_lines.read(data, handle).entries}
    lost = [s for s in journal_lines.read(committed, handle).entries if s.id not in here]
    # Of a case, what nobody signed may have been taken out on purpose: `repair` does.
    return sum(case == STAFF or book.roster.knows(signed) for signed in lost)


def said(case: str, handle: str, lost: int) -> str:
    """That a journal lost lines."""
    return f"{handle}{JOURNAL_SUFFIX} of {case} had lost {lost} line{'s' if lost > 1 else ''}"


def case_of(path: str) -> str:
    """Whose a path of the casebook is: a case's, the provider's, or else the staff's."""
    first, _, rest = path.partition("/")
    if first == "cases":
        return rest.partition("/")[0]
    return PROVIDER if first == PROVIDER else STAFF


def take_back(book: Book, changed: Iterable[str], *, dry_run: bool) -> dict[str, list[str]]:
    """Give the journals among changed paths back what they lost and the last commit has.

    What was written since stays, behind it. Of each case a sentence for each such journal.
    """
    paths = [path for path in changed if path.endswith(JOURNAL_SUFFIX)]
    committed: dict[str, dict[str, bytes]] = {}
    for path, oid in (git.tree(book.root, *paths) if paths else {}).items():
        handle = path.rpartition("/")[2].removesuffix(JOURNAL_SUFFIX)
        committed.setdefault(case_of(path), {})[handle] = joins.content(book.root, oid)
    return {
        case: told
        for case, found in sorted(committed.items())
        if (told := _take_back(book, case, found, dry_run=dry_run))
    }


def _take_back(
    book: Book, case: str, committed: Mapping[str, bytes], *, dry_run: bool
) -> list[str]:
    place = book.staff if case == STAFF else book.place(case)
    told: list[str] = []
    if not files.is_plain_folder(place.root):
        return told
    with writing.locked(place):
        here, made = place.journals(), {}
        for handle, before in sorted(committed.items()):
            data = here.get(handle, b"")
            lost = gone(book, case, handle, data, before)
            if lost:
                made[handle] = union(before, [data], handle)
                told.append(f"{said(case, handle, lost)}, taken back from git")
        if made and not dry_run:
            write(Joined(place, made))
    return told


def union(data: bytes, sides: Iterable[bytes], handle: str) -> bytes:
    """One journal out of what stands on disk and what git has of its sides.

    Lines are kept once each in the order in which they are met; marks go, and so does a line that
    is only the torn end of a side. Any other line that is no entry stays, for it is damage.
    """
    parts = [data, *sides]
    ends = {part.rpartition(b"\n")[2] for part in parts}
    torn = {end for end in ends if end and not _is_entry(end, handle)}
    kept: dict[bytes, None] = {}
    for part in parts:
        for line in part.split(b"\n"):
            if line and line not in torn and not line.startswith(MARKS):
                kept.setdefault(line)
    text = b"".join(line + b"\n" for line in kept)
    rest = data.rpartition(b"\n")[2]
    if rest in torn:
        return text + rest  # its signer's next write cuts it
    # A whole last line that lacks its end stays so: its signer's next write ends it.
    return text[:-1] if rest and text == _ended(data) else text


def _ended(data: bytes) -> bytes:
    return data + b"\n" if data and not data.endswith(b"\n") else data


def _is_entry(line: bytes, handle: str) -> bool:
    found = journal_lines.read(line + b"\n", handle)
    return bool(found.entries) or found.unknown


def _entries(journals: Mapping[str, bytes]) -> list[Signed]:
    read = (journal_lines.read(data, handle) for handle, data in journals.items())
    return [signed for lines in read for signed in lines.entries]


def _missing(
    book: Book, place: Place, journals: Mapping[str, bytes], objects: Objects
) -> dict[str, bytes]:
    """The lines that entries here build on, or that this machine has seen, and that are gone."""
    here = _entries(journals)
    known = {signed.id for signed in here}
    wanted = {parent for signed in here for parent in signed.entry.parents} | _pins(book, place)
    if wanted <= known or not objects.here:
        return {}
    found: dict[str, Signed] = {}
    for path, data in objects.versions(place.journal.relative_to(book.root).as_posix()):
        handle = path.rpartition("/")[2].removesuffix(JOURNAL_SUFFIX)
        if path.endswith(JOURNAL_SUFFIX) and HANDLE.match(handle):
            found |= {signed.id: signed for signed in journal_lines.read(data, handle).entries}
    added: dict[str, bytes] = {}
    waiting = [key for key in sorted(wanted - known) if key in found]
    while waiting:
        key = waiting.pop(0)
        if key not in known:
            known.add(key)
            signed = found[key]
            signer = signed.entry.signer
            added[signer] = added.get(signer, b"") + signed.line
            waiting += [parent for parent in signed.entry.parents if parent in found]
    return added


def _pins(book: Book, place: Place) -> Set[str]:
    if place.case != STAFF:
        return book.state.pins(place.case)
    pinned = book.trust.load(PINS)
    return set(pinned["heads"]) if pinned else set()
