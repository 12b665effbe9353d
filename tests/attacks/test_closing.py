"""Attacks on closing: evidence that is none, words on another's proposal, and what hides."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.casebook import world as worlds
from tests.casebook.test_crash import attempt, rubbish, steps_of
from tests.casebook.world import TIME, World
from tests.cli.conftest import Office
from tests.cli.endings import CLOSURE, DAY, SEEN, closable, content, records_of, visits_ahead
from tests.commands import run_inside
from tests.journal.test_closings import Story
from tests.law.cases import case, complete, example, shipped, visit
from tipcase.casebook import change, closing
from tipcase.casebook.closing import Place
from tipcase.law import Record, blocking
from tipcase.law import closing as law
from tipcase.law.readiness import readiness
from tipcase.law.schedule import due

AS_OF = date(2026, 11, 21)
AHEAD = "2027-10-10"
Step = Callable[[World], None]


def answer(*records: Record, **more: Any) -> str:
    return readiness(shipped(), case(*records), AS_OF, **more).answer


def held(*records: Record, outcome: str = "successful", as_of: date = AS_OF) -> list[str]:
    """What refuses the closing, without what is left open."""
    found = law.findings(shipped(), case(*records), as_of, outcome)
    return [one.rule for one in blocking(found) if not one.rule.startswith("left-open")]


def without(kind: str) -> list[Record]:
    return [record for record in complete() if record.type != kind]


def test_what_these_begin_with_can_be_closed() -> None:
    assert answer(*complete()) == "evidence-complete" and held(*complete()) == []


# -- who confirms: entries that somebody's own program wrote --


def confirmed(story: Story) -> bool:
    return not story.open() or any(one.confirmed_by for one in story.closings())


def test_another_device_of_the_proposer_is_the_proposer() -> None:
    story = Story()
    made = story.close("cw3", confirm=True)
    story.made.act("cw3", "confirm", {"entry": made.id}, story.seen, made, device="zzzzzzzz")
    assert not confirmed(story)


def test_who_left_the_staff_confirms_nothing_by_old_heads() -> None:
    story = Story()
    made = story.close("cw3", confirm=True)
    story.made.remove("cw1", "cw2", story.seen)
    story.confirm("cw2", made)
    assert not confirmed(story)


def test_the_recovery_seed_closes_confirms_and_reopens_nothing() -> None:
    for op in ("close", "confirm", "reopen"):
        story = Story()
        made = story.close("cw3", confirm=True)
        data: dict[str, dict[str, Any]] = {
            "close": {"decision": "0" * 64, "confirm": False},
            "confirm": {"entry": made.id},
            "reopen": {"stage": "recovery", "number": 7, "phase": None, "decision": "0" * 64},
        }
        story.made.act("recovery", op, data[op], story.seen, made)
        assert story.states() == ["proposed"] and not confirmed(story), op


def test_the_word_on_another_entry_confirms_no_closing() -> None:
    story = Story()
    made = story.close("cw3", confirm=True)
    story.confirm("cw2", story.made.put("cw2", story.seen, made))
    assert not confirmed(story)


def test_what_was_withdrawn_never_closed_the_case_whoever_confirms_it_later() -> None:
    """Else reports and the history tell of a closing and a reopening that never were."""
    story = Story()
    made = story.close("cw3", confirm=True)
    taken_back = story.reopen("cw3", made)
    story.confirm("cw2", made, taken_back)
    assert story.open() and story.states() == ["withdrawn"]


# -- what counts: days --


def test_a_negative_visit_that_nobody_can_date_holds() -> None:
    undated = visit("zzzzzzzz", "2026-11-10", "no", happened_on={"unknown": "not-known"})
    assert answer(*complete(), undated) == "gaps"


def test_an_incident_that_ends_ahead_has_not_ended() -> None:
    seen = {"happened_on": "2026-11-10", "incident_kind": "trafficker-seen"}
    ahead = Record("incident", "zzzzzzzz", {**seen, "ended_safely_on": AHEAD})
    assert answer(*complete(), ahead) == "gaps"


def test_a_receiver_who_confirms_ahead_has_not_confirmed() -> None:
    changes = {"outcome": "transferred", "handed_over_to": "x", "handover_confirmed_on": AHEAD}
    assert held(*without("closure"), example("closure", "cccccccc", **changes),
                outcome="transferred")  # fmt: skip


def test_one_visit_told_twice_with_days_that_may_be_one_is_one() -> None:
    visits = (visit("bbbbbbbb", "2026-06-15"), visit("eeeeeeee", "2026-06"))
    seen = (*without("follow-up"), *visits, visit("dddddddd", "2026-09-20"))
    assert answer(*seen, thresholds={"visits_in_row": 3}) == "gaps"


# -- what counts: contradictions within the records --


@pytest.mark.parametrize("reached", ["not-reached", "not-safe-to-try"])
def test_a_visit_that_met_nobody_saw_nothing(reached: str) -> None:
    days = {"bbbbbbbb": "2026-06-15", "dddddddd": "2026-09-20"}
    seen = [visit(tag, day, reached=reached, who_was_met=[]) for tag, day in days.items()]
    assert answer(*without("follow-up"), *seen) == "gaps"


@pytest.mark.parametrize("kind", ["trafficker-seen", "disappearance"])
def test_no_success_while_a_concern_says_that_it_is_not_over(kind: str) -> None:
    """``concerns`` and ``closure-incidents`` read the same unknown in two ways."""
    unsure = {"happened_on": "2026-11-10", "ended_safely_on": {"unknown": "not-known"}}
    open_still = Record("incident", "zzzzzzzz", {**unsure, "incident_kind": kind})
    assert answer(*complete(), open_still) == "gaps"


def test_no_success_right_after_danger_was_seen() -> None:
    assert answer(*complete(), visit("zzzzzzzz", "2026-11-10", danger_seen=True)) == "gaps"


def test_a_draft_that_says_died_silences_nothing() -> None:
    """A record that no closing used, or whose proposal was withdrawn, says nothing of the case."""
    draft = Record("closure", "aaaaaaaa", {"happened_on": "2026-09-30", "outcome": "died"})
    missing = Record("incident", "zzzzzzzz",
                     {"happened_on": "2026-11-10", "incident_kind": "disappearance"})  # fmt: skip
    here = case(*complete(), missing, draft)
    assert readiness(shipped(), here, AS_OF).concerns
    assert due(shipped(), here, AS_OF, within=None)


# -- contact that is not lost --


def lost(attempts: list[dict[str, Any]], *records: Record) -> list[str]:
    about = {"happened_on": "2026-11-20", "outcome": "lost-contact", "contact_attempts": attempts}
    made = Record("closure", "cccccccc", about)
    return held(Record("profile", None, {}), made, *records, outcome="lost-contact")


def tried(day: str, through: str, result: str = "no-answer") -> dict[str, Any]:
    return {"tried_on": day, "through": through, "result": result}


ENOUGH = [
    tried("2026-10-01", "family"),
    tried("2026-10-20", "other-provider"),
    tried("2026-11-05", "other"),
]


def test_three_attempts_over_a_month_are_enough() -> None:
    assert lost(ENOUGH) == []


def test_contact_is_not_lost_with_whom_an_attempt_reached() -> None:
    assert lost([*ENOUGH, tried("2026-11-19", "survivor", "reached")])


def test_one_attempt_written_twice_is_one() -> None:
    assert lost([ENOUGH[0], ENOUGH[0], tried("2026-11-05", "other-provider")])
    copied = Record("follow-up", "ffffffff",
                    {"happened_on": "2026-10-20", "reached": "not-reached",
                     "attempts": [ENOUGH[1]]})  # fmt: skip
    assert lost([ENOUGH[0], ENOUGH[1]], copied)


def test_an_attempt_that_lies_ahead_is_none() -> None:
    assert lost([tried("2026-11-19", "family"), tried("2026-11-20", "other-provider"),
                 tried(AHEAD, "other")])  # fmt: skip


def test_attempts_before_the_survivor_asked_to_come_back_were_answered() -> None:
    about = {"happened_on": "2026-05-05", "reached": "not-reached", "attempts": ENOUGH}
    old = Record("follow-up", "ffffffff", about)
    again = Record("decision", "dddddddd", {"happened_on": "2026-11-10", "kind": "reopen",
                                            "reopen_cause": "survivor-asked"})  # fmt: skip
    assert lost([], old, again)


# -- left open --


def test_a_visit_handed_over_to_nobody_is_not_handed_over() -> None:
    agreed = {"agreed_on": "2026-02-02", "visits": [{"id": "aaaaaaaa", "visit_on": "2026-12-11"}]}
    trial = Record("reintegration", "rrrrrrrr", {"happened_on": "2026-02-02",
                                                 "visits_agreed": agreed})  # fmt: skip
    key = "visit-planned reintegration/rrrrrrrr aaaaaaaa"
    settled = example("closure", "cccccccc", left_open=[{"what": key, "how": "handed-over"}])
    here = case(trial, settled)
    assert [item.key for item in law.unsettled(shipped(), here, AS_OF)] == [key]


def test_a_plan_that_the_survivor_refused_replaces_nothing() -> None:
    agreed = {"agreed_on": "2026-02-02", "visits": [{"id": "aaaaaaaa", "visit_on": "2026-12-11"}]}
    trial = Record("reintegration", "rrrrrrrr", {"happened_on": "2026-02-02",
                                                 "visits_agreed": agreed})  # fmt: skip
    refused = Record("follow-up", "ffffffff", {"happened_on": "2026-11-01", "reached": "met",
                     "visits_agreed_now": {"survivor_agrees": "no"}})  # fmt: skip
    assert law.unsettled(shipped(), case(trial, refused), AS_OF)


# -- the command line --


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("TIPCASE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TIPCASE_LANG", "en")
    for words in (
        ("keygen", "--handle", "cw1", "--no-passphrase", "--keys", "x25519"),
        ("init", "book", "--name", "Example Shelter", "--keys", "x25519", "--no-git"),
    ):
        assert run_inside(*words, cwd=tmp_path).code == 0
    book = tmp_path / "book"
    opened = run_inside("new", "--opened", "2026-01-05", cwd=book)
    return Office(book, tmp_path / "home", opened.stdout.strip())


def test_nothing_that_lies_ahead_closes_a_case_today(office: Office) -> None:
    for day in ("2098-02-15", "2098-06-20"):
        office.put("follow-up", json.dumps({"happened_on": day, **SEEN}))
    office.put("closure", json.dumps({**CLOSURE, "happened_on": "2098-07-01"}))
    assert office.run("close", office.case).code != 0


def test_no_day_that_was_asked_for_hides_evidence(office: Office) -> None:
    """``--as-of`` asks what was known; a closing is written today, by what is known today."""
    against = {"happened_on": "2026-07-01", "reached": "met",
               "criteria": {"a": {"seen": "no", "basis": "x", "heard": ["survivor"]}}}  # fmt: skip
    closable(office)
    office.put("follow-up", json.dumps(against))
    assert office.run("close", office.case, "--as-of", "2026-08-01").code == 3


@pytest.fixture
def other(office: Office) -> dict[str, Any]:
    """A colleague on the case, in a casebook that asks for a second person."""
    env = {"TIPCASE_HOME": str(office.home.parent / "home-cw2")}
    keys = ("keygen", "--handle", "cw2", "--no-passphrase", "--keys", "x25519")
    assert office.run(*keys, env=env).code == 0
    card = Path(env["TIPCASE_HOME"], "keys", "cw2.card.yaml")
    office.done("staff", "add", card, "--role", "caseworker")
    office.done("grant", office.case, "cw2")
    office.done("settings", "closing_confirmed=yes")
    return {"env": env}


def test_who_proposed_overrides_nothing_afterwards(office: Office, other: dict[str, Any]) -> None:
    """What a second person confirms is what was proposed, and no later word of the proposer."""
    name = closable(office)
    office.done("close", office.case, "--as-of", DAY)
    against = {"happened_on": "2026-06-19", "reached": "met",
               "criteria": {"a": {"seen": "no", "basis": "x", "heard": ["survivor"]}}}  # fmt: skip
    office.put("follow-up", json.dumps(against))
    assert office.run("confirm", office.case, "--as-of", DAY, **other).code == 3
    (decision,) = records_of(office, "decision")
    gates = [f"criterion-a {name} criteria_proof.a"]
    office.put(decision, json.dumps({**content(office, decision), "gates": gates}))
    assert office.run("confirm", office.case, "--as-of", DAY, **other).code != 0
    assert office.data("status", office.case)["closings"][-1]["state"] == "proposed"


def test_an_outcome_that_was_changed_since_is_not_confirmed(
    office: Office, other: dict[str, Any]
) -> None:
    name = closable(office)
    office.done("close", office.case, "--as-of", DAY)
    office.done("set", office.case, name, "outcome=died")
    assert office.run("confirm", office.case, "--as-of", DAY, **other).code != 0


def test_a_death_that_was_taken_back_hides_no_missing_person(
    office: Office, other: dict[str, Any]
) -> None:
    missing = {"happened_on": "2026-01-12", "incident_kind": "disappearance"}
    office.put("incident", json.dumps({**missing, "immediate_safety": "x"}))
    office.done("close", office.case, "--outcome", "died")
    office.done("close", office.case, "--withdraw", "x", **other)
    (told,) = office.data("readiness", "--all", "--as-of", DAY)
    assert told["concerns"] and told["answer"] == "gaps"


def test_withdrawing_goes_with_nothing_else(office: Office) -> None:
    office.done("settings", "closing_confirmed=yes")
    closable(office)
    visits_ahead(office)
    office.done("close", office.case, "--as-of", DAY, "--end", "x")
    assert office.run("close", office.case, "--withdraw", "x", "--outcome", "died").code == 2


_WAY_BACK = """\
rules:
  - id: our-way-back
    at: leave closure
    each: closure
    record: closure
    field: way_back
    provisions: ["062/III.reopen"]
    severity: blocks
    holds: known(this.way_back)
    message: {en: say how to come back, km: x}
