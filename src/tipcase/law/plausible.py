"""Dates that are almost surely slips of the pen: said to have happened, and not come yet.

Only ``happened_on`` is looked at: visits, hearings and reviews are planned for days to come. It
advises and never blocks, because a wrong clock must not keep anybody from writing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tipcase.law import dates
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition
from tipcase.law.findings import Finding, Text

HAPPENED = "happened_on"
AHEAD = Text(
    "this day has not come yet; was the date mistyped?",
    "ថ្ងៃនេះមិនទាន់មកដល់ទេ តើកាលបរិច្ឆេទសរសេរខុសឬ?",
)


def ahead(edition: Edition, dossier: Dossier, as_of: date) -> Iterator[Finding]:
    """Advice for each record that happened, as it says, certainly after ``as_of``.

    ``2026`` or ``2026-03`` is certainly later only when all of it is. Give the real day, not that
    of a judgement back in time: a record of today is no slip because somebody asks about May.
    """
    for record in dossier.records:
        first = dates.earliest(record.data.get(HAPPENED))
        if first is not None and first > as_of:
            yield Finding(
                case=dossier.case,
                record=record.name,
                field=HAPPENED,
                provision=_provision(edition, record),
                severity="advises",
                message=AHEAD,
                rule="ahead",
                hint=_hint(dossier.case, record.name),
            )


def _provision(edition: Edition, record: Record) -> str:
    if record.type not in edition.all_types:
        return ""
    field = edition.record_type(record.type).field(HAPPENED)
    return field.provisions[0] if field and field.provisions else ""


def _hint(case: str, record: str) -> Text:
    typed = f"tipcase set {case} {record} {HAPPENED}=DATE"
    return Text(f"put it right with: {typed}", f"កែដោយ៖ {typed}")
