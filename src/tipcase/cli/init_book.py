"""``init``: a new casebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.batch import worst
from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.cli.recovery_paper import check_sheet, handed
from tipcase.errors import ConflictError, NotFoundError, TipcaseError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.book import Book
    from tipcase.casebook.config import Config
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
    edition: Annotated[
        str | None, typer.Option(metavar="NAME", help=f"The shipped edition to follow; {EDITION}.")
    ] = None,
    edition_from: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A whole edition of your own: copied in and signed."),
    ] = None,
    recovery_sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the seed as a page to print (HTML), outside DIR."),
    ] = None,
) -> Result:
    """Start a casebook: you become its admin and supervisor. Prints the recovery seed once."""
    law = chosen(edition, edition_from)
    if recovery_sheet is not None:
        check_sheet(recovery_sheet, folder)
    return start(
        context_of(ctx), folder, name, keys, law, with_git=not no_git, sheet=recovery_sheet
    )


@dataclass(frozen=True)
class Law:
    """The edition that a casebook begins with; ``files`` by path where it brings them itself."""

    name: str
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def chosen(name: str | None, folder: Path | None) -> Law:
    """The edition that the words ask for, checked: a shipped one, or one in a folder."""
    from tipcase.casebook.book import edition_folders

    if folder is not None:
        return _from_folder(folder, name)
    name = name or EDITION
    if not edition_folders(name):
        raise NotFoundError(
            "no edition of this name comes with tipcase",
            "an edition of your own stands in a folder: tipcase init DIR --edition-from FOLDER",
        )
    return Law(name)


def _from_folder(folder: Path, name: str | None) -> Law:
    from tipcase import files, law
    from tipcase.casebook.book import EDITION_HEAD, edition_folders
    from tipcase.law import edition

    if not (folder / EDITION_HEAD).is_file():
        raise NotFoundError(
            f"there is no whole edition in this folder: it has no {EDITION_HEAD}",
            "docs/your-own-edition.md shows what belongs to one",
        )
    found = law.load(folder)
    if name is not None and name != found.name:
        raise UsageError(
            f"{EDITION_HEAD} calls the edition {found.name}", f"give --edition {found.name}"
        )
    if edition_folders(found.name):
        raise ConflictError(
            f"{found.name} is an edition that comes with tipcase",
            f"give yours another name in {EDITION_HEAD}",
        )
    edition.check(found)
    return Law(
        found.name,
        {
            f"schemas/{found.name}/{path.relative_to(folder).as_posix()}": files.read(
                path.resolve(), "read the edition"
            )
            for path in found.source.own_files()
        },
    )


def start(
    context: Context,
    folder: Path,
    name: str,
    keys: str,
    law: Law,
    *,
    with_git: bool,
    sheet: Path | None = None,
) -> Result:
    """Make the casebook; its recovery seed goes to the sheet or to stderr, and nowhere else."""
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
    # An edition that comes from a folder is signed once the casebook stands.
    config = Config(name.strip(), EDITION if law.files else law.name, keys, {})
    book = staff.found(
        folder.absolute(), context.home, config, person, recovery.person(seed, keys), context.time
    )
    if law.files:
        book = _bring(book, law, replace(config, edition=law.name), person, context.time)
    refused, notes = _repository(book, person, context.time) if with_git else (None, ())
    words, torn = handed(book, seed, context.day.isoformat(), sheet)
    errors = tuple(error for error in (refused, torn) if error is not None)
    return Result(
        data={
            "casebook": book.id,
            "folder": str(book.root),
            "keys": keys,
            "recovery_sheet": str(sheet) if sheet and torn is None else None,
        },
        text=(book.id,),
        talk=(
            f"casebook: {book.root}",
            f"its id (colleagues compare it when they join): {book.id}",
            *words,
            *notes,
            f"next: cd {folder} && tipcase new",
        ),
        errors=errors,
        code=worst(errors),
    )


def _bring(book: Book, law: Law, config: Config, person: Person, time: str) -> Book:
    """Lay the files of an edition into a new casebook, follow it, and sign both."""
    from tipcase import files
    from tipcase.casebook import staff
    from tipcase.casebook.book import HEAD, Book

    head = config.encode()
    with files.refusals("copy the edition"):
        for path, data in law.files.items():
            target = book.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            files.create(target, data, 0o644)
        files.replace(book.root / HEAD, head, 0o644)
    # What was checked is signed, not what stands there by now.
    return staff.accept(Book(book.root, book.home), person, time, {**law.files, HEAD: head})


def _repository(
    book: Book, person: Person, time: str
) -> tuple[TipcaseError | None, tuple[str, ...]]:
    """Make the repository: what git refused, and what is to be said of it.

    The casebook stands by now, and its seed is shown this once: git's failure must not hide it.
    """
    from tipcase import files
    from tipcase.casebook import staff

    try:
        with files.refusals("start git"):
            made = staff.start_repository(book, person, time)
    except TipcaseError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return error, (f"warning: the casebook stands, but without a commit in git{hint}",)
    if made:
        return None, ()
    return None, ("it stands in another git repository: none was made, nothing was committed",)
