"""A sheet: one form filled from one case's records, in one language, ready for any output.

A sheet is plain frozen data. It holds what may be seen and nothing else: what is withheld has left
before any template runs. What a person's file says stands in no ``repr``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tipcase.errors import NotFoundError
from tipcase.forms.definition import Box, Form, Line, Slot
from tipcase.forms.fields import Field
from tipcase.forms.language import Label, Language
from tipcase.forms.text import clean
from tipcase.forms.values import Value, age, is_unknown, lookup, table, value

if TYPE_CHECKING:
    from tipcase.law.dossier import Dossier, Record


@dataclass(frozen=True)
class Row:
    """A printed line: its number, its words, what it holds, and whether a gap matters.

    ``mark`` is set on a required line without a value.
    """

    number: str
    label: Label
    value: Value
    mark: bool
    provisions: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A printed section; ``withheld`` says that lines of it were left out."""

    number: str
    title: Label
    rows: tuple[Row, ...]
    withheld: bool


@dataclass(frozen=True, repr=False)
class Squares:
    """A row of squares with a character in each; an empty one is for a pen."""

    label: Label
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Signature:
    """A place to sign."""

    label: Label
    by: str


@dataclass(frozen=True)
class Sheet:
    """One filled form.

    ``missing`` names the required fields it leaves blank; ``newer`` the latest record of the kind
    the form is about, where an older one, or none, is on the sheet.
    """

    code: str
    title: Label
    version: str
    phase: Label
    case: str
    casebook: str
    record: str | None
    squares: tuple[Squares, ...]
    parts: tuple[Part, ...]
    signatures: tuple[Signature, ...]
    missing: tuple[str, ...]
    withheld: bool
    newer: str | None


@dataclass(frozen=True)
class Choices:
    """What the person who prints decided; ``as_of`` is the form's date, ``YYYY-MM-DD``."""

    as_of: str
    casebook: str
    record: str | None = None
    include_restricted: bool = False
    signatures: Collection[str] = ()


def fill(
    form: Form, dossier: Dossier, language: Language, choices: Choices, phase: Label = ()
) -> Sheet:
    """Fill a form from a case's records.

    Raises NotFoundError when ``choices.record`` names no record of the form's kind.
    """
    filler = _Filler(form, dossier, language, choices)
    parts = filler.parts()
    return Sheet(
        form.code,
        language.label(form.title),
        language.number(form.version),
        phase,
        clean(dossier.case),
        clean(choices.casebook),
        filler.name,
        tuple(filler.squares(box) for box in form.boxes),
        parts,
        tuple(_signature(slot, language) for slot in form.signatures if _on(slot, choices)),
        tuple(dict.fromkeys(filler.missing)),
        any(part.withheld for part in parts),
        filler.newer,
    )


