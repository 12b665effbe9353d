"""What nobody may work out: small cells, those of earlier publications too, and small differences.

A difference is small where the same cell of two tables was counted over nearly the same people:
twelve printed in March and thirteen in April, of the same quarter, tell of one person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tipcase.reports.disclosure.atoms import Atoms, Kind, Place, Row, combined, kind_of
from tipcase.reports.disclosure.behind import same_cells, same_measures
from tipcase.reports.disclosure.blocks import Relation
from tipcase.reports.disclosure.policy import Policy
from tipcase.reports.disclosure.publication import Publication


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

    def beside(self, other: Target) -> Target:
        """The stricter of two that are to be kept of one number, in every respect."""
        return replace(
            self,
            width=max(self.width, other.width),
            high=max(self.high, other.high),
            low=min(self.low, other.low),
        )

    def within(self, least: float, most: float) -> Target:
        """What is still to be kept of it where a guess lies between these two already."""
        return replace(
            self,
            width=min(self.width, most - least),
            high=min(self.high, most),
            low=max(self.low, least),
        )


def targets(publication: Publication, atoms: Atoms) -> list[Target]:
    """Everything that is to be kept, each number once: as strictly as any asks that keeps it."""
    if publication.policy.rounding:
        found = [_rounded(publication, atoms, place) for place in sorted(publication.small)]
    else:
        found = [_cell(publication, atoms, place) for place in sorted(publication.small)]
    found += _hidden_before(publication, atoms)
    found += _differences(publication, atoms)
    once: dict[Kind, Target] = {}
    for one in found:
        kind = kind_of(one.row)
        once[kind] = one.beside(once[kind]) if kind in once else one
    return [one for kind, one in once.items() if kind]


def _cell(publication: Publication, atoms: Atoms, place: Place) -> Target:
    k, value = publication.policy.k, publication.value(place)
    if (place[0], place[2]) in publication.marked:
        return Target(atoms.rows[place], value, 0, k - 1, 1)
    width = publication.policy.width(value, publication.persons(place))
    return Target(atoms.rows[place], value, width, k, value)


def _rounded(publication: Publication, atoms: Atoms, place: Place) -> Target:
    """A rounded number must stay as open as its rounding leaves it, and as if it were hidden."""
    value, policy = publication.value(place), publication.policy
    width = _rounded_width(policy, value, publication.persons(place))
    return Target(atoms.rows[place], value, width, value, value)


def _rounded_width(policy: Policy, value: float, persons: int) -> int:
    assert policy.rounding is not None
    return max(policy.rounding - 1, policy.width(value, persons))


def _hidden_before(publication: Publication, atoms: Atoms) -> Iterator[Target]:
    """Small numbers that earlier publications hid or rounded stay as open as those left them."""
    for i, table in enumerate(publication.tables):
        if table.earlier is None:
            continue
        k = min(publication.policy.k, table.earlier.k)
        for key, cell in table.frame.cells.items():
            for place, shown in enumerate(table.earlier.shown[key]):
                row, persons = atoms.rows.get((i, key, place)), cell.persons[place]
                if not row or not 0 < persons < k:
                    continue
                value = cell.values[place] or 0
                if table.earlier.rounding:
                    yield Target(row, value, table.earlier.rounding - 1, value, value)
                elif isinstance(shown, str) and shown.startswith("<"):
                    yield Target(row, value, 0, k - 1, 1)
                elif isinstance(shown, str):
                    yield Target(row, value, Policy(k).width(value, persons), k, value)


def _differences(publication: Publication, atoms: Atoms) -> Iterator[Target]:
    blocks, k = publication.blocks, publication.policy.k
    for i, new in publication.new():
        for j, old in enumerate(publication.tables):
            if old.earlier is None or (nested := blocks.overlap(i, j)) is None:
                continue
            for one, two in same_measures(new, old):
                for key, other in same_cells(new, old):
                    people = blocks.left((i, key, one), (j, other, two))
                    mixed = nested and len({amount > 0 for amount in people.values()}) > 1
                    if people and len(people) < k and not mixed:
                        relation = (((i, key, one), 1), ((j, other, two), -1))
                        yield from _difference(publication, atoms, relation, people)
    for whole in blocks.wholes:
        if 0 < len(whole.left) < k:
            yield from _difference(publication, atoms, whole.relation, whole.left)


def _difference(
    publication: Publication, atoms: Atoms, relation: Relation, people: Mapping[str, int]
) -> Iterator[Target]:
    row, value, policy = combined(relation, atoms.rows), sum(people.values()), publication.policy
    if row is None or not value:
        return
    if value < 0:
        row, value = {atom: -amount for atom, amount in row.items()}, -value
    if policy.rounding:
        yield Target(row, value, _rounded_width(policy, value, len(people)), value, value)
    else:
        yield Target(row, value, policy.width(value, len(people)), policy.k, value)


__all__ = ["Target", "targets"]
