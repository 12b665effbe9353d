"""The edition's Khmer as writing: well formed, the same words for the same English.

Whether a text says the right thing only a Khmer reader can judge; these tests judge its form.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from tipcase import law
from tipcase.law.translations import Wording, untranslated, wordings

EDITION = Path(__file__).parents[2] / "schemas" / "kh-2009"
FILES = sorted(EDITION.rglob("*.yaml"))

# One English label whose meanings Khmer keeps apart. Whatever is not named here reads one way.
MEANINGS = {
    # A record of its own; a remark beside an answer.
    "note": {"កំណត់ត្រា", "ចំណាំ"},
    # Of a paper; how many.
    "number": {"លេខ", "ចំនួន"},
    # An answer; the question.
    "reached": {"ទាក់ទងបាន", "ទាក់ទងបាន ឬមិនបាន"},
    # The survivor's story; an event.
    "what happened": {"ដំណើររឿង", "ព្រឹត្តិការណ៍ដែលបានកើតឡើង"},
}

# Invisible in an editor, and a search for the word then misses it: zero-width spaces and joiners,
# the no-break space, the byte order mark, and the old Khmer letters that Unicode discourages.
HIDDEN = re.compile("[\u00a0\u00ad\u200b-\u200f\u2060\ufeff\u17a3\u17a4\u17b4\u17b5]")
NEIGHBOURS = re.compile("[\u0e00-\u0eff]")  # Thai and Lao, whose signs look alike.
LETTERS = re.compile("[\u1780-\u17d3\u17dd]+")
# A consonant or independent vowel, what is written under it, then one vowel, then its signs.
SYLLABLE = (
    "[\u1780-\u17b3]"
    "\u17cc?(?:\u17d2[\u1780-\u17a2])*"
    "[\u17c9\u17ca]?[\u17b6-\u17c5]?"
    "(?:([\u17c6-\u17c8\u17cb-\u17d1\u17d3\u17dd])(?!\\1))*"
)
WELL_FORMED = re.compile(f"(?:{SYLLABLE})+")


@cache
def _texts() -> tuple[Wording, ...]:
    return wordings(law.load(EDITION))


def _ill_formed(km: str) -> list[str]:
    return [run for run in LETTERS.findall(km) if not WELL_FORMED.fullmatch(run)]


@pytest.mark.parametrize(
    "km",
    [
        "\u17b6ក",  # A vowel with nothing to stand on.
        "ក\u17d2",  # The sign that puts a letter under another, and no letter.
        "ក\u17d2\u17b6",
        "កា\u17d2រ",  # A letter put under a vowel.
        "កាា",
        "ក\u17bb\u17b6",
        "ល\u17cb\u17cb",
        "កំា",  # The vowel belongs before the sign.
    ],
)
def test_a_slip_of_typing_is_seen(km: str) -> None:
    assert _ill_formed(km)


def test_every_text_is_well_formed() -> None:
    wrong = {(one.place, word) for one in _texts() for word in _ill_formed(one.km)}
    assert wrong == set()


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(EDITION)) for path in FILES])
def test_a_file_hides_nothing_and_borrows_no_script(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == unicodedata.normalize("NFC", text)
    assert not HIDDEN.search(text)
    assert not NEIGHBOURS.search(text)


def test_nothing_is_untranslated() -> None:
    assert [one.place for one in untranslated(law.load(EDITION))] == []


def test_spaces_are_single() -> None:
    assert [one.place for one in _texts() if one.km != " ".join(one.km.split())] == []


def test_a_sentence_ends_as_its_english_does() -> None:
    wrong = [one.place for one in _texts() if one.en.endswith(".") is not one.km.endswith("។")]
    assert wrong == []


@pytest.mark.parametrize("kept", [r"[A-Za-z]+", r"\{[^}]*\}", r"[0-9]+"])
def test_what_is_typed_or_filled_in_stands_in_the_english_too(kept: str) -> None:
    wrong = {
        (one.place, word)
        for one in _texts()
        for word in re.findall(kept, one.km)
        if word not in re.findall(kept, one.en)
    }
    assert wrong == set()


def test_the_same_english_reads_the_same() -> None:
    read: dict[str, set[str]] = defaultdict(set)
    for one in _texts():
        read[one.en.casefold()].add(one.km)
    assert {en: kms for en, kms in read.items() if len(kms) > 1} == MEANINGS


def test_a_text_is_attested_everywhere_or_nowhere() -> None:
    by_text: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in _texts():
        by_text[one.en.casefold(), one.km].add(one.source)
    assert {text for text, sources in by_text.items() if len(sources) > 1} == set()


def test_no_two_fields_or_answers_that_stand_together_read_alike() -> None:
    together: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for one in _texts():
        if one.steps[-1] == "x-tipcase-label":
            together[one.file, *one.steps[:-2]].append(one.km)
        elif "x-tipcase-values" in one.steps:
            together[one.file, *one.steps[:-1]].append(one.km)
    assert len(together) > 50
    assert [group for group, kms in together.items() if len(set(kms)) < len(kms)] == []


def test_a_mark_names_the_list_and_the_english_term_in_it() -> None:
    named = re.compile(r"(khmer-terms|cambodian-practice): \S.*")
    assert [one.place for one in _texts() if one.source and not named.fullmatch(one.source)] == []
