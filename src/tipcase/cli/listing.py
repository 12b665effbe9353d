"""``list``: the cases with their stages. Needs no key."""

from __future__ import annotations

from typing import Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.errors import NotFoundError, UsageError
from tipcase.output import Result, Table, cells

app = application()


@app.command("list")
def list_(
    ctx: typer.Context,
    stage: Annotated[
        str | None, typer.Option(metavar="STAGE", help="Only cases at this stage.")
    ] = None,
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help="Only cases that are open or closed.")
    ] = None,
) -> Result:
    """The cases with stage, phase, state and opening date. Needs no key."""
    return rows(context_of(ctx), stage, state)


def rows(context: Context, stage: str | None, state: str | None) -> Result:
    """The rows, and the cases that could not be read."""
    from tipcase.casebook import listing

    if state not in (None, "open", "closed"):
        raise UsageError("--state takes one of: open, closed", "give --state open")
    if stage is not None:
        names = [known.name for known in context.book.edition.stages]
        if stage not in names:
            raise NotFoundError("there is no such stage", "one of: " + ", ".join(names))
    found = listing.rows(context.book)
    kept = [
        row
        for row in found.rows
        if (stage is None or row.stage == stage) and (state is None or row.state == state)
    ]
    return Result(
        data=[
            {
                "case": row.case,
                "stage": row.stage,
                "phase": row.phase,
                "state": row.state,
                "opened": row.opened,
            }
            for row in kept
        ],
        table=Table(
            ("case", "stage", "phase", "state", "opened"),
            tuple(cells((r.case, r.stage, r.phase, r.state, r.opened)) for r in kept),
        ),
        errors=tuple(error for _, error in found.unread),
        code=max((error.exit_code for _, error in found.unread), default=0),
    )
