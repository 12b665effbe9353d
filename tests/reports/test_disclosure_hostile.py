"""What somebody would try: late entries, filters, other breakdowns, other readers, roundings."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import permutations, product
from typing import Any

import pytest

from tests.reports.outsider import Kind, Outsider, Sheet, exact, rounded
from tests.reports.published import counts, dimension, table
from tipcase.reports.disclosure import Earlier, NotProtectableError, Policy, protect
from tipcase.reports.disclosure import policy as policies
from tipcase.reports.tables import TOTAL, Codes, Dimension, Frame

SEX = dimension("sex", ["f", "m"])
AGE = dimension("age", ["young", "grown", "old"])
PROVINCE = dimension("province", ["kandal", "takeo", "kep"])
QUARTER = (date(2026, 1, 1), date(2026, 3, 31))
NEXT_QUARTER = (date(2026, 4, 1), date(2026, 6, 30))
MONTHS = [
    (date(2026, month, 1), date(2026, month, 28 if month == 2 else 31)) for month in (1, 2, 3)
]
FIVE = Policy(5)
Person = tuple[str, Codes]


@dataclass(frozen=True)
class Step:
    """One publication: who is in it, by what, and how it is protected."""

    frame: Frame
    policy: Policy = FIVE
    period: tuple[date, date] = QUARTER


def people(seed: int, where: Sequence[Dimension], least: int, most: int) -> list[Person]:
    """Fewer than ``most`` people, spread unevenly."""
    rng = random.Random(seed)
    count = rng.randrange(least, most)

    def one(dimension_: Dimension) -> str:
        return rng.choices(dimension_.codes, [6, 2, 1][: len(dimension_.codes)])[0]

    return [(f"c{n}", tuple(map(one, where))) for n in range(count)]


def by(where: Sequence[Dimension], wanted: Sequence[Dimension], who: Sequence[Person]) -> Frame:
    at = [list(where).index(one) for one in wanted]
    return table(wanted, ("cases",), [(c, tuple(codes[i] for i in at), (1,)) for c, codes in who])


def published(steps: Sequence[Step]) -> list[Sheet | None]:
    """What is printed of each, after all before it; None where nothing is."""
    sheets: list[Sheet | None] = []
    earlier: list[Earlier] = []
    for step in steps:
        try:
            sheet = protect(step.frame, step.policy, earlier, period=step.period).shown
        except NotProtectableError:
            sheets.append(None)
            continue
        sheets.append(sheet)
        how = step.policy
        earlier.append(Earlier(step.frame, sheet, how.k, how.rounding, step.period))
    return sheets


def attack(steps: Sequence[Step], sheets: Sequence[Sheet | None], kinds: Sequence[Kind]) -> int:
    """Attack every small number of every sheet with all sheets; how many were attacked."""
    kept = [number for number, sheet in enumerate(sheets) if sheet is not None]
    outsider = Outsider(
        [sheets[number] or {} for number in kept],
        [tuple(kind[number] for number in kept) for kind in kinds],
        [rounded(base) if (base := steps[n].policy.rounding) else exact for n in kept],
    )
    # A mark says that a number is small, and is meant to.
    marked = any(step.policy.mark == "<k" for step in steps)
    attacked = 0
    for place, number in enumerate(kept):
        how = steps[number].policy
        room = (how.rounding or how.k) - 1 - marked
        for key, cell in steps[number].frame.cells.items():
            if 0 < cell.persons[0] < how.k:
                least, most = outsider.guess(place, key, 0, lambda *_: False)
                assert most - least >= room, f"a small number of sheet {number} is guessed"
                attacked += 1
    return attacked


def kinds(where: Sequence[Dimension], steps: Sequence[Step]) -> list[Kind]:
    """Everybody is in every sheet, in the cell that their own dimensions say."""
    found: list[Kind] = []
    for codes in product(*(one.codes for one in where)):
        of = {one.id: code for one, code in zip(where, codes, strict=True)}
        found.append(tuple((tuple(of[d.id] for d in s.frame.dimensions), (1,)) for s in steps))
    return found


def withstand(where: Sequence[Dimension], steps: Sequence[Step]) -> None:
    """Publish one after the other, and attack all of it."""
    attack(steps, published(steps), kinds(where, steps))


SAMPLED = pytest.mark.sampled(10)


def seeds(*always: int) -> list[Any]:
    """Those at which something was found once, and some of all others."""
    others = (pytest.param(n, marks=SAMPLED) for n in range(60) if n not in always)
    return [*always, *others]


@SAMPLED
@pytest.mark.parametrize("seed", range(60))
def test_late_entries_one_by_one(seed: int) -> None:
    who = people(seed, [PROVINCE], 25, 80)
    versions = [who[: len(who) - late] for late in (3, 2, 1, 0)]
    steps = [Step(by([PROVINCE], [PROVINCE], each)) for each in versions]
    sheets = published(steps)
    every: list[Kind] = [
        tuple(((code,), (1,)) if n >= first else None for n in range(4))
        for code in PROVINCE.codes
        for first in range(4)
    ]
    attack(steps, sheets, every)
    printed = {sheet[TOTAL,][0] for sheet in sheets if sheet} - {"x"}
    assert len(printed) <= 1, "two totals differ by one to three people"


@SAMPLED
@pytest.mark.parametrize("seed", range(60))
def test_sex_then_age_then_both(seed: int) -> None:
    where = (SEX, AGE)
    who = people(seed, where, 15, 90)
    orders = list(permutations([(SEX,), (AGE,), (SEX, AGE)]))
    steps = [Step(by(where, wanted, who)) for wanted in orders[seed % len(orders)]]
    withstand(where, steps)


@SAMPLED
@pytest.mark.parametrize("seed", range(60))
def test_three_breakdowns_by_two(seed: int) -> None:
    """Each pair of three dimensions: together they say more than any two of them."""
    where = (SEX, AGE, PROVINCE)
    who = people(seed, where, 30, 150)
    steps = [Step(by(where, pair, who)) for pair in ((SEX, AGE), (SEX, PROVINCE), (AGE, PROVINCE))]
    withstand(where, steps)


@SAMPLED
@pytest.mark.parametrize("seed", range(60))
def test_a_filter_beside_the_whole(seed: int) -> None:
    where = (SEX, PROVINCE)
    who = people(seed, where, 25, 90)
    women = Step(by(where, (PROVINCE,), [one for one in who if one[1][0] == "f"]))
    steps = [women, Step(by(where, (PROVINCE,), who)), Step(by(where, where, who))]
    if seed % 2:
        steps.reverse()
    at = steps.index(women)
    every: list[Kind] = []
    for kind in kinds(where, steps):
        man = any(one is not None and "m" in one[0] for one in kind)
        every.append(tuple(None if n == at and man else one for n, one in enumerate(kind)))
    attack(steps, published(steps), every)


@pytest.mark.parametrize("seed", seeds(6, 15, 46))
def test_rounded_beside_exact(seed: int) -> None:
    where = (SEX, PROVINCE)
    who = people(seed, where, 25, 90)
    one = Step(by(where, where, who))
    two = replace(one, policy=Policy(5, rounding=5))
    other = Step(by(where, (PROVINCE,), who), Policy(5, rounding=5))
    steps = [[one, two], [two, one], [other, one], [two, other], [other, two, one]][seed % 5]
    withstand(where, steps)


@pytest.mark.parametrize("seed", seeds(15, 17))
def test_exact_margins_after_what_was_rounded(seed: int) -> None:
    where = (SEX, PROVINCE)
    who = people(seed, where, 25, 90)
    first = Step(by(where, where, who), Policy(5, rounding=5))
    withstand(where, [first, Step(by(where, (PROVINCE,), who))])


@SAMPLED
@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("how", [Policy(5, zeroes="hidden"), Policy(5, mark="<k")], ids=["0", "<"])
def test_other_marks_after_the_first(seed: int, how: Policy) -> None:
    where = (SEX, PROVINCE)
    who = people(seed, where, 20, 80)
    steps = [Step(by(where, (PROVINCE,), who)), Step(by(where, where, who), how)]
    withstand(where, steps)


@SAMPLED
@pytest.mark.parametrize("seed", range(60))
def test_the_network_first_then_everybody(seed: int) -> None:
    """What the network was shown is not shown to those who never saw that."""
    where = (SEX, PROVINCE)
    who = people(seed, where, 40, 140)
    steps = [Step(by(where, where, who)), Step(by(where, where, who), Policy(11))]
    sheets = published(steps)
    attack(steps[:1], sheets[:1], kinds(where, steps[:1]))
    if sheets[1] is not None:
        attack(steps[1:], sheets[1:], kinds(where, steps[1:]))


def test_a_month_that_was_never_printed() -> None:
    """January and February are out: the quarter would tell of the two people of March."""
    cells = {"jan": 30, "feb": 20, "mar": 2}
    who = [(f"{name}{n}", name) for name, count in cells.items() for n in range(count)]
    months = [[(c, (), (1,)) for c, of in who if of == name] for name in cells]
    every = [one for each in months for one in each]
    steps = [
        Step(table([], ("new",), items), period=days)
        for items, days in zip([*months[:2], every], [*MONTHS[:2], QUARTER], strict=True)
    ]
    one, two, quarter = published(steps)
    assert (one, two) == ({(): (30,)}, {(): (20,)})
    assert quarter == {(): ("x",)}
    last = Step(table([], ("new",), months[2]), period=MONTHS[2])
    whole = Step(table([], ("new",), every), period=QUARTER)
    assert published([*steps[:2], last, whole])[3] == {(): ("x",)}


def test_a_sex_that_was_put_right() -> None:
    before = [(f"c{n}", ("f" if n < 12 else "m",)) for n in range(40)]
    after = [(case, ("m",) if case == "c3" else codes) for case, codes in before]
    one, two = published([Step(by([SEX], [SEX], who)) for who in (before, after)])
    assert one == {("f",): (12,), ("m",): (28,), (TOTAL,): (40,)}
    assert two == {("f",): ("x",), ("m",): ("x",), (TOTAL,): (40,)}


def test_a_case_that_left() -> None:
    before = [(f"c{n}", ("f" if n < 12 else "m",)) for n in range(40)]
    _, two = published([Step(by([SEX], [SEX], who)) for who in (before, before[1:])])
    assert two == {("f",): ("x",), ("m",): (28,), (TOTAL,): ("x",)}


def test_girls_and_women_are_the_females_of_the_quarter_before() -> None:
    """Cells of another period that are made of the same people are subtracted too."""
    sexes = {"girl": "f", "woman": "f", "boy": "m", "man": "m"}
    numbers = {"girl": 18, "woman": 2, "boy": 15, "man": 9}
    group = dimension("group", sexes)
    who = [(f"{one}{n}", (one, sexes[one])) for one, count in numbers.items() for n in range(count)]
    steps = [
        Step(by((group, SEX), (SEX,), who)),
        Step(by((group, SEX), (group,), who), period=NEXT_QUARTER),
    ]
    sheets = published(steps)
    assert sheets[0] == {("f",): (20,), ("m",): (24,), (TOTAL,): (44,)}
    every: list[Kind] = [(((sex,), (1,)), ((one,), (1,))) for one, sex in sexes.items()]
    assert attack(steps, sheets, every) == 1


def test_a_quarter_has_no_fewer_than_its_month() -> None:
    """The month was printed for readers of smaller numbers: three at least are in the quarter."""
    month = counts([PROVINCE], {("kandal",): 20, ("takeo",): 3, ("kep",): 4})
    quarter = counts([PROVINCE], {("kandal",): 25, ("takeo",): 4, ("kep",): 5})
    steps = [Step(month, Policy(3), MONTHS[0]), Step(quarter)]
    sheets = published(steps)
    assert sheets[0] is not None and sheets[0]["takeo",] == (3,)
    every: list[Kind] = []
    for code in PROVINCE.codes:
        every += [(((code,), (1,)), ((code,), (1,))), (None, ((code,), (1,)))]
    assert attack(steps, sheets, every) == 1


def test_nobody_at_an_end_is_nobody_at_the_next_beginning() -> None:
    """A zero that was printed is not taken for hidden because the next table hides it.

    People have several services, so no other number of the table tells it.
    """
    services = dimension("service", ["law", "health", "school"])
    law, health = ([(f"c{n}", (code,), (1,)) for n in numbers] for code, numbers in
                   (("law", range(20)), ("health", range(10, 30))))  # fmt: skip
    frames = [table([services], (m,), [*law, *health], ["persons"]) for m in ("end", "beginning")]
    before = protect(frames[0], FIVE, period=QUARTER)
    assert before.shown["school",] == (0,)
    earlier = Earlier(frames[0], before.shown, 5, period=QUARTER)
    hiding = Policy(5, zeroes="hidden")
    after = protect(frames[1], hiding, [earlier], period=NEXT_QUARTER)
    assert (after.shown["school",], after.audit.known) == (("x",), 1)


def test_nobody_may_stand_behind_a_mark_of_few() -> None:
    """With hidden zeroes a mark says no more than that there are few, then and later."""
    how = Policy(5, mark="<k", zeroes="hidden")
    steps = [Step(counts([PROVINCE], {("kandal",): 30, ("takeo",): 2}), one) for one in (how, FIVE)]
    first, then = published(steps)
    rest: Sheet = {("kandal",): ("x",), (TOTAL,): (32,)}
    assert first == {**rest, ("takeo",): ("<5",), ("kep",): ("<5",)}
    assert then == {**rest, ("takeo",): ("x",), ("kep",): (0,)}
    with pytest.raises(NotProtectableError) as caught:
        protect(counts([PROVINCE], {("kandal",): 5, ("takeo",): 1}), how)
    assert caught.value.hint == "leave out the dimension province"


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies.Work.__init__, "__defaults__", (10,))
    one = counts([SEX, PROVINCE], {("f", "kandal"): 30, ("f", "takeo"): 2, ("m", "kep"): 9})
    with pytest.raises(NotProtectableError) as caught:
        protect(one, Policy(5))
    assert str(caught.value) == "these tables are too large to be checked"
    assert caught.value.hint == "leave out the dimension province"
