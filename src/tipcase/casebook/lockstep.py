"""Work in steps, so that much of the same kind can go abreast: every case one step, then the next.

A step runs the same code over case after case, and finds it in the processor's caches; a case read
from end to end meets its code cold at each step. Reading 1,600 cases of 4 records 64 abreast took
two thirds of the processor's time that it took one after another.

A work is a generator that yields between its steps and returns what it found.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TypeVar

Found = TypeVar("Found")
Steps = Generator[None, None, Found]


def alone(work: Steps[Found]) -> Found:
    """What one work finds."""
    return abreast([work])[0]


def abreast(works: Iterable[Steps[Found]]) -> list[Found]:
    """What each of several works finds, in their order; what one of them raises ends all."""
    found: dict[int, Found] = {}
    going = dict(enumerate(works))
    while going:
        for place, work in list(going.items()):
            try:
                next(work)
            except StopIteration as end:
                found[place] = end.value
                del going[place]
    return [found[place] for place in sorted(found)]


def undisturbed(
    begin: Callable[[str], Steps[Found]],
    cases: Sequence[str],
    disturbed: Callable[[Found], bool],
) -> list[Found]:
    """What the work that ``begin`` begins finds of each case.

    Somebody may write to a case between two of its steps. Where what was found says so, the case
    is worked on once more, by itself.
    """
    found = abreast(begin(case) for case in cases)
    return [
        alone(begin(case)) if disturbed(one) else one
        for case, one in zip(cases, found, strict=True)
    ]
