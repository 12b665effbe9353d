"""``put``: write a record from a file or the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, application, context_of
from tipcase.cli.words import read_source
from tipcase.errors import ConflictError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.case import Case
    from tipcase.casebook.intake import Draft

app = application()


@app.command()
def put(
    ctx: typer.Context,
    case: CaseArgument,
    record: Annotated[
        str, typer.Argument(metavar="RECORD", help="STAGE, or STAGE/TAG to replace one.")
    ],
    source: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="A YAML file; - for the input.")
    ] = "-",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge it, do not write.")] = False,
) -> Result:
    """Write a record. A stage that repeats gets a new one, whose tag is printed."""
    return write(context_of(ctx), case, record, read_source(source, "record"), dry_run=dry_run)


def write(context: Context, case: str, record: str, content: bytes, *, dry_run: bool) -> Result:
    """Type and judge the content; write it only when nothing in it is wrong."""
    from tipcase import documents
    from tipcase.casebook import intake
    from tipcase.casebook.naming import parse_record_name

    kind, tag = parse_record_name(record)
    book = context.book
    case_id = context.case(case)
    row = intake.record_type(book.edition, kind)
    try:
        written = documents.read(content)
    except documents.DocumentError as error:
        error.hint = error.hint or f"compare it with the example: tipcase schema {row.name} --json"
        raise
    draft = intake.draft(book.edition, kind, written.tree, case_id, tag)
    return save(context, case_id, row.name, tag, draft, dry_run=dry_run, replace=tag is not None)


def save(
    context: Context,
    case_id: str,
    kind: str,
    tag: str | None,
    draft: Draft,
    *,
    dry_run: bool,
    replace: bool = False,
    seen: tuple[str, ...] | None = None,
) -> Result:
    """Write a draft that was judged, or answer with its findings (exit 3).

    ``seen`` is what the draft was made from: if something else stands there now, this is a
    ``ConflictError``, because the draft knows nothing of it.
    """
    from tipcase.casebook import change, intake

    if draft.findings:
        talk = (f"nothing was written; the fields of this record: tipcase schema {kind}",)
        return Result(data=None, findings=draft.findings, talk=talk, code=3)
    with change.editing(context.book, case_id, context.person) as case:
        row = context.book.edition.record_type(kind)
        if seen is not None and versions(case, kind, tag) != seen:
            raise ConflictError(
                f"{kind} of {case_id} changed meanwhile: nothing was written",
                f"look at it, then run the command again: tipcase show {case_id} {kind}",
            )
        if replace:
            intake.only_tag(case, row, tag)
        if dry_run:
            return Result(data={"case": case_id, "record": kind, "written": False})
        done = change.put(case, kind, tag, draft.data, context.person, context.time)
    return Result(
        data={
            "case": case_id,
            "record": kind,
            "tag": done.tag,
            "revision": done.revision,
            "written": done.changed,
        },
        text=(done.tag,) if done.tag and not replace else (),
        talk=() if done.changed else ("nothing changed: nothing was written",),
    )


def versions(case: Case, kind: str, tag: str | None) -> tuple[str, ...]:
    """The hashes of what stands for a record now; none where there is no record."""
    path = case.find(kind, tag)
    return tuple(version.sha256 for version in case.fold.current[path]) if path else ()
