"""How old somebody is, as surely as it is known and no surer, in words.

Where a birth has several readings (the candidate years of an animal, an estimate, a year alone) all
of them are said and none is picked. Whoever may be under 18 is treated as a child (857/6.11.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tipcase.law import dates
from tipcase.law.findings import Text

# The cycle of twelve, from the year 4 on: a year's animal is its place in it.
_ANIMALS = (
    Text("rat", "ជូត"),
    Text("ox", "ឆ្លូវ"),
    Text("tiger", "ខាល"),
    Text("rabbit", "ថោះ"),
    Text("dragon", "រោង"),
    Text("snake", "ម្សាញ់"),
    Text("horse", "មមី"),
    Text("goat", "មមែ"),
    Text("monkey", "វក"),
    Text("rooster", "រកា"),
    Text("dog", "ច"),
    Text("pig", "កុរ"),
)
_NOT_KNOWN = Text("age not known: treated as a child", "មិនដឹងអាយុ៖ ចាត់ទុកជាកុមារ")
_UNCERTAIN = Text("age uncertain: treated as a child", "អាយុមិនច្បាស់៖ ចាត់ទុកជាកុមារ")
_CHILD = Text("a child", "ជាកុមារ")


@dataclass(frozen=True)
class Age:
    """An age on a day: every span of whole years that it may be, and what follows from it.

    ``years`` is empty where nobody knows, or where the birth lies after the day; ``text`` says it
    all in a line.
    """

    text: Text
    years: tuple[tuple[int, int], ...]
    child: bool
    uncertain: bool

    def __repr__(self) -> str:
        # An age is a fact about the person, and a repr can end in a log.
        return "<Age>"

    def as_json(self, lang: str) -> dict[str, Any]:
        """The plain data that scripts rely on."""
        return {
            "text": self.text.get(lang),
            "years": [list(span) for span in self.years],
            "treated_as_child": self.child,
            "uncertain": self.uncertain,
        }


def animal_of(year: int) -> Text:
    """The animal of a year; the year that begins in its April."""
    return _ANIMALS[(year - 4) % 12]


def age(birth: Any, day: date, bases: Mapping[str, Text] | None = None) -> Age | None:
    """The age that a profile's ``birth`` gives on ``day``; None where nothing was written down.

    ``bases`` are the labels of the ways in which a birth may be known.
    """
    readings = dates.birth_intervals(birth)
    if readings is None:
        return None
    if not readings:
        return Age(_NOT_KNOWN, (), child=True, uncertain=True)
    years = tuple(sorted({span for one in readings if (span := _years(one, day))}))
    child = dates.child_on(birth, day) is not False
    uncertain = dates.age_uncertain(birth, day) is True
    ending = _UNCERTAIN if uncertain else _CHILD if child else None
    return Age(_told(birth, years, ending, bases or {}), years, child, uncertain)


def _years(born: dates.Interval, day: date) -> tuple[int, int] | None:
    """The fewest and the most whole years since a birth; None where it lies ahead."""
    fewest, most = dates.age_on(born.latest, day), dates.age_on(born.earliest, day)
    if fewest is None or most is None or most[1] < 0:
        return None
    return max(fewest[0], 0), most[1]


def _told(
    birth: Any,
    years: tuple[tuple[int, int], ...],
    ending: Text | None,
    bases: Mapping[str, Text],
) -> Text:
    born, how = _born(birth, bases)
    english = f"born {' or '.join(born)}{how.en and f' ({how.en})'}"
    khmer = f"កើត {' ឬ '.join(born)}{how.km and f' ({how.km})'}"
    if years:
        english += f": {' or '.join(_span(span, 'to') for span in years)} years old"
        khmer += f"៖ អាយុ {' ឬ '.join(_span(span, 'ដល់') for span in years)} ឆ្នាំ"
    if ending is not None:
        english, khmer = f"{english}; {ending.en}", f"{khmer} {ending.km}"
    return Text(english, khmer)


def _born(birth: Any, bases: Mapping[str, Text]) -> tuple[list[str], Text]:
    """When somebody was born, as it was written, and how that is known."""
    if not isinstance(birth, Mapping):
        return [str(birth)], Text("")
    basis = birth.get("basis")
    years = birth.get("candidate_years")
    day = birth.get("date")
    several = [str(year) for year in years] if isinstance(years, list) else []
    if several and (basis == "animal-year" or dates.interval(day) is None):
        return sorted(several), _animal(several) if basis == "animal-year" else Text("")
    how = bases.get(basis, Text(basis)) if isinstance(basis, str) else Text("")
    return [str(day)], Text(how.en[:1].lower() + how.en[1:], how.km)


def _animal(years: list[str]) -> Text:
    """The animal that all the years share; nothing where they do not, or one is no year."""
    found = {animal_of(int(year)) for year in years if dates.interval(year) is not None}
    if len(found) != 1:
        return Text("")
    animal = found.pop()
    return Text(f"year of the {animal.en}", f"ឆ្នាំ{animal.km}")


def _span(span: tuple[int, int], to: str) -> str:
    low, high = span
    return str(high) if low == high else f"{low} {to} {high}"
