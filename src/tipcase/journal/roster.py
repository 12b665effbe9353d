"""The roster: who is on the staff with which keys and roles, folded from the staff journal.

The rules (docs/format.md, "Authority"): the first entry is ``init`` and gives the casebook its
id; admins, and the recovery identity, add and remove; a removal beats an addition that had not
seen it; a removed person's concurrent removals do not count; when two remove each other, the one
admitted earlier stays, ties by entry id. A removal names the last entry seen of each of the
person's devices: what they wrote later without having seen the removal is set aside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tipcase import sshsig
from tipcase.errors import DamagedError
from tipcase.journal import card as cards
from tipcase.journal import removals, seeds
from tipcase.journal.card import Card
from tipcase.journal.entry import NAMESPACE, Entry, Signed
from tipcase.journal.graph import Graph, members
from tipcase.journal.names import RECOVERY, RESERVED
from tipcase.journal.ops import OPS
from tipcase.journal.problem import Problem, worth_telling

Verify = Callable[[str, Signed], bool]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on the staff: their card, their roles, the number of the entry that added them."""

    card: Card
    roles: frozenset[str]
    admitted: int


def check_signature(public: str, signed: Signed) -> bool:
    """Whether the entry's signature is this key's, over exactly its bytes."""
    try:
        sshsig.verify(public, NAMESPACE, signed.payload, signed.signature)
    except DamagedError:
        return False
    return True


