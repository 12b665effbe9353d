"""``readiness --all``: the open cases, or those chosen; first whom somebody must look after.

Safety concerns come first, then whoever was not heard of longest. Nothing here is ordered by an
answer or by what is met: a list that began with the easy cases would invite to close them.
"""

from __future__ import annotations

import gc
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from tipcase.casebook.lockstep import Steps, undisturbed
from tipcase.cli.batch import worst
from tipcase.cli.context import Context
from tipcase.cli.selection import Selection, late
from tipcase.errors import ConflictError, TipcaseError
from tipcase.output import Result, Table

if TYPE_CHECKING:
    from tipcase.law import Dossier, Edition
    from tipcase.law.readiness import Readiness

# Read and then judged so many at a time (see ``casebook.lockstep``).
_AT_ONCE = 25
_EVERY = Selection()
_Judged = tuple[tuple[int, int, date, str], "Readiness"]


def listed(context: Context, selection: Selection = _EVERY, *, ids: bool = False) -> Result:
    """The answer to each chosen case that the person can open, as ``argue`` gives it.

    Open cases, where no state is chosen. A case that cannot be read is said and does not stop the
    rest; those not open to the person are counted.
    """
    from tipcase import terminal

    selection.check(context)
    nothing = "no case is like this" if selection.asked else "no case is open"
    selection = replace(selection, state=selection.state or "open")
    book = context.book
    errors: list[TipcaseError] = []
    judged: list[_Judged] = []
    shut = 0
    wanted = book.all_case_ids()
    with terminal.progress("judging", len(wanted)) as step:
        for start in range(0, len(wanted), _AT_ONCE):
            dossiers: list[Dossier] = []
            some = wanted[start : start + _AT_ONCE]
            for one in undisturbed(partial(_read, context, selection), some, _is_disturbed):
                step()
                errors += one.errors
                shut += one.shut
                dossiers += [one.dossier] if one.dossier is not None else []
            judged += [_judged(context, dossier) for dossier in dossiers]
            # What is kept lives until the end: the collector need not look through it each time.
            gc.freeze()
    gc.unfreeze()
    judged.sort(key=lambda one: one[0])
    return _shown(context, [answer for _, answer in judged], errors, shut, ids=ids, nothing=nothing)


class _Case(NamedTuple):
    """What was read of a case: its records (None: not chosen), what failed, or that it is shut."""

    dossier: Dossier | None = None
    errors: tuple[TipcaseError, ...] = ()
    shut: bool = False


def _is_disturbed(found: _Case) -> bool:
    return any(isinstance(error, ConflictError) for error in found.errors)


def _read(context: Context, selection: Selection, case_id: str) -> Steps[_Case]:
    from tipcase.casebook import whole
    from tipcase.casebook.case import Case

    try:
        case = Case(context.book, case_id)
        yield
        state = "open" if case.fold.open else "closed"
        if not selection.fits(case.fold.stage, state, case.fold.team):
            return _Case()
        if not case.fold.is_open_to(context.person.handle):
            return _Case(shut=True)
        yield
        dossier, unread = yield from whole.steps(case, context.person)
        errors = tuple(item.error for item in unread)
        if selection.overdue and not late(context, dossier):
            return _Case(errors=errors)
        return _Case(dossier, errors)
    except TipcaseError as error:
        return _Case(errors=(error,))


def _judged(context: Context, dossier: Dossier) -> _Judged:
    from tipcase.law.readiness import readiness

    book = context.book
    answer = readiness(book.edition, dossier, context.today, book.config.thresholds)
    return _order(book.edition, dossier, answer), answer


def _shown(
    context: Context,
    answers: list[Readiness],
    errors: list[TipcaseError],
    shut: int,
    *,
    ids: bool,
    nothing: str,
) -> Result:
    talk = [f"{shut} case(s) are not open to you: not looked at"] if shut else []
    talk += [] if answers or errors else [nothing]
    return Result(
        data=[_data(context.book.edition, answer, context.lang) for answer in answers],
        table=None
        if ids
        else Table(
            ("case", "concern", "last heard", "answer"),
            tuple(_row(answer, context.lang) for answer in answers),
        ),
        text=tuple(answer.case for answer in answers) if ids else (),
        errors=tuple(errors),
        code=worst(errors),
        talk=tuple(talk),
    )


def _order(edition: Edition, dossier: Dossier, answer: Readiness) -> tuple[int, int, date, str]:
    """The gravest concern first, then more of them, then the longest silence."""
    from tipcase.law import dates

    places = {one.id: place for place, one in enumerate(edition.closure.watch.concerns)}
    gravest = min((places[one.id] for one in answer.concerns), default=len(places))
    # Who was never heard is silent since the case was opened.
    silent = answer.last_heard or dates.earliest(dossier.opened) or date.min
    return gravest, -len(answer.concerns), silent, answer.case


def _data(edition: Edition, answer: Readiness, lang: str) -> dict[str, Any]:
    """The data of the single answer; no restricted record is named in a list."""
    data = answer.as_json(lang)
    data["conflicts"] = [
        {"record": None, "field": None} if _restricted(edition, record) else conflict
        for conflict in data["conflicts"]
        for record in [conflict["record"].partition("/")[0]]
    ]
    return data


def _restricted(edition: Edition, kind: str) -> bool:
    # A type that the edition lost is not known to be open.
    return kind not in edition.record_types or edition.record_type(kind).restricted


def _row(answer: Readiness, lang: str) -> tuple[str, str, str, str]:
    concerns = dict.fromkeys(one.label.get(lang) for one in answer.concerns)
    heard = answer.last_heard.isoformat() if answer.last_heard else "never"
    # What is complete for somebody who chose to leave is not complete for a success.
    outcome = f" ({answer.outcome})" if answer.outcome else ""
    return answer.case, "; ".join(concerns), heard, answer.answer + outcome
