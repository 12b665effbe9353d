"""``staff add``, ``staff remove``, ``staff list``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.cli.words import read_source
from tipcase.errors import DamagedError, UsageError
from tipcase.output import Result, Table

app = application()


@app.command()
def add(
    ctx: typer.Context,
    card: Annotated[
        Path, typer.Argument(metavar="CARD", help="The file HANDLE.card.yaml that they gave you.")
    ],
    role: Annotated[
        list[str],
        typer.Option(
            metavar="ROLE", help="admin, supervisor, caseworker or auditor; may be repeated."
        ),
    ],
) -> Result:
    """Add somebody to the staff."""
    return add_person(context_of(ctx), card, role)


def add_person(context: Context, path: Path, roles: list[str]) -> Result:
    """Sign a colleague's card into the staff journal."""
    from tipcase import documents
    from tipcase.casebook import staff
    from tipcase.journal import card as cards
    from tipcase.journal.names import ROLES

    if not roles or any(role not in ROLES for role in roles):
        raise UsageError(
            f"--role takes one of: {', '.join(ROLES)}",
            "tipcase staff add HANDLE.card.yaml --role caseworker",
        )
    data = read_source(path, "card")
    try:
        content = documents.plain(documents.read(data).tree)
    except documents.DocumentError:
        raise UsageError(
            "this file is not a card", "name the file HANDLE.card.yaml that keygen made for them"
        ) from None
    try:
        card = cards.read({**content, "format": 1} if content.get("format") == "1" else content)
    except DamagedError as error:
        error.hint = error.hint or "ask them for their card once more, and compare by voice"
        raise
    staff.add(context.book, card, roles, context.person, context.time)
    return Result(
        data={"handle": card.handle, "roles": roles, "fingerprint": card.fingerprint},
        talk=(
            f"{card.handle} is on the staff: {', '.join(roles)}",
            f"compare with {card.handle}, by voice: {card.fingerprint}",
            "cases that are open already stay closed to them until somebody grants them",
        ),
    )


@app.command()
def remove(
    ctx: typer.Context, handle: Annotated[str, typer.Argument(metavar="HANDLE", help="Who leaves.")]
) -> Result:
    """Remove somebody from the staff. What they could read, they may have kept."""
    from tipcase.casebook import staff

    context = context_of(ctx)
    staff.remove(context.book, handle, context.person, context.time)
    return Result(
        data={"handle": handle},
        talk=(
            f"{handle} is off the staff: nothing they sign from now on counts",
            "the keys of cases that they could open are not changed yet",
        ),
    )


@app.command("list")
def list_(ctx: typer.Context) -> Result:
    """Show everybody on the staff."""
    from tipcase.casebook import staff

    people = staff.colleagues(context_of(ctx).book.roster)
    rows = tuple((p.handle, ", ".join(p.roles), p.keys, p.fingerprint) for p in people)
    return Result(
        data=[
            {
                "handle": p.handle,
                "roles": list(p.roles),
                "keys": p.keys,
                "fingerprint": p.fingerprint,
            }
            for p in people
        ],
        table=Table(("handle", "roles", "keys", "fingerprint"), rows),
    )
