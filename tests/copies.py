"""Copies of folders for tests: thousands are made, so only what a test can see is copied."""

from __future__ import annotations

import os
from pathlib import Path


def copied(source: Path, target: Path) -> Path:
    """A folder with its files, links and permissions at a place where nothing is; gives the place.

    ``shutil.copytree`` also copies times and extended attributes, and takes half as long again.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _copy(os.fspath(source), os.fspath(target))
    return target


def _copy(source: str, target: str) -> None:
    os.mkdir(target)
    with os.scandir(source) as entries:
        for entry in entries:
            there = f"{target}/{entry.name}"
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), there)
            elif entry.is_dir():
                _copy(entry.path, there)
            else:
                _copy_file(entry.path, there, entry.stat().st_mode & 0o777)
    os.chmod(target, os.stat(source).st_mode & 0o777)


def _copy_file(source: str, target: str, mode: int) -> None:
    with open(source, "rb", buffering=0) as stream:
        data = stream.read()
    with open(target, "wb", buffering=0) as new:
        new.write(data)
    os.chmod(target, mode)
