"""What docs/forms.md says of the shipped forms is so: codes, sets, where each sheet may go."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tipcase import forms, law
from tipcase.forms import definition
from tipcase.law import Edition

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "forms.md").read_text("utf-8")


@pytest.fixture(scope="module")
def edition() -> Edition:
    return law.load(ROOT / "schemas" / "kh-2009")


def rows(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, as their cells."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def typed() -> dict[str, tuple[str, ...]]:
    """What the page says that each word prints."""
    found: dict[str, tuple[str, ...]] = {}
    words: list[str] = []
    for first, prints, *_ in rows("The sheets"):
        named = re.findall(r"`([^`]+)`", first)
        words = named or words
        codes = prints.split(", ")
        if len(named) > 1:
            found |= {word: (code,) for word, code in zip(named, codes, strict=True)}
        else:
            found[words[0]] = (*found.get(words[0], ()), *codes)
    return found


def test_every_code_and_set_prints_what_the_page_says(edition: Edition) -> None:
    said = typed()
    assert {code for codes in said.values() for code in codes} == set(forms.codes(edition))
    assert said == {word: forms.expand(edition, [word]) for word in said}


def test_where_each_sheet_may_go_is_said(edition: Edition) -> None:
    where = {code: place for _, codes, _, place in rows("The sheets") for code in codes.split(", ")}
    for code in forms.codes(edition):
        form = forms.form(edition, code)
        assert form.leaves == ("leaves the office" in where[code]), code
        assert form.plain == ("plain sheet" in where[code]), code


def test_kinds_of_information_are_the_ones_that_a_letter_asks_for(edition: Edition) -> None:
    named = {cell.strip("`") for cell, _ in rows("Letters that leave")}
    leaving = [form for code in forms.codes(edition) if (form := forms.form(edition, code)).leaves]
    asked = {
        line.information
        for form in leaving
        for section in form.sections
        for line in section.lines
        if line.information
    }
    apart = {"hiv-status", "family-profile", "photo"}
    assert asked - apart == named
    assert all(f"`{kind}`" in PAGE for kind in apart)


def test_every_key_of_a_form_and_of_a_line_is_told() -> None:
    page = (ROOT / "docs" / "your-own-forms.md").read_text("utf-8")
    of_form, of_line = (
        set(re.findall(r"`([a-z]+)`", "".join(re.findall(r"^\| (.*?) \|", part, re.MULTILINE))))
        for part in page.partition("## Every key")[2].partition("\n## ")[0].split("Of a line, ")
    )
    assert of_form == definition._FORM_KEYS
    assert of_line == definition._LINE_KEYS - {"field", "log", "say", "write"}
