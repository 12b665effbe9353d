"""What a form needs to know of a field: its words, its kind, what it may hold.

Made from the record type's own list of fields (``law``), as a tree: a list of objects and an
object hold their fields, so that a table can choose its columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tipcase.errors import DamagedError

if TYPE_CHECKING:
    from tipcase.law.edition import RecordType
    from tipcase.law.findings import Text
    from tipcase.law.schema import Field as LawField

Words = Mapping[str, str]

# An item's id ties two versions of a list together; it says nothing to a reader.
_SILENT = frozenset({"item-id"})
_PLAIN_KINDS = frozenset({"text", "line", "date", "yes-no", "phone", "place", "country", "count"})


class FormsError(DamagedError):
    """A line of ``forms.yaml`` that does not fit the edition's record types."""


@dataclass(frozen=True)
class Field:
    """One field of a record type, or of the items of a list.

    ``kind`` is one of text, line, date, yes-no, phone, place, country, count, choice, choices,
    list, table, group. ``path`` is dotted; a step into a list's items looks like any other.
    ``inner`` holds the fields of a group or of a table's items.
    """

    record: str
    path: str
    label: Words
    kind: str
    provisions: tuple[str, ...]
    restricted: bool
    required: bool
    values: Mapping[str, Words]
    inner: tuple[Field, ...]

    @cached_property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.rpartition(".")[2]

    @cached_property
    def holds_restricted(self) -> bool:
        """Whether the field, or one inside it, is shown only when asked for by name."""
        return self.restricted or any(field.holds_restricted for field in self.inner)

    def at(self, path: str) -> Field | None:
        """The field inside this one that the dotted path names; None if there is none."""
        head, _, rest = path.partition(".")
        found = next((field for field in self.inner if field.name == head), None)
        return found.at(rest) if found is not None and rest else found


def words(text: Text) -> Words:
    """A text of the law as words by language, without the languages it lacks."""
    return {lang: said for lang, said in (("km", text.km), ("en", text.en)) if said}


def of_record(kind: RecordType) -> Field:
    """A record type as a group of its fields, in the schema's order."""
    within: dict[str, list[LawField]] = {}
    for field in kind.fields:
        if field.kind not in _SILENT:
            within.setdefault(field.path.rpartition(".")[0], []).append(field)
    inner = _inner(kind.name, "", within)
    label = words(kind.label)
    return Field(kind.name, "", label, "group", (), kind.restricted, True, {}, inner)


def _inner(record: str, above: str, within: Mapping[str, Sequence[LawField]]) -> tuple[Field, ...]:
    """The fields directly inside the one at a path; the items of a list stand at ``path[]``."""
    return tuple(_field(record, field, within) for field in within.get(above, ()))


def _field(record: str, field: LawField, within: Mapping[str, Sequence[LawField]]) -> Field:
    parts = _inner(record, field.path, within)
    items = _inner(record, field.path + "[]", within)
    if items or parts:
        kind = "table" if items else "group"
    elif field.values:
        kind = "choices" if field.kind == "list" else "choice"
    elif field.kind in _PLAIN_KINDS or field.kind == "list":
        kind = field.kind
    else:
        kind = {"number": "count", "string": "text"}.get(field.kind, "line")
    return Field(
        record,
        field.path.replace("[]", ""),
        words(field.label),
        kind,
        field.provisions,
        field.restricted,
        field.required,
        {value: words(label) for value, label in field.values.items()},
        items or parts,
    )
