"""The lines of a table for people: labels in their language, values in digits, bars as shares.

A table without a dimension has one line a measure; any other one line a cell, margins after their
categories. Lines of zeroes alone are left out, but for the total: where places are broken down by
sex, most lines say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tipcase.law.findings import Text
from tipcase.reports.rendering import words
from tipcase.reports.rendering.printed import Grid, Only, Printed, written
from tipcase.reports.tables import TOTAL, Codes, Dimension, Measure, Shown

NOTHING = "–"


@dataclass(frozen=True)
class Line:
    """One line: its labels, its values, and the length of its bar between 0 and 1.

    ``bar`` is None where there is none to draw; ``margin`` says that the line adds others up.
    """

    labels: tuple[Text, ...]
    values: tuple[str, ...] = field(repr=False)
    bar: float | None = field(default=None, repr=False)
    margin: bool = False


@dataclass(frozen=True)
class Layout:
    """A table as it is laid out: heads of the columns, the first ``labels`` of them of labels.

    The bars are those of its first figures; ``shortened`` says that rows of zeroes are not there.
    """

    title: Text
    heads: tuple[Text, ...]
    labels: int
    lines: tuple[Line, ...]
    shortened: bool = False


def layout(grid: Grid) -> Layout:
    """The table of a grid."""
    if not grid.dimensions:
        return _of_measures(grid)
    kept = [codes for codes in grid.cells if _tells(codes, grid.cells[codes])]
    longest = _longest(grid, kept)
    lines = tuple(
        Line(
            tuple(map(label, grid.dimensions, codes)),
            tuple(written(value, NOTHING) for value in grid.cells[codes]),
            None if TOTAL in codes else _share(grid.cells[codes][0], longest),
            TOTAL in codes,
        )
        for codes in kept
    )
    heads = (*(one.label for one in grid.dimensions), *(one.label for one in grid.measures))
    shortened = len(kept) < len(grid.cells)
    return Layout(grid.title, heads, len(grid.dimensions), lines, shortened)


def label(dimension: Dimension, code: str) -> Text:
    """The words of a category, or of the margin."""
    if code == TOTAL:
        return words.TOTAL
    return next(one.label for one in dimension.categories if one.code == code)


def beside(grid: Grid) -> Layout | None:
    """Those who stand beside a table, and those in it; None where nobody does."""
    if not grid.beside:
        return None
    rows = [(words.SHOWN, grid.totals), *((one.label, one.values) for one in grid.beside)]
    lines = tuple(
        Line((label,), tuple(written(value, NOTHING) for value in values)) for label, values in rows
    )
    heads = (words.WHO, *(one.label for one in grid.measures))
    return Layout(grid.title, heads, 1, lines)


def status(printed: Printed) -> Text:
    """Whether this may leave the office, in words that cannot be missed."""
    if printed.published is None:
        return words.INTERNAL
    if not printed.published.incomplete:
        return words.PUBLISHED
    return words.joined(" – ", (words.PUBLISHED, words.INCOMPLETE))


def remarks(printed: Printed) -> Iterator[Text]:
    """The sentences of a report: filters, what is hidden, who is not counted, its notes."""
    if printed.where:
        yield words.filled(words.ONLY, what=words.joined("; ", list(map(_only, printed.where))))
    if (how := printed.published) is not None:
        if how.rounding is not None and how.marks:
            marks = ", ".join(how.marks)
            yield words.filled(words.ROUNDED_OR_HIDDEN, marks=marks, base=how.rounding)
        elif how.rounding is not None:
            yield words.filled(words.ROUNDED, base=how.rounding)
        else:
            yield words.filled(words.HIDDEN, marks=", ".join(how.marks), k=how.k)
    if printed.unread:
        yield words.filled(words.UNREAD, n=printed.unread)
    if printed.not_open:
        yield words.filled(words.NOT_OPEN, n=printed.not_open)
    yield from printed.notes


def span(printed: Printed) -> Text:
    """The period in words."""
    return words.filled(words.SPAN, start=printed.start, end=printed.end)


def origin(printed: Printed) -> Text | None:
    """Whose numbers they are, and as of which day; None where neither is known."""
    said = [Text(printed.office, printed.office)] if printed.office else []
    if printed.as_of is not None:
        said.append(words.filled(words.COUNTED_ON, day=printed.as_of))
    return words.joined(" – ", said) if said else None


def drawn(grid: Grid) -> tuple[Text, tuple[tuple[Text, Shown], ...]] | None:
    """What a chart shows of a table: its title and (label, value) of each bar.

    The first dimension by the first measure; without a dimension, the measures of the same unit.
    None where there are fewer than two bars, or one measure is not like the others.
    """
    if grid.dimensions:
        first, rest = grid.dimensions[0], len(grid.dimensions) - 1
        found = [
            (one.label, grid.cells[(one.code, *(TOTAL,) * rest)][0]) for one in first.categories
        ]
        title = words.joined(" – ", (grid.measures[0].label, first.label))
        bars = tuple((label, value) for label, value in found if value not in (0, None))
    else:
        bars = tuple(
            (one.label, value)
            for one, value in zip(grid.measures, grid.totals, strict=True)
            if _alike(one, grid.measures[0]) and value is not None
        )
        title = grid.title
    return (title, bars) if len(bars) > 1 else None


def _of_measures(grid: Grid) -> Layout:
    sizes = [
        value
        for one, value in zip(grid.measures, grid.totals, strict=True)
        if _alike(one, grid.measures[0])
    ]
    longest = _most(sizes)
    lines = tuple(
        Line(
            (one.label,),
            (written(value, NOTHING),),
            _share(value, longest) if _alike(one, grid.measures[0]) else None,
        )
        for one, value in zip(grid.measures, grid.totals, strict=True)
    )
    return Layout(grid.title, (words.COUNTED, words.NUMBER), 1, lines)


def _alike(one: Measure, other: Measure) -> bool:
    return one.unit == other.unit and (one.statistic == "median") == (other.statistic == "median")


def _tells(codes: Codes, values: Sequence[Shown]) -> bool:
    # A median of nothing says as little as a zero. The total of everything is always there.
    return not any(codes) or any(value not in (0, None) for value in values)


def _longest(grid: Grid, kept: Sequence[Codes]) -> float:
    return _most([grid.cells[codes][0] for codes in kept if TOTAL not in codes])


def _most(values: Sequence[Shown]) -> float:
    return max((value for value in values if isinstance(value, int | float)), default=0)


def _share(value: Shown, longest: float) -> float | None:
    # What is hidden has no length: a bar would tell it.
    if not isinstance(value, int | float) or longest <= 0:
        return None
    return max(0.0, value / longest)


def _only(one: Only) -> Text:
    chosen = words.joined(", ", [item.label for item in one.categories])
    return words.joined(": ", (one.label, chosen))
