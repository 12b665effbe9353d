"""Joining what people wrote apart into one record, field by field.

``merge`` knows the record from before they parted (the base) and what each side made of it:

- what one side changed and no other, and what several changed alike, is taken;
- groups of fields are joined field by field, lists of items by the items' ids, and lists of plain
  values as sets: what any side added is there, what any side removed is gone;
- an order is kept when at most one side rearranged; two that rearranged differently are a conflict;
- anything else that two sides changed differently is a conflict: a value against another, a removal
  against a change, an honest unknown against anything. The base's value stays in the record and the
  sides' values stand in the conflict;
- a conflict that is open already is a value like any other: untouched it is carried, settled on one
  side it is settled, and what a further side says of its field joins it. A conflict within a group
  that is itself disputed is lifted: each of its values becomes a whole group to choose from.

The result is the same for every order of the sides, and whoever merges. Nothing that a side wrote
is lost: it is in the record or in a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any

from tipcase.casebook.merge.conflicts import ABSENT, Conflict, Said, mark, path_of, steps_of


@dataclass(frozen=True)
class Side:
    """What one side made of a record: its data, and who wrote it when, in which entry.

    ``entry`` alone orders the sides. ``conflicts`` are those that are open in this version.
    """

    data: Mapping[str, Any] = field(repr=False)
    by: str
    time: str
    entry: str = ""
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True)
class Merged:
    """A joined record: its data, and what is left for people to settle."""

    data: dict[str, Any] = field(repr=False)
    conflicts: tuple[Conflict, ...]


def merge(
    base: Mapping[str, Any], sides: Sequence[Side], open_before: Sequence[Conflict] = ()
) -> Merged:
    """Join two or more sides of a record.

    ``base`` is the record before they parted and ``open_before`` its open conflicts; it is empty
    where people created the same record apart.
    """
    ordered = sorted(sides, key=lambda side: (side.entry, side.by, side.time))
    before, stray_before = _opened(base, open_before)
    trees, strays = [], []
    for side in ordered:
        tree, stray = _opened(side.data, side.conflicts)
        trees.append(_Value(tree, side))
        strays.append(stray)
    joined = _by_key(before, trees, dict)
    said: dict[str, list[Said]] = {}
    for one in [*_found(joined, ()), *_strays(stray_before, strays)]:
        said.setdefault(one.field, []).extend(one.values)
    found = (Conflict(path, each_once(values)) for path, values in sorted(said.items()))
    return Merged(_plain(joined), tuple(found))


# -- a record in memory while it is joined --


@dataclass(frozen=True, eq=False)
class _Torn:
    """A field in conflict: what stands in the record meanwhile, and what was said of it."""

    standing: Any
    values: tuple[Said, ...]


class _Items(dict[str, Any]):
    """A list of items by their ids, in order."""


@dataclass(frozen=True, eq=False)
class _Value:
    """What a side has at one place."""

    value: Any
    side: Side


def _opened(
    data: Mapping[str, Any], conflicts: Sequence[Conflict]
) -> tuple[dict[str, Any], tuple[Conflict, ...]]:
    """A record with its conflicts put where they belong, and those that fit nowhere."""
    tree: dict[str, Any] = {str(key): _tree(value) for key, value in data.items()}
    stray = []
    for one in conflicts:
        *above, last = steps_of(one.field)
        node: Any = tree
        for step in above:
            node = node.setdefault(step, {}) if _holds_fields(node) else None
        if not _holds_fields(node):
            stray.append(one)
        else:
            node[last] = _Torn(_plain(node.get(last, ABSENT)), one.values)
    return tree, tuple(stray)


def _tree(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _tree(inner) for key, inner in value.items()}
    if isinstance(value, list):
        ids = [item.get("id") if isinstance(item, dict) else None for item in value]
        if value and all(isinstance(one, str) for one in ids) and len(set(ids)) == len(ids):
            return _Items({str(item["id"]): _tree(item) for item in value})
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _plain(node: Any) -> Any:
    """The record's own values, what is in conflict as it stands meanwhile."""
    if isinstance(node, _Torn):
        return node.standing
    if isinstance(node, _Items):
        items = ((_plain(item), item) for item in node.values())
        return [value for value, item in items if not _is_hollow(value, item)]
    if isinstance(node, dict):
        pairs = ((str(key), _plain(inner), inner) for key, inner in node.items())
        return {key: value for key, value, inner in pairs if not _is_hollow(value, inner)}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    return str(node) if isinstance(node, str) else node


