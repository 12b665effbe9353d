"""``show``: the records of a case, or what one of them says."""

from __future__ import annotations

from typing import Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, application, context_of
from tipcase.output import Result, Table, cells

app = application()


@app.command()
def show(
    ctx: typer.Context,
    case: CaseArgument,
    record: Annotated[
        str | None,
        typer.Argument(metavar="[RECORD]", help="STAGE (the latest) or STAGE/TAG; else the list."),
    ] = None,
) -> Result:
    """List the records of a case, or print what one of them says."""
    context = context_of(ctx)
    return contents(context, case, record) if record else index(context, case)


def index(context: Context, case: str) -> Result:
    """The records by name with date, revision and writer; nothing of what they say."""
    from tipcase.casebook.case import Case, resolve
    from tipcase.casebook.naming import record_name

    found = Case(context.book, resolve(context.book, case, context.reader))
    dossier, unread = found.read_all(context.person)
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
        errors=tuple(item.error for item in unread),
        code=max((item.error.exit_code for item in unread), default=0),
    )


def contents(context: Context, case: str, record: str) -> Result:
    """What one record says, as YAML; safe contact stands before everything else of a profile."""
    from tipcase import documents
    from tipcase.casebook import intake
    from tipcase.casebook.case import Case, resolve
    from tipcase.casebook.naming import parse_record_name, record_name
    from tipcase.errors import NotFoundError

    kind, tag = parse_record_name(record)
    book = context.book
    found = Case(book, resolve(book, case, context.reader))
    row = intake.record_type(book.edition, kind)
    tag = intake.chosen_tag(found, row, tag, context.person)
    path = found.find(kind, tag)
    if path is None:
        raise NotFoundError(f"{found.id} has no {kind} yet", f"tipcase put {found.id} {kind} FILE")
    content = found.read(path, context.person)
    data = content.data
    if "safe_contact" in data:
        data = {"safe_contact": data["safe_contact"], **data}
    text = documents.dump(data) if data else ""
    damage = tuple(item.error for item in found.journal_damage())
    return Result(
        data={
            "case": found.id,
            "record": record_name(kind, tag),
            "revision": content.header.revision,
            "content": content.data,
        },
        text=tuple(text.rstrip("\n").split("\n")),
        errors=damage,
        code=max((error.exit_code for error in damage), default=0),
    )
