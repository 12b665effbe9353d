"""``new``: open a case, or many at once from a list."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.context import Context, parse_date
from tipcase.cli.frame import application, context_of
from tipcase.cli.words import read_source
from tipcase.errors import MachineError, TipcaseError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.opening import Group

app = application()


# The first line of a block keeps the framework from breaking its lines anew.
_HELP = """Open a case and print its id, which says nothing about the person.

\b
A list for --from is YAML:
  opened: 2026-01-05
  link: same-rescue            # leave it out and nobody is linked
  shared:                      # what all share, by record
    profile: {nationality: KH}
  people:                      # one entry a case
    - profile: {full_name: ONE Example}
    - profile: {full_name: TWO Example}
"""


@app.command(help=_HELP)
def new(
    ctx: typer.Context,
    opened: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The day it was opened, such as 2026-01-05; else today."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="FILE", help="A case for each person of a list: FILE or - (input)."
        ),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Go on with a list: the ids that were printed, FILE or - (input)."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge it, open nothing.")] = False,
) -> Result:
    """Open a case, or the cases of a list; prints their ids."""
    context = context_of(ctx)
    if source is not None:
        return open_list(context, source, opened, resume, dry_run=dry_run)
    if resume is not None:
        raise UsageError("--resume goes on with a list", "tipcase new --from FILE --resume IDS")
    return open_case(context, opened, dry_run=dry_run)


def open_case(context: Context, opened: str | None, *, dry_run: bool) -> Result:
    """Open a case for its creator, the supervisors and the recovery seed."""
    from tipcase.casebook import change
    from tipcase.law.dates import is_partial_date

    day = parse_date(opened, "--opened") if opened else context.day
    if not is_partial_date(day):
        raise UsageError("no case was opened in that year", "give --opened 2026-01-05")
    book, person = context.book, context.person
    if dry_run:
        return Result(data={"case": None, "opened": day.isoformat()}, talk=("a case would open",))
    case = change.new_case(book, person, opened=day.isoformat(), time=context.time)
    return Result(data={"case": case, "opened": day.isoformat()}, text=(case,))


def open_list(
    context: Context, source: str, opened: str | None, resume: str | None, *, dry_run: bool
) -> Result:
    """Open a case for each person of a list, once nothing in all of it is wrong."""
    from tipcase.casebook import opening

    if source == "-" and resume == "-":
        raise UsageError("only one of them can come from the input", "give the other as a FILE")
    book = context.book
    group = opening.read(book.edition, read_source(source, "list"))
    if group.findings:
        talk = ("no case was opened; the form of a list: tipcase new --help",)
        return Result(findings=group.findings, talk=talk, code=3)
    if opened is not None and group.opened is not None:
        raise UsageError("the day stands in the list already", "leave --opened out")
    day = parse_date(opened, "--opened").isoformat() if opened else None
    day = group.opened or day or context.day.isoformat()
    before = read_source(resume, "ids").decode("utf-8", "replace").split() if resume else []
    ids = [context.survivor(case) for case in before]
    opening.fits(group, ids)
    if dry_run:
        count = len(group.people) - len(ids)
        return Result(data=[], talk=(f"{count} case(s) would be opened on {day}",))
    return _open(context, group, day, ids)


def _open(context: Context, group: Group, day: str, before: list[str]) -> Result:
    from tipcase import terminal
    from tipcase.casebook import opening

    born: list[str] = []
    # The bar takes sys.stdout over; what goes into a file or a pipe must still get there.
    stream = sys.stdout

    def say(case: str) -> None:
        born.append(case)
        if not context.json:
            # As soon as it stands: a machine that stops here must leave the id behind.
            out = sys.stdout if stream.isatty() else stream
            out.write(f"{case}\n")
            out.flush()

    try:
        with terminal.progress("opening cases", 2 * len(group.people)) as step:
            ids = opening.open_all(
                context.book,
                group,
                context.person,
                opened=day,
                clock=lambda: context.time,
                before=before,
                born=say,
                step=step,
            )
    except TipcaseError as error:
        return _stopped(error, [*before, *born], len(group.people))
    except OSError:
        refused = MachineError(
            "the ids could not be written out: nobody hears them, or the disk is full",
            "send the output where it can be written",
        )
        return _stopped(refused, [*before, *born], len(group.people))
    except KeyboardInterrupt:
        from tipcase.cli.root import Interrupted

        return _stopped(Interrupted("interrupted"), [*before, *born], len(group.people))
    return Result(data=list(ids), talk=(f"{len(born)} case(s) opened",))


def _stopped(error: TipcaseError, ids: list[str], people: int) -> Result:
    """What stands after a list was stopped in the middle, and how to go on without doubling."""
    talk = (
        f"{len(ids)} of {people} cases are open: {', '.join(ids) or 'none'}",
        "put these ids into a file, one a line in this order, and go on:"
        " tipcase new --from FILE --resume IDS",
    )
    return Result(data=ids, errors=(error,), talk=talk, code=error.exit_code)
