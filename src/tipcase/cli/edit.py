"""``edit``: write a record in one's editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, application, context_of
from tipcase.cli.put import save, versions
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.intake import Draft
    from tipcase.law import RecordType

app = application()


@app.command()
def edit(
    ctx: typer.Context,
    case: CaseArgument,
    record: Annotated[str, typer.Argument(metavar="RECORD", help="STAGE, or STAGE/TAG.")],
    new: Annotated[
        bool, typer.Option("--new", help="Another record of a stage that repeats.")
    ] = False,
) -> Result:
    """Write a record in your editor, in RAM. A mistake takes you back to your text."""
    return write(context_of(ctx), case, record, new=new)


def write(context: Context, case: str, record: str, *, new: bool) -> Result:
    """Open the record, or a skeleton of its fields, and save what comes back."""
    from tipcase import documents, editing
    from tipcase.casebook import intake
    from tipcase.casebook.case import Case
    from tipcase.casebook.naming import parse_record_name
    from tipcase.casebook.record import body

    kind, tag = parse_record_name(record)
    book = context.book
    found = Case(book, context.case(case))
    row = intake.record_type(book.edition, kind)
    fresh = new or (row.repeats and tag is None and not found.tags(kind))
    tag = None if fresh else intake.only_tag(found, row, tag)
    path = None if fresh else found.find(kind, tag)
    text = skeleton(row) if path is None else body(found.plaintext(path, context.person))
    seen = None if fresh else versions(found, kind, tag)
    taken: list[Draft] = []

    def accept(edited: bytes) -> list[str]:
        from tipcase.errors import TipcaseError
        from tipcase.output import finding_line

        try:
            draft = intake.draft(book.edition, kind, documents.read(edited).tree, found.id, tag)
        except TipcaseError as error:
            hint = [f"tipcase: hint: {error.hint}"] if error.hint else []
            return [f"tipcase: error: {error.sentence}", *hint]
        taken[:] = [draft]
        return [finding_line(finding, context.lang) for finding in draft.findings]

    if editing.edit(text, accept) is None:
        return Result(data={"written": False}, talk=("nothing was written",))
    replace = tag is not None
    return save(context, found.id, kind, tag, taken[0], dry_run=False, replace=replace, seen=seen)


def skeleton(row: RecordType) -> str:
    """A commented list of the fields of a record type, for a first record."""
    lines = [
        f"# {row.label.en} / {row.label.km}",
        "# Take the # away where you have something to say.",
    ]
    lines.append(
        "# What is not known: {unknown: not-asked | declined | not-known | not-applicable}"
    )
    for field in row.fields:
        if "." in field.path or "[" in field.path:
            continue
        mark = " (needed to leave the stage)" if field.required else ""
        choices = f" — {', '.join(field.values)}" if field.values else ""
        lines += [f"# {field.label.en} / {field.label.km}{mark}{choices}", f"#{field.path}: "]
    return "\n".join(lines) + "\n"
