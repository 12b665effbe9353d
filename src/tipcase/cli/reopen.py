"""``reopen``: open a closed case again, with its reason and a new assessment of the crisis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli.close import day_of
from tipcase.cli.closing_form import (
    FormatOption,
    LangOption,
    OutOption,
    Wish,
    check_input,
    form_of_closing,
    said,
    with_form,
)
from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, DryRunOption, application, context_of
from tipcase.errors import ConflictError, NotFoundError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.case import Case
    from tipcase.casebook.closing import Place
    from tipcase.law import Dossier, Edition

app = application()

_HELP = """Open a closed case again. The crisis is assessed first (exit 3 where it is not).

Records can be written to a closed case, so help is given and noted before anything else. Every
closing and reopening stays in the case. The shell remembers a TEXT on its command line; - and @FILE
do not let it.
"""
# A crisis comes first; what was closed by mistake goes on where it stood.
_CRISIS = "crisis-intervention"
_MISTAKE = "closed-by-mistake"


@app.command(help=_HELP)
def reopen(
    ctx: typer.Context,
    case: CaseArgument,
    cause: Annotated[
        str, typer.Option(metavar="CAUSE", help="re-traumatization, new-danger and so on.")
    ],
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why: - (input), @FILE or text. Sealed.")
    ],
    wish: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What the survivor wants. Sealed.")
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="STAGE", help="Where it goes on; else the crisis first.")
    ] = None,
    override: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Open it all the same, and why. Sealed."),
    ] = None,
    on: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day of the reopening, if not today.")
    ] = None,
    out: OutOption = None,
    lang: LangOption = None,
    format_: FormatOption = "html",
    dry_run: DryRunOption = False,
) -> Result:
    """Open a closed case again; see ``reopened``."""
    context = context_of(ctx)
    check_input(reason, wish, override)
    texts = {"reason": said(reason, "reason"), "reopen_wish": said(wish, "wish")}
    over = said(override, "reason")
    decision = {
        "happened_on": day_of(context, on),
        "kind": "reopen",
        "reopen_cause": cause,
        "written_by": context.person.handle,
        **{name: text for name, text in texts.items() if text is not None},
    }
    printing = Wish(day=on or "", out=out, lang=lang, format=format_, dry_run=dry_run)
    return reopened(context, case, decision, to, over, printing)


def reopened(
    context: Context, case: str, decision: dict[str, Any], to: str | None, over: str | None,
    printing: Wish,
) -> Result:  # fmt: skip
    """Ask what a reopening asks; open the case where it holds, or a reason overrides it."""
    from tipcase.casebook import change, closing
    from tipcase.law import blocking
    from tipcase.law.closing import overridden, reopening_findings

    book, person = context.book, context.person
    _check_cause(book.edition, decision["reopen_cause"])
    print_form = form_of_closing(context, printing, "S2c")
    with change.editing(book, context.survivor(case), person, "reopen") as found:
        if found.fold.open:
            raise ConflictError(f"{found.id} is open", f"tipcase status {found.id}")
        # Whoever is in danger does not wait until an old record is mended or a conflict settled.
        dossier, unread = found.read_all(person)
        place = _place(context, found, to, decision["reopen_cause"])
        decision |= _links(found, place)
        if printing.day:
            _refuse_before(dossier, decision)
        findings = reopening_findings(book.edition, dossier, decision, context.today)
        held = blocking(findings)
        data = {"case": found.id, "state": "closed", "stage": place.stage}
        if held and over is None:
            talk = (
                *_unreadable(found.id, len(unread)),
                "not opened yet: write that first (records can be written to a closed case), or "
                "open it with a reason: --override -",
            )
            return Result(data=data, findings=findings, talk=talk, code=3)
        advice = tuple(finding for finding in findings if not finding.blocks)
        if printing.dry_run:
            talk = (f"{found.id} would be open at {place.stage}: nothing was written",)
            return Result(data=data, findings=advice, talk=talk)
        if held and over is not None:
            decision["gates"] = overridden(held)
            decision["reason"] = f"{decision['reason']}\n{over}"
        name = closing.reopen(found, place, decision, person, context.time)
    data |= {"state": "open", "decision": name}
    talk = (*_unreadable(found.id, len(unread)), f"{found.id} is open, at {place.stage}")
    if printing.out is None:
        talk = (*talk, f"print it: tipcase form {found.id} S2c --out DIR")
    return with_form(print_form(found.id, name), data, advice, talk)


def _unreadable(case: str, count: int) -> tuple[str, ...]:
    if not count:
        return ()
    return (f"warning: {count} record(s) could not be read: tipcase verify {case}",)


def _refuse_before(dossier: Dossier, decision: dict[str, Any]) -> None:
    from tipcase.law import closures
    from tipcase.law.dates import before

    ended = closures.names(decision.get("closing"))
    days = [record.data.get("happened_on") for record in dossier.records if record.name in ended]
    if any(before(decision["happened_on"], day) is True for day in days):
        raise UsageError(
            "the day of --on lies before the closing", "leave --on out, or give a later day"
        )


def _check_cause(edition: Edition, cause: str) -> None:
    from tipcase.casebook.change import DECISION

    field = None
    if DECISION in edition.record_types:
        field = edition.record_type(DECISION).field("reopen_cause")
    if field is not None and field.values and cause not in field.values:
        raise NotFoundError("there is no such cause", "one of: " + ", ".join(field.values))


def _place(context: Context, case: Case, to: str | None, cause: str) -> Place:
    """The stage where the case goes on, with its number and phase."""
    from tipcase.casebook.closing import Place

    edition = context.book.edition
    names = [stage.name for stage in edition.stages]
    if to is not None and to not in names:
        raise NotFoundError("there is no such stage", "one of: " + ", ".join(names))
    stays = cause == _MISTAKE or _CRISIS not in names
    stage = to or (case.fold.stage if stays else _CRISIS)
    if stage == case.fold.stage:
        return Place(stage, case.fold.number, case.fold.phase)
    framework = str(context.book.config.get("framework"))
    return Place(stage, edition.position(stage) + 1, edition.phase_of(stage, framework))


def _links(case: Case, place: Place) -> dict[str, Any]:
    """Which closing it ends, by the name of its decision, and where the case goes on."""
    from tipcase.casebook import closing

    standing = [one for one in case.fold.closings if one.state == "closed"]
    # Two who closed it without knowing of each other have both closed it.
    names = [name for one in standing if (name := closing.decision_of(case, one))]
    return {"stage": place.stage} | ({"closing": ", ".join(names)} if names else {})
