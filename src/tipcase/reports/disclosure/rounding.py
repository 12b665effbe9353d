"""Controlled rounding: every number to a multiple of the base next to it, and sums still add up.

A multiple stays what it is, so a zero stays a zero; but nobody can tell it from what was rounded
to it. Relations between measures (a balance) need not hold for the rounded numbers. Numbers that
count the very same units are rounded alike, in all tables, and as they were before. Medians are
hidden, all of them: which are those of few people would tell of numbers that were rounded.
"""

from __future__ import annotations

from collections.abc import Iterator

from tipcase.reports.disclosure.atoms import Atoms, Kind, Place, atoms, kind_of
from tipcase.reports.disclosure.attack import Attack
from tipcase.reports.disclosure.policy import HIDDEN, NotProtectableError, Printed
from tipcase.reports.disclosure.programme import Programme
from tipcase.reports.disclosure.publication import Bounds, Publication
from tipcase.reports.disclosure.suppression import lines
from tipcase.reports.disclosure.targets import targets

# Ways to round that are tried before the table is given up.
ATTEMPTS = 5


def rounded(publication: Publication) -> tuple[list[Printed], int]:
    """The new tables in multiples of the base, and how many numbers were attacked.

    Raises ``NotProtectableError`` where a multiple next to a number tells too much of it, such
    as of a large sum of few people.
    """
    equations = atoms(publication.blocks, zeroes=True)
    aims = targets(publication, equations)
    for attempt in range(ATTEMPTS):
        numbers = _Rounding(publication, equations).find(attempt)
        bounds = {place: _known(publication, place, numbers.get(place)) for place in equations.rows}
        attack = Attack(equations, aims, bounds, publication.work)
        exposed = [attack.try_on(n) for n in range(len(aims)) if not attack.safe(n)]
        ours = [
            one
            for one in exposed
            if one is not None
            and (one.whole or any(not numbers.keys().isdisjoint(group) for group in one.holding))
        ]
        if not ours:
            return [_printed(publication, i, numbers) for i, _ in publication.new()], len(aims)
    raise NotProtectableError("people could be counted out of this table")


def _known(publication: Publication, place: Place, number: int | None) -> Bounds:
    if number is None:
        return publication.bounds(place, is_hidden=True)
    away = (publication.policy.rounding or 1) - 1
    return max(number - away, 0), number + away


class _Rounding:
    """Which way each number goes, as a programme in zeroes and ones."""

    def __init__(self, publication: Publication, equations: Atoms) -> None:
        assert publication.policy.rounding is not None
        self._publication, self._base = publication, publication.policy.rounding
        self._kinds = {p: kind_of(row) for p, row in equations.rows.items()}
        self._places = [p for p in equations.rows if publication.tables[p[0]].earlier is None]
        self._column = {
            kind: number
            for number, kind in enumerate(dict.fromkeys(self._kinds[p] for p in self._places))
        }

    def find(self, attempt: int) -> dict[Place, int]:
        """A rounding that adds up and is near the truth; others than the first by ``attempt``."""
        rows = list(self._sums())
        programme = Programme(
            [row for row, _ in rows],
            [(number, number) for _, number in rows],
            self._limits(),
            work=self._publication.work,
        )
        columns = list(self._column.values())
        answer = programme.ask_within({}, (0, 0), self._costs(attempt), columns)
        if answer is None:
            raise NotProtectableError("no rounding of this table adds up")
        return {
            place: self._down(place) + self._base * round(answer.values[self._of(place)])
            for place in self._places
        }

    def _of(self, place: Place) -> int:
        return self._column[self._kinds[place]]

    def _down(self, place: Place) -> int:
        return int(self._publication.value(place)) // self._base * self._base

    def _limits(self) -> list[Bounds]:
        limits: list[Bounds] = [(0, 1)] * len(self._column)
        before = self._before()
        for place in self._places:
            down = self._down(place)
            if down == self._publication.value(place):
                limits[self._of(place)] = (0, 0)
            elif self._kinds[place] in before:
                up = int(before[self._kinds[place]] > down)
                limits[self._of(place)] = (up, up)
        return limits

    def _before(self) -> dict[Kind, int]:
        found: dict[Kind, int] = {}
        for place, kind in self._kinds.items():
            earlier = self._publication.tables[place[0]].earlier
            if earlier is not None and earlier.rounding == self._base:
                shown = earlier.shown[place[1]][place[2]]
                if isinstance(shown, int):
                    found[kind] = shown
        return found

    def _sums(self) -> Iterator[tuple[dict[int, float], float]]:
        """What each margin and its parts make: in multiples, beyond what is rounded down."""
        every = set(self._places)
        for i, table in self._publication.new():
            for measure in range(len(table.frame.measures)):
                for key, *parts in lines(table.frame):
                    whole, others = (i, key, measure), [(i, part, measure) for part in parts]
                    if whole not in every or not self._adds_up(whole, others):
                        continue
                    row: dict[int, float] = {self._of(whole): 1.0}
                    for part in others:
                        row[self._of(part)] = row.get(self._of(part), 0.0) - 1.0
                    rest = sum(map(self._down, others)) - self._down(whole)
                    yield row, rest / self._base

    def _adds_up(self, whole: Place, parts: list[Place]) -> bool:
        return self._publication.value(whole) == sum(map(self._publication.value, parts))

    def _costs(self, attempt: int) -> dict[int, float]:
        costs = dict.fromkeys(self._column.values(), 0.0)
        for number, place in enumerate(self._places):
            rest = self._publication.value(place) - self._down(place)
            shift = attempt and (number * 7919 * attempt) % (2 * self._base) - self._base
            costs[self._of(place)] += self._base - 2 * rest + shift
        return costs


def _printed(publication: Publication, number: int, numbers: dict[Place, int]) -> Printed:
    frame = publication.tables[number].frame
    return {
        key: tuple(
            numbers.get((number, key, place), HIDDEN) for place in range(len(frame.measures))
        )
        for key in frame.cells
    }


__all__ = ["rounded"]
