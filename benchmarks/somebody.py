"""Who an invented person is, and how an event of their life is told."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

Event = dict[str, Any]

END = date(2026, 10, 31)
"""Nothing happens after it."""

PROVINCES = (12, 12, 12, 1, 1, 2, 3, 7, 8, 14, 15, 17, 21, 25, 6, 5, 10, 11, 16, 18, 23, 24)
_COUNTRIES = ("TH", "TH", "TH", "MY", "VN", "CN", "ID", "SA")
_EXPLOITATION = ("ForcedLabour", "ForcedLabour", "SexualExploitation", "ForcedCriminality",
                 "ForcedMarriage", "ForcedBegging", "Servitude", "ChildLabour")  # fmt: skip
# Records of which the day is sometimes no longer known, but the month.
_PARTIAL = ("service", "incident")
_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_FAMILY = ("ឧទាហរណ៍", "គំរូ", "សាកល្បង")
_GIVEN = ("សុខា", "ម៉ាលី", "ដារ៉ា", "ស្រីមុំ", "បុប្ផា", "រតនា", "វិសាល", "ចាន់ថា", "សុភា", "កល្យាណ")


@dataclass
class Somebody:
    """One person; ``number`` is theirs in the casebook, ``size`` how many records they get."""

    rng: random.Random
    number: int
    size: int
    events: list[Event] = field(default_factory=list)

    # -- telling --

    def tell(self, what: str, day: date, rank: int, **more: Any) -> Event:
        """One event; ``rank`` says how soon it is left out of a short life (0 is never)."""
        event = {"what": what, "day": day.isoformat(), "typed": day.isoformat(), **more}
        self.events.append({**event, "rank": rank})
        return self.events[-1]

    def put(self, record: str, day: date, rank: int, says: Event, late: int = 6) -> None:
        """A record about a day, written down up to ``late`` days after it."""
        typed = min(day + timedelta(self.rng.choice((0, 0, 0, 1, 2, late))), END)
        event = self.tell(
            "put", day, rank, record=record, says={"happened_on": day.isoformat(), **says}
        )
        event["typed"] = typed.isoformat()
        if record in _PARTIAL and self.chance(0.06):
            event["says"]["happened_on"] = event["day"][:7]

    def chance(self, share: float) -> bool:
        """Whether it is so in this life, as in that share of all."""
        return self.rng.random() < share

    def between(self, first: date, last: date) -> date:
        """A day of a span, both ends included."""
        return first + timedelta(self.rng.randint(0, max((last - first).days, 0)))

    def item(self) -> str:
        """An id as items of lists have it."""
        return self.rng.choice(_LETTERS) + "".join(self.rng.choice("23456789") for _ in range(7))

    # -- who it is --

    def person(self, opened: date) -> None:
        """Who it is, and how that was found out."""
        rng = self.rng
        sex: Any = rng.choices(("female", "male", "other"), (70, 28, 2))[0]
        if self.chance(0.04):
            sex = {"unknown": rng.choice(("declined", "not-asked"))}
        nationality = rng.choices(("KH", "VN", "TH", "MM"), (88, 6, 3, 3))[0]
        says: Event = {
            "sex": sex,
            "nationality": nationality,
            "office_number": f"BENCH-{self.number}",
        }
        says["full_name"] = f"{rng.choice(_FAMILY)} {rng.choice(_GIVEN)}"
        says["full_name_latin"] = f"EXAMPLE Person {self.number}"
        says |= self.birth(opened)
        if self.chance(0.93):
            province = f"{rng.choice(PROVINCES):02d}"
            place = province + rng.choice(("", "01", "02", "0101", "010203"))
            says["birthplace"] = {"place": place, "country": "KH"}
        says["trafficking"] = self.trafficking(opened)
        if self.chance(0.1):
            says["disability"] = {
                "kinds": rng.sample(("seeing", "hearing", "moving"), rng.randint(1, 2))
            }
        if self.chance(0.12):
            says["accompanying_children"] = [
                {"id": self.item(), "also_a_victim": self.chance(0.2)}
                for _ in range(rng.randint(1, 2))
            ]
        self.put("profile", opened, 0, says)
        returned = rng.choices(
            ("repatriation", "deportation", "other-way", "not-abroad"), (3, 2, 2, 3)
        )[0]
        found: Event = {
            "trafficking_status": rng.choices(
                (
                    "ActualVictimOfTrafficking",
                    "PossibleVictimOfTrafficking",
                    "NotAVictimOfTrafficking",
                ),
                (80, 16, 4),
            )[0],
            "came_through": rng.choice(
                ("self", "family", "police", "immigration", "ngo", "hotline")
            ),
            "setting": rng.choice(
                ("police-or-immigration", "transit-centre", "shelter", "community")
            ),
            "returned_how": returned,
        }
        if returned != "not-abroad":
            found["returned_from"] = rng.choice(_COUNTRIES)
        if self.chance(0.15):
            found["trafficked_before"] = self.chance(0.5)
        if self.chance(0.08):
            found["counted_elsewhere"] = self.chance(0.7)
        self.put("identification", opened + timedelta(rng.randint(0, 2)), 0, found)

    def birth(self, opened: date) -> Event:
        """What is known of the day of birth: all of it, a part, candidate years, nothing."""
        rng = self.rng
        born = opened - timedelta(int(rng.triangular(9, 50, 19) * 365.25))
        kind = rng.choices(
            ("day", "month", "year", "animal", "unknown", "missing"), (50, 8, 28, 4, 5, 5)
        )[0]
        if kind == "missing":
            return {}
        if kind == "unknown":
            return {"birth": {"unknown": "not-known"}}
        if kind == "animal":
            years = [str(born.year), str(born.year + 12)]
            return {"birth": {"basis": "animal-year", "candidate_years": years}}
        length = {"day": 10, "month": 7, "year": 4}[kind]
        return {
            "birth": {"date": born.isoformat()[:length], "basis": rng.choice(("document", "told"))}
        }

    def trafficking(self, opened: date) -> Event:
        """What was done to the person, as far as it is known."""
        rng = self.rng
        if self.chance(0.08):
            return {"exploitation": {"unknown": "declined"}}
        kinds = list(dict.fromkeys(rng.choices(_EXPLOITATION, k=rng.choice((1, 1, 1, 2)))))
        began = opened - timedelta(rng.randint(30, 900))
        return {"exploitation": kinds, "country": rng.choice((*_COUNTRIES, "KH", "KH")),
                "from": began.isoformat()[:7], "to": opened.isoformat()[:7]}  # fmt: skip

    def consents(self, opened: date) -> None:
        """What was agreed to; whether to be counted in reports is asked of most."""
        rng = self.rng
        way = rng.choices(("given", "refused", "later", "withdrawn", "suspected", "never"),
                          (55, 12, 5, 4, 2, 22))[0]  # fmt: skip
        if way != "never":
            day = opened + timedelta(rng.randint(0, 20))
            says: Event = {"subject": "reporting", "given_by": "self", "answer": "given"}
            if way in ("refused", "later"):
                says["answer"] = way
            if way == "suspected":
                says |= {"given_by": "guardian", "guardian_suspected": True}
            if way == "withdrawn":
                says["withdrawn_on"] = (day + timedelta(rng.randint(5, 60))).isoformat()
            self.put("consent", day, 2, says)
        self.put(
            "consent", opened, 4, {"subject": "services", "answer": "given", "given_by": "self"}
        )
