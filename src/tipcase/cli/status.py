"""``status``: where a case stands and what comes next."""

from __future__ import annotations

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, application, context_of
from tipcase.output import Result

app = application()


@app.command()
def status(
    ctx: typer.Context,
    case: CaseArgument,
) -> Result:
    """Show the stages of a case, what is not believed, and what to do next."""
    return standing(context_of(ctx), case)


def standing(context: Context, case: str) -> Result:
    """The stages with their states, conflicts, warnings, and the next step."""
    from tipcase import law
    from tipcase.casebook.case import Case, resolve

    book = context.book
    found = Case(book, resolve(book, case, context.reader))
    dossier, unread = found.read_all(context.person)
    held = law.blocking(law.check(book.edition, dossier, context.today))
    conflicts = [path for path, versions in found.fold.current.items() if len(versions) > 1]
    warnings = [problem.text for problem in found.fold.problems if not problem.damage]
    after = law.next_stage(book.edition, dossier)
    step = (
        f"tipcase check {found.id}"
        if held
        else f"tipcase advance {found.id}"
        if after
        else f"tipcase readiness {found.id}"
    )
    states = [(stage, dossier.state_of(stage.name)) for stage in book.edition.stages]
    lines = [
        f"{found.id}  opened {dossier.opened}  {dossier.state}  phase {dossier.phase or 'none'}"
    ]
    lines += [
        f"{'>' if stage.name == dossier.stage else ' '} {stage.number:2} {state:<14} "
        f"{stage.label.get(context.lang)}"
        for stage, state in states
    ]
    lines += [f"conflict: {path} has two versions" for path in conflicts]
    lines += [f"warning: {text}" for text in warnings]
    lines.append(f"{len(held)} thing(s) hold the next stage; next: {step}")
    return Result(
        data={
            "case": found.id,
            "stage": dossier.stage,
            "phase": dossier.phase,
            "state": dossier.state,
            "opened": dossier.opened,
            "stages": {stage.name: state for stage, state in states},
            "team": sorted(found.fold.team),
            "blocks": len(held),
            "conflicts": conflicts,
            "warnings": warnings,
            "next": step,
        },
        text=tuple(lines),
        errors=tuple(item.error for item in unread),
        code=max((item.error.exit_code for item in unread), default=0),
    )
