"""What evidence for a criterion still lacks, said so that a person knows what to do next.

The measures are ours, never a source's; they come with their thresholds. An informant whom the
survivor excludes is never named as missing (062/II.D.1, 857/7.9.5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tipcase.law import dates
from tipcase.law.findings import Text

SURVIVOR = "survivor"
# Whom an evaluation hears (857/13.2); which others there are the schema says.
INFORMANTS: Mapping[str, Text] = {
    "survivor": Text("the survivor", "ជនរងគ្រោះ"),
    "family": Text("family", "គ្រួសារ"),
    "neighbour": Text("neighbours", "អ្នកជិតខាង"),
    "local-authority": Text("local authorities", "អាជ្ញាធរមូលដ្ឋាន"),
    "document": Text("documents", "ឯកសារ"),
}


@dataclass(frozen=True)
class Shortfall:
    """What is missing, and what to do about it next."""

    missing: Text
    next: Text


NOTHING_SEEN = Shortfall(
    Text("no record says what was seen", "គ្មានកំណត់ត្រាណាបញ្ជាក់អ្វីដែលបានឃើញទេ"),
    Text(
        "at the next visit write down whether it is so, what shows it, and who was heard",
        "នៅការចុះតាមដានលើកក្រោយ សូមកត់ត្រាថាតើពិតដូច្នេះឬទេ អ្វីដែលបង្ហាញ និងបានស្តាប់ពីអ្នកណា",
    ),
)
NOTHING_SINCE = Shortfall(
    Text(
        "nothing was seen since the case began anew: it was reopened, or a trial ended",
        "គ្មានអ្វីបានឃើញទេ ចាប់តាំងពីករណីចាប់ផ្តើមឡើងវិញ ដោយបានបើកឡើងវិញ ឬការសាកល្បងបានបញ្ចប់",
    ),
    NOTHING_SEEN.next,
)
NOT_MET = Shortfall(
    Text(
        "the latest record says that it is not so, or only partly",
        "កំណត់ត្រាចុងក្រោយបញ្ជាក់ថាមិនទាន់ដូច្នេះ ឬគ្រាន់តែមួយផ្នែក",
    ),
    Text(
        "ask the survivor what would help, and see again whether it has changed",
        "សូមសួរជនរងគ្រោះថាអ្វីអាចជួយបាន ហើយពិនិត្យម្តងទៀតថាតើមានការផ្លាស់ប្តូរឬទេ",
    ),
)
CONTRADICTED = Shortfall(
    Text(
        "the latest record holds a contradiction that a later visit must settle",
        "កំណត់ត្រាចុងក្រោយមានចំណុចផ្ទុយគ្នា ដែលការចុះតាមដានលើកក្រោយត្រូវបញ្ជាក់",
    ),
    Text(
        "ask the survivor what lies behind the contradiction, and visit again",
        "សូមសួរជនរងគ្រោះអំពីមូលហេតុនៃចំណុចផ្ទុយគ្នា ហើយចុះតាមដានម្តងទៀត",
    ),
)
SURVIVOR_UNHEARD = Shortfall(
    Text("the survivor has not been heard", "មិនទាន់បានស្តាប់ជនរងគ្រោះ"),
    Text(
        "hear the survivor about it, apart from others",
        "សូមស្តាប់ជនរងគ្រោះអំពីរឿងនេះ ដាច់ដោយឡែកពីអ្នកដទៃ",
    ),
)
STALE = Text(
    "the newest evidence is too old; see the person again",
    "ភស្តុតាងថ្មីបំផុតចាស់ពេកហើយ សូមជួបសាមីខ្លួនម្តងទៀត",
)

Seen = tuple[dates.Interval, frozenset[str]]


def of_run(
    run: Sequence[Seen], as_of: date, thresholds: Mapping[str, int], excluded: frozenset[str]
) -> list[Shortfall]:
    """What an unbroken run of supporting observations lacks; empty if it is enough.

    A threshold the edition does not have asks nothing.
    """
    needed = thresholds.get("visits_in_row", 0)
    lacking = needed - _apart([days for days, _ in run])
    enough = dates.add_months(min(days.latest for days, _ in run), months(thresholds))
    newest = max(days.earliest for days, _ in run)
    limit = thresholds.get("evidence_age_days")
    again = [
        _visits(lacking, needed) if lacking > 0 else None,
        _months(months(thresholds)) if enough > newest and months(thresholds) else None,
        STALE if limit is not None and (as_of - newest).days > limit else None,
    ]
    # One more visit may answer all three: it is asked for once.
    see = _again(max(lacking, 1), enough if again[1] else newest, as_of)
    others = (_heard(run), _kinds(run, thresholds.get("informant_kinds", 0), excluded))
    return [Shortfall(text, see) for text in again if text] + [one for one in others if one]


def _apart(days: Sequence[dates.Interval]) -> int:
    """How many observations there certainly were: two that may be of one day are one."""
    count, last = 0, date.min
    for one in sorted(days, key=lambda days: (days.latest, days.earliest)):
        if one.earliest > last:
            count, last = count + 1, one.latest
    return count


def months(thresholds: Mapping[str, int]) -> int:
    """How many months the visits must span."""
    return thresholds.get("months_spanned", 0)


def _visits(lacking: int, needed: int) -> Text:
    sees = "see" if lacking > 1 else "sees"
    return Text(
        f"{lacking} more in a row that {sees} the same, of {needed}",
        f"ការចុះតាមដានជាប់គ្នា {lacking} លើកទៀតដែលឃើញដូចគ្នា ក្នុងចំណោម {needed}",
    )


def _months(needed: int) -> Text:
    return Text(
        f"the visits must span {needed} months or more",
        f"ចន្លោះពីការចុះតាមដានលើកដំបូងដល់លើកចុងក្រោយ ត្រូវមាន {needed} ខែ ឬលើសនេះ",
    )


def _again(times: int, day: date, as_of: date) -> Text:
    often = "" if times == 1 else f" {times} times"
    en, km = f"see the survivor again{often}", f"សូមជួបជនរងគ្រោះ {times} ដងទៀត"
    if times == 1:
        km = "សូមជួបជនរងគ្រោះម្តងទៀត"
    if day <= as_of:
        return Text(en, km)
    last, km_last = ("", "") if times == 1 else (", the last time", " លើកចុងក្រោយ")
    return Text(
        f"{en}{last} on {day.isoformat()} or later",
        f"{km}{km_last}នៅថ្ងៃ {day.isoformat()} ឬក្រោយនេះ",
    )


def _heard(run: Sequence[Seen]) -> Shortfall | None:
    return None if any(SURVIVOR in heard for _, heard in run) else SURVIVOR_UNHEARD


def _kinds(run: Sequence[Seen], needed: int, excluded: frozenset[str]) -> Shortfall | None:
    heard = frozenset[str]().union(*(kinds for _, kinds in run))
    open_to = [kind for kind in INFORMANTS if kind not in excluded and kind not in heard]
    # The survivor's wish is kept: no more kinds are asked for than may still be heard.
    lacking = min(needed - len(heard), len(open_to))
    if lacking <= 0:
        return None
    en = ", ".join(INFORMANTS[kind].en for kind in open_to)
    km = " ".join(INFORMANTS[kind].km for kind in open_to)
    return Shortfall(
        Text(
            f"{lacking} more {'kinds' if lacking > 1 else 'kind'} of informant, such as {en}",
            f"ប្រភពព័ត៌មាន {lacking} ប្រភេទទៀត ដូចជា {km}",
        ),
        Text(
            f"hear {'one' if lacking == 1 else lacking} of: {en}; or write down whom the survivor "
            "does not want heard",
            f"សូមស្តាប់ពី {lacking} ក្នុងចំណោម៖ {km} ឬកត់ត្រាអ្នកដែលជនរងគ្រោះមិនចង់ឱ្យសួរ",
        ),
    )
