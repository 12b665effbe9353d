"""Earlier bytes of a casebook's files, out of git's objects, found by path and by hash.

Git keeps what was committed, on any branch, and what the index and the reflog still name. Bytes
from there are believed for one reason alone: their hash is one that a journal names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from tipcase import files, git
from tipcase.casebook.place import JOURNAL_SUFFIX
from tipcase.errors import MachineError

# A version of a record or journal is far smaller; attachments are taken in parts.
_LIMIT = files.READ_LIMIT


class History:
    """What git has of a casebook, or of some paths below it; empty where there is no git."""

    def __init__(self, root: Path, paths: Collection[str] = ()) -> None:
        self._root = root
        self._paths = tuple(paths)

    @cached_property
    def at_hand(self) -> bool:
        """Whether there is a repository, and a git that takes it for one."""
        if not git.available() or not any(
            (folder / ".git").exists() for folder in (self._root, *self._root.parents)
        ):
            return False
        return git.top_level(self._root) is not None

    @cached_property
    def objects(self) -> dict[str, list[str]]:
        """The ids of the versions of each path, newest first."""
        found: dict[str, list[str]] = {}
        if self.at_hand:
            try:
                for oid, path in git.history(self._root, self._paths):
                    found.setdefault(path, []).append(oid)
            except MachineError:
                return {}
        return found

    @cached_property
    def last(self) -> dict[str, str]:
        """The files of the last commit: path → object id."""
        return git.tree(self._root, *self._paths) if self.at_hand else {}

    @cached_property
    def journals(self) -> dict[str, list[str]]:
        """The paths of the journals that any commit, the index or the reflog has, by folder."""
        return _by_folder(self.objects)

    @cached_property
    def last_journals(self) -> dict[str, list[str]]:
        """The paths of the journals of the last commit, by folder."""
        return _by_folder(self.last)

    def versions(self, path: str) -> Iterator[bytes]:
        """Every version of a file that git has, newest first."""
        for _, parts in git.blobs(self._root, self.objects.get(path, ())):
            yield _whole(parts)

    def committed(self, path: str) -> bytes | None:
        """The file as the last commit has it, or None."""
        oid = self.last.get(path)
        for _, parts in git.blobs(self._root, [oid] if oid else []):
            return _whole(parts)
        return None

    def locate(self, wanted: Mapping[str, Collection[str]]) -> dict[str, str]:
        """Where wanted bytes are: hash → object id, for hashes wanted of each path.

        The versions of the path itself are looked at first, then whatever else stands, or stood,
        below the same folder. Contents go by in parts.
        """
        found: dict[str, str] = {}
        for path, hashes in wanted.items():
            self._search(self.objects.get(path, ()), set(hashes), found)
        left = {digest for hashes in wanted.values() for digest in hashes} - found.keys()
        if left:
            folders = {path.rpartition("/")[0] for path in wanted}
            near = [
                oid
                for path, oids in self.objects.items()
                if path not in wanted and path.endswith(".age") and _below(path, folders)
                for oid in oids
            ]
            self._search(near, left, found)
        return found

    def _search(self, oids: Collection[str], wanted: set[str], found: dict[str, str]) -> None:
        missing = wanted - found.keys()
        if not missing or not oids:
            return
        for oid, parts in git.blobs(self._root, oids):
            digest = hashlib.sha256()
            for part in parts:
                digest.update(part)
            if digest.hexdigest() in missing:
                found[digest.hexdigest()] = oid
                missing.discard(digest.hexdigest())
            if not missing:
                return

    def parts(self, oid: str) -> Iterator[bytes]:
        """The content of an object, in parts."""
        for _, parts in git.blobs(self._root, [oid]):
            yield from parts

    def read(self, wanted: Mapping[str, Collection[str]]) -> dict[str, bytes]:
        """Bytes by their hash, of those hashes that are wanted of each path and that git has."""
        found = self.locate(wanted)
        hashes = {oid: digest for digest, oid in found.items()}
        return {hashes[oid]: _whole(parts) for oid, parts in git.blobs(self._root, list(hashes))}


def _by_folder(paths: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        if path.endswith(JOURNAL_SUFFIX):
            found.setdefault(path.rpartition("/")[0], []).append(path)
    return found


def _below(path: str, folders: Collection[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders if folder)


def _whole(parts: Iterator[bytes]) -> bytes:
    """All of a content that a record or journal can have; a longer one is cut: it is no match."""
    data = bytearray()
    for part in parts:
        data += part
        if len(data) > _LIMIT:
            break
    return bytes(data)
