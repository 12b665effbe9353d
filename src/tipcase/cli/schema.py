"""``schema``: the fields of a record type. Runs anywhere."""

from __future__ import annotations

from typing import Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.cli.law import edition_at_hand
from tipcase.output import Result, Table

app = application()


@app.command()
def schema(
    ctx: typer.Context,
    record_type: Annotated[
        str | None, typer.Argument(metavar="[TYPE]", help="A record type; else the list.")
    ] = None,
) -> Result:
    """Show the fields of a record type. With --json, its bare JSON Schema with a full example."""
    context = context_of(ctx)
    return fields(context, record_type) if record_type else types(context)


def types(context: Context) -> Result:
    """The record types with number, repetition and restriction."""
    edition = edition_at_hand(context)
    rows = [edition.record_type(name) for name in edition.record_types]
    return Result(
        data=[
            {
                "name": row.name,
                "stage": row.number,
                "repeats": row.repeats,
                "restricted": row.restricted,
                "label": {"en": row.label.en, "km": row.label.km},
            }
            for row in rows
        ],
        table=Table(
            ("record type", "stage", "", "", "label"),
            tuple(
                (
                    row.name,
                    str(row.number or ""),
                    "repeats" if row.repeats else "",
                    "restricted" if row.restricted else "",
                    row.label.get(context.lang),
                )
                for row in rows
            ),
        ),
    )


def fields(context: Context, name: str) -> Result:
    """The fields of one record type: path, kind, needed or not, provisions, label."""
    from tipcase.casebook.intake import record_type

    row = record_type(edition_at_hand(context), name)
    return Result(
        data=row.schema,
        bare=True,
        table=Table(
            ("field", "kind", "", "provisions", "label"),
            tuple(
                (
                    field.path,
                    "|".join(field.values) if field.values else field.kind,
                    "needed" if field.required else "",
                    " ".join(field.provisions),
                    field.label.get(context.lang),
                )
                for field in row.fields
            ),
        ),
    )
