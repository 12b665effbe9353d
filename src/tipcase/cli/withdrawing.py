"""Taking back a closing that was proposed: an option of ``close``."""

from __future__ import annotations

from typing import Any

from tipcase.cli.closing_form import said
from tipcase.cli.context import Context
from tipcase.errors import NotFoundError
from tipcase.output import Result


def withdrawn(context: Context, case: str, source: str, *, dry_run: bool) -> Result:
    """Take back a closing that nobody has confirmed yet; the case stays where it is.

    ``source`` says where the reason is: it is read when there is something to take back.
    """
    from tipcase.casebook import change, closing

    with change.editing(context.book, context.survivor(case), context.person, "reopen") as found:
        proposed = found.fold.proposed
        if proposed is None:
            raise NotFoundError(
                f"no closing of {found.id} waits to be confirmed", f"tipcase status {found.id}"
            )
        reason = said(source, "reason")
        if not dry_run:
            decision: dict[str, Any] = {
                "happened_on": context.day.isoformat(),
                "kind": "withdraw",
                "reason": reason,
                "written_by": context.person.handle,
            }
            name = closing.decision_of(found, proposed)
            decision |= {"closing": name} if name else {}
            fold = found.fold
            place = closing.Place(fold.stage, fold.number, fold.phase)
            closing.reopen(found, place, decision, context.person, context.time)
    talk = f"the proposal to close {found.id} is withdrawn"
    if dry_run:
        talk = f"the proposal to close {found.id} would be withdrawn: nothing was written"
    data = {"case": found.id, "state": "open", "outcome": None, "closed": False}
    return Result(data=data, talk=(talk,))
