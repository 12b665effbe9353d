"""Dates of birth as people type them, and whether two may be one person's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tipcase.casebook.finding import spelling
from tipcase.law import dates
from tipcase.law.dates import Interval

_ISO = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})(?:[-/.]([0-9]{1,2}))?)?")
_DAY_FIRST = re.compile(r"(?:([0-9]{1,2})[-/. ])?([0-9]{1,2})[-/. ]([0-9]{4})")
# The Buddhist era, which Khmer documents count in, is 543 or 544 years ahead: not guessed here.


class Birth(NamedTuple):
    """Every time at which somebody may have been born, and the date as it is written, or ""."""

    days: tuple[Interval, ...]
    text: str

    def __repr__(self) -> str:
        return "<Birth>"


def of_profile(value: Any) -> Birth | None:
    """What a profile says of a birth, read as the rules read it; None where it is unknown."""
    days = dates.birth_intervals(value) or ()
    written = value.get("date") if isinstance(value, Mapping) else value
    return Birth(days, written if isinstance(written, str) else "") if days else None


def typed(text: str) -> Birth | None:
    """The date that a text is, known in part or whole, the year or the day first; or None."""
    bare = spelling.plain(text).strip()
    found = _ISO.fullmatch(bare)
    parts = found.groups() if found else None
    if parts is None and (found := _DAY_FIRST.fullmatch(bare)):
        parts = found.groups()[::-1]
    if parts is None:
        return None
    date = "-".join(part.zfill(2) for part in parts if part is not None)
    return of_profile(date)


def may_agree(some: Sequence[Birth], others: Sequence[Birth]) -> bool:
    """Whether two people's births may be one, a slip of the pen too; not where one is unknown."""
    return any(_may_be_one(one, other) for one in some for other in others)


def contradict(some: Sequence[Birth], others: Sequence[Birth]) -> bool:
    """Whether two people's births, both known, cannot be one."""
    return bool(some and others) and not may_agree(some, others)


def _may_be_one(one: Birth, other: Birth) -> bool:
    for a in one.days:
        for b in other.days:
            if a.earliest <= b.latest and b.earliest <= a.latest:
                return True
    return _one_slip(one.text, other.text)


def _one_slip(a: str, b: str) -> bool:
    """Whether two full dates have day and month exchanged, or one digit typed otherwise."""
    if len(a) != 10 or len(b) != 10:
        return False
    exchanged = f"{a[:4]}-{a[8:]}-{a[5:7]}" == b
    return exchanged or sum(x != y for x, y in zip(a, b, strict=True)) == 1
