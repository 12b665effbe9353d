"""A fresh recovery seed handed to a person: as a sheet to print, or as words on the terminal.

It is never on stdout and never in a place that tipcase chose: whoever asked for a sheet deletes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tipcase.errors import ConflictError, NotFoundError, TipcaseError, UsageError

if TYPE_CHECKING:
    from tipcase.casebook.book import Book


def check_sheet(sheet: Path, root: Path) -> None:
    """Refuse a place for the sheet while nothing is written: in the casebook, or taken already."""
    from tipcase import files

    target, inside = sheet.resolve(), root.resolve()
    if target == inside or inside in target.parents:
        raise UsageError(
            "--recovery-sheet is inside the casebook: the seed has no place there",
            "name a file elsewhere: --recovery-sheet ~/sheet.html",
        )
    with files.refusals("write the recovery sheet"):
        if sheet.exists() or sheet.is_symlink():
            raise ConflictError(
                "the file for the recovery sheet is there already", "name a new file"
            )
        if not target.parent.is_dir():
            raise NotFoundError(
                "the folder for the recovery sheet is not there", "make it, or name another one"
            )


def words_of(seed: bytes) -> tuple[str, ...]:
    """What a person reads of a new seed on the terminal, a line each."""
    from tipcase.keyring import recovery

    words = recovery.to_words(seed)
    return (
        "",
        "RECOVERY SEED: write it on paper now; it is shown this once and stored nowhere.",
        "Whoever has it reads every case; without it, lost keys mean lost cases.",
        f"    {words[:34]}",
        f"    {words[35:]}",
        "",
    )


def write_sheet(book: Book, seed: bytes, day: str, sheet: Path) -> tuple[str, ...]:
    """Write the sheet, for its owner alone; what is to be said of it."""
    from tipcase import files
    from tipcase.forms import recovery_sheet
    from tipcase.keyring import recovery

    page = recovery_sheet.render(
        recovery.to_words(seed), casebook=book.config.name, casebook_id=book.id, day=day
    )
    with files.refusals("write the recovery sheet"):
        files.create(sheet, page.encode("utf-8"))
    return (
        f"RECOVERY SEED: {sheet}; print it now, then delete the file. It is stored nowhere else.",
        "Whoever has it reads every case; without it, lost keys mean lost cases.",
    )


def handed(
    book: Book, seed: bytes, day: str, sheet: Path | None
) -> tuple[tuple[str, ...], TipcaseError | None]:
    """The seed on its sheet, or else in words; also what went wrong with the sheet.

    A sheet that cannot be written must not lose a seed that counts already.
    """
    if sheet is None:
        return words_of(seed), None
    try:
        return write_sheet(book, seed, day, sheet), None
    except TipcaseError as error:
        return words_of(seed), error


def hand_over(book: Book, seed: bytes, day: str, sheet: Path | None) -> None:
    """Show or write a seed that does not count yet: a failure here costs nothing."""
    from tipcase import terminal

    for line in words_of(seed) if sheet is None else write_sheet(book, seed, day, sheet):
        terminal.say(line)


def spoken(case: str, error: TipcaseError) -> TipcaseError:
    """An error of one case in a batch, which names the case."""
    if case in error.sentence:
        return error
    return type(error)(f"{case}: {error.sentence}", error.hint)
