"""The Khmer font, taken from its package: inside a page, and given to typst.

A page must look the same on a machine that has no Khmer font, and must not fetch one.
"""

from __future__ import annotations

import base64
import functools
import importlib
import json
from pathlib import Path

from tipcase.errors import MachineError

FAMILY = "Noto Sans Khmer"
_PACKAGE = "fontpkg_noto_sans_khmer"


@functools.cache
def path() -> Path:
    """The font file: one file with every weight and width.

    Raises MachineError when the font's package is missing or incomplete.
    """
    try:
        root = Path(importlib.import_module(_PACKAGE).ROOT)
        described = json.loads((root / "metadata.json").read_text("utf-8"))
        found: Path = root / next(e["path"] for e in described["files"] if e["style"] == "normal")
        if found.is_file():
            return found
    except (ImportError, AttributeError, OSError, ValueError, LookupError, StopIteration):
        pass
    raise _missing()


@functools.cache
def data_uri() -> str:
    """The font file as a ``data:`` URI.

    Raises MachineError when the font's package is missing or incomplete.
    """
    try:
        content = path().read_bytes()
    except OSError:
        raise _missing() from None
    return "data:font/ttf;base64," + base64.b64encode(content).decode("ascii")


def _missing() -> MachineError:
    return MachineError("the Khmer font is not installed", "pip install fontpkg-noto-sans-khmer")
