"""What is hidden beside the small cells, so that nobody can work those out.

First the cheapest partner in each line that has one hidden cell alone, as everybody does; then,
as long as the attack pins a number down, the cheapest of those printed numbers that it used. The
totals of a whole table are hidden last, if at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tipcase.reports.disclosure.atoms import Atoms, Place, atoms
from tipcase.reports.disclosure.attack import UNTOLD, Attack, Exposure
from tipcase.reports.disclosure.policy import NotProtectableError
from tipcase.reports.disclosure.publication import Publication
from tipcase.reports.disclosure.targets import targets
from tipcase.reports.tables import TOTAL, Frame

# A margin is worth more than a cell, a total more than a margin, and a printed zero more than a
# cell of few people: hiding it says that somebody might be there.
MARGIN, WHOLE, ZERO = 3, 1000, 40


@dataclass(frozen=True)
class Hidden:
    """The places that are not printed; how many quantities were attacked, and known before."""

    places: frozenset[Place]
    checked: int
    known: int


class Suppression:
    """The search for a pattern under which the attack finds nothing."""

    def __init__(
        self,
        publication: Publication,
        *,
        zeroes: bool = False,
        pinned: bool = False,
        also: Iterable[Place] = (),
    ) -> None:
        """Hide ``also`` from the start; cells of nobody only with ``zeroes``.

        ``pinned``: the totals of the first table are hidden only where they must be themselves.
        """
        self._publication = publication
        self._zeroes = zeroes or publication.policy.zeroes == "hidden"
        self._pinned = pinned
        self._hidden = set(publication.small) | set(also)
        self._lines = {} if publication.policy.rounding else _lines(publication)
        self._known_places: frozenset[Place] = frozenset()
        self._known: set[int] = set()
        self._before: Attack | None = None

    def find(self) -> Hidden:
        """The pattern; ``NotProtectableError`` where nothing is left to hide."""
        publication = self._publication
        equations = atoms(publication.blocks, zeroes=self._zeroes)
        self._known_places = equations.known
        self._pair_up(self._hidden)
        aims = targets(publication, equations)
        if aims:
            bounds = {
                place: publication.bounds(place, is_hidden=place in self._hidden)
                for place in equations.rows
            }
            attack = Attack(equations, aims, bounds, publication.work)
            for number in range(len(aims)):
                while not attack.safe(number) and self._hide_for(attack, number, equations):
                    pass
        return Hidden(frozenset(self._hidden), len(aims), len(self._known))

    def _hide_for(self, attack: Attack, number: int, equations: Atoms) -> bool:
        """Hide one more number for this target; False where nothing need, or can, be done."""
        exposure = attack.try_on(number)
        if exposure is None:
            return False
        if number not in self._known and self._given_away(attack, number, equations):
            self._known.add(number)
            return True
        candidates = self._candidates(exposure, attack.targets[number].row.keys(), equations)
        partners = self._cheapest(candidates)
        if not partners:
            raise NotProtectableError("people could be counted out of this table")
        self._hidden.update(partners)
        more = {*partners, *self._pair_up(partners)} & equations.rows.keys()
        attack.hide({p: self._publication.bounds(p, is_hidden=True) for p in sorted(more)})
        return True

    def _given_away(self, attack: Attack, number: int, equations: Atoms) -> bool:
        """Whether earlier publications tell this, whatever is printed now: then no more is told.

        Only asked where cells of nobody may be hidden too: their zeroes are news otherwise.
        """
        publication = self._publication
        if not self._zeroes or all(table.earlier is None for table in publication.tables):
            return False
        if self._before is None:
            bounds = {
                place: publication.bounds(place, is_hidden=True)
                if publication.tables[place[0]].earlier is not None
                else UNTOLD
                for place in equations.rows
            }
            self._before = Attack(equations, attack.targets, bounds, publication.work)
        before = self._before
        if before.safe(number) or before.try_on(number) is None:
            return False
        attack.targets[number] = before.targets[number].within(
            before.least[number], before.most[number]
        )
        return True

    def _candidates(
        self, exposure: Exposure, target: Iterable[int], equations: Atoms
    ) -> list[tuple[Place, ...]]:
        found = [group for group in map(self._printed, exposure.holding) if group]
        if not found and exposure.whole:
            # No bound of the equations does it, but that people are whole: widen what is near.
            near = set(target)
            found = [
                group
                for place, row in equations.rows.items()
                if not near.isdisjoint(row) and (group := self._printed((place,)))
            ]
        return found

    def _printed(self, group: Iterable[Place]) -> tuple[Place, ...]:
        """What would have to be hidden of numbers that are the same; nothing where it is known."""
        publication, found = self._publication, list[Place]()
        for place in group:
            if publication.tables[place[0]].earlier is not None:
                low, high = publication.bounds(place, is_hidden=True)
                if low == high:
                    return ()
            elif place in self._known_places:
                return ()
            elif place not in self._hidden:
                found.append(place)
        return tuple(found)

    def _cheapest(self, groups: Iterable[tuple[Place, ...]]) -> tuple[Place, ...]:
        return min(
            (group for group in groups if all(map(self._may_hide, group))),
            key=lambda group: (sum(map(self._cost, group)), group),
            default=(),
        )

    def _may_hide(self, place: Place) -> bool:
        if self._publication.value(place) == 0 and not self._zeroes:
            return False
        return not (self._pinned and place[0] == 0 and set(place[1]) <= {TOTAL})

    def _cost(self, place: Place) -> float:
        table, key, _ = place
        cost = float(self._publication.value(place) or ZERO) * float(MARGIN ** key.count(TOTAL))
        return cost * WHOLE if table == 0 and set(key) <= {TOTAL} else cost

    def _pair_up(self, begin: Iterable[Place]) -> set[Place]:
        """In each line with one hidden number alone, hide another; from ``begin`` on."""
        found, waiting = set[Place](), sorted(begin)
        while waiting:
            for line in self._lines.get(waiting.pop(), ()):
                if sum(place in self._hidden for place in line) == 1:
                    partner = self._cheapest(
                        (place,)
                        for place in line
                        if place not in self._hidden and self._publication.value(place)
                    )
                    self._hidden.update(partner)
                    found.update(partner)
                    waiting += partner
        return found


def _lines(publication: Publication) -> Mapping[Place, list[list[Place]]]:
    """For each place, the lines in which one number follows from the others."""
    found: dict[Place, list[list[Place]]] = defaultdict(list)
    for i, table in publication.new():
        measures = table.frame.measures
        along = [
            [(i, key, place) for key in line]
            for place, measure in enumerate(measures)
            if measure.statistic != "median"
            for line in lines(table.frame)
        ]
        across = [
            [(i, key, place) for place in rule]
            for rule in balances(table.frame)
            for key in table.frame.keys()  # noqa: SIM118
        ]
        for line in (*along, *across):
            for place in line:
                found[place].append(line)
    return found


def balances(frame: Frame) -> list[list[int]]:
    """The measures that make each other up in every item: what came, what went, what is left."""
    places = [p for p, measure in enumerate(frame.measures) if measure.statistic == "sum"]
    rows = {tuple(Fraction(item.amounts[p] or 0) for p in places) for item in frame.items}
    leading: dict[int, list[Fraction]] = {}
    for one in sorted(rows):
        row = list(one)
        for column, other in leading.items():
            row = [a - row[column] * b for a, b in zip(row, other, strict=True)]
        column = next((number for number, a in enumerate(row) if a), -1)
        if column >= 0:
            row = [a / row[column] for a in row]
            for lead, other in leading.items():
                leading[lead] = [a - other[column] * b for a, b in zip(other, row, strict=True)]
            leading[column] = row
    free = [column for column in range(len(places)) if column not in leading]
    found = [[column, *(lead for lead, row in leading.items() if row[column])] for column in free]
    return [sorted(places[column] for column in each) for each in found if len(each) > 1]


def lines(frame: Frame) -> Iterator[list[tuple[str, ...]]]:
    """Each margin with the cells that it adds up."""
    for key in frame.keys():  # noqa: SIM118
        for axis, code in enumerate(key):
            if code == TOTAL:
                codes = frame.dimensions[axis].codes
                yield [key, *((*key[:axis], one, *key[axis + 1 :]) for one in codes)]


__all__ = ["Hidden", "Suppression", "lines"]
