"""Counts the people of a generated casebook again, from what the generator knows of them.

Plain Python over plain events, written from what each report says it counts: nothing of tipcase is
used here, so that a slip of its own counting cannot stand on both sides of a comparison.

A table of a report is a function of a person and a period that gives, for each thing counted, how
much it counts for each measure, and the thing itself, which some breakdowns look at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from statistics import median
from typing import Any

Event = dict[str, Any]
Amounts = dict[str, float | None]
Counted = Iterator[tuple[Amounts, Event]]
Found = dict[str, dict[str, float]]

PERSONS = frozenset({
    "people", "people_needing", "people_receiving", "people_attending", "people_referred",
    "people_moved", "people_reintegrated", "people_with_incidents", "people_heard",
    "people_declining", "people_met",
})  # fmt: skip
"""Measures that count a person once, however many things of theirs are counted."""

MEDIANS = frozenset({"days", "days_so_far", "days_open", "days_after"})
BANDS = (0, 12, 15, 18, 25, 35, 60)


@dataclass(frozen=True)
class Period:
    """Days as ISO texts, both included; ``as_of`` is the day of the report."""

    start: str
    end: str
    as_of: str

    def has(self, day: str | None) -> bool:
        """Whether a day falls into it; of a month or a year its first day does."""
        return day is not None and self.start <= whole(day) <= self.end


def whole(day: str) -> str:
    """The first day of what a partial date may mean."""
    return f"{day}-01-01"[:10] if len(day) == 4 else f"{day}-01"[:10]


def between(first: str, last: str) -> int:
    """The days from one day to another."""
    return (date.fromisoformat(whole(last)) - date.fromisoformat(whole(first))).days


class Person:
    """One person of the truth: what happened to them, in the order of writing."""

    def __init__(self, line: Mapping[str, Any]) -> None:
        """``line`` is one line of the truth."""
        self.case: str = line["case"]
        self.events: list[Event] = line["events"]

    def all(self, record: str) -> list[Event]:
        """What the records of a type say."""
        return [e["says"] for e in self.events if e.get("record") == record]

    def one(self, record: str) -> Event:
        """What the only record of a type says."""
        return next(iter(self.all(record)), {})

    @cached_property
    def spans(self) -> list[Event]:
        """When the case was open: ``from``, ``how``, and ``to`` and ``outcome`` once it was not."""
        found: list[Event] = []
        for event in self.events:
            if event["what"] in ("opened", "reopen"):
                how = "new" if event["what"] == "opened" else "reopened"
                found.append({"from": event["day"], "how": how})
            if event["what"] == "close":
                found[-1] |= {"to": event["day"], "outcome": event["outcome"]}
        return found

    def flow(self, period: Period) -> dict[str, int]:
        """How the case came, stayed and went in a period."""
        before, after = self._open_before(period.start), self._open_after(period.end)
        came = [s["how"] for s in self.spans if period.has(s["from"])]
        left = sum(period.has(s.get("to")) for s in self.spans)
        return {
            "open_start": before,
            "new": came.count("new"),
            "reopened": came.count("reopened"),
            "closed": left,
            "open_end": after,
        }

    def _open_before(self, day: str) -> int:
        return sum(s["from"] < day and s.get("to", "9999") >= day for s in self.spans)

    def _open_after(self, day: str) -> int:
        return sum(s["from"] <= day and s.get("to", "9999") > day for s in self.spans)

    def open_on(self, day: str) -> bool:
        """Whether the case was open when a day ended."""
        return self._open_after(whole(day)) > 0

    def stage(self, day: str) -> str | None:
        """The stage where the case stood at the end of a day, or stood last."""
        here = None
        for event in self.events:
            if event["day"] <= day and event["what"] in ("opened", "advance", "reopen"):
                here = event.get("stage", "identification")
        return here

    @cached_property
    def stays(self) -> list[Event]:
        """Each stage that the case was at: ``stage``, ``from``, and ``to`` once it was left."""
        found: list[Event] = []
        for event in self.events:
            if event["what"] == "close" or (event["what"] == "advance" and "to" not in found[-1]):
                found[-1]["to"] = event["day"]
            if event["what"] in ("opened", "advance", "reopen"):
                stage = event.get("stage", "identification")
                found.append({"stage": stage, "from": event["day"]})
        return found

    # -- how old somebody is --

    @cached_property
    def births(self) -> list[tuple[date, date]] | None:
        """The days between which the person was born; several where years are in doubt."""
        birth = self.one("profile").get("birth")
        if birth is None:
            return None
        if "candidate_years" in birth:
            years = [int(year) for year in birth["candidate_years"]]
            return [(date(year, 1, 1), date(year + 1, 4, 30)) for year in years]
        day = birth.get("date")
        if day is None:
            return []
        last = _end_of_month(f"{day}-12"[:7]) if len(day) < 10 else day
        return [(date.fromisoformat(whole(day)), date.fromisoformat(last))]

    def ages(self, day: str) -> list[int]:
        """The least and the greatest age that the person can have on a day, for each reading."""
        on = date.fromisoformat(whole(day))
        return [_years(born, on) for both in self.births or () for born in both]

    def is_child(self, day: str | None) -> bool | None:
        """Whether somebody is treated as a child: also who may be one, or nobody knows."""
        if self.births is None or day is None:
            return None
        ages = self.ages(day)
        return not ages or min(ages) < 18

    def band(self, day: str | None) -> str:
        """The group of ages; only child or adult where it may be several."""
        child = self.is_child(day)
        if child is None or day is None:
            return "missing"
        bands = {max(low for low in BANDS if low <= max(age, 0)) for age in self.ages(day)}
        if len(bands) != 1:
            return "child" if child else "adult"
        low = bands.pop()
        place = BANDS.index(low)
        return f"{low}+" if low == BANDS[-1] else f"{low}-{BANDS[place + 1] - 1}"

    def group(self, day: str | None) -> str:
        """Girl, boy, woman or man on a day."""
        child = self.is_child(day)
        if child is None:
            return "missing"
        words = {"female": ("woman", "girl"), "male": ("man", "boy")}
        sex = self.one("profile").get("sex")
        return words.get(sex if isinstance(sex, str) else "", ("adult", "child"))[child]

    # -- whether the person agreed to be counted by others --

    def reporting(self, day: str) -> str:
        """``given``, ``refused`` or ``not-asked``, on a day."""
        asked = [c for c in self.all("consent") if c["subject"] == "reporting"]
        asked = [c for c in asked if c["happened_on"] <= day and c["answer"] != "later"]
        if not asked:
            return "not-asked"
        (says,) = asked
        withdrawn = says.get("withdrawn_on", "9999") <= day
        ended = self.spans[-1].get("outcome") == "died" and self.spans[-1]["to"] <= day
        worthless = says.get("guardian_suspected", False)
        good = says["answer"] == "given" and not withdrawn and not ended and not worthless
        return "given" if good else "refused"


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _end_of_month(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    first = date(year + number // 12, number % 12 + 1, 1)
    return date.fromordinal(first.toordinal() - 1).isoformat()


# -- breakdowns: the code of a person, or of a thing that is counted --


def code(value: Any) -> str:
    """How a value of a record is called in a table."""
    if value is None or value == []:
        return "missing"
    if isinstance(value, dict):
        return "not-applicable" if value.get("unknown") == "not-applicable" else "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return str(value[0]) if len(value) == 1 else "several"
    return str(value)


Breakdown = Callable[[Person, Event, Period], str]


def of_profile(*keys: str) -> Breakdown:
    """By a field of the profile."""

    def found(person: Person, thing: Event, period: Period) -> str:
        value: Any = person.one("profile")
        for key in keys:
            value = value.get(key) if isinstance(value, dict) and "unknown" not in value else None
        return code(value)

    return found


def of_thing(key: str) -> Breakdown:
    """By a field of what is counted."""
    return lambda person, thing, period: code(thing.get(key))


def _province(person: Person, thing: Event, period: Period) -> str:
    place = person.one("profile").get("birthplace", {}).get("place")
    return place[:2] if place else "missing"


def _identified(person: Person) -> str | None:
    day: str | None = person.one("identification").get("happened_on")
    return day


BREAKDOWNS: Mapping[str, Breakdown] = {
    "sex": of_profile("sex"),
    "nationality": of_profile("nationality"),
    "exploitation": of_profile("trafficking", "exploitation"),
    "disability": of_profile("disability", "kinds"),
    "province": _province,
    "age": lambda person, thing, period: person.band(_identified(person)),
    "group": lambda person, thing, period: person.group(_identified(person)),
    "group_exploited": lambda person, thing, period: person.group(
        person.one("profile").get("trafficking", {}).get("from")
    ),
    "stage_at_end": lambda person, thing, period: code(person.stage(period.end)),
    "returned_from": lambda p, thing, period: code(p.one("identification").get("returned_from")),
    "outcome": of_thing("outcome"),
    "opened_as": of_thing("how"),
    "stage": of_thing("stage"),
    "announced": of_thing("announced"),
    "reached": of_thing("reached"),
    "visit_state": of_thing("state"),
    "kind": of_thing("kind"),
    "answer": of_thing("receiver_answer"),
    "services": of_thing("referral_services"),
    "lives_with": of_thing("returned_to"),
    "setting": of_thing("placement_setting"),
    "setting_left": of_thing("placement_setting"),
    "moved_to": of_thing("placement_setting"),
}


# -- tables --


def caseload(person: Person, period: Period) -> Counted:
    """Cases open at the start, new, reopened, closed, open at the end."""
    yield dict(person.flow(period)), {}


def closures(person: Person, period: Period) -> Counted:
    """Closings of the period."""
    for span in person.spans:
        if period.has(span.get("to")):
            days = between(span["from"], span["to"])
            yield {"closings": 1, "people": 1, "days_open": days}, span


def stages(person: Person, period: Period) -> Counted:
    """Times in each stage."""
    for stay in person.stays:
        began, ended = stay["from"], stay.get("to", "9999")
        if began > period.end or ended < period.start:
            continue
        left = ended <= period.end
        yield (
            {
                "in_start": began < period.start,
                "entered": began >= period.start,
                "left": left,
                "in_end": not left,
                "days": between(began, ended) if left else None,
            },
            stay,
        )


def monthly_services(person: Person, period: Period) -> Counted:
    """Services of a month."""
    for given, thing in needs(person, period):
        received = given["people_receiving"]
        yield {"needed": 1, "received": received, "people": 1}, thing


def needs(person: Person, period: Period) -> Counted:
    """Services needed, by the day of the record."""
    for says in person.all("service"):
        if not period.has(says["happened_on"]):
            continue
        choice, received = says["survivor_choice"], says.get("service_received")
        amounts: Amounts = {"needed": 1, "people_needing": 1}
        amounts |= {name: choice == name for name in ("accepted", "declined", "later")}
        amounts |= {name: received == name for name in ("received", "partly", "waiting")}
        amounts["people_receiving"] = received in ("received", "partly")
        amounts["sessions_told"] = says.get("sessions")
        yield amounts, {"kind": says["service_kind"]}


def sessions(person: Person, period: Period) -> Counted:
    """Appointments, by their own day."""
    for says in person.all("service"):
        for one in says.get("appointments", ()):
            if period.has(one["appointment_on"]):
                came = one["attended"] == "attended"
                amounts: Amounts = {"appointments": 1, "attended": came, "people_attending": came}
                amounts["not_attended"] = one["attended"] == "not-attended"
                yield amounts, {"kind": says["service_kind"]}


def referrals(person: Person, period: Period) -> Counted:
    """Referrals and their answers."""
    for says in person.all("referral"):
        if period.has(says["happened_on"]):
            answer = says["receiver_answer"]
            amounts: Amounts = {"referrals": 1, "people_referred": 1}
            amounts |= {f"referrals_{a}": answer == a for a in ("accepted", "declined", "waiting")}
            yield amounts, says


def reintegrated(person: Person, period: Period) -> Counted:
    """Returns home."""
    for says in person.all("reintegration"):
        if period.has(says["happened_on"]):
            yield {"reintegrations": 1, "people_reintegrated": 1, "on_trial": 1}, says


def incidents(person: Person, period: Period) -> Counted:
    """What went wrong."""
    for says in person.all("incident"):
        if period.has(says["happened_on"]):
            again = says.get("trafficked_again", False)
            amounts: Amounts = {"incidents": 1, "people_with_incidents": 1}
            yield {**amounts, "trafficked_again": again}, {"kind": says["incident_kind"]}


def outcomes_of_people(person: Person, period: Period) -> Counted:
    """Who was trafficked again, reopened, or died."""
    flow = person.flow(period)
    again = [says for says in person.all("incident") if says.get("trafficked_again")]
    # Whose case was opened again had not died.
    died = [s for s in person.spans[-1:] if s.get("outcome") == "died"]
    before = person.one("identification").get("trafficked_before", False)
    yield (
        {
            "people_trafficked_again": any(period.has(says["happened_on"]) for says in again),
            "new_trafficked_before": flow["new"] > 0 and before,
            "reopened": flow["reopened"] > 0,
            "deaths": any(period.has(s["to"]) for s in died),
        },
        {},
    )


def at_end(person: Person, period: Period) -> Counted:
    """Where people with an open case are at the end."""
    if not person.flow(period)["open_end"]:
        return
    here = [p for p in person.all("placement") if p["happened_on"] <= period.end]
    here = [p for p in here if p.get("ended_on", "9999") > period.end]
    last = max(here, key=lambda p: p["happened_on"], default={})
    days = between(last["happened_on"], min(period.end, period.as_of)) if last else None
    yield {"people": 1, "days_so_far": days}, last


def stays(person: Person, period: Period) -> Counted:
    """Stays that ended."""
    for says in person.all("placement"):
        if period.has(says.get("ended_on")):
            yield {"stays_ended": 1, "days": between(says["happened_on"], says["ended_on"])}, says


def moves(person: Person, period: Period) -> Counted:
    """Placements that were not the first."""
    every = person.all("placement")
    for says in every:
        later = any(p["happened_on"] < says["happened_on"] for p in every)
        if later and period.has(says["happened_on"]):
            yield {"moves": 1, "people_moved": 1}, says


def _new(person: Person, period: Period) -> bool:
    elsewhere = person.one("identification").get("counted_elsewhere", False)
    return person.flow(period)["new"] > 0 and not elsewhere


def new_people(person: Person, period: Period) -> Counted:
    """Who is new, and a victim, and not reported as new by somebody else."""
    says = person.one("identification")
    if _new(person, period) and says["trafficking_status"] != "NotAVictimOfTrafficking":
        ill = bool(person.one("profile").get("disability"))
        before = says.get("trafficked_before", False)
        yield {"people": 1, "with_disability": ill, "trafficked_before_too": before}, {}


def at_exploitation(person: Person, period: Period) -> Counted:
    """The same people, as old as they were when it began."""
    for _ in new_people(person, period):
        yield {"people_at_exploitation": 1}, {}


def accompanying(person: Person, period: Period) -> Counted:
    """Children who came along and are no victims themselves."""
    if _new(person, period):
        children = person.one("profile").get("accompanying_children", ())
        yield {"children": sum(not child["also_a_victim"] for child in children)}, {}


def left_out(person: Person, period: Period) -> Counted:
    """Who is new and not counted among the new."""
    if person.flow(period)["new"]:
        says = person.one("identification")
        elsewhere = says.get("counted_elsewhere", False)
        shown = says["trafficking_status"] == "NotAVictimOfTrafficking"
        yield {"counted_by_others": elsewhere, "not_victims": shown and not elsewhere}, {}


def proceedings(person: Person, period: Period) -> Counted:
    """Complaints, verdicts and payments of the period."""
    for says in person.all("legal"):
        days = {"complaints": "complaint_filed_on", "verdicts": "verdict_on",
                "paid": "compensation_paid_on"}  # fmt: skip
        amounts: Amounts = {name: period.has(says.get(key)) for name, key in days.items()}
        yield amounts, {"kind": says["proceeding_kind"]}


def hearings(person: Person, period: Period) -> Counted:
    """Days in court."""
    for says in person.all("legal"):
        for one in says.get("hearings", ()):
            if period.has(one["hearing_on"]) and one["hearing_on"] <= period.as_of:
                yield {"hearings": 1, "people_heard": 1}, {"kind": says["proceeding_kind"]}


def choices(person: Person, period: Period) -> Counted:
    """Choices about taking part."""
    for says in person.all("legal"):
        for one in says["part_choices"]:
            if period.has(one["chosen_on"]):
                no = one["choice"] == "does-not"
                yes = one["choice"] == "takes-part"
                amounts: Amounts = {"choices": 1, "takes_part": yes, "declined_part": no}
                yield {**amounts, "people_declining": no}, {"kind": says["proceeding_kind"]}


# -- visits --


def visits(person: Person, day: str) -> Iterator[Event]:
    """The visits agreed with the survivor and how each stands at the end of a day.

    A later agreement, and a return into care, do away with the days after it that nobody came.
    """
    met = [f for f in person.all("follow-up") if f["happened_on"] <= day]
    came = {f["planned_on"]: f["happened_on"] for f in met if f["reached"] == "met"}
    tried = {f["planned_on"] for f in met if f["reached"] != "met"}
    ends = sorted(_ends(person, day))
    for agreement in person.all("reintegration"):
        begun = agreement["happened_on"]
        over = next((end for end in ends if end > begun), "9999")
        for one in agreement["visits_agreed"]["visits"] if begun <= day else ():
            on = one["visit_on"]
            if on > over and on not in came:
                continue
            passed = [e for e in [*came.values(), *ends] if e > on]
            yield {"on": on, "announced": one["announced"], "made_on": came.get(on),
                   "state": _state(on, day, came, tried, bool(passed))}  # fmt: skip


def planned(person: Person, period: Period) -> Counted:
    """Visits agreed for days of the period, as they stand at its end or on the report's day."""
    for visit in visits(person, min(period.end, period.as_of)):
        if not period.has(visit["on"]):
            continue
        if visit["state"] not in ("done", "failed") and not person.open_on(visit["on"]):
            continue
        after = between(visit["on"], visit["made_on"]) if visit["state"] == "done" else 0
        amounts: Amounts = {"agreed": 1, "people": 1, "made_later": after > 0}
        amounts |= {one: visit["state"] == one for one in ("done", "late", "missed", "failed")}
        amounts["not_due"] = visit["state"] in ("planned", "due")
        amounts["days_after"] = after if after > 0 else None
        yield amounts, visit


