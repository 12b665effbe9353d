"""``close``: close a case with an outcome, propose it, or withdraw a proposal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
from tipcase.cli.context import Context, parse_date
from tipcase.cli.frame import CaseArgument, DryRunOption, application, context_of
from tipcase.errors import ConflictError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.case import Case
    from tipcase.law import Dossier, Finding

app = application()

_HELP = """Close a case: its duties are asked first (exit 3 with the findings where one is unmet).

What the closure record says counts; where there is none yet, one is begun. Where the casebook asks
for a second person this only proposes, until somebody else runs tipcase confirm. Everybody of the
team can go on reading the file and writing to it. The shell remembers a TEXT on its command line;
- and @FILE do not let it.
"""

_End = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="End everything that is left open, and why. Sealed."),
]
_HandOver = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Hand everything that is left open to them. Sealed."),
]
_Override = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Close all the same, and why: -, @FILE or text. Sealed."),
]


@app.command(help=_HELP)
def close(
    ctx: typer.Context,
    case: CaseArgument,
    outcome: Annotated[
        str | None,
        typer.Option(metavar="OUTCOME", help="successful, lost-contact, died and so on."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why, beside the closure record. Sealed.")
    ] = None,
    end: _End = None,
    hand_over: _HandOver = None,
    override: _Override = None,
    withdraw: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Take back a proposal, and why. Sealed.")
    ] = None,
    on: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day of the closing, if not today.")
    ] = None,
    out: OutOption = None,
    lang: LangOption = None,
    format_: FormatOption = "html",
    dry_run: DryRunOption = False,
) -> Result:
    """Close a case; see ``closed``."""
    context = context_of(ctx)
    check_input(reason, end, hand_over, override, withdraw)
    if withdraw is not None:
        if any(given is not None for given in (outcome, reason, end, hand_over, override, on, out)):
            raise UsageError(
                "--withdraw takes a proposal back, and goes with no other option",
                "tipcase close CASE --withdraw -",
            )
        from tipcase.cli.withdrawing import withdrawn

        return withdrawn(context, case, withdraw, dry_run=dry_run)
    wish = Wish(
        outcome=outcome,
        day=day_of(context, on),
        reason=said(reason, "reason"),
        override=said(override, "reason"),
        end=said(end, "reason"),
        hand_over=said(hand_over, "name"),
        out=out,
        lang=lang,
        format=format_,
        dry_run=dry_run,
    )
    return closed(context, case, wish)


def day_of(context: Context, on: str | None) -> str:
    """The day that somebody names, else today; ``UsageError`` for one that has not come yet."""
    day = parse_date(on, "--on") if on else context.day
    if day > max(context.day, context.today):
        raise UsageError("the day of --on has not come yet", "give the day on which it was decided")
    return day.isoformat()


def closed(context: Context, case: str, wish: Wish) -> Result:
    """Ask the duties of the outcome; close, or propose, when they hold or a reason overrides them.

    Exit 3 with the findings, and nothing written, where one that blocks does not hold.
    """
    from tipcase.casebook import change, closing
    from tipcase.cli.closure_record import prepared
    from tipcase.law import blocking
    from tipcase.law.closing import findings as judge

    book, person = context.book, context.person
    print_form = form_of_closing(context, wish, "P7")
    with change.editing(book, context.survivor(case), person, "close") as found:
        dossier = judged(found, context)
        _refuse_closed(found)
        ready = prepared(context, found, dossier, wish)
        if ready.faults:
            talk = (f"nothing was written; see {ready.name}, or tipcase schema closure",)
            return Result(data=_data(found, "open"), findings=ready.faults, talk=talk, code=3)
        found_out = judge(
            book.edition, ready.dossier, ready.day, ready.outcome, book.config.thresholds
        )
        held = blocking(found_out)
        if held and wish.override is None:
            return Result(
                data=_data(found, "open", outcome=ready.outcome),
                findings=found_out,
                talk=(*unseen(found, dossier), *_in_the_way(found.id, ready.tag, len(held))),
                code=3,
            )
        # What a reason overrides is told all the same.
        advice = tuple(finding.advising() for finding in found_out)
        second = bool(book.config.get("closing_confirmed"))
        state = "proposed" if second else "closed"
        if wish.dry_run:
            return Result(
                data=_data(found, "open", outcome=ready.outcome),
                findings=advice,
                talk=(f"{found.id} would be {state}: nothing was written",),
            )
        decision = _decision(context, wish, held)
        done = closing.close(
            found, ready.tag, ready.data, decision, person, context.time, second=second
        )
    data = _data(found, state, outcome=ready.outcome) | {
        "closure": done.closure,
        "decision": done.decision,
    }
    told = (*_overrode(len(held)), *_said(found.id, state, dossier, wish.out, second=second))
    form = print_form(found.id, done.closure)
    return with_form(form, data, advice, (*unseen(found, dossier), *told))


def judged(case: Case, context: Context) -> Dossier:
    """The records that closing is judged by; an unread one or an open conflict refuses it."""
    from tipcase.casebook.merge import choices
    from tipcase.law.closures import CLOSURE

    if CLOSURE not in context.book.edition.record_types:
        raise UsageError(
            "this casebook's edition closes no cases",
            f"add records/{CLOSURE}.yaml to its schemas, then run tipcase settings --accept",
        )
    dossier, unread = case.read_all(context.person)
    if unread:
        raise unread[0].error
    choices.refuse_open(dossier)
    return dossier


def unseen(case: Case, dossier: Dossier) -> tuple[str, ...]:
    """A line for each record in which a conflict may be open that the person cannot see."""
    from tipcase.casebook.merge import choices

    return tuple(
        f"warning: {name} was joined from two versions: "
        "ask somebody who can open it whether something is open"
        for name in choices.unseen(case, dossier)
    )


def _refuse_closed(case: Case) -> None:
    if not case.fold.open:
        raise ConflictError(
            f"{case.id} is closed already",
            f"tipcase status {case.id} shows when; to open it again: "
            f"tipcase reopen {case.id} --cause CAUSE --reason -",
        )
    if case.fold.proposed is not None:
        raise ConflictError(
            f"closing {case.id} is proposed already, and waits for a second person",
            f"tipcase confirm {case.id}, or take it back: tipcase close {case.id} --withdraw -",
        )


def _in_the_way(case: str, tag: str | None, count: int) -> tuple[str, ...]:
    name = f"closure/{tag}" if tag else "closure"
    return (
        f"{count} thing(s) stand in the way: nothing was closed",
        f"the closure record: tipcase edit {case} {name}; where something cannot be done, close "
        "with a reason: --override -",
    )


def _overrode(count: int) -> tuple[str, ...]:
    return (f"{count} thing(s) stood in the way; the decision names them",) if count else ()


def _decision(context: Context, wish: Wish, held: tuple[Finding, ...]) -> dict[str, Any]:
    from tipcase.law.closing import overridden

    reasons = [text for text in (wish.reason, wish.override) if text]
    decision: dict[str, Any] = {
        "happened_on": wish.day,
        "kind": "close",
        "reason": "\n".join(reasons) or "as the closure record says",
        "written_by": context.person.handle,
    }
    if held:
        decision["gates"] = overridden(held)
    return decision


def _said(
    case: str, state: str, dossier: Dossier, out: Path | None, *, second: bool
) -> Iterable[str]:
    if second:
        yield f"closing {case} is proposed: a second person runs tipcase confirm {case}"
    else:
        yield f"{case} is {state}; its team can go on reading and writing"
    if out is None:
        yield f"print it: tipcase form {case} P7 --out DIR"
    profile = dossier.single("profile")
    linked = profile.data.get("linked_cases") if profile is not None else None
    if isinstance(linked, list) and linked:
        yield f"other cases belong to this one: tipcase status {case} shows them"


def _data(case: Case, state: str, outcome: str | None = None) -> dict[str, Any]:
    return {"case": case.id, "state": state, "outcome": outcome, "closed": state == "closed"}
