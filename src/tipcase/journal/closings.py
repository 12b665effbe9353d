"""The closings and reopenings of a case: all of them are kept, each with who and when.

A closing that needs a second person stands only from that person's own entry on, and nobody
confirms what they proposed themselves. A reopening ends every closing that had not seen it: where
two people did not know of each other, the case is open, because a person whose file looks closed
may wait for help that nobody brings.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from tipcase.journal.entry import Signed
from tipcase.journal.graph import Graph

State = Literal["proposed", "closed", "withdrawn", "reopened"]

# What writes about the person; that a print was made or keys were changed is no writing in a case.
_WRITES = ("put", "attach", "merge")


@dataclass(frozen=True, slots=True)
class Closing:
    """One closing: its entry, the hash of its sealed decision, who closed and who confirmed when.

    ``ended`` is the entry that reopened the case, or withdrew what was only proposed;
    ``ended_decision`` the hash of its sealed decision, ``ended_by`` who wrote it.
    ``written_since`` are the paths of records that were written without its having seen them.
    """

    entry: str
    decision: str
    by: str
    time: str
    needs_second: bool
    confirmed_by: str | None = None
    confirmed_time: str | None = None
    ended: str | None = None
    ended_by: str | None = None
    ended_time: str | None = None
    ended_decision: str | None = None
    written_since: tuple[str, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether it closed the case, at the time or by the second person's word."""
        return not self.needs_second or self.confirmed_by is not None

    @property
    def state(self) -> State:
        """How it stands: ``withdrawn`` is what was ended before anybody confirmed it."""
        if self.ended is None:
            return "closed" if self.stands else "proposed"
        return "reopened" if self.stands else "withdrawn"


class Closings:
    """The closings that the entries of a case make, oldest first."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._closes: list[tuple[int, Signed]] = []
        self._confirms: list[tuple[int, Signed]] = []
        self._reopens: list[tuple[int, Signed]] = []
        self._writes: list[tuple[int, Signed]] = []

    def add(self, at: int, signed: Signed) -> None:
        """Take the next entry that counts."""
        op = signed.entry.op
        if op in _WRITES:
            self._writes.append((at, signed))
        elif op == "close":
            self._closes.append((at, signed))
        elif op == "confirm":
            self._confirms.append((at, signed))
        elif op == "reopen":
            self._reopens.append((at, signed))

    def result(self) -> tuple[Closing, ...]:
        """Every closing, also those that were withdrawn or reopened."""
        return tuple(closing for _, closing in self._told)

    def after(self) -> tuple[str, ...]:
        """The paths of the records written since the case was closed; none while it is open."""
        standing = [since for since, closing in self._told if closing.state == "closed"]
        return self._written_since(standing) if standing else ()

    @cached_property
    def _told(self) -> list[tuple[int, Closing]]:
        """Each closing, with the entry from which on it stands: its own, or the second person's."""
        return [self._closing(at, signed) for at, signed in self._closes]

    def _closing(self, at: int, signed: Signed) -> tuple[int, Closing]:
        entry = signed.entry
        second = self._second(at, signed)
        end, ending = next(
            ((n, r) for n, r in self._reopens if not self._graph.has_seen(at, n)), (None, None)
        )
        if end is not None and second and not self._graph.has_seen(end, second[0]):
            # It was withdrawn by somebody who knew of no confirmation: it never stood.
            second = None
        since = second[0] if second and entry.data["confirm"] else at
        return since, Closing(
            entry=signed.id,
            decision=entry.data["decision"],
            by=entry.signer,
            time=entry.time,
            needs_second=entry.data["confirm"],
            confirmed_by=second[1].entry.signer if second else None,
            confirmed_time=second[1].entry.time if second else None,
            ended=ending.id if ending else None,
            ended_by=ending.entry.signer if ending else None,
            ended_time=ending.entry.time if ending else None,
            ended_decision=ending.entry.data["decision"] if ending else None,
            written_since=self._written_since((at,)),
        )

    def _written_since(self, ends: Collection[int]) -> tuple[str, ...]:
        """The paths of the records that were written without any of these entries' seeing it."""
        paths = {
            version.path
            for at, signed in self._writes
            if not any(self._graph.has_seen(end, at) for end in ends)
            for version in signed.entry.files
        }
        return tuple(sorted(paths))

    def _second(self, at: int, close: Signed) -> tuple[int, Signed] | None:
        """The first confirmation by somebody else who had seen the proposal."""
        for n, signed in self._confirms:
            own = signed.entry.signer == close.entry.signer
            if signed.entry.data["entry"] == close.id and not own and self._graph.has_seen(n, at):
                return n, signed
        return None


__all__ = ["Closing", "Closings", "State"]