def _is_hollow(value: Any, node: Any) -> bool:
    """Whether nothing stands in the record there: a group of nothing but open conflicts."""
    return value is ABSENT or (not value and isinstance(value, dict | list) and _has_torn(node))


def _has_torn(node: Any) -> bool:
    return isinstance(node, _Torn) or (
        isinstance(node, dict) and any(_has_torn(inner) for inner in node.values())
    )


def _mark(node: Any) -> Any:
    """``mark`` for a record with conflicts in it; of a conflict, who said it does not count."""
    if isinstance(node, _Torn):
        return ("torn", mark(node.standing), frozenset(mark(said.value) for said in node.values))
    if isinstance(node, _Items):
        return ("items", tuple((key, _mark(item)) for key, item in node.items()))
    if isinstance(node, dict):
        return ("mapping", tuple(sorted((key, _mark(inner)) for key, inner in node.items())))
    return mark(node)


def _is_group(node: Any) -> bool:
    """Whether fields may be joined one by one; an honest unknown is one value."""
    return isinstance(node, dict) and not isinstance(node, _Items) and "unknown" not in node


def _holds_fields(node: Any) -> bool:
    return _is_group(node) or isinstance(node, _Items)


def _found(node: Any, steps: tuple[str, ...]) -> Iterator[Conflict]:
    if isinstance(node, _Torn):
        yield Conflict(path_of(steps), node.values)
    elif isinstance(node, dict):
        for key, inner in node.items():
            yield from _found(inner, (*steps, key))


# -- joining --


def _join(base: Any, sides: Sequence[_Value]) -> Any:
    """What stands at one place after the merge."""
    unchanged = _mark(base)
    changed: dict[Any, _Value] = {}
    for one in sides:
        if (found := _mark(one.value)) != unchanged:
            changed.setdefault(found, one)
    if not changed:
        return base
    versions = list(changed.values())
    if len(versions) == 1:
        return versions[0].value
    # What was in conflict and was settled twice is not mixed from both.
    if not isinstance(base, _Torn):
        for way in (_groups, _lists, _sets):
            joined = way(base, versions)
            if joined is not None:
                return joined
    return _torn(base, versions)


def _groups(base: Any, sides: Sequence[_Value]) -> dict[str, Any] | None:
    """Groups of fields, joined field by field."""
    if not all(_is_group(one.value) for one in sides):
        return None
    return _by_key(base if _is_group(base) else {}, sides, dict)


def _lists(base: Any, sides: Sequence[_Value]) -> dict[str, Any] | None:
    """Lists of items, joined item by item; none where an order is disputed."""
    if not all(isinstance(one.value, _Items) or one.value == [] for one in sides):
        return None
    before = base if isinstance(base, _Items) else _Items()
    whole = [_Value(one.value or _Items(), one.side) for one in sides]
    order = _order(list(before), [list(one.value) for one in whole])
    if order is None:
        return None
    joined = _by_key(before, whole, _Items)
    return _Items({key: joined[key] for key in order if key in joined})


