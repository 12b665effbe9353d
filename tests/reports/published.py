"""Invented tables to publish: people spread unevenly over cells, as they are."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from tipcase.law.findings import Text
from tipcase.reports.tables import Category, Codes, Dimension, Frame, Item, Measure, Statistic

BALANCE = ("open_start", "new", "reopened", "closed", "open_end")
Life = tuple[str, Codes, int, int, int]


def text(name: str) -> Text:
    return Text(name, name)


def dimension(name: str, codes: Iterable[str]) -> Dimension:
    return Dimension(name, text(name), tuple(Category(code, text(code)) for code in codes))


def dimensions(*sizes: int) -> tuple[Dimension, ...]:
    names = ("sex", "province", "age")
    return tuple(
        dimension(name, [f"{name[0]}{number}" for number in range(size)])
        for name, size in zip(names, sizes, strict=False)
    )


def table(
    where: Sequence[Dimension],
    names: Sequence[str],
    items: Iterable[tuple[str, Codes, tuple[int | None, ...]]],
    statistics: Sequence[Statistic] = (),
) -> Frame:
    each = [*statistics, *(["sum"] * (len(names) - len(statistics)))]
    measures = [Measure(name, text(name), one) for name, one in zip(names, each, strict=True)]  # type: ignore[arg-type]
    return Frame(
        tuple(where),
        tuple(measures),
        tuple(Item(case, codes, amounts) for case, codes, amounts in items),
    )


def counts(where: Sequence[Dimension], cells: dict[Codes, int]) -> Frame:
    """A table of one measure from its numbers; people are numbered through."""
    return table(
        where,
        ("cases",),
        [
            ("/".join(codes) + f"-{n}", codes, (1,))
            for codes, number in cells.items()
            for n in range(number)
        ],
    )


def placed(rng: random.Random, where: Sequence[Dimension], people: int) -> list[tuple[str, Codes]]:
    return [
        (
            f"case-{number}",
            tuple(
                rng.choices(one.codes, [1 / (1 + 2 * n) for n in range(len(one.codes))])[0]
                for one in where
            ),
        )
        for number in range(people)
    ]


def caseload(rng: random.Random, where: Sequence[Dimension], people: int) -> list[Life]:
    """Cases with the days on which they open, close, and (-1: never) open again."""
    lives = []
    for case, codes in placed(rng, where, people):
        opens = rng.randrange(-200, 180)
        closes = opens + rng.randrange(10, 300)
        again = closes + rng.randrange(90, 200) if rng.random() < 0.1 else 10_000
        lives.append((case, codes, opens, closes, again))
    return lives


def frame(where: Sequence[Dimension], lives: Iterable[Life], quarter: int) -> Frame:
    """The caseload of the days of one quarter."""
    first, after = 90 * quarter, 90 * quarter + 90
    items = []
    for case, codes, opens, closes, again in lives:
        amounts = (
            int(opens < first <= closes or again < first),
            int(first <= opens < after),
            int(first <= again < after),
            int(first <= closes < after),
            int(opens < after <= closes or again < after),
        )
        if any(amounts):
            items.append((case, codes, amounts))
    return table(where, BALANCE, items)
