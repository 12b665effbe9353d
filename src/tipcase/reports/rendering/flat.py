"""A report for programs: one flat row a cell, and the same as one JSON value.

A margin's code is ``total``. Rows say themselves whether they are internal, of which period and
what was left out, so that a row that travels alone still says it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from tipcase.reports.rendering import words
from tipcase.reports.rendering.layout import label
from tipcase.reports.rendering.printed import MARGIN, Grid, Printed, Published, number
from tipcase.reports.tables import Shown

# Names that a row or the JSON of a report uses itself: no dimension and no measure may have one.
RESERVED = frozenset(
    {
        *("report", "title", "status", "internal", "period", "from", "to", "k", "marks"),
        *("rounding", "incomplete", "not_open", "unread", "where", "notes", "population", "as_of"),
        *("table", "tables", "by", "measures", "rows", "beside"),
    }
)
LABEL = "_label"


def rows(printed: Printed, lang: str) -> Iterator[dict[str, Shown]]:
    """Every cell of every table, margins included, with everything that it must say beside."""
    for grid in printed.tables:
        about = _about(printed, grid)
        for codes, values in grid.cells.items():
            found: dict[str, Shown] = {**about, "population": "counted"}
            for dimension, code in zip(grid.dimensions, codes, strict=True):
                found[dimension.id] = code or MARGIN
                found[dimension.id + LABEL] = label(dimension, code).get(lang)
            yield {**found, **_values(grid, values)}
        for one in grid.beside:
            margins = {
                key: text
                for dimension in grid.dimensions
                for key, text in (
                    (dimension.id, MARGIN),
                    (dimension.id + LABEL, words.TOTAL.get(lang)),
                )
            }
            yield {**about, "population": one.id, **margins, **_values(grid, one.values)}


def data(printed: Printed, lang: str) -> dict[str, Any]:
    """A report as JSON: the first table at the top, and all of them under ``tables``."""
    first = printed.tables[0]
    return {
        "report": printed.report,
        "title": printed.title.get(lang),
        "internal": printed.published is None,
        "period": {"from": printed.start.isoformat(), "to": printed.end.isoformat()},
        "as_of": _day(printed.as_of),
        **_protection(printed),
        "not_open": printed.not_open,
        "unread": printed.unread,
        "where": {
            one.dimension: [category.code for category in one.categories] for one in printed.where
        },
        "notes": [note.get(lang) for note in printed.notes],
        **_table(first, lang),
        "tables": [_named(grid, lang) for grid in printed.tables],
    }


def _protection(printed: Printed) -> dict[str, Any]:
    how = printed.published
    if how is None:
        return {}
    return {
        "k": how.k,
        "marks": list(how.marks),
        "rounding": how.rounding,
        "incomplete": how.incomplete,
    }


def _named(grid: Grid, lang: str) -> dict[str, Any]:
    return {"table": grid.id, "title": grid.title.get(lang), **_table(grid, lang)}


def _table(grid: Grid, lang: str) -> dict[str, Any]:
    return {
        "by": [one.id for one in grid.dimensions],
        "measures": {one.id: one.label.get(lang) for one in grid.measures},
        **_values(grid, grid.totals),
        "rows": [
            {
                **{
                    one.id: code or MARGIN for one, code in zip(grid.dimensions, codes, strict=True)
                },
                **_values(grid, values),
            }
            for codes, values in grid.cells.items()
        ],
        **(
            {"beside": {one.id: _values(grid, one.values) for one in grid.beside}}
            if grid.beside
            else {}
        ),
    }


def _about(printed: Printed, grid: Grid) -> dict[str, Shown]:
    how = printed.published
    return {
        "status": _status(how),
        "report": printed.report,
        "table": grid.id,
        "from": printed.start.isoformat(),
        "to": printed.end.isoformat(),
        "as_of": _day(printed.as_of),
        "not_open": printed.not_open,
        "unread": printed.unread,
        **_hiding(printed),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _status(how: Published | None) -> str:
    """What a row that travels alone must say of itself."""
    if how is None:
        return "INTERNAL"
    return "published INCOMPLETE" if how.incomplete else "published"


def _hiding(printed: Printed) -> dict[str, Shown]:
    how = printed.published
    if how is None:
        return {}
    return {"k": how.k, "marks": " ".join(how.marks), "rounding": how.rounding}


def _values(grid: Grid, values: tuple[Shown, ...]) -> dict[str, Shown]:
    return {one.id: number(value) for one, value in zip(grid.measures, values, strict=True)}
