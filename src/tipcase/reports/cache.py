"""What was worked out of each case for one reader, kept for the next report, and sealed.

It stands outside the casebook, in ``<home>/cache/<working copy>/<reader>/``, in files by the first
letter of the case ids. Each is sealed to the reader's own identity (``keyring.vault``) and bound to
its name, the casebook, the edition, the version of tipcase and the definition of the facts. What
does not open, or is bound to something else, counts as not there, and the reader is told in a
sentence. Deleting all of it costs time and nothing else.

What is kept of a case stands as long as its own journals look from outside as they did, this
machine has pinned the same of it, and the staff's journals are the same. What is kept is the case's
facts, or that it is not open.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import tipcase
from tipcase import files
from tipcase.casebook.book import Book
from tipcase.casebook.place import JOURNAL, JOURNAL_SUFFIX
from tipcase.errors import LockedError, NotFoundError, TipcaseError
from tipcase.journal.names import HANDLE
from tipcase.keyring.person import Person
from tipcase.keyring.vault import Vault

FORMAT = 5
FOLDER = "cache"
_PURPOSE = "facts"
_SUFFIX = ".sealed"
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


class Mark(NamedTuple):
    """What a case is known again by, as plain text.

    How it looked from ``outside``; under which pins (``pinned``) reading it gives the same, divided
    by commas; the names of its journals, divided by slashes.
    """

    looks: str
    pins: str
    journals: str

    @classmethod
    def of(cls, looks: str, pins: Iterable[Set[str]], journals: Sequence[str]) -> Mark:
        """A mark out of its parts."""
        return cls(looks, ",".join(pinned(one) for one in pins), "/".join(journals))

    def stands(self, folder: str, pins: Set[str]) -> bool:
        """Whether a case in this folder, so pinned, is what it was."""
        if pinned(pins) not in self.pins.split(","):
            return False
        try:
            return outside(folder, self.journals.split("/")) == self.looks
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is kept of the cases of one letter.

    ``marks`` are those of each case; ``shut`` are the cases that are not open to the reader; of all
    others ``block`` holds the facts (``packed``).
    """

    marks: Mapping[str, Mark]
    shut: Set[str]
    block: bytes = field(repr=False)


NOTHING = Shelf({}, frozenset(), b"")


class Cache:
    """The cache of one reader of one working copy."""

    def __init__(self, book: Book, person: Person, definition: str) -> None:
        """``definition`` is the hash of what says which facts there are (``written``)."""
        self._vault = Vault(person, _PURPOSE)
        self.folder = book.home / FOLDER / book.trust.folder.name / self._vault.name
        self._head = {
            "casebook": book.id,
            "definition": definition,
            "edition": book.config.edition,
            "format": FORMAT,
            # Who is on the staff decides what every journal is worth.
            "staff": book.staff_digest,
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

    def load(self, letter: str) -> Shelf:
        """What is kept of the cases whose id begins with this letter; nothing is an error."""
        try:
            data = files.read(self._path(letter), "read what was kept for reports")
        except NotFoundError:
            return NOTHING
        except TipcaseError:
            self._notices[_FOREIGN] = None
            return NOTHING
        line, _, sealed = data.partition(b"\n")
        content = self._vault.open(sealed, self._bound(letter, line))
        if content is None:
            self._notices[_FOREIGN] = None
            return NOTHING
        # From here on it is what we wrote ourselves; it may be of another version.
        if line != self._line():
            if json.loads(line).get("version") != tipcase.__version__:
                self._notices[_OTHER_VERSION] = None
            return NOTHING
        return _shelf(content)

    def save(self, letter: str, shelf: Shelf) -> None:
        """Keep these cases, all there are of this letter; what the machine refuses is only told."""
        content = _content(shelf)
        content += bytes(-len(content) % _STEP)
        line = self._line()
        try:
            folder = files.private_folder(self.folder)
            with (
                files.lock(folder / ".lock", "the cache of reports", _PATIENCE),
                files.refusals("keep what was read for the next report"),
            ):
                _clear(folder)
                if not shelf.marks:
                    self._path(letter).unlink(missing_ok=True)
                    return
                sealed = self._vault.seal(content, self._bound(letter, line))
                # What losing power breaks is worked out anew: nobody waits for the disk.
                files.replace(self._path(letter), line + b"\n" + sealed, durable=False)
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


def _content(shelf: Shelf) -> bytes:
    """A shelf as bytes: a line for each case, an empty one, the block."""
    lines = [
        f"{case} {'-' if case in shelf.shut else '+'} {looks} {pins} {journals}\n"
        for case, (looks, pins, journals) in sorted(shelf.marks.items())
    ]
    return "".join(lines).encode("ascii") + b"\n" + shelf.block


def _shelf(content: bytes) -> Shelf:
    head, _, block = content.partition(b"\n\n")
    rows = [line.split(" ") for line in head.decode("ascii").split("\n")]
    return Shelf(
        {case: Mark(looks, pins, journals) for case, _, looks, pins, journals in rows},
        frozenset(case for case, shut, *_ in rows if shut == "-"),
        block,
    )


def _clear(folder: Path) -> None:
    """Delete what a crash in the middle of an earlier write left."""
    for name in files.names(folder):
        if files.is_pending(name):
            (folder / name).unlink(missing_ok=True)


def pinned(heads: Set[str]) -> str:
    """What this machine has seen of a case, as one word; ``-`` for nothing."""
    return "+".join(sorted(heads)) or "-"


def journals_of(folder: str) -> tuple[str, ...]:
    """The names of a case's journals, in order; raises ``OSError`` where there is no folder.

    What is called otherwise than after a handle is nobody's journal.
    """
    names = os.listdir(f"{folder}/{JOURNAL}")
    handles = (name.removesuffix(JOURNAL_SUFFIX) for name in names if name.endswith(JOURNAL_SUFFIX))
    return tuple(sorted(f"{handle}{JOURNAL_SUFFIX}" for handle in handles if HANDLE.match(handle)))


def outside(folder: str, journals: Sequence[str]) -> str:
    """How a case looks from outside: these journals of it, and when its folders were changed.

    Facts follow from what the journals name. A journal is only ever added to, so one that says more
    is longer; one that was put back, or a record that was put back, replaced or taken away since,
    has another time; another journal changes its folder. What damages a record or a key in its
    place is not seen, which changes no fact: ``verify`` is there to find it. Raises ``OSError``
    where something is missing.
    """
    here, within = os.lstat(folder), f"{folder}/{JOURNAL}"
    if not stat.S_ISDIR(here.st_mode):
        raise NotADirectoryError
    looks = [here, os.lstat(within), *[os.lstat(f"{within}/{name}") for name in journals]]
    # On most systems nobody can put the second time back.
    return ",".join([f"{it.st_size}.{it.st_mtime_ns}.{it.st_ctime_ns}" for it in looks])
