"""The sheets as typst lays them out: what poppler reads on the paper, and what is refused."""

from __future__ import annotations

import dataclasses
import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from tests.conftest import SOAK
from tests.forms.conftest import dossier, record
from tests.forms.hostile import TEXTS, UNSPACED, hostile_dossier, people_texts
from tests.oracles import require
from tipcase.errors import MachineError
from tipcase.forms import Document, glyphs, pdf
from tipcase.forms.template import TemplateError
from tipcase.forms.text import clean
from tipcase.forms.values import Value
from tipcase.law.dossier import Dossier
from tipcase.law.edition import Edition

Fill = Callable[..., Document]
CODES = (
    "P1", "P2", "P3", "P3-copy", "P4", "P4-host", "P5", "P6", "P7",
    "S1a", "S1b", "S1c", "S1d", "S2a", "S2b", "S2c",
)  # fmt: skip
# Characters that shape or space a text and leave no letter of their own in a text layer.
_SHAPING = re.compile("[\\s\u00ad\u180b-\u180e\u200b-\u200d\u2060-\u2064\u3164\ufe00-\ufe0f]+")


def read(content: bytes, *options: str) -> str:
    """What poppler reads in a PDF."""
    words = [require("pdftotext"), *options, "-", "-"]
    return subprocess.run(words, input=content, capture_output=True, check=True).stdout.decode()


def info(content: bytes) -> dict[str, str]:
    """What poppler tells of a PDF, by name."""
    done = subprocess.run([require("pdfinfo"), "-"], input=content, capture_output=True, check=True)
    lines = done.stdout.decode().splitlines()
    return {name: rest.strip() for name, _, rest in (line.partition(":") for line in lines)}


def squeezed(text: str) -> str:
    return _SHAPING.sub("", text)


def stands_in(text: str, page: str) -> bool:
    """Whether the text's letters follow each other on the page, whatever stands between them.

    typst's text layer gives a Khmer cluster once for each of its glyphs.
    """
    letters = iter(page)
    return all(letter in letters for letter in text)


def test_a_sheet_stands_on_a4_with_its_name_on_every_page(fill: Fill, story: Dossier) -> None:
    content = pdf.write([fill(story, "S1c", "both", include_restricted=True)])
    pages = read(content, "-layout").split("\f")[:-1]
    assert len(pages) == 3
    assert "595.276 x 841.89" in info(content)["Page size"]
    for number, page in enumerate(pages, 1):
        assert "S1c·" in squeezed(page)
        assert "K7Q2-M9TX" in page
        assert f"page{number}/{len(pages)}" in squeezed(page)


def test_sheets_in_a_bundle_count_their_own_pages(fill: Fill, story: Dossier) -> None:
    one = fill(story, "P4-host", "km")
    many = read(pdf.write([one, fill(story, "S1d"), one]), "-layout").split("\f")[:-1]
    feet = [re.findall(r"([\d០-៩]+)\s*/\s*([\d០-៩]+)", page)[-1] for page in many]
    assert feet == [("១", "១"), ("1", "2"), ("2", "2"), ("១", "១")]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.sampled(len(CODES))
def test_every_line_of_a_form_stands_on_its_sheet(fill: Fill, story: Dossier, code: str) -> None:
    document = fill(story, code, include_restricted=True)
    words = set(re.findall(r"\w+", read(pdf.write([document]))))
    for part in document.sheet.parts:
        labels = [
            part.title,
            *(row.label for row in part.rows),
            *(s.value.words for s in part.rows),
        ]
        for label in labels:
            for _, text in label:
                assert set(re.findall(r"\w+", text)) <= words


def test_a_tick_is_read_as_one(fill: Fill, story: Dossier) -> None:
    page = read(pdf.write([fill(story, "S1c")]))
    assert re.search(r"☒\s*Yes\s+☐\s*No", page)
    assert re.search(r"☐\s*Given\s+☐\s*Refused", page)


