"""A case as it is read: its journals folded, its records believed or not.

A record is believed only when its file's hash is its path's current version in the journal.
Everything that is not believed is said; nothing is silently counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tipcase import age, files
from tipcase.casebook import naming
from tipcase.casebook import place as places
from tipcase.casebook import record as records
from tipcase.casebook.book import Book
from tipcase.casebook.record import Content
from tipcase.casebook.state import Row, row_of
from tipcase.casebook.wraps import CaseKeys, wrap_path
from tipcase.errors import (
    ConflictError,
    DamagedError,
    NotFoundError,
    TipcaseError,
    UsageError,
)
from tipcase.journal.fold import CaseFold, fold
from tipcase.journal.lines import Lines
from tipcase.journal.roster import check_signature
from tipcase.journal.signatures import have_held
from tipcase.journal.tally import Version
from tipcase.keyring.person import Person

if TYPE_CHECKING:
    from tipcase.law import Dossier


@dataclass(frozen=True)
class Unread:
    """A record that could not be read or is not believed: its name and the reason."""

    record: str
    error: TipcaseError


class Case:
    """One case of a book (or its ``provider`` folder), folded when first asked."""

    def __init__(
        self,
        book: Book,
        case: str,
        journals: dict[str, bytes] | None = None,
        *,
        chained: bool = False,
    ) -> None:
        """``journals`` stand in for those on disk, while they are being mended.

        ``chained`` is for batches that only read: see ``journal.fold``. Such a case is not pinned,
        and where this machine has pinned these very journals, they are not judged again.
        """
        self.book = book
        self._chained = chained
        self.id = case
        self.place = book.place(case)
        plain = files.is_plain_folder(self.place.root)
        if not plain and self.place.root.is_symlink():
            raise DamagedError(
                f"a link stands where the folder of {case} belongs",
                "links are never followed inside a casebook: put the folder itself back",
            )
        # The pins first: what another process appends meanwhile is then in the journals for sure.
        self.pins = book.state.pins(case)
        if journals is not None:
            self._journals = journals
            return
        if not plain:
            if self.pins:
                raise DamagedError(
                    f"{case} is gone: this machine has seen it before",
                    f"{places.REPAIR}; else get the case from a colleague, then run tipcase verify",
                )
            raise NotFoundError(f"there is no case {case} here", "tipcase list shows the cases")
        self._journals = self.place.journals()

    @cached_property
    def lines(self) -> list[Lines]:
        """The lines of the case's journals."""
        return places.read_lines(self._journals, known=self._as_before)

    @cached_property
    def damage(self) -> list[str]:
        """What is wrong with lines of the journals."""
        return places.line_damage(self._journals, self.lines)

    @cached_property
    def cut(self) -> list[str]:
        """The ids of entries that this machine has seen and that are gone, sorted."""
        return sorted(self.pins - {signed.id for lines in self.lines for signed in lines.entries})

    @cached_property
    def fold(self) -> CaseFold:
        """The state of the case; ``DamagedError`` when its journal was cut or has no beginning."""
        if self.cut:
            self._known()
            raise DamagedError(
                f"the journal of {self.id} was cut: an entry that this machine has seen is gone",
                f"{places.REPAIR}; else get the case from a colleague, then run tipcase verify",
            )
        return self.rest

    @cached_property
    def rest(self) -> CaseFold:
        """The state that the entries make which are here, also where others were cut off.

        For ``verify`` and ``repair`` alone: everybody else refuses a journal that was cut.
        """
        self._known()
        entries = (signed for lines in self.lines for signed in lines.entries)
        verify = have_held if self._as_before else check_signature
        believed = self._believed(self.pins)
        folded = fold(
            entries, self.book.roster, self.id, verify=verify, pinned=believed,
            chained=self._chained,
        )  # fmt: skip
        if folded is None:
            raise DamagedError(
                f"the journal of {self.id} has not the one genuine entry that opened the case",
                f"run tipcase verify; {places.REPAIR}; else get the case from a colleague",
            )
        return folded

    @cached_property
    def _as_before(self) -> bool:
        """Whether a batch reads what this machine has folded before, and found nothing wrong."""
        row = self.book.state.get(self.id) if self._chained else None
        return row is not None and row.stands(self.digest, self.book.staff_digest)

    def _known(self) -> None:
        if any(lines.unknown for lines in self.lines):
            raise DamagedError(
                f"the journal of {self.id} holds an entry that this tipcase does not know",
                "install a newer tipcase; if there is none, run tipcase verify",
            )

    def _believed(self, pins: frozenset[str]) -> frozenset[str]:
        """The pinned heads and everything below them."""
        by_id = {signed.id: signed for lines in self.lines for signed in lines.entries}
        seen, waiting = set[str](), list(pins)
        while waiting:
            entry = by_id.get(waiting.pop())
            if entry is not None and entry.id not in seen:
                seen.add(entry.id)
                waiting += entry.entry.parents
        return frozenset(seen)

    @property
    def digest(self) -> str:
        """One hash over the journals that were read."""
        return places.digest(self._journals)

    def remember(self) -> Row:
        """Pin what was seen, unless something is wrong with it; the row of the case."""
        row = row_of(self.fold, self.digest, self.book.staff_digest)
        if not self._chained and not self.damage and not self.fold.damaged:
            self.book.state.put(row, {s.id for lines in self.lines for s in lines.entries})
        return row

    def pending(self) -> dict[Path, Path | None]:
        """For each current version, the temporary name that an unfinished write leaves it under.

        The name it belongs under follows, or None where a path has two versions.
        """
        expected: dict[Path, Path | None] = {}
        for path, versions in self.rest.current.items():
            target = self.place.root / path
            rename = target if len(versions) == 1 else None
            for version in versions:
                expected[files.pending_path(target, version.sha256)] = rename
        for (generation, handle, kind), hashes in self.rest.wraps.items():
            target = self.place.root / wrap_path(generation, handle, kind)
            for digest in hashes:
                expected[files.pending_path(target, digest)] = target
        return expected

    # -- records --

    def paths(self) -> Iterator[tuple[str, str, str | None]]:
        """Path, record type and tag of every record that the journal knows, sorted."""
        yield from naming.records(self.fold.current, self.number)

    def number(self, kind: str) -> int | None:
        """The place of a stage in the edition's order; None for what is no stage."""
        return next((s.number for s in self.book.edition.stages if s.name == kind), None)

    def find(self, record_type: str, tag: str | None) -> str | None:
        """The path of one record, or None."""
        for path, known_type, known_tag in self.paths():
            if (known_type, known_tag) == (record_type, tag):
                return path
        return None

    def tags(self, record_type: str) -> list[str]:
        """The tags of the records of a repeating type."""
        return [tag for _, known, tag in self.paths() if known == record_type and tag]

    def current(self, path: str) -> Version:
        """The one current version of a path; ``ConflictError`` when there are two."""
        versions = self.fold.current.get(path, ())
        if len(versions) > 1:
            raise ConflictError(
                f"{path} of {self.id} has two versions that were written apart",
                "join them: tipcase merge",
            )
        if not versions:
            raise NotFoundError(f"{self.id} has no {path}", f"tipcase show {self.id}")
        return versions[0]

    def believed(self, path: str, read: bytes = b"") -> bytes:
        """The ciphertext of a path, if it is what the journal names.

        ``read`` is what somebody has just read there; where it is not that, the file is read again.
        """
        version = self.current(path)
        if read and files.sha256(read) == version.sha256:
            return read
        target = self.place.root / path
        pending = files.pending_path(target, version.sha256)
        digest = None
        for candidate in (pending, target):
            try:
                data = files.read(candidate, f"read {path}")
            except NotFoundError:
                continue
            digest = files.sha256(data)
            if digest == version.sha256:
                return data
        raise self.disbelief(path, digest)

    def disbelief(self, path: str, digest: str | None) -> TipcaseError:
        """Why a file with this hash (None: no file) is not the current version of a path."""
        if self.written_meanwhile():
            from tipcase.casebook import whole

            return whole.meanwhile(self.id)
        if digest is None:
            text = f"{path} of {self.id} is gone"
        elif digest in self.rest.past.get(path, ()):
            text = f"{path} of {self.id} is an older revision that was put back"
        elif any(digest in hashes for hashes in self.rest.past.values()):
            text = f"{path} of {self.id} is another record of the case under a wrong name"
        else:
            text = f"{path} of {self.id} is not what its journal names: nobody signed it"
        return DamagedError(text, places.REPAIR)

    def plaintext(self, path: str, person: Person) -> bytes:
        """The padded plaintext of a believed record."""
        return self.decrypt(path, CaseKeys(self.place, self.fold, person))

    def decrypt(self, path: str, keys: CaseKeys, read: bytes = b"") -> bytes:
        """The padded plaintext of a believed record by keys at hand; ``read`` as ``believed``."""
        data = self.believed(path, read)
        sealed_to = self.current(path).sealed_to
        try:
            return age.decrypt(data, keys.identities(sealed_to))
        except age.NoMatchError:
            raise keys.unopened(path, sealed_to) from None

    def read(self, path: str, person: Person) -> Content:
        """A believed record, opened."""
        return records.decode(self.plaintext(path, person), self.id)

    def read_all(self, person: Person) -> tuple[Dossier, list[Unread]]:
        """Everything that the person can open, as the law reads it, and what could not be read.

        Records that are sealed to others are left out without a word: not being able to open them
        is need-to-know, not damage.
        """
        from tipcase.casebook import whole

        return whole.read(self, person)

    def stage_states(self, written: Iterable[str] | None = None) -> dict[str, str]:
        """The state of every stage: what the journal says, else open where there is work.

        ``written`` are the types of records that there are, where somebody has just gone by them.
        """
        kinds = [kind for _, kind, _ in self.paths()] if written is None else written
        worked_on = {*kinds, self.fold.stage}
        marked = {s: state for s, state in self.fold.stage_states.items() if state != "open"}
        if not self.fold.open:
            marked.setdefault("closure", "complete")
        return {
            stage.name: marked.get(stage.name, "open" if stage.name in worked_on else "not-started")
            for stage in self.book.edition.stages
        }

    def journal_damage(self) -> Iterator[Unread]:
        """What is not believed of the journals themselves."""
        for text in [*self.damage, *(p.text for p in self.fold.problems if p.damage)]:
            yield Unread("journal", DamagedError(text, f"run tipcase verify {self.id}"))

    def written_meanwhile(self) -> bool:
        """Whether the journals on disk are others than those that were folded."""
        return self.place.journals() != self._journals