"""


@pytest.mark.parametrize(
    "name, text",
    [
        ("rules/ours.yaml", _WAY_BACK),
        ("closure.yaml", "duties: {}\n"),
    ],
)
def test_an_offices_law_takes_no_duty_away_unseen(office: Office, name: str, text: str) -> None:
    """A gate that refuses is not hidden by a duty that advises; no duties are no list of none."""
    path = office.book / "schemas/kh-2009" / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    signed = office.run("settings", "--accept", "--yes").code
    if name == "closure.yaml":
        assert signed != 0
        return
    closable(office)
    assert signed == 0 and office.run("close", office.case, "--as-of", DAY).code == 3


# -- faults of the disk --

_DIED = {"happened_on": "2026-02-01", "outcome": "died"}


def close(world: World) -> None:
    decision = {"kind": "close", "happened_on": "2026-02-01", "reason": "x"}
    with change.editing(world.book(), world.case_id, world.cw1, "close") as found:
        closing.close(found, None, _DIED, decision, world.cw1, TIME, second=True)


def confirm(world: World) -> None:
    with change.editing(world.book(), world.case_id, world.cw2, "confirm") as found:
        (tag,) = found.tags("closure")
        proposed = found.fold.proposed
        assert proposed is not None
        said = {**_DIED, "confirmed_by": "cw2"}
        closing.confirm(found, proposed, tag, said, world.cw2, TIME)


def reopen(world: World) -> None:
    decision = {"kind": "reopen", "happened_on": "2026-03-01", "reason": "x"}
    place = Place("crisis-intervention", 2, None)
    with change.editing(world.book(), world.case_id, world.cw1, "reopen") as found:
        closing.reopen(found, place, decision, world.cw1, TIME)


STORY: tuple[Step, ...] = (close, confirm, reopen)


def stands(world: World) -> tuple[object, ...]:
    fold = world.case().fold
    return fold.open, [one.state for one in fold.closings], fold.stage, len(fold.current)


@pytest.mark.parametrize("kind", ["kill", "ENOSPC"])
@pytest.mark.parametrize("step", range(len(STORY)), ids=["close", "confirm", "reopen"])
@pytest.mark.sampled(3)
def test_a_closing_that_fails_at_any_step_is_done_or_not(
    template: World, tmp_path: Path, step: int, kind: str
) -> None:
    before = worlds.copy(template, tmp_path / "before")
    for act in STORY[:step]:
        act(before)
    after = worlds.copy(before, tmp_path / "after")
    old, steps = stands(after), steps_of(after, STORY[step])
    assert stands(after) != old
    for at in range(1, len(steps) + 1, 9):
        world = worlds.copy(before, tmp_path / str(at))
        acknowledged = attempt(world, STORY[step], at, kind)
        where = f"{kind} at step {at}, {steps[at - 1]}"
        found = stands(world)
        assert not world.damage(), where
        assert found == stands(after) or (found == old and not acknowledged), where
        for signer in (world.cw1, world.cw2):
            with change.editing(world.book(), world.case_id, signer) as place:
                change.put(place, "note", None, {"text": "x"}, signer, TIME)
        assert not world.damage() and not world.warnings() and not rubbish(world), where
        assert stands(world)[:3] == found[:3], where
