"""The sheets as Chromium prints them: on A4, every line there, every page named.

Khmer in a PDF's text layer is out of order, so words are looked for in English sheets; in the
others, what is counted is pages and footers.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.forms.conftest import SHIPPED, Printed, dossier, record
from tests.forms.saying import said
from tests.oracles import require
from tipcase import forms
from tipcase.forms import plain
from tipcase.law import edition as editions
from tipcase.law.dossier import Dossier
from tipcase.law.edition import Edition

Render = Callable[..., Printed]
CODES = forms.codes(editions.load(SHIPPED))
# A4 in points, within the third of a millimetre by which a printer driver rounds.
A4 = (595, 842)
# Eighteen millimetres of margin and two of the gutter for marks, in points.
GUTTER = 57


def _run(*words: str | Path) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def printed(page: str, folder: Path) -> Path:
    """The page as a PDF."""
    source, target = folder / "sheet.html", folder / "sheet.pdf"
    source.write_text(page, "utf-8")
    _run(
        require("chromium"),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        f"--user-data-dir={folder / 'profile'}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={target}",
        source.as_uri(),
    )
    return target


def pages(pdf: Path) -> list[str]:
    """The words of each page."""
    return _run(require("pdftotext"), "-layout", pdf, "-").split("\f")[:-1]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _sizes(pdf: Path) -> set[tuple[int, int]]:
    info = _run(require("pdfinfo"), "-l", "999", pdf)
    found = re.findall(r"size:\s+([\d.]+) x ([\d.]+) pts", info)
    return {(round(float(wide)), round(float(high))) for wide, high in found}


@pytest.mark.parametrize(
    "code", [pytest.param(c, marks=() if c == "P3-copy" else pytest.mark.soak) for c in CODES]
)
@pytest.mark.sampled(2)
def test_a_sheet_prints_on_a4_with_every_line(
    render: Render, story: Dossier, tmp_path: Path, code: str
) -> None:
    sheet = render(story, code)
    pdf = printed(sheet.html, tmp_path)
    assert _sizes(pdf) == {A4}
    found = pages(pdf)
    # A label beside a long value is broken over lines that the text layer mixes; its words stay.
    words = set(re.findall(r"\w+", " ".join(found)))
    for text in said(plain.of(sheet.document)["sheet"]):
        assert set(re.findall(r"\w+", text)) <= words
    for number, page in enumerate(found, 1):
        assert f"{code}·version{sheet.document.sheet.version}·K7Q2-M9TX" in squeezed(page)
        assert f"page{number}/{len(found)}" in squeezed(page)


@pytest.mark.soak
def test_nobody_signs_a_page_that_says_nothing(
    render: Render, edition: Edition, story: Dossier, tmp_path: Path
) -> None:
    last = forms.form(edition, "P7").sections[-1].title["en"]
    found = pages(printed(render(story, "P7", "both").html, tmp_path))
    signed = [page for page in found if "Name:" in page]
    assert len(signed) == 1
    assert squeezed(last) in squeezed(signed[0])


def marked(pdf: Path, folder: Path) -> set[str]:
    """The numbers of the lines that have ink in the gutter before them, as the paper shows it."""
    per_point = 2
    _run(require("pdftoppm"), "-gray", "-r", str(72 * per_point), pdf, folder / "page")
    found = set()
    boxes = _run(require("pdftotext"), "-bbox", pdf, "-").split("<page ")[1:]
    for path, words in zip(sorted(folder.glob("page-*.pgm")), boxes, strict=True):
        _, size, _, pixels = path.read_bytes().split(b"\n", 3)
        width = int(size.split()[0])
        for x, top, bottom, number in re.findall(
            r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">(\d{1,2})\.<', words
        ):
            # The number of a section stands at the margin itself, that of a line behind the gutter.
            if float(x) < GUTTER:
                continue
            middle = (float(top) + float(bottom)) / 2
            lines = range(round((middle - 2) * per_point), round((middle + 2) * per_point))
            span = slice(0, round((float(x) - 1) * per_point))
            ink = min(min(pixels[y * width : (y + 1) * width][span]) for y in lines)
            found |= {number} if ink < 128 else set()
    return found


@pytest.mark.soak
def test_the_mark_of_a_gap_is_on_the_paper(render: Render, tmp_path: Path) -> None:
    case = dossier(record("profile", full_name="Someone Invented", birth={"date": "1999"}))
    page = render(case, "P1").html
    rings = r'<i class="ring" role="img"[^>]*></i>\s*<span class="number">(\d+)\.'
    expected = set(re.findall(rings, page))
    assert len(expected) >= 5
    assert "1" not in expected
    assert marked(printed(page, tmp_path), tmp_path) == expected


@pytest.mark.parametrize("lang", ["km", "both"])
@pytest.mark.soak
def test_khmer_sheets_number_their_pages(render: Render, tmp_path: Path, lang: str) -> None:
    pdf = printed(render(dossier(), "S1a", lang).html, tmp_path)
    assert _sizes(pdf) == {A4}
    found = pages(pdf)
    for number, page in enumerate(found, 1):
        khmer = str(number).translate(str.maketrans("123456789", "១២៣៤៥៦៧៨៩"))
        assert f"{khmer}/" in squeezed(page)
        assert "K7Q2-M9TX" in page


def test_a_long_text_flows_over_pages_without_losing_a_word(render: Render, tmp_path: Path) -> None:
    text = " ".join(f"word{number:04d}" for number in range(2_200))[:20_000]
    table = [{"name": "someone", "why": text[:6_000].replace("word", "cell")}]
    case = dossier(
        record("profile", safe_contact={"never_contact": table}),
        record("follow-up", "long2345", happened_on="2026-06-01", own_words=text,
               criteria={"a": {"seen": "yes", "basis": text[:9_000].replace("word", "base")}}),
    )  # fmt: skip
    found = pages(printed(render(case, "P5").html, tmp_path))
    whole = " ".join(found)
    for kind, wrote in (("cell", text[:6_000]), ("base", text[:9_000]), ("word", text)):
        expected = re.findall(rf"{kind}\d{{4}}", wrote.replace("word", kind))
        assert re.findall(rf"{kind}\d{{4}}", whole) == expected
    assert len(found) > 6


@pytest.mark.soak
def test_text_without_spaces_stays_on_the_paper(render: Render, tmp_path: Path) -> None:
    """Every letter is inside the margins: what runs off the page is not printed at all."""
    case = dossier(record("profile", narrative="".join(f"{n:05d}" for n in range(900))))
    pdf = printed(render(case, "P1").html, tmp_path)
    boxes = _run(require("pdftotext"), "-bbox", pdf, "-")
    assert max(float(x) for x in re.findall(r'xMax="([\d.]+)"', boxes)) < A4[0] - 30
    digits = "".join(re.findall(r">(\d{20,})<", boxes))
    assert digits == case.records[0].data["narrative"]


@pytest.mark.soak
def test_a_bundle_counts_the_pages_of_each_sheet(
    fill: Callable[..., forms.Document], story: Dossier, tmp_path: Path
) -> None:
    codes = ("S2b", "P3-copy", "S1d")
    bundle = forms.write([fill(story, code) for code in codes], "html").decode("utf-8")
    foot = re.compile(rf"({'|'.join(codes)})·version\d+·K7Q2-M9TXpage(\d+)$")
    feet = [
        found for page in pages(printed(bundle, tmp_path)) for found in foot.findall(squeezed(page))
    ]
    counted = {code: [int(number) for each, number in feet if each == code] for code in codes}
    assert [code for code, _ in feet] == [code for code in codes for _ in counted[code]]
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in counted.values())
    assert len(counted["S2b"]) > 1 and len(counted["S1d"]) > 1
