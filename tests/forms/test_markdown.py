"""Markdown: what a parser that others wrote makes of it is what the sheet says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.conftest import SOAK
from tests.forms.conftest import LANGUAGES, SHIPPED, dossier, record
from tests.forms.hostile import TEXTS, hostile_dossier, people_texts
from tests.forms.saying import said
from tipcase import forms
from tipcase.forms import markdown, plain
from tipcase.forms.text import clean
from tipcase.forms.values import Value
from tipcase.law import edition as editions
from tipcase.law.dossier import Dossier
from tipcase.law.edition import Edition

Fill = Callable[..., forms.Document]
ALL = forms.codes(editions.load(SHIPPED))
# CommonMark with HTML let through, so that HTML that were let through would show.
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OWN_MARKS = {"strong", "em"}
# Stands in no label.
MARKER = "Uteahar"


def printed(fill: Fill, case: Dossier | None, code: str, lang: str = "en", **choices: Any) -> str:
    document = fill(case, code, lang, include_restricted=True)
    return forms.write([document], "md", **choices).decode("utf-8")


def inline(token: Token) -> str:
    """The text of a run; what is more than text, emphasis aside, stands in it by its kind."""
    found = []
    for child in token.children or []:
        if child.type in ("text", "text_special"):
            found.append(child.content)
        elif child.type in ("hardbreak", "softbreak"):
            found.append("\n")
        elif child.tag not in OWN_MARKS:
            found.append(f"<{child.type}>")
    return "".join(found)


def runs(text: str) -> list[str]:
    """The texts of a Markdown document, as rendered."""
    return [inline(token) for token in READER.parse(text) if token.type == "inline"]


def kinds(text: str) -> set[str]:
    """What a Markdown document is made of."""
    tokens = READER.parse(text)
    return {one.type for token in tokens for one in (token, *(token.children or []))}


def spaced(text: str) -> str:
    """A text as any renderer shows it: runs of blanks are one blank."""
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))


# Plain words, and all that Markdown has a meaning for.
PIECES = [
    *"\\`*_[]<>{}|~$#&:;.()!-+=@/\"'^%, \t\nab1", "http://x.y", "www.a.b", "&amp;", "&#65;", "1. ",
    "12) ", "- ", "# ", "> ", "```", "~~~", "---", "===", "***", "[x]: http://a", "![i](u)", "<b>",
    "<!--", "    code", "\u00a0", "\u3000", "ខ្មែរ", "|---|", ":smile:", "~~a~~", "[ ] ", "\\\n",
]  # fmt: skip
MARKS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map("".join)


@given(text=st.one_of(MARKS, people_texts(longest=200)).map(clean).filter(spaced))
@settings(max_examples=5000 if SOAK else 80)
@example("a\n\n\nb")
@example("a\\")
@example("1. \n- a\n# b")
def test_a_text_is_read_back_as_it_was_written(text: str) -> None:
    assert runs(markdown.escaped(text)) == [spaced(text)]
    assert kinds(markdown.escaped(text)) <= {
        "paragraph_open", "paragraph_close", "inline", "text", "text_special", "hardbreak",
    }  # fmt: skip
    table = f"| a |\n| --- |\n| {markdown.escaped(markdown.flat(text))} |\n\nafter"
    assert runs(table) == ["a", spaced(markdown.flat(text)), "after"]


def test_a_line_break_is_kept_outside_of_tables_and_seen_within() -> None:
    assert markdown.escaped("one\n\n  two") == "one\\\n\\\ntwo"
    assert markdown.flat("one\n\n  two") == "one / two"


def test_most_texts_are_written_as_they_are() -> None:
    for text in ("She went home on 2026-03-05, at 10:30 (by bus).", "a@b.c", "R&D", "100%", "ខ្មែរ"):
        assert markdown.escaped(text) == text


def wanted(document: forms.Document) -> Iterator[str]:
    return (markdown.flat(text) for text in said(plain.of(document)["sheet"]) if text.strip())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", ALL)
@pytest.mark.sampled(12)
def test_everything_that_a_sheet_says_stands_in_its_markdown(
    fill: Fill, story: Dossier, code: str, lang: str
) -> None:
    for case in (story, None):
        document = fill(case, code, lang, include_restricted=True)
        read = markdown.flat("\n".join(runs(forms.write([document], "md").decode("utf-8"))))
        # Words that stand in others are not counted: one of each is looked for.
        for text in set(wanted(document)):
            assert " ".join(text.split()) in " ".join(read.split())


@pytest.mark.parametrize("code", ALL)
@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.sampled(240)
def test_whatever_a_person_writes_prints_as_text(
    edition: Edition, fill: Fill, kind: str, code: str
) -> None:
    judge(edition, fill, code, TEXTS[kind])


@given(text=people_texts(), code=st.sampled_from(("P3-copy", "S1b", "S2c")))
@settings(max_examples=200 if SOAK else 3)
def test_no_text_becomes_anything_but_text(
    edition: Edition, fill: Fill, text: str, code: str
) -> None:
    judge(edition, fill, code, text)


def judge(edition: Edition, fill: Fill, code: str, text: str) -> None:
    """The document has what one of plain words has, and says the text each time in full."""
    made, bare = (
        forms.write(
            [fill(hostile_dossier(edition, code, one), code, "both", include_restricted=True)], "md"
        ).decode("utf-8")
        for one in (text, "word")
    )
    assert kinds(made) <= kinds(bare) | {"hardbreak", "text_special"}
    assert len(runs(made)) == len(runs(bare)) or not clean(text)
    if spaced(clean(text)).strip():
        shown = " ".join(markdown.flat(clean(text)).split())
        read = [" ".join(markdown.flat(run).split()) for run in runs(made)]
        plainly = [run.count(MARKER) for run in runs(bare)]
        for run, times in zip(read, plainly, strict=True):
            assert run.count(shown) >= min(times, 1)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", made)


# -- how a sheet reads --


def one_line(fill: Fill, value: Value, **row: Any) -> str:
    document = fill(dossier(), "S1a")
    part = document.sheet.parts[0]
    line = replace(part.rows[0], label=(("en", "Said"),), number="7", value=value, **row)
    sheet = replace(document.sheet, parts=(replace(part, rows=(line,)),), missing=(), signatures=())
    made = forms.write([replace(document, sheet=sheet)], "md").decode("utf-8")
    return made[made.index("**") :].split("##")[1].split("\n\n", 1)[1].rsplit("\n\n", 1)[0]


def test_a_sheet_reads_well_as_plain_text(fill: Fill) -> None:
    case = dossier(record("profile", full_name="Someone Invented", sex="female", narrative="a\nb"))
    page = printed(fill, case, "P1", citations=True)
    assert page.startswith(
        "**Kingdom of Cambodia**\\\nNation Religion King\n\nExample Shelter\n\n# P1 · "
    )
    assert "\n| Date of this form | Case code |" in page
    assert "\n| --- | --- |" in page
    assert "15102026 | K7Q2-M9TX |" in page
    assert re.search(
        r"\n\*\*\d+\. Full name, family name first:\*\* \(857/[^)]+\) Someone Invented\n", page
    )
    assert "\n\n- [x] Female\n- [ ] Male\n" in page
    assert re.search(r":\*\* \(857/[^)]+\) a\\\nb\n", page)
    assert re.search(
        r"\n\*\*○ \d+\. Date of birth:\*\* .*Day ______ Month ______ Year ______", page
    )
    assert re.search(r"\n\nP1 · version \d+ · K7Q2-M9TX\n$", page)
    assert "\n\n\n" not in page


def test_kinds_of_values(fill: Fill) -> None:
    en = ("en", "Word")
    assert one_line(fill, Value("unknown", words=(en,), text="a*b")) == "**7. Said:** *Word*: a\\*b"
    assert one_line(fill, Value("items", items=("a", "b\nc"))) == "**7. Said:**\n\n- a\n- b\\\n  c"
    assert one_line(fill, Value("place", text="01", words=(en,))) == "**7. Said:** Word (01)"
    assert one_line(fill, Value("picture", picture=b"x")) == "**7. Said:** Photo"
    assert one_line(fill, Value("blank", filled=False, lines=1)) == "**7. Said:** ______"
    lines = one_line(fill, Value("blank", filled=False, lines=2))
    assert runs(lines)[1:] == ["_" * 62, "_" * 62]
    assert one_line(fill, Value("say", words=(en,))) == "Word"
    assert "(?)" in one_line(fill, Value("text", text="a", disputed=True), disputed=True)


def test_a_table_has_a_row_a_line(fill: Fill) -> None:
    cells = (Value("text", text="a|b\nc"), Value("blank", filled=False))
    value = Value("table", columns=((("en", "One"),), (("en", "Two"),)), rows=(cells, cells))
    made = one_line(fill, value)
    assert made.count("| a\\|b / c |  |") == 2
    assert runs(made)[1:] == ["One", "Two", "a|b / c", "", "a|b / c", ""]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_plain_sheet_gives_nothing_away(fill: Fill, story: Dossier, lang: str) -> None:
    sheet = fill(story, "P1", lang)
    plainly = replace(sheet, sheet=replace(sheet.sheet, plain=True))
    words = dict(sheet.words)
    telling = [*words["kingdom"], *words["motto"], *words["phase"]]
    telling += [*sheet.sheet.phase, ("", "Example Shelter"), ("", "857/11.1")]
    full, bare = (
        forms.write([one], "md", citations=True).decode("utf-8") for one in (sheet, plainly)
    )
    assert all(text in full for _, text in telling)
    assert not [text for _, text in telling if text in bare]


def test_sheets_of_a_bundle_have_a_rule_between_them(fill: Fill) -> None:
    documents = [fill(dossier(), "P1"), fill(None, "S1a"), fill(dossier(), "P7", "km")]
    made = forms.write(documents, "md").decode("utf-8")
    assert made.count("\n\n---\n\n") == 2
    alone = [forms.write([one], "md").decode("utf-8").strip() for one in documents]
    assert made.strip().split("\n\n---\n\n") == alone
