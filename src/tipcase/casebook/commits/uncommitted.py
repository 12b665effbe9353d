"""What the casebook believes and its last commit lacks: paths, bytes and entries.

It follows from the journals against those of the last commit, read place by place under its lock.
Files are compared by the id that git would give their bytes, so that git never looks at one: what
a planted setting would make it run, it does not run.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tipcase import files, git
from tipcase.casebook import derived
from tipcase.casebook.book import HEAD, OWN_FOLDERS, Book
from tipcase.casebook.case import Case
from tipcase.casebook.change import case_yaml
from tipcase.casebook.commits.repository import Repository
from tipcase.casebook.merge import joining
from tipcase.casebook.place import JOURNAL_SUFFIX, Place
from tipcase.casebook.wraps import wrap_path
from tipcase.errors import MachineError, NotFoundError, TipcaseError
from tipcase.journal import lines as journal_lines
from tipcase.journal.entry import Signed
from tipcase.journal.names import HANDLE, PROVIDER, STAFF

# Files above this are never held in memory.
_SMALL = 4 * 1024 * 1024


@dataclass(frozen=True)
class Blob:
    """One file to commit: its bytes, or where they stand and their hash; None where it is gone."""

    oid: str
    data: bytes | None = field(default=None, repr=False)
    path: Path | None = None
    sha256: str = ""

    def parts(self) -> Iterator[bytes]:
        """The bytes for ``fast-import``; ``MachineError`` when they changed meanwhile."""
        if self.path is None:
            yield b"data %d\n" % len(self.data or b"")
            yield self.data or b""
            return
        yield b"data %d\n" % self.path.stat().st_size
        digest = hashlib.sha256()
        for part in _parts(self.path):
            digest.update(part)
            yield part
        # Before the end of the input: git then takes nothing.
        if digest.hexdigest() != self.sha256:
            raise MachineError("a file changed while it was committed", "run the command again")


@dataclass
class Changes:
    """What the next commit holds: files by path in the casebook (None: gone), and its entries."""

    files: dict[str, Blob | None] = field(default_factory=dict)
    entries: list[Signed] = field(default_factory=list)
    # What is left out, a sentence each: journals that lack entries that the last commit has.
    lost: list[str] = field(default_factory=list)


def since(book: Book, repository: Repository, places: frozenset[str] | None) -> Changes:
    """What the last commit lacks, of some cases or (None) of everything."""
    if places is None:
        wanted = [STAFF, PROVIDER, *book.case_ids()]
        below: list[str] = []
    else:
        wanted = sorted(places)
        below = [path for case in wanted for path in _below(case)]
    there = _tree(book.root, repository, below)
    changes = Changes()
    for case in wanted:
        look = _Look(book, repository, book.staff if case == STAFF else book.place(case), there)
        look.add(changes)
    return changes


def named(root: Path, repository: Repository, paths: Iterable[str]) -> Changes:
    """What the last commit lacks of these files, as they stand; a link is never followed."""
    there = _tree(root, repository, ())  # so many names fit on no command line
    changes = Changes()
    for path in sorted(set(paths)):
        target = root / path
        if target.is_symlink() or not target.is_file():
            if path in there:
                changes.files[path] = None
            continue
        blob = _blob_of(target, repository.ids)
        if there.get(path) != blob.oid:
            changes.files[path] = blob
    return changes


def _below(case: str) -> list[str]:
    if case == STAFF:
        return ["staff", HEAD, *OWN_FOLDERS, ".gitattributes", ".gitignore"]
    return [PROVIDER if case == PROVIDER else f"cases/{case}"]


def _tree(root: Path, repository: Repository, below: Iterable[str]) -> dict[str, str]:
    """The files of the last commit: path → object id."""
    if repository.head is None:
        return {}
    told = git.run(root, "ls-tree", "-r", "-z", repository.head, "--", *below)
    found = {}
    for item in told.split("\0")[:-1]:
        facts, _, path = item.partition("\t")
        found[path] = facts.split(" ")[2]
    return found


class _Look:
    """A look at one place: what of it the last commit lacks."""

    def __init__(
        self, book: Book, repository: Repository, place: Place, there: Mapping[str, str]
    ) -> None:
        self.book = book
        self.place = place
        self.there = there
        self._ids = repository.ids
        self._front = _front(place)
        self._lost: list[str] = []

    def add(self, changes: Changes) -> None:
        """Add what is new, whole or not at all: what another process writes, it will commit."""
        if not files.is_plain_folder(self.place.journal):
            return
        found = Changes()
        try:
            with _held(self.place):
                if self.place.case == STAFF:
                    self._staff(found)
                else:
                    self._case(found)
        except TipcaseError as error:
            if isinstance(error, MachineError):
                raise
            changes.lost += self._lost
            return  # damaged: verify tells, and nothing of it is committed
        changes.lost += self._lost
        if self._lost:
            return
        changes.files |= found.files
        changes.entries += found.entries

    def _staff(self, found: Changes) -> None:
        book = Book(self.book.root, self.book.home)
        if book.damage:
            return
        new = self._journals(found, self.place.journals())
        found.entries += [signed for signed in _in_order(book.roster.entries) if signed.id in new]
        for path, data in derived.files_of(book.roster).items():
            self._expect(found, path, frozenset({files.sha256(data)}))
        self._expect(found, ".gitattributes", frozenset({files.sha256(derived.GIT_ATTRIBUTES)}))
        self._expect(found, ".gitignore", frozenset({files.sha256(derived.GIT_IGNORE)}))
        for path, hashes in book.signed_files.items():
            self._expect(found, path, frozenset(hashes))
        for path in self.there:
            own = path.split("/", 1)[0] in OWN_FOLDERS
            if own and path not in book.signed_files and not (book.root / path).exists():
                found.files[path] = None

    def _case(self, found: Changes) -> None:
        journals = self.place.journals()
        new = self._journals(found, journals)
        if not new and not self._aside():
            return
        case = Case(self.book, self.place.case)
        if case.damage or case.fold.damaged:
            found.files.clear()
            return
        entries = [signed for lines in case.lines for signed in lines.entries]
        found.entries += [signed for signed in _in_order(entries) if signed.id in new]
        self._expect(found, "case.yaml", frozenset({files.sha256(case_yaml(self.place.case))}))
        fresh = {v.path for signed in found.entries for v in signed.entry.files}
        for path, versions in case.fold.current.items():
            if path in fresh or self._front + path not in self.there:
                self._expect(found, path, frozenset(v.sha256 for v in versions))
        rewrapped = {
            (w["generation"], w["handle"], w["kind"])
            for signed in found.entries
            for w in signed.entry.data.get("wraps", ())
        }
        for key, hashes in case.fold.wraps.items():
            path = wrap_path(*key)
            if key in rewrapped or self._front + path not in self.there:
                self._expect(found, path, frozenset(hashes))
        for name in self._aside():
            self._expect(found, f"aside/{name}", frozenset({name.removesuffix(".age")}))

    def _journals(self, found: Changes, journals: Mapping[str, bytes]) -> set[str]:
        """Take the journals that grew, their whole lines; the ids of the entries that are new."""
        new: set[str] = set()
        front = self._front + ("staff/journal/" if self.place.case == STAFF else "journal/")
        for handle, data in journals.items():
            path = f"{front}{handle}{JOURNAL_SUFFIX}"
            whole = data[: data.rfind(b"\n") + 1]
            oid = _id(whole, self._ids)
            if not whole or HANDLE.match(handle) is None or self.there.get(path) == oid:
                continue
            found.files[path] = Blob(oid, whole)
            before = self._committed(path)
            gone = joining.gone(self.book, self.place.case, handle, whole, before)
            if gone:
                self._lost.append(joining.said(self.place.case, handle, gone))
            new |= {signed.id for signed in journal_lines.read(whole, handle).entries}
            new -= {signed.id for signed in journal_lines.read(before, handle).entries}
        return new

    def _committed(self, path: str) -> bytes:
        """The bytes of a journal in the last commit; none where it is not there."""
        oid = self.there.get(path)
        for _, parts in git.blobs(self.book.root, [oid] if oid else []):
            return b"".join(parts)
        return b""

    def _aside(self) -> list[str]:
        """The bytes that a merge laid aside and that no commit has: named by their own hash."""
        folder = self.place.root / "aside"
        if self.place.case == STAFF or not files.is_plain_folder(folder):
            return []
        return [n for n in files.names(folder) if f"{self._front}aside/{n}" not in self.there]

    def _expect(self, found: Changes, path: str, hashes: frozenset[str]) -> None:
        """Take a file if it holds what is believed of it and the last commit does not."""
        target = self.place.root / path
        for candidate in (target, *(files.pending_path(target, h) for h in sorted(hashes))):
            try:
                blob = self._blob(candidate, hashes)
            except NotFoundError:
                continue
            if blob is not None:
                if self.there.get(self._front + path) != blob.oid:
                    found.files[self._front + path] = blob
                return

    def _blob(self, path: Path, hashes: frozenset[str]) -> Blob | None:
        """A file ready to be committed, or None where it is not what is believed."""
        blob = _blob_of(path, self._ids)
        return blob if blob.sha256 in hashes else None


def _blob_of(path: Path, ids: str) -> Blob:
    """A file ready to be committed, as it stands; raises ``NotFoundError`` where there is none."""
    try:
        size = path.lstat().st_size
    except FileNotFoundError:
        raise NotFoundError("the file is not there") from None
    if size <= _SMALL:
        data = files.read(path)
        return Blob(_id(data, ids), data, sha256=files.sha256(data))
    digest, oid = hashlib.sha256(), _named(size, ids)
    for part in _parts(path):
        digest.update(part)
        oid.update(part)
    return Blob(oid.hexdigest(), path=path, sha256=digest.hexdigest())


def _id(data: bytes, ids: str) -> str:
    """The id that git gives these bytes."""
    found = _named(len(data), ids)
    found.update(data)
    return str(found.hexdigest())


def _named(size: int, ids: str) -> hashlib._Hash:
    return hashlib.new(ids, b"blob %d\0" % size, usedforsecurity=False)


@contextlib.contextmanager
def _held(place: Place) -> Iterator[None]:
    with files.lock(place.lock, place.case, 2.0):
        yield


def _front(place: Place) -> str:
    """How the paths of a place begin in the casebook."""
    if place.case == STAFF:
        return ""
    return "provider/" if place.case == PROVIDER else f"cases/{place.case}/"


def _in_order(entries: Iterable[Signed]) -> list[Signed]:
    """Entries as they came about: of each device by number, of several by their time."""
    return sorted(entries, key=lambda s: (s.entry.time, s.entry.device, s.entry.seq))


def _parts(path: Path) -> Iterator[bytes]:
    """The bytes of a large file, in parts; a link in its place is refused."""
    with files.opened(path) as stream:
        while part := stream.read(files.PART):
            yield part
