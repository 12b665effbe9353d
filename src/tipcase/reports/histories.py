"""When a case was open and where it stood, as its journal and its sealed decisions tell.

A closing counts from the day that its decision names, else from that of its signed entry, and so
does a reopening. Days are put in order: nothing ends before it began, whatever was typed. Of a
partial date the earliest day counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tipcase.casebook.case import Case
from tipcase.casebook.naming import parse_record_file, record_name
from tipcase.journal.closings import Closing
from tipcase.law import closures, dates
from tipcase.law.dossier import Dossier
from tipcase.reports.built import NEW, REOPENED

_MOVES = ("new", "advance", "reopen")
# The day of an entry's time, which is in UTC.
_DAY = len("2026-01-01")

Span = dict[str, str]


def spans(case: Case, dossier: Dossier) -> list[Span]:
    """When the case was open, oldest first: from, how, and to and outcome where it was closed."""
    found = [_opened(_first_day(case), NEW)]
    ends = _ends(case)
    if not ends:
        return found
    decisions = _Decisions(case, dossier)
    for closed, ending in ends:
        days = [decisions.day(one.decision, _told(one)) for one in closed]
        day, closing = min(zip(days, closed, strict=True), key=lambda pair: pair[0])
        day = max(day, found[-1]["from"])
        found[-1]["to"] = day
        outcome = decisions.outcome(closing.decision)
        if outcome:
            found[-1]["outcome"] = outcome
        if ending is not None:
            again = decisions.day(ending.ended_decision or "", ending.ended_time or day)
            found.append(_opened(max(again, day), REOPENED))
    return found


def _opened(day: str, how: str) -> Span:
    return {"from": day, "how": how}


def _first_day(case: Case) -> str:
    first = dates.earliest(case.fold.opened)
    return first.isoformat() if first else case.fold.entries[0].entry.time[:_DAY]


def _told(closing: Closing) -> str:
    """When the closing began to stand: at once, or by the second person's word."""
    return closing.confirmed_time or closing.time if closing.needs_second else closing.time


def _ends(case: Case) -> list[tuple[list[Closing], Closing | None]]:
    """The closings that stood, those together that one reopening ended or that none did."""
    groups: dict[str | None, list[Closing]] = {}
    for closing in case.fold.closings:
        if closing.stands:
            groups.setdefault(closing.ended, []).append(closing)
    # The standing one comes last, whatever the journal's order.
    last = groups.pop(None, None)
    ends: list[tuple[list[Closing], Closing | None]] = [
        (closed, closed[0]) for closed in groups.values()
    ]
    return [*ends, (last, None)] if last else ends


class _Decisions:
    """The sealed decisions of a case, by the hashes that its journal names."""

    def __init__(self, case: Case, dossier: Dossier) -> None:
        self._names: dict[str, str] = {}
        for path, hashes in case.fold.past.items():
            parsed = parse_record_file(path)
            if parsed and parsed[0] == closures.DECISION:
                self._names |= dict.fromkeys(hashes, record_name(*parsed))
        self._decisions = {r.name: r.data for r in dossier.all(closures.DECISION)}
        self._closures = {r.name: r.data for r in dossier.all(closures.CLOSURE)}

    def _data(self, digest: str) -> Mapping[str, Any]:
        return self._decisions.get(self._names.get(digest, ""), {})

    def day(self, digest: str, time: str) -> str:
        """The day that a decision says, else that of the entry."""
        day = dates.earliest(self._data(digest).get("happened_on"))
        return day.isoformat() if day else time[:_DAY]

    def outcome(self, digest: str) -> str:
        """The outcome in the closure record that a decision names."""
        closure = self._closures.get(str(self._data(digest).get("closure_record")), {})
        outcome = closure.get("outcome")
        return outcome if isinstance(outcome, str) else ""


def stays(case: Case, spans_: list[Span]) -> list[dict[str, str]]:
    """Where the case stood, oldest first: the stage, from, and to where it left it.

    On every day on which the case was open it stood in one stage, and in none while it was closed:
    a closing ends a stay, and a reopening begins one. Other moves count on the day of their signed
    entry (ours: no record says when a stage begins), but never outside the time that they are of.
    """
    found: list[dict[str, str]] = []
    for span, moves in zip(spans_, _moves(case, len(spans_)), strict=True):
        day = span["from"]
        for place, (told, stage) in enumerate(moves):
            if place:
                # Written down after the closing that ended this time, or with a wrong clock.
                day = max(found[-1]["from"], min(told, span.get("to", told)))
                found[-1]["to"] = day
            found.append({"stage": stage, "from": day})
        if "to" in span:
            found[-1]["to"] = span["to"]
    return found


def _moves(case: Case, times: int) -> list[list[tuple[str, str]]]:
    """The day and the stage of each move, by the time in which the case was open."""
    # What withdraws a proposal opens nothing again.
    reopenings = {closing.ended for closing in case.fold.closings if closing.stands}
    found: list[list[tuple[str, str]]] = [[]]
    day = stage = ""
    for signed in case.fold.entries:
        entry = signed.entry
        if entry.op not in _MOVES:
            continue
        reopened = signed.id in reopenings
        # Two people moved it alike, or a proposal was withdrawn: it stays where it stood.
        if entry.data["stage"] == stage and not reopened:
            continue
        if reopened and len(found) < times:
            found.append([])
        day, stage = entry.time[:_DAY], str(entry.data["stage"])
        found[-1].append((day, stage))
    if stage != case.fold.stage:
        # Two people moved it apart: the earlier stage holds.
        found[-1].append((day, case.fold.stage))
    # A reopening that moved it nowhere leaves it where it stood.
    return found + [[(day, case.fold.stage)] for _ in range(times - len(found))]


__all__ = ["Span", "spans", "stays"]
