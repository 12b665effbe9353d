"""The one door to files: whole writes, durable appends, links never followed, locks.

What is promised: ``replace`` leaves either the old file or the whole new one, on disk before it
returns (unless it is told that the disk need not be waited for). ``append`` adds one whole line, on
disk before it returns; a crash can leave that line without its end, which readers of journals know
how to treat. Temporary files are named by the hash of what they hold, so that a later writer can
tell a pending file from rubbish, and no name tells what is inside. Errors of the machine become
``MachineError`` with what was being done.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tipcase.errors import DamagedError, LockedError, MachineError, NotFoundError
from tipcase.files import links, locks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
# A pipe that stands where a file belongs must not make us wait for its other end.
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
PRIVATE = 0o600
# Bytes a single file of a casebook may have before we refuse to read it into memory: records and
# journals are a thousand times smaller, and a planted giant must not take the machine down.
READ_LIMIT = 256 * 1024 * 1024
TEMP_PREFIX = ".pending-"
# Bytes that are read at once of a file that may be large.
PART = 1024 * 1024
# Seconds between two tries: shorter than what a busy writer leaves free between two commands,
# so that nobody waits in vain beside somebody who writes all the time.
_LOCK_PAUSE = 0.005

_REASONS = {
    errno.ENOSPC: ("no space left", "free some space on this disk, then run the command again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space, then run the command again"),
    errno.EROFS: ("the folder is read-only", "use a folder that you may write to"),
    errno.EACCES: ("permission denied", "check who owns the folder: tipcase doctor"),
    errno.EPERM: ("permission denied", "check who owns the folder: tipcase doctor"),
    errno.EIO: ("the disk reported an error", "copy the casebook to another disk now"),
}


@contextlib.contextmanager
def refusals(doing: str) -> Iterator[None]:
    """Turn what the operating system refuses inside the block into a ``MachineError``."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise DamagedError(
                f"cannot {doing}: a link stands where a file belongs",
                "links are never followed inside a casebook: put the file itself back",
            ) from None
        reason, hint = _REASONS.get(
            error.errno or 0, ("the machine refused", "run tipcase doctor to see what is wrong")
        )
        raise MachineError(f"cannot {doing}: {reason}", hint) from None


def sha256(data: bytes) -> str:
    """The SHA-256 of the bytes, in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def exists(path: Path, doing: str = "look for a file") -> bool:
    """Whether something stands there; ``MachineError`` where the machine does not let us look."""
    with refusals(doing):
        return path.exists()


def names(folder: Path, doing: str = "look into a folder") -> list[str]:
    """The names in a folder, sorted; ``MachineError`` where the machine does not let us look."""
    with refusals(doing):
        return sorted(os.listdir(folder))


def opened(path: Path, doing: str = "read a file") -> BinaryIO:
    """A regular file, open for reading without a buffer; a link, a folder or a device is refused.

    Raises ``NotFoundError`` when it is not there, ``DamagedError`` when it is no regular file.
    """
    descriptor, _ = _open(path, doing)
    return os.fdopen(descriptor, "rb", buffering=0)


def _open(path: Path | str, doing: str, folder: int | None = None) -> tuple[int, int]:
    """A descriptor of a regular file, and its size."""
    try:
        descriptor = links.opened(path, os.O_RDONLY | _NO_WAIT, folder=folder)
    except (FileNotFoundError, NotADirectoryError):
        name = os.path.basename(path)
        raise NotFoundError(f"cannot {doing}: {name} is not there") from None
    except OSError as error:
        with refusals(doing):
            raise error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        sentence = f"cannot {doing}: {os.path.basename(path)} is not a regular file"
        raise DamagedError(sentence, "put the file itself back")
    return descriptor, status.st_size


def read(path: Path | str, doing: str = "read a file", folder: int | None = None) -> bytes:
    """The bytes of a regular file; refuses what ``opened`` does, and a giant.

    ``folder`` is the descriptor of an open folder that the path starts from.
    """
    descriptor, size = _open(path, doing, folder)
    try:
        if size > READ_LIMIT:
            raise DamagedError(
                f"cannot {doing}: {os.path.basename(path)} is larger than any file of ours",
                "run tipcase verify; take the file back from git",
            )
        data = os.read(descriptor, size + 1)
        while len(data) != size and (more := os.read(descriptor, 65_536)):
            data += more  # it grew, or came in parts
        return data
    except OSError as error:
        with refusals(doing):
            raise error
    finally:
        os.close(descriptor)


def hash_of(path: Path, doing: str = "read a file") -> str:
    """The SHA-256 of a regular file of any size, in constant memory; refuses as ``opened``."""
    digest = hashlib.sha256()
    with opened(path, doing) as stream, refusals(doing):
        while part := stream.read(PART):
            digest.update(part)
    return digest.hexdigest()


def read_all(folder: str, ending: str, doing: str = "read a folder") -> dict[str, bytes]:
    """The bytes of every file in a folder whose name has this ending, by name, sorted.

    Nothing where there is no folder. One door for batches: a list of 500 cases reads 500 folders,
    so no paths are built for it. Raises ``DamagedError`` for a link or a file in its place.
    """
    if os.open not in os.supports_dir_fd or os.listdir not in os.supports_fd:
        here = Path(folder)
        if links.is_link(here):
            raise _no_folder(doing)
        found = names(here, doing) if exists(here) else []
        return {name: read(here / name, doing) for name in found if name.endswith(ending)}
    try:
        at = links.opened(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        raise _no_folder(doing) from None
    except OSError as error:
        with refusals(doing):
            raise error
    try:
        wanted = sorted(name for name in os.listdir(at) if name.endswith(ending))
        return {name: read(name, doing, at) for name in wanted}
    except OSError as error:
        with refusals(doing):
            raise error
    finally:
        os.close(at)


def _no_folder(doing: str) -> DamagedError:
    return DamagedError(
        f"cannot {doing}: something else stands where a folder belongs",
        "links are never followed inside a casebook: put the folder itself back",
    )


def sync_folder(folder: Path) -> None:
    """Make renames and new names in the folder durable, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY | _CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_new(path: Path, mode: int = PRIVATE) -> int:
    """A descriptor to write to a file that must not exist yet."""
    return links.opened(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)