def _by_key(
    base: Mapping[str, Any], sides: Sequence[_Value], make: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    made = make()
    for key in dict.fromkeys([*base, *(key for one in sides for key in one.value)]):
        at_key = [_Value(one.value.get(key, ABSENT), one.side) for one in sides]
        value = _join(base.get(key, ABSENT), at_key)
        if value is not ABSENT:
            made[key] = value
    return made


def _sets(base: Any, sides: Sequence[_Value]) -> list[Any] | None:
    """Lists of plain values as sets; none where one stands twice or the order is disputed."""
    lists = [base if isinstance(base, list) else [], *(one.value for one in sides)]
    if not all(_is_set(one) for one in lists):
        return None
    values = {_mark(value): value for one in lists for value in one}
    before, *others = [[_mark(value) for value in one] for one in lists]
    order = _order(before, others)
    if order is None:
        return None
    gone = {key for key in before if any(key not in other for other in others)}
    return [values[key] for key in order if key not in gone]


def _is_set(value: Any) -> bool:
    return (
        isinstance(value, list)
        and not any(isinstance(item, dict | list) for item in value)
        and len({_mark(item) for item in value}) == len(value)
    )


def _order(base: list[Any], sides: Sequence[list[Any]]) -> list[Any] | None:
    """All keys: those of the base in the order of whoever rearranged them, then what was added.

    None where two rearranged them differently.
    """
    arranged = []
    for keys in sides:
        kept = [key for key in keys if key in base]
        if kept != [key for key in base if key in keys]:
            arranged.append(kept)
    first = _woven(base, arranged)
    if first is None:
        return None
    return list(dict.fromkeys([*first, *(key for keys in sides for key in keys)]))


def _woven(base: list[Any], arranged: Sequence[list[Any]]) -> list[Any] | None:
    """The keys of the base in an order that is each of these; None where there is none.

    They need not hold the same keys: who also removed one has not disputed the order of the others.
    """
    place = {key: at for at, key in enumerate(base)}
    waits = dict.fromkeys(base, 0)
    after: dict[Any, list[Any]] = {key: [] for key in base}
    for keys in arranged:
        for key, following in pairwise(keys):
            after[key].append(following)
            waits[following] += 1
    free = [place[key] for key in base if not waits[key]]
    found = []
    while free:
        key = base[heappop(free)]
        found.append(key)
        for following in after[key]:
            waits[following] -= 1
            if not waits[following]:
                heappush(free, place[following])
    return found if len(found) == len(base) else None


def _torn(base: Any, sides: Sequence[_Value]) -> Any:
    """A conflict of what the sides say; where that is one thing after all, this."""
    known: set[Any] = set()
    if isinstance(base, _Torn) and not all(isinstance(one.value, _Torn) for one in sides):
        # Somebody settled it: of the others only what they had not seen counts against that.
        known = {mark(said.value) for said in base.values}
    said: list[Said] = []
    for one in sides:
        if isinstance(one.value, _Torn):
            said += [each for each in one.value.values if mark(each.value) not in known]
        else:
            said += _said(one.value, one.side.by, one.side.time)
    values = each_once(said)
    if len(values) == 1:
        return values[0].value if values[0].value is ABSENT else _tree(values[0].value)
    return _Torn(_plain(base), values)


def _said(node: Any, by: str, time: str) -> list[Said]:
    """A value to choose; one for each choice where conflicts are open within it."""
    if isinstance(node, _Torn):
        return list(node.values)
    if _has_torn(node):
        found = []
        for key, inner in node.items():
            if _has_torn(inner):
                for one in _said(inner, by, time):
                    whole = type(node)({**node, key: one.value})
                    found.append(Said(one.by, one.time, _plain(whole)))
        return found
    return [Said(by, time, _plain(node))]


def each_once(said: Sequence[Said]) -> tuple[Said, ...]:
    """Each value once, said by whoever said it first."""
    kept: dict[Any, Said] = {}
    for one in sorted(said, key=lambda s: (s.time, s.by, repr(mark(s.value)))):
        kept.setdefault(mark(one.value), one)
    return tuple(kept.values())


def _strays(before: Sequence[Conflict], sides: Sequence[Sequence[Conflict]]) -> Iterator[Conflict]:
    """Conflicts whose place is gone: all of them, but those that a side has ended since."""
    open_here = [{one.field for one in side} for side in sides]
    ended = {one.field for one in before if not all(one.field in here for here in open_here)}
    return (one for side in sides for one in side if one.field not in ended)
