"""``export``: an attachment in the clear, or the data of all cases for another program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.batch import MOST_PROCESSES
from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.cli.new_file import NewFile
from tipcase.errors import TerminalNeededError, UsageError
from tipcase.output import Result
from tipcase.reports.export import FORMATS

if TYPE_CHECKING:
    from tipcase.casebook.attachments.attachments import Attachment
    from tipcase.casebook.case import Case

app = application()

_FILE = NewFile("file", "plaintext", "name a file elsewhere: --out ~/scan.pdf")
_UNWRITTEN = ("it opens and is whole; nothing was written",)


WhatArgument = Annotated[
    str,
    typer.Argument(
        metavar="CASE|FORMAT",
        help="The case of the attachment; or htcds, ndjson, csv, parquet: data of all cases.",
    ),
]
AttachmentArgument = Annotated[
    str | None, typer.Argument(metavar="[ATTACHMENT]", help="Any unique beginning of its id.")
]
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out",
        metavar="FILE|DIR|-",
        help="A file or folder elsewhere; of data a new folder; - for the output.",
    ),
]
PeriodOption = Annotated[
    str | None,
    typer.Option(
        "--period", metavar="PERIOD", help="Data: who was on file in 2026, 2026-Q3, 2026-10."
    ),
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="Data: from this day on.")
]
ToOption = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Data: to this day.")]
WithIdsOption = Annotated[
    bool, typer.Option("--with-ids", help="Data: with the ids of the cases, for the office alone.")
]
ProcessesOption = Annotated[
    int | None,
    typer.Option(
        "--processes", metavar="N", min=1, max=MOST_PROCESSES, help="Data: how many read at once."
    ),
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Replace a file, or an earlier export, that is there.")
]


@app.command()
def export(
    ctx: typer.Context,
    what: WhatArgument,
    attachment: AttachmentArgument = None,
    out: OutOption = None,
    period: PeriodOption = None,
    first: FromOption = None,
    last: ToOption = None,
    with_ids: WithIdsOption = False,
    processes: ProcessesOption = None,
    force: ForceOption = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and check it, write nothing.")
    ] = False,
) -> Result:
    """Take something out, in the clear, outside the casebook: an attachment, or data of all cases.

    Data holds codes, numbers and months of people who said yes to being reported, and of nobody
    else; no names, days or texts.
    """
    context = context_of(ctx)
    # One word is a format, two are a case and an attachment.
    if attachment is None:
        from tipcase.cli import dataset

        if what not in FORMATS:
            raise UsageError(
                "that is no format, and no attachment is named",
                f"tipcase export CASE ATTACHMENT --out FILE; or one of {', '.join(FORMATS)}",
            )
        asked = dataset.Asked(what, out, period, first, last, with_ids, processes)
        return dataset.exported(context, asked, force=force, dry_run=dry_run)
    if with_ids or any(one is not None for one in (period, first, last, processes)):
        raise UsageError(
            "an attachment has no period, no ids and no processes",
            "tipcase export CASE ATTACHMENT --out FILE",
        )
    return exported(context, what, attachment, out, force=force, dry_run=dry_run)


def exported(
    context: Context,
    case: str,
    attachment: str,
    out: str | None,
    *,
    force: bool,
    dry_run: bool = False,
) -> Result:
    """Find the attachment, then write it whole or not at all."""
    from tipcase.casebook.attachments import attachments
    from tipcase.casebook.case import Case, resolve

    if out is None:
        raise TerminalNeededError(
            "nobody said where the attachment is to go", "give --out FILE, or --out - for a pipe"
        )
    if out == "-" and context.json:
        raise UsageError("the output cannot be both JSON and a file", "give --out FILE")
    found = Case(context.book, resolve(context.book, case, context.reader))
    wanted = attachments.find(found, attachment, context.person)
    target = _target(context, wanted, Path(out), force=force) if out != "-" else None
    if target is None or dry_run:
        _pass_on(context, found, wanted, dry_run=dry_run)
    else:
        _write(context, found, wanted, target, force=force)
    if target is None:
        return Result(talk=_UNWRITTEN if dry_run else ())
    return Result(
        data={
            "case": found.id,
            "record": wanted.record,
            "attachment": dict(wanted.item),
            "file": str(target),
            "written": not dry_run,
        },
        text=() if dry_run else (str(target),),
        talk=_UNWRITTEN
        if dry_run
        else (f"plaintext: {target}; delete it when it is no longer needed",),
    )


def _pass_on(context: Context, case: Case, wanted: Attachment, *, dry_run: bool) -> None:
    """To the standard output; read once before, because what went out cannot be taken back."""
    from tipcase.casebook.attachments import attachments

    if not dry_run and sys.stdout.isatty():
        raise UsageError("an attachment cannot be read on a terminal", "give --out FILE")
    for _ in attachments.content(case, wanted, context.person):
        pass
    if dry_run:
        return
    for part in attachments.content(case, wanted, context.person):
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


def _target(context: Context, wanted: Attachment, out: Path, *, force: bool) -> Path:
    """The file to write; refused where it may not stand, or stands already."""
    from tipcase.casebook.attachments.attached import as_file_name

    target = out / as_file_name(wanted.item) if out.is_dir() else out
    _FILE.check(target, context.root, force=force)
    return target


def _write(context: Context, case: Case, wanted: Attachment, target: Path, *, force: bool) -> None:
    from tipcase.casebook.attachments import attachments

    with _FILE.writing():
        attachments.deliver(case, wanted, context.person, target, force=force)
