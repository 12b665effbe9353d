"""The facts of many cases in little room: a block of JSON lines for each first letter of their ids.

Thousands of cases unpacked would fill the memory; and a block that is kept for the next report is
used there as it is. The facts of a case stand in two parts, the events apart from all others: they
are the most of it, and few reports count them.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

# Bytes that each part of a block may have, unpacked: thousands of cases, and no bomb.
_MOST = 256 * 1024 * 1024
_encoded = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
# Of what we wrote ourselves nothing stands before or behind it.
_decoded = json.JSONDecoder().raw_decode


class Packed(NamedTuple):
    """The facts of one case as JSON without a line's end: the events, and all others."""

    others: bytes
    events: bytes

    @classmethod
    def of(cls, facts: Mapping[str, Any], events: Collection[str]) -> Packed:
        """Facts by id, of which ``events`` are the events."""
        others = {name: value for name, value in facts.items() if name not in events}
        rest = {name: value for name, value in facts.items() if name in events}
        return cls(_encoded(others).encode("ascii"), _encoded(rest).encode("ascii"))


def pack(cases: Mapping[str, Packed]) -> bytes:
    """A block of these cases by their ids: a line of each in one stream, its events in another."""
    ids = sorted(cases)
    others = _stream((case, cases[case].others) for case in ids)
    return others + _stream((case, cases[case].events) for case in ids)


def _stream(lines: Iterable[tuple[str, bytes]]) -> bytes:
    return zlib.compress(b"\n".join([b"%s %s" % (case.encode(), line) for case, line in lines]), 1)


def unpack(block: bytes) -> dict[str, Packed]:
    """The cases of a block; what stands behind it is padding."""
    opened = _Block(block)
    return {
        case: Packed(others.encode("ascii"), opened.events[case].encode("ascii"))
        for case, others in opened.others.items()
    }


class _Block:
    """A block, opened: the facts of its cases as JSON; the events when they are asked for."""

    def __init__(self, block: bytes) -> None:
        self.others, self._rest = _lines(block)

    @cached_property
    def events(self) -> dict[str, str]:
        return _lines(self._rest)[0]


def _lines(data: bytes) -> tuple[dict[str, str], bytes]:
    """The lines of one stream by their case, and what stands behind it."""
    stream = zlib.decompressobj()
    lines = stream.decompress(data, _MOST).decode("ascii").split("\n")
    parts = [line.partition(" ") for line in lines if line]
    return {case: facts for case, _, facts in parts}, stream.unused_data


class Facts(Mapping[str, dict[str, Any]]):
    """Facts by case id, in order; each case is unpacked anew whenever it is asked for.

    Whoever goes through them in order has the cases of each first letter unpacked once.
    """

    def __init__(self, cases: Mapping[str, Packed] | None = None, *, events: bool = True) -> None:
        """``add`` takes more than these cases; without ``events`` all facts but those are told."""
        self._ids: dict[str, None] = {}
        self._blocks: dict[str, bytes] = {}
        self._open: tuple[str, _Block] | None = None
        self._events = events
        for letter, group in groupby(sorted((cases or {}).items()), key=lambda item: item[0][:1]):
            here = dict(group)
            self.add(letter, here, pack(here))

    def add(self, letter: str, cases: Collection[str], block: bytes) -> None:
        """Take the block of all cases whose id begins with a letter; letters come in order."""
        self._ids.update(dict.fromkeys(sorted(cases)))
        self._blocks[letter] = block

    def without_events(self) -> Facts:
        """The same cases, of which no events are told."""
        found = Facts(events=False)
        found._ids, found._blocks = self._ids, self._blocks
        return found

    def __getitem__(self, case: str) -> dict[str, Any]:
        if case not in self._ids:
            raise KeyError(case)
        if self._open is None or self._open[0] != case[:1]:
            self._open = (case[:1], _Block(self._blocks[case[:1]]))
        block = self._open[1]
        found: dict[str, Any] = _decoded(block.others[case])[0]
        return found | _decoded(block.events[case])[0] if self._events else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, case: object) -> bool:
        return case in self._ids

    def __repr__(self) -> str:
        return f"<facts of {len(self)} cases>"
