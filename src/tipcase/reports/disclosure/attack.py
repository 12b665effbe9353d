"""The attack that an outsider could make, with everything that is printed.

A number is safe when there are two sets of tables, in whole people, that print exactly alike and
in which it differs by more than a guess may be sure of. Each answer of the solver is such a set,
and bears witness for every number at once; so few questions are enough for most tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from tipcase.reports.disclosure.atoms import Atoms, Kind, Place, kind_of
from tipcase.reports.disclosure.policy import NotProtectableError, Work
from tipcase.reports.disclosure.programme import DUAL, EXACT, INFINITE, Answer, Programme
from tipcase.reports.disclosure.publication import Bounds
from tipcase.reports.disclosure.targets import Target

# Larger amounts are money or days: nobody counts people by what they are divisible by.
COUNTED = 20
# No unknown is larger than so many times all that is printed: a guess that gets there has no end.
ROOM = 4
# So many ways of what is near are tried before the slow search among whole numbers.
TURNS = 6
# What a hidden number tells: nothing but that it is none below nobody.
UNTOLD: Bounds = (0.0, INFINITE)


@dataclass(frozen=True)
class Exposure:
    """What pins a number down: printed numbers, those together that are the same sum.

    ``whole``: only that people are whole does.
    """

    holding: tuple[tuple[Place, ...], ...]
    whole: bool


class Attack:
    """The equations of all tables, and the least and greatest that each target was seen at."""

    def __init__(
        self,
        atoms: Atoms,
        targets: Sequence[Target],
        bounds: Mapping[Place, Bounds],
        work: Work,
    ) -> None:
        self._work = work
        self.targets = list(targets)
        self.least = [float(target.value) for target in targets]
        self.most = list(self.least)
        self._counted = _counted(atoms)
        groups, self._row_of = _grouped(atoms, bounds)
        self._printed = list(groups.values())
        self._rows = [*map(dict, groups), *atoms.links, *(row for row, _ in atoms.ties)]
        self._bounds = [
            *(_common(places.values()) for places in self._printed),
            *(UNTOLD for _ in atoms.links),
            *((float(value), float(value)) for _, value in atoms.ties),
        ]
        self._limits = [(0.0, self._room(atoms, bounds))] * atoms.size
        self._programme = Programme(self._rows, self._bounds, self._limits, work=work)
        self._nearby: Nearby | None = None
        self._survey()

    def _room(self, atoms: Atoms, bounds: Mapping[Place, Bounds]) -> float:
        finite = [high for _, high in bounds.values() if high < INFINITE]
        finite += [value for _, value in atoms.ties]
        reach = max((target.high for target in self.targets), default=0)
        return ROOM * (max(finite, default=0) + reach + max(self.most, default=0))

    def hide(self, places: Mapping[Place, Bounds]) -> None:
        """Take back numbers that were printed; what their marks tell stays known."""
        for place, bounds in places.items():
            row = self._row_of[place]
            self._printed[row][place] = bounds
            self._bounds[row] = _common(self._printed[row].values())
            self._programme.bound(row, *self._bounds[row])
            if self._nearby is not None:
                self._nearby.bound(row, *self._bounds[row])

    def safe(self, number: int) -> bool:
        """Whether two sets of tables bear witness for this target."""
        return self.targets[number].safe(self.least[number], self.most[number])

    def try_on(self, number: int) -> Exposure | None:
        """Ask for the greatest and least of a target: what exposes it, or None when it is safe."""
        target = self.targets[number]
        answers = []
        for most in (True, False):
            answers.append(self._ask(target.row, most=most))
            if self.safe(number):
                return None
        holding = self._holding(answers)
        if not target.safe(*(_of(target, one.values) for one in reversed(answers))):
            return Exposure(holding, whole=False)
        if self._whole(number, _of(target, answers[1].values), _of(target, answers[0].values)):
            return None
        return Exposure(holding, whole=True)

    def _whole(self, number: int, least: float, most: float) -> bool:
        """Look for witnesses in whole people, between what the equations alone allow."""
        target = self.targets[number]
        for goal in (
            (max(target.high, min(self.least[number] + target.width, floor(most))), most),
            (floor((target.value + most) / 2), most),
            (least, min(target.low, max(self.most[number] - target.width, ceil(least)))),
        ):
            self._look(target, goal)
            if self.safe(number):
                return True
        return False

    def _look(self, target: Target, goal: Bounds) -> None:
        """Find tables in whole people with the target in some range: nearby, then anywhere."""
        if self._nearby is not None:
            for turn in range(TURNS):
                values = self._nearby.ask(target.row, goal, turn)
                if values is not None and self._witness(values):
                    return
        found = self._programme.ask_within(target.row, goal, {}, self._counted)
        if found is not None and self._witness(found.values) and self._nearby is None:
            self._nearby = Nearby(self._rows, self._bounds, self._limits, found.values, self._work)

    def _ask(self, goal: Mapping[int, float], *, most: bool) -> Answer:
        answer = self._programme.ask(goal, most=most)
        if answer is None:
            raise NotProtectableError(
                "an earlier publication says otherwise than what it was counted from",
                "run `tipcase verify`, then publish again",
            )
        self._witness(answer.values)
        return answer

    def _holding(self, answers: Sequence[Answer]) -> tuple[tuple[Place, ...], ...]:
        return tuple(
            tuple(places)
            for row, places in enumerate(self._printed)
            if any(abs(answer.binding[row]) > EXACT for answer in answers)
        )

    def _survey(self) -> None:
        """A few questions about all targets together, which settle most of them."""
        for step in (0, 1, 2, 3):
            goal: dict[int, float] = {}
            for number, target in enumerate(self.targets):
                sign = -1 if step and (number // step) % 2 else 1
                for atom, amount in target.row.items() if not self.safe(number) else ():
                    goal[atom] = goal.get(atom, 0) + sign * amount
            if goal:
                self._ask(goal, most=True)
                self._ask(goal, most=False)

    def _witness(self, values: Sequence[float]) -> bool:
        if not all(abs(values[atom] - round(values[atom])) < EXACT for atom in self._counted):
            return False
        for number, target in enumerate(self.targets):
            if not self.safe(number):
                value = _of(target, values)
                self.least[number] = min(self.least[number], value)
                self.most[number] = max(self.most[number], value)
        return True


class Nearby:
    """The ways in which one set of tables can be changed so that it prints the same.

    The smallest change is nearly always one in whole people; the greatest seldom is.
    """

    def __init__(
        self,
        rows: Sequence[Mapping[int, int]],
        bounds: Sequence[Bounds],
        limits: Sequence[Bounds],
        start: Sequence[float],
        work: Work,
    ) -> None:
        self._size, self._start = len(start), [float(round(value)) for value in start]
        self._base = [sum(n * self._start[atom] for atom, n in row.items()) for row in rows]
        more = [(0.0, high - value) for (_, high), value in zip(limits, self._start, strict=True)]
        self._programme = Programme(
            [self._both(row) for row in rows],
            [(low - b, high - b) for (low, high), b in zip(bounds, self._base, strict=True)],
            [*more, *((0.0, value) for value in self._start)],
            work=work,
            method=DUAL,
        )
        self._costs = [
            {c: 1.0 + (turn * 7919 * (c + 1)) % 101 / 101 for c in range(2 * self._size)}
            for turn in range(TURNS)
        ]

    def _both(self, row: Mapping[int, int]) -> dict[int, int]:
        return {**row, **{atom + self._size: -amount for atom, amount in row.items()}}

    def bound(self, row: int, low: float, high: float) -> None:
        """Set the bounds of a row."""
        self._programme.bound(row, low - self._base[row], high - self._base[row])

    def ask(self, goal: Mapping[int, int], within: Bounds, turn: int) -> list[float] | None:
        """The nearest tables with a sum between two bounds; what is near differs by turn."""
        base = sum(amount * self._start[atom] for atom, amount in goal.items())
        low, high = within[0] - base, within[1] - base
        # A step further is as good, and whole more often.
        step = min(turn // 2, high - low)
        bounds = (low + step, high) if low > 0 else (low, high - step)
        answer = self._programme.ask_within(self._both(goal), bounds, self._costs[turn])
        if answer is None:
            return None
        more, fewer = answer.values[: self._size], answer.values[self._size :]
        return [s + m - f for s, m, f in zip(self._start, more, fewer, strict=True)]


def _of(target: Target, values: Sequence[float]) -> float:
    return round(sum(amount * values[atom] for atom, amount in target.row.items()), 5)


def _grouped(
    atoms: Atoms, bounds: Mapping[Place, Bounds]
) -> tuple[dict[Kind, dict[Place, Bounds]], dict[Place, int]]:
    """The rows, each with the printed numbers that are the same sum, and the row of each number."""
    groups: dict[Kind, dict[Place, Bounds]] = {}
    for place, row in atoms.rows.items():
        if row and bounds[place] != UNTOLD:
            groups.setdefault(kind_of(row), {})[place] = bounds[place]
    return groups, {p: row for row, places in enumerate(groups.values()) for p in places}


def _common(bounds: Iterable[Bounds]) -> Bounds:
    each = list(bounds)
    return max(low for low, _ in each), min(high for _, high in each)


def _counted(atoms: Atoms) -> list[int]:
    largest = [1] * atoms.size
    for row in atoms.rows.values():
        for atom, amount in row.items():
            largest[atom] = max(largest[atom], abs(amount))
    return [atom for atom, amount in enumerate(largest) if amount <= COUNTED]


__all__ = ["Attack", "Exposure"]
