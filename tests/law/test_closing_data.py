"""Each outcome of the shipped edition: the least that closes a case so, and each thing it lacks.

``LEAST`` holds, by outcome, a closure record with which nothing blocks. ``LACKS`` takes away what
one blocking duty asks for; every duty that blocks must stand there, so none goes untried.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.cases import few
from tests.law.editions import FILES, SHIPPED, tiny
from tipcase import law
from tipcase.law import closing, closing_facts
from tipcase.law.conflicts import conflicts
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition, EditionError
from tipcase.law.expressions import ExpressionError, condition
from tipcase.law.readiness import readiness

Facts = Mapping[str, Any]
AS_OF = date(2026, 10, 20)
DECLINED = {"unknown": "declined"}
NOT_ASKED = {"unknown": "not-asked"}

CONSULTED = {"survivor_consulted_on": "2026-10-05"}
PREPARED = {"prepared": {"survivor": True, "family": True, "setbacks": "talked over"}}
TRIED = [
    {"tried_on": "2026-08-01", "through": "family", "result": "no-answer"},
    {"tried_on": "2026-08-20", "through": "other-provider", "result": "not-there"},
    {"tried_on": "2026-08-31", "through": "survivor", "result": "no-answer"},
]
UNSAFE = [
    {"through": "family", "result": "not-safe-to-try", "note": "her brother sold her"},
    {"through": "other-provider", "result": "not-safe-to-try", "note": "his friends work there"},
]
GOING_HOME = {
    "return_decided_by": "survivor",
    "return_risks_assessed_on": "2026-09-01",
    "told_home_before_on": "2026-09-10",
}
LEAST: dict[str, Facts] = {
    "successful": {
        **CONSULTED,
        **PREPARED,
        "criteria_proof": {letter: {"judged": "met", "proof": "seen"} for letter in "abcd"},
    },
    "unsuccessful": {
        **PREPARED,
        "survivor_consulted_on": DECLINED,
        "reluctance_explored": "tired of questions",
        "lessons": "ask about the debt earlier",
    },
    "lost-contact": {"contact_attempts": TRIED},
    "transferred": {
        **CONSULTED,
        **PREPARED,
        "handed_over_to": "an invented shelter",
        "handover_confirmed_on": "2026-10-01",
    },
    "declined-service": {},
    "repatriated": {
        **CONSULTED,
        **PREPARED,
        "handed_over_to": "an invented office",
        "repatriation": GOING_HOME,
    },
    "died": {},
}
CHILD: Facts = {"profile": {"birth": {"date": "2012"}}}
# What each blocking duty asks for, taken away; what first makes it be asked stands before it.
LACKS: dict[str, tuple[Facts, ...]] = {
    "closure-consulted": ({"closure": {"survivor_consulted_on": DECLINED}},),
    "closure-consulted-or-declined": ({"closure": {"survivor_consulted_on": None}},),
    "closure-tried": (
        {"closure": {"contact_attempts": [{**one, "through": "family"} for one in TRIED]}},
    ),
    "closure-tried-often": (
        {"closure": {"contact_attempts": [TRIED[0], {**TRIED[1], "tried_on": "2026-09-15"}]}},
    ),
    "closure-tried-over-time": (
        {"closure": {"contact_attempts": [*TRIED[:2], {**TRIED[2], "tried_on": "2026-08-30"}]}},
    ),
    "closure-not-safe-reason": (
        {"closure": {"contact_attempts": UNSAFE}},
        {"closure": {"contact_attempts": [UNSAFE[0], {**UNSAFE[1], "note": None}]}},
    ),
    "closure-prepared": ({"closure": {"prepared": {"setbacks": "talked over", "family": True}}},),
    "closure-child-prepared": (
        CHILD,
        {**CHILD, "closure": {"prepared": {"survivor": True, "setbacks": "talked over"}}},
    ),
    "closure-setbacks": ({"closure": {"prepared": {"survivor": True, "family": True}}},),
    "closure-reluctance": ({"closure": {"reluctance_explored": None}},),
    "closure-lessons": ({"closure": {"lessons": None}},),
    "closure-handover-to": ({"closure": {"handed_over_to": {"unknown": "not-known"}}},),
    "closure-handover": ({"closure": {"handover_confirmed_on": NOT_ASKED}},),
    "closure-repatriation": ({"closure": {"handed_over_to": {"unknown": "not-known"}}},),
    "closure-repatriation-told": (
        {"closure": {"repatriation": {**GOING_HOME, "told_home_before_on": None}}},
    ),
    "closure-repatriation-wish": (
        {"closure": {"repatriation": {**GOING_HOME, "return_decided_by": "others"}}},
    ),
    "closure-repatriation-risk": (
        {"closure": {"repatriation": {**GOING_HOME, "return_risks_assessed_on": NOT_ASKED}}},
    ),
    "closure-not-reached": (
        {"closure": {"contact_attempts": [*TRIED, {**TRIED[2], "tried_on": "2026-09-01"}]}},
        {"closure": {"contact_attempts": [*TRIED, {**TRIED[2], "result": "reached"}]}},
    ),
    "closure-danger": (
        {},
        {"follow-up": {"happened_on": "2026-10-10", "reached": "met", "danger_seen": True}},
    ),
    "closure-incidents": (
        {"incident": {"incident_kind": "trafficker-seen", "ended_safely_on": "2026-08-01"}},
        {"incident": {"incident_kind": "trafficker-seen"}},
    ),
}


@cache
def shipped() -> Edition:
    return law.load(SHIPPED)


def seen(day: str, tag: str) -> Record:
    """A visit that heard the survivor and another, and saw all four criteria."""
    one = {"seen": "yes", "basis": "seen", "heard": ["survivor", "family"]}
    data = {
        "happened_on": day,
        "reached": "met",
        "who_was_met": ["survivor", "family"],
        "criteria": {letter: copy.deepcopy(one) for letter in "abcd"},
    }
    return Record("follow-up", tag, data)


def case(outcome: str, change: Facts) -> Dossier:
    """The least case of an outcome, with facts of its records changed; ``None`` takes one away."""
    data: dict[str, dict[str, Any]] = {
        "profile": {"birth": {"date": "1996"}},
        "closure": {"happened_on": "2026-10-12", "outcome": outcome, **LEAST[outcome]},
    }
    for kind, facts in change.items():
        data[kind] = {"happened_on": "2026-07-30"} | data.get(kind, {}) | dict(facts)
    records = [
        Record(kind, None if kind == "profile" else "aaaa2345", _there(facts))
        for kind, facts in data.items()
    ]
    if outcome == "successful":
        records += [seen("2026-05-20", "bbbb2345"), seen("2026-09-20", "cccc2345")]
    return Dossier("K7Q2-M9TX", "2026-01-05", "closure", records=tuple(records))


def _there(facts: Any) -> Any:
    if isinstance(facts, dict):
        return {name: _there(value) for name, value in facts.items() if value is not None}
    return [_there(one) for one in facts] if isinstance(facts, list) else facts


def blocking(outcome: str, change: Facts, **thresholds: int) -> set[str]:
    """What refuses the closing; a required field that the least case lacks does so elsewhere."""
    found = closing.findings(shipped(), case(outcome, change), AS_OF, outcome, thresholds)
    return {one.rule for one in found if one.blocks}


@pytest.mark.parametrize("outcome", LEAST)
def test_the_least_that_each_outcome_asks_closes_the_case(outcome: str) -> None:
    assert blocking(outcome, {}) == set()
    answer = readiness(shipped(), case(outcome, {}), AS_OF)
    assert (answer.answer, answer.outcome) == ("evidence-complete", outcome)


def test_every_outcome_has_its_least_case() -> None:
    field = shipped().record_type("closure").field("outcome")
    assert field is not None and set(LEAST) == set(field.values)


def refusals() -> Iterator[tuple[str, str]]:
    for duty in shipped().closure.duties:
        if duty.severity == "blocks":
            yield from ((duty.id, outcome) for outcome in duty.outcomes or LEAST)


@pytest.mark.parametrize(("duty", "outcome"), list(refusals()))
def test_each_blocking_duty_refuses_each_outcome_it_binds(duty: str, outcome: str) -> None:
    *before, without = LACKS[duty]
    for change in before:
        assert blocking(outcome, change) == set()
    assert blocking(outcome, without) == {duty}
    # The same lack stands in nobody's way where the duty does not bind.
    (binds,) = (one.outcomes for one in shipped().closure.duties if one.id == duty)
    if "closure" not in without:
        for other in LEAST.keys() - set(binds):
            assert duty not in blocking(other, without)


def test_no_duty_that_no_longer_blocks_is_listed() -> None:
    assert set(LACKS) == {duty for duty, _ in refusals()}


@pytest.mark.parametrize("outcome", ["died", "declined-service"])
def test_nothing_holds_back_the_dead_or_those_who_leave(outcome: str) -> None:
    crisis = {"incident": {"incident_kind": "crisis"}}
    disagrees = {"closure": {"survivor_agrees_to_close": "no"}}
    for change in ({}, CHILD, crisis, disagrees, {"profile": {"birth": None}}):
        assert blocking(outcome, change) == set()


def test_what_is_ours_is_called_so() -> None:
    ours = {duty.id for duty in shipped().closure.duties if duty.ours}
    assert ours == {
        "closure-tried-often", "closure-tried-over-time", "closure-incidents",
        "closure-incidents-open", "closure-linked", "closure-danger", "closure-not-reached",
        # What the provision is about, and we ask it at a closing.
        "closure-handover", "closure-handover-to", "closure-repatriation-wish",
        "closure-repatriation-risk", "closure-child-prepared", "closure-belongings",
        "closure-way-back", "closure-options", "closure-safety-information", "closure-death",
    }  # fmt: skip
    assert all(duty.provisions or duty.ours for duty in shipped().closure.duties)
    rules = {rule.id: rule.ours for rule in shipped().rules if rule.gate == "reopen"}
    assert rules == {
        "reopening-crisis-first": True, "reopening-wish": False, "reopening-after-death": True,
    }  # fmt: skip


# What blocks, by outcome, as the provisions and we ask it; "closure-" left out.
BLOCKS = {
    "successful": "consulted prepared setbacks child-prepared incidents danger",
    "unsuccessful": "consulted-or-declined prepared setbacks child-prepared reluctance lessons",
    "lost-contact": "tried tried-often tried-over-time not-safe-reason not-reached",
    "transferred": "consulted-or-declined prepared setbacks child-prepared handover handover-to",
    "declined-service": "",
    "repatriated": "consulted-or-declined prepared setbacks repatriation repatriation-told"
    " repatriation-wish repatriation-risk",
    "died": "",
}


@pytest.mark.parametrize("outcome", BLOCKS)
def test_what_blocks_each_outcome(outcome: str) -> None:
    found = {duty for duty, binds in refusals() if binds == outcome}
    assert found == {f"closure-{name}" for name in BLOCKS[outcome].split()}


@pytest.mark.parametrize("outcome", LEAST)
def test_what_is_left_open_is_asked_of_whoever_may_still_wait(outcome: str) -> None:
    meeting = {"conference": {"next_conference_on": "2026-11-02"}}
    open_ = {"left-open conference-next conference/aaaa2345"}
    asked = outcome not in {"declined-service", "died"}
    assert blocking(outcome, meeting) == (open_ if asked else set())
    settled = [{"what": "conference-next conference/aaaa2345", "how": "ended"}]
    assert blocking(outcome, {**meeting, "closure": {"left_open": settled}}) == set()


def states(outcome: str, change: Facts) -> dict[str, str]:
    answer = readiness(shipped(), case(outcome, change), AS_OF)
    return {duty.id: duty.state for duty in answer.duties}


def test_the_family_is_asked_for_once() -> None:
    pair = ("closure-family-prepared", "closure-child-prepared")
    for birth, asked in (
        ({"date": "1996"}, pair[0]),
        ({"date": "2012"}, pair[1]),
        # Who may still be a child counts as one.
        ({"candidate_years": ["2004", "2016"], "basis": "animal-year"}, pair[1]),
        (None, pair[0]),
    ):
        found = states("successful", {"profile": {"birth": birth}})
        assert [name for name in pair if found[name] != "not-applicable"] == [asked]


def test_an_assessment_of_risk_is_a_look_at_the_crisis() -> None:
    decision = {"kind": "reopen", "reopen_cause": "new-danger", "reopen_wish": "a room"}
    for kinds, fired in ((["risk"], set()), (["family"], {"reopening-crisis-first"})):
        looked = {"assessment": {"happened_on": "2026-10-15", "kinds": kinds}}
        dossier = case("unsuccessful", looked)
        found = closing.reopening_findings(shipped(), dossier, decision, AS_OF)
        assert {one.rule for one in found} == fired


# -- attempts at contact --


def test_nobody_to_ask_is_no_attempt() -> None:
    nobody = {"result": {"unknown": "not-applicable"}}
    ways = [{"through": way, **nobody} for way in ("family", "other-provider")]
    found = blocking("lost-contact", {"closure": {"contact_attempts": ways}})
    assert found == {"closure-tried-often", "closure-tried-over-time"}


def test_a_casebook_says_how_many_attempts_and_how_long() -> None:
    assert blocking("lost-contact", {}, contact_attempts=4) == {"closure-tried-often"}
    assert blocking("lost-contact", {}, contact_days_spanned=31) == {"closure-tried-over-time"}
    two = {"closure": {"contact_attempts": TRIED[:2]}}
    assert blocking("lost-contact", two, contact_attempts=2, contact_days_spanned=19) == set()


def tried(*visits: Facts, closure: object = None) -> list[Any]:
    records = [Record("follow-up", f"bbbb234{n}", dict(visit)) for n, visit in enumerate(visits, 2)]
    if closure is not None:
        records.append(Record("closure", "aaaa2345", {"contact_attempts": closure}))
    dossier = Dossier("K7Q2-M9TX", "2026-01-05", "closure", records=tuple(records))
    return closing_facts.attempts(dossier, AS_OF)


def test_attempts_count_from_the_last_meeting_on() -> None:
    met = {"happened_on": "2026-07-10", "reached": "met"}
    call = {"through": "family", "result": "no-answer"}
    days = ["2026-07-09", "2026-07-10", "2026-07-11", "2026-07", "2026", "2026-06"]
    found = tried(met, closure=[{**call, "tried_on": day} for day in days])
    assert [one["tried_on"] for one in found] == ["2026-07-11", "2026-07", "2026"]
    assert len(tried(closure=[{**call, "tried_on": day} for day in days])) == len(days)
    # What bears no day at all counts, and so does all after a meeting of an unknown day.
    assert tried(met, closure=[call]) == [call]
    undated = {"happened_on": {"unknown": "not-known"}, "reached": "met"}
    assert len(tried(undated, closure=[{**call, "tried_on": "2026-01-01"}])) == 1


def test_an_attempt_of_a_visit_is_made_on_its_day() -> None:
    met = {"happened_on": "2026-07-10", "reached": "met", "attempts": [{"through": "family"}]}
    vain = {"happened_on": "2026-08", "attempts": [{"through": "visit"}, {"tried_on": "2026-09"}]}
    found = tried(met, vain)
    assert found == [{"through": "visit", "tried_on": "2026-08"}, {"tried_on": "2026-09"}]


ATTEMPT = st.fixed_dictionaries(
    {},
    optional={
        "tried_on": st.sampled_from(
            ["2026-07-01", "2026-08-05", "2026-08", "2026-09-20", "no day", DECLINED]
        ),
        "through": st.sampled_from(["family", "other-provider", "survivor", DECLINED]),
        "result": st.sampled_from(["no-answer", "not-there", "not-safe-to-try", NOT_ASKED]),
        "note": st.just("why"),
    },
)
ATTEMPTS = st.one_of(st.lists(ATTEMPT, max_size=5), st.just(DECLINED), st.just("none"))


@few
@given(attempts=ATTEMPTS, number=st.integers(0, 5), days=st.integers(0, 60), more=st.integers(0, 9))
def test_a_raised_threshold_never_closes_a_case(
    attempts: Any, number: int, days: int, more: int
) -> None:
    change = {"closure": {"contact_attempts": attempts}}
    low = blocking("lost-contact", change, contact_attempts=number, contact_days_spanned=days)
    for raised in ((number + more, days), (number, days + more)):
        high = blocking(
            "lost-contact", change, contact_attempts=raised[0], contact_days_spanned=raised[1]
        )
        assert low <= high


@few
@given(attempts=ATTEMPTS)
def test_what_was_tried_before_a_meeting_says_nothing_after_it(attempts: Any) -> None:
    met = {"happened_on": "2026-10-01", "reached": "met"}
    dated = [one for one in tried(met, closure=attempts) if "no day" not in str(one)]
    assert all("2026" not in str(one.get("tried_on")) for one in dated)


# -- the loader --

LEFT = """\
left_open:
  severity: blocks
  outcomes: [successful]
  provisions: [X/5]
  ours: true
  message: {en: settle it, km: ដោះស្រាយ}
