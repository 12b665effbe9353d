"""What the records saw of each criterion, and whether that is enough to call it met.

How evidence is weighed (visits in a row, months spanned, kinds of informant, age) is ours, as are
the default thresholds. What is negative or doubtful never helps: only what certainly came after
everything that speaks against a criterion counts for it. Scores of tools stand beside the evidence
and are never weighed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from tipcase.law import closures, dates, shortfalls
from tipcase.law.dossier import Dossier, Record
from tipcase.law.findings import Text
from tipcase.law.rules import Criterion
from tipcase.law.shortfalls import Shortfall

CriterionState = Literal["met", "not-met", "contradicted", "too-old", "not-enough"]

# The record types whose ``criteria`` carry the argument; every edition that closes cases has them.
_TYPES = ("follow-up", "assessment")
# What a follow-up calls an attempt that met nobody.
_NOBODY = ("not-reached", "not-safe-to-try")


@dataclass(frozen=True)
class Observation:
    """What one record saw of one criterion, on the days it may have happened."""

    record: str
    days: dates.Interval
    seen: str
    heard: frozenset[str]
    contradicted: bool
    methods: frozenset[str] = frozenset()

    @property
    def supports(self) -> bool:
        """Whether it is plain evidence for the criterion."""
        return self.seen == "yes" and not self.contradicted

    @property
    def month(self) -> str:
        """The month it happened in, or the year where no more is known."""
        first, last = self.days.earliest, self.days.latest
        same = (first.year, first.month) == (last.year, last.month)
        return f"{first.year:04}-{first.month:02}" if same else f"{first.year:04}"


@dataclass(frozen=True)
class Score:
    """What a tool gave: a number of a scale for a domain; never the verdict.

    Which tool, and where the number comes from, the record tells: those are somebody's own words.
    """

    record: str
    days: dates.Interval
    domain: str
    value: float
    top: float | None


@dataclass(frozen=True)
class CriterionAnswer:
    """One criterion: its state, the records it rests on, what is missing and what to do next.

    ``observations`` are all there are, oldest first; ``evidence`` names those that the state rests
    on. ``lasts_until`` is the last day on which the evidence is not too old, for one that is met.
    """

    id: str
    provision: str
    label: Text
    state: CriterionState
    evidence: tuple[str, ...]
    missing: tuple[Text, ...]
    next: tuple[Text, ...] = ()
    observations: tuple[Observation, ...] = ()
    scores: tuple[Score, ...] = ()
    lasts_until: date | None = None

    def as_json(self, lang: str = "en") -> dict[str, Any]:
        """The plain data that scripts rely on."""
        return {
            "id": self.id,
            "provision": self.provision,
            "label": self.label.get(lang),
            "state": self.state,
            "evidence": list(self.evidence),
            "missing": [text.get(lang) for text in self.missing],
            "next": [text.get(lang) for text in self.next],
            "lasts_until": self.lasts_until.isoformat() if self.lasts_until else None,
            "observations": [self._observed(one) for one in self.observations],
            "scores": [_scored(one) for one in self.scores],
        }

    def _observed(self, one: Observation) -> dict[str, Any]:
        return {
            "record": one.record,
            **one.days.as_json(),
            "seen": one.seen,
            "contradicted": one.contradicted,
            "heard": sorted(one.heard),
            "methods": sorted(one.methods),
            "counts": one.record in self.evidence,
        }


def _scored(one: Score) -> dict[str, Any]:
    return {
        "record": one.record,
        **one.days.as_json(),
        "domain": one.domain,
        "value": one.value,
        "scale_top": one.top,
    }


def weighed(
    criteria: Sequence[Criterion], dossier: Dossier, as_of: date, thresholds: Mapping[str, int]
) -> tuple[CriterionAnswer, ...]:
    """The answer to each criterion by what was seen up to ``as_of``."""
    excluded = _excluded(dossier, as_of)
    return tuple(_answer(one, dossier, as_of, thresholds, excluded) for one in criteria)


def _answer(
    criterion: Criterion,
    dossier: Dossier,
    as_of: date,
    thresholds: Mapping[str, int],
    excluded: frozenset[str],
) -> CriterionAnswer:
    seen = observations(dossier, criterion.id, as_of)
    state, run, short = _weighed(seen, as_of, thresholds, excluded, _begun_anew(dossier, as_of))
    return CriterionAnswer(
        id=criterion.id,
        provision=criterion.provision,
        label=criterion.label,
        state=state,
        evidence=tuple(dict.fromkeys(observation.record for observation in run or seen)),
        missing=tuple(one.missing for one in short),
        next=tuple(dict.fromkeys(one.next for one in short)),
        observations=seen,
        scores=tuple(_scores(dossier, criterion.id, as_of)),
        lasts_until=_lasts_until(run, thresholds) if state == "met" else None,
    )


def _lasts_until(run: Sequence[Observation], thresholds: Mapping[str, int]) -> date | None:
    limit = thresholds.get("evidence_age_days")
    newest = max(observation.days.earliest for observation in run)
    return newest + timedelta(days=limit) if limit is not None else None


def _happened_by(record: Record, as_of: date) -> dates.Interval | None:
    """The days on which a record may have happened, unless that was certainly after ``as_of``."""
    days = dates.interval(record.data.get("happened_on"))
    return days if days is not None and days.earliest <= as_of else None


def observations(dossier: Dossier, criterion: str, as_of: date) -> tuple[Observation, ...]:
    """What the records up to ``as_of`` saw of a criterion, in order of happening.

    One where the criterion was not observed says nothing; nor does what a visit that met nobody
    saw in favour. An undated record says nothing in favour, and what it has against may have been
    seen today: doubt goes against closing.
    """
    found = []
    for kind in _TYPES:
        for record in dossier.all(kind):
            part = record.data.get("criteria")
            evidence = part.get(criterion) if isinstance(part, dict) else None
            if isinstance(evidence, dict):
                found += _observation(record, as_of, evidence)
    return tuple(sorted(found, key=lambda o: (o.days.earliest, o.days.latest, o.record)))


def _observation(record: Record, as_of: date, evidence: Mapping[str, Any]) -> list[Observation]:
    seen = evidence.get("seen")
    if seen not in ("yes", "partly", "no"):
        return []
    contradicted = isinstance(evidence.get("contradiction"), str)
    against = seen != "yes" or contradicted
    days = _happened_by(record, as_of)
    if days is None and against and dates.interval(record.data.get("happened_on")) is None:
        days = dates.Interval(as_of, as_of)
    if days is None or (not against and record.data.get("reached") in _NOBODY):
        return []
    heard, methods = _words(evidence.get("heard")), _words(evidence.get("methods"))
    return [Observation(record.name, days, str(seen), heard, contradicted, methods)]


def _words(value: Any) -> frozenset[str]:
    listed = value if isinstance(value, list) else []
    return frozenset(one for one in listed if isinstance(one, str))


def _scores(dossier: Dossier, criterion: str, as_of: date) -> Iterator[Score]:
    for kind in _TYPES:
        for record in dossier.all(kind):
            days = _happened_by(record, as_of)
            listed = record.data.get("scores")
            if days is None or not isinstance(listed, list):
                continue
            for one in listed:
                if isinstance(one, dict) and one.get("criterion") == criterion:
                    yield from _score(record, days, one)


def _score(record: Record, days: dates.Interval, data: Mapping[str, Any]) -> Iterator[Score]:
    value, top = _number(data.get("value")), _number(data.get("scale_top"))
    domain = data.get("domain")
    if value is not None:
        yield Score(record.name, days, domain if isinstance(domain, str) else "", value, top)


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _excluded(dossier: Dossier, as_of: date) -> frozenset[str]:
    """Whom the survivor does not want heard, by their latest word (062/II.D.1, 857/7.9.5)."""
    latest: frozenset[str] = frozenset()
    for record in dossier.all("follow-up"):
        if _happened_by(record, as_of) and isinstance(record.data.get("informants_excluded"), list):
            latest = _words(record.data["informants_excluded"])
    return latest


def _weighed(
    seen: tuple[Observation, ...],
    as_of: date,
    thresholds: Mapping[str, int],
    excluded: frozenset[str],
    anew: date,
) -> tuple[CriterionState, tuple[Observation, ...], tuple[Shortfall, ...]]:
    against = [observation for observation in seen if not observation.supports]
    # Only what certainly came after everything that speaks against it counts: where dates are
    # partial, doubt goes against closing.
    turned = max((observation.days.latest for observation in against), default=date.min)
    run = tuple(o for o in seen if o.supports and o.days.earliest > max(turned, anew))
    if not run and seen and turned <= anew:
        return "not-enough", (), (shortfalls.NOTHING_SINCE,)
    if not run:
        return _without_run(against)
    short = shortfalls.of_run([(o.days, o.heard) for o in run], as_of, thresholds, excluded)
    if any(one.missing is shortfalls.STALE for one in short):
        return "too-old", run, tuple(short)
    return ("not-enough" if short else "met"), run, tuple(short)


def _begun_anew(dossier: Dossier, as_of: date) -> date:
    """The day since which evidence counts: of the last reopening, or of the last return into care.

    Ours: what was seen before somebody was harmed again, or before a trial failed, says nothing of
    how they live now. What was closed by mistake began nothing anew.
    """
    days = [
        _by(r.data.get("happened_on"), as_of)
        for r in dossier.all(closures.DECISION)
        if r.data.get("kind") == closures.REOPENED
        and r.data.get("reopen_cause") != "closed-by-mistake"
    ]
    days += [_by(r.data.get("went_back_on"), as_of) for r in dossier.all("reintegration")]
    return max((day for day in days if day is not None), default=date.min)


def _by(value: Any, as_of: date) -> date | None:
    days = dates.interval(value)
    return days.latest if days is not None and days.earliest <= as_of else None


def _without_run(
    against: list[Observation],
) -> tuple[CriterionState, tuple[Observation, ...], tuple[Shortfall, ...]]:
    if not against:
        return "not-enough", (), (shortfalls.NOTHING_SEEN,)
    last = max(against, key=lambda o: (o.days.latest, o.seen != "yes", o.record))
    if last.seen == "yes":
        return "contradicted", (last,), (shortfalls.CONTRADICTED,)
    return "not-met", (last,), (shortfalls.NOT_MET,)


__all__ = [
    "CriterionAnswer",
    "CriterionState",
    "Observation",
    "Score",
    "observations",
    "weighed",
]
