"""A table as it may leave the house.

Nothing is printed before the attack has found nothing, with all that was printed before. A table
that cannot be protected is not printed in part: the error says which dimension to leave out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tipcase.reports.disclosure.policy import (
    HIDDEN,
    Audit,
    Earlier,
    NotProtectableError,
    Period,
    Policy,
    Printed,
    Protected,
    Shown,
    TooMuchWorkError,
    Work,
)
from tipcase.reports.disclosure.publication import Publication
from tipcase.reports.disclosure.rounding import rounded
from tipcase.reports.disclosure.suppression import Hidden, Suppression
from tipcase.reports.disclosure.units import Table
from tipcase.reports.tables import TOTAL, Frame


def protect(
    frame: Frame,
    policy: Policy,
    earlier: Sequence[Earlier] = (),
    also: Sequence[Frame] = (),
    *,
    period: Period | None = None,
) -> Protected:
    """The table, with every number hidden or rounded that must be.

    ``also`` are tables that are printed beside it, such as who consented; ``earlier`` those that
    are out. Raises ``NotProtectableError`` naming the dimension to leave out, and ``MachineError``
    without the solver.
    """
    work = Work()
    try:
        return _protect(frame, policy, earlier, also, period, work)
    except TooMuchWorkError as error:
        raise TooMuchWorkError(str(error), _smaller(frame)) from None
    except NotProtectableError as error:
        raise NotProtectableError(
            "people could be counted out of this table, whatever of it is hidden",
            error.hint or _way_out(frame, policy, earlier, also, period, work),
        ) from None


def _protect(
    frame: Frame,
    policy: Policy,
    earlier: Sequence[Earlier],
    also: Sequence[Frame],
    period: Period | None,
    work: Work,
) -> Protected:
    tables = [Table(frame), *map(Table, also), *(Table(one.frame, one) for one in earlier)]
    publication = Publication(tables, policy, period, work)
    if policy.rounding:
        printed, checked = rounded(publication)
        audit = Audit(len(publication.small), 0, checked, 0, _left(frame, printed[0]))
    else:
        hidden = _hidden(publication)
        printed = [_printed(publication, i, hidden) for i, _ in publication.new()]
        audit = Audit(
            len(publication.small),
            len(hidden.places),
            hidden.checked,
            hidden.known,
            _left(frame, printed[0]),
        )
    return Protected(frame, policy, printed[0], tuple(printed[1:]), audit)


def _left(frame: Frame, printed: Printed) -> int:
    return sum(
        isinstance(shown, int) and shown > 0
        for key, row in printed.items()
        for shown, measure in zip(row, frame.measures, strict=True)
        if TOTAL not in key and measure.statistic != "median"
    )


def _hidden(publication: Publication) -> Hidden:
    """The pattern for those who read everything, and for those who read less.

    Who knows less can tell less, but for one thing: what earlier publications have given away is
    not kept from their readers any more, and must be kept from everybody else.
    """
    found = _pattern(publication)
    if not found.known:
        return found
    wider = [t for t in publication.tables if t.earlier and t.earlier.audience == "outside"]
    also = set(found.places)
    for tables in ([], wider):
        seen = [*(table for _, table in publication.new()), *tables]
        also |= _pattern(replace(publication, tables=seen)).places
    return Suppression(publication, zeroes=True, also=also).find()


def _pattern(publication: Publication) -> Hidden:
    """The pattern that keeps most: totals and zeroes are hidden only where nothing else helps."""
    frame = publication.tables[0].frame
    if not frame.dimensions:
        return Suppression(publication, zeroes=True).find()
    for zeroes in (False, True):
        try:
            return Suppression(publication, zeroes=zeroes, pinned=True).find()
        except TooMuchWorkError:
            raise
        except NotProtectableError:
            continue
    # Totals that cannot be printed even alone are not the breakdown's fault.
    alone = replace(publication, tables=[Table(_without(frame, None)), *publication.tables[1:]])
    totals = [
        (table, tuple(TOTAL for _ in frame.dimensions) if table == 0 else key, place)
        for table, key, place in Suppression(alone, zeroes=True).find().places
    ]
    return Suppression(publication, zeroes=True, pinned=True, also=totals).find()


def _printed(publication: Publication, number: int, hidden: Hidden) -> Printed:
    frame, policy = publication.tables[number].frame, publication.policy
    printed: dict[tuple[str, ...], tuple[Shown, ...]] = {}
    for key, cell in frame.cells.items():
        row: list[Shown] = []
        gone = {p for p in range(len(frame.measures)) if (number, key, p) in hidden.places}
        for place, measure in enumerate(frame.measures):
            value = cell.values[place]
            if measure.statistic == "median":
                # That there is none would tell that nobody is behind a number that is hidden.
                few = value is not None and cell.persons[place] < policy.k
                row.append(HIDDEN if gone or few else value)
            elif place not in gone:
                row.append(value)
            elif (number, place) in publication.marked and (
                number,
                key,
                place,
            ) in publication.small:
                row.append(f"<{policy.k}")
            else:
                row.append(HIDDEN)
        printed[key] = tuple(row)
    return printed


def _way_out(
    frame: Frame,
    policy: Policy,
    earlier: Sequence[Earlier],
    also: Sequence[Frame],
    period: Period | None,
    work: Work,
) -> str:
    """What to type next: the first dimension without which the table can be protected."""
    for dimension in frame.dimensions:
        try:
            _protect(_without(frame, dimension.id), policy, earlier, also, period, work)
        except TooMuchWorkError:
            return _smaller(frame)
        except NotProtectableError:
            continue
        return f"leave out the dimension {dimension.id}"
    if len(frame.dimensions) > 1:
        return "leave out all dimensions, or take a longer period"
    return "take a longer period, or print the earlier publication again as it was"


def _smaller(frame: Frame) -> str:
    largest = max(frame.dimensions, key=lambda one: len(one.codes), default=None)
    if largest is None:
        return "take a longer period, or print the earlier publication again as it was"
    return f"leave out the dimension {largest.id}"


def _without(frame: Frame, dropped: str | None) -> Frame:
    """The same table without one dimension, or (None) without any."""
    kept = [
        place
        for place, one in enumerate(frame.dimensions)
        if dropped is not None and one.id != dropped
    ]
    items = tuple(
        item._replace(codes=tuple(item.codes[place] for place in kept)) for item in frame.items
    )
    return replace(frame, dimensions=tuple(frame.dimensions[place] for place in kept), items=items)


__all__ = ["protect"]
