"""Readiness: an argument with evidence; what is negative or doubtful never helps to close."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.editions import AS_OF, SHIPPED, dossier, record, tiny
from tipcase import law
from tipcase.law import Disputed, Edition, Readiness, Record
from tipcase.law.dossier import Dossier
from tipcase.law.findings import Text
from tipcase.law.readiness import readiness

CLOSURE = """\
thresholds:
  visits_in_row: {value: 2, label: {en: a, km: ក}, note: ours}
  months_spanned: {value: 3, label: {en: b, km: ខ}, note: ours}
  informant_kinds: {value: 2, label: {en: c, km: គ}, note: ours}
  evidence_age_days: {value: 180, label: {en: d, km: ឃ}, note: ours}
criteria:
  - {id: a, provision: X/a, label: {en: Family, km: គ្រួសារ}}
duties:
  - {id: lessons, provisions: [X/5], severity: blocks, outcomes: [successful],
     holds: "any(known(one.lessons) for one in closure)", field: closure.lessons,
     message: {en: write the lessons, km: មេរៀន}}
  - {id: soft, provisions: [X/6], severity: advises, holds: "len(visit) > 0",
     message: {en: a visit, km: ដង}}
  - {id: asked-if, provisions: [X/7], severity: blocks, when: "len(visit) > 3", holds: "False",
     message: {en: never, km: ទេ}}
