"""The folder in RAM for what is unlocked or edited: this person's own, or refused."""

from __future__ import annotations

import os
from pathlib import Path

from tipcase import files
from tipcase.errors import DamagedError


def own_folder(folder: Path) -> Path:
    """Make a folder in RAM where it is missing; ``DamagedError`` if it is not this person's."""
    files.private_folder(folder)
    check_own(folder)
    return folder


def check_own(folder: Path) -> None:
    """Refuse a folder in RAM that somebody else made, opened to others, or replaced by a link."""
    if not is_own(folder):
        raise DamagedError(
            "the folder in RAM for what is unlocked or edited is not this person's alone",
            f"find out who made {folder}, remove it, then run the command again",
        )


def is_own(folder: Path) -> bool:
    """Whether a folder is there, and this person's alone."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return files.is_plain_folder(folder) and mine and not status.st_mode & 0o077
