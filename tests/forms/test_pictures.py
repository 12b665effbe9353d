from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tipcase.forms import pictures
from tipcase.forms.pictures import PictureError

PLACE = b"11.5564N 104.9282E"


def drawn(form: str, size: tuple[int, int] = (90, 60), **how: object) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    picture = Image.new("RGB", size, (200, 20, 20))
    picture.paste((20, 20, 200), (size[0] // 2, 0, *size))
    written = io.BytesIO()
    picture.save(written, form, **how)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def side(picture: Image.Image, x: float, y: float) -> str:
    """The colour at a part of the way across and down."""
    place = int(picture.width * x), int(picture.height * y)
    seen = picture.convert("RGB").crop((*place, place[0] + 1, place[1] + 1)).tobytes()
    return "red" if seen[0] > seen[2] else "blue"


def exif(orientation: int) -> Image.Exif:
    found = Image.Exif()
    found[0x0112] = orientation
    found[0x010E] = PLACE.decode()
    return found


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_keeps_its_shape_and_fits_its_frame(form: str) -> None:
    made = opened(pictures.scaled(drawn(form, (1800, 1200)), 30, 40))
    assert made.format == "JPEG"
    # Thirty millimetres at three hundred dots an inch.
    assert made.size == (354, 236)
    assert (side(made, 0.2, 0.5), side(made, 0.8, 0.5)) == ("red", "blue")


def test_a_small_picture_is_not_blown_up() -> None:
    assert opened(pictures.scaled(drawn("PNG"), 100, 100)).size == (90, 60)


@pytest.mark.parametrize(
    ("orientation", "first", "last"),
    [(1, (0.2, 0.5), (0.8, 0.5)), (3, (0.8, 0.5), (0.2, 0.5)), (6, (0.5, 0.2), (0.5, 0.8)),
     (8, (0.5, 0.8), (0.5, 0.2))],
)  # fmt: skip
@pytest.mark.parametrize("size", [(90, 60), (3000, 2000)])
def test_a_picture_stands_upright(
    orientation: int, first: tuple[float, float], last: tuple[float, float], size: tuple[int, int]
) -> None:
    made = opened(pictures.scaled(drawn("JPEG", size, exif=exif(orientation)), 30, 30))
    assert (side(made, *first), side(made, *last)) == ("red", "blue")
    assert (made.width > made.height) == (orientation in (1, 3))


def test_nothing_of_where_and_when_comes_along() -> None:
    note = PLACE.decode()
    jpeg = drawn("JPEG", exif=exif(1), comment=note, icc_profile=PLACE * 9, dpi=(72, 72))
    info = PngInfo()
    info.add_text("Place", note)
    png = drawn("PNG", pnginfo=info, exif=exif(1), icc_profile=PLACE * 9)
    webp = drawn("WEBP", exif=exif(1), xmp=PLACE, icc_profile=PLACE * 9)
    for content in (jpeg, png, webp):
        assert PLACE in content
        made = pictures.scaled(content, 35, 45)
        assert PLACE not in made
        assert not {"exif", "comment", "icc_profile", "xmp", "photoshop"} & set(opened(made).info)


def test_what_can_be_seen_through_stands_on_white() -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    written = io.BytesIO()
    clear.save(written, "PNG")
    made = opened(pictures.scaled(written.getvalue(), 30, 30))
    assert min(made.convert("L").tobytes()) > 250


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_any_kind_of_colours_can_be_shown(mode: str) -> None:
    written = io.BytesIO()
    Image.new(mode, (40, 30)).save(written, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(pictures.scaled(written.getvalue(), 30, 30)).size == (40, 30)


def bomb(width: int, height: int) -> bytes:
    """A PNG that says that it is large; its content is a few bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def drawn_large() -> bytes:
    """A good PNG of thirty million pixels in a few bytes, which Pillow itself would open."""
    written = io.BytesIO()
    Image.new("1", (6_000, 5_000)).save(written, "PNG", compress_level=1)
    return written.getvalue()


NOT_SHOWN = {
    "nothing": b"",
    "a text": b"not a picture at all",
    "a GIF": drawn("GIF"),
    "a BMP": drawn("BMP"),
    "a TIFF": drawn("TIFF"),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage",
    "a cut JPEG": drawn("JPEG", (900, 600))[:900],
    "a cut PNG": drawn("PNG", (900, 600))[:80],
    "a bomb": bomb(30_000, 30_000),
    "more than fits into memory": drawn_large(),
    "a bomb beyond any": bomb(2**31 - 1, 2**31 - 1),
}


@pytest.mark.parametrize("what", NOT_SHOWN)
def test_what_is_no_picture_is_refused_in_few_words(what: str) -> None:
    with pytest.raises(PictureError) as caught:
        pictures.scaled(NOT_SHOWN[what], 35, 45)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_pillow_does_not_talk_to_the_user(recwarn: pytest.WarningsRecorder) -> None:
    """It would warn of a size that it opens all the same."""
    with pytest.raises(PictureError, match="too many pixels"):
        pictures.scaled(bomb(12_000, 10_000), 35, 45)
    assert not recwarn.list


def test_the_same_picture_twice_is_the_same() -> None:
    content = drawn("JPEG", (800, 600))
    assert pictures.scaled(content, 35, 45) == pictures.scaled(content, 35, 45)
