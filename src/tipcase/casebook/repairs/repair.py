"""``repair``: what can be mended without believing anything new, and without signing anything.

What there is to do ``mendplan`` finds out. Each file is replaced whole; running it again goes on
where a crash ended it. What stood in the place of a file is kept in ``$TIPCASE_HOME/trust``, under
its hash, where it is of a bearable size. Nothing that is found on disk is ever signed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tipcase import files
from tipcase.casebook import writing
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.naming import is_case_id
from tipcase.casebook.place import Place
from tipcase.casebook.repairs.history import History
from tipcase.casebook.repairs.mendplan import CasePlan, Plan, StaffPlan, parts_of
from tipcase.casebook.verification import verify_case
from tipcase.errors import ConflictError, TipcaseError
from tipcase.files import streams
from tipcase.journal.names import PROVIDER
from tipcase.keyring.person import Person


@dataclass(frozen=True)
class Outcome:
    """What was mended of one case (or the staff, or the provider), and what was not."""

    case: str
    done: tuple[str, ...]
    left: tuple[str, ...]


def repair(
    book: Book, cases: list[str] | None, person: Person | None, *, dry_run: bool
) -> list[Outcome]:
    """Mend the staff and the cases named, or everything; with ``dry_run`` only say what would be.

    ``person`` is who runs it, for the last line of their own journal; None where no key is at hand.
    """
    history = History(book.root)
    staff = partial(StaffPlan, book.root, book.home, history, person)
    outcomes = [_run(book.staff, staff, dry_run=dry_run)]
    # With the staff mended; where nothing is written, as it would be.
    found = staff().journals if dry_run and not outcomes[0].left else None
    book = Book(book.root, book.home, found)
    for case in cases if cases is not None else _every(book, history):
        place = book.place(case)
        plan = partial(CasePlan, book, place, history, person)
        outcomes.append(_run(place, plan, dry_run=dry_run))
    return [outcome for outcome in outcomes if outcome.done or outcome.left]


def _every(book: Book, history: History) -> list[str]:
    """The cases that are here, that this machine has seen, or that the last commit has."""
    committed = {path.split("/")[1] for path in history.last if path.startswith("cases/")}
    return [PROVIDER, *sorted({*book.all_case_ids(), *filter(is_case_id, committed)})]


def _run(place: Place, plan: Callable[[], Plan], *, dry_run: bool) -> Outcome:
    """Do what a plan says, under the lock of its place; one step that fails stops no other."""
    done: list[str] = []
    try:
        found = plan()
        if dry_run or not found.steps:
            return Outcome(place.case, tuple(s.text for s in found.steps), tuple(found.left))
        with writing.locked(place):
            found = plan()
            left = list(found.left)
            for step in found.steps:
                try:
                    with files.refusals("mend the casebook"):
                        step.do()
                    done.append(step.text)
                except TipcaseError as error:
                    left.append(error.sentence)
    except TipcaseError as error:
        left = [error.sentence]
    return Outcome(place.case, tuple(done), tuple(left))


# -- strangers --


def set_aside(book: Book, cases: Iterable[str], folder: Path, *, dry_run: bool) -> list[Outcome]:
    """Move files that no entry names out of the cases, to ``folder``, each under its hash.

    Links and what is no file stay: they are removed by hand.
    """
    outcomes = []
    for case_id in cases:
        moved: list[str] = []
        try:
            place = Case(book, case_id).place
            # Held: the file of a record that is being written is named a moment before it is there.
            with contextlib.nullcontext() if dry_run else writing.locked(place):
                case = Case(book, case_id)
                if case.damage or case.fold.damaged:
                    continue  # who knows what its journal names
                for path in verify_case.unnamed(case):
                    digest = files.hash_of(place.root / path)
                    if not dry_run:
                        _move(place.root / path, folder / digest)
                    moved.append(f"moved a file that nobody signed to {digest}")
        except TipcaseError as error:
            outcomes.append(Outcome(case_id, tuple(moved), (error.sentence,)))
            continue
        if moved:
            outcomes.append(Outcome(case_id, tuple(moved), ()))
    return outcomes


def _move(source: Path, target: Path) -> None:
    def check(digest: str) -> None:
        if digest != target.name:
            raise ConflictError("a file changed while it was moved", "run the command again")

    with files.refusals("move a file out of the casebook"):
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            streams.deliver(target, parts_of(source), check, force=False)
        source.unlink()
