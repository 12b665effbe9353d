"""Which of a sheet's characters no font at hand can show.

The fonts inside typst cannot be read, so they are asked: each character that is not of the usual
ones is drawn alone, and where the drawing has the sign for "no such character", it is missing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

PROBE = """
#let (font, ..units) = json(bytes(sys.inputs.job))
#set page(width: auto, height: auto, margin: 0pt)
#set text(font: (font, "Libertinus Serif", "DejaVu Sans Mono"), size: 10pt)
#for unit in units { page(text(unit)) }
"""
SQUARE = "□"
# What the Khmer font certainly has: Khmer, and the Latin of the keyboard.
_UNUSUAL = re.compile(
    "[^\n -~\u00a0\u00b7\u1780-\u17dd\u17e0-\u17e9\u200b\u2013\u2014\u2018-\u201d]"
)
_NOWHERE = "\U000efffd"
_GLYPH = re.compile(rb'href="#(g[0-9A-F]+)"')
_JOINERS = "\u200c\u200d"
# First and last character of a script, as a reader would name it.
_SCRIPTS: Sequence[tuple[int, int, str]] = (
    (0x0000, 0x024F, "Latin"), (0x0370, 0x03FF, "Greek"), (0x0400, 0x052F, "Cyrillic"),
    (0x0530, 0x058F, "Armenian"), (0x0590, 0x05FF, "Hebrew"), (0x0600, 0x077F, "Arabic"),
    (0x0900, 0x097F, "Devanagari"), (0x0980, 0x09FF, "Bengali"), (0x0A00, 0x0A7F, "Gurmukhi"),
    (0x0B80, 0x0BFF, "Tamil"), (0x0C00, 0x0C7F, "Telugu"), (0x0D80, 0x0DFF, "Sinhala"),
    (0x0E00, 0x0E7F, "Thai"), (0x0E80, 0x0EFF, "Lao"), (0x0F00, 0x0FFF, "Tibetan"),
    (0x1000, 0x109F, "Myanmar"), (0x1100, 0x11FF, "Korean"), (0x3040, 0x30FF, "Japanese"),
    (0x3130, 0x318F, "Korean"), (0x2E80, 0x303F, "Chinese"), (0x3100, 0x312F, "Chinese"),
    (0x3400, 0x9FFF, "Chinese"), (0xAC00, 0xD7FF, "Korean"), (0xF900, 0xFAFF, "Chinese"),
    (0xFF00, 0xFFEF, "Chinese"), (0x20000, 0x3FFFF, "Chinese"),
    (0x2600, 0x27BF, "emoji"), (0x1F000, 0x1FAFF, "emoji"),
)  # fmt: skip


def missing(data: Any, drawn: Callable[[Sequence[str]], Sequence[bytes]]) -> frozenset[str]:
    """The characters, each with its marks, in the data's texts that cannot be shown.

    ``drawn`` gives an SVG picture of each text.
    """
    units = sorted(
        {unit for text in _texts(data) if _UNUSUAL.search(text) for unit in _units(text)}
    )
    if not units:
        return frozenset()
    nowhere, *pictures = (set(_GLYPH.findall(one)) for one in drawn([_NOWHERE, *units]))
    return frozenset(
        unit
        for unit, glyphs in zip(units, pictures, strict=True)
        # The standard for archives allows no private characters, whatever a font draws there.
        if glyphs & nowhere or any(unicodedata.category(c) in ("Co", "Cn") for c in unit)
    )


def squared(data: Any, gone: Collection[str]) -> Any:
    """The same data with a square in place of each of these characters."""
    if not gone:
        return data
    pattern = re.compile("|".join(re.escape(one) for one in sorted(gone, key=len, reverse=True)))
    return _mapped(data, lambda text: pattern.sub(SQUARE, text))


def scripts(gone: Collection[str]) -> tuple[str, ...]:
    """The scripts of these characters, by name."""
    return tuple(sorted({_script(unit[0]) for unit in gone}))


def _script(char: str) -> str:
    named = (name for first, last, name in _SCRIPTS if first <= ord(char) <= last)
    return next(named, "other signs")


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for one in data.values():
            yield from _texts(one)
    elif isinstance(data, list | tuple):
        for one in data:
            yield from _texts(one)


def _mapped(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return change(data)
    if isinstance(data, dict):
        return {key: _mapped(one, change) for key, one in data.items()}
    if isinstance(data, list | tuple):
        return [_mapped(one, change) for one in data]
    return data


def _units(text: str) -> Iterator[str]:
    """The unusual characters of a text, with the marks that stand on them."""
    unit = ""
    for char in text:
        if unit and (char in _JOINERS or unicodedata.category(char).startswith("M")):
            unit += char
            continue
        if _UNUSUAL.search(unit):
            yield unit
        unit = char
    if _UNUSUAL.search(unit):
        yield unit