def test_provisions_are_printed_on_request(fill: Fill, story: Dossier) -> None:
    document = fill(story, "S1c")
    assert "857/11.1" not in read(pdf.write([document]))
    assert "857/11.1" in read(pdf.write([document], citations=True))


def test_a_plain_sheet_names_nobody(fill: Fill, story: Dossier) -> None:
    page = read(pdf.write([fill(story, "P4-host")], citations=True))
    assert "Kingdom" not in page
    assert "Example Shelter" not in page
    assert "official annex" not in page and "not an official form" in page
    assert "857/" not in page
    # Its code stands in the foot alone, never over what a host reads.
    assert page.count("P4-host") == page.count("\f")


def test_the_same_sheet_is_the_same_file_and_says_nothing_of_who_made_it(
    fill: Fill, story: Dossier
) -> None:
    document = fill(story, "S1d", "both")
    content = pdf.write([document])
    pdf.write([fill(story, "S1b")])
    assert pdf.write([document]) == content
    told = info(content)
    assert told["Title"] == "S1d · K7Q2-M9TX"
    assert not {"Author", "CreationDate", "ModDate", "Subject", "Keywords"} & set(told)
    assert told["Tagged"] == "yes"
    assert b"/Lang(km)" in content


def test_an_archive_gets_the_forms_own_date(fill: Fill, story: Dossier) -> None:
    content = pdf.write([fill(story, "S1d", "km")], pdf_a=True)
    assert b"<pdfaid:part>2</pdfaid:part>" in content
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in content
    assert "Oct 15" in info(content)["CreationDate"]


def test_what_no_font_has_is_told_by_its_script(fill: Fill) -> None:
    case = dossier(record("profile", full_name="ไทย 汉字 👩\u200d👧 שלום é ½"))
    document = fill(case, "S1c")
    assert pdf.missing_glyphs([document]) == ("Chinese", "Thai", "emoji")
    assert pdf.missing_glyphs([fill(dossier(record("profile", full_name="שלום é ក")), "S1c")]) == ()
    # The standard for archives wants a sign for every letter.
    assert "□□□ □□ □□ " in re.sub(r"[\n ]+", " ", read(pdf.write([document], pdf_a=True)))


def test_a_picture_is_on_the_paper_as_it_came(fill: Fill) -> None:
    made = io.BytesIO()
    Image.effect_noise((60, 80), 60).convert("RGB").save(made, "JPEG")
    document = fill(None, "P1")
    rows = document.sheet.parts[0].rows
    at = next(n for n, row in enumerate(rows) if row.value.kind == "picture")
    value = dataclasses.replace(rows[at].value, picture=made.getvalue())
    changed = (*rows[:at], dataclasses.replace(rows[at], value=value), *rows[at + 1 :])
    part = dataclasses.replace(document.sheet.parts[0], rows=changed)
    part = dataclasses.replace(part, rows=changed[at : at + 1])
    sheet = dataclasses.replace(document.sheet, parts=(part,))
    content = pdf.write([dataclasses.replace(document, sheet=sheet)])
    assert made.getvalue() in content


def texts_of(document: Document) -> list[str]:
    """Every text that a person wrote on a sheet."""

    def walk(value: Value) -> list[str]:
        own = [value.text, *value.items] if value.kind not in ("words", "say") else []
        inner = [*(cell for row in value.rows for cell in row), *(p.value for p in value.parts)]
        return own + [text for one in inner for text in walk(one)]

    return [text for part in document.sheet.parts for row in part.rows for text in walk(row.value)]


def judge(document: Document) -> None:
    """Every text is on the paper, letter after letter."""
    content = pdf.write([document], citations=True)
    # What a page's foot says may stand between two lines of a text.
    page = squeezed(read(content, "-raw"))
    right_to_left = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
    gone = pdf._missing(pdf._job([document], citations=True))
    for text in texts_of(document):
        letters = squeezed(text)
        for unit in gone:
            letters = letters.replace(squeezed(unit), "")
        if right_to_left.search(letters):
            assert not set(letters) - set(page)
        else:
            assert stands_in(letters, page)


