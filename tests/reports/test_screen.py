"""A report on a terminal that is too narrow for it: bars go first, words stay whole."""

from __future__ import annotations

import re
import sys

import pytest
from rich.cells import cell_len

from tests.reports.printed import MEASURES, PLACE, SEX, report
from tipcase import output, terminal
from tipcase.cli import report_out
from tipcase.law.findings import Text
from tipcase.output import Result
from tipcase.reports.rendering import Grid, Printed
from tipcase.reports.tables import Frame, Item, Measure

NOTE = "Cases open when the period begins, new, reopened and closed in it, and open when it ends."
MANY = tuple(Measure(f"m{n}", Text(f"Supervision visits {n} in time")) for n in range(3))
WIDE = Grid.of("t", Text("T"), Frame((SEX, PLACE), MANY, (Item("a", ("female", "01"), (1, 2, 3)),)))
NARROW = Grid.of("t", Text("T"), Frame((SEX,), MEASURES[:2], (Item("a", ("female",), (1, 2)),)))


def seen(
    printed: Printed,
    columns: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> list[str]:
    # Of a terminal that is called dumb nobody asks how wide it is.
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    sections = tuple(report_out._sections(printed, "en"))
    output.show(Result(sections=sections), "report", as_json=False, lang="en")
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()


def test_bars_are_given_up_before_words_are_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = report(WIDE, notes=(Text(NOTE),))
    assert any("█" in line for line in seen(shown, 160, monkeypatch, capsys))
    lines = seen(shown, 60, monkeypatch, capsys)
    assert not any("█" in line for line in lines)
    assert max(map(cell_len, lines)) <= 60
    words = {word for line in lines for word in line.split()}
    assert {"Supervision", "Banteay", "Meanchey", "Province", "visits"} <= words
    # The note is whole, over two lines.
    assert NOTE in " ".join(" ".join(lines).split())
    assert NOTE not in lines


def test_a_bar_stands_behind_its_figure_and_repeats_no_head(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = seen(report(NARROW), 80, monkeypatch, capsys)
    (head,) = [line for line in lines if line.startswith("Sex")]
    assert head.split() == ["Sex", "New", "People"]
    (row,) = [line for line in lines if line.startswith("Female")]
    assert row.split() == ["Female", "1", "█" * 20, "1"]


CELLS = (("Place", "Banteay Meanchey"), ("Visits made", "7"))


@pytest.mark.parametrize(
    ("room", "found"),
    [
        (40, [16, 11]),
        (29, [16, 11]),
        (28, [15, 11]),
        (16, [8, 6]),
        # Not even the words fit.
        (15, [None, None]),
    ],
)
def test_columns_give_way_from_the_widest_down_to_their_words(
    room: int, found: list[int | None]
) -> None:
    assert list(terminal.widths(CELLS, room)) == found
    assert terminal.fit(CELLS, room) == (room >= 29)


def test_a_word_that_nobody_could_fit_is_broken() -> None:
    assert terminal.widths((("a" * 200,), ("b",)), 60) == [57, 1]
