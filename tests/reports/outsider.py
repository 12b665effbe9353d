"""Somebody outside, with a solver and what was printed: no line of the code that protects.

An outsider writes an unknown for every kind of person that there may be (where they stand in each
table, and what the measures then are), a sum for every printed number, and asks for the least and
the greatest whole number of people in a hidden cell. Kinds of people are written down by each test
from what the tables mean, not from who is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import TypeAlias

import highspy

from tipcase.reports.tables import TOTAL, Codes

Shown: TypeAlias = "int | float | str | None"
Sheet: TypeAlias = Mapping[Codes, tuple[Shown, ...]]
# What one person may be: for each sheet, the cell and the measures there, or None.
Cell: TypeAlias = tuple[int, Codes, int]
Meaning: TypeAlias = "Callable[[Shown], tuple[float, float]]"
Kind: TypeAlias = "tuple[tuple[Codes, tuple[int, ...]] | None, ...]"


class Outsider:
    """The equations of all printed sheets over the kinds of people."""

    def __init__(
        self,
        sheets: Sequence[Sheet],
        kinds: Iterable[Kind],
        meaning: Meaning | Sequence[Meaning],
    ) -> None:
        meanings = [meaning] * len(sheets) if callable(meaning) else meaning
        self._kinds = [kind for kind in kinds if not _printed_zero(kind, sheets, meanings)]
        self._solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.silent()
        self._solver.setOptionValue("threads", 1)
        self._found: list[list[int]] = []
        self._people = [
            self._solver.addVariable(0, 10_000, type=highspy.HighsVarType.kInteger)
            for _ in self._kinds
        ]
        self._cells: dict[Cell, dict[int, int]] = {}
        for number, kind in enumerate(self._kinds):
            for sheet, one in enumerate(kind):
                if one is not None:
                    for key in product(*((code, TOTAL) for code in one[0])):
                        for place, amount in enumerate(one[1]):
                            if amount:
                                cell = self._cells.setdefault((sheet, key, place), {})
                                cell[number] = amount
        for (sheet, key, place), cell in self._cells.items():
            low, high = meanings[sheet](sheets[sheet][key][place])
            if (low, high) != (0, float("inf")):
                self._solver.addRow(
                    low, high, len(cell), list(cell), list(map(float, cell.values()))
                )

    def guess(
        self, sheet: int, key: Codes, place: int, enough: Callable[[float, float], bool]
    ) -> tuple[float, float]:
        """Between what and what a cell lies, as a whole number; no further than is ``enough``.

        Every solution that was found before is remembered: it prints the same, too.
        """
        return self._range(self._cells.get((sheet, key, place), {}), enough)

    def difference(
        self, one: Cell, two: Cell, enough: Callable[[float, float], bool]
    ) -> tuple[float, float]:
        """The same for the difference of two cells."""
        goal = dict(self._cells.get(one, {}))
        for number, amount in self._cells.get(two, {}).items():
            goal[number] = goal.get(number, 0) - amount
        return self._range(goal, enough)

    def _range(
        self, goal: dict[int, int], enough: Callable[[float, float], bool]
    ) -> tuple[float, float]:
        seen = [self._value(goal, found) for found in self._found]
        if seen and enough(min(seen), max(seen)):
            return min(seen), max(seen)
        size = len(self._kinds)
        self._solver.changeColsCost(
            size, list(range(size)), [float(goal.get(kind, 0)) for kind in range(size)]
        )
        for sense in (highspy.ObjSense.kMaximize, highspy.ObjSense.kMinimize):
            self._solver.changeObjectiveSense(sense)
            self._solver.run()
            assert self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
            self._found.append([round(value) for value in self._solver.getSolution().col_value])
            seen.append(self._value(goal, self._found[-1]))
        return min(seen), max(seen)

    @staticmethod
    def _value(goal: Mapping[int, int], found: Sequence[int]) -> int:
        return sum(amount * found[kind] for kind, amount in goal.items())


def exact(shown: Shown) -> tuple[float, float]:
    """What a printed number or a mark tells."""
    if isinstance(shown, str):
        return (1, int(shown[1:]) - 1) if shown.startswith("<") else (0, float("inf"))
    return float(shown or 0), float(shown or 0)


def rounded(base: int) -> Meaning:
    """What a number tells that was rounded to a multiple of a base next to it."""

    def meaning(shown: Shown) -> tuple[float, float]:
        low, high = exact(shown)
        return (low, high) if isinstance(shown, str) else (max(low - base + 1, 0), high + base - 1)

    return meaning


def _printed_zero(kind: Kind, sheets: Sequence[Sheet], meanings: Sequence[Meaning]) -> bool:
    return any(
        one is not None
        and any(a and meanings[i](sheets[i][one[0]][p]) == (0, 0) for p, a in enumerate(one[1]))
        for i, one in enumerate(kind)
    )
