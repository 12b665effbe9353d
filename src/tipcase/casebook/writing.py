"""The one way anything is written to a case, the staff or the provider.

Order, so that a crash at any point leaves nothing torn: files under temporary names named by their
hash, synced; then one signed entry that lists them, appended and synced; then the renames; then
the folders. A crash before the entry leaves rubbish that the next writer deletes; a crash after
it leaves files whose rename the next writer finishes, and which readers find under their
temporary name until then. No command ever signs bytes that it found on disk.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from tipcase import files
from tipcase.casebook.book import OWN_FOLDERS, Book
from tipcase.casebook.device import Device
from tipcase.casebook.place import Place, read_lines
from tipcase.errors import ConflictError, DamagedError, NotFoundError, TipcaseError
from tipcase.journal.entry import Entry, FileVersion, Signed, sign
from tipcase.journal.names import STAFF
from tipcase.journal.roster import Roster
from tipcase.keyring.person import Person


@dataclass(frozen=True)
class NewFile:
    """A file to write: its bytes, the hashes that it replaces, who it is sealed to.

    Empty bytes stand for a file that is gone. ``found`` is set only when an admin accepts an edit
    of the office's own files: the hash that may stand on disk instead of a replaced one.
    ``staged`` is the hash of a large file that was streamed under its temporary name already
    (``files.streams.stage``); then there are no bytes.
    """

    data: bytes = field(repr=False)
    previous: tuple[str, ...] = ()
    sealed_to: str | tuple[str, ...] | None = None
    found: str | None = None
    staged: str | None = None

    @cached_property
    def sha256(self) -> str:
        """The hash of what is written."""
        return self.staged or files.sha256(self.data)


@dataclass(frozen=True)
class Act:
    """What an entry says: the operation, its data, the files it writes, what it builds on."""

    op: str
    data: Mapping[str, Any]
    files: Mapping[str, NewFile]
    parents: tuple[str, ...]
    staff: tuple[str, ...]
    # Files that the entry's data signs by hash: the wraps of a case.
    unlisted: Mapping[str, bytes] = field(default_factory=dict)


class Note(NamedTuple):
    """An entry that this process has written: in which casebook and case, by whom."""

    root: Path
    home: Path
    case: str
    handle: str


# The command line commits to git, when the command is done, what was written since it last looked.
written: list[Note] = []


@contextlib.contextmanager
def locked(place: Place) -> Iterator[None]:
    """Hold the place's lock."""
    with files.refusals("write to the casebook"):
        place.journal.mkdir(parents=True, exist_ok=True)
    with files.lock(place.lock, place.case):
        yield


def commit(
    book: Book,
    place: Place,
    act: Act,
    person: Person,
    time: str,
    *,
    final: Place | None = None,
) -> Signed:
    """Write an act, durably: its files and its signed entry. The caller holds the place's lock.

    ``final`` is where the place will stand once a case under construction is renamed. Raises
    ``ConflictError`` when a file on disk is not what the act replaces. A failure leaves nothing,
    files that were staged for the act included.
    """
    try:
        _check_previous(place, act)
    except BaseException:
        discard(place, act.files)
        raise
    with files.refusals("write to the casebook"):
        pending = _write_files(place, act)
        try:
            with files.lock(book.trust.lock_path(), "the device"):
                signed = _append(book, place, act, person, time, final or place)
        except BaseException:
            _discard(pending, place.journal_file(person.handle))
            raise
        _rename(pending)
    return signed


def discard(place: Place, new: Mapping[str, NewFile]) -> None:
    """Delete the files that were staged for an act which will not be."""
    for path, file in new.items():
        if file.staged is not None:
            with contextlib.suppress(OSError):
                files.pending_path(place.root / path, file.staged).unlink(missing_ok=True)


def _discard(pending: list[tuple[Path, Path]], journal: Path) -> None:
    """Delete the temporary files of a write that failed, unless its entry stands all the same.

    The line can be on the disk although appending it failed or was interrupted: then the files
    that it names must stay, and the next writer decides.
    """
    try:
        lines = files.read(journal)
    except NotFoundError:
        lines = b""
    except TipcaseError:
        return
    for temporary, _ in pending:
        digest = temporary.name.removeprefix(files.TEMP_PREFIX).encode("ascii")
        if digest not in lines:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _append(book: Book, place: Place, act: Act, person: Person, time: str, final: Place) -> Signed:
    """Sign the entry of an act as the next of this device, and append it."""
    device = Device(book.trust, book.root)
    tip = device.tip(s for lines in read_lines(place.journals()) for s in lines.entries)
    entry = Entry(
        casebook=None if act.op == "init" else book.id,
        case=place.case,
        op=act.op,
        device=tip.device,
        seq=tip.seq + 1,
        prev=tip.entry,
        parents=tuple(sorted(act.parents)),
        staff=tuple(sorted(act.staff)),
        time=time,
        signer=person.handle,
        files=tuple(
            FileVersion(path, new.sha256, tuple(sorted(new.previous)), new.sealed_to)
            for path, new in sorted(act.files.items())
        ),
        data=dict(act.data),
    )
    signed = sign(entry, person.signing_key)
    device.intend(tip, signed, final)
    files.append(place.journal_file(person.handle), signed.line)
    written.append(Note(book.root, book.home, place.case, person.handle))
    return signed


