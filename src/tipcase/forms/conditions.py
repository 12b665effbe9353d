"""What a form says of the records that are rows of a log: values a field must hold, or must not.

``rows: {health_kinds: {any: [medical], none: [hiv]}}`` in ``forms.yaml``. What nobody wrote, and an
honest unknown, hold no value: they are none of them, and never one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tipcase.forms import disputes
from tipcase.forms.fields import Field, FormsError
from tipcase.forms.values import lookup

if TYPE_CHECKING:
    from tipcase.law.dossier import Record


@dataclass(frozen=True)
class Condition:
    """A field of a record, the values of which it must hold one, and those it must not hold.

    An empty ``one_of`` asks for nothing.
    """

    path: str
    one_of: frozenset[str]
    none_of: frozenset[str]

    def holds(self, record: Record, *, surely: bool) -> bool:
        """Whether a record meets it; ``surely``: not while its field is in an open conflict."""
        if surely and disputes.of(record, self.path):
            return False
        found = lookup(record.data, self.path)
        held = {one for one in (found if isinstance(found, list) else [found]) if _is_value(one)}
        return not held & self.none_of and (not self.one_of or bool(held & self.one_of))


def read(data: Mapping[str, Any], kinds: Sequence[Field], where: str) -> tuple[Condition, ...]:
    """The conditions on the rows of a log of some record types.

    Raises FormsError where a type lacks the field, or the field lacks a value.
    """
    return tuple(_read(path, said, kinds, where) for path, said in data.items())


def _read(path: str, said: Any, kinds: Sequence[Field], where: str) -> Condition:
    if not isinstance(said, Mapping) or not said or set(said) - {"any", "none"} or not kinds:
        raise FormsError(f"{where}: rows of a log are chosen by any or none of a field's values")
    one_of, none_of = frozenset(said.get("any") or ()), frozenset(said.get("none") or ())
    for kind in kinds:
        field = kind.at(path)
        if field is None:
            raise FormsError(f"{where}: {kind.record} has no field {path}")
        if not one_of | none_of <= set(field.values):
            raise FormsError(f"{where}: {kind.record}.{path} has no such value")
    return Condition(path, one_of, none_of)


def _is_value(found: Any) -> bool:
    return isinstance(found, str)