class _Filler:
    """The state of one filling: which records are shown, and what was found missing."""

    def __init__(self, form: Form, dossier: Dossier, language: Language, choices: Choices) -> None:
        self._form = form
        self._dossier = dossier
        self._language = language
        self._choices = choices
        self._line = 0
        self.missing: list[str] = []
        self._about = _about(form, dossier, choices.record)
        self.name = None if self._about is None else self._about.name
        self.newer = _newer(form, dossier, self._about)

    def parts(self) -> tuple[Part, ...]:
        """The form's sections, without lines that are not to be seen."""
        return tuple(
            Part(
                self._language.number(str(number)),
                self._language.label(section.title),
                tuple(self._row(line) for line in section.lines if not self._shut(line.restricted)),
                any(self._shut(line.holds_restricted) for line in section.lines),
            )
            for number, section in enumerate(self._form.sections, 1)
        )

    def squares(self, box: Box) -> Squares:
        """A box of the head; a value too long for its squares gets as many as it needs."""
        text, cells = self._choices.as_of, box.cells
        if box.what == "date":
            text = self._language.number("".join(reversed(text.split("-"))))
        elif box.what == "case":
            text = clean(self._dossier.case)
        elif box.field is not None:
            found = None if self._shut(box.field.restricted) else self._find(box.field)
            text = clean(found) if isinstance(found, str) else ""
        return Squares(self._language.label(box.label), tuple(text.ljust(cells)))

    def _row(self, line: Line) -> Row:
        language = self._language
        if line.say:
            return Row("", (), Value("say", words=language.label(line.say)), False, line.provisions)
        self._line += 1
        number = language.number(str(self._line))
        if line.log:
            shown, mark = self._log(line), False
        elif line.field is None:
            shown, mark = Value("blank", wide=line.space > 1, lines=line.space), False
        else:
            shown = self._value(line)
            mark = line.required and not shown.filled
            if mark:
                self.missing.append(f"{line.field.record}.{line.field.path}")
        return Row(number, language.label(line.write or line.label), shown, mark, line.provisions)

    def _value(self, line: Line) -> Value:
        assert line.field is not None
        found = self._find(line.field)
        if line.show == "age":
            return age(found, self._choices.as_of, self._language)
        return value(
            line.field,
            found,
            self._language,
            show=line.show,
            columns=line.columns,
            withheld=not self._choices.include_restricted,
        )

    def _find(self, field: Field) -> Any:
        record = self._record(field.record)
        return None if record is None else lookup(record.data, field.path)

    def _log(self, line: Line) -> Value:
        """A table with one row a record, in order of happening."""
        columns = [column for column in line.columns if not self._shut(column.restricted)]
        rows = [
            (_happened(record), self._cells(line, kind, columns, record))
            for kind in line.log
            if not self._shut(kind.restricted)
            for record in self._dossier.all(kind.record)
            if not line.only_with or lookup(record.data, line.only_with) is not None
        ]
        rows.sort(key=lambda row: row[0])
        labels = [self._language.label(column.label) for column in columns]
        return table(labels, [cells for _, cells in rows])

    def _cells(
        self, line: Line, kind: Field, columns: Sequence[Field], record: Record
    ) -> tuple[Value, ...]:
        """One row; an unknown that covers several columns is said once, in the first of them."""
        within = line.only_with + "."
        covered = bool(line.only_with) and is_unknown(lookup(record.data, line.only_with))
        cells, told = [], False
        for column in columns:
            under = covered and column.path.startswith(within)
            cells.append(Value("text") if under and told else self._cell(kind, column, record))
            told = told or under
        return tuple(cells)

    def _cell(self, kind: Field, column: Field, record: Record) -> Value:
        field = kind.at(column.path)
        if field is None or self._shut(field.restricted):
            return Value("blank", filled=False)
        withheld = not self._choices.include_restricted
        found = lookup(record.data, field.path)
        return value(field, found, self._language, short=True, withheld=withheld)

    def _record(self, name: str) -> Record | None:
        """The record of a type that the sheet shows: the one it is about, else the latest."""
        return self._about if name == self._form.about else self._dossier.single(name)

    def _shut(self, restricted: bool) -> bool:
        return restricted and not self._choices.include_restricted


def _about(form: Form, dossier: Dossier, asked: str | None) -> Record | None:
    if form.about is None:
        return None
    records = dossier.all(form.about)
    if asked is None:
        # Records that say another kind have a form of their own; one that says none suits any.
        fit = [record for record in records if form.prefer is None or _suits(record, *form.prefer)]
        return fit[-1] if fit else None
    tag = asked.removeprefix(f"{form.about}/")
    for record in records:
        if tag in (record.tag, form.about):
            return record
    raise NotFoundError(
        f"the case has no such {form.about} record", "tipcase status CASE lists them"
    )


def _newer(form: Form, dossier: Dossier, shown: Record | None) -> str | None:
    """The latest record that could have been shown, if it happened after the one that is."""
    records = dossier.all(form.about) if form.about is not None else ()
    latest = max(records, key=_happened, default=None)
    if latest is None or (shown is not None and _happened(latest) <= _happened(shown)):
        return None
    return latest.name


def _suits(record: Record, field: str, wanted: str) -> bool:
    found = lookup(record.data, field)
    return found == wanted or not isinstance(found, str)


def _happened(record: Record) -> str:
    happened = record.data.get("happened_on")
    return "" if is_unknown(happened) else str(happened or "")


def _on(slot: Slot, choices: Choices) -> bool:
    return slot.default or slot.name in choices.signatures


def _signature(slot: Slot, language: Language) -> Signature:
    return Signature(language.label(slot.label), slot.by)
