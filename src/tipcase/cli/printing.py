"""The work of ``form``: cases printed one after the other, and what is told of it.

A case is done as a whole: its pages stand under temporary names, then its journal notes them, then
they get their names. So no page comes about without a trace, and nothing of a case is kept in
memory when the next one comes; only a bundle holds all of its sheets.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tipcase.cli import press as presses
from tipcase.cli import printed as told
from tipcase.cli.batch import worst
from tipcase.cli.chosen import chosen
from tipcase.cli.context import Context
from tipcase.cli.frame import outside
from tipcase.cli.pages import Pages, left_behind, pages
from tipcase.cli.press import Press, Wishes
from tipcase.cli.printed import Sheet
from tipcase.cli.sheaf import Sheaf
from tipcase.errors import NotFoundError, TipcaseError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from pathlib import Path

    from tipcase.forms import Document


def printed(context: Context, wishes: Wishes) -> Result:
    """Print what was wished, and tell what each sheet leaves blank or leaves out."""
    presses.check(wishes, as_json=context.json)
    press = presses.press(context, wishes)
    if wishes.out is not None:
        check_place(context, wishes.out)
    if wishes.blank:
        from tipcase.cli.blank_forms import blanks

        return blanks(press)
    run = _Run(context, press)
    run.print()
    return run.result()


def check_place(context: Context, out: Path) -> None:
    """Refuse a folder in the casebook (``UsageError``), where there is a casebook."""
    from tipcase import files

    # Blank forms need no casebook.
    with contextlib.suppress(NotFoundError), files.refusals("write the form"):
        outside(out, context.root, "plaintext", "name a folder elsewhere: --out ~/print")


class _Run:
    """One run over cases: what was printed, of what nothing could be, and what went wrong."""

    def __init__(self, context: Context, press: Press) -> None:
        self._context = context
        self._press = press
        self._wishes = press.wishes
        self._chosen = chosen(context, press)
        self._recipient = _recipient(press.wishes)
        self._sheets: list[Sheet] = []
        self._failed: list[str] = []
        self._errors = list(self._chosen.errors)
        self._empty: list[str] = []
        # What goes to the output, where there is no folder.
        self._page = b""

    # -- the work --

    def print(self) -> None:
        """Print every case that can be; what cannot is told and does not stop the rest."""
        # First: no key at all is one error and not one for each case.
        _ = self._context.person
        try:
            if self._wishes.bundle and not self._wishes.dry_run:
                self._print_bundle()
            else:
                for sheaf in self._sheaves():
                    with self._going_on(sheaf):
                        self._print_case(sheaf)
            if self._wishes.bundle and self._wishes.dry_run:
                _check_together([(one.leaves, one.plain) for one in self._sheets])
        except KeyboardInterrupt:
            from tipcase import terminal

            # What is there already must not lie about unnoticed.
            for line in told.plaintext(self._files(), self._wishes.out):
                terminal.say(line)
            raise

    def _sheaves(self) -> Iterator[Sheaf]:
        from tipcase import terminal

        with terminal.progress("printing", len(self._chosen.cases)) as step:
            for case_id in self._chosen.cases:
                yield Sheaf(self._context, self._press, self._chosen, case_id)
                step()

    @contextlib.contextmanager
    def _going_on(self, sheaf: Sheaf) -> Iterator[None]:
        """Go on with the next case where this one cannot be printed."""
        try:
            yield
        except TipcaseError as error:
            self._failed.append(sheaf.case_id)
            self._blame(error)

    def _blame(self, error: TipcaseError) -> None:
        # A full disk, or a template that is wrong, is the same for each case and said once.
        if all(error.sentence != one.sentence for one in self._errors):
            self._errors.append(error)

    def _read(self, sheaf: Sheaf) -> None:
        """Read a case, and remember what is to be told of it."""
        for item in sheaf.unread:
            self._blame(item.error)
        if not sheaf.codes():
            self._empty.append(sheaf.case_id)

    def _print_case(self, sheaf: Sheaf) -> None:
        self._read(sheaf)
        prints, sheets = [], []
        with self._pages() as held:
            for document in sheaf.documents():
                self._page = self._press.write([document])
                name = self._name(sheaf.case_id, document.form)
                if held is not None:
                    held.hold(name, self._page)
                prints.append(sheaf.print_of(document, self._page))
                sheets.append(self._sheet(sheaf, document, name))
            if self._wishes.dry_run:
                sheaf.check(prints)
            elif prints:
                sheets = sheaf.note(prints, sheets, self._recipient)
        self._sheets += sheets

    def _print_bundle(self) -> None:
        """One file for all sheets; a case that cannot note its prints is left out of it."""
        filled: list[tuple[Sheaf, list[Document]]] = []
        for sheaf in self._sheaves():
            with self._going_on(sheaf):
                self._read(sheaf)
                filled.append((sheaf, list(sheaf.documents())))
        every = [document for _, documents in filled for document in documents]
        if not every:
            return
        _check_together([(one.sheet.leaves, one.sheet.plain) for one in every])
        name = self._name("", "")
        with self._pages() as held:
            # Before anything is noted: whether it can be written at all.
            self._hold(held, name, every)
            noted = [one for sheaf, documents in filled for one in self._noted(sheaf, documents)]
            if len(noted) < len(every):
                self._hold(held, name, noted)

    def _hold(self, held: Pages | None, name: str, documents: list[Document]) -> None:
        if held is not None and documents:
            held.hold(name, self._press.write(documents))
        elif held is not None:
            held.drop()

    def _noted(self, sheaf: Sheaf, documents: list[Document]) -> list[Document]:
        """The documents of a case whose prints its journal has noted: all, or none."""
        done: list[Document] = []
        with self._going_on(sheaf):
            prints = [sheaf.print_of(document) for document in documents]
            sheets = [self._sheet(sheaf, one, self._name("", "")) for one in documents]
            if prints:
                self._sheets += sheaf.note(prints, sheets, self._recipient)
            done = documents
        return done

    def _sheet(self, sheaf: Sheaf, document: Document, name: str) -> Sheet:
        path = self._wishes.out / name if self._wishes.out is not None else None
        glyphs: tuple[str, ...] = ()
        if self._wishes.format == "pdf":
            from tipcase.forms import pdf

            glyphs = pdf.missing_glyphs([document])
        return told.sheet(document, sheaf.case_id, path, glyphs)

    def _name(self, case_id: str, form: str) -> str:
        """The name of a sheet's file, or of the bundle's."""
        if not self._wishes.bundle:
            return self._press.name(case_id, form)
        one = len(self._chosen.cases) == 1
        return self._press.name(self._chosen.cases[0] if one else "forms")

    @contextlib.contextmanager
    def _pages(self) -> Iterator[Pages | None]:
        if self._wishes.out is None or self._wishes.dry_run:
            yield None
            return
        with pages(self._wishes.out) as held:
            yield held

    # -- what is told --

    def _files(self) -> list[Path]:
        found = dict.fromkeys(one.file for one in self._sheets)
        return [path for path in found if path is not None]

    def result(self) -> Result:
        """What was printed; one case of which nothing could be is an error like any other."""
        cases, wishes, paths = self._chosen.cases, self._wishes, self._files()
        if len(cases) == 1 and self._failed:
            raise self._errors[-1]
        return Result(
            data={
                "case": cases[0] if len(cases) == 1 else None,
                "cases": list(cases),
                "failed": self._failed,
                "forms": [one.row() for one in self._sheets],
                "written": not wishes.dry_run,
            },
            text=() if wishes.dry_run else self._text(paths),
            talk=tuple(self._talk(paths)),
            errors=tuple(self._errors),
            code=worst(self._errors),
        )

    def _talk(self, paths: Sequence[Path]) -> Iterator[str]:
        if not self._wishes.dry_run:
            yield from told.plaintext(paths, self._wishes.out)
        if self._wishes.out is not None and (left := left_behind(self._wishes.out)):
            yield (
                f"{left} file(s) .pending-... in {self._wishes.out} hold plaintext of a print that"
                " was cut off: delete them"
            )
        if self._chosen.closed:
            yield f"{self._chosen.closed} case(s) are not open to you: not printed"
        for case_id in self._empty:
            yield f"{case_id} has no record of a stage that a form is about"
        yield from told.talk(self._sheets, to_whom=self._recipient is not None)
        if self._wishes.dry_run:
            yield "nothing was written"

    def _text(self, paths: Sequence[Path]) -> tuple[str, ...]:
        if self._wishes.out is not None:
            return tuple(map(str, paths))
        if self._wishes.seal:
            return tuple(one.kept.attachment for one in self._sheets if one.kept is not None)
        return to_output(self._page, self._wishes.format)


def _check_together(kinds: Sequence[tuple[bool, bool]]) -> None:
    """Refuse one file for sheets of different hands: it would be sent, or handed over, whole.

    Of each sheet: whether it leaves the office, and whether it is a plain one.
    """
    if len(set(kinds)) > 1:
        raise UsageError(
            "a sheet for other hands shares no file with one that stays in the office",
            "leave out --bundle, or name the forms of each file by themselves",
        )


def to_output(content: bytes, output: str) -> tuple[str, ...]:
    """One sheet as text for the output; a PDF goes there at once, as it is."""
    if output != "pdf":
        return (content.decode("utf-8"),)
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
    return ()


def _recipient(wishes: Wishes) -> str | None:
    """Whom the prints are for, on one line."""
    if wishes.recipient is None:
        return None
    from tipcase.cli.words import read_text

    found = " ".join(read_text(wishes.recipient, "recipient").split())
    if not found:
        raise UsageError("the recipient is empty", "say who gets it: --to -")
    return found
