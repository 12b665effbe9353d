"""``verify``: every signature, every hash, every file of a casebook, without any key.

What it finds is damage (something is torn, forged, missing, cut or put back) or a warning. It
believes nothing that is remembered but the pins.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from tipcase import files
from tipcase.casebook import derived, writing
from tipcase.casebook.book import Book, staff_entries
from tipcase.casebook.case import Case
from tipcase.casebook.chains import device_chains
from tipcase.casebook.change import case_yaml
from tipcase.casebook.wraps import wrap_path
from tipcase.errors import DamagedError, NotFoundError, TipcaseError
from tipcase.journal.entry import Signed
from tipcase.journal.names import PROVIDER, STAFF
from tipcase.journal.roster import Roster


@dataclass(frozen=True)
class Verdict:
    """What verify found of one case (or of ``staff`` or ``provider``)."""

    case: str
    damage: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is damaged or forged."""
        return not self.damage


@dataclass(frozen=True)
class Checked:
    """One case checked: its verdict and its entries (for the chains of devices).

    ``entries`` count, ``aside`` do not or could not be judged. ``judged`` is False where the staff
    journal cannot say who may have written anything.
    """

    verdict: Verdict
    entries: tuple[Signed, ...] = ()
    aside: tuple[Signed, ...] = ()
    judged: bool = True


def verify(book: Book, cases: Iterable[str] | None = None) -> list[Verdict]:
    """The verdicts on the staff, the provider and all cases, or on some cases and the staff."""
    everything = cases is None
    wanted = [PROVIDER, *book.all_case_ids()] if cases is None else list(cases)
    staff = _staff(book)
    checked = [_case(book, case) if staff.judged else _unjudged(case) for case in wanted]
    verdicts = [staff.verdict, *(item.verdict for item in checked)]
    if everything and staff.judged:
        entries = [s for item in (staff, *checked) for s in item.entries]
        gaps, twice = device_chains(entries, [s for item in (staff, *checked) for s in item.aside])
        if gaps or twice:
            known = staff.verdict
            verdicts[0] = Verdict(STAFF, (*known.damage, *gaps), (*known.warnings, *twice))
    if everything and verdicts[0].ok:
        book.pin()
        book.state.save()
    return verdicts


# -- the staff --


def _staff(book: Book) -> Checked:
    damage: list[str] = []
    warnings: list[str] = []
    judged = False
    try:
        roster = book.roster
        judged = True
        lines = book.staff_lines
        damage += book.damage
        warnings += [problem.text for problem in roster.problems if not problem.damage]
        warnings += [_unfinished(part.signer) for part in lines if part.unfinished is not None]
        changed = book.changed_files()
        damage += [f"{path} is not what an admin signed" for path in changed]
        wrong = _derived(book.root, derived.files_of(roster))
        earlier = _earlier(book) if wrong else {}
        late = earlier.keys() - _derived(book.root, earlier)
        damage += [f"{path} is not what the journals say" for path in wrong if path not in late]
        warnings += [f"{path} lacks the last change of the staff" for path in wrong if path in late]
        damage += list(_git_files(book.root))
        damage += list(_strangers(book))
        warnings += list(_neighbours(book.root))
        warnings += [_pending() for _ in writing.pending_files(book.staff)]
    except TipcaseError as error:
        damage.append(error.sentence)
    verdict = Verdict(STAFF, tuple(damage), tuple(warnings))
    counted = tuple(book.roster.entries) if judged else ()
    return Checked(verdict, counted, _others(staff_entries(book), counted), judged)


def _others(entries: Iterable[Signed], counted: Iterable[Signed]) -> tuple[Signed, ...]:
    """The entries that are not among those that count."""
    known = {signed.id for signed in counted}
    return tuple(signed for signed in entries if signed.id not in known)


def _derived(root: Path, expected: Mapping[str, bytes]) -> list[str]:
    """The paths of derived files that are not there as expected."""
    wrong = []
    for path, data in expected.items():
        try:
            if files.read(root / path, f"read {path}") != data:
                wrong.append(path)
        except (NotFoundError, DamagedError):
            wrong.append(path)
    return wrong


def _earlier(book: Book) -> Mapping[str, bytes]:
    """The derived files of the staff before its last entry: what a crash right after it leaves."""
    roster = book.roster
    before = [s for s in roster.graph.order if s.id not in roster.heads]
    if len(roster.heads) != 1 or not before:
        return {}
    return derived.files_of(Roster(before, pinned=roster.casebook))


def _git_files(root: Path) -> Iterator[str]:
    """.gitattributes and .gitignore must keep their lines: git could change or leak files."""
    for name, expected in (
        (".gitattributes", derived.GIT_ATTRIBUTES),
        (".gitignore", derived.GIT_IGNORE),
    ):
        try:
            lines = files.read(root / name, f"read {name}").splitlines()
        except NotFoundError:
            yield f"{name} is gone"
            continue
        if [line for line in lines if line and not line.startswith(b"#")] != [
            line for line in expected.splitlines() if line and not line.startswith(b"#")
        ]:
            yield f"{name} is not as tipcase wrote it"


