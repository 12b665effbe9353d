"""Content of any size on its way to the disk: in constant memory, whole or not at all.

What arrives stands under a temporary name of random digits until its last part is there and synced,
so a failure or a crash half-way leaves nothing that has the right name.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tipcase import files

_SYNC = 32 * 1024 * 1024
# Parts that may wait to be written: what one thread loses to another process, it makes up for.
_AHEAD = 16

Part = bytes | bytearray


class _Behind:
    """Work done in order by another thread, a few steps behind whoever gives it.

    What it raises, a later step or the end of the block raises.
    """

    def __init__(self, ahead: int = _AHEAD) -> None:
        # It brings logging with it: who streams nothing does not pay for that.
        from concurrent.futures import Future, ThreadPoolExecutor

        self._pool = ThreadPoolExecutor(1)
        self._waiting: deque[Future[Any]] = deque()
        self._ahead = ahead

    def do(self, work: Callable[[Any], Any], what: Any) -> None:
        """Give one step; waits while too many are undone."""
        if len(self._waiting) >= self._ahead:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(work, what))

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            while kind is None and self._waiting:
                self._waiting.popleft().result()
        finally:
            self._pool.shutdown(cancel_futures=True)


class Hashed:
    """What is read from somewhere, hashed on its way."""

    def __init__(self, read: Callable[[int], bytes], begun: bytes = b"") -> None:
        self._read = read
        self._begun = begun
        self._sum = hashlib.sha256(begun)
        self.length = len(begun)

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""
        if self._begun:
            part, self._begun = self._begun[:size], self._begun[size:]
            return part
        part = self._read(size)
        self._sum.update(part)
        self.length += len(part)
        return part

    def rest(self) -> str:
        """The hash of everything, after reading what is left."""
        while self.read(files.PART):
            pass
        return self._sum.hexdigest()


def stage(target: Path, parts: Iterable[Part]) -> str:
    """Write content of any size durably under its temporary name; returns its SHA-256.

    In constant memory. Its hash is known at the end only: until then it stands beside the target
    under a temporary name of random digits, which the next writer deletes.
    """
    temporary, digest = _streamed(target.parent, parts)
    try:
        os.replace(temporary, files.pending_path(target, digest))
    except BaseException:
        files.remove(temporary)
        raise
    return digest


def deliver(
    path: Path, parts: Iterable[Part], check: Callable[[str], None], *, force: bool
) -> None:
    """Write content of any size to a place that somebody named, whole or not at all.

    Nothing has the name before the parts have ended without an error and ``check``, which gets
    their SHA-256, has raised none. Raises ``FileExistsError`` where something stands there and
    ``force`` does not say that it may go.
    """
    if not force and os.path.lexists(path):
        raise FileExistsError
    temporary, digest = _streamed(path.parent, parts)
    try:
        check(digest)
        if force:
            os.replace(temporary, path)
        else:
            _rename_new(temporary, path)
    except BaseException:
        files.remove(temporary)
        raise
    files.sync_folder(path.parent)


def _rename_new(temporary: Path, path: Path) -> None:
    """Rename, but never over something that came to stand there meanwhile."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links, as sticks have: only a look is left
        if os.path.lexists(path):
            raise FileExistsError from None
        os.replace(temporary, path)
    else:
        os.unlink(temporary)


def _streamed(folder: Path, parts: Iterable[Part]) -> tuple[Path, str]:
    """Write parts durably to a new file of a random name; a failure leaves nothing behind."""
    temporary = folder / f"{files.TEMP_PREFIX}{os.urandom(32).hex()}"
    descriptor = files.open_new(temporary)
    digest = hashlib.sha256()
    behind, syncing, unsynced = _Behind(), _Behind(1), 0

    def put(part: Part) -> None:
        digest.update(part)
        files.write_all(descriptor, part)

    try:
        try:
            with behind, syncing:
                for part in parts:
                    behind.do(put, part)
                    unsynced += len(part)
                    # The disk works while the next parts come, not only when all are there.
                    if unsynced >= _SYNC:
                        syncing.do(os.fsync, descriptor)
                        unsynced = 0
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        files.remove(temporary)
        raise
    return temporary, digest.hexdigest()
