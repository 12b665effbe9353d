"""What is printed, what is hidden, and the ways in which hiding too little is known to fail."""

from __future__ import annotations

import random
import sys
from datetime import date
from itertools import product

import pytest

from tests.reports.outsider import Kind, Outsider, Sheet, exact, rounded
from tests.reports.published import caseload, counts, dimension, dimensions, frame, placed, table
from tipcase.errors import MachineError, UsageError
from tipcase.reports.disclosure import Earlier, NotProtectableError, Policy, Protected, protect
from tipcase.reports.disclosure.atoms import atoms
from tipcase.reports.disclosure.publication import Publication
from tipcase.reports.disclosure.targets import Target, targets
from tipcase.reports.disclosure.units import Table
from tipcase.reports.tables import TOTAL, Codes, Frame

SEX = dimension("sex", ["f", "m"])
PROVINCE = dimension("province", ["kandal", "takeo", "kep"])
QUARTER = (date(2026, 1, 1), date(2026, 3, 31))
NEXT = (date(2026, 4, 1), date(2026, 6, 30))


def naive(table_: Frame, k: int) -> Sheet:
    """What a spreadsheet does: hide the small cells, and nothing else."""
    return {
        key: tuple(
            "x" if 0 < persons < k else value
            for value, persons in zip(cell.values, cell.persons, strict=True)
        )
        for key, cell in table_.cells.items()
    }


def width(sheets: list[Sheet], kinds: list[Kind], key: Codes, sheet: int = 0) -> float:
    """How open a cell is to who reads these sheets."""
    least, most = Outsider(sheets, kinds, exact).guess(sheet, key, 0, lambda *_: False)
    return most - least


def inner(*codes: list[str]) -> list[Kind]:
    return [((cell, (1,)),) for cell in product(*codes)]


SINGLE = counts([PROVINCE], {("kandal",): 30, ("takeo",): 3, ("kep",): 20})
TWO_WAY = counts(
    [SEX, PROVINCE],
    {
        ("f", "kandal"): 30,
        ("f", "takeo"): 2,
        ("f", "kep"): 14,
        ("m", "kandal"): 19,
        ("m", "takeo"): 16,
        ("m", "kep"): 25,
    },
)
# Two hidden in one line, whose total leaves them hardly any room.
NARROW = counts([PROVINCE], {("kandal",): 30, ("takeo",): 2, ("kep",): 1})


@pytest.mark.parametrize(
    ("one", "key"),
    [(SINGLE, ("takeo",)), (TWO_WAY, ("f", "takeo")), (NARROW, ("kep",))],
    ids=["one hidden in a line", "one hidden in a row and a column", "two hidden of three people"],
)
def test_what_hiding_small_cells_alone_gives_away(one: Frame, key: Codes) -> None:
    kinds = inner(*([*d.codes] for d in one.dimensions))
    assert width([naive(one, 5)], kinds, key) < 4, "the naive way is no failure: change the case"
    assert width([protect(one, Policy(5)).shown], kinds, key) >= 4


def test_two_quarters_give_nothing_away_together() -> None:
    """Twenty are open at an end; seventeen of them are open at the next."""
    first = table(
        [PROVINCE],
        ("open", "closed"),
        [(f"a{n}", ("kandal",), (1, 0)) for n in range(20)]
        + [(f"b{n}", ("kep",), (1, 0)) for n in range(30)],
    )
    second = table(
        [PROVINCE],
        ("open", "closed"),
        [(f"a{n}", ("kandal",), (int(n >= 3), int(n < 3))) for n in range(20)]
        + [(f"b{n}", ("kep",), (1, 0)) for n in range(30)],
    )
    kinds: list[Kind] = [
        (((cell,), (1, 0)), ((cell,), now)) for cell in PROVINCE.codes for now in ((1, 0), (0, 1))
    ]
    before = protect(first, Policy(5), period=QUARTER)
    after = protect(second, Policy(5), [_out(before, QUARTER)], period=NEXT)
    bad = Outsider([before.shown, naive(second, 5)], kinds, exact)
    good = Outsider([before.shown, after.shown], kinds, exact)
    least, most = bad.guess(1, ("kandal",), 1, lambda *_: False)
    assert (least, most) == (3, 3)
    least, most = good.guess(1, ("kandal",), 1, lambda *_: False)
    assert most - least >= 4


