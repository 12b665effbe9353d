"""A report made ready to leave the office: protected, checked, and ready to be remembered.

Every table is protected together with how many people it leaves out, with the other tables of the
same report, and with everything that was published before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tipcase.errors import FindingsError, UsageError
from tipcase.reports.publications import Publication, Published
from tipcase.reports.tables import TOTAL, Codes, Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tipcase.reports.counting import Counted, Table
    from tipcase.reports.disclosure import Audit, Earlier, Policy

# The name of what stands beside a table, in what is remembered.
_BESIDE = "{table}: reporting"
OUTSIDE, NETWORK = "outside", "network"


@dataclass(frozen=True)
class Protection:
    """What may be shown of one table: its own cells, and those of how many it leaves out.

    ``audit`` says what the attack on it found.
    """

    table: Table = field(repr=False)
    shown: Mapping[Codes, tuple[Shown, ...]] = field(repr=False)
    beside: Mapping[Codes, tuple[Shown, ...]] = field(repr=False)
    audit: Audit

    @property
    def numbers(self) -> int:
        """How many numbers there are to print, hidden or not, with those beside the table."""
        return sum(value is not None for value in self._values())

    @property
    def hidden(self) -> int:
        """How many of them are hidden."""
        return sum(isinstance(value, str) for value in self._values())

    @property
    def tells_nothing(self) -> bool:
        """Whether there are people to break down, and not one number of the breakdown is shown."""
        frame = self.table.given
        counts = [place for place, one in enumerate(frame.measures) if one.statistic != "median"]
        return self.audit.left == 0 and any(
            cell.persons[place]
            for codes, cell in frame.cells.items()
            if codes and TOTAL not in codes
            for place in counts
        )

    def _values(self) -> Iterator[Shown]:
        for cells in (self.shown, self.beside):
            for values in cells.values():
                yield from values


def protected(
    counted: Counted, policy: Policy, before: Sequence[Publication], audience: str = OUTSIDE
) -> tuple[Protection, ...]:
    """Every table of a report, checked against all that was published ``before``.

    Raises ``UsageError`` for a report that is for the office alone, ``NotProtectableError`` where
    nothing can be shown safely, ``MachineError`` where the solver is not installed.
    """
    from tipcase.reports.disclosure import NotProtectableError

    if not counted.publish:
        raise UsageError(
            f"the report {counted.report} is for the office alone", "leave out --publish"
        )
    try:
        return _all(counted, policy, before, audience)
    except NotProtectableError as error:
        if not _is_for_its_way(counted, policy, before, audience, error):
            raise
        # Where x would do, nobody needs another report for what another way gives away.
        option = "--mark k" if policy.rounding is None else "--round"
        raise NotProtectableError(error.sentence, f"leave out {option}") from None


def _all(
    counted: Counted, policy: Policy, before: Sequence[Publication], audience: str
) -> tuple[Protection, ...]:
    from tipcase.reports.disclosure import protect

    known = list(_earlier(before))
    period = (counted.period.start, counted.period.end)
    done = []
    for table in counted.tables:
        result = protect(table.given, policy, known, (table.consent,), period=period)
        one = Protection(table, result.shown, result.also[0], result.audit)
        known += _earlier([publication(counted, policy, audience, [one])])
        done.append(one)
    return tuple(done)


def _is_for_its_way(
    counted: Counted,
    policy: Policy,
    before: Sequence[Publication],
    audience: str,
    error: FindingsError,
) -> bool:
    """Whether it was refused for how it is protected: with x for all that is hidden it is not."""
    from tipcase.reports.disclosure import NotProtectableError
    from tipcase.reports.disclosure.policy import TooMuchWorkError

    plain = replace(policy, mark="x", rounding=None)
    # What was too much to check once is not checked twice.
    if policy == plain or isinstance(error, TooMuchWorkError):
        return False
    try:
        _all(counted, plain, before, audience)
    except NotProtectableError:
        return False
    return True


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
        by=counted.by,
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
            yield Earlier(table.frame, table.shown, one.threshold, one.rounding, days, one.audience)


__all__ = ["NETWORK", "OUTSIDE", "Protection", "protected", "publication"]
