"""``confirm``: the second person's word on a closing that somebody else proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tipcase.cli.close import judged, unseen
from tipcase.cli.closing_form import (
    FormatOption,
    LangOption,
    OutOption,
    Wish,
    form_of_closing,
    with_form,
)
from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, DryRunOption, application, context_of
from tipcase.errors import ConflictError, NotFoundError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.case import Case
    from tipcase.journal.closings import Closing
    from tipcase.law import Dossier, Finding, Record

app = application()


@app.command()
def confirm(
    ctx: typer.Context,
    case: CaseArgument,
    out: OutOption = None,
    lang: LangOption = None,
    format_: FormatOption = "html",
    dry_run: DryRunOption = False,
) -> Result:
    """Confirm a closing that somebody else proposed; its duties are asked anew (exit 3)."""
    wish = Wish(out=out, lang=lang, format=format_, dry_run=dry_run)
    return confirmed(context_of(ctx), case, wish)


def confirmed(context: Context, case: str, wish: Wish) -> Result:
    """Judge a proposed closing once more, as the case stands now, and confirm it.

    What the proposer overrode with a reason advises here; anything else that blocks refuses.
    """
    from tipcase.casebook import change, closing, intake
    from tipcase.cli.closure_record import put
    from tipcase.law import blocking
    from tipcase.law.closures import CLOSURE

    book, person = context.book, context.person
    print_form = form_of_closing(context, wish, "P7")
    with change.editing(book, context.survivor(case), person, "confirm") as found:
        proposed = _proposed(found, person.handle)
        dossier = judged(found, context)
        decision = closing.decision_of(found, proposed)
        made = next((one for one in dossier.records if one.name == decision), None)
        record = _closure_of(found, dossier, made)
        _refuse_changed(found, proposed, {record.name, decision})
        findings = _findings(context, dossier, record, _overridden(made))
        data = {
            "case": found.id,
            "state": "proposed",
            "outcome": record.data.get("outcome"),
            "closed": False,
            "closure": record.name,
        }
        if blocking(findings):
            talk = (
                *unseen(found, dossier),
                "not confirmed: put it right, or take the proposal back: "
                f"tipcase close {found.id} --withdraw -",
            )
            return Result(data=data, findings=findings, talk=talk, code=3)
        if wish.dry_run:
            talk = (f"{found.id} would be closed as {data['outcome']}: nothing was written",)
            return Result(data=data, findings=findings, talk=talk)
        tree = intake.existing(found, CLOSURE, record.tag, person)
        put(tree, {"confirmed_by": person.handle})
        draft = intake.draft(book.edition, CLOSURE, tree, found.id, record.tag)
        closing.confirm(found, proposed, str(record.tag), draft.data, person, context.time)
    data |= {"state": "closed", "closed": True}
    said = f"{found.id} is closed as {data['outcome']}; its team can go on reading and writing"
    talk = (*unseen(found, dossier), said)
    return with_form(print_form(found.id, record.name), data, findings, talk)


def _proposed(case: Case, handle: str) -> Closing:
    proposed = case.fold.proposed
    if proposed is None:
        raise NotFoundError(
            f"no closing of {case.id} waits to be confirmed", f"tipcase status {case.id}"
        )
    if proposed.by == handle:
        raise ConflictError(
            "you proposed this closing yourself",
            f"a second person of the team confirms it: tipcase confirm {case.id}",
        )
    return proposed


def _closure_of(case: Case, dossier: Dossier, decision: Record | None) -> Record:
    """The closure record that the proposal's decision names."""
    name = decision.data.get("closure_record") if decision else None
    record = next((one for one in dossier.records if one.name == name), None)
    if record is None:
        raise NotFoundError(
            f"the closure record that was proposed for {case.id} cannot be opened",
            f"take the proposal back: tipcase close {case.id} --withdraw -",
        )
    return record


def _refuse_changed(case: Case, proposed: Closing, names: set[str | None]) -> None:
    """What is confirmed is what was proposed: its record and its decision stand as they were."""
    from tipcase.casebook import closing

    if names.intersection(closing.written_since(case, proposed)):
        raise ConflictError(
            f"what was proposed for {case.id} was changed since then",
            f"take the proposal back and make it anew: tipcase close {case.id} --withdraw -",
        )


def _overridden(decision: Record | None) -> frozenset[str]:
    gates = decision.data.get("gates") if decision else None
    return frozenset(gates) if isinstance(gates, list) else frozenset()


def _findings(
    context: Context, dossier: Dossier, record: Record, overridden: frozenset[str]
) -> tuple[Finding, ...]:
    from tipcase.cli.closure_record import judged_on
    from tipcase.law import closing

    day = judged_on(context, dossier, record.data.get("happened_on"))
    here = closing.with_closure(dossier, record.tag, record.data)
    found = closing.findings(
        context.book.edition,
        here,
        day,
        str(record.data.get("outcome")),
        context.book.config.thresholds,
    )
    return tuple(
        one.advising() if closing.overridden([one])[0] in overridden else one for one in found
    )
