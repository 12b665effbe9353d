"""Attachments: photos, scans and sound, each a sealed file that one record owns.

On disk an attachment is an age file of a random name in ``attachments/``, sealed to whom its record
is sealed to. Its plaintext is the content and zeros up to a Padmé length, at least 1 KiB. Name,
type, length and the content's hash stand in the record.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tipcase import documents, files
from tipcase.casebook import change, intake, revision, writing
from tipcase.casebook.attachments import attached, sealed_file
from tipcase.casebook.attachments.incoming import Incoming
from tipcase.casebook.case import Case, Unread
from tipcase.casebook.naming import new_tag, record_file, record_name
from tipcase.casebook.wraps import ORDINARY, RESTRICTED, CaseKeys, NeedToKnowError
from tipcase.casebook.writing import NewFile
from tipcase.errors import (
    ConflictError,
    DamagedError,
    FindingsError,
    NotFoundError,
    TipcaseError,
    UsageError,
)
from tipcase.files import streams
from tipcase.keyring.person import Person

# Above this, git and the servers that keep it begin to suffer.
LARGE = 50 * 1024 * 1024


@dataclass(frozen=True)
class Attached:
    """What ``attach`` did: the record that owns the attachment now, and its item there."""

    record: str
    item: Mapping[str, Any] = field(repr=False)


def attach(
    case: Case,
    record: tuple[str, str | None],
    content: Incoming,
    about: Mapping[str, str],
    person: Person,
    time: str,
    *,
    dry_run: bool = False,
) -> Attached:
    """Seal a file into a case that is being edited, and note it in the record that owns it.

    ``about`` may hold ``name`` and ``purpose``. One entry lists the file and the record's new
    revision, so that nobody sees one without the other.
    """
    kind, tag = record
    row = intake.record_type(case.book.edition, kind, case.id)
    tag = intake.only_tag(case, row, tag)
    owner = record_file(kind, row.number, tag)
    if owner not in case.fold.current:
        raise NotFoundError(f"{case.id} has no {kind} yet", f"tipcase put {case.id} {kind} FILE")
    if about.get("purpose") == "photo" and not content.type.startswith("image/"):
        raise UsageError("this is no picture, so it cannot be the photo", "leave out --as photo")
    path = f"{sealed_file.FOLDER}{new_tag()}{new_tag()}.age"
    item = {"id": new_tag(), **about, "type": content.type, "length": 0, "file": path}
    # Before anything is written: whether the record can take such an item at all.
    _noted(case, kind, tag, {**item, "sha256": files.sha256(b"")}, person)
    sealed_to, recipients = revision.addressed(case, _sealed_to(case, owner, row.restricted))
    if not dry_run:
        new = sealed_file.stage(case, path, content, recipients, sealed_to)
    digest = content.finish()
    item = {**item, "length": content.length, "sha256": digest}
    if not dry_run:
        with _discarding(case, {path: new}):
            data = _noted(case, kind, tag, item, person)
            _, revised, _ = revision.seal(case, kind, tag, data, person)
            if revised.sealed_to != sealed_to:
                raise ConflictError(
                    f"whom {owner} of {case.id} is sealed to changed meanwhile",
                    "run the command again",
                )
        change.commit(case, "attach", {}, {owner: revised, path: new}, person, time)
    return Attached(record_name(kind, tag), item)


def _noted(
    case: Case, kind: str, tag: str | None, item: Mapping[str, Any], person: Person
) -> Mapping[str, Any]:
    """What the record says with one more attachment; ``FindingsError`` where it has no room."""
    edition = case.book.edition
    tree = intake.existing(case, kind, tag, person)
    before = intake.draft(edition, kind, tree, case.id, tag)
    known = tree.get(attached.FIELD)
    tree[attached.FIELD] = documents.kept(known if isinstance(known, list) else (), _every)
    tree[attached.FIELD].append(dict(item))
    draft = intake.draft(edition, kind, tree, case.id, tag)
    if any(finding not in before.findings for finding in draft.findings):
        raise FindingsError(
            f"the record type {kind} has no field for attachments of this form",
            f"tipcase schema {kind} shows its fields; those of a shipped edition have it",
        )
    return draft.data


def _every(position: int, item: Any) -> bool:
    return True


def _sealed_to(case: Case, owner: str, restricted: bool) -> str | tuple[str, ...]:
    """Whom an attachment of a record is sealed to: as the record itself at its next save."""
    now = case.current(owner).sealed_to
    if isinstance(now, tuple):
        return now
    return RESTRICTED if restricted else ORDINARY


@contextlib.contextmanager
def _discarding(case: Case, new: Mapping[str, NewFile]) -> Iterator[None]:
    """Delete what was staged when the block fails."""
    try:
        yield
    except BaseException:
        writing.discard(case.place, new)
        raise


# -- looked at --


@dataclass(frozen=True)
class Attachment:
    """An attachment as a case has it: who attached it when, and what its record says of it.

    ``item`` is empty where no record that can be opened names the file. ``error`` is why it is not
    believed.
    """

    record: str
    owner: str
    path: str
    by: str | None
    time: str | None
    item: Mapping[str, Any] = field(repr=False)
    error: TipcaseError | None = None

    @property
    def id(self) -> str:
        """The id of its item; "" where there is none."""
        return str(self.item.get("id", ""))


def index(
    case: Case, person: Person, *, checked: bool = True
) -> tuple[list[Attachment], list[Unread]]:
    """The attachments of a case by record, and the records that could not be read.

    ``checked`` hashes every file. Files that no readable record names come last.
    """
    keys = CaseKeys(case.place, case.fold, person)
    keys.identities(ORDINARY)
    found: list[Attachment] = []
    unread = list(case.journal_damage())
    for owner, kind, tag in case.paths():
        name = record_name(kind, tag)
        try:
            data = case.read(owner, person).data
        except NeedToKnowError:
            continue
        except TipcaseError as error:
            unread.append(Unread(name, error))
            continue
        entries = attached.vouched(case, owner)
        for item in attached.items(data):
            found.append(_judged(case, name, owner, item, entries, checked))
    named = {one.path for one in found}
    for path in filter(sealed_file.is_attachment, case.fold.current):
        if path not in named:
            found.append(Attachment("", "", path, None, None, {}))
    return found, unread


def _judged(
    case: Case,
    name: str,
    owner: str,
    item: Mapping[str, Any],
    entries: Mapping[str, Any],
    checked: bool,
) -> Attachment:
    path = str(item.get("file"))
    signed = entries.get(path)
    error: TipcaseError | None = None
    if signed is None or not _is_whole(item):
        error = DamagedError(
            f"an item of attachments in {name} of {case.id} names a file that was not attached",
            f"tipcase log {case.id} shows who wrote the record: ask them",
        )
    else:
        try:
            if checked:
                _check_hash(case, path)
        except TipcaseError as failure:
            error = failure
    by, time = (signed.entry.signer, signed.entry.time) if signed is not None else (None, None)
    return Attachment(name, owner, path, by, time, item, error)


def _is_whole(item: Mapping[str, Any]) -> bool:
    texts = [item.get(name) for name in ("id", "file", "type", "sha256")]
    return all(isinstance(text, str) for text in texts) and type(item.get("length")) is int


def _check_hash(case: Case, path: str) -> None:
    version = case.current(path)
    with sealed_file.opened(case, path) as stream:
        digest = sealed_file.hashed(stream).rest()
    if digest != version.sha256:
        raise case.disbelief(path, digest)


def find(case: Case, text: str, person: Person) -> Attachment:
    """The attachment whose id begins like the text; its bytes are not looked at yet."""
    found, unread = index(case, person, checked=False)
    meant = [one for one in found if one.id and text and one.id.startswith(text)]
    if len(meant) > 1:
        raise UsageError(
            f"{len(meant)} attachments of {case.id} begin like this",
            f"type more of the id: tipcase show {case.id} --attachments",
        )
    if not meant:
        for item in unread:
            raise item.error
        raise NotFoundError(
            f"{case.id} has no such attachment, or its record is not open to you",
            f"tipcase show {case.id} --attachments lists them",
        )
    if meant[0].error is not None:
        raise meant[0].error
    return meant[0]


def content(case: Case, wanted: Attachment, person: Person) -> Iterator[streams.Part]:
    """What an attachment holds, without its padding.

    Raises ``DamagedError`` at the end of the parts, at the latest, where the file is not what the
    journal names or the content not what its record says.
    """
    digest = hashlib.sha256()
    for part in _unpadded(case, wanted, person):
        digest.update(part)
        yield part
    _same(case, wanted, digest.hexdigest())


def deliver(case: Case, wanted: Attachment, person: Person, path: Path, *, force: bool) -> None:
    """Write what an attachment holds to a place outside the casebook, whole or not at all.

    Raises as ``content`` and ``streams.deliver``.
    """
    parts = _unpadded(case, wanted, person)
    streams.deliver(path, parts, lambda digest: _same(case, wanted, digest), force=force)


def _unpadded(case: Case, wanted: Attachment, person: Person) -> Iterator[streams.Part]:
    """The content by its length; its hash is still to be compared."""
    keys = CaseKeys(case.place, case.fold, person)
    length, size, zeros = wanted.item["length"], 0, True
    with sealed_file.plaintext(case, wanted.path, keys) as parts:
        for part in parts:
            kept = part if size + len(part) <= length else part[: max(0, length - size)]
            zeros = zeros and not part[len(kept) :].strip(b"\0")
            size += len(part)
            if kept:
                yield kept
    if not zeros or size != documents.padded_length(length):
        raise _other(case, wanted)


def _same(case: Case, wanted: Attachment, digest: str) -> None:
    if digest != wanted.item["sha256"]:
        raise _other(case, wanted)


def _other(case: Case, wanted: Attachment) -> DamagedError:
    return DamagedError(
        f"{wanted.path} of {case.id} is not what {wanted.record} says of it",
        f"tipcase log {case.id} shows who wrote it: ask them",
    )
