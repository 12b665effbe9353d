"""A counted table: its dimensions, its measures, and the items that it counts.

Everything that shows, protects or remembers a table takes a ``Frame``. Its items name cases, so a
frame is as confidential as the records it comes from: only ``cells`` of it are ever shown.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from tipcase.law.findings import Text

# The code of a margin: every category of that dimension together.
TOTAL = ""
# What nobody has written down, and what was asked and is not known.
MISSING, UNKNOWN = "missing", "unknown"

Statistic = Literal["sum", "persons", "median"]
Codes = tuple[str, ...]
# What is printed of a cell: a number; the mark of one that is hidden; None where there is none, as
# the median of nothing.
Shown = int | float | str | None


class Category(NamedTuple):
    """One value of a dimension, by its code."""

    code: str
    label: Text


@dataclass(frozen=True)
class Dimension:
    """What a table is broken down by; its categories stand in the order in which they are shown."""

    id: str
    label: Text
    categories: tuple[Category, ...]

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The codes of its categories."""
        return tuple(category.code for category in self.categories)


class Measure(NamedTuple):
    """What is counted.

    ``sum`` adds amounts up (1 a case, or 1 an event), ``persons`` counts each case once however
    many items it has, ``median`` is that of the amounts, in ``unit``.
    """

    id: str
    label: Text
    statistic: Statistic = "sum"
    unit: str = "cases"


class Item(NamedTuple):
    """One case, or one event of it, in the cell ``codes``; ``amounts`` follow the measures.

    None is an amount that does not count: no zero, which a median would take in.
    """

    case: str
    codes: Codes
    amounts: tuple[int | None, ...]


class Cell(NamedTuple):
    """One cell of a table: a value by measure, and how many people stand behind each."""

    codes: Codes
    values: tuple[float | int | None, ...]
    persons: tuple[int, ...]


@dataclass(frozen=True)
class Frame:
    """A table before it is shown: dimensions (none: totals alone), measures and items."""

    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    items: tuple[Item, ...] = field(repr=False)

    def keys(self) -> Iterator[Codes]:
        """The codes of every cell, margins (``TOTAL``) after the categories of each dimension."""
        return itertools.product(*((*one.codes, TOTAL) for one in self.dimensions))

    @cached_property
    def cells(self) -> Mapping[Codes, Cell]:
        """Every cell with its values, by its codes."""
        behind: dict[Codes, list[Item]] = {key: [] for key in self.keys()}
        for item in self.items:
            for key in itertools.product(*((code, TOTAL) for code in item.codes)):
                behind[key].append(item)
        return {key: self._cell(key, items) for key, items in behind.items()}

    def _cell(self, codes: Codes, items: list[Item]) -> Cell:
        found = [self._value(place, measure, items) for place, measure in enumerate(self.measures)]
        return Cell(codes, tuple(v for v, _ in found), tuple(p for _, p in found))

    @staticmethod
    def _value(place: int, measure: Measure, items: list[Item]) -> tuple[float | int | None, int]:
        amounts = [
            (item.case, amount) for item in items if (amount := item.amounts[place]) is not None
        ]
        if measure.statistic == "median":
            # Few tables have any, and loading this takes a while.
            from statistics import median

            people = {case for case, _ in amounts}
            return (median(a for _, a in amounts) if amounts else None), len(people)
        people = {case for case, amount in amounts if amount}
        if measure.statistic == "persons":
            return len(people), len(people)
        return sum(amount for _, amount in amounts), len(people)


__all__ = [
    "MISSING",
    "TOTAL",
    "UNKNOWN",
    "Category",
    "Cell",
    "Codes",
    "Dimension",
    "Frame",
    "Item",
    "Measure",
    "Shown",
]
