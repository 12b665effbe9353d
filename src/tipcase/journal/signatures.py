"""Whether the entries of a case are their signers': each by its signature, or by the next one's.

Each entry names, by hash, the one that its device wrote before it; the device knows that from a
file which only its own machine can write (``casebook.device``). So who signs an entry says of the
one before: this was mine. A batch that only reads takes that word, and checks the last signature of
what one device of one person wrote with one key. What somebody else builds on an entry proves
nothing of it: a member could forge an entry in another's name and build on it.

Nor does such a batch check again what this machine has checked: where it has folded these very
journals before, under this very staff, and found nothing wrong (``casebook.state``), ``have_held``
stands in for the checking.
"""

from __future__ import annotations

from collections.abc import Sequence

from tipcase.journal.entry import Signed
from tipcase.journal.graph import Graph
from tipcase.journal.names import RECOVERY
from tipcase.journal.roster import Roster, Verify


class Signatures:
    """The signatures of one case's entries; what held is remembered."""

    def __init__(
        self,
        graph: Graph,
        roster: Roster,
        seen: Sequence[int | None],
        verify: Verify,
        *,
        chained: bool,
    ) -> None:
        """``seen``: what each entry's writer had seen of the staff (None: nothing that counts)."""
        self._graph = graph
        self._roster = roster
        self._seen = seen
        self._verify = verify
        self._genuine: set[str] = set()
        self._next = _chains(graph) if chained else {}

    def key(self, at: int) -> str | None:
        """The key that an entry must be signed with, by what its writer saw; None for nobody's."""
        seen, signer = self._seen[at], self._graph.order[at].entry.signer
        if seen is None:
            return None
        if signer == RECOVERY:
            return self._roster.recovery_as_of(seen).signing_key
        member = self._roster.as_of(seen).get(signer)
        return member.card.signing_key if member is not None else None

    def hold(self, public: str, signed: Signed) -> bool:
        """Whether an entry is by this key, which is its signer's."""
        if signed.id in self._genuine:
            return True
        chain = [signed]
        while (after := self._next.get(chain[-1].id)) is not None:
            if self.key(self._graph.number[after.id]) != public:
                break
            chain.append(after)
        if self._verify(public, chain[-1]):
            self._genuine.update(one.id for one in chain)
            return True
        # One that does not hold vouches for none: from here on each is checked by itself.
        self._next = {}
        if len(chain) == 1 or not self._verify(public, signed):
            return False
        self._genuine.add(signed.id)
        return True


def have_held(_public: str, _signed: Signed) -> bool:
    """What is said of a signature that was checked before its journal was pinned."""
    return True


def _chains(graph: Graph) -> dict[str, Signed]:
    """For each entry the one that its signer wrote next, on the same device."""
    found = {}
    for signed in graph.order:
        before = graph.number.get(signed.entry.prev or "")
        if before is not None and _follows(signed, graph.order[before]):
            found[graph.order[before].id] = signed
    return found


def _follows(signed: Signed, before: Signed) -> bool:
    one, other = signed.entry, before.entry
    return (one.signer, one.device, one.seq) == (other.signer, other.device, other.seq + 1)
