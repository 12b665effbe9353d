"""What a publication must keep hidden, and what earlier ones have shown.

The numbers here are ours, not the ministry's: how few people are too few, how wide a guess must
stay. They stand in one place, and every one of them can be made stricter by who publishes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import ceil
from typing import Literal, TypeAlias

from tipcase.errors import FindingsError, UsageError
from tipcase.reports.tables import Codes, Frame, Shown
from tipcase.settings import LEAST_THRESHOLD, MOST_THRESHOLD

Printed: TypeAlias = Mapping[Codes, tuple[Shown, ...]]
Period: TypeAlias = tuple[date, date]

HIDDEN = "x"
# The rows that the solver may touch for one table, with all its attempts: about a minute.
MOST_WORK = 2_500_000_000


class NotProtectableError(FindingsError):
    """Whatever is hidden, somebody could still be counted out of this table."""


class TooMuchWorkError(NotProtectableError):
    """The tables are too many, or too large, to be attacked together: so they are not printed."""


class Work:
    """What the attacks on one publication may cost, in steps of the solver.

    Never in seconds: the same tables are refused, or not, on every machine.
    """

    def __init__(self, most: int = MOST_WORK) -> None:
        self.left = most

    def spend(self, steps: int) -> None:
        """Count some work; ``TooMuchWorkError`` where it is more than there may be."""
        self.left -= steps
        if self.left < 0:
            raise TooMuchWorkError("these tables are too large to be checked")


@dataclass(frozen=True)
class Policy:
    """How a publication is protected.

    ``k``: fewer people than this are hidden. ``mark``: ``x`` for every hidden cell, or ``<k`` for
    those that are small themselves, which tells more and so hides more of the rest. ``rounding``:
    round everything to multiples of this, which is no less than ``k``, instead of hiding.
    ``dominance``: a sum of which one person makes more than this share is hidden too, however many
    people stand behind it.
    """

    k: int = 11
    mark: Literal["x", "<k"] = "x"
    zeroes: Literal["shown", "hidden"] = "shown"
    rounding: int | None = None
    dominance: float = 0.8

    def __post_init__(self) -> None:
        if not LEAST_THRESHOLD <= self.k <= MOST_THRESHOLD:
            raise UsageError(
                f"a threshold k of {self.k} protects nobody or hides everything",
                f"choose one from {LEAST_THRESHOLD} to {MOST_THRESHOLD}, for example --k 11",
            )
        if self.mark not in ("x", "<k") or self.zeroes not in ("shown", "hidden"):
            raise UsageError("this way to mark hidden cells is not known", "use x or <k")
        # What is rounded to nobody is known to be fewer than the base: that may tell no more of a
        # few people than hiding them does (``width``).
        if self.rounding is not None and not self.k <= self.rounding <= MOST_THRESHOLD:
            raise UsageError(
                f"numbers cannot be rounded to multiples of {self.rounding} at a threshold of"
                f" {self.k}",
                f"choose one from {self.k} to {MOST_THRESHOLD}, for example --round {self.k}: less"
                " tells more than hiding does",
            )
        if not 0.5 <= self.dominance <= 1:
            raise UsageError("the share that one person may have lies between 0.5 and 1")

    def small(self, persons: int) -> bool:
        """Whether so few people stand behind a cell that it is hidden for its own sake."""
        return persons < self.k and (persons > 0 or self.zeroes == "hidden")

    def width(self, value: float, persons: int) -> int:
        """How far apart the least and the greatest guess at a hidden value must stay.

        k − 1 for people and events; half of the value for a sum that is larger than its people,
        such as money: a guess within a few riels of it would be no protection.
        """
        return max(self.k - 1, ceil(value / 2) if value > persons else 0)


@dataclass(frozen=True)
class Earlier:
    """A table that is out already: what it counted, what of it was printed, and how.

    One for each table: a publication of a table and of who took part in it makes two. ``audience``
    is ``outside`` (everybody has seen it) or ``network``.
    """

    frame: Frame = field(repr=False)
    shown: Printed
    k: int
    rounding: int | None = None
    period: Period | None = None
    audience: str = "outside"


@dataclass(frozen=True)
class Audit:
    """What the attack on a table found, in numbers.

    ``small`` cells are hidden for their own sake, ``hidden`` in all; ``checked`` quantities were
    attacked; ``known`` of them had been given away by earlier publications alone, which is to be
    said. ``left`` numbers of people are printed that are no totals: where it is 0, a breakdown says
    nothing.
    """

    small: int
    hidden: int
    checked: int
    known: int
    left: int = 0


@dataclass(frozen=True)
class Protected:
    """A table as it may be printed: ``shown`` by cell, in the order of the measures."""

    frame: Frame = field(repr=False)
    policy: Policy
    shown: Printed
    also: tuple[Printed, ...]
    audit: Audit


__all__ = [
    "Audit",
    "Earlier",
    "NotProtectableError",
    "Period",
    "Policy",
    "Protected",
    "Shown",
    "TooMuchWorkError",
    "Work",
]
