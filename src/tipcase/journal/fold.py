"""The state of a case, folded from its journal: what counts, the team, the stage, the files.

An entry counts when its signature is its signer's, and when the signer was, in what the entry's
writer had seen, on the roster with a role that allows the operation and on the team of the case.
Everything else is set aside and reported; nothing that is set aside has any effect.
"""

from __future__ import annotations

from collections.abc import Iterable

from tipcase.journal import ops, seeds
from tipcase.journal.casefold import CaseFold
from tipcase.journal.closings import Closings
from tipcase.journal.entry import Entry, Signed
from tipcase.journal.graph import Graph, members
from tipcase.journal.guard import Guard
from tipcase.journal.names import RECOVERY
from tipcase.journal.ops import OPS
from tipcase.journal.problem import Kind, Problem
from tipcase.journal.roster import Roster, Verify, check_signature
from tipcase.journal.signatures import Signatures
from tipcase.journal.tally import Files, Keys, Stages, WrapKey

__all__ = ["CaseFold", "fold"]


def fold(
    entries: Iterable[Signed],
    roster: Roster,
    case: str,
    *,
    verify: Verify = check_signature,
    pinned: frozenset[str] = frozenset(),
    chained: bool = False,
) -> CaseFold | None:
    """The state of a case; None when no genuine ``new`` stands in its journal.

    ``pinned`` are entries that this machine has believed before: where two entries claim to have
    opened the case, only a pinned one is believed. ``chained``, for batches that only read: of
    entries that one device of one person wrote one after the other, the last signature is checked,
    which vouches for the others by their hashes (``signatures``).
    """
    judge = _Judge(entries, roster, case, verify, pinned, chained=chained)
    judge.run()
    return judge.result()


# What somebody who is known here may not do: it is set aside and said, but it is not forged, and it
# must not keep the team from working.
_NOT_ALLOWED = (
    "an entry is signed by somebody who was not on the staff",
    "an entry is by somebody whose role does not allow it",
    "an entry is by somebody who was not on the team of the case",
    "an entry gives restricted keys by somebody who has none",
    "an entry replaces a record that was not meant for its signer",
)
_NOT_STAFF, _NOT_ROLE, _NOT_TEAM, _NOT_HOLDER, _NOT_READER = _NOT_ALLOWED