class Roster:
    """The staff journal, judged.

    ``casebook`` is the id of the casebook. ``at(heads)`` is the staff as somebody saw it who had
    seen those heads; ``now`` is the staff today. Raises ``DamagedError`` when there is no single
    genuine first entry.
    """

    def __init__(
        self, entries: Iterable[Signed], verify: Verify = check_signature, pinned: str | None = None
    ) -> None:
        self.graph = Graph(entries)
        self._verify = verify
        self.problems: list[Problem] = [
            Problem(
                s.id, "an entry of the staff builds on entries that are not here", True, "orphan"
            )
            for s in self.graph.orphans
        ]
        self._states: dict[int, dict[str, Member]] = {}
        self._cards: dict[int, Card] = {}
        self._root = self._find_root(pinned)
        root = self.graph.order[self._root]
        self.casebook = root.id
        self._first_recovery = cards.read(root.entry.data["recovery"])
        self._counted = 0
        self._recoveries = 0
        self.replaced = False
        self._removals: list[int] = []
        self._doubles: list[str] = []
        self._judge()
        self.heads = self.graph.heads(members(self._counted))

    # -- what others ask --

    @property
    def now(self) -> dict[str, Member]:
        """The staff today, by handle."""
        return self._state(self._counted)

    def at(self, heads: Iterable[str]) -> dict[str, Member] | None:
        """The staff as of these heads; None when one of them is not here."""
        mask = self.graph.below(heads)
        return None if mask is None else self.as_of(mask)

    def as_of(self, seen: int) -> dict[str, Member]:
        """The staff as somebody saw it who had seen this set of entries (see ``graph.below``)."""
        return self._state(seen & self._counted)

    @property
    def recovery(self) -> Card:
        """The card of the recovery seed that is in force today."""
        return self.recovery_as_of(self._counted)

    def recovery_as_of(self, seen: int) -> Card:
        """The card of the recovery seed as somebody saw it who had seen this set of entries."""
        replaced = [self._cards[at] for at in members(seen & self._counted & self._recoveries)]
        return replaced[-1] if replaced else self._first_recovery

    def knows(self, signed: Signed) -> bool:
        """Whether an entry is signed with a key that its signer has or had here."""
        cards = self.everyone().get(signed.entry.signer, [])
        return any(self._verify(card.signing_key, signed) for card in cards)

    @property
    def entries(self) -> list[Signed]:
        """The entries that count, oldest first."""
        return [self.graph.order[at] for at in members(self._counted)]

    def everyone(self) -> dict[str, list[Card]]:
        """Every card that ever counted, by handle, oldest first (for ``allowed_signers``)."""
        found: dict[str, list[Card]] = {RECOVERY: [self._first_recovery]}
        for at in members(self._counted):
            if at in self._cards:
                card = self._cards[at]
                known = found.setdefault(card.handle, [])
                if card not in known:
                    known.append(card)
        return found

    def removals_unseen(self, signer: str, seen: int) -> list[Entry]:
        """The removals of somebody that a writer who had seen this set of entries did not know."""
        found = [self.graph.order[at].entry for at in self._removals if not seen >> at & 1]
        return [entry for entry in found if entry.data["handle"] == signer]

    # -- judging --

    def _find_root(self, pinned: str | None) -> int:
        roots = [
            at
            for at, signed in enumerate(self.graph.order)
            if signed.entry.op == "init" and not signed.entry.parents and self._sound_root(signed)
        ]
        if pinned is not None:
            roots = [at for at in roots if self.graph.order[at].id == pinned]
        if len(roots) != 1:
            raise DamagedError(
                "the staff journal has not the one first entry that made this casebook",
                "tipcase repair brings it back, where git has it; else get the casebook's staff "
                "folder from a colleague or a backup",
            )
        return roots[0]

    def _sound_root(self, signed: Signed) -> bool:
        data = signed.entry.data
        try:
            card, recovery = cards.read(data["card"]), cards.read(data["recovery"])
        except DamagedError:
            return False
        return (
            card.handle == signed.entry.signer
            and recovery.handle == RECOVERY
            and card.keys == recovery.keys
            and self._verify(card.signing_key, signed)
        )

    def _judge(self) -> None:
        """Count entries until nothing changes: what is set aside can undo what built on it."""
        aside: set[int] = set()
        for _ in range(len(self.graph.order) + 1):
            refused = self._pass(aside)
            late = seeds.overtaken(self.graph, self._counted)
            late = late or {at for at in members(self._counted) if self._is_late(at)}
            late |= aside
            if late == aside:
                break
            aside = late
        self.problems += refused
        self._states.clear()
        self._state(self._counted)
        self.problems += [
            Problem(
                self.casebook,
                f"{handle} has a key of somebody else: not on the staff",
                False,
                "told",
            )
            for handle in self._doubles
        ]
        self.problems += [
            Problem(
                self.graph.order[at].id,
                "an entry of the staff by somebody removed, or by a replaced seed, is set aside",
                False,
                "replaced",
            )
            for at in sorted(aside)
        ]

    def _pass(self, aside: set[int]) -> list[Problem]:
        self._states.clear()
        self._counted = self._recoveries = 0
        self.replaced = False
        refused = []
        for at, signed in enumerate(self.graph.order):
            if at in aside:
                continue
            reason = None if at == self._root else self._refusal(at, signed)
            if reason is None:
                self._counted |= 1 << at
                self._remember_card(at, signed)
                if text := worth_telling(signed.entry):
                    refused.append(Problem(signed.id, text, False, "told"))
            else:
                refused.append(Problem(signed.id, reason, True, "refused"))
        self._removals = removals.effective(self.graph, self._counted)
        return refused

    def _remember_card(self, at: int, signed: Signed) -> None:
        value = signed.entry.data.get("card")
        if value is not None:
            self._cards[at] = cards.read(value)
            self.replaced = self.replaced or signed.entry.op == "keys"
            if signed.entry.op == "keys" and self._cards[at].handle == RECOVERY:
                self._recoveries |= 1 << at

    def _is_late(self, at: int) -> bool:
        signed = self.graph.order[at]
        for removal_at in self._removals:
            removal = self.graph.order[removal_at].entry
            concurrent = not (
                self.graph.has_seen(at, removal_at) or self.graph.has_seen(removal_at, at)
            )
            # All that the remover had seen of the staff is among the removal's ancestors.
            if concurrent and removal.data["handle"] == signed.entry.signer:
                return True
        return False

    def _refusal(self, at: int, signed: Signed) -> str | None:
        """Why an entry does not count in the state that its writer had seen, or None."""
        entry = signed.entry
        op = OPS[entry.op]
        if entry.op == "init" or entry.casebook != self.casebook or not entry.parents:
            return "an entry of the staff belongs to another casebook"
        seen = self.graph.ancestors[at] & self._counted
        staff = self._state(seen)
        if entry.signer == RECOVERY:
            public = self.recovery_as_of(seen).signing_key
            roles = op.roles if op.recovery else frozenset()
        elif entry.signer in staff:
            member = staff[entry.signer]
            public, roles = member.card.signing_key, member.roles
        else:
            return "an entry of the staff is signed by somebody who was not on the staff"
        if not self._verify(public, signed):
            return "the signature of an entry of the staff is not its signer's"
        if not roles & op.roles:
            return "an entry of the staff is by somebody whose role does not allow it"
        return self._wrong_content(entry, staff, seen)

    def _wrong_content(self, entry: Entry, staff: dict[str, Member], seen: int) -> str | None:
        if entry.op == "staff-remove" and entry.data["handle"] not in staff:
            return "an entry removes somebody who was not on the staff"
        if entry.op not in ("staff-add", "keys"):
            return None
        try:
            card = cards.read(entry.data["card"])
        except DamagedError:
            return "a card in the staff journal is not signed by its owner"
        if card.keys != self._first_recovery.keys:
            return "an entry brings another kind of keys than the casebook has"
        if self._is_anothers(card, seen):
            return "an entry gives one key to two people"
        if entry.op == "staff-add":
            return self._wrong_addition(card, staff, seen)
        own = entry.signer == card.handle
        rules = entry.signer == RECOVERY or "admin" in staff[entry.signer].roles
        if (card.handle not in staff and card.handle != RECOVERY) or not (own or rules):
            return "an entry replaces the keys of somebody else"
        return None

    def _is_anothers(self, card: Card, seen: int) -> bool:
        """Whether somebody else of a set of entries has, or ever had, one of the card's keys."""
        others = [self._first_recovery, self._cards[self._root]]
        others += [self._cards[at] for at in members(seen) if at in self._cards]
        return any(
            other.handle != card.handle
            and (other.signing_key == card.signing_key or other.recipient == card.recipient)
            for other in others
        )

    def _wrong_addition(self, card: Card, staff: dict[str, Member], seen: int) -> str | None:
        if card.handle == RECOVERY:
            return "an entry gives the recovery identity a place on the staff"
        if card.handle in RESERVED:
            return "an entry gives somebody a handle that is kept for another use"
        if card.handle in staff:
            return "an entry adds somebody who is on the staff already"
        # A handle stands for one person for ever: teams of cases name people by it.
        had = [self._cards[at] for at in members(seen) if at in self._cards]
        keys = {known.signing_key for known in had if known.handle == card.handle}
        if keys and card.signing_key not in keys:
            return "an entry gives the handle of somebody who left to another person"
        return None

    def _state(self, mask: int) -> dict[str, Member]:
        """The staff that a set of counted entries makes."""
        known = self._states.get(mask)
        if known is not None:
            return known
        removed = removals.effective(self.graph, mask)
        staff: dict[str, Member] = {}
        for at in members(mask):
            entry = self.graph.order[at].entry
            if entry.op in ("init", "staff-add"):
                card = self._cards.get(at) or cards.read(entry.data["card"])
                if self._removed(card.handle, at, removed):
                    continue
                staff[card.handle] = Member(card, frozenset(entry.data["roles"]), at)
            elif entry.op == "keys":
                card = self._cards.get(at) or cards.read(entry.data["card"])
                before = staff.get(card.handle)
                if before is not None:
                    staff[card.handle] = Member(card, before.roles, before.admitted)
        self._doubles = _doubles(staff)
        for handle in self._doubles:
            del staff[handle]
        self._states[mask] = staff
        return staff

    def _removed(self, handle: str, added: int, removed: list[int]) -> bool:
        """Whether a removal took somebody off who had been added by entry ``added``."""
        return any(
            self.graph.order[at].entry.data["handle"] == handle
            and not self.graph.has_seen(added, at)
            for at in removed
        )


def _doubles(staff: dict[str, Member]) -> list[str]:
    """Who has a key that somebody admitted before them has: two admins added both unseen."""
    taken: set[str] = set()
    doubles = []
    for handle, member in sorted(staff.items(), key=lambda item: item[1].admitted):
        keys = {member.card.signing_key, member.card.recipient}
        if keys & taken:
            doubles.append(handle)
        taken |= keys
    return doubles
