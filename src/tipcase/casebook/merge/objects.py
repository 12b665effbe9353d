"""What git still holds of a casebook's files, found by the SHA-256 of their bytes.

The journal names bytes by their hash, git by an id of its own. So bytes that a merge put aside, or
that a checkout took away, are found here: in the index, in every version of their path that any
commit holds, and in the end among everything that git has. Nothing is fetched, and nobody is
believed: what is found has exactly the hash that was asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from tipcase import files, git
from tipcase.git import joins


class Objects:
    """The objects of the repository that a casebook stands in; none where it stands in none."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, str] = {}
        self._looked: set[str] = set()

    @cached_property
    def here(self) -> bool:
        """Whether there is a git and the casebook stands in a repository."""
        return git.available() and git.top_level(self._root) is not None

    @cached_property
    def unmerged(self) -> Mapping[str, Mapping[int, str]]:
        """The paths that git could not join: path → stage → object id."""
        return joins.unmerged(self._root) if self.here else {}

    def find(self, path: str, digest: str) -> bytes | None:
        """The bytes of this hash, which stood at this path once; None when git has them not."""
        if not self.here:
            return None
        for look in (self._index, self._history, self._everywhere):
            if digest not in self._known:
                look(path)
        oid = self._known.get(digest)
        data = joins.content(self._root, oid) if oid is not None else None
        return data if data is not None and files.sha256(data) == digest else None

    def content(self, oid: str) -> bytes:
        """The content of one object that the index names."""
        return joins.content(self._root, oid)

    def holds(self, path: Path) -> bool:
        """Whether git has exactly the bytes of a file: taking it off the disk loses nothing."""
        return self.here and joins.has(self._root, joins.object_id(self._root, path))

    def versions(self, *paths: str) -> list[tuple[str, bytes]]:
        """Every version that git holds of files at or below some paths: path and bytes."""
        if not self.here:
            return []
        names = {
            oid: path
            for oid, path in git.history(self._root, paths)
            # What the index holds is listed whatever its path.
            if any(path == one or path.startswith(f"{one}/") for one in paths)
        }
        contents = ((oid, b"".join(parts)) for oid, parts in git.blobs(self._root, names))
        return [(names[oid], data) for oid, data in contents]

    def _index(self, path: str) -> None:
        self._learn(self.unmerged.get(path, {}).values())

    def _history(self, path: str) -> None:
        self._learn(oid for oid, found in git.history(self._root, [path]) if found == path)

    def _everywhere(self, _path: str) -> None:
        # What a dropped stash or an amended commit held: seldom asked for, and slow.
        if "" not in self._looked:
            self._looked.add("")
            self._learn(joins.loose_ends(self._root))

    def _learn(self, oids: Iterable[str]) -> None:
        fresh = [oid for oid in oids if oid not in self._looked]
        self._looked.update(fresh)
        if not fresh:
            return
        for oid, parts in git.blobs(self._root, fresh):
            digest = hashlib.sha256()
            for part in parts:
                digest.update(part)
            self._known[digest.hexdigest()] = oid


def stage(root: Path, paths: Iterable[str]) -> None:
    """Tell git that these paths are joined, as they stand."""
    wanted = list(paths)
    if wanted:
        joins.stage(root, wanted)
