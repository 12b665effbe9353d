"""``law``: the provisions and what carries each. Runs anywhere."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.errors import NotFoundError
from tipcase.output import Result, Table

app = application()


@app.command()
def law(
    ctx: typer.Context,
    provision: Annotated[
        str | None,
        typer.Argument(metavar="[PROVISION]", help="One of them, such as 857/7.8.4; else all."),
    ] = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Count what is carried.")] = False,
) -> Result:
    """Show the provisions and what carries each: field, rule, form, command, provider record."""
    return table(context_of(ctx), provision, coverage=coverage)


def table(context: Context, provision: str | None, *, coverage: bool) -> Result:
    """All provisions, one, or the counts."""
    from tipcase import law as laws

    rows = laws.carriers(edition_at_hand(context))
    if provision is not None:
        rows = [row for row in rows if row["id"] == provision]
        if not rows:
            raise NotFoundError("there is no provision of this id", "tipcase law lists them all")
    if coverage:
        return _coverage(rows)
    return Result(
        data=rows,
        table=Table(
            ("provision", "carried by"),
            tuple((str(row["id"]), _carried(row)) for row in rows),
        ),
    )


def edition_at_hand(context: Context) -> Any:
    """The casebook's edition; outside of a casebook the shipped one."""
    from tipcase.casebook.book import load_edition
    from tipcase.cli.init_book import EDITION

    try:
        root = context.root
    except NotFoundError:
        if context.casebook is not None:
            raise
        return load_edition(EDITION)
    _ = root
    return context.book.edition


def _coverage(rows: list[dict[str, Any]]) -> Result:
    kinds: dict[str, int] = {}
    for row in rows:
        for kind in {item["kind"] for item in row["carried_by"]}:
            kinds[kind] = kinds.get(kind, 0) + 1
    carried = sum(bool(row["carried_by"]) for row in rows)
    data = {"provisions": len(rows), "carried": carried, "by": dict(sorted(kinds.items()))}
    lines = [f"{carried} of {len(rows)} provisions are carried"]
    lines += [f"  {kind}: {count}" for kind, count in sorted(kinds.items())]
    return Result(data=data, text=tuple(lines))


def _carried(row: dict[str, Any]) -> str:
    shown = [f"{item['kind']} {item['ref']}" for item in row["carried_by"]]
    return "; ".join(shown) + (f" ({row['reason']})" if row.get("reason") else "")
