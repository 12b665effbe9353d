"""The recovery seed as a sheet of paper: fourteen groups to read aloud, and a QR code of the same.

One page of A4 in English and Khmer, one HTML file that fetches nothing. Only the shipped template
is used, never one of the casebook: whoever can write there must not lay out a secret.
"""

from __future__ import annotations

from tipcase import khmer_font
from tipcase.forms.text import clean

TEMPLATE = "recovery-sheet.html.j2"
# A quarter of the picture may be dirty: paper is folded.
_CORRECTION = "q"
_ID_PART = 8


def render(words: str, *, casebook: str, casebook_id: str, day: str) -> str:
    """The sheet as an HTML document.

    ``words`` are the groups as ``recovery.to_words`` gives them; ``casebook`` is the office's name,
    ``casebook_id`` the hash that colleagues compare, ``day`` an ISO date.
    """
    from html import escape

    from tipcase import resources
    from tipcase.forms import template

    groups = words.split()
    # Read line by line, two groups each: the eye keeps its place, and so does who listens.
    values = {
        "casebook": clean(casebook),
        "id": [casebook_id[at : at + _ID_PART] for at in range(0, len(casebook_id), _ID_PART)],
        "day": day,
        "groups": list(enumerate(groups, 1)),
        "square": square(words),
        "font_family": khmer_font.FAMILY,
        "font_uri": khmer_font.data_uri(),
    }
    return template.render(TEMPLATE, values, (resources.path("templates"),), escape)


def square(words: str) -> str:
    """The groups as a QR code: an SVG picture as a ``data:`` URI."""
    # Only who prints a sheet loads this.
    import segno

    code = segno.make(" ".join(words.split()), error=_CORRECTION, micro=False, boost_error=True)
    return code.svg_data_uri(border=4, scale=4)
