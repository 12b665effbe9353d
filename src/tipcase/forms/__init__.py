"""The printed forms: sheets made from records, as the edition's ``forms.yaml`` lays them out.

``fill`` makes one sheet of a case, or a blank one of none; ``write`` prints sheets as HTML, PDF or
Markdown; ``codes`` names the forms, ``expand`` what a set of them stands for, ``ready`` those worth
printing. Nothing here reads the clock or writes a file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tipcase.errors import UsageError

if TYPE_CHECKING:
    from tipcase.forms.definition import Form
    from tipcase.forms.language import Label
    from tipcase.forms.sheet import Pictures, Sheet
    from tipcase.law.dossier import Dossier
    from tipcase.law.edition import Edition

__all__ = ["FORMATS", "Document", "codes", "expand", "fill", "form", "ready", "slots", "write"]

FORMATS = ("html", "pdf", "md")


@dataclass(frozen=True)
class Document:
    """A sheet of a day and the fixed words around it, by name, in the sheet's languages."""

    sheet: Sheet
    words: Mapping[str, Label]
    lang: str
    day: date

    @property
    def form(self) -> str:
        """The form's code."""
        return self.sheet.code

    @property
    def missing(self) -> tuple[str, ...]:
        """The required fields left blank, as ``record.field``."""
        return self.sheet.missing

    @property
    def record(self) -> str | None:
        """The one record that the sheet is about, where its form has one."""
        return self.sheet.record

    @property
    def newer(self) -> str | None:
        """The latest record of that type, where another is shown and this one happened after it."""
        return self.sheet.newer

    @property
    def withheld(self) -> bool:
        """Whether restricted lines were left out."""
        return self.sheet.withheld

    @property
    def unconsented(self) -> tuple[str, ...]:
        """The kinds of information that no consent covers and that were left out."""
        return self.sheet.unconsented

    @property
    def disputed(self) -> tuple[str, ...]:
        """The fields on the sheet that are in an open conflict, as ``record.field``."""
        return self.sheet.disputed

    @property
    def unshown(self) -> tuple[str, ...]:
        """The records whose picture cannot be shown."""
        return self.sheet.unshown

    def __repr__(self) -> str:
        # The sheet is full of what a record says.
        return f"Document(form={self.form!r}, lang={self.lang!r})"


def codes(edition: Edition) -> tuple[str, ...]:
    """The codes of the edition's forms, in its order."""
    return tuple(edition.forms_data.get("forms", {}))


def expand(edition: Edition, codes: Sequence[str]) -> tuple[str, ...]:
    """The forms that codes and names of sets stand for, each once, in the order asked for.

    Raises NotFoundError for a word that is neither, FormsError for a set that names no form.
    """
    from tipcase.forms import press

    return press.of(edition).expand(codes)


def form(edition: Edition, code: str) -> Form:
    """One form as data, checked against the edition's record types.

    Raises NotFoundError for an unknown code, FormsError where ``forms.yaml`` is wrong.
    """
    from tipcase.forms import press

    return press.of(edition).form(edition, code)


def slots(edition: Edition) -> tuple[str, ...]:
    """The names of the places to sign that a casebook may turn on."""
    return tuple(edition.forms_data.get("slots") or ())


def ready(edition: Edition, dossier: Dossier) -> tuple[str, ...]:
    """The codes of the forms whose stages have records in a case, in the edition's order.

    A form that was made for some records of a type waits for one of them.
    """
    from tipcase.forms import choosing, press

    kept = press.of(edition)
    return tuple(
        code
        for code in codes(edition)
        if choosing.worth_printing(kept.form(edition, code), dossier)
    )


def fill(
    edition: Edition,
    dossier: Dossier | None,
    code: str,
    *,
    lang: str,
    as_of: date,
    casebook_name: str,
    record: str | None = None,
    include_restricted: bool = False,
    official: bool = False,
    signatures: Collection[str] = (),
    pictures: Pictures | None = None,
    today: date | None = None,
    closed: Collection[str] = (),
) -> Document:
    """Fill one form from a case; from no case it is a blank for pen and paper.

    ``lang`` is en, km or both; ``as_of`` the form's date; ``record`` the tag of the one record to
    print where the form is about one (the latest by default); ``signatures`` turns on slots that
    are off; ``official`` drops the line that says this is not the ministry's annex; ``pictures``
    gives the content of an attachment by its record's name and its id. ``today`` is the day of the
    printing where the form bears another date: a consent must hold on both. ``closed`` are record
    types of which the case has records that nobody here can open: a consent there may be a no.

    Raises NotFoundError (no such form or record), UsageError (no such language), FormsError (the
    edition's data are wrong).
    """
    from tipcase.forms import filling, press
    from tipcase.forms.sheet import Choices

    kept = press.of(edition)
    spoken = kept.language(lang)
    chosen = kept.form(edition, code)
    choices = Choices(
        as_of.isoformat(),
        casebook_name,
        record,
        include_restricted,
        official,
        signatures,
        pictures,
        (today or as_of).isoformat(),
        closed,
    )
    phase, sharing = press.phase(edition, chosen, spoken), kept.sharing(edition)
    sheet = filling.fill(chosen, dossier, spoken, choices, phase=phase, sharing=sharing)
    return Document(sheet, kept.words(lang, plain=sheet.plain), lang, as_of)


def write(
    documents: Sequence[Document],
    format: str,
    *,
    citations: bool = False,
    templates: Sequence[Path] = (),
    pdf_a: bool = False,
) -> bytes:
    """Print sheets as one file: ``html`` | ``pdf`` | ``md``; several make a bundle.

    ``citations`` prints the provisions beside the lines. Folders in ``templates`` win over the
    shipped templates. ``pdf_a`` asks for PDF/A.

    Raises UsageError (no such format), TemplateError (a template is wrong), MachineError (a PDF
    without what makes one).
    """
    from tipcase import resources

    folders = [*templates, resources.path("templates")]
    if format == "pdf":
        from tipcase.forms import pdf

        return pdf.write(documents, citations=citations, folders=folders, pdf_a=pdf_a)
    if format == "md":
        from tipcase.forms import markdown

        return markdown.write(documents, citations=citations, folders=folders).encode("utf-8")
    if format == "html":
        from tipcase.forms import html

        return html.write(documents, citations=citations, folders=folders).encode("utf-8")
    raise UsageError("there is no such format of forms", f"one of {', '.join(FORMATS)}")
