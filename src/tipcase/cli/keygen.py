"""``keygen``: a person's identity file and card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.cli.words import read_text
from tipcase.errors import ConflictError, UsageError
from tipcase.output import Result

app = application()


@app.command()
def keygen(
    ctx: typer.Context,
    handle: Annotated[
        str,
        typer.Option(metavar="HANDLE", help="Your short name in the casebook, such as sokha."),
    ],
    keys: Annotated[
        str, typer.Option(metavar="KIND", help="hybrid (post-quantum) or x25519.")
    ] = "hybrid",
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Leave the identity unprotected.")
    ] = False,
    passphrase_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Read the passphrase from it (- for the input)."),
    ] = None,
) -> Result:
    """Make your identity (secret) and your card (to give to an admin)."""
    context = context_of(ctx)
    _refuse(context, handle, keys)
    return make(context, handle, keys, _passphrase(no_passphrase, passphrase_file))


def make(context: Context, handle: str, keys: str, passphrase: str | None) -> Result:
    """Write the identity and the card into ``$TIPCASE_HOME/keys``."""
    from tipcase import documents, files
    from tipcase.casebook.staff import card_of
    from tipcase.keyring import person as people

    _refuse(context, handle, keys)
    folder = files.private_folder(context.home / "keys")
    identity = folder / f"{handle}.{'txt' if passphrase is None else 'age'}"
    card_path = folder / f"{handle}.card.yaml"
    person = people.generate(handle, keys)
    text = people.to_text(person)
    data = text.encode("utf-8") if passphrase is None else people.protect(text, passphrase)
    card = card_of(person)
    with files.refusals("write the identity"):
        files.create(identity, data)
        files.create(card_path, documents.dump(card.as_json()).encode("utf-8"), 0o644)
    return Result(
        data={
            "handle": handle,
            "keys": keys,
            "identity": str(identity),
            "card": str(card_path),
            "fingerprint": card.fingerprint,
        },
        text=(str(card_path),),
        talk=(
            f"identity: {identity} (secret; keep a copy in a safe place)",
            f"card: {card_path} (give it to an admin)",
            f"fingerprint: {card.fingerprint} (read it out to the admin)",
            *_weak(passphrase),
        ),
    )


def _refuse(context: Context, handle: str, keys: str) -> None:
    """What can be refused before anybody is asked for a passphrase."""
    from tipcase.casebook.naming import check_handle
    from tipcase.journal.names import KEY_KINDS

    check_handle(handle)
    if keys not in KEY_KINDS:
        raise UsageError("--keys takes one of: hybrid, x25519", f"tipcase keygen --handle {handle}")
    for name in (f"{handle}.txt", f"{handle}.age", f"{handle}.card.yaml"):
        if (context.home / "keys" / name).exists():
            raise ConflictError(
                f"{name} is there already: nothing was written",
                "use that identity, or choose another handle",
            )


# Longer than any word of a dictionary: what has no gap and more letters is several words.
_SHORT, _ONE_WORD = 12, 24


def _weak(passphrase: str | None) -> tuple[str, ...]:
    """A warning where a thief of the file would soon guess the passphrase."""
    if passphrase is None:
        return ()
    one_word = passphrase.isalpha() and len(passphrase) < _ONE_WORD
    if len(passphrase) >= _SHORT and not one_word:
        return ()
    return (
        "warning: this passphrase is short or a single word; six random words keep a thief out:"
        " move these files away and make new ones before you give the card to anybody",
    )


def _passphrase(none: bool, source: str | None) -> str | None:
    if none and source is not None:
        raise UsageError("--no-passphrase and --passphrase-file exclude each other", "give one")
    if none:
        return None
    return read_passphrase(source) if source is not None else _ask()


def read_passphrase(source: str) -> str:
    """A passphrase from a file or the input: its first line."""
    text = read_text("-" if source == "-" else f"@{Path(source)}", "passphrase")
    first = text.split("\n", 1)[0].rstrip("\r")
    if not first:
        raise UsageError("the passphrase is empty", "put it on the first line")
    return first


def _ask() -> str:
    from tipcase import terminal

    return terminal.new_passphrase("new passphrase", "--no-passphrase or --passphrase-file FILE")
