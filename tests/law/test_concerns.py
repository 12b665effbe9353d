"""Concerns for safety, what is open, when the survivor was last heard: data, and its refusals."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.law.cases import case, complete, example, shipped, visit
from tests.law.editions import AS_OF, FILES, SHIPPED, tiny
from tipcase import law
from tipcase.law import EditionError, Record
from tipcase.law.concerns import Watch
from tipcase.law.conflicts import conflicts
from tipcase.law.readiness import Readiness, readiness

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)


def argued(*records: Record, as_of: date = AS_OF) -> Readiness:
    return readiness(shipped(), case(*records), as_of)


def raised(*records: Record) -> list[tuple[str, str]]:
    return [(one.id, one.record) for one in argued(*records).concerns]


def incident(kind: Any, ended: Any, tag: str = "aaaaaaaa") -> Record:
    data = {"happened_on": "2026-10-01", "incident_kind": kind, "ended_safely_on": ended}
    return Record("incident", tag, {key: value for key, value in data.items() if value is not None})


UNKNOWN = {"unknown": "not-known"}
LATER = "2026-10-20"


@pytest.mark.parametrize(
    ("record", "concern", "rest"),
    [
        (incident("disappearance", None), "disappeared",
         [incident("disappearance", "2026-10-03"), incident("chose-to-leave", None)]),
        (incident("disappearance", UNKNOWN), "disappeared",
         [incident("disappearance", "2026-10")]),
        (incident("trafficker-seen", None), "trafficker-near",
         [incident("trafficker-seen", "2026-10-03")]),
        (incident("crisis", None), "incident-going-on",
         [incident("crisis", "2026-10-03"), incident("crisis", UNKNOWN),
          incident("chose-to-leave", None)]),
        (incident(None, None), "incident-going-on", [incident(None, "2026-10-03")]),
        (visit("aaaaaaaa", "2026-10-01", danger_seen=True), "danger-at-visit",
         [visit("aaaaaaaa", "2026-10-01"),
          visit("aaaaaaaa", "2026-10-01", danger_seen=UNKNOWN)]),
        (visit("aaaaaaaa", "2026-10-01", rights_upheld="no"), "rights-not-upheld",
         [visit("aaaaaaaa", "2026-10-01", rights_upheld="not-observed")]),
        (visit("aaaaaaaa", "2026-10-01", rights_upheld="partly"), "rights-not-upheld", []),
        (visit("aaaaaaaa", "2026-10-01", reached="not-safe-to-try"), "not-safe-to-reach", []),
        (visit("aaaaaaaa", "2026-10-01", reached="not-reached"), "reached-nobody", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_raises_a_concern_and_what_lets_it_rest(
    record: Record, concern: str, rest: list[Record]
) -> None:
    assert raised(record) == [(concern, record.name)]
    for other in rest:
        assert raised(other) == []
    (found,) = argued(record).concerns
    assert found.provision in {str(entry["id"]) for entry in shipped().provisions}
    assert found.label.km and found.next.en and found.next.km


@pytest.mark.parametrize(
    "changes",
    [{"danger_seen": True}, {"rights_upheld": "no"}, {"reached": "not-reached"}],
    ids=["danger", "rights", "nobody"],
)
def test_a_later_visit_that_looked_again_ends_it(changes: dict[str, Any]) -> None:
    old = visit("aaaaaaaa", "2026-10-01", **changes)
    assert raised(old, visit("bbbbbbbb", LATER)) == []
    assert len(raised(old, visit("bbbbbbbb", "2026-09-01"))) == 1
    # Where a date does not say which came later, the concern stays.
    assert len(raised(old, visit("bbbbbbbb", "2026-10"))) == 1
    # A later visit that did not look says nothing.
    silent = dict.fromkeys(("danger_seen", "rights_upheld", "reached"), UNKNOWN)
    assert len(raised(old, visit("bbbbbbbb", LATER, **silent))) == 1
    # Nor does an undated one.
    undated = visit("bbbbbbbb", LATER)
    del undated.data["happened_on"]
    assert len(raised(old, undated)) == 1


def test_a_home_that_was_left_concerns_nobody_any_more() -> None:
    old = visit("aaaaaaaa", "2026-10-01", rights_upheld="no")
    assert raised(old, Record("placement", "aaaaaaaa", {"happened_on": LATER})) == []
    assert raised(old, Record("placement", "aaaaaaaa", {"happened_on": "2026-09"})) != []


def test_the_gravest_comes_first() -> None:
    found = raised(
        visit("aaaaaaaa", "2026-10-01", reached="not-reached", danger_seen=True),
        incident("crisis", None, "bbbbbbbb"),
        incident("disappearance", None, "aaaaaaaa"),
    )
    assert [name for name, _ in found] == [
        "disappeared", "incident-going-on", "danger-at-visit", "reached-nobody",
    ]  # fmt: skip


def test_danger_that_an_incident_ended_is_over() -> None:
    worried = visit("eeeeeeee", "2026-10-01", danger_seen=True)
    assert raised(worried, incident("trafficker-seen", "2026-10-03")) == []
    # One that goes on, and one that came before, say nothing of this danger.
    for other in (incident("trafficker-seen", None), incident("trafficker-seen", UNKNOWN)):
        assert ("danger-at-visit", worried.name) in raised(worried, other)
    before = example("incident", "bbbbbbbb", happened_on="2026-09-01", ended_safely_on="2026-09-02")
    assert ("danger-at-visit", worried.name) in raised(worried, before)


def test_a_draft_that_says_somebody_died_hides_no_concern() -> None:
    worried = visit("eeeeeeee", "2026-10-01", danger_seen=True)
    # Of one that a duty asks about, a success must say that it is over.
    assert argued(*complete(), worried).answer == "gaps"
    died = example("closure", "cccccccc", outcome="died")
    assert raised(worried) != [] and raised(worried, died) == raised(worried)


def test_safety_comes_before_everything_else_that_is_to_be_done() -> None:
    worried = visit("eeeeeeee", "2026-10-01", danger_seen=True)
    against = example("closure", "cccccccc", survivor_agrees_to_close="no")
    answer = argued(worried, against)
    assert answer.answer == "survivor-disagrees"
    first, second = answer.next[:2]
    assert first == answer.concerns[0].next
    assert second.en.startswith("ask the survivor what they would rather have")


def test_what_happens_later_concerns_nobody_yet() -> None:
    later = incident("disappearance", None)
    assert argued(later, as_of=date(2026, 9, 30)).concerns == ()
    assert argued(later, as_of=date(2026, 10, 1)).concerns != ()


def referral(**data: Any) -> Record:
    return Record("referral", "aaaaaaaa", {"happened_on": "2026-10-01", **data})


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (incident("crisis", None), "incidents"),
        (incident("disappearance", UNKNOWN), "incidents"),
        (incident("crisis", UNKNOWN), None),
        (incident("chose-to-leave", None), None),
        (referral(referral_consent="given"), "referrals"),
        (referral(receiver_answer="waiting"), "referrals"),
        (referral(receiver_answer="accepted"), None),
        (referral(receiver_answer="declined"), "referrals"),
        (referral(receiver_answer="declined", refusal_followed_up="asked elsewhere"), None),
        (referral(receiver_confirmed_on="2026-10-03"), None),
        (referral(referral_consent="refused"), None),
    ],
)
def test_what_is_still_open(record: Record, kind: str | None) -> None:
    found = argued(record).open.as_json()
    open_ = {name: [one["record"] for one in found[name]] for name in ("incidents", "referrals")}
    wanted: dict[str, list[str]] = {"incidents": [], "referrals": []}
    if kind:
        wanted[kind] = [record.name]
    assert open_ == wanted


HEARD = [
    (visit("aaaaaaaa", "2026-10-01"), True),
    (visit("aaaaaaaa", "2026-10-01", who_was_met=["family"], criteria={}), False),
    (visit("aaaaaaaa", "2026-10-01", who_was_met=["family"]), True),  # a criterion heard them
    (visit("aaaaaaaa", "2026-10-01", who_was_met=UNKNOWN, criteria={}), True),
    (visit("aaaaaaaa", "2026-10-01", who_was_met=UNKNOWN, criteria={}, reached="not-reached"),
     False),
    (visit("aaaaaaaa", "2026-10-01", who_was_met=UNKNOWN, criteria={},
           contact_way="through-other"), False),
    (Record("identification", None, {"happened_on": "2026-10-01"}), True),
    (Record("assessment", "aaaaaaaa", {"happened_on": "2026-10-01", "own_words": "x"}), True),
    (Record("assessment", "aaaaaaaa", {"happened_on": "2026-10-01"}), False),
    (Record("consent", "aaaaaaaa", {"happened_on": "2026-10-01", "given_by": "self"}), True),
    (Record("consent", "aaaaaaaa", {"happened_on": "2026-10-01", "given_by": "guardian"}), False),
    (Record("recovery", None, {"happened_on": "2026-10-01", "own_words": UNKNOWN}), False),
    (Record("note", "aaaaaaaa", {"happened_on": "2026-10-01"}), False),
]  # fmt: skip


@pytest.mark.parametrize(("record", "heard"), HEARD)
def test_when_the_survivor_was_heard(record: Record, heard: bool) -> None:
    assert argued(record).last_heard == (date(2026, 10, 1) if heard else None)
    assert argued(record, as_of=date(2026, 9, 30)).last_heard is None


def test_the_last_day_counts_and_of_a_month_its_first() -> None:
    both = (visit("aaaaaaaa", "2026-06-01"), visit("bbbbbbbb", "2026-10"))
    assert argued(*both).last_heard == date(2026, 10, 1)


def test_duties_of_the_file_are_a_group_of_their_own() -> None:
    groups = {duty.group: duty.provision for duty in argued().duties}
    assert set(groups) == {"process", "documentation"}
    for duty in argued().duties:
        assert (duty.group == "documentation") == duty.provision.startswith("857/11.")
    watch = Watch(documentation=("X/1",))
    assert watch.documents(["X/1"]) and watch.documents(["X/1.2", "X/2"])
    assert not watch.documents(["X/11"]) and not watch.documents(["X/2", "X/1"])
    assert not watch.documents([])


GOOD = '{id: c, each: visit, when: "this.met == \\"nobody\\"", label: {en: Nobody, km: ទេ}}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"concerns: [{GOOD}]", None),
        (f"concerns: [{GOOD}, {GOOD}]", "has the id of another entry"),
        ('concerns: [{id: c, each: viszt, when: "True", label: {en: A, km: ក}}]',
         "a type that is not there"),
        ('concerns: [{id: c, each: note, when: "True", label: {en: A, km: ក}}]',
         "a restricted record"),
        ('concerns: [{id: c, when: "len(note) > 0", label: {en: A, km: ក}}]',
         "a restricted record"),
        ('concerns: [{id: c, when: "len(visit) > 0", label: {en: A}}]', "both languages"),
        ('concerns: [{id: c, when: "len(visits) > 0", label: {en: A, km: ក}}]',
         "which nothing is called"),
        ('concerns: [{id: c, when: "len(visit)", label: {en: A, km: ក}}]', "yes-or-no"),
        ('concerns: [{id: c, label: {en: A, km: ក}}]', "has no expression when"),
        ('concerns: [{id: c, when: "True", weight: 3, label: {en: A, km: ក}}]',
         "means nothing here"),
        ('concerns: {id: c}', "is no list"),
        ('heard: [{id: h, when: "len(visit) > 0"}]', "names no record"),
        ('heard: [{id: h, each: visit, when: "True"}]', None),
        ('open: [{id: o, each: visit, when: "True"}]', "both languages"),
    ],
)  # fmt: skip
def test_what_an_edition_gets_wrong_is_told_at_load(
    tmp_path: Path, text: str, said: str | None
) -> None:
    edition = tiny(tmp_path, {"closure.yaml": FILES["closure.yaml"] + text + "\n"})
    if said is None:
        assert edition.closure.watch != Watch()
        return
    with pytest.raises(EditionError) as caught:
        _ = edition.closure
    assert said in str(caught.value.sentence)


def test_an_office_is_told_of_a_bad_concern_with_everything_else(tmp_path: Path) -> None:
    text = 'concerns: [{id: c, when: "len(note) > 0", label: {en: A, km: ក}}]\nweights: 3\n'
    edition = tiny(tmp_path, {"closure.yaml": FILES["closure.yaml"] + text})
    told = [one.message for one in conflicts(edition)]
    assert any("a restricted record" in sentence for sentence in told)
    assert any("weights" in sentence for sentence in told)
    assert not any("concerns" in sentence for sentence in told)


def test_an_office_may_add_a_concern_of_its_own_and_let_one_rest(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "closure.yaml").write_text(
        'concerns:\n  - {id: reached-nobody, when: "False"}\n'
        '  - {id: no-visit, when: "len(follow_up) == 0", ours: true,\n'
        "     label: {en: Nobody went, km: គ្មានអ្នកណាទៅ}}\n",
        encoding="utf-8",
    )
    edition = law.load([SHIPPED, own])
    nobody = visit("aaaaaaaa", "2026-10-01", reached="not-reached")
    assert readiness(edition, case(nobody), AS_OF).concerns == ()
    (one,) = readiness(edition, case(), AS_OF).concerns
    assert (one.id, one.record, one.days, one.ours) == ("no-visit", "", None, True)
    assert one.as_json()["record"] is None and one.as_json("km")["label"] == "គ្មានអ្នកណាទៅ"
