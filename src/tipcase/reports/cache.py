"""What was worked out of each case for one reader, kept for the next report, and sealed.

It stands outside the casebook, in ``<home>/cache/<working copy>/<reader>/``, in files by the first
letter of the case ids. Each is sealed to the reader's own identity (``keyring.vault``) and bound to
its name, the casebook, the edition, the version of tipcase and the definition of the facts. What
does not open, or is bound to something else, counts as not there, and the reader is told in a
sentence. Deleting all of it costs time and nothing else.

A case is found again under a key: a hash of its journals and the staff's, of what this machine has
pinned of it and of how its files look from outside. What is kept is the
case's facts, or that it is not open.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tipcase
from tipcase import files
from tipcase.casebook.book import Book
from tipcase.casebook.naming import KEYS, RECORD_SUFFIX
from tipcase.errors import LockedError, NotFoundError, TipcaseError
from tipcase.keyring.person import Person
from tipcase.keyring.vault import Vault

FORMAT = 1
FOLDER = "cache"
_PURPOSE = "facts"
_SUFFIX = ".sealed"
# Bytes that a file of ours may have, unpacked: thousands of cases, and no bomb.
_MOST = 256 * 1024 * 1024
# Seconds to wait for another process that is writing here: what it writes is worth as much.
_PATIENCE = 0.2
# Sealed files have lengths in steps of so many bytes: they shall not tell which case was changed.
_STEP = 4096

_FOREIGN = (
    "what was kept for reports is another reader's, was changed or is damaged: "
    "it is left out and every case concerned is read again"
)
_OTHER_VERSION = (
    "what was kept for reports is of another version of tipcase: every case is read again"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a case: its keys, and its facts as JSON; None where it is not open."""

    keys: tuple[str, ...]
    packed: bytes | None


class Cache:
    """The cache of one reader of one working copy."""

    def __init__(self, book: Book, person: Person, definition: str) -> None:
        """``definition`` is the digest of what the facts are and how they are collected."""
        self._vault = Vault(person, _PURPOSE)
        self.folder = book.home / FOLDER / book.trust.folder.name / self._vault.name
        self._head = {
            "casebook": book.id,
            "definition": definition,
            "edition": book.config.edition,
            "format": FORMAT,
            "version": tipcase.__version__,
        }
        self._notices: dict[str, None] = {}

    @property
    def notices(self) -> tuple[str, ...]:
        """What the reader should hear: a sentence each, once."""
        return tuple(self._notices)

    def letters(self) -> set[str]:
        """The letters of which something is kept."""
        if not files.is_plain_folder(self.folder):
            return set()
        try:
            names = files.names(self.folder, "look into what was kept for reports")
        except TipcaseError:
            return set()
        return {name[0].upper() for name in names if name.endswith(_SUFFIX)}

    def load(self, letter: str) -> dict[str, Kept]:
        """What is kept of the cases whose id begins with this letter; nothing is an error."""
        try:
            data = files.read(self._path(letter), "read what was kept for reports")
        except NotFoundError:
            return {}
        except TipcaseError:
            self._notices[_FOREIGN] = None
            return {}
        line, _, sealed = data.partition(b"\n")
        content = self._vault.open(sealed, self._bound(letter, line))
        if content is None:
            self._notices[_FOREIGN] = None
            return {}
        # From here on it is what we wrote ourselves; it may be of another version.
        if line != self._line():
            if json.loads(line).get("version") != tipcase.__version__:
                self._notices[_OTHER_VERSION] = None
            return {}
        return dict(_lines(zlib.decompressobj().decompress(content, _MOST)))

    def save(self, letter: str, cases: dict[str, Kept]) -> None:
        """Keep these cases, all there are of this letter; what the machine refuses is only told."""
        body = b"".join(
            b"%s %s %s\n" % (case.encode(), ",".join(kept.keys).encode(), kept.packed or b"-")
            for case, kept in sorted(cases.items())
        )
        content = zlib.compress(body, 1)
        content += bytes(-len(content) % _STEP)
        line = self._line()
        try:
            folder = files.private_folder(self.folder)
            with (
                files.lock(folder / ".lock", "the cache of reports", _PATIENCE),
                files.refusals("keep what was read for the next report"),
            ):
                _clear(folder)
                if not cases:
                    self._path(letter).unlink(missing_ok=True)
                    return
                sealed = self._vault.seal(content, self._bound(letter, line))
                files.replace(self._path(letter), line + b"\n" + sealed)
        except LockedError:
            return
        except TipcaseError as error:
            self._notices[f"{error.sentence}: the next report takes as long as this one"] = None

    def _path(self, letter: str) -> Path:
        return self.folder / f"{letter.lower()}{_SUFFIX}"

    def _line(self) -> bytes:
        return json.dumps(self._head, sort_keys=True, separators=(",", ":")).encode("ascii")

    def _bound(self, letter: str, line: bytes) -> bytes:
        return b"%s\0%s\0%s" % (self.folder.parent.name.encode(), letter.encode(), line)


def _lines(body: bytes) -> Iterator[tuple[str, Kept]]:
    for line in body.split(b"\n")[:-1]:
        case, keys, packed = line.split(b" ", 2)
        yield (
            case.decode(),
            Kept(tuple(keys.decode().split(",")), None if packed == b"-" else packed),
        )


def _clear(folder: Path) -> None:
    """Delete what a crash in the middle of an earlier write left."""
    for name in files.names(folder):
        if files.is_pending(name):
            (folder / name).unlink(missing_ok=True)


def key(journals: str, staff: str, seen: str, pins: frozenset[str]) -> str:
    """What a case is found under; ``seen`` is how it looks from ``outside``."""
    return files.sha256("\n".join((journals, staff, seen, *sorted(pins))).encode())


def outside(folder: str, handle: str) -> str:
    """How a case looks from outside: its records and somebody's keys, by name, size and time.

    Facts follow from what the journals name alone. This only makes a file that was damaged, put
    back, taken away or left there since be looked at again, as when everything is read.
    """
    with os.scandir(folder) as entries:
        found = [_seen(entry) for entry in entries if entry.name.endswith(RECORD_SUFFIX)]
    with contextlib.suppress(FileNotFoundError), os.scandir(f"{folder}/{KEYS}") as entries:
        for generation in entries:
            # Of the folder itself the time: what an unfinished write left in it counts too.
            found.append(_seen(generation))
            for name in (f"{handle}.age", f"{handle}.restricted.age"):
                with contextlib.suppress(FileNotFoundError):
                    status = os.lstat(f"{generation.path}/{name}")
                    found.append((name, status.st_size, status.st_mtime_ns))
    return repr(sorted(found))


def _seen(entry: os.DirEntry[str]) -> tuple[str, int, int]:
    status = entry.stat(follow_symlinks=False)
    return (entry.name, status.st_size, status.st_mtime_ns)
