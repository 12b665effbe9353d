"""Kleene's tables, and that what is doubtful stays doubtful."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase.law import kleene as k
from tipcase.law.kleene import UNKNOWN, Span

T, F, U = True, False, UNKNOWN
NUMBERS = st.integers(-50, 50)


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [(T, T, T, T), (T, F, F, T), (T, U, U, T), (F, T, F, T), (F, F, F, F), (F, U, F, U),
     (U, T, U, T), (U, F, F, U), (U, U, U, U)],
)  # fmt: skip
def test_and_or(a: Any, b: Any, both: Any, either: Any) -> None:
    assert k.conjunction([a, b]) is both
    assert k.disjunction([a, b]) is either
    # De Morgan
    assert k.negation(k.conjunction([a, b])) is k.disjunction([k.negation(a), k.negation(b)])


def test_not() -> None:
    assert [k.negation(v) for v in (T, F, U)] == [F, T, U]
    assert k.negation("yes") is U


@pytest.mark.parametrize("value", [None, 0, 1, "", "yes", [], {}, {"unknown": "declined"}])
def test_only_true_and_false_are_truths(value: Any) -> None:
    assert k.truth(value) is U


def test_there_is_one_unknown() -> None:
    assert type(UNKNOWN)() is UNKNOWN
    assert not UNKNOWN


def test_a_boolean_equals_no_number() -> None:
    assert k.equal(True, 1) is False
    assert k.equal(0, False) is False
    assert k.equal("1", 1) is False
    assert k.equal(2, 2.0) is True


@pytest.mark.parametrize("missing", [UNKNOWN, None, {"unknown": "not-asked"}])
def test_nothing_equals_what_is_not_known(missing: Any) -> None:
    assert k.equal(missing, missing) is U
    assert k.equal("a", missing) is U
    assert k.less(missing, 3, as_date=False, or_equal=True) is U
    assert k.member(missing, ["a"]) is U
    assert k.member("a", ["b", missing]) is U
    assert k.member("a", ["a", missing]) is T


def test_partial_dates_are_equal_only_if_every_reading_is() -> None:
    assert k.equal("2026-03-05", "2026-03-05", as_date=True) is T
    assert k.equal("2026-03", "2026-03", as_date=True) is U
    assert k.equal("2026-03", "2026-04", as_date=True) is F


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.sampled_from("+-*/"))
def test_a_span_contains_every_result(a: int, b: int, c: int, d: int, sign: str) -> None:
    x, y = sorted((a, b)), sorted((c, d))
    result = k.arithmetic(sign, k.span(*x), k.span(*y))
    if sign == "/" and y[0] <= 0 <= y[1]:
        assert result is U
        return
    bounds = k.bounds(result, False)
    assert bounds is not None
    for p in x:
        for q in y:
            exact = {"+": p + q, "-": p - q, "*": p * q, "/": p / q if q else 0}[sign]
            assert bounds[0] <= exact <= bounds[1]


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.booleans())
def test_spans_are_ordered_only_if_every_reading_is(
    a: int, b: int, c: int, d: int, or_equal: bool
) -> None:
    x, y = sorted((a, b)), sorted((c, d))
    answer = k.less(k.span(*x), k.span(*y), as_date=False, or_equal=or_equal)
    readings = {p <= q if or_equal else p < q for p in x for q in y}
    assert answer is (readings.pop() if len(readings) == 1 else U)


def test_counting_the_doubtful() -> None:
    assert k.count_of([(T, "x"), (T, F), (T, T)]) == 2
    assert k.count_of([(T, "x"), (U, "y"), (T, U), (F, "z")]) == Span(1, 3)
    assert k.count_of(UNKNOWN) is U


def test_latest_passes_over_the_doubtful() -> None:
    assert k.latest_of([(T, 1), (T, 2), (U, 3), (F, 4)]) == 2
    assert k.latest_of([(U, 3)]) is U


def test_conditions_of_any_and_all() -> None:
    assert k.any_of([(U, T)]) is U
    assert k.any_of([(F, T)]) is F
    assert k.any_of([]) is F
    assert k.all_of([(U, F)]) is U
    assert k.all_of([(U, T)]) is T
    assert k.all_of([]) is T
    assert k.list_of([(T, 1), (F, 2)]) == [1]
    assert k.list_of([(T, 1), (U, 2)]) is U


def test_overflow_is_unknown() -> None:
    assert k.arithmetic("*", 10**400, 1.5) is U
    assert k.arithmetic("/", 10**400, 3) is U
