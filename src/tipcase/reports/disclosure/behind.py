"""Who is behind each printed number, and which tables are one puzzle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import combinations, product
from typing import TypeAlias

from tipcase.reports.disclosure.policy import Period
from tipcase.reports.disclosure.units import Table
from tipcase.reports.tables import TOTAL, Codes

# A printed number: which table, which cell, which measure.
Place: TypeAlias = tuple[int, Codes, int]
# A measure of a table.
Counted: TypeAlias = tuple[int, int]
Amounts: TypeAlias = Mapping[Codes, Mapping[str, int]]


class Behind:
    """The cases behind the numbers of a publication and of those before, and its blocks."""

    def __init__(self, tables: Sequence[Table], period: Period | None) -> None:
        self.tables = tables
        self._period = period
        self._tags: dict[str, int] = {}

    def period(self, table: int) -> Period | None:
        """The days that a table tells of."""
        earlier = self.tables[table].earlier
        return self._period if earlier is None else earlier.period

    def overlap(self, one: int, other: int) -> bool | None:
        """False for the same period, True for one within or across another, None for none."""
        a, b = self.period(one), self.period(other)
        if a is None or b is None or a == b:
            return False
        return True if a[0] <= b[1] and b[0] <= a[1] else None

    @cached_property
    def amounts_of(self) -> Mapping[Counted, Amounts]:
        """What each case adds to each cell, by table and measure."""
        return {
            (i, place): _added(table, place)
            for i, table in enumerate(self.tables)
            for place, measure in enumerate(table.frame.measures)
            if measure.statistic != "median"
        }

    @cached_property
    def prints(self) -> Mapping[Place, int]:
        """One number for whom a place counts, how often: that of a sum is the sum of theirs."""
        found = {}
        for (table, measure), cells in self.amounts_of.items():
            for key, people in cells.items():
                tags = (self._tag(case) * amount for case, amount in people.items() if amount)
                found[table, key, measure] = sum(tags)
        return found

    def _tag(self, case: str) -> int:
        if case not in self._tags:
            self._tags[case] = int.from_bytes(blake2b(case.encode(), digest_size=16).digest())
        return self._tags[case]

    @cached_property
    def of(self) -> Sequence[int]:
        """The block of each table."""
        found, numbers = Groups(len(self.tables)), range(len(self.tables))
        measures = [{one.id for one in table.frame.measures} for table in self.tables]
        totals = [self._totals(number) for number in numbers]
        for one, other in combinations(numbers, 2):
            if self.period(one) == self.period(other) and (
                measures[one] == measures[other] or not totals[one].isdisjoint(totals[other])
            ):
                found.join(one, other)
        return [found.of(number) for number in numbers]

    def _totals(self, table: int) -> set[int]:
        count = len(self.tables[table].frame.measures)
        return {self.total((table, measure)) for measure in range(count)} - {0}

    def total(self, one: Counted) -> int:
        """The number of all that a measure counts."""
        whole = tuple(TOTAL for _ in self.tables[one[0]].dimensions)
        return self.prints.get((one[0], whole, one[1]), 0)

    def left(self, one: Place, other: Place) -> dict[str, int]:
        """What each case adds to one number more than to another."""
        a = self.amounts_of[one[0], one[2]].get(one[1], {})
        b = self.amounts_of[other[0], other[2]].get(other[1], {})
        return {c: more for c in {**a, **b} if (more := a.get(c, 0) - b.get(c, 0))}


class Groups:
    """Numbers that belong together."""

    def __init__(self, count: int) -> None:
        self._of = list(range(count))

    def of(self, one: int) -> int:
        """The first number of its group."""
        while self._of[one] != one:
            one = self._of[one]
        return one

    def join(self, one: int, other: int) -> None:
        """Put two groups together."""
        a, b = sorted((self.of(one), self.of(other)))
        self._of[b] = a


def _added(table: Table, place: int) -> Amounts:
    found: dict[Codes, dict[str, int]] = {}
    persons = table.frame.measures[place].statistic == "persons"
    for item in table.frame.items:
        amount = item.amounts[place]
        if amount:
            for key in product(*((code, TOTAL) for code in item.codes)):
                cell = found.setdefault(key, {})
                cell[item.case] = 1 if persons else cell.get(item.case, 0) + amount
    return found


def same_measures(one: Table, other: Table) -> Iterator[tuple[int, int]]:
    """The places of measures that two tables both count."""
    places = {measure.id: place for place, measure in enumerate(other.frame.measures)}
    for place, measure in enumerate(one.frame.measures):
        if measure.id in places and measure.statistic != "median":
            yield place, places[measure.id]


def same_cells(one: Table, other: Table) -> Iterable[tuple[Codes, Codes]]:
    """The cells that two tables both have, by the dimensions that they share."""
    shared = [d for d in one.frame.dimensions if d.id in other.dimensions]
    others = {d.id: set(d.codes) for d in other.frame.dimensions}
    for codes in product(*((*(c for c in d.codes if c in others[d.id]), TOTAL) for d in shared)):
        by_id = {d.id: code for d, code in zip(shared, codes, strict=True)}
        yield (
            tuple(by_id.get(d, TOTAL) for d in one.dimensions),
            tuple(by_id.get(d, TOTAL) for d in other.dimensions),
        )


__all__ = ["Amounts", "Behind", "Counted", "Groups", "Place", "same_cells", "same_measures"]
