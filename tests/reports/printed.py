"""Invented reports for the tests of rendering, and what each format says, read back from it."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import markdown_it
from hypothesis import strategies as st

from tipcase.law.findings import Text
from tipcase.reports.rendering import Beside, Grid, Printed, Published, render
from tipcase.reports.tables import TOTAL, Category, Codes, Dimension, Frame, Item, Measure, Shown

START, END = date(2026, 7, 1), date(2026, 9, 30)
SEX = Dimension(
    "sex",
    Text("Sex", "ភេទ"),
    (Category("female", Text("Female", "ស្រី")), Category("male", Text("Male", "ប្រុស"))),
)
PLACE = Dimension(
    "province",
    Text("Province", "ខេត្ត"),
    (
        Category("01", Text("Banteay Meanchey", "បន្ទាយមានជ័យ")),
        Category("12", Text("Phnom Penh", "ភ្នំពេញ")),
        Category("14", Text("Prey Veng", "ព្រៃវែង")),
    ),
)
MEASURES = (
    Measure("new", Text("New", "ថ្មី")),
    Measure("people", Text("People", "មនុស្ស"), "persons"),
    Measure("days", Text("Days", "ថ្ងៃ"), "median", "days"),
)
# What a person may come to read in one cell.
Lines = dict[tuple[str, ...], tuple[str, ...]]


def report(*tables: Grid, published: Published | None = None, **more: Any) -> Printed:
    """A report of these tables."""
    title, period = Text("Caseload", "ចំនួនករណី"), Text("Third quarter", "ត្រីមាសទី៣")
    return Printed("caseload", title, period, START, END, tables, published, **more)


@st.composite
def grids(draw: st.DrawFn, name: str = "caseload") -> Grid:
    """A table of any of the dimensions, some of its numbers hidden."""
    dimensions = draw(st.sampled_from([(), (SEX,), (PLACE,), (SEX, PLACE)]))
    places = [st.sampled_from(one.codes) for one in dimensions]
    amounts = st.tuples(st.integers(0, 3), st.integers(0, 1), st.none() | st.integers(0, 400))
    item = st.builds(Item, st.sampled_from("abcdefgh"), st.tuples(*places), amounts)
    frame = Frame(dimensions, MEASURES, tuple(draw(st.lists(item, max_size=12))))
    grid = Grid.of(name, Text("Cases & <b>", "ករណី"), frame)
    marks = st.sampled_from(["x", "<11"])
    hide = st.booleans()
    cells = {
        codes: tuple(draw(marks) if value and draw(hide) else value for value in values)
        for codes, values in grid.cells.items()
    }
    beside = (Beside("refused", Text("Refused", "បដិសេធ"), ("x", 12, None)),)
    return Grid(name, grid.title, dimensions, MEASURES, cells, draw(st.sampled_from([(), beside])))


def said(value: Shown) -> str:
    """A value as any format writes it."""
    if value is None:
        return "–"
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def expected(grid: Grid) -> Lines:
    """What a person reads of a table: labels and values; rows of zeroes are not there."""
    if not grid.dimensions:
        totals = grid.cells[()]
        return {(one.label.en,): (said(v),) for one, v in zip(grid.measures, totals, strict=True)}
    return {
        tuple(map(_label, grid.dimensions, codes)): tuple(map(said, values))
        for codes, values in grid.cells.items()
        if not any(codes) or any(value not in (0, None) for value in values)
    }


def _label(dimension: Dimension, code: str) -> str:
    names = {one.code: one.label.en for one in dimension.categories}
    return "Total" if code == TOTAL else names[code]


def from_rows(printed: Printed, rows: Sequence[dict[str, Any]], grid: Grid) -> dict[Codes, Any]:
    """The cells of a table out of flat rows."""
    mine = [row for row in rows if row["table"] == grid.id and row.get("population") == "counted"]
    return {
        tuple("" if row[one.id] == "total" else str(row[one.id]) for one in grid.dimensions): tuple(
            row[one.id] for one in grid.measures
        )
        for row in mine
    }


def csv_rows(printed: Printed) -> list[dict[str, Any]]:
    """The rows of the CSV; numbers as numbers, nothing as None."""
    text = render(printed, "csv", "en").removeprefix("\ufeff")
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    measures = {one.id for grid in printed.tables for one in grid.measures}
    return [
        {name: _number(value) if name in measures else value for name, value in row.items()}
        for row in found
    ]


def ndjson_rows(printed: Printed) -> list[dict[str, Any]]:
    """The rows of the NDJSON."""
    return [json.loads(line) for line in render(printed, "ndjson", "en").splitlines()]


def _number(text: str) -> Shown:
    if not text:
        return None
    return float(text) if re.fullmatch(r"[0-9.]+", text) else text


class Tables(html.parser.HTMLParser):
    """The cells of every table of a page, and every tag and attribute in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._cell: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag; begin a table, a row or a cell."""
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        if tag in ("td", "th") and self._cell is not None:
            self.tables[-1][-1].append("".join(self._cell).strip())
            self._cell = None

    def handle_data(self, data: str) -> None:
        """Text of a cell."""
        if self._cell is not None:
            self._cell.append(data)


def html_tables(printed: Printed) -> list[list[list[str]]]:
    """The tables of the page: rows of cells, heads first."""
    return Tables(render(printed, "html", "en")).tables


def markdown_tables(printed: Printed) -> list[list[list[str]]]:
    """The tables as another program reads the Markdown."""
    reader = markdown_it.MarkdownIt("commonmark").enable("table")
    return Tables(reader.render(render(printed, "md", "en"))).tables


def lines(table: list[list[str]], labels: int) -> Lines:
    """A table as labels and values."""
    return {tuple(row[:labels]): tuple(row[labels:]) for row in table[1:]}


def mains(printed: Printed, tables: Sequence[list[list[str]]]) -> Iterator[tuple[Grid, Lines]]:
    """Each grid with its table, those who stand beside it passed over."""
    place = 0
    for grid in printed.tables:
        yield grid, lines(tables[place], max(1, len(grid.dimensions)))
        place += 2 if grid.beside else 1
