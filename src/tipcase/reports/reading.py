"""The facts of every case that a reader can open: read by several processes, remembered, in order.

A case that cannot be read whole (a record is damaged, was written apart, or its key is missing) is
left out whole and listed. What was worked out before is taken from the reader's own ``cache`` where
the case's journals, the staff's and the pins of this machine say that nothing has happened since,
and no record was added, replaced or taken away; everything else is read. Neither the order nor any
number depends on how many processes read, or on what was remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tipcase import files
from tipcase.casebook.book import Book
from tipcase.errors import ConflictError, TipcaseError
from tipcase.reports.cache import NOTHING, Cache, Mark, Shelf, journals_of, outside
from tipcase.reports.packed import Facts, Packed, pack, unpack

if TYPE_CHECKING:
    from tipcase.casebook.case import Case
    from tipcase.casebook.lockstep import Steps
    from tipcase.keyring.person import Person
    from tipcase.reports.facts import FactsDefinition


@dataclass(frozen=True)
class Batch:
    """What was read: facts by case; the cases that could not be read, and those not open.

    ``cached`` says of how many cases nothing had to be read again, ``notices`` what the reader
    should hear on stderr.
    """

    facts: Mapping[str, dict[str, Any]] = field(repr=False)
    unread: tuple[tuple[str, TipcaseError], ...] = ()
    not_open: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    cached: int = 0

    @property
    def code(self) -> int:
        """The exit code of the batch: the highest of its errors."""
        return max((error.exit_code for _, error in self.unread), default=0)


class Found(NamedTuple):
    """What one case gave: its facts (None where it is not open), or why it gave none.

    ``mark`` is that of the cache; none where something is wrong with the case.
    """

    case: str
    packed: Packed | None = None
    error: TipcaseError | None = None
    mark: Mark | None = None


def read(
    book: Book,
    person: Person,
    definition: FactsDefinition,
    *,
    step: Callable[[], None] | None = None,
    processes: int | None = None,
    cache: bool = True,
) -> Batch:
    """The facts of every case of the book; ``step`` is called once a case.

    ``processes``: how many read (None: as many as pay, 1: this one alone). Without ``cache``
    nothing that was kept is used, and nothing is kept.
    """
    run = _Run(book, person, definition, Cache(book, person, definition.written) if cache else None)
    return run.batch(step or _no_step, processes)


def _no_step() -> None:
    """Nobody watches."""


class _Letter:
    """The cases of one first letter: what is kept of them, and what is to be read."""

    def __init__(self, kept: Shelf, here: Sequence[str], stale: Sequence[str]) -> None:
        """``here`` are all that there are, ``stale`` those of which nothing kept can be used."""
        self.waiting = set(stale)
        self.marks = {case: kept.marks[case] for case in here if case not in self.waiting}
        self.shut = kept.shut & self.marks.keys()
        self.changed = len(self.marks) < len(kept.marks)
        self._block = kept.block if not (stale or self.changed) else None
        self._facts: dict[str, Packed] = {}
        if self._block is None and self.marks:
            packed = unpack(kept.block)
            self._facts = {case: packed[case] for case in self.marks.keys() - self.shut}

    def take(self, found: Found) -> None:
        """Take what was found of one case."""
        if found.packed is None:
            self.shut |= {found.case}
        else:
            self._facts[found.case] = found.packed
        if found.mark is not None:
            self.marks[found.case] = found.mark
            self.changed = True

    @property
    def cases(self) -> Collection[str]:
        """The cases of which there are facts."""
        return self.marks.keys() - self.shut if self._block is not None else self._facts.keys()

    def block(self) -> bytes:
        """Their facts."""
        if self._block is None:
            self._block = pack(self._facts)
        return self._block

    def shelf(self) -> Shelf:
        """What is kept for the next report: nothing of a case that something is wrong with."""
        sound = {case: facts for case, facts in self._facts.items() if case in self.marks}
        block = self.block() if len(sound) == len(self._facts) else pack(sound)
        return Shelf(self.marks, self.shut & self.marks.keys(), block)


class _Run:
    """One reading of all cases, letter by letter: what is done with is packed and let go."""

    def __init__(
        self, book: Book, person: Person, definition: FactsDefinition, cache: Cache | None
    ) -> None:
        self._book = book
        self._person = person
        self._definition = definition
        self._cache = cache
        self._letters: dict[str, _Letter] = {}
        self._facts = Facts()
        self._unread: list[tuple[str, TipcaseError]] = []
        self._not_open: list[str] = []
        self._cached = 0

    def batch(self, step: Callable[[], None], processes: int | None) -> Batch:
        """Look at every case, read those that need it, and keep what was found."""
        cases = self._book.all_case_ids()
        for found in self._found(self._wanted(cases, step), processes):
            letter = self._letters[found.case[0]]
            self._note(letter, found)
            step()
            if not letter.waiting:
                self._finish()
        self._finish()
        return Batch(
            self._facts,
            tuple(self._unread),
            tuple(sorted(self._not_open)),
            self._cache.notices if self._cache is not None else (),
            self._cached,
        )

    def _wanted(self, cases: Sequence[str], step: Callable[[], None]) -> Iterator[str]:
        """The cases that must be read; what is known of the others is taken on the way."""
        by_letter = {letter: list(group) for letter, group in groupby(cases, key=lambda c: c[0])}
        kept = self._cache.letters() if self._cache is not None else set()
        for name in sorted(by_letter.keys() | kept):
            shelf = self._cache.load(name) if self._cache is not None else NOTHING
            here = by_letter.get(name, [])
            stale = [case for case in here if not self._stands(case, shelf)]
            self._letters[name] = _Letter(shelf, here, stale)
            self._cached += len(here) - len(stale)
            for _ in range(len(here) - len(stale)):
                step()
            if not stale:
                self._finish()
            yield from stale

    def _note(self, letter: _Letter, found: Found) -> None:
        letter.waiting.discard(found.case)
        if found.error is not None:
            self._unread.append((found.case, found.error))
        else:
            letter.take(found)

    def _finish(self) -> None:
        """Pack and keep the letters of which nothing is waited for, up to the first that has."""
        for name, letter in list(self._letters.items()):
            if letter.waiting:
                return
            if letter.changed and self._cache is not None:
                self._cache.save(name, letter.shelf())
            if letter.cases:
                self._facts.add(name, letter.cases, letter.block())
            self._not_open += letter.shut
            del self._letters[name]

    def _stands(self, case: str, shelf: Shelf) -> bool:
        """Whether what is kept of a case is what reading it now would give."""
        mark = shelf.marks.get(case)
        if mark is None:
            return False
        return mark.stands(_folder(self._book, case), self._book.state.pins(case))

    def _found(self, wanted: Iterator[str], processes: int | None) -> Iterator[Found]:
        first = next(wanted, None)
        if first is None:
            return
        # All that was kept was collected by facts that were checked, as these shall be.
        self._definition.check()
        # Only what has changed is read, and only then is what reads it loaded.
        from tipcase.casebook import parallel
        from tipcase.keyring import person as people

        work = partial(_all, self._book, self._person, self._definition)
        # The first one here: what is loaded and compiled for it is then in every copy of us.
        yield from work([first])
        words = (str(self._book.root), str(self._book.home), people.to_text(self._person))
        yield from parallel.spread(parallel.Task(work, _opened, words), wanted, processes)


def _opened(root: str, home: str, identity: str) -> Callable[[Sequence[str]], list[Found]]:
    """The work of a process that starts from nothing."""
    from tipcase.keyring import person as people
    from tipcase.reports.facts import FactsDefinition

    book = Book(Path(root), Path(home))
    return partial(_all, book, people.from_text(identity), FactsDefinition.of(book.edition))


def _all(
    book: Book, person: Person, definition: FactsDefinition, cases: Sequence[str]
) -> list[Found]:
    """What each of these cases gives; nothing of it is remembered here."""
    from tipcase.casebook.lockstep import undisturbed

    look = partial(_look, book, person, definition)
    return undisturbed(look, cases, lambda one: isinstance(one.error, ConflictError))


def _look(book: Book, person: Person, definition: FactsDefinition, case_id: str) -> Steps[Found]:
    """What one case gives; an error is found, and not raised."""
    try:
        return (yield from _facts_of(book, person, definition, case_id))
    except OSError as error:
        try:
            with files.refusals("read a case"):
                raise error
        except TipcaseError as told:
            return Found(case_id, error=told)
    except TipcaseError as error:
        return Found(case_id, error=_bare(error))


def _facts_of(
    book: Book, person: Person, definition: FactsDefinition, case_id: str
) -> Steps[Found]:
    from tipcase.casebook import whole
    from tipcase.casebook.case import Case
    from tipcase.reports.collecting import collect

    # Before anything of it is read: what is changed meanwhile is looked at again next time.
    looked = _from_outside(book, case_id)
    yield
    case = Case(book, case_id, chained=True)
    yield
    damage = case.damage
    yield
    mark = _mark(case, *looked) if looked and not damage and not case.fold.damaged else None
    if not case.fold.is_open_to(person.handle):
        return Found(case.id, mark=mark)
    yield
    dossier, unread = yield from whole.steps(case, person)
    if unread:
        return Found(case.id, error=_bare(unread[0].error))
    yield
    facts = collect(case, dossier, definition)
    return Found(case.id, Packed.of(facts, definition.events), None, mark)


def _bare(error: TipcaseError) -> TipcaseError:
    """An error without what led to it, which another process could not be given."""
    error.__cause__ = error.__context__ = error.__traceback__ = None
    return error


def _folder(book: Book, case: str) -> str:
    """The folder of a case, as text: thousands of paths would take longer than the looks."""
    return f"{book.root}/cases/{case}"


def _from_outside(book: Book, case: str) -> tuple[tuple[str, ...], str] | None:
    """The journals of a case, and how it looks from outside; None where it cannot be looked at."""
    folder = _folder(book, case)
    try:
        journals = journals_of(folder)
        return journals, outside(folder, journals)
    except OSError:
        return None


def _mark(case: Case, journals: tuple[str, ...], seen: str) -> Mark:
    """What a case will be known by as long as nothing happens to it.

    It was judged with what this machine had pinned of it. Once another command has pinned the very
    journals that were read, it would be judged the same.
    """
    return Mark.of(seen, {case.pins, frozenset(case.fold.heads)}, journals)