def _out(one: Protected, period: tuple[date, date]) -> Earlier:
    return Earlier(one.frame, one.shown, one.policy.k, one.policy.rounding, period)


def test_a_late_entry_is_not_told_by_publishing_again() -> None:
    cells: dict[Codes, int] = {("kandal",): 12, ("takeo",): 20, ("kep",): 30}
    before = protect(counts([PROVINCE], cells), Policy(5), period=QUARTER)
    assert before.shown["kandal",] == (12,)
    late = counts([PROVINCE], {**cells, ("kandal",): 13})
    after = protect(late, Policy(5), [_out(before, QUARTER)], period=QUARTER)
    assert after.shown["kandal",] == ("x",)
    assert after.shown[TOTAL,] == ("x",), "62, then 63: one person, and everybody sees where"


def test_what_did_not_change_is_printed_again() -> None:
    before = protect(TWO_WAY, Policy(5), period=QUARTER)
    after = protect(TWO_WAY, Policy(5), [_out(before, QUARTER)], period=QUARTER)
    assert after.shown == before.shown


def test_another_breakdown_of_the_same_people_is_attacked_too() -> None:
    """Girls are female: women beside females would tell how many girls there are."""
    kind = dimension("kind", ["girl", "woman", "man"])
    people = [("girl", "f")] * 3 + [("woman", "f")] * 17 + [("man", "m")] * 20
    by_sex = table(
        [SEX], ("cases",), [(f"c{n}", (sex,), (1,)) for n, (_, sex) in enumerate(people)]
    )
    by_kind = table(
        [kind], ("cases",), [(f"c{n}", (of,), (1,)) for n, (of, _) in enumerate(people)]
    )
    before = protect(by_sex, Policy(5), period=QUARTER)
    assert before.shown == {("f",): (20,), ("m",): (20,), (TOTAL,): (40,)}
    alone = protect(by_kind, Policy(5)).shown
    kinds: list[Kind] = [
        (((s,), (1,)), ((k,), (1,))) for k, s in (("girl", "f"), ("woman", "f"), ("man", "m"))
    ]
    shown = protect(by_kind, Policy(5), [_out(before, QUARTER)], period=QUARTER).shown
    assert shown["woman",] == shown["girl",] == ("x",)
    assert width([before.shown, shown], kinds, ("girl",), 1) >= 4
    assert alone[TOTAL,] == shown[TOTAL,] == (40,)


def test_a_filter_is_the_difference_to_everybody() -> None:
    items = [(f"c{n}", ("f" if n < 17 else "m",), (1,)) for n in range(19)]
    everybody = table([], ("cases",), [(case, (), one) for case, _, one in items])
    women = table([], ("cases",), [(case, (), one) for case, sex, one in items if sex == ("f",)])
    before = protect(everybody, Policy(5), period=QUARTER)
    assert before.shown == {(): (19,)}
    assert protect(women, Policy(5), period=QUARTER).shown == {(): (17,)}
    after = protect(women, Policy(5), [_out(before, QUARTER)], period=QUARTER)
    assert after.shown == {(): ("x",)}, "nineteen people, seventeen of them women"


def test_who_refused_is_protected_beside_the_table() -> None:
    consent = dimension("reporting", ["given", "refused", "not-asked"])
    given = [(f"c{n}", ("kandal" if n < 20 else "kep",), (1,)) for n in range(40)]
    main = table([PROVINCE], ("cases",), given)
    beside = table(
        [consent],
        ("cases",),
        [(case, ("given",), (1,)) for case, _, _ in given]
        + [(f"r{n}", ("refused",), (1,)) for n in range(2)]
        + [(f"n{n}", ("not-asked",), (1,)) for n in range(30)],
    )
    found = protect(main, Policy(5), also=[beside])
    (also,) = found.also
    assert found.shown[TOTAL,] == (40,)
    assert also["refused",] == ("x",)
    assert also["not-asked",] == ("x",) or also[TOTAL,] == ("x",)


