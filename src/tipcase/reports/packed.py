"""The facts of many cases in little room: a block of JSON lines for each first letter of their ids.

Thousands of cases unpacked would fill the memory; and a block that is kept for the next report is
used there as it is.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from typing import Any

# Bytes that a block may have, unpacked: thousands of cases, and no bomb.
_MOST = 256 * 1024 * 1024


def pack(cases: Mapping[str, bytes]) -> bytes:
    """A block of these cases: their facts, which are JSON without a line's end, by their ids."""
    return zlib.compress(b"\n".join(b"%s %s" % (c.encode(), cases[c]) for c in sorted(cases)), 1)


def unpack(block: bytes) -> dict[str, bytes]:
    """The cases of a block; what stands behind it is padding."""
    lines = zlib.decompressobj().decompress(block, _MOST).split(b"\n")
    parts = (line.partition(b" ") for line in lines if line)
    return {case.decode("ascii"): facts for case, _, facts in parts}


class Facts(Mapping[str, dict[str, Any]]):
    """Facts by case id, in order; each case is unpacked anew whenever it is asked for.

    Whoever goes through them in order has the cases of each first letter unpacked once.
    """

    def __init__(self, cases: Mapping[str, bytes] | None = None) -> None:
        """``cases`` are facts as JSON, by case id; ``add`` takes more."""
        self._ids: dict[str, None] = {}
        self._blocks: dict[str, bytes] = {}
        self._open: tuple[str, dict[str, bytes]] = ("", {})
        for letter, group in groupby(sorted((cases or {}).items()), key=lambda item: item[0][:1]):
            here = dict(group)
            self.add(letter, here, pack(here))

    def add(self, letter: str, cases: Collection[str], block: bytes) -> None:
        """Take the block of all cases whose id begins with a letter; letters come in order."""
        self._ids.update(dict.fromkeys(sorted(cases)))
        self._blocks[letter] = block

    def __getitem__(self, case: str) -> dict[str, Any]:
        if case not in self._ids:
            raise KeyError(case)
        if self._open[0] != case[:1]:
            self._open = (case[:1], unpack(self._blocks[case[:1]]))
        value: dict[str, Any] = json.loads(self._open[1][case].decode("ascii"))
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, case: object) -> bool:
        return case in self._ids

    def __repr__(self) -> str:
        return f"<facts of {len(self)} cases>"
