"""One row a cell, for programs: CSV that Excel opens, and a JSON object a line."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Mapping, Sequence

from tipcase.reports.rendering.flat import rows
from tipcase.reports.rendering.printed import Printed
from tipcase.reports.tables import Shown

# Excel takes UTF-8 for an old code page without it.
_MARK = "\ufeff"
# What makes a spreadsheet run the text behind it, by itself or behind what it does not show.
_FORMULA = frozenset("=+-@|%")


def commas(printed: Printed, lang: str) -> str:
    """CSV by RFC 4180, in UTF-8 with its mark: one head, one row a cell.

    A column that a table has not is empty in its rows.
    """
    found = list(rows(printed, lang))
    columns = _columns(printed, found)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_cell(name) for name in columns])
    writer.writerows([[_cell(row.get(name)) for name in columns] for row in found])
    return _MARK + text.getvalue()


def _columns(printed: Printed, found: Sequence[Mapping[str, Shown]]) -> list[str]:
    """All that any row has; the measures come last, whichever table brings them."""
    names = dict.fromkeys(name for row in found for name in row)
    measures = [one.id for grid in printed.tables for one in grid.measures]
    return [*(name for name in names if name not in measures), *dict.fromkeys(measures)]


def lines(printed: Printed, lang: str) -> str:
    """NDJSON: the same rows, an object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(printed, lang))


def _cell(value: Shown) -> str:
    """A cell as text: numbers as they are, a text that a spreadsheet would run made harmless."""
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return harmless(value)


def harmless(text: str) -> str:
    """The text, an apostrophe before it where a spreadsheet would take it for a formula."""
    # Some spreadsheets read full-width signs as these when a file is saved and opened again.
    seen = (sign for sign in text if unicodedata.category(sign)[0] not in "ZC")
    begins = unicodedata.normalize("NFKC", next(seen, ""))[:1]
    unseen = text[:1] and unicodedata.category(text[0]) == "Cc"
    return f"'{text}" if unseen or begins in _FORMULA else text