def create(path: Path, data: bytes, mode: int = PRIVATE, *, durable: bool = True) -> None:
    """Write a file that must not exist yet, durably; a failure leaves nothing behind.

    Where it is not ``durable``, losing power may leave a file that is empty or broken.
    """
    descriptor = open_new(path, mode)
    try:
        try:
            write_all(descriptor, data)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        remove(path)
        raise


def pending_path(target: Path, digest: str) -> Path:
    """The temporary name, beside its target, of content with this SHA-256."""
    return target.parent / f"{TEMP_PREFIX}{digest}"


def is_pending(name: str) -> bool:
    """Whether a name is one that ``pending_path`` gives."""
    digest = name.removeprefix(TEMP_PREFIX)
    return digest != name and len(digest) == 64 and set(digest) <= set("0123456789abcdef")


def write_pending(target: Path, data: bytes, mode: int = PRIVATE, *, durable: bool = True) -> str:
    """Write content durably under its temporary name beside the target; returns its SHA-256."""
    digest = sha256(data)
    temporary = pending_path(target, digest)
    temporary.unlink(missing_ok=True)
    create(temporary, data, mode, durable=durable)
    return digest


def replace(path: Path, data: bytes, mode: int = PRIVATE, *, durable: bool = True) -> None:
    """Put a whole new file in the place of the old one, or leave the old one as it was.

    Not to be ``durable`` is for what can be made again, and is recognised where it is broken.
    """
    digest = write_pending(path, data, mode, durable=durable)
    temporary = pending_path(path, digest)
    try:
        os.replace(temporary, path)
    except BaseException:
        remove(temporary)
        raise
    if durable:
        sync_folder(path.parent)


def append(path: Path, line: bytes, mode: int = 0o644) -> None:
    """Append bytes to a file, durably, never through a link; creates the file.

    When it fails half-way (no space, an error of the disk) what was added is cut off again, as far
    as the machine lets us.
    """
    existed = path.exists()
    descriptor = links.opened(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _NO_WAIT, mode)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise DamagedError(f"{path.name} is not a regular file", "take it back from git")
        try:
            write_all(descriptor, line)
            os.fsync(descriptor)
            if not existed:
                sync_folder(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, status.st_size)
                os.fsync(descriptor)
            if not existed:
                remove(path)
            raise
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes | bytearray) -> None:
    """Write all of the bytes, however many calls it takes."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def remove(path: Path) -> None:
    """Remove what a failure left; the failure itself is what the caller hears of."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def truncate(path: Path, size: int) -> None:
    """Cut a file back to ``size`` bytes, durably, never through a link."""
    descriptor = links.opened(path, os.O_RDWR)
    try:
        os.ftruncate(descriptor, size)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter, and those above that are missing; returns it."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    with refusals("make a private folder"):
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
    return path


def is_plain_folder(path: Path | str) -> bool:
    """Whether the path is a folder itself and not a link to one."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


@contextlib.contextmanager
def lock(path: Path, what: str, patience: float = 10.0) -> Iterator[None]:
    """Hold an exclusive lock on a lock file; ``LockedError`` after ``patience`` seconds."""
    with refusals(f"lock {what}"):
        descriptor = links.opened(path, os.O_RDWR | os.O_CREAT, PRIVATE)
    try:
        deadline = time.monotonic() + patience
        while True:
            with refusals("lock a file"):
                if locks.taken(descriptor):
                    break
            if time.monotonic() >= deadline:
                raise LockedError(
                    f"{what} is being written by another process",
                    "wait until it has finished, then run the command again",
                )
            time.sleep(_LOCK_PAUSE)
        yield
    finally:
        os.close(descriptor)
