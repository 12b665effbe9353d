"""``due``: what is late or coming, of the cases and of the provider."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.errors import TipcaseError, UsageError
from tipcase.output import Result, Table

if TYPE_CHECKING:
    from tipcase.law.schedule import Due

app = application()
_WITHIN = re.compile(r"([0-9]{1,4})([dwm])")
_DAYS = {"d": 1, "w": 7, "m": 31}


@app.command()
def due(
    ctx: typer.Context,
    cases: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CASE]...", help="Cases, or provider; else all that open."),
    ] = None,
    within: Annotated[
        str, typer.Option(metavar="TIME", help="How far to look: 14d, 6w, 3m.")
    ] = "30d",
) -> Result:
    """Say what is late and what comes, counted from when things happened."""
    return listed(context_of(ctx), cases or [], within)


def listed(context: Context, cases: list[str], within: str) -> Result:
    """What is due in some cases, or in all and at the provider; soonest first.

    An unreadable case is said and does not stop the rest; cases not open to the person are counted.
    """
    from tipcase import terminal

    days = _days(within)
    errors: list[TipcaseError] = []
    closed: list[str] | None = None if cases else []
    found: list[Due] = []
    wanted = _wanted(context, cases)
    with terminal.progress("looking", len(wanted)) as step:
        for case in wanted:
            step()
            found += _of(context, case, days, errors, closed)
    found.sort(key=lambda item: item.order)
    talk = [f"{len(closed)} case(s) are not open to you: not looked at"] if closed else []
    talk += [] if found or errors else [f"nothing is due within {within}"]
    return Result(
        data=[item.as_json(context.lang) for item in found],
        table=Table(
            ("due", "", "case", "record", "what", "provision"),
            tuple(
                (
                    item.on or "not recorded yet",
                    item.state,
                    item.case,
                    item.record,
                    item.label.get(context.lang) + (" (our interval)" if item.ours else ""),
                    item.provision,
                )
                for item in found
            ),
        ),
        errors=tuple(errors),
        code=max((error.exit_code for error in errors), default=0),
        talk=tuple(talk),
    )


def _days(within: str) -> int:
    match = _WITHIN.fullmatch(within)
    if match is None:
        raise UsageError("this is no time to look ahead", "give --within 14d, 6w or 3m")
    return int(match[1]) * _DAYS[match[2]]


def _wanted(context: Context, cases: list[str]) -> list[str]:
    from tipcase.journal.names import PROVIDER

    if cases:
        return [context.case(case) for case in cases]
    return [PROVIDER, *context.book.all_case_ids()]


def _of(
    context: Context,
    case_id: str,
    days: int,
    errors: list[TipcaseError],
    closed: list[str] | None,
) -> Iterator[Due]:
    """What is due in one case; ``closed`` takes the cases that are not open to the person."""
    from tipcase.journal.names import PROVIDER
    from tipcase.law.schedule import due as schedule

    try:
        dossier, unread = context.read(case_id, of_team=closed is not None)
    except TipcaseError as error:
        errors.append(error)
        return
    if dossier is None:
        if closed is not None and case_id != PROVIDER:
            closed.append(case_id)
        return
    errors += [item.error for item in unread]
    yield from schedule(
        context.book.edition,
        dossier,
        context.today,
        within=days,
        provider=case_id == PROVIDER,
    )
