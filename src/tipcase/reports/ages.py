"""In which group of ages somebody counts on a day, however surely the birth is known.

Who may be under 18 counts as a child (857/6.11.5). Where the readings of a birth fall into several
groups, none of them is picked: the person counts as a child, or as grown up, of no age in years.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from tipcase.law import dates
from tipcase.reports.tables import MISSING

CHILD, ADULT = "child", "adult"
GROUPS = ("girl", "boy", "woman", "man", CHILD, ADULT)
_BY_SEX = {("female", True): "girl", ("male", True): "boy", ("female", False): "woman",
           ("male", False): "man"}  # fmt: skip


def codes_of(bands: Sequence[int]) -> tuple[str, ...]:
    """The codes of bands that begin at these ages: ``0-11``, ``12-14``, ``60+``."""
    return (*(f"{low}-{high - 1}" for low, high in pairwise(bands)), f"{bands[-1]}+")


def band_of(birth: Any, day: Any, bands: Sequence[int], years: Any = None) -> str:
    """The band of an age on a day, or of an age in ``years`` where that is known itself.

    ``child`` or ``adult`` where the readings fall into several; ``missing`` where nothing is
    written of the birth, or there is no such day.
    """
    if isinstance(years, int):
        return _band(years, bands) or MISSING
    treated = dates.child_on(birth, day)
    if treated is None:
        return MISSING
    readings = dates.birth_intervals(birth) or ()
    ages = [age for one in readings for born in (one.earliest, one.latest)
            if (age := dates.age_on(born, day)) is not None]  # fmt: skip
    found = {_band(years, bands) for low, high in ages for years in (low, high)}
    only = found.pop() if len(found) == 1 else ""
    return only or (CHILD if treated else ADULT)


def _band(years: int, bands: Sequence[int]) -> str:
    # Nobody is counted who was not born.
    passed = sum(1 for low in bands if low <= years)
    return codes_of(bands)[passed - 1] if passed else ""


def group_of(sex: Any, birth: Any, day: Any, years: Any = None) -> str:
    """girl, boy, woman or man on a day; child or adult where the sex is another or not known."""
    known = isinstance(years, int)
    child = years < dates.ADULT_AT if known else dates.child_on(birth, day)
    if child is None:
        return MISSING
    key = (sex if isinstance(sex, str) else "", child)
    return _BY_SEX.get(key, CHILD if child else ADULT)


__all__ = ["ADULT", "CHILD", "GROUPS", "band_of", "codes_of", "group_of"]
