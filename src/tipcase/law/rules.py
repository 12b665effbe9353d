"""Gates, rules and duties: data of the edition, checked and compiled when it is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tipcase.law.edition import Edition
from tipcase.law.expressions import Expression, ExpressionError, condition
from tipcase.law.findings import Severity, Text
from tipcase.law.kleene import Truth
from tipcase.law.shapes import Vocabulary
from tipcase.law.source import EditionError, mapping, text_list

Gate = Literal["leave", "enter", "always", "provider"]
ALL_OUTCOMES = "all"
# The record type that closes a case and holds its outcome, where an edition has one.
CLOSURE = "closure"
# Of a threshold, as of a casebook's own: more months would leave the calendar.
HIGHEST = 10_000
RULE_KEYS = {
    "id", "at", "each", "record", "field", "provisions", "severity", "when", "holds", "message",
    "hint",
}  # fmt: skip
DUTY_KEYS = {
    "id", "provisions", "severity", "outcomes", "when", "holds", "message", "field", "record",
    "hint",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Judgement:
    """A question about the facts: ``holds`` must be true where ``when`` is true."""

    when: Expression | None
    holds: Expression

    def applies(self, facts: Mapping[str, Any]) -> bool:
        """Whether the question arises; an unknown condition does not raise it."""
        return self.when is None or self.when.truth(facts) is True

    def truth(self, facts: Mapping[str, Any]) -> Truth:
        """Whether it holds; ``UNKNOWN`` where the facts do not say."""
        return self.holds.truth(facts)

    def fires(self, facts: Mapping[str, Any]) -> bool:
        """Whether it arises and does not certainly hold."""
        return self.applies(facts) and self.truth(facts) is not True


@dataclass(frozen=True, eq=False)
class Rule:
    """A gate of a stage or a rule across records; ``field`` is where its finding points.

    ``gate`` is ``leave`` or ``enter`` with a ``stage``, or ``always``, or ``provider`` for a rule
    about the provider's own records. With ``each``, the rule is asked of every record of that type,
    as ``this``.
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


@dataclass(frozen=True, eq=False)
class Duty:
    """A duty of closing a case; ``outcomes`` are those it binds, empty for all."""

    id: str
    provisions: tuple[str, ...]
    severity: Severity
    outcomes: tuple[str, ...]
    judgement: Judgement
    message: Text
    record: str
    field: str
    hint: Text


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


@dataclass(frozen=True, eq=False)
class Closure:
    """What ``closure.yaml`` says: thresholds by name, criteria and duties in order."""

    thresholds: Mapping[str, Threshold]
    criteria: tuple[Criterion, ...]
    duties: tuple[Duty, ...]


