"""Opening a file and never a link to one, also where the system has no word for that.

Windows knows no ``O_NOFOLLOW``: there the name is looked at right before it is opened. Whoever can
put a link in between the two can write to the folder anyway, and what is read is believed by its
hash alone.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_BINARY = getattr(os, "O_BINARY", 0)
# A junction is Windows' other kind of link to a folder; its tag, from winnt.h.
_JUNCTION = 0xA0000003


def opened(path: Path | str, flags: int, mode: int = 0o600, folder: int | None = None) -> int:
    """A descriptor, as ``os.open`` gives it, that no child inherits; a link is ``ELOOP``.

    ``folder`` is the descriptor of an open folder that the path starts from.
    """
    if not _NO_FOLLOW and is_link(path):
        taken = errno.EEXIST if flags & os.O_EXCL else errno.ELOOP
        raise OSError(taken, "a link stands where a file belongs")
    return os.open(path, flags | _NO_FOLLOW | _BINARY | _CLOEXEC, mode, dir_fd=folder)


def is_link(path: Path | str) -> bool:
    """Whether a link stands there, or a junction of Windows."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that is in it, following no link; ``OSError`` where it stays.

    Windows removes nothing that is marked as read-only, as every object of git is.
    """
    import shutil

    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not is_link(os.path.join(here, name))]
        for name in names:
            path = os.path.join(here, name)
            if not is_link(path) and not os.stat(path).st_mode & stat.S_IWUSR:
                os.chmod(path, 0o600)
    shutil.rmtree(folder)
