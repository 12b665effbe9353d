"""``form``: print forms of a case."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, application, context_of
from tipcase.errors import UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.case import Case
    from tipcase.forms import Rendering
    from tipcase.law import Dossier

app = application()
LANGUAGES = ("en", "km", "both")


@app.command()
def form(
    ctx: typer.Context,
    case: CaseArgument,
    codes: Annotated[list[str], typer.Argument(metavar="CODE...", help="P1, P5, P7, S1a.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="A folder outside the casebook; else one form to the output."
        ),
    ] = None,
    lang: Annotated[str | None, typer.Option(metavar="LANG", help="en, km or both.")] = None,
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help="html.")] = "html",
    record: Annotated[
        str | None,
        typer.Option(metavar="STAGE/TAG", help="The record to print, where a form shows one."),
    ] = None,
    citations: Annotated[
        bool, typer.Option("--citations", help="Print the provisions beside the lines.")
    ] = False,
    include_restricted: Annotated[
        bool,
        typer.Option("--include-restricted", help="Print restricted records and fields too."),
    ] = False,
) -> Result:
    """Print forms of a case, ready for A4. What is written to --out is plaintext: keep it safe."""
    from tipcase.casebook.naming import parse_record_name

    context = context_of(ctx)
    if format_ != "html":
        raise UsageError("--format takes one of: html", "give --format html")
    choices = {
        "citations": citations,
        "include_restricted": include_restricted,
        "record": parse_record_name(record)[1] if record else None,
    }
    return write(context, case, codes, out, lang, choices)


def write(
    context: Context,
    case: str,
    codes: list[str],
    out: Path | None,
    lang: str | None,
    choices: dict[str, Any],
) -> Result:
    """Print the forms, note each print in the journal, and list the blanks."""
    from tipcase.casebook.case import Case

    book = context.book
    spoken = lang or str(book.config.get("form_language"))
    if spoken not in LANGUAGES:
        raise UsageError("--lang takes one of: en, km, both", "give --lang both")
    if out is None and (len(codes) > 1 or context.json):
        what = (
            "forms go into a folder with --json"
            if context.json
            else "several forms go into a folder"
        )
        raise UsageError(what, "give --out DIR")
    if out is None and sys.stdout.isatty():
        raise UsageError("a form is plaintext: it is not shown in a terminal", "give --out DIR")
    if out is not None:
        _outside(out, book.root)
    found = Case(book, context.case(case))
    dossier, unread = found.read_all(context.person)
    wanted = list(dict.fromkeys(codes))
    sheets = [_render(context, dossier, code, spoken, choices) for code in wanted]
    paths = [out / f"{found.id}-{s.form}.{s.lang}.html" if out else None for s in sheets]
    with _written({p: s.html for p, s in zip(paths, sheets, strict=True) if p}):
        _note(context, found, wanted)
    pairs = list(zip(sheets, paths, strict=True))
    return Result(
        data={"case": found.id, "forms": [_row(*pair) for pair in pairs]},
        text=tuple(map(str, paths)) if out is not None else (sheets[0].html,),
        talk=tuple(line for pair in pairs for line in _talk(*pair)),
        errors=tuple(item.error for item in unread),
        code=max((item.error.exit_code for item in unread), default=0),
    )


def _render(
    context: Context, dossier: Dossier, code: str, lang: str, choices: dict[str, Any]
) -> Rendering:
    from tipcase import forms

    book = context.book
    own = book.root / "templates"
    return forms.render(
        book.edition,
        dossier,
        code,
        lang=lang,
        as_of=context.today,
        casebook_name=book.config.name,
        official=bool(book.config.get("official_forms")),
        templates=[own] if own.is_dir() else [],
        **choices,
    )


@contextlib.contextmanager
def _written(pages: dict[Path, str]) -> Iterator[None]:
    """Write pages, first under temporary names: they get their own when the block has succeeded.

    So no page comes about without a trace in the journal, and no trace without its page.
    """
    from tipcase import files

    pending: dict[Path, Path] = {}
    new = [folder for path in pages for folder in (path.parent, *path.parent.parents)]
    new = [folder for folder in dict.fromkeys(new) if not files.exists(folder, "write the form")]
    try:
        with files.refusals("write the form"):
            for path, html in pages.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                if path.is_dir():
                    raise IsADirectoryError
                digest = files.write_pending(path, html.encode("utf-8"))
                pending[files.pending_path(path, digest)] = path
        yield
        with files.refusals("write the form"):
            for temporary, path in pending.items():
                temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            for temporary in pending:
                temporary.unlink(missing_ok=True)
            for folder in new:
                folder.rmdir()
        raise


def _row(sheet: Rendering, path: Path | None) -> dict[str, Any]:
    return {
        "form": sheet.form,
        "lang": sheet.lang,
        "file": str(path) if path else None,
        "missing": list(sheet.missing),
        "withheld": sheet.withheld,
    }


def _talk(sheet: Rendering, path: Path | None) -> list[str]:
    lines = [f"plaintext: {path}; print it, then delete it"] if path else []
    if sheet.missing:
        lines.append(f"{sheet.form} has blanks: {', '.join(sheet.missing)}")
    if sheet.newer:
        lines.append(f"{sheet.form} leaves out a newer record: {sheet.newer} (--record prints it)")
    if sheet.withheld:
        lines.append(f"{sheet.form} leaves out what is restricted: --include-restricted prints it")
    return lines


def _note(context: Context, found: Case, codes: list[str]) -> None:
    """Who printed which form and when stands in the journal."""
    from tipcase.casebook import change
    from tipcase.casebook.case import Case

    with change.editing(context.book, found.id, context.person) as case:
        for code in codes:
            change.note_print(case, code, None, context.person, context.time)
            # The next entry follows the one just written.
            case = Case(context.book, found.id)


def _outside(out: Path, root: Path) -> None:
    """Refuse to write plaintext into the casebook."""
    target = out.resolve()
    if target == root.resolve() or root.resolve() in target.parents:
        raise UsageError(
            "--out is inside the casebook: plaintext has no place there",
            "name a folder elsewhere: --out ~/print",
        )
