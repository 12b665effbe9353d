"""``edit``: write a record in one's editor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, JudgeOption, application, context_of
from tipcase.cli.put import OnlyOption, save, sealed_to, versions
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.intake import Draft
    from tipcase.law import Field, RecordType

app = application()


@app.command()
def edit(
    ctx: typer.Context,
    case: CaseArgument,
    record: Annotated[str, typer.Argument(metavar="RECORD", help="STAGE, or STAGE/TAG.")],
    new: Annotated[
        bool, typer.Option("--new", help="Another record of a stage that repeats.")
    ] = False,
    only: OnlyOption = None,
    dry_run: JudgeOption = False,
) -> Result:
    """Write a record in your editor, in RAM. A mistake takes you back to your text."""
    return write(context_of(ctx), case, record, new=new, dry_run=dry_run, only=only)


def write(
    context: Context,
    case: str,
    record: str,
    *,
    new: bool,
    dry_run: bool,
    only: list[str] | None = None,
) -> Result:
    """Open the record with the fields that it lacks as comments, and save what comes back."""
    from tipcase import documents, editing
    from tipcase.casebook import intake
    from tipcase.casebook.case import Case
    from tipcase.casebook.merge import choices
    from tipcase.casebook.naming import parse_record_name
    from tipcase.casebook.record import body

    kind, tag = parse_record_name(record)
    book = context.book
    found = Case(book, context.case(case))
    row = intake.record_type(book.edition, kind, found.id)
    fresh = new or (row.repeats and tag is None and not found.tags(kind))
    tag = None if fresh else intake.only_tag(found, row, tag)
    path = None if fresh else found.find(kind, tag)
    written = "" if path is None else body(found.plaintext(path, context.person))
    has = documents.read(written).tree if written.strip() else {}
    seen = None if fresh else versions(found, kind, tag)
    # Before anybody writes a text that could then not be saved.
    sealed_to(context, only)
    taken: list[Draft] = []

    def accept(edited: bytes) -> list[str]:
        from tipcase.errors import TipcaseError
        from tipcase.output import finding_line

        try:
            tree = documents.read(edited).tree
            drop_comments(tree, ours(row))
            draft = intake.draft(book.edition, kind, tree, found.id, tag)
        except TipcaseError as error:
            hint = [f"tipcase: hint: {error.hint}"] if error.hint else []
            return [f"tipcase: error: {error.sentence}", *hint]
        taken[:] = [draft]
        return [finding_line(finding, context.lang) for finding in draft.findings]

    torn = "" if path is None else choices.below(found, path, context.person)
    if editing.edit(written + torn + skeleton(row, has), accept) is None:
        return Result(data={"written": False}, talk=("nothing was written",))
    again = tag is not None
    [draft] = taken
    return save(
        context, found.id, kind, tag, draft, dry_run=dry_run, replace=again, seen=seen, only=only
    )


# -- the skeleton: every field as a comment --

_FORMS = {
    "yes-no": "yes or no",
    "date": "as much of it as is known: 2026, 2026-03 or 2026-03-05",
    "phone": "with + and the country code, without spaces",
    "country": "two capital letters, such as KH",
    "place": "a gazetteer code of 2, 4, 6 or 8 digits",
    "count": "a number",
    "list": "a list: [one, another]",
}


def skeleton(row: RecordType, has: Iterable[str] = ()) -> str:
    """A commented list of the fields that a record does not have yet; "" where it has all.

    Taking the first ``#`` of a field's line away gives YAML, also within groups and lists.
    """
    there = set(has)
    fields = [f for f in row.fields if f.path.partition(".")[0].removesuffix("[]") not in there]
    if not fields:
        return ""
    lines = [f"# {row.label.en} / {row.label.km}"] if not there else ["", "# Not written yet:"]
    lines += [
        "# Take the first # away where you have something to say; what you leave is not kept.",
        "# (needed): before the stage can be left; until then leave out what you like.",
        "# What is not known: {unknown: not-asked | declined | not-known | not-applicable}",
    ]
    for field in fields:
        lines += _lines(field, groups={f.path.rpartition(".")[0] for f in fields})
    return "\n".join(lines) + "\n"


def _lines(field: Field, groups: Set[str]) -> Iterator[str]:
    """A field as comments, with what a person should know of it above it."""
    *above, name = field.path.split(".")
    if field.kind == "item-id":
        return  # tipcase gives it
    # A list's items stand two columns further in, behind their dash.
    indent = " " * sum(4 if part.endswith("[]") else 2 for part in above)
    if not indent:
        yield ""
    for text in _told(field, is_list=f"{field.path}[]" in groups):
        yield f"#{indent}# {text}" if indent else f"# {text}"
    if f"{field.path}[]" in groups:
        yield f"#{indent}{name}:"
        yield f"#{indent}  -"
    elif field.path in groups:
        yield f"#{indent}{name}:"
    else:
        yield f"#{indent}{name}: {'[]' if field.kind == 'list' else ''}"


def _told(field: Field, *, is_list: bool) -> Iterator[str]:
    needed = " (needed)" if field.required else ""
    cited = f" — {', '.join(field.provisions)}" if field.provisions else ""
    yield f"{field.label.en} / {field.label.km}{needed}{cited}"
    yield from filter(None, (field.help.en, field.help.km))
    for value, meaning in field.values.items():
        yield f"  {value}: {meaning.en} / {meaning.km}"
    if is_list:
        yield "  for each one the lines from the dash on"
    elif field.kind in _FORMS and not (field.kind == "list" and field.values):
        yield f"  {_FORMS[field.kind]}"
    elif field.values and field.kind == "list":
        yield "  any of these: [one, another]"


def ours(row: RecordType) -> frozenset[str]:
    """Every comment of the skeleton, as it stands and with its first ``#`` taken away."""
    lines = [*skeleton(row).split("\n"), *skeleton(row, {""}).split("\n")]
    return frozenset(
        text for line in lines for text in (line.strip(), line[1:].strip()) if text[:1] == "#"
    )


def drop_comments(tree: Any, unwanted: Set[str]) -> None:
    """Take our own comments out of what a person wrote, in place; theirs stay where they are."""
    for child in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(child, dict | list):
            drop_comments(child, unwanted)
    for key, note in list(tree.notes.items()):
        tree.notes[key] = note._replace(before=_theirs(note.before, unwanted))
    if isinstance(tree, dict):
        tree.foot = _theirs(tree.foot, unwanted)  # type: ignore[attr-defined]  # a document's


def _theirs(lines: tuple[str, ...], unwanted: Set[str]) -> tuple[str, ...]:
    # Blank lines among ours were ours too.
    if unwanted.isdisjoint(lines):
        return lines
    return tuple(line for line in lines if line and line not in unwanted)