"""
LESSONS = record(
    "closure", "zzzzzzzz", happened_on="2026-11-20", outcome="successful", lessons="ours"
)


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return tiny(tmp_path_factory.mktemp("edition"), {"closure.yaml": CLOSURE})


def visit(day: str, seen: Any = "yes", heard: Any = ("survivor", "family"), **more: Any) -> Record:
    evidence = {"seen": seen, "heard": list(heard)}
    if "contradiction" in more:
        evidence["contradiction"] = more.pop("contradiction")
    tag = "".join(c for c in day if c.isdigit()).ljust(8, "2").replace("0", "a").replace("1", "b")
    return record("follow-up", tag, happened_on=day, criteria={"a": evidence}, **more)


def argued(edition: Edition, *records: Record, as_of: date = AS_OF, **more: Any) -> Readiness:
    return readiness(edition, dossier("follow-up", *records), as_of, **more)


GOOD = (visit("2026-06-01"), visit("2026-09-15"))


def test_enough_evidence(edition: Edition) -> None:
    answer = argued(edition, *GOOD, LESSONS)
    assert answer.answer == "evidence-complete"
    (criterion,) = answer.criteria
    assert (criterion.state, criterion.provision, criterion.missing) == ("met", "X/a", ())
    assert criterion.evidence == tuple(record.name for record in GOOD)
    data = answer.as_json("en")
    (told,) = data.pop("criteria")
    seen = {"seen": "yes", "contradicted": False, "heard": ["family", "survivor"], "methods": []}
    assert told == {
        "id": "a",
        "provision": "X/a",
        "label": "Family",
        "state": "met",
        "evidence": [record.name for record in GOOD],
        "missing": [],
        "next": [],
        "lasts_until": "2027-03-14",
        "observations": [
            {"record": GOOD[0].name, "from": "2026-06-01", "to": "2026-06-01", **seen,
             "counts": True},
            {"record": GOOD[1].name, "from": "2026-09-15", "to": "2026-09-15", **seen,
             "counts": True},
        ],
        "scores": [],
    }  # fmt: skip
    ours = {"group": "process", "ours": False}
    assert data == {
        "case": "K7Q2-M9TX",
        "as_of": "2026-11-21",
        "answer": "evidence-complete",
        "outcome": "successful",
        "concerns": [],
        "last_heard": "2026-09-15",
        "duties": [
            {"id": "lessons", "provision": "X/5", "state": "met", "message": "write the lessons",
             "field": "closure.lessons", **ours},
            {"id": "soft", "provision": "X/6", "state": "advises", "message": "a visit",
             "field": "", **ours},
            {"id": "asked-if", "provision": "X/7", "state": "not-applicable", "message": "never",
             "field": "", **ours},
        ],
        "next": ["still to be done: a visit"],
        "open": {"incidents": [], "referrals": [], "visits": [], "left_open": []},
        "visits": {"plan": None, "survivor_agrees": None, "number": None, "made": 0, "left": None,
                   "missed": 0, "failed": 0},
        "thresholds": {"visits_in_row": 2, "months_spanned": 3, "informant_kinds": 2,
                       "evidence_age_days": 180},
        "threshold_sources": {"visits_in_row": "ours", "months_spanned": "ours",
                              "informant_kinds": "ours", "evidence_age_days": "ours"},
        "conflicts": [],
    }  # fmt: skip


def test_a_field_that_nobody_has_settled_is_a_gap(edition: Edition) -> None:
    torn = dataclasses.replace(LESSONS, disputed=(Disputed("lessons", (("cw1", "t"),)),))
    answer = argued(edition, *GOOD, torn)
    assert (answer.answer, answer.disputed) == ("gaps", ((torn.name, "lessons"),))
    assert answer.as_json()["conflicts"] == [{"record": torn.name, "field": "lessons"}]
    assert answer.next[0].en == "settle what people wrote apart: tipcase resolve"
    other = dataclasses.replace(GOOD[0], disputed=(Disputed("criteria", (("cw1", "t"),)),))
    assert argued(edition, torn, other) == argued(edition, other, torn)


@pytest.mark.parametrize(
    ("records", "state", "missing"),
    [
        ((), "not-enough", ["no record says"]),
        ((visit("2026-09-15", "not-observed"),), "not-enough", ["no record says"]),
        ((visit("2026-09-15", {"unknown": "not-asked"}),), "not-enough", ["no record says"]),
        ((visit("2027-01-15"),), "not-enough", ["no record says"]),
        ((record("follow-up", "aaaaaaaa", criteria={"a": {"seen": "yes"}}),), "not-enough",
         ["no record says"]),
        ((visit("2026-09-15"),), "not-enough", ["1 more in a row", "span 3 months"]),
        ((visit("2026-09-15"), visit("2026-09-15", heard=["document"])), "not-enough",
         ["1 more in a row", "span 3 months"]),
        ((visit("2026-07-01"), visit("2026-09-30")), "not-enough", ["span 3 months"]),
        ((visit("2026-06-30"), visit("2026-09-30")), "met", []),
        ((visit("2026-06"), visit("2026-09")), "not-enough", ["span 3 months"]),
        ((visit("2026-05"), visit("2026-09")), "met", []),
        ((visit("2026-06-01", heard=["survivor"]), visit("2026-09-15", heard=["survivor"])),
         "not-enough", ["1 more kind of informant, such as family"]),
        ((visit("2026-06-01", heard=["family"]), visit("2026-09-15", heard=["neighbour"])),
         "not-enough", ["survivor has not been heard"]),
        ((visit("2026-06-01", heard=["family"]), visit("2026-09-15", heard=["survivor"])),
         "met", []),
        ((visit("2026-01-01"), visit("2026-05-01")), "too-old", ["too old"]),
        ((*GOOD, visit("2026-10-01", "no")), "not-met", ["not so, or only partly"]),
        ((*GOOD, visit("2026-10-01", "partly")), "not-met", ["not so, or only partly"]),
        ((*GOOD, visit("2026-10", "no"), visit("2026-10-20")), "not-met", ["not so"]),
        ((*GOOD, visit("2026-10-05", "no"), visit("2026-10")), "not-met", ["not so"]),
        ((*GOOD, visit("2026-10-01", contradiction="x")), "contradicted", ["must settle"]),
        ((*GOOD, visit("2026-10-01", contradiction={"unknown": "not-known"})), "met", []),
        ((*GOOD, visit("2026-09-15", "no")), "not-met", ["not so"]),
        ((*GOOD, visit("2026-08-01", "no")), "not-enough", ["1 more in a row", "span"]),
        ((visit("2026-01-01", "no"), *GOOD), "met", []),
        ((visit("2026-01-01", contradiction="x"), *GOOD), "met", []),
        ((GOOD[0], visit("2026-08-01", "not-observed"), GOOD[1]), "met", []),
        ((GOOD[0], record("assessment", "aaaaaaaa", happened_on="2026-09-15",
                          criteria={"a": {"seen": "yes", "heard": ["survivor"]}})), "met", []),
    ],
)  # fmt: skip
def test_one_criterion(
    edition: Edition, records: tuple[Record, ...], state: str, missing: list[str]
) -> None:
    answer = argued(edition, *records, LESSONS)
    (criterion,) = answer.criteria
    assert criterion.state == state
    assert len(criterion.missing) == len(missing)
    for text, part in zip(criterion.missing, missing, strict=True):
        assert part in text.en
        assert any("\u1780" <= c <= "\u17ff" for c in text.km)
    assert answer.answer == ("evidence-complete" if state == "met" else "gaps")


def test_an_excluded_informant_is_never_missing(edition: Edition) -> None:
    alone = ("survivor",)
    others = ["family", "neighbour", "local-authority", "school", "employer"]
    first = visit("2026-06-01", heard=alone)
    last = visit("2026-09-15", heard=alone, informants_excluded=others)
    (criterion,) = argued(edition, first, last).criteria
    (text,) = criterion.missing
    assert "documents" in text.en
    assert not any(word in text.en for word in ("family", "neighbour", "local"))
    # Nobody else may be heard: the survivor's word and what stands on paper are all there is.
    every = visit("2026-09-15", heard=alone, informants_excluded=[*others, "document"])
    assert argued(edition, first, every).criteria[0].state == "met"
    # The latest word counts: exclusion taken back.
    back = visit("2026-10-01", heard=alone, informants_excluded=[])
    assert "family" in argued(edition, first, last, back).criteria[0].missing[0].en


def test_thresholds_of_the_casebook(edition: Edition) -> None:
    one = visit("2026-09-15", heard=["survivor"])
    own = {"visits_in_row": 1, "months_spanned": 0, "informant_kinds": 1, "nonsense": 9}
    answer = argued(edition, one, LESSONS, thresholds=own)
    assert answer.answer == "evidence-complete"
    assert dict(answer.thresholds) == {
        "visits_in_row": 1, "months_spanned": 0, "informant_kinds": 1, "evidence_age_days": 180,
    }  # fmt: skip
    assert argued(edition, one, LESSONS).answer == "gaps"


def test_evidence_is_judged_as_of_the_day_asked(edition: Edition) -> None:
    assert argued(edition, *GOOD, LESSONS, as_of=date(2026, 9, 14)).answer == "gaps"
    assert argued(edition, *GOOD, LESSONS, as_of=date(2027, 3, 14)).answer == "evidence-complete"
    assert argued(edition, *GOOD, LESSONS, as_of=date(2027, 3, 15)).answer == "gaps"


def closing(**data: Any) -> Record:
    return record("closure", "zzzzzzzz", happened_on="2026-11-20", **data)


def test_what_was_seen_on_the_day_asked_counts(edition: Edition) -> None:
    (one,) = argued(edition, GOOD[0], visit("2026-11-21")).criteria
    assert (one.state, len(one.evidence)) == ("met", 2)


def test_evidence_of_a_month_lasts_as_if_it_were_its_first_day(edition: Edition) -> None:
    (one,) = argued(edition, GOOD[0], visit("2026-09")).criteria
    assert (one.state, one.lasts_until) == ("met", date(2027, 2, 28))


@pytest.mark.parametrize("tags", [("bbbbbbbb", "cccccccc"), ("cccccccc", "bbbbbbbb")])
def test_of_one_day_what_is_not_so_weighs_more_than_a_contradiction(
    edition: Edition, tags: tuple[str, str]
) -> None:
    seen = (visit("2026-10-01", contradiction="x"), visit("2026-10-01", "no"))
    named = [record("follow-up", tag, **one.data) for tag, one in zip(tags, seen, strict=True)]
    (one,) = argued(edition, *named).criteria
    assert (one.state, one.evidence) == ("not-met", (named[1].name,))


def test_a_score_is_a_number(edition: Edition) -> None:
    scores = [{"criterion": "a", "value": value} for value in (True, "3", None, 2.5)]
    (one,) = argued(edition, visit("2026-09-15", scores=scores)).criteria
    assert [score.value for score in one.scores] == [2.5]


def test_a_blocking_duty_leaves_a_gap(edition: Edition) -> None:
    answer = argued(edition, *GOOD)
    assert answer.outcome is None and answer.answer == "gaps"
    assert [duty.state for duty in answer.duties] == ["unmet", "advises", "not-applicable"]


def test_criteria_gate_the_successful_outcome_alone(edition: Edition) -> None:
    answer = argued(edition, closing(outcome="died"))
    assert answer.criteria[0].state == "not-enough"
    assert answer.duties[0].state == "not-applicable"
    assert answer.answer == "evidence-complete"


@pytest.mark.parametrize("view", ["no", False])
def test_the_survivors_disagreement_is_the_answer(edition: Edition, view: Any) -> None:
    done = closing(outcome="successful", lessons="x", survivor_agrees_to_close=view)
    assert argued(edition, *GOOD, done).answer == "survivor-disagrees"
    asked = visit("2026-10-01", survivor_agrees_to_close=view)
    assert argued(edition, *GOOD, asked, LESSONS).answer == "survivor-disagrees"


@pytest.mark.parametrize("view", ["yes", "undecided", True, {"unknown": "not-asked"}, None])
def test_what_is_no_disagreement(edition: Edition, view: Any) -> None:
    done = closing(outcome="successful", lessons="x", survivor_agrees_to_close=view)
    assert argued(edition, *GOOD, done).answer == "evidence-complete"


def test_nobody_disagrees_after_death(edition: Edition) -> None:
    done = closing(outcome="died", survivor_agrees_to_close="no")
    assert argued(edition, done).answer == "evidence-complete"


def test_the_latest_word_on_closing_counts(edition: Edition) -> None:
    def said(day: str, view: Any, kind: str = "follow-up") -> Record:
        tag = day.replace("-", "")[:8].translate(str.maketrans("0189", "abcd"))
        return record(kind, tag, happened_on=day, survivor_agrees_to_close=view)

    def answer(*views: Record) -> str:
        return argued(edition, *GOOD, *views, LESSONS).answer

    no, disagrees = said("2026-10-01", "no"), "survivor-disagrees"
    assert answer(no, said("2026-10-20", "yes")) == "evidence-complete"
    assert answer(no, said("2026-10-20", "undecided")) == "evidence-complete"
    assert answer(said("2026-09-20", "yes"), no) == disagrees
    # A month does not say that it came after.
    assert answer(no, said("2026-10", "yes")) == disagrees
    # A closure record is not later for being one; on the same day it is the last word.
    assert answer(said("2026-10-20", "no"), said("2026-10-01", "yes", "closure")) == disagrees
    assert answer(no, said("2026-10-01", "yes", "closure")) == "evidence-complete"
    assert answer(said("2026-10-01", "yes"), said("2026-10-01", "no", "closure")) == disagrees
    # An honest unknown takes nothing back.
    assert answer(no, said("2026-10-20", {"unknown": "not-asked"})) == disagrees


def test_another_outcome_may_be_asked_for(edition: Edition) -> None:
    died = argued(edition, LESSONS, outcome="died")
    assert (died.outcome, died.answer) == ("died", "evidence-complete")
    assert argued(edition, *GOOD, closing(outcome="died"), outcome="successful").answer == "gaps"
    assert died.next == (Text("still to be done: a visit", "នៅត្រូវធ្វើ៖ ដង"),)


def test_duties_are_judged_as_of_the_day_too(edition: Edition) -> None:
    states = [duty.state for duty in argued(edition, LESSONS, as_of=date(2026, 11, 19)).duties]
    assert states[0] == "unmet"
    assert argued(edition, LESSONS, as_of=date(2026, 11, 20)).duties[0].state == "met"
    later = closing(outcome="died", survivor_agrees_to_close="no")
    assert argued(edition, later, as_of=date(2026, 11, 19)).outcome is None


def test_a_closing_that_was_reopened_argues_no_more(edition: Edition) -> None:
    reopened = record("decision", "aaaaaaaa", happened_on="2026-11-21", kind="reopen")
    answer = argued(edition, *GOOD, LESSONS, reopened)
    assert (answer.outcome, answer.answer) == (None, "gaps")
    # Asked for the day before, it still stood.
    before = argued(edition, *GOOD, LESSONS, reopened, as_of=date(2026, 11, 20))
    assert before.answer == "evidence-complete"


def test_what_to_do_next_begins_with_what_stands_in_the_way(edition: Edition) -> None:
    answer = argued(edition, visit("2026-09-15", heard=["family"]))
    assert [text.en for text in answer.next] == [
        "see the survivor again on 2026-12-15 or later",
        "hear the survivor about it, apart from others",
        "hear one of: the survivor, neighbours, local authorities, documents; or write down whom "
        "the survivor does not want heard",
        "still to be done: write the lessons",
        "still to be done: a visit",
    ]
    assert all(text.km for text in answer.next)
    # Where the criteria are not asked for, nobody is sent to see to them.
    other = argued(edition, closing(outcome="died")).next
    assert [text.en for text in other] == ["still to be done: a visit"]


@pytest.mark.parametrize(
    ("seen", "asked", "said"),
    [
        ([("2026-09-15", "yes")], {"visits_in_row": 3}, "again 2 times, the last time on"),
        ([("2026-01-01", "yes"), ("2026-05-01", "yes")], {}, "see the survivor again"),
        ([("2026-09-01", "yes"), ("2026-09-30", "yes")], {}, "again on 2026-12-01 or later"),
        ([("2026-09-15", "no")], {}, "what would help"),
        ([], {}, "at the next visit write down"),
    ],
)
def test_what_to_do_next_about_a_criterion(
    edition: Edition, seen: list[tuple[str, str]], asked: dict[str, int], said: str
) -> None:
    (one,) = argued(edition, *(visit(*one) for one in seen), thresholds=asked).criteria
    assert len(one.next) == 1 and said in one.next[0].en


def test_a_day_that_has_come_is_not_waited_for(edition: Edition) -> None:
    (one,) = argued(edition, visit("2026-08-21")).criteria
    assert [text.en for text in one.next] == ["see the survivor again"]
    (one,) = argued(edition, visit("2026-08-22")).criteria
    assert [text.en for text in one.next] == ["see the survivor again on 2026-11-22 or later"]


def test_an_edition_may_leave_every_threshold_out(tmp_path: Path) -> None:
    bare = tiny(tmp_path, {"closure.yaml": CLOSURE[CLOSURE.index("criteria:") :]})
    (one,) = argued(bare, GOOD[0]).criteria
    assert (one.state, one.lasts_until) == ("met", None)


@pytest.mark.parametrize(
    ("day", "month"),
    [("2026-05-01", "2026-05"), ("2026-05", "2026-05"), ("2026", "2026")],
)
def test_a_timeline_claims_no_more_than_is_known(edition: Edition, day: str, month: str) -> None:
    (one,) = argued(edition, visit(day)).criteria
    assert [seen.month for seen in one.observations] == [month]


DAYS = st.one_of(
    st.dates(date(2025, 10, 1), date(2026, 12, 31)).map(date.isoformat),
    st.sampled_from(["2025", "2026", "2026-05", "2026-09", "2026-11"]),
)
HEARD = st.lists(st.sampled_from(["survivor", "family", "neighbour", "document"]), max_size=4)
SEEN = st.sampled_from(["yes", "yes", "yes", "partly", "no", "not-observed"])


@st.composite
def visits(draw: st.DrawFn, seen: st.SearchStrategy[str] = SEEN) -> Record:
    more: dict[str, Any] = {}
    if draw(st.integers(0, 9)) == 0:
        more["contradiction"] = "x"
    if draw(st.integers(0, 9)) == 0:
        more["informants_excluded"] = draw(HEARD)
    one = visit(draw(DAYS), draw(seen), draw(HEARD), **more)
    tag = draw(st.text("abcdefgh", min_size=8, max_size=8))
    return record("follow-up", tag, **one.data)


@given(
    st.lists(visits(), max_size=6),
    visits(st.sampled_from(["no", "partly"])),
    st.booleans(),
)
def test_a_negative_observation_never_completes_the_evidence(
    edition: Edition, seen: list[Record], negative: Record, closed: bool
) -> None:
    base = [*seen, LESSONS] if closed else seen
    before = argued(edition, *base)
    after = argued(edition, *base, negative)
    if before.answer != "evidence-complete":
        assert after.answer != "evidence-complete"
    if before.criteria[0].state != "met":
        assert after.criteria[0].state != "met"


@given(st.lists(visits(), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(
    edition: Edition, seen: list[Record], shuffled: Any
) -> None:
    tagged = {record.tag: record for record in seen}
    mixed = list(tagged.values())
    shuffled.shuffle(mixed)
    assert argued(edition, *tagged.values()) == argued(edition, *mixed)


ODD = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.sampled_from(["yes", "2026-05"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["unknown", "a", "seen"]), inner, max_size=3)
    ),
    max_leaves=6,
)
EVIDENCE = st.fixed_dictionaries({"seen": ODD | SEEN, "heard": ODD, "contradiction": ODD})
FACTS = st.fixed_dictionaries(
    {
        "happened_on": ODD | DAYS,
        "criteria": st.fixed_dictionaries({"a": EVIDENCE | ODD}) | ODD,
        "outcome": ODD,
        "informants_excluded": ODD,
        "survivor_agrees_to_close": ODD,
    }
)


@given(FACTS)
def test_any_data_gets_an_answer(edition: Edition, facts: dict[str, Any]) -> None:
    records = [Record(kind, "aaaaaaaa", facts) for kind in ("follow-up", "assessment", "closure")]
    assert argued(edition, *records).answer in ("gaps", "evidence-complete", "survivor-disagrees")


# ---- the shipped edition


def test_the_shipped_story_gets_an_answer_in_both_languages() -> None:
    shipped = law.load(SHIPPED)
    records = []
    for name in shipped.record_types:
        record_type = shipped.record_type(name)
        records.append(
            Record(name, "aaaaaaaa" if record_type.repeats else None, record_type.example)
        )
    case = Dossier("K7Q2-M9TX", "2026-01-05", "closure", records=tuple(records))
    answer = readiness(shipped, case, date(2026, 12, 31))
    assert [c.provision for c in answer.criteria] == [f"062/III.closure.{i}" for i in "abcd"]
    for lang in ("en", "km", "both"):
        shown = answer.as_json(lang)
        assert all(
            duty["message"] and (duty["provision"] or duty["ours"]) for duty in shown["duties"]
        )
    assert shipped.closure.duties


def test_the_shipped_duties_stand_in_the_way_of_an_empty_case() -> None:
    shipped = law.load(SHIPPED)
    answer = readiness(shipped, Dossier("K7Q2-M9TX", "2026-01-05", "closure"), AS_OF)
    assert answer.answer == "gaps"


def test_negative_observations_in_the_shipped_edition(tmp_path: Path) -> None:
    shipped = law.load(SHIPPED)
    example = shipped.record_type("follow-up").example
    base = [
        Record(name, "aaaaaaaa" if shipped.record_type(name).repeats else None,
               shipped.record_type(name).example)
        for name in shipped.record_types
    ]  # fmt: skip
    for criterion in "abcd":
        for seen in ("no", "partly"):
            negative = {**example, "criteria": {criterion: {"seen": seen, "basis": "x"}}}
            negative["happened_on"] = "2026-12-30"
            case = Dossier(
                "K7Q2-M9TX", "2026-01-05", "closure",
                records=(*base, Record("follow-up", "bbbbbbbb", negative)),
            )  # fmt: skip
            answer = readiness(shipped, case, date(2026, 12, 31))
            state = {c.id: c.state for c in answer.criteria}[criterion]
            assert (state, answer.answer) == ("not-met", "gaps")
