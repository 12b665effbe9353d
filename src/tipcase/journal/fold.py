"""The state of a case, folded from its journal: what counts, the team, the stage, the files.

An entry counts when its signature is its signer's, and when the signer was, in what the entry's
writer had seen, on the roster with a role that allows the operation and on the team of the case.
Everything else is set aside and reported; nothing that is set aside has any effect.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tipcase.journal import ops
from tipcase.journal.entry import Entry, Signed
from tipcase.journal.graph import Graph, members
from tipcase.journal.names import RECOVERY
from tipcase.journal.ops import OPS
from tipcase.journal.roster import Problem, Roster, Verify, check_signature
from tipcase.journal.tally import Files, Generation, Keys, Stages, Version


@dataclass(frozen=True, slots=True)
class CaseFold:
    """A case as its journal tells it.

    ``current`` holds for each path the versions that nothing has replaced: one, or several when
    two people wrote it without seeing each other. ``past`` holds every hash that ever counted.
    ``team`` says of each handle whether it may have restricted records. ``wraps`` holds the signed
    hashes of wraps by (generation, handle, kind).
    """

    case: str
    opened: str
    stage: str
    number: int
    phase: str | None
    open: bool
    stage_states: dict[str, str]
    team: dict[str, bool]
    generations: tuple[Generation, ...]
    wraps: dict[tuple[str, str, str], frozenset[str]]
    current: dict[str, tuple[Version, ...]]
    past: dict[str, frozenset[str]]
    heads: tuple[str, ...]
    problems: tuple[Problem, ...]
    entries: tuple[Signed, ...] = field(repr=False)

    @property
    def sealing(self) -> Generation | None:
        """The generation to write to: the last one that nobody outside the team can open.

        None where there is none: two revocations that had not seen each other leave none, and the
        case needs new keys before anything is written.
        """
        opened = {key[0] for key in self.wraps if key[1] not in self.team}
        safe = [generation for generation in self.generations if generation.name not in opened]
        return safe[-1] if safe else None

    @property
    def damaged(self) -> bool:
        """Whether a problem is damage and not only a warning."""
        return any(problem.damage for problem in self.problems)


def fold(
    entries: Iterable[Signed],
    roster: Roster,
    case: str,
    *,
    verify: Verify = check_signature,
    pinned: frozenset[str] = frozenset(),
) -> CaseFold | None:
    """The state of a case; None when no genuine ``new`` stands in its journal.

    ``pinned`` are entries that this machine has believed before: where two entries claim to have
    opened the case, only a pinned one is believed.
    """
    judge = _Judge(entries, roster, case, verify, pinned)
    judge.run()
    return judge.result()


# What somebody who is known here may not do: it is set aside and said, but it is not forged, and it
# must not keep the team from working.
_NOT_ALLOWED = (
    "an entry is signed by somebody who was not on the staff",
    "an entry is by somebody whose role does not allow it",
    "an entry is by somebody who was not on the team of the case",
)
_NOT_STAFF, _NOT_ROLE, _NOT_TEAM = _NOT_ALLOWED


class _Judge:
    """One run over a case's entries in the order of their graph."""

    def __init__(
        self,
        entries: Iterable[Signed],
        roster: Roster,
        case: str,
        verify: Verify,
        pinned: frozenset[str],
    ) -> None:
        self.graph = Graph(entries)
        self.roster = roster
        self.case = case
        self.verify = verify
        self.counted: list[int] = []
        self.problems: list[Problem] = []
        self._team_entries = 0
        self._teams: dict[int, dict[str, bool]] = {0: {}}
        self._genuine: set[str] = set()
        self._staff_seen = self._views()
        self._root: int | None = None
        self._root = self._find_root(pinned)

    def _views(self) -> list[int | None]:
        """What each entry's writer had seen of the staff: its own heads and its parents' view.

        None where an entry names entries of the staff that are not here, or none at all.
        """
        views: list[int | None] = []
        for signed in self.graph.order:
            own = self.roster.graph.below(signed.entry.staff) if signed.entry.staff else None
            below = [views[self.graph.number[parent]] for parent in signed.entry.parents]
            if own is not None:
                for mask in below:
                    own |= mask or 0
            views.append(own)
        return views

    def _find_root(self, pinned: frozenset[str]) -> int | None:
        """The one ``new`` of the case; of several, the one this machine has believed before."""
        roots = [
            at
            for at, signed in enumerate(self.graph.order)
            if signed.entry.op == "new"
            and not signed.entry.parents
            and self._refusal(at, signed) is None
        ]
        if len(roots) > 1:
            roots = [at for at in roots if self.graph.order[at].id in pinned] or roots
        if len(roots) != 1:
            return None
        return roots[0]

    def run(self) -> None:
        for signed in self.graph.orphans:
            self._report(signed, "an entry builds on entries that are not here", damage=True)
        adopted: set[str] = set()
        # Adopting is an entry itself: judge again with what the entries that count adopt.
        for _ in range(len(self.graph.order) + 1):
            before = set(adopted)
            self._pass(adopted)
            for at in self.counted:
                entry = self.graph.order[at].entry
                if entry.op == "adopt":
                    adopted.update(entry.data["entries"])
            if adopted == before:
                break

    def _pass(self, adopted: set[str]) -> None:
        kept = [problem for problem in self.problems if problem.entry not in self.graph.number]
        self.problems = kept
        self.counted = []
        self._team_entries = 0
        self._teams = {0: {}}
        for at, signed in enumerate(self.graph.order):
            reason = self._refusal(at, signed)
            if reason in _NOT_ALLOWED and self.roster.knows(signed):
                self._report(signed, f"{reason}: set aside", damage=False)
            elif reason is not None:
                self._report(signed, reason, damage=True)
            elif signed.id not in adopted and self._is_late(at, signed):
                text = f"{signed.entry.signer} wrote this after leaving the staff: set aside"
                self._report(signed, text, damage=False)
            else:
                self.counted.append(at)
                if signed.entry.op in ("new", "grant", "revoke"):
                    self._team_entries |= 1 << at

    def _is_late(self, at: int, signed: Signed) -> bool:
        """Whether a removed person wrote this without being seen by who removed them."""
        for removal in self.roster.removals_unseen(signed.entry.signer, self._staff_seen[at] or 0):
            heads = [h for h in removal.data["seen"].get(self.case, ()) if h in self.graph.number]
            if not (self.graph.below(heads) or 0) >> at & 1:
                return True
        return False

    def _report(self, signed: Signed, text: str, *, damage: bool) -> None:
        self.problems.append(Problem(signed.id, text, damage))

    def _refusal(self, at: int, signed: Signed) -> str | None:
        """Why an entry does not count in the state that its writer had seen, or None."""
        entry = signed.entry
        op = OPS[entry.op]
        if entry.casebook != self.roster.casebook or entry.case != self.case:
            return "an entry belongs to another case"
        seen = self._staff_seen[at]
        if seen is None:
            return "an entry names entries of the staff that are not here"
        staff = self.roster.as_of(seen)
        if entry.signer == RECOVERY:
            public = self.roster.recovery_as_of(seen).signing_key
            roles = frozenset[str]()
        elif entry.signer in staff:
            member = staff[entry.signer]
            public, roles = member.card.signing_key, member.roles
        else:
            return _NOT_STAFF
        if signed.id not in self._genuine:
            if not self.verify(public, signed):
                return "the signature of an entry is not its signer's"
            self._genuine.add(signed.id)
        made = entry.data.get("generation")
        if made is not None and ops.kind_of(made["ordinary"]) != self.roster.recovery.keys:
            return "an entry brings another kind of keys than the casebook has"
        if entry.op == "new":
            if entry.parents or self._root not in (None, at):
                return "an entry opens a case that was open already"
            return None if roles & op.roles else "an entry is by a role that may not open cases"
        if entry.signer == RECOVERY:
            return None if op.recovery else "an entry is by a role that may not do this"
        if not roles & op.roles:
            return _NOT_ROLE
        if entry.signer not in self._team(self.graph.ancestors[at] & self._team_entries):
            return _NOT_TEAM
        return None

    def _team(self, mask: int) -> dict[str, bool]:
        """The team that a set of entries makes: a revocation beats a grant that had not seen it."""
        known = self._teams.get(mask)
        if known is not None:
            return known
        numbers = members(mask)
        revoked = [
            (at, handle)
            for at in numbers
            if self.graph.order[at].entry.op == "revoke"
            for handle in self.graph.order[at].entry.data["handles"]
        ]
        team: dict[str, bool] = {}
        for at in numbers:
            entry = self.graph.order[at].entry
            for item in entry.data.get("team", ()):
                handle = item["handle"]
                if all(h != handle or self.graph.has_seen(at, r) for r, h in revoked):
                    team[handle] = team.get(handle, False) or item["restricted"]
        self._teams[mask] = team
        return team

    def result(self) -> CaseFold | None:
        if self._root is None or self._root not in self.counted:
            return None
        new = self.graph.order[self._root].entry
        files = Files(self.graph)
        keys = Keys()
        stages = Stages(self.graph)
        for at in self.counted:
            signed = self.graph.order[at]
            files.add(at, signed)
            keys.add(signed.entry)
            stages.add(at, signed)
            if signed.entry.time < max(self._times(signed.entry), default=""):
                self._report(signed, "an entry is dated before one that it builds on", damage=False)
        stage = stages.result()
        if stage.torn:
            text = "two people moved the case without seeing each other: the earlier stage holds"
            self.problems.append(Problem(self.graph.order[self._root].id, text, False))
        return CaseFold(
            case=self.case,
            opened=new.data["opened"],
            stage=stage.name,
            number=stage.number,
            phase=stage.phase,
            open=stages.open,
            stage_states=stages.states,
            team=self._team(self._team_entries),
            generations=tuple(keys.generations.values()),
            wraps={key: frozenset(hashes) for key, hashes in keys.wraps.items()},
            current=files.current(),
            past={path: frozenset(hashes) for path, hashes in files.past.items()},
            heads=self.graph.heads(self.counted),
            problems=tuple(self.problems),
            entries=tuple(self.graph.order[at] for at in self.counted),
        )

    def _times(self, entry: Entry) -> list[str]:
        return [self.graph.order[self.graph.number[p]].entry.time for p in entry.parents]
