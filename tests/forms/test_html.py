from __future__ import annotations

import base64
import functools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SOAK
from tests.forms.conftest import LANGUAGES, SHIPPED, Printed, dossier, record
from tests.forms.hostile import TEXTS, hostile_dossier, people_texts
from tests.forms.saying import Page, said
from tests.forms.test_sheet import text_of
from tipcase import forms, khmer_font
from tipcase.forms import plain
from tipcase.forms.text import clean
from tipcase.forms.values import Value
from tipcase.law import edition as editions
from tipcase.law.dossier import Dossier
from tipcase.law.edition import Edition

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

Render = Callable[..., Printed]
Fill = Callable[..., forms.Document]
CODES = ("P1", "P5", "P7", "S1a")
ALL = forms.codes(editions.load(SHIPPED))
NOT_OFFICIAL = {
    "en": "Prepared from Prakas 852 and 857 (2009). Not the official annex of Directive 009.",
    "km": "មិនមែនជាឧបសម្ព័ន្ធផ្លូវការនៃសេចក្តីណែនាំលេខ ០០៩ ទេ",
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", ALL)
@pytest.mark.sampled(12)
def test_everything_that_a_sheet_says_stands_on_its_page(
    fill: Fill, story: Dossier, code: str, lang: str
) -> None:
    for case in (story, None):
        document = fill(case, code, lang, include_restricted=True)
        page = Page(forms.write([document], "html").decode("utf-8"))
        wanted = Counter(text.strip() for text in said(plain.of(document)["sheet"]))
        assert not wanted - Counter(page.texts)


@pytest.mark.parametrize("code", CODES)
def test_a_sheet_in_one_language_does_not_speak_the_other(render: Render, code: str) -> None:
    english, khmer = (render(dossier(), code, lang).html for lang in ("en", "km"))
    assert 'lang="km"' not in english
    assert not re.search("[\u1780-\u17ff]", text_of(english))
    assert 'lang="en"' not in khmer
    assert re.findall(r"[A-Za-z]{4,}", text_of(khmer).replace("K7Q2-M9TX", "")) in (
        [], ["Example", "Shelter"], ["Example", "Shelter", "OSCaR"],
    )  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_khmer_leads_where_both_languages_stand(render: Render, code: str) -> None:
    page = render(dossier(), code, "both").html
    assert page.index("ព្រះរាជាណាចក្រកម្ពុជា") < page.index("Kingdom of Cambodia")
    assert '<html lang="km">' in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sheet_says_that_it_is_not_the_official_annex(render: Render, lang: str) -> None:
    for one in ("km", "en") if lang == "both" else (lang,):
        assert NOT_OFFICIAL[one] in render(dossier(), "P1", lang).html
        assert NOT_OFFICIAL[one] not in render(dossier(), "P1", lang, official=True).html


def test_provisions_are_printed_on_request(render: Render) -> None:
    assert "857/11.1" not in render(dossier(), "P1").html
    assert "857/11.1" in render(dossier(), "P1", citations=True).html


def test_a_page_fetches_nothing_and_runs_nothing(render: Render, story: Dossier) -> None:
    for code in CODES:
        page = render(story, code, "both").html
        assert (
            "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:;" in page
        )
        assert "<script" not in page
        assert not re.search(r"""(?:src|href)\s*=|https?:|url\((?!"data:)|@import|\son\w+=""", page)


def test_the_khmer_font_travels_inside(render: Render) -> None:
    found = re.search(r'url\("data:font/ttf;base64,([^"]+)"\)', render(dossier(), "P1", "km").html)
    assert found is not None
    content = base64.b64decode(found[1], validate=True)
    assert content[:4] == b"\x00\x01\x00\x00"
    assert khmer_font.FAMILY.encode("utf-16-be") in content


@pytest.mark.parametrize("code", CODES)
@pytest.mark.sampled(4)
def test_the_same_case_prints_the_same_page(render: Render, story: Dossier, code: str) -> None:
    assert render(story, code, "both").html == render(story, code, "both").html


@pytest.fixture(scope="module")
def elements(edition: Edition, fill: Fill) -> Callable[[str], set[str]]:
    """The elements of a form's sheet whose lines hold plain words, short and long."""

    @functools.cache
    def found(code: str) -> set[str]:
        return set().union(*(sheet(code, text) for text in ("word", "word\n" * 9)))

    def sheet(code: str, text: str) -> set[str]:
        case = hostile_dossier(edition, code, text)
        document = fill(case, code, "both", include_restricted=True)
        return Page(page_of(document, citations=True)).elements

    return found


def judge(page: str, document: forms.Document, elements: set[str], text: str) -> None:
    """Every text is a text of the page, and the page has no element more."""
    read = Page(page)
    wanted = Counter(one.strip() for one in said(plain.of(document)["sheet"]) if one.strip())
    assert not wanted - Counter(read.texts)
    assert not clean(text) or any(clean(text) in one for one in read.texts)
    assert read.elements <= elements
    assert not read.comments
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)
    page.encode("utf-8")


