"""What replaced keys (a person's, or the seed's) may still do: nothing that was not seen in time.

Somebody who stole a key can name, in a new entry, the heads from before it was replaced. So what
the key signed counts only where the replacement, or in a case somebody who knew of it, had seen it.
Only a replacement by somebody else (an admin, the seed) overtakes: between two that the same key
signed nobody can tell the thief.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tipcase.journal.entry import Entry
from tipcase.journal.graph import Graph, members

if TYPE_CHECKING:
    from tipcase.journal.roster import Roster


def overtaken(graph: Graph, counted: int) -> set[int]:
    """The staff entries of a set by keys that somebody else replaced, neither seeing the other."""
    replacing = {at: _replaces(graph.order[at].entry) for at in members(counted)}
    replacing = {at: handle for at, handle in replacing.items() if handle is not None}
    return {
        at
        for at in (members(counted) if replacing else ())
        if any(
            graph.order[at].entry.signer == handle and _apart(graph, at, other)
            for other, handle in replacing.items()
        )
    }


def overtaken_in_case(
    graph: Graph, counted: Sequence[int], views: Sequence[int | None], roster: Roster
) -> set[str]:
    """The ids of a case's entries by replaced keys that somebody who knew of it had not seen.

    ``views`` holds for each entry what its writer had seen of the staff.
    """
    if not roster.replaced:
        return set()
    found: set[str] = set()
    for signed in roster.entries:
        handle = _replaces(signed.entry)
        if handle is None:
            continue
        bit = 1 << roster.graph.number[signed.id]
        knowing = [at for at in counted if (views[at] or 0) & bit]
        found |= {
            graph.order[at].id
            for at in counted
            if graph.order[at].entry.signer == handle
            and not (views[at] or 0) & bit
            and any(_apart(graph, at, other) for other in knowing)
        }
    return found


def _replaces(entry: Entry) -> str | None:
    """Whose keys an entry of the staff replaces, where these are not its signer's own."""
    if entry.op != "keys" or entry.data["card"]["handle"] == entry.signer:
        return None
    return str(entry.data["card"]["handle"])


def _apart(graph: Graph, one: int, other: int) -> bool:
    """Whether neither of two entries had seen the other."""
    return one != other and not graph.has_seen(one, other) and not graph.has_seen(other, one)
