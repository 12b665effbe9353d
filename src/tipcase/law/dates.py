"""Partial dates as intervals, and ages by the calendar.

``1998`` is any day of that year, ``2026-03`` any day of that month. Questions about two dates are
answered ``True`` or ``False`` only when every reading agrees; what the answer is otherwise stands
in each function. Text that is no date gives ``None``: nothing here raises.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

# Nobody alive was born before, and no visit is planned after: typing slips such as 0206 or 20260.
FIRST_YEAR, LAST_YEAR = 1900, 2100
ADULT_AT = 18
# Ours: an age that was estimated, also by a physician, is read as two years either way.
ESTIMATE_MARGIN_YEARS = 2

# Ours: the animal changes at the Khmer new year in April, and others count from January; a year of
# an animal is read as everything that somebody may mean by it.
ANIMAL_YEAR_ENDS = (4, 30)
CYCLE = 12

_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


class Interval(NamedTuple):
    """The days a partial date may mean, both ends included."""

    earliest: date
    latest: date

    @property
    def exact(self) -> bool:
        """Whether it is one day."""
        return self.earliest == self.latest

    @property
    def text(self) -> str:
        """The day as far as it is known: ``2026-03-05``, or ``2026-03-01..2026-03-31``."""
        first, last = self.earliest.isoformat(), self.latest.isoformat()
        return first if self.exact else f"{first}..{last}"

    def as_json(self) -> dict[str, str]:
        """Both ends, as ISO dates."""
        return {"from": self.earliest.isoformat(), "to": self.latest.isoformat()}


@lru_cache(maxsize=4096)
def _interval_of(text: str) -> Interval | None:
    match = _PARTIAL.fullmatch(text)
    if match is None:
        return None
    year = int(match[1])
    month = int(match[2]) if match[2] else None
    if not FIRST_YEAR <= year <= LAST_YEAR or (month is not None and not 1 <= month <= 12):
        return None
    first, last = month or 1, month or 12
    if match[3] is None:
        return Interval(date(year, first, 1), date(year, last, monthrange(year, last)[1]))
    try:
        day = date(year, first, int(match[3]))
    except ValueError:
        return None
    return Interval(day, day)


def interval(value: object) -> Interval | None:
    """The days that ``value`` (a partial date as text, or a ``date``) may mean, else ``None``."""
    if isinstance(value, str):
        return _interval_of(value)
    return Interval(value, value) if type(value) is date else None


def is_partial_date(value: object) -> bool:
    """Whether ``value`` is a partial date that exists, between 1900 and 2100."""
    days = interval(value)
    return days is not None and FIRST_YEAR <= days.earliest.year <= LAST_YEAR


def earliest(value: object) -> date | None:
    """The first day that ``value`` may mean."""
    days = interval(value)
    return days.earliest if days else None


def latest(value: object) -> date | None:
    """The last day that ``value`` may mean."""
    days = interval(value)
    return days.latest if days else None


def before(a: object, b: object) -> bool | None:
    """Whether ``a`` is certainly earlier than ``b``; ``None`` if either is no date."""
    x, y = interval(a), interval(b)
    return None if x is None or y is None else x.latest < y.earliest


def not_after(a: object, b: object) -> bool | None:
    """``False`` only if ``a`` is certainly later than ``b``; ``None`` if either is no date."""
    x, y = interval(a), interval(b)
    return None if x is None or y is None else x.earliest <= y.latest


def days_between(a: object, b: object) -> tuple[int, int] | None:
    """The fewest and the most days from ``a`` to ``b``, negative when ``b`` comes first."""
    x, y = interval(a), interval(b)
    if x is None or y is None:
        return None
    return (y.earliest - x.latest).days, (y.latest - x.earliest).days


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later; the month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _whole_years(birth: date, day: date) -> int:
    # Somebody born on 29 February turns a year older on 1 March of an ordinary year.
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def age_on(birth: object, day: object) -> tuple[int, int] | None:
    """The least and greatest age in whole calendar years on ``day``; below 0 before birth."""
    born, when = interval(birth), interval(day)
    if born is None or when is None:
        return None
    return _whole_years(born.latest, when.earliest), _whole_years(born.earliest, when.latest)


def _moved(day: date, years: int) -> date:
    return add_months(day, 12 * years)


def _candidate_intervals(years: Iterable[object]) -> list[Interval]:
    found = (interval(str(year)) for year in years if isinstance(year, int | str))
    return [days for days in found if days is not None]


def birth_intervals(birth: object) -> tuple[Interval, ...] | None:
    """Every reading of a profile's ``birth`` (``date``, ``basis``, ``candidate_years``).

    ``()`` when it was asked and nobody knows, ``None`` when nothing was written down. An
    ``animal-year`` is all its candidate years, each to the April after it, none picked; where one
    alone is named, those twelve years before and after are candidates too. An
    estimate, also a medical one, is widened by ``ESTIMATE_MARGIN_YEARS``. A bare partial date is
    read as a told one.
    """
    if isinstance(birth, str):
        days = interval(birth)
        return (days,) if days else None
    if not isinstance(birth, Mapping) or not birth:
        return None
    if "unknown" in birth:
        return ()
    years = birth.get("candidate_years")
    candidates = _candidate_intervals(years) if isinstance(years, list) else []
    days = interval(birth.get("date"))
    named = candidates or ([days] if days is not None else [])
    if birth.get("basis") == "animal-year" and named:
        return _animal_years([one.earliest.year for one in named])
    if days is None:
        # Where something was written, but no day can be read from it, the age is not known.
        asked = "date" in birth or "candidate_years" in birth
        return tuple(candidates) if candidates or asked else None
    if birth.get("basis") in ("estimated", "medical"):
        margin = ESTIMATE_MARGIN_YEARS
        return (Interval(_moved(days.earliest, -margin), _moved(days.latest, margin)),)
    return (days,)


def _animal_years(years: list[int]) -> tuple[Interval, ...]:
    # Somebody who picked one year may have picked the wrong one of twelve apart.
    every = years if len(years) > 1 else [years[0] - CYCLE, years[0], years[0] + CYCLE]
    return tuple(Interval(date(y, 1, 1), date(y + 1, *ANIMAL_YEAR_ENDS)) for y in every)


def _ages(readings: Iterable[Interval], when: Interval) -> list[tuple[int, int]]:
    return [
        (_whole_years(days.latest, when.earliest), _whole_years(days.earliest, when.latest))
        for days in readings
    ]


def child_on(birth: object, day: object) -> bool | None:
    """Whether the person is to be treated as a child on ``day`` (857/6.11.5).

    ``True`` when certainly or possibly under 18, or when the age was asked for and nobody knows
    it; ``None`` when nothing about the birth was written down, or ``day`` is no date.
    """
    readings, when = birth_intervals(birth), interval(day)
    if readings is None or when is None:
        return None
    return not readings or any(low < ADULT_AT for low, _ in _ages(readings, when))


def age_uncertain(birth: object, day: object) -> bool | None:
    """Whether it cannot be said if the person is a child on ``day`` (857/7.1.4, 857/6.11.5)."""
    readings, when = birth_intervals(birth), interval(day)
    if readings is None or when is None:
        return None
    ages = _ages(readings, when)
    child = any(low < ADULT_AT for low, _ in ages)
    adult = any(high >= ADULT_AT for _, high in ages)
    return not ages or (child and adult)
