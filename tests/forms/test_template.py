"""A casebook's own templates: which one wins, what they may do, how a fault is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.forms.conftest import dossier, record
from tests.forms.saying import Page
from tipcase import forms
from tipcase.forms import sandbox, template
from tipcase.forms.template import TemplateError
from tipcase.law.dossier import Dossier

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

Fill = Callable[..., forms.Document]
Own = Callable[..., str]


@pytest.fixture
def own(fill: Fill, tmp_path: Path) -> Own:
    """Print a form with templates of one's own, given by name with ``__`` for a dot."""

    def call(
        format_: str = "html", case: Dossier | None = None, code: str = "P1", **files: str
    ) -> str:
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(text, "utf-8")
        document = fill(dossier() if case is None else case, code)
        return forms.write([document], format_, templates=[tmp_path]).decode("utf-8")

    return call


ENDINGS = {"html": "html__j2", "md": "md__j2"}


@pytest.mark.parametrize("format_", ENDINGS)
def test_a_casebooks_own_template_wins(own: Own, format_: str) -> None:
    page = own(format_, **{f"sheet__{ENDINGS[format_]}": "{{ sheet.code }} by us"})
    assert "P1 by us" in page
    assert "Identity" not in page


@pytest.mark.parametrize("format_", ENDINGS)
def test_a_template_named_by_the_form_wins_for_that_form_alone(own: Own, format_: str) -> None:
    ending = ENDINGS[format_]
    files = {f"P1__{ending}": "for one form", f"sheet__{ending}": "for all forms"}
    assert "for one form" in own(format_, **files)
    assert "for all forms" in own(format_, code="S1a", **files)


def test_a_part_of_the_shipped_layout_can_be_replaced(own: Own) -> None:
    page = own(
        P1__html__j2='{% extends "shipped/sheet.html.j2" %}{% block heading %}<p>Our house</p>'
        "{% endblock %}"
    )
    assert "<p>Our house</p>" in page
    assert "Kingdom of Cambodia" not in page
    assert "Identity" in page


def test_a_template_may_take_its_own_name_from_the_shipped_ones(own: Own) -> None:
    page = own(sheet__html__j2='<p>ours</p>{% include "shipped/sheet.html.j2" %}')
    assert "<p>ours</p>" in page and "Kingdom of Cambodia" in page


def test_a_look_of_ones_own_keeps_paper_font_and_foot(own: Own) -> None:
    page = own(sheet__css__j2=".sheet { color: navy }")
    assert "navy" in page and ".tickbox" not in page
    for kept in ("@font-face", "size: A4", "counter(s1)", "K7Q2", "default-src 'none'"):
        assert kept in page


FAULTS = {
    "an unknown name": "{{ sheet.colour }}",
    "an unknown word": "{{ words.colour }}",
    "bad syntax": "{% if %}",
    "another file": "{% include '../../pyproject.toml' %}",
    "an absolute file": "{% include '/etc/passwd' %}",
    "a number of nothing": "{{ sheet.title + 1 }}",
    "a list as a text": "{{ sheet.parts }}",
    "none as a text": "{{ none }}",
}
ATTACKS = {
    "private parts": "{{ sheet.__class__.__mro__ }}",
    "private items": "{{ sheet['__class__'] }}",
    "a method": "{{ sheet.code.upper() }}",
    "a method by its name": "{{ sheet.code['upper']() }}",
    "a method's globals": "{{ self._TemplateReference__context }}",
    "the filter of attributes": "{{ sheet | attr('keys') }}",
    "attributes in a map": "{{ [sheet] | map(attribute='__class__') | join }}",
    "the loop's own": "{% for x in [1] %}{{ loop.__init__.__globals__ }}{% endfor %}",
    "a macro's function": "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
    "a macro's name": "{% macro m() %}{% endmacro %}{{ m.name }}",
    "a range's class": "{{ range.__class__ }}",
    "a text's format": "{{ '{0.__class__}'.format(sheet) }}",
    "a text's percent": "{{ '%999999999d' % 1 }}",
    "unescaped": "{% autoescape false %}{{ sheet.parts }}{% endautoescape %}",
    "called safe": "{{ sheet.code | safe }}",
    "globals": "{{ cycler.__init__.__globals__ }}",
    "lipsum": "{{ lipsum() }}",
    "a namespace": "{% set n = namespace(a=1) %}",
    "an environment": "{{ environment }}",
    "debug": "{% debug %}",
    "a statement": "{% do sheet.clear() %}",
    "changing the data": "{{ sheet.update({'code': 'X'}) }}",
}
BOMBS = {
    "a long loop": "{% for x in range(10000000) %}x{% endfor %}",
    "loops in loops": "{% for a in range(9999) %}" * 3 + "{% endfor %}" * 3,
    "loops over a text": "{% set t %}" + "x" * 2000 + "{% endset %}"
    + "{% for a in t %}" * 3 + "{% endfor %}" * 3,
    "a macro of itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "macros that double": "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}"
    "{% endmacro %}{{ m(60) }}",
    "itself included": "{% include 'P1.html.j2' %}",
    "itself extended": "{% extends 'P1.html.j2' %}",
    "a text that doubles": "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 40,
    "a sum that doubles": "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a + a %}" * 40,
    "a block that doubles": "{% set a %}xxxxxxxxxx{% endset %}"
    + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40,
    "a list that doubles": "{% set a = [1] %}" + "{% set a = a + a %}" * 40,
    "a text many times": "{{ 'x' * 999999999 }}",
    "a list many times": "{{ [1] * 999999999 }}",
    "a large power": "{{ 9 ** 9 ** 9 }}",
    "large products": "{% set a = 9999999 %}" + "{% set a = a * a %}" * 40,
    "a wide text": "{{ 'x' | center(999999999) }}",
    "a deep print": "{% set a = [1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a ~ '' }}",
}  # fmt: skip


