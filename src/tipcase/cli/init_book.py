"""``init``: a new casebook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.errors import TipcaseError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.book import Book
    from tipcase.keyring.person import Person

app = application()
EDITION = "kh-2009"


@app.command()
def init(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="The office's, as forms print it.")],
    keys: Annotated[
        str, typer.Option(metavar="KIND", help="hybrid (post-quantum) or x25519.")
    ] = "hybrid",
    no_git: Annotated[
        bool, typer.Option("--no-git", help="Do not make it a git repository.")
    ] = False,
) -> Result:
    """Start a casebook: you become its admin and supervisor. Prints the recovery seed once."""
    return start(context_of(ctx), folder, name, keys, with_git=not no_git)


def start(context: Context, folder: Path, name: str, keys: str, *, with_git: bool) -> Result:
    """Make the casebook; its recovery seed goes to stderr and nowhere else."""
    from tipcase import git
    from tipcase.casebook import staff
    from tipcase.casebook.config import Config
    from tipcase.errors import MachineError
    from tipcase.journal.names import KEY_KINDS
    from tipcase.keyring import recovery

    if keys not in KEY_KINDS:
        raise UsageError("--keys takes one of: hybrid, x25519", "tipcase init DIR --name NAME")
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise UsageError("--name takes one line of text", 'tipcase init DIR --name "Our Shelter"')
    if with_git and not git.available():
        raise MachineError("git is not installed", "install git, or give --no-git")
    person = context.person
    seed = recovery.new_seed()
    config = Config(name.strip(), EDITION, keys, {})
    book = staff.found(
        folder.absolute(), context.home, config, person, recovery.person(seed, keys), context.time
    )
    refused, notes = _repository(book, person) if with_git else (None, ())
    words = recovery.to_words(seed)
    return Result(
        data={"casebook": book.id, "folder": str(book.root), "keys": keys},
        text=(book.id,),
        talk=(
            f"casebook: {book.root}",
            f"its id (colleagues compare it when they join): {book.id}",
            "",
            "RECOVERY SEED: write it on paper now; it is shown this once and stored nowhere.",
            "Whoever has it reads every case; without it, lost keys mean lost cases.",
            f"    {words[:34]}",
            f"    {words[35:]}",
            "",
            *notes,
            f"next: cd {folder} && tipcase new",
        ),
        errors=() if refused is None else (refused,),
        code=0 if refused is None else refused.exit_code,
    )


def _repository(book: Book, person: Person) -> tuple[TipcaseError | None, tuple[str, ...]]:
    """Make the repository: what git refused, and what is to be said of it.

    The casebook stands by now, and its seed is shown this once: git's failure must not hide it.
    """
    from tipcase import files
    from tipcase.casebook import staff

    try:
        with files.refusals("start git"):
            made = staff.start_repository(book, person)
    except TipcaseError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return error, (f"warning: the casebook stands, but without a commit in git{hint}",)
    if made:
        return None, ()
    return None, ("it stands in another git repository: none was made, nothing was committed",)
