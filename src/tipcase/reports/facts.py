"""The facts of a case that reports count from: which they are, and that none of them is a text.

``facts.yaml`` declares each. What names, describes or quotes somebody cannot become a fact: a field
of free text is refused when the definition is read, places are cut to the level that is given, and
of a text at most that something is written there. Restricted fields are refused where the fact does
not say so itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tipcase.law.edition import Edition
from tipcase.law.findings import Text
from tipcase.law.shapes import DATE, NUMBER, TRUTH, Shape, Vocabulary

FILE = "facts.yaml"
# Of the code that collects: whoever changes what it collects adds one, and no cache is believed.
VERSION = 3
# When the case was open: who agreed to what hangs on it too.
SPANS = "spans"
_SHAPES = {"date": DATE, "number": NUMBER, "yes-no": TRUTH}


@dataclass(frozen=True, eq=False)
class Path:
    """Where a value stands: the record type, the keys down to it, and what is asked of it.

    ``ask`` is ``value``, ``known`` (is anything written there) or ``count`` (how many items).
    The keys begin at the record, or ``of_item`` at an item of the list that makes the events.
    """

    record: str
    keys: tuple[str, ...]
    ask: str = "value"
    of_item: bool = False

    @cached_property
    def absent(self) -> Any:
        """What is told where nothing stands."""
        return {"known": False, "count": 0}.get(self.ask)

    def as_digest(self) -> list[Any]:
        """Itself as plain data."""
        return [self.record, list(self.keys), self.ask, self.of_item]


@dataclass(frozen=True, eq=False)
class Fact:
    """One fact, or one field of an event.

    ``kind`` is enum, list (of an enum's values), date, number, yes-no, country, place, handle,
    word, birth, events or numbers; ``values`` are the labels of its codes, ``fields`` what events
    have. ``internal`` facts are about staff and never leave the office. ``path`` is None for what
    code builds.
    """

    id: str
    label: Text
    kind: str
    values: Mapping[str, Text] = field(default_factory=dict)
    fields: Mapping[str, Fact] = field(default_factory=dict)
    path: Path | None = None
    level: int = 0
    built: str = ""
    internal: bool = False
    restricted: bool = False

    @property
    def closed(self) -> bool:
        """Whether its codes are all known beforehand."""
        return self.kind in ("enum", "list", "yes-no")

    @cached_property
    def shape(self) -> Shape:
        """What expressions may do with it."""
        if self.kind in ("events", "numbers"):
            inner = {name: one.shape for name, one in self.fields.items()}
            one = Shape("object", children=inner)
            return one if self.kind == "numbers" else Shape("list", element=one, repeating=True)
        if self.kind in _SHAPES:
            return _SHAPES[self.kind]
        if self.kind == "birth":
            return Shape("object", children={})
        word = Shape("text", values=tuple(self.values) if self.closed else ())
        return Shape("list", element=word) if self.kind == "list" else word

    def as_digest(self) -> list[Any]:
        """Everything that what is collected depends on, as plain data."""
        path = self.path.as_digest() if self.path else []
        inner = [one.as_digest() for one in self.fields.values()]
        return [self.id, self.kind, path, sorted(self.values), self.level, self.built, inner]


@dataclass(frozen=True, eq=False)
class FactsDefinition:
    """Every fact of an edition, by its id."""

    edition: Edition = field(repr=False)
    facts: Mapping[str, Fact]

    @classmethod
    def of(cls, edition: Edition, *, checked: bool = True) -> FactsDefinition:
        """Read ``facts.yaml``; raises ``EditionError`` with its place.

        Where it is not ``checked``, each fact is read when it is asked for: where all were before
        (``written``), a report needs few of them.
        """
        from tipcase.reports.fact_reader import facts_of

        definition = cls(edition, facts_of(edition))
        if checked:
            definition.check()
        return definition

    def check(self) -> None:
        """Read every fact; raises ``EditionError`` for the first that cannot be one."""
        for name in self.facts:
            _ = self.facts[name]

    @cached_property
    def written(self) -> str:
        """A hash of the files that facts are read from, and of what collects them."""
        source = self.edition.source
        records = [f"records/{name}.yaml" for name in source.names("records")]
        told = hashlib.sha256(f"{VERSION}\n".encode("ascii"))
        for name in (FILE, "stages.yaml", "common.yaml", *records):
            for path in source.files(name):
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                told.update(f"{name}\0{path.name}\0{digest}\n".encode())
        return told.hexdigest()

    @cached_property
    def digest(self) -> str:
        """A hash of everything that what is collected depends on."""
        stages = [stage.name for stage in self.edition.stages]
        told = [VERSION, stages, [fact.as_digest() for fact in self.facts.values()]]
        return hashlib.sha256(json.dumps(told).encode("ascii")).hexdigest()

    @cached_property
    def by_record(self) -> Mapping[str, Mapping[str, Fact]]:
        """The facts that are read from fields, by record type and id: most cases have few types."""
        found: dict[str, dict[str, Fact]] = {}
        for name, fact in self.facts.items():
            if fact.path is not None:
                found.setdefault(fact.path.record, {})[name] = fact
        return found

    @cached_property
    def built(self) -> Mapping[str, Fact]:
        """The facts that code works out, by id."""
        return {name: fact for name, fact in self.facts.items() if fact.built}

    @cached_property
    def events(self) -> frozenset[str]:
        """The ids of the facts that are events, but for the spans, which every report looks at."""
        return frozenset(name for name in self.facts if self.is_events(name))

    def is_events(self, name: str) -> bool:
        """Whether a fact is one of ``events``."""
        return self.facts[name].kind == "events" and name != SPANS

    @cached_property
    def asked_if_known(self) -> tuple[str, ...]:
        """The ids of the facts that say whether something is written: false where nothing is."""
        return tuple(
            name
            for name, fact in self.facts.items()
            if fact.path is not None and fact.path.ask == "known" and fact.kind != "events"
        )

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The names that the expressions of reports may use; ``this`` is one event."""
        ends = Shape("object", children={"start": DATE, "end": DATE})
        # What rules call so is not a fact: nothing may rest on it in silence.
        nothing = Shape("object", children={})
        return Vocabulary(
            record_types=tuple(self.facts),
            repeats=lambda name: self.facts[name].kind == "events",
            shape_of=self._shape,
            stages=(),
            phases=(),
            more={"states": nothing, "case": nothing, "period": ends, "today": DATE},
        )

    def _shape(self, name: str) -> Shape:
        """The shape of a fact; of events that of one of them."""
        shape = self.facts[name].shape
        return shape.item() if shape.repeating else shape

    def at(self, path: str) -> Fact | None:
        """The fact, or the field of an event, called ``sex`` or ``services.kind``."""
        name, _, inner = path.partition(".")
        fact = self.facts.get(name)
        return fact.fields.get(inner) if fact and inner else fact


__all__ = ["FILE", "VERSION", "Fact", "FactsDefinition", "Path"]
