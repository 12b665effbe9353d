"""Every rule and duty of the shipped edition, fired and satisfied: what does so stands in rules/.

Each file of ``tests/law/rules`` is a table beside a file of the edition: rule id → ``given`` (what
makes the rule be asked), ``fires`` (the change that fires it, and it alone), ``rests`` (a change
that leaves it satisfied), ``unasked`` (a change after which even what fires does not fire, since
the rule is not asked); the last three may be lists of changes, each judged alone. They change one
story, that of the edition's own examples. ``null`` takes a field or a type's records away;
``TYPE/2`` is another record of a type that repeats.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml12

from tests.law.editions import AS_OF, SHIPPED
from tipcase import law
from tipcase.law import closing_facts
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition
from tipcase.law.rules import Judgement, Rule

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

TABLES = Path(__file__).parent / "rules"
Facts = Mapping[str, Any]
UNKNOWN = {"unknown": "declined"}


@cache
def edition() -> Edition:
    return law.load(SHIPPED)


@cache
def entries() -> dict[str, Facts]:
    found: dict[str, Facts] = {}
    for path in sorted(TABLES.glob("*.yaml")):
        table: Any = yaml12.parse_yaml(path.read_text("utf-8"))
        for name, entry in table.items():
            assert name not in found, f"{name} stands in two tables"
            found[name] = entry
    return found


@cache
def rules() -> dict[str, Rule]:
    return {rule.id: rule for rule in edition().rules}


def judged() -> list[str]:
    """Every rule and duty that a test must make fire and rest."""
    return [*rules(), *(duty.id for duty in edition().closure.duties)]


def changed(data: Facts, facts: Facts) -> dict[str, Any]:
    new: dict[str, Any] = copy.deepcopy(dict(data))
    for path, value in facts.items():
        *way, last = path.split(".")
        part: Any = new
        for step in way:
            part = part[int(step) if step.isdigit() else step]
        if value is None:
            del part[last]
        else:
            part[last] = copy.deepcopy(value)
    return new


@cache
def story(provider: bool) -> dict[str, Record]:
    types = edition().provider_types if provider else edition().record_types
    kinds = [edition().record_type(name) for name in types]
    return {k.name: Record(k.name, "aaaa2345" if k.repeats else None, k.example) for k in kinds}


def case(name: str, *changes: Facts) -> Dossier:
    """The story with the changes, at the stage where the rule is asked."""
    rule, entry = rules().get(name), entries()[name]
    records = dict(story(rule is not None and rule.gate == "provider"))
    for change in changes:
        for key, facts in change.items():
            kind, _, nth = key.partition("/")
            if facts is None:
                records = {k: r for k, r in records.items() if r.type != kind}
                continue
            tag = f"bbbb234{nth}" if nth else "aaaa2345"
            repeats = edition().record_type(kind).repeats
            old = records.get(key, Record(kind, tag if repeats else None, {}))
            records[key] = Record(kind, old.tag, changed(old.data, facts))
    stages = [stage.name for stage in edition().stages]
    at = stages.index(rule.stage) - (rule.gate == "enter") if rule and rule.stage else -1
    return Dossier(
        "K7Q2-M9TX",
        "2026-01-05",
        entry.get("stage", stages[at]),
        stage_states=entry.get("states", {}),
        records=tuple(records.values()),
    )


KEYS = {"given", "fires", "rests", "unasked", "stage", "states", "as_of", "also"}


def day_of(name: str) -> date:
    entry = entries()[name]
    return date.fromisoformat(entry["as_of"]) if "as_of" in entry else AS_OF


def scenes(name: str, key: str) -> list[Dossier]:
    """The cases of one key: the given facts with each change of the key laid upon them."""
    entry = entries()[name]
    assert set(entry) <= KEYS, name
    changes = entry.get(key, {} if key == "rests" else [])
    every = changes if isinstance(changes, list) else [changes]
    return [case(name, entry.get("given") or {}, change) for change in every]


def asked(judgement: Judgement, dossier: Dossier, rule: Rule, day: date) -> bool:
    return any(judgement.applies(facts) for facts in facts_of(rule, dossier, day))


def facts_of(rule: Rule, dossier: Dossier, day: date) -> list[Facts]:
    """What a rule is asked about: the case, or each record of a type as ``this``."""
    provider = rule.gate == "provider"
    words = edition().provider_vocabulary if provider else edition().vocabulary
    facts = dossier.context(words, day)
    if rule.gate == "reopen":
        # Asked of the decision that is being made, whatever was decided before.
        made = dossier.single("decision")
        return [facts | {"this": made.data}] if made else []
    every = [record.data for record in dossier.all(rule.each)] if rule.each else [{}]
    return [{**facts, "this": this} for this in every]


def fired(name: str, dossier: Dossier, day: date) -> dict[str, str]:
    """The rules and duties that fire, each with its severity ("" of a duty)."""
    provider = name in rules() and rules()[name].gate == "provider"
    find = law.check_provider if provider else law.check
    findings = find(edition(), dossier, day)
    found: dict[str, str] = {one.rule: one.severity for one in findings if one.rule in rules()}
    if name in rules() and rules()[name].gate == "reopen":
        assert not any(rules()[one].gate == "reopen" for one in found)
        found |= _reopening(dossier, day)
        return found
    assert {one.severity for one in findings if one.rule == name} <= {found.get(name)}
    return found if provider else dict.fromkeys(_unmet(dossier, day), "") | found


def _reopening(dossier: Dossier, day: date) -> dict[str, str]:
    asked = [rule for rule in rules().values() if rule.gate == "reopen"]
    return {rule.id: rule.severity for rule in asked if alone(rule, dossier, day)}


def _unmet(dossier: Dossier, day: date) -> Iterator[str]:
    from tipcase.law.readiness import readiness

    for duty in readiness(edition(), dossier, day).duties:
        if duty.state in ("unmet", "advises"):
            yield duty.id


def test_every_rule_and_duty_has_an_entry_and_no_entry_is_of_nothing() -> None:
    assert sorted(entries()) == sorted(judged())


def in_turn() -> list[Any]:
    """All of them in soak; every sixth rule and every duty always, against the whole edition."""
    duties = {duty.id for duty in edition().closure.duties}
    return [
        name if number % 6 == 0 or name in duties else pytest.param(name, marks=pytest.mark.soak)
        for number, name in enumerate(judged())
    ]


def test_every_rule_rests_and_fires_by_itself() -> None:
    """Each rule alone; what else of the edition fires, and at which gate, is asked below."""
    for name, rule in rules().items():
        for key, expected in (("rests", False), ("fires", True)):
            for dossier in scenes(name, key):
                day = day_of(name)
                assert asked(rule.judgement, dossier, rule, day), name
                assert alone(rule, dossier, day) is expected, (name, key)


def alone(rule: Rule, dossier: Dossier, day: date) -> bool:
    return any(rule.judgement.fires(facts) for facts in facts_of(rule, dossier, day))


@pytest.mark.parametrize("name", in_turn())
def test_it_is_asked_and_satisfied_and_one_change_fires_it_alone(name: str) -> None:
    entry, day = entries()[name], day_of(name)
    before, *_ = [_satisfied(name, rests, day) for rests in scenes(name, "rests")]
    also = set(entry.get("also", ()))
    assert scenes(name, "fires")
    for fires in scenes(name, "fires"):
        found = fired(name, fires, day)
        assert found.keys() - before == {name} | also
        if name in rules() and "stage" not in entry:
            assert found[name] == rules()[name].severity


def _satisfied(name: str, rests: Dossier, day: date) -> set[str]:
    """Check that the rule is asked of a case and rests; what else fires there."""
    found = fired(name, rests, day)
    assert name not in found
    if name in rules():
        assert asked(rules()[name].judgement, rests, rules()[name], day)
    else:
        (duty,) = (duty for duty in edition().closure.duties if duty.id == name)
        closing = rests.single("closure")
        outcome = closing.data.get("outcome") if closing else "successful"
        assert not duty.outcomes or outcome in duty.outcomes
        used = {one.name: one.value for one in edition().closure.thresholds.values()}
        facts = closing_facts.facts(edition(), rests, day, used)
        assert duty.judgement.applies(facts)
    return set(found)


@pytest.mark.parametrize(
    "name", [name for name in judged() if "unasked" in entries().get(name, {})]
)
@pytest.mark.sampled(3)
def test_where_it_is_not_asked_nothing_fires(name: str) -> None:
    entry = entries()[name]
    fires = entry["fires"][0] if isinstance(entry["fires"], list) else entry["fires"]
    every = entry["unasked"] if isinstance(entry["unasked"], list) else [entry["unasked"]]
    for change in every:
        quiet = case(name, entry.get("given") or {}, fires, change)
        assert name not in fired(name, quiet, day_of(name))


def test_the_unchanged_story_fires_nothing() -> None:
    """Else a rule could pass its table by firing always."""
    stages = [stage.name for stage in edition().stages]
    records = tuple(story(False).values())
    for stage in stages:
        dossier = Dossier("K7Q2-M9TX", "2026-01-05", stage, records=records)
        found = {finding.rule for finding in law.check(edition(), dossier, AS_OF)}
        assert (stage, found) == (stage, set())
    provider = Dossier("provider", "2026-01-05", stages[0], records=tuple(story(True).values()))
    found = {finding.rule for finding in law.check_provider(edition(), provider, AS_OF)}
    # The one procedure of the example is not every one that is asked for.
    assert {name for name in found if not name.startswith("procedure-")} == set()
