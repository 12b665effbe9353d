"""A table for others: columns that say what they hold, and rows that say of nobody who they are.

Values are codes, lists of codes, whole numbers, months (``2026-03``) and yes or no; None is what
nobody has written down. There is no kind for text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tipcase.law.findings import Text

Kind = Literal["code", "codes", "number", "month", "yes-no"]
Value = str | int | bool | None | tuple[str, ...]
Row = tuple[Value, ...]


@dataclass(frozen=True)
class Column:
    """One column: its id, what it is called, and what it may hold.

    ``values`` are the labels of its codes, where they are a closed list.
    """

    id: str
    label: Text
    kind: Kind = "code"
    values: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """One table: what its file is called, its columns and its rows."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = field(repr=False)


def by_content(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows in the order of what they say, so that their order says nothing more."""
    return tuple(sorted(rows, key=lambda row: json.dumps(row, ensure_ascii=False)))


def alone(people: Sequence[Row]) -> int:
    """How many share what the row says with nobody: who knows them may know them by it."""
    return sum(1 for shared in Counter(people).values() if shared == 1)
