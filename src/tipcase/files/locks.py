"""Taking the lock of an open file, as each system has it; errors are those of the system."""

from __future__ import annotations

import errno
import sys


def taken(descriptor: int) -> bool:
    """Take the lock if it is free; closing the descriptor lets go of it on every system."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True
