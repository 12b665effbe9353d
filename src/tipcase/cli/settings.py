"""``settings``: show, change, accept."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import DryRunOption, application, context_of
from tipcase.errors import FindingsError, UsageError
from tipcase.output import Result, Table

if TYPE_CHECKING:
    from tipcase.casebook.book import Book
    from tipcase.casebook.config import Config

app = application()


@app.command()
def settings(
    ctx: typer.Context,
    changes: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...")] = None,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept",
            help="Sign what was edited by hand, after showing it; a script is not asked.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Sign without asking.")] = False,
    dry_run: DryRunOption = False,
) -> Result:
    """Show the settings, change some (admins), or accept files that were edited by hand."""
    context = context_of(ctx)
    if accept:
        if changes:
            raise UsageError("--accept stands alone", "tipcase settings --accept")
        return sign_edits(context, yes=yes, dry_run=dry_run)
    return change(context, changes or [], dry_run=dry_run) if changes else show(context)


def show(context: Context) -> Result:
    """Every setting with its value and its meaning."""
    from tipcase.settings import BY_NAME

    config = context.book.config
    values = _in_force(context, config)
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
    _check_slots(context, config)
    if not dry_run:
        staff.change_settings(context.book, pairs, context.person, context.time)
    return Result(data={"settings": _in_force(context, config), "written": not dry_run})


def _check_slots(context: Context, config: Config) -> None:
    """Refuse the name of a place to sign that no form of the edition has."""
    from tipcase import forms

    named = config.names("form_signatures")
    known = forms.slots(context.book.edition) if named else ()
    if not set(named) <= set(known):
        raise UsageError(
            "form_signatures names a place to sign that the forms do not have",
            f"the places are {', '.join(known)}",
        )


def _in_force(context: Context, config: Config) -> dict[str, str | int | bool]:
    """Every setting with its value; a threshold that the casebook leaves alone is the edition's.

    A threshold that the edition does not know means nothing and is left out.
    """
    known = context.book.edition.closure.thresholds
    given = {name: threshold.value for name, threshold in known.items()}
    every = {
        name: given.get(name.removeprefix("readiness.")) if value is None else value
        for name, value in config.everything().items()
    }
    return {name: value for name, value in every.items() if value is not None}


def sign_edits(context: Context, *, yes: bool, dry_run: bool) -> Result:
    """Show what was edited by hand; then, if an admin wants it, sign exactly what was shown."""
    from tipcase import terminal
    from tipcase.casebook import staff

    book = context.unchecked_book
    edited = staff.edited_files(book)
    data = {"changed": list(edited), "written": False}
    if not edited:
        return Result(data=data, talk=("nothing was edited",))
    _check_usable(book, edited)
    lines = staff.differences(book, edited).splitlines()
    if dry_run:
        return Result(data=data, text=tuple(lines), talk=("shown only",))
    for line in lines:
        terminal.say(line) if context.json else sys.stdout.write(terminal.clean(line) + "\n")
    sys.stdout.flush()
    # Without a terminal --accept is the answer itself: a script that says it was told to sign.
    asked = terminal.present() and not yes
    if asked and not terminal.confirm("sign this", "tipcase settings --accept --yes"):
        return Result(data=data, talk=("nothing was signed",))
    staff.accept(book, context.person, context.time, edited)
    return Result(data={**data, "written": True}, talk=("signed",))


def _check_usable(book: Book, edited: Mapping[str, bytes]) -> None:
    """Refuse law that cannot be read before it is signed: no command could follow it then."""
    from tipcase.casebook import config
    from tipcase.casebook.book import HEAD, edition_folders, load_edition
    from tipcase.law import edition
    from tipcase.law.conflicts import Conflicts

    head = edited.get(HEAD)
    name = config.decode(head).edition if head else book.config.edition
    own = any(path.startswith("schemas/") for path in edited)
    if not own and name == book.config.edition:
        return
    found = load_edition(name, book.root)
    try:
        edition.check(found)
    except edition.EditionError as error:
        error.hint = error.hint or "mend this file, then: tipcase settings --accept"
        raise
    look = Conflicts(found, load_edition(name) if edition_folders(name) else None)
    look.look()
    if any(one.severity == "blocks" for one in look.found):
        raise FindingsError(
            "the edition would no longer fit: nothing was signed",
            "each fault with its place: tipcase schema --check",
        )
    from tipcase.reports.definition import faults

    for fault in faults(found):
        fault.hint = fault.hint or "mend this file, then: tipcase settings --accept"
        raise fault


def _word(value: str | int | bool) -> str:
    return (
        {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    )
