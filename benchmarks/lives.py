"""Invented lives: what happened to a person who is not, from the first interview to the last visit.

``life(seed, number)`` is a list of plain events in the order in which they were written down, and
nothing here knows tipcase: what a report says of a casebook made of them can be counted from the
events alone. Each event says ``what`` (opened, put, advance, close, reopen), ``day``, ``typed``
(when it was written down), and for a record ``record`` and ``says``, its short fields.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from benchmarks.somebody import END, PROVINCES, Event, Somebody

FIRST, LAST = date(2022, 1, 3), date(2026, 9, 30)
"""The days between which cases are opened."""

STAGES = (
    "identification", "crisis-intervention", "referral", "reception", "case-planning",
    "assessment", "recovery", "reintegration", "follow-up", "closure",
)  # fmt: skip
# The weeks that a stage lasts, at the least and at the most.
_WEEKS = {"identification": (0, 2), "crisis-intervention": (0, 1), "referral": (0, 2),
          "reception": (1, 4), "case-planning": (1, 5), "assessment": (1, 6), "recovery": (6, 40),
          "reintegration": (2, 14), "follow-up": (12, 60)}  # fmt: skip

_SERVICES = ("medical", "psychological", "legal", "accommodation", "education", "material",
             "vocational-training", "livelihood", "life-skills", "family-support")  # fmt: skip
_OUTCOMES = ("successful", "successful", "successful", "unsuccessful", "lost-contact",
             "lost-contact", "transferred", "declined-service", "repatriated", "died")  # fmt: skip


def life(seed: int, number: int, records: int | tuple[int, int] = (25, 60)) -> list[Event]:
    """The events of one person; the same for the same numbers.

    ``records`` is how many records are written of it, or the least and the most; a life is cut to
    that number and filled up to it, a closing counts as the two records that it writes.
    """
    rng = random.Random(f"{seed} {number}")  # noqa: S311 - invented people
    size = records if isinstance(records, int) else rng.randint(*records)
    whole = _Life(rng, number, size)
    whole.live()
    return whole.kept()


def weight(event: Event) -> int:
    """How many records an event writes."""
    return {"opened": 0, "advance": 0, "put": 1, "close": 2, "reopen": 1}[event["what"]]


@dataclass
class _Life(Somebody):
    # The end of what is told, and whether the case is closed then.
    now: date = END
    closed: bool = False

    # -- a life --

    def live(self) -> None:
        """Everything, from the opening to the end of what is told."""
        opened = self.between(FIRST, LAST)
        self.tell("opened", opened, 0)
        self.person(opened)
        self.consents(opened)
        self.spell(opened, STAGES[0], rank=1)
        if self.closed and self.chance(0.25):
            again = self.between(self.now + timedelta(20), self.now + timedelta(400))
            if again < END - timedelta(3):
                cause = self.rng.choice(("re-traumatization", "new-danger", "survivor-asked"))
                self.tell("reopen", again, 3, stage="recovery", cause=cause)
                self.closed = False
                self.spell(again, "recovery", rank=3)
        self.fill(opened)

    def spell(self, start: date, stage: str, rank: int) -> None:
        """From opening or reopening through the stages, until END or a closing."""
        day, rng = start, self.rng
        setting = rng.choice(("transit-centre", "shelter", "shelter", "relative"))
        moved_in = day
        ends = self.chance(0.7)
        lost = day + timedelta(rng.randint(20, 300)) if ends and self.chance(0.25) else None
        for here in STAGES[STAGES.index(stage) :]:
            self.during(here, day)
            if here == STAGES[-1]:
                break
            after = day + timedelta(7 * rng.randint(*_WEEKS[here]) + rng.randint(0, 6))
            if here == "reintegration":
                self.stay(setting, moved_in, day)
                setting, moved_in = rng.choice(("family", "relative", "independent")), day
            if lost is not None and after >= lost and lost <= END:
                self.close(max(lost, day), rng.choice(("lost-contact", "declined-service")), rank)
                break
            if after > END or (here == "follow-up" and not ends):
                break
            day = after
            step = STAGES[STAGES.index(here) + 1]
            self.tell("advance", day, 4, **{"from": here, "stage": step})
        else:  # pragma: no cover - the last stage always breaks
            pass
        if not self.closed and day <= END and ends and here == STAGES[-1]:
            self.close(min(day + timedelta(rng.randint(0, 9)), END), rng.choice(_OUTCOMES), rank)
        self.stay(setting, moved_in, self.now if self.closed else None)

    def close(self, day: date, outcome: str, rank: int) -> None:
        """The case is closed on a day, which is sometimes written down some days later."""
        self.tell("close", day, rank, outcome=outcome)
        late = timedelta(self.rng.choice((0, 0, 0, 2, 5)))
        self.events[-1]["typed"] = min(day + late, END).isoformat()
        self.closed, self.now = True, day
        # Nothing is told of the time after it, but what was made ready before.
        self.events = [e for e in self.events if e["day"] <= day.isoformat()]

    def stay(self, setting: str, start: date, end: date | None) -> None:
        """One place where the person lived."""
        says: Event = {"placement_setting": setting}
        if end is not None and end >= start:
            says["ended_on"] = end.isoformat()
        self.put("placement", start, 5, says)

    def during(self, stage: str, day: date) -> None:
        """What a stage leaves on paper when it begins."""
        rng = self.rng
        if stage == "crisis-intervention" and self.chance(0.4):
            self.put(stage, day, 7, {"crisis_kind": rng.choice(("rescue", "medical", "suicidal"))})
        if stage == "referral" and self.chance(0.5):
            self.referral(day)
        if stage in ("reception", "case-planning", "recovery") and not self.written(stage):
            self.put(stage, day, 6, {})
        if stage == "assessment":
            kinds = rng.sample(("risk", "family", "skills", "community"), 2)
            self.put("assessment", day, 6, {"kinds": kinds})
            self.put("health", day, 7, {"health_kinds": ["medical"]})
        if stage == "recovery":
            self.recovery(day)
        if stage == "reintegration":
            self.reintegration(day)

    def written(self, record: str) -> bool:
        """Whether there is such a record by now."""
        return any(event.get("record") == record for event in self.events)

    def referral(self, day: date) -> None:
        """Somebody else was asked to help."""
        rng = self.rng
        answer = rng.choice(("waiting", "accepted", "accepted", "declined"))
        says: Event = {
            "referral_services": rng.sample(("medical", "psychological", "legal"), 2),
            "referral_consent": "given",
            "receiver_answer": answer,
        }
        if answer == "declined":
            says["refusal_ground"] = rng.choice(("no-place", "too-far"))
        self.put("referral", day, 7, says)

    def recovery(self, day: date) -> None:
        """Services, perhaps a proceeding, perhaps something that went wrong."""
        for _ in range(self.rng.randint(1, 5)):
            self.service(min(day + timedelta(self.rng.randint(0, 90)), END))
        if self.chance(0.3):
            self.proceeding(min(day + timedelta(self.rng.randint(0, 60)), END))
        if self.chance(0.3):
            self.incident(min(day + timedelta(self.rng.randint(0, 90)), END))

    def service(self, day: date) -> None:
        """One need, what was offered for it, and what came of it."""
        rng = self.rng
        choice = rng.choices(("accepted", "declined", "later"), (80, 12, 8))[0]
        says: Event = {"service_kind": rng.choice(_SERVICES), "survivor_choice": choice}
        says["service_offered_on"] = day.isoformat()
        if choice == "accepted":
            says["service_pattern"] = rng.choice(("once", "continuing"))
            says["service_received"] = rng.choice(("received", "received", "partly", "waiting"))
            if says["service_received"] != "waiting":
                says["sessions"] = 1 if says["service_pattern"] == "once" else rng.randint(2, 30)
                says["service_from"] = day.isoformat()
                says["appointments"] = self.appointments(day)
        self.put("service", day, 5, says)

    def appointments(self, day: date) -> list[Event]:
        """Up to three days on which somebody was waited for."""
        days = [day + timedelta(7 * n) for n in range(self.rng.randint(0, 3))]
        kept = ("attended", "attended", "not-attended", "postponed")
        return [
            {"id": self.item(), "appointment_on": on.isoformat(), "attended": self.rng.choice(kept)}
            for on in days
            if on <= END
        ]

    def incident(self, day: date) -> None:
        """Something that went wrong."""
        kinds = ("crisis", "trafficker-seen", "re-traumatization", "disappearance")
        says: Event = {"incident_kind": self.rng.choice(kinds)}
        if self.chance(0.5):
            ended = min(day + timedelta(self.rng.randint(1, 30)), END)
            says["ended_safely_on"] = ended.isoformat()
        if self.chance(0.1):
            says["trafficked_again"] = True
        self.put("incident", day, 5, says)

    def proceeding(self, day: date) -> None:
        """The choice to take part or not; then a complaint, a hearing, a verdict, money."""
        choice = self.rng.choice(("takes-part", "takes-part", "does-not", "undecided"))
        chosen = {"id": self.item(), "chosen_on": day.isoformat(), "choice": choice}
        says: Event = {
            "proceeding_kind": self.rng.choice(("criminal", "labour", "civil")),
            "procedure_explained_on": day.isoformat(),
            "part_choices": [chosen],
        }
        if choice == "takes-part":
            says["complaint_filed_on"] = day.isoformat()
            if self.chance(0.6):
                says["compensation_claimed"] = f"{self.rng.randint(1, 9)},000,000 riel"
            heard = day + timedelta(self.rng.randint(30, 200))
            says |= self.court(heard) if heard <= END else {}
        self.put("legal", day, 5, says)

    def court(self, heard: date) -> Event:
        """What came of a complaint on a day in court and after it."""
        present = self.rng.choice(("present", "chose-not-to"))
        hearing = {"id": self.item(), "hearing_on": heard.isoformat(), "survivor_present": present}
        says: Event = {"hearings": [hearing]}
        if self.chance(0.5):
            says["verdict_on"] = min(heard + timedelta(20), END).isoformat()
            says["compensation_ordered"] = "1,000,000 riel"
            if self.chance(0.4):
                says["compensation_paid"] = "500,000 riel"
                says["compensation_paid_on"] = min(heard + timedelta(50), END).isoformat()
        return says

    def reintegration(self, day: date) -> None:
        """The return home, the visits that were agreed, and what became of each."""
        rng = self.rng
        plan = [day + timedelta(30 * n + rng.randint(0, 5)) for n in range(1, rng.randint(3, 9))]
        told = ("announced", "announced", "spot-check")
        agreed = [
            {"id": self.item(), "visit_on": on.isoformat(), "announced": rng.choice(told)}
            for on in plan
        ]
        says: Event = {
            "returned_to": rng.choice(("own-family", "relatives", "independent")),
            "reintegration_place": f"{rng.choice(PROVINCES):02d}01",
            "on_trial": True,
            "visits_agreed": {"number": len(plan), "agreed_on": day.isoformat(),
                              "survivor_agrees": "yes", "visits": agreed},
        }  # fmt: skip
        back = self.trial(says, plan, day)
        self.put("reintegration", day, 3, says, late=0)
        for on in plan:
            reached = rng.choices(("met", "not-reached", None), (75, 10, 15))[0]
            made = on + timedelta(rng.choice((0, 0, 0, 1, 4, 12, 25)))
            if reached is not None and made <= min(END, back):
                self.put("follow-up", made, 4, self.seen(on, str(reached)))

    def trial(self, says: Event, plan: list[date], day: date) -> date:
        """How the return home went, on ``says``; the day on which the person came back, or END."""
        if self.chance(0.15):
            back = min(self.between(day + timedelta(10), plan[-1]), END)
            says |= {"trial_outcome": "went-back", "went_back_on": back.isoformat()}
            return back
        if self.chance(0.4):
            says["trial_outcome"] = self.rng.choice(("goes-on", "settled"))
        return END

    def seen(self, planned: date, reached: str) -> Event:
        """What a follow-up says; of somebody who was not reached little."""
        says: Event = {"planned_on": planned.isoformat(), "reached": reached}
        says["follow_up_type"] = self.rng.choice(("type-1", "type-1", "type-2"))
        if reached == "met":
            says["danger_seen"] = self.chance(0.08)
            judged = ("yes", "yes", "partly", "no")
            says["criteria"] = {c: {"seen": self.rng.choice(judged)} for c in "abcd"}
        return says

    # -- as many records as asked for --

    def fill(self, opened: date) -> None:
        """Notes, services and talks, until there is enough to choose from."""
        last = self.now if self.closed else END
        kinds = ("note", "note", "service", "conference", "health")
        while sum(weight(event) for event in self.events) < self.size:
            day, kind = self.between(opened, last), self.rng.choice(kinds)
            if kind == "service":
                self.service(day)
            else:
                says = {"health": {"health_kinds": ["psychological"]}}.get(kind, {})
                self.put(kind, day, 8, says)

    def kept(self) -> list[Event]:
        """As many as asked for, the least telling left out first, in the order of writing."""
        numbered = list(enumerate(self.events))
        ranked = sorted(numbered, key=lambda pair: (pair[1]["rank"], pair[0]))
        kept, room = [], self.size
        for place, event in ranked:
            # A short file has not gone through nine stages.
            if event["what"] == "advance" and self.size < 10 and event["stage"] != STAGES[1]:
                continue
            if weight(event) > room:
                # What ends in a closing is told whole or not begun: no reopening of an open case.
                if event["what"] in ("close", "reopen"):
                    room = min(room, 0) if event["rank"] > 1 else room
                continue
            room -= weight(event)
            kept.append((place, event))
        kept.sort(key=lambda pair: (pair[1]["typed"], pair[0]))
        return list(_plain(event for _, event in _orderly(kept)))


def _orderly(kept: list[tuple[int, Event]]) -> list[tuple[int, Event]]:
    """Without a reopening or a move of a case that is closed, or that was never closed."""
    found, closed = [], False
    for place, event in kept:
        if (event["what"] == "reopen") != closed and event["what"] in (
            "reopen",
            "close",
            "advance",
        ):
            continue
        closed = {"close": True, "reopen": False}.get(event["what"], closed)
        found.append((place, event))
    return found


def _plain(events: Iterator[Event] | Any) -> Iterator[Event]:
    for event in events:
        yield {key: value for key, value in event.items() if key != "rank"}
