"""An export on its way out: who may stand in it, and the files that it becomes.

Only who recorded a yes to being reported stands in it; everybody else is counted and left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tipcase.law import dates
from tipcase.law.edition import Edition
from tipcase.law.findings import Text
from tipcase.reports.counting import Counted, Table, count
from tipcase.reports.definition import Report, read
from tipcase.reports.entry import Entry
from tipcase.reports.export import flat, htcds, manifest, parquet, plain, standard
from tipcase.reports.export.columns import Row, Sheet, alone
from tipcase.reports.export.folder import MANIFEST
from tipcase.reports.export.manifest import Counts
from tipcase.reports.facts import FactsDefinition
from tipcase.reports.period import Period
from tipcase.reports.reading import Batch

HTCDS = "htcds"
ATTRIBUTION = "ATTRIBUTION.txt"
# What neighbours know of somebody without having read a file.
SEEN = ("sex", "age", "nationality", "province")

Facts = Mapping[str, Mapping[str, Any]]
_WRITERS: Mapping[str, Callable[[Sheet], bytes]] = {
    "csv": plain.as_csv,
    "ndjson": plain.as_ndjson,
    "parquet": parquet.as_parquet,
}


@dataclass(frozen=True)
class DataSet:
    """An export: its files by name, its manifest, and how many might be known by what it says."""

    contents: Mapping[str, bytes] = field(repr=False)
    manifest: Mapping[str, Any] = field(repr=False)
    counts: Counts
    alone: int


@dataclass(frozen=True)
class Wish:
    """What is to be exported: the format, the days (None: all of them), judged on which day.

    ``asked_on`` is the day of exporting, on which consents are judged where it is later.
    """

    format: str
    period: Period | None
    as_of: date
    with_ids: bool = False
    asked_on: date | None = None


def check(edition: Edition, definition: FactsDefinition, wish: Wish) -> None:
    """Refuse an edition that does not say what to export, before ten minutes of reading."""
    report = _report(edition, definition, wish)
    if wish.format == HTCDS:
        standard.check(edition, definition, standard.load(edition), tuple(report.dimensions))
    else:
        flat.beside(edition, definition)


def made(edition: Edition, definition: FactsDefinition, batch: Batch, wish: Wish) -> DataSet:
    """The export that is wished for, of the cases that were read."""
    counted = _counted(_report(edition, definition, wish), batch.facts, wish)
    table = counted.tables[0]
    given = {item.case for item in table.given.items}
    facts = {case: one for case, one in batch.facts.items() if case in given}
    named = (_of_standard if wish.format == HTCDS else _flat)(
        edition, definition, table, facts, wish
    )
    counts = _counts(table, counted, batch)
    origin = manifest.Origin(
        wish.format,
        edition.name,
        definition.digest,
        wish.period,
        wish.as_of.isoformat(),
        wish.with_ids,
    )
    about = manifest.manifest(origin, counts, named)
    contents = {name: content for name, _, content in named}
    if wish.format == HTCDS:
        contents[ATTRIBUTION] = manifest.attribution(standard.load(edition))
    return DataSet(
        {**contents, MANIFEST: manifest.written(about)},
        about,
        counts,
        alone(_seen(table)),
    )


def _report(edition: Edition, definition: FactsDefinition, wish: Wish) -> Report:
    """What an export says of each case: a report of one table, all of its dimensions at once."""
    top = Entry.top(edition, standard.FILE if wish.format == HTCDS else flat.FILE)
    report = read(definition, "export", top.under("counts"))
    if len(report.tables) != 1 or report.tables[0].each is not None:
        raise top.fault("an export has one table, and a row a case", at="counts")
    for name in sorted(report.tables[0].needs):
        if not flat.may_leave(definition.facts[name]):
            raise top.fault(f"{name} may not be exported: it is restricted, or about the staff",
                            at="counts")  # fmt: skip
    return report


def _counted(report: Report, facts: Facts, wish: Wish) -> Counted:
    period = wish.period or Period(date(dates.FIRST_YEAR, 1, 1), wish.as_of, "", Text(""))
    return count(
        report,
        facts,
        period,
        by=tuple(report.dimensions),
        as_of=wish.as_of,
        asked_on=wish.asked_on,
    )


_Named = Sequence[tuple[str, Sheet, bytes]]


def _flat(
    edition: Edition, definition: FactsDefinition, table: Table, facts: Facts, wish: Wish
) -> _Named:
    more = flat.beside(edition, definition)
    sheet = flat.sheet(table, more, facts, with_ids=wish.with_ids)
    return [(f"{sheet.name}.{wish.format}", sheet, _WRITERS[wish.format](sheet))]


def _of_standard(
    edition: Edition, _: FactsDefinition, table: Table, facts: Facts, wish: Wish
) -> _Named:
    shown = table.given
    says = {
        item.case: {**htcds.worked_out(shown.dimensions, item), **facts[item.case]}
        for item in shown.items
    }
    sheets = htcds.sheets(standard.load(edition), says, with_ids=wish.with_ids)
    return [(f"{sheet.name}.csv", sheet, plain.as_csv(sheet)) for sheet in sheets]


def _counts(table: Table, counted: Counted, batch: Batch) -> Counts:
    wanted = {item.case for item in table.frame.items}
    agreed = Counter(counted.reporting[case] for case in wanted)
    return Counts(
        cases=agreed["given"],
        refused=agreed["refused"],
        not_asked=agreed["not-asked"],
        outside=len(batch.facts) - len(wanted),
        not_open=len(batch.not_open),
        unread=len(batch.unread),
    )


def _seen(table: Table) -> list[Row]:
    places = [at for at, one in enumerate(table.given.dimensions) if one.id in SEEN]
    return [tuple(item.codes[at] for at in places) for item in table.given.items]
