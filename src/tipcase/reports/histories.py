"""When a case was open and where it stood, as its journal and its sealed decisions tell.

A closing counts from the day that its decision names, else from that of its signed entry, and so
does a reopening. Days are put in order: nothing ends before it began, whatever was typed. Of a
partial date the earliest day counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    decisions = _Decisions(case, dossier) if ends else None
    for closed, ending in ends:
        assert decisions is not None
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

    The days are those of the signed entries (ours: no record says when a stage begins); the first
    is that of the opening. A closing ends the last stay.
    """
    found: list[dict[str, str]] = []
    closed = [span["to"] for span in spans_ if "to" in span]
    for day, stage in _moves(case, spans_):
        if found:
            begun = found[-1]["from"]
            day = max(day, begun)
            # Nobody stays anywhere while the case is closed.
            found[-1]["to"] = min([end for end in closed if begun <= end] + [day])
        found.append({"stage": stage, "from": day})
    if "to" in spans_[-1]:
        found[-1]["to"] = max(found[-1]["from"], spans_[-1]["to"])
    return found


def _moves(case: Case, spans_: list[Span]) -> Iterator[tuple[str, str]]:
    again = iter([span["from"] for span in spans_ if span["how"] == REOPENED])
    # What withdraws a proposal opens nothing again.
    reopenings = {closing.ended for closing in case.fold.closings if closing.stands}
    day = stage = ""
    for signed in case.fold.entries:
        entry = signed.entry
        if entry.op not in _MOVES:
            continue
        day = entry.time[:_DAY] if day else spans_[0]["from"]
        if signed.id in reopenings:
            day = next(again, day)
        stage = str(entry.data["stage"])
        yield day, stage
    if stage != case.fold.stage:
        # Two people moved it apart: the earlier stage holds.
        yield day, case.fold.stage


__all__ = ["Span", "spans", "stays"]
