"""Tables are published and attacked with a solver, and nothing is recovered.

Four hundred alone, three hundred quarters against the next, forty years against their quarters.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise, product

import pytest

from tests.reports.outsider import Kind, Outsider, Sheet, exact
from tests.reports.published import caseload, dimensions, frame, placed, table
from tipcase.reports.disclosure import Earlier, NotProtectableError, Policy, protect
from tipcase.reports.tables import Dimension, Frame

# What a case can be in one period: open at the start, new, reopened, closed, open at the end.
LIVES = (
    (1, 0, 0, 0, 1),
    (1, 0, 0, 1, 0),
    (0, 1, 0, 0, 1),
    (0, 1, 0, 1, 0),
    (0, 0, 1, 0, 1),
    (0, 0, 1, 1, 0),
)
QUARTERS = [(date(2026, month, 1), date(2026, month + 2, 28)) for month in (1, 4, 7, 10)]
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def lives(quarters: int) -> Iterator[tuple[tuple[int, ...] | None, ...]]:
    """What a case can be in some quarters: who is open at an end is open at the next start."""
    for life in product((None, *LIVES), repeat=quarters):
        pairs = list(pairwise(life))
        follows = all(bool(one and one[4]) == bool(two and two[0]) for one, two in pairs)
        fresh = sum(bool(one and one[1]) for one in life) + bool(life[0] and not life[0][1])
        if any(life) and follows and fresh <= 1:
            yield life


def kinds(
    where: tuple[Dimension, ...], each: list[tuple[tuple[int, ...] | None, ...]]
) -> list[Kind]:
    cells = list(product(*(one.codes for one in where)))
    return [
        tuple(None if amounts is None else (cell, amounts) for amounts in one)
        for cell in cells
        for one in each
    ]


def attack(k: int, frames: list[Frame], sheets: list[Sheet], every: list[Kind]) -> None:
    outsider = Outsider(sheets, every, exact)

    def wide(least: float, most: float) -> bool:
        return most - least >= k - 1 and most >= k

    for number, (each, sheet) in enumerate(zip(frames, sheets, strict=True)):
        for key, cell in each.cells.items():
            for place, persons in enumerate(cell.persons):
                shown = sheet[key][place]
                if 0 < persons < k:
                    assert isinstance(shown, str), "a small number is printed"
                    least, most = outsider.guess(number, key, place, wide)
                    assert most - least >= k - 1, "a hidden number is guessed too well"
                    assert most >= k, "it is known to be small"
                elif not isinstance(shown, str):
                    assert shown == cell.values[place], "a printed number is not true"


def sizes(rng: random.Random) -> tuple[int, ...]:
    return rng.choice([(3,), (6,), (2, 3), (3, 4), (2, 6), (2, 2, 3)])


def first(what: str, seed: int, attacked: Callable[[random.Random], bool]) -> None:
    """Attack the first of a few casebooks whose tables can be published at all."""
    assert any(attacked(random.Random(f"{what} {seed} {turn}")) for turn in range(4)), "all refused"


@pytest.mark.sampled(60)
@pytest.mark.parametrize("seed", range(400))
def test_alone(seed: int) -> None:
    def attacked(rng: random.Random) -> bool:
        where, k = dimensions(*sizes(rng)), rng.choice([5, 11])
        one = frame(where, caseload(rng, where, rng.randrange(10, 260)), 0)
        try:
            sheet = protect(one, Policy(k)).shown
        except NotProtectableError:
            return False
        attack(k, [one], [sheet], kinds(where, [(life,) for life in LIVES]))
        return True

    first("alone", seed, attacked)


def published(frames: list[Frame], k: int, periods: list[tuple[date, date]]) -> list[Sheet] | None:
    """Each after those before it; None where one is refused."""
    sheets, earlier = list[Sheet](), list[Earlier]()
    for one, period in zip(frames, periods, strict=True):
        try:
            sheet = protect(one, Policy(k), earlier, period=period).shown
        except NotProtectableError:
            return None
        earlier.append(Earlier(one, sheet, k, period=period))
        sheets.append(sheet)
    return sheets


@pytest.mark.sampled(75)
@pytest.mark.parametrize("seed", range(300))
def test_quarter_against_quarter(seed: int) -> None:
    def attacked(rng: random.Random) -> bool:
        where = dimensions(*rng.choice([(3,), (5,), (2, 3), (3, 4)]))
        k, cases = rng.choice([5, 11]), caseload(rng, where, rng.randrange(20, 260))
        frames = [frame(where, cases, quarter) for quarter in range(2)]
        sheets = published(frames, k, QUARTERS[:2])
        if sheets is not None:
            attack(k, frames, sheets, kinds(where, list(lives(2))))
        return sheets is not None

    first("pair", seed, attacked)


@pytest.mark.sampled(40)
@pytest.mark.parametrize("seed", range(40))
def test_a_year_after_its_quarters(seed: int) -> None:
    """Follow-ups due, done in time and late: everybody in one quarter, and the year adds them."""

    def attacked(rng: random.Random) -> bool:
        where, k = dimensions(*rng.choice([(3,), (5,), (2, 3)])), rng.choice([5, 11])
        quarters, year = visits(rng, where, rng.randrange(40, 300))
        sheets = published([*quarters, year], k, [*QUARTERS, YEAR])
        each: list[tuple[tuple[int, ...] | None, ...]] = [
            (*((what if q == quarter else None) for q in range(4)), what)
            for quarter in range(4)
            for what in ((1, 1, 0), (1, 0, 1))
        ]
        if sheets is not None:
            attack(k, [*quarters, year], sheets, kinds(where, each))
        return sheets is not None

    first("year", seed, attacked)


def visits(
    rng: random.Random, where: tuple[Dimension, ...], people: int
) -> tuple[list[Frame], Frame]:
    found = [
        (case, codes, rng.randrange(4), (1, 0, 1) if rng.random() < 0.3 else (1, 1, 0))
        for case, codes in placed(rng, where, people)
    ]
    names = ("due", "done", "late")
    quarters = [
        table(where, names, [(c, codes, what) for c, codes, q, what in found if q == quarter])
        for quarter in range(4)
    ]
    return quarters, table(where, names, [(c, codes, what) for c, codes, _, what in found])