@pytest.mark.parametrize("code", ["P3-copy", "S1b", "S2c"])
@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.sampled(93)
def test_whatever_a_person_writes_prints_as_text(
    edition: Edition, fill: Fill, kind: str, code: str
) -> None:
    case = hostile_dossier(edition, code, TEXTS[kind])
    document = fill(case, code, "both", include_restricted=True)
    assert not clean(TEXTS[kind]) or clean(TEXTS[kind]) in texts_of(document)
    judge(document)


@given(text=people_texts(), code=st.sampled_from(("P3-copy", "S1b", "S2c")))
@settings(max_examples=200 if SOAK else 5)
def test_no_text_becomes_a_program(edition: Edition, fill: Fill, text: str, code: str) -> None:
    judge(fill(hostile_dossier(edition, code, text), code, include_restricted=True))


@pytest.mark.soak
def test_a_long_text_flows_over_pages_without_losing_a_word(fill: Fill) -> None:
    text = " ".join(f"word{number:04d}" for number in range(2_200))[:20_000]
    table = [{"name": "someone", "why": text[:6_000].replace("word", "cell")}]
    case = dossier(
        record("profile", safe_contact={"never_contact": table}),
        record("follow-up", "long2345", happened_on="2026-06-01", own_words=text,
               criteria={"a": {"seen": "yes", "basis": text[:9_000].replace("word", "base")}}),
    )  # fmt: skip
    found = read(pdf.write([fill(case, "P5", include_restricted=True)]))
    words = re.findall(r"(?:word|cell|base)\d{4}", found)
    for kind, length in (("cell", 6_000), ("base", 9_000), ("word", 20_000)):
        wanted = re.findall(r"\w+\d{4}", text[:length].replace("word", kind))
        assert [word for word in words if word.startswith(kind)] == wanted


def test_text_without_spaces_stays_on_the_paper(fill: Fill) -> None:
    """Every letter is inside the margins: what runs off the page is not printed at all."""
    digits = "".join(f"{n:05d}" for n in range(900))
    khmer = "ក" * 300
    case = dossier(record("profile", full_name=UNSPACED + khmer + " " + digits))
    content = pdf.write([fill(case, "P4-host", include_restricted=True)])
    boxes = read(content, "-bbox")
    assert max(float(x) for x in re.findall(r'xMax="([\d.]+)"', boxes)) < 595 - 40
    assert "".join(re.findall(r">(\d{20,})<", boxes.replace("\u200b", ""))) == digits
    assert squeezed(read(content)).count("ក") >= 300


def test_the_pdf_is_what_our_pictures_show(fill: Fill, story: Dossier, tmp_path: Path) -> None:
    document = fill(story, "S1d", "both")
    (tmp_path / "sheet.pdf").write_bytes(pdf.write([document]))
    words = [require("pdftoppm"), "-gray", "-r", "72", str(tmp_path / "sheet.pdf")]
    subprocess.run([*words, str(tmp_path / "page")], check=True)
    theirs = [Image.open(path) for path in sorted(tmp_path.glob("page-*.pgm"))]
    ours = [Image.open(io.BytesIO(page)).convert("L") for page in pdf.pages([document], ppi=72)]
    assert len(theirs) == len(ours)
    for one, other in zip(ours, theirs, strict=True):
        # Two programs smooth letters differently: blurred, they are alike.
        small = (60, 84)
        difference = ImageChops.difference(one.resize(small, 4), other.resize(small, 4))
        assert max(difference.tobytes()) < 40
        assert min(one.tobytes()) < 60


REACHING = {
    "a package": '#import "@preview/cetz:0.3.0": *',
    "a package, put together": '#import ("@pre" + "view/cetz:0.3.0"): *',
    "a package, spelt": '#import "\\u{40}preview/cetz:0.3.0": *',
    "a file that nobody looked into": '#import "x.txt": *',
    "an evaluation": '#eval("1")',
    "an evaluation, by another name": '#dictionary(std).at("ev" + "al")("1")',
    "a program": '#plugin("x.wasm")',
    "an included name": '#let x = "a.typ"\n#include x',
}