class Reader:
    """Reads entries of one file, locating what is wrong by the entry's id."""

    def __init__(self, edition: Edition, file: str) -> None:
        self.edition, self.file = edition, file
        self.content = edition.source.read(file)

    def error(self, entry: Mapping[str, Any], sentence: str, hint: str = "") -> EditionError:
        """An error about one entry, or about the file for an entry without an id."""
        name = str(entry.get("id", ""))
        about = f"{name}: {sentence}" if name else sentence
        return self.edition.source.error(self.file, about, hint=hint, near=[name] if name else [])

    def listed(self, key: str) -> list[dict[str, Any]]:
        """The entries of ``key``, each with an id."""
        entries = self.content.get(key) or []
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise self.error({}, f"{key} is no list of mappings")
        if not all(isinstance(entry.get("id"), str) for entry in entries):
            raise self.error({}, f"has an entry of {key} without an id")
        return entries

    def faults(self, key: str, allowed: set[str]) -> Iterator[EditionError]:
        """What is wrong with the ids and the keys of the entries of ``key``."""
        seen: set[Any] = set()
        for entry in self.listed(key):
            if entry["id"] in seen:
                yield self.error(entry, "has the id of another entry")
            seen.add(entry["id"])
            for name in sorted(entry.keys() - allowed) if allowed else ():
                yield self.error(entry, f"has a key {name} that means nothing here")

    def entries(self, key: str, allowed: set[str]) -> list[dict[str, Any]]:
        """The entries of ``key``, with ids of their own and known keys."""
        for fault in self.faults(key, allowed):
            raise fault
        return self.listed(key)

    def vocabulary(self, gate: Gate) -> Vocabulary:
        """The names a rule may use: a case's, or the provider's."""
        provider = gate == "provider"
        return self.edition.provider_vocabulary if provider else self.edition.vocabulary

    def judgement(
        self, entry: Mapping[str, Any], each: str | None, gate: Gate = "always"
    ) -> Judgement:
        """Both expressions of an entry."""
        names = self.vocabulary(gate)
        when = self.condition(entry, "when", each, names) if "when" in entry else None
        return Judgement(when, self.condition(entry, "holds", each, names))

    def condition(
        self, entry: Mapping[str, Any], key: str, each: str | None, names: Vocabulary
    ) -> Expression:
        """The compiled expression of an entry's ``key``."""
        source = entry.get(key)
        if isinstance(source, bool):
            source = str(source)
        if not isinstance(source, str):
            raise self.error(entry, f"has no expression {key}")
        try:
            return condition(source, names, each)
        except ExpressionError as error:
            raise self.edition.source.error(
                self.file,
                f"{entry['id']}: {key} {error.sentence}",
                hint=error.hint,
                near=[entry["id"], f"{key}:", source],
                offset=error.at,
            ) from None

    def severity(self, entry: Mapping[str, Any]) -> Severity:
        """Whether an entry blocks or advises."""
        if entry.get("severity") == "blocks":
            return "blocks"
        if entry.get("severity") == "advises":
            return "advises"
        raise self.error(entry, "has a severity that is neither blocks nor advises")

    def message(self, entry: Mapping[str, Any]) -> Text:
        """What an entry says when it fires."""
        message = Text.of(entry.get("message"))
        khmer = "km" in self.edition.languages
        if not message.en or (khmer and not message.km):
            raise self.error(entry, "has no message in both languages", "write message: {en, km}")
        return message

    def place(self, entry: Mapping[str, Any], fallback: str) -> tuple[str, str]:
        """The record type and field that a finding points to, checked."""
        record, field = str(entry.get("record") or fallback), str(entry.get("field") or "")
        types = self.edition.all_types
        first, _, rest = field.partition(".")
        if "record" not in entry and first in types:
            # Written in one word, as forms write it: closure.outcome.
            record, field = first, rest
        if not record and not field:
            return "", ""
        if record not in types:
            raise self.error(entry, "points to a record type that is not there")
        if field and not self.edition.has_field(record, field):
            raise self.error(entry, f"points to a field {field} that {record} does not have")
        return record, field


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
    stages = [stage.name for stage in reader.edition.stages]
    if len(words) == 2 and words[1] in stages:
        if words[0] == "leave":
            return "leave", words[1]
        if words[0] == "enter":
            return "enter", words[1]
    hint = "write at: always, at: leave STAGE, at: enter STAGE or at: provider"
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
        judgement=reader.judgement(entry, each, gate),
        message=reader.message(entry),
        hint=Text.of(entry.get("hint")),
    )


def load_closure(edition: Edition) -> Closure:
    """What ``closure.yaml`` says; ``EditionError`` where it cannot be right."""
    reader = Reader(edition, "closure.yaml")
    return Closure(
        thresholds=thresholds_of(reader),
        criteria=tuple(
            Criterion(c["id"], str(c.get("provision", "")), Text.of(c.get("label")))
            for c in reader.entries("criteria", set())
        ),
        duties=tuple(_duty(reader, entry) for entry in reader.entries("duties", DUTY_KEYS)),
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


def _duty(reader: Reader, entry: Mapping[str, Any]) -> Duty:
    outcomes = outcomes_of(reader, entry)
    record, field = reader.place(entry, CLOSURE if "field" in entry else "")
    return Duty(
        id=entry["id"],
        provisions=text_list(entry.get("provisions")),
        severity=reader.severity(entry),
        outcomes=() if ALL_OUTCOMES in outcomes else outcomes,
        judgement=reader.judgement(entry, None),
        message=reader.message(entry),
        record=record,
        field=field,
        hint=Text.of(entry.get("hint")),
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