def _neighbours(root: Path) -> Iterator[str]:
    """What somebody put beside the casebook's own files, such as a card on its way to the staff.

    It is a warning: nothing reads it, and .gitignore keeps it out of every commit.
    """
    known = {".git", ".gitattributes", ".gitignore", "casebook.yaml", "staff", "cases"}
    known |= {PROVIDER, "schemas", "templates"}
    for name in files.names(root):
        if name not in known and not name.startswith(files.TEMP_PREFIX):
            yield "a file in the casebook's folder is no part of it: if it is plaintext, delete it"


def _strangers(book: Book) -> Iterator[str]:
    """Names in the casebook's own folders that have no business there."""
    cases = book.case_ids()
    for name in files.names(book.root / "cases") if cases else ():
        if name not in cases and name != ".lock" and not name.startswith(".new-"):
            yield "a file in the folder of the cases is no case"
    known = {derived.ROSTER, derived.SIGNERS, "staff/.lock"}
    known |= {f"staff/journal/{lines.signer}.journal" for lines in book.staff_lines}
    yield from _unnamed(book.root, book.root / "staff", known)


# -- a case --


def _unjudged(case_id: str) -> Checked:
    text = "nobody can say who may have written this case: the staff journal is damaged"
    return Checked(Verdict(case_id, (text,), ()))


def _case(book: Book, case_id: str) -> Checked:
    """One case; where it is damaged, looked at until nobody writes to it meanwhile."""
    checked, quiet = _look(book, case_id), False
    while not checked.verdict.ok and not quiet:
        before = _journals(book, case_id)
        checked = _look(book, case_id)
        quiet = _journals(book, case_id) == before
    return checked


def _journals(book: Book, case_id: str) -> dict[str, bytes]:
    try:
        return book.place(case_id).journals()
    except TipcaseError:
        return {}


def _look(book: Book, case_id: str) -> Checked:
    damage: list[str] = []
    warnings: list[str] = []
    entries: list[Signed] = []
    counted: tuple[Signed, ...] = ()
    try:
        case = Case(book, case_id)
        entries += [s for lines in case.lines for s in lines.entries]
        damage += case.damage
        counted = case.fold.entries
        damage += [problem.text for problem in case.fold.problems if problem.damage]
        warnings += [problem.text for problem in case.fold.problems if not problem.damage]
        warnings += [_unfinished(part.signer) for part in case.lines if part.unfinished is not None]
        damage += list(_records(case))
        damage += list(_wraps(case))
        wrong = _derived(case.place.root, {"case.yaml": case_yaml(case_id)})
        damage += [f"{path} is not what the journals say" for path in wrong]
        damage += list(_unknown(case))
        pending = writing.pending_files(case.place)
        warnings += [_pending() for path in pending]
        if not damage:
            case.remember()
    except NotFoundError:
        damage.append("the folder of the case is not there")
    except TipcaseError as error:
        damage.append(error.sentence)
    verdict = Verdict(case_id, tuple(damage), tuple(warnings))
    return Checked(verdict, counted, _others(entries, counted))


def _records(case: Case) -> Iterator[str]:
    """Every path must hold its current version."""
    for path, versions in case.fold.current.items():
        if len(versions) > 1:
            yield f"{path} has two versions that were written apart"
            continue
        try:
            case.believed(path)
        except TipcaseError as error:
            yield error.sentence


def _wraps(case: Case) -> Iterator[str]:
    """Every signed wrap must be there, with a hash that was signed."""
    for (generation, handle, kind), hashes in sorted(case.fold.wraps.items()):
        path = wrap_path(generation, handle, kind)
        target = case.place.root / path
        for candidate in (target, *(files.pending_path(target, digest) for digest in hashes)):
            try:
                good = files.sha256(files.read(candidate, f"read {path}")) in hashes
            except NotFoundError:
                continue
            except TipcaseError as error:
                yield error.sentence
                break
            if not good:
                yield f"{path} is not the key that the journal names"
            break
        else:
            yield f"{path} is gone"


def _unknown(case: Case) -> Iterator[str]:
    """Files, links and folders that neither the journal nor the format names."""
    known = {"case.yaml", ".lock", *case.fold.current}
    known |= {wrap_path(*key) for key in case.fold.wraps}
    known |= {f"journal/{lines.signer}.journal" for lines in case.lines}
    yield from _unnamed(case.place.root, case.place.root, known)


def _unnamed(root: Path, top: Path, known: Set[str]) -> Iterator[str]:
    """What stands below ``top`` and is not known by its path in ``root``; links always."""
    for folder, folders, names in os.walk(top):
        base = Path(folder)
        for name in sorted(names):
            path = (base / name).relative_to(root).as_posix()
            plain = (base / name).is_file() and not (base / name).is_symlink()
            if not plain or not (path in known or files.is_pending(name)):
                yield _stranger(path)
        for name in folders:
            if (base / name).is_symlink():
                yield "a link stands where a folder belongs"


def _stranger(path: str) -> str:
    """How a file that nobody signed is called: its name only where it has a record's form."""
    from tipcase.casebook.naming import parse_record_file

    if "/" not in path and parse_record_file(path):
        return f"{path} is named in no journal: nobody signed it"
    return "a file is named in no journal: nobody signed it"


def _unfinished(handle: str) -> str:
    return f"the last line of {handle}.journal is unfinished: {handle}'s next write mends it"


def _pending() -> str:
    return "an unfinished write: the next write to this case mends it"
