"""``set``: set fields of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli.context import HYGIENE, Context
from tipcase.cli.frame import CaseArgument, JudgeOption, RecordArgument, application, context_of
from tipcase.cli.put import OnlyOption, save, versions
from tipcase.cli.words import read_text
from tipcase.errors import NotFoundError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.law import RecordType

app = application()


@app.command(
    "set",
    help=f"Set fields of a record: FIELD=- (input), FIELD=@FILE, FIELD=VALUE. {HYGIENE}.",
)
def set_(
    ctx: typer.Context,
    case: CaseArgument,
    record: RecordArgument,
    fields: Annotated[
        list[str] | None, typer.Argument(metavar="[FIELD=VALUE]...", help="Dotted path = value.")
    ] = None,
    clear: Annotated[
        list[str] | None, typer.Option(metavar="FIELD", help="Remove this field.")
    ] = None,
    only: OnlyOption = None,
    dry_run: JudgeOption = False,
) -> Result:
    """Set fields of a record; a single record that is missing is made."""
    return change_fields(
        context_of(ctx), case, record, fields or [], clear or [], dry_run=dry_run, only=only
    )


def change_fields(
    context: Context,
    case: str,
    record: str,
    fields: list[str],
    clear: list[str],
    *,
    dry_run: bool,
    only: list[str] | None = None,
) -> Result:
    """Read the record, change its fields, judge it, write it."""
    from tipcase.casebook import intake
    from tipcase.casebook.case import Case
    from tipcase.casebook.naming import parse_record_name

    kind, tag = parse_record_name(record)
    pairs = _pairs(fields)
    if not pairs and not clear and only is None:
        raise UsageError("nothing to set", "tipcase set CASE profile full_name=-")
    book = context.book
    case_id = context.case(case)
    row = intake.record_type(book.edition, kind)
    found = Case(book, case_id)
    tag = intake.only_tag(found, row, tag)
    seen = versions(found, kind, tag)
    tree: Any = intake.existing(found, kind, tag, context.person)
    before = intake.draft(book.edition, kind, tree, case_id, tag)
    try:
        _change(tree, row, pairs, clear)
    except (NotFoundError, UsageError) as error:
        error.hint = error.hint or f"tipcase show {case_id} {record}; tipcase schema {kind}"
        raise
    draft = intake.draft(book.edition, kind, tree, case_id, tag)
    replace = tag is not None
    return save(
        context,
        case_id,
        kind,
        tag,
        draft,
        dry_run=dry_run,
        replace=replace,
        seen=seen,
        before=before,
        # Also one that is set to what stands there: whoever names it has chosen.
        settled=(*(path for path, _ in pairs), *clear),
        only=only,
    )


def _change(tree: Any, row: RecordType, pairs: list[tuple[str, str]], clear: list[str]) -> None:
    from tipcase import documents
    from tipcase.casebook import intake
    from tipcase.casebook.record import HEADER

    for path, text in pairs:
        steps = documents.parse_path(path)
        if steps[0] == HEADER:
            raise UsageError("the head of a record is written by tipcase alone")
        documents.set_value(tree, steps, intake.value_of(text, intake.kind_of(row, steps)))
    for path in clear:
        intake.clear(tree, path)


def _pairs(fields: list[str]) -> list[tuple[str, str]]:
    """The paths and texts; at most one of them comes from the input."""
    split = [field.partition("=") for field in fields]
    if any(not equals for _, equals, _ in split):
        raise UsageError("a field is written FIELD=VALUE", "tipcase set CASE profile full_name=-")
    if sum(value == "-" for _, _, value in split) > 1:
        raise UsageError("only one field can come from the input", "give the others as FIELD=@FILE")
    pairs = [(path, read_text(value, "value")) for path, _, value in split]
    if any(not text for _, text in pairs):
        raise UsageError("a value is empty", "to remove a field: --clear FIELD")
    return pairs
