"""Can we let go? An argument with its evidence, criterion by criterion; never a score.

The answer is ``gaps``, ``evidence-complete`` or ``survivor-disagrees``. The four criteria
(062/III.closure.a–d) gate the outcome ``successful`` alone; the process duties of 857/7.10 are the
edition's data. A person decides: nothing here closes a case or ranks one. All of it is judged as of
a day: what happened after it counts for nothing, nor does a closing that was reopened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal, get_args

from tipcase.law import closing_facts, closures, concerns, dates, evidence
from tipcase.law.closures import CLOSURE
from tipcase.law.concerns import Raised
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition
from tipcase.law.evidence import CriterionAnswer
from tipcase.law.findings import Text
from tipcase.law.rules import Closure, Duty
from tipcase.law.shortfalls import SURVIVOR
from tipcase.law.unfinished import Unfinished, unfinished

Answer = Literal["gaps", "evidence-complete", "survivor-disagrees"]
DutyState = Literal["met", "unmet", "not-applicable", "advises"]
DutyGroup = Literal["process", "documentation"]

SUCCESSFUL = "successful"
DIED = "died"
# Whose a threshold is: the casebook's own, else what the edition notes of it.
CASEBOOK = "casebook"

DISAGREES = Text(
    "ask the survivor what they would rather have; nobody is let go against their word",
    "សូមសួរជនរងគ្រោះថាគាត់ចង់បានអ្វីវិញ មិនត្រូវបិទករណីផ្ទុយពីពាក្យរបស់គាត់ទេ",
)
UNSETTLED = Text(
    "settle what people wrote apart: tipcase resolve",
    "សូមដោះស្រាយអ្វីដែលសរសេរខុសគ្នា៖ tipcase resolve",
)
NOTHING = Text("")
# Editions whose answers are kept: a casebook looks at its own and at the shipped one.
_EDITIONS = 8


@dataclass(frozen=True)
class DutyAnswer:
    """One duty of closing: ``unmet`` stands in the way, ``advises`` is unmet but does not."""

    id: str
    provision: str
    state: DutyState
    message: Text
    field: str
    group: DutyGroup = "process"
    hint: Text = NOTHING
    ours: bool = False

    @property
    def lacking(self) -> bool:
        """Whether something is still to be done, whether or not it stands in the way."""
        return self.state in ("unmet", "advises")

    @property
    def next(self) -> Text:
        """What to do next."""
        if self.hint.en:
            return self.hint
        return Text(f"still to be done: {self.message.en}", f"នៅត្រូវធ្វើ៖ {self.message.get('km')}")

    def as_json(self, lang: str = "en") -> dict[str, Any]:
        """The plain data that scripts rely on."""
        return {
            "id": self.id,
            "group": self.group,
            "provision": self.provision,
            "ours": self.ours,
            "state": self.state,
            "message": self.message.get(lang),
            "field": self.field,
        }


@dataclass(frozen=True)
class Readiness:
    """The whole argument for one case on one day, with the thresholds it used.

    ``outcome`` is the one that is asked for, ``None`` where nothing says and ``successful`` was
    assumed. ``disputed`` are records and fields that people wrote apart: each is a gap.
    ``last_heard`` is the day on which the survivor was certainly heard last.
    """

    case: str
    as_of: date
    answer: Answer
    outcome: str | None
    criteria: tuple[CriterionAnswer, ...]
    duties: tuple[DutyAnswer, ...]
    thresholds: Mapping[str, int]
    threshold_sources: Mapping[str, str]
    disputed: tuple[tuple[str, str], ...]
    concerns: tuple[Raised, ...]
    last_heard: date | None
    open: Unfinished

    @property
    def argued(self) -> bool:
        """Whether the criteria gate this outcome."""
        return self.outcome is None or self.outcome == SUCCESSFUL

    @property
    def next(self) -> tuple[Text, ...]:
        """What to do next: what concerns safety first, then what stands in the way, then advice."""
        return tuple(dict.fromkeys(text for text in self._next() if text.en))

    def _next(self) -> Iterator[Text]:
        yield from (one.next for one in self.concerns)
        if self.answer == "survivor-disagrees":
            yield DISAGREES
        if self.disputed:
            yield UNSETTLED
        for criterion in self.criteria if self.argued else ():
            yield from criterion.next
        for state in ("unmet", "advises"):
            yield from (duty.next for duty in self.duties if duty.state == state)

    def as_json(self, lang: str = "en") -> dict[str, Any]:
        """The plain data that scripts rely on: case, answer, criteria, duties and the rest."""
        return {
            "case": self.case,
            "as_of": self.as_of.isoformat(),
            "answer": self.answer,
            "outcome": self.outcome,
            "concerns": [one.as_json(lang) for one in self.concerns],
            "last_heard": self.last_heard.isoformat() if self.last_heard else None,
            "criteria": [one.as_json(lang) for one in self.criteria],
            "duties": [one.as_json(lang) for one in self.duties],
            "next": [text.get(lang) for text in self.next],
            "open": self.open.as_json(lang),
            "visits": self.open.plan_json(),
            "thresholds": dict(self.thresholds),
            "threshold_sources": dict(self.threshold_sources),
            "conflicts": [{"record": record, "field": field} for record, field in self.disputed],
        }


def readiness(
    edition: Edition,
    dossier: Dossier,
    as_of: date,
    thresholds: Mapping[str, int] | None = None,
    outcome: str | None = None,
) -> Readiness:
    """Argue whether the case can be closed on ``as_of``.

    ``thresholds`` are a casebook's own, over the edition's defaults. The question is asked for
    ``outcome``, else for the recorded one, else for ``successful``.
    """
    closure = edition.closure
    own = {name: n for name, n in (thresholds or {}).items() if name in closure.thresholds}
    used = {name: t.value for name, t in closure.thresholds.items()} | own
    judged = closures.in_hand(dossier.until(as_of))
    asked = outcome or _outcome(judged)
    facts = closing_facts.facts(edition, judged, as_of, used)
    criteria = evidence.weighed(closure.criteria, judged, as_of, used)
    duties = tuple(
        _duty(duty, answers, facts, asked or SUCCESSFUL) for duty, answers in _answers(closure)
    )
    disputed = _disputed(judged)
    return Readiness(
        case=dossier.case,
        as_of=as_of,
        answer=_answer(closure, judged, asked, criteria, duties, disputed),
        outcome=asked,
        criteria=criteria,
        duties=duties,
        thresholds=used,
        threshold_sources={n: CASEBOOK if n in own else closure.thresholds[n].note for n in used},
        disputed=disputed,
        # Also of a draft that says somebody died: it may be a slip, and they are missing.
        concerns=concerns.raised(edition.closure.watch.concerns, judged, facts),
        last_heard=_last_heard(edition, judged, facts, criteria),
        open=unfinished(edition, judged, as_of, facts),
    )


def _outcome(dossier: Dossier) -> str | None:
    closure = dossier.single(CLOSURE)
    # An ending that somebody proposed and took back is nobody's word any more.
    if closure is None or closure.name in closures.withdrawn(dossier):
        return None
    outcome = closure.data.get("outcome")
    return outcome if isinstance(outcome, str) else None


def _is_asked(closure: Closure, outcome: str | None) -> bool:
    """Whether the survivor's word is asked for an outcome: the edition says of which."""
    if closure.disagreement is None:
        return outcome != DIED
    asked = closure.disagreement.outcomes
    return not asked or (outcome or SUCCESSFUL) in asked


