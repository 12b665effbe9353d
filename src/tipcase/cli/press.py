"""The press of ``form``: how sheets are made, in which words and outputs, and what was wished."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tipcase.cli.context import Context
from tipcase.errors import NotFoundError, UsageError
from tipcase.forms import FORMATS

if TYPE_CHECKING:
    from tipcase.forms import Document
    from tipcase.forms.sheet import Pictures
    from tipcase.law import Dossier, Edition

LANGUAGES = ("en", "km", "both")


@dataclass(frozen=True)
class Wishes:
    """What somebody typed."""

    words: tuple[str, ...] = field(default=(), repr=False)
    every_form: bool = False
    every_case: bool = False
    blank: bool = False
    out: Path | None = None
    bundle: bool = False
    lang: str | None = None
    format: str = "html"
    pdf_a: bool = False
    citations: bool = False
    record: str | None = None
    include_restricted: bool = False
    recipient: str | None = field(default=None, repr=False)
    seal: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Press:
    """What all sheets of a command have in common."""

    wishes: Wishes
    edition: Edition
    lang: str
    casebook: str
    official: bool
    signatures: tuple[str, ...]
    templates: tuple[Path, ...]
    today: date
    # The day of the printing itself: --as-of changes the form's date alone.
    day: date

    def fill(
        self,
        code: str,
        dossier: Dossier | None = None,
        record: str | None = None,
        pictures: Pictures | None = None,
        closed: Collection[str] = (),
    ) -> Document:
        """One form, of a case or blank, ready for any output."""
        from tipcase import forms

        return forms.fill(
            self.edition,
            dossier,
            code,
            lang=self.lang,
            as_of=self.today,
            casebook_name=self.casebook,
            record=record,
            include_restricted=self.wishes.include_restricted,
            official=self.official,
            signatures=self.signatures,
            pictures=pictures,
            today=self.day,
            closed=closed,
        )

    def write(self, documents: Sequence[Document]) -> bytes:
        """The sheets as one file."""
        from tipcase import forms

        return forms.write(
            documents,
            self.wishes.format,
            citations=self.wishes.citations,
            templates=self.templates,
            pdf_a=self.wishes.pdf_a,
        )

    def name(self, *front: str) -> str:
        """The name of a file: ``K7Q2-M9TX-P1.both.pdf``."""
        return f"{'-'.join(front)}.{self.lang}.{self.wishes.format}"

    def codes(self, words: Sequence[str]) -> tuple[str, ...]:
        """The forms that codes, and names of sets of them, stand for; each once."""
        from tipcase import forms

        return tuple(dict.fromkeys(forms.expand(self.edition, words)))

    def about(self, code: str) -> str | None:
        """The type of the record that a form is about, where it is about one."""
        from tipcase import forms

        return forms.form(self.edition, code).about

    def is_code(self, word: str) -> bool:
        """Whether a word is a form, or a set of them, of the edition."""
        data = self.edition.forms_data
        return word in data.get("forms", {}) or word in data.get("sets", {})


def press(context: Context, wishes: Wishes) -> Press:
    """The press of the casebook at hand; for blank forms, of none where there is none.

    Raises UsageError for a language that there is not.
    """
    from tipcase.cli.law import edition_at_hand

    edition = edition_at_hand(context) if wishes.blank else context.book.edition
    # Outside of a casebook, blank forms speak both languages and bear no name.
    book = context.book if _in_casebook(context) else None
    config = book.config if book is not None else None
    lang = wishes.lang or (str(config.get("form_language")) if config is not None else "both")
    if lang not in LANGUAGES:
        raise UsageError(f"--lang takes one of: {', '.join(LANGUAGES)}", "give --lang both")
    own = book.root / "templates" if book is not None else None
    return Press(
        wishes,
        edition,
        lang,
        config.name if config is not None else "",
        config is not None and bool(config.get("official_forms")),
        config.names("form_signatures") if config is not None else (),
        (own,) if own is not None and own.is_dir() else (),
        context.today,
        context.day,
    )


def _in_casebook(context: Context) -> bool:
    try:
        return bool(context.root)
    except NotFoundError:
        return False


def check(wishes: Wishes, *, as_json: bool) -> None:
    """Refuse options that do not go together (``UsageError``)."""
    if wishes.format not in FORMATS:
        raise UsageError(f"--format takes one of: {', '.join(FORMATS)}", "give --format pdf")
    if wishes.pdf_a and wishes.format != "pdf":
        raise UsageError("--pdf-a is a kind of PDF", "give --format pdf --pdf-a")
    if wishes.bundle and wishes.out is None:
        raise UsageError("a bundle is a file in a folder", "give --out DIR")
    if wishes.every_case and wishes.record is not None:
        raise UsageError("--record names a record of one case", "name that case")
    if wishes.blank:
        _check_blank(wishes)
    if wishes.out is None and not wishes.seal and not wishes.dry_run:
        _check_output(as_json)


def _check_blank(wishes: Wishes) -> None:
    of_a_case = {
        "--all-cases": wishes.every_case,
        "--record": wishes.record is not None,
        "--include-restricted": wishes.include_restricted,
        "--to": wishes.recipient is not None,
        "--seal": wishes.seal,
    }
    for option, given in of_a_case.items():
        if given:
            raise UsageError(
                f"{option} is about a case, and a blank form has none",
                f"leave out {option}, or --blank",
            )


def _check_output(as_json: bool) -> None:
    if as_json:
        raise UsageError("forms go into a folder with --json", "give --out DIR")
    if sys.stdout.isatty():
        raise UsageError("a form is plaintext: it is not shown in a terminal", "give --out DIR")
