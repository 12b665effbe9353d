"""What is printed of what was counted: everything inside the office, what was protected outside."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from tests.reports.printed import END, MEASURES, SEX, START
from tipcase.law.findings import Text
from tipcase.reports import sheet
from tipcase.reports.counting import Counted, Table
from tipcase.reports.disclosure import Policy
from tipcase.reports.publishing import Protection
from tipcase.reports.rendering import Printed
from tipcase.reports.tables import Codes, Frame, Item, Shown

CASES = {"a": "female", "b": "male", "c": "female"}
ITEMS = tuple(Item(case, (code,), (1, 1, 5)) for case, code in CASES.items())
FRAME = Frame((SEX,), MEASURES, ITEMS)
TABLE = SimpleNamespace(
    id="caseload",
    title=Text("Cases", "ករណី"),
    frame=FRAME,
    given=Frame((SEX,), MEASURES, FRAME.items[:1]),
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
PROTECTION = Protection(cast(Table, TABLE), SHOWN, BESIDE)


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


def test_what_is_missing_makes_it_incomplete() -> None:
    for absent in (sheet.Absent(1), sheet.Absent(unread=1)):
        printed = sheet.released(COUNTED, absent, Policy(11, rounding=5), [PROTECTION])
        assert printed.published is not None
        assert printed.published.incomplete
        assert (printed.published.marks, printed.published.rounding) == (("x",), 5)
