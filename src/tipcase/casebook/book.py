"""A casebook: its folder, its staff, its signed head, and the law it follows.

Opening a casebook checks that its staff journal begins with the entry that this machine has
pinned, that it has not been cut, and that casebook.yaml and the office's own schemas and
templates are what an admin signed. What is not is refused; the last signed bytes stay in force.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tipcase import files
from tipcase.casebook import place as places
from tipcase.casebook.place import JOURNAL, Place
from tipcase.casebook.state import State
from tipcase.errors import DamagedError, LockedError, NotFoundError, UsageError
from tipcase.journal.names import PROVIDER, STAFF
from tipcase.keyring.trust import Trust

if TYPE_CHECKING:
    from tipcase.casebook.config import Config
    from tipcase.journal.lines import Lines
    from tipcase.journal.roster import Roster
    from tipcase.law import Edition

PINS = "book"
# The plain head of a casebook; config.py reads it.
HEAD = "casebook.yaml"
# Folders of the office's own law and layout; every file in them is signed by an admin.
OWN_FOLDERS = ("schemas", "templates")
# What makes a folder an edition of its own, not only something laid over another.
EDITION_HEAD = "edition.yaml"
EDITION_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}\Z")


class Book:
    """An open casebook. Nothing of it is written here; ``writing`` and ``staff`` do that."""

    def __init__(self, root: Path, home: Path, journals: dict[str, bytes] | None = None) -> None:
        """``journals`` stand in for those of the staff on disk, while they are being mended."""
        self.root = root
        self.home = home
        self.trust = Trust(home, root)
        self.state = State(self.trust)
        self.staff = Place(STAFF, root, root / "staff" / JOURNAL)
        self._cases = root / "cases"
        self._pinned: dict[str, Any] | None = self.trust.load(PINS)
        self._journals = self.staff.journals() if journals is None else journals
        self.staff_digest = places.digest(self._journals)
        self._seen_before = self._pinned is not None and self._pinned["staff"] == self.staff_digest

    @property
    def first_seen(self) -> bool:
        """Whether nothing of this working copy was pinned on this machine before."""
        return self._pinned is None

    # -- the staff --

    @property
    def pins(self) -> tuple[str, ...]:
        """The heads of the staff that this machine has seen."""
        return tuple(self._pinned["heads"]) if self._pinned else ()

    @cached_property
    def staff_lines(self) -> list[Lines]:
        """The lines of the staff journals."""
        return places.read_lines(self._journals)

    @cached_property
    def roster(self) -> Roster:
        """The staff journal, judged; its pins checked."""
        # What is remembered needs no look at who is on the staff: `list` must stay quick.
        from tipcase.journal.roster import Roster

        if any(lines.unknown for lines in self.staff_lines):
            raise DamagedError(
                "the staff journal holds an entry that this tipcase does not know",
                "install a newer tipcase; if there is none, run tipcase verify",
            )
        entries = [signed for lines in self.staff_lines for signed in lines.entries]
        pinned = self._pinned["casebook"] if self._pinned else None
        roster = Roster(entries, pinned=pinned)
        if any(head not in roster.graph.number for head in self.pins):
            raise DamagedError(
                "the staff journal was cut: an entry that this machine has seen is gone",
                f"{places.REPAIR}; else get the staff folder from a colleague",
            )
        return roster

    @cached_property
    def damage(self) -> list[str]:
        """What is wrong with the staff journals: who may do what is then not sure."""
        problems = [problem.text for problem in self.roster.problems if problem.damage]
        return [*self.line_damage, *problems]

    @cached_property
    def line_damage(self) -> list[str]:
        """What is wrong with lines of the staff journals, whoever signed the others."""
        return places.line_damage(self._journals, self.staff_lines)

    def news(self, heads: Iterable[str] | None = None) -> list[str]:
        """What everybody should hear of the staff, since these heads or since it was last seen."""
        if heads is None and (self._seen_before or not self.pins):
            return []
        seen = self.roster.graph.below(self.pins if heads is None else heads) or 0
        told = [problem for problem in self.roster.problems if problem.kind == "told"]
        number = self.roster.graph.number
        return [problem.text for problem in told if not seen >> number[problem.entry] & 1]

    @property
    def id(self) -> str:
        """The casebook's id: the hash of its first entry."""
        if self._seen_before and self._pinned is not None:
            return str(self._pinned["casebook"])
        return self.roster.casebook

    # -- what an admin signs --

    @cached_property
    def signed_files(self) -> dict[str, tuple[str, ...]]:
        """The hashes in force of casebook.yaml and the office's own files, by path."""
        if self._seen_before and self._pinned is not None:
            return {path: tuple(hashes) for path, hashes in self._pinned["files"].items()}
        return signed_files(self.roster)

    def changed_files(self) -> list[str]:
        """The paths of the office's files that differ from what is signed, sorted."""
        changed = []
        found = {path.relative_to(self.root).as_posix(): path for path in own_files(self.root)}
        for path in sorted(found.keys() | self.signed_files.keys()):
            signed = self.signed_files.get(path, ())
            if path == HEAD and self._head() is not None:
                continue
            if (
                path not in found
                or files.sha256(files.read(found[path], "read the casebook's head")) not in signed
            ):
                changed.append(path)
        return changed

    def _head(self) -> bytes | None:
        """The signed bytes of casebook.yaml, or None when it is not what was signed.

        A crash between the entry and the rename leaves them under their temporary name.
        """
        target = self.root / HEAD
        signed = self.signed_files.get(HEAD, ())
        for candidate in (target, *(files.pending_path(target, digest) for digest in signed)):
            try:
                data = files.read(candidate, "read casebook.yaml")
            except NotFoundError:
                continue
            if files.sha256(data) in signed:
                return data
        return None

    def pending(self) -> dict[Path, Path | None]:
        """For each signed file, the temporary name that an unfinished write leaves it under."""
        return {
            files.pending_path(self.root / path, digest): self.root / path
            for path, hashes in self.signed_files.items()
            for digest in (hashes if len(hashes) == 1 else ())
        }

    @cached_property
    def config(self) -> Config:
        """The head of the casebook in force: what is signed, also when the file was edited."""
        data = self._head()
        if data is None:
            signed = self.signed_files.get(HEAD, ())
            kept = [self.trust.kept(digest) for digest in signed]
            data = next((item for item in kept if item is not None), None)
        if data is None:
            raise _unsigned(self.root, [HEAD])
        from tipcase.casebook import config

        return config.decode(data)

    def check(self) -> None:
        """Refuse a casebook whose staff journals are damaged or whose signed files were edited.

        What was seen is pinned otherwise.
        """
        # The journals that were pinned were whole: `list` need not look at them again.
        if not self._seen_before and self.damage:
            raise DamagedError(
                f"the staff journal is damaged: {self.damage[0]}",
                f"run tipcase verify; {places.REPAIR}; else get the staff folder from a colleague",
            )
        changed = self.changed_files()
        if changed:
            raise _unsigned(self.root, changed)
        self.pin()

    def pin(self) -> None:
        """Remember the casebook's id, the staff heads and the signed bytes, unless damaged."""
        if self._seen_before or self.damage:
            return
        pins = {
            "casebook": self.roster.casebook,
            "heads": list(self.roster.heads),
            "staff": self.staff_digest,
            "files": {path: list(hashes) for path, hashes in self.signed_files.items()},
        }
        # Another process that is writing pins at least as much: then it is left to the next time.
        with contextlib.suppress(LockedError), files.lock(self.trust.lock_path(), "the device", 1):
            others = self.trust.load(PINS)
            if others is not None and self.roster.graph.below(others["heads"]) is None:
                return
            for path in self.signed_files:
                head = self._head() if path == HEAD else None
                self.trust.keep(head or files.read(self.root / path, "read the casebook's head"))
            self.trust.save(PINS, pins)

    # -- law and cases --

    @cached_property
    def edition(self) -> Edition:
        """The edition that the casebook follows, with the office's own schemas over it."""
        return load_edition(self.config.edition, self.root)

    def place(self, case: str) -> Place:
        """Where a case (or ``provider``) stands."""
        root = self.root / PROVIDER if case == PROVIDER else self._cases / case
        return Place(case, root, root / JOURNAL)

    def case_ids(self) -> list[str]:
        """The ids of the cases that have a folder here, sorted."""
        from tipcase.casebook.naming import is_case_id

        folder = self.root / "cases"
        if not files.exists(folder):
            return []
        if not files.is_plain_folder(folder):
            raise DamagedError("the folder of the cases is not a folder")
        return [name for name in files.names(folder) if is_case_id(name)]

    def all_case_ids(self) -> list[str]:
        """The cases that have a folder and those that this machine has seen, sorted."""
        return sorted({*self.case_ids(), *(self.state.known() - {PROVIDER})})


