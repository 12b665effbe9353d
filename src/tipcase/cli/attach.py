"""``attach``: seal a photo, a scan or a recording into a case, owned by one of its records."""

from __future__ import annotations

import contextlib
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated

import typer

from tipcase.cli.closings import after_writing
from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, application, context_of
from tipcase.errors import NotFoundError, UsageError
from tipcase.output import Result

app = application()


@app.command()
def attach(
    ctx: typer.Context,
    case: CaseArgument,
    record: Annotated[
        str, typer.Argument(metavar="RECORD", help="The record that owns it: STAGE or STAGE/TAG.")
    ],
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="The file; - for the input.", show_default=False)
    ],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Its name in the record, not FILE's.")
    ] = None,
    purpose: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="PURPOSE", help="photo (of the person), scan, audio, form or other."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look at it, write nothing.")] = False,
) -> Result:
    """Seal a file into a case. Its kind is told from its content; the record keeps its name.

    While the input or a pipe is read nobody else can write the case: a slow one keeps them waiting.
    """
    return attached(context_of(ctx), case, record, file, name, purpose, dry_run=dry_run)


def attached(
    context: Context,
    case: str,
    record: str,
    file: str,
    name: str | None,
    purpose: str | None,
    *,
    dry_run: bool,
) -> Result:
    """Stream the file into the case; its item as the record holds it, with the id on stdout."""
    from tipcase.casebook import change
    from tipcase.casebook.attachments import attachments
    from tipcase.casebook.attachments.attached import PURPOSES, as_name
    from tipcase.casebook.attachments.incoming import Incoming
    from tipcase.casebook.naming import parse_record_name

    if purpose is not None and purpose not in PURPOSES:
        raise UsageError("--as takes " + ", ".join(PURPOSES), "give --as photo, or leave it out")
    case_id = context.case(case)
    kind, tag = parse_record_name(record)
    with _opened(file) as stream:
        content = Incoming(stream)
        called = as_name(name if name is not None else "" if file == "-" else file)
        about = {k: v for k, v in (("name", called), ("purpose", purpose)) if v is not None}
        with change.editing(context.book, case_id, context.person) as found:
            done = attachments.attach(
                found, (kind, tag), content, about, context.person, context.time, dry_run=dry_run
            )
            late = () if dry_run else after_writing(found)
    large = content.length > attachments.LARGE
    return Result(
        data={
            "case": case_id,
            "record": done.record,
            "attachment": dict(done.item),
            "written": not dry_run,
        },
        text=() if dry_run else (str(done.item["id"]),),
        talk=(
            *_told(content.type, from_file=file != "-", large=large, written=not dry_run),
            *late,
        ),
    )


def _told(kind: str, *, from_file: bool, large: bool, written: bool) -> tuple[str, ...]:
    talk = [f"it is {kind}, by its content"] if not written else []
    if written and from_file and sys.stderr.isatty():
        talk.append("the file itself still stands where it was, in the clear: delete it")
    if large:
        talk.append(
            "a large file: git keeps it for ever, and many servers take no more than 100 MB"
        )
    return tuple(talk)


@contextlib.contextmanager
def _opened(source: str) -> Iterator[IO[bytes]]:
    """The input, or a file or pipe that a person names; its name is not repeated in errors.

    Links are followed here, because the file is theirs.
    """
    from tipcase import files

    if source == "-":
        yield sys.stdin.buffer
        return
    path = Path(source)
    with files.refusals("read the file to attach"):
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError, ValueError):
            raise NotFoundError(
                "the file to attach is not there", "check its name, or give - for the input"
            ) from None
        if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
            raise UsageError(
                "what is named to attach is not a file",
                "name a file, or give - for the input",
            )
        pipe = stat.S_ISFIFO(mode)
        stream = path.open("rb") if pipe else files.opened(path.resolve(), "read the file")
    with stream:
        yield stream
