"""Which records a log shows, which one a form was made for, and which forms a case is ready for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.forms.conftest import DAY, dossier, record
from tipcase import forms
from tipcase.forms import conditions, plain
from tipcase.forms.fields import FormsError, of_record
from tipcase.law.dossier import Disputed, Record
from tipcase.law.edition import Edition

UNKNOWN = {"unknown": "not-asked"}


@pytest.mark.parametrize(
    ("said", "found", "holds"),
    [
        ({"any": ["medical"]}, ["medical"], True),
        ({"any": ["medical"]}, ["medical", "hiv"], True),
        ({"any": ["medical"]}, ["hiv"], False),
        ({"any": ["medical"]}, None, False),
        ({"any": ["medical"]}, UNKNOWN, False),
        ({"any": ["medical"]}, [UNKNOWN], False),
        ({"none": ["hiv"]}, ["medical"], True),
        ({"none": ["hiv"]}, ["medical", "hiv"], False),
        ({"none": ["hiv"]}, None, True),
        ({"none": ["hiv"]}, UNKNOWN, True),
        ({"any": ["medical"], "none": ["hiv"]}, ["medical", "hiv"], False),
        ({"any": ["medical"], "none": ["hiv"]}, ["medical"], True),
    ],
)
def test_a_row_holds_one_of_the_values_and_none_of_the_others(
    edition: Edition, said: Any, found: Any, holds: bool
) -> None:
    kind = of_record(edition.record_type("health"))
    (condition,) = conditions.read({"health_kinds": said}, [kind], "here")
    assert condition.holds(record("health", "one", health_kinds=found), surely=True) == holds


def test_a_field_in_an_open_conflict_is_sure_of_nothing(edition: Edition) -> None:
    kind = of_record(edition.record_type("health"))
    (condition,) = conditions.read({"health_kinds": {"none": ["hiv"]}}, [kind], "here")
    parted = Disputed("health_kinds", (("a", "2026-01-01"), ("b", "2026-01-01")))
    disputed = Record("health", "one", {"health_kinds": ["medical"]}, disputed=(parted,))
    assert condition.holds(disputed, surely=False)
    assert not condition.holds(disputed, surely=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"no_such_field": {"any": ["medical"]}},
        {"health_kinds": {"any": ["no-such-kind"]}},
        {"health_kinds": {"all": ["medical"]}},
        {"health_kinds": {}},
        {"health_kinds": "medical"},
        {"findings": {"none": ["hiv"]}},
    ],
    ids=["field", "value", "word", "nothing", "text", "no values"],
)
def test_conditions_that_fit_no_record_type_are_refused(edition: Edition, wrong: Any) -> None:
    with pytest.raises(FormsError):
        conditions.read(wrong, [of_record(edition.record_type("health"))], "here")
    with pytest.raises(FormsError):
        conditions.read({"health_kinds": {"any": ["medical"]}}, [], "here")


OWN = """\
forms:
  X1:
    title: {en: X1}
    about: incident
    prefer: {field: incident_kind, value: [disappearance, chose-to-leave]%s}
    sections:
      - title: {en: One}
        lines:
          - log: [incident]
            rows: {incident_kind: {any: [disappearance]}}
            columns: [what_happened]
"""
GONE = record("incident", "gone", happened_on="2026-01-01", incident_kind="disappearance")
LEFT = record("incident", "left", happened_on="2026-02-01", incident_kind="chose-to-leave")
SEEN = record("incident", "seen", happened_on="2026-03-01", incident_kind="trafficker-seen")


@pytest.mark.parametrize(("apart", "newer"), [("", "incident/seen"), (", apart: true", None)])
def test_records_set_apart_are_no_newer_ones(
    own_edition: Callable[[str], Edition], apart: str, newer: str | None
) -> None:
    edition = own_edition(OWN % apart)

    def fill(*records: Record) -> forms.Document:
        whole: Any = {"lang": "en", "as_of": DAY, "casebook_name": "Example Shelter"}
        return forms.fill(edition, dossier(*records), "X1", **whole)

    assert fill(GONE, LEFT, SEEN).record == "incident/left"
    assert fill(GONE, LEFT, SEEN).newer == newer
    assert fill(GONE, SEEN).record == "incident/gone"
    assert fill(SEEN).record is None
    told = [record("incident", r.tag, **r.data, what_happened=f"~{r.tag}~") for r in (GONE, LEFT)]
    assert "~gone~" in (shown := json.dumps(plain.of(fill(*told))))
    assert "~left~" not in shown


def test_a_form_made_for_some_records_waits_for_one(edition: Edition) -> None:
    skipped = Record("decision", "skipped", {"kind": "skip", "happened_on": "2026-01-01"})
    opened = Record("decision", "opened", {"kind": "reopen", "happened_on": "2026-01-01"})
    assert "S2c" not in forms.ready(edition, dossier(skipped))
    assert "S2c" in forms.ready(edition, dossier(skipped, opened))
    assert "S2a" not in forms.ready(edition, dossier(GONE, LEFT))
    assert "S2a" in forms.ready(edition, dossier(GONE, LEFT, SEEN))
    own = record("consent", "own", subject="own-file", happened_on="2026-01-01")
    assert {"S1a", "S1c"} & set(forms.ready(edition, dossier(own))) == {"S1c"}
