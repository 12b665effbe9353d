"""What the pages say of the shipped edition is so: counts, kinds and what is restricted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tipcase import law
from tipcase.law import Edition, translations

ROOT = Path(__file__).resolve().parent.parent.parent
SHIPPED = ROOT / "schemas" / "kh-2009"


@pytest.fixture(scope="module")
def edition() -> Edition:
    return law.load(SHIPPED)


def words(name: str) -> str:
    """A page as one line, so that a sentence is found wherever it is broken."""
    return " ".join((ROOT / name).read_text("utf-8").split())


def number(pattern: str, text: str) -> list[int]:
    found = re.search(pattern, text)
    assert found is not None, pattern
    return [int(digits.replace(",", "")) for digits in found.groups()]


def test_readme_says_about_how_much_khmer_awaits_review(edition: Edition) -> None:
    ours, all_ = number(r"about ([\d,]+) of ([\d,]+) texts are ours", words("README.md"))
    # Rounded for readers: off by more than a fiftieth of all, and the page is out of date.
    assert abs(ours - len(translations.unreviewed(edition))) <= all_ / 50
    assert abs(all_ - len(translations.wordings(edition))) <= all_ / 50


def test_the_number_of_provisions_is_the_editions(edition: Edition) -> None:
    assert number(r"`tipcase law` lists all (\d+)", words("README.md")) == [len(edition.provisions)]
    assert number(r"All (\d+) provisions", words("CHANGELOG.md")) == [len(edition.provisions)]


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/writing-records.md"])
def test_every_restricted_record_type_is_named(edition: Edition, page: str) -> None:
    text = words(page)
    for name in edition.all_types:
        assert not edition.record_type(name).restricted or f"`{name}`" in text, name


def test_every_kind_of_link_is_named(edition: Edition) -> None:
    from tipcase.casebook import links

    kinds = words("docs/writing-records.md").partition("The kinds are ")[2].partition(". ")[0]
    assert set(re.findall(r"`([^`]+)`", kinds)) == set(links.kinds(edition))


def test_the_editions_layout_is_the_one_described() -> None:
    section = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## An edition")[2]
    table = section.partition("\n## ")[0]
    named = {
        cell.partition("/")[0] for cell in re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    }
    assert named == {path.name for path in SHIPPED.iterdir()}
