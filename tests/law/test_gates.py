"""Gates: what moving on asks, what is set aside, what a check adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.law.editions import AS_OF, FILES, SHIPPED, dossier, record, tiny
from tipcase import law
from tipcase.law import Edition, Finding, advance_findings, blocking, check, next_stage
from tipcase.law.dates import latest
from tipcase.law.dossier import Dossier, Record

INTAKE = record("intake", happened_on="2026-01-05", care=True, kind="adult")
VISIT = record("visit", "aaaaaaaa", happened_on="2026-02-01", met="survivor")
NOBODY = record("visit", "bbbbbbbb", happened_on="2026-03-01", met="nobody")


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return tiny(tmp_path_factory.mktemp("edition"))


def told(found: tuple[Finding, ...]) -> list[tuple[str, str, str, str]]:
    return [(f.rule, f.severity, f.record, f.field) for f in found]


def test_a_stage_without_a_record_says_what_to_type(edition: Edition) -> None:
    (finding, *others) = advance_findings(edition, dossier("visit"), "closure", AS_OF)
    assert others == []
    assert (finding.rule, finding.record, finding.severity) == ("no-record", "visit", "blocks")
    assert "tipcase put K7Q2-M9TX visit" in finding.hint.en
    assert "tipcase skip K7Q2-M9TX visit" in finding.hint.km


def test_leaving_needs_what_is_required_and_the_leave_gate(edition: Edition) -> None:
    case = dossier("intake", record("intake", happened_on="2026", kind="adult"))
    assert told(advance_findings(edition, case, "visit", AS_OF)) == [
        ("required", "blocks", "intake", "care"),
        ("care-first", "blocks", "intake", "care"),
    ]


def test_a_finding_carries_the_rules_words(edition: Edition) -> None:
    case = dossier("intake", record("intake", happened_on="2026", care=False, kind="adult"))
    (finding,) = advance_findings(edition, case, "visit", AS_OF)
    assert (finding.provision, finding.case) == ("X/1.2", "K7Q2-M9TX")
    assert (finding.message.en, finding.message.km) == ("care comes first", "ថែទាំមុន")
    assert finding.hint.en == "give it"


def test_an_unknown_fact_fires_a_gate_and_an_honest_unknown_may_answer_it(
    edition: Edition,
) -> None:
    for care in ({"unknown": "not-asked"}, None):
        facts = {} if care is None else {"care": care}
        case = dossier("intake", record("intake", happened_on="2026", kind="adult", **facts))
        assert "care-first" in [f.rule for f in advance_findings(edition, case, "visit", AS_OF)]
    honest = record("intake", happened_on="2026", care=True, kind={"unknown": "declined"})
    assert advance_findings(edition, dossier("intake", honest), "visit", AS_OF) == ()
    missing = record("intake", happened_on="2026", care=True)
    assert told(advance_findings(edition, dossier("intake", missing), "visit", AS_OF)) == [
        ("kind-known", "blocks", "intake", "kind")
    ]


def test_a_condition_that_is_not_certain_raises_no_question(edition: Edition) -> None:
    # kind-known is asked only where care is known to have been given.
    case = dossier("intake", record("intake", happened_on="2026", care={"unknown": "not-known"}))
    assert "kind-known" not in [f.rule for f in advance_findings(edition, case, "visit", AS_OF)]


def test_each_record_is_judged(edition: Edition) -> None:
    case = dossier("visit", INTAKE, NOBODY, VISIT)
    assert told(advance_findings(edition, case, "closure", AS_OF)) == [
        ("met-somebody", "blocks", "visit/bbbbbbbb", "met")
    ]


def test_going_back_or_staying_asks_nothing(edition: Edition) -> None:
    case = dossier("visit", NOBODY)
    assert advance_findings(edition, case, "intake", AS_OF) == ()
    assert advance_findings(edition, case, "visit", AS_OF) == ()


def test_crossing_a_stage_asks_its_gates(edition: Edition) -> None:
    case = dossier("intake", INTAKE, NOBODY)
    assert told(advance_findings(edition, case, "closure", AS_OF)) == [
        ("met-somebody", "blocks", "visit/bbbbbbbb", "met")
    ]
    assert advance_findings(edition, case, "visit", AS_OF) == ()
    # A stage crossed without any record has nothing that its leave-gate could judge.
    assert advance_findings(edition, dossier("intake", INTAKE), "closure", AS_OF) == ()
    # Its enter-gate is asked all the same.
    unsaid = record("intake", happened_on="2026", care=True)
    found = advance_findings(edition, dossier("intake", unsaid), "closure", AS_OF)
    assert [f.rule for f in found] == ["kind-known"]


def test_the_leave_gate_of_a_stage_crossed_is_asked_only_if_it_has_records(
    tmp_path: Path,
) -> None:
    rule = (
        "  - {id: two, at: leave visit, severity: blocks, holds: len(visit) > 1,\n"
        "     message: {en: a, km: b}}\n"
    )
    edition = tiny(tmp_path, {"rules.yaml": FILES["rules.yaml"] + rule})
    assert advance_findings(edition, dossier("intake", INTAKE), "closure", AS_OF) == ()
    assert told(advance_findings(edition, dossier("intake", INTAKE, VISIT), "closure", AS_OF)) == [
        ("two", "blocks", "visit/aaaaaaaa", "")
    ]


@pytest.mark.parametrize("state", ["not-applicable", "done-elsewhere"])
def test_a_stage_set_aside_asks_nothing(edition: Edition, state: str) -> None:
    unsaid = record("intake", happened_on="2026", care=True)
    case = dossier("intake", unsaid, NOBODY, visit=state)
    assert advance_findings(edition, case, "closure", AS_OF) == ()
    assert next_stage(edition, case) == "closure"
    bare = dossier("intake", intake=state)
    assert [f.rule for f in advance_findings(edition, bare, "visit", AS_OF)] == []


@pytest.mark.parametrize(
    ("stage", "states", "to"),
    [
        ("intake", {}, "visit"),
        ("intake", {"visit": "complete"}, "visit"),
        ("intake", {"visit": "not-applicable", "closure": "done-elsewhere"}, None),
        ("closure", {}, None),
    ],
)
def test_next_stage(edition: Edition, stage: str, states: dict[str, str], to: str | None) -> None:
    assert next_stage(edition, dossier(stage, **states)) == to


def test_a_check_tells_what_advance_would_refuse(edition: Edition) -> None:
    case = dossier("intake", record("intake", happened_on="2026", kind="adult"))
    refused = blocking(advance_findings(edition, case, "visit", AS_OF))
    assert refused and blocking(check(edition, case, AS_OF)) == refused


def test_a_check_types_every_record(edition: Edition) -> None:
    note = record("note", "cccccccc", happened_on="2026-02-30", text="x")
    found = check(edition, dossier("intake", INTAKE, note), AS_OF)
    assert ("format", "blocks", "note/cccccccc", "happened_on") in told(found)


def test_what_is_missing_elsewhere_advises(edition: Edition) -> None:
    case = dossier("visit", record("intake", happened_on="2026"), VISIT, record("note", "cccccccc"))
    found = check(edition, case, AS_OF)
    assert blocking(found) == ()
    assert sorted(told(found)) == [
        ("care-first", "advises", "intake", "care"),
        ("required", "advises", "intake", "care"),
        ("required", "advises", "note/cccccccc", "happened_on"),
        ("required", "advises", "note/cccccccc", "text"),
    ]


def test_always_rules(edition: Edition) -> None:
    visits = [record("visit", f"{c}" * 8, happened_on="2026-02", met="survivor") for c in "abc"]
    found = check(edition, dossier("closure", INTAKE, *visits), AS_OF)
    assert told(found) == [
        ("no-record", "blocks", "closure", ""),
        ("few-visits", "advises", "intake", ""),
    ]


def test_the_last_stage_is_checked_too(tmp_path: Path) -> None:
    rule = (
        "  - {id: told, at: leave closure, each: closure, severity: blocks,\n"
        "     holds: known(this.lessons), message: {en: a, km: b}}\n"
    )
    edition = tiny(tmp_path, {"rules.yaml": FILES["rules.yaml"] + rule})
    done = record("closure", "dddddddd", happened_on="2026")
    assert told(check(edition, dossier("closure", done), AS_OF)) == [
        ("told", "blocks", "closure/dddddddd", "")
    ]
    assert check(edition, dossier("closure", done, closure="not-applicable"), AS_OF) == ()


def test_a_record_of_an_unknown_type_is_said_not_judged(edition: Edition) -> None:
    found = check(edition, dossier("intake", INTAKE, record("future", happened_on=1)), AS_OF)
    assert told(found) == [("no-record-type", "advises", "future", "")]


def test_one_fault_is_told_once(edition: Edition) -> None:
    case = dossier("intake", record("intake", happened_on="nonsense", care=True, kind="adult"))
    assert (
        told(check(edition, case, AS_OF)).count(("format", "blocks", "intake", "happened_on")) == 1
    )


# ---- the shipped edition: its examples tell one story, which every gate lets through


def shipped_story() -> tuple[Edition, dict[str, Record]]:
    edition = law.load(SHIPPED)
    told_by: dict[str, Record] = {}
    for name in edition.record_types:
        record_type = edition.record_type(name)
        told_by[name] = Record(
            name, "abcd2345" if record_type.repeats else None, record_type.example
        )
    return edition, told_by


def test_the_shipped_stages_can_be_walked_with_their_examples() -> None:
    edition, story = shipped_story()
    stages = [stage.name for stage in edition.stages]
    written: list[Record] = []
    for stage in stages:
        written.append(story[stage])
        as_of = latest(story[stage].data["happened_on"]) or AS_OF
        case = Dossier("K7Q2-M9TX", "2026-01-05", stage, records=tuple(written))
        to = next_stage(edition, case)
        if to is not None:
            assert blocking(advance_findings(edition, case, to, as_of)) == ()


def test_the_shipped_story_as_a_whole_is_sound() -> None:
    edition, story = shipped_story()
    as_of = max(latest(r.data["happened_on"]) or AS_OF for r in story.values())
    case = Dossier("K7Q2-M9TX", "2026-01-05", "closure", records=tuple(story.values()))
    assert blocking(check(edition, case, as_of)) == ()


def test_every_shipped_rule_survives_an_empty_case_and_honest_unknowns() -> None:
    edition, story = shipped_story()
    honest = {
        name: Record(name, r.tag, {key: {"unknown": "declined"} for key in r.data})
        for name, r in story.items()
    }
    for records in ((), tuple(honest.values())):
        for stage in edition.stages:
            case = Dossier("K7Q2-M9TX", "2026-01-05", stage.name, records=records)
            for finding in check(edition, case, AS_OF):
                assert finding.message.en and finding.message.km
