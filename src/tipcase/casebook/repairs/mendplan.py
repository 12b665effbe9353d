"""What there is to mend in one place: found out without writing, done step by step.

Bytes come back only under a hash that a journal names, lines of journals only where something
names them (see ``mending``), derived files are made anew.
"""

from __future__ import annotations

import hashlib
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tipcase import files
from tipcase.casebook import derived, writing
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.change import case_yaml
from tipcase.casebook.place import JOURNAL_SUFFIX, Place, has_marks, hash_at
from tipcase.casebook.repairs import mending
from tipcase.casebook.repairs.history import History
from tipcase.casebook.repairs.mending import Past
from tipcase.casebook.wraps import wrap_path
from tipcase.errors import DamagedError, NotFoundError, TipcaseError
from tipcase.files import streams
from tipcase.journal.entry import Signed
from tipcase.journal.roster import check_signature
from tipcase.keyring.person import Person

# What stood in the place of a file that came back is kept up to this size.
_KEPT = 16 * 1024 * 1024


@dataclass(frozen=True)
class Step:
    """One thing to mend: what it is called, and what does it."""

    text: str
    do: Callable[[], None]


class Plan(ABC):
    """What to do for one place, found out without writing."""

    def __init__(self, book: Book, place: Place, history: History) -> None:
        self.book = book
        self.place = place
        self.history = history
        self.steps: list[Step] = []
        self.left: list[str] = []

    def step(self, text: str, do: Callable[[], None]) -> None:
        """Plan one thing."""
        self.steps.append(Step(text, do))

    def replace(self, path: str, data: bytes, text: str) -> None:
        """Put whole bytes in the place of a file of the place."""
        target = self.place.root / path
        self.step(text, lambda: self._put(target, data))

    def _put(self, target: Path, data: bytes) -> None:
        self._keep(target)
        writing.make_folder(self.place, target.parent)
        files.replace(target, data, files.PRIVATE if target.suffix == ".age" else 0o644)

    def _keep(self, target: Path) -> None:
        """Keep what stands where something else comes; a link there is replaced, not followed."""
        try:
            status = os.lstat(target)
        except FileNotFoundError:
            return
        if stat.S_ISDIR(status.st_mode):
            raise DamagedError(f"a folder stands where {target.name} belongs: move it away")
        if stat.S_ISREG(status.st_mode) and status.st_size <= _KEPT:
            data = files.read(target)
            with files.lock(self.book.trust.lock_path(), "the device"):
                self.book.trust.keep(data)

    def mend_journals(self, pins: Iterable[str]) -> dict[str, bytes]:
        """Plan the journals of the place; returns them as they will stand."""
        found = self.place.journals() if files.is_plain_folder(self.place.root) else {}
        past = self._past(found)
        after = mending.mended(found, past, pins, self.genuine)
        for handle, data in sorted(after.items()):
            if data != found.get(handle):
                path = self.place.journal_file(handle).relative_to(self.place.root).as_posix()
                self.replace(path, data, _said(path, found.get(handle), data))
        return after

    def _past(self, found: dict[str, bytes]) -> dict[str, Past]:
        """What git has of the journals here; nothing of those that are as the last commit has them.

        A journal that only went on since then needs no look at its versions.
        """
        folder = self.place.journal.relative_to(self.book.root).as_posix()
        past: dict[str, Past] = {}
        for path in self.history.last_journals.get(folder, ()):
            handle, committed = _handle(path), self.history.last[path]
            if _object_id(found.get(handle), committed) != committed:
                past[handle] = Past((), self.history.committed(path))
        if not self._whole(found, past):
            for path in self.history.journals.get(folder, ()):
                versions = tuple(self.history.versions(path))
                past[_handle(path)] = Past(versions, self.history.committed(path))
        return past

    def _whole(self, found: dict[str, bytes], past: dict[str, Past]) -> bool:
        """Whether the journals are well as they are, and hold all that the last commit has."""
        if any(
            not found.get(handle, b"").startswith(item.committed or b"")
            for handle, item in past.items()
        ):
            return False
        return self.sound(found)

    @abstractmethod
    def sound(self, journals: dict[str, bytes]) -> bool:
        """Whether nothing is wrong with journals."""

    def genuine(self, signed: Signed) -> bool:
        """Whether an entry is signed with a key that its signer has or had."""
        return self.book.roster.knows(signed)

    def finish(self, expected: dict[Path, Path | None]) -> None:
        """Plan the renames of unfinished writes, and the end of other temporary files."""
        waiting = writing.pending_files(self.place)
        if waiting:
            text = f"finished an unfinished write ({len(waiting)} temporary files)"
            self.step(text, lambda: writing.mend_files(self.place, expected))

    def own_line(self, journals: dict[str, bytes], person: Person | None) -> None:
        """Plan the end of the last line of one's own journal."""
        data = journals.get(person.handle, b"\n") if person is not None else b"\n"
        if person is None or not data or data.endswith(b"\n"):
            return
        if not _may(self.book, person):
            return

        def do() -> None:
            writing.mend_journal(self.place, person.handle, self.book.roster)

        self.step(f"mended the last line of {person.handle}.journal", do)