def _check_previous(place: Place, act: Act) -> None:
    """A file on disk must be what the act replaces, or not be there when it replaces nothing."""
    for path, new in act.files.items():
        try:
            on_disk = files.hash_of(place.root / path, f"read {path}")
        except NotFoundError:
            on_disk = None
        if new.found is not None and on_disk in (new.found, None):
            continue
        if (on_disk is None) != (not new.previous) or (
            on_disk is not None and on_disk not in new.previous
        ):
            raise ConflictError(
                f"{path} of {place.case} changed meanwhile", "look again, then repeat the command"
            )


def _write_files(place: Place, act: Act) -> list[tuple[Path, Path]]:
    """Write everything under temporary names, durably; those with the names they will get."""
    staged = {path: new.staged for path, new in act.files.items() if new.staged is not None}
    contents = {path: new.data for path, new in act.files.items() if new.data}
    contents |= act.unlisted
    targets = {path: place.root / path for path in (*staged, *contents)}
    pending = [
        (files.pending_path(targets[path], digest), targets[path])
        for path, digest in staged.items()
    ]
    try:
        for folder in {target.parent for target in targets.values()}:
            make_folder(place, folder)
        for path, data in sorted(contents.items()):
            mode = files.PRIVATE if path.endswith(".age") else 0o644
            digest = files.write_pending(targets[path], data, mode)
            pending.append((files.pending_path(targets[path], digest), targets[path]))
        for folder in {temporary.parent for temporary, _ in pending}:
            files.sync_folder(folder)
    except BaseException:
        for temporary, _ in pending:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise
    return pending


def make_folder(place: Place, folder: Path) -> None:
    """Make a folder of a place, durably; a link in the place of one is refused."""
    inside = [folder, *folder.parents][: len(folder.relative_to(place.root).parts)]
    for one in reversed(inside):
        if not os.path.lexists(one):
            one.mkdir(exist_ok=True)
        if not files.is_plain_folder(one):
            raise DamagedError(
                f"something else stands where a folder of {place.case} belongs",
                "links are never followed inside a casebook: put the folder itself back",
            )
        # What an entry names must not be lost with the name of its folder.
        files.sync_folder(one.parent)


def _rename(pending: list[tuple[Path, Path]]) -> None:
    for temporary, target in pending:
        os.replace(temporary, target)
    for folder in {target.parent for _, target in pending}:
        files.sync_folder(folder)


def mend_journal(place: Place, handle: str, roster: Roster) -> bool:
    """Complete the last line of a person's journal where it lacks its end, cut off a torn rest.

    Call it only for somebody who has shown that the journal is theirs, with the place's lock held;
    True means that the journal has to be read again. Raises ``DamagedError``, and cuts nothing,
    when a whole entry there is signed with no key of theirs.
    """
    path = place.journal_file(handle)
    try:
        lines = read_lines({handle: files.read(path, "read a journal")})[0]
    except NotFoundError:
        return False
    if lines.unfinished is None:
        return False
    whole = [signed for signed in lines.entries if signed.id == lines.unfinished]
    if not all(roster.knows(signed) for signed in whole):
        raise DamagedError(
            f"the last line of {path.name} is not signed by {handle}",
            "run tipcase verify; nothing is written here until it is mended",
        )
    with files.refusals("mend an unfinished write"):
        if whole:
            files.append(path, b"\n")
        else:
            files.truncate(path, lines.whole)
    return True


def mend_files(place: Place, expected: Mapping[Path, Path | None]) -> None:
    """Finish the renames that entries stand for, and delete every other temporary file.

    ``expected`` says, for each temporary name of a current version, the name it belongs under;
    None where it has to wait, as the path has a second version.
    """
    for temporary in pending_files(place):
        digest = temporary.name.removeprefix(files.TEMP_PREFIX)
        whole = temporary in expected and files.hash_of(temporary) == digest
        target = expected.get(temporary)
        if whole and target is not None:
            os.replace(temporary, target)
        elif not whole:
            temporary.unlink(missing_ok=True)
        files.sync_folder(temporary.parent)


def pending_files(place: Place) -> list[Path]:
    """The temporary files of unfinished writes in a place."""
    pattern = f"{files.TEMP_PREFIX}*"
    if place.case == STAFF:
        parts = [place.root / name for name in ("staff", *OWN_FOLDERS)]
        found = [*place.root.glob(pattern), *(path for f in parts for path in f.rglob(pattern))]
    else:
        found = list(place.root.rglob(pattern))
    return sorted(
        path
        for path in found
        if files.is_pending(path.name) and path.is_file() and not path.is_symlink()
    )
