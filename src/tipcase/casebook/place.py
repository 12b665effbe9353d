"""A place: a folder whose files a journal decides about. Cases, provider and staff are alike."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tipcase import files
from tipcase.errors import DamagedError

if TYPE_CHECKING:
    from tipcase.journal.lines import Lines

JOURNAL_SUFFIX = ".journal"


class Place(NamedTuple):
    """Where the files of a case (or the staff, or the provider) and its journals stand."""

    case: str
    root: Path
    journal: Path

    @property
    def lock(self) -> Path:
        """The lock file of the place, ignored by git."""
        return self.journal.parent / ".lock"

    def journal_file(self, handle: str) -> Path:
        """The journal that this person alone writes."""
        return self.journal / f"{handle}{JOURNAL_SUFFIX}"

    def journals(self) -> dict[str, bytes]:
        """The bytes of every journal here by handle; a link in a journal's place is refused."""
        return read_journals(str(self.journal.parent), self.journal.name)


def read_journals(folder: str, name: str = "journal") -> dict[str, bytes]:
    """The bytes of every journal below a folder, by handle.

    Takes text, not paths: the list of a large casebook comes by here once for every case.
    """
    if not files.is_plain_folder(folder) and files.exists(Path(folder)):
        raise DamagedError(
            f"{os.path.basename(folder)} is not a folder",
            "links are never followed inside a casebook: put the folder itself back",
        )
    found = files.read_all(os.path.join(folder, name), JOURNAL_SUFFIX, "read a journal")
    return {name.removesuffix(JOURNAL_SUFFIX): data for name, data in found.items()}


def digest(journals: dict[str, bytes]) -> str:
    """One hash over all journals of a place: the same bytes, the same hash."""
    parts = [f"{handle}:{files.sha256(journals[handle])}" for handle in sorted(journals)]
    return files.sha256("\n".join(parts).encode("utf-8"))


def read_lines(journals: dict[str, bytes]) -> list[Lines]:
    """The lines of every journal of a place.

    A file whose name is no handle's is nobody's journal, and ``verify`` says so.
    """
    # What is remembered of a case needs no look at the lines: `list` must stay quick.
    from tipcase.journal import lines
    from tipcase.journal.names import HANDLE

    return [
        lines.read(data, handle)
        for handle, data in sorted(journals.items())
        if HANDLE.match(handle) is not None
    ]