@pytest.mark.parametrize("code", ALL)
@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.sampled(120)
def test_whatever_a_person_writes_prints_as_text(
    edition: Edition, fill: Fill, elements: Callable[[str], set[str]], kind: str, code: str
) -> None:
    case = hostile_dossier(edition, code, TEXTS[kind])
    document = fill(case, code, "both", include_restricted=True)
    judge(page_of(document, citations=True), document, elements(code), TEXTS[kind])


@given(text=people_texts(), code=st.sampled_from(("P3-copy", "S1b", "S2c")))
@settings(max_examples=200 if SOAK else 6)
def test_no_text_breaks_out_of_a_page(
    edition: Edition, fill: Fill, elements: Callable[[str], set[str]], text: str, code: str
) -> None:
    document = fill(hostile_dossier(edition, code, text), code, include_restricted=True)
    judge(page_of(document), document, elements(code), text)


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.sampled(9)
def test_a_casebooks_name_cannot_leave_its_place(render: Render, kind: str) -> None:
    page = render(dossier(), "S1a", casebook_name=TEXTS[kind]).html
    assert "<script" not in page
    assert page.count("</style>") == 1


def test_a_footer_cannot_be_left_by_a_cases_id(render: Render) -> None:
    hostile = Dossier('a"; } </style>\\\n<b>', "2026-01-05", "closure")
    page = render(hostile, "P1").html
    footer = re.search(r"@bottom-left \{\s+content: ([^\n]+)", page)
    assert footer is not None
    assert footer[1].endswith(r'"a\22 \3b \20 \7d \20 \3c \2f style\3e \5c \20 \3c b\3e ";')


def test_control_characters_and_overrides_do_not_print(render: Render) -> None:
    case = dossier(record("profile", full_name="a\x1b[2Jb\u202ec\u2066d\x00e\x85f"))
    page = render(case, "P1").html
    assert "a[2Jbcde\nf" in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)


def test_a_persons_text_keeps_its_own_direction(render: Render) -> None:
    page = render(dossier(record("profile", full_name="שלום")), "P1").html
    assert '<span class="said" dir="auto">שלום</span>' in page


# -- what new sheets have --

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


def with_value(document: forms.Document, value: Value, **row: Any) -> forms.Document:
    """The sheet with one line, which holds a value."""
    sheet = document.sheet
    line = replace(sheet.parts[0].rows[0], value=value, **row)
    part = replace(sheet.parts[0], rows=(line,))
    return replace(document, sheet=replace(sheet, parts=(part,)))


def page_of(document: forms.Document, **choices: Any) -> str:
    return forms.write([document], "html", **choices).decode("utf-8")


def test_a_picture_stands_in_its_frame(fill: Fill) -> None:
    value = Value("picture", picture=PIXEL, width=40, height=60)
    page = page_of(with_value(fill(dossier(), "P1"), value))
    found = re.search(
        r'class="photo" style="width: 40mm; height: 60mm"><img alt="" src="data:image/png;base64,'
        r'([^"]+)">', page,
    )  # fmt: skip
    assert found is not None
    assert base64.b64decode(found[1]) == PIXEL


def test_a_frame_waits_for_a_picture(fill: Fill) -> None:
    value = Value("picture", filled=False, width=30, height=40, words=(("en", "not to be shown"),))
    page = Page(page_of(with_value(fill(None, "P1"), value)))
    assert "span class style" in page.elements
    assert not any(element.startswith("img") for element in page.elements)
    assert "not to be shown" in page.texts


