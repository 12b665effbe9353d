"""After a death no sheet asks anybody to sign in the place of the dead."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.forms.conftest import dossier, record
from tipcase import forms
from tipcase.forms.fields import FormsError
from tipcase.law.edition import Edition

Fill = Callable[..., forms.Document]
# Those who answer for themselves, or are asked in somebody's place.
ASKED = {
    "Survivor", "Guardian", "Guardian or representative, where one answers", "Interpreter",
}  # fmt: skip


def places(document: forms.Document) -> set[str]:
    return {dict(signature.label)["en"] for signature in document.sheet.signatures}


@pytest.mark.parametrize("code", ["P1", "P7", "S1a", "S2c"])
def test_the_dead_are_not_asked_to_sign(edition: Edition, fill: Fill, code: str) -> None:
    every = forms.slots(edition)
    died = record("closure", "aaaa2345", happened_on="2026-10-12", outcome="died")
    lost = record("closure", "aaaa2345", happened_on="2026-10-12", outcome="lost-contact")
    asked = places(fill(dossier(lost), code, signatures=every)) & ASKED
    assert asked
    after = places(fill(dossier(died), code, signatures=every))
    assert after & ASKED == set()
    assert after == places(fill(dossier(lost), code, signatures=every)) - ASKED
    # A blank is for whoever lives.
    assert places(fill(None, code, signatures=every)) & ASKED == asked


def test_who_signs_nothing_is_a_declared_slot(own_edition: Callable[[str], Edition]) -> None:
    own = own_edition("sharing: {unsigned: [survivor, nobody]}\n")
    with pytest.raises(FormsError, match="no slot nobody is declared"):
        forms.form(own, "P1")
