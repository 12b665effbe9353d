"""What must hold before a case moves on, and what a check of a case finds.

Stages are not always sequential (857/7.0): records of any stage may be written at any time, and
only moving the current stage forward asks its gates. Moving back asks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from tipcase.law import faults
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition, Stage
from tipcase.law.findings import Finding, Text
from tipcase.law.kleene import is_honest
from tipcase.law.rules import Rule
from tipcase.law.schedule import over
from tipcase.law.validation import validate

_REQUIRED_KIND = "required"


def next_stage(edition: Edition, dossier: Dossier) -> str | None:
    """The stage that ``advance`` moves to; set-aside ones are passed. ``None`` at the last."""
    for stage in edition.stages[edition.position(dossier.stage) + 1 :]:
        if not dossier.excused(stage.name):
            return stage.name
    return None


def advance_findings(
    edition: Edition, dossier: Dossier, to: str, as_of: date
) -> tuple[Finding, ...]:
    """What moving from the current stage to ``to`` finds; those that block refuse it.

    Asked are: the records of the current stage, which must be there and complete; the leave-gates
    of the current stage and of every stage crossed that has records; the enter-gates of every stage
    crossed or entered. Stages set aside (not applicable, done elsewhere) ask nothing of their own.
    """
    here = edition.stage(dossier.stage)
    start, end = edition.position(dossier.stage), edition.position(to)
    if end <= start:
        return ()
    facts = dossier.context(edition.vocabulary, as_of)
    found = [*_complete(edition, dossier, here), *_leaving(edition, dossier, facts, here, end)]
    entered = _unexcused(dossier, edition.stages[start + 1 : end + 1])
    found += _fired(edition, dossier, facts, "enter", entered)
    return _distinct(found)


def leaving_findings(
    edition: Edition, dossier: Dossier, stage: str, as_of: date
) -> tuple[Finding, ...]:
    """What leaving one stage finds: its records must be there and complete, its gates hold.

    Nothing where the edition has no such stage.
    """
    if all(known.name != stage for known in edition.stages):
        return ()
    here = edition.stage(stage)
    facts = dossier.context(edition.vocabulary, as_of)
    found = [*_complete(edition, dossier, here)]
    found += _fired(edition, dossier, facts, "leave", _unexcused(dossier, [here]))
    return _distinct(found)


def check(edition: Edition, dossier: Dossier, as_of: date) -> tuple[Finding, ...]:
    """Everything found in a case: types, what ``advance`` would refuse now, and rules.

    What is missing in records other than the current stage's, and the gates of stages that were
    left, advise; of a closed case, and of the dead, they ask nothing any more. A closed case has no
    next stage either.
    """
    facts = dossier.context(edition.vocabulary, as_of)
    found = [*_types(edition, dossier)]
    to = next_stage(edition, dossier)
    here = edition.stage(dossier.stage)
    if dossier.state == "open" and to is not None:
        found += advance_findings(edition, dossier, to, as_of)
    elif dossier.state == "open":
        found += leaving_findings(edition, dossier, here.name, as_of)
    found += _fired(edition, dossier, facts, "always", [None])
    if over(edition, dossier, facts):
        return _distinct(found)
    left = [s for s in edition.stages if s is not here and dossier.all(s.name)]
    for finding in _fired(edition, dossier, facts, "leave", _unexcused(dossier, left)):
        found.append(finding.advising())
    found += _unfinished(edition, dossier, here)
    return _distinct(found)


def check_provider(edition: Edition, dossier: Dossier, as_of: date) -> tuple[Finding, ...]:
    """Everything found in the provider's own records: types, what is missing, and rules.

    What is not finished advises: a provider's record has no stage that it could hold up.
    """
    facts = dossier.context(edition.provider_vocabulary, as_of)
    found = [*_types(edition, dossier)]
    for record in dossier.records:
        for finding in _validated(edition, dossier, record, complete=True):
            if finding.rule == _REQUIRED_KIND:
                found.append(finding.advising())
    found += _fired(edition, dossier, facts, "provider", [None])
    return _distinct(found)


def _distinct(found: Iterable[Finding]) -> tuple[Finding, ...]:
    # One fault may be met on several ways; what blocks is met before it comes again as advice.
    kept: dict[Finding, Finding] = {}
    for finding in found:
        kept.setdefault(finding.advising(), finding)
    return tuple(sorted(kept.values(), key=lambda finding: not finding.blocks))


def _unexcused(dossier: Dossier, stages: Iterable[Stage]) -> list[str | None]:
    return [stage.name for stage in stages if not dossier.excused(stage.name)]


def _types(edition: Edition, dossier: Dossier) -> Iterator[Finding]:
    for record in dossier.records:
        yield from _validated(edition, dossier, record, complete=False)


def _validated(
    edition: Edition, dossier: Dossier, record: Record, *, complete: bool
) -> tuple[Finding, ...]:
    if record.type not in edition.all_types:
        # Written under a newer edition or an office's own: not judged, and said so.
        message = Text("this edition has no such record type", "បទដ្ឋាននេះគ្មានប្រភេទកំណត់ត្រានេះទេ")
        return (Finding(dossier.case, record.name, "", "", "advises", message, "no-record-type"),)
    record_type = edition.record_type(record.type)
    return validate(
        record_type, record.data, complete=complete, case=dossier.case, record=record.name
    )


def _complete(edition: Edition, dossier: Dossier, stage: Stage) -> Iterator[Finding]:
    if dossier.excused(stage.name):
        return
    records = dossier.all(stage.name)
    if not records:
        yield Finding(
            case=dossier.case,
            record=stage.name,
            field="",
            provision=stage.provisions[0] if stage.provisions else "",
            severity="blocks",
            message=faults.NO_STAGE_RECORD,
            rule="no-record",
            hint=_without_record(dossier.case, stage.name),
        )
    for record in records:
        yield from _validated(edition, dossier, record, complete=True)


def _without_record(case: str, stage: str) -> Text:
    edit, put = f"tipcase edit {case} {stage}", f"tipcase put {case} {stage} FILE"
    skip = f"tipcase skip {case} {stage} --reason -"
    return Text(
        f"write it with: {edit}, or {put}; or set the stage aside with a reason: {skip}",
        f"សរសេរដោយ៖ {edit} ឬ {put} ឬរំលងដំណាក់កាលនេះដោយមានមូលហេតុ៖ {skip}",
    )


def _not_enough(case: str) -> Text:
    override = f"tipcase advance {case} --override -"
    return Text(
        f"an unknown is not enough here; where it cannot be known, go on with a reason: {override}",
        f"ចម្លើយថាមិនដឹងមិនគ្រប់គ្រាន់នៅទីនេះទេ បើមិនអាចដឹងបាន សូមបន្តដោយមានមូលហេតុ៖ {override}",
    )


def _unfinished(edition: Edition, dossier: Dossier, here: Stage) -> Iterator[Finding]:
    for record in dossier.records:
        if record.type == here.name:
            continue
        for finding in _validated(edition, dossier, record, complete=True):
            if finding.rule == _REQUIRED_KIND:
                yield finding.advising()


def _leaving(
    edition: Edition, dossier: Dossier, facts: Mapping[str, Any], here: Stage, end: int
) -> list[Finding]:
    crossed = [
        stage
        for stage in edition.stages[edition.position(here.name) : end]
        if stage is here or dossier.all(stage.name)
    ]
    return _fired(edition, dossier, facts, "leave", _unexcused(dossier, crossed))


def _fired(
    edition: Edition,
    dossier: Dossier,
    facts: Mapping[str, Any],
    gate: str,
    stages: Iterable[str | None],
) -> list[Finding]:
    wanted = set(stages)
    found: list[Finding] = []
    for rule in edition.rules:
        if rule.gate == gate and rule.stage in wanted:
            found += _judged(dossier, facts, rule)
    return found


def _judged(dossier: Dossier, facts: Mapping[str, Any], rule: Rule) -> Iterator[Finding]:
    if rule.each is None:
        if rule.judgement.fires(facts):
            # A rule of the provider's asks of all records together: none of them is at fault.
            record = None if rule.gate == "provider" else dossier.single(rule.record)
            yield finding_of(dossier, rule, record.name if record else rule.record)
        return
    for record in dossier.all(rule.each):
        if rule.judgement.fires({**facts, "this": record.data}):
            pointed = dossier.single(rule.record)
            own = record if rule.record == rule.each or pointed is None else pointed
            yield finding_of(dossier, rule, own.name)


def finding_of(dossier: Dossier, rule: Rule, record: str) -> Finding:
    """What a rule that fires says of a record; where an unknown is not enough, how to go on."""
    hint = rule.hint
    if rule.severity == "blocks" and not hint.en and _said_unknown(dossier, record, rule.field):
        hint = _not_enough(dossier.case)
    return Finding(
        case=dossier.case,
        record=record,
        field=rule.field,
        provision=rule.provisions[0] if rule.provisions else "",
        severity=rule.severity,
        message=rule.message,
        rule=rule.id,
        hint=hint,
    )


def _said_unknown(dossier: Dossier, name: str, field: str) -> bool:
    """Whether a record answers a field with an honest unknown."""
    for record in dossier.records:
        if record.name == name:
            value: Any = record.data
            for step in field.split("."):
                value = value.get(step) if isinstance(value, dict) else None
            return is_honest(value)
    return False


__all__ = [
    "advance_findings",
    "check",
    "check_provider",
    "finding_of",
    "leaving_findings",
    "next_stage",
]
