"""A folder of files that appears whole or not at all.

The files are written beside the place that was named, in a private folder of a random name, synced,
and moved there by one rename. An earlier export is replaced only where it was asked for, and only
where the folder holds nothing but an export of ours: nobody's other files are deleted.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tipcase import files
from tipcase.errors import ConflictError, NotFoundError, TipcaseError

MANIFEST = "manifest.json"
# What a manifest of ours begins with, so that we know our own folder again.
MADE_BY = "tipcase export"


def check(target: Path, *, force: bool) -> None:
    """Refuse a place where no export can stand, before anything is read for it."""
    with files.refusals("write the export"):
        if not target.parent.is_dir():
            raise NotFoundError(
                "the folder for the export is not there", "make it, or name another"
            )
        if not os.path.lexists(target):
            return
        if not files.is_plain_folder(target):
            raise ConflictError("what is named with --out is no folder", "name a new folder")
        if not any(target.iterdir()):
            return
        if not force:
            raise ConflictError(
                "there is a folder of this name that is not empty",
                "name a new folder; --force replaces an earlier export",
            )
        if not _is_ours(target):
            raise ConflictError(
                "the folder holds more than an export, and nothing of it is replaced",
                "name a new folder",
            )


def deliver(target: Path, contents: Mapping[str, bytes], *, force: bool) -> None:
    """Write the files as the folder ``target``: all of them, or nothing."""
    check(target, force=force)
    with files.refusals("write the export"):
        fresh = _beside(target)
        try:
            fresh.mkdir(mode=0o700)
            for name, data in contents.items():
                files.create(fresh / name, data)
            files.sync_folder(fresh)
            _put(fresh, target)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        files.sync_folder(target.parent)


def _put(fresh: Path, target: Path) -> None:
    """One rename; what stood there is put aside first, and back if the rename fails."""
    if not target.exists():
        os.rename(fresh, target)
        return
    old = _beside(target)
    os.rename(target, old)
    try:
        os.rename(fresh, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.rename(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _beside(target: Path) -> Path:
    return target.parent / f"{files.TEMP_PREFIX}{os.urandom(16).hex()}"


def _is_ours(folder: Path) -> bool:
    """Whether the folder holds an export of ours and nothing that is not of it."""
    try:
        manifest: Any = json.loads(files.read(folder / MANIFEST))
        named = {file["name"] for file in manifest["files"]} | {MANIFEST}
        # An export has no folders: what somebody put into one of such a name is theirs.
        plain = all(one.is_file() and not one.is_symlink() and one.name in named
                    for one in folder.iterdir())  # fmt: skip
        return plain and bool(manifest["made_by"] == MADE_BY)
    except (TipcaseError, ValueError, KeyError, TypeError, RecursionError):
        return False
