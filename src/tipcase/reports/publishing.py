"""A report made ready to leave the office: protected, checked, and ready to be remembered.

Every table is protected together with how many people it leaves out, with the other tables of the
same report, and with everything that was published before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tipcase.errors import UsageError
from tipcase.reports.publications import Publication, Published
from tipcase.reports.tables import Codes, Shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tipcase.reports.counting import Counted, Table
    from tipcase.reports.disclosure import Earlier, Policy

# The name of what stands beside a table, in what is remembered.
_BESIDE = "{table}: reporting"
OUTSIDE, NETWORK = "outside", "network"


@dataclass(frozen=True)
class Protection:
    """What may be shown of one table: its own cells, and those of how many it leaves out."""

    table: Table = field(repr=False)
    shown: Mapping[Codes, tuple[Shown, ...]] = field(repr=False)
    beside: Mapping[Codes, tuple[Shown, ...]] = field(repr=False)


def protected(
    counted: Counted, policy: Policy, before: Sequence[Publication]
) -> tuple[Protection, ...]:
    """Every table of a report, checked against all that was published ``before``.

    Raises ``UsageError`` for a report that is for the office alone, ``NotProtectableError`` where
    nothing can be shown safely, ``MachineError`` where the solver is not installed.
    """
    from tipcase.reports.disclosure import protect

    if not counted.publish:
        raise UsageError(
            f"the report {counted.report} is for the office alone", "leave out --publish"
        )
    known = list(_earlier(before))
    done = []
    for table in counted.tables:
        period = (counted.period.start, counted.period.end)
        result = protect(table.given, policy, known, (table.consent,), period=period)
        one = Protection(table, result.shown, result.also[0])
        known += _told(one, policy, period)
        done.append(one)
    return tuple(done)


def publication(
    counted: Counted, policy: Policy, audience: str, tables: Iterable[Protection]
) -> Publication:
    """What is remembered of a report that was protected so."""
    kept = []
    for one in tables:
        name = one.table.id
        kept.append(Published(name, one.table.given, one.shown))
        kept.append(Published(_BESIDE.format(table=name), one.table.consent, one.beside))
    return Publication(
        report=counted.report,
        begins=counted.period.start,
        ends=counted.period.end,
        by=tuple(counted.by or ()),
        where=tuple(f"{dimension}={code}" for dimension, code in counted.where),
        audience=audience,
        threshold=policy.k,
        rounding=policy.rounding,
        tables=tuple(kept),
    )


def _earlier(before: Iterable[Publication]) -> Iterable[Earlier]:
    from tipcase.reports.disclosure import Earlier

    for one in before:
        for table in one.tables:
            days = (one.begins, one.ends)
            yield Earlier(table.frame, table.shown, one.threshold, one.rounding, days)


def _told(one: Protection, policy: Policy, period: tuple[date, date]) -> list[Earlier]:
    from tipcase.reports.disclosure import Earlier

    pairs = ((one.table.given, one.shown), (one.table.consent, one.beside))
    return [Earlier(frame, shown, policy.k, policy.rounding, period) for frame, shown in pairs]


__all__ = ["NETWORK", "OUTSIDE", "Protection", "protected", "publication"]
