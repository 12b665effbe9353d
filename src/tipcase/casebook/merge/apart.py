"""Versions of one path that were written apart, made into one that replaces them all."""

from __future__ import annotations

import contextlib

from tipcase import age, files
from tipcase.casebook import record as records
from tipcase.casebook import revision
from tipcase.casebook.attachments import sealed_file
from tipcase.casebook.case import Case
from tipcase.casebook.merge.versions import Fetch
from tipcase.casebook.revision import Joined
from tipcase.casebook.wraps import ORDINARY, RESTRICTED, CaseKeys
from tipcase.casebook.writing import NewFile
from tipcase.errors import ConflictError, NotFoundError
from tipcase.keyring.person import Person


def join(case: Case, path: str, fetch: Fetch, person: Person) -> Joined:
    """One version out of those that are current; raises as ``revision.merged`` does."""
    if sealed_file.is_attachment(path):
        return _attachment(case, path, fetch, person)
    return revision.merged(case, path, fetch, person)


def _attachment(case: Case, path: str, fetch: Fetch, person: Person) -> Joined:
    """An attachment never changes: its versions are one content, sealed to other keys."""
    keys = CaseKeys(case.place, case.fold, person)
    found = case.fold.current[path]
    contents = set()
    for version in found:
        data = _on_disk(case, path, version.sha256) or fetch(version.sha256)
        if data is None:
            raise ConflictError(
                f"a version of {path} of {case.id} is not here",
                "fetch the work of whoever wrote it: git fetch --all, then tipcase merge",
            )
        contents.add(age.decrypt(data, keys.identities(version.sealed_to)))
    if len(contents) != 1:
        raise ConflictError(
            f"{path} of {case.id} was written twice with other contents",
            f"tipcase log {case.id} shows who wrote it: ask them",
        )
    restricted = any(version.sealed_to == RESTRICTED for version in found)
    named = next((v.sealed_to for v in found if isinstance(v.sealed_to, tuple)), None)
    wanted = named or (RESTRICTED if restricted else ORDINARY)
    sealed_to, to = revision.addressed(case, wanted)
    previous = tuple(sorted(version.sha256 for version in found))
    new = NewFile(records.seal(contents.pop(), *to), previous, sealed_to)
    return Joined(new, (), path.removesuffix(".age"))


def _on_disk(case: Case, path: str, digest: str) -> bytes | None:
    target = case.place.root / path
    for candidate in (target, files.pending_path(target, digest)):
        with contextlib.suppress(NotFoundError):
            data = files.read(candidate, "read an attachment")
            if files.sha256(data) == digest:
                return data
    return None
