"""``repair``: mend what can be mended without believing anything new. Needs no key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import DryRunOption, application, context_of
from tipcase.cli.verify import verdicts
from tipcase.errors import TipcaseError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.keyring.person import Person

app = application()


@app.command()
def repair(
    ctx: typer.Context,
    cases: Annotated[list[str] | None, typer.Argument(metavar="[CASE]...")] = None,
    set_aside: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Move files that nobody signed out of the cases to this folder.",
        ),
    ] = None,
    dry_run: DryRunOption = False,
) -> Result:
    """Bring back what the journals name, from git and from unfinished writes. Signs nothing.

    Exit 7 when something is damaged still.
    """
    return mend(context_of(ctx), cases or [], set_aside, dry_run=dry_run)


def mend(context: Context, cases: list[str], folder: Path | None, *, dry_run: bool) -> Result:
    """What was mended, and what verify finds afterwards."""
    from tipcase.casebook.book import Book
    from tipcase.casebook.case import resolve
    from tipcase.casebook.repairs import repair as repairs

    book = context.unchecked_book
    if folder is not None and folder.resolve().is_relative_to(book.root.resolve()):
        raise UsageError(
            "the folder for files that nobody signed lies inside the casebook",
            "name one outside: --set-aside ../set-aside",
        )
    wanted = [resolve(book, case) for case in cases] if cases else None
    outcomes = repairs.repair(book, wanted, _person(context), dry_run=dry_run)
    if folder is not None:
        fresh = Book(book.root, book.home)
        every = wanted if wanted is not None else fresh.all_case_ids()
        outcomes += repairs.set_aside(fresh, every, folder, dry_run=dry_run)
    lines = []
    for outcome in outcomes:
        lines += [f"{outcome.case}: {text}" for text in outcome.done]
        lines += [f"{outcome.case}: could not: {text}" for text in outcome.left]
    data = [{"case": o.case, "done": list(o.done), "left": list(o.left)} for o in outcomes]
    if dry_run:
        talk = ("nothing was written",) if lines else ("nothing to mend",)
        return Result(data={"repaired": data, "verified": []}, text=tuple(lines), talk=talk)
    context.__dict__.pop("unchecked_book", None)
    after = verdicts(context, wanted or [])
    left = [line for line in after.text if not line.endswith(": ok")] if after.code else []
    return Result(
        data={"repaired": data, "verified": after.data},
        text=(*lines, *left),
        talk=(*(("nothing to mend",) if not lines else ()), *after.talk),
        code=after.code,
    )


def _person(context: Context) -> Person | None:
    """Who runs the command, where their key is at hand without a question."""
    reader = context.reader
    try:
        return reader() if reader is not None else None
    except TipcaseError:
        return None
