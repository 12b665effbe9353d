"""``adopt``: take in what somebody wrote who had been removed and did not know it yet."""

from __future__ import annotations

from typing import Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, DryRunOption, application, context_of
from tipcase.errors import UsageError
from tipcase.output import Result, Table

app = application()


@app.command()
def adopt(
    ctx: typer.Context,
    case: CaseArgument,
    entries: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ENTRY]...", help="Beginnings of entry ids: 4 characters or more."),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show what waits; needs no key.")] = False,
    dry_run: DryRunOption = False,
) -> Result:
    """Take in entries that were set aside: the work of somebody who was removed meanwhile.

    Ask the person, or look at what they wrote (git has it), before you vouch for it.
    """
    context = context_of(ctx)
    if listed == bool(entries):
        raise UsageError("name the entries, or list them", "tipcase adopt CASE --list")
    return waiting(context, case) if listed else take(context, case, entries or [], dry_run=dry_run)


def waiting(context: Context, text: str) -> Result:
    """What waits in a case."""
    from tipcase.casebook.case import Case
    from tipcase.casebook.merge import aside

    case = Case(context.book, context.case(text))
    found = aside.waiting(case)
    return Result(
        data=[
            {
                "entry": item.entry,
                "op": item.op,
                "by": item.signer,
                "time": item.time,
                "files": list(item.paths),
            }
            for item in found
        ],
        table=Table(
            ("entry", "op", "by", "time", "files"),
            tuple(
                (item.entry[:16], item.op, item.signer, item.time, ", ".join(item.paths))
                for item in found
            ),
        ),
        talk=() if found else (f"nothing waits in {case.id}",),
    )


def take(context: Context, text: str, wanted: list[str], *, dry_run: bool) -> Result:
    """Adopt entries of a case, with those that they build on, and join what they changed."""
    from tipcase.casebook import change
    from tipcase.casebook.merge import aside, merging, syncing
    from tipcase.casebook.merge.objects import Objects
    from tipcase.cli.merge import show

    case_id = context.case(text)
    with change.editing(context.book, case_id, context.person, "adopt") as case:
        chosen = aside.choose(case, wanted)
        ids = [signed.id for signed in chosen]
        if not dry_run:
            aside.adopt(case, chosen, Objects(context.root), context.person, context.time)
    data = {"case": case_id, "entries": ids, "written": not dry_run}
    if dry_run:
        return Result(data=data, talk=(f"{len(ids)} entries would be adopted",))
    report = merging.merge(context.root, context.home, lambda: context.person, context.time)
    syncing.keep(context.root, context.home, report, lambda: context.person, context.time)
    joined = show(report)
    return Result(
        data={**data, "steps": joined.data["steps"]},
        text=joined.text,
        talk=(
            f"{len(ids)} entries of {case_id} adopted",
            *(line for line in joined.talk if line != "nothing to merge"),
        ),
        errors=joined.errors,
        code=joined.code,
    )
