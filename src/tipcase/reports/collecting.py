"""Taking the facts out of one case: codes, days and numbers, and nothing that anybody wrote.

A fact that nobody wrote down is left out, and so are events that there are none of; an honest
unknown is ``{"unknown": REASON}``, without its why. Each value is looked at again here: a code that
its field does not have, a day that is none, is dropped, because a draft may hold anything. The
result depends on the case and the edition alone, never on a day, so that it can be kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from tipcase.casebook.case import Case
from tipcase.casebook.naming import parse_record_file
from tipcase.journal.names import RECOVERY
from tipcase.law import dates
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition
from tipcase.law.kleene import is_honest
from tipcase.law.schema import UNKNOWN_REASONS
from tipcase.reports import consents, histories, visit_plan
from tipcase.reports.facts import Fact, FactsDefinition, Path

_COUNTRY = re.compile(r"[A-Z]{2}")
_PLACE = re.compile(r"[0-9]{2}(?:[0-9]{2}){0,3}")
_YEAR = re.compile(r"[0-9]{4}")
_BASES = ("document", "told", "estimated", "medical", "animal-year")
_COLUMNS = {reason: reason.replace("-", "_") for reason in UNKNOWN_REASONS}
# More than anybody counts; a longer number is a slip, or something else in a number's place.
_HIGHEST = 10**9


@dataclass(frozen=True)
class _About:
    """What the facts of one case are built from."""

    case: Case
    dossier: Dossier
    definition: FactsDefinition
    spans: list[histories.Span]

    @cached_property
    def unknowns(self) -> dict[str, list[tuple[str, str]]]:
        """The path and the reason of each honest unknown, by the name of its record."""
        return {one.name: list(_unknown_in(one.data, "")) for one in self.dossier.records}


def collect(case: Case, dossier: Dossier, definition: FactsDefinition) -> dict[str, Any]:
    """The facts of a case by their ids, as plain data for JSON."""
    about = _About(case, dossier, definition, histories.spans(case, dossier))
    # Those that every report needs are there, whatever an edition declares.
    found: dict[str, Any] = {
        "spans": about.spans,
        "reporting": consents.collected(dossier),
        "birth": _birth(dossier),
    }
    for name, fact in definition.built.items():
        if fact.built not in found and fact.built in _BUILDERS:
            found[name] = _BUILDERS[fact.built](about)
    found |= dict.fromkeys(definition.asked_if_known, False)
    for record, facts in definition.by_record.items():
        records = dossier.all(record)
        if not records:
            continue  # most types in most cases
        for name, fact in facts.items():
            assert fact.path is not None
            if fact.kind == "events":
                found[name] = list(_events(fact, fact.path, records))
            else:
                found[name] = _latest(fact, fact.path, records)
    return {name: value for name, value in found.items() if value is not None and value != []}


def _events(fact: Fact, path: Path, records: Iterable[Record]) -> Iterator[dict[str, Any]]:
    for record in records:
        items = _at(record.data, path.keys) if path.keys else [record.data]
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                yield _event(fact.fields, record.data, item)


def _event(
    fields: Mapping[str, Fact], record: Mapping[str, Any], item: Mapping[str, Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, one in fields.items():
        assert one.path is not None
        value = _asked(one, one.path, item if one.path.of_item else record)
        if value is not None:
            found[name] = value
    return found


def _latest(fact: Fact, path: Path, records: Sequence[Record]) -> Any:
    """What the latest record says that says anything; what is not known hides nothing."""
    honest: Any = None
    for record in reversed(records):
        value = _asked(fact, path, record.data)
        if value is None or (value is False and path.ask == "known"):
            continue
        if not is_honest(value):
            return value
        honest = honest if honest is not None else value
    return False if honest is None and path.ask == "known" else honest


def _asked(fact: Fact, path: Path, data: Mapping[str, Any]) -> Any:
    value = _at(data, path.keys)
    if value is None:
        return path.absent  # most fields of most records
    if is_honest(value):
        return _honest(value)
    if path.ask == "known":
        return value not in ("", [], {})
    if path.ask == "count":
        return len(value) if isinstance(value, list) else 0
    return _clean(fact, value)


def _at(data: Any, keys: Iterable[str]) -> Any:
    for key in keys:
        if not isinstance(data, dict):
            return None
        if "unknown" in data:
            return data
        data = data.get(key)
    return data


def _honest(value: Mapping[str, Any]) -> dict[str, str] | None:
    reason = value["unknown"]
    known = isinstance(reason, str) and reason in UNKNOWN_REASONS
    return {"unknown": reason} if known else None


def _clean(fact: Fact, value: Any) -> Any:
    """A value as its kind has it; None for anything else."""
    if fact.kind == "list":
        items = value if isinstance(value, list) else []
        return [one for one in items if isinstance(one, str) and one in fact.values] or None
    if fact.kind == "yes-no":
        return value if isinstance(value, bool) else None
    if fact.kind == "number":
        number = isinstance(value, int) and not isinstance(value, bool)
        return value if number and abs(value) <= _HIGHEST else None
    if not isinstance(value, str):
        return None
    if fact.kind == "enum":
        return value if value in fact.values else None
    if fact.kind == "date":
        return value if dates.is_partial_date(value) else None
    if fact.kind == "country":
        return value if _COUNTRY.fullmatch(value) else None
    if fact.kind == "place":
        return value[: fact.level] if _PLACE.fullmatch(value) else None
    return None


# -- what no single field holds --


def _birth(dossier: Dossier) -> dict[str, Any] | None:
    """When the person was born, as ``dates.birth_intervals`` reads it, and nothing besides."""
    profile = dossier.single("profile")
    birth = profile.data.get("birth") if profile else None
    if not isinstance(birth, dict):
        return None
    if is_honest(birth):
        return _honest(birth)
    found: dict[str, Any] = {}
    day, basis, years = birth.get("date"), birth.get("basis"), birth.get("candidate_years")
    if isinstance(day, dict) and is_honest(day):
        found["date"] = _honest(day)
    elif dates.is_partial_date(day):
        found["date"] = day
    if isinstance(basis, str) and basis in _BASES:
        found["basis"] = basis
    if isinstance(years, list):
        found["candidate_years"] = [y for y in years if isinstance(y, str) and _YEAR.fullmatch(y)]
    return found


def _team(case: Case) -> list[dict[str, str]]:
    """Who works on the case now; the recovery key is nobody."""
    outside = case.fold.gone | {RECOVERY}
    return [{"worker": handle} for handle in sorted(case.fold.team) if handle not in outside]


def _came_on(about: _About) -> str:
    identified = about.dossier.single("identification")
    day = identified.data.get("happened_on") if identified else None
    return day if isinstance(day, str) and dates.is_partial_date(day) else about.spans[0]["from"]


def _records(about: _About) -> list[dict[str, Any]]:
    written = _first_written(about.case)
    kinds = about.definition.facts["records"].fields["kind"].values
    rows = []
    for record in about.dossier.records:
        if record.type not in kinds:
            continue
        row: dict[str, Any] = {"kind": record.type}
        if dates.is_partial_date(record.data.get("happened_on")):
            row["on"] = record.data["happened_on"]
        if (record.type, record.tag) in written:
            row["written_on"] = written[record.type, record.tag]
        if record.disputed:
            row["disputed"] = len(record.disputed)
        # Zeroes are put in where they are counted (``derived``): most records have no others.
        for _, reason in about.unknowns[record.name]:
            row[_COLUMNS[reason]] = row.get(_COLUMNS[reason], 0) + 1
        rows.append(row)
    return rows


def _first_written(case: Case) -> dict[tuple[str, str | None], str]:
    """The day on which each record was first typed, by its type and tag."""
    found: dict[tuple[str, str | None], str] = {}
    for signed in case.fold.entries:
        for version in signed.entry.files:
            parsed = parse_record_file(version.path)
            if parsed:
                found.setdefault(parsed, signed.entry.time[:10])
    return found


def _unknowns(about: _About) -> list[dict[str, Any]]:
    if not any(about.unknowns.values()):
        return []
    edition = about.definition.edition
    kinds = about.definition.facts["unknowns"].fields["record"].values
    number: Counter[tuple[str, str, str]] = Counter()
    for record in about.dossier.records:
        if record.type in kinds:
            number.update(
                (record.type, path, reason)
                for path, reason in about.unknowns[record.name]
                if _is_countable(edition, record.type, path)
            )
    return [
        {"record": kind, "field": path, "reason": reason, "number": times}
        for (kind, path, reason), times in sorted(number.items())
    ]


@lru_cache(maxsize=4_096)
def _is_countable(edition: Edition, kind: str, path: str) -> bool:
    """Whether a record type has the field, and it is not restricted.

    A key that somebody made up may be anything.
    """
    field = edition.record_type(kind).field(path)
    return field is not None and not field.restricted


def _unknown_in(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """The path and the reason of each honest unknown; ``path[]`` for the items of lists."""
    for key, value in node.items():
        # Most of a record is plain, and is passed over at once: this looks at every field there is.
        kind = type(value)
        if kind is dict:
            inside = f"{path}.{key}" if path else key
            if "unknown" not in value:
                yield from _unknown_in(value, inside)
            elif (reason := _honest(value)) is not None:
                yield inside, reason["unknown"]
        elif kind is list:
            inside = f"{path}.{key}[]" if path else f"{key}[]"
            for item in value:
                if type(item) is dict:
                    yield from _unknown_in(item, inside)


_BUILDERS: Mapping[str, Callable[[_About], Any]] = {
    "came_on": _came_on,
    "stays": lambda about: histories.stays(about.case, about.spans),
    "stage": lambda about: about.dossier.stage,
    "state": lambda about: about.dossier.state,
    "team": lambda about: _team(about.case),
    "visits": lambda about: visit_plan.collected(about.dossier),
    "records": _records,
    "unknowns": _unknowns,
}

__all__ = ["collect"]
