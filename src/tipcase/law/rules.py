"""Gates, rules and duties: data of the edition, checked and compiled when it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tipcase.law.edition import Edition
from tipcase.law.expressions import Expression, ExpressionError, condition
from tipcase.law.findings import Severity, Text
from tipcase.law.kleene import Truth
from tipcase.law.source import EditionError, mapping, text_list

Gate = Literal["leave", "enter", "always"]
ALL_OUTCOMES = "all"
_RULE_KEYS = {
    "id", "at", "each", "record", "field", "provisions", "severity", "when", "holds", "message",
    "hint",
}  # fmt: skip
_DUTY_KEYS = {
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

    ``gate`` is ``leave`` or ``enter`` with a ``stage``, or ``always``. With ``each``, the rule is
    asked of every record of that type, as ``this``.
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


class _Reader:
    """Reads entries of one file, locating what is wrong by the entry's id."""

    def __init__(self, edition: Edition, file: str) -> None:
        self.edition, self.file = edition, file
        self.content = edition.source.read(file)

    def error(self, entry: Mapping[str, Any], sentence: str, hint: str = "") -> EditionError:
        name = str(entry.get("id", ""))
        about = f"{name}: {sentence}" if name else sentence
        return self.edition.source.error(self.file, about, hint=hint, near=[name] if name else [])

    def entries(self, key: str, allowed: set[str]) -> list[dict[str, Any]]:
        entries = self.content.get(key) or []
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise self.error({}, f"{key} is no list of mappings")
        seen: set[Any] = set()
        for entry in entries:
            if not isinstance(entry.get("id"), str):
                raise self.error({}, f"has an entry of {key} without an id")
            if entry["id"] in seen:
                raise self.error(entry, "has the id of another entry")
            seen.add(entry["id"])
            for name in entry.keys() - allowed if allowed else ():
                raise self.error(entry, f"has a key {name} that means nothing here")
        return entries

    def judgement(self, entry: Mapping[str, Any], each: str | None) -> Judgement:
        when = self._condition(entry, "when", each) if "when" in entry else None
        return Judgement(when, self._condition(entry, "holds", each))

    def _condition(self, entry: Mapping[str, Any], key: str, each: str | None) -> Expression:
        source = entry.get(key)
        if isinstance(source, bool):
            source = str(source)
        if not isinstance(source, str):
            raise self.error(entry, f"has no expression {key}")
        try:
            return condition(source, self.edition.vocabulary, each)
        except ExpressionError as error:
            raise self.edition.source.error(
                self.file,
                f"{entry['id']}: {key} {error.sentence}",
                hint=error.hint,
                near=[entry["id"], f"{key}:", source],
                offset=error.at,
            ) from None

    def severity(self, entry: Mapping[str, Any]) -> Severity:
        if entry.get("severity") == "blocks":
            return "blocks"
        if entry.get("severity") == "advises":
            return "advises"
        raise self.error(entry, "has a severity that is neither blocks nor advises")

    def message(self, entry: Mapping[str, Any]) -> Text:
        message = Text.of(entry.get("message"))
        if not message.en or not message.km:
            raise self.error(entry, "has no message in both languages", "write message: {en, km}")
        return message

    def place(self, entry: Mapping[str, Any], fallback: str) -> tuple[str, str]:
        """The record type and field that a finding points to, checked."""
        record, field = str(entry.get("record") or fallback), str(entry.get("field") or "")
        types = self.edition.record_types
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
    reader = _Reader(edition, "rules.yaml")
    return tuple(_rule(reader, entry) for entry in reader.entries("rules", _RULE_KEYS))


def _gate(reader: _Reader, entry: Mapping[str, Any]) -> tuple[Gate, str | None]:
    words = str(entry.get("at", "")).split()
    if words == ["always"]:
        return "always", None
    stages = [stage.name for stage in reader.edition.stages]
    if len(words) == 2 and words[1] in stages:
        if words[0] == "leave":
            return "leave", words[1]
        if words[0] == "enter":
            return "enter", words[1]
    hint = "write at: always, at: leave STAGE or at: enter STAGE"
    raise reader.error(entry, "has an at that is no gate", hint)


def _rule(reader: _Reader, entry: Mapping[str, Any]) -> Rule:
    gate, stage = _gate(reader, entry)
    each = entry.get("each")
    if each is not None and each not in reader.edition.record_types:
        raise reader.error(entry, "asks each record of a type that is not there")
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
        judgement=reader.judgement(entry, each),
        message=reader.message(entry),
        hint=Text.of(entry.get("hint")),
    )


def load_closure(edition: Edition) -> Closure:
    """What ``closure.yaml`` says; ``EditionError`` where it cannot be right."""
    reader = _Reader(edition, "closure.yaml")
    return Closure(
        thresholds=_thresholds(reader),
        criteria=tuple(
            Criterion(c["id"], str(c.get("provision", "")), Text.of(c.get("label")))
            for c in reader.entries("criteria", set())
        ),
        duties=tuple(_duty(reader, entry) for entry in reader.entries("duties", _DUTY_KEYS)),
    )


def _thresholds(reader: _Reader) -> dict[str, Threshold]:
    found: dict[str, Threshold] = {}
    for name, entry in mapping(reader.content.get("thresholds")).items():
        value = mapping(entry).get("value")
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise reader.edition.source.error(
                reader.file, f"the threshold {name} has no whole number", near=[f"{name}:"]
            )
        note = str(entry.get("note", ""))
        found[name] = Threshold(name, value, Text.of(entry.get("label", name)), note)
    return found


def _duty(reader: _Reader, entry: Mapping[str, Any]) -> Duty:
    outcomes = text_list(entry.get("outcomes", ALL_OUTCOMES))
    record, field = reader.place(entry, "closure" if "field" in entry else "")
    known = _outcomes(reader.edition)
    for outcome in outcomes:
        if outcome != ALL_OUTCOMES and known and outcome not in known:
            raise reader.error(entry, f"binds an outcome {outcome} that closure does not have")
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


def _outcomes(edition: Edition) -> Mapping[str, Text]:
    if "closure" not in edition.record_types:
        return {}
    field = edition.record_type("closure").field("outcome")
    return field.values if field else {}
