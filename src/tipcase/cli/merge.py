"""``merge``: make one casebook of what git joined, or could not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import DryRunOption, application, context_of
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.merge.mergereport import Report

app = application()


@app.command()
def merge(
    ctx: typer.Context,
    go_on: Annotated[
        bool, typer.Option("--continue", help="Let git finish what it is in the middle of.")
    ] = False,
    dry_run: DryRunOption = False,
) -> Result:
    """Join what was written apart, after git merge, pull, rebase, cherry-pick or stash pop.

    Records are joined field by field. Exit 5 when something is left for people to settle.
    """
    return join(context_of(ctx), go_on=go_on, dry_run=dry_run)


def join(context: Context, *, go_on: bool = False, dry_run: bool = False) -> Result:
    """Merge until git waits for nothing more, where it shall go on; else once."""
    from tipcase.casebook.merge import merging, syncing

    report = merging.merge(
        context.root, context.home, lambda: context.person, context.time, dry_run=dry_run
    )
    if dry_run:
        return show(report, written=False)
    if go_on:
        report = syncing.go_on(context.root, context.home, lambda: context.person, context.time)
    else:
        syncing.keep(context.root, context.home, report, lambda: context.person, context.time)
    return show(report)


def show(report: Report, *, written: bool = True) -> Result:
    """What a merge did, and what is left for whom."""
    lines = [f"{step.case} {step.name}: {step.done}" for step in report.steps]
    talk = [f"warning: {text}" for text in report.warnings]
    for step in report.conflicts:
        talk.append(
            f"{step.case} {step.name}: both values of {', '.join(step.conflicts)} are kept: "
            f"tipcase resolve {step.case} {step.name}"
        )
    if report.foreign:
        talk.append(f"{report.foreign} files are none of the casebook's: settle them with git")
    if report.waiting:
        word = "commit" if report.waiting == "merge" else f"{report.waiting} --continue"
        talk.append(f"git waits: git {word}, or tipcase merge --continue")
    if not lines and not report.left:
        talk.append("nothing to merge")
    if not written:
        talk.append("nothing was written")
    return Result(
        data={
            "steps": [
                {
                    "case": step.case,
                    "name": step.name,
                    "done": step.done,
                    "conflicts": list(step.conflicts),
                }
                for step in report.steps
            ],
            "left": [
                {"case": item.case, "why": item.error.sentence, "hint": item.error.hint}
                for item in report.left
            ],
            "warnings": list(report.warnings),
            "waiting": report.waiting,
            "written": written,
        },
        text=tuple(lines),
        talk=tuple(talk),
        errors=tuple(item.error for item in report.left),
        code=report.code,
    )
