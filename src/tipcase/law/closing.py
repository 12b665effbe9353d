"""What stands in the way of closing a case with an outcome, and of opening it again.

``readiness`` is the argument; here it becomes findings that refuse or advise. The four criteria
gate the outcome ``successful`` alone. What the edition marks as blocking may be overridden with a
written reason, which stays in the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from tipcase.law import gates, visits
from tipcase.law.closures import CLOSURE, current, in_hand, settled_by
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition
from tipcase.law.findings import Finding, Severity, Text
from tipcase.law.leftover import left_open
from tipcase.law.readiness import SUCCESSFUL, CriterionAnswer, DutyAnswer, Readiness
from tipcase.law.readiness import readiness as argue
from tipcase.law.schedule import Due

LEFT_OPEN = "left-open"
VISITS_LEFT = Text(
    "not as many visits were made as were agreed; ask whether the survivor still wants them",
    "ចំនួនការចុះតាមដានមិនទាន់គ្រប់តាមដែលបានឯកភាព សូមសួរថាជនរងគ្រោះនៅចង់បានឬទេ",
)


def findings(
    edition: Edition,
    dossier: Dossier,
    as_of: date,
    outcome: str,
    thresholds: Mapping[str, int] | None = None,
) -> tuple[Finding, ...]:
    """What closing the case with ``outcome`` finds on a day; those that block refuse it.

    ``dossier`` holds the closure record that is about to be used: ``with_closure`` puts it there.
    """
    here = _judged(dossier, as_of)
    answer = argue(edition, here, as_of, thresholds, outcome=outcome)
    record = current(here)
    name = record.name if record else CLOSURE
    found = [
        *_disagreement(edition, answer, here, name),
        *_criteria(answer, here, name),
        *(_duty(one, here, name) for one in answer.duties if one.state in ("unmet", "advises")),
        *_unsettled(edition, here, as_of, outcome),
    ]
    found += gates.leaving_findings(edition, here, CLOSURE, as_of)
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: not finding.blocks))


def reopening_findings(
    edition: Edition, dossier: Dossier, decision: Mapping[str, Any], as_of: date
) -> tuple[Finding, ...]:
    """What opening a case again finds, of the decision as it will be written."""
    here = _judged(dossier, as_of)
    facts = here.context(edition.vocabulary, as_of) | {"this": dict(decision)}
    return tuple(
        gates.finding_of(here, rule, rule.record)
        for rule in edition.rules
        if rule.gate == "reopen" and rule.judgement.fires(facts)
    )


def with_closure(dossier: Dossier, tag: str | None, closure: Mapping[str, Any]) -> Dossier:
    """The case as it will be: with this closure record, which replaces the one of its tag."""
    record = Record(CLOSURE, tag, dict(closure))
    others = tuple(r for r in dossier.records if (r.type, r.tag) != (CLOSURE, tag))
    return replace(dossier, records=(*others, record))


def unsettled(edition: Edition, dossier: Dossier, as_of: date) -> tuple[Due, ...]:
    """What is left open of which the closure record in hand does not say how it was settled."""
    return _unnamed(edition, _judged(dossier, as_of), as_of)


def _judged(dossier: Dossier, as_of: date) -> Dossier:
    """The case as closing it now is judged by: its closing in hand, and what happened by a day."""
    return in_hand(dossier).until(as_of)


def _unnamed(edition: Edition, here: Dossier, as_of: date) -> tuple[Due, ...]:
    named = settled_by(current(here))
    return tuple(item for item in left_open(edition, here, as_of) if item.key not in named)


def _disagreement(
    edition: Edition, answer: Readiness, dossier: Dossier, name: str
) -> Iterator[Finding]:
    rule = edition.closure.disagreement
    if rule is not None and answer.answer == "survivor-disagrees":
        provision = rule.provisions[0] if rule.provisions else ""
        yield Finding(
            dossier.case, name, "survivor_agrees_to_close", provision, rule.severity,
            rule.message, "survivor-disagrees",
        )  # fmt: skip


def _criteria(answer: Readiness, dossier: Dossier, name: str) -> Iterator[Finding]:
    if answer.outcome != SUCCESSFUL:
        return
    for one in answer.criteria:
        if one.state != "met":
            yield Finding(
                dossier.case, name, f"criteria_proof.{one.id}", one.provision, "blocks",
                _lacking(one), f"criterion-{one.id}", _explained(dossier.case),
            )  # fmt: skip


def _lacking(one: CriterionAnswer) -> Text:
    en = "; ".join(text.en for text in one.missing) or one.state
    km = "; ".join(text.km or text.en for text in one.missing) or one.state
    return Text(f"{one.label.en}: {en}", f"{one.label.km or one.label.en}៖ {km}")


def _explained(case: str) -> Text:
    command = f"tipcase readiness {case} --explain"
    return Text(f"the whole argument: {command}", f"ហេតុផលទាំងស្រុង៖ {command}")


def _duty(one: DutyAnswer, dossier: Dossier, name: str) -> Finding:
    kind, _, field = one.field.partition(".")
    # Of a type that repeats, which record it is about only the duty's own words say.
    record = name if kind == CLOSURE else kind
    severity: Severity = "blocks" if one.state == "unmet" else "advises"
    return Finding(
        dossier.case, record, field, one.provision, severity, not_so_yet(one.message), one.id,
        one.hint,
    )  # fmt: skip


def not_so_yet(message: Text) -> Text:
    """A duty says what has to be so; a finding says that it is not."""
    return Text(f"not so yet: {message.en}", f"មិនទាន់ដូច្នេះ៖ {message.km or message.en}")


def _unsettled(edition: Edition, dossier: Dossier, as_of: date, outcome: str) -> Iterator[Finding]:
    rule = edition.closure.left_open
    if rule is None or (rule.outcomes and outcome not in rule.outcomes):
        return
    provision = rule.provisions[0] if rule.provisions else ""
    for item in _unnamed(edition, dossier, as_of):
        said = not_so_yet(rule.message)
        message = Text(f"{said.en}: {item.label.en}", f"{said.km}៖ {item.label.km}")
        yield Finding(
            dossier.case, item.record, item.field, provision, rule.severity, message,
            f"{LEFT_OPEN} {item.key}", _settling(dossier.case, item.key),
        )  # fmt: skip
    agreed = visits.standing(dossier, as_of)
    if agreed.left:
        # Only a number was agreed, or more than there are days for: the survivor may want no more.
        yield Finding(
            dossier.case, agreed.plan, "", provision, "advises", VISITS_LEFT, f"{LEFT_OPEN} visits"
        )


def _settling(case: str, key: str) -> Text:
    end, over = f"tipcase close {case} --end -", f"tipcase close {case} --hand-over NAME"
    return Text(
        f"say what becomes of it in left_open of the closure record, by its key ({key}); "
        f"or of all the rest: {end}, {over}",
        f"សូមបញ្ជាក់ក្នុង left_open នៃកំណត់ត្រាបិទករណី ({key}) ឬ៖ {end}, {over}",
    )


def overridden(found: Iterable[Finding]) -> list[str]:
    """The names of what blocks, as a decision that overrides it keeps them.

    The closure record has no tag before it is written, and a closing has but one.
    """
    return list(dict.fromkeys(f"{f.rule} {_untagged(f.record)} {f.field}".strip() for f in found))


def _untagged(record: str) -> str:
    kind = record.partition("/")[0]
    return kind if kind == CLOSURE else record


__all__ = [
    "findings",
    "not_so_yet",
    "overridden",
    "reopening_findings",
    "unsettled",
    "with_closure",
]