def _answer(
    closure: Closure,
    dossier: Dossier,
    outcome: str | None,
    criteria: Iterable[CriterionAnswer],
    duties: Iterable[DutyAnswer],
    disputed: tuple[tuple[str, str], ...],
) -> Answer:
    if _is_asked(closure, outcome) and _disagrees(dossier):
        return "survivor-disagrees"
    if disputed:
        return "gaps"
    argued = outcome is None or outcome == SUCCESSFUL
    if argued and any(criterion.state != "met" for criterion in criteria):
        return "gaps"
    return "gaps" if any(duty.state == "unmet" for duty in duties) else "evidence-complete"


def _disputed(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    found = ((record.name, one.field) for record in dossier.records for one in record.disputed)
    return tuple(sorted(found))


def _disagrees(dossier: Dossier) -> bool:
    # The latest that says anything of it: a closure record, or a follow-up of an edition that asks.
    records = [*dossier.all("follow-up"), *dossier.all(CLOSURE)]
    views = [(record, record.data.get("survivor_agrees_to_close")) for record in records]
    stated = [(record, view) for record, view in views if isinstance(view, str | bool)]
    against = [record for record, view in stated if view is False or view == "no"]
    # A disagreement stands until another view certainly came after it.
    return any(not any(_after(other, one) for other, _ in stated) for one in against)


def _after(later: Record, record: Record) -> bool:
    one = dates.interval(later.data.get("happened_on"))
    other = dates.interval(record.data.get("happened_on"))
    if one is None or other is None:
        return False
    # What is said at the closing itself is the last word of that day.
    closing = later.type == CLOSURE and record.type != CLOSURE
    return one.earliest >= other.latest if closing else one.earliest > other.latest


def _duty(
    duty: Duty, answers: Mapping[DutyState, DutyAnswer], facts: Mapping[str, Any], outcome: str
) -> DutyAnswer:
    if (duty.outcomes and outcome not in duty.outcomes) or not duty.judgement.applies(facts):
        return answers["not-applicable"]
    if duty.judgement.truth(facts) is True:
        return answers["met"]
    return answers["unmet" if duty.severity == "blocks" else "advises"]


@lru_cache(maxsize=_EDITIONS)
def _answers(closure: Closure) -> tuple[tuple[Duty, Mapping[DutyState, DutyAnswer]], ...]:
    """Each duty with what may be answered to it: made once, and not for each of many cases."""
    return tuple(
        (duty, {state: _answered(closure, duty, state) for state in get_args(DutyState)})
        for duty in closure.duties
    )


def _answered(closure: Closure, duty: Duty, state: DutyState) -> DutyAnswer:
    return DutyAnswer(
        id=duty.id,
        provision=duty.provisions[0] if duty.provisions else "",
        state=state,
        message=duty.message,
        field=f"{duty.record}.{duty.field}" if duty.field else duty.record,
        group="documentation" if closure.watch.documents(duty.provisions) else "process",
        hint=duty.hint,
        ours=duty.ours,
    )


def _last_heard(
    edition: Edition,
    dossier: Dossier,
    facts: Mapping[str, Any],
    criteria: Iterable[CriterionAnswer],
) -> date | None:
    seen = (one for criterion in criteria for one in criterion.observations)
    days = [one.days.earliest for one in seen if SURVIVOR in one.heard]
    heard = concerns.raised(edition.closure.watch.heard, dossier, facts)
    return max([*days, *(one.days.earliest for one in heard if one.days)], default=None)


__all__ = ["DISAGREES", "SUCCESSFUL", "CriterionAnswer", "DutyAnswer", "Readiness", "readiness"]
