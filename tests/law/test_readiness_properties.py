"""What must hold of every answer: doubt never helps to close, and a day's answer never changes."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.cases import CRITERIA, case, complete, example, few, shipped, visit
from tests.law.editions import AS_OF
from tipcase.law import Disputed, Record
from tipcase.law.dossier import Dossier
from tipcase.law.readiness import Readiness, readiness

COMPLETE = "evidence-complete"
KINDS = ("survivor", "family", "neighbour", "document")
DAYS = st.one_of(
    st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(date.isoformat),
    st.sampled_from(["2026", "2026-05", "2026-09", "2026-11"]),
)
TAGS = st.text("abcdefgh", min_size=8, max_size=8)
OUTCOMES = st.sampled_from(
    [None, "successful", "unsuccessful", "lost-contact", "transferred", "declined-service", "died"]
)


@st.composite
def evidence(draw: st.DrawFn, seen: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {
        "seen": seen or draw(st.sampled_from(["yes", "yes", "yes", "partly", "no"])),
        "heard": draw(st.lists(st.sampled_from(KINDS), max_size=3)),
    }
    if draw(st.integers(0, 7)) == 0:
        found["contradiction"] = "x"
    return found


@st.composite
def visits(draw: st.DrawFn, negative: bool = False) -> Record:
    """A visit like another; ``negative``: one that speaks against some criterion."""
    found = {c: draw(evidence()) for c in draw(st.sets(st.sampled_from(CRITERIA)))}
    if negative:
        against = draw(evidence(draw(st.sampled_from(["no", "partly", "yes"]))))
        if against["seen"] == "yes":
            against["contradiction"] = "x"
        found[draw(st.sampled_from(CRITERIA))] = against
    more: dict[str, Any] = {"criteria": found}
    if draw(st.integers(0, 3)) == 0:
        more["informants_excluded"] = draw(st.lists(st.sampled_from(KINDS[1:]), max_size=3))
    return visit(draw(TAGS), draw(DAYS), **more)


@st.composite
def cases(draw: st.DrawFn) -> Dossier:
    """A case that is complete, or was before some of it went or other visits came."""
    base = list(complete())
    if draw(st.booleans()):
        base[-1] = example("closure", "cccccccc", outcome=draw(OUTCOMES))
    kept = [record for record in base if draw(st.integers(0, 9))]
    more = draw(st.lists(visits(), max_size=3))
    names = {record.name: record for record in [*kept, *more]}
    return case(*names.values())


def argued(dossier: Dossier, as_of: date = AS_OF, **more: Any) -> Readiness:
    return readiness(shipped(), dossier, as_of, **more)


def with_more(dossier: Dossier, *records: Record) -> Dossier:
    known = {record.name for record in dossier.records}
    return case(*dossier.records, *(r for r in records if r.name not in known))


def never_better(before: Readiness, after: Readiness) -> None:
    assert not (before.answer != COMPLETE and after.answer == COMPLETE)


def test_the_case_that_these_begin_with_is_complete() -> None:
    base = complete()
    assert argued(case(*base)).answer == COMPLETE
    for record in base[3:]:
        without = [one for one in base if one is not record]
        assert argued(case(*without)).answer == "gaps", record.name


# Where the criteria are asked for: no other outcome is argued by them.
@few
@given(cases(), visits(negative=True))
def test_a_negative_observation_never_completes_the_evidence(
    dossier: Dossier, negative: Record
) -> None:
    for outcome in (None, "successful"):
        before = argued(dossier, outcome=outcome)
        after = argued(with_more(dossier, negative), outcome=outcome)
        never_better(before, after)


@few
@given(cases(), visits(negative=True), st.sampled_from(CRITERIA))
def test_a_negative_observation_meets_no_criterion_that_it_is_about(
    dossier: Dossier, negative: Record, criterion: str
) -> None:
    about = negative.data["criteria"].get(criterion)
    if about is None or (about["seen"] == "yes" and "contradiction" not in about):
        return
    if "informants_excluded" in negative.data:
        del negative.data["informants_excluded"]
    at = CRITERIA.index(criterion)
    before = argued(dossier).criteria[at]
    after = argued(with_more(dossier, negative)).criteria[at]
    assert not (before.state != "met" and after.state == "met")


@few
@given(cases(), st.sampled_from(["crisis", "disappearance", "trafficker-seen", "other"]), DAYS)
def test_an_open_incident_never_helps(dossier: Dossier, kind: str, day: str) -> None:
    data = {"happened_on": day, "incident_kind": kind, "immediate_safety": "x"}
    before, after = (
        argued(dossier),
        argued(with_more(dossier, Record("incident", "zzzzzzzz", data))),
    )
    never_better(before, after)
    assert len(after.concerns) >= len(before.concerns)


@few
@given(cases(), st.randoms(use_true_random=False))
def test_a_conflict_is_always_a_gap(dossier: Dossier, chance: random.Random) -> None:
    if not dossier.records:
        return
    torn = chance.choice(dossier.records)
    marked = Record(torn.type, torn.tag, torn.data, disputed=(Disputed("source", (("a", "t"),)),))
    after = argued(case(*(marked if one is torn else one for one in dossier.records)))
    on = marked.data.get("happened_on", "")
    if argued(dossier).answer != "survivor-disagrees" and on[:10] <= AS_OF.isoformat():
        assert after.answer == "gaps"
        assert (torn.name, "source") in after.disputed


@few
@given(
    cases(),
    st.sampled_from(["visits_in_row", "months_spanned", "informant_kinds", "evidence_age_days"]),
    st.integers(0, 40),
    st.integers(0, 40),
)
def test_a_stricter_threshold_never_completes_the_evidence(
    dossier: Dossier, name: str, one: int, other: int
) -> None:
    # The age of evidence is the one that is stricter when it is less.
    lax, strict = sorted((one, other), reverse=name == "evidence_age_days")
    never_better(
        argued(dossier, thresholds={name: lax}), argued(dossier, thresholds={name: strict})
    )


@few
@given(cases(), st.integers(1, 400))
def test_evidence_never_grows_better_by_waiting(dossier: Dossier, days: int) -> None:
    # Of what has happened; a day in a month that is not over may still come.
    past = [
        record
        for record in dossier.records
        if len(on := record.data.get("happened_on", "")) in (0, 10) and on <= AS_OF.isoformat()
    ]
    before, after = argued(case(*past)), argued(case(*past), AS_OF + timedelta(days=days))
    for one, other in zip(before.criteria, after.criteria, strict=True):
        assert not (one.state != "met" and other.state == "met")


@few
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(dossier: Dossier, chance: random.Random) -> None:
    mixed = list(dossier.records)
    chance.shuffle(mixed)
    assert argued(case(*mixed)) == argued(dossier)
    assert argued(case(*mixed)).as_json("km") == argued(dossier).as_json("km")


@few
@given(cases(), st.lists(visits(negative=True), max_size=2), st.integers(1, 300))
def test_what_happens_later_changes_no_earlier_answer(
    dossier: Dossier, later: list[Record], days: int
) -> None:
    on = (AS_OF + timedelta(days=days)).isoformat()
    after = [Record(one.type, f"z{one.tag}"[:8], {**one.data, "happened_on": on}) for one in later]
    after.append(example("closure", "zzzzzzzz", happened_on=on, outcome="died"))
    after.append(Record("incident", "zzzzzzzz", {"happened_on": on, "incident_kind": "crisis"}))
    after.append(Record("decision", "zzzzzzzz", {"happened_on": on, "kind": "reopen"}))
    assert argued(with_more(dossier, *after)) == argued(dossier)


@few
@given(cases(), OUTCOMES)
def test_the_survivors_no_is_the_answer_whatever_else(
    dossier: Dossier, outcome: str | None
) -> None:
    said = example(
        "closure", "zzzzzzzz", happened_on="2026-11-20", outcome=outcome,
        survivor_agrees_to_close="no",
    )  # fmt: skip
    answer = argued(with_more(dossier, said)).answer
    # Nobody asks the dead, who left, or whom nobody can find.
    asked = outcome not in ("died", "declined-service", "lost-contact")
    assert (answer == "survivor-disagrees") == asked


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["yes", "no", "2026-05", "met"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["unknown", "a", "seen", "heard"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@few
@given(st.data())
def test_any_data_of_the_shipped_types_gets_an_answer(data: st.DataObject) -> None:
    records = []
    for kind in data.draw(st.lists(st.sampled_from(shipped().record_types), max_size=5)):
        fields = sorted(shipped().record_type(kind).example)
        chosen = data.draw(st.sets(st.sampled_from(fields), max_size=6)) | {"happened_on"}
        odd = {name: data.draw(ODD) for name in sorted(chosen)}
        tag = data.draw(TAGS) if shipped().record_type(kind).repeats else None
        records.append(Record(kind, tag, odd))
    answer = argued(case(*records))
    assert answer.answer in ("gaps", COMPLETE, "survivor-disagrees")
    for lang in ("en", "km"):
        answer.as_json(lang)


@pytest.mark.parametrize("lang", ["en", "km"])
def test_scores_stand_beside_the_evidence_and_change_nothing(lang: str) -> None:
    plain = argued(case(*complete()))
    for value in (0, 1, 2.5, 4):
        score = {"domain": "safety", "value": value, "scale_top": 4, "criterion": "a"}
        words = {"tool": "canary-tool", "score_source": "canary-source"}
        scored = visit("bbbbbbbb", "2026-06-15", scores=[{**score, **words}])
        others = [one for one in complete() if one.tag != "bbbbbbbb"]
        answer = argued(case(*others, scored))
        assert (answer.answer, answer.next) == (plain.answer, plain.next)
        assert [c.state for c in answer.criteria] == [c.state for c in plain.criteria]
        told = [one for one in answer.criteria[0].as_json(lang)["scores"]
                if one["record"] == scored.name]  # fmt: skip
        assert [(one["value"], one["scale_top"], one["domain"]) for one in told] == [
            (value, 4, "safety")
        ]
        assert all(one.record != scored.name for c in answer.criteria[1:] for one in c.scores)
        # Somebody's own words stay in the record.
        assert "canary" not in str(answer.as_json(lang))
