"""A report in Markdown: GFM tables, every text escaped so that it stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tipcase.law.findings import Text
from tipcase.reports.rendering import words
from tipcase.reports.rendering.clean import clean
from tipcase.reports.rendering.layout import (
    Layout,
    beside,
    layout,
    origin,
    remarks,
    span,
    status,
)
from tipcase.reports.rendering.printed import Printed

# What means something wherever it stands; "@", "://" and "www." make links of what is none.
_SIGNS = re.compile(r"([\\`*_{}\[\]<>|~&!@^$])|(?<=:)(//)|(?<=www)(\.)", re.IGNORECASE)
# What makes a list, a head or a rule of a line that begins with it; no date does.
_BEGINNING = re.compile(r"^(\d+(?=[.)])|)([#+=:.)-])")


def markdown(printed: Printed, lang: str) -> str:
    """The report: status, title, period, each table, and what is said of them."""
    return "\n".join(_lines(printed, lang)) + "\n"


def _lines(printed: Printed, lang: str) -> Iterator[str]:
    def said(text: Text) -> str:
        return escaped(text.get(lang))

    yield from (f"# {said(printed.title)}", "", f"**{said(status(printed))}**", "")
    yield said(span(printed))
    if (whose := origin(printed)) is not None:
        yield from ("", said(whose))
    for grid in printed.tables:
        found = layout(grid)
        yield from ("", f"## {said(found.title)}", "", *_table(found, lang))
        if found.shortened:
            yield from ("", said(words.ZEROES))
        if (others := beside(grid)) is not None:
            yield from ("", *_table(others, lang))
    for remark in remarks(printed):
        yield from ("", said(remark))


def _table(table: Layout, lang: str) -> Iterator[str]:
    heads = [escaped(head.get(lang)) for head in table.heads]
    yield _row(heads)
    yield _row(["---"] * table.labels + ["---:"] * (len(heads) - table.labels))
    for line in table.lines:
        labels = [escaped(label.get(lang)) for label in line.labels]
        labels = [f"**{label}**" for label in labels] if line.margin else labels
        yield _row([*labels, *map(escaped, line.values)])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """The text on one line, nothing in it read as Markdown or HTML."""
    line = " ".join(clean(text).split())
    line = _SIGNS.sub(lambda found: f"\\{found[0]}", line)
    return _BEGINNING.sub(r"\1\\\2", line)
