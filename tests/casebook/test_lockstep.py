"""Works abreast: all take a step before any takes the next, and each finds what it finds alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase.casebook.lockstep import Steps, abreast, alone, undisturbed


def counting(name: str, steps: int, log: list[tuple[str, int]]) -> Steps[str]:
    """A work of so many steps, each of which is noted."""
    for step in range(steps):
        log.append((name, step))
        yield
    return f"{name} found"


def test_all_take_a_step_before_any_takes_the_next() -> None:
    log: list[tuple[str, int]] = []
    found = abreast(counting(name, steps, log) for name, steps in (("a", 2), ("b", 0), ("c", 3)))
    assert found == ["a found", "b found", "c found"]
    assert log == [("a", 0), ("c", 0), ("a", 1), ("c", 1), ("c", 2)]


@given(st.lists(st.integers(0, 6), max_size=8))
def test_each_finds_what_it_finds_alone_in_its_place(lengths: list[int]) -> None:
    works = [counting(str(n), steps, []) for n, steps in enumerate(lengths)]
    expected = [alone(counting(str(n), steps, [])) for n, steps in enumerate(lengths)]
    assert abreast(works) == expected


def test_what_one_raises_is_raised() -> None:
    def failing() -> Steps[str]:
        yield
        raise ValueError

    with pytest.raises(ValueError):
        abreast([counting("a", 3, []), failing()])


def test_what_was_disturbed_is_worked_on_once_more_by_itself() -> None:
    log: list[tuple[str, int]] = []
    begun: list[str] = []

    def begin(name: str) -> Steps[str]:
        begun.append(name)
        return counting(f"{name}{begun.count(name)}", 2, log)

    found = undisturbed(begin, ("a", "b", "c"), lambda one: one == "b1 found")
    assert found == ["a1 found", "b2 found", "c1 found"]
    assert begun == ["a", "b", "c", "b"]
    assert log[-2:] == [("b2", 0), ("b2", 1)]
