"""The table of docs/closure.md: what a closing and a reopening are asked, and where it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from tipcase import documents
from tipcase.law import closures, dates, leftover
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition
from tipcase.law.readiness import readiness
from tipcase.law.rules import Closure, Demand, Duty, Rule
from tipcase.law.scalars import type_values

SAMPLES = Path(__file__).resolve().parent.parent / "sample-cases" / "sources"
HEAD = ("asked", "provision", "outcome", "", "answered by", "default", "worked case")
# Which facts of a condition are which fields of records.
_FIELDS = (
    (r"latest\(closure\)\.([a-z_.]+)", "closure.{}"),
    (r"\bprofile\.([a-z_]+)", "profile.{}"),
    (r'"risk" in one\.(kinds)', "assessment.{}"),
    (r"\battempts\b()", "closure.contact_attempts"),
    (r"\battempts\b()", "follow-up.attempts"),
)
Row = tuple[str, ...]
Shown = Callable[[str], str]


def rows(edition: Edition) -> Iterator[Row]:
    """A row for each criterion, each duty, what is left open, and each rule of reopening."""
    closure, shown = edition.closure, _shown(edition)
    evidence = [name for name in closure.thresholds if not name.startswith("contact_")]
    for one in closure.criteria:
        name = f"**{one.id}** {one.label.en.partition(') ')[2]}"
        seen = f"`criteria.{one.id}` of visits and assessments; `closure.criteria_proof.{one.id}`"
        limits = _limits(closure, evidence)
        yield (name, one.provision, "successful", "blocks", seen, limits, shown(one.id))
    for duty in closure.duties:
        limits = _limits(
            closure, [n for n in closure.thresholds if f"thresholds.{n}" in _asks(duty)]
        )
        yield _duty(duty, ", ".join(duty.outcomes), limits, shown)
    left = closure.left_open
    if left is not None:
        said = (f"**left-open** {left.message.en}", _cited(left), ", ".join(left.outcomes))
        yield (*said, left.severity, "`closure.left_open`", "", shown("left-open"))
    for rule in edition.rules:
        if rule.gate == "reopen":
            yield _duty(rule, "a reopening", "", shown)


def _asks(one: Duty | Rule) -> str:
    return one.judgement.holds.source


def _duty(one: Duty | Rule, outcomes: str, limits: str, shown: Shown) -> Row:
    fields = {f"`{one.record}.{one.field}`": None}
    for pattern, name in _FIELDS:
        fields |= {f"`{name.format(field)}`": None for field in re.findall(pattern, _asks(one))}
    # The day of the closing answers nothing itself.
    fields.pop("`closure.happened_on`", None)
    about = f"**{one.id}** {one.message.en}"
    answered = ", ".join(fields)
    return (about, _cited(one), outcomes, one.severity, answered, limits, shown(one.id))


def _cited(one: Duty | Rule | Demand) -> str:
    return ", ".join([*one.provisions, *(["ours"] if one.ours else [])])


def _limits(closure: Closure, names: Iterable[str]) -> str:
    found = [closure.thresholds[name] for name in names]
    return "; ".join(f"`{one.name}` {one.value} ({one.note})" for one in found)


def _shown(edition: Edition) -> Shown:
    """Which sample cases a criterion, a duty or a rule of reopening is asked in."""
    found: dict[str, dict[str, bool]] = {}
    for path in sorted(SAMPLES.glob("*.yaml"), key=_in_order):
        for name, met in _asked(edition, path):
            found.setdefault(name, {}).setdefault(path.stem, met)

    def cases(name: str) -> str:
        # Where it is met is the better example; three are enough.
        every = sorted(found.get(name, {}).items(), key=lambda one: not one[1])[:3]
        return ", ".join(f"`{case}`{'' if met else ' (open)'}" for case, met in every) or "—"

    return cases


def _in_order(path: Path) -> tuple[int, str]:
    number = re.match(r"[0-9]+", path.stem)
    return int(number[0]) if number else 0, path.stem


def _asked(edition: Edition, path: Path) -> Iterator[tuple[str, bool]]:
    """What each closing and reopening of a sample is asked, and whether it is met."""
    story: Any = documents.read(path.read_bytes()).tree
    before = Dossier(path.stem, str(story.get("opened", "")), "closure")
    for step in story.get("steps", ()):
        if "link" in step:
            before = _linked(edition, before, step)
        kind = str(step.get("set") or step.get("put"))
        if kind not in edition.record_types:
            continue
        here, record = _told(edition, before, kind, step)
        day = dates.latest(record.data.get("happened_on")) or date.max
        if "reopen" in step:
            yield from _of_reopening(edition, before, record, day)
        if kind == "closure":
            yield from _of_closing(edition, here, record, day)
        before = here


def _linked(edition: Edition, case: Dossier, step: Any) -> Dossier:
    """The case as a link leaves it: the profile names another one, whose id no source knows."""
    one = {"linked_case": str(step["link"]), "link_kind": str(step["as"])}
    told = {"set": "profile", "content": {"linked_cases": [one]}}
    return _told(edition, case, "profile", told)[0]


def _told(edition: Edition, case: Dossier, kind: str, step: Any) -> tuple[Dossier, Record]:
    row = edition.record_type(kind)
    data = type_values(row.schema, step["content"])[0]
    if "reopen" in step:
        data = {"kind": "reopen", "reopen_cause": str(step.get("cause", "")), **data}
    old = case.single(kind)
    tag = f"{kind[:4]}{len(case.records)}" if row.repeats else None
    if old is not None and (tag is None or "set" in step):
        data, tag = old.data | data, old.tag
        case = replace(case, records=tuple(one for one in case.records if one is not old))
    record = Record(kind, tag, data)
    return replace(case, records=(*case.records, record)), record


def _of_reopening(
    edition: Edition, case: Dossier, decision: Record, day: date
) -> Iterator[tuple[str, bool]]:
    facts = closures.in_hand(case).context(edition.vocabulary, day) | {"this": decision.data}
    for rule in edition.rules:
        if rule.gate == "reopen" and rule.judgement.applies(facts):
            yield rule.id, not rule.judgement.fires(facts)


def _of_closing(
    edition: Edition, case: Dossier, closure: Record, day: date
) -> Iterator[tuple[str, bool]]:
    here = closures.in_hand(case)
    answer = readiness(edition, here, day)
    if answer.outcome == "successful":
        yield from ((one.id, one.state == "met") for one in answer.criteria)
    for duty in answer.duties:
        if duty.state != "not-applicable":
            yield duty.id, duty.state == "met"
    if leftover.left_open(edition, here, day) or closure.data.get("left_open"):
        yield "left-open", True