@pytest.mark.parametrize("way", REACHING)
def test_a_template_that_reaches_out_is_refused(
    fill: Fill, story: Dossier, tmp_path: Path, way: str
) -> None:
    (tmp_path / "sheet.typ").write_text(REACHING[way] + "\n#let sheet(data) = [x]", "utf-8")
    with pytest.raises(TemplateError, match=r"sheet\.typ reaches out of its folder at line [12]"):
        pdf.write([fill(story, "S1d")], folders=[tmp_path])


FAULTS = {
    "an unknown name": "#let sheet(data) = [\n#data.sheet.colour]",
    "a stop": "#let sheet(data) = {\npanic(data.sheet.case) }",
    "no syntax": "#let sheet(data) = [x]\n#let ) = 1",
    "a file above": '#let sheet(data) = {\nread("../secret.txt") }',
    "a file of the machine": '#let sheet(data) = {\nread("/etc/hostname") }',
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_template_at_fault_is_told_by_name_and_line(
    fill: Fill, story: Dossier, tmp_path: Path, fault: str
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    own = tmp_path / "templates"
    own.mkdir()
    (own / "S1d.typ").write_text(FAULTS[fault], "utf-8")
    with pytest.raises(TemplateError) as caught:
        pdf.write([fill(story, "S1d")], folders=[own])
    assert str(caught.value) == "the template S1d.typ does not fit the sheet at line 2"
    assert caught.value.__suppress_context__


def test_a_link_among_the_templates_is_refused(fill: Fill, story: Dossier, tmp_path: Path) -> None:
    (tmp_path / "sheet.typ").write_text("#let sheet(data) = [x]", "utf-8")
    (tmp_path / "logo.png").symlink_to("/etc/hostname")
    with pytest.raises(TemplateError, match="holds a link"):
        pdf.write([fill(story, "S1d")], folders=[tmp_path])


def test_a_casebooks_own_template_wins_for_its_form(
    fill: Fill, story: Dossier, tmp_path: Path
) -> None:
    (tmp_path / "parts.typ").write_text("#let ours = [made by us]", "utf-8")
    (tmp_path / "S1d.typ").write_text(
        '#import "parts.typ": ours\n'
        "#let sheet(data) = { ours; (data.shipped.head)(data); (data.shipped.ending)(data) }",
        "utf-8",
    )
    pages = read(
        pdf.write([fill(story, "S1b"), fill(story, "S1d")], folders=[tmp_path]), "-layout"
    ).split("\f")[:-1]
    assert "made by us" not in "".join(pages[:-1])
    assert "made by us" in pages[-1]
    assert "Kingdom of Cambodia" in pages[-1]
    assert "S1d·version" in squeezed(pages[-1])
    # A folder with layouts of other kinds alone changes nothing.
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "sheet.html.j2").write_text("x")
    document = fill(story, "S1d")
    assert pdf.write([document], folders=[tmp_path / "html"]) == pdf.write([document])


def test_without_typst_the_hint_says_what_to_install(
    fill: Fill, story: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    pdf._compiler.cache_clear()
    pdf._fonts.cache_clear()
    with pytest.raises(MachineError) as caught:
        pdf.write([fill(story, "S1d")])
    assert caught.value.exit_code == 10
    assert "tipcase[pdf]" in caught.value.hint


def test_no_text_of_a_sheet_stands_in_an_error(
    fill: Fill, story: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_shipped", lambda: "#let sheet(data) = panic(repr(data))\n")
    with pytest.raises(TemplateError) as caught:
        pdf.write([fill(story, "S1d")])
    assert "K7Q2" not in repr(caught.value) + caught.value.hint
    assert "sheet.typ" in str(caught.value)


def test_scripts_are_named_and_never_quoted() -> None:
    assert glyphs.scripts(["ก", "ข", "漢", "\U0001f600", "\u2e00"]) == (
        "Chinese", "Thai", "emoji", "other signs",
    )  # fmt: skip
