"""``verify``: find what is damaged, forged or missing. Needs no key."""

from __future__ import annotations

from typing import Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.output import Result

app = application()


@app.command()
def verify(
    ctx: typer.Context,
    cases: Annotated[list[str] | None, typer.Argument(metavar="[CASE]...")] = None,
) -> Result:
    """Check every signature, hash and file. Exit 7 when something is damaged or forged."""
    return verdicts(context_of(ctx), cases or [])


def verdicts(context: Context, cases: list[str]) -> Result:
    """The verdict on the staff, the provider and every case (or the cases named)."""
    from tipcase.casebook.case import resolve
    from tipcase.casebook.verification import verify as checks

    book = context.unchecked_book
    wanted = [resolve(book, case, None) for case in cases] if cases else None
    found = checks.verify(book, wanted)
    lines = []
    for verdict in found:
        lines.append(f"{verdict.case}: {'ok' if verdict.ok else 'DAMAGED'}")
        lines += [f"  damage: {text}" for text in verdict.damage]
        lines += [f"  warning: {text}" for text in verdict.warnings]
    bad = [verdict.case for verdict in found if not verdict.ok]
    return Result(
        data=[
            {
                "case": verdict.case,
                "ok": verdict.ok,
                "damage": list(verdict.damage),
                "warnings": list(verdict.warnings),
            }
            for verdict in found
        ],
        text=tuple(lines),
        talk=(f"{len(bad)} of {len(found)} damaged: do not write to them; keep a copy as it is",)
        if bad
        else (f"{len(found)} checked, nothing damaged",),
        code=7 if bad else 0,
    )
