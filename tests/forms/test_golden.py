"""Every form as a picture, compared with one that somebody has looked at.

``golden/`` holds the pages of each sheet below each other, grey and small. A sheet that looks
different fails, and the new picture stands where the message says. Once looked at, it is accepted:
``python -m tests.forms.test_golden`` makes those anew that differ (``all``: every one).
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from tests.forms.conftest import DAY, LANGUAGES, SHIPPED
from tipcase import forms
from tipcase.forms import pdf
from tipcase.law import edition as editions
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition

GOLDEN = Path(__file__).with_name("golden")
PPI = 60
# Kept in four shades. Two machines may round a letter's edge differently; a line that moved is far
# more than a few pixels further away than half a shade.
SHADES = (0, 85, 170, 255)
TOLERANCE, FEW = 64, 30
CODES = (
    "P1", "P2", "P3", "P3-copy", "P4", "P4-host", "P5", "P6", "P7",
    "S1a", "S1b", "S1c", "S1d", "S2a", "S2b", "S2c",
)  # fmt: skip
SHEETS = [f"{code}.{lang}" for code in CODES for lang in (*LANGUAGES, "blank")]


def examples(edition: Edition) -> Dossier:
    """Every example of every record type, as one case."""
    records = []
    for name in edition.record_types:
        kind = edition.record_type(name)
        for number, example in enumerate(kind.schema["examples"], 2):
            records.append(Record(name, f"exampl{number}a" if kind.repeats else None, example))
    return Dossier("K7Q2-M9TX", "2026-01-05", "closure", records=tuple(records))


def drawn(edition: Edition, story: Dossier, name: str) -> Image.Image:
    """All pages of one sheet, below each other."""
    code, lang = name.split(".")
    document = forms.fill(
        edition,
        None if lang == "blank" else story,
        code,
        lang="both" if lang == "blank" else lang,
        as_of=DAY,
        casebook_name="Example Shelter",
        include_restricted=True,
    )
    pages = [Image.open(io.BytesIO(one)).convert("L") for one in pdf.pages([document], ppi=PPI)]
    width, height = pages[0].size
    strip = Image.new("L", (width, height * len(pages)), 255)
    for number, page in enumerate(pages):
        strip.paste(page, (0, number * height))
    return strip


def kept(strip: Image.Image) -> Image.Image:
    """The picture as it is kept."""
    small = strip.point([round(value / 85) for value in range(256)])
    small = Image.frombytes("P", strip.size, small.tobytes())
    small.putpalette([value for shade in SHADES for value in (shade, shade, shade)])
    return small


def differing(one: Image.Image, other: Image.Image) -> int:
    """How many pixels differ by more than keeping them makes."""
    if one.size != other.size:
        return max(one.size[0] * one.size[1], other.size[0] * other.size[1])
    difference = ImageChops.difference(one.convert("L"), other.convert("RGB").convert("L"))
    return sum(difference.histogram()[TOLERANCE:])


def test_every_form_has_its_picture(edition: Edition) -> None:
    assert tuple(forms.codes(edition)) == CODES
    assert {path.stem for path in GOLDEN.glob("*.png")} == set(SHEETS)


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.sampled(22)
def test_a_sheet_looks_as_it_did(
    edition: Edition, story: Dossier, tmp_path: Path, name: str
) -> None:
    found = drawn(edition, story, name)
    with Image.open(GOLDEN / f"{name}.png") as golden:
        if differing(found, golden) > FEW:
            kept(found).save(tmp_path / f"{name}.png")
            pytest.fail(
                f"{name} looks different: look at {tmp_path / name}.png, and accept it with "
                "python -m tests.forms.test_golden"
            )


def test_a_line_that_moved_is_seen(edition: Edition, story: Dossier) -> None:
    found = drawn(edition, story, "S1d.en")
    moved = kept(ImageChops.offset(found, 0, 1))
    assert differing(found, moved) > FEW
    assert differing(found, kept(found)) == 0


def main() -> None:
    """Draw what looks different from its golden picture, or is new."""
    GOLDEN.mkdir(exist_ok=True)
    edition = editions.load(SHIPPED)
    story = examples(edition)
    for path in GOLDEN.glob("*.png"):
        if path.stem not in SHEETS:
            path.unlink()
    for name in SHEETS:
        path, found = GOLDEN / f"{name}.png", drawn(edition, story, name)
        if "all" not in sys.argv and path.exists():
            with Image.open(path) as golden:
                if differing(found, golden) <= FEW:
                    continue
        kept(found).save(path, optimize=True, bits=2)
        sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main()
