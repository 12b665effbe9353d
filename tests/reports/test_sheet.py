"""What is printed of what was counted: everything inside the office, what was protected outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import cast

from tests.reports.printed import END, MEASURES, SEX, START
from tipcase.law.findings import Text
from tipcase.reports import sheet
from tipcase.reports.counting import Counted, Table
from tipcase.reports.disclosure import Audit, Policy
from tipcase.reports.publishing import Protection
from tipcase.reports.rendering import Printed
from tipcase.reports.tables import Codes, Frame, Item, Measure, Shown

CASES = {"a": "female", "b": "male", "c": "female"}
ITEMS = tuple(Item(case, (code,), (1, 1, 5)) for case, code in CASES.items())
FRAME = Frame((SEX,), MEASURES, ITEMS)
TABLE = SimpleNamespace(
    id="caseload",
    title=Text("Cases", "ករណី"),
    frame=FRAME,
    given=Frame((replace(SEX, categories=SEX.categories[:1]),), MEASURES, FRAME.items[:1]),
    undecided={"": 4, "new": 2, "people": 0},
)
DIMENSION = SimpleNamespace(
    label=SEX.label, categories=SEX.categories, extra={"missing": Text("Not recorded")}
)
COUNTED = cast(
    Counted,
    SimpleNamespace(
        report="caseload",
        title=Text("Caseload"),
        help=Text("What it counts."),
        notes=(Text("Of the edition."),),
        period=SimpleNamespace(label=Text("a quarter"), start=START, end=END),
        as_of=date(2026, 10, 12),
        tables=(TABLE,),
        where=(("sex", "missing"), ("sex", "male")),
        left_out=("other",),
        definition=SimpleNamespace(
            dimensions={"sex": DIMENSION},
            tables=(TABLE, SimpleNamespace(id="other", title=Text("The other table"))),
        ),
    ),
)
SHOWN = dict.fromkeys(FRAME.keys(), ("x", 1, None))
BESIDE: dict[Codes, tuple[Shown, ...]] = {
    (code,): (place, place, None)
    for place, code in enumerate(["given", "refused", "not-asked", ""])
}
PROTECTION = Protection(cast(Table, TABLE), SHOWN, BESIDE, Audit(2, 4, 9, known=0, left=1))


def notes(printed: Printed) -> list[str]:
    return [str(note) for note in printed.notes]


def test_inside_everybody_is_counted_and_doubts_are_said() -> None:
    printed = sheet.internal(COUNTED, sheet.Absent(2, 1))
    assert printed.published is None
    assert printed.tables[0].totals == (3, 3, 5)
    assert (printed.not_open, printed.unread) == (2, 1)
    assert notes(printed) == [
        "What it counts.",
        "Of the edition.",
        "Cases: 4 could not be decided from what is written, and are not counted.",
        "New: 2 could not be decided from what is written, and are not counted.",
        "Left out, because this filter does not apply to them: The other table.",
    ]
    (only,) = printed.where
    assert [str(one.label) for one in only.categories] == ["Not recorded", "Male"]


def test_outside_only_what_was_protected_is_printed() -> None:
    printed = sheet.released(COUNTED, sheet.Absent(), Policy(5, "<k"), [PROTECTION])
    (grid,) = printed.tables
    assert grid.cells == SHOWN
    # Also no line tells of what only those have who did not agree.
    assert grid.dimensions == TABLE.given.dimensions != FRAME.dimensions
    assert [(one.id, one.values[0]) for one in grid.beside] == [
        ("everybody", 3),
        ("refused", 1),
        ("not-asked", 2),
    ]
    # How many are in doubt is a number that nobody protected.
    assert not any("decided" in note for note in notes(printed))
    how = printed.published
    assert how is not None
    assert (how.k, how.marks, how.rounding, how.incomplete) == (5, ("<5", "x"), None, False)


def test_every_report_says_whose_it_is_and_as_of_which_day() -> None:
    inside = sheet.internal(COUNTED, sheet.Absent(), "A shelter")
    outside = sheet.released(COUNTED, sheet.Absent(), Policy(), [PROTECTION], "A shelter")
    for printed in (inside, outside):
        assert (printed.as_of, printed.office) == (date(2026, 10, 12), "A shelter")


def test_what_protecting_cost_is_said_outside() -> None:
    def said(known: int, left: int) -> list[str]:
        one = replace(PROTECTION, audit=Audit(2, 4, 9, known, left))
        return notes(sheet.released(COUNTED, sheet.Absent(), Policy(), [one]))

    empty = "Cases: every number of the breakdown is hidden."
    assert empty not in said(0, 1)
    assert said(0, 0)[0] == empty
    # What earlier publications gave away is for the office to know: it would show where to look.
    assert said(3, 1) == said(0, 1)


def test_how_much_is_hidden_of_how_much() -> None:
    # Two numbers in each of three cells and of four beside them; medians of nobody are none.
    assert (PROTECTION.hidden, PROTECTION.numbers) == (3, 14)
    nobody = SimpleNamespace(**{**vars(TABLE), "given": Frame((SEX,), MEASURES, ())})
    alone = SimpleNamespace(
        **{**vars(TABLE), "given": Frame((), MEASURES, (Item("a", (), (1, 1, 5)),))}
    )
    medians = SimpleNamespace(
        **{**vars(TABLE), "given": Frame((SEX,), MEASURES[2:], (Item("a", ("male",), (5,)),))}
    )
    empty = replace(PROTECTION, audit=Audit(2, 4, 9, 0, 0))
    assert empty.tells_nothing
    assert not PROTECTION.tells_nothing
    for table in (nobody, alone, medians):
        assert not replace(empty, table=cast(Table, table)).tells_nothing


def test_what_is_missing_makes_it_incomplete() -> None:
    for absent in (sheet.Absent(1), sheet.Absent(unread=1)):
        printed = sheet.released(COUNTED, absent, Policy(11, rounding=12), [PROTECTION])
        assert printed.published is not None
        assert printed.published.incomplete
        assert printed.published.rounding == 12


def test_rounded_reports_name_the_mark_of_their_medians() -> None:
    def marks(measures: tuple[Measure, ...]) -> tuple[str, ...]:
        table = SimpleNamespace(**{**vars(TABLE), "given": Frame((), measures, ())})
        one = replace(PROTECTION, table=cast(Table, table))
        # A table without medians beside one that has some: the mark is of the whole report.
        plain = SimpleNamespace(**{**vars(TABLE), "given": Frame((), MEASURES[:2], ())})
        two = replace(PROTECTION, table=cast(Table, plain))
        printed = sheet.released(COUNTED, sheet.Absent(), Policy(11, rounding=11), [two, one])
        assert printed.published is not None
        return printed.published.marks

    assert marks(MEASURES) == ("x",)
    assert marks(MEASURES[:2]) == ()
