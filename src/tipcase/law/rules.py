"""Gates, rules and duties: data of the edition, checked and compiled when it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tipcase.law import closing_facts, concerns
from tipcase.law.edition import Edition
from tipcase.law.entries import Gate, Judgement, Reader
from tipcase.law.findings import Severity, Text
from tipcase.law.shapes import Vocabulary
from tipcase.law.source import mapping, text_list

ALL_OUTCOMES = "all"
# The record type that closes a case and holds its outcome, where an edition has one.
CLOSURE = "closure"
# Of a threshold, as of a casebook's own: more months would leave the calendar.
HIGHEST = 10_000
RULE_KEYS = {
    "id", "at", "each", "record", "field", "provisions", "severity", "when", "holds", "message",
    "hint", "ours",
}  # fmt: skip
DUTY_KEYS = {
    "id", "provisions", "severity", "outcomes", "when", "holds", "message", "field", "record",
    "hint", "ours",
}  # fmt: skip
LEFT_OPEN_KEYS = {"id", "severity", "outcomes", "provisions", "ours", "message"}


@dataclass(frozen=True, eq=False)
class Rule:
    """A gate of a stage or a rule across records; ``field`` is where its finding points.

    ``gate`` is ``leave`` or ``enter`` with a ``stage``, or ``always``, or ``reopen``, or
    ``provider`` for a rule about the provider's own records. With ``each``, the rule is asked of
    every record of that type, as ``this``; at a reopening of the decision that is being made.
    """

    id: str
    gate: Gate
    stage: str | None
    each: str | None
    record: str
    field: str
    provisions: tuple[str, ...]
    severity: Severity
    judgement: Judgement
    message: Text
    hint: Text
    ours: bool = False


@dataclass(frozen=True, eq=False)
class Duty:
    """A duty of closing a case; ``outcomes`` are those it binds, empty for all.

    ``ours`` marks what its provisions do not say themselves.
    """

    id: str
    provisions: tuple[str, ...]
    severity: Severity
    outcomes: tuple[str, ...]
    judgement: Judgement
    message: Text
    record: str
    field: str
    hint: Text
    ours: bool = False


@dataclass(frozen=True)
class Criterion:
    """One of the criteria that gate a successful closure (062/III.closure)."""

    id: str
    provision: str
    label: Text


@dataclass(frozen=True)
class Threshold:
    """A number that the readiness argument uses; ``note`` says whose it is."""

    name: str
    value: int
    label: Text
    note: str


@dataclass(frozen=True)
class Demand:
    """What a closing asks besides its duties; ``outcomes`` are those it binds, none is all."""

    severity: Severity
    outcomes: tuple[str, ...]
    provisions: tuple[str, ...]
    ours: bool
    message: Text


@dataclass(frozen=True, eq=False)
class Closure:
    """What ``closure.yaml`` says: thresholds by name, criteria and duties in order."""

    thresholds: Mapping[str, Threshold]
    criteria: tuple[Criterion, ...]
    duties: tuple[Duty, ...]
    # That the closing names whatever the case still waits for.
    left_open: Demand | None = None
    # That the survivor has not said no.
    disagreement: Demand | None = None
    watch: concerns.Watch = concerns.NOTHING


def load_rules(edition: Edition) -> tuple[Rule, ...]:
    """The rules of ``rules.yaml`` in order; ``EditionError`` where one cannot be right."""
    reader = Reader(edition, "rules.yaml")
    return tuple(_rule(reader, entry) for entry in reader.entries("rules", RULE_KEYS))


def gate_of(reader: Reader, entry: Mapping[str, Any]) -> tuple[Gate, str | None]:
    """When a rule is asked, and of which stage."""
    words = str(entry.get("at", "")).split()
    if words == ["always"]:
        return "always", None
    if words == ["provider"]:
        return "provider", None
    if words == ["reopen"]:
        return "reopen", None
    stages = [stage.name for stage in reader.edition.stages]
    if len(words) == 2 and words[1] in stages:
        if words[0] == "leave":
            return "leave", words[1]
        if words[0] == "enter":
            return "enter", words[1]
    hint = "write at: always, at: leave STAGE, at: enter STAGE, at: reopen or at: provider"
    raise reader.error(entry, "has an at that is no gate", hint)


def each_of(reader: Reader, entry: Mapping[str, Any], gate: Gate) -> str | None:
    """The record type of which a rule asks each record."""
    each = entry.get("each")
    if each is not None and each not in reader.vocabulary(gate).record_types:
        raise reader.error(entry, "asks each record of a type that is not there")
    return each


def _rule(reader: Reader, entry: Mapping[str, Any]) -> Rule:
    gate, stage = gate_of(reader, entry)
    each = each_of(reader, entry, gate)
    record, field = reader.place(entry, each or stage or "")
    return Rule(
        id=entry["id"],
        gate=gate,
        stage=stage,
        each=each,
        record=record,
        field=field,
        provisions=text_list(entry.get("provisions")),
        severity=reader.severity(entry),
        judgement=reader.judgement(entry, each, reader.vocabulary(gate)),
        message=reader.message(entry),
        hint=Text.of(entry.get("hint")),
        ours=entry.get("ours") is True,
    )


def load_closure(edition: Edition) -> Closure:
    """What ``closure.yaml`` says; ``EditionError`` where it cannot be right."""
    reader = Reader(edition, "closure.yaml")
    thresholds = thresholds_of(reader)
    names = duty_vocabulary(reader)
    return Closure(
        thresholds=thresholds,
        criteria=tuple(
            Criterion(c["id"], str(c.get("provision", "")), Text.of(c.get("label")))
            for c in reader.entries("criteria", set())
        ),
        duties=tuple(_duty(reader, entry, names) for entry in reader.entries("duties", DUTY_KEYS)),
        left_open=demand_of(reader, "left_open"),
        disagreement=demand_of(reader, "disagreement"),
        watch=concerns.load_watch(reader),
    )


def duty_vocabulary(reader: Reader) -> Vocabulary:
    """The names that duties may use: a case's, the thresholds, and the attempts at contact."""
    return closing_facts.vocabulary(reader.edition, mapping(reader.content.get("thresholds")))


