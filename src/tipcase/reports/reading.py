"""The facts of every case that a reader can open: read by several processes, remembered, in order.

A case that cannot be read whole (a record is damaged, was written apart, or its key is missing) is
left out whole and listed. What was worked out before is taken from the reader's own ``cache`` where
the case's journals, the staff's and the pins of this machine say that nothing has happened since,
and where no file of a record was changed, added or taken away; everything else is read. Neither
the order nor any number depends on how many processes read, or on what was remembered.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tipcase import files
from tipcase.casebook import place as places
from tipcase.casebook.book import Book
from tipcase.errors import TipcaseError
from tipcase.reports.cache import Cache, Kept, key, outside

if TYPE_CHECKING:
    from tipcase.casebook.case import Case
    from tipcase.keyring.person import Person
    from tipcase.reports.facts import FactsDefinition


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


class Facts(Mapping[str, dict[str, Any]]):
    """Facts by case id, in order; each case is unpacked anew whenever it is asked for.

    Thousands of cases unpacked would fill the memory. Whoever goes through them in order has the
    cases of each first letter unpacked once.
    """

    def __init__(self, cases: Mapping[str, bytes] | None = None) -> None:
        """``cases`` are facts as JSON, by case id; ``add`` takes more."""
        self._ids: dict[str, None] = {}
        self._packed: dict[str, bytes] = {}
        self._open: tuple[str, dict[str, bytes]] = ("", {})
        for letter, group in groupby(sorted((cases or {}).items()), key=lambda item: item[0][:1]):
            self.add(letter, dict(group))

    def add(self, letter: str, cases: Mapping[str, bytes]) -> None:
        """Take the facts of all cases whose id begins with a letter; letters come in order."""
        lines = b"\n".join(b"%s %s" % (case.encode(), cases[case]) for case in sorted(cases))
        self._ids.update(dict.fromkeys(sorted(cases)))
        self._packed[letter] = zlib.compress(lines, 1)

    def __getitem__(self, case: str) -> dict[str, Any]:
        if case not in self._ids:
            raise KeyError(case)
        if self._open[0] != case[:1]:
            lines = zlib.decompress(self._packed[case[:1]]).split(b"\n")
            parts = (line.partition(b" ") for line in lines)
            self._open = (case[:1], {name.decode(): packed for name, _, packed in parts})
        value: dict[str, Any] = json.loads(self._open[1][case].decode("ascii"))
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, case: object) -> bool:
        return case in self._ids

    def __repr__(self) -> str:
        return f"<facts of {len(self)} cases>"


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
    """What one case gave: its facts as JSON (None where it is not open), or why it gave none.

    ``keys`` are those of the cache; none where something is wrong with the case.
    """

    case: str
    packed: bytes | None = None
    error: TipcaseError | None = None
    keys: tuple[str, ...] = ()


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
    run = _Run(book, person, definition, Cache(book, person, definition.digest) if cache else None)
    return run.batch(step or _no_step, processes)


def _no_step() -> None:
    """Nobody watches."""


class _Letter:
    """The cases of one first letter: what is kept of them, and what is to be read."""

    def __init__(self, kept: dict[str, Kept]) -> None:
        self.known = kept
        self.taken: dict[str, Kept] = {}
        self.waiting: set[str] = set()
        self.changed = False
        self.facts: dict[str, bytes] = {}


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
            letter = _Letter(self._cache.load(name) if self._cache is not None else {})
            here = by_letter.get(name, [])
            for case in here:
                known = letter.known.get(case)
                if known is None or self._key(case) not in known.keys:
                    letter.waiting.add(case)
                    continue
                self._cached += 1
                letter.taken[case] = known
                self._take(letter, case, known.packed)
                step()
            letter.changed = len(letter.taken) < len(letter.known)
            letter.known = {}
            self._letters[name] = letter
            if not letter.waiting:
                self._finish()
            # In order, and only now: before, the letter might seem to be done with.
            yield from [case for case in here if case in letter.waiting]

    def _note(self, letter: _Letter, found: Found) -> None:
        letter.waiting.discard(found.case)
        if found.error is not None:
            self._unread.append((found.case, found.error))
            return
        self._take(letter, found.case, found.packed)
        if found.keys:
            letter.taken[found.case] = Kept(found.keys, found.packed)
            letter.changed = True

    def _take(self, letter: _Letter, case: str, packed: bytes | None) -> None:
        if packed is None:
            self._not_open.append(case)
        else:
            letter.facts[case] = packed

    def _finish(self) -> None:
        """Pack and keep the letters of which nothing is waited for, up to the first that has."""
        for name, letter in list(self._letters.items()):
            if letter.waiting:
                return
            if letter.changed and self._cache is not None:
                self._cache.save(name, letter.taken)
            if letter.facts:
                self._facts.add(name, letter.facts)
            del self._letters[name]

    def _key(self, case: str) -> str | None:
        """The key of a case as it stands now; None where reading it has to say what is wrong."""
        book = self._book
        folder = f"{book.root}/cases/{case}"
        try:
            journals = places.digest(places.read_journals(folder))
            pins = book.state.pins(case)
            return key(journals, book.staff_digest, outside(folder, self._person.handle), pins)
        except (TipcaseError, OSError):
            return None

    def _found(self, wanted: Iterator[str], processes: int | None) -> Iterator[Found]:
        first = next(wanted, None)
        if first is None:
            return
        # Only what has changed is read, and only then is what reads it loaded.
        from tipcase.casebook import parallel
        from tipcase.keyring import person as people

        book, person, definition = self._book, self._person, self._definition
        # The first one here: what is loaded and compiled for it is then in every copy of us.
        yield _look(book, first, person, definition)
        words = (str(book.root), str(book.home), people.to_text(person))
        task = parallel.Task(lambda case: _look(book, case, person, definition), _opened, words)
        yield from parallel.spread(task, wanted, processes)


def _opened(root: str, home: str, identity: str) -> Callable[[str], Found]:
    """The work of a process that starts from nothing."""
    from tipcase.keyring import person as people
    from tipcase.reports.facts import FactsDefinition

    book, person = Book(Path(root), Path(home)), people.from_text(identity)
    definition = FactsDefinition.of(book.edition)
    return lambda case: _look(book, case, person, definition)


def _look(book: Book, case_id: str, person: Person, definition: FactsDefinition) -> Found:
    """What one case gives; nothing of it is remembered here."""
    from tipcase.casebook.case import Case

    try:
        case = Case(book, case_id, chained=True)
        # Before its records are read: what is changed meanwhile is then looked at again next time.
        seen = outside(f"{book.root}/cases/{case_id}", person.handle)
        return _facts_of(case, person, definition, seen)
    except OSError as error:
        try:
            with files.refusals("read a case"):
                raise error
        except TipcaseError as told:
            return Found(case_id, error=told)
    except TipcaseError as error:
        return Found(case_id, error=_bare(error))


def _facts_of(case: Case, person: Person, definition: FactsDefinition, seen: str) -> Found:
    from tipcase.reports.collecting import collect

    keys = () if case.damage or case.fold.damaged else _keys(case, seen)
    if not _is_open_to(case, person):
        return Found(case.id, keys=keys)
    dossier, unread = case.read_all(person)
    if unread:
        return Found(case.id, error=_bare(unread[0].error))
    facts = collect(case, dossier, definition)
    packed = _ENCODER.encode(facts).encode("ascii")
    return Found(case.id, packed, None, keys)


def _is_open_to(case: Case, person: Person) -> bool:
    """Whether a case is open to somebody: who is on its team, and the seed where it has a wrap.

    Who left the team may still hold older keys; the case is not theirs to count.
    """
    from tipcase.journal.names import RECOVERY

    if person.handle == RECOVERY:
        return any(handle == RECOVERY for _, handle, _ in case.fold.wraps)
    return person.handle in case.fold.team


def _bare(error: TipcaseError) -> TipcaseError:
    """An error without what led to it, which another process could not be given."""
    error.__cause__ = error.__context__ = error.__traceback__ = None
    return error


def _keys(case: Case, seen: str) -> tuple[str, ...]:
    """The keys that a case will have as long as nothing happens to it.

    It was judged with what this machine had pinned of it. Once another command has pinned the very
    journals that were read, it would be judged the same.
    """
    pinned = (case.pins, frozenset(case.fold.heads))
    return tuple({key(case.digest, case.book.staff_digest, seen, pins) for pins in pinned})
