"""The order of entries: who had seen what when writing. Time never decides, only parents do."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

from tipcase.journal.entry import Signed


class Graph:
    """Entries in an order in which parents come first, with the ancestors of each.

    ``order`` is the same on every machine for the same entries (ties go by entry id). Entries are
    numbered by it, and sets of entries are integers used as bit sets. ``orphans`` are entries that
    name a parent that is not here, and all that build on them.
    """

    def __init__(self, entries: Iterable[Signed]) -> None:
        known = {signed.id: signed for signed in entries}
        self.order: list[Signed] = _topological(known)
        self.number = {signed.id: n for n, signed in enumerate(self.order)}
        self.ancestors: list[int] = []
        for signed in self.order:
            mask = 0
            for parent in signed.entry.parents:
                at = self.number[parent]
                mask |= self.ancestors[at] | 1 << at
            self.ancestors.append(mask)
        self.orphans = [signed for key, signed in known.items() if key not in self.number]

    def below(self, heads: Iterable[str]) -> int | None:
        """The heads and all their ancestors as a bit set; None when a head is not here."""
        mask = 0
        for head in heads:
            at = self.number.get(head)
            if at is None:
                return None
            mask |= self.ancestors[at] | 1 << at
        return mask

    def heads(self, among: Sequence[int]) -> tuple[str, ...]:
        """The ids of those entries that no other of them builds on, in order."""
        seen = 0
        for at in among:
            seen |= self.ancestors[at]
        return tuple(sorted(self.order[at].id for at in among if not seen >> at & 1))

    def has_seen(self, at: int, other: int) -> bool:
        """Whether the writer of entry ``at`` had seen entry ``other``."""
        return bool(self.ancestors[at] >> other & 1)


def members(mask: int) -> list[int]:
    """The numbers in a bit set, in order."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def _topological(known: dict[str, Signed]) -> list[Signed]:
    waiting: dict[str, int] = {}
    children: dict[str, list[str]] = {}
    ready: list[str] = []
    for key, signed in known.items():
        parents = signed.entry.parents
        waiting[key] = len(parents)
        for parent in parents:
            children.setdefault(parent, []).append(key)
        if not parents:
            ready.append(key)
    heapq.heapify(ready)
    order = []
    while ready:
        key = heapq.heappop(ready)
        order.append(known[key])
        for child in children.get(key, ()):
            waiting[child] -= 1
            if not waiting[child]:
                heapq.heappush(ready, child)
    return order
