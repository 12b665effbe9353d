"""What is about to be printed, beside what is out already, and which cells of it are small."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from tipcase.reports.disclosure.blocks import Blocks, Place
from tipcase.reports.disclosure.policy import Period, Policy, Work
from tipcase.reports.disclosure.programme import INFINITE
from tipcase.reports.disclosure.units import Table
from tipcase.reports.tables import TOTAL, Codes

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Publication:
    """The tables to print and those of before, the policy, and the period that the new ones tell.

    ``pinned`` are the numbers that may not be hidden for another's sake.
    """

    tables: Sequence[Table] = field(repr=False)
    policy: Policy
    period: Period | None = None
    work: Work = field(default_factory=Work, repr=False)

    def new(self) -> Iterator[tuple[int, Table]]:
        """The tables to print, by number."""
        return ((i, table) for i, table in enumerate(self.tables) if table.earlier is None)

    @cached_property
    def blocks(self) -> Blocks:
        """Which of all the tables are one puzzle."""
        return Blocks(self.tables, self.period)

    def value(self, place: Place) -> int | float:
        """The true number of a place."""
        table, key, measure = place
        return self.tables[table].frame.cells[key].values[measure] or 0

    def persons(self, place: Place) -> int:
        """How many people stand behind a place."""
        table, key, measure = place
        return self.tables[table].frame.cells[key].persons[measure]

    @cached_property
    def marked(self) -> frozenset[tuple[int, int]]:
        """The tables and measures whose small cells are printed as ``<k``: where people count."""
        if self.policy.mark != "<k" or self.policy.rounding:
            return frozenset()
        return frozenset(
            (i, place)
            for i, table in self.new()
            for place in range(len(table.frame.measures))
            if all(cell.values[place] == cell.persons[place] for cell in table.frame.cells.values())
        )

    @cached_property
    def small(self) -> frozenset[Place]:
        """The places to be hidden for their own sake: few people, or one who makes nearly all."""
        return frozenset(
            (i, key, place)
            for i, table in self.new()
            for place, measure in enumerate(table.frame.measures)
            if measure.statistic != "median"
            for key, greatest in _greatest(table, place).items()
            if self.policy.small(table.frame.cells[key].persons[place])
            or self._dominated((i, key, place), greatest)
        )

    def _dominated(self, place: Place, greatest: int) -> bool:
        value, persons = self.value(place), self.persons(place)
        return value > persons and greatest > self.policy.dominance * value

    def bounds(self, place: Place, *, is_hidden: bool) -> Bounds:
        """Between which numbers a place lies, as far as its own cell tells."""
        table = self.tables[place[0]]
        if table.earlier is not None:
            return _bounds_before(table, place)
        if not is_hidden:
            value = float(self.value(place))
            return value, value
        if (place[0], place[2]) not in self.marked:
            return 0, INFINITE
        if place in self.small:
            return _marked(self.persons(place), self.policy.k)
        return (self.policy.k, INFINITE) if self.persons(place) else (0, 0)


def _greatest(table: Table, place: int) -> dict[Codes, int]:
    """By cell, the most that one person adds to it."""
    found: dict[Codes, Counter[str]] = defaultdict(Counter)
    for item in table.frame.items:
        for key in product(*((code, TOTAL) for code in item.codes)):
            found[key][item.case] += item.amounts[place] or 0
    return {key: max(found[key].values(), default=0) for key in table.frame.keys()}  # noqa: SIM118


def _marked(persons: int, k: int) -> Bounds:
    """What ``<k`` tells; where zeroes are hidden as if they were small, it may be nobody."""
    return min(persons, 1), k - 1


def _bounds_before(table: Table, place: Place) -> Bounds:
    assert table.earlier is not None
    shown = table.earlier.shown[place[1]][place[2]]
    if isinstance(shown, str):
        persons = table.frame.cells[place[1]].persons[place[2]]
        return _marked(persons, table.earlier.k) if shown.startswith("<") else (0, INFINITE)
    number = float(shown or 0)
    away = table.earlier.rounding - 1 if table.earlier.rounding else 0
    return max(number - away, 0), number + away


__all__ = ["Bounds", "Publication"]