def test_small_cells_may_be_marked_as_small() -> None:
    shown = protect(TWO_WAY, Policy(5, mark="<k")).shown
    assert shown["f", "takeo"] == ("<5",)
    kinds = inner(["f", "m"], ["kandal", "takeo", "kep"])
    assert width([shown], kinds, ("f", "takeo")) == 3, "one to four, as its mark says"
    assert {one for (one,) in shown.values() if isinstance(one, str)} == {"<5", "x"}


def test_zeroes_are_shown_unless_the_policy_hides_them() -> None:
    one = counts([PROVINCE], {("kandal",): 30, ("takeo",): 20})
    assert protect(one, Policy(5)).shown["kep",] == (0,)
    assert protect(one, Policy(5, zeroes="hidden")).shown["kep",] == ("x",)


def test_a_sum_that_one_person_makes_is_hidden() -> None:
    paid = [("big", ("kandal",), (9_000,))] + [(f"c{n}", ("kandal",), (10,)) for n in range(9)]
    other = [(f"d{n}", ("takeo",), (500 + n,)) for n in range(20)]
    shown = protect(table([PROVINCE], ("paid",), [*paid, *other]), Policy(5)).shown
    assert shown["kandal",] == ("x",)


def test_medians_go_with_their_people() -> None:
    days = [(f"a{n}", ("kandal",), (1, 10 + n)) for n in range(3)]
    days += [(f"b{n}", ("takeo",), (1, 20 + n)) for n in range(9)]
    days += [(f"c{n}", ("kep",), (1, 30 + n)) for n in range(31)]
    one = table([PROVINCE], ("cases", "days"), days, ["sum", "median"])
    shown = protect(one, Policy(5)).shown
    assert shown["kandal",] == shown["takeo",] == ("x", "x")
    assert shown["kep",] == (31, 45)
    assert shown[TOTAL,][0] == 43


def test_no_median_is_printed_among_rounded_numbers() -> None:
    """Which medians are those of few, or of nobody, would tell of what was rounded."""
    days = [("a", ("kandal",), (1, 10))]
    days += [(f"c{n}", ("takeo",), (1, 30 + n)) for n in range(31)]
    one = table([PROVINCE], ("cases", "days"), days, ["sum", "median"])
    shown = protect(one, Policy(5, rounding=5)).shown
    assert {row[1] for row in shown.values()} == {"x"}
    assert all(isinstance(row[0], int) for row in shown.values())


def test_a_median_of_nobody_does_not_tell_that_a_hidden_number_is_zero() -> None:
    days = [(f"b{n}", ("takeo",), (1, 20 + n)) for n in range(9)]
    days += [(f"c{n}", ("kandal",), (1, 30 + n)) for n in range(3)]
    one = table([PROVINCE], ("cases", "days"), days, ["sum", "median"])
    shown = protect(one, Policy(5, zeroes="hidden")).shown
    assert shown["kep",] == shown["kandal",] == ("x", "x")
    assert protect(one, Policy(5)).shown["kep",] == (0, None)


def test_of_one_number_the_strictest_that_is_asked_is_kept() -> None:
    """Hidden before as x, it stays as open as that, whatever the new table asks of it."""
    before = protect(SINGLE, Policy(5), period=QUARTER)
    assert before.shown["takeo",] == ("x",)
    new = Policy(5, mark="<k")
    tables = [Table(SINGLE), Table(SINGLE, _out(before, QUARTER))]
    publication = Publication(tables, new, QUARTER)
    found = targets(publication, atoms(publication.blocks, zeroes=True))
    (one,) = (target for target in found if target.value == 3)
    assert (one.width, one.high, one.low) == (4, 5, 1)
    strict, loose = Target({0: 1}, 3, 4, 5, 1), Target({0: 1}, 3, 2, 3, 3)
    assert strict.beside(loose) == loose.beside(strict) == strict


def test_people_with_several_services_are_counted_once() -> None:
    """Persons are no sum, but a margin is never more than its parts."""
    services = [(f"a{n}", ("kandal",), (1, 1)) for n in range(20)]
    services += [(f"a{n}", ("takeo",), (2, 1)) for n in range(18)]
    services += [(f"b{n}", ("kep",), (1, 1)) for n in range(2)]
    one = table([PROVINCE], ("sessions", "persons"), services, ["sum", "persons"])
    shown = protect(one, Policy(5)).shown
    assert shown["kep",] == ("x", "x")
    assert shown[TOTAL,][1] in (22, "x")


