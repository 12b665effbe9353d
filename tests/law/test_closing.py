"""What refuses a closing or a reopening, by the shipped edition: the same argument, as findings."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.endings import CLOSURE, SEEN
from tests.law.cases import few
from tests.law.editions import dossier, record
from tests.law.test_gates import shipped_story
from tipcase.law import Finding, blocking, closing
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition
from tipcase.law.leftover import left_open
from tipcase.law.readiness import readiness

AS_OF = date(2026, 6, 20)
OUTCOMES = ("successful", "unsuccessful", "lost-contact", "transferred", "declined-service",
            "repatriated", "died")  # fmt: skip
SETTLED = ("successful", "unsuccessful", "lost-contact", "transferred", "repatriated")

VISITS = (
    record("follow-up", "aaaaaaaa", happened_on="2026-03-05", **SEEN),
    record("follow-up", "bbbbbbbb", happened_on="2026-06-09", **SEEN),
)


@cache
def edition() -> Edition:
    return shipped_story()[0]


def closure(**changes: Any) -> Record:
    data = copy.deepcopy(CLOSURE) | changes
    return record("closure", "cccccccc", **{k: v for k, v in data.items() if v is not None})


def case(*records: Record) -> Dossier:
    return dossier("follow-up", *records)


def found(here: Dossier, outcome: str, as_of: date = AS_OF) -> tuple[Finding, ...]:
    return closing.findings(edition(), here, as_of, outcome)


def held(here: Dossier, outcome: str = "successful") -> list[str]:
    return [one.rule for one in blocking(found(here, outcome))]


def test_what_is_complete_is_refused_nothing() -> None:
    assert held(case(*VISITS, closure())) == []


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_criteria_gate_success_alone(outcome: str) -> None:
    rules = held(case(closure(outcome=outcome)), outcome)
    assert any(rule.startswith("criterion-") for rule in rules) is (outcome == "successful")


def test_each_criterion_is_said_with_what_it_lacks() -> None:
    (one,) = VISITS[:1]
    worse = record("follow-up", "dddddddd", happened_on="2026-06-12", reached="met",
                   criteria={"b": {"seen": "no", "basis": "x", "heard": ["survivor"]}})  # fmt: skip
    assert held(case(*VISITS, worse, closure())) == ["criterion-b"]
    assert held(case(one, closure())) == [f"criterion-{x}" for x in "abcd"]
    said = blocking(found(case(*VISITS, worse, closure()), "successful"))[0]
    assert (said.provision, said.record) == ("062/III.closure.b", "closure/cccccccc")
    assert "economy" in said.message.en and said.message.km and "--explain" in said.hint.en


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_survivors_no_is_asked_where_a_survivor_is_asked(outcome: str) -> None:
    """Nobody agrees to having been lost, to leaving, or to dying."""
    rules = held(case(*VISITS, closure(outcome=outcome, survivor_agrees_to_close="no")), outcome)
    asked = outcome in ("successful", "unsuccessful", "transferred", "repatriated")
    assert ("survivor-disagrees" in rules) is asked


def test_what_stands_in_the_way_comes_first_and_once() -> None:
    everything = found(case(closure(criteria_proof=None, prepared=None)), "successful")
    order = [one.blocks for one in everything]
    assert order == sorted(order, reverse=True)
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize("outcome", ["declined-service", "died"])
def test_who_leaves_or_died_is_asked_nothing_that_refuses(outcome: str) -> None:
    waiting = record("service", "eeeeeeee", happened_on="2026-06-01", service_kind="medical",
                     survivor_choice="accepted",
                     appointments=[{"id": "aaaaaaaa", "appointment_on": "2026-07-01"}])  # fmt: skip
    open_incident = record("incident", "ffffffff", happened_on="2026-06-01",
                           incident_kind="crisis")  # fmt: skip
    bare = record("closure", "cccccccc", happened_on="2026-06-15", outcome=outcome)
    assert held(case(waiting, open_incident, bare), outcome) == []


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_is_left_open_is_asked_where_the_edition_says_so(outcome: str) -> None:
    waiting = record("service", "eeeeeeee", happened_on="2026-06-01", service_kind="medical",
                     survivor_choice="accepted",
                     appointments=[{"id": "aaaaaaaa", "appointment_on": "2026-07-01"}])  # fmt: skip
    here = case(*VISITS, waiting, closure(outcome=outcome))
    key = "service-appointment service/eeeeeeee aaaaaaaa"
    assert (f"left-open {key}" in held(here, outcome)) is (outcome in SETTLED)
    settled = closure(outcome=outcome, left_open=[{"id": "x", "what": key, "how": "done"}])
    assert f"left-open {key}" not in held(case(*VISITS, waiting, settled), outcome)
    # To name it without a word on how it ended settles nothing; nor does another key.
    for item in ({"what": key}, {"what": key, "how": {"unknown": "not-known"}},
                 {"what": key + "x", "how": "done"}):  # fmt: skip
        again = closure(outcome=outcome, left_open=[{"id": "x", **item}])
        missing = f"left-open {key}" in held(case(*VISITS, waiting, again), outcome)
        assert missing is (outcome in SETTLED)


def test_a_closing_that_was_reopened_argues_no_more() -> None:
    """The old agreement, proof and preparation help nothing, nor what was seen before."""
    again = record("decision", "gggggggg", kind="reopen", happened_on="2026-06-16")
    rules = held(case(*VISITS, closure(), again))
    assert "closure-consulted" in rules and "closure-setbacks" in rules
    assert {f"criterion-{one}" for one in "abcd"} <= set(rules)


def test_what_an_earlier_closing_lacked_holds_no_later_one() -> None:
    """A success that was declared without proof, and reopened, is not asked for its proof again."""
    old = record(
        "closure", "llllllll", happened_on="2026-03-10", outcome="successful",
        survivor_agrees_to_close="no",
    )  # fmt: skip
    again = record("decision", "gggggggg", kind="reopen", happened_on="2026-03-16")
    assert held(case(old, again, closure(outcome="transferred", handed_over_to="x",
                                         handover_confirmed_on="2026-06-16")),
                "transferred") == []  # fmt: skip


def test_what_has_not_happened_yet_helps_nothing() -> None:
    here = case(*VISITS, closure())
    assert blocking(found(here, "successful", date(2026, 6, 8)))
    assert not blocking(found(here, "successful", date(2026, 6, 15)))


@few
@given(st.integers(0, 4), st.data())
def test_left_open_is_empty_once_each_thing_is_named(count: int, data: st.DataObject) -> None:
    """And what is named is exactly what is not unsettled any more."""
    days = [(AS_OF + timedelta(days=30 * n + 1)).isoformat() for n in range(count)]
    items = [{"id": f"aaaaaaa{n}", "appointment_on": day} for n, day in enumerate(days)]
    service = record("service", "eeeeeeee", happened_on="2026-06-01", survivor_choice="accepted",
                     service_kind="medical", appointments=items)  # fmt: skip
    keys = [due.key for due in left_open(edition(), case(service), AS_OF)]
    assert len(keys) == len(set(keys)) == count
    named = data.draw(st.lists(st.sampled_from(keys), unique=True)) if keys else []
    how = st.sampled_from(["done", "ended", "handed-over"])
    listed = [
        {"id": f"l{n}", "what": key, "how": data.draw(how), "to": "cw2"}
        for n, key in enumerate(named)
    ]
    here = case(service, closure(left_open=listed))
    rest = [due.key for due in closing.unsettled(edition(), here, AS_OF)]
    assert rest == [key for key in keys if key not in named]


_ADDED = st.lists(
    st.builds(
        lambda on, what: (on, what),
        st.sampled_from(["2026-03-20", "2026-06-09", "2026-06-10", "2026-06", "2026"]),
        st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["no", "partly"]), min_size=1),
    ),
    max_size=3,
)


@few
@given(_ADDED, st.booleans())
def test_a_new_negative_observation_never_lets_a_case_close(added: Any, complete: bool) -> None:
    """Whatever refused a success before still refuses it, criterion by criterion."""
    base = [*VISITS, closure()] if complete else [VISITS[0], closure()]
    more = [
        record("follow-up", f"hhhhhhh{n}", happened_on=on, reached="met",
               criteria={c: {"seen": seen, "basis": "x", "heard": ["survivor"]}
                         for c, seen in what.items()})
        for n, (on, what) in enumerate(added)
    ]  # fmt: skip
    assert set(held(case(*base))) <= set(held(case(*base, *more)))


# -- opening again --

CLOSED = record("closure", "cccccccc", happened_on="2026-03-02", outcome="successful")


def opened(here: Dossier, cause: Any = "new-danger", **more: Any) -> list[str]:
    decision = {"kind": "reopen", "happened_on": "2026-06-20", "reason": "x", **more}
    decision |= {"reopen_cause": cause} if cause else {}
    return [f.rule for f in closing.reopening_findings(edition(), here, decision, AS_OF)]


CAUSES = [
    "re-traumatization",
    "new-danger",
    "survivor-asked",
    "other",
    None,
    {"unknown": "declined"},
]


@pytest.mark.parametrize("cause", CAUSES)
def test_a_reopening_looks_at_the_danger_first(cause: Any) -> None:
    """Whatever the cause, also where nobody says it."""
    assert "reopening-crisis-first" in opened(case(CLOSED), cause)
    crisis = record("crisis-intervention", "iiiiiiii", happened_on="2026-06-19")
    assert "reopening-crisis-first" not in opened(case(CLOSED, crisis), cause)
    late = record("crisis-intervention", "iiiiiiii", happened_on="2026-06-21")
    assert "reopening-crisis-first" in opened(case(CLOSED, late), cause)


def test_what_was_closed_by_mistake_needs_no_crisis() -> None:
    assert opened(case(CLOSED), "closed-by-mistake") == []


def test_the_crisis_of_an_earlier_reopening_is_not_this_one() -> None:
    """Closed, reopened after a crisis, closed again: the second reopening needs its own look."""
    crisis = record("crisis-intervention", "iiiiiiii", happened_on="2026-04-01")
    again = record("decision", "jjjjjjjj", kind="reopen", happened_on="2026-04-02")
    second = record("closure", "kkkkkkkk", happened_on="2026-05-04", outcome="successful")
    assert "reopening-crisis-first" in opened(case(CLOSED, crisis, again, second))


def test_the_wish_and_a_death_are_asked_about() -> None:
    crisis = record("crisis-intervention", "iiiiiiii", happened_on="2026-06-19")
    assert opened(case(CLOSED, crisis)) == ["reopening-wish"]
    assert opened(case(CLOSED, crisis), reopen_wish={"unknown": "declined"}) == []
    dead = record("closure", "cccccccc", happened_on="2026-03-02", outcome="died")
    assert "reopening-after-death" in opened(case(dead, crisis), reopen_wish="x")


def test_names_of_what_was_overridden_are_kept_once() -> None:
    everything = found(case(closure(criteria_proof=None)), "successful")
    names = closing.overridden([*everything, *everything])
    assert len(names) == len(set(names))
    assert "criterion-a closure criteria_proof.a" in names


@pytest.mark.parametrize(
    ("outcome", "asked"),
    [("successful", True), ("transferred", True), ("lost-contact", False), ("died", False)],
)
def test_a_no_counts_where_the_survivor_is_asked(outcome: str, asked: bool) -> None:
    """``readiness`` and ``close`` say the same of it, by the edition's own list."""
    here = case(*VISITS, closure(outcome=outcome, survivor_agrees_to_close="no"))
    answer = readiness(edition(), here, AS_OF, outcome=outcome).answer
    assert (answer == "survivor-disagrees") is asked
    assert ("survivor-disagrees" in held(here, outcome)) is asked


def test_visits_that_were_agreed_and_not_made_are_told_and_hold_nothing() -> None:
    agreed = {"number": 4, "agreed_on": "2026-02-02"}
    trial = record("reintegration", "rrrrrrrr", happened_on="2026-02-02", visits_agreed=agreed)
    told = {f.rule: f.severity for f in found(case(*VISITS, closure(), trial), "successful")}
    assert told["left-open visits"] == "advises"
    enough = record("reintegration", "rrrrrrrr", happened_on="2026-02-02",
                    visits_agreed={**agreed, "number": 2})  # fmt: skip
    assert "left-open visits" not in {
        f.rule for f in found(case(*VISITS, closure(), enough), "successful")
    }
