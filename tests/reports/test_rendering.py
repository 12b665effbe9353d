"""The same numbers in every format, and nothing in them that runs, fetches or steers."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import markdown_it
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reports import printed as made
from tests.reports.printed import PLACE, SEX, report
from tipcase.law.findings import Text
from tipcase.reports.rendering import Grid, Only, Printed, Published, render
from tipcase.reports.rendering.flat import RESERVED, data
from tipcase.reports.rendering.layout import layout
from tipcase.reports.rendering.separated import harmless
from tipcase.reports.tables import Category, Dimension, Frame, Item, Measure

PUBLISHED = Published(11, ("x",))
ITEMS = (
    Item("a", ("female", "01"), (1, 1, 10)),
    Item("b", ("female", "12"), (2, 1, None)),
    Item("b", ("female", "12"), (1, 1, 31)),
    Item("c", ("male", "12"), (1, 1, 20)),
)
GRID = Grid.of("caseload", Text("Cases", "ករណី"), Frame((SEX, PLACE), made.MEASURES, ITEMS))


@given(made.grids("one"), made.grids("two"), st.sampled_from([None, PUBLISHED]))
def test_every_format_says_the_same_numbers(
    one: Grid, two: Grid, published: Published | None
) -> None:
    shown = report(one, two, published=published)
    for rows in (made.csv_rows(shown), made.ndjson_rows(shown)):
        for grid in shown.tables:
            assert made.from_rows(shown, rows, grid) == dict(grid.cells)
    for grid, told in zip(shown.tables, data(shown, "en")["tables"], strict=True):
        rows = [{**row, "table": grid.id, "population": "counted"} for row in told["rows"]]
        assert made.from_rows(shown, rows, grid) == dict(grid.cells)
        assert [told[m.id] for m in grid.measures] == list(grid.totals)
    for tables in (made.html_tables(shown), made.markdown_tables(shown)):
        for grid, found in made.mains(shown, tables):
            assert found == made.expected(grid)
    for grid in shown.tables:
        screen = {tuple(map(str, line.labels)): line.values for line in layout(grid).lines}
        assert screen == made.expected(grid)


@given(made.grids())
def test_a_hidden_number_has_no_length_anywhere(grid: Grid) -> None:
    for line in layout(grid).lines:
        if line.values[0] in ("x", "<11", "–"):
            assert line.bar is None
    page = render(report(grid), "html", "en")
    drawing = page[page.find("<svg") : page.find("</svg>")]
    for bar, value in re.findall(r'class="(bar|hidden)"/><text[^>]*>([^<]*)<', drawing):
        assert (bar == "hidden") == (value in ("x", "&lt;11"))


FORMATS = ("csv", "ndjson", "html", "md")


@pytest.mark.parametrize("lang", ["en", "km", "both"])
@pytest.mark.parametrize("form", FORMATS)
def test_internal_says_so_and_published_says_how(form: str, lang: str) -> None:
    words = {"en": ["INTERNAL"], "km": ["ផ្ទៃក្នុង"], "both": ["INTERNAL", "ផ្ទៃក្នុង"]}[lang]
    mine = ["INTERNAL"] if form in ("csv", "ndjson") else words
    internal = render(report(GRID), form, lang)
    assert all(word in internal for word in mine)
    assert "ublished" not in internal.partition("<body>")[2]
    outside = render(report(GRID, published=PUBLISHED, unread=333, not_open=444), form, lang)
    assert not any(word in outside for word in ("INTERNAL", "ផ្ទៃក្នុង"))
    assert "11" in outside
    if form in ("html", "md"):
        start = outside.index("<body>") if form == "html" else 0
        assert internal.index(mine[0]) < start + 700
        assert {"333", "444"} <= set(re.findall(r"\b[0-9]+\b", outside[start:]))


def test_every_row_of_a_program_says_what_it_is() -> None:
    rows = made.csv_rows(report(GRID, published=PUBLISHED, unread=333, not_open=444))
    for row in [
        *rows,
        *made.ndjson_rows(report(GRID, published=PUBLISHED, unread=333, not_open=444)),
    ]:
        assert row["status"] == "published"
        assert (row["from"], row["to"]) == ("2026-07-01", "2026-09-30")
        assert [str(row[name]) for name in ("k", "unread", "not_open")] == ["11", "333", "444"]
        assert row["sex"] in ("female", "male", "total")
        assert row["sex_label"] in ("Female", "Male", "Total")
    assert {row["status"] for row in made.csv_rows(report(GRID))} == {"INTERNAL"}


def test_json_has_the_totals_at_the_top() -> None:
    told = data(report(GRID, not_open=2), "en")
    assert told["internal"] is True
    assert told["period"] == {"from": "2026-07-01", "to": "2026-09-30"}
    assert [told[name] for name in ("new", "people", "days")] == [5, 3, 20]
    assert told["by"] == ["sex", "province"]
    (row,) = (r for r in told["rows"] if (r["sex"], r["province"]) == ("female", "total"))
    assert (row["new"], row["people"], row["days"]) == (4, 2, 20.5)
    outside = data(report(GRID, published=replace(PUBLISHED, incomplete=True)), "en")
    assert (outside["internal"], outside["incomplete"], outside["k"]) == (False, True, 11)
    json.dumps(outside)


def test_what_is_said_beside_the_numbers() -> None:
    only = (Only("sex", SEX.label, SEX.categories[:1]),)
    rounded = Published(11, ("x",), rounding=5, incomplete=True)
    text = render(
        report(GRID, published=rounded, where=only, notes=(Text("A note", "ចំណាំ"),)), "md", "en"
    )
    assert "INCOMPLETE" in text
    assert "Only: Sex: Female" in text
    assert "x: hidden. Medians are hidden; every other number is rounded to a multiple of 5" in text
    assert "fewer than" not in text
    assert "A note" in text
    plain = report(GRID, published=Published(11, (), rounding=11))
    assert "none is hidden" in render(plain, "md", "en")
    # Every format says the same of its marks.
    for how in (plain, report(GRID, published=rounded)):
        assert how.published is not None
        named = how.published.marks
        assert data(how, "en")["marks"] == list(named)
        assert {row["marks"] for row in made.csv_rows(how)} == {" ".join(named)}
    marks = render(report(GRID, published=Published(11, ("<11", "x"))), "md", "en")
    assert "\\<11, x: hidden" in marks


HOSTILE = [
    *(
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "|calc",
        "%0A",
        "\0=1",
        "\tabc",
    ),
    *("＝1+1", "＋1", "－1", "＠SUM", "\u200b=1", "\ufeff=1", "\u00a0=1"),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_cell_is_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"
    bad = Dimension("sex", Text(text), (Category(text, Text(text)),))
    grid = Grid.of("t", Text(text), Frame((bad,), made.MEASURES[:1], (Item("a", (text,), (1,)),)))
    csv_text = render(report(grid), "csv", "en").removeprefix("\ufeff")
    cells = [cell for row in csv.reader(io.StringIO(csv_text, newline="")) for cell in row]
    assert f"'{text}" in cells
    assert text not in cells


@pytest.mark.parametrize("text", ["Prey Veng", "ព្រៃវែង", "a=b", "x", "<11", "01", "", "'x"])
def test_what_is_no_formula_stays(text: str) -> None:
    assert harmless(text) == text


def test_csv_is_what_excel_opens() -> None:
    raw = render(report(GRID), "csv", "km").encode("utf-8")
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n") == len(GRID.cells) + 1
    head = raw.decode("utf-8-sig").splitlines()[0].split(",")
    assert head[-3:] == ["new", "people", "days"]
    assert "ស្រី" in raw.decode("utf-8-sig")


STEERING = "<script>alert(1)</script>\"'&<img src=x onerror=y>\x1b[31m\u202e`*_[a](http://b)|#"


def hostile() -> Printed:
    text = Text(STEERING, STEERING)
    bad = Dimension("sex", text, tuple(Category(code, text) for code in "ab"))
    measures = (Measure("new", text),)
    items = tuple(Item(str(n), ("ab"[n % 2],), (1,)) for n in range(4))
    grid = Grid.of("t", text, Frame((bad,), measures, items))
    shown = report(grid, grid, notes=(text,), where=(Only("sex", text, bad.categories),))
    return replace(shown, title=text, period=text)


def test_a_page_runs_and_fetches_nothing() -> None:
    for shown in (hostile(), report(GRID), report(GRID, published=PUBLISHED)):
        for lang in ("en", "km", "both"):
            page = render(shown, "html", lang)
            seen = made.Tables(page)
            assert {tag for tag, _ in seen.tags} <= {
                *("html", "head", "meta", "title", "style", "body", "main", "p", "h1", "h2", "br"),
                *("section", "figure", "figcaption", "svg", "desc", "text", "rect", "table", "ul"),
                *("caption", "thead", "tbody", "tr", "th", "td", "span", "li"),
            }
            names = {name for _, attrs in seen.tags for name in attrs}
            assert not {n for n in names if n.startswith("on") or n in ("src", "href", "style")}
            style = page[page.index("<style>") : page.index("</style>")]
            assert {link[:14] for link in re.findall(r"url\(.*", style)} <= {'url("data:font'}
            assert "@import" not in style
            assert "default-src 'none'" in page
            assert "\u202e" not in page
            assert "\x1b" not in page


def test_no_text_becomes_markdown() -> None:
    text = render(hostile(), "md", "en")
    assert not set("\u202e\x1b") & set(text)
    reader = markdown_it.MarkdownIt("commonmark").enable("table")
    page = reader.render(text)
    seen = made.Tables(page)
    assert {tag for tag, _ in seen.tags} <= {
        *("h1", "h2", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"),
    }
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("text", ["1. a", "- a", "# a", "+ a", "=a", "a www.b.c", "12) a"])
def test_a_line_of_markdown_stays_text(text: str) -> None:
    shown = report(GRID, notes=(Text(text),))
    page = markdown_it.MarkdownIt("gfm-like", {"linkify": False}).render(render(shown, "md", "en"))
    assert f"<p>{text}</p>" in page.replace("\u200b", "")


def test_a_date_begins_no_list() -> None:
    text = render(report(GRID, as_of=date(2026, 10, 12)), "md", "en")
    assert "\n2026-07-01 to 2026-09-30\n" in text


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_as_of_which_day(form: str) -> None:
    text = render(report(GRID, as_of=date(2026, 10, 12), office="A <shelter>"), form, "en")
    assert "2026-10-12" in text
    # Whose it is stands where a person reads it; a row of data is read by programs.
    assert ("shelter" in text) == (form in ("html", "md"))
    assert "A <shelter>" not in text


@pytest.mark.parametrize("lang", ["en", "km", "both"])
def test_a_page_is_for_everybody(lang: str) -> None:
    page = render(report(GRID, GRID), "html", lang)
    seen = made.Tables(page).tags
    assert ("html", {"lang": "en" if lang == "en" else "km"}) in seen
    svgs = [attrs for tag, attrs in seen if tag == "svg"]
    assert len(svgs) == 2
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for attrs in svgs:
        assert attrs["role"] == "img"
        assert set((attrs["aria-labelledby"] or "").split()) <= set(ids)
    assert [tag for tag, _ in seen].count("caption") == 2
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in seen if tag == "th")
    assert ("font/ttf;base64" in page) == (lang != "en")


def test_many_columns_are_printed_on_a_broad_sheet() -> None:
    many = tuple(Measure(f"m{n}", Text(f"Measure {n}")) for n in range(10))
    wide = Grid.of("t", Text("T"), Frame((SEX,), many, (Item("a", ("male",), (1,) * 10),)))
    page = render(report(GRID, wide), "html", "en")
    tags = [tag for tag, _ in made.Tables(page).tags if tag in ("div", "table")]
    assert tags == ["table", "div", "table"]
    assert "page: wide" in page


def test_zero_rows_are_left_out_and_said() -> None:
    for form in ("html", "md"):
        text = render(report(GRID), form, "en")
        assert "Prey Veng" not in text
        assert "Rows of zeroes alone are left out" in text
    full = Frame((SEX,), made.MEASURES[:1], tuple(Item(c, (c,), (1,)) for c in SEX.codes))
    assert "Rows of zeroes" not in render(report(Grid.of("t", Text("T"), full)), "md", "en")
    assert "Prey Veng" in render(report(GRID), "csv", "en")


def test_the_names_of_columns_are_kept_for_us() -> None:
    used: set[str] = set()
    for published in (None, PUBLISHED):
        shown = report(GRID, published=published)
        mine = {one.id for one in GRID.dimensions} | {one.id for one in GRID.measures}
        labels = {f"{one.id}_label" for one in GRID.dimensions}
        for row in [*made.csv_rows(shown), data(shown, "en"), *data(shown, "en")["tables"]]:
            found: dict[str, Any] = row
            used |= set(found) - mine - labels
    assert used <= RESERVED