def test_a_dimension_too_many_is_named() -> None:
    """Two cells marked as fewer than five make eight: each is four, and the total must stand."""
    one = counts([SEX, PROVINCE], {("f", "kandal"): 4, ("f", "takeo"): 4})
    with pytest.raises(NotProtectableError) as caught:
        protect(one, Policy(5, mark="<k"))
    assert caught.value.exit_code == 3
    assert caught.value.hint == "leave out the dimension province"


@pytest.mark.parametrize("k", [0, 2, 1001, -5])
def test_a_threshold_that_protects_nobody_is_refused(k: int) -> None:
    with pytest.raises(UsageError) as caught:
        Policy(k)
    assert "--k 11" in caught.value.hint


@pytest.mark.parametrize(("k", "base"), [(11, 0), (11, 5), (11, 10), (5, 4), (11, 1001)])
def test_a_base_that_tells_more_than_hiding_does_is_refused(k: int, base: int) -> None:
    """What is rounded to 0 is known to be less than the base: k of them must be possible."""
    with pytest.raises(UsageError) as caught:
        Policy(k, rounding=base)
    assert caught.value.exit_code == 2
    assert f"--round {k}" in caught.value.hint
    Policy(k, rounding=k)


def test_rounding_tells_no_more_than_hiding_does() -> None:
    one = counts([PROVINCE], {("kandal",): 30, ("takeo",): 3, ("kep",): 20})
    printed = protect(one, Policy(5, rounding=5)).shown
    outsider = Outsider([printed], inner(["kandal", "takeo", "kep"]), [rounded(5)])
    least, most = outsider.guess(0, ("takeo",), 0, lambda *_: False)
    assert most - least >= 4


def test_a_large_sum_of_few_people_is_hidden_and_not_rounded() -> None:
    paid = [(f"a{n}", ("kandal",), (400,)) for n in range(3)]
    paid += [(f"b{n}", ("takeo",), (500,)) for n in range(20)]
    one = table([PROVINCE], ("paid",), paid)
    with pytest.raises(NotProtectableError):
        protect(one, Policy(5, rounding=290))
    # Half of 1,200 is what hiding keeps open.
    assert protect(one, Policy(5, rounding=301)).shown["kandal",][0] in (903, 1204)


def test_without_the_solver_the_hint_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "highspy", None)
    with pytest.raises(MachineError) as caught:
        protect(SINGLE, Policy(5))
    assert caught.value.hint == "pip install 'tipcase[publish]'"


@pytest.mark.parametrize("seed", range(4))
def test_rounded_tables_add_up_and_stay_near(seed: int) -> None:
    rng = random.Random(seed)
    where = dimensions(3, 4)
    one = table(where, ("cases",), [(c, codes, (1,)) for c, codes in placed(rng, where, 90)])
    shown = protect(one, Policy(5, rounding=5)).shown
    for key, cell in one.cells.items():
        (value,), (printed,) = cell.values, shown[key]
        assert isinstance(printed, int)
        assert isinstance(value, int)
        assert printed % 5 == 0
        assert abs(printed - value) < 5
    for sex in (*where[0].codes, TOTAL):
        assert shown[sex, TOTAL][0] == sum(shown[sex, p][0] for p in where[1].codes)  # type: ignore[misc]
    for province in where[1].codes:
        assert shown[TOTAL, province][0] == sum(shown[s, province][0] for s in where[0].codes)  # type: ignore[misc]


def test_a_table_is_protected_alike_every_time() -> None:
    rng = random.Random(7)
    where = dimensions(2, 4)
    one = frame(where, caseload(rng, where, 150), 0)
    again = Frame(one.dimensions, one.measures, tuple(reversed(one.items)))
    assert protect(one, Policy(5)).shown == protect(again, Policy(5)).shown


def test_nothing_that_is_protected_shows_a_case_in_its_repr() -> None:
    found = protect(SINGLE, Policy(5))
    assert "takeo-1" not in repr(found) + repr(_out(found, QUARTER))
