"""The days that a report is about, both ends included: a year, a quarter, a month, or two days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from tipcase.errors import UsageError
from tipcase.law import dates
from tipcase.law.findings import Text

_WRITTEN = re.compile(r"([0-9]{4})(?:-(?:([Qq])([1-4])|([0-9]{2})))?")
_HINT = "write 2026, 2026-Q3 or 2026-10, or --from 2026-07-01 --to 2026-09-30"
_MONTHS = (
    Text("January", "មករា"),
    Text("February", "កុម្ភៈ"),
    Text("March", "មីនា"),
    Text("April", "មេសា"),
    Text("May", "ឧសភា"),
    Text("June", "មិថុនា"),
    Text("July", "កក្កដា"),
    Text("August", "សីហា"),
    Text("September", "កញ្ញា"),
    Text("October", "តុលា"),
    Text("November", "វិច្ឆិកា"),
    Text("December", "ធ្នូ"),
)


@dataclass(frozen=True)
class Period:
    """Some days in a row; ``code`` is how it is typed: ``2026-Q3``, ``2026-07-01..2026-08-15``."""

    start: date
    end: date
    code: str
    label: Text

    @cached_property
    def days(self) -> tuple[str, str]:
        """Both ends, as ISO dates."""
        return self.start.isoformat(), self.end.isoformat()

    def as_json(self) -> dict[str, str]:
        """Both ends by their names."""
        return dict(zip(("from", "to"), self.days, strict=True))


def parse(text: str | None = None, first: str | None = None, last: str | None = None) -> Period:
    """The period that was typed: ``text`` alone, or ``first`` and ``last``.

    Raises ``UsageError`` for nothing, for both, for what is no period, and for an end that lies
    before the beginning.
    """
    if text is not None and (first is not None or last is not None):
        raise UsageError("a period, or two days, but not both", _HINT)
    if text is not None:
        return _named(text.strip())
    if first is None and last is None:
        raise UsageError("which days is it about? --period is missing", _HINT)
    if first is None or last is None:
        missing = "--from" if first is None else "--to"
        raise UsageError(f"which days is it about? {missing} is missing", _HINT)
    return _between(_day(first), _day(last))


def _between(start: date, end: date) -> Period:
    if end < start:
        raise UsageError("the period ends before it begins", "exchange --from and --to")
    both = Text(f"{start} to {end}", f"{start} ដល់ {end}")
    return Period(start, end, f"{start}..{end}", both)


def _day(text: str) -> date:
    days = dates.interval(text.strip())
    if days is None or not days.exact:
        raise UsageError("that is no day of the calendar", "write it as 2026-07-01")
    return days.earliest


def _named(text: str) -> Period:
    match = _WRITTEN.fullmatch(text)
    year = int(match[1]) if match else 0
    month = int(match[4]) if match and match[4] else 1
    if match is None or not dates.FIRST_YEAR <= year <= dates.LAST_YEAR or not 1 <= month <= 12:
        raise UsageError("that is no period", _HINT)
    if match[3]:
        quarter = int(match[3])
        label = Text(f"quarter {quarter} of {year}", f"ត្រីមាសទី {quarter} ឆ្នាំ {year}")
        return _months(date(year, 3 * quarter - 2, 1), 3, f"{year}-Q{quarter}", label)
    if match[4]:
        name = _MONTHS[month - 1]
        label = Text(f"{name.en} {year}", f"ខែ{name.km} ឆ្នាំ {year}")
        return _months(date(year, month, 1), 1, f"{year}-{month:02}", label)
    return _months(date(year, 1, 1), 12, str(year), Text(str(year), f"ឆ្នាំ {year}"))


def _months(start: date, number: int, code: str, label: Text) -> Period:
    end = dates.add_months(start, number) - timedelta(days=1)
    return Period(start, end, code, label)


__all__ = ["Period", "parse"]
