"""Which removals from the staff count, where people remove each other without seeing it."""

from __future__ import annotations

from tipcase.journal.graph import Graph, members
from tipcase.journal.names import RECOVERY


def effective(graph: Graph, mask: int) -> list[int]:
    """The removals of a set that count, after those that removed persons made concurrently."""
    pending = [at for at in members(mask) if graph.order[at].entry.op == "staff-remove"]
    counted: list[int] = []
    while pending:
        free = [r for r in pending if not any(_undoes(graph, q, r) for q in pending)]
        if not free:
            # They remove each other in a ring: the one who was admitted earliest stays.
            free = [min(pending, key=lambda r: _seniority(graph, r, mask))]
        counted += free
        pending = [
            r for r in pending if r not in free and not any(_undoes(graph, q, r) for q in free)
        ]
    return sorted(counted)


def _undoes(graph: Graph, one: int, other: int) -> bool:
    """Whether removal ``one`` takes off the signer of removal ``other``, neither seeing it."""
    if one == other or graph.has_seen(one, other) or graph.has_seen(other, one):
        return False
    removed: object = graph.order[one].entry.data["handle"]
    return removed == graph.order[other].entry.signer


def _seniority(graph: Graph, removal: int, mask: int) -> tuple[int, str]:
    signer = graph.order[removal].entry.signer
    if signer == RECOVERY:
        return (-1, "")
    admitted = [
        at
        for at in members(mask & graph.ancestors[removal])
        if graph.order[at].entry.op in ("init", "staff-add")
        and graph.order[at].entry.data["card"]["handle"] == signer
    ]
    at = min(admitted)
    # How many entries the admission had seen: earlier admissions have seen fewer.
    return (graph.ancestors[at].bit_count(), graph.order[at].id)
