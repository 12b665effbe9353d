"""Filling a form: what each line shows of a case, and what it leaves out.

Three things keep a line, or a part of it, off a sheet: it is restricted and was not asked for by
name; the sheet leaves the office and no consent covers what the line gives away; a picture that
nobody agreed to. A form filled from no case is a blank one: everything is there, for a pen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tipcase.errors import TipcaseError
from tipcase.forms import choosing, disputes
from tipcase.forms.agreed import Agreed
from tipcase.forms.definition import Box, Form, Line, Section, Slot
from tipcase.forms.fields import Field
from tipcase.forms.language import Label, Language
from tipcase.forms.sheet import Choices, Part, Row, Sheet, Signature, Squares
from tipcase.forms.text import clean
from tipcase.forms.values import Value, age, is_unknown, lookup, table, unexplained, value

if TYPE_CHECKING:
    from tipcase.forms.sharing import Sharing
    from tipcase.law.dossier import Dossier, Record


def fill(
    form: Form,
    dossier: Dossier | None,
    language: Language,
    choices: Choices,
    *,
    phase: Label = (),
    sharing: Sharing | None = None,
) -> Sheet:
    """Fill a form from a case's records, or make a blank one from none.

    ``sharing`` says how consents are read; without it nothing that gives anything away leaves.
    Raises NotFoundError when ``choices.record`` names no record of the form's kind.
    """
    filler = _Filler(form, dossier, language, choices, sharing)
    parts = tuple(filler.parts())
    return Sheet(
        form.code,
        language.label(form.title),
        language.number(form.version),
        () if form.plain else phase,
        "" if dossier is None else clean(dossier.case),
        "" if form.plain else clean(choices.casebook),
        None if filler.about is None else filler.about.name,
        tuple(filler.squares(box) for box in form.boxes),
        parts,
        tuple(_signature(slot, language) for slot in form.signatures if filler.signs(slot)),
        language.codes,
        form.plain,
        form.leaves,
        choices.official,
        dossier is None,
        tuple(dict.fromkeys(filler.missing)),
        any(part.withheld for part in parts),
        tuple(sorted(filler.unconsented)),
        tuple(dict.fromkeys(filler.disputed)),
        tuple(dict.fromkeys(filler.unshown)),
        filler.newer,
    )


class _Filler:
    """The state of one filling: which records are shown, and what was found on the way."""

    def __init__(
        self,
        form: Form,
        dossier: Dossier | None,
        language: Language,
        choices: Choices,
        sharing: Sharing | None,
    ) -> None:
        self._form = form
        self._dossier = dossier
        self._language = language
        self._choices = choices
        self._sharing = sharing
        self._agreed = Agreed(form, dossier, choices, sharing)
        self._open = choices.include_restricted or dossier is None
        # Most cases have none, and then no line is asked.
        self._conflicts = dossier is not None and any(r.disputed for r in dossier.records)
        self._line = 0
        self.missing: list[str] = []
        self.disputed: list[str] = []
        self.unshown: list[str] = []
        self.unconsented: set[str] = set()
        self.about = choosing.about(form, dossier, choices.record)
        self.newer = choosing.newer(form, dossier, self.about)

    def parts(self) -> Iterator[Part]:
        """The form's sections, without lines that are not to be seen."""
        for number, section in enumerate(self._form.sections, 1):
            rows = tuple(self._row(line) for line in section.lines if self._seen(line))
            yield Part(
                self._language.number(str(number)),
                self._language.label(section.title),
                rows,
                any(self._withholds(line) for line in section.lines),
                self._lacks_consent(section),
            )

    def squares(self, box: Box) -> Squares:
        """A box of the head; a value too long for its squares gets as many as it needs."""
        text, cells = "", box.cells
        if self._dossier is not None:
            if box.what == "date":
                text = self._language.number("".join(reversed(self._choices.as_of.split("-"))))
            elif box.what == "case":
                text = clean(self._dossier.case)
            elif box.field is not None and not self._shut(box.field.restricted):
                found = self._find(box.field) if self._may_show(box, box.field) else None
                text = " ".join(clean(found).split()) if isinstance(found, str) else ""
        return Squares(self._language.label(box.label), tuple(text.ljust(cells)))

    def _may_show(self, box: Box, field: Field) -> bool:
        if self._form.leaves and field.restricted and not box.information:
            return False
        return self._may_share(box.information)

    def signs(self, slot: Slot) -> bool:
        """Whether a place to sign is on the sheet."""
        wanted = slot.default or slot.name in self._choices.signatures
        if not wanted or not self._agreed.may_sign(slot.name):
            return False
        return not slot.consent or self._agreed.to(slot.consent)

    # -- what may be seen --

    def _seen(self, line: Line) -> bool:
        if line.others and not any(self._logged(line, kind) for kind in line.log):
            return False
        return not self._shut(line.restricted) and not self._wants_consent(line)

    def _shut(self, restricted: bool) -> bool:
        return restricted and not self._open

    def _withholds(self, line: Line) -> bool:
        """Whether restricted content is not on the sheet: not asked for, or not to be opened."""
        if self._shut(line.holds_restricted):
            return True
        shown = (line.field, line.photo, *line.log)
        return any(f is not None and f.restricted and self._closed(f.record) for f in shown)

    def _closed(self, record: str) -> bool:
        return record in self._choices.closed

    def _lacks_consent(self, section: Section) -> bool:
        lacking = [line for line in section.lines if self._wants_consent(line)]
        self.unconsented |= {self._kind(line) for line in lacking} - {""}
        return bool(lacking)

    def _wants_consent(self, line: Line) -> bool:
        """Whether a line is left out for want of a consent, whatever is on file."""
        if self._dossier is None or (line.photo is None and not self._form.leaves):
            return False
        if not self._form.leaves:
            # In the office a frame without a photo gives nothing away.
            return not self._agreed.to_photos and self._photo(line) is not None
        if line.holds_restricted and not self._kind(line):
            return True
        return not self._may_share(self._kind(line))

    def _kind(self, line: Line) -> str:
        if line.photo is not None and not line.information and self._sharing is not None:
            return self._sharing.photo[1]
        return line.information

    def _may_share(self, kind: str) -> bool:
        return not (kind and self._form.leaves) or kind in self._shared

    @cached_property
    def _shared(self) -> frozenset[str]:
        """The kinds of information that may go to the form's receiver."""
        receiver = self._form.receiver
        return self._agreed.kinds(None if receiver is None else self._record(receiver.record))

    # -- lines --

    def _row(self, line: Line) -> Row:
        language = self._language
        provisions = () if self._form.plain else line.provisions
        if line.say:
            return Row("", (), Value("say", words=language.label(line.say)), False, provisions)
        self._line += 1
        shown = self._shown(line)
        mark = line.required and not shown.filled and line.field is not None
        disputed = self._conflicts and _disputed(shown)
        if line.field is not None:
            name = f"{line.field.record}.{line.field.path}"
            self.missing += [name] if mark else []
            self.disputed += [name] if disputed else []
        label = language.label(line.write or line.label)
        if line.photo is not None and not label:
            label = language.word("page", "picture")
        return Row(language.number(str(self._line)), label, shown, mark, provisions, disputed)

    def _shown(self, line: Line) -> Value:
        if line.log:
            return self._log(line)
        if line.photo is not None:
            return self._picture(line)
        if line.field is None:
            return Value("blank", filled=False, wide=line.space > 1, lines=line.space)
        found = self._find(line.field)
        open_: disputes.Disputes = ()
        if self._conflicts:
            open_ = disputes.of(self._record(line.field.record), line.field.path)
        if line.show == "age":
            return age(found, self._choices.as_of, self._language, disputed=bool(open_))
        return value(
            line.field,
            found,
            self._language,
            show=line.show,
            columns=line.columns,
            withheld=not self._open,
            open_=open_,
        )

    def _log(self, line: Line) -> Value:
        """A table with one row a record, in order of happening."""
        columns = [column for column in line.columns if not self._shut(column.restricted)]
        rows = [
            (choosing.happened(record), self._cells(line, kind, columns, record))
            for kind in line.log
            if not self._shut(kind.restricted)
            for record in self._logged(line, kind)
        ]
        rows.sort(key=lambda row: row[0])
        labels = [self._language.label(column.label) for column in columns]
        return table(labels, [cells for _, cells in rows])

    def _logged(self, line: Line, kind: Field) -> list[Record]:
        """The records of a type that are rows of a log."""
        return [
            record
            for record in self._all(kind.record)
            if not (line.others and record is self.about)
            and (not line.only_with or lookup(record.data, line.only_with) is not None)
            and all(one.holds(record, surely=self._form.leaves) for one in line.rows)
        ]

    def _cells(
        self, line: Line, kind: Field, columns: Sequence[Field], record: Record
    ) -> tuple[Value, ...]:
        """One row; an unknown that covers several columns is said once, in the first of them."""
        within = line.only_with + "."
        covered = bool(line.only_with) and is_unknown(lookup(record.data, line.only_with))
        cells, told = [], False
        for column in columns:
            under = covered and column.path.startswith(within)
            cell = Value("text") if under and told else self._cell(kind, column, record)
            if cell.disputed:
                self.disputed.append(f"{kind.record}.{column.path}")
            cells.append(cell)
            told = told or under
        return tuple(cells)

    def _cell(self, kind: Field, column: Field, record: Record) -> Value:
        field = kind.at(column.path)
        if field is None or self._shut(field.restricted):
            return Value("blank", filled=False)
        return value(
            field,
            self._said(record, field),
            self._language,
            short=True,
            withheld=not self._open,
            open_=disputes.of(record, field.path),
        )

    def _picture(self, line: Line) -> Value:
        """The newest photo of a record, in its frame; an empty frame where there is none."""
        from tipcase.forms import pictures

        width, height = line.frame
        found, take = self._photo(line), self._choices.pictures
        if found is None or take is None:
            return Value("picture", filled=False, width=width, height=height)
        name, attachment = found
        try:
            content = pictures.scaled(take(name, attachment), width, height)
        except (TipcaseError, pictures.PictureError):
            self.unshown.append(name)
            words = self._language.word("page", "no_picture")
            return Value("picture", filled=False, words=words, width=width, height=height)
        return Value("picture", picture=content, width=width, height=height)

    def _photo(self, line: Line) -> tuple[str, str] | None:
        """The newest photo that the line's record has: the record's name, and the photo's id."""
        assert line.photo is not None
        record = self._record(line.photo.record)
        kept = None if record is None else record.data.get("attachments")
        if record is None or not isinstance(kept, list) or self._sharing is None:
            return None
        purpose = self._sharing.photo[2]
        photos = [
            one["id"]
            for one in kept
            if isinstance(one, dict) and one.get("purpose") == purpose and "id" in one
        ]
        return (record.name, photos[-1]) if photos else None

    # -- records --

    def _find(self, field: Field) -> Any:
        record = self._record(field.record)
        return None if record is None else self._said(record, field)

    def _said(self, record: Record, field: Field) -> Any:
        """What a record says; why something is not known is the office's own business."""
        found = lookup(record.data, field.path)
        return unexplained(found) if self._form.leaves or self._form.plain else found

    def _record(self, name: str) -> Record | None:
        """The record of a type that the sheet shows: the one it is about, else the latest."""
        if name == self._form.about:
            return self.about
        return None if self._dossier is None else self._dossier.single(name)

    def _all(self, name: str) -> tuple[Record, ...]:
        return () if self._dossier is None else self._dossier.all(name)


def _disputed(shown: Value) -> bool:
    """Whether something that a line shows is in an open conflict."""
    return (
        shown.disputed
        or any(_disputed(part.value) for part in shown.parts)
        or any(_disputed(cell) for row in shown.rows for cell in row)
    )


def _signature(slot: Slot, language: Language) -> Signature:
    return Signature(language.label(slot.label), slot.by)
