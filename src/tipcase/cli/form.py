"""``form``: print forms of cases, or blank ones for pen and paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tipcase.cli.frame import application, context_of
from tipcase.cli.press import Wishes
from tipcase.cli.printing import printed
from tipcase.output import Result

app = application()

_HELP = """Print forms of a case, or of many: for A4, in Khmer, English or both.

What is written is plaintext, outside the casebook alone: print it, then delete it. Each print
stands in the journal of its case. --blank prints empty forms: it needs no case and no key.
The shell remembers a WHO on its command line; --to - does not let it.
"""

_Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CASE]... CODE...", help="Cases, then forms: P1, S2, S1a."),
]
_Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="A folder outside the casebook; else one form to the output."),
]
_Record = Annotated[
    str | None,
    typer.Option(metavar="STAGE/TAG", help="The record to print, where a form shows one."),
]

_Restricted = Annotated[
    bool, typer.Option("--include-restricted", help="Print restricted records and fields too.")
]
_Recipient = Annotated[
    str | None,
    typer.Option("--to", metavar="WHO", help="Who gets it: - (input), @FILE or text. Sealed."),
]


@app.command(help=_HELP)
def form(
    ctx: typer.Context,
    words: _Words = None,
    every_form: Annotated[
        bool, typer.Option("--all", help="Every form whose stage has a record.")
    ] = False,
    every_case: Annotated[
        bool, typer.Option("--all-cases", help="Every case that you can open.")
    ] = False,
    blank: Annotated[
        bool, typer.Option("--blank", help="Empty forms, to fill in by hand.")
    ] = False,
    out: _Out = None,
    bundle: Annotated[
        bool, typer.Option("--bundle", help="All of them in one file of that folder.")
    ] = False,
    lang: Annotated[str | None, typer.Option(metavar="LANG", help="en, km or both.")] = None,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="html, pdf or md.")
    ] = "html",
    pdf_a: Annotated[
        bool, typer.Option("--pdf-a", help="A PDF to be archived, by PDF/A-2a.")
    ] = False,
    citations: Annotated[
        bool, typer.Option("--citations", help="Print the provisions beside the lines.")
    ] = False,
    record: _Record = None,
    include_restricted: _Restricted = False,
    recipient: _Recipient = None,
    seal: Annotated[
        bool, typer.Option("--seal", help="Keep a copy in the case, as an attachment.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be printed; write nothing.")
    ] = False,
) -> Result:
    """Print forms; see ``printing``."""
    wishes = Wishes(
        words=tuple(words or ()),
        every_form=every_form,
        every_case=every_case,
        blank=blank,
        out=out,
        bundle=bundle,
        lang=lang,
        format=format_,
        pdf_a=pdf_a,
        citations=citations,
        record=record,
        include_restricted=include_restricted,
        recipient=recipient,
        seal=seal,
        dry_run=dry_run,
    )
    return printed(context_of(ctx), wishes)
