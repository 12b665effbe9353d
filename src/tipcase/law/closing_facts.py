"""What duties of closing may ask besides the records: the thresholds, and the attempts at contact.

An attempt counts after the survivor was last met: what was tried before was answered by that
meeting. It is read from the closure record and from the follow-ups alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from tipcase.law import closures, dates
from tipcase.law.dossier import Dossier
from tipcase.law.edition import Edition
from tipcase.law.shapes import ANY, NUMBER, Shape, Vocabulary

THRESHOLDS = "thresholds"
ATTEMPTS = "attempts"
# The fields that hold attempts, by record type; editions without them have none.
_PLACES = {"follow-up": "attempts", "closure": "contact_attempts"}
_VISITS = "follow-up"
_MET = "met"


def vocabulary(edition: Edition, thresholds: Iterable[str]) -> Vocabulary:
    """The names of a case's rules, and with them ``thresholds`` and ``attempts``."""
    numbers = Shape("object", children=dict.fromkeys(thresholds, NUMBER))
    more = {THRESHOLDS: numbers, ATTEMPTS: Shape("list", element=_attempt(edition))}
    return replace(edition.vocabulary, more=more, expressions={})


def facts(
    edition: Edition, dossier: Dossier, as_of: date, thresholds: Mapping[str, int]
) -> dict[str, Any]:
    """The facts that duties of closing are judged by; ``thresholds`` are those in force."""
    more = {THRESHOLDS: dict(thresholds), ATTEMPTS: attempts(dossier, as_of)}
    return dossier.context(edition.vocabulary, as_of) | more


def attempts(dossier: Dossier, as_of: date) -> list[dict[str, Any]]:
    """The attempts to reach the survivor since the last meeting, up to a day; each counts once.

    An attempt of a follow-up that has no day of its own was made on the follow-up's. One whose
    partial date leaves open whether it came after the meeting counts: nobody is made to try again
    because a day was forgotten. One that is written down twice (the same day, way and result), or
    of a day that has not come, is no second attempt.
    """
    met = [r for r in dossier.all(_VISITS) if r.data.get("reached") == _MET]
    # What was tried before a reopening belongs to the closing that it ended.
    met += [r for r in dossier.all(closures.DECISION) if r.data.get("kind") == closures.REOPENED]
    days = [day for record in met if (day := dates.interval(record.data.get("happened_on")))]
    found: dict[str, dict[str, Any]] = {}
    for one in _every(dossier):
        ahead = dates.before(as_of.isoformat(), one.get("tried_on")) is True
        if not ahead and not _answered(one, days):
            told = [one.get("tried_on"), one.get("through"), one.get("result")]
            found.setdefault(repr(told), one)
    return list(found.values())


def _answered(attempt: Mapping[str, Any], met: Iterable[dates.Interval]) -> bool:
    tried = dates.interval(attempt.get("tried_on"))
    return tried is not None and any(tried.latest <= day.earliest for day in met)


def _every(dossier: Dossier) -> Iterator[dict[str, Any]]:
    for kind, place in _PLACES.items():
        for record in dossier.all(kind):
            tried = record.data.get(place)
            for one in tried if isinstance(tried, list) else []:
                if not isinstance(one, dict):
                    continue
                by_visit = kind == _VISITS and "tried_on" not in one
                yield one | {"tried_on": record.data.get("happened_on")} if by_visit else one


def _attempt(edition: Edition) -> Shape:
    items = []
    for kind, place in _PLACES.items():
        if kind in edition.record_types and edition.has_field(kind, place):
            field = edition.vocabulary.shape_of(kind).child(place)
            items.append(field.item() if field else ANY)
    names = dict.fromkeys(name for item in items for name in item.names())
    return Shape("object", children={name: _joined(items, name) for name in names})


def _joined(items: Iterable[Shape], name: str) -> Shape:
    # Each record type has values of its own; a duty may ask for those of both.
    found = [shape for item in items if (shape := item.child(name)) is not None]
    if len({shape.kind for shape in found}) != 1:
        return ANY
    values = dict.fromkeys(value for shape in found for value in shape.values)
    return replace(found[0], values=tuple(values))


__all__ = ["ATTEMPTS", "THRESHOLDS", "attempts", "facts", "vocabulary"]
