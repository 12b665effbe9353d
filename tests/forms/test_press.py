from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from datetime import date

import pytest

from tests.forms.conftest import SHIPPED, dossier, record
from tipcase import forms
from tipcase.errors import NotFoundError, UsageError
from tipcase.forms.definition import FormsError
from tipcase.law import edition as editions
from tipcase.law.edition import Edition

Own = Callable[[str], Edition]


def test_a_set_stands_for_its_forms_each_once(edition: Edition) -> None:
    assert forms.expand(edition, ["P1"]) == ("P1",)
    assert forms.expand(edition, ["S1"]) == ("S1a", "S1b", "S1c", "S1d")
    assert forms.expand(edition, ["P3-copy", "P3", "P3"]) == ("P3-copy", "P3")


def test_every_set_of_the_edition_names_forms_that_there_are(edition: Edition) -> None:
    sets = edition.forms_data["sets"]
    found = forms.expand(edition, list(sets))
    assert set(found) <= set(forms.codes(edition))
    assert len(found) == sum(len(codes) for codes in sets.values())


def test_a_word_that_is_no_form_is_refused_with_those_there_are(edition: Edition) -> None:
    with pytest.raises(NotFoundError) as caught:
        forms.expand(edition, ["P1", "P99"])
    assert "S1" in caught.value.hint.split(", ")
    assert "P99" not in str(caught.value)


def test_a_set_that_names_no_form_is_a_fault_of_the_edition(own_edition: Own) -> None:
    with pytest.raises(FormsError, match="X9 names no form X8"):
        forms.expand(own_edition("sets: {X9: [P1, X8]}"), ["X9"])


def test_a_form_may_be_like_another_but_for_what_it_says(own_edition: Own) -> None:
    own = own_edition("forms: {X9: {like: P5, title: {en: Ours}, prefer: null, signatures: []}}")
    one, other = forms.form(own, "X9"), forms.form(own, "P5")
    assert (one.code, one.title, one.prefer, one.signatures) == ("X9", {"en": "Ours"}, None, ())
    assert (one.sections, one.boxes, one.about) == (other.sections, other.boxes, other.about)


@pytest.mark.parametrize("said", ["{like: X8}", "{like: X9}", "{like: X7}"])
def test_a_form_is_like_one_that_there_is_and_that_is_like_no_other(
    own_edition: Own, said: str
) -> None:
    own = own_edition(f"forms: {{X7: {{like: P1}}, X9: {said}}}")
    with pytest.raises(FormsError, match="form X9"):
        forms.form(own, "X9")


def test_a_form_is_ready_when_a_record_of_its_stages_is_there(own_edition: Own) -> None:
    own = own_edition("forms: {X8: {like: P1, stages: [legal]}, X9: {like: P5, stages: null}}")
    assert "X8" not in forms.ready(own, dossier(record("profile")))
    assert "X8" in forms.ready(own, dossier(record("legal", "lgal2345")))
    # Without stages of its own a form waits for a record that it is about.
    visited = forms.ready(own, dossier(record("follow-up", "flwp2345")))
    assert "X9" in visited
    assert forms.ready(own, dossier()) == ()


def test_slots_that_may_be_turned_on_are_named(edition: Edition) -> None:
    assert {"survivor", "local-authority"} <= set(forms.slots(edition))


def test_a_null_counts_as_not_said(own_edition: Own) -> None:
    form = forms.form(own_edition("forms: {P5: {phase: null, about: null, prefer: null}}"), "P5")
    assert (form.phase, form.about, form.prefer) == (None, None, None)


def test_a_slot_says_of_itself_what_the_form_wants_otherwise(own_edition: Own) -> None:
    own = own_edition(
        "forms: {X9: {title: {en: x}, signatures: [survivor,"
        " {slot: guardian, by: signature, default: false, label: {en: Who answers}}]}}"
    )
    survivor, guardian = forms.form(own, "X9").signatures
    assert (survivor.by, survivor.default, survivor.label["en"]) == ("thumbprint", True, "Survivor")
    assert (guardian.by, guardian.default, guardian.label["en"]) == (
        "signature",
        False,
        "Who answers",
    )


def test_an_edition_is_read_once_and_not_held_on_to() -> None:
    own = editions.load(SHIPPED)
    assert forms.form(own, "P1") is forms.form(own, "P1")
    gone = weakref.ref(own)
    del own
    gc.collect()
    assert gone() is None


def test_there_is_no_other_format(edition: Edition) -> None:
    document = forms.fill(edition, None, "P1", lang="en", as_of=date(2026, 1, 1), casebook_name="x")
    with pytest.raises(UsageError):
        forms.write([document], "docx")
