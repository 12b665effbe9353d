"""``log``: who did what when. Needs no key."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.output import Result, Table

app = application()


@app.command()
def log(
    ctx: typer.Context,
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="A beginning of its id, or provider, or staff.")
    ],
) -> Result:
    """List the entries of a journal, oldest first: what counts and what was set aside."""
    return entries(context_of(ctx), case)


def entries(context: Context, case: str) -> Result:
    """The entries in the order of their graph; damage is said and does not stop the rest."""
    from tipcase.casebook.case import Case, resolve
    from tipcase.errors import DamagedError
    from tipcase.journal.names import STAFF

    book = context.unchecked_book
    if case == STAFF:
        counted, problems = book.roster.entries, book.roster.problems
        damage = [text for lines in book.staff_lines for text in lines.damage]
    else:
        found = Case(book, resolve(book, case))
        counted, problems, damage = (
            list(found.fold.entries),
            list(found.fold.problems),
            found.damage,
        )
    rows: list[dict[str, Any]] = [
        {
            "id": signed.id,
            "time": signed.entry.time,
            "signer": signed.entry.signer,
            "op": signed.entry.op,
            "files": [version.path for version in signed.entry.files],
            "stage": signed.entry.data.get("stage"),
            "overridden": signed.entry.op == "advance" and bool(signed.entry.data["decision"]),
        }
        for signed in counted
    ]
    damage = [*damage, *(p.text for p in problems if p.damage)]
    return Result(
        data=rows,
        table=Table(
            ("time", "who", "what", "files"),
            tuple((r["time"], r["signer"], _what(r), ", ".join(r["files"])) for r in rows),
        ),
        talk=tuple(f"warning: {p.text}" for p in problems if not p.damage),
        errors=tuple(DamagedError(text, "tipcase verify") for text in damage),
        code=7 if damage else 0,
    )


def _what(row: dict[str, Any]) -> str:
    if row["op"] != "advance":
        return str(row["op"])
    return f"advance → {row['stage']}" + (", overridden" if row["overridden"] else "")
