"""The forms of an edition: what ``forms.yaml`` says, checked against the record types.

A form is data: title, phase, boxes, sections of lines, signature slots. A line is one of
- a field: ``field: profile.full_name`` (words and ticks come from the schema);
- a log: ``log: [follow-up, assessment]`` with ``columns``, one row a record;
- a sentence that is only printed: ``say: {en, km}``;
- a place to write by hand: ``write: {en, km}`` with ``space``, the number of ruled lines.
Nothing in this package knows a form by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tipcase.errors import DamagedError
from tipcase.forms.fields import Field, Words

SHOWS = frozenset({"auto", "line", "age"})
_FORM_KEYS = {
    "title", "version", "phase", "about", "prefer", "boxes", "sections", "signatures",
    "provisions",
}  # fmt: skip
_LINE_KEYS = {
    "field", "log", "say", "write", "columns", "with", "label", "show", "required", "provisions",
    "space",
}  # fmt: skip


class FormsError(DamagedError):
    """A line of ``forms.yaml`` that does not fit the edition's record types."""


@dataclass(frozen=True)
class Line:
    """One line of a form: exactly one of ``field``, ``log``, ``say`` and ``write`` is there.

    ``log`` are the record types of a log; its ``columns`` are fields of the first one, and the
    fields of the same paths in the others.
    """

    field: Field | None
    log: tuple[Field, ...]
    columns: tuple[Field, ...]
    only_with: str
    say: Words
    write: Words
    label: Words
    show: str
    required: bool
    provisions: tuple[str, ...]
    space: int

    @property
    def restricted(self) -> bool:
        """Whether all of the line is shown only when asked for by name."""
        if self.field is not None:
            return self.field.restricted
        return bool(self.log) and all(kind.restricted for kind in self.log)

    @property
    def holds_restricted(self) -> bool:
        """Whether something of the line is shown only when asked for by name."""
        if self.field is not None and not self.columns:
            return self.field.holds_restricted
        shown = [kind.at(column.path) for kind in self.log for column in self.columns]
        return any(f is not None and f.holds_restricted for f in [*shown, *self.columns])


@dataclass(frozen=True)
class Section:
    """A titled run of lines."""

    title: Words
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Box:
    """A row of squares in the head: the form's date, the case's id, or a field's characters."""

    what: str
    label: Words
    field: Field | None
    cells: int


@dataclass(frozen=True)
class Slot:
    """A place to sign: signature, signature or thumbprint, or signature and stamp."""

    name: str
    label: Words
    by: str
    default: bool


@dataclass(frozen=True)
class Form:
    """One form as data.

    ``about`` is the repeating record type of which one record is a sheet; ``prefer`` is a field of
    it and the value that a record has for which this form was made.
    """

    code: str
    title: Words
    version: str
    phase: str | None
    about: str | None
    prefer: tuple[str, str] | None
    boxes: tuple[Box, ...]
    sections: tuple[Section, ...]
    signatures: tuple[Slot, ...]


def form(code: str, data: Mapping[str, Any], record: Callable[[str], Field]) -> Form:
    """Read one form's data.

    ``record`` gives a record type's fields by name, raising LookupError for an unknown type.
    Raises FormsError, naming the form and the line, where the data fits no schema.
    """
    where = f"forms.yaml, form {code}"
    _keys(data, _FORM_KEYS, where)
    about = data.get("about")
    prefer = _prefer(data, record, where)
    sections = tuple(
        Section(
            entry["title"],
            tuple(
                _line(line, record, f"{where}, section {number}, line {place}")
                for place, line in enumerate(entry.get("lines", ()), 1)
            ),
        )
        for number, entry in enumerate(data.get("sections", ()), 1)
    )
    return Form(
        code,
        data["title"],
        str(data.get("version", "1")),
        data.get("phase"),
        about,
        prefer,
        tuple(_box(box, record, f"{where}, boxes") for box in data.get("boxes", ())),
        sections,
        tuple(_slot(slot, where) for slot in data.get("signatures", ())),
    )


def _prefer(
    data: Mapping[str, Any], record: Callable[[str], Field], where: str
) -> tuple[str, str] | None:
    """Check the record type a form is about, and read which of its records suit the form."""
    if "about" not in data:
        return None
    holder = _record(data["about"], record, f"{where}, about")
    prefer = data.get("prefer")
    if prefer is None:
        return None
    _keys(prefer, {"field", "value"}, f"{where}, prefer")
    if prefer["value"] not in _at(holder, prefer["field"], f"{where}, prefer").values:
        raise FormsError(f"{where}, prefer: the field has no such value")
    return prefer["field"], prefer["value"]


def _line(data: Mapping[str, Any], record: Callable[[str], Field], where: str) -> Line:
    _keys(data, _LINE_KEYS, where)
    if sum(key in data for key in ("field", "log", "say", "write")) != 1:
        raise FormsError(f"{where}: needs one of field, log, say and write")
    show = data.get("show", "auto")
    if show not in SHOWS:
        raise FormsError(f"{where}: cannot show a line in this way", f"one of {sorted(SHOWS)}")
    log = tuple(_record(name, record, where) for name in data.get("log", ()))
    field = _path(data["field"], record, where) if "field" in data else None
    holder = field if field is not None else log[0] if log else None
    columns = tuple(_at(holder, path, where) for path in data.get("columns", ()) if holder)
    only_with = data.get("with", "")
    if only_with and holder is not None:
        _at(holder, only_with, where)
    own = field.provisions if field is not None else ()
    return Line(
        field,
        log,
        columns,
        only_with,
        data.get("say", {}),
        data.get("write", {}),
        data.get("label") or (field.label if field is not None else {}),
        show,
        bool(data.get("required", False)) or (field is not None and field.required),
        tuple(data.get("provisions", own)),
        int(data.get("space", 1)),
    )


def _box(data: Mapping[str, Any], record: Callable[[str], Field], where: str) -> Box:
    _keys(data, {"what", "field", "cells", "label"}, where)
    field = _path(data["field"], record, where) if "field" in data else None
    what = data.get("what", "field" if field is not None else "")
    if what not in ("date", "case", "field"):
        raise FormsError(f"{where}: a box shows the date, the case or a field")
    label = data.get("label") or (field.label if field is not None else {})
    return Box(what, label, field, int(data.get("cells", 8)))


def _slot(data: Mapping[str, Any], where: str) -> Slot:
    _keys(data, {"slot", "label", "by", "default", "provisions"}, f"{where}, signatures")
    by = data.get("by", "signature")
    if by not in ("signature", "thumbprint", "stamp"):
        raise FormsError(f"{where}: signed by signature, thumbprint or stamp")
    return Slot(data["slot"], data["label"], by, bool(data.get("default", True)))


def _path(text: str, record: Callable[[str], Field], where: str) -> Field:
    name, _, path = text.partition(".")
    return _at(_record(name, record, where), path, where)


def _record(name: str, record: Callable[[str], Field], where: str) -> Field:
    try:
        return record(name)
    except LookupError:
        raise FormsError(f"{where}: no record type {name}") from None


def _at(holder: Field, path: str, where: str) -> Field:
    found = holder.at(path) if path else None
    if found is None:
        raise FormsError(f"{where}: {holder.record} has no field {path}")
    return found


def _keys(data: Mapping[str, Any], allowed: set[str], where: str) -> None:
    extra = sorted(set(data) - allowed)
    if extra:
        raise FormsError(f"{where}: unknown key {extra[0]}")
