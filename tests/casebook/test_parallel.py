"""What each process takes at once: every case in order, and less towards the end."""

from __future__ import annotations

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from tipcase.casebook import parallel


@given(st.integers(0, 700), st.integers(2, 5))
def test_every_case_is_taken_once_in_order_and_the_last_portions_are_small(
    number: int, processes: int
) -> None:
    cases = [str(n) for n in range(number)]
    left: deque[str] = deque()
    portions = list(parallel._portions(iter(cases), processes, left))
    assert [case for portion in portions for case in portion] == cases == list(left)
    sizes = [len(portion) for portion in portions]
    assert sizes == sorted(sizes, reverse=True)
    assert all(size <= parallel._PORTION for size in sizes)
    # Nobody works on a whole portion while all others have nothing left.
    assert sum(sizes[-processes:]) <= parallel._LEAST * processes


def test_cases_are_asked_for_a_little_ahead_and_never_all() -> None:
    left: deque[str] = deque()
    portions = parallel._portions((str(n) for n in range(10_000)), 2, left)
    next(portions)
    assert len(left) <= 4 * parallel._PORTION