def slow(bomb: str) -> tuple[pytest.MarkDecorator, ...]:
    """Most of what runs until it is stopped is left to the soak."""
    quick = ("a long loop", "itself included", "a text that doubles", "a large power")
    return () if bomb in quick else (pytest.mark.soak,)


@pytest.mark.parametrize(
    "fault", [*FAULTS, *ATTACKS, *(pytest.param(one, marks=slow(one)) for one in BOMBS)]
)
def test_a_template_at_fault_is_refused_without_a_word_of_the_file(own: Own, fault: str) -> None:
    secret = "UTEAHAR"
    case = dossier(record("profile", full_name=secret))
    source = {**FAULTS, **ATTACKS, **BOMBS}[fault]
    with pytest.raises(TemplateError) as caught:
        own(case=case, P1__html__j2="\n" + source)
    assert secret not in str(caught.value) + caught.value.hint
    assert "P1.html.j2" in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_fault_is_told_with_its_file_and_line(own: Own) -> None:
    with pytest.raises(TemplateError, match=r"P1\.html\.j2 does not fit the sheet at line 3$"):
        own(P1__html__j2="a\nb\n{{ sheet.colour }}")
    with pytest.raises(TemplateError, match=r"values\.html\.j2 does not fit the sheet at line 2$"):
        own(
            P1__html__j2='{% import "values.html.j2" as show with context %}{{ show.value(1) }}',
            values__html__j2="{% macro value(x) %}\n{{ x.colour }}{% endmacro %}",
        )


LEADING_ELSEWHERE = {
    "a link": '<a href="https://example.org">x</a>',
    "a refresh": '<meta http-equiv="refresh" content="0;url=https://example.org">',
    "a form": '<form action="https://example.org"><input></form>',
    "a script": "<script>x</script>",
    "capitals": "<SCRIPT>x</SCRIPT>",
    "a frame": '<iframe src="x"></iframe>',
    "a base": '<base href="https://example.org">',
    "a drawing": '<svg><a href="x"></a></svg>',
    "an end of the page": "</body>",
    "an element put together": "<{{ 'meta' }}>",
    "a prefix": "<bx>",
    "a declaration": "<!doctype html>",
    "a style": "<style>p { color: red }</style>",
}


@pytest.mark.parametrize("what", LEADING_ELSEWHERE)
def test_a_template_has_no_element_that_leads_elsewhere(own: Own, what: str) -> None:
    if what == "a style":
        assert "color: red" in own(P1__html__j2=LEADING_ELSEWHERE[what])
        return
    with pytest.raises(TemplateError):
        own(P1__html__j2=LEADING_ELSEWHERE[what])
    with pytest.raises(TemplateError):
        own(sheet__css__j2=LEADING_ELSEWHERE[what], P1__html__j2="fine")


def test_a_page_of_ones_own_is_not_asked(own: Own) -> None:
    assert "default-src 'none'" in own(page__html__j2="no policy")


def test_what_a_person_wrote_is_escaped_in_any_template(own: Own) -> None:
    case = dossier(record("profile", full_name="<b>*x*</b>"))
    lines = (
        "{% for part in sheet.parts %}{% for row in part.rows %}{{ row.value.text %s }}"
        "{% endfor %}{% endfor %}"
    )
    for way in ("", "~ ''", "+ ''", "| join", "| trim", "| upper | lower", "| default('')"):
        page = own(case=case, P1__html__j2=lines.replace("%s", way))
        assert "b" not in {element.split()[0] for element in Page(page).elements}
        assert "&lt;b&gt;" in page
        assert r"\<b>\*x\*\</b>" in own("md", case=case, P1__md__j2=lines.replace("%s", way))


def test_a_set_of_folders_is_compiled_once(own: Own, tmp_path: Path) -> None:
    own(P1__html__j2="one")
    before = template._sandbox.cache_info().misses
    assert "two" in own(P1__html__j2="two")
    assert template._sandbox.cache_info().misses == before


def test_turns_are_counted_anew_for_each_sheet(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MOST_TURNS", 90)
    loop = "{% for x in range(50) %}x{% endfor %}"
    for _ in range(3):
        assert "x" * 50 in own("md", P1__md__j2=loop)
    with pytest.raises(TemplateError):
        own("md", P1__md__j2=loop * 2)
