"""``readiness``: whether a case can be closed, with the evidence."""

from __future__ import annotations

from typing import Annotated

import typer

from tipcase.cli.batch import worst
from tipcase.cli.context import Context
from tipcase.cli.frame import CASE_HELP, application, context_of
from tipcase.cli.selection import (
    IdsOption,
    OverdueOption,
    Selection,
    StageOption,
    StateOption,
    TeamOption,
)
from tipcase.errors import UsageError
from tipcase.output import Result

app = application()


@app.command()
def readiness(
    ctx: typer.Context,
    case: Annotated[str | None, typer.Argument(metavar="[CASE]", help=CASE_HELP)] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every open case that you can open, safety first.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="The whole argument: every duty and observation.")
    ] = False,
    stage: StageOption = None,
    state: StateOption = None,
    team: TeamOption = None,
    overdue: OverdueOption = False,
    ids: IdsOption = False,
) -> Result:
    """Say, criterion by criterion and with its records, whether a case can be closed."""
    context = context_of(ctx)
    selection = Selection(stage, state, team, overdue)
    if everything == (case is not None) or (everything and explain):
        raise UsageError(
            "name one case, or give --all alone",
            "tipcase readiness CASE [--explain]; or tipcase readiness --all",
        )
    if case is not None:
        if selection.asked or ids:
            raise UsageError(
                "--stage, --state, --team, --overdue and --ids choose among all cases",
                "tipcase readiness --all with them; or leave them out",
            )
        return argue(context, case, explain=explain)
    from tipcase.cli.standing_of_all import listed

    return listed(context, selection, ids=ids)


def argue(context: Context, case: str, *, explain: bool = False) -> Result:
    """The argument for one case. It closes nothing: people do."""
    from tipcase.casebook.case import Case
    from tipcase.cli.argument import Argument
    from tipcase.law.readiness import readiness as judge

    book = context.book
    found = Case(book, context.survivor(case))
    dossier, unread = found.read_all(context.person)
    answer = judge(book.edition, dossier, context.today, book.config.thresholds)
    errors = tuple(item.error for item in unread)
    argument = Argument(book.edition, answer, context.lang)
    return Result(
        data=answer.as_json(context.lang),
        text=tuple(argument.whole() if explain else argument.short()),
        errors=errors,
        code=worst(errors),
    )
