"""What is printed of a report: tables of numbers and marks, and everything said beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tipcase.law.findings import Text
from tipcase.reports.tables import TOTAL, Category, Codes, Dimension, Frame, Measure, Shown

# How a margin is named where a code is wanted.
MARGIN = "total"


@dataclass(frozen=True)
class Beside:
    """The measures of people who stand beside a table, such as those who refused to be counted."""

    id: str
    label: Text
    values: tuple[Shown, ...] = field(repr=False)


@dataclass(frozen=True)
class Grid:
    """One table as it is printed: every cell, margins included, with a value by measure."""

    id: str
    title: Text
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    cells: Mapping[Codes, tuple[Shown, ...]] = field(repr=False)
    beside: tuple[Beside, ...] = ()

    @classmethod
    def of(cls, name: str, title: Text, frame: Frame) -> Grid:
        """A frame as it is, nothing hidden."""
        cells = {codes: cell.values for codes, cell in frame.cells.items()}
        return cls(name, title, frame.dimensions, frame.measures, cells)

    @property
    def totals(self) -> tuple[Shown, ...]:
        """The values of everything together."""
        return self.cells[(TOTAL,) * len(self.dimensions)]


@dataclass(frozen=True)
class Only:
    """A filter: of one dimension only these categories were counted."""

    dimension: str
    label: Text
    categories: tuple[Category, ...]


@dataclass(frozen=True)
class Published:
    """How a table was protected: ``marks`` are those that stand for hidden numbers."""

    k: int
    marks: tuple[str, ...] = ("x",)
    rounding: int | None = None
    incomplete: bool = False


@dataclass(frozen=True)
class Printed:
    """A report as it is shown in every format; internal where ``published`` is None.

    ``not_open`` cases are not open to the reader, ``unread`` ones could not be read: neither are
    counted. ``as_of`` is the day as of which it was counted, ``office`` whose report it is.
    """

    report: str
    title: Text
    period: Text
    start: date
    end: date
    tables: tuple[Grid, ...]
    published: Published | None = None
    not_open: int = 0
    unread: int = 0
    where: tuple[Only, ...] = ()
    notes: tuple[Text, ...] = ()
    as_of: date | None = None
    office: str = ""


def number(value: Shown) -> Shown:
    """A value as it is printed: a median without a fraction is a whole number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def written(value: Shown, nothing: str = "") -> str:
    """A value in digits, its mark, or ``nothing`` where there is none."""
    value = number(value)
    return nothing if value is None else str(value)


__all__ = [
    "MARGIN",
    "Beside",
    "Grid",
    "Only",
    "Printed",
    "Published",
    "number",
    "written",
]
