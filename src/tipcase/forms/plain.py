"""A document as plain data: mappings, lists, texts and figures, the same for every template.

Written out by hand: ``dataclasses.asdict`` copies every text and takes longer than the printing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tipcase.forms import Document
    from tipcase.forms.sheet import Part, Row, Sheet
    from tipcase.forms.values import Value


def of(document: Document) -> dict[str, Any]:
    """What a template gets: ``sheet``, ``words``, ``languages``, ``official``.

    It can be written as JSON. A label is a list of (language, text); a picture is its number among
    ``pictures(document)``, None for an empty frame.
    """
    return {
        "sheet": _sheet(document.sheet),
        "words": dict(document.words),
        "languages": document.sheet.languages,
        "official": document.sheet.official,
    }


def pictures(document: Document) -> tuple[bytes, ...]:
    """The pictures of a sheet, in the order of its lines."""
    rows = (row for part in document.sheet.parts for row in part.rows)
    return tuple(row.value.picture for row in rows if row.value.picture)


def _sheet(sheet: Sheet) -> dict[str, Any]:
    numbers = count()
    return {
        "code": sheet.code,
        "title": sheet.title,
        "version": sheet.version,
        "phase": sheet.phase,
        "case": sheet.case,
        "casebook": sheet.casebook,
        "record": sheet.record,
        "squares": [{"label": box.label, "cells": box.cells} for box in sheet.squares],
        "parts": [_part(part, numbers) for part in sheet.parts],
        "signatures": [{"label": one.label, "by": one.by} for one in sheet.signatures],
        "languages": sheet.languages,
        "plain": sheet.plain,
        "leaves": sheet.leaves,
        "official": sheet.official,
        "blank": sheet.blank,
        "missing": sheet.missing,
        "withheld": sheet.withheld,
        # Which kinds are left out is the office's business: it never stands on a sheet.
        "unconsented": any(part.unconsented for part in sheet.parts),
        "disputed": bool(sheet.disputed),
        "newer": sheet.newer,
    }


def _part(part: Part, numbers: Iterator[int]) -> dict[str, Any]:
    return {
        "number": part.number,
        "title": part.title,
        "rows": [_row(row, numbers) for row in part.rows],
        "withheld": part.withheld,
        "unconsented": part.unconsented,
    }


def _row(row: Row, numbers: Iterator[int]) -> dict[str, Any]:
    return {
        "number": row.number,
        "label": row.label,
        "value": _value(row.value, numbers),
        "mark": row.mark,
        "disputed": row.disputed,
        "provisions": row.provisions,
    }


def _value(value: Value, numbers: Iterator[int]) -> dict[str, Any]:
    return {
        "kind": value.kind,
        "filled": value.filled,
        "wide": value.wide,
        "disputed": value.disputed,
        "words": value.words,
        "text": value.text,
        "ticks": [{"label": tick.label, "on": tick.on} for tick in value.ticks],
        "items": value.items,
        "columns": value.columns,
        "rows": [[_value(cell, numbers) for cell in row] for row in value.rows],
        "parts": [
            {"label": part.label, "value": _value(part.value, numbers)} for part in value.parts
        ],
        "lines": value.lines,
        "gaps": value.gaps,
        "picture": next(numbers) if value.picture else None,
        "width": value.width,
        "height": value.height,
    }
