"""Khmer digits, and dates as a sheet in Khmer or in English writes them.

The names of months and the words around a date come from the edition's ``forms.yaml``: this module
knows only how digits are exchanged and how a date known in part is cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")
_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_ORDER = ("day", "month", "year")


def digits(text: str) -> str:
    """The same text with Khmer digits."""
    return text.translate(_DIGITS)


@dataclass(frozen=True)
class Calendar:
    """How one language writes a date.

    ``months`` are the twelve names. ``full`` gives a pattern to each part of a date, with ``{}``
    where the figure or the name goes; ``short`` is the same for narrow columns, and ``gaps`` for a
    date that a pen will write.
    """

    months: Sequence[str]
    full: Mapping[str, str]
    short: Mapping[str, str]
    gaps: Mapping[str, str]
    khmer_digits: bool

    def write(self, date: str, *, short: bool = False) -> str | None:
        """The date in words, from ``1998``, ``2026-03`` or ``2026-03-05``; None if it is none."""
        parts = split(date)
        if parts is None:
            return None
        year, month, day = parts
        patterns = self.short if short else self.full
        named = {
            "day": None if day is None else self.number(str(day)),
            "month": None if month is None else self.months[month - 1],
            "year": self.number(f"{year:04d}"),
        }
        written = [patterns[part].format(named[part]) for part in _ORDER if named[part] is not None]
        return " ".join(written)

    def blank(self) -> tuple[str, str, str]:
        """What stands before each of the three gaps of a date to be written by hand."""
        day, month, year = (self.gaps[part].replace("{}", "").strip() for part in _ORDER)
        return day, month, year

    def number(self, text: str) -> str:
        """A figure in this language's digits."""
        return digits(text) if self.khmer_digits else text


def split(date: str) -> tuple[int, int | None, int | None] | None:
    """Year, month and day of a date known in part; None when the text is no such date."""
    match = _PARTIAL.fullmatch(date)
    if match is None:
        return None
    year, month, day = match.groups()
    if month is not None and not 1 <= int(month) <= 12:
        return None
    return int(year), None if month is None else int(month), None if day is None else int(day)
