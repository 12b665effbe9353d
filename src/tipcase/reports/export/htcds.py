"""Cases as the tables of the Human Trafficking Case Data Standard.

Every row has an ``id`` that is drawn anew for each export: it joins the tables of one export, and
nothing else. Rows stand in the order of these ids, so that their order says nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tipcase.law.findings import Text
from tipcase.reports.export.columns import Column, Row, Sheet, Value
from tipcase.reports.export.standard import CASES, SET, Field, Standard, Table
from tipcase.reports.tables import MISSING, UNKNOWN, Dimension, Item

ID = "id"
# 64 bits: no two cases of an export get one id.
_ID_BYTES = 8

# A dimension's words for what nobody wrote down: a field of a standard stays empty there.
_NOTHING = (MISSING, UNKNOWN, "not-applicable")

# What a case says, by the name of the fact or dimension: a code, a list of codes, a list of events.
Says = Mapping[str, Any]


def worked_out(dimensions: Sequence[Dimension], item: Item) -> dict[str, str]:
    """What the dimensions of a table say of a case, by their ids; nothing where nobody knows."""
    told = zip(dimensions, item.codes, strict=True)
    return {one.id: code for one, code in told if code not in _NOTHING}


def sheets(
    standard: Standard, cases: Mapping[str, Says], *, with_ids: bool = False
) -> tuple[Sheet, ...]:
    """The tables of the standard, filled from the cases, with their ids or with drawn ones."""
    named = sorted(
        (
            (case if with_ids else secrets.token_hex(_ID_BYTES), says)
            for case, says in cases.items()
        ),
        key=lambda one: one[0],
    )
    return tuple(_sheet(table, named) for table in standard.tables)


def _sheet(table: Table, cases: Sequence[tuple[str, Says]]) -> Sheet:
    columns = [Column(table.prefix + field.name, Text(field.name)) for field in table.fields]
    if table.each == SET:
        return Sheet(table.file, tuple(columns), (tuple(_values(table, {})),))
    rows = [
        (row_id, *values)
        for row_id, case in cases
        for source in _sources(table, case)
        if (values := _row(table, source)) is not None
    ]
    return Sheet(table.file, (Column(ID, Text("row")), *columns), tuple(rows))


def _sources(table: Table, case: Says) -> Iterator[Says]:
    """What each row of a case is filled from: the case itself, or each event that is let in."""
    if table.each == CASES:
        yield case
        return
    events = case.get(table.each)
    # In the order of what they say: the order of writing would be one more thing that is known.
    for event in sorted(events if isinstance(events, list) else (), key=_written):
        if all(event.get(key) in codes for key, codes in table.only.items()):
            yield event


def _written(event: Mapping[str, Any]) -> str:
    return repr(sorted((key, str(value)) for key, value in event.items()))


def _row(table: Table, source: Says) -> Row | None:
    values = tuple(_values(table, source))
    filled = zip(table.fields, values, strict=True)
    return None if any(field.needed and not value for field, value in filled) else values


def _values(table: Table, source: Says) -> Iterator[Value]:
    for field in table.fields:
        yield field.fixed if field.fixed is not None else _filled(field, source)


def _filled(field: Field, source: Says) -> Value:
    """What the first source says that says something, in the words of the standard."""
    for name in field.source:
        said = source.get(name)
        if isinstance(said, str):
            return _theirs(field, said)
        if isinstance(said, list | tuple):
            theirs = (_theirs(field, one) for one in said if isinstance(one, str))
            found = tuple(dict.fromkeys(one for one in theirs if one is not None))
            return found or None
    return None


def _theirs(field: Field, code: str) -> str | None:
    """A value of the standard; never one that we made up."""
    return code if field.values is None else field.values.get(code, field.otherwise)
