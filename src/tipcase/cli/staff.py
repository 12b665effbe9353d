"""``staff add``, ``staff remove``, ``staff keys``, ``staff list``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.batch import worst
from tipcase.cli.context import Context
from tipcase.cli.frame import DryRunOption, ReencryptOption, application, context_of
from tipcase.cli.words import read_source
from tipcase.errors import DamagedError, TipcaseError, UsageError
from tipcase.output import Result, Table

if TYPE_CHECKING:
    from tipcase.journal.card import Card

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
    from tipcase.casebook import staff
    from tipcase.journal.names import ROLES

    if not roles or any(role not in ROLES for role in roles):
        raise UsageError(
            f"--role takes one of: {', '.join(ROLES)}",
            "tipcase staff add HANDLE.card.yaml --role caseworker",
        )
    card = read_card(path)
    staff.add(context.book, card, roles, context.person, context.time)
    return Result(
        data={"handle": card.handle, "roles": roles, "fingerprint": card.fingerprint},
        talk=(
            f"{card.handle} is on the staff: {', '.join(roles)}",
            f"compare with {card.handle}, by voice: {card.fingerprint}",
            "cases that are open already stay closed to them until somebody grants them",
        ),
    )


def read_card(path: Path) -> Card:
    """The card in a file, its owner's signature checked."""
    from tipcase import documents
    from tipcase.journal import card as cards

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
    return card


@app.command()
def remove(
    ctx: typer.Context,
    handle: Annotated[str, typer.Argument(metavar="HANDLE", help="Who leaves.")],
    reencrypt: ReencryptOption = False,
    dry_run: DryRunOption = False,
) -> Result:
    """Remove somebody from the staff and from every case. What they could read, they may keep."""
    return remove_person(context_of(ctx), handle, reencrypt=reencrypt, dry_run=dry_run)


def remove_person(context: Context, handle: str, *, reencrypt: bool, dry_run: bool) -> Result:
    """Sign the removal, then take away every case; again, it goes on where a run was cut short."""
    from tipcase.casebook import leaving, staff, staff_entry
    from tipcase.cli import revoke

    book = context.book
    errors: list[TipcaseError] = []
    held = list(leaving.held_by(book, [handle], errors))
    # The revocations are judged by the staff as it is after the removal.
    if handle in book.roster.now or not held:
        # Of somebody who is not on the staff, and on no team, this says so.
        book = staff.remove(book, handle, context.person, context.time, dry_run=dry_run)
    elif not dry_run:
        book = staff_entry.finish(book, context.person)
    done = revoke.farewell(context, book, held, reencrypt=reencrypt, dry_run=dry_run)
    off = "would be off the staff" if dry_run else "is off the staff"
    said = f"{handle} {off}: nothing that they sign from now on counts"
    data = {"handle": handle, "written": not dry_run}
    return revoke.shown(done, errors, data, (said,), dry_run=dry_run)


@app.command()
def keys(
    ctx: typer.Context,
    card: Annotated[
        Path, typer.Argument(metavar="CARD", help="The file HANDLE.card.yaml of the new keys.")
    ],
    dry_run: DryRunOption = False,
) -> Result:
    """Replace somebody's keys: your own, signed with the old identity, or another's as an admin."""
    return replace_keys(context_of(ctx), card, dry_run=dry_run)


def replace_keys(context: Context, path: Path, *, dry_run: bool) -> Result:
    """Sign a new card in the place of an old one, and say what has to follow."""
    from tipcase.casebook import leaving, staff

    card = read_card(path)
    own = card.handle == context.person.handle
    staff.replace_keys(context.book, card, context.person, context.time, dry_run=dry_run)
    errors: list[TipcaseError] = []
    cases = [item.case for item in leaving.held_by(context.book, [card.handle], errors)]
    talk = [
        f"compare with {card.handle}, by voice: {card.fingerprint}",
        f"{len(cases)} case(s) stay closed to the new keys until another supervisor of each types:"
        f" tipcase grant --all {card.handle}",
        "if somebody else may have the old keys, new ones shut them out:"
        " tipcase rekey --all --reencrypt",
    ]
    if not own:
        talk.insert(0, f"everybody is warned that you replaced the keys of {card.handle}")
    return Result(
        data={
            "handle": card.handle,
            "fingerprint": card.fingerprint,
            "cases": cases,
            "written": not dry_run,
        },
        talk=tuple(talk),
        errors=tuple(errors),
        code=worst(errors),
    )


@app.command("list")
def list_(ctx: typer.Context) -> Result:
    """Show everybody on the staff, and on the team of how many cases each is."""
    from tipcase.casebook import listing, staff

    book = context_of(ctx).book
    people = staff.colleagues(book.roster)
    found = listing.rows(book)
    teams = Counter(handle for row in found.rows for handle in row.team)
    errors = tuple(error for _, error in found.unread)
    return Result(
        data=[
            {
                "handle": p.handle,
                "roles": list(p.roles),
                "keys": p.keys,
                "fingerprint": p.fingerprint,
                "cases": teams[p.handle],
            }
            for p in people
        ],
        table=Table(
            ("handle", "roles", "keys", "fingerprint", "cases"),
            tuple(
                (p.handle, ", ".join(p.roles), p.keys, p.fingerprint, str(teams[p.handle]))
                for p in people
            ),
        ),
        errors=errors,
        code=worst(errors),
    )
