"""What stands beside the data: who is in it, who was left out, and what each column means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tipcase import __version__
from tipcase.files import sha256
from tipcase.reports.export.columns import Sheet
from tipcase.reports.export.folder import MADE_BY
from tipcase.reports.export.standard import Standard
from tipcase.reports.period import Period

VERSION = 1


@dataclass(frozen=True)
class Counts:
    """How many cases are in an export, and how many are not: each case counts once.

    ``outside`` had nothing to do with the period; ``refused`` and ``not_asked`` had, and have not
    agreed to be reported; ``not_open`` are not open to who exports; ``unread`` could not be read.
    """

    cases: int
    refused: int
    not_asked: int
    outside: int
    not_open: int
    unread: int

    def as_json(self) -> dict[str, int]:
        """The plain data that scripts rely on."""
        return {
            "cases": self.cases,
            "refused": self.refused,
            "not_asked": self.not_asked,
            "outside_period": self.outside,
            "not_open": self.not_open,
            "unread": self.unread,
        }


@dataclass(frozen=True)
class Origin:
    """What an export was made from: format, edition, definition of the facts, and the period."""

    format: str
    edition: str
    definition: str
    period: Period | None
    as_of: str
    with_ids: bool


def manifest(
    origin: Origin, counts: Counts, sheets: Sequence[tuple[str, Sheet, bytes]]
) -> dict[str, Any]:
    """The manifest of files ``(name, sheet, content)``: plain data, no case named."""
    period = origin.period
    return {
        "made_by": MADE_BY,
        "version": VERSION,
        "tipcase": __version__,
        "format": origin.format,
        "edition": origin.edition,
        "facts": origin.definition,
        # With case ids it is the office's own, and no data for others.
        "internal": origin.with_ids,
        "period": None
        if period is None
        else {"from": period.start.isoformat(), "to": period.end.isoformat()},
        "as_of": origin.as_of,
        "counts": counts.as_json(),
        "files": [
            {
                "name": name,
                "rows": len(sheet.rows),
                "sha256": sha256(content),
                "columns": [
                    {
                        "id": column.id,
                        "kind": column.kind,
                        "label": column.label.as_json(),
                        "values": {code: text.as_json() for code, text in column.values.items()},
                    }
                    for column in sheet.columns
                ],
            }
            for name, sheet, content in sheets
        ],
    }


def written(manifest: dict[str, Any]) -> bytes:
    """The manifest as a file."""
    return (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def attribution(standard: Standard) -> bytes:
    """What goes with the tables of a standard: its credit, what we changed, and what is empty."""
    lines = [
        standard.credit,
        f"{standard.title}, version {standard.version}: {standard.url}",
        f"Licence of the standard: {standard.licence}",
        "",
        "These files use the names and values of the standard. They are not part of it, and nobody",
        "who publishes it has looked at them or endorses them.",
        "",
        "What was changed: every table begins with an id that is drawn anew for each export and",
        "joins its tables; the tables whose name begins with ext_ are no part of the standard. The",
        "fields of the standard are marked DRAFT or DEPRECATED in its own list, although they were",
        "released.",
        "",
        "Fields that stay empty, whatever a case says:",
        *(f"  {name}: {standard.reasons[reason].en}" for name, reason in standard.empty),
        "",
        "Tables that are not written:",
        *(
            f"  {prefix}: {standard.reasons[reason].en}"
            for prefix, reason in standard.not_written.items()
        ),
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")
