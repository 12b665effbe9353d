"""Large sealed files of a case on the disk: written, read and sealed anew in constant memory.

A hash that does not fit is told at the end of a stream at the latest; until then nothing of it is
to be kept.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import IO, Any

from tipcase import age, files
from tipcase.casebook import writing
from tipcase.casebook.case import Case
from tipcase.casebook.wraps import CaseKeys
from tipcase.casebook.writing import NewFile
from tipcase.errors import DamagedError, NotFoundError
from tipcase.files import streams

FOLDER = "attachments/"


def stage(
    case: Case,
    path: str,
    source: Any,
    recipients: Sequence[str],
    sealed_to: str | tuple[str, ...],
    previous: tuple[str, ...] = (),
) -> NewFile:
    """Seal what a source holds under a temporary name, ready to be written with an entry."""
    target = case.place.root / path
    with files.refusals("write to the casebook"):
        writing.make_folder(case.place, target.parent)
        to = [age.parse_recipient(recipient) for recipient in recipients]
        digest = streams.stage(target, age.encrypt_stream(source, to))
    return NewFile(b"", previous, sealed_to, staged=digest)


def resealed(
    case: Case,
    path: str,
    keys: CaseKeys,
    recipients: Sequence[str],
    sealed_to: str | tuple[str, ...],
) -> NewFile:
    """An attachment sealed anew to recipients, under its temporary name, ready to be written.

    ``sealed_to`` is what the entry will say. Streamed; the old bytes are checked on the way.
    """
    version = case.current(path)
    with plaintext(case, path, keys) as parts:
        return stage(case, path, _Joined(parts), recipients, sealed_to, (version.sha256,))


class _Joined:
    """Parts of at most one block of age's, to be read as from a file."""

    def __init__(self, parts: Iterator[streams.Part]) -> None:
        self._parts = parts

    def read(self, size: int) -> streams.Part:
        return next(self._parts, b"")


def is_attachment(path: str) -> bool:
    """Whether a path of a case is an attachment's."""
    return path.startswith(FOLDER)


@contextlib.contextmanager
def plaintext(case: Case, path: str, keys: CaseKeys) -> Iterator[Iterator[streams.Part]]:
    """The padded plaintext of a believed attachment, part by part.

    Raises ``DamagedError`` at the end of the parts, at the latest, where the file is not what the
    journal names.
    """
    with opened(case, path) as stream:
        source = hashed(stream)
        identities = keys.identities(case.current(path).sealed_to)
        yield _believed(case, path, source, identities)


def _believed(
    case: Case, path: str, source: streams.Hashed, identities: list[Any]
) -> Iterator[streams.Part]:
    expected = case.current(path).sha256
    try:
        yield from age.decrypt_stream(source, identities)
    except age.AgeError as error:
        # What is wrong with it, the journal can say better.
        if source.rest() != expected:
            raise case.disbelief(path, source.rest()) from None
        if isinstance(error, age.NoMatchError):
            raise DamagedError(
                f"{path} of {case.id} is not sealed to the keys that its entry names",
                f"tipcase log {case.id} shows who wrote it: ask them",
            ) from None
        raise
    if source.rest() != expected:
        raise case.disbelief(path, source.rest())


def opened(case: Case, path: str) -> IO[bytes]:
    """The file of a path, under the name that an unfinished write leaves it under, if so."""
    target = case.place.root / path
    if not files.is_plain_folder(target.parent):
        raise case.disbelief(path, None)
    for candidate in (files.pending_path(target, case.current(path).sha256), target):
        with contextlib.suppress(NotFoundError):
            return files.opened(candidate, "read an attachment")
    raise case.disbelief(path, None)


def hashed(stream: IO[bytes]) -> streams.Hashed:
    """An open file of a case, hashed as it is read."""

    def read(size: int) -> bytes:
        with files.refusals("read an attachment"):
            return stream.read(size)

    return streams.Hashed(read)
