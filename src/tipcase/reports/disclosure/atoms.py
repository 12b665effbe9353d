"""Every printed number as a sum of the same unknowns.

An atom is a kind of unit that may occur: where it stands in each table of its block and what it
adds to each measure there. How many there are of each is what nobody outside knows; every cell is a
sum of atoms, so one set of equations holds for all tables of a block and all their measures. What
ties blocks to each other is an equation or an inequality of theirs.

People who have several items are counted once in a margin too. There a count of persons is no sum:
it gets an unknown of its own, which is at most the sum of its parts and at least each of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TypeAlias

from tipcase.reports.disclosure.blocks import Blocks, Place, Relation
from tipcase.reports.disclosure.policy import TooMuchWorkError
from tipcase.reports.disclosure.support import Pair, Presence, allowed, decided, possible
from tipcase.reports.disclosure.units import Pattern, Table, Unit, Value, irreducible, units
from tipcase.reports.tables import TOTAL, Codes

Row: TypeAlias = dict[int, int]
# What a row adds up, to be compared: numbers of the same kind are the same sum.
Kind: TypeAlias = frozenset[tuple[int, int]]

# More atoms than this take minutes; then those outside are taken to know which combinations occur.
MOST_ATOMS = 40_000
# What cannot be seen together even so is refused.
TOO_MANY = 3 * MOST_ATOMS


@dataclass(frozen=True)
class Atoms:
    """The unknowns (``size`` of them), what each printed number is of them, and what ties them.

    ``links`` are rows that are at least 0, ``ties`` rows with the value that they have; ``known``
    are the numbers that another block's earlier publication tells.
    """

    size: int
    rows: Mapping[Place, Row]
    links: tuple[Row, ...]
    ties: tuple[tuple[Row, int], ...] = ()
    known: frozenset[Place] = frozenset()


@dataclass(frozen=True)
class _Kind:
    """Units that differ in nothing but the dimensions that are crossed."""

    pattern: Pattern
    fixed: tuple[tuple[str, Value], ...]
    crossed: tuple[str, ...]


def atoms(blocks: Blocks, *, zeroes: bool) -> Atoms:
    """The atoms of all tables that matter; with ``zeroes``, cells of nobody may be hidden too.

    Raises ``TooMuchWorkError`` where they are too many to be attacked.
    """
    size, rows, links = 0, dict[Place, Row](), list[Row]()
    relevant = blocks.relevant()
    for block in relevant:
        one = _block([blocks.tables[i] for i in block], MOST_ATOMS // len(relevant), zeroes=zeroes)
        for (table, key, place), row in one.rows.items():
            rows[block[table], key, place] = _shifted(row, size)
        links += [_shifted(row, size) for row in one.links]
        size += one.size
        if size > TOO_MANY:
            raise TooMuchWorkError("these tables are too large to be checked")
    ties, known = _ties(blocks, rows)
    inner = (combined(relation, rows) for relation in blocks.more)
    links += [row for row in inner if row]
    return Atoms(size, rows, tuple(links), tuple(ties), frozenset(known))


def _shifted(row: Row, by: int) -> Row:
    return {atom + by: amount for atom, amount in row.items()}


def _ties(blocks: Blocks, rows: Mapping[Place, Row]) -> tuple[list[tuple[Row, int]], set[Place]]:
    ties, known = list[tuple[Row, int]](), set[Place]()
    for places in blocks.equal:
        value = blocks.known(places)
        here = {blocks.of[p[0]]: p for p in reversed(places) if p in rows}
        if value is not None:
            ties += [(rows[place], value) for place in here.values()]
            known.update(places)
            continue
        first, *others = here.values() or [places[0]]
        ties += [(_minus(rows[first], rows[other]), 0) for other in others]
    whole = [one.relation for one in blocks.wholes if not one.left]
    for relation in (*blocks.parts, *blocks.sums, *whole):
        if (row := combined(relation, rows)) is not None:
            ties.append((row, 0))
    return [(row, value) for row, value in ties if row], known


def kind_of(row: Mapping[int, int]) -> Kind:
    """The kind of a row."""
    return frozenset(row.items())


def combined(relation: Relation, rows: Mapping[Place, Row]) -> Row | None:
    """The row of a relation; None where it is of tables that do not matter."""
    if any(place not in rows for place, _ in relation):
        return None
    found: Counter[int] = Counter()
    for place, sign in relation:
        for atom, amount in rows[place].items():
            found[atom] += sign * amount
    return {atom: amount for atom, amount in found.items() if amount}


def _block(tables: Sequence[Table], most: int, *, zeroes: bool) -> Atoms:
    counted = units(tables)
    every = {one for table in tables for one in table.dimensions}
    new = {d for table in tables if table.earlier is None for d in table.dimensions}
    values = allowed(tables, counted)
    for crossed in (every, new, set[str]()):
        kinds = _kinds(counted, crossed)
        size = sum(prod(len(values[_of(k), d]) for d in k.crossed) for k in kinds)
        if size <= most:
            break
    found = _Builder(tables, zeroes=zeroes)
    rules = decided(counted)
    for kind in kinds:
        for combination in _combinations(kind, values, rules):
            found.add(kind.pattern, combination)
    return found.built()


def _of(kind: _Kind) -> Presence:
    return tuple(i for i, amounts in enumerate(kind.pattern) if amounts is not None)


def _kinds(counted: Counter[Unit], crossed: set[str]) -> list[_Kind]:
    groups: dict[tuple[Presence, tuple[str, ...], tuple[tuple[str, Value], ...]], set[Pattern]]
    groups = defaultdict(set)
    for unit in counted:
        fixed = tuple((d, v) for d, v in unit.values if d not in crossed)
        open_ = tuple(d for d, _ in unit.values if d in crossed)
        groups[unit.presence, open_, fixed].add(unit.pattern)
    return [
        _Kind(pattern, fixed, open_)
        for (_, open_, fixed), patterns in sorted(groups.items(), key=repr)
        for pattern in irreducible(patterns)
    ]


def _combinations(
    kind: _Kind,
    values: Mapping[tuple[Presence, str], tuple[Value, ...]],
    rules: Mapping[Pair, Mapping[str, str]],
) -> Iterator[dict[str, Value]]:
    presence = _of(kind)
    for chosen in product(*(values[presence, d] for d in kind.crossed)):
        combination = dict(kind.fixed) | dict(zip(kind.crossed, chosen, strict=True))
        if not rules or possible(combination, rules):
            yield combination


class _Builder:
    def __init__(self, tables: Sequence[Table], *, zeroes: bool) -> None:
        self.tables = tables
        self.size = 0
        self.rows: dict[Place, Row] = defaultdict(dict)
        self.links: list[Row] = []
        self.apart = {
            (i, place)
            for i, table in enumerate(tables)
            for place, measure in enumerate(table.frame.measures)
            if measure.statistic == "persons" and not _adds_up(table, place)
        }
        self.empty = [_empty(table, zeroes=zeroes) for table in tables]

    def add(self, pattern: Pattern, values: Mapping[str, Value]) -> None:
        """One atom, unless a printed zero says that there is none."""
        where = [
            (i, self._codes(i, values), amounts)
            for i, amounts in enumerate(pattern)
            if amounts is not None
        ]
        for i, codes, amounts in where:
            if any(a and (codes, place) in self.empty[i] for place, a in enumerate(amounts)):
                return
        for i, codes, amounts in where:
            for place, amount in enumerate(amounts):
                if amount:
                    self._count(i, codes, place, amount)
        self.size += 1

    def _codes(self, table: int, values: Mapping[str, Value]) -> Codes:
        found = []
        for dimension in self.tables[table].dimensions:
            value = values[dimension]
            found.append(value if isinstance(value, str) else dict(value)[table])
        return tuple(found)

    def _count(self, table: int, codes: Codes, place: int, amount: int) -> None:
        if (table, place) in self.apart:
            self.rows[table, codes, place][self.size] = amount
            return
        for key in product(*((code, TOTAL) for code in codes)):
            self.rows[table, key, place][self.size] = amount

    def built(self) -> Atoms:
        """All rows, those of nobody too, and the margins of people who are counted once."""
        for i, place in sorted(self.apart):
            self._people(i, place)
        for i, table in enumerate(self.tables):
            for key in table.frame.keys():  # noqa: SIM118
                for place, measure in enumerate(table.frame.measures):
                    if measure.statistic != "median":
                        self.rows[i, key, place]  # a row of nobody is a row
        self._compare()
        return Atoms(self.size, dict(self.rows), tuple(self.links))

    def _people(self, table: int, place: int) -> None:
        frame = self.tables[table].frame
        margins = [key for key in frame.keys() if TOTAL in key]  # noqa: SIM118
        for key in margins:
            self.rows[table, key, place] = {self.size: 1}
            self.size += 1
        for key in margins:
            for axis in (axis for axis, code in enumerate(key) if code == TOTAL):
                parts = [
                    self.rows.get((table, (*key[:axis], code, *key[axis + 1 :]), place), {})
                    for code in frame.dimensions[axis].codes
                ]
                self.links += [_minus(self.rows[table, key, place], part) for part in parts if part]
                self.links.append(_minus(_total(parts), self.rows[table, key, place]))

    def _compare(self) -> None:
        """Margins of people in two tables: nobody can be fewer where nobody was left out."""
        for i, place in sorted(self.apart):
            for j, other in sorted(self.apart):
                one, two = self.tables[i], self.tables[j]
                if (
                    i != j
                    and one.frame.measures[place].id == two.frame.measures[other].id
                    and one.dimensions == two.dimensions
                    and _people(two, other) <= _people(one, place)
                ):
                    self.links += [
                        _minus(self.rows[i, key, place], self.rows[j, key, other])
                        for key in one.frame.keys()  # noqa: SIM118
                        if TOTAL in key and (j, key, other) in self.rows
                    ]


def _people(table: Table, place: int) -> set[tuple[str, Codes]]:
    return {(item.case, item.codes) for item in table.frame.items if item.amounts[place]}


def _adds_up(table: Table, place: int) -> bool:
    people = _people(table, place)
    return len({case for case, _ in people}) == len(people)


def _empty(table: Table, *, zeroes: bool) -> set[tuple[Codes, int]]:
    """The inner cells that are known to be of nobody."""
    if table.earlier is not None:
        if table.earlier.rounding:
            return set()
        printed = table.earlier.shown
        return {
            (key, place)
            for key in product(*(one.codes for one in table.frame.dimensions))
            for place, shown in enumerate(printed[key])
            if shown == 0
        }
    if zeroes:
        return set()
    cells = table.frame.cells
    return {
        (key, place)
        for key in product(*(one.codes for one in table.frame.dimensions))
        for place, value in enumerate(cells[key].values)
        if value == 0
    }


def _minus(one: Row, other: Row) -> Row:
    """The row of a difference."""
    found = {atom: one.get(atom, 0) - other.get(atom, 0) for atom in {**one, **other}}
    return {atom: amount for atom, amount in found.items() if amount}


def _total(rows: Sequence[Row]) -> Row:
    """The row of a sum."""
    found: Counter[int] = Counter()
    for row in rows:
        found.update(row)
    return dict(found)


__all__ = ["Atoms", "Kind", "Place", "Row", "atoms", "combined", "kind_of"]
