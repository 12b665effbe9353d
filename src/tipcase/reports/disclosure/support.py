"""Which combinations of codes may occur, as far as somebody outside can know.

Within one table everything may meet everything: it is for the printed zeros to say that it does
not. Between tables there is more to know: a filter, a quarter that not everybody was in, a
dimension that another one decides (a girl is female). Where in doubt the outsider is taken to know
what is true, which hides rather more than less.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import TypeAlias

from tipcase.reports.disclosure.units import Table, Unit, Value
from tipcase.reports.tables import MISSING, UNKNOWN

Presence: TypeAlias = tuple[int, ...]
Pair: TypeAlias = tuple[str, str]

# Nobody can say what decides the value of these.
UNDECIDED = (MISSING, UNKNOWN, "several")
# So many people a code before a pattern among them is taken for a rule.
EVIDENCE = 3


def allowed(
    tables: Sequence[Table], counted: Counter[Unit]
) -> dict[tuple[Presence, str], tuple[Value, ...]]:
    """The values that each dimension may have for those whom the same tables count."""
    seen: dict[tuple[Presence, str], set[Value]] = defaultdict(set)
    for unit in counted:
        for dimension, value in unit.values:
            seen[unit.presence, dimension].add(value)
    free = {one for table in tables for one in table.dimensions if _free(one, tables, counted)}
    for (presence, dimension), values in seen.items():
        if dimension in free:
            values.update(_codes(tables, presence, dimension))
    return {key: tuple(sorted(values, key=repr)) for key, values in seen.items()}


def _codes(tables: Sequence[Table], presence: Presence, dimension: str) -> set[str]:
    each = [
        set(one.codes)
        for place in presence
        for one in tables[place].frame.dimensions
        if one.id == dimension
    ]
    return set.intersection(*each)


def _free(dimension: str, tables: Sequence[Table], counted: Counter[Unit]) -> bool:
    """Whether no table without this dimension picks among those whom the tables with it count."""
    having = {place for place, table in enumerate(tables) if dimension in table.dimensions}
    groups: dict[frozenset[int], set[frozenset[int]]] = defaultdict(set)
    for unit in counted:
        presence = frozenset(unit.presence)
        if presence & having:
            groups[presence & having].add(presence - having)
    return all(len(others) == 1 for others in groups.values())


def decided(counted: Counter[Unit]) -> Mapping[Pair, Mapping[str, str]]:
    """The dimensions that decide another one, each with the codes that it decides."""
    pairs: dict[Pair, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    number: Counter[Pair] = Counter()
    for unit, times in counted.items():
        plain = [(d, v) for d, v in unit.values if isinstance(v, str) and v not in UNDECIDED]
        for (one, value), (other, decision) in permutations(plain, 2):
            pairs[one, other][value].add(decision)
            number[one, other] += times
    return {
        pair: {value: next(iter(found)) for value, found in by.items()}
        for pair, by in pairs.items()
        if all(len(found) == 1 for found in by.values())
        and len(set().union(*by.values())) > 1
        and number[pair] >= EVIDENCE * len(by)
    }


def possible(values: Mapping[str, Value], rules: Mapping[Pair, Mapping[str, str]]) -> bool:
    """Whether these values of several dimensions go together."""
    for (one, other), decisions in rules.items():
        decision = decisions.get(str(values.get(one, "")))
        value = values.get(other)
        if decision and isinstance(value, str) and value not in (*UNDECIDED, decision):
            return False
    return True


__all__ = ["Pair", "Presence", "allowed", "decided", "possible"]
