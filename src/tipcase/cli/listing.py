"""``list``: the cases with their stages. Needs no key, but for what is late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tipcase.cli.batch import of_case, worst
from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.cli.selection import (
    IdsOption,
    OverdueOption,
    Selection,
    StageOption,
    StateOption,
    TeamOption,
    late,
)
from tipcase.errors import TipcaseError
from tipcase.output import Result, Table, cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tipcase.casebook.state import Row

app = application()


@app.command("list")
def list_(
    ctx: typer.Context,
    stage: StageOption = None,
    state: StateOption = None,
    team: TeamOption = None,
    overdue: OverdueOption = False,
    ids: IdsOption = False,
) -> Result:
    """The cases with stage, phase, state and opening date. Needs no key."""
    return rows(context_of(ctx), stage, state, team=team, overdue=overdue, ids=ids)


def rows(
    context: Context,
    stage: str | None,
    state: str | None,
    *,
    team: str | None = None,
    overdue: bool = False,
    ids: bool = False,
) -> Result:
    """The rows, and the cases that could not be read."""
    from tipcase.casebook import listing

    selection = Selection(stage, state, team, overdue)
    selection.check(context)
    if selection.overdue:
        _ = context.person  # no identity is said before anything is read
    found = listing.rows(context.book)
    kept = [row for row in found.rows if selection.fits(row.stage, row.state, row.team)]
    errors = [of_case(case, error) for case, error in found.unread]
    talk: tuple[str, ...] = ()
    if selection.overdue:
        kept, talk = _late(context, kept, errors)
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
        table=None if ids else _table(kept),
        text=tuple(row.case for row in kept) if ids else (),
        errors=tuple(errors),
        code=worst(errors),
        talk=talk,
    )


def _table(kept: Sequence[Row]) -> Table:
    return Table(
        ("case", "stage", "phase", "state", "opened"),
        tuple(cells((r.case, r.stage, r.phase, r.state, r.opened)) for r in kept),
    )


def _late(
    context: Context, wanted: Sequence[Row], errors: list[TipcaseError]
) -> tuple[list[Row], tuple[str, ...]]:
    """Those of which something is late, and how many cannot be looked into.

    What is due is sealed: only the person's own cases are opened for it.
    """
    from tipcase import terminal

    kept: list[Row] = []
    shut = 0
    with terminal.progress("looking", len(wanted)) as step:
        for row in wanted:
            step()
            try:
                dossier, unread = context.read(row.case, of_team=True)
            except TipcaseError as error:
                errors.append(error)
                continue
            errors += [item.error for item in unread]
            if dossier is None:
                shut += 1
            elif late(context, dossier):
                kept.append(row)
    return kept, (f"{shut} case(s) are not open to you: not looked at",) if shut else ()
