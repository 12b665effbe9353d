"""Which record a sheet is about, where its form is about one of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tipcase.errors import NotFoundError
from tipcase.forms import press
from tipcase.forms.definition import Form
from tipcase.forms.values import is_unknown, lookup

if TYPE_CHECKING:
    from tipcase.law.dossier import Dossier, Record


def about(form: Form, dossier: Dossier | None, asked: str | None) -> Record | None:
    """The record that a sheet is about: one asked for by tag or name, else the latest that suits.

    Raises NotFoundError when the case has no such record of the form's kind.
    """
    if form.about is None or dossier is None:
        return None
    records = dossier.all(form.about)
    if asked is None:
        # Records that say another kind have a form of their own; one that says none suits any.
        fit = [record for record in records if _suits(record, form)]
        return fit[-1] if fit else None
    tag = asked.removeprefix(f"{form.about}/")
    for record in records:
        if tag in (record.tag, form.about):
            return record
    raise NotFoundError(
        f"the case has no such {form.about} record", "tipcase status CASE lists them"
    )


def worth_printing(form: Form, dossier: Dossier) -> bool:
    """Whether a case has a record of the form's stages of the kind that the form shows."""
    return any(_shows(form, record) for kind in press.stages(form) for record in dossier.all(kind))


def _shows(form: Form, record: Record) -> bool:
    """Whether a form was made for a record, or has it among the rows of a log."""
    if record.type == form.about:
        return _suits(record, form)
    lines = [line for section in form.sections for line in section.lines]
    logs = [line for line in lines if any(kind.record == record.type for kind in line.log)]
    chosen = [all(one.holds(record, surely=False) for one in line.rows) for line in logs]
    return any(chosen) or not logs


def newer(form: Form, dossier: Dossier | None, shown: Record | None) -> str | None:
    """The latest record that could have been shown, if it happened after the one that is.

    Records of another kind count too, but where the form sets them ``apart`` as another matter.
    """
    records = dossier.all(form.about) if form.about is not None and dossier is not None else ()
    if form.prefer is not None and form.prefer[-1]:
        records = tuple(record for record in records if _suits(record, form))
    latest = max(records, key=happened, default=None)
    if latest is None or (shown is not None and happened(latest) <= happened(shown)):
        return None
    return latest.name


def _suits(record: Record, form: Form) -> bool:
    """Whether a form was made for records like this one."""
    if form.prefer is None:
        return True
    field, wanted, _ = form.prefer
    found = lookup(record.data, field)
    return found in wanted if isinstance(found, str) else True


def happened(record: Record) -> str:
    """The day of a record as text that sorts; empty where nobody knows."""
    day = record.data.get("happened_on")
    return "" if is_unknown(day) else str(day or "")
