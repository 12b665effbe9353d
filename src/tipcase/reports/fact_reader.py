"""Reads ``facts.yaml`` against an edition's record types, refusing what could name somebody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tipcase.law import schema
from tipcase.law.edition import Edition
from tipcase.law.findings import Text
from tipcase.law.source import mapping
from tipcase.reports.built import BUILT, PLAIN, Codes
from tipcase.reports.entry import Entry, meant
from tipcase.reports.facts import FILE, Fact, Path

_WAYS = ("from", "count", "known", "each", "built")
_KEYS = (
    "id", "label", "labels", *_WAYS, "take", "of", "level", "values", "restricted", "internal",
)  # fmt: skip
# What a field may be to become a fact, by its shared definition, else by its JSON type.
_KINDS = {
    "date": "date", "count": "number", "yes-no": "yes-no", "country": "country", "place": "place",
    "integer": "number", "number": "number", "boolean": "yes-no",
}  # fmt: skip
# Names that expressions have already.
_KEPT = ("period", "today", "this", "case", "states")
# Digits of a place's code: those of its province, or of its district.
_PROVINCE, _LEVELS = 2, (2, 4)


def facts_of(edition: Edition) -> Mapping[str, Fact]:
    """Every fact that an edition declares, by its id; each is read when it is asked for.

    Raises ``EditionError`` with its place, here or then.
    """
    return _Facts(edition)


class _Facts(Mapping[str, Fact]):
    """The facts of ``facts.yaml``, in its order."""

    def __init__(self, edition: Edition) -> None:
        top = Entry.top(edition, FILE)
        top.only("facts", "dimensions", "lists", "words")
        lists = {name: _labels(top, name) for name in top.under("lists").node}
        self._reader = _Reader(edition, lists)
        self._entries: dict[str, Entry] = {}
        self._found: dict[str, Fact] = {}
        for entry in top.entries("facts"):
            if entry.id in self._entries:
                raise entry.fault(f"two facts are called {entry.id}")
            self._entries[entry.id] = entry

    def __getitem__(self, name: str) -> Fact:
        if name not in self._found:
            self._found[name] = self._reader.fact(self._entries[name])
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def fact_of(entry: Entry) -> Fact:
    """One fact out of its entry; labels by lists stand in ``facts.yaml`` alone."""
    return _Reader(entry.edition, {}).fact(entry)


def _labels(top: Entry, name: str) -> dict[str, Text]:
    listed = top.under("lists").under(name)
    return {str(code): Text.of(label) for code, label in listed.node.items()}


class _Reader:
    """Reads the entries of ``facts.yaml`` against the record types of an edition."""

    def __init__(self, edition: Edition, lists: Mapping[str, Mapping[str, Text]]) -> None:
        self.edition = edition
        self.lists = lists

    def fact(self, entry: Entry) -> Fact:
        """One fact."""
        entry.only(*_KEYS)
        ways = [key for key in _WAYS if key in entry.node]
        if len(ways) != 1:
            hint = "write from:, known:, count:, each: or built:"
            raise entry.fault(f"the fact {entry.id} says in no way, or in two, what it is", hint)
        if entry.id in _KEPT:
            raise entry.fault(f"no fact can be called {entry.id}", at="id")
        if ways == ["built"]:
            return self._built(entry)
        if ways == ["each"]:
            return self._events(entry)
        ask = "value" if ways == ["from"] else ways[0]
        return self._value(entry, entry.id, entry.word(ways[0]), ask, entry)

    def _built(self, entry: Entry) -> Fact:
        name = entry.one_of("built", BUILT)
        if name != entry.id:
            raise entry.fault(f"what is built as {name} is called {name}", at="id")
        spec = BUILT[name]
        labels = entry.under("values")
        fields = {key: self._part(entry, labels, key, kind) for key, kind in spec.fields.items()}
        values = self._codes(entry, labels, spec.values)
        return Fact(
            name, entry.words("label"), spec.kind, values, fields,
            built=name, internal=spec.internal,
        )  # fmt: skip

    def _part(self, entry: Entry, labels: Entry, key: str, kind: Codes) -> Fact:
        if isinstance(kind, str) and kind in PLAIN:
            return Fact(key, Text(key), kind)
        values = self._codes(entry, labels.under(key), kind)
        label = Text(key)
        if isinstance(kind, str) and "." in kind and values:
            record, _, path = kind.partition(".")
            node, _ = self._node(entry, record, tuple(path.split(".")))
            label = Text.of(node.get("x-tipcase-label", key))
        return Fact(key, label, "enum", values)

    def _codes(self, entry: Entry, labels: Entry, kind: Codes) -> dict[str, Text]:
        """The codes of a built fact with their labels: of the stages, the types, or a field."""
        if isinstance(kind, tuple):
            for code in kind:
                if not Text.of(labels.node.get(code)).en:
                    raise entry.fault(f"has no label for {code}", "write it under values:")
            return {code: Text.of(labels.node[code]) for code in kind}
        if kind == "stages":
            return {stage.name: stage.label for stage in self.edition.stages}
        if kind == "types":
            # As written: the whole schema of every type would take most of a warm report's time.
            raw = {name: self.edition.source.read(self.edition.file_of(name))
                   for name in self.edition.record_types}  # fmt: skip
            about = {name: mapping(one.get("x-tipcase-record")) for name, one in raw.items()}
            return {name: Text.of(one.get("label", name))
                    for name, one in about.items() if not one.get("restricted")}  # fmt: skip
        if "." in kind:
            record, _, path = kind.partition(".")
            there = record in self.edition.record_types
            # Another country's edition may close its cases otherwise.
            if not there or not self.edition.has_field(record, path):
                return {}
            node, _ = self._node(entry, record, tuple(path.split(".")))
            return _values(node, self._defs(record))
        return {}

    def _events(self, entry: Entry) -> Fact:
        place = entry.word("each")
        record, _, inner = place.partition(".")
        keys = tuple(inner.split(".")) if inner else ()
        self._known_type(entry, record, "each")
        if keys:
            node, secret = self._node(entry, record, keys)
            if "items" not in node:
                raise entry.fault(f"{place} is no list", at="each")
        else:
            secret = self.edition.record_type(record).restricted
        self._allowed(entry, secret, "each")
        take, of = entry.under("take"), entry.under("of")
        fields: dict[str, Fact] = {}
        for part, prefix in ((take, keys), (of, ())):
            for key in part.node:
                fields[key] = self._field(part, entry, key, record, prefix)
        if of.node and not keys:
            raise entry.fault("of: is for items within a record", at="of")
        return Fact(
            entry.id, entry.words("label"), "events", {}, fields, Path(record, keys),
            internal=entry.flag("internal", False), restricted=entry.flag("restricted", False),
        )  # fmt: skip

    def _field(
        self, part: Entry, entry: Entry, key: str, record: str, prefix: tuple[str, ...]
    ) -> Fact:
        told = part.node[key]
        ask, path = "value", told
        if isinstance(told, dict) and len(told) == 1 and next(iter(told)) in ("known", "count"):
            ask, path = next(iter(told.items()))
        if not isinstance(path, str):
            raise part.fault("names no field", "write NAME: FIELD", at=key)
        whole = ".".join((record, *prefix, path))
        return self._value(part, key, whole, ask, entry, inside=len(prefix))

    def _value(
        self, at: Entry, name: str, place: str, ask: str, entry: Entry, inside: int = 0
    ) -> Fact:
        record, _, inner = place.partition(".")
        self._known_type(at, record, name)
        keys = tuple(inner.split("."))
        node, secret = self._node(at, record, keys)
        self._allowed(entry, secret, name)
        label = Text.of(entry.node.get("label")) if at is entry else Text("")
        label = label if label.en else Text.of(node.get("x-tipcase-label", name))
        kind, values = self._kind(at, node, record, ask, place)
        if ask == "value" and "labels" in entry.node and at is entry:
            values = self.lists[entry.one_of("labels", self.lists)]
        return Fact(
            name, label, kind, values, {}, Path(record, keys[inside:], ask, inside > 0),
            level=self._level(entry) if kind == "place" else 0,
            internal=entry.flag("internal", False), restricted=entry.flag("restricted", False),
        )  # fmt: skip

    def _kind(
        self, at: Entry, node: Mapping[str, Any], record: str, ask: str, place: str
    ) -> tuple[str, Mapping[str, Text]]:
        if ask == "count":
            if "items" not in node:
                raise at.fault(f"{place} is no list: there is nothing to count")
            return "number", {}
        if ask == "known":
            return "yes-no", {}
        values = _values(node, self._defs(record))
        if "items" in node and values:
            return "list", values
        if values:
            return "enum", values
        kind = _KINDS.get(node["$name"] or str(node.get("type")))
        if kind is None:
            hint = f"whether something stands there can be one: known: {place}"
            raise at.fault(f"{place} can be no fact: it could name somebody", hint)
        return kind, {}

    def _known_type(self, at: Entry, record: str, key: str) -> None:
        if record not in self.edition.record_types:
            hint = meant(record, self.edition.record_types)
            raise at.fault(f"{record} is no record type of a case", hint, at=key)

    def _allowed(self, entry: Entry, secret: bool, key: str) -> None:
        if secret and entry.node.get("restricted") is not True:
            hint = "a restricted fact says so by name: restricted: true"
            raise entry.fault(f"{key} is restricted", hint)

    def _level(self, entry: Entry) -> int:
        level = entry.node.get("level", _PROVINCE)
        if level not in _LEVELS or isinstance(level, bool):
            hint = "level: 2 is the province, 4 the district"
            raise entry.fault("a place is cut to a province or a district", hint, at="level")
        return int(level)

    def _defs(self, record: str) -> Mapping[str, Any]:
        defs: Mapping[str, Any] = self.edition.record_type(record).schema["$defs"]
        return defs

    def _node(
        self, at: Entry, record: str, keys: tuple[str, ...]
    ) -> tuple[Mapping[str, Any], bool]:
        """The schema of a field, past references, and whether it is restricted."""
        row = self.edition.record_type(record)
        node, secret = row.schema, row.restricted
        defs = self._defs(record)
        for key in keys:
            inside = mapping(node.get("items")) if "items" in node else node
            inside = schema.plain_branch(inside, defs)
            known = mapping(inside.get("properties"))
            if key not in known:
                raise at.fault(f"{record} has no field {'.'.join(keys)}", meant(key, known))
            child = known[key]
            secret = secret or bool(child.get("x-tipcase-restricted"))
            plain = schema.plain_branch(child, defs)
            about = {k: v for k, v in child.items() if k.startswith("x-tipcase-")}
            node = {**plain, **about, "$name": _reference(child)}
        return node, secret


def _reference(child: Mapping[str, Any]) -> str:
    ref = (child["else"] if schema.is_unknown_branch(child) else child).get("$ref")
    return ref.rsplit("/", 1)[-1] if isinstance(ref, str) else ""


def _values(node: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Text]:
    """The labels of a field's codes, or of its items'."""
    labels = mapping(node.get("x-tipcase-values"))
    plain = node
    if "items" in node:
        plain = schema.plain_branch(mapping(node["items"]), defs)
        labels = labels or mapping(plain.get("x-tipcase-values"))
    options = plain.get("enum")
    if not isinstance(options, list):
        return {}
    return {str(option): Text.of(labels.get(option, str(option))) for option in options}
