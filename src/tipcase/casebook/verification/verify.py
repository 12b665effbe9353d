"""``verify``: every signature, every hash, every file of a casebook, without any key.

What it finds is damage (something is torn, forged, missing, cut or put back, or would be changed
by git) or a warning. It believes nothing that is remembered but the pins. Every file is read once,
and one thing that is wrong never hides another.
"""

from __future__ import annotations

from collections.abc import Iterable

from tipcase.casebook import parallel
from tipcase.casebook.book import Book
from tipcase.casebook.verification import gitstate, verify_staff
from tipcase.casebook.verification.chains import device_chains
from tipcase.casebook.verification.verdict import Checked, Damage, Verdict, torn
from tipcase.casebook.verification.verify_case import look as _look
from tipcase.errors import DamagedError, TipcaseError
from tipcase.journal.names import PROVIDER

__all__ = ["Checked", "Verdict", "verify"]


def verify(book: Book, cases: Iterable[str] | None = None) -> list[Verdict]:
    """The verdicts on the staff, the provider and all cases, or on some cases and the staff."""
    everything = cases is None
    known = _known(book)
    wanted = [PROVIDER, *known] if cases is None else list(cases)
    staff = verify_staff.look(book, known)
    if staff.judged:
        checked = list(parallel.each(_case, book, wanted))
    else:
        checked = [_unjudged(case) for case in wanted]
    for item in checked:
        if item.row is not None:
            book.state.put(item.row, item.ids)
    git = _git(book, wanted, converted=any(item.converted for item in (staff, *checked)))
    first = _joined(staff.verdict, torn(git.damage), git.warnings)
    if everything and staff.judged:
        every = (staff, *checked)
        gaps, twice = device_chains(
            (item for part in every for item in part.entries),
            (item for part in every for item in part.aside),
        )
        first = _joined(first, tuple(Damage(text, "gap") for text in gaps), twice)
    if everything and first.ok:
        book.pin()
        book.state.save()
    return [first, *(item.verdict for item in checked)]


def _known(book: Book) -> list[str]:
    """The cases that are there or were seen; none where their folder cannot be read."""
    try:
        return book.all_case_ids()
    except DamagedError:
        return sorted(book.state.known() - {PROVIDER})


def _git(book: Book, cases: Iterable[str], *, converted: bool) -> gitstate.State:
    found = [case for case in cases if case != PROVIDER]
    return gitstate.look(book.root, found, converted=converted)


def _joined(verdict: Verdict, damage: Iterable[Damage], warnings: Iterable[str]) -> Verdict:
    found = (*verdict.found, *damage)
    return Verdict(verdict.case, found, (*verdict.warnings, *warnings))


def _unjudged(case_id: str) -> Checked:
    text = "nobody can say who may have written this case: the staff journal is damaged"
    return Checked(Verdict(case_id, torn([text]), ()))


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