def test_a_place_has_its_names_and_its_code(fill: Fill) -> None:
    value = Value("place", text="010203", words=(("km", "ភូមិ"), ("en", "Village")))
    texts = Page(page_of(with_value(fill(dossier(), "P1"), value))).texts
    assert texts[texts.index("Village") :][:3] == ["Village", "(", "010203"]
    bare = Page(page_of(with_value(fill(dossier(), "P1"), Value("place", text="999")))).texts
    assert "999" in bare and "(" not in bare


def test_a_plain_sheet_names_a_place_without_its_code(fill: Fill) -> None:
    value = Value("place", text="010203", words=(("en", "Village"),))
    document = with_value(fill(dossier(), "P1"), value)
    plainly = replace(document, sheet=replace(document.sheet, plain=True))
    for format_ in ("html", "md"):
        known, unknown = (
            forms.write([one], format_).decode("utf-8")
            for one in (plainly, with_value(plainly, Value("place", text="999")))
        )
        assert "Village" in known and "010203" not in known
        assert "999" in unknown


def test_only_the_place_of_a_stamp_is_round(fill: Fill) -> None:
    page = page_of(fill(None, "S1b"))
    places = re.findall(r'<div class="signature stamp">', page)
    rounds = re.findall(r'<div class="space"><i class="stamp"', page)
    assert len(places) == len(rounds) == 1
    rules = re.findall(r"^([^{}\n]*)\{[^{}]*border-radius: 50%", page, re.MULTILINE)
    assert {".ring", ".space .stamp"} == {rule.strip() for rule in rules}


def test_a_line_in_dispute_says_so(fill: Fill) -> None:
    document = fill(dossier(), "P1")
    words = dict(document.words)["disputed"][0][1]
    assert words not in Page(page_of(document)).texts
    disputed = with_value(document, Value("text", text="one", disputed=True), disputed=True)
    page = Page(page_of(disputed))
    assert page.texts.count("?") == 2
    assert words in page.texts


@pytest.mark.parametrize("sentence", ["withheld", "unconsented"])
def test_a_section_says_what_was_left_out(fill: Fill, sentence: str) -> None:
    document = fill(dossier(), "P1")
    words = dict(document.words)[sentence][0][1]
    part = replace(document.sheet.parts[0], withheld=False, unconsented=False)
    for shown in (True, False):
        changed: dict[str, Any] = {sentence: shown}
        sheet = replace(document.sheet, parts=(replace(part, **changed),))
        assert (words in Page(page_of(replace(document, sheet=sheet))).texts) == shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_plain_sheet_gives_nothing_away(fill: Fill, story: Dossier, lang: str) -> None:
    sheet = fill(story, "P1", lang)
    plainly = replace(sheet, sheet=replace(sheet.sheet, plain=True))
    words = dict(sheet.words)
    telling = [*words["kingdom"], *words["motto"], *words["phase"]]
    telling += [*sheet.sheet.phase, ("", "Example Shelter"), ("", "857/11.1")]
    full, bare = (" ".join(Page(page_of(one, citations=True)).texts) for one in (sheet, plainly))
    assert all(text in full for _, text in telling)
    assert not [text for _, text in telling if text in bare]


def test_a_blank_is_for_a_pen(fill: Fill) -> None:
    page = page_of(fill(None, "P1", "both"))
    assert set(re.findall(r"<i(?: class=\"dash\")?>([^<]*)</i>", page)) == {" "}
    assert 'class="photo"' in page and "<img" not in page
    assert page.count('class="dots"') > 100
    assert "tickbox on" not in page and "<title>P1</title>" in page


def test_a_bundle_counts_the_pages_of_each_sheet(fill: Fill) -> None:
    documents = [fill(dossier(), "P1", "km"), fill(dossier(), "S1a", "en"), fill(None, "P7", "en")]
    page = forms.write(documents, "html").decode("utf-8")
    assert page.count("<article") == page.count("</article>") == 3
    assert page.count("@font-face") == page.count("<!doctype") == 1
    assert re.findall(r"counter-increment: (\w+)", page) == ["s1", "s2", "s3"]
    assert "counter(s1, khmer)" in page and "counter(s2)" in page
    assert "counter(pages" not in page
    assert "counter(pages)" in forms.write(documents[1:2], "html").decode("utf-8")
    assert Page(page).elements == set().union(*(Page(page_of(one)).elements for one in documents))