def made(person: Person, period: Period) -> Counted:
    """Visits and attempts of the period, agreed or not."""
    for says in person.all("follow-up"):
        if period.has(says["happened_on"]):
            met = says["reached"] == "met"
            yield {"made": 1, "met": met, "in_vain": not met, "people_met": met}, says


def planned_monthly(person: Person, period: Period) -> Counted:
    """The same, as the monthly sheet has it."""
    names = ("agreed", "done", "late", "missed", "failed", "not_due")
    for given, visit in planned(person, period):
        yield {name: given[name] for name in names}, visit


def _ends(person: Person, day: str) -> Iterator[str]:
    """The days from which on an earlier agreement no longer counts."""
    for says in person.all("reintegration"):
        for end in (says["happened_on"], says.get("went_back_on")):
            if end is not None and end <= day:
                yield end


def _state(on: str, day: str, came: Mapping[str, str], tried: set[str], passed: bool) -> str:
    if on in came:
        return "done"
    if on > day:
        return "planned"
    if on in tried:
        return "failed"
    if on == day:
        return "due"
    return "missed" if passed else "late"


# -- adding up --


def counted(
    people: Iterable[Person],
    table: Callable[[Person, Period], Counted],
    period: Period,
    by: str | None = None,
) -> Found:
    """A table, by the code of one breakdown and in all (``""``), without what is nothing."""
    amounts: dict[str, dict[str, list[tuple[str, float]]]] = defaultdict(lambda: defaultdict(list))
    for person in people:
        for given, thing in table(person, period):
            codes = [""] if by is None else ["", BREAKDOWNS[by](person, thing, period)]
            for one in codes:
                for measure, amount in given.items():
                    if amount is not None:
                        amounts[one][measure].append((person.case, float(amount)))
    return {
        one: {name: value for name, got in given.items() if (value := _value(name, got))}
        for one, given in amounts.items()
        if any(_value(name, got) for name, got in given.items())
    }


def _value(measure: str, given: list[tuple[str, float]]) -> float:
    if measure in MEDIANS:
        return median(amount for _, amount in given)
    if measure in PERSONS:
        return len({case for case, amount in given if amount})
    return sum(amount for _, amount in given)
