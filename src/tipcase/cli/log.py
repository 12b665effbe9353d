"""``log``: who did what when, without any key; with ``--diff`` also what changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli.context import Context, parse_date
from tipcase.cli.frame import application, context_of
from tipcase.errors import DamagedError, TipcaseError, UsageError
from tipcase.output import Result, Table

if TYPE_CHECKING:
    from tipcase.casebook.book import Book
    from tipcase.casebook.repairs.changes import Changes, Field, Revision
    from tipcase.journal.entry import Signed

app = application()


@app.command()
def log(
    ctx: typer.Context,
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="A beginning of its id, or provider, or staff.")
    ],
    diff: Annotated[
        bool, typer.Option("--diff", help="Show which field changed from what to what.")
    ] = False,
    record: Annotated[
        str | None, typer.Option(metavar="RECORD", help="Only entries that wrote this record.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only entries of this day and later.")
    ] = None,
) -> Result:
    """List the entries of a journal, oldest first: what counts and what was set aside."""
    day = parse_date(since, "--since").isoformat() if since is not None else ""
    return entries(context_of(ctx), case, record=record, since=day, diff=diff)


def entries(
    context: Context,
    case: str,
    *,
    record: str | None = None,
    since: str = "",
    diff: bool = False,
) -> Result:
    """The entries in the order of their graph; damage is said and does not stop the rest."""
    from tipcase.casebook.case import Case, resolve
    from tipcase.journal.names import STAFF

    book = context.book if diff else context.unchecked_book
    changes: Changes | None = None
    if case == STAFF:
        if diff or record is not None:
            raise UsageError(
                "the staff has no records", "tipcase log staff; git log -p shows its files"
            )
        counted, problems = book.roster.entries, book.roster.problems
        damage = list(book.line_damage)
    else:
        found = Case(book, resolve(book, case, context.reader if diff else None))
        case = found.id
        counted, problems = list(found.fold.entries), list(found.fold.problems)
        damage = list(found.damage)
        if diff:
            from tipcase.casebook.repairs.changes import Changes

            changes = Changes(found, context.person, record)
    if record is not None:
        _check_type(book, case, record, counted)
    shown = [s for s in counted if s.entry.time >= since and (not record or _wrote(s, record))]
    rows = [_row(signed, changes) for signed in shown]
    damage = [*damage, *(p.text for p in problems if p.damage)]
    errors: tuple[TipcaseError, ...] = tuple(DamagedError(t, "tipcase verify") for t in damage)
    return Result(
        data=rows,
        table=None if diff else _table(rows),
        text=tuple(line for signed in shown for line in _told(signed, changes)) if changes else (),
        talk=tuple(f"warning: {p.text}" for p in problems if not p.damage),
        errors=errors,
        code=7 if damage else 0,
    )


def _check_type(book: Book, case: str, record: str, counted: list[Signed]) -> None:
    """Refuse a record type that neither the journal nor the edition knows (``NotFoundError``)."""
    from tipcase.casebook import intake
    from tipcase.casebook.naming import parse_record_name

    if not any(_wrote(signed, parse_record_name(record)[0]) for signed in counted):
        intake.record_type(book.edition, parse_record_name(record)[0], case)


def _wrote(signed: Signed, record: str) -> bool:
    """Whether an entry wrote a record, named as STAGE or STAGE/TAG."""
    from tipcase.casebook.naming import parse_record_file, parse_record_name, record_name

    kind, tag = parse_record_name(record)
    parsed = [parse_record_file(version.path) for version in signed.entry.files]
    wanted = {kind, record_name(kind, tag)} if tag is None else {record_name(kind, tag)}
    return any(p is not None and ({p[0], record_name(*p)} & wanted) for p in parsed)


def _row(signed: Signed, changes: Changes | None) -> dict[str, Any]:
    row = {
        "id": signed.id,
        "time": signed.entry.time,
        "signer": signed.entry.signer,
        "op": signed.entry.op,
        "whom": _whom(signed),
        "files": [version.path for version in signed.entry.files],
        "sealed_to": {
            version.path: list(version.sealed_to)
            for version in signed.entry.files
            if isinstance(version.sealed_to, tuple)
        },
        "stage": signed.entry.data.get("stage"),
        "overridden": signed.entry.op == "advance" and bool(signed.entry.data["decision"]),
        "form": signed.entry.data.get("form"),
    }
    if changes is None:
        return row
    return {**row, "changes": [_json(revision) for revision in changes.of(signed)]}


def _whom(signed: Signed) -> list[dict[str, Any]]:
    """The people whom an entry lets in, takes out or gives keys; none for all other entries."""
    data = signed.entry.data
    if "team" in data:
        return [{"handle": one["handle"], "restricted": one["restricted"]} for one in data["team"]]
    if "card" in data:
        roles = {"roles": list(data["roles"])} if "roles" in data else {}
        return [{"handle": data["card"]["handle"], **roles}]
    handles = data["handles"] if "handles" in data else [data["handle"]] if "handle" in data else []
    return [{"handle": handle} for handle in handles]


def _json(revision: Revision) -> dict[str, Any]:
    against = revision.against
    return {
        "record": revision.record,
        "revision": revision.number,
        "against": against and {"signer": against.entry.signer, "time": against.entry.time},
        "conflicts": revision.conflicts,
        "note": revision.note or None,
        "fields": [_field(changed) for changed in revision.fields],
    }


def _field(changed: Field) -> dict[str, Any]:
    """A field as JSON: ``from`` or ``to`` is missing where it was not there, or is not any more."""
    from tipcase.casebook.repairs.changes import NOTHING

    sides = {"from": changed.before, "to": changed.after}
    return {"field": changed.path, **{k: v for k, v in sides.items() if v is not NOTHING}}


def _table(rows: list[dict[str, Any]]) -> Table:
    return Table(
        ("time", "who", "what", "files"),
        tuple((r["time"], r["signer"], _what(r), ", ".join(_files(r))) for r in rows),
    )


def _what(row: dict[str, Any]) -> str:
    if row["op"] == "print":
        return f"print {row['form']}"
    if row["op"] != "advance":
        return " ".join([row["op"], ", ".join(_person(one) for one in row["whom"])]).strip()
    return f"advance → {row['stage']}" + (", overridden" if row["overridden"] else "")


def _person(one: dict[str, Any]) -> str:
    more = ["restricted"] if one.get("restricted") else one.get("roles", [])
    handle: str = one["handle"]
    return handle + (f" ({', '.join(more)})" if more else "")


def _files(row: dict[str, Any]) -> list[str]:
    """The files of an entry; behind those that are sealed to named people, whom."""
    sealed = row["sealed_to"]
    return [
        f"{path} (for {', '.join(sealed[path])})" if path in sealed else path
        for path in row["files"]
    ]


def _told(signed: Signed, changes: Changes) -> list[str]:
    """One entry and what it changed, a line for each field."""
    lines = [f"{signed.entry.time}  {signed.entry.signer}  {_what(_row(signed, None))}"]
    for revision in changes.of(signed):
        number = f", revision {revision.number}" if revision.number is not None else ""
        before = revision.against if signed.entry.op == "merge" else None
        against = f", against what {before.entry.signer} wrote" if before is not None else ""
        lines.append(f"  {revision.record}{number}{against}")
        lines += [f"    {revision.note}"] if revision.note else []
        lines += [f"    {f.path}: {_value(f.before)} → {_value(f.after)}" for f in revision.fields]
        if revision.conflicts:
            lines.append(f"    open conflicts: {revision.conflicts} (tipcase resolve)")
    return lines


def _value(value: Any) -> str:
    """A value on one line; texts stand in quotes, so that none is taken for the word nothing."""
    from tipcase.casebook.repairs.changes import NOTHING

    return "nothing" if value is NOTHING else json.dumps(value, ensure_ascii=False)
