"""``new``: open a case."""

from __future__ import annotations

from typing import Annotated

import typer

from tipcase.cli.context import Context, parse_date
from tipcase.cli.frame import application, context_of
from tipcase.output import Result

app = application()


@app.command()
def new(
    ctx: typer.Context,
    opened: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The day it was opened, such as 2026-01-05; else today."),
    ] = None,
) -> Result:
    """Open a case and print its id, which says nothing about the person."""
    return open_case(context_of(ctx), opened)


def open_case(context: Context, opened: str | None) -> Result:
    """Open a case for its creator, the supervisors and the recovery seed."""
    from tipcase.casebook import change

    day = parse_date(opened, "--opened") if opened else context.day
    case = change.new_case(context.book, context.person, opened=day.isoformat(), time=context.time)
    return Result(data={"case": case, "opened": day.isoformat()}, text=(case,))
