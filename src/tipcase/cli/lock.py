"""``lock``: remove the unlocked identity."""

from __future__ import annotations

import typer

from tipcase.cli.frame import application, context_of
from tipcase.output import Result

app = application()


@app.command()
def lock(ctx: typer.Context) -> Result:
    """Remove the unlocked identity and its key at once."""
    from tipcase.keyring import unlocked

    was_open = unlocked.remove(context_of(ctx).home)
    return Result(
        data={"was_unlocked": was_open},
        talk=("locked" if was_open else "nothing was unlocked",),
    )
