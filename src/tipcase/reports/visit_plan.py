"""The visits agreed in a case, kept so that they can be judged on any day, and without any text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tipcase.law import dates
from tipcase.law.dossier import Dossier, Record
from tipcase.law.visits import AGREEMENTS, FOLLOW_UP, standing

_ANNOUNCED = ("announced", "spot-check")
# What is kept of the answers that decide, by their field: the rest need not be told apart.
_DECIDES = {"reached": "met", "trial_outcome": "moved", "survivor_agrees": "no"}
_OTHERWISE = "other"
_DAYS = ("happened_on", "planned_on", "went_back_on", "agreed_on", "visit_on")


def collected(dossier: Dossier) -> list[list[Any]] | None:
    """The records that visits are judged by, ``[type, data]`` in order; None for none."""
    fields = dict(AGREEMENTS)
    kept = []
    for kind in dict.fromkeys((*fields, FOLLOW_UP)):
        for record in dossier.all(kind):
            data = _judged_by(record.data)
            agreed = record.data.get(fields.get(kind, ""))
            if isinstance(agreed, dict) and "unknown" not in agreed:
                data[fields[kind]] = _agreement(agreed)
            kept.append([kind, data])
    return kept or None


def _judged_by(data: Mapping[str, Any]) -> dict[str, Any]:
    """The days and the answers of a record, or of an agreement, that decide on visits."""
    found: dict[str, Any] = {
        name: data[name] for name in _DAYS if dates.is_partial_date(data.get(name))
    }
    for name, decisive in _DECIDES.items():
        if isinstance(data.get(name), str):
            found[name] = decisive if data[name] == decisive else _OTHERWISE
    return found


def _agreement(agreed: Mapping[str, Any]) -> dict[str, Any]:
    found = _judged_by(agreed)
    listed = agreed.get("visits")
    found["visits"] = [
        _judged_by(one) | {k: one[k] for k in ("announced",) if one.get(k) in _ANNOUNCED}
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict)
    ]
    return found


def visits(kept: list[list[Any]], as_of: date) -> list[dict[str, Any]]:
    """The visits as they stand on a day: on, announced, state, made_on and days_after.

    ``days_after`` is how long after the last day that was agreed a visit was made, 0 for none.
    """
    # Tags that keep the order in which the records were told apart before.
    records = [Record(kind, f"{at:06}", data) for at, (kind, data) in enumerate(kept)]
    dossier = Dossier(case="", opened="", stage="", records=tuple(records))
    days = {record.name: record.data.get("happened_on") for record in records}
    found = []
    for visit in standing(dossier, as_of).visits:
        one: dict[str, Any] = {"on": visit.on.earliest.isoformat(), "state": visit.state}
        if visit.announced:
            one["announced"] = visit.announced
        made = dates.earliest(days.get(visit.made_by)) if visit.state == "done" else None
        if made is not None:
            one["made_on"] = made.isoformat()
            one["days_after"] = max((made - visit.on.latest).days, 0)
        found.append(one)
    return found


__all__ = ["collected", "visits"]
