"""``grant``: open a case to somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli import batch
from tipcase.cli.context import Context
from tipcase.cli.frame import DryRunOption, PeopleArgument, application, context_of
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.team import Granted

app = application()


@app.command()
def grant(
    ctx: typer.Context,
    words: PeopleArgument,
    restricted: Annotated[
        bool, typer.Option("--restricted", help="Its restricted records too.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Every case that is open to you, in the place of CASE.")
    ] = False,
    dry_run: DryRunOption = False,
) -> Result:
    """Open a case to colleagues; again, after they have new keys. For its supervisors."""
    return open_cases(
        context_of(ctx), words, restricted=restricted, everything=everything, dry_run=dry_run
    )


def open_cases(
    context: Context, words: list[str], *, restricted: bool, everything: bool, dry_run: bool
) -> Result:
    """Grant one case or all; a case where it fails is said and does not stop the rest."""
    from tipcase.casebook import team
    from tipcase.errors import TipcaseError

    named, handles = batch.case_and_people(words, "grant", everything=everything)
    book, person = context.book, context.person
    team.check_grantable(book, handles)
    found: list[TipcaseError] = []
    cases = (
        batch.open_to(context, found, recovery=True) if named is None else (context.case(named),)
    )

    def act(case_id: str) -> Granted:
        return team.grant(
            book, case_id, handles, person, context.time, restricted=restricted, dry_run=dry_run
        )

    done, errors = batch.each("opening cases", cases, act)
    errors = [*found, *errors]
    if errors and named is not None:
        raise errors[0]
    return Result(
        data={
            "cases": [
                {
                    "case": item.case,
                    "granted": list(item.handles),
                    "unchanged": list(item.unchanged),
                    "lacking": list(item.lacking),
                }
                for item in done
            ],
            "restricted": restricted,
            "written": not dry_run,
        },
        talk=tuple(_told(done, dry_run=dry_run)),
        errors=tuple(errors),
        code=batch.worst(errors),
    )


def _told(done: list[Granted], *, dry_run: bool) -> list[str]:
    would = "would be open" if dry_run else "is open"
    talk = [f"{item.case} {would} to {', '.join(item.handles)}" for item in done if item.handles]
    talk += [
        f"{item.case} was open to {', '.join(item.unchanged)} already"
        for item in done
        if item.unchanged
    ]
    talk += [
        f"some older records of {item.case} stay closed to {', '.join(item.lacking)}: you lack"
        " their key, another supervisor grants it"
        for item in done
        if item.lacking
    ]
    return talk
