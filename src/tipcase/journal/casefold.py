"""What a case amounts to, as its journal tells it: what a fold gives and all others read."""

from __future__ import annotations

from dataclasses import dataclass, field

from tipcase.journal.closings import Closing
from tipcase.journal.entry import Signed
from tipcase.journal.names import RECOVERY
from tipcase.journal.ops import WRAP_KINDS
from tipcase.journal.problem import Problem
from tipcase.journal.tally import Generation, Version, WrapKey


@dataclass(frozen=True, slots=True)
class CaseFold:
    """A case as its journal tells it.

    ``current`` holds for each path the versions that nothing has replaced: one, or several when
    two people wrote it without seeing each other. ``past`` holds every hash that ever counted.
    ``team`` says of each handle whether it may have restricted records; ``gone`` are those of the
    team who left the staff, or have no role that works on cases. ``wraps`` holds the signed hashes
    of wraps by (generation, handle, kind); ``stale`` are those whose person has other keys by now;
    ``inventors`` says of each recipient who made its identity, and so knows it without any wrap.
    ``closings`` are all there ever were, oldest first; ``after_closing`` the paths of records that
    were written since the one that stands.
    """

    case: str
    opened: str
    stage: str
    number: int
    phase: str | None
    stage_states: dict[str, str]
    team: dict[str, bool]
    generations: tuple[Generation, ...]
    gone: frozenset[str]
    wraps: dict[WrapKey, frozenset[str]]
    stale: frozenset[WrapKey]
    inventors: dict[str, str]
    current: dict[str, tuple[Version, ...]]
    past: dict[str, frozenset[str]]
    heads: tuple[str, ...]
    problems: tuple[Problem, ...]
    closings: tuple[Closing, ...]
    after_closing: tuple[str, ...]
    entries: tuple[Signed, ...] = field(repr=False)

    @property
    def open(self) -> bool:
        """Whether no closing stands: one that waits for its second person does not."""
        return all(closing.state != "closed" for closing in self.closings)

    @property
    def proposed(self) -> Closing | None:
        """The closing that waits for a second person, if the case is open and there is one."""
        waiting = [closing for closing in self.closings if closing.state == "proposed"]
        return waiting[-1] if waiting and self.open else None

    def sealing_of(self, kind: str) -> Generation | None:
        """The generation to write to: the last one that nobody outside can open.

        Outside is who is not on the team, left the staff, or may not have this kind. None where
        there is none: two revocations that had not seen each other leave none, and the case needs
        new keys before anything is written.
        """
        makers = {(g.recipient(kind), self.inventors[g.recipient(kind)]) for g in self.generations}
        outside = {
            recipient
            for recipient, handle in makers | self._holders(kind, stale=True)
            if not self._entitled(handle, kind)
        }
        safe = [g for g in self.generations if g.recipient(kind) not in outside]
        return safe[-1] if safe else None

    @property
    def left_out(self) -> tuple[tuple[str, str], ...]:
        """Who of the team lacks a wrap of the keys that are written to: handle and kind."""
        lacking = []
        for kind in WRAP_KINDS:
            generation = self.sealing_of(kind)
            if generation is not None:
                have = self._holders(kind, stale=False)
                lacking += [
                    (handle, kind)
                    for handle in sorted(self.team)
                    if self._entitled(handle, kind)
                    and (generation.recipient(kind), handle) not in have
                ]
        return tuple(lacking)

    def _entitled(self, handle: str, kind: str) -> bool:
        on_team = handle in self.team and handle not in self.gone
        return on_team and (kind == "ordinary" or self.team[handle])

    def _holders(self, kind: str, *, stale: bool) -> set[tuple[str, str]]:
        """Who holds which recipient of a kind, also in several generations that share it."""
        named = {generation.name: generation for generation in self.generations}
        return {
            (named[key[0]].recipient(kind), key[1])
            for key in self.wraps
            if key[2] == kind and key[0] in named and (stale or key not in self.stale)
        }

    def is_open_to(self, handle: str) -> bool:
        """Whether a case is open to somebody: to its team, and to the seed where it has a wrap.

        Who left the team may still hold older keys; the case is not theirs to read or count.
        """
        if handle == RECOVERY:
            return any(holder == RECOVERY for _, holder, _ in self.wraps)
        return handle in self.team

    @property
    def damaged(self) -> bool:
        """Whether a problem is damage and not only a warning."""
        return any(problem.damage for problem in self.problems)
