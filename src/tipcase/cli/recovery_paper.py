"""A fresh recovery seed handed to a person: as a sheet to print, or as words on the terminal.

It is never on stdout and never in a place that tipcase chose: whoever asked for a sheet deletes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tipcase.cli.new_file import NewFile
from tipcase.errors import TipcaseError

if TYPE_CHECKING:
    from tipcase.casebook.book import Book


_FILE = NewFile(
    "recovery sheet",
    "the seed",
    "name a file elsewhere: --recovery-sheet ~/sheet.html",
    option="--recovery-sheet",
    replaces=False,
)


def check_sheet(sheet: Path, root: Path) -> None:
    """Refuse a place for the sheet while nothing is written: in the casebook, or taken already."""
    _FILE.check(sheet, root)


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
    with _FILE.writing():
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
