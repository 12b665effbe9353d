"""A field that people wrote apart and nobody has settled yet: what each of them said, and when.

A conflict stands in the head of its record, so that it travels with it and is sealed like it. The
record's own field holds what stood there before they parted, or nothing: nothing pretends to be
settled. ``threeway`` makes conflicts, ``settled`` says which ones a change of the record ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from tipcase.errors import DamagedError
from tipcase.journal.entry import TIME
from tipcase.journal.names import HANDLE

_LONGEST = 8192  # a path of 32 names of 128 characters, each sign of which may be escaped


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""Stands where a side has left a field out."""


@dataclass(frozen=True)
class Said:
    """What one person wrote into a field and when; ``ABSENT`` where they left it out."""

    by: str
    time: str
    value: Any = field(repr=False)


@dataclass(frozen=True)
class Conflict:
    """A field, as a dotted path, with what was said of it: two or more, each value once."""

    field: str
    values: tuple[Said, ...]


def steps_of(path: str) -> tuple[str, ...]:
    """The names and ids of a conflict's path."""
    return tuple(_unescaped(step) for step in path.split("."))


def path_of(steps: Sequence[str]) -> str:
    """The dotted path of names and ids; a dot within a name, which no field of ours has, stays."""
    return ".".join(step.replace("%", "%25").replace(".", "%2e") for step in steps)


def _unescaped(step: str) -> str:
    return step.replace("%2e", ".").replace("%25", "%")


def at(tree: Any, steps: Sequence[str]) -> Any:
    """What stands at a conflict's path in a record, or ``ABSENT``; items of lists go by id."""
    for step in steps:
        if isinstance(tree, list):
            tree = next((i for i in tree if isinstance(i, dict) and i.get("id") == step), ABSENT)
        elif isinstance(tree, dict):
            tree = tree.get(step, ABSENT)
        else:
            return ABSENT
    return tree


# -- in the head of a record --


def written(conflicts: Sequence[Conflict]) -> list[dict[str, Any]]:
    """Conflicts as the head of a record has them."""
    return [
        {
            "field": one.field,
            "values": [
                {
                    "by": said.by,
                    "time": said.time,
                    **({"absent": True} if said.value is ABSENT else {"value": said.value}),
                }
                for said in one.values
            ],
        }
        for one in conflicts
    ]


def read(rows: Any) -> tuple[Conflict, ...]:
    """The conflicts of a record's head; ``DamagedError`` when they have not the form."""
    if not isinstance(rows, list):
        raise _damaged()
    found = tuple(_conflict(row) for row in rows)
    if len({one.field for one in found}) < len(found):
        raise _damaged()
    return found


def _conflict(row: Any) -> Conflict:
    if not isinstance(row, dict) or set(row) != {"field", "values"}:
        raise _damaged()
    path, values = row["field"], row["values"]
    if not isinstance(path, str) or not 0 < len(path) <= _LONGEST or "" in path.split("."):
        raise _damaged()
    if not isinstance(values, list) or len(values) < 2:
        raise _damaged()
    return Conflict(path, tuple(_said(value) for value in values))


def _said(row: Any) -> Said:
    if not isinstance(row, dict) or set(row) not in (
        {"by", "time", "value"},
        {"by", "time", "absent"},
    ):
        raise _damaged()
    by, time = row["by"], row["time"]
    genuine = (
        isinstance(by, str) and HANDLE.match(by) and isinstance(time, str) and TIME.match(time)
    )
    if not genuine or row.get("absent", True) is not True:
        raise _damaged()
    return Said(by, time, row.get("value", ABSENT))


def _damaged() -> DamagedError:
    return DamagedError("the open conflicts of a record have not their form", "run tipcase verify")


# -- what ends a conflict --


def left(
    conflicts: Sequence[Conflict],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    settled: Sequence[str] = (),
) -> tuple[Conflict, ...]:
    """The conflicts that stay open when a record becomes ``after``.

    One ends when its field is named in ``settled``, or holds something else than before. A change
    inside a group or a list that is itself in conflict leaves it open: who corrects one line of it
    has not chosen between the whole ones.
    """
    return tuple(one for one in conflicts if not _ends(one, before, after, settled))


def _ends(
    one: Conflict, before: Mapping[str, Any], after: Mapping[str, Any], settled: Sequence[str]
) -> bool:
    steps = steps_of(one.field)
    if any(steps[: len(path)] == path for path in (_by_id(before, named) for named in settled)):
        return True
    old, new = at(before, steps), at(after, steps)
    if same(old, new):
        return _cut_off(before, after, steps)
    if any(same(new, said.value) for said in one.values):
        return True
    inside = _holds_fields(old) and _holds_fields(new)
    return not inside


def _cut_off(before: Mapping[str, Any], after: Mapping[str, Any], steps: Sequence[str]) -> bool:
    """Whether what the field stood in is something else now, such as an honest unknown."""
    for depth in range(1, len(steps)):
        old, new = at(before, steps[:depth]), at(after, steps[:depth])
        if new is ABSENT or (not _holds_fields(new) and not same(old, new)):
            return old is not ABSENT
    return False


def _by_id(tree: Any, path: str) -> tuple[str, ...]:
    """The steps of a path that somebody typed, with a position in a list as its item's id."""
    steps: list[str] = []
    for step in steps_of(path):
        within = at(tree, steps)
        if isinstance(within, list) and step.isdecimal() and int(step) < len(within):
            item = within[int(step)]
            step = str(item.get("id", step)) if isinstance(item, dict) else step
        steps.append(step)
    return tuple(steps)


def _holds_fields(value: Any) -> bool:
    return isinstance(value, list) or (isinstance(value, dict) and "unknown" not in value)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same, kinds included: ``yes`` is not 1, and "1" is not 1."""
    return bool(mark(one) == mark(other))


def mark(value: Any) -> Any:
    """What tells values apart: their kinds count, the order of a mapping does not."""
    if isinstance(value, dict):
        return ("mapping", tuple(sorted((str(key), mark(inner)) for key, inner in value.items())))
    if isinstance(value, list):
        return ("list", tuple(mark(inner) for inner in value))
    if isinstance(value, str):
        return ("text", str(value))
    return (type(value).__name__, repr(value))
