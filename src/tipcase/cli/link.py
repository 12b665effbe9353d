"""``link``: say in two cases at once that they belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, DryRunOption, application, context_of
from tipcase.errors import TerminalNeededError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.links import Linked

app = application()


@app.command()
def link(
    ctx: typer.Context,
    case: CaseArgument,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The other case.")],
    kind: Annotated[
        str | None,
        typer.Option("--as", metavar="KIND", help="What OTHER is to CASE, such as sibling."),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take it out of both; without --as, all of them.")
    ] = False,
    dry_run: DryRunOption = False,
) -> Result:
    """Link two cases: it stands in both sealed profiles, and you must be able to open both."""
    return join(context_of(ctx), case, other, kind, remove=remove, dry_run=dry_run)


def join(
    context: Context, case: str, other: str, kind: str | None, *, remove: bool, dry_run: bool
) -> Result:
    """Write the link or take it away, in both cases or in neither."""
    from tipcase.casebook import links
    from tipcase.casebook.links import Link

    book, one, two = context.book, context.survivor(case), context.survivor(other)
    if kind is None and not remove:
        raise TerminalNeededError(
            "a link needs its kind", "give --as, one of: " + ", ".join(links.kinds(book.edition))
        )
    person, time = context.person, context.time
    if remove:
        sides = links.unlink(book, one, two, kind, person, time, dry_run=dry_run)
    else:
        sides = links.link(book, one, Link(two, kind or ""), person, time, dry_run=dry_run)
    return Result(
        data={
            "cases": [
                {
                    "case": side.case,
                    "linked_case": side.other,
                    "link_kind": side.kind,
                    "written": side.changed and not dry_run,
                }
                for side in sides
            ],
            "removed": remove,
        },
        talk=tuple(_told(side, remove=remove, dry_run=dry_run) for side in sides),
    )


def _told(side: Linked, *, remove: bool, dry_run: bool) -> str:
    """What became of one side; the kind is a fact of a sealed record and is not repeated."""
    if not side.changed:
        state = "has no such link" if remove else "has this link already"
        return f"the profile of {side.case} {state}: nothing was written"
    verb = "would be" if dry_run else "was"
    done = f"{verb} taken out of" if remove else f"{verb} written into"
    return f"the link to {side.other} {done} the profile of {side.case}"
