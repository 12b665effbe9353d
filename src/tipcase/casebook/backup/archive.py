"""A casebook as one encrypted archive: an age file around a tar of everything that belongs to it.

Members, in this order: ``tipcase-backup.json`` (what this is), the files of the casebook under
their paths, ``history/…`` (a bundle of git, cut in pieces, where the casebook is a repository), and
``SHA256SUMS`` over all of them. Stock ``age`` and ``tar`` open it. It is written in one pass and in
constant memory; each case is held by its lock while it is copied, so that it is whole. No key is
needed to make one. An archive has no author: what it holds is believed only through its journals.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tipcase import age, files, git
from tipcase.casebook.backup import tar
from tipcase.casebook.backup.inventory import Left, cases, files_of, quiet
from tipcase.casebook.book import Book
from tipcase.casebook.commits import repository as repositories
from tipcase.casebook.place import Place
from tipcase.errors import ConflictError, MachineError, NotFoundError, TipcaseError
from tipcase.journal.names import PROVIDER, RECOVERY
from tipcase.keyring import person as people

FORMAT = 1
ABOUT, SUMS, HISTORY = "tipcase-backup.json", "SHA256SUMS", "history/"
_PIECE = 4 * 1024 * 1024
_BRANCH = re.compile(r"refs/heads/([A-Za-z0-9][A-Za-z0-9._/-]{0,99})")


class HistoryError(MachineError):
    """Git could not give the history; the files can be packed without it."""


@dataclass
class Packed:
    """What went into an archive, and what was left out."""

    casebook: str | None = None
    files: int = 0
    size: int = 0
    history: bool = False
    left: Left = field(default_factory=Left)
    sums: list[str] = field(default_factory=list, repr=False)


def recipients(book: Book, handles: Sequence[str]) -> dict[str, str]:
    """Whom an archive is sealed to: these people or all admins, and always the recovery seed.

    Handle → age recipient, from the staff journal; ``NotFoundError`` for somebody not on the staff.
    """
    now = book.roster.now
    for handle in handles:
        if handle not in now:
            raise NotFoundError("--to names somebody who is not on the staff", "tipcase staff list")
    chosen = handles or [h for h, member in now.items() if "admin" in member.roles]
    found = {handle: now[handle].card.recipient for handle in sorted(set(chosen))}
    return {**found, RECOVERY: book.roster.recovery.recipient}


def seal(
    parts: Iterable[bytes], to: Iterable[str], passphrase: str | None
) -> Iterator[bytes | bytearray]:
    """The archive as an age file, for recipients or for a passphrase."""
    if passphrase is not None:
        lock: list[age.Recipient] = [age.passphrase_recipient(passphrase, people.WORK_FACTOR)]
    else:
        lock = [age.parse_recipient(text) for text in to]
    return age.encrypt_stream(_Source(parts), lock)


def write(parts: Iterable[bytes | bytearray], out: Path, *, force: bool) -> str:
    """Write an archive under its name, whole or not at all; returns its SHA-256.

    Raises ``FileExistsError`` where something stands there and ``force`` does not say that it may
    go.
    """
    from tipcase.files import streams

    seen: list[str] = []
    streams.deliver(out, parts, seen.append, force=force)
    return seen[0]


class _Source:
    """Parts that are read like a file."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        while not self._rest and (part := next(self._parts, None)) is not None:
            self._rest = part
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def pack(book: Book, time: str, packed: Packed, *, history: bool) -> Iterator[bytes]:
    """The tar of a casebook, part by part; what went in is counted in ``packed``.

    Raises ``LockedError`` or ``ConflictError`` when somebody else writes a case all the time, and
    ``MachineError`` when git cannot give the history.
    """
    packed.casebook = _id(book)
    repository = history and repositories.is_top(book.root) and _has_history(book.root)
    about = {
        "backup": FORMAT,
        "branch": _branch(book.root) if repository else None,
        "casebook": packed.casebook,
        "made": time,
        "staff": list(_heads(book)),
    }
    text = json.dumps(about, sort_keys=True, indent=1) + "\n"
    yield from _member(ABOUT, text.encode("ascii"), packed)
    # To the end: what is written to a case meanwhile must not build on a staff that is not in here.
    with quiet(book.staff):
        yield from _place(book, book.staff, packed)
        for place in (book.place(PROVIDER), *map(book.place, cases(book, packed.left))):
            with quiet(place):
                yield from _place(book, place, packed)
    if repository:
        for number, piece in enumerate(_pieces(_bundle(book.root))):
            packed.history = True
            yield from _member(f"{HISTORY}{number:06d}", piece, packed)
    sums = "".join(packed.sums).encode("ascii")
    yield from _member(SUMS, sums, packed)
    yield tar.END


def _id(book: Book) -> str | None:
    try:
        return book.id
    except TipcaseError:
        return None  # a damaged casebook is kept as well


def _heads(book: Book) -> Sequence[str]:
    try:
        return book.roster.heads
    except TipcaseError:
        return ()


# -- members --


def _place(book: Book, place: Place, packed: Packed) -> Iterator[bytes]:
    for path, source in files_of(book, place, packed.left):
        yield from _file(path, source, packed)


def _file(path: str, source: Path, packed: Packed) -> Iterator[bytes]:
    digest = hashlib.sha256()
    with files.opened(source, "read a file of the casebook") as stream, files.refusals("read it"):
        size = left = Path(source).stat().st_size
        yield tar.header(path, size)
        while left and (part := stream.read(min(left, files.PART))):
            digest.update(part)
            left -= len(part)
            yield part
    if left:
        raise ConflictError("a file was cut while it was copied", "run the command again")
    yield tar.padding(size)
    _count(path, size, digest.hexdigest(), packed)


def _member(name: str, data: bytes, packed: Packed) -> Iterator[bytes]:
    yield tar.header(name, len(data))
    yield data
    yield tar.padding(len(data))
    if name != SUMS:
        _count(name, len(data), files.sha256(data), packed)


def _count(path: str, size: int, digest: str, packed: Packed) -> None:
    packed.sums.append(sum_line(path, digest))
    packed.files += path != ABOUT and not path.startswith(HISTORY)
    packed.size += size


def sum_line(path: str, digest: str) -> str:
    """A line of ``SHA256SUMS``, as ``sha256sum --check`` reads it."""
    return f"{digest}  {path}\n"


# -- history --


def _has_history(root: Path) -> bool:
    with _history():
        # A bundle of nothing is refused by git: a repository without a commit has no history.
        return bool(git.run(root, "for-each-ref", "--count=1", "refs/heads", "refs/tags").strip())


@contextlib.contextmanager
def _history() -> Iterator[None]:
    try:
        yield
    except MachineError as error:
        raise HistoryError(error.sentence, error.hint) from None


def _branch(root: Path) -> str | None:
    try:
        match = _BRANCH.fullmatch(git.run(root, "symbolic-ref", "--quiet", "HEAD").strip())
    except MachineError:
        return None
    return match.group(1) if match else None


def _bundle(root: Path) -> Iterator[bytes]:
    refs = ["--branches", "--tags"]
    with contextlib.suppress(MachineError):
        git.run(root, "rev-parse", "--quiet", "--verify", "HEAD")
        refs.insert(0, "HEAD")  # so that `git clone` of the bundle knows what to check out
    with _history():
        yield from git.pour(root, "bundle", "create", "--quiet", "-", *refs)


def _pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of one size: a member's size stands before its content."""
    source = _Source(parts)
    while piece := source.read(_PIECE):
        yield piece
