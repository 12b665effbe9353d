"""``unlock``: keep the identity open for a stated time, and say who ends it."""

from __future__ import annotations

from typing import Annotated

import typer

from tipcase.cli.context import Context, identity_text, parse_span
from tipcase.cli.frame import application, context_of
from tipcase.cli.keygen import read_passphrase
from tipcase.output import Result

app = application()

ENDS = {
    "kernel": "the kernel forgets its key then, whatever happens",
    "keychain": "its key is in the system's keychain; it is removed by the next command after that",
    "nobody": "it is removed by the next command after that",
}


@app.command()
def unlock(
    ctx: typer.Context,
    span: Annotated[
        str, typer.Option("--for", metavar="TIME", help="How long: 8h, 30m, 1d.")
    ] = "8h",
    passphrase_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Read the passphrase from it (- for the input)."),
    ] = None,
) -> Result:
    """Keep your identity open for a time, so that the passphrase is asked once."""
    passphrase = read_passphrase(passphrase_file) if passphrase_file else None
    return open_for(context_of(ctx), span, passphrase)


def open_for(context: Context, span: str, passphrase: str | None) -> Result:
    """Unlock the identity until its end time, and say who enforces it."""
    from tipcase import settings
    from tipcase.keyring import person as people
    from tipcase.keyring import unlocked

    now = context.now()
    until = now + parse_span(span, "--for")
    path = context.identity_file(context.identity or settings.identity_named())
    text = identity_text(path, passphrase)
    person = people.from_text(text)
    enforcer = unlocked.store(context.home, text, until, now)
    shown = until.astimezone().strftime("%Y-%m-%d %H:%M")
    return Result(
        data={"handle": person.handle, "until": until.isoformat(), "enforcer": enforcer},
        talk=(
            f"{person.handle} is unlocked until {shown}: {ENDS[enforcer]}",
            "whoever uses this machine until then works as you: tipcase lock ends it",
        ),
    )
