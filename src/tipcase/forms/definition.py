"""The forms of an edition: what ``forms.yaml`` says, checked against the record types.

A form is data: title, phase, boxes, sections of lines, signature slots. A line is one of
- a field: ``field: profile.full_name`` (words and ticks come from the schema);
- a log: ``log: [follow-up, assessment]`` with ``columns``, one row a record;
- a picture: ``photo: profile`` with ``width`` and ``height`` in millimetres;
- a sentence that is only printed: ``say: {en, km}``;
- a place to write by hand: ``write: {en, km}`` with ``space``, the number of ruled lines.
``information`` says what a line gives away (on a section: each of its lines), which counts where
the form leaves the office. Nothing in this package knows a form by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tipcase.forms import conditions
from tipcase.forms.fields import Field, Words
from tipcase.forms.fields import FormsError as FormsError

SHOWS = frozenset({"auto", "line", "age"})
_FORM_KEYS = {
    "title", "version", "phase", "about", "prefer", "boxes", "sections", "signatures",
    "provisions", "like", "leaves", "plain", "stages",
}  # fmt: skip
_LINE_KEYS = {
    "field", "log", "photo", "say", "write", "columns", "with", "label", "show", "required",
    "provisions", "space", "information", "width", "height", "others", "rows",
}  # fmt: skip
_KINDS_OF_LINE = ("field", "log", "photo", "say", "write")
# A day, month and year without dashes; K7Q2-M9TX; a village's code.
_CELLS = {"date": 8, "case": 9, "field": 8}
# A passport picture as offices glue it on, in millimetres.
_FRAME = (35, 45)
# No picture is larger than what A4 leaves within its margins.
_LARGEST_FRAME = (170, 250)


@dataclass(frozen=True)
class Line:
    """One line of a form: exactly one of ``field``, ``log``, ``photo``, ``say`` and ``write``.

    ``log`` are the record types of a log; its ``columns`` are fields of the first one, and the
    fields of the same paths in the others. ``photo`` is the record type that holds the picture,
    ``frame`` its width and height in millimetres. ``information`` is the kind of information that
    the line gives away, empty where it gives none. ``others`` is a log without the sheet's record,
    ``rows`` what must hold of a record that is a row of it.
    """

    field: Field | None
    log: tuple[Field, ...]
    photo: Field | None
    columns: tuple[Field, ...]
    only_with: str
    say: Words
    write: Words
    label: Words
    show: str
    required: bool
    provisions: tuple[str, ...]
    space: int
    information: str
    frame: tuple[int, int]
    others: bool
    rows: tuple[conditions.Condition, ...]

    @cached_property
    def restricted(self) -> bool:
        """Whether all of the line is shown only when asked for by name."""
        one = self.field or self.photo
        if one is not None:
            return one.restricted
        return bool(self.log) and all(kind.restricted for kind in self.log)

    @cached_property
    def holds_restricted(self) -> bool:
        """Whether something of the line is shown only when asked for by name."""
        if self.photo is not None:
            return self.photo.restricted
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
    information: str


@dataclass(frozen=True)
class Slot:
    """A place to sign: signature, signature or thumbprint, or signature and stamp.

    ``consent`` is the subject of a consent without which the slot is not there.
    """

    name: str
    label: Words
    by: str
    default: bool
    consent: str


@dataclass(frozen=True)
class Form:
    """One form as data.

    ``about`` is the repeating record type of which one record is a sheet; ``prefer`` is a field of
    it and the value that a record has for which this form was made. ``leaves`` says that the sheet
    leaves the office, ``receiver`` which field names who gets it; ``plain`` that the sheet gives
    nothing away to whoever sees it lying about. ``stages`` are the record types of which one must
    exist before the form is worth printing.
    """

    code: str
    title: Words
    version: str
    phase: str | None
    about: str | None
    prefer: tuple[str, tuple[str, ...], bool] | None
    boxes: tuple[Box, ...]
    sections: tuple[Section, ...]
    signatures: tuple[Slot, ...]
    leaves: bool
    receiver: Field | None
    plain: bool
    stages: tuple[str, ...]


@dataclass(frozen=True)
class Shared:
    """What the forms of an edition have in common.

    ``slots`` are signature slots by name, ``boxes`` the words of the date's and the case's boxes;
    ``kinds`` are the kinds of information that a consent may name, ``subjects`` what it may be
    about: both empty where the edition says nothing of consents.
    """

    slots: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    boxes: Mapping[str, Words] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()


def form(
    code: str, data: Mapping[str, Any], record: Callable[[str], Field], shared: Shared
) -> Form:
    """Read one form's data; a key whose value is null counts as not there.

    ``record`` gives a record type's fields by name, raising LookupError for an unknown type.
    Raises FormsError, naming the form and the line, where the data fits no schema.
    """
    data = {key: value for key, value in data.items() if value is not None}
    where = f"forms.yaml, form {code}"
    _keys(data, _FORM_KEYS, where)
    receiver = None
    if "leaves" in data:
        _keys(data["leaves"], {"receiver"}, f"{where}, leaves")
        if "receiver" in data["leaves"]:
            receiver = _path(data["leaves"]["receiver"], record, f"{where}, leaves")
    for name in data.get("stages", ()):
        _record(name, record, f"{where}, stages")
    return Form(
        code,
        data["title"],
        str(data.get("version", "1")),
        data.get("phase"),
        data.get("about"),
        _prefer(data, record, where),
        tuple(_box(box, record, shared, f"{where}, boxes") for box in data.get("boxes", ())),
        tuple(
            _section(entry, record, shared, f"{where}, section {number}")
            for number, entry in enumerate(data.get("sections", ()), 1)
        ),
        tuple(_slot(slot, shared, f"{where}, signatures") for slot in data.get("signatures", ())),
        "leaves" in data,
        receiver,
        bool(data.get("plain", False)),
        tuple(data.get("stages", ())),
    )


def _section(
    data: Mapping[str, Any], record: Callable[[str], Field], shared: Shared, where: str
) -> Section:
    _keys(data, {"title", "lines", "information", "provisions"}, where)
    lines = [
        {"information": data["information"], **line} if "information" in data else line
        for line in data.get("lines", ())
    ]
    return Section(
        data["title"],
        tuple(
            _line(line, record, shared, f"{where}, line {place}")
            for place, line in enumerate(lines, 1)
        ),
    )


def _prefer(
    data: Mapping[str, Any], record: Callable[[str], Field], where: str
) -> tuple[str, tuple[str, ...], bool] | None:
    """Check the record type a form is about, and read which of its records suit the form."""
    if "about" not in data:
        return None
    holder = _record(data["about"], record, f"{where}, about")
    prefer = data.get("prefer")
    if prefer is None:
        return None
    _keys(prefer, {"field", "value", "apart"}, f"{where}, prefer")
    wanted = (prefer["value"],) if isinstance(prefer["value"], str) else tuple(prefer["value"])
    if not set(wanted) <= set(_at(holder, prefer["field"], f"{where}, prefer").values):
        raise FormsError(f"{where}, prefer: the field has no such value")
    return prefer["field"], wanted, bool(prefer.get("apart", False))


def _line(
    data: Mapping[str, Any], record: Callable[[str], Field], shared: Shared, where: str
) -> Line:
    _keys(data, _LINE_KEYS, where)
    if sum(key in data for key in _KINDS_OF_LINE) != 1:
        raise FormsError(f"{where}: needs one of field, log, photo, say and write")
    show = data.get("show", "auto")
    if show not in SHOWS:
        raise FormsError(f"{where}: cannot show a line in this way", f"one of {sorted(SHOWS)}")
    log = tuple(_record(name, record, where) for name in data.get("log", ()))
    photo = _record(data["photo"], record, where) if "photo" in data else None
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
        photo,
        columns,
        only_with,
        data.get("say", {}),
        data.get("write", {}),
        data.get("label") or (field.label if field is not None else {}),
        show,
        bool(data.get("required", field is not None and field.required)),
        tuple(data.get("provisions", own)),
        int(data.get("space", 1)),
        _information(data, shared, where),
        _frame(data, where),
        bool(data.get("others", False)),
        conditions.read(data.get("rows") or {}, log, where),
    )


def _information(data: Mapping[str, Any], shared: Shared, where: str) -> str:
    kind = data.get("information") or ""
    if kind and kind not in shared.kinds:
        raise FormsError(
            f"{where}: no such kind of information", f"one of {', '.join(sorted(shared.kinds))}"
        )
    return str(kind)


def _frame(data: Mapping[str, Any], where: str) -> tuple[int, int]:
    width, height = data.get("width", _FRAME[0]), data.get("height", _FRAME[1])
    fits = all(
        type(side) is int and 0 < side <= most
        for side, most in zip((width, height), _LARGEST_FRAME, strict=True)
    )
    if not fits:
        raise FormsError(
            f"{where}: a picture has no such size", "whole millimetres, up to 170 × 250"
        )
    return width, height


def _box(
    data: Mapping[str, Any] | str, record: Callable[[str], Field], shared: Shared, where: str
) -> Box:
    """A box as its data say; ``date`` and ``case`` alone are the usual ones."""
    data = {"what": data} if isinstance(data, str) else data
    _keys(data, {"what", "field", "cells", "label", "information"}, where)
    field = _path(data["field"], record, where) if "field" in data else None
    what = data.get("what", "field" if field is not None else "")
    if what not in _CELLS or (what == "field") != (field is not None):
        raise FormsError(f"{where}: a box shows the date, the case or a field")
    label = data.get("label") or (field.label if field is not None else shared.boxes.get(what, {}))
    kind = _information(data, shared, where)
    return Box(what, label, field, int(data.get("cells", _CELLS[what])), kind)


def _slot(data: Mapping[str, Any] | str, shared: Shared, where: str) -> Slot:
    """A slot as it was declared once, with what the form says of it laid over."""
    data = {"slot": data} if isinstance(data, str) else data
    _keys(data, {"slot", "label", "by", "default", "consent", "provisions"}, where)
    declared = shared.slots.get(data["slot"], {})
    _keys(declared, {"label", "by", "default", "consent"}, "forms.yaml, slots")
    whole = {"by": "signature", "default": True, "consent": "", **declared, **data}
    if whole["by"] not in ("signature", "thumbprint", "stamp"):
        raise FormsError(f"{where}: signed by signature, thumbprint or stamp")
    if "label" not in whole:
        raise FormsError(f"{where}: no slot {data['slot']} is declared", "declare it under slots")
    if whole["consent"] and whole["consent"] not in shared.subjects:
        raise FormsError(f"{where}: no consent is about {whole['consent']}")
    return Slot(
        data["slot"], whole["label"], whole["by"], bool(whole["default"]), whole["consent"] or ""
    )


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
