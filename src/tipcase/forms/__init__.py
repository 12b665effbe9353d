"""The printed forms: sheets made from records, as the edition's ``forms.yaml`` lays them out.

``render`` gives one sheet as HTML; ``codes`` names the forms. Nothing here reads the clock or
writes a file.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tipcase.errors import NotFoundError

if TYPE_CHECKING:
    from tipcase.forms.definition import Form
    from tipcase.forms.fields import Field
    from tipcase.forms.language import Label, Language
    from tipcase.law.dossier import Dossier
    from tipcase.law.edition import Edition

__all__ = ["Rendering", "codes", "form", "render"]


@dataclass(frozen=True)
class Rendering:
    """One printed sheet.

    ``missing`` are the required fields left blank, as ``record.field``; ``record`` is the one
    record the sheet is about, where its form has one; ``withheld`` says that restricted lines
    were left out; ``newer`` is the latest record of the same type, where it is not the one on the
    sheet and happened after it.
    """

    form: str
    lang: str
    html: str
    missing: tuple[str, ...]
    record: str | None
    withheld: bool
    newer: str | None

    def __repr__(self) -> str:
        # The page is full of what a record says.
        return f"Rendering(form={self.form!r}, lang={self.lang!r})"


def codes(edition: Edition) -> tuple[str, ...]:
    """The codes of the edition's forms, in its order."""
    return tuple(edition.forms_data.get("forms", {}))


def form(edition: Edition, code: str) -> Form:
    """One form as data, checked against the edition's record types.

    Raises NotFoundError for an unknown code, FormsError where ``forms.yaml`` is wrong.
    """
    from tipcase.forms import definition as definitions

    forms = edition.forms_data.get("forms", {})
    if code not in forms:
        raise NotFoundError("there is no such form", "the forms are " + ", ".join(forms))
    return definitions.form(code, forms[code], _records(edition))


def render(
    edition: Edition,
    dossier: Dossier,
    code: str,
    *,
    lang: str,
    as_of: date,
    casebook_name: str,
    record: str | None = None,
    citations: bool = False,
    include_restricted: bool = False,
    official: bool = False,
    signatures: Collection[str] = (),
    templates: Sequence[Path] = (),
) -> Rendering:
    """Print one form of a case as an HTML page for A4.

    ``lang`` is en, km or both; ``as_of`` the form's date; ``record`` the tag of
    the one record to print where the form is about one (the latest by default); ``signatures``
    turns on slots that are off; ``official`` drops the line that says this is not the ministry's
    annex. Folders in ``templates`` win over the shipped templates.

    Raises NotFoundError (no such form or record), UsageError (no such language), FormsError and
    TemplateError (the edition's data or a template is wrong).
    """
    from tipcase import resources
    from tipcase.forms import html, sheet
    from tipcase.forms.language import language

    chosen = form(edition, code)
    spoken = language(lang, edition.forms_data["words"])
    choices = sheet.Choices(
        as_of.isoformat(), casebook_name, record, include_restricted, signatures
    )
    filled = sheet.fill(chosen, dossier, spoken, choices, _phase(edition, chosen, spoken))
    page = html.write(
        filled,
        {name: spoken.word("page", name) for name in spoken.words["page"]},
        languages=spoken.codes,
        citations=citations,
        official=official,
        folders=[*templates, resources.path("templates")],
    )
    return Rendering(code, lang, page, filled.missing, filled.record, filled.withheld, filled.newer)


def _phase(edition: Edition, form: Form, spoken: Language) -> Label:
    from tipcase.forms.fields import words

    named = [words(phase.label) for phase in edition.phases if phase.name == form.phase]
    return spoken.label(named[0]) if named else ()


def _records(edition: Edition) -> Callable[[str], Field]:
    from tipcase.forms import fields

    def record(name: str) -> Field:
        if name not in edition.record_types:
            raise LookupError(name)
        return fields.of_record(edition.record_type(name))

    return functools.cache(record)
