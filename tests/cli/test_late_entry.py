"""Records typed in late, from paper: what counts is when it happened, not when it was typed."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.cli.conftest import Office
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition
from tipcase.law.plausible import ahead


@pytest.mark.parametrize("text", ["26-01-05", "05-01-26", "5/1/2026", "26", "0206", "20260105"])
def test_a_year_has_four_digits(office: Office, text: str) -> None:
    before = office.snapshot()
    note = f"happened_on: {text}\ntext: x\n"
    ran = office.run("put", office.case, "note", "-", input=note)
    assert ran.code == 3
    assert "note.happened_on" in ran.stderr
    ran = office.run("set", office.case, "profile", f"birth.date={text}")
    assert ran.code == 3
    assert office.run("new", "--opened", text).code == 2
    assert office.snapshot() == before


def test_the_latest_is_the_one_that_happened_last(office: Office) -> None:
    office.put("note", "happened_on: 2026-03-01\ntext: the later one\n")
    office.put("note", "happened_on: 2026-02\ntext: the earlier one, typed last\n")
    assert "the later one" in office.done("show", office.case, "note")


VISIT = """
happened_on: 2026-0{month}-05
criteria: {{a: {{seen: "{seen}", basis: An invented visit., heard: [survivor, family]}}}}
"""


def test_the_order_of_typing_changes_no_answer(office: Office) -> None:
    texts = [VISIT.format(month=m, seen=seen) for m, seen in ((2, "no"), (3, "yes"), (4, "yes"))]
    answers = []
    for order in (texts, texts[::-1]):
        case = office.done("new", "--opened", "2026-01-05").strip()
        for text in order:
            office.done("put", case, "follow-up", "-", input=text)
        told = office.data("readiness", case, "--as-of", "2026-05-01")
        answers.append([(c["state"], len(c["evidence"])) for c in told["criteria"]])
    assert answers[0] == answers[1]
    # The "no" is older than both visits that speak for it, whenever it was typed.
    assert answers[0][0] == ("not-enough", 2)


# -- a day that has not come --

TODAY = date(2026, 3, 10)


def found(edition: Edition, *days: object) -> list[str]:
    records = tuple(
        Record("note", f"tag{n}2345", {"happened_on": day}) for n, day in enumerate(days)
    )
    dossier = Dossier("K7Q2-M9TX", "2026-01-05", "identification", records=records)
    findings = list(ahead(edition, dossier, TODAY))
    assert all(f.severity == "advises" and f.field == "happened_on" for f in findings)
    assert all(f.message.km and f.provision and f.rule == "ahead" for f in findings)
    return [finding.record for finding in findings]


@pytest.fixture(scope="module")
def edition() -> Edition:
    from tipcase import law, resources

    return law.load(resources.path("schemas") / "kh-2009")


def test_only_what_is_certainly_ahead_is_advised(edition: Edition) -> None:
    assert found(edition, "2026-03-10", "2026-03", "2026", "2025-12-31") == []
    assert found(edition, None, {"unknown": "not-known"}, "soon", 7) == []
    assert found(edition, "2026-03-11", "2026-04", "2027", "2062-01-05") == [
        f"note/tag{n}2345" for n in range(4)
    ]


def test_a_record_of_no_known_type_is_looked_at_too(edition: Edition) -> None:
    record = Record("nosuch", None, {"happened_on": "2027"})
    dossier = Dossier("K7Q2-M9TX", "2026-01-05", "identification", records=(record,))
    (finding,) = ahead(edition, dossier, TODAY)
    assert (finding.record, finding.provision) == ("nosuch", "")


def test_planned_days_are_let_be(edition: Edition) -> None:
    record = Record("follow-up", "k3f9m2xq", {"happened_on": "2026-03-01", "next_visit_on": "2027"})
    dossier = Dossier("K7Q2-M9TX", "2026-01-05", "identification", records=(record,))
    assert list(ahead(edition, dossier, TODAY)) == []


def test_the_advice_names_no_value(edition: Edition) -> None:
    record = Record("note", "k3f9m2xq", {"happened_on": "2062-07-31"})
    dossier = Dossier("K7Q2-M9TX", "2026-01-05", "identification", records=(record,))
    (finding,) = ahead(edition, dossier, TODAY)
    assert "2062" not in json.dumps([finding.as_json("en"), finding.as_json("km"), finding.hint.en])
