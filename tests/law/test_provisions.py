"""What carries each provision is computed from the edition."""

from __future__ import annotations

from pathlib import Path

from tests.law.editions import SHIPPED, tiny
from tipcase import law
from tipcase.law.provisions import uncited


def test_carriers_are_fields_rules_duties_forms_and_what_is_named(tmp_path: Path) -> None:
    rows = {row["id"]: row for row in law.carriers(tiny(tmp_path))}
    assert list(rows) == ["X/1.1", "X/1.2", "X/2", "X/8", "X/99"]
    assert rows["X/1.1"]["carried_by"] == [
        {"kind": "field", "ref": "intake.happened_on"},
        {"kind": "form", "ref": "F1"},
    ]
    assert rows["X/1.2"]["carried_by"] == [
        {"kind": "field", "ref": "intake.care"},
        {"kind": "rule", "ref": "care-first"},
    ]
    assert {"kind": "command", "ref": "advance"} in rows["X/2"]["carried_by"]
    assert rows["X/8"] == {
        "id": "X/8", "carried_by": [], "reason": "The ministry's own duty.",
    }  # fmt: skip
    assert rows["X/99"] == {"id": "X/99", "carried_by": []}


def test_what_is_cited_and_not_listed(tmp_path: Path) -> None:
    assert uncited(tiny(tmp_path)) == ("X/3", "X/4", "X/5")


def test_the_shipped_edition_lists_204_and_cites_no_other() -> None:
    edition = law.load(SHIPPED)
    rows = law.carriers(edition)
    assert len(rows) == len({row["id"] for row in rows}) == 204
    assert uncited(edition) == ()
