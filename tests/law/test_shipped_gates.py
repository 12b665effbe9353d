"""The shipped edition's gates: what the tables of ``rules/`` cannot say of one rule alone."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache, reduce
from operator import getitem
from typing import Any

import pytest

from tests.law.editions import AS_OF
from tests.law.test_gates import shipped_story
from tipcase.law import Finding, blocking, check
from tipcase.law.dossier import Dossier, Record
from tipcase.law.readiness import readiness
from tipcase.law.rules import Rule

# What a test changes: facts by their dotted paths, and these by record.
Facts = Mapping[str, Any]
Change = Mapping[str, Facts]
GONE, UNKNOWN = object(), {"unknown": "declined"}
CHILD = {"birth.date": "2012"}

NO_ANSWER = {"through": "survivor", "result": "no-answer"}
TRIED = [{**NO_ANSWER, "tried_on": day} for day in ("2026-07-01", "2026-08-01", "2026-09-01")]
LOST = {"outcome": "lost-contact", "contact_attempts": TRIED}
ENDED = {"went_back_on": "2026-06-01"}

story = cache(shipped_story)


def changed(data: dict[str, Any], facts: Facts) -> dict[str, Any]:
    data = copy.deepcopy(data)
    for path, value in facts.items():
        *way, last = path.split(".")
        part = reduce(getitem, way, data)
        part[last] = value
        if value is GONE:
            del part[last]
    return data


def case(stage: str, *changes: Change) -> Dossier:
    """The story at ``stage``, changed; a record named with a tag comes to those it has."""
    records = dict(story()[1])
    for change in changes:
        for name, facts in change.items():
            kind, _, tag = name.partition("/")
            old = records.get(name, Record(kind, tag, {}))
            records[name] = Record(kind, old.tag, changed(old.data, facts))
    return Dossier("K7Q2-M9TX", "2026-01-05", stage, records=tuple(records.values()))


def found(dossier: Dossier) -> tuple[Finding, ...]:
    return check(story()[0], dossier, AS_OF)


def refused(dossier: Dossier) -> list[str]:
    return [finding.rule for finding in blocking(found(dossier))]


def argued(dossier: Dossier) -> tuple[str, dict[str, str]]:
    answer = readiness(story()[0], dossier, AS_OF)
    unmet = {d.id: str(d.state) for d in answer.duties if d.state in ("unmet", "advises")}
    return answer.answer, unmet


def asked(name: str) -> tuple[Rule, str]:
    """A rule, and where a case stands when the rule can refuse it something."""
    (rule,) = (rule for rule in story()[0].rules if rule.id == name)
    stages = [stage.name for stage in story()[0].stages]
    at = stages.index(rule.stage) - (rule.gate == "enter") if rule.stage else -1
    return rule, stages[at]


def test_the_unchanged_story_may_move_on_from_every_stage() -> None:
    for stage in story()[0].stages:
        assert (stage.name, refused(case(stage.name))) == (stage.name, [])
    # No duty of closing is open either; what it lacks is evidence.
    assert argued(case("closure")) == ("gaps", {})


def test_every_part_of_a_rule_counts() -> None:
    first = "reintegration-assessed-first"
    for facts in ({"kinds": ["family"]}, {"survivor_findings": GONE}, {"place_findings": GONE}):
        assert refused(case("reintegration", {"assessment": facts})) == [first]
    for criterion in "abcd":
        broken = case("closure", {"closure": {f"criteria_proof.{criterion}.proof": UNKNOWN}})
        assert refused(broken) == ["closure-proof"]


def test_no_and_nothing_are_no_honest_unknowns() -> None:
    for name, facts in (
        ("reception-time-to-adapt", {"time_to_adapt": False}),
        ("reintegration-on-trial", {"on_trial": False}),
        ("assessment-agreed", {"purpose_known": False}),
        ("assessment-agreed", {"assessment_agreed": GONE}),
    ):
        rule, stage = asked(name)
        assert refused(case(stage, {rule.record: facts})) == [name]


@pytest.mark.parametrize("outcome", ["unsuccessful", "transferred", "repatriated"])
def test_being_consulted_may_be_declined_unless_it_is_a_success(outcome: str) -> None:
    for consulted, open_duties in ((UNKNOWN, 0), (GONE, 1)):
        facts = {"outcome": outcome, "survivor_consulted_on": consulted}
        _, unmet = argued(case("closure", {"closure": facts}))
        assert unmet.get("closure-consulted-or-declined") == ("unmet" if open_duties else None)
    _, unmet = argued(case("closure", {"closure": {"survivor_consulted_on": UNKNOWN}}))
    assert unmet == {"closure-consulted": "unmet"}


def test_a_refused_assessment_stays_on_file_unless_something_was_found() -> None:
    no = {"happened_on": "2026-03-20", "kinds": ["family"], "assessment_agreed": False}
    assert refused(case("assessment", {"assessment/bbbb2345": no})) == []
    results = "survivor_findings family_status livelihood_findings place_findings security"
    for finding in results.split():
        against = {"assessment/bbbb2345": {**no, finding: "something"}}
        assert refused(case("assessment", against)) == ["assessment-agreed"]


@pytest.mark.parametrize(
    ("kind", "on", "again", "enough"),
    [
        ("risk", "2026-07-01", {}, True),
        ("family", "2026-07-01", {}, False),
        ("risk", "2026-07-01", {"went_back_on": "2026-08-01"}, False),
        ("risk", "2026-08-02", {"went_back_on": "2026-08-01"}, True),
    ],
)
def test_another_trial_asks_the_risks_anew(kind: str, on: str, again: Facts, enough: bool) -> None:
    risks = {"security": "none seen"}
    assessed = {"assessment/bbbb2345": {"happened_on": on, "kinds": [kind], **risks}}
    second = {"reintegration/bbbb2345": {"happened_on": "2026-07-15", **again}} if again else {}
    rules = refused(case("recovery", {"reintegration": ENDED}, assessed, second))
    assert rules == ([] if enough else ["reintegration-assessed-anew"])


ADVICE = {
    "died": {"death"},
    "declined-service": {"options", "safety-information", "way-back", "belongings"},
}


@pytest.mark.parametrize("outcome", ADVICE)
def test_the_dead_and_those_who_leave_are_asked_nothing_that_blocks(outcome: str) -> None:
    closing = Record("closure", "abcd2345", {"happened_on": "2026-02", "outcome": outcome})
    profile = Record("profile", None, {"birth": UNKNOWN})
    dossier = Dossier("K7Q2-M9TX", "2026-01-05", "closure", records=(closing, profile))
    assert refused(dossier) == []
    advice = {f"closure-{duty}": "advises" for duty in ADVICE[outcome]}
    assert argued(dossier) == ("evidence-complete", advice)
    # The age of somebody who died is not to settle any more.
    assert ("age-to-settle" in [f.rule for f in found(dossier)]) == (outcome != "died")


def tries(result: object, **note: object) -> list[Facts]:
    return [{"through": "family", "result": result, **note}, {"through": "other-provider"}]


def lost(at_closing: list[Facts], on_visits: object = UNKNOWN) -> tuple[str, dict[str, str]]:
    """Contact lost after three attempts that met nobody, and those given."""
    closing = {**LOST, "contact_attempts": [*TRIED, *at_closing]}
    vain = {"happened_on": "2026-09-20", "reached": "not-reached", "attempts": on_visits}
    dossier = case("closure", {"closure": closing, "follow-up/bbbb2345": vain})
    assert refused(dossier) == []
    return argued(dossier)


NOT_SAFE = tries("not-safe-to-try")
WATCHED = tries("not-safe-to-try", note="the broker watches the house")
NOT_SAID = tries("not-safe-to-try", note=UNKNOWN)
NO_FAMILY = tries({"unknown": "not-applicable"})


def test_not_safe_to_try_counts_as_tried_with_its_reason() -> None:
    for answer in (lost(NOT_SAFE), lost([], NOT_SAFE), lost(WATCHED, NOT_SAFE)):
        assert answer == ("gaps", {"closure-not-safe-reason": "unmet"})
    for answer in (lost(WATCHED), lost([], WATCHED), lost(NOT_SAID), lost(NO_FAMILY)):
        assert answer == ("evidence-complete", {})


def test_a_visit_that_met_nobody_is_asked_only_what_was_tried() -> None:
    met_only = ("who_was_met", "services_linked", "announced", "discretion", "safety_now")
    for attempts, rules in ((GONE, ["follow-up-attempts"]), (NOT_SAFE, [])):
        facts = {"reached": "not-reached", "attempts": attempts, **dict.fromkeys(met_only, GONE)}
        findings = found(case("follow-up", {"follow-up": facts}))
        assert [f.rule for f in findings if f.record.startswith("follow-up")] == rules


EXCLUDED = {
    (): "family, neighbours, local authorities, documents",
    ("family", "neighbour"): "local authorities, documents",
    ("family", "neighbour", "local-authority"): "documents",
}


@pytest.mark.parametrize("excluded", EXCLUDED)
def test_whom_the_survivor_excludes_is_never_missing(excluded: tuple[str, ...]) -> None:
    seen = {"seen": "yes", "heard": ["survivor"]}
    heard = {"criteria": dict.fromkeys("abcd", seen), "informants_excluded": [*excluded]}
    again = {"happened_on": "2026-10-01", "reached": "met", **heard}
    dossier = case("closure", {"follow-up": heard, "follow-up/bbbb2345": again})
    assert refused(dossier) == []
    for criterion in readiness(story()[0], dossier, AS_OF).criteria:
        (missing,) = criterion.missing
        assert missing.en.partition(", such as ")[2] == EXCLUDED[excluded]
