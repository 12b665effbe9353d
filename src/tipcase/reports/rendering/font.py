"""The Khmer font inside a page: it must look the same where no Khmer font is, and fetch none."""

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
def data_uri() -> str:
    """The font file as a ``data:`` URI.

    Raises MachineError when the font's package is missing or incomplete.
    """
    try:
        root = Path(importlib.import_module(_PACKAGE).ROOT)
        described = json.loads((root / "metadata.json").read_text("utf-8"))
        path = root / next(e["path"] for e in described["files"] if e["style"] == "normal")
        content = path.read_bytes()
    except (ImportError, OSError, ValueError, LookupError, StopIteration):
        raise MachineError(
            "the Khmer font is not installed", "pip install fontpkg-noto-sans-khmer"
        ) from None
    return "data:font/ttf;base64," + base64.b64encode(content).decode("ascii")
