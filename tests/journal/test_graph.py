"""The order of entries: parents first, the same on every machine."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.journal.staffing import Staffing, office
from tipcase.journal.entry import Signed
from tipcase.journal.graph import Graph, members


def net(seed: int, size: int = 12) -> list[Signed]:
    """A random net of entries, each on some of the earlier ones."""
    chance = random.Random(seed)
    made, seen = office()
    made.new("cw1", seen)
    for _ in range(size):
        parents = chance.sample(made.case, min(len(made.case), chance.randint(1, 3)))
        made.put("cw1", seen, *parents, path=f"p{len(made.case)}.yaml.age")
    return made.case


NETS = [net(seed) for seed in range(3)]


@given(st.sampled_from(NETS), st.randoms(use_true_random=False))
def test_the_order_puts_parents_first_and_does_not_depend_on_the_input(
    entries: list[Signed], chance: random.Random
) -> None:
    graph = Graph(entries)
    shuffled = [*entries, *entries[:3]]
    chance.shuffle(shuffled)
    again = Graph(shuffled)
    assert [s.id for s in again.order] == [s.id for s in graph.order]
    assert again.ancestors == graph.ancestors
    for signed in graph.order:
        assert all(graph.number[p] < graph.number[signed.id] for p in signed.entry.parents)


@given(st.sampled_from(NETS), st.integers(0, 12))
def test_whatever_builds_on_something_missing_is_an_orphan(
    entries: list[Signed], gone: int
) -> None:
    graph = Graph(entries)
    missing = entries[gone]
    at = graph.number[missing.id]
    above = {s.id for n, s in enumerate(graph.order) if graph.has_seen(n, at)}
    cut = Graph([s for s in entries if s.id != missing.id])
    assert {s.id for s in cut.orphans} == above
    assert {s.id for s in cut.order} == {s.id for s in entries} - above - {missing.id}


def test_heads_are_what_nothing_builds_on() -> None:
    entries = NETS[0]
    graph = Graph(entries)
    parents = {p for s in entries for p in s.entry.parents}
    assert set(graph.heads(range(len(entries)))) == {s.id for s in entries} - parents
    assert graph.below(["0" * 64]) is None
    assert graph.below(graph.heads(range(len(entries)))) == (1 << len(entries)) - 1
    assert members(0b1011) == [0, 1, 3]


def test_an_empty_staffing_has_no_order() -> None:
    assert Graph(Staffing().case).order == []
