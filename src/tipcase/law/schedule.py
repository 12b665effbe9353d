"""What is due when: dates that records hold, and what must be done again after a time.

The entries are data of the edition (``deadlines``). Everything counts from when a thing happened or
is planned, never from when it was typed. No source fixes a frequency of follow-up: only what an
edition's entry says recurs, and an interval that no source states is marked ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from tipcase.law.dates import Interval, interval
from tipcase.law.deadlines import Deadline, Period
from tipcase.law.dossier import Dossier
from tipcase.law.edition import Edition
from tipcase.law.expressions import Expression
from tipcase.law.findings import Text
from tipcase.law.visits import Visit, standing

State = Literal["late", "due", "coming", "never"]


_AT_ONCE = Period(0, 0)


class _Source(NamedTuple):
    """What holds a date: a record, and the id of the item of its list where it is one."""

    record: str
    item: str = ""


@dataclass(frozen=True)
class Due:
    """Something due in one case or at the provider: never what the record says, only when.

    ``days`` are the days it may be due on, ``None`` with the state ``never``: what recurs and was
    not recorded yet. ``item`` is the id of the item of a list that holds the date, or "".
    """

    case: str
    deadline: str
    record: str
    field: str
    days: Interval | None
    state: State
    provision: str
    ours: bool
    label: Text
    item: str = ""

    @property
    def key(self) -> str:
        """What names it from one day to the next: entry, record, and item of a list."""
        return " ".join(filter(None, (self.deadline, self.record, self.item)))

    @property
    def order(self) -> tuple[date, date, str, str]:
        """What was never recorded comes first, then the soonest."""
        days = self.days or Interval(date.min, date.min)
        return (days.latest, days.earliest, self.case, self.key)

    @property
    def on(self) -> str:
        """The day as far as it is known, "" where nothing was recorded."""
        return self.days.text if self.days else ""

    def as_json(self, lang: str = "en") -> dict[str, Any]:
        """The plain data that scripts rely on."""
        return {
            "case": self.case,
            "id": self.deadline,
            "key": self.key,
            "record": self.record,
            "field": self.field,
            "due_from": self.days.earliest.isoformat() if self.days else None,
            "due_on": self.days.latest.isoformat() if self.days else None,
            "state": self.state,
            "provision": self.provision,
            "ours": self.ours,
            "label": self.label.get(lang),
        }


def due(
    edition: Edition, dossier: Dossier, as_of: date, *, within: int | None, provider: bool = False
) -> tuple[Due, ...]:
    """What is late, due, or due ``within`` so many days, soonest first; nothing of a closed case.

    ``within`` None looks ahead without an end. What is certainly past is ``late``; what may be due
    today ``due``. A visit is listed once a day, also where several records name it.
    """
    schedule = edition.schedule
    words = edition.provider_vocabulary if provider else edition.vocabulary
    facts = dossier.context(words, as_of)
    if not provider and over(edition, dossier, facts):
        return ()
    planned = () if provider else standing(dossier, as_of).visits
    found = [
        item
        for deadline in schedule.deadlines
        if deadline.of_provider == provider
        for item in _of(deadline, dossier, facts, as_of, planned)
    ]
    found = _once(found, {d.id for d in schedule.deadlines if d.visit})
    horizon = _horizon(as_of, within)
    near = [item for item in found if item.days is None or item.days.earliest <= horizon]
    return tuple(sorted(near, key=lambda item: item.order))


def _horizon(as_of: date, within: int | None) -> date:
    if within is None:
        return date.max
    return date.fromordinal(min(as_of.toordinal() + within, date.max.toordinal()))


def _once(found: list[Due], visits: set[str]) -> list[Due]:
    """Each day of a visit once, by the entry that comes first in the schedule."""
    days: dict[Interval | None, str] = {}
    for item in found:
        if item.deadline in visits:
            days.setdefault(item.days, item.deadline)
    return [i for i in found if i.deadline not in visits or days[i.days] == i.deadline]


def over(edition: Edition, dossier: Dossier, facts: Mapping[str, Any]) -> bool:
    """Whether nothing is to be done in a case any more: it is closed, or the person died."""
    stops = edition.schedule.stops
    return dossier.state != "open" or (stops is not None and stops.truth(facts) is True)


def _of(
    deadline: Deadline,
    dossier: Dossier,
    facts: Mapping[str, Any],
    as_of: date,
    planned: Iterable[Visit],
) -> Iterator[Due]:
    # Where the facts do not say, it is asked: being reminded in vain harms nobody.
    if deadline.where is not None and deadline.where.truth(facts) is False:
        return
    if deadline.visit == "plan":
        yield from _visits(deadline, dossier, as_of, planned)
        return
    dated: list[tuple[_Source, Interval, str]] = []
    for source, this in _things(deadline, dossier):
        here = {**facts, "this": this}
        if not _holds(deadline.when, here, without=True):
            continue
        days = interval(_value(this, deadline.date))
        if days is not None and not _holds(deadline.done, here, without=False):
            dated.append((source, days, str(_value(this, deadline.per) if deadline.per else "")))
    if deadline.every is None:
        for source, days, _ in dated:
            yield _item(deadline, dossier, source, deadline.after or _AT_ONCE, days, as_of)
        return
    if not dated:
        yield _made(deadline, dossier, _Source(deadline.record), None, "never")
    # The latest of each comes last and stays.
    dated.sort(key=lambda one: (one[1].latest, one[1].earliest))
    for source, days in {group: (source, days) for source, days, group in dated}.values():
        yield _item(deadline, dossier, source, deadline.every, days, as_of)


def _visits(
    deadline: Deadline, dossier: Dossier, as_of: date, planned: Iterable[Visit]
) -> Iterator[Due]:
    for visit in planned:
        if visit.open and visit.record.partition("/")[0] == deadline.record:
            source = _Source(visit.record, visit.item)
            yield _item(deadline, dossier, source, _AT_ONCE, visit.on, as_of)


def _holds(expression: Expression | None, facts: Mapping[str, Any], *, without: bool) -> bool:
    if expression is None:
        return without
    return expression.truth(facts) is True


def _things(deadline: Deadline, dossier: Dossier) -> Iterator[tuple[_Source, Mapping[str, Any]]]:
    for record in dossier.all(deadline.record):
        if not deadline.items:
            yield _Source(record.name), record.data
            continue
        items = _value(record.data, deadline.items)
        for number, item in enumerate(items if isinstance(items, list) else (), 1):
            if isinstance(item, dict):
                # Every item has an id; a place in the list tells apart what somebody wrote without.
                yield _Source(record.name, str(item.get("id") or number)), item


def _value(data: Any, path: str) -> Any:
    for step in path.split("."):
        data = data.get(step) if isinstance(data, dict) else None
    return data


def _item(
    deadline: Deadline,
    dossier: Dossier,
    source: _Source,
    period: Period,
    days: Interval,
    as_of: date,
) -> Due:
    on = period.after(days)
    state: State = "late" if on.latest < as_of else "due" if on.earliest <= as_of else "coming"
    return _made(deadline, dossier, source, on, state)


def _made(
    deadline: Deadline, dossier: Dossier, source: _Source, on: Interval | None, state: State
) -> Due:
    return Due(
        case=dossier.case,
        deadline=deadline.id,
        record=source.record,
        field=f"{deadline.items}[].{deadline.date}" if deadline.items else deadline.date,
        days=on,
        state=state,
        provision=deadline.provisions[0] if deadline.provisions else "",
        ours=deadline.ours,
        label=deadline.label,
        item=source.item,
    )


__all__ = ["Due", "due", "over"]