"""


def test_what_is_left_open_is_read(tmp_path: Path) -> None:
    assert tiny(tmp_path / "without").closure.left_open is None
    text = FILES["closure.yaml"] + LEFT
    found = tiny(tmp_path / "with", {"closure.yaml": text}).closure.left_open
    assert found is not None
    assert (found.severity, found.outcomes, found.provisions) == (
        "blocks",
        ("successful",),
        ("X/5",),
    )
    assert found.ours and found.message.km == "ដោះស្រាយ"
    every = text.replace("outcomes: [successful]\n  prov", "outcomes: all\n  prov")
    found = tiny(tmp_path / "all", {"closure.yaml": every}).closure.left_open
    assert found is not None and found.outcomes == ()


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("severity: blocks", "severity: asks", "neither blocks nor advises"),
        ("[successful]\n  prov", "[lost]\n  prov", "binds an outcome lost"),
        ("ours: true", "whose: ours", "a key whose that means nothing"),
        (", km: ដោះស្រាយ", "", "no message in both languages"),
    ],
)
def test_what_is_left_open_is_checked(
    tmp_path: Path, was: str, becomes: str, sentence: str
) -> None:
    edition = tiny(tmp_path, {"closure.yaml": FILES["closure.yaml"] + LEFT.replace(was, becomes)})
    with pytest.raises(EditionError, match=sentence):
        _ = edition.closure
    assert any(sentence in one.message for one in conflicts(edition))


def test_duties_alone_may_name_thresholds_and_attempts(tmp_path: Path) -> None:
    asks = '"count(one for one in attempts) >= thresholds.visits_in_row"'
    duty = FILES["closure.yaml"].replace('"any(known(one.lessons) for one in closure)"', asks)
    edition = tiny(tmp_path / "duty", {"closure.yaml": duty})
    assert edition.closure.duties
    known = {one.message for one in conflicts(tiny(tmp_path / "plain"))}
    assert {one.message for one in conflicts(edition)} == known
    slip = duty.replace("thresholds.visits_in_row", "thresholds.visit_in_row")
    with pytest.raises(EditionError, match="visit_in_row"):
        _ = tiny(tmp_path / "slip", {"closure.yaml": slip}).closure
    rule = FILES["rules.yaml"].replace("len(visit) <= 2", "thresholds.visits_in_row <= 2")
    with pytest.raises(EditionError, match="names thresholds"):
        _ = tiny(tmp_path / "rule", {"rules.yaml": rule}).rules


def test_a_duty_may_ask_of_attempts_what_either_record_type_says() -> None:
    names = closing_facts.vocabulary(shipped(), ["contact_attempts"])
    for way in ("visit", "survivor", "family"):
        condition(f'any(one.through == "{way}" for one in attempts)', names)
    with pytest.raises(ExpressionError):
        condition('any(one.through == "nobody" for one in attempts)', names)


def test_a_rule_of_reopening_stands_at_no_stage(tmp_path: Path) -> None:
    text = FILES["rules.yaml"].replace("at: always", "at: reopen\n    ours: true")
    edition = tiny(tmp_path, {"rules.yaml": text})
    (rule,) = (one for one in edition.rules if one.gate == "reopen")
    assert (rule.id, rule.stage, rule.ours) == ("few-visits", None, True)
    visits = tuple(Record("visit", f"aaaa234{n}", {"happened_on": "2026"}) for n in "2345")
    dossier = Dossier("K7Q2-M9TX", "2026-01-05", "visit", records=visits)
    assert "few-visits" not in {one.rule for one in law.check(edition, dossier, AS_OF)}
    words = text.replace("at: reopen", "at: reopen closure")
    with pytest.raises(EditionError, match="no gate"):
        _ = tiny(tmp_path / "stage", {"rules.yaml": words}).rules
