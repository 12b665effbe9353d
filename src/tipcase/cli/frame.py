"""What every command module begins with."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tipcase.cli.context import Context

CASE_HELP = "The case: any unique beginning of its id, or the office number."
CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help=CASE_HELP)]


def application() -> typer.Typer:
    """An application for one command or a family of them.

    No markup mode: rich help costs 100 ms and would read people's words as markup.
    """
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )


def context_of(ctx: typer.Context) -> Context:
    """The context that the root made."""
    found: Any = ctx.find_root().obj
    return found if isinstance(found, Context) else Context()