def _handle(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(JOURNAL_SUFFIX)


def _may(book: Book, person: Person) -> bool:
    """Whether somebody holds the key that the roster has for their handle."""
    member = book.roster.now.get(person.handle)
    return member is not None and member.card.signing_key == person.signing_key.public


def _said(path: str, before: bytes | None, after: bytes) -> str:
    if before is None:
        return f"brought {path} back from git"
    if mending.cleaned(before) == after:
        return f"took git's marks and changed line ends out of {path}"
    return f"put {path} together again with what git has"


def _object_id(data: bytes | None, like: str) -> str | None:
    """The name that git gives to bytes, of the kind of a name that it gave."""
    if data is None:
        return None
    kind = hashlib.sha1 if len(like) == 40 else hashlib.sha256
    return kind(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class StaffPlan(Plan):
    """The staff: its journals, what an admin signed, what is derived, what git is told."""

    def __init__(self, root: Path, home: Path, history: History, person: Person | None) -> None:
        book = Book(root, home)
        super().__init__(book, book.staff, history)
        self._keys: dict[str, set[str]] | None = None
        self.journals = self.mend_journals(book.pins)
        for name, expected in derived.GIT_FILES.items():
            now = _read(root / name)
            if now is None or derived.git_lines(now) != derived.git_lines(expected):
                self.replace(name, expected, f"wrote {name} as tipcase init does")
        self.book = Book(root, home, self.journals)
        try:
            self.own_line(self.journals, person)
            self.finish(self.book.pending())
            for path, data in derived.files_of(self.book.roster).items():
                if _read(root / path) != data:
                    self.replace(path, data, f"made {path} anew from the journals")
            self._signed()
        except TipcaseError as error:
            self.left.append(error.sentence)

    def sound(self, journals: dict[str, bytes]) -> bool:
        """Whether the staff can be told from these journals, without damage."""
        try:
            return not Book(self.book.root, self.book.home, journals).damage
        except TipcaseError:
            return False

    def genuine(self, signed: Signed) -> bool:
        """Whether an entry is signed with a key that a card of its signer names.

        Before the staff is put together nobody can say more; it is judged afterwards.
        """
        if self._keys is None:
            texts = [*self.place.journals().values()]
            for path in self.history.journals.get("staff/journal", ()):
                texts += self.history.versions(path)
            self._keys = mending.keys(texts)
        return any(
            check_signature(public, signed) for public in self._keys.get(signed.entry.signer, ())
        )

    def _signed(self) -> None:
        """Bring signed files back that are gone, or that git or an editor spoiled."""
        for path in self.book.changed_files():
            now, signed = _read(self.place.root / path), self.book.signed_files.get(path, ())
            whole = now is not None and now.replace(b"\r\n", b"\n")
            if whole and files.sha256(whole) in signed:
                self.replace(path, whole, f"put the line ends of {path} back")
            elif now is not None and not has_marks(now):
                self.left.append(
                    f"{path} was edited: an admin signs it with tipcase settings --accept"
                )
            else:
                data = self._version(path, signed)
                if data is None:
                    self.left.append(f"the signed {path} is nowhere at hand")
                else:
                    self.replace(path, data, f"brought {path} back")

    def _version(self, path: str, signed: tuple[str, ...]) -> bytes | None:
        kept = [self.book.trust.kept(digest) for digest in signed]
        found = self.history.read({path: signed}) if not any(kept) else {}
        return next((data for data in (*kept, *found.values()) if data is not None), None)


class CasePlan(Plan):
    """One case: its journals, its derived head, its records, attachments and keys."""

    def __init__(self, book: Book, place: Place, history: History, person: Person | None) -> None:
        super().__init__(book, place, history)
        if os.path.lexists(place.root) and not files.is_plain_folder(place.root):
            raise DamagedError(f"something else stands where the folder of {place.case} belongs")
        journals = self.mend_journals(book.state.pins(place.case))
        if not journals:
            raise NotFoundError(f"git has nothing of {place.case}")
        self.case = Case(book, place.case, journals)
        # Of a journal that lost its end, nobody can say that what stands here is not newer.
        self._whole_now = self.sound(journals)
        self.own_line(journals, person)
        if files.is_plain_folder(place.root):
            self.finish(self.case.pending())
        if _read(place.root / "case.yaml") != case_yaml(place.case):
            self.replace("case.yaml", case_yaml(place.case), "made case.yaml anew")
        self._files()

    def sound(self, journals: dict[str, bytes]) -> bool:
        """Whether the case can be told from these journals, without damage."""
        try:
            case = Case(self.book, self.place.case, journals)
            return bool(journals) and not case.damage and not case.fold.damaged
        except TipcaseError:
            return False

    def _wanted(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Each path of the case with the hashes that it may have."""
        for path, versions in self.case.rest.current.items():
            if len(versions) == 1:
                yield path, frozenset({versions[0].sha256})
        for key, hashes in self.case.rest.wraps.items():
            yield wrap_path(*key), hashes

    def _files(self) -> None:
        """Plan every file whose bytes are not the believed ones."""
        root, wrong = self.place.root, dict[str, frozenset[str]]()
        for path, hashes in self._wanted():
            later = [files.pending_path(root / path, digest) for digest in hashes]
            if not any(_hash(item) in hashes for item in (root / path, *later)):
                if os.path.lexists(root / path) and not self._whole_now:
                    self.left.append(f"{path} is left as it is: the journal is not whole")
                else:
                    wrong[path] = hashes
        if not wrong:
            return
        inside = root.relative_to(self.book.root).as_posix()
        found = self.history.locate({f"{inside}/{p}": hashes for p, hashes in wrong.items()})
        for path, hashes in sorted(wrong.items()):
            digest = next((item for item in sorted(hashes) if item in found), None)
            aside = next((d for d in sorted(hashes) if _hash(root / f"aside/{d}.age") == d), None)
            if aside is not None:
                self._bring(path, aside, partial(parts_of, root / f"aside/{aside}.age"))
            elif digest is not None:
                self._bring(path, digest, partial(self.history.parts, found[digest]))
            else:
                self.left.append(f"{path}: its bytes are neither here nor in git")

    def _bring(self, path: str, digest: str, parts: Callable[[], Iterator[bytes]]) -> None:
        target = self.place.root / path

        def do() -> None:
            self._keep(target)
            writing.make_folder(self.place, target.parent)
            if streams.stage(target, parts()) != digest:
                raise DamagedError(f"{path} changed while it was brought back")
            os.replace(files.pending_path(target, digest), target)
            files.sync_folder(target.parent)

        self.step(f"brought {path} back", do)


def _read(path: Path) -> bytes | None:
    """The bytes of a file; None where there is none, or something that is no file."""
    try:
        return files.read(path, f"read {path.name}")
    except (NotFoundError, DamagedError):
        return None


def _hash(path: Path) -> str | None:
    try:
        return hash_at(path)
    except DamagedError:
        return None  # a link or a folder is in its place


def parts_of(path: Path) -> Iterator[bytes]:
    """The content of a file, in parts."""
    with files.opened(path) as stream:
        while part := stream.read(files.PART):
            yield part
