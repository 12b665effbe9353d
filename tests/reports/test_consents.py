"""Who agreed to be reported: only a certain yes is one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.reports.cases import case, definition, dossier, facts_of, record
from tipcase.law.dossier import Disputed, Record
from tipcase.reports.collecting import collect
from tipcase.reports.consents import standing

TODAY = date(2026, 10, 15)
ADULT = {"birth": {"date": "1998", "basis": "told"}}
CHILD = {"birth": {"date": "2012", "basis": "told"}}
YES = {"happened_on": "2026-02-01", "answer": "given", "given_by": "self"}
NO = {"happened_on": "2026-03-01", "answer": "refused", "given_by": "self"}


def judged(*consents: dict[str, Any], profile: dict[str, Any] | None = None, **about: Any) -> str:
    every = [
        record("consent", {"subject": "reporting", **one}, f"{at}aaa2345")
        for at, one in enumerate(consents)
    ]
    return standing(facts_of(record("profile", profile or ADULT), *every, **about), TODAY)


@pytest.mark.parametrize(
    ("consents", "expected"),
    [
        ([], "not-asked"),
        ([YES], "given"),
        ([NO], "refused"),
        ([YES | {"answer": "later"}], "not-asked"),
        ([YES | {"answer": {"unknown": "not-asked"}}], "refused"),
        ([YES | {"answer": None}], "not-asked"),
        # The later word counts, whichever it is.
        ([YES, NO], "refused"),
        ([NO, YES | {"happened_on": "2026-03-02"}], "given"),
        ([YES, YES | {"happened_on": "2026-04", "answer": "later"}], "given"),
        # On the same day, in the same month, or on no day, nobody knows which came last.
        ([NO, YES | {"happened_on": "2026-03-01"}], "refused"),
        ([NO | {"happened_on": "2026-03"}, YES | {"happened_on": "2026-03-20"}], "refused"),
        ([NO | {"happened_on": None}, YES], "refused"),
        ([NO, YES | {"happened_on": None}], "refused"),
        ([YES | {"happened_on": None}], "given"),
        # Withdrawn, or it may be; not before that day has come.
        ([YES | {"withdrawn_on": "2026-05-01"}], "refused"),
        ([YES | {"withdrawn_on": {"unknown": "not-known"}}], "refused"),
        ([YES | {"withdrawn_on": "2026-10-16"}], "given"),
        # On the very day.
        ([YES | {"withdrawn_on": "2026-10-15"}], "refused"),
        ([YES | {"happened_on": "2026-10-15"}], "given"),
        ([YES | {"withdrawn_on": {"unknown": "not-applicable"}}], "given"),
        ([YES | {"withdrawn_on": "2026-05-01"}, YES | {"happened_on": "2026-06-01"}], "given"),
        # Run out, or it may be.
        ([YES | {"valid_until": "2026-10-14"}], "refused"),
        ([YES | {"valid_until": "2026-10"}], "refused"),
        ([YES | {"valid_until": "2026-10-15"}], "given"),
        ([YES | {"valid_until": {"unknown": "not-known"}}], "refused"),
        ([YES | {"valid_until": {"unknown": "not-applicable"}}], "given"),
        # What is written of a day to come has not happened.
        ([YES | {"happened_on": "2026-10-16"}], "not-asked"),
        ([YES, NO | {"happened_on": "2026-10-16"}], "given"),
        # Of another subject, or of none.
        ([YES | {"subject": "sharing"}], "not-asked"),
        ([YES | {"subject": {"unknown": "not-asked"}}], "not-asked"),
    ],
)
def test_what_is_a_yes(consents: list[dict[str, Any]], expected: str) -> None:
    assert judged(*consents) == expected


@pytest.mark.parametrize(
    ("consent", "profile", "expected"),
    [
        ({"given_by": "guardian"}, CHILD, "given"),
        ({"given_by": "other-adult"}, CHILD, "given"),
        ({"given_by": "guardian", "guardian_suspected": True}, CHILD, "refused"),
        ({"given_by": "other-adult", "guardian_suspected": True}, CHILD, "given"),
        ({"given_by": "guardian", "child_assent": "disagrees"}, CHILD, "refused"),
        ({"given_by": "guardian", "child_assent": "agrees"}, CHILD, "given"),
        # Who has come of age is asked anew; whose word it is must be known.
        ({"given_by": "guardian"}, ADULT, "not-asked"),
        ({"given_by": "representative"}, ADULT, "given"),
        ({"given_by": {"unknown": "not-known"}}, ADULT, "not-asked"),
        # Of whose birth nothing is written nobody knows that they have come of age.
        ({"given_by": "guardian"}, {"sex": "female"}, "given"),
        # Eighteen on this very day, and on the next.
        ({"given_by": "guardian"}, {"birth": {"date": "2008-10-15"}}, "not-asked"),
        ({"given_by": "guardian"}, {"birth": {"date": "2008-10-16"}}, "given"),
    ],
)
def test_who_said_it(consent: dict[str, Any], profile: dict[str, Any], expected: str) -> None:
    assert judged(YES | consent, profile=profile) == expected


def test_what_two_people_wrote_differently_is_no_yes() -> None:
    apart = Disputed("answer", (("cw1", "2026-02-01"), ("cw2", "2026-02-01")))
    data = {"subject": "reporting", **YES}
    one = Record("consent", "aaaa2345", data, disputed=(apart,))
    facts = collect(case(), dossier(one), definition())
    assert standing(facts, TODAY) == "refused"


def test_a_no_whose_subject_is_disputed_may_be_about_reporting() -> None:
    apart = Disputed("subject", (("cw1", "2026-03-01"), ("cw2", "2026-03-01")))
    no = Record("consent", "bbbb2345", {**NO, "subject": "sharing"}, disputed=(apart,))
    yes = record("consent", {"subject": "reporting", **YES}, "aaaa2345")
    assert standing(collect(case(), dossier(yes, no), definition()), TODAY) == "refused"


def test_it_ends_with_the_person() -> None:
    yes = {"reporting": [{"on": "2026-02-01", "answer": "given", "by": "self"}]}
    died = {"from": "2026-01-05", "how": "new", "to": "2026-06-01", "outcome": "died"}
    assert standing({"spans": [died], **yes}, TODAY) == "refused"
    assert standing({"spans": [died], **yes}, date(2026, 5, 31)) == "given"
    assert (
        standing({"spans": [died, {"from": "2026-07-01", "how": "reopened"}], **yes}, TODAY)
        == "given"
    )
