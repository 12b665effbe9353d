"""What was counted as it is printed: for the office every number, for others what was protected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tipcase.law.findings import Text
from tipcase.reports.rendering import Beside, Grid, Only, Printed, Published, words
from tipcase.reports.tables import TOTAL, Category

if TYPE_CHECKING:
    from tipcase.reports.counting import Counted, Table
    from tipcase.reports.disclosure import Policy
    from tipcase.reports.publishing import Protection

# What stands beside a published table: the code in the table of consents, our name, the words.
_BESIDE = (
    (TOTAL, "everybody", words.EVERYBODY),
    ("refused", "refused", words.REFUSED),
    ("not-asked", "not-asked", words.NOT_ASKED),
)


@dataclass(frozen=True)
class Absent:
    """How many cases are in no number: not open to the reader, or not to be read at all."""

    not_open: int = 0
    unread: int = 0

    def __bool__(self) -> bool:
        """Whether any are."""
        return bool(self.not_open or self.unread)


def internal(counted: Counted, absent: Absent, office: str = "") -> Printed:
    """The report as the office itself reads it: everybody is counted, whatever they agreed to."""
    tables = [Grid.of(table.id, table.title, table.frame) for table in counted.tables]
    return _printed(counted, absent, office, tables)


def released(
    counted: Counted,
    absent: Absent,
    policy: Policy,
    protections: Sequence[Protection],
    office: str = "",
) -> Printed:
    """The report as it may leave: who agreed to it broken down, all others counted beside."""
    how = Published(policy.k, _marks(policy, protections), policy.rounding, incomplete=bool(absent))
    printed = _printed(counted, absent, office, list(map(_protected, protections)), how)
    return replace(printed, notes=(*_losses(protections), *printed.notes))


def _protected(one: Protection) -> Grid:
    beside = tuple(Beside(name, label, one.beside[(code,)]) for code, name, label in _BESIDE)
    table, frame = one.table, one.table.given
    return Grid(table.id, table.title, frame.dimensions, frame.measures, one.shown, beside)


def _marks(policy: Policy, protections: Sequence[Protection]) -> tuple[str, ...]:
    if policy.rounding is not None:
        # Medians alone are hidden where all else is rounded.
        measures = [measure for one in protections for measure in one.table.given.measures]
        return ("x",) if any(one.statistic == "median" for one in measures) else ()
    # With a mark of their own for the small ones, those that were hidden with them read x.
    return (policy.mark,) if policy.mark == "x" else (f"<{policy.k}", "x")


def _printed(
    counted: Counted,
    absent: Absent,
    office: str,
    tables: Sequence[Grid],
    published: Published | None = None,
) -> Printed:
    return Printed(
        report=counted.report,
        title=counted.title,
        period=counted.period.label,
        start=counted.period.start,
        end=counted.period.end,
        tables=tuple(tables),
        published=published,
        not_open=absent.not_open,
        unread=absent.unread,
        where=tuple(_filters(counted)),
        notes=tuple(_notes(counted, internal=published is None)),
        as_of=counted.as_of,
        office=office,
    )


def _losses(protections: Sequence[Protection]) -> Iterator[Text]:
    """What protecting cost. What it came too late for is said to whoever publishes, alone."""
    for one in protections:
        if one.tells_nothing:
            yield words.filled(words.TELLS_NOTHING, table=one.table.title)


def _notes(counted: Counted, *, internal: bool) -> Iterator[Text]:
    if counted.help.en:
        yield counted.help
    yield from counted.notes
    # How many items are in doubt is a number of people that nobody has protected.
    for table in counted.tables if internal else ():
        yield from _doubts(table)
    if counted.left_out:
        titles = [one.title for one in counted.definition.tables if one.id in counted.left_out]
        yield words.filled(words.UNFILTERED, tables=words.joined(", ", titles))


def _doubts(table: Table) -> Iterator[Text]:
    labels = {one.id: one.label for one in table.frame.measures}
    for name, number in table.undecided.items():
        if number:
            yield words.filled(words.UNDECIDED, what=labels.get(name, table.title), n=number)


def _filters(counted: Counted) -> Iterator[Only]:
    chosen: dict[str, list[str]] = {}
    for name, code in counted.where:
        chosen.setdefault(name, []).append(code)
    known = counted.definition.dimensions
    for name, codes in chosen.items():
        labels = {**known[name].extra, **{one.code: one.label for one in known[name].categories}}
        found = (Category(code, labels.get(code, Text(code))) for code in codes)
        yield Only(name, known[name].label, tuple(found))


__all__ = ["Absent", "internal", "released"]
