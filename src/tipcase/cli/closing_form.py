"""What closing, confirming and reopening are given alike, and the form that goes with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli.context import Context
from tipcase.cli.words import read_text
from tipcase.errors import TipcaseError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.law import Finding

Form = Callable[[str, str | None], Result | None]

OutOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Print the form too, into a folder outside the casebook."),
]
LangOption = Annotated[str | None, typer.Option(metavar="LANG", help="Of the form: en, km, both.")]
FormatOption = Annotated[
    str, typer.Option("--format", metavar="FORMAT", help="Of the form: html, pdf or md.")
]


@dataclass(frozen=True)
class Wish:
    """What was typed; texts are read already."""

    outcome: str | None = None
    day: str = ""
    reason: str | None = field(default=None, repr=False)
    override: str | None = field(default=None, repr=False)
    end: str | None = field(default=None, repr=False)
    hand_over: str | None = field(default=None, repr=False)
    out: Path | None = None
    lang: str | None = None
    format: str = "html"
    dry_run: bool = False


def said(source: str | None, what: str) -> str | None:
    """A text that was given as -, @FILE or itself; ``UsageError`` where it says nothing."""
    if source is None:
        return None
    text = read_text(source, what)
    if not text.strip():
        raise UsageError(f"the {what} is empty", "say it: - (input), @FILE or text")
    return text


def check_input(*sources: str | None) -> None:
    """Refuse two texts that both come from the input (``UsageError``)."""
    if sources.count("-") > 1:
        raise UsageError("only one of them can come from the input", "give the others as @FILE")


def form_of_closing(context: Context, wish: Wish, code: str) -> Form:
    """Prints ``code`` after the deed; what cannot be printed is refused before it."""
    if wish.out is None:
        return lambda case, record: None
    from tipcase.cli import press as presses
    from tipcase.cli.press import Wishes
    from tipcase.cli.printing import check_place, printed

    def wishes(case: str, record: str | None) -> Wishes:
        return Wishes(
            words=(case, code), out=wish.out, lang=wish.lang, format=wish.format, record=record
        )

    presses.check(wishes("", None), as_json=context.json)
    presses.press(context, wishes("", None))
    check_place(context, wish.out)

    def form(case: str, record: str | None) -> Result:
        try:
            return printed(context, wishes(case, record))
        except TipcaseError as error:
            # What was done is done: only the print is missing.
            return Result(data={"forms": []}, errors=(error,), code=error.exit_code)

    return form


def with_form(
    form: Result | None, data: dict[str, Any], advice: tuple[Finding, ...], talk: tuple[str, ...]
) -> Result:
    """The answer of a command that printed a form besides, or did not."""
    if form is None:
        return Result(data=data, findings=advice, talk=talk)
    return Result(
        data=data | {"forms": form.data["forms"]},
        text=form.text,
        findings=advice,
        talk=(*talk, *form.talk),
        errors=form.errors,
        code=form.code,
    )
