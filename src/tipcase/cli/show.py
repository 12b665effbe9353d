"""``show``: the records of a case, or what one of them says."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli.batch import worst
from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, application, context_of
from tipcase.errors import UsageError
from tipcase.output import Result, Table, cells

if TYPE_CHECKING:
    from tipcase.law import RecordType
    from tipcase.law.ages import Age

app = application()


@app.command()
def show(
    ctx: typer.Context,
    case: CaseArgument,
    record: Annotated[
        str | None,
        typer.Argument(metavar="[RECORD]", help="STAGE (the latest) or STAGE/TAG; else the list."),
    ] = None,
    attachments: Annotated[
        bool, typer.Option("--attachments", help="List the photos, scans and recordings.")
    ] = False,
) -> Result:
    """List the records of a case, or print what one of them says."""
    context = context_of(ctx)
    if attachments:
        if record is not None:
            raise UsageError(
                "--attachments lists those of the whole case", "leave out RECORD or --attachments"
            )
        return attachment_index(context, case)
    return contents(context, case, record) if record else index(context, case)


def index(context: Context, case: str) -> Result:
    """The records by name with date, revision and writer; nothing of what they say."""
    from tipcase.casebook.case import Case, resolve
    from tipcase.casebook.naming import record_name

    found = Case(context.book, resolve(context.book, case, context.reader))
    dossier, unread = found.read_all(context.person)
    errors = tuple(item.error for item in unread)
    dates = {(r.type, r.tag): r.data.get("happened_on") for r in dossier.records}
    rows = []
    for path, kind, tag in found.paths():
        version = found.fold.current[path][0]
        day = dates.get((kind, tag))
        rows.append(
            {
                "record": record_name(kind, tag),
                "happened_on": day if isinstance(day, str) else None,
                "written_by": version.signer,
                "written_at": version.time,
                "readable": (kind, tag) in dates,
            }
        )
    return Result(
        data=rows,
        table=Table(
            ("record", "happened on", "written by", "written at", ""),
            tuple(
                (
                    *cells((r["record"], r["happened_on"], r["written_by"], r["written_at"])),
                    "" if r["readable"] else "not readable by you",
                )
                for r in rows
            ),
        ),
        errors=errors,
        code=worst(errors),
    )


def attachment_index(context: Context, case: str) -> Result:
    """The attachments by record, each file's hash looked at; what is not believed is said."""
    from tipcase.casebook.attachments import attachments
    from tipcase.casebook.case import Case, resolve

    found = Case(context.book, resolve(context.book, case, context.reader))
    listed, unread = attachments.index(found, context.person)
    rows = [
        {
            "record": one.record or None,
            "id": one.id or None,
            "name": one.item.get("name"),
            "purpose": one.item.get("purpose"),
            "type": one.item.get("type"),
            "length": one.item.get("length"),
            "written_by": one.by,
            "written_at": one.time,
            "file": one.path,
            "believed": one.error is None,
        }
        for one in listed
    ]
    columns = ("record", "id", "name", "purpose", "type", "length", "written_by", "written_at")
    errors = (*(u.error for u in unread), *(one.error for one in listed if one.error is not None))
    return Result(
        data=rows,
        table=Table(
            (*(column.replace("_", " ") for column in columns), ""),
            tuple((*cells([row[c] for c in columns]), _remark(row)) for row in rows),
        ),
        errors=errors,
        code=worst(errors),
    )


def _remark(row: Mapping[str, Any]) -> str:
    if not row["believed"]:
        return "not believed"
    return "" if row["record"] else "no record that you can open names it"


def contents(context: Context, case: str, record: str) -> Result:
    """What one record says, as YAML; how to call safely stands before any number."""
    from tipcase import documents
    from tipcase.casebook import intake
    from tipcase.casebook.case import Case, resolve
    from tipcase.casebook.merge import choices
    from tipcase.casebook.naming import parse_record_name, record_name
    from tipcase.casebook.wraps import ORDINARY, CaseKeys
    from tipcase.errors import NotFoundError

    kind, tag = parse_record_name(record)
    book = context.book
    found = Case(book, resolve(book, case, context.reader))
    row = intake.record_type(book.edition, kind, found.id)
    tag = intake.chosen_tag(found, row, tag, context.person)
    path = found.find(kind, tag)
    if path is None:
        # Whoever the case is closed to is told that, and not to write to it.
        CaseKeys(found.place, found.fold, context.person).identities(ORDINARY)
        raise NotFoundError(f"{found.id} has no {kind} yet", f"tipcase put {found.id} {kind} FILE")
    content = found.read(path, context.person)
    data = safely_ordered(row, content.data)
    text = tuple(documents.dump(data).rstrip("\n").split("\n")) if data else ("",)
    open_ = content.header.conflicts
    text += choices.told(open_, f"tipcase resolve {found.id} {record_name(kind, tag)}")
    known = age_of(context, row, content.data)
    damage = tuple(item.error for item in found.journal_damage())
    shown = {
        "case": found.id,
        "record": record_name(kind, tag),
        "revision": content.header.revision,
        "content": data,
        "conflicts": choices.as_json(open_),
    }
    return Result(
        data=shown if known is None else {**shown, "age": known.as_json(context.lang)},
        text=(*_for_people(context, known), *text),
        talk=_before_calling(row, data),
        errors=damage,
        code=worst(damage),
    )


def _for_people(context: Context, known: Age | None) -> tuple[str, ...]:
    """The age above a record on a terminal; a file keeps to what was written.

    An age of today that is put back with the record would stand there as a fact next year.
    """
    return (f"# {known.text.get(context.lang)}",) if known and sys.stdout.isatty() else ()


def age_of(context: Context, row: RecordType, data: Mapping[str, Any]) -> Age | None:
    """The age that a record's ``birth`` gives today; None where it has none."""
    from tipcase.law import ages

    basis = row.field("birth.basis")
    return ages.age(data.get("birth"), context.today, basis.values if basis else {})


# -- a number is never shown bare --


def safely_ordered(row: RecordType, data: Mapping[str, Any]) -> dict[str, Any]:
    """The record with each group that holds a phone number first, and the number last in it."""
    groups = {path: name for path, name in _numbers(row) if isinstance(data.get(path), dict)}
    first = {
        path: {
            **{key: value for key, value in data[path].items() if key != name},
            **{key: value for key, value in data[path].items() if key == name},
        }
        for path, name in groups.items()
    }
    return {**first, **{key: value for key, value in data.items() if key not in first}}


def _numbers(row: RecordType) -> list[tuple[str, str]]:
    """The groups of fields that hold a phone number, each with the number's name."""
    pairs = [field.path.rpartition(".") for field in row.fields if field.kind == "phone"]
    return [(group, name) for group, dot, name in pairs if dot and "[" not in group]


def _before_calling(row: RecordType, data: Mapping[str, Any]) -> tuple[str, ...]:
    """What nobody has written down about a number that is there; fields are named, not values."""
    talk = []
    for group, name in _numbers(row):
        around = data.get(group)
        if not isinstance(around, dict) or not isinstance(around.get(name), str):
            continue
        fields = [f for f in row.fields if f.path.rpartition(".")[0] == group]
        lacking = [
            f.label.en[:1].lower() + f.label.en[1:]
            for f in fields
            if f.path.rpartition(".")[2] not in around
        ]
        if lacking:
            talk.append(f"ask before anybody calls; not written down: {'; '.join(lacking)}")
    return tuple(talk)
