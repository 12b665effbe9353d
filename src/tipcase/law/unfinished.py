"""What a case still has open: incidents, referrals, agreed visits, and all that the schedule holds.

It is shown beside the argument and changes no answer: what stands in the way of closing is a duty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tipcase.law import concerns, leftover, visits
from tipcase.law.concerns import Raised
from tipcase.law.dossier import Dossier
from tipcase.law.edition import Edition
from tipcase.law.schedule import Due
from tipcase.law.visits import Standing, Visit

# Always told, also where an edition looks for none of them.
ALWAYS = ("incidents", "referrals")


@dataclass(frozen=True)
class Unfinished:
    """What is open: ``records`` by the edition's words for them, the visits, what is left open."""

    records: Mapping[str, tuple[Raised, ...]]
    visits: Standing
    left_open: tuple[Due, ...]

    def as_json(self, lang: str = "en") -> dict[str, Any]:
        """The plain data that scripts rely on: incidents, referrals, visits, left_open."""
        return {
            **{kind: [one.as_json(lang) for one in found] for kind, found in self.records.items()},
            "visits": [visit_json(visit) for visit in self.visits.visits if visit.open],
            "left_open": [item.as_json(lang) for item in self.left_open],
        }

    def plan_json(self) -> dict[str, Any]:
        """The plan of visits in force: who agreed, how many, made, left, and those in vain."""
        return {
            "plan": self.visits.plan or None,
            "survivor_agrees": self.visits.agrees or None,
            "number": self.visits.number,
            "made": self.visits.made,
            "left": self.visits.left,
            "missed": len(self.visits.in_state("missed")),
            "failed": len(self.visits.in_state("failed")),
        }


def visit_json(visit: Visit) -> dict[str, Any]:
    """One agreed visit as plain data."""
    return {
        "record": visit.record,
        "id": visit.item or None,
        **visit.on.as_json(),
        "announced": visit.announced or None,
        "state": visit.state,
    }


def unfinished(
    edition: Edition, dossier: Dossier, as_of: date, facts: Mapping[str, Any]
) -> Unfinished:
    """What is open on a day, by the dossier as it is judged and its facts."""
    found: dict[str, tuple[Raised, ...]] = dict.fromkeys(ALWAYS, ())
    for watched in edition.closure.watch.open:
        found[watched.id] = concerns.raised([watched], dossier, facts)
    return Unfinished(
        records=found,
        visits=visits.standing(dossier, as_of),
        left_open=leftover.left_open(edition, dossier, as_of),
    )


__all__ = ["Unfinished", "unfinished", "visit_json"]
