"""What an expression may name: the static shape of every fact, from the schemas.

A rule that asks for a field or an enum value that does not exist would rest silently for ever; so
names, fields and compared values are checked when the edition is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tipcase.law.schema import plain_branch
from tipcase.law.source import mapping

CASE_STATES = ("open", "closed")
STATES = ("not-started", "open", "complete", "not-applicable", "done-elsewhere")
_KINDS = {
    "object": "object",
    "array": "list",
    "boolean": "truth",
    "integer": "number",
    "number": "number",
    "string": "text",
}


@dataclass(frozen=True, eq=False)
class Shape:
    """The kind of a value (object, list, truth, number, date, text, any) and what is inside it.

    ``values`` are the permitted texts of an enum. ``repeating`` marks the list of a record type,
    which is always there, if empty.
    """

    kind: str
    values: tuple[str, ...] = ()
    children: Mapping[str, Shape] = field(default_factory=dict)
    node: Mapping[str, Any] = field(default_factory=dict)
    defs: Mapping[str, Any] = field(default_factory=dict)
    element: Shape | None = None
    repeating: bool = False
    _seen: dict[str, Shape] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, node: Mapping[str, Any], defs: Mapping[str, Any]) -> Shape:
        """The shape of what the loaded schema ``node`` permits, honest unknowns aside."""
        plain = plain_branch(node, defs)
        options = plain.get("enum")
        if isinstance(options, list) and all(isinstance(option, str) for option in options):
            return cls("text", values=tuple(options))
        kind = _KINDS.get(str(plain.get("type")), "any")
        if plain.get("format") == "partial-date":
            kind = "date"
        if kind == "any" and "properties" in plain:
            kind = "object"
        return cls(kind, node=plain, defs=defs)

    def names(self) -> tuple[str, ...]:
        """The keys that a value of this shape may have."""
        return tuple(self.children) or tuple(mapping(self.node.get("properties")))

    def child(self, name: str) -> Shape | None:
        """The shape of the key ``name``, ``None`` if there is no such key."""
        if self.kind == "any":
            return ANY
        if name in self.children:
            return self.children[name]
        if name not in self._seen:
            found = mapping(self.node.get("properties")).get(name)
            if found is None:
                return None
            self._seen[name] = Shape.of(found, self.defs)
        return self._seen[name]

    def item(self) -> Shape:
        """The shape of a list's items."""
        if self.element is not None:
            return self.element
        items = self.node.get("items")
        return Shape.of(items, self.defs) if isinstance(items, dict) else ANY


ANY = Shape("any")
TRUTH = Shape("truth")
NUMBER = Shape("number")
DATE = Shape("date")
TEXT = Shape("text")


def snake(name: str) -> str:
    """A record type's name as an expression writes it: ``follow_up`` for ``follow-up``."""
    return name.replace("-", "_")


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The names that expressions of one edition may use.

    ``shape_of`` and ``repeats`` are asked only for record types that are named, so that a command
    that needs one type does not read all.
    """

    record_types: tuple[str, ...]
    repeats: Callable[[str], bool]
    shape_of: Callable[[str], Shape]
    stages: tuple[str, ...]
    phases: tuple[str, ...]
    more: Mapping[str, Shape] = field(default_factory=dict)
    """What these expressions may name besides: the thresholds, where a closing is judged."""
    expressions: dict[tuple[str, str | None], Any] = field(default_factory=dict, repr=False)
    """What was compiled with these names already, by its text and the type that it is about."""

    @cached_property
    def _types(self) -> dict[str, str]:
        return {snake(name): name for name in self.record_types}

    @cached_property
    def _fixed(self) -> dict[str, Shape]:
        states = {stage: Shape("text", values=STATES) for stage in self.stages}
        case = {
            "opened": DATE,
            "stage": Shape("text", values=self.stages),
            "phase": Shape("text", values=self.phases),
            "state": Shape("text", values=CASE_STATES),
        }
        return {
            "today": DATE,
            "states": Shape("object", children=states),
            "case": Shape("object", children=case),
            **self.more,
        }

    def names(self, each: str | None) -> tuple[str, ...]:
        """Every name, ``this`` included where a rule looks at each record of a type."""
        return (*self._types, *self._fixed, *(("this",) if each else ()))

    def shape(self, name: str, each: str | None) -> Shape | None:
        """The shape of ``name``, ``None`` if nothing is called so."""
        if name in self._fixed:
            return self._fixed[name]
        if name == "this" and each:
            return self.shape_of(each)
        if name not in self._types:
            return None
        one = self.shape_of(self._types[name])
        if self.repeats(self._types[name]):
            return Shape("list", element=one, repeating=True)
        return one
