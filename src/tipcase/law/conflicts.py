"""Everything that is wrong with an edition at once, each with its place.

``edition.check`` stops at the first fault, which is right when the law is to be followed. Somebody
who writes an edition, or an office's own folder over another, wants to hear of all of them; and of
what is not wrong in itself but against the edition below, or against records that are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from tipcase.law import against, concerns, rules, schema, translations
from tipcase.law.edition import Edition, RecordType
from tipcase.law.findings import Severity
from tipcase.law.merging import called
from tipcase.law.shapes import Vocabulary
from tipcase.law.source import FOLDERS, PARTS, EditionError, mapping, read_carefully, text_list
from tipcase.law.validation import validate, validator

Steps = tuple[str | int, ...]
P = ParamSpec("P")
T = TypeVar("T")
_CITES = ("provisions", "x-tipcase-provisions", "provision")
_KHMER = re.compile("[\u1780-\u17ff]")
# One deeper than anything is read: what was put into a folder too many is told.
_LOOKED_AT = ("*", "*/*", "*/*/*")


@dataclass(frozen=True)
class Conflict:
    """One thing that is wrong or doubtful in an edition; line and column are 0 where unknown."""

    severity: Severity
    message: str
    hint: str
    file: Path | None
    line: int
    column: int


class Conflicts:
    """Gathers the conflicts of ``edition``; ``base`` is the one below, where there is one."""

    def __init__(self, edition: Edition, base: Edition | None = None) -> None:
        self.edition, self.base = edition, base
        self.source = edition.source
        self._found: dict[Conflict, None] = {}

    @property
    def found(self) -> tuple[Conflict, ...]:
        """What was gathered: what blocks first, then by place."""
        order = {path: at for at, path in enumerate(self.source.own_files())}
        return tuple(
            sorted(
                self._found,
                key=lambda one: (
                    one.severity != "blocks",
                    order.get(one.file, len(order)) if one.file else -1,
                    one.line,
                    one.column,
                    one.message,
                ),
            )
        )

    def add(self, error: EditionError, severity: Severity = "blocks") -> None:
        """Take up one fault."""
        sentence = error.sentence.partition(": ")[2] if error.file else error.sentence
        place = (error.file, error.line, error.column)
        self._found.setdefault(Conflict(severity, sentence, error.hint, *place))

    def attempt(self, part: Callable[P, T], *args: P.args, **more: P.kwargs) -> T | None:
        """What ``part`` gives; a fault of the edition is taken up instead."""
        try:
            return part(*args, **more)
        except EditionError as error:
            self.add(error)
        return None

    def at(
        self, name: str, steps: Steps, sentence: str, hint: str = "", severity: Severity = "blocks"
    ) -> None:
        """Take up something about what ``steps`` lead to in the file ``name``."""
        self.add(self.source.error_at(name, steps, sentence, hint), severity)

    # -- the edition itself --

    def look(self) -> tuple[Conflict, ...]:
        """Look at every part."""
        self._files()
        for part in PARTS:
            self.attempt(self.source.read, part)
        self.attempt(against.words, self)
        if self.attempt(lambda: (self.edition.phases, self.edition.all_types)) is None:
            # Without stages no record type has a place, and no rule a gate.
            return self.found
        for name in self.edition.all_types:
            self._type(name)
        self._translations()
        self._rules()
        self._closure()
        self.attempt(lambda: self.edition.schedule)
        self._provisions()
        if self.base is not None:
            against.edition_below(self, self.base)
            self._replaced(self.base)
        return self.found

    def _replaced(self, base: Edition) -> None:
        for part, key, word in against.ENTRIES:
            below = base.source.read(part).get(key)
            known = {mapping(e).get("id") for e in below} if isinstance(below, list) else set()
            for path in self.source.files(part) if self.owns(part) else ():
                entries = (self.attempt(self.source.content, path) or {}).get(key)
                own = self.source.folders[-1] in path.parents and isinstance(entries, list)
                for name in [mapping(entry).get("id") for entry in entries or ()] if own else ():
                    if isinstance(name, str) and name in known:
                        sentence = f"replaces the shipped {word} {name} in what it says"
                        hint = f"to keep that {word} as it is, give this one an id of its own"
                        self.at(part, (key, name), sentence, hint, "advises")

    def _files(self) -> None:
        folder = self.source.folders[-1]
        for path in self.source.own_files():
            self.attempt(read_carefully, path.read_bytes(), path)
        known = {Path(part).stem for part in PARTS}
        for path in sorted(p for g in _LOOKED_AT for p in folder.glob(g) if p.is_file()):
            parts = path.relative_to(folder).parts
            of_part = path.name in PARTS if len(parts) == 1 else parts[0] in known | {*FOLDERS}
            if path.suffix != ".yaml" or len(parts) > 2 or not of_part:
                error = EditionError("nothing reads a file of this name here", file=path)
                error.hint = "the files are " + ", ".join([*PARTS, "records/TYPE.yaml"])
                self.add(error, "advises")

    def owns(self, name: str) -> bool:
        """Whether the last folder says something in the file ``name``."""
        folder = self.source.folders[-1]
        return any(folder in path.parents for path in self.source.files(name))

    def _type(self, name: str) -> None:
        file = self.edition.file_of(name)
        row = self.attempt(self.edition.record_type, name)
        if row is None:
            self._lost_definitions(file)
            return
        try:
            validator(row, complete=True)
        except ValueError as error:
            steps = [step for step in getattr(error, "instance_path", []) if step != "else"]
            self.at(file, tuple(steps), "is no JSON Schema")
            return
        if self.owns(file):
            self._labels(row, file)
            self._examples(row, file)

    def _lost_definitions(self, file: str) -> None:
        try:
            raw, common = self.source.read(file), self.source.read("common.yaml")
            _, lost = schema.loaded(raw, schema.common_defs(common))
        except (EditionError, AttributeError, TypeError):
            return  # told already
        for ref in lost:
            place = ref.rsplit("/", 1)[-1]
            sentence = "refers to a definition that is not there"
            self.add(self.source.error(file, sentence, near=[place]))

    def _labels(self, row: RecordType, file: str) -> None:
        if not row.label.en:
            self.at(file, ("x-tipcase-record",), "has no label", "write label: {en: …, km: …}")
        for steps, node, plain in _nodes(row.schema, row.schema["$defs"], ()):
            name = steps[-1]
            if name != "id" and not _text(node.get("x-tipcase-label")):
                hint = "write x-tipcase-label: {en: …, km: …}"
                self.at(file, steps, f"the field {name} has no label", hint)
            items = schema.plain_branch(mapping(plain.get("items")), row.schema["$defs"])
            labels = {
                **mapping(items.get("x-tipcase-values")),
                **mapping(plain.get("x-tipcase-values")),
                **mapping(node.get("x-tipcase-values")),
            }
            options = plain.get("enum", items.get("enum"))
            for value in options if isinstance(options, list) else []:
                if not _text(labels.get(str(value))):
                    hint = f"write it under x-tipcase-values: {value}: {{en: …, km: …}}"
                    self.at(file, (*steps, "enum", str(value)), f"{value} has no label", hint)
            for value in labels if isinstance(options, list) else []:
                if value not in options:
                    place: Steps = (*steps, "x-tipcase-values", str(value))
                    sentence = f"there is a label for {value}, which is none of the values"
                    self.at(file, place, sentence, severity="advises")

    def _examples(self, row: RecordType, file: str) -> None:
        examples = row.schema.get("examples")
        if not isinstance(examples, list) or not examples:
            self.at(file, (), "has no example of a record", "add examples:", "advises")
            return
        shipped = self.base is not None and row.name in self.base.all_types
        for at, example in enumerate(examples):
            if not isinstance(example, dict):
                self.at(file, ("examples", at), "the example is no record")
                continue
            for finding in validate(row, example, complete=True):
                # What an office newly asks for is missing in the example that came with tipcase.
                lacks = shipped and finding.rule == "required"
                sentence = f"the example is not valid: {finding.field} {finding.message.en}".strip()
                steps: Steps = ("examples", at, *finding.field.split("."))
                self.at(file, steps, sentence, severity="advises" if lacks else "blocks")

    def _translations(self) -> None:
        own = set(self.source.own_files())
        found = [
            one
            for name in self.source.all_names()
            if self.owns(name)
            for one in self.attempt(translations.of_file, self.edition, name) or ()
        ]
        for one in found:
            if one.file not in own:
                continue
            place = ".".join(map(str, one.steps))
            if _KHMER.search(one.en) and not _KHMER.search(one.km):
                sentence = f"has Khmer letters in en and none in km: {place}"
                self._wording(one, sentence, "exchange en: and km:")
            elif not one.km and "km" in self.edition.languages:
                self._wording(one, f"has no Khmer: {place}", "write km: beside en:")

    def _wording(self, one: translations.Wording, sentence: str, hint: str) -> None:
        name = one.file.relative_to(self.source.folders[-1]).as_posix()
        part = name if name in PARTS or name.split("/")[0] in FOLDERS else None
        self.at(part or f"{name.split('/')[0]}.yaml", one.steps, sentence, hint, "advises")

    def _rules(self) -> None:
        reader = self.attempt(rules.Reader, self.edition, "rules.yaml")
        if reader is None:
            return
        for entry in self._listed(reader, "rules", rules.RULE_KEYS):
            self._rule(reader, entry)

    def _listed(self, reader: rules.Reader, key: str, allowed: set[str]) -> list[dict[str, Any]]:
        entries = self.attempt(reader.listed, key) or []
        for fault in reader.faults(key, allowed) if entries else ():
            self.add(fault)
        return entries

    def _rule(self, reader: rules.Reader, entry: Mapping[str, Any]) -> None:
        gate, stage = self.attempt(rules.gate_of, reader, entry) or ("always", None)
        each = self.attempt(rules.each_of, reader, entry, gate)
        self.attempt(reader.place, entry, each or stage or "")
        self._said(reader, entry, each, reader.vocabulary(gate))

    def _said(
        self, reader: rules.Reader, entry: Mapping[str, Any], each: str | None, names: Vocabulary
    ) -> None:
        self.attempt(reader.severity, entry)
        self.attempt(reader.message, entry)
        for key in ("when", "holds"):
            if key == "holds" or key in entry:
                self.attempt(reader.condition, entry, key, each, names)

    def _closure(self) -> None:
        reader = self.attempt(rules.Reader, self.edition, "closure.yaml")
        if reader is None:
            return
        self.attempt(rules.thresholds_of, reader)
        self.attempt(reader.entries, "criteria", set())
        for key in ("left_open", "disagreement"):
            self.attempt(rules.demand_of, reader, key)
        self.attempt(concerns.load_watch, reader)
        names = self.attempt(rules.duty_vocabulary, reader) or self.edition.vocabulary
        for entry in self._listed(reader, "duties", rules.DUTY_KEYS):
            self.attempt(rules.outcomes_of, reader, entry)
            self.attempt(reader.place, entry, rules.CLOSURE if "field" in entry else "")
            self._said(reader, entry, None, names)

    def _provisions(self) -> None:
        listed = self.attempt(lambda: {str(entry["id"]) for entry in self.edition.provisions})
        if listed is None:
            return
        for name in self.source.all_names():
            if name == "provisions.yaml":
                continue
            content = self.attempt(self.source.read, name)
            for steps, provision in _cites(content, ()):
                if provision not in listed:
                    sentence = f"cites {provision}, which provisions.yaml does not list"
                    self.at(name, steps, sentence, "list it with its heading in provisions.yaml")

    def raw(self, part: str, key: str) -> list[Mapping[str, Any]]:
        """The entries of a part as they stand; none where it cannot be read."""
        try:
            entries = self.source.read(part).get(key)
        except EditionError:
            return []
        return [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []


def conflicts(edition: Edition, base: Edition | None = None) -> tuple[Conflict, ...]:
    """Everything that is wrong with ``edition``, in itself and against ``base``."""
    return Conflicts(edition, base).look()


def _text(value: object) -> bool:
    return bool(value if isinstance(value, str) else mapping(value).get("en"))


def _nodes(
    node: Mapping[str, Any], defs: Mapping[str, Any], steps: Steps
) -> Iterator[tuple[Steps, Mapping[str, Any], Mapping[str, Any]]]:
    """Every field of a loaded schema: the steps to it in its file, itself, its real value."""
    for name, child in mapping(node.get("properties")).items():
        inside = (*steps, "properties", name)
        plain = schema.plain_branch(child, defs)
        yield inside, child, plain
        if "$ref" in child.get("else", child):
            continue  # its inner fields stand in common.yaml
        yield from _nodes(plain, defs, inside)
        items = mapping(plain.get("items"))
        if "$ref" not in items:
            yield from _nodes(items, defs, (*inside, "items"))


def _cites(node: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(node, list):
        for at, item in enumerate(node):
            yield from _cites(item, (*steps, called(item, at)))
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in _CITES:
                for provision in text_list(value):
                    yield (*steps, key, provision), provision
            elif key != "examples":
                yield from _cites(value, (*steps, str(key)))


__all__ = ["Conflict", "Conflicts", "conflicts"]
