"""Reading an archive: every name held to those of a casebook, every byte to ``SHA256SUMS``.

Anybody can put an archive together and seal it to anybody. What is read here goes into a folder of
our own under names that no system takes for another, or nowhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tipcase import age, files
from tipcase.casebook.backup import tar
from tipcase.casebook.backup.archive import ABOUT, FORMAT, HISTORY, SUMS, sum_line
from tipcase.casebook.backup.inventory import is_ours
from tipcase.casebook.naming import is_device
from tipcase.casebook.verification.verdict import Verdict
from tipcase.errors import ConflictError, DamagedError
from tipcase.files import links
from tipcase.journal.entry import HASH

# A casebook of the country's stress test has some hundred thousand files.
MOST_FILES = 4_000_000
_ABOUT_LIMIT = 1024 * 1024
_PIECE_LIMIT = 16 * 1024 * 1024
BUNDLE = "history.bundle"
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")


@dataclass
class Restored:
    """What came out of an archive."""

    casebook: str | None
    made: str
    branch: str | None = None
    files: int = 0
    size: int = 0
    # None: there was none; False: git would not take it.
    history: bool | None = None
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def damaged(self) -> list[str]:
        """The cases (or ``staff``, ``provider``) in which something is damaged or forged."""
        return [verdict.case for verdict in self.verdicts if not verdict.ok]


class _Archive:
    """The plaintext of an archive, given in exact portions."""

    def __init__(self, parts: Iterator[bytes | bytearray]) -> None:
        self._parts = parts
        self._rest = memoryview(b"")

    def take(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            if not self._rest:
                part = next(self._parts, None)
                if part is None:
                    raise _not_whole()
                self._rest = memoryview(part)
                continue
            wanted = size - len(found)
            found += self._rest[:wanted]
            self._rest = self._rest[wanted:]
        return bytes(found)

    def end(self) -> None:
        """Raise unless nothing follows; only now the age file is known to be whole."""
        if self._rest or any(self._parts):
            raise _not_whole()


class _Names:
    """The names that came so far: each once, on every file system."""

    def __init__(self) -> None:
        self._spelled: dict[str, str] = {}
        self._files: set[str] = set()

    def take(self, path: str) -> None:
        """Take a path, or raise ``DamagedError`` for one that no casebook can have."""
        if not is_ours(path) or is_device(path):
            raise DamagedError(
                "the archive holds a file that no casebook has", "nothing was restored"
            )
        parts = path.split("/")
        for length in range(1, len(parts) + 1):
            prefix = "/".join(parts[:length])
            known = self._spelled.get(prefix.casefold())
            whole = length == len(parts)
            twice = known is not None and (whole or known != prefix)
            if twice or prefix.casefold() in self._files:
                raise DamagedError(
                    "the archive holds two files that some systems take for one",
                    "nothing was restored",
                )
            self._spelled[prefix.casefold()] = prefix
        self._files.add(path.casefold())
        if len(self._files) > MOST_FILES:
            raise DamagedError("the archive holds more files than any casebook has")


def unpack(
    archive: IO[bytes], identities: Iterable[age.Identity], casebook: str | None, new: Path | None
) -> Restored:
    """Read an archive to its end, into a folder or nowhere; the sums and the end are checked.

    ``casebook`` is the id that it must have, if any. The history is left as the file ``BUNDLE``.
    """
    source = _Archive(age.decrypt_stream(archive, list(identities)))
    about = _about(source)
    if casebook not in (None, about["casebook"]):
        raise another()
    sums = [about["sum"]]
    restored = Restored(about["casebook"], about["made"], about["branch"])
    names, pieces = _Names(), 0
    while (member := tar.read_header(source)) is not None:
        name, size = member
        if name == SUMS:
            _check_sums(source, size, sums)
            continue
        if sums[-1:] == [""]:
            raise _not_whole()
        if name == f"{HISTORY}{pieces:06d}" and size <= _PIECE_LIMIT:
            pieces += 1
            target = new / BUNDLE if new else None
        else:
            names.take(name)
            restored.files += 1
            target = new / name if new else None
        restored.size += size
        digest = _store(tar.content(source, size), target, more=name.startswith(HISTORY))
        sums.append(sum_line(name, digest))
    if sums[-1:] != [""]:
        raise _not_whole()
    source.end()
    restored.history = True if pieces else None
    return restored


def _check_sums(source: _Archive, size: int, sums: list[str]) -> None:
    """The sums must be those of what came; an empty line marks that they were there."""
    expected = "".join(sums).encode("ascii")
    if sums[-1:] == [""] or size != len(expected):
        raise _not_whole()
    if b"".join(tar.content(source, size)) != expected:
        raise _not_whole()
    sums.append("")


def _about(source: _Archive) -> dict[str, Any]:
    """What the archive says it is, with the line of its own sum."""
    member = tar.read_header(source)
    if member is None or member[0] != ABOUT or member[1] > _ABOUT_LIMIT:
        raise DamagedError("this is not an archive that tipcase backup made", "name the right file")
    data = b"".join(tar.content(source, member[1]))
    try:
        about = json.loads(data.decode("ascii"))
    except (ValueError, RecursionError):
        about = None
    if isinstance(about, dict) and about.get("backup") not in (None, FORMAT):
        raise DamagedError(
            "the archive is of a later format", "install a newer tipcase, then restore it"
        )
    if not (isinstance(about, dict) and _well_formed(about)):
        raise DamagedError("the archive does not say what it is", "nothing was restored")
    return {**about, "sum": sum_line(ABOUT, files.sha256(data))}


def _well_formed(about: Mapping[str, Any]) -> bool:
    casebook, branch = about.get("casebook"), about.get("branch")
    return (
        set(about) == {"backup", "branch", "casebook", "made", "staff"}
        and type(about["backup"]) is int
        and (casebook is None or (isinstance(casebook, str) and bool(HASH.match(casebook))))
        and (branch is None or (isinstance(branch, str) and bool(_BRANCH.fullmatch(branch))))
        and isinstance(about["made"], str)
        and len(about["made"]) < 40
    )


def _store(parts: Iterator[bytes], target: Path | None, *, more: bool) -> str:
    """Write a member durably, or nowhere; returns its hash."""
    digest = hashlib.sha256()
    if target is None:
        for part in parts:
            digest.update(part)
        return digest.hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o600 if target.name.endswith(".age") or more else 0o644
    if more and target.exists():
        descriptor = links.opened(target, os.O_WRONLY | os.O_APPEND)
    else:
        descriptor = files.open_new(target, mode)
    try:
        for part in parts:
            digest.update(part)
            files.write_all(descriptor, part)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return digest.hexdigest()


def another() -> ConflictError:
    """The refusal of another casebook than the one that was asked for."""
    return ConflictError(
        "the archive is of another casebook than the one that was asked for",
        "compare the id with a colleague's: tipcase staff list --json",
    )


def _not_whole() -> DamagedError:
    return DamagedError(
        "the archive is not whole: it was cut or put together by somebody",
        "take another copy of it; nothing was restored",
    )
