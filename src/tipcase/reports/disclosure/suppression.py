"""What is hidden beside the small cells, so that nobody can work those out.

First the cheapest partner in each line that has one hidden cell alone, as everybody does; then,
as long as the attack pins a number down, the cheapest of those printed numbers that it used. The
totals of a whole table are hidden last, if at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tipcase.reports.disclosure.atoms import Atoms, Place, atoms
from tipcase.reports.disclosure.attack import Attack, Exposure
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
        self._known = 0

    def find(self) -> Hidden:
        """The pattern; ``NotProtectableError`` where nothing is left to hide."""
        publication = self._publication
        equations = atoms(publication.tables, zeroes=self._zeroes)
        self._pair_up()
        aims = targets(publication, equations)
        if aims:
            bounds = {
                place: publication.bounds(place, is_hidden=place in self._hidden)
                for place in equations.rows
            }
            attack = Attack(equations, aims, bounds)
            for number in range(len(aims)):
                while not attack.safe(number) and self._hide_for(attack, number, equations):
                    pass
        return Hidden(frozenset(self._hidden), len(aims), self._known)

    def _hide_for(self, attack: Attack, number: int, equations: Atoms) -> bool:
        """Hide one more number for this target; False where nothing need, or can, be done."""
        exposure = attack.try_on(number)
        if exposure is None:
            return False
        candidates = self._candidates(exposure, attack.targets[number].row.keys(), equations)
        if not candidates and self._zeroes:
            # Those who read the earlier publications know it, whatever is printed now.
            self._known += 1
            return False
        partners = self._cheapest(candidates)
        if not partners:
            raise NotProtectableError("people could be counted out of this table")
        self._hidden.update(partners)
        attack.hide({p: self._publication.bounds(p, is_hidden=True) for p in partners})
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

    def _pair_up(self) -> None:
        """In each line with one hidden cell alone, hide another."""
        if self._publication.policy.rounding:
            return
        changed = True
        while changed:
            changed = False
            for i, table in self._publication.new():
                for place, measure in enumerate(table.frame.measures):
                    if measure.statistic == "median":
                        continue
                    for line in lines(table.frame):
                        changed |= self._pair([(i, key, place) for key in line])

    def _pair(self, line: list[Place]) -> bool:
        if sum(place in self._hidden for place in line) != 1:
            return False
        partner = self._cheapest(
            (place,)
            for place in line
            if place not in self._hidden and self._publication.value(place)
        )
        self._hidden.update(partner)
        return bool(partner)


def lines(frame: Frame) -> Iterator[list[tuple[str, ...]]]:
    """Each margin with the cells that it adds up."""
    for key in frame.keys():  # noqa: SIM118
        for axis, code in enumerate(key):
            if code == TOTAL:
                codes = frame.dimensions[axis].codes
                yield [key, *((*key[:axis], one, *key[axis + 1 :]) for one in codes)]


__all__ = ["Hidden", "Suppression", "lines"]
