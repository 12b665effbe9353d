"""People's text made safe to print: every letter stays, nothing that steers the page does.

Control characters, direction overrides and characters that are not for interchange are taken out.
The zero-width space stays (Khmer typists put it between words), and so do the joiners that some
scripts and emoji need. Right-to-left text keeps its own direction: the template isolates it.
"""

from __future__ import annotations

import re

# C0 but tab and newline, DEL, C1; direction marks, embeddings, overrides, isolates; the byte order
# mark; interlinear marks; lone surrogates; noncharacters.
_STEERING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    + "]"
)
# A skin colour of an emoji that stands on something else: it would take the sign before it along to
# where no font has it.
_STRAY_COLOUR = re.compile(
    "(?<=[^\u200b\ufe0f\u261d-\u27bf\U0001f000-\U0001faff])(?=[\U0001f3fb-\U0001f3ff])"
)
_NEWLINES = re.compile("\r\n|[\r\x85\u2028\u2029]")


def clean(text: str) -> str:
    """The text as it may stand on a sheet; newlines of all kinds become one kind."""
    text = _STEERING.sub("", _NEWLINES.sub("\n", text)).strip()
    return _STRAY_COLOUR.sub("\u200b", text)


def css_text(text: str) -> str:
    """The text for the inside of a quoted CSS string: nothing in it ends a string or an element.

    Every character but ASCII letters and digits becomes a CSS escape.
    """
    plain = " ".join(clean(text).split())
    return "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in plain)
