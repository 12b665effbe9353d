"""What the entries that count add up to: the versions of files, the keys, the stage."""

from __future__ import annotations

from typing import Any, NamedTuple

from tipcase.journal.entry import Entry, FileVersion, Signed
from tipcase.journal.graph import Graph
from tipcase.journal.ops import WRAP_KINDS

# The operations that say where a case stands, or how a stage does.
_STAGES = ("new", "advance", "reopen", "skip")
# Generation, handle and kind of a wrap.
WrapKey = tuple[str, str, str]


class Generation(NamedTuple):
    """One pair of identities of a case: its name and the two recipients."""

    name: str
    ordinary: str
    restricted: str

    def recipient(self, kind: str) -> str:
        """The age recipient of this kind, ``ordinary`` or ``restricted``."""
        return self.restricted if kind == "restricted" else self.ordinary


class Version(NamedTuple):
    """One version of a file that counts: the entry that wrote it, its hash, who it is sealed to."""

    entry: str
    sha256: str
    sealed_to: str | tuple[str, ...] | None
    signer: str
    time: str


class Files:
    """The versions of each path: one is current until somebody who had seen it replaces it."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._live: dict[str, list[tuple[int, Signed, FileVersion]]] = {}
        self.past: dict[str, set[str]] = {}

    def add(self, at: int, signed: Signed) -> None:
        """Take the files of the next entry that counts."""
        for version in signed.entry.files:
            left = [
                item
                for item in self._live.get(version.path, ())
                if not (item[2].sha256 in version.previous and self._graph.has_seen(at, item[0]))
            ]
            self._live[version.path] = [*left, (at, signed, version)]
            self.past.setdefault(version.path, set()).add(version.sha256)

    def current(self) -> dict[str, tuple[Version, ...]]:
        """The versions of each path that nothing has replaced, by path."""
        return {
            path: tuple(
                Version(s.id, v.sha256, v.sealed_to, s.entry.signer, s.entry.time)
                for _, s, v in live
            )
            for path, live in sorted(self._live.items())
        }


class Keys:
    """The generations of a case's identities, the signed hashes of their wraps, who made them."""

    def __init__(self) -> None:
        self.generations: dict[str, Generation] = {}
        self.wraps: dict[WrapKey, set[str]] = {}
        self.makers: dict[WrapKey, list[int]] = {}
        self.inventors: dict[str, str] = {}

    def add(self, at: int, entry: Entry) -> None:
        """Take the generation and the wraps of the next entry that counts."""
        made: dict[str, Any] | None = entry.data.get("generation")
        if made is not None:
            self.generations[made["name"]] = Generation(**made)
            for kind in WRAP_KINDS:
                self.inventors.setdefault(made[kind], entry.signer)
        for wrap in entry.data.get("wraps", ()):
            key = (wrap["generation"], wrap["handle"], wrap["kind"])
            self.wraps.setdefault(key, set()).add(wrap["sha256"])
            self.makers.setdefault(key, []).append(at)


class Standing(NamedTuple):
    """Where a case stands; ``torn`` when two people moved it apart."""

    name: str
    number: int
    phase: str | None
    torn: bool


class Stages:
    """Where a case stands: of two concurrent moves the less advanced holds."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._moves: list[tuple[int, Entry]] = []
        self.states: dict[str, str] = {}

    def add(self, at: int, signed: Signed) -> None:
        """Take the move of the next entry that counts, if it is one."""
        entry = signed.entry
        if entry.op not in _STAGES:
            return
        if entry.op == "skip":
            self.states[entry.data["stage"]] = entry.data["state"]
            return
        self._moves.append((at, entry))
        if entry.op == "advance" and entry.data["complete"]:
            self.states[entry.data["from"]] = "complete"
        if entry.op in ("advance", "reopen"):
            self.states.pop(entry.data["stage"], None)

    def result(self) -> Standing:
        """The stage that holds."""
        last = [
            (entry.data["number"], entry)
            for at, entry in self._moves
            if not any(self._graph.has_seen(other, at) for other, _ in self._moves)
        ]
        number, entry = min(last, key=lambda item: item[0])
        stages = {item[1].data["stage"] for item in last}
        return Standing(entry.data["stage"], number, entry.data.get("phase"), len(stages) > 1)
