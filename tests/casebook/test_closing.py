"""Closing in two clones that do not know of each other: rule 9 of the format; nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.casebook.clones import Clone, Pair
from tests.casebook.world import TIME, World
from tipcase.casebook import change, closing
from tipcase.casebook.closing import Closed, Place
from tipcase.errors import TipcaseError
from tipcase.law import closures

DIED = {"happened_on": "2026-02-01", "outcome": "died"}
AGAIN = Place("crisis-intervention", 2, "pre-reintegration")


def close(clone: Clone, *, second: bool = False, tag: str | None = None) -> Closed:
    decision = {"kind": "close", "happened_on": "2026-02-01", "reason": "Canary"}
    with change.editing(clone.book(), clone.case_id, clone.me, "close") as case:
        done = closing.close(case, tag, DIED, decision, clone.me, TIME, second=second)
    clone.commit()
    return done


def confirm(clone: Clone) -> None:
    with change.editing(clone.book(), clone.case_id, clone.me, "confirm") as case:
        proposed = case.fold.proposed
        assert proposed is not None
        (tag,) = case.tags("closure")
        closing.confirm(case, proposed, tag, {**DIED, "confirmed_by": "x"}, clone.me, TIME)
    clone.commit()


def reopen(clone: Clone) -> str:
    with change.editing(clone.book(), clone.case_id, clone.me, "reopen") as case:
        ended = [closing.decision_of(case, one) for one in case.fold.closings]
        decision = {"kind": "reopen", "happened_on": "2026-03-01", "reason": "Canary",
                    "closing": ", ".join(name for name in ended if name)}  # fmt: skip
        name = closing.reopen(case, AGAIN, decision, clone.me, TIME)
    clone.commit()
    return name


def states(clone: Clone) -> list[str]:
    return [one.state for one in clone.case().fold.closings]


def over(clone: Clone) -> frozenset[str]:
    return closures.over(clone.case().read_all(clone.me)[0])


def joined(pair: Pair) -> None:
    """Both clones with all of it, sound, and of one mind."""
    pair.join()
    pair.finish()
    pair.give_back()
    for clone in (pair.one, pair.two):
        assert not clone.damage()
    one, two = pair.one.case().fold, pair.two.case().fold
    assert one.closings == two.closings and one.open == two.open
    assert one.after_closing == two.after_closing


def shared(pair: Pair) -> None:
    """What the first clone did, on both."""
    pair.two.fetch(pair.one)
    pair.two.git("merge", "--quiet", "--no-edit", "other/main")


def test_closed_in_one_and_written_in_the_other(pair: Pair) -> None:
    """The case is closed, and what the closer had not seen counts as written after it."""
    done = close(pair.one)
    written = pair.two.put("note", {"happened_on": "2026-02-02", "text": "Canary"})
    pair.two.commit()
    joined(pair)
    case = pair.one.case()
    assert not case.fold.open and states(pair.one) == ["closed"]
    assert closing.written_after(case) == (f"note/{written.tag}",)
    assert pair.two.read("note", written.tag)["text"] == "Canary"
    (standing,) = case.fold.closings
    assert closing.decision_of(case, standing) == done.decision


def test_closed_in_both(pair: Pair) -> None:
    """Two closings, each with its own record and decision; one reopening ends both."""
    first, second = close(pair.one), close(pair.two)
    assert {first.closure, first.decision}.isdisjoint({second.closure, second.decision})
    joined(pair)
    assert states(pair.one) == ["closed", "closed"]
    assert closing.written_after(pair.one.case()) == ()
    reopen(pair.one)
    shared(pair)
    assert pair.two.case().fold.open and states(pair.two) == ["reopened", "reopened"]
    assert over(pair.two) == {first.closure, second.closure}


def test_reopened_in_one_and_written_in_the_other(pair: Pair) -> None:
    done = close(pair.one)
    shared(pair)
    reopen(pair.one)
    pair.two.put("note", {"happened_on": "2026-03-02", "text": "Canary"})
    pair.two.commit()
    assert closing.written_after(pair.two.case())
    joined(pair)
    case = pair.one.case()
    assert case.fold.open and states(pair.one) == ["reopened"]
    assert closing.written_after(case) == ()
    assert case.fold.stage == AGAIN.stage
    assert over(pair.one) == {done.closure}


@pytest.mark.soak
def test_reopened_in_both(pair: Pair) -> None:
    close(pair.one)
    shared(pair)
    names = {reopen(pair.one), reopen(pair.two)}
    joined(pair)
    assert len(names) == 2
    assert pair.one.case().fold.open and states(pair.one) == ["reopened"]


def test_reopened_in_one_while_the_other_closes_again(pair: Pair) -> None:
    """Who reopened had not seen the other's closing: the case is open, both closings are kept."""
    close(pair.one)
    shared(pair)
    reopen(pair.one)
    reopen(pair.two)
    close(pair.two)
    joined(pair)
    assert pair.one.case().fold.open
    assert states(pair.one) == ["reopened", "reopened"]


