"""Reads entries of the edition's files that hold conditions, locating what is wrong by their id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tipcase.law.edition import Edition
from tipcase.law.expressions import Expression, ExpressionError, condition
from tipcase.law.findings import Severity, Text
from tipcase.law.kleene import Truth
from tipcase.law.shapes import Vocabulary
from tipcase.law.source import EditionError

Gate = Literal["leave", "enter", "always", "provider", "reopen"]


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
        entries = self.content.get(key)
        entries = [] if entries is None else entries
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

    def judgement(self, entry: Mapping[str, Any], each: str | None, names: Vocabulary) -> Judgement:
        """Both expressions of an entry."""
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


__all__ = ["Gate", "Judgement", "Reader"]
