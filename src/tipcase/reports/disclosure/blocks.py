"""Which tables are one puzzle, and what ties one puzzle to another.

Tables of one period that count the same people are a block: its unknowns are what a case may be in
all of them at once. Blocks share no unknown. Between them holds only what somebody outside can
know without knowing anybody: numbers that count the very same people (the open cases at an end and
at the next beginning), parts that make a whole (the months of a quarter, girls and women), and that
a longer period has no fewer. So ten years of months are a chain of small puzzles and no large one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import combinations
from typing import TypeAlias

from tipcase.reports.disclosure.behind import (
    Behind,
    Counted,
    Groups,
    Place,
    same_cells,
    same_measures,
)
from tipcase.reports.disclosure.policy import Period
from tipcase.reports.disclosure.units import Table
from tipcase.reports.tables import TOTAL, Codes

# Places with a sign, whose sum is 0 (a tie) or at least 0.
Relation: TypeAlias = tuple[tuple[Place, int], ...]
# So many people in a number before it is taken for more than chance that another has the same.
EVIDENCE = 3


@dataclass(frozen=True)
class Whole:
    """A number, and those of shorter periods within its own that it is made of, or partly."""

    place: Place
    parts: tuple[Place, ...]
    left: Mapping[str, int]

    @property
    def relation(self) -> Relation:
        """The whole without its parts."""
        return ((self.place, 1), *((part, -1) for part in self.parts))


class Blocks(Behind):
    """The tables of a publication and those of before, and the ties between their blocks."""

    def __init__(self, tables: Sequence[Table], period: Period | None) -> None:
        super().__init__(tables, period)
        self._kin: dict[tuple[Counted, Counted], bool] = {}

    def relevant(self) -> list[list[int]]:
        """The tables by block, of those blocks that the new tables have to do with.

        Where all that ties two blocks is known to everybody, what is printed in one tells nothing
        of the other.
        """
        near = Groups(len(self.tables))
        for table, block in enumerate(self.of):
            near.join(table, block)
        for places in self.equal:
            if self.known(places) is None:
                for place in places:
                    near.join(places[0][0], place[0])
        for relation in (
            *self.parts,
            *self.sums,
            *self.more,
            *(one.relation for one in self.wholes),
        ):
            for place, _ in relation:
                near.join(relation[0][0][0], place[0])
        wanted = {near.of(i) for i, table in enumerate(self.tables) if table.earlier is None}
        found: dict[int, list[int]] = defaultdict(list)
        for table, block in enumerate(self.of):
            if near.of(table) in wanted:
                found[block].append(table)
        return list(found.values())

    def known(self, places: Iterable[Place]) -> int | None:
        """The value of equal numbers that one of them was printed with before."""
        for table, key, measure in places:
            earlier = self.tables[table].earlier
            if earlier is not None and not earlier.rounding:
                shown = earlier.shown[key][measure]
                if isinstance(shown, int):
                    return shown
        return None

    @cached_property
    def equal(self) -> list[list[Place]]:
        """Numbers that count the very same people, where they stand in several blocks.

        A few people may be the same in two numbers by chance, which nobody outside knows: those
        are taken where the two measures count mostly the same people all over.
        """
        found: dict[int, list[Place]] = defaultdict(list)
        for place, number in self.prints.items():
            if number:
                found[number].append(place)
        groups = []
        for places in found.values():
            if len({self.of[p[0]] for p in places}) > 1:
                table, key, measure = places[0]
                if len(self.amounts_of[table, measure][key]) >= EVIDENCE:
                    groups.append(places)
                else:
                    groups += self._not_by_chance(places)
        return groups + self._nobody(groups)

    def _not_by_chance(self, places: list[Place]) -> list[list[Place]]:
        together = Groups(len(places))
        for one, other in combinations(range(len(places)), 2):
            a, b = places[one], places[other]
            if together.of(one) != together.of(other) and self._akin((a[0], a[2]), (b[0], b[2])):
                together.join(one, other)
        found: dict[int, list[Place]] = defaultdict(list)
        for number, place in enumerate(places):
            found[together.of(number)].append(place)
        return [each for each in found.values() if len({self.of[p[0]] for p in each}) > 1]

    def _akin(self, one: Counted, other: Counted) -> bool:
        if (one, other) not in self._kin:
            a, b = (self._all(each) for each in (one, other))
            common = sum(b.get(case) == amount for case, amount in a.items())
            self._kin[one, other] = (
                one[0] == other[0]
                or 2 * common >= max(len(a), len(b))
                or any(self._picked(*pair) for pair in ((one, other), (other, one)))
            )
        return self._kin[one, other]

    def _all(self, one: Counted) -> Mapping[str, int]:
        whole = tuple(TOTAL for _ in self.tables[one[0]].dimensions)
        return self.amounts_of[one].get(whole, {})

    def _picked(self, one: Counted, other: Counted) -> bool:
        """Whether all of one measure are one cell or line of the other: a filter."""
        return self._all(one) in self.amounts_of[other].values()

    def _nobody(self, groups: list[list[Place]]) -> list[list[Place]]:
        """Cells of nobody in two measures that count the same people."""
        pairs = set()
        for places in groups:
            for one, other in combinations(sorted(places), 2):
                if self.of[one[0]] != self.of[other[0]]:
                    pairs.add(((one[0], one[2]), (other[0], other[2])))
        found = list[list[Place]]()
        for a, b in sorted(pairs):
            if self._akin(a, b):
                for key, cell in same_cells(self.tables[a[0]], self.tables[b[0]]):
                    if key not in self.amounts_of[a] and cell not in self.amounts_of[b]:
                        found.append([(a[0], key, a[1]), (b[0], cell, b[1])])
        return found

    @cached_property
    def parts(self) -> list[Relation]:
        """Cells of two tables of the same people that make each other up: girls and women."""
        found = list[Relation]()
        for places in self.equal:
            wholes = [p for p in places if set(p[1]) <= {TOTAL} and p[1]]
            for one, other in combinations(wholes, 2):
                if self.of[one[0]] != self.of[other[0]]:
                    found += self._made_up(one, other)
        return found

    @cached_property
    def sums(self) -> list[Relation]:
        """Two measures that together count whom one of another period counts.

        Those open at an end are, at the next, open or closed meanwhile.
        """
        singles: dict[int, list[Counted]] = defaultdict(list)
        for one in self.amounts_of:
            singles[self.total(one)].append(one)
        found = list[Relation]()
        for table, each in enumerate(self.tables):
            measures = [
                (table, m) for m in range(len(each.frame.measures)) if self.total((table, m))
            ]
            for a, b in combinations(measures, 2):
                for whole in singles.get(self.total(a) + self.total(b), ()):
                    if self.of[whole[0]] != self.of[table]:
                        found += self._summed(whole, (a, b))
        return found

    def _summed(self, whole: Counted, parts: Sequence[Counted]) -> Iterator[Relation]:
        table, other = whole[0], parts[0][0]
        for key, cell in same_cells(self.tables[table], self.tables[other]):
            places = [(table, key, whole[1]), *((other, cell, m) for _, m in parts)]
            number, *others = (self.prints.get(place, 0) for place in places)
            if number == sum(others):
                yield tuple((place, -1 if at else 1) for at, place in enumerate(places))

    def _made_up(self, one: Place, other: Place) -> Iterator[Relation]:
        sides = [
            [(key, people) for key, people in self.amounts_of[i, m].items() if TOTAL not in key]
            for i, _, m in (one, other)
        ]
        names = [(0, key) for key, _ in sides[0]] + [(1, key) for key, _ in sides[1]]
        groups, first = Groups(len(names)), dict[str, int]()
        for number, people in enumerate(people for side in sides for _, people in side):
            for case in people:
                groups.join(first.setdefault(case, number), number)
        together: dict[int, list[tuple[int, Codes]]] = defaultdict(list)
        for number, name in enumerate(names):
            together[groups.of(number)].append(name)
        if len(together) == 1:
            return
        for each in together.values():
            relation = tuple(
                ((one[0], key, one[2]), 1) if side == 0 else ((other[0], key, other[2]), -1)
                for side, key in each
            )
            if len(relation) > 2 and not sum(self.prints[p] * sign for p, sign in relation):
                yield relation

    @cached_property
    def wholes(self) -> list[Whole]:
        """Numbers of a period with those of shorter ones within it, and who is left over."""
        found = list[Whole]()
        for table, one in enumerate(self.tables):
            for measure, counted in enumerate(one.frame.measures):
                if counted.statistic == "sum":
                    by: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
                    for other, place in self._within(table, counted.id):
                        by[self.tables[other].dimensions].append((other, place))
                    for family in by.values():
                        for chain in {self._chain(family, longest=way) for way in (True, False)}:
                            found += self._left(table, measure, chain)
        return found

    def _within(self, table: int, measure: str) -> Iterator[tuple[int, int]]:
        whole = self.period(table)
        for other, one in enumerate(self.tables):
            part = self.period(other)
            if whole and part and whole[0] <= part[0] and part[1] <= whole[1] and part != whole:
                for place, counted in enumerate(one.frame.measures):
                    if counted.id == measure and counted.statistic == "sum":
                        yield other, place

    def _chain(
        self, family: list[tuple[int, int]], *, longest: bool
    ) -> tuple[tuple[int, int], ...]:
        """Tables of periods that do not touch each other, as much as there are of them."""

        def order(one: tuple[int, int]) -> tuple[int, int, int]:
            period = self.period(one[0])
            assert period is not None
            days = (period[1] - period[0]).days
            return -days if longest else days, period[0].toordinal(), one[0]

        chosen: list[tuple[int, int]] = []
        for one in sorted(family, key=order):
            if all(self.overlap(one[0], other[0]) is None for other in chosen):
                chosen.append(one)
        return tuple(sorted(chosen))

    def _left(
        self, table: int, measure: int, chain: tuple[tuple[int, int], ...]
    ) -> Iterator[Whole]:
        if len(chain) < 2 and not self._tiles(table, chain):
            return
        first = self.tables[chain[0][0]]
        for key, other in same_cells(self.tables[table], first):
            left = dict(self.amounts_of[table, measure].get(key, {}))
            parts = []
            for one, place in chain:
                if other in self._keys[one]:
                    parts.append((one, other, place))
                    for case, amount in self.amounts_of[one, place].get(other, {}).items():
                        left[case] = left.get(case, 0) - amount
            left = {case: amount for case, amount in left.items() if amount}
            if parts and all(amount > 0 for amount in left.values()):
                yield Whole((table, key, measure), tuple(parts), left)

    def _tiles(self, table: int, chain: tuple[tuple[int, int], ...]) -> bool:
        days = sum(
            (period[1] - period[0] + timedelta(1)).days
            for one, _ in chain
            if (period := self.period(one))
        )
        period = self.period(table)
        return period is not None and days == (period[1] - period[0]).days + 1

    @cached_property
    def _keys(self) -> list[set[Codes]]:
        return [set(table.frame.keys()) for table in self.tables]

    @cached_property
    def more(self) -> list[Relation]:
        """Pairs of the same cell, where the first counts all that the second does."""
        found = list[Relation]()
        for one, other in combinations(range(len(self.tables)), 2):
            if self.of[one] == self.of[other] or not self.overlap(one, other):
                continue
            for m, n in same_measures(self.tables[one], self.tables[other]):
                for key, cell in same_cells(self.tables[one], self.tables[other]):
                    found += self._compared((one, key, m), (other, cell, n))
        return found

    def _compared(self, one: Place, other: Place) -> Iterator[Relation]:
        left = self.left(one, other).values()
        if left and min(left) > 0:
            yield (one, 1), (other, -1)
        elif left and max(left) < 0:
            yield (other, 1), (one, -1)


__all__ = ["Blocks", "Place", "Relation", "Whole"]