def demand_of(reader: Reader, key: str) -> Demand | None:
    """What a closing asks under ``key``; ``None`` where an edition asks nothing."""
    if key not in reader.content:
        return None
    entry = {"id": key, **mapping(reader.content[key])}
    for name in sorted(entry.keys() - LEFT_OPEN_KEYS):
        raise reader.error(entry, f"has a key {name} that means nothing here")
    outcomes = outcomes_of(reader, entry)
    return Demand(
        severity=reader.severity(entry),
        outcomes=() if ALL_OUTCOMES in outcomes else outcomes,
        provisions=text_list(entry.get("provisions")),
        ours=entry.get("ours") is True,
        message=reader.message(entry),
    )


def thresholds_of(reader: Reader) -> dict[str, Threshold]:
    """The thresholds by name."""
    found: dict[str, Threshold] = {}
    if not isinstance(reader.content.get("thresholds", {}), dict):
        # Without them nothing would ask for more than one visit.
        raise reader.error({}, "thresholds is no mapping", "leave it out, or name each threshold")
    for name, entry in mapping(reader.content.get("thresholds")).items():
        value = mapping(entry).get("value")
        if type(value) is not int or not 0 <= value <= HIGHEST:
            sentence = f"the threshold {name} has no whole number up to {HIGHEST}"
            raise reader.edition.source.error(reader.file, sentence, near=[f"{name}:"])
        note = str(entry.get("note", ""))
        found[name] = Threshold(name, value, Text.of(entry.get("label", name)), note)
    return found


def _duty(reader: Reader, entry: Mapping[str, Any], names: Vocabulary) -> Duty:
    outcomes = outcomes_of(reader, entry)
    record, field = reader.place(entry, CLOSURE if "field" in entry else "")
    return Duty(
        id=entry["id"],
        provisions=text_list(entry.get("provisions")),
        severity=reader.severity(entry),
        outcomes=() if ALL_OUTCOMES in outcomes else outcomes,
        judgement=reader.judgement(entry, None, names),
        message=reader.message(entry),
        record=record,
        field=field,
        hint=Text.of(entry.get("hint")),
        ours=entry.get("ours") is True,
    )


def outcomes_of(reader: Reader, entry: Mapping[str, Any]) -> tuple[str, ...]:
    """The outcomes that a duty binds, checked."""
    outcomes = text_list(entry.get("outcomes", ALL_OUTCOMES))
    known = _outcomes(reader.edition)
    for outcome in outcomes:
        if outcome != ALL_OUTCOMES and known and outcome not in known:
            raise reader.error(entry, f"binds an outcome {outcome} that closure does not have")
    return outcomes


def _outcomes(edition: Edition) -> Mapping[str, Text]:
    if CLOSURE not in edition.record_types:
        return {}
    field = edition.record_type(CLOSURE).field("outcome")
    return field.values if field else {}


__all__ = [
    "ALL_OUTCOMES",
    "CLOSURE",
    "DUTY_KEYS",
    "RULE_KEYS",
    "Closure",
    "Criterion",
    "Demand",
    "Duty",
    "Gate",
    "Judgement",
    "Reader",
    "Rule",
    "Threshold",
    "demand_of",
    "duty_vocabulary",
    "each_of",
    "gate_of",
    "load_closure",
    "load_rules",
    "outcomes_of",
    "thresholds_of",
]
