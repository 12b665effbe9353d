"""All versions of one record that ever counted: what each says, and what several build on.

A version on disk is found there; older ones, and those that git keeps apart, come from whoever is
asked for their bytes by hash. Nothing is believed of them but what has the hash that the journal
names.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tipcase import age, documents, files
from tipcase.casebook import record as records
from tipcase.casebook import wraps
from tipcase.casebook.case import Case
from tipcase.casebook.merge import conflicts, threeway
from tipcase.casebook.merge.conflicts import Conflict, Said
from tipcase.casebook.merge.threeway import Merged, Side
from tipcase.errors import ConflictError, DamagedError, NotFoundError, TipcaseError
from tipcase.keyring.person import Person

# The bytes of a version by its hash; None where nobody has them.
Fetch = Callable[[str], bytes | None]


@dataclass(frozen=True)
class PastVersion:
    """One version of a path that ever counted: its hash, what it replaced, its entry."""

    sha256: str
    previous: tuple[str, ...]
    sealed_to: str | tuple[str, ...] | None
    entry: str
    signer: str
    time: str


class Versions:
    """The versions of one path with what they say, each opened when it is first needed."""

    def __init__(self, case: Case, path: str, fetch: Fetch, person: Person) -> None:
        self._case, self._path, self._fetch = case, path, fetch
        self._keys = wraps.CaseKeys(case.place, case.fold, person)
        self._texts: dict[str, bytes] = {}
        self._known: dict[str, PastVersion] = {}
        for signed in case.fold.entries:
            for file in signed.entry.files:
                if file.path == path:
                    self._known[file.sha256] = PastVersion(
                        file.sha256,
                        file.previous,
                        file.sealed_to,
                        signed.id,
                        signed.entry.signer,
                        signed.entry.time,
                    )
        self.tips = [self._known[version.sha256] for version in case.fold.current.get(path, ())]

    def content(self, digest: str) -> records.Content:
        """What a version says."""
        return records.decode(self._text(digest), self._case.id)

    def join(self, digests: Sequence[str]) -> Merged:
        """Versions joined one after the other, each pair over what both build on.

        That can be several versions itself, where two people merged apart: they are joined first.
        """
        if not digests:
            return Merged({}, ())
        first, *others = digests
        content = self.content(first)
        joined = Merged(content.data, content.header.conflicts)
        seen = [first]
        for digest in others:
            base = self.join(self._shared(seen, digest))
            sides = [self._side(seen[-1], joined), self._side(digest)]
            joined = threeway.merge(base.data, sides, base.conflicts)
            seen.append(digest)
        return joined

    def attributed(self, conflict: Conflict, tips: Sequence[PastVersion]) -> Conflict:
        """A conflict whose values name who wrote them, not who wrote the version they stand in."""
        steps = conflicts.steps_of(conflict.field)
        written = {(tip.signer, tip.time) for tip in tips}
        values = [
            self._first(said, steps, tips) if (said.by, said.time) in written else said
            for said in conflict.values
        ]
        return Conflict(conflict.field, threeway.each_once(values))

    def commented(self, data: Mapping[str, Any], digests: Sequence[str]) -> Mapping[str, Any]:
        """The joined data with people's comments, as far as they can be placed."""
        from tipcase.casebook.merge import remarks

        shared = self._shared(digests[:1], digests[-1])
        base = self._document(shared[0]) if shared else documents.Mapping()
        laid = remarks.keep(data, base, [self._document(digest) for digest in digests])
        try:
            documents.dump(laid)
        except documents.DocumentError:
            return data
        return laid

    def _first(self, said: Said, steps: tuple[str, ...], tips: Sequence[PastVersion]) -> Said:
        """The same value with the person and time of the version that brought it in."""
        brought: list[PastVersion] = []
        waiting = [tip.sha256 for tip in tips if self._says(tip.sha256, steps, said.value)]
        seen = set(waiting)
        while waiting:
            version = self._known[waiting.pop()]
            older = [one for one in version.previous if self._says(one, steps, said.value)]
            if not older:
                brought.append(version)
            waiting += [one for one in older if one not in seen]
            seen.update(older)
        if not brought:
            return said
        first = min(brought, key=lambda version: (version.time, version.entry))
        return Said(first.signer, first.time, said.value)

    def _says(self, digest: str, steps: tuple[str, ...], value: Any) -> bool:
        """Whether a version is known, can be opened and holds a value."""
        try:
            data = self.content(digest).data
        except TipcaseError:
            return False
        return conflicts.same(conflicts.at(data, steps), value)

    def _side(self, digest: str, joined: Merged | None = None) -> Side:
        version = self._known[digest]
        if joined is None:
            content = self.content(digest)
            joined = Merged(content.data, content.header.conflicts)
        return Side(joined.data, version.signer, version.time, version.entry, joined.conflicts)

    def _shared(self, some: Sequence[str], other: str) -> list[str]:
        """The latest versions that both build on, sorted by their entries."""
        ours = set().union(*(self._below(digest) for digest in some))
        both = ours & self._below(other)
        older = set().union(*(self._below(digest) - {digest} for digest in both))
        return sorted(both - older, key=lambda digest: self._known[digest].entry)

    def _below(self, digest: str) -> set[str]:
        """A version and all that it builds on."""
        found: set[str] = set()
        waiting = [digest]
        while waiting:
            one = waiting.pop()
            if one in self._known and one not in found:
                found.add(one)
                waiting += self._known[one].previous
        return found

    def _document(self, digest: str) -> Any:
        text = records.body(self._text(digest))
        return documents.read(text).tree if text.strip() else documents.Mapping()

    def _text(self, digest: str) -> bytes:
        if digest not in self._texts:
            identities = self._keys.identities(self._known[digest].sealed_to)
            try:
                self._texts[digest] = age.decrypt(self._bytes(digest), identities)
            except age.NoMatchError:
                raise DamagedError(
                    f"a version of {self._path} of {self._case.id} is not sealed to the keys that "
                    "its entry names",
                    f"tipcase log {self._case.id} shows who wrote it: ask them",
                ) from None
        return self._texts[digest]

    def _bytes(self, digest: str) -> bytes:
        target = self._case.place.root / self._path
        for place in (files.pending_path(target, digest), target):
            with contextlib.suppress(NotFoundError):
                data = files.read(place, f"read {self._path}")
                if files.sha256(data) == digest:
                    return data
        fetched = self._fetch(digest)
        if fetched is None or files.sha256(fetched) != digest:
            raise ConflictError(
                f"a version of {self._path} of {self._case.id} is nowhere here",
                "fetch all of the history from whoever wrote it: git fetch --unshallow",
            )
        return fetched
