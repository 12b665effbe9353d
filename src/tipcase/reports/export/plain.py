"""Tables as CSV and as NDJSON, in UTF-8, with no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json

from tipcase.reports.export.columns import Sheet, Value
from tipcase.reports.rendering.separated import harmless

BETWEEN = ";"


def as_csv(sheet: Sheet) -> bytes:
    """The table as RFC 4180 has it; several codes of one cell stand with ``;`` between them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.id for column in sheet.columns])
    writer.writerows([_cell(value) for value in row] for row in sheet.rows)
    return out.getvalue().encode("utf-8")


def as_ndjson(sheet: Sheet) -> bytes:
    """The table with one JSON object a row; every column stands in each, null where empty."""
    names = [column.id for column in sheet.columns]
    lines = [
        json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in sheet.rows
    ]
    return "".join(line + "\n" for line in lines).encode("utf-8")


def _cell(value: Value) -> str:
    """A cell as text; a number is never a formula, and a code that looks like one gets a mark."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return BETWEEN.join(map(harmless, value if isinstance(value, tuple) else (value,)))
