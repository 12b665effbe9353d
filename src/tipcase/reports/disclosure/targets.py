"""What nobody may work out: small cells, those of earlier publications too, and small differences.

A difference is small where the same cell of two tables was counted over nearly the same people:
twelve printed in March and thirteen in April, of the same quarter, tell of one person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from tipcase.reports.disclosure.atoms import Atoms, Place, Row, minus
from tipcase.reports.disclosure.policy import Period, Policy
from tipcase.reports.disclosure.publication import Publication
from tipcase.reports.disclosure.units import Table
from tipcase.reports.tables import TOTAL, Codes


@dataclass(frozen=True)
class Target:
    """A number to be kept, and from where to where a guess at it must at least reach.

    ``width`` between the least and the greatest value that fit all that is printed; the greatest
    at least ``high``, the least at most ``low``.
    """

    row: Row
    value: float
    width: float
    high: float
    low: float

    def safe(self, least: float, most: float) -> bool:
        """Whether a guess between these two is no better than it may be."""
        return most - least >= self.width and most >= self.high and least <= self.low


def targets(publication: Publication, atoms: Atoms) -> list[Target]:
    """Everything that is to be kept, each number once."""
    if publication.policy.rounding:
        found = [_rounded(publication, atoms, place) for place in sorted(publication.small)]
    else:
        found = [_cell(publication, atoms, place) for place in sorted(publication.small)]
    found += _hidden_before(publication, atoms)
    found += _differences(publication, atoms)
    once = {frozenset(one.row.items()): one for one in reversed(found)}
    return [one for row, one in reversed(once.items()) if row]


def _cell(publication: Publication, atoms: Atoms, place: Place) -> Target:
    k, value = publication.policy.k, publication.value(place)
    if (place[0], place[2]) in publication.marked:
        return Target(atoms.rows[place], value, 0, k - 1, 1)
    width = publication.policy.width(value, publication.persons(place))
    return Target(atoms.rows[place], value, width, k, value)


def _rounded(publication: Publication, atoms: Atoms, place: Place) -> Target:
    """A rounded number must stay as open as its rounding leaves it."""
    assert publication.policy.rounding is not None
    value = publication.value(place)
    return Target(atoms.rows[place], value, publication.policy.rounding - 1, value, value)


def _hidden_before(publication: Publication, atoms: Atoms) -> Iterator[Target]:
    for i, table in enumerate(publication.tables):
        if table.earlier is None or table.earlier.rounding:
            continue
        k = min(publication.policy.k, table.earlier.k)
        for key, cell in table.frame.cells.items():
            for place, shown in enumerate(table.earlier.shown[key]):
                row = atoms.rows.get((i, key, place))
                if row and isinstance(shown, str) and 0 < cell.persons[place] < k:
                    value = cell.values[place] or 0
                    if shown.startswith("<"):
                        yield Target(row, value, 0, k - 1, 1)
                    else:
                        yield Target(
                            row, value, Policy(k).width(value, cell.persons[place]), k, value
                        )


def _differences(publication: Publication, atoms: Atoms) -> Iterator[Target]:
    for i, new in publication.new():
        for j, old in enumerate(publication.tables):
            if old.earlier is None:
                continue
            nested = _overlap(publication.period, old.earlier.period)
            for one, two in _same_measures(new, old) if nested is not None else ():
                before, after = _amounts(old, two), _amounts(new, one)
                for key, other in _same_cells(new, old):
                    people = _people(after, before, key, other)
                    value = sum(people.values())
                    mixed = nested and len({amount > 0 for amount in people.values()}) > 1
                    if value and len(people) < publication.policy.k and not mixed:
                        row = minus(atoms.rows[i, key, one], atoms.rows[j, other, two])
                        yield _difference(row, value, publication.policy, len(people))


def _difference(row: Row, value: int, policy: Policy, persons: int) -> Target:
    if value < 0:
        row, value = {atom: -amount for atom, amount in row.items()}, -value
    if policy.rounding:
        return Target(row, value, policy.rounding - 1, value, value)
    return Target(row, value, policy.width(value, persons), policy.k, value)


def _overlap(one: Period | None, other: Period | None) -> bool | None:
    """False for the same period, True for one within or across another, None for none."""
    if one is None or other is None or one == other:
        return False
    return True if one[0] <= other[1] and other[0] <= one[1] else None


def _same_measures(one: Table, other: Table) -> Iterator[tuple[int, int]]:
    places = {measure.id: place for place, measure in enumerate(other.frame.measures)}
    for place, measure in enumerate(one.frame.measures):
        if measure.id in places and measure.statistic != "median":
            yield place, places[measure.id]


def _same_cells(one: Table, other: Table) -> Iterator[tuple[Codes, Codes]]:
    shared = [d for d in one.frame.dimensions if d.id in other.dimensions]
    others = {d.id: set(d.codes) for d in other.frame.dimensions}
    for codes in product(*((*(c for c in d.codes if c in others[d.id]), TOTAL) for d in shared)):
        by_id = {d.id: code for d, code in zip(shared, codes, strict=True)}
        yield (
            tuple(by_id.get(d, TOTAL) for d in one.dimensions),
            tuple(by_id.get(d, TOTAL) for d in other.dimensions),
        )


Amounts = Mapping[Codes, Mapping[str, int]]


def _amounts(table: Table, place: int) -> Amounts:
    """What each case adds to each cell."""
    found: dict[Codes, Counter[str]] = defaultdict(Counter)
    persons = table.frame.measures[place].statistic == "persons"
    for item in table.frame.items:
        amount = item.amounts[place]
        if amount:
            for key in product(*((code, TOTAL) for code in item.codes)):
                found[key][item.case] = 1 if persons else found[key][item.case] + amount
    return found


def _people(after: Amounts, before: Amounts, key: Codes, other: Codes) -> dict[str, int]:
    one, two = after.get(key, {}), before.get(other, {})
    return {
        case: amount for case in {**one, **two} if (amount := one.get(case, 0) - two.get(case, 0))
    }


__all__ = ["Target", "targets"]
