"""What evidence for a criterion still lacks, said so that a person knows what to do next.

The measures are ours, never a source's; they come with their thresholds. An informant whom the
survivor excludes is never named as missing (062/II.D.1, 857/7.9.5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
NOTHING_SEEN = Text("no record says what was seen", "គ្មានកំណត់ត្រាណាបញ្ជាក់អ្វីដែលបានឃើញទេ")
NOT_MET = Text(
    "the latest record says that it is not so, or only partly",
    "កំណត់ត្រាចុងក្រោយបញ្ជាក់ថាមិនទាន់ដូច្នេះ ឬគ្រាន់តែមួយផ្នែក",
)
CONTRADICTED = Text(
    "the latest record holds a contradiction that a later visit must settle",
    "កំណត់ត្រាចុងក្រោយមានចំណុចផ្ទុយគ្នា ដែលការចុះតាមដានលើកក្រោយត្រូវបញ្ជាក់",
)
SURVIVOR_UNHEARD = Text("the survivor has not been heard", "មិនទាន់បានស្តាប់ជនរងគ្រោះ")
STALE = Text(
    "the newest evidence is too old; see the person again",
    "ភស្តុតាងថ្មីបំផុតចាស់ពេកហើយ សូមជួបសាមីខ្លួនម្តងទៀត",
)
TOO_OLD = (STALE,)

Seen = tuple[dates.Interval, frozenset[str]]


def of_run(
    run: Sequence[Seen], as_of: date, thresholds: Mapping[str, int], excluded: frozenset[str]
) -> list[Text]:
    """What an unbroken run of supporting observations lacks; empty if it is enough.

    A threshold the edition does not have asks nothing.
    """
    found = [
        _visits(run, thresholds.get("visits_in_row", 0)),
        _months(run, thresholds.get("months_spanned", 0)),
        _heard(run),
        _kinds(run, thresholds.get("informant_kinds", 0), excluded),
        _age(run, as_of, thresholds.get("evidence_age_days")),
    ]
    return [text for text in found if text is not None]


def _visits(run: Sequence[Seen], needed: int) -> Text | None:
    # Two records of one day, or of one unclear month, are one observation.
    lacking = needed - len({days for days, _ in run})
    if lacking <= 0:
        return None
    return Text(
        f"{lacking} more in a row that {'see' if lacking > 1 else 'sees'} the same, of {needed}",
        f"ការចុះតាមដានជាប់គ្នា {lacking} លើកទៀតដែលឃើញដូចគ្នា ក្នុងចំណោម {needed}",
    )


def _months(run: Sequence[Seen], needed: int) -> Text | None:
    first = min(days.latest for days, _ in run)
    last = max(days.earliest for days, _ in run)
    if needed == 0 or dates.add_months(first, needed) <= last:
        return None
    return Text(
        f"the visits must span {needed} months or more",
        f"ការចុះតាមដានត្រូវមានរយៈពេល {needed} ខែ ឬលើសនេះ",
    )


def _heard(run: Sequence[Seen]) -> Text | None:
    return None if any(SURVIVOR in heard for _, heard in run) else SURVIVOR_UNHEARD


def _kinds(run: Sequence[Seen], needed: int, excluded: frozenset[str]) -> Text | None:
    heard = frozenset[str]().union(*(kinds for _, kinds in run))
    open_to = [kind for kind in INFORMANTS if kind not in excluded and kind not in heard]
    # The survivor's wish is kept: no more kinds are asked for than may still be heard.
    lacking = min(needed - len(heard), len(open_to))
    if lacking <= 0:
        return None
    en = ", ".join(INFORMANTS[kind].en for kind in open_to)
    km = " ".join(INFORMANTS[kind].km for kind in open_to)
    return Text(
        f"{lacking} more {'kinds' if lacking > 1 else 'kind'} of informant, such as {en}",
        f"ប្រភពព័ត៌មាន {lacking} ប្រភេទទៀត ដូចជា {km}",
    )


def _age(run: Sequence[Seen], as_of: date, limit: int | None) -> Text | None:
    newest = max(days.earliest for days, _ in run)
    return STALE if limit is not None and (as_of - newest).days > limit else None
