"""Can we let go? An argument with its evidence, criterion by criterion; never a score.

The answer is ``gaps``, ``evidence-complete`` or ``survivor-disagrees``. The four criteria
(062/III.closure.a–d) gate the outcome ``successful`` alone; the process duties of 857/7.10 are the
edition's data. A person decides: nothing here closes a case or ranks one. How evidence is weighed
(visits in a row, months spanned, kinds of informant, age) is ours, as are the default thresholds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from tipcase.law import dates, shortfalls
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition
from tipcase.law.findings import Text
from tipcase.law.rules import Duty
from tipcase.law.shortfalls import SURVIVOR

Answer = Literal["gaps", "evidence-complete", "survivor-disagrees"]
CriterionState = Literal["met", "not-met", "contradicted", "too-old", "not-enough"]
DutyState = Literal["met", "unmet", "not-applicable", "advises"]

# The record types and fields that carry the argument; every edition that closes cases has them.
EVIDENCE_TYPES = ("follow-up", "assessment")
CLOSURE_TYPE = "closure"
SUCCESSFUL = "successful"


@dataclass(frozen=True)
class Observation:
    """What one record saw of one criterion, on the days it may have happened."""

    record: str
    days: dates.Interval
    seen: str
    heard: frozenset[str]
    contradicted: bool

    @property
    def supports(self) -> bool:
        """Whether it is plain evidence for the criterion."""
        return self.seen == "yes" and not self.contradicted


@dataclass(frozen=True)
class CriterionAnswer:
    """One criterion: its state, the records it rests on, and what is missing."""

    id: str
    provision: str
    label: Text
    state: CriterionState
    evidence: tuple[str, ...]
    missing: tuple[Text, ...]


@dataclass(frozen=True)
class DutyAnswer:
    """One duty of closing: ``unmet`` stands in the way, ``advises`` is unmet but does not."""

    id: str
    provision: str
    state: DutyState
    message: Text
    field: str


@dataclass(frozen=True)
class Readiness:
    """The whole argument for one case on one day, with the thresholds it used."""

    case: str
    answer: Answer
    outcome: str | None
    criteria: tuple[CriterionAnswer, ...]
    duties: tuple[DutyAnswer, ...]
    thresholds: Mapping[str, int]
    # Records and fields that people wrote apart and nobody has settled: each is a gap.
    disputed: tuple[tuple[str, str], ...] = ()

    def as_json(self, lang: str = "en") -> dict[str, Any]:
        """The plain data that scripts rely on: case, answer, criteria, duties."""
        return {
            "case": self.case,
            "answer": self.answer,
            "outcome": self.outcome,
            "criteria": [
                {
                    "provision": c.provision,
                    "label": c.label.get(lang),
                    "state": c.state,
                    "evidence": list(c.evidence),
                    "missing": [text.get(lang) for text in c.missing],
                }
                for c in self.criteria
            ],
            "duties": [
                {
                    "id": d.id,
                    "provision": d.provision,
                    "state": d.state,
                    "message": d.message.get(lang),
                    "field": d.field,
                }
                for d in self.duties
            ],
            "thresholds": dict(self.thresholds),
            "conflicts": [{"record": record, "field": field} for record, field in self.disputed],
        }


def readiness(
    edition: Edition,
    dossier: Dossier,
    as_of: date,
    thresholds: Mapping[str, int] | None = None,
) -> Readiness:
    """Argue whether the case can be closed on ``as_of``.

    ``thresholds`` are a casebook's own, over the edition's defaults. Without a recorded outcome the
    question is asked for ``successful``.
    """
    used = {name: t.value for name, t in edition.closure.thresholds.items()}
    used |= {name: value for name, value in (thresholds or {}).items() if name in used}
    outcome = _outcome(dossier)
    criteria = _criteria(edition, dossier, as_of, used)
    facts = dossier.context(edition.vocabulary, as_of)
    duties = tuple(_duty(duty, facts, outcome) for duty in edition.closure.duties)
    return Readiness(
        case=dossier.case,
        answer=_answer(dossier, outcome, criteria, duties),
        outcome=outcome,
        criteria=criteria,
        duties=duties,
        thresholds=used,
        disputed=_disputed(dossier),
    )


def _outcome(dossier: Dossier) -> str | None:
    closure = dossier.single(CLOSURE_TYPE)
    outcome = closure.data.get("outcome") if closure else None
    return outcome if isinstance(outcome, str) else None


def _answer(
    dossier: Dossier,
    outcome: str | None,
    criteria: Iterable[CriterionAnswer],
    duties: Iterable[DutyAnswer],
) -> Answer:
    if _disagrees(dossier) and outcome != "died":
        return "survivor-disagrees"
    if _disputed(dossier):
        return "gaps"
    argued = outcome is None or outcome == SUCCESSFUL
    if argued and any(criterion.state != "met" for criterion in criteria):
        return "gaps"
    return "gaps" if any(duty.state == "unmet" for duty in duties) else "evidence-complete"


def _disputed(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    return tuple((record.name, one.field) for record in dossier.records for one in record.disputed)


def _disagrees(dossier: Dossier) -> bool:
    # The latest that says anything of it: a closure record, or a follow-up of an edition that asks.
    records = [*dossier.all("follow-up"), *dossier.all(CLOSURE_TYPE)]
    views = [record.data.get("survivor_agrees_to_close") for record in records]
    stated = [view for view in views if isinstance(view, str | bool)]
    return bool(stated) and (stated[-1] is False or stated[-1] == "no")


def _duty(duty: Duty, facts: Mapping[str, Any], outcome: str | None) -> DutyAnswer:
    binds = not duty.outcomes or (outcome or SUCCESSFUL) in duty.outcomes
    state: DutyState
    if not binds or not duty.judgement.applies(facts):
        state = "not-applicable"
    elif duty.judgement.truth(facts) is True:
        state = "met"
    else:
        state = "unmet" if duty.severity == "blocks" else "advises"
    provision = duty.provisions[0] if duty.provisions else ""
    field = f"{duty.record}.{duty.field}" if duty.field else duty.record
    return DutyAnswer(duty.id, provision, state, duty.message, field)


def _criteria(
    edition: Edition, dossier: Dossier, as_of: date, thresholds: Mapping[str, int]
) -> tuple[CriterionAnswer, ...]:
    excluded = _excluded(dossier, as_of)
    answers = []
    for criterion in edition.closure.criteria:
        seen = observations(dossier, criterion.id, as_of)
        state, run, missing = _weighed(seen, as_of, thresholds, excluded)
        rests_on = run or seen
        evidence = tuple(dict.fromkeys(observation.record for observation in rests_on))
        answers.append(
            CriterionAnswer(
                criterion.id, criterion.provision, criterion.label, state, evidence, missing
            )
        )
    return tuple(answers)


def _happened_by(record: Record, as_of: date) -> dates.Interval | None:
    days = dates.interval(record.data.get("happened_on"))
    return days if days is not None and days.earliest <= as_of else None


def observations(dossier: Dossier, criterion: str, as_of: date) -> tuple[Observation, ...]:
    """What the records up to ``as_of`` saw of a criterion, in order of happening.

    An undated record, and one where the criterion was not observed, says nothing.
    """
    found = []
    for kind in EVIDENCE_TYPES:
        for record in dossier.all(kind):
            days = _happened_by(record, as_of)
            part = record.data.get("criteria")
            evidence = part.get(criterion) if isinstance(part, dict) else None
            if days is not None and isinstance(evidence, dict):
                found += _observation(record, days, evidence)
    return tuple(sorted(found, key=lambda o: (o.days.earliest, o.days.latest, o.record)))


def _observation(
    record: Record, days: dates.Interval, evidence: Mapping[str, Any]
) -> list[Observation]:
    seen = evidence.get("seen")
    if seen not in ("yes", "partly", "no"):
        return []
    heard = evidence.get("heard")
    kinds = frozenset(h for h in heard if isinstance(h, str)) if isinstance(heard, list) else ()
    contradicted = isinstance(evidence.get("contradiction"), str)
    return [Observation(record.name, days, str(seen), frozenset(kinds), contradicted)]


def _excluded(dossier: Dossier, as_of: date) -> frozenset[str]:
    # The survivor's latest word on whom not to hear (062/II.D.1, 857/7.9.5).
    latest: frozenset[str] = frozenset()
    for record in dossier.all("follow-up"):
        named = record.data.get("informants_excluded")
        if _happened_by(record, as_of) and isinstance(named, list):
            latest = frozenset(kind for kind in named if isinstance(kind, str))
    return latest


def _weighed(
    seen: tuple[Observation, ...],
    as_of: date,
    thresholds: Mapping[str, int],
    excluded: frozenset[str],
) -> tuple[CriterionState, tuple[Observation, ...], tuple[Text, ...]]:
    against = [observation for observation in seen if not observation.supports]
    # Only what certainly came after everything that speaks against it counts: where dates are
    # partial, doubt goes against closing.
    turned = max((observation.days.latest for observation in against), default=date.min)
    run = tuple(o for o in seen if o.supports and o.days.earliest > turned)
    if not run:
        return _without_run(against)
    missing = shortfalls.of_run([(o.days, o.heard) for o in run], as_of, thresholds, excluded)
    if any(text in shortfalls.TOO_OLD for text in missing):
        return "too-old", run, tuple(missing)
    return ("not-enough" if missing else "met"), run, tuple(missing)


def _without_run(
    against: list[Observation],
) -> tuple[CriterionState, tuple[Observation, ...], tuple[Text, ...]]:
    if not against:
        return "not-enough", (), (shortfalls.NOTHING_SEEN,)
    last = max(against, key=lambda o: (o.days.latest, o.seen != "yes", o.record))
    if last.seen == "yes":
        return "contradicted", (last,), (shortfalls.CONTRADICTED,)
    return "not-met", (last,), (shortfalls.NOT_MET,)


__all__ = [
    "SURVIVOR",
    "CriterionAnswer",
    "DutyAnswer",
    "Observation",
    "Readiness",
    "observations",
    "readiness",
]
