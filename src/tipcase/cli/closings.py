"""What is told of the closings of a case: all there ever were, and what was written since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tipcase.casebook.case import Case
    from tipcase.law import Dossier


def data(case: Case, dossier: Dossier) -> dict[str, Any]:
    """Every closing as plain data, oldest first, and the records written since.

    ``day`` and ``ended_day`` are the days of the decisions, which may have been typed in later.
    """
    from tipcase.casebook import closing

    closings = [
        {
            "state": one.state,
            "by": one.by,
            "time": one.time,
            "day": _day(case, dossier, one.decision, one.time),
            "confirmed_by": one.confirmed_by,
            "confirmed_time": one.confirmed_time,
            "ended_by": one.ended_by,
            "ended_time": one.ended_time,
            "ended_day": _day(case, dossier, one.ended_decision, one.ended_time),
        }
        for one in case.fold.closings
    ]
    return {"closings": closings, "written_after_closing": list(closing.written_after(case))}


def lines(case: Case, dossier: Dossier) -> list[str]:
    """A line for each closing, and one for what was written to a case since it was closed."""
    told_data = data(case, dossier)
    told = [_line(one) for one in told_data["closings"]]
    after = told_data["written_after_closing"]
    if after:
        told.append(f"written after it was closed: {', '.join(after)}")
    return told


def after_writing(case: Case) -> tuple[str, ...]:
    """What somebody is told who has just written to a closed case; nothing of an open one."""
    if case.fold.open:
        return ()
    return (
        f"{case.id} is closed: this was written after its closing; where the person needs help "
        f"again: tipcase reopen {case.id} --cause CAUSE --reason -",
    )


def _day(case: Case, dossier: Dossier, decision: str | None, time: str | None) -> str | None:
    """The day of a decision, as far as the person can open it; else when it was typed."""
    from tipcase.casebook import closing

    name = closing.decision_named(case, decision) if decision else None
    for record in dossier.records:
        day = record.data.get("happened_on")
        if record.name == name and isinstance(day, str):
            return day
    return time[:10] if time else None


def _line(one: dict[str, Any]) -> str:
    stands = one["state"] in ("closed", "reopened")
    parts = [f"{'closed' if stands else 'closing proposed'}: {one['day']} by {one['by']}"]
    if one["confirmed_by"]:
        parts.append(f"confirmed {one['confirmed_time'][:10]} by {one['confirmed_by']}")
    elif one["state"] == "proposed":
        parts.append("waits for a second person")
    elif one["state"] == "closed":
        parts.append("nobody was asked to confirm it")
    if one["ended_by"]:
        word = "reopened" if stands else "withdrawn"
        parts.append(f"{word} {one['ended_day']} by {one['ended_by']}")
    return ", ".join(parts)


__all__ = ["after_writing", "data", "lines"]
