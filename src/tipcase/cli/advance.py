"""``advance``: move a case to its next stage, or to another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, application, context_of
from tipcase.cli.words import read_text
from tipcase.errors import ConflictError, NotFoundError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.change import Move
    from tipcase.law import Dossier, Edition, Finding

app = application()


@app.command()
def advance(
    ctx: typer.Context,
    case: CaseArgument,
    to: Annotated[
        str | None, typer.Option(metavar="STAGE", help="A later or an earlier one.")
    ] = None,
    phase: Annotated[
        str | None,
        typer.Option(metavar="PHASE", help="What follows, such as follow-up-2, or none."),
    ] = None,
    override: Annotated[
        str | None,
        typer.Option(
            metavar="REASON", help="Go on all the same, and why: - (input), @FILE or text."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask the gates, do not move.")] = False,
) -> Result:
    """Move the current stage. Exit 3 with the findings when a gate or a missing field holds it."""
    reason = read_text(override, "reason") if override is not None else None
    return move(context_of(ctx), case, to, phase, reason, dry_run=dry_run)


def move(
    context: Context,
    case: str,
    to: str | None,
    phase: str | None,
    reason: str | None,
    *,
    dry_run: bool,
) -> Result:
    """Ask the gates; move when they hold, or when a reason overrides them (sealed in the case)."""
    from tipcase import law
    from tipcase.casebook import change
    from tipcase.casebook.merge import choices

    if reason is not None and not reason.strip():
        raise UsageError("the reason is empty", "say why the gate is overridden: --override -")
    book, person = context.book, context.person
    with change.editing(book, context.survivor(case), person) as found:
        dossier, unread = found.read_all(person)
        if unread:
            raise unread[0].error
        if not found.fold.open:
            raise ConflictError(
                f"{found.id} is closed",
                f"open it again first: tipcase reopen {found.id} --cause CAUSE --reason -",
            )
        # No reason overrides this: nobody knows yet what the record says.
        choices.refuse_open(dossier)
        unseen = choices.unseen(found, dossier)
        target = _target(book.edition, dossier, to)
        chosen = _phase(book.edition, str(book.config.get("framework")), target, phase, dossier)
        findings = law.advance_findings(book.edition, dossier, target, context.today)
        held = law.blocking(findings)
        if held and reason is None:
            data = _data(dossier, moved=False)
            return Result(data=data, findings=findings, talk=_warned(unseen), code=3)
        plan = _plan(book.edition, dossier, target, chosen, held=bool(held))
        if not dry_run:
            decision = _decision(context, dossier, reason, held)
            change.advance(found, plan, decision, person, context.time)
    moved = {"case": dossier.case, "stage": target, "phase": chosen, "moved": not dry_run}
    talk = f"{dossier.case} would be at {target}" if dry_run else f"{dossier.case} is at {target}"
    advice = tuple(finding for finding in findings if not finding.blocks)
    return Result(data=moved, findings=advice, talk=(*_warned(unseen), talk))


def _warned(unseen: tuple[str, ...]) -> tuple[str, ...]:
    """A line for each record in which a conflict may be open that the person cannot see."""
    return tuple(
        f"warning: {name} was joined from two versions: "
        "ask somebody who can open it whether something is open"
        for name in unseen
    )


def _target(edition: Edition, dossier: Dossier, to: str | None) -> str:
    from tipcase import law

    if to is None:
        target = law.next_stage(edition, dossier)
        if target is None:
            raise ConflictError(
                f"{dossier.case} is at its last stage", f"tipcase readiness {dossier.case}"
            )
        return target
    names = [stage.name for stage in edition.stages]
    if to not in names:
        raise NotFoundError("there is no such stage", "one of: " + ", ".join(names))
    if to == dossier.stage:
        raise ConflictError(f"{dossier.case} is at {to} already", f"tipcase status {dossier.case}")
    return to


def _phase(
    edition: Edition, framework: str, stage: str, named: str | None, dossier: Dossier
) -> str | None:
    """The phase named, else the stage's own; a stage without one keeps the phase as it is."""
    if named == "none":
        return None
    if named is not None:
        names = [phase.name for phase in edition.phases]
        if named not in names:
            raise NotFoundError("there is no such phase", f"one of: {', '.join(names)}, none")
        return named
    own = edition.phase_of(stage, framework)
    return own if own is not None or framework == "none" else dossier.phase


def _plan(
    edition: Edition, dossier: Dossier, target: str, phase: str | None, *, held: bool
) -> Move:
    from tipcase.casebook.change import Move

    place = edition.position(target)
    forward = place > edition.position(dossier.stage)
    # A stage that was set aside stays so: it did not become complete by being passed.
    complete = forward and not held and not dossier.excused(dossier.stage)
    return Move(dossier.stage, target, place + 1, phase, complete=complete)


def _decision(
    context: Context, dossier: Dossier, reason: str | None, held: tuple[Finding, ...]
) -> dict[str, Any] | None:
    """The sealed record of an override; none where nothing was held."""
    if reason is None or not held:
        return None
    return {
        "happened_on": context.day.isoformat(),
        "kind": "override",
        "reason": reason,
        "stage": dossier.stage,
        "gates": list(dict.fromkeys(f"{f.rule} {f.record} {f.field}".strip() for f in held)),
        "written_by": context.person.handle,
    }


def _data(dossier: Dossier, *, moved: bool) -> dict[str, Any]:
    return {"case": dossier.case, "stage": dossier.stage, "phase": dossier.phase, "moved": moved}
