from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.forms.conftest import LANGUAGES, dossier, record
from tests.forms.test_sheet import text_of
from tipcase import forms
from tipcase.forms import font
from tipcase.forms.html import TemplateError
from tipcase.law.dossier import Dossier
from tipcase.law.edition import Edition

Render = Callable[..., forms.Rendering]
CODES = ("P1", "P5", "P7", "S1a")
NOT_OFFICIAL = {
    "en": "Prepared from Prakas 852 and 857 (2009). Not the official annex of Directive 009.",
    "km": "មិនមែនជាឧបសម្ព័ន្ធផ្លូវការនៃសេចក្តីណែនាំលេខ ០០៩ ទេ",
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_line_of_a_form_stands_on_its_sheet(
    render: Render, edition: Edition, story: Dossier, code: str, lang: str
) -> None:
    page = text_of(render(story, code, lang).html)
    spoken = ("km", "en") if lang == "both" else (lang,)
    for section in forms.form(edition, code).sections:
        wanted = [section.title]
        wanted += [line.label or line.say or line.write for line in section.lines]
        for words in wanted:
            for one in spoken:
                assert words[one] in page


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
        assert "default-src 'none'; style-src 'unsafe-inline'; font-src data:" in page
        assert "<script" not in page
        assert not re.search(r"""(?:src|href)\s*=|https?:|url\((?!"data:)|@import|\son\w+=""", page)


def test_the_khmer_font_travels_inside(render: Render) -> None:
    found = re.search(r'url\("data:font/ttf;base64,([^"]+)"\)', render(dossier(), "P1", "km").html)
    assert found is not None
    content = base64.b64decode(found[1], validate=True)
    assert content[:4] == b"\x00\x01\x00\x00"
    assert font.FAMILY.encode("utf-16-be") in content


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_case_prints_the_same_page(render: Render, story: Dossier, lang: str) -> None:
    for code in CODES:
        assert render(story, code, lang).html == render(story, code, lang).html


HOSTILE = {
    "a script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "an end of the style": '</style></title></head>"><b>',
    "a template": "{{ 7 * 7 }}{% raw %}{{ config }}{% endraw %}{# gone #}",
    "a format string": "{0.__class__} %s %(x)s",
    "an attribute's end": "\" onclick='x' data-x=\"",
    "an entity": "&lt;b&gt; &amp;amp; &#x41;",
    "a comment": "<!-- --> <![CDATA[ ]]>",
    "right to left": "שלום مرحبا (123)",
    "emoji": "👩\u200d👧‍👦 🇰🇭 ✂️",
    "many lines": "one\ntwo\n\nthree",
    "no space at all": "x" * 20_000,
    "unspaced Khmer": "ជនរងគ្រោះបានត្រឡប់ទៅផ្ទះវិញដោយសុវត្ថិភាព" * 400,
    "typst": '#import "x.typ": *  #let x = read("/etc/passwd") $ \\ $',
    "css": '"; } * { display: none } a::after { content: "',
}
PLACES = {
    "a name": lambda text: record("profile", full_name=text),
    "a list": lambda text: record("profile", languages=[text]),
    "a table": lambda text: record(
        "profile", family_members=[{"name": text, "relation": "mother"}]
    ),
    "a reason": lambda text: record("profile", full_name={"unknown": "declined", "why": text}),
    "a date's place": lambda text: record("profile", birth={"date": text}),
    "a value's place": lambda text: record("profile", sex=text),
    "an unheard unknown": lambda text: record("profile", narrative={"unknown": "x", "why": text}),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", HOSTILE)
def test_whatever_a_person_writes_prints_as_text(render: Render, kind: str, place: str) -> None:
    plain = render(dossier(PLACES[place]("plain words")), "P1").html
    page = render(dossier(PLACES[place](HOSTILE[kind])), "P1").html
    assert html.escape(HOSTILE[kind], quote=False) in page.replace("&#34;", '"').replace(
        "&#39;", "'"
    )
    tags = re.compile(r"<[a-zA-Z!/][^>]*>")
    assert [tag.split()[0] for tag in tags.findall(page)] == [
        tag.split()[0] for tag in tags.findall(plain)
    ] or HOSTILE[kind].count("\n") > 2 or len(HOSTILE[kind]) > 220  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_casebooks_name_cannot_leave_its_place(render: Render, kind: str) -> None:
    page = render(dossier(), "P1", casebook_name=HOSTILE[kind]).html
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


BROKEN_TEMPLATES = {
    "an unknown name": "{{ sheet.colour }}",
    "an unknown word": "{{ words.colour }}",
    "private parts": "{{ sheet.__class__.__mro__ }}",
    "bad syntax": "{% if %}",
    "another file": "{% include '../../pyproject.toml' %}",
    "a number of nothing": "{{ sheet.title + 1 }}",
    "too long a loop": "{% for x in range(10000000) %}x{% endfor %}",
}


@pytest.mark.parametrize("fault", BROKEN_TEMPLATES)
def test_a_template_at_fault_is_refused_without_a_word_of_the_file(
    render: Render, story: Dossier, tmp_path: Path, fault: str
) -> None:
    (tmp_path / "sheet.html.j2").write_text(BROKEN_TEMPLATES[fault], "utf-8")
    with pytest.raises(TemplateError) as caught:
        render(story, "P1", templates=[tmp_path])
    assert "UTEAHAR" not in str(caught.value) + caught.value.hint
    assert caught.value.__suppress_context__


def test_a_casebooks_own_template_wins(render: Render, story: Dossier, tmp_path: Path) -> None:
    (tmp_path / "sheet.html.j2").write_text("<p>{{ sheet.code }} by us</p>", "utf-8")
    assert render(story, "P1", templates=[tmp_path]).html == "<p>P1 by us</p>"
