"""``settings``: show, change, accept."""

from __future__ import annotations

from typing import Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.errors import UsageError
from tipcase.output import Result, Table

app = application()


@app.command()
def settings(
    ctx: typer.Context,
    changes: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...")] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Sign what was edited by hand, after showing it.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show, do not write.")] = False,
) -> Result:
    """Show the settings, change some (admins), or accept files that were edited by hand."""
    context = context_of(ctx)
    if accept:
        if changes:
            raise UsageError("--accept stands alone", "tipcase settings --accept")
        return sign_edits(context, dry_run=dry_run)
    return change(context, changes or [], dry_run=dry_run) if changes else show(context)


def show(context: Context) -> Result:
    """Every setting with its value and its meaning."""
    from tipcase.settings import BY_NAME

    config = context.book.config
    values = config.everything()
    rows = tuple((name, _word(value), BY_NAME[name].meaning) for name, value in values.items())
    return Result(
        data={
            "name": config.name,
            "edition": config.edition,
            "keys": config.keys,
            "settings": values,
        },
        table=Table(("setting", "value", "meaning"), rows),
    )


def change(context: Context, changes: list[str], *, dry_run: bool) -> Result:
    """Change settings; an admin signs."""
    from tipcase.casebook import staff

    pairs = {}
    for text in changes:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError("a change is written NAME=VALUE", "tipcase settings language=km")
        pairs[name] = value
    config = context.book.config
    for name, value in pairs.items():
        config = config.with_setting(name, value)
    if not dry_run:
        staff.change_settings(context.book, pairs, context.person, context.time)
    return Result(data={"settings": config.everything(), "written": not dry_run})


def sign_edits(context: Context, *, dry_run: bool) -> Result:
    """Show what was edited by hand and, if an admin wants it, sign it."""
    from tipcase.casebook import staff

    book = context.unchecked_book
    changed = book.changed_files()
    shown = tuple(staff.differences(book).splitlines())
    if changed and not dry_run:
        staff.accept(book, context.person, context.time)
    talk = "nothing was edited" if not changed else "shown only" if dry_run else "signed"
    return Result(
        data={"changed": changed, "written": bool(changed) and not dry_run},
        text=shown,
        talk=(talk,),
    )


def _word(value: str | int | bool) -> str:
    return (
        {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    )