def load_edition(name: str, root: Path | None = None) -> Edition:
    """An edition by name, with the ``schemas/`` of a casebook over it where there are any.

    An edition that is not shipped stands in the casebook's ``schemas/`` as a whole.
    """
    from tipcase import law

    folders = edition_folders(name, root) if EDITION_NAME.match(name) else []
    if not folders or not (folders[0] / EDITION_HEAD).is_file():
        raise DamagedError(
            "the casebook follows an edition that this tipcase does not have",
            "install the version of tipcase that the casebook was made with, or a newer one",
        )
    own = root is not None and any(folder.is_relative_to(root) for folder in folders)
    return law.load(folders) if own else _shipped(folders[0])


@cache
def _shipped(folder: Path) -> Edition:
    """A shipped edition, read and compiled once however many casebooks a program opens."""
    from tipcase import law

    return law.load(folder)


def edition_folders(name: str, root: Path | None = None) -> list[Path]:
    """Where an edition stands: the shipped folder, then the casebook's own; those that are there.

    ``UsageError`` for what is no name of an edition: it is a folder's name too.
    """
    from tipcase import resources

    if EDITION_NAME.match(name) is None:
        raise UsageError(
            "an edition is named by small letters, digits and dashes", "such as kh-2009"
        )
    folders = [resources.path("schemas") / name]
    folders += [root / "schemas" / name] if root is not None else []
    return [folder for folder in folders if folder.is_dir()]


