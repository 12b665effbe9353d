"""The unlocked identity: in a folder in RAM, for a stated time, readable by its owner alone.

The next command after the end time removes it. Nothing stronger stands behind that end yet: who
holds the machine before the next command holds the identity.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tipcase import files, settings
from tipcase.errors import DamagedError, MachineError, NotFoundError


@dataclass(frozen=True)
class Unlocked:
    """An identity that is unlocked until a time (UTC)."""

    until: datetime
    identity: str = field(repr=False)


def _path(home: Path) -> Path | None:
    folder = settings.ram_folder()
    if folder is None:
        return None
    return folder / hashlib.sha256(str(home).encode("utf-8")).hexdigest()[:16]


def store(home: Path, identity: str, until: datetime) -> None:
    """Keep an identity in RAM until a time; ``MachineError`` where there is no folder in RAM."""
    path = _path(home)
    if path is None:
        raise MachineError(
            "this machine has no folder in RAM to keep an unlocked identity in",
            "give the passphrase at each command instead",
        )
    own_folder(path.parent)
    content = {"until": until.isoformat(), "identity": identity}
    with files.refusals("keep the identity in RAM"):
        files.replace(path, json.dumps(content).encode("utf-8"))


def read(home: Path, now: datetime) -> Unlocked | None:
    """The unlocked identity, or None; one whose time is over is removed here."""
    path = _path(home)
    if path is None or not os.path.lexists(path.parent):
        return None
    _own(path.parent)
    if not files.exists(path):
        return None
    try:
        content = json.loads(files.read(path, "read the unlocked identity"))
        found = Unlocked(datetime.fromisoformat(content["until"]), str(content["identity"]))
        over = found.until <= now
    except (ValueError, KeyError, TypeError, NotFoundError):
        over = True
    if over:
        remove(home)
        return None
    return found


def remove(home: Path) -> bool:
    """Remove the unlocked identity; whether there was one."""
    path = _path(home)
    if path is None or not files.exists(path):
        return False
    with files.refusals("remove the unlocked identity"):
        path.unlink(missing_ok=True)
    return True


def own_folder(folder: Path) -> Path:
    """Make a folder in RAM where it is missing; ``DamagedError`` if it is not this person's."""
    files.private_folder(folder)
    _own(folder)
    return folder


def _own(folder: Path) -> None:
    """Refuse a folder in RAM that somebody else made, opened to others, or replaced by a link."""
    status = folder.lstat()
    mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    if not files.is_plain_folder(folder) or not mine or status.st_mode & 0o077:
        raise DamagedError(
            "the folder in RAM for what is unlocked or edited is not this person's alone",
            f"find out who made {folder}, remove it, then run the command again",
        )