class _Judge:
    """One run over a case's entries in the order of their graph."""

    def __init__(
        self,
        entries: Iterable[Signed],
        roster: Roster,
        case: str,
        verify: Verify,
        pinned: frozenset[str],
        *,
        chained: bool,
    ) -> None:
        self.graph = Graph(entries)
        self.roster = roster
        self.case = case
        self.counted: list[int] = []
        self.problems: list[Problem] = []
        self._team_entries = 0
        self._teams: dict[tuple[int, str], dict[str, bool]] = {}
        self._guard = Guard(self.graph)
        self._made: list[tuple[int, str]] = []
        self._overtaken: set[str] = set()
        self._staff_seen = self._views()
        self._signatures = Signatures(self.graph, roster, self._staff_seen, verify, chained=chained)
        self._late_opener = ""
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
            self._report(
                signed, "orphan", "an entry builds on entries that are not here", damage=True
            )
        adopted: set[str] = set()
        # Adopting is an entry itself: judge again with what the entries that count adopt.
        for _ in range(len(self.graph.order) + 1):
            before = (set(adopted), set(self._overtaken))
            self._pass(adopted)
            self._overtaken |= seeds.overtaken_in_case(
                self.graph, self.counted, self._staff_seen, self.roster
            )
            for at in self.counted:
                entry = self.graph.order[at].entry
                if entry.op == "adopt":
                    adopted.update(entry.data["entries"])
            if (adopted, self._overtaken) == before:
                break

    def _pass(self, adopted: set[str]) -> None:
        kept = [problem for problem in self.problems if problem.entry not in self.graph.number]
        self.problems = kept
        self.counted = []
        self._team_entries = 0
        self._teams = {}
        self._guard = Guard(self.graph)
        self._made = []
        root = None if self._root is None else self.graph.order[self._root]
        late = root is not None and self._is_late(self._root or 0, root)
        self._late_opener = root.entry.signer if root is not None and late else ""
        for at, signed in enumerate(self.graph.order):
            reason = self._refusal(at, signed)
            if reason in _NOT_ALLOWED and self.roster.knows(signed):
                self._report(signed, "refused", f"{reason}: set aside", damage=False)
            elif reason is not None:
                self._report(signed, "refused", reason, damage=True)
            elif at != self._root and signed.id not in adopted and self._is_late(at, signed):
                who, text = signed.entry.signer, "after leaving the staff"
                if signed.id in self._overtaken:
                    text = "with keys that were replaced"
                text = f"{who} wrote this {text}: set aside (tipcase adopt {self.case} --list)"
                kind: Kind = "late"
                if who == RECOVERY:
                    text = "an entry is by a recovery seed that was replaced: set aside"
                    kind = "replaced"
                self._report(signed, kind, text, damage=False)
            else:
                self._count(at, signed.entry)
                if self._late_opener and at == self._root:
                    # Set aside it would take the whole case along, and nobody could adopt it.
                    text = (
                        f"{signed.entry.signer} opened this case after leaving the staff: "
                        "a supervisor grants or revokes who shall have it"
                    )
                    self._report(signed, "told", text, damage=False)

    def _count(self, at: int, entry: Entry) -> None:
        self.counted.append(at)
        self._guard.add(at, entry)
        if entry.op in ("new", "grant", "revoke"):
            self._team_entries |= 1 << at
        if entry.data.get("generation") is not None:
            self._made.append((at, entry.data["generation"]["restricted"]))

    def _is_late(self, at: int, signed: Signed) -> bool:
        """Whether a removed person wrote this without being seen by who removed them."""
        if signed.id in self._overtaken:
            return True
        for removal in self.roster.removals_unseen(signed.entry.signer, self._staff_seen[at] or 0):
            heads = [h for h in removal.data["seen"].get(self.case, ()) if h in self.graph.number]
            if not (self.graph.below(heads) or 0) >> at & 1:
                return True
        return False

    def _report(self, signed: Signed, kind: Kind, text: str, *, damage: bool) -> None:
        self.problems.append(Problem(signed.id, text, damage, kind))

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
        public = self._signatures.key(at)
        if public is None:
            return _NOT_STAFF
        roles = staff[entry.signer].roles if entry.signer != RECOVERY else frozenset[str]()
        if not self._signatures.hold(public, signed):
            return "the signature of an entry is not its signer's"
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
        gone = self._late_opener and not self.roster.removals_unseen(self._late_opener, seen)
        team = self._team(
            self.graph.ancestors[at] & self._team_entries, self._late_opener if gone else ""
        )
        if entry.signer not in team:
            return _NOT_TEAM
        if not team[entry.signer] and self._gives_restricted(at, entry):
            return _NOT_HOLDER
        return _NOT_READER if self._guard.refuses(at, entry, team, staff) else None

    def _gives_restricted(self, at: int, entry: Entry) -> bool:
        """Whether an entry makes a restricted identity, or names somebody who may have it."""
        made = entry.data.get("generation")
        known = {recipient for n, recipient in self._made if self.graph.has_seen(at, n)}
        fresh = made is not None and made["restricted"] not in known
        return fresh or any(item["restricted"] for item in entry.data.get("team", ()))

    def _team(self, mask: int, without: str = "") -> dict[str, bool]:
        """The team that a set of entries makes: a revocation beats a grant that had not seen it.

        ``without`` opened the case after leaving the staff: only a grant puts them on the team,
        also where they come back.
        """
        known = self._teams.get((mask, without))
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
                if at == self._root and handle == without:
                    continue
                if all(h != handle or self.graph.has_seen(at, r) for r, h in revoked):
                    team[handle] = team.get(handle, False) or item["restricted"]
        self._teams[mask, without] = team
        return team

    def result(self) -> CaseFold | None:
        if self._root is None or self._root not in self.counted:
            return None
        new = self.graph.order[self._root].entry
        files = Files(self.graph)
        keys = Keys()
        stages, closings = Stages(self.graph), Closings(self.graph)
        for at in self.counted:
            signed = self.graph.order[at]
            files.add(at, signed)
            keys.add(at, signed.entry)
            stages.add(at, signed)
            closings.add(at, signed)
            if any(signed.entry.time < time for time in self._times(signed.entry)):
                text = "an entry is dated before one that it builds on"
                self._report(signed, "told", text, damage=False)
        stage = stages.result()
        if stage.torn:
            text = "two people moved the case without seeing each other: the earlier stage holds"
            self._report(self.graph.order[self._root], "told", text, damage=False)
        return CaseFold(
            case=self.case,
            opened=new.data["opened"],
            stage=stage.name,
            number=stage.number,
            phase=stage.phase,
            stage_states=stages.states,
            team=self._team(self._team_entries, self._late_opener),
            gone=self._gone(),
            generations=tuple(keys.generations.values()),
            wraps={key: frozenset(hashes) for key, hashes in keys.wraps.items()},
            stale=self._stale(keys),
            inventors=keys.inventors,
            current=files.current(),
            past={path: frozenset(hashes) for path, hashes in files.past.items()},
            heads=self.graph.heads(self.counted),
            problems=tuple(self.problems),
            closings=closings.result(),
            after_closing=closings.after(),
            entries=tuple(self.graph.order[at] for at in self.counted),
        )

    def _gone(self) -> frozenset[str]:
        """Those of the team who may not work on cases any more."""
        now = self.roster.now
        working = {h for h, member in now.items() if member.roles & OPS["put"].roles}
        team = self._team(self._team_entries, self._late_opener)
        return frozenset(team.keys() - working - {RECOVERY})

    def _stale(self, keys: Keys) -> frozenset[WrapKey]:
        """The wraps that were all made before their person's keys were replaced."""
        if not self.roster.replaced:
            return frozenset()
        now = {h: member.card.recipient for h, member in self.roster.now.items()}
        now[RECOVERY] = self.roster.recovery.recipient
        return frozenset(
            key
            for key, makers in keys.makers.items()
            if key[1] in now and all(self._recipient(at, key[1]) != now[key[1]] for at in makers)
        )

    def _recipient(self, at: int, handle: str) -> str | None:
        """Somebody's recipient as the writer of an entry saw the staff."""
        seen = self._staff_seen[at] or 0
        if handle == RECOVERY:
            return self.roster.recovery_as_of(seen).recipient
        member = self.roster.as_of(seen).get(handle)
        return member.card.recipient if member is not None else None

    def _times(self, entry: Entry) -> list[str]:
        return [self.graph.order[self.graph.number[p]].entry.time for p in entry.parents]
