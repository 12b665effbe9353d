"""Whether a consent covers what a sheet would give away: only what is certain counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.forms.conftest import dossier
from tipcase.forms import press, sharing
from tipcase.forms.definition import FormsError
from tipcase.forms.fields import of_record
from tipcase.forms.sharing import Sharing
from tipcase.law.dossier import Disputed, Record
from tipcase.law.edition import Edition

DAY = date(2026, 10, 15)
TO = "An Invented School"
YES: Mapping[str, Any] = {
    "happened_on": "2026-03-01",
    "subject": "sharing",
    "answer": "given",
    "given_by": "self",
    "information_kinds": ["identity", "contact"],
    "shared_with": [TO],
}
BOTH = {"identity", "contact"}
UNKNOWN = [
    {"unknown": "not-asked"},
    {"unknown": "declined"},
    {"unknown": "not-known", "why": "nobody said"},
]
DOES_NOT_APPLY = {"unknown": "not-applicable"}


@pytest.fixture(scope="module")
def rules(edition: Edition) -> Sharing:
    found = press.of(edition).sharing(edition)
    assert found is not None
    return found


def consent(tag: str = "first234", disputed: tuple[str, ...] = (), **data: Any) -> Record:
    """A consent like ``YES`` but for what is given; None takes a field out."""
    whole = {name: value for name, value in {**YES, **data}.items() if value is not None}
    return Record("consent", tag, whole, disputed=tuple(Disputed(path, ()) for path in disputed))


def shared(rules: Sharing, *records: Record, to: str | None = TO, day: date = DAY) -> set[str]:
    return set(rules.kinds_shared(dossier(*records), day, to=to))


def test_a_consent_covers_the_kinds_that_it_names(rules: Sharing) -> None:
    assert shared(rules, consent()) == BOTH


def test_nothing_on_file_covers_nothing(rules: Sharing) -> None:
    assert shared(rules) == set()
    assert not rules.holds(dossier(), DAY, "photo")


NO: Mapping[str, Mapping[str, Any]] = {
    "refused": {"answer": "refused"},
    "time to think": {"answer": "later"},
    "no answer": {"answer": None},
    "no kinds": {"information_kinds": None},
    "an empty list of kinds": {"information_kinds": []},
    "nobody named": {"shared_with": None},
    "an empty list of names": {"shared_with": []},
    "another receiver": {"shared_with": ["Another School"]},
    "a part of the name": {"shared_with": ["An Invented"]},
    "a name of blanks": {"shared_with": [" "]},
    "a subject that shares nothing": {"subject": "services"},
    "no subject": {"subject": None},
    "asked later": {"happened_on": "2026-10-16"},
    "withdrawn before it was asked": {"withdrawn_on": "2026-01-01"},
    "withdrawn before": {"withdrawn_on": "2026-10-14"},
    "withdrawn on the day": {"withdrawn_on": "2026-10-15"},
    "withdrawn some day of the month": {"withdrawn_on": "2026-10"},
    "withdrawn some day of the year": {"withdrawn_on": "2026"},
    "withdrawn on what is no date": {"withdrawn_on": "soon"},
    "run out": {"valid_until": "2026-10-14"},
    "run out some day of the month": {"valid_until": "2026-10"},
    "run out some day of the year": {"valid_until": "2026"},
    "run out last year": {"valid_until": "2025"},
    "a term that is no date": {"valid_until": "when she says so"},
    "a child's own no": {"given_by": "guardian", "child_assent": "disagrees"},
    "a guardian who may be involved": {"given_by": "guardian", "guardian_suspected": True},
    **{
        f"{field} unknown: {unknown['unknown']}": {field: unknown}
        for field in (
            "subject",
            "answer",
            "information_kinds",
            "shared_with",
            "withdrawn_on",
            "valid_until",
        )
        for unknown in UNKNOWN
    },
    **{
        f"{field} does not apply": {field: DOES_NOT_APPLY}
        for field in ("subject", "answer", "information_kinds", "shared_with")
    },
}


@pytest.mark.parametrize("what", NO)
def test_what_is_not_certain_is_a_no(rules: Sharing, what: str) -> None:
    assert shared(rules, consent(**NO[what])) == set()


STILL: Mapping[str, Mapping[str, Any]] = {
    "withdrawn later": {"withdrawn_on": "2026-10-16"},
    "withdrawn in a later month": {"withdrawn_on": "2026-11"},
    "never withdrawn": {"withdrawn_on": DOES_NOT_APPLY},
    "the last day": {"valid_until": "2026-10-15"},
    "a later term": {"valid_until": "2026-12-31"},
    "a later year": {"valid_until": "2027"},
    "no term": {"valid_until": DOES_NOT_APPLY},
    "asked on the day": {"happened_on": "2026-10-15"},
    "asked some day of this month": {"happened_on": "2026-10"},
    "nobody knows when it was asked": {"happened_on": {"unknown": "not-known"}},
    "the name in other letters": {"shared_with": ["  an   INVENTED\tschool "]},
    "one of several receivers": {"shared_with": ["Another", TO]},
    "beside an unknown receiver": {"shared_with": [{"unknown": "not-known"}, TO]},
    "a guardian nobody suspects": {"given_by": "guardian", "guardian_suspected": False},
    "a representative": {"given_by": "representative", "guardian_suspected": True},
    "a child who agrees": {"given_by": "guardian", "child_assent": "agrees"},
}


@pytest.mark.parametrize("what", STILL)
def test_a_consent_that_stands_covers(rules: Sharing, what: str) -> None:
    assert shared(rules, consent(**STILL[what])) == BOTH


@pytest.mark.parametrize(
    "path",
    [
        "answer", "withdrawn_on", "valid_until", "shared_with", "shared_with.ab23cd45",
        "information_kinds", "information_kinds.identity", "subject", "happened_on",
        "given_by", "guardian_suspected", "child_assent",
    ],
)  # fmt: skip
def test_a_consent_in_an_open_conflict_covers_nothing(rules: Sharing, path: str) -> None:
    assert shared(rules, consent(disputed=(path,))) == set()


def test_a_conflict_about_something_else_changes_nothing(rules: Sharing) -> None:
    assert shared(rules, consent(disputed=("purpose", "witness", "own_file.shown_on"))) == BOTH


def test_what_is_asked_apart_is_covered_by_its_own_consent_alone(rules: Sharing) -> None:
    everything = ["identity", "health", "hiv-status", "family-profile", "photo"]
    assert shared(rules, consent(information_kinds=everything)) == {"identity", "health"}
    for subject in ("hiv-status", "family-profile", "photo"):
        assert shared(rules, consent(subject=subject, information_kinds=None)) == {subject}
        assert shared(rules, consent(subject=subject, information_kinds=everything)) == {subject}


LATER_NO: Mapping[str, tuple[Mapping[str, Any], set[str]]] = {
    "to the same": ({}, set()),
    "to nobody by name": ({"shared_with": None}, set()),
    "to somebody unknown": ({"shared_with": {"unknown": "not-known"}}, set()),
    "to a list with an unknown": ({"shared_with": ["Another", {"unknown": "not-known"}]}, set()),
    "to somebody else": ({"shared_with": ["Another School"]}, BOTH),
    "of no kind by name": ({"information_kinds": None}, set()),
    "of one kind": ({"information_kinds": ["contact"]}, {"identity"}),
    "of another kind": ({"information_kinds": ["health"]}, BOTH),
    "of another subject": ({"subject": "photo"}, BOTH),
    "of a disputed subject": ({"subject": "photo", "disputed": ("subject",)}, set()),
    "with a disputed receiver": (
        {"shared_with": ["Another School"], "disputed": ("shared_with",)},
        set(),
    ),
    "on the same day": ({"happened_on": "2026-03-01"}, set()),
    "some day of the same year": ({"happened_on": "2026"}, set()),
    "nobody knows when": ({"happened_on": {"unknown": "not-known"}}, set()),
    "on a disputed day": ({"happened_on": "2025-01-01", "disputed": ("happened_on",)}, set()),
    "the day before": ({"happened_on": "2026-02-28"}, BOTH),
    "some day of the year before": ({"happened_on": "2025"}, BOTH),
    "after the form's date": ({"happened_on": "2026-10-16"}, BOTH),
    "on the form's date": ({"happened_on": "2026-10-15"}, set()),
}


@pytest.mark.parametrize("what", LATER_NO)
def test_a_later_refusal_ends_a_consent(rules: Sharing, what: str) -> None:
    data, left = LATER_NO[what]
    no = consent("later234", **{"happened_on": "2026-06-01", "answer": "refused", **data})
    assert shared(rules, consent(), no) == left
    assert shared(rules, no, consent()) == left


@pytest.mark.parametrize(
    ("later", "left"),
    [
        # A renewal that was taken back takes back what it renewed.
        ({"withdrawn_on": "2026-07-01"}, set()),
        ({"withdrawn_on": "2026-07-01", "shared_with": ["Another School"]}, BOTH),
        ({"withdrawn_on": "2026-11-01"}, BOTH),
        ({"disputed": ("withdrawn_on",)}, set()),
        ({"answer": "later", "disputed": ("answer",)}, set()),
        ({"answer": "later"}, BOTH),
        ({"child_assent": "disagrees"}, set()),
        # What ran out was not taken back.
        ({"valid_until": "2026-07-01"}, BOTH),
    ],
)
def test_what_is_taken_back_or_may_be_a_no_ends_an_earlier_consent(
    rules: Sharing, later: dict[str, Any], left: set[str]
) -> None:
    assert shared(rules, consent(), consent("later234", happened_on="2026-06-01", **later)) == left


def test_a_consent_after_a_refusal_or_a_withdrawal_covers_again(rules: Sharing) -> None:
    before = (
        consent("taken234", withdrawn_on="2026-02-01", happened_on="2026-01-01"),
        consent("refus234", answer="refused", happened_on="2026-01-15"),
    )
    assert shared(rules, *before, consent()) == BOTH
    assert shared(rules, *before) == set()


def test_nobody_known_gets_nothing(rules: Sharing) -> None:
    for to in (None, "", " \u200b"):
        assert shared(rules, consent(shared_with=[to or TO, TO]), to=to) == set()


def test_a_sheet_for_anybody_needs_no_name(rules: Sharing) -> None:
    case = dossier(consent(shared_with=None))
    assert rules.kinds_shared(case, DAY, to=None, anybody=True) == BOTH


def test_one_name_written_two_ways_is_one_name(rules: Sharing) -> None:
    # A Khmer vowel of two parts, and an accent, in either order and either form.
    assert (
        shared(rules, consent(shared_with=["Cafe\u0301 សាលា\u200bរៀន"]), to="café សាលារៀន") == BOTH
    )


def test_a_subject_is_agreed_to_while_its_consent_stands(rules: Sharing) -> None:
    photo = consent(subject="photo", shared_with=None, information_kinds=None)
    assert rules.holds(dossier(photo), DAY, "photo")
    assert not rules.holds(dossier(photo), DAY, "local-authority")
    assert not rules.holds(dossier(photo), date(2026, 2, 28), "photo")
    refused = consent("later234", subject="photo", answer="refused", happened_on="2026-04-01")
    assert not rules.holds(dossier(photo, refused), DAY, "photo")


DATES = st.sampled_from(["2025", "2026", "2026-03", "2026-03-01", "2026-10-15", "2026-10-16", "no"])
ANYTHING = st.one_of(
    st.none(),
    DATES,
    st.sampled_from([*UNKNOWN, DOES_NOT_APPLY, [], [1], {"x": 1}, True, 3, "given"]),
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {}, optional=dict.fromkeys((*YES, "withdrawn_on", "valid_until"), ANYTHING)
        ),
        max_size=3,
    )
)
def test_whatever_is_written_nothing_is_shared_without_a_plain_yes(
    rules: Sharing, consents: list[dict[str, Any]]
) -> None:
    records = [consent(f"tagg234{n}", **data) for n, data in enumerate(consents)]
    plain = [
        r
        for r in records
        if r.data.get("answer") == "given"
        and r.data.get("subject") == "sharing"
        and isinstance(r.data.get("shared_with"), list)
        and TO in r.data["shared_with"]
    ]
    found = shared(rules, *records)
    assert found <= BOTH if plain else found == set()


BROKEN: Mapping[str, Mapping[str, Any]] = {
    "a key that is none": {"colour": "red"},
    "a field that is none": {"withdrawn": "shoe"},
    "an answer that is none": {"answer": {"field": "answer", "given": "yes", "refused": "refused"}},
    "a subject that is none": {"subject": {"field": "subject", "covers": {"shoe": ["photo"]}}},
    "a kind that is none": {"subject": {"field": "subject", "covers": {"photo": ["shoe"]}}},
    "something left out": {"answer": None},
    "no mapping": {"photo": ["photo"]},
    "a condition on no field": {"unless": [{"shoe": 1}]},
}


@pytest.mark.parametrize("fault", BROKEN)
def test_data_that_fit_no_record_are_refused(edition: Edition, fault: str) -> None:
    record = of_record(edition.record_type("consent"))
    said = edition.forms_data["sharing"]
    assert sharing.read(said, record).record == "consent"
    with pytest.raises(FormsError, match=r"forms\.yaml, sharing"):
        sharing.read({**said, **BROKEN[fault]}, record)