def test_proposed_in_one_and_confirmed_in_the_other(pair: Pair) -> None:
    close(pair.one, second=True)
    assert pair.one.case().fold.open and states(pair.one) == ["proposed"]
    shared(pair)
    confirm(pair.two)
    joined(pair)
    (one,) = pair.one.case().fold.closings
    assert (one.state, one.by, one.confirmed_by) == ("closed", "cw1", "cw2")
    assert not pair.one.case().fold.open


def test_ones_own_word_confirms_nothing(pair: Pair) -> None:
    """Also where somebody's tool writes the entry: every reader sets it aside by itself."""
    close(pair.one, second=True)
    confirm(pair.one)
    assert pair.one.case().fold.open and states(pair.one) == ["proposed"]
    shared(pair)
    assert pair.two.case().fold.open and states(pair.two) == ["proposed"]
    confirm(pair.two)
    assert states(pair.two) == ["closed"]


def test_confirmed_in_one_while_the_other_withdraws(pair: Pair) -> None:
    """Nobody is closed out by a word that had been taken back elsewhere."""
    close(pair.one, second=True)
    shared(pair)
    confirm(pair.two)
    reopen(pair.one)
    joined(pair)
    assert pair.one.case().fold.open
    assert states(pair.one) == ["withdrawn"]


@pytest.mark.soak
def test_one_closing_of_one_record_written_in_both(pair: Pair) -> None:
    """Both used the record that was there: it is one record, and both closings stand on it."""
    tag = str(pair.one.put("closure", DIED).tag)
    pair.one.commit()
    shared(pair)
    first, second = close(pair.one, tag=tag), close(pair.two, tag=tag)
    assert first.closure == second.closure == f"closure/{tag}"
    joined(pair)
    assert states(pair.one) == ["closed", "closed"]
    reopen(pair.one)
    assert over(pair.one) == {f"closure/{tag}"}


# -- one folder --


def test_a_closing_keeps_the_team_the_stage_and_the_keys(world: World) -> None:
    before = world.case().fold
    with change.editing(world.book(), world.case_id, world.cw1, "close") as case:
        done = closing.close(case, None, DIED, {"kind": "close", "happened_on": "2026-02-01",
                             "reason": "Canary"}, world.cw1, TIME, second=False)  # fmt: skip
    after = world.case().fold
    assert (after.team, after.stage, after.phase) == (before.team, before.stage, before.phase)
    assert not after.open and not world.damage() and not world.warnings()
    (one,) = after.closings
    assert closing.decision_of(world.case(), one) == done.decision
    dossier, _ = world.case().read_all(world.cw1)
    (decision,) = dossier.all("decision")
    assert (decision.name, decision.data["closure_record"]) == (done.decision, done.closure)


def test_the_journal_says_that_it_was_closed_and_nothing_else(world: World) -> None:
    with change.editing(world.book(), world.case_id, world.cw1, "close") as case:
        closing.close(case, None, DIED, {"kind": "close", "happened_on": "2026-02-01",
                      "reason": "Canary"}, world.cw1, TIME, second=False)  # fmt: skip
    line = world.journal().read_bytes().splitlines()[-1]
    assert b"close" in line
    assert not any(word in line for word in (b"died", b"Canary", b"2026-02-01"))


_BAD: tuple[dict[str, Any], ...] = (
    {"kind": "nonsense"},
    {"happened_on": "2026-13-01"},
    {"reason": 7},
    {"what": "a field that there is not"},
)


@given(st.sampled_from(_BAD), st.sampled_from(["close", "reopen"]))
def test_a_decision_that_does_not_fit_writes_nothing(
    template: World, bad: dict[str, Any], op: str
) -> None:
    before = template.snapshot()
    decision = {"kind": op, "happened_on": "2026-02-01", "reason": "Canary", **bad}
    with (
        pytest.raises(TipcaseError) as raised,
        change.editing(template.book(), template.case_id, template.cw1, op) as case,
    ):
        if op == "close":
            closing.close(case, None, DIED, decision, template.cw1, TIME, second=False)
        else:
            closing.reopen(case, AGAIN, decision, template.cw1, TIME)
    assert "Canary" not in str(raised.value)
    assert template.snapshot() == before
