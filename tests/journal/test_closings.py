"""Closed or open: who closed, who confirmed, who reopened, also where they did not know of it."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.journal.staffing import generation, office, sha
from tipcase.journal.closings import Closing
from tipcase.journal.entry import Signed
from tipcase.journal.fold import fold


class Story:
    """A case on the way to its closing, and what its people do next."""

    def __init__(self) -> None:
        self.made, self.seen = office()
        self.first = self.made.new("cw1", self.seen, "cw1 cw2 cw3")

    def close(self, who: str, *after: Signed, confirm: bool = False) -> Signed:
        data = {"decision": sha(f"decision {who}"), "confirm": confirm}
        return self.made.act(who, "close", data, self.seen, *(after or (self.first,)))

    def confirm(self, who: str, what: Signed, *after: Signed) -> Signed:
        return self.made.act(who, "confirm", {"entry": what.id}, self.seen, *(after or (what,)))

    def reopen(self, who: str, *after: Signed, stage: str = "crisis-intervention") -> Signed:
        data = {"stage": stage, "number": 2, "phase": None, "decision": sha("again")}
        return self.made.act(who, "reopen", data, self.seen, *after)

    def states(self) -> list[str]:
        return [closing.state for closing in self.closings()]

    def closings(self) -> tuple[Closing, ...]:
        return self.made.state().closings

    def open(self) -> bool:
        return self.made.state().open


def test_a_closing_that_needs_nobody_stands_at_once() -> None:
    story = Story()
    closed = story.close("cw3")
    assert not story.open()
    [one] = story.closings()
    assert (one.entry, one.by, one.decision) == (closed.id, "cw3", sha("decision cw3"))
    assert (one.state, one.confirmed_by, one.ended) == ("closed", None, None)


def test_a_closing_waits_for_a_second_person_where_it_says_so() -> None:
    story = Story()
    proposed = story.close("cw3", confirm=True)
    assert story.open() and story.states() == ["proposed"]
    waiting = story.made.state().proposed
    assert waiting is not None and waiting.entry == proposed.id
    alone = story.confirm("cw3", proposed)
    assert story.open() and story.states() == ["proposed"]
    story.confirm("cw2", proposed, alone)
    assert not story.open() and story.made.state().proposed is None
    [one] = story.closings()
    assert (one.state, one.by, one.confirmed_by) == ("closed", "cw3", "cw2")


def test_nobody_confirms_what_they_had_not_seen() -> None:
    story = Story()
    proposed = story.close("cw3", confirm=True)
    story.confirm("cw2", proposed, story.first)
    assert story.open() and story.states() == ["proposed"]


def test_who_is_not_on_the_team_confirms_nothing() -> None:
    story = Story()
    proposed = story.close("cw3", confirm=True)
    story.confirm("cw4", proposed)
    assert story.open()
    assert [damage for _, damage in story.made.texts()] == [False]


def test_a_reopening_opens_and_the_first_closing_is_kept() -> None:
    story = Story()
    closed = story.close("cw3")
    again = story.reopen("cw2", closed)
    state = story.made.state()
    assert (state.open, state.stage, state.phase) == (True, "crisis-intervention", None)
    story.close("cw1", again)
    assert not story.open()
    first, second = story.closings()
    assert (first.state, first.by, first.ended, first.ended_by) == (
        "reopened", "cw3", again.id, "cw2",
    )  # fmt: skip
    assert (second.state, second.by, second.ended) == ("closed", "cw1", None)


def test_the_stage_that_a_reopening_goes_to_is_open_again() -> None:
    story = Story()
    data = {"stage": "crisis-intervention", "state": "not-applicable", "decision": None}
    skipped = story.made.act("cw3", "skip", data, story.seen, story.first)
    closed = story.close("cw3", skipped)
    assert story.made.state().stage_states == {"crisis-intervention": "not-applicable"}
    story.reopen("cw2", closed)
    assert story.made.state().stage_states == {}


def test_a_proposal_that_was_withdrawn_is_not_confirmed_any_more() -> None:
    story = Story()
    proposed = story.close("cw3", confirm=True)
    withdrawn = story.reopen("cw3", proposed, stage="identification")
    # Offline, without having seen the withdrawal: the case stays open all the same.
    apart = story.confirm("cw2", proposed)
    assert story.open() and story.states() == ["withdrawn"]
    story.close("cw1", withdrawn, apart)
    assert not story.open()


def test_a_withdrawal_that_nobody_contradicts() -> None:
    story = Story()
    story.reopen("cw3", story.close("cw3", confirm=True), stage="identification")
    assert story.open() and story.states() == ["withdrawn"] and story.made.state().proposed is None


def test_two_who_close_apart_have_both_closed() -> None:
    story = Story()
    one, two = story.close("cw3"), story.close("cw2")
    assert not story.open() and story.states() == ["closed", "closed"]
    story.reopen("cw1", one, two)
    assert story.open() and story.states() == ["reopened", "reopened"]


def test_a_reopening_that_had_not_seen_a_second_closing_opens_all_the_same() -> None:
    story = Story()
    one = story.close("cw3")
    story.close("cw2")
    story.reopen("cw1", one)
    assert story.open()


def test_what_was_written_after_the_closing_is_named() -> None:
    story = Story()
    before = story.made.put("cw3", story.seen, story.first)
    closed = story.close("cw3", before)
    assert story.made.state().after_closing == ()
    story.made.put("cw1", story.seen, closed, text="late", path="note-aaaaaaaa.yaml.age")
    # Offline before, without having seen the closing: that, too, nobody judged when closing.
    story.made.put("cw2", story.seen, before, text="apart", path="note-bbbbbbbb.yaml.age")
    after = ("note-aaaaaaaa.yaml.age", "note-bbbbbbbb.yaml.age")
    assert story.made.state().after_closing == after
    story.made.act(
        "cw1", "rekey", {"generation": generation("two"), "wraps": []}, story.seen, closed
    )
    assert story.made.state().after_closing == after


def test_what_was_written_between_proposal_and_confirmation_was_seen_by_the_second() -> None:
    story = Story()
    proposed = story.close("cw3", confirm=True)
    written = story.made.put("cw3", story.seen, proposed)
    story.confirm("cw2", proposed, written)
    assert story.made.state().after_closing == ()


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["close", "propose", "confirm", "reopen"]),
        st.sampled_from(["cw1", "cw2", "cw3"]),
        st.sets(st.integers(0, 8), min_size=1, max_size=3),
    ),
    max_size=7,
)


def told(moves: list[tuple[str, str, set[int]]]) -> tuple[Story, list[Signed]]:
    """A story of such moves, each by somebody who had seen some of the entries before it."""
    story = Story()
    entries = [story.first]
    for what, who, seen in moves:
        after = [entries[n % len(entries)] for n in sorted(seen)]
        after = list({entry.id: entry for entry in after}.values())
        closes = [entry for entry in entries if entry.entry.op == "close"]
        if what in ("close", "propose"):
            entries.append(story.close(who, *after, confirm=what == "propose"))
        elif what == "reopen":
            entries.append(story.reopen(who, *after))
        elif closes:
            entries.append(story.confirm(who, closes[-1], *after))
    return story, entries


@given(MOVES, st.randoms(use_true_random=False))
def test_the_order_in_which_entries_arrive_does_not_matter(
    moves: list[tuple[str, str, set[int]]], chance: random.Random
) -> None:
    story, entries = told(moves)
    shuffled = list(entries)
    chance.shuffle(shuffled)
    one = story.made.state()
    other = fold(shuffled, story.made.roster(), one.case)
    assert other is not None
    assert (other.open, other.closings, other.stage) == (one.open, one.closings, one.stage)


@given(MOVES)
def test_a_reopening_that_saw_everything_opens_and_a_closing_alone_never_does(
    moves: list[tuple[str, str, set[int]]],
) -> None:
    story, entries = told(moves)
    for one in story.closings():
        assert one.confirmed_by != one.by
        assert one.state != "closed" or one.confirmed_by or not one.needs_second
    before = len(story.closings())
    seen = {parent for entry in entries for parent in entry.entry.parents}
    heads = [entry for entry in entries if entry.id not in seen]
    story.reopen("cw1", *heads)
    assert story.open() and len(story.closings()) == before
