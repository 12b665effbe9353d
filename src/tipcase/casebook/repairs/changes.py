"""Who changed which field of a record from what to what, entry by entry.

Earlier bytes come from git's objects, under the hashes that the journal names; where git does not
have them, that is said. What somebody cannot open stays closed here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tipcase import age
from tipcase.casebook import record as records
from tipcase.casebook.case import Case
from tipcase.casebook.naming import parse_record_file, record_name
from tipcase.casebook.record import Content
from tipcase.casebook.repairs.history import History
from tipcase.casebook.wraps import RESTRICTED, CaseKeys, NeedToKnowError
from tipcase.errors import DamagedError, TipcaseError
from tipcase.journal.entry import FileVersion, Signed
from tipcase.keyring.person import Person

NOTHING: Any = object()
"""Stands for a field that is not there."""

CLOSED = "sealed to other people: you cannot open it"
RESTRICTED_CLOSED = "restricted: you do not hold the key"
NOT_AT_HAND = "this version is not at hand: git does not have it"
EARLIER_NOT_AT_HAND = "the version before is not at hand: git does not have it"


@dataclass(frozen=True)
class Field:
    """One field that changed: its dotted path (items of lists by their id), its two values."""

    path: str
    before: Any = field(repr=False)
    after: Any = field(repr=False)


@dataclass(frozen=True)
class Revision:
    """What an entry did to one record, compared with one version that it replaced.

    ``against`` is the entry that wrote that version; None for a new record. ``note`` says why
    there are no fields, where they cannot be told.
    """

    record: str
    against: Signed | None = None
    number: int | None = None
    conflicts: int = 0
    fields: tuple[Field, ...] = field(default=(), repr=False)
    note: str = ""


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Field]:
    """The fields in which two contents of a record differ, in the order of the later one."""
    return list(_compare("", before, after))


def _compare(path: str, before: Any, after: Any) -> Iterator[Field]:
    ours, theirs = _parts(before), _parts(after)
    if ours is None or theirs is None:
        if before != after or type(before) is not type(after):
            yield Field(path, before, after)
        return
    for name in [*theirs, *(name for name in ours if name not in theirs)]:
        one, other = ours.get(name, NOTHING), theirs.get(name, NOTHING)
        inside = f"{path}.{name}" if path else name
        if one is NOTHING or other is NOTHING:
            yield Field(inside, one, other)
        else:
            yield from _compare(inside, one, other)


def _parts(value: Any) -> dict[str, Any] | None:
    """The named parts of a value: a mapping's, a list's whose items all have ids; else None."""
    if isinstance(value, Mapping):
        # An honest unknown is one value, whatever stands beside it.
        return None if "unknown" in value else dict(value)
    if isinstance(value, list) and value:
        items = [item for item in value if isinstance(item, Mapping)]
        ids = [str(item["id"]) for item in items if isinstance(item.get("id"), str)]
        if len(ids) == len(set(ids)) == len(value):
            return {
                name: {key: part for key, part in item.items() if key != "id"}
                for name, item in zip(ids, items, strict=True)
            }
    return None


class Changes:
    """The changes of one case, as one person can read them."""

    def __init__(self, case: Case, person: Person, record: str | None = None) -> None:
        self._case = case
        self._keys = CaseKeys(case.place, case.fold, person)
        self._record = record
        self._written: dict[tuple[str, str], tuple[Signed, FileVersion]] = {}
        for signed in case.fold.entries:
            for version in signed.entry.files:
                self._written.setdefault((version.path, version.sha256), (signed, version))
        self._bytes = self._gather()
        self._opened: dict[tuple[str, str], Content | TipcaseError] = {}

    def _gather(self) -> dict[str, bytes]:
        """The ciphertext of every version that is at hand, by its hash."""
        found: dict[str, bytes] = {}
        wanted: dict[str, set[str]] = {}
        inside = self._case.place.root.relative_to(self._case.book.root).as_posix()
        for path, digest in self._written:
            if self._told(path):
                wanted.setdefault(path, set()).add(digest)
        for path, hashes in wanted.items():
            for version in self._case.fold.current.get(path, ()):
                try:
                    found[version.sha256] = self._case.believed(path)
                    hashes.discard(version.sha256)
                except TipcaseError:
                    continue  # git may have it; that it is damaged, reading it says
        history = History(self._case.book.root, (inside,))
        earlier = {f"{inside}/{path}": hashes for path, hashes in wanted.items() if hashes}
        return {**found, **(history.read(earlier) if earlier and history.at_hand else {})}

    def _told(self, path: str) -> bool:
        parsed = parse_record_file(path)
        if parsed is None:
            return False
        return self._record in (None, parsed[0], record_name(*parsed))

    def of(self, signed: Signed) -> Iterator[Revision]:
        """What one entry that counts did to each record that it wrote."""
        for version in signed.entry.files:
            parsed = parse_record_file(version.path)
            if parsed is None or not self._told(version.path):
                continue
            name = record_name(*parsed)
            after = self._open(version.path, version.sha256)
            if not isinstance(after, Content):
                yield Revision(name, note=_note(after, version.sealed_to, NOT_AT_HAND))
                continue
            for digest in version.previous or ("",):
                yield self._revision(name, version.path, digest, after)

    def _revision(self, name: str, path: str, digest: str, after: Content) -> Revision:
        number, conflicts = after.header.revision, len(after.header.conflicts)
        if not digest:
            changed = tuple(compare({}, after.data))
            return Revision(name, None, number, conflicts, changed)
        writer, old = self._written.get((path, digest), (None, None))
        before = self._open(path, digest)
        if not isinstance(before, Content):
            note = _note(before, old.sealed_to if old else None, EARLIER_NOT_AT_HAND)
            return Revision(name, writer, number, conflicts, (), note)
        changed = tuple(compare(before.data, after.data))
        return Revision(name, writer, number, conflicts, changed)

    def _open(self, path: str, digest: str) -> Content | TipcaseError | None:
        """One version opened; None where its bytes are not at hand.

        Raises ``NoKeyError`` for somebody who can open nothing of the case.
        """
        if digest not in self._bytes or (path, digest) not in self._written:
            return None
        if (path, digest) not in self._opened:
            try:
                self._opened[path, digest] = self._decrypt(path, digest)
            except (NeedToKnowError, DamagedError) as error:
                self._opened[path, digest] = error
        return self._opened[path, digest]

    def _decrypt(self, path: str, digest: str) -> Content:
        sealed_to = self._written[path, digest][1].sealed_to
        identities = self._keys.identities(sealed_to)
        try:
            plaintext = age.decrypt(self._bytes[digest], identities)
        except age.NoMatchError:
            raise NeedToKnowError(CLOSED) from None
        return records.decode(plaintext, self._case.id)


def _note(
    error: Content | TipcaseError | None, sealed_to: str | tuple[str, ...] | None, missing: str
) -> str:
    if isinstance(error, NeedToKnowError):
        return RESTRICTED_CLOSED if sealed_to == RESTRICTED else CLOSED
    return error.sentence if isinstance(error, TipcaseError) else missing
