"""The sheets of one case on their way: read, filled one after the other, noted in its journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from tipcase.cli.chosen import Chosen
from tipcase.cli.context import Context
from tipcase.cli.press import Press
from tipcase.cli.printed import Sheet

if TYPE_CHECKING:
    from tipcase.casebook.case import Case, Unread
    from tipcase.casebook.prints import Print
    from tipcase.forms import Document
    from tipcase.forms.definition import Form
    from tipcase.law import Dossier


class Sheaf:
    """The forms of a case that were chosen."""

    def __init__(self, context: Context, press: Press, chosen: Chosen, case_id: str) -> None:
        self._context = context
        self._press = press
        self._chosen = chosen
        self.case_id = case_id

    @cached_property
    def _case(self) -> Case:
        from tipcase.casebook.case import Case

        return Case(self._context.book, self.case_id)

    @cached_property
    def _read(self) -> tuple[Dossier, list[Unread]]:
        return self._case.read_all(self._context.person)

    @property
    def unread(self) -> list[Unread]:
        """What could not be read of the case."""
        return self._read[1]

    def codes(self) -> tuple[str, ...]:
        """The forms to print: those that were named, else those whose stage has a record."""
        from tipcase import forms

        dossier, _ = self._read
        return self._chosen.codes or forms.ready(self._press.edition, dossier)

    @cached_property
    def _closed(self) -> frozenset[str]:
        """The types of which the case has records that could not be opened, or are not believed."""
        opened = {(record.type, record.tag) for record in self._read[0].records}
        known = {(kind, tag) for _, kind, tag in self._case.paths()}
        return frozenset(kind for kind, _ in known - opened)

    def documents(self) -> Iterator[Document]:
        """The forms filled, one after the other."""
        dossier, _ = self._read
        kind, tag = self._chosen.record or (None, None)
        for code in self.codes():
            about = tag if kind is not None and self._press.about(code) == kind else None
            yield self._press.fill(code, dossier, about, self._picture, self._closed)

    def _picture(self, record: str, attachment: str) -> bytes:
        from tipcase.casebook import prints

        return prints.picture(self._case, record, attachment, self._context.person)

    def print_of(self, document: Document, content: bytes = b"") -> Print:
        """What the journal notes of a sheet, with the copy to keep where that was wished.

        ``content`` is the sheet as it was written, if it was already.
        """
        from tipcase.casebook import prints

        copy = None
        if self._press.wishes.seal:
            whole = content or self._press.write([document])
            copy = prints.Copy(whole, self._press.name(document.form), self._shown(document))
        return prints.Print(document.form, document.sheet.leaves, copy)

    def _shown(self, document: Document) -> tuple[str, ...]:
        """The records that a sheet shows: the one that it is about, then by the form's lines."""
        from tipcase import forms

        edition, (dossier, _) = self._press.edition, self._read
        found = [document.record] if document.record is not None else []
        for kind in _types(forms.form(edition, document.form)):
            if self._press.wishes.include_restricted or not edition.record_type(kind).restricted:
                found += [one.name for one in reversed(dossier.all(kind))]
        return tuple(dict.fromkeys(found))

    def check(self, prints: Sequence[Print]) -> None:
        """Refuse what ``note`` would refuse of the copies."""
        from tipcase.casebook.prints import owner

        for one in prints:
            if one.copy is not None:
                owner(self._case, one.copy.records)

    def note(
        self, prints: Sequence[Print], sheets: Sequence[Sheet], recipient: str | None
    ) -> list[Sheet]:
        """Note the prints in the journal, and keep the copies; the sheets with where these are."""
        from tipcase.casebook import prints as printing

        context = self._context
        kept = printing.note(
            context.book,
            self.case_id,
            prints,
            recipient,
            context.person,
            day=context.day.isoformat(),
            time=context.time,
        )
        return [sheet.with_copy(copy) for sheet, copy in zip(sheets, kept, strict=True)]


def _types(form: Form) -> tuple[str, ...]:
    """The record types of which a form shows something, in the order of its lines."""
    lines = [line for section in form.sections for line in section.lines]
    fields = [one for line in lines for one in (line.field, line.photo, *line.log)]
    fields += [box.field for box in form.boxes]
    return tuple(dict.fromkeys(field.record for field in fields if field is not None))
