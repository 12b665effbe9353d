"""A place: a folder whose files a journal decides about. Cases, provider and staff are alike."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tipcase import files
from tipcase.errors import DamagedError, NotFoundError

if TYPE_CHECKING:
    from tipcase.journal.lines import Lines

# The folder of a place that holds its journals.
JOURNAL = "journal"
JOURNAL_SUFFIX = ".journal"
# How the lines begin that git puts into a file where two sides changed the same place: the names of
# the sides may follow, and the second stands in the diff3 style alone.
MARKS = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")
# What most damage is answered with: `repair` finds in git what the journals name.
REPAIR = "tipcase repair brings it back, where git has it"
_CHANGED_END = b"\r\n"


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
        return read_journals(*os.path.split(self.journal))


def read_journals(folder: str, name: str = JOURNAL) -> dict[str, bytes]:
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


def hash_at(path: Path) -> str | None:
    """The hash of a file, or None where no file stands."""
    try:
        return files.hash_of(path)
    except NotFoundError:
        return None


def digest(journals: dict[str, bytes]) -> str:
    """One hash over all journals of a place: the same bytes, the same hash."""
    parts = [f"{handle}:{files.sha256(journals[handle])}" for handle in sorted(journals)]
    return files.sha256("\n".join(parts).encode("utf-8"))


def read_lines(journals: dict[str, bytes], *, known: bool = False) -> list[Lines]:
    """The lines of every journal of a place; ``known`` as ``journal.lines`` has it.

    A file whose name is no handle's is nobody's journal, and ``verify`` says so.
    """
    # What is remembered of a case needs no look at the lines: `list` must stay quick.
    from tipcase.journal import lines
    from tipcase.journal.names import HANDLE

    return [
        lines.read(data, handle, known=known)
        for handle, data in sorted(journals.items())
        if HANDLE.match(handle) is not None
    ]


def line_damage(journals: dict[str, bytes], lines: list[Lines]) -> list[str]:
    """What is wrong with lines of a place's journals, a sentence each.

    Where git or an editor changed a whole file, that is said once and not for every line.
    """
    found: list[str] = []
    for part in lines:
        data, damage = journals[part.signer], list(part.damage)
        name = f"{part.signer}{JOURNAL_SUFFIX}"
        if has_marks(data):
            found.append(f"git's conflict marks stand in {name}: tipcase merge puts it right")
            at = [n for n, line in enumerate(data.split(b"\n"), 1) if line.startswith(MARKS)]
            damage = [text for text in damage if not _is_about(text, name, at)]
        if _CHANGED_END in data:
            found.append(
                f"the line ends of {name} were changed (CRLF in the place of LF), by git's "
                "core.autocrlf or by an editor: tipcase repair puts them back"
            )
            at = [n for n, line in enumerate(data.split(b"\n"), 1) if line.endswith(b"\r")]
            damage = [text for text in damage if not _is_about(text, name, at)]
        found += damage
    return found


def is_converted(journals: dict[str, bytes]) -> bool:
    """Whether the line ends of a journal were changed, by git or by an editor."""
    return any(_CHANGED_END in data for data in journals.values())


def _is_about(text: str, name: str, numbers: list[int]) -> bool:
    """Whether a sentence of ``journal.lines`` is about one of these lines."""
    words = text.removeprefix(f"{name} line ")
    return words != text and int(words.partition(":")[0]) in numbers


def has_marks(data: bytes) -> bool:
    """Whether git's conflict marks stand in a text: an opening and a closing one."""
    if MARKS[0] not in data or MARKS[3] not in data:
        return False  # as good as always: no need to look at the lines
    lines = data.split(b"\n")
    return any(line.startswith(MARKS[0]) for line in lines) and any(
        line.startswith(MARKS[3]) for line in lines
    )


def without_marks(data: bytes) -> bytes:
    """A text without git's conflict marks; both sides stay."""
    kept = [line for line in data.split(b"\n") if not line.startswith(MARKS)]
    return b"\n".join(kept)
