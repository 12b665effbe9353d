"""``put``: write a record from a file or the input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.closings import after_writing
from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, JudgeOption, application, context_of
from tipcase.cli.words import read_source
from tipcase.errors import ConflictError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.case import Case
    from tipcase.casebook.intake import Draft
    from tipcase.casebook.revision import Written

app = application()

OnlyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="HANDLE[,HANDLE...]",
        help="Seal it to these people, you and the recovery seed alone; may be repeated.",
    ),
]
# The field of a complaint that says who may read it.
_KEPT_TO = "kept_to"


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
    only: OnlyOption = None,
    dry_run: JudgeOption = False,
) -> Result:
    """Write a record. A stage that repeats gets a new one, whose tag is printed."""
    content = read_source(source, "record")
    return write(context_of(ctx), case, record, content, dry_run=dry_run, only=only)


def write(
    context: Context,
    case: str,
    record: str,
    content: bytes,
    *,
    dry_run: bool,
    only: list[str] | None = None,
) -> Result:
    """Type and judge the content; write it only when nothing in it is wrong."""
    from tipcase import documents
    from tipcase.casebook import intake
    from tipcase.casebook.naming import parse_record_name

    kind, tag = parse_record_name(record)
    book = context.book
    case_id = context.case(case)
    row = intake.record_type(book.edition, kind, case_id)
    try:
        written = documents.read(content)
    except documents.DocumentError as error:
        error.hint = error.hint or f"compare it with the example: tipcase schema {row.name} --json"
        raise
    draft = intake.draft(book.edition, kind, written.tree, case_id, tag)
    replace = tag is not None
    return save(context, case_id, row.name, tag, draft, dry_run=dry_run, replace=replace, only=only)


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
    before: Draft | None = None,
    settled: tuple[str, ...] = (),
    only: list[str] | None = None,
) -> Result:
    """Write a draft that was judged, or answer with its findings (exit 3).

    A field that stood in the record ``before`` and that the edition no longer has is no reason to
    refuse another correction; ``check`` goes on telling of it.

    ``seen`` is what the draft was made from: if something else stands there now, this is a
    ``ConflictError``, because the draft knows nothing of it. ``settled`` are fields whose open
    conflicts are over with this write, whatever they hold. ``only`` are handles as they were
    typed: the record is sealed to these people, its writer and the recovery seed.
    """
    from tipcase.casebook import change, intake

    gone = before.findings if before is not None else ()
    if any(f not in gone or f.rule != "additionalProperties" for f in draft.findings):
        talk = (f"nothing was written; the fields of this record: tipcase schema {kind}",)
        return Result(data=None, findings=draft.findings, talk=talk, code=3)
    names = sealed_to(context, only)
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
        aware = _sealing(case, kind, tag, draft, names)
        who, time = context.person, context.time
        done = change.put(case, kind, tag, draft.data, who, time, only=names, settled=settled)
        aware = (*aware, *(after_writing(case) if done.changed else ()))
    return _written(context, case_id, done, names, aware, replace=replace)


def _written(
    context: Context,
    case_id: str,
    done: Written,
    names: tuple[str, ...] | None,
    aware: tuple[str, ...],
    *,
    replace: bool,
) -> Result:
    return Result(
        data={
            "case": case_id,
            "record": done.record,
            "tag": done.tag,
            "revision": done.revision,
            "written": done.changed,
            "settled": list(done.settled),
            "only": list(names) if names is not None else None,
        },
        text=(done.tag,) if done.tag and not replace else (),
        talk=(
            *_told(context, case_id, done),
            *(f"settled: {path}" for path in done.settled),
            *aware,
        ),
    )


def sealed_to(context: Context, only: list[str] | None) -> tuple[str, ...] | None:
    """Whom a record is sealed to by ``--only``, typed apart or with commas; None without it."""
    from tipcase.casebook import change

    if only is None:
        return None
    handles = [handle.strip() for text in only for handle in text.split(",")]
    if not all(handles):
        raise UsageError("--only takes handles", "--only cw1,cw2")
    return change.named(context.book, handles, context.person)


def _sealing(
    case: Case, kind: str, tag: str | None, draft: Draft, names: tuple[str, ...] | None
) -> tuple[str, ...]:
    """What its writer should know of who can open the record."""
    path = case.find(kind, tag)
    before = case.current(path).sealed_to if path else None
    if names is None and _KEPT_TO in draft.data and not isinstance(before, tuple):
        return (
            f"{_KEPT_TO} is a note: whoever of the team may have this kind of record opens it; "
            "to seal it to some people: --only HANDLE",
        )
    if names is not None and path and before != names:
        return ("earlier revisions stay open to those who could read them",)
    return ()


def _told(context: Context, case_id: str, done: Written) -> tuple[str, ...]:
    """What was done, in a sentence: for a person at a terminal, since scripts have the data."""
    from tipcase.casebook.naming import record_name

    if not done.changed:
        return ("nothing changed: nothing was written",)
    if context.json or not sys.stderr.isatty():
        return ()
    name = record_name(done.record, done.tag)
    return (f"{name} of {case_id} is written, revision {done.revision}",)


def versions(case: Case, kind: str, tag: str | None) -> tuple[str, ...]:
    """The hashes of what stands for a record now; none where there is no record."""
    path = case.find(kind, tag)
    return tuple(version.sha256 for version in case.fold.current[path]) if path else ()
