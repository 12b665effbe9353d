from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase.forms.text import clean, css_text


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("a\x00b\x07c\x1b[31md\x7fe\x9bf", "abc[31mdef"),
        ("\u202eabc\u202c \u2066d\u2069 \u200fe\ufeff", "abc d e"),
        ("one\r\ntwo\rthree\u2028four\x85five", "one\ntwo\nthree\nfour\nfive"),
        ("tab\tstays", "tab\tstays"),
        ("ភាសា\u200bខ្មែរ", "ភាសា\u200bខ្មែរ"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("\ud800x\ufffe", "x"),
        ("שלום مرحبا", "שלום مرحبا"),
        ("👍🏽", "👍🏽"),
        (":🏽", ":\u200b🏽"),
    ],
)
def test_what_steers_a_page_is_taken_out_and_letters_stay(written: str, printed: str) -> None:
    assert clean(written) == printed


@given(st.text())
def test_cleaning_is_done_after_one_pass(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text())
def test_no_text_ends_a_css_string(text: str) -> None:
    escaped = css_text(text)
    assert re.fullmatch(r"(?:[0-9A-Za-z]|\\[0-9a-f]+ )*", escaped)
    # A reader of CSS gets the words back: an escape is hexadecimal and ends at one space.
    back = re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), escaped)
    assert back == " ".join(clean(text).split())
