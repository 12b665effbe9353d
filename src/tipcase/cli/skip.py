"""``skip``: mark a stage as not applicable or as done elsewhere."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tipcase.cli.context import Context, parse_date
from tipcase.cli.frame import CaseArgument, DryRunOption, application, context_of
from tipcase.cli.words import read_text
from tipcase.errors import ConflictError, NotFoundError, TerminalNeededError, UsageError
from tipcase.output import Result

app = application()


@app.command()
def skip(
    ctx: typer.Context,
    case: CaseArgument,
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="The stage.")],
    reason: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Why: - (input), @FILE or text. It is sealed."),
    ] = None,
    done_elsewhere: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The organization that did it: -, @FILE or text."),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="When it was done there, as much as is known: 2025-03."),
    ] = None,
    paper: Annotated[str | None, typer.Option(metavar="WORD", help="seen or not-seen.")] = None,
    dry_run: DryRunOption = False,
) -> Result:
    """Mark a stage as not applicable (--reason) or as done elsewhere (--done-elsewhere)."""
    context = context_of(ctx)
    decision = _decision(context, stage, reason, done_elsewhere, on, paper)
    return mark(context, case, stage, decision, dry_run=dry_run)


def mark(
    context: Context, case: str, stage: str, decision: dict[str, Any], *, dry_run: bool
) -> Result:
    """Write the mark; reason and organization are sealed."""
    from tipcase.casebook import change

    book = context.book
    names = [known.name for known in book.edition.stages]
    if stage not in names:
        raise NotFoundError("there is no such stage", "one of: " + ", ".join(names))
    state = "not-applicable" if decision["kind"] == "skip" else "done-elsewhere"
    with change.editing(book, context.survivor(case), context.person) as found:
        if not found.fold.open:
            raise ConflictError(
                f"{found.id} is closed",
                f"open it again first: tipcase reopen {found.id} --cause CAUSE --reason -",
            )
        if not dry_run:
            change.skip(found, stage, state, decision, context.person, context.time)
    return Result(
        data={"case": found.id, "stage": stage, "state": state, "written": not dry_run},
        talk=(f"{stage} of {found.id}: {state}",),
    )


def _happened(context: Context, on: str | None, *, elsewhere: bool) -> Any:
    """When it was: what was given; else today for a decision, and nobody knows for others' work."""
    from tipcase.law.dates import is_partial_date

    if on is None:
        return {"unknown": "not-known"} if elsewhere else context.day.isoformat()
    if not elsewhere:
        return parse_date(on, "--on").isoformat()
    if not is_partial_date(on):
        raise UsageError("--on takes a date such as 2025, 2025-03 or 2025-03-05", "--on 2025-03")
    return on


def _decision(
    context: Context,
    stage: str,
    reason: str | None,
    done_elsewhere: str | None,
    on: str | None,
    paper: str | None,
) -> dict[str, Any]:
    if reason is None and done_elsewhere is None:
        raise TerminalNeededError(
            "a stage is set aside only with a reason", "give --reason - or --done-elsewhere NAME"
        )
    if reason == "-" and done_elsewhere == "-":
        raise UsageError("only one of them can come from the input", "give the other as @FILE")
    if paper not in (None, "seen", "not-seen"):
        raise UsageError("--paper takes one of: seen, not-seen", "--paper seen")
    decision: dict[str, Any] = {
        "happened_on": _happened(context, on, elsewhere=done_elsewhere is not None),
        "kind": "skip" if done_elsewhere is None else "done-elsewhere",
        "stage": stage,
        "written_by": context.person.handle,
    }
    if done_elsewhere is not None:
        decision["organization"] = read_text(done_elsewhere, "organization").strip()
        decision["reason"] = "done elsewhere"
    if reason is not None:
        decision["reason"] = read_text(reason, "reason")
    if paper is not None:
        decision["paper_seen"] = paper == "seen"
    if not decision["reason"].strip() or not decision.get("organization", "x"):
        raise UsageError("the reason is empty", "say why: --reason -")
    return decision
