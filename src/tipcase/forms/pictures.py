"""A photo made ready for a sheet: turned upright, no larger than its frame, without metadata.

Phones write into a picture where it was taken. What goes on a sheet is drawn anew, pixel by pixel,
so nothing of that comes along. Only JPEG, PNG and WEBP are opened, and none that is too large.
"""

from __future__ import annotations

import io
import warnings

from tipcase.errors import DamagedError

_DOTS_PER_MM = 300 / 25.4
_QUALITY = 88
# What a phone's camera makes. A JPEG is read at a fraction of its size; the others are not.
_MOST_PIXELS = {"JPEG": 64_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}


class PictureError(DamagedError):
    """What is no picture that can be shown: another format, damaged, or too large."""


def scaled(content: bytes, width: int, height: int) -> bytes:
    """The picture as a JPEG file that fits a frame of so many millimetres.

    Raises PictureError, whose message tells nothing of the picture.
    """
    # Pillow is heavy: only who prints a photo pays for it.
    from PIL import Image, ImageOps

    box = round(width * _DOTS_PER_MM), round(height * _DOTS_PER_MM)
    # The longer side may turn out to be the other one, once the picture is upright.
    room = (max(box), max(box))
    try:
        # Pillow warns of odd metadata and of large sizes: the first are dropped anyway, the second
        # are refused below.
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(content), formats=tuple(_MOST_PIXELS)) as picture,
        ):
            if picture.width * picture.height > _MOST_PIXELS[picture.format or ""]:
                raise PictureError("the picture has too many pixels", "attach a smaller one")
            picture.draft("RGB", (2 * room[0], 2 * room[1]))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=3.0)
            seen = upright.convert("RGBA")
        # A new picture knows nothing of the old one's comments, profiles and thumbnails.
        drawn = Image.new("RGB", seen.size, "white")
        drawn.paste(seen, mask=seen.getchannel("A"))
        written = io.BytesIO()
        drawn.save(written, "JPEG", quality=_QUALITY)
    except PictureError:
        raise
    # Decoders that are fed damaged bytes raise whatever they please.
    except Exception:
        raise PictureError("the picture cannot be shown", "attach a JPEG or PNG") from None
    return written.getvalue()
