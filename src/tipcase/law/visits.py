"""The visits agreed with the survivor, and how each stands: planned, made, missed or in vain.

An agreement stands in ``reintegration.visits_agreed``, or in ``follow-up.visits_agreed_now`` where
it changed (857/7.9.2). Nothing here sets how often anybody is visited: only what was agreed counts.
A partial date counts as passed only once every reading of it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from tipcase.law.dates import Interval, interval
from tipcase.law.dossier import Dossier, Record

State = Literal["planned", "due", "done", "late", "missed", "failed"]

# Where agreements stand: the record type and its field.
AGREEMENTS = (("reintegration", "visits_agreed"), ("follow-up", "visits_agreed_now"))
FOLLOW_UP = "follow-up"


@dataclass(frozen=True)
class Visit:
    """A visit of the plan: its day, and ``made_by``, the follow-up that counts for it.

    ``record`` and ``item`` say where it was agreed; ``announced`` is ``announced``, ``spot-check``
    or "". ``made_by`` is "" where there is none; with the state ``failed`` it is the last attempt.
    """

    record: str
    item: str
    on: Interval
    announced: str
    state: State = "planned"
    made_by: str = ""

    @property
    def open(self) -> bool:
        """Whether it is still to be made."""
        return self.state in ("planned", "due", "late")


@dataclass(frozen=True)
class Standing:
    """The plan in force and its visits, oldest first; visits of earlier plans that still count too.

    ``plan`` is the record that holds the agreement, "" where there is none; ``agrees`` is what is
    recorded of the survivor's agreement (``yes``, ``no``, ``undecided``) or "". ``number`` is the
    agreed number, else how many days were agreed; ``made`` counts the visits since, ``left`` what
    remains of the number.
    """

    plan: str
    agreed_on: Interval | None
    agrees: str
    number: int | None
    visits: tuple[Visit, ...]
    made: int
    left: int | None

    def in_state(self, *states: State) -> tuple[Visit, ...]:
        """The visits in one of some states, oldest first."""
        return tuple(visit for visit in self.visits if visit.state in states)


@dataclass(frozen=True)
class _Agreement:
    record: str
    on: Interval
    data: Mapping[str, Any]
    visits: tuple[Visit, ...]


@dataclass(frozen=True)
class _FollowUp:
    """A follow-up that met the survivor, or an attempt in vain."""

    name: str
    on: Interval | None
    planned: Interval | None
    met: bool


@dataclass(frozen=True)
class _Facts:
    """What a visit is judged by; ``made`` says which follow-up counts for which visit."""

    visits: tuple[Visit, ...]
    made: Mapping[int, str]
    follow_ups: list[_FollowUp]
    agreements: list[_Agreement]
    as_of: date


def standing(dossier: Dossier, as_of: date) -> Standing:
    """The visits agreed in a case and how each stands on a day.

    A follow-up counts for the visit that its ``planned_on`` names; else for the latest planned day
    not after it that no other has taken. A later agreement replaces the days that come after it,
    and nothing that was made; what was not made before it is missed, and no longer owed.
    """
    agreements = _agreements(dossier, as_of)
    follow_ups = _follow_ups(dossier, as_of)
    visits = _in_force(agreements, follow_ups)
    made = _made(visits, [one for one in follow_ups if one.met])
    facts = _Facts(visits, made, follow_ups, agreements, as_of)
    judged = tuple(_judged(visit, number, facts) for number, visit in enumerate(visits))
    plan = agreements[-1] if agreements else None
    # Who went back into care is visited no more: there is no plan until another is agreed.
    if plan is None or not plan.data:
        return Standing("", None, "", None, judged, 0, None)
    number = _count(plan)
    done = _since(plan, judged, follow_ups)
    return Standing(
        plan=plan.record,
        agreed_on=plan.on,
        agrees=_word(plan.data, "survivor_agrees"),
        number=number,
        visits=judged,
        made=done,
        left=None if number is None else max(number - done, 0),
    )


def _agreements(dossier: Dossier, as_of: date) -> list[_Agreement]:
    """Every agreement, the oldest first; a return into care ends one and agrees on nothing."""
    found = [
        _Agreement(record.name, on, agreed, tuple(_listed(record, agreed)))
        for kind, field in AGREEMENTS
        for record in dossier.all(kind)
        if (agreed := _agreed(record.data.get(field)))
        and (on := interval(agreed.get("agreed_on")) or interval(record.data.get("happened_on")))
    ]
    found += [
        _Agreement(record.name, on, {}, ())
        for record in dossier.all(AGREEMENTS[0][0])
        if record.data.get("trial_outcome") != "moved"
        and (on := interval(record.data.get("went_back_on")))
    ]
    found = [one for one in found if one.on.earliest <= as_of]
    # What the survivor refused replaces nothing that they had agreed to.
    wanted = [one for one in found if _word(one.data, "survivor_agrees") != "no"]
    found = wanted if any(one.data for one in wanted) else found
    # What was agreed on the day of a return was agreed after it.
    return sorted(
        found, key=lambda one: (one.on.latest, one.on.earliest, bool(one.data), one.record)
    )


def _agreed(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) and "unknown" not in value else {}


def _listed(record: Record, agreed: Mapping[str, Any]) -> Iterator[Visit]:
    items = agreed.get("visits")
    for item in items if isinstance(items, list) else ():
        on = interval(item.get("visit_on")) if isinstance(item, dict) else None
        if on is not None:
            yield Visit(record.name, _word(item, "id"), on, _word(item, "announced"))


def _follow_ups(dossier: Dossier, as_of: date) -> list[_FollowUp]:
    return [
        _FollowUp(
            name=record.name,
            on=_by(interval(record.data.get("happened_on")), as_of),
            planned=interval(record.data.get("planned_on")),
            met=record.data["reached"] == "met",
        )
        for record in dossier.all(FOLLOW_UP)
        if _word(record.data, "reached")
    ]


def _by(days: Interval | None, as_of: date) -> Interval | None:
    # What is written down has happened: a month that is not over means the days until now.
    if days is None or days.earliest > as_of:
        return None
    return Interval(days.earliest, min(days.latest, as_of))


def _in_force(agreements: list[_Agreement], follow_ups: Iterable[_FollowUp]) -> tuple[Visit, ...]:
    """The visits that count: of each agreement those before the next one, and those made."""
    named = Counter(one.planned for one in follow_ups if one.met and one.on and one.planned)
    found: list[Visit] = []
    for agreement in agreements:
        found = list(_kept(found, agreement.on, named))
        # The newer agreement's word on a day is what counts for it.
        days = {visit.on for visit in agreement.visits}
        found = [visit for visit in found if visit.on not in days] + list(agreement.visits)
    return tuple(sorted(found, key=lambda v: (v.on.latest, v.on.earliest, v.record, v.item)))


def _kept(
    visits: Iterable[Visit], replaced_on: Interval, named: Counter[Interval]
) -> Iterator[Visit]:
    made = Counter(named)
    for visit in visits:
        if visit.on.earliest <= replaced_on.latest:
            yield visit
        elif made[visit.on]:
            made[visit.on] -= 1
            yield visit


def _made(visits: tuple[Visit, ...], met: list[_FollowUp]) -> dict[int, str]:
    """Which follow-up counts for which visit; each for one at most."""
    taken: dict[int, str] = {}
    rest: list[_FollowUp] = []
    for one in sorted(met, key=_happened):
        if one.on is None:
            continue
        candidates = _named_by(one, visits)
        # A second visit for one planned day counts for no other.
        free = [number for number in candidates if number not in taken]
        if free:
            taken[free[0]] = one.name
        elif not candidates:
            rest.append(one)
    for one in rest:
        free = [number for number in _not_after(one, visits) if number not in taken]
        if free:
            taken[free[-1]] = one.name
    return taken


def _happened(one: _FollowUp) -> tuple[date, date, str]:
    days = one.on or Interval(date.min, date.min)
    return (days.latest, days.earliest, one.name)


def _named_by(one: _FollowUp, visits: tuple[Visit, ...]) -> list[int]:
    return [number for number, visit in enumerate(visits) if visit.on == one.planned]


def _not_after(one: _FollowUp, visits: tuple[Visit, ...]) -> list[int]:
    if one.on is None:
        return []
    return [n for n, visit in enumerate(visits) if visit.on.earliest <= one.on.latest]


def _judged(visit: Visit, number: int, facts: _Facts) -> Visit:
    if number in facts.made:
        return replace(visit, state="done", made_by=facts.made[number])
    if visit.on.earliest > facts.as_of:
        return visit
    attempts = [
        one for one in facts.follow_ups if not one.met and _tried_for(one, number, facts.visits)
    ]
    if attempts and visit.on.latest <= facts.as_of:
        return replace(visit, state="failed", made_by=max(attempts, key=_happened).name)
    if visit.on.latest >= facts.as_of:
        return replace(visit, state="due")
    return replace(visit, state="missed" if _passed_over(visit, facts) else "late")


def _passed_over(visit: Visit, facts: _Facts) -> bool:
    """Whether the survivor was certainly met since, or agreed anew, or came back into care."""
    later = [one.on for one in facts.follow_ups if one.met and one.on]
    later += [facts.visits[number].on for number in facts.made]
    later += [one.on for one in facts.agreements if one.record != visit.record or not one.data]
    return any(days.earliest > visit.on.latest for days in later)


def _tried_for(one: _FollowUp, number: int, visits: tuple[Visit, ...]) -> bool:
    """Whether an attempt in vain was for a visit; one that was made since stays made."""
    if one.on is None:
        return False
    return number in (_named_by(one, visits) or _not_after(one, visits)[-1:])


def _count(plan: _Agreement) -> int | None:
    number = plan.data.get("number")
    if type(number) is int:
        return number
    return len(plan.visits) or None


def _since(plan: _Agreement, visits: Iterable[Visit], follow_ups: Iterable[_FollowUp]) -> int:
    """The visits made under a plan: for a day of it, or certainly after it was agreed."""
    own = {
        visit.made_by for visit in visits if visit.state == "done" and visit.record == plan.record
    }
    later = {
        one.name
        for one in follow_ups
        if one.met and one.on and one.on.earliest > plan.on.latest and one.name != plan.record
    }
    return len(own | later)


def _word(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


__all__ = ["AGREEMENTS", "Standing", "State", "Visit", "standing"]