def resolve(book: Book, text: str, reader: Callable[[], Person] | None = None) -> str:
    """The case that somebody means: a unique beginning of its id, an office number, ``provider``.

    ``reader`` gives the person whose keys may look for an office number in the profiles; it is
    asked only when no id begins like the text.
    """
    if text == "provider":
        return text
    wanted = text.upper()
    if len(wanted) > 4 and "-" not in wanted:
        wanted = f"{wanted[:4]}-{wanted[4:]}"
    found = [case for case in book.case_ids() if wanted and case.startswith(wanted)]
    if not found:
        # One that this machine has seen and that is gone now: its reader is told so.
        found = [case for case in book.all_case_ids() if wanted and case.startswith(wanted)]
    if not found and wanted and reader is not None:
        found = _by_office_number(book, text, reader())
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} cases are called like this", "type the id: tipcase list shows them"
        )
    if not found:
        raise NotFoundError("there is no such case here", "tipcase list shows the cases")
    return found[0]


def _by_office_number(book: Book, number: str, person: Person) -> list[str]:
    """The cases whose profile holds this office number, of those that the person can open."""
    found = []
    for case_id in book.case_ids():
        try:
            case = Case(book, case_id)
            path = case.find("profile", None)
            if path and case.read(path, person).data.get("office_number") == number:
                found.append(case_id)
        except TipcaseError:
            continue  # what cannot be read cannot be meant
    return found