def find(start: Path) -> Path:
    """The casebook that a folder is in: the nearest parent with a part of one, as git does.

    Either part will do: a casebook that lost the other is damaged, not absent. A folder that is not
    there is in no casebook, although the folder in which its name was typed may be.
    """
    start = Path(os.path.abspath(start))
    for folder in (start, *start.parents) if start.is_dir() else ():
        if (folder / HEAD).exists() or (folder / "staff" / JOURNAL).is_dir():
            return folder
    raise NotFoundError(
        "no casebook here", "go into one, name it with --casebook DIR, or make one: tipcase init"
    )


def own_files(root: Path) -> Iterator[Path]:
    """casebook.yaml and every file of the office's own schemas and templates."""
    head = root / HEAD
    if head.exists():
        yield head
    for name in OWN_FOLDERS:
        folder = root / name
        if folder.is_symlink():
            raise DamagedError(f"the folder {name} is a link", "put the folder itself there")
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if files.is_pending(path.name):
                continue  # what an unfinished write left is nobody's law; verify warns
            if path.is_symlink() or not path.is_dir():
                from tipcase.casebook.naming import check_own_file

                check_own_file(path.relative_to(root).as_posix())
                yield path


def signed_files(roster: Roster) -> dict[str, tuple[str, ...]]:
    """The hashes in force of every file that the staff journal signs, by path.

    Two when two admins signed different bytes without seeing each other; none when an entry says
    that the file is gone.
    """
    live: dict[str, list[tuple[int, str]]] = {}
    for signed in roster.entries:
        at = roster.graph.number[signed.id]
        for version in signed.entry.files:
            kept = [
                (other, digest)
                for other, digest in live.get(version.path, [])
                if not roster.graph.has_seen(at, other)
            ]
            live[version.path] = [*kept, (at, version.sha256)]
    gone = files.sha256(b"")
    found = {path: tuple(digest for _, digest in pairs) for path, pairs in live.items()}
    return {path: hashes for path, hashes in found.items() if hashes != (gone,)}


def _unsigned(root: Path, changed: list[str]) -> DamagedError:
    hint = "an admin who wants the change signs it: tipcase settings --accept; "
    gone = not any(files.exists(root / path) for path in changed)
    hint += places.REPAIR if gone else "to drop it, take the file back from git"
    return DamagedError(f"not what an admin signed: {', '.join(changed[:5])}", hint)
