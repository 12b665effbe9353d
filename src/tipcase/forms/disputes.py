"""Which part of a line is in an open conflict: paths of a record, narrowed to what a line shows.

A conflict's path is dotted; a step into a list is the item's id, which no field of a form names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tipcase.law.dossier import Record

# What is left of each conflict's path below a place; nothing left is the place itself.
Disputes = Sequence[tuple[str, ...]]


def of(record: Record | None, path: str) -> Disputes:
    """The conflicts of a record at a field, inside it, or about something that it stands in."""
    if record is None or not record.disputed:
        return ()
    found = [tuple(one.field.split(".")) for one in record.disputed]
    return below(found, *path.split("."))


def below(disputes: Disputes, *steps: str) -> Disputes:
    """The conflicts as they look from some steps further down."""
    return tuple(_narrowed(disputes, steps)) if disputes else ()


def _narrowed(disputes: Disputes, steps: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for path in disputes:
        both = min(len(path), len(steps))
        if path[:both] == steps[:both]:
            yield path[both:]
