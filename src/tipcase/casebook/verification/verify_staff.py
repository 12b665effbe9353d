"""The part of ``verify`` that looks at the staff, and at the casebook's folder as a whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from tipcase import files
from tipcase.casebook import derived
from tipcase.casebook.book import OWN_FOLDERS, Book
from tipcase.casebook.verification import strangers, verdict
from tipcase.casebook.verification.strangers import Tree
from tipcase.casebook.verification.verdict import Checked, Verdict
from tipcase.errors import NotFoundError, TipcaseError
from tipcase.journal.entry import Signed
from tipcase.journal.names import PROVIDER, STAFF
from tipcase.journal.roster import Roster

_PARTS = {".gitattributes", ".gitignore", "casebook.yaml", "staff", "cases", PROVIDER, *OWN_FOLDERS}


def look(book: Book, cases: list[str]) -> Checked:
    """The staff journal, the signed and the derived files, and what stands around them."""
    damage: list[str] = []
    warnings: list[str] = []
    counted: tuple[Signed, ...] = ()
    entries: list[Signed] = []
    with verdict.noted(damage):
        lines = book.staff_lines
        entries = [signed for part in lines for signed in part.entries]
        warnings += verdict.unfinished(lines)
        damage += verdict.cut("the staff journal", book.pins, entries)
        damage += [*verdict.missing(entries), *book.line_damage]
    with verdict.noted(damage):
        counted = tuple(book.roster.entries)
        damage += [problem.text for problem in book.roster.problems if problem.damage]
        warnings += [problem.text for problem in book.roster.problems if not problem.damage]
        wrong, late = _derived(book)
        damage += wrong
        warnings += late
    with verdict.noted(damage):
        damage += [_unsigned(book.root, path) for path in book.changed_files()]
    with verdict.noted(damage):
        damage += _git_files(book.root)
    with verdict.noted(damage):
        found = [strangers.tree(book.root / name, f"{name}/") for name in ("staff", *OWN_FOLDERS)]
        warnings += verdict.pending(path for part in found for path in part.files)
        warnings += verdict.pending(files.names(book.root))
        warnings += _neighbours(book.root)
        damage += [*_root(book.root), *_strangers(book, found, cases)]
    return Checked(
        Verdict(STAFF, verdict.torn(damage), tuple(warnings)),
        verdict.links(counted),
        verdict.links(verdict.others(entries, counted)),
        judged=bool(counted),
        converted=bool(damage) and verdict.converted(book.staff),
    )


def _derived(book: Book) -> tuple[list[str], list[str]]:
    """Damage and warnings about the files that follow from the staff journal."""
    wrong = verdict.not_derived(book.root, derived.files_of(book.roster))
    earlier = _earlier(book) if wrong else {}
    late = earlier.keys() - verdict.not_derived(book.root, earlier)
    damage = [
        verdict.marked(book.root, path) or f"{path} is not what the journals say"
        for path in wrong
        if path not in late
    ]
    return damage, [f"{path} lacks the last change of the staff" for path in wrong if path in late]


def _unsigned(root: Path, path: str) -> str:
    return verdict.marked(root, path) or f"{path} is not what an admin signed"


def _earlier(book: Book) -> Mapping[str, bytes]:
    """The derived files of the staff before its last entry: what a crash right after it leaves."""
    roster = book.roster
    before = [s for s in roster.graph.order if s.id not in roster.heads]
    if len(roster.heads) != 1 or not before:
        return {}
    return derived.files_of(Roster(before, pinned=roster.casebook))


def _git_files(root: Path) -> Iterator[str]:
    """.gitattributes and .gitignore must keep their lines: git could change or leak files."""
    for name, expected in derived.GIT_FILES.items():
        try:
            data = files.read(root / name, f"read {name}")
        except NotFoundError:
            yield f"{name} is gone"
            continue
        if derived.git_lines(data) != derived.git_lines(expected):
            yield verdict.marked(root, name) or f"{name} is not as tipcase wrote it"


def _root(root: Path) -> Iterator[str]:
    """The casebook's own parts must be files and folders themselves."""
    for name in files.names(root):
        if name in _PARTS and (root / name).is_symlink():
            yield f"a link stands where {name} of the casebook belongs: links are never followed"
        if name == ".gitmodules":
            yield "a .gitmodules stands in the casebook: it names repositories for git to fetch"
    yield from strangers.neighbours(root, _PARTS | {".git"})


def _neighbours(root: Path) -> Iterator[str]:
    """What somebody put beside the casebook's own files, such as a card on its way to the staff.

    It is a warning: nothing reads it, and .gitignore keeps it out of every commit.
    """
    for name in files.names(root):
        if name not in _PARTS and name != ".git" and not name.startswith(files.TEMP_PREFIX):
            yield "a file in the casebook's folder is no part of it: if it is plaintext, delete it"


def _strangers(book: Book, found: list[Tree], cases: list[str]) -> Iterator[str]:
    """Names in the casebook's own folders that have no business there."""
    with contextlib.suppress(TipcaseError):
        for name in files.names(book.root / "cases") if cases else ():
            if name not in cases and name != ".lock" and not name.startswith(".new-"):
                yield "a file in the folder of the cases is no case"
    staff, *own = found
    known = {derived.ROSTER, derived.SIGNERS, "staff/.lock"}
    known |= {f"staff/journal/{lines.signer}.journal" for lines in book.staff_lines}
    yield from strangers.sentences(staff, known)
    for part in own:
        # What is signed of them has been compared already; here only what no file may be.
        yield from strangers.sentences(part, set(part.files))
