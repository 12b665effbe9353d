"""A case of the shipped edition that could be closed as a success, and the records to change it."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from hypothesis import settings

from tests.law.editions import SHIPPED
from tipcase import law
from tipcase.law import Edition, Record
from tipcase.law.dossier import Dossier

CRITERIA = "abcd"


@cache
def shipped() -> Edition:
    """The shipped edition, read once."""
    return law.load(SHIPPED)


def example(kind: str, tag: str | None = None, /, **changes: Any) -> Record:
    """The full example of a record type, with changes."""
    return Record(kind, tag, {**shipped().record_type(kind).example, **changes})


def visit(tag: str, day: str, seen: str = "yes", /, **changes: Any) -> Record:
    """A visit that met the survivor and saw the same of every criterion."""
    evidence = {"seen": seen, "basis": "x", "heard": ["survivor", "family"]}
    data = {
        "happened_on": day,
        "reached": "met",
        "who_was_met": ["survivor"],
        "rights_upheld": "yes",
        "danger_seen": False,
        "criteria": {criterion: dict(evidence) for criterion in CRITERIA},
    }
    return Record("follow-up", tag, {**data, **changes})


def complete() -> tuple[Record, ...]:
    """Records by which ``successful`` has all its evidence on 2026-11-21."""
    return (
        example("profile"),
        example("assessment", "aaaaaaaa"),
        example("incident", "aaaaaaaa"),
        visit("bbbbbbbb", "2026-06-15"),
        visit("dddddddd", "2026-09-20"),
        example("closure", "cccccccc"),
    )


def case(*records: Record, **about: Any) -> Dossier:
    """A case at its last stage with these records."""
    return Dossier("K7Q2-M9TX", "2026-01-05", "closure", records=records, **about)


# Each example judges a whole case by all of the shipped law: fewer of them are a full run.
few = settings(max_examples=200 if os.environ.get("TIPCASE_SOAK") == "1" else 15)
