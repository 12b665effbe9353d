"""``check``: what is missing or against the rules."""

from __future__ import annotations

from typing import Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.errors import TipcaseError, UsageError
from tipcase.output import Result

app = application()


@app.command()
def check(
    ctx: typer.Context,
    cases: Annotated[list[str] | None, typer.Argument(metavar="[CASE]...")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every case that you can open.")
    ] = False,
) -> Result:
    """Say what advance would refuse now, and what is against the rules (exit 3 if any blocks)."""
    return findings_of(context_of(ctx), cases or [], everything=everything)


def findings_of(context: Context, cases: list[str], *, everything: bool) -> Result:
    """The findings of some cases or all; an unreadable case is said and does not stop the rest.

    Of all cases, those that are not open to the person are left out and counted.
    """
    from tipcase import law
    from tipcase.casebook.case import Case, resolve

    if bool(cases) == everything:
        raise UsageError("name a case, or give --all", "tipcase check CASE")
    book = context.book
    wanted = (
        book.all_case_ids() if everything else [resolve(book, c, context.reader) for c in cases]
    )
    findings: list[law.Finding] = []
    errors: list[TipcaseError] = []
    closed: list[str] = []
    for case_id in wanted:
        try:
            case = Case(book, case_id)
            if everything and context.person.handle not in case.fold.team:
                closed.append(case_id)
                continue
            dossier, unread = case.read_all(context.person)
        except TipcaseError as error:
            errors.append(error)
            continue
        findings += law.check(book.edition, dossier, context.today)
        errors += [item.error for item in unread]
    blocked = any(finding.blocks for finding in findings)
    code = max((error.exit_code for error in errors), default=3 if blocked else 0)
    talk = [f"{len(closed)} case(s) are not open to you: not looked at"] if closed else []
    talk += [] if findings or errors else ["nothing is missing"]
    return Result(
        data={
            "cases": [case_id for case_id in wanted if case_id not in closed],
            "not_open": len(closed),
            "blocks": sum(f.blocks for f in findings),
            "findings": len(findings),
        },
        findings=tuple(findings),
        errors=tuple(errors),
        code=code,
        talk=tuple(talk),
        shown=True,
    )
