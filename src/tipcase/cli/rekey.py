"""``rekey``: new keys of a case for the same team."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tipcase.cli import batch
from tipcase.cli.context import Context
from tipcase.cli.frame import (
    AllOption,
    CasesArgument,
    DryRunOption,
    ReencryptOption,
    application,
    context_of,
)
from tipcase.cli.revoke import as_data, told
from tipcase.errors import TipcaseError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.team import Rekeyed

app = application()


@app.command()
def rekey(
    ctx: typer.Context,
    cases: CasesArgument = None,
    everything: AllOption = False,
    reencrypt: ReencryptOption = False,
    dry_run: DryRunOption = False,
) -> Result:
    """Make new keys of cases for their teams, as when a laptop or a key was lost."""
    return renew(
        context_of(ctx), cases or [], everything=everything, reencrypt=reencrypt, dry_run=dry_run
    )


def renew(
    context: Context, named: list[str], *, everything: bool, reencrypt: bool, dry_run: bool
) -> Result:
    """Rekey some cases or all; a case where it fails is said and does not stop the rest."""
    from tipcase.casebook import team

    if bool(named) == everything:
        raise UsageError("name a case, or give --all", "tipcase rekey CASE")
    found: list[TipcaseError] = []
    cases = (
        batch.open_to(context, found, recovery=False)
        if everything
        else tuple(dict.fromkeys(context.case(case) for case in named))
    )

    def act(case_id: str) -> Rekeyed:
        return team.rekey(
            context.book,
            case_id,
            context.person,
            context.time,
            reencrypt=reencrypt,
            dry_run=dry_run,
        )

    done, errors = batch.each("new keys", cases, act)
    errors = [*found, *errors]
    if errors and len(named) == 1:
        raise errors[0]
    errors += [error for item in done for error in item.errors]
    would = "would get" if dry_run else "has"
    talk = [f"{item.case} {would} new keys" for item in done]
    return Result(
        data={"cases": [as_data(item) for item in done], "written": not dry_run},
        talk=(*talk, *told(done)),
        errors=tuple(errors),
        code=batch.worst(errors),
    )
