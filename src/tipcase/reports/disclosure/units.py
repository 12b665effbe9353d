"""Who is counted where: the items of several tables, joined into units.

A unit is one item of a case as all the tables see it together: the cell and the amounts that it
has in each. Two items of one case are the same unit when nothing that both tables say of them
differs. No relation between tables or measures is declared anywhere: whatever always holds (a
balance, a filter, a year of four quarters, a quarter that begins where the last one ended) holds
for the units too, and is found there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd
from typing import TypeAlias

from tipcase.reports.disclosure.policy import Earlier
from tipcase.reports.tables import Codes, Frame, Item

Amounts: TypeAlias = tuple[int, ...]
# What a unit is in each table: None where it is not counted.
Pattern: TypeAlias = tuple[Amounts | None, ...]
# A unit's value of one dimension: a code, or a code by table where they differ.
Value: TypeAlias = str | tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Table:
    """One table of those that are seen together; ``earlier`` where it is out already."""

    frame: Frame
    earlier: Earlier | None = None

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The ids of its dimensions."""
        return tuple(one.id for one in self.frame.dimensions)


@dataclass(frozen=True)
class Unit:
    """What all tables say of one item: its amounts in each, and its value of each dimension."""

    pattern: Pattern
    values: tuple[tuple[str, Value], ...]

    @property
    def presence(self) -> tuple[int, ...]:
        """The tables that count it."""
        return tuple(i for i, amounts in enumerate(self.pattern) if amounts is not None)


@dataclass(frozen=True)
class _Entry:
    codes: Mapping[str, str]
    amounts: Amounts
    plain: Mapping[str, int | None]


def _entries(frame: Frame) -> dict[str, list[_Entry]]:
    """The items of each case; of several in one cell, the first carries the person."""
    found: dict[str, list[_Entry]] = defaultdict(list)
    counted: set[tuple[str, Codes, int]] = set()
    for item in frame.items:
        amounts = tuple(_amount(frame, item, place, counted) for place in range(len(item.amounts)))
        if any(amounts):
            codes = {one.id: code for one, code in zip(frame.dimensions, item.codes, strict=True)}
            plain = {m.id: a for m, a in zip(frame.measures, item.amounts, strict=True)}
            found[item.case].append(_Entry(codes, amounts, plain))
    return found


def _amount(frame: Frame, item: Item, place: int, counted: set[tuple[str, Codes, int]]) -> int:
    amount = item.amounts[place]
    statistic = frame.measures[place].statistic
    if not amount or statistic == "median":
        return 0
    if statistic == "sum":
        return amount
    before = (item.case, item.codes, place) in counted
    counted.add((item.case, item.codes, place))
    return int(not before)


class _Joined:
    """One unit while its entries are gathered."""

    def __init__(self) -> None:
        self.entries: dict[int, _Entry] = {}

    def likeness(self, table: int, entry: _Entry) -> int:
        """How much an entry is this unit; negative where it cannot be."""
        if table in self.entries:
            return -1
        score = 0
        for other in self.entries.values():
            shared = other.codes.keys() & entry.codes.keys()
            if any(other.codes[one] != entry.codes[one] for one in shared):
                return -1
            same = other.plain.keys() & entry.plain.keys()
            score += len(shared) + sum(2 for m in same if other.plain[m] == entry.plain[m])
        return score

    def unit(self, tables: int) -> Unit:
        """The unit, with one value for each dimension that any of its tables has."""
        values: dict[str, dict[int, str]] = defaultdict(dict)
        for table, entry in sorted(self.entries.items()):
            for dimension, code in entry.codes.items():
                values[dimension][table] = code
        return Unit(
            tuple(self.entries[i].amounts if i in self.entries else None for i in range(tables)),
            tuple(
                (one, by.popitem()[1] if len(set(by.values())) == 1 else tuple(by.items()))
                for one, by in sorted(values.items())
            ),
        )


def units(tables: Sequence[Table]) -> Counter[Unit]:
    """The units of all tables together, each with how often it occurs."""
    by_table = [_entries(table.frame) for table in tables]
    counted: Counter[Unit] = Counter()
    for case in sorted(set().union(*by_table)):
        joined: list[_Joined] = []
        for place, entries in enumerate(by_table):
            _join(joined, place, entries.get(case, []))
        counted.update(one.unit(len(tables)) for one in joined)
    return counted


def _join(joined: list[_Joined], table: int, entries: list[_Entry]) -> None:
    for entry in entries:
        scores = [one.likeness(table, entry) for one in joined]
        if scores and max(scores) >= 0:
            joined[scores.index(max(scores))].entries[table] = entry
        elif len(joined) == len(entries) == 1:
            # One person, seen otherwise meanwhile: grown older, a record put right.
            joined[0].entries[table] = entry
        else:
            joined.append(_Joined())
            joined[-1].entries[table] = entry


def _primitive(pattern: Pattern) -> Pattern:
    """A pattern without what its amounts have in common: six sessions are six times one."""
    amounts = [amount for one in pattern if one for amount in one]
    common = reduce(gcd, amounts, 0) or 1
    return tuple(one and tuple(amount // common for amount in one) for one in pattern)


def irreducible(patterns: Iterable[Pattern]) -> list[Pattern]:
    """The patterns that are no sums of others: what can be counted can be counted with these."""
    kept: list[Pattern] = []
    flat: list[Amounts] = []
    for pattern in sorted(set(map(_primitive, patterns)), key=lambda p: (sum(_flat(p)), repr(p))):
        if not _is_sum(_flat(pattern), flat):
            kept.append(pattern)
            flat.append(_flat(pattern))
    return kept


def _flat(pattern: Pattern) -> Amounts:
    return tuple(amount for one in pattern if one is not None for amount in one)


def _is_sum(amounts: Amounts, parts: list[Amounts], depth: int = 3) -> bool:
    if not any(amounts):
        return True
    if depth == 0 or min(amounts) < 0:
        return False
    for part in parts:
        if all(a >= p for a, p in zip(amounts, part, strict=True)):
            rest = tuple(a - p for a, p in zip(amounts, part, strict=True))
            if _is_sum(rest, parts, depth - 1):
                return True
    return False


__all__ = ["Amounts", "Pattern", "Table", "Unit", "Value", "irreducible", "units"]
