"""``sync``: fetch from the office's repository, merge, verify, push."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.merge.syncing import Synced

app = application()


@app.command()
def sync(
    ctx: typer.Context,
    remote: Annotated[
        str | None,
        typer.Argument(metavar="[REMOTE]", help="A name that git remote lists; else the usual."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Fetch and judge only.")] = False,
) -> Result:
    """Commit, fetch, judge, merge, verify and push. What cannot be believed is not merged.

    Exit 5 when people have to settle something, 7 when the other side is not to be believed.
    """
    return bring(context_of(ctx), remote, dry_run=dry_run)


def bring(context: Context, remote: str | None, *, dry_run: bool = False) -> Result:
    """Sync, and say what came and what went."""
    from tipcase.casebook.merge import syncing

    done = syncing.sync(
        context.root,
        context.home,
        lambda: context.person,
        context.time,
        remote,
        dry_run=dry_run,
    )
    return _show(done, dry_run=dry_run)


def _show(done: Synced, *, dry_run: bool) -> Result:
    from tipcase.cli.merge import show

    shown = [show(report) for report in done.reports]
    steps = [step for result in shown for step in result.data["steps"]]
    steps += [{"case": s.case, "name": s.name, "done": s.done, "conflicts": []} for s in done.moved]
    lines = [f"{step['case']} {step['name']}: {step['done']}" for step in steps]
    talk = [f"warning: {text} (tipcase verify)" for text in done.gaps]
    talk += [f"warning: {text}" for text in done.back]
    talk += [f"warning: {text}; tipcase log staff shows when" for text in done.news]
    talk += [line for result in shown for line in result.talk if line != "nothing to merge"]
    verb = "would come" if dry_run else "came"
    other = "would go" if dry_run else "went"
    talk.append(f"{done.remote}: {done.fetched} commits {verb}, {done.pushed} {other}")
    return Result(
        data={
            "remote": done.remote,
            "fetched": done.fetched,
            "pushed": done.pushed,
            "steps": steps,
            "left": [item for result in shown for item in result.data["left"]],
            "warnings": [
                *done.gaps,
                *done.back,
                *done.news,
                *(text for result in shown for text in result.data["warnings"]),
            ],
            "written": not dry_run and done.written,
        },
        text=tuple(lines),
        talk=tuple(talk),
        errors=tuple(error for result in shown for error in result.errors),
        code=done.code,
    )
