"""What comes to be attached: bytes from a file or a pipe, read once and measured on the way."""

from __future__ import annotations

import os
import stat
from typing import IO

from tipcase import documents, files
from tipcase.casebook.attachments import content_type
from tipcase.errors import ConflictError, UsageError
from tipcase.files import streams

# An hour of a phone's video; an endless input must not fill the disk before it is refused.
LIMIT = 1024 * 1024 * 1024
_READING = "read the file to attach"


class Incoming:
    """The bytes to attach, and behind them the zeros with which they are sealed.

    Raises ``ConflictError`` when a file changes while it is read, ``UsageError`` when there is more
    than an attachment may have.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._start = _offset(stream)
        self._status = _regular(stream)
        self._taken = 0
        head = b""
        while len(head) < content_type.HEAD and (part := self._next(files.PART)):
            head += part
        self._content = streams.Hashed(self._next, head)
        self._padding: int | None = None
        self.type = content_type.of(head[: content_type.HEAD])

    @property
    def length(self) -> int:
        """How many bytes it has, as far as it was read."""
        return self._content.length

    def read(self, size: int) -> bytes:
        """The next bytes of what is sealed; none at its end."""
        if self._padding is None:
            part = self._content.read(size)
            if part:
                return part
            self._unchanged()
            self._padding = documents.padded_length(self.length) - self.length
        zeros = min(size, self._padding)
        self._padding -= zeros
        return bytes(zeros)

    def finish(self) -> str:
        """The hash of the content, after reading what is left of it."""
        digest = self._content.rest()
        self._unchanged()
        return digest

    def _next(self, size: int) -> bytes:
        with files.refusals(_READING):
            part = self._stream.read(size) or b""
        self._taken += len(part)
        if self._status is not None and self._start + self._taken > self._status[0]:
            raise _changed()
        if self._taken > LIMIT:
            raise UsageError(
                "the file is larger than an attachment may be: 1 GiB",
                "make it smaller, or keep it elsewhere and write where it is kept",
            )
        return part

    def _unchanged(self) -> None:
        if self._status is None:
            return
        if _regular(self._stream) != self._status or self._start + self.length != self._status[0]:
            raise _changed()


def _changed() -> ConflictError:
    return ConflictError(
        "the file changed while it was read: nothing was attached",
        "wait until whatever writes it has finished, then run the command again",
    )


def _offset(stream: IO[bytes]) -> int:
    """Where reading begins: an input can be a file that was read in part."""
    try:
        return stream.tell()
    except OSError:  # a pipe
        return 0


def _regular(stream: IO[bytes]) -> tuple[int, int] | None:
    """Size and time of change of an open regular file; None for a pipe."""
    try:
        status = os.fstat(stream.fileno())
    except OSError:  # a stream in memory
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None
