"""What every command module begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tipcase.cli.context import Context
from tipcase.errors import UsageError

CASE_HELP = "The case: any unique beginning of its id, or the office number."
CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help=CASE_HELP)]
CasesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[CASE]...", help="Cases, or provider.")
]
PeopleArgument = Annotated[
    list[str],
    typer.Argument(metavar="[CASE] HANDLE...", help="The case (or provider), then the people."),
]
RecordArgument = Annotated[str, typer.Argument(metavar="RECORD", help="STAGE or STAGE/TAG.")]
AllOption = Annotated[bool, typer.Option("--all", help="Every case that you can open.")]
ReencryptOption = Annotated[
    bool, typer.Option("--reencrypt", help="Move every record to the new keys at once.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, write nothing.")
]
# Of a command that is given what a record says.
JudgeOption = Annotated[bool, typer.Option("--dry-run", help="Judge it, write nothing.")]


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


def outside(out: Path, root: Path, what: str, hint: str, *, option: str = "--out") -> None:
    """Refuse an ``--out`` (``option``) in the casebook, whatever its folder is called on the way.

    ``what`` has no place there; ``hint`` says what to name. Nothing of it needs to be there.
    """
    try:
        named = (out.parent.resolve(), out.resolve())
    except (OSError, RuntimeError):
        # Python 3.11 says RuntimeError of a link that leads to itself.
        raise UsageError(f"{option} names a link that leads nowhere", hint) from None
    for folder in named:
        if any(_same(one, root) for one in (folder, *folder.parents)):
            raise UsageError(f"{option} is inside the casebook: {what} has no place there", hint)


def _same(folder: Path, root: Path) -> bool:
    if folder.exists() and root.exists():
        return folder.samefile(root)
    # A casebook that is about to be made.
    return folder == root.resolve()
