"""Three-valued logic: a missing fact and an honest unknown are unknown, not false.

Every function is total: whatever data it is given, it answers and never raises. Amounts that are
not fully known (a count with doubtful members, days between partial dates) are a ``Span``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, final

from tipcase.law import dates


@final
class Unknown:
    """The type of ``UNKNOWN``, of which there is one."""

    _only: Unknown | None = None

    def __new__(cls) -> Unknown:
        """Give the one instance."""
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        """Name it as the docs do."""
        return "UNKNOWN"

    def __bool__(self) -> bool:
        """Unknown is not true; use ``truth`` to tell it from false."""
        return False


UNKNOWN: Final = Unknown()
Truth = bool | Unknown
# A condition of a comprehension together with the element it lets through.
Pair = tuple[Truth, Any]


@dataclass(frozen=True)
class Span:
    """A number that lies somewhere from ``low`` to ``high``."""

    low: float
    high: float


def span(low: float, high: float) -> float | Span:
    """A plain number where both ends agree."""
    return low if low == high else Span(low, high)


def is_honest(value: Any) -> bool:
    """Whether ``value`` is an honest unknown: asked for, and answered with why it is not known."""
    return isinstance(value, dict) and "unknown" in value


def is_missing(value: Any) -> bool:
    """Whether nothing was written down."""
    return value is UNKNOWN or value is None


def is_unknown(value: Any) -> bool:
    """Whether there is no real value: missing or an honest unknown."""
    return value is UNKNOWN or value is None or (isinstance(value, dict) and "unknown" in value)


def truth(value: Any) -> Truth:
    """``True`` and ``False`` as they are, anything else unknown."""
    return value if value is True or value is False else UNKNOWN


def negation(value: Any) -> Truth:
    """Kleene's not."""
    known = truth(value)
    return UNKNOWN if known is UNKNOWN else not known


def conjunction(values: Iterable[Any]) -> Truth:
    """Kleene's and: false if any is false, true if all are true."""
    result: Truth = True
    for value in values:
        if value is False:
            return False
        if value is not True:
            result = UNKNOWN
    return result


def disjunction(values: Iterable[Any]) -> Truth:
    """Kleene's or: true if any is true, false if all are false."""
    result: Truth = False
    for value in values:
        if value is True:
            return True
        if value is not False:
            result = UNKNOWN
    return result


def bounds(value: Any, as_date: bool) -> tuple[float, float] | None:
    """The least and the greatest that ``value`` may be, if it has an order."""
    if as_date:
        days = dates.interval(value)
        return (days.earliest.toordinal(), days.latest.toordinal()) if days else None
    if isinstance(value, Span):
        return value.low, value.high
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value, value
    return None


def less(a: Any, b: Any, *, as_date: bool, or_equal: bool) -> Truth:
    """``a < b`` or ``a <= b`` on numbers, spans or dates; unknown where readings differ."""
    x, y = bounds(a, as_date), bounds(b, as_date)
    if x is None or y is None:
        return UNKNOWN
    if or_equal:
        return True if x[1] <= y[0] else False if x[0] > y[1] else UNKNOWN
    return True if x[1] < y[0] else False if x[0] >= y[1] else UNKNOWN


def equal(a: Any, b: Any, *, as_date: bool = False) -> Truth:
    """``a == b``; numbers, spans and dates by their readings, a boolean equals no number.

    Lists are equal item by item; a group of fields equals nothing, nor a list within a list.
    """
    if not as_date and type(a) is str and type(b) is str:
        return a == b  # most comparisons by far: the value of an enum
    if is_unknown(a) or is_unknown(b):
        return UNKNOWN
    x, y = bounds(a, as_date), bounds(b, as_date)
    if x is not None and y is not None:
        if x[0] == x[1] == y[0] == y[1]:
            return True
        return False if x[1] < y[0] or y[1] < x[0] else UNKNOWN
    if as_date or isinstance(a, dict) or isinstance(b, dict):
        return UNKNOWN
    if isinstance(a, list) and isinstance(b, list):
        return _same_items(a, b)
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def _same_items(a: list[Any], b: list[Any]) -> Truth:
    if len(a) != len(b):
        return False
    # A list in a list is left unknown: no work here may grow faster than the lists do.
    pairs = zip(a, b, strict=True)
    return conjunction([UNKNOWN if isinstance(x, list) else equal(x, y) for x, y in pairs])


def member(item: Any, collection: Any) -> Truth:
    """``item in collection`` for a list; unknown for anything else."""
    if not isinstance(collection, list):
        return UNKNOWN
    return disjunction([equal(item, other) for other in collection])


def arithmetic(sign: str, a: Any, b: Any) -> Any:
    """``a + b``, ``a - b``, ``a * b`` or ``a / b`` on numbers and spans, else unknown."""
    x, y = bounds(a, False), bounds(b, False)
    if x is None or y is None or (sign == "/" and y[0] <= 0 <= y[1]):
        return UNKNOWN
    try:
        if sign == "+":
            return span(x[0] + y[0], x[1] + y[1])
        if sign == "-":
            return span(x[0] - y[1], x[1] - y[0])
        ends = [(p * q if sign == "*" else p / q) for p in x for q in y]
    except OverflowError:
        return UNKNOWN
    return span(min(ends), max(ends))


def any_of(pairs: list[Pair] | Unknown) -> Truth:
    """Whether some element is true whose condition is true."""
    if isinstance(pairs, Unknown):
        return UNKNOWN
    return disjunction([conjunction((condition, truth(v))) for condition, v in pairs])


def all_of(pairs: list[Pair] | Unknown) -> Truth:
    """Whether every element is true whose condition is true."""
    if isinstance(pairs, Unknown):
        return UNKNOWN
    return conjunction([disjunction((negation(c), truth(v))) for c, v in pairs])


def count_of(pairs: list[Pair] | Unknown) -> Any:
    """How many elements are there and not false; a span where some are doubtful."""
    if isinstance(pairs, Unknown):
        return UNKNOWN
    kept = [conjunction((c, UNKNOWN if is_unknown(v) else v is not False)) for c, v in pairs]
    sure = sum(1 for keep in kept if keep is True)
    return span(sure, sure + sum(1 for keep in kept if keep is UNKNOWN))


def latest_of(pairs: list[Pair] | Unknown) -> Any:
    """The last element whose condition is certainly true; unknown if there is none.

    A doubtful one is passed over: a question nobody could answer must not hide the answered one.
    """
    if isinstance(pairs, Unknown):
        return UNKNOWN
    return next((value for condition, value in reversed(pairs) if condition is True), UNKNOWN)


def list_of(pairs: list[Pair] | Unknown) -> Any:
    """The elements let through; unknown if it is not certain which."""
    if isinstance(pairs, Unknown) or any(condition is UNKNOWN for condition, _ in pairs):
        return UNKNOWN
    return [value for condition, value in pairs if condition]


def length(value: Any) -> Any:
    """How many items a list has."""
    return len(value) if isinstance(value, list) else UNKNOWN


def from_optional(value: Any) -> Any:
    """``None`` (as the date functions say it) as ``UNKNOWN``, two numbers as a span."""
    if isinstance(value, tuple):
        return span(value[0], value[1])
    return UNKNOWN if value is None else value
