"""The closure record of a closing, made ready: what it says already, and what the command adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from tipcase.errors import ConflictError, NotFoundError, TerminalNeededError, UsageError

if TYPE_CHECKING:
    from tipcase.casebook.case import Case
    from tipcase.cli.closing_form import Wish
    from tipcase.cli.context import Context
    from tipcase.law import Dossier, Edition, Finding, Record
    from tipcase.law.schedule import Due


@dataclass(frozen=True)
class Prepared:
    """A closure record about to be written: the case with it, and what is wrong with it.

    ``day`` is the day that the closing is judged on: its own, or the day asked where that is later.
    """

    name: str
    tag: str | None
    outcome: str
    day: date
    data: Mapping[str, Any] = field(repr=False)
    dossier: Dossier = field(repr=False)
    faults: tuple[Finding, ...] = ()


def prepared(context: Context, case: Case, dossier: Dossier, wish: Wish) -> Prepared:
    """The closure record that a closing will use.

    Raises ``NotFoundError`` for an outcome that there is not, ``ConflictError`` where the record
    says another, ``TerminalNeededError`` where nobody says any.
    """
    from tipcase import documents
    from tipcase.casebook import intake
    from tipcase.law import closing
    from tipcase.law.closures import CLOSURE, current

    edition = context.book.edition
    standing = current(dossier)
    tag = standing.tag if standing else None
    outcome = _outcome(edition, case.id, standing, wish.outcome)
    tree = documents.Mapping()
    if standing is not None:
        tree = intake.existing(case, CLOSURE, tag, context.person)
    proposal = {"happened_on": wish.day, "proposed_by": context.person.handle}
    if standing is not None and _withdrawn(case, dossier, standing.name):
        put(tree, proposal)
    fill(tree, proposal | {"outcome": outcome, "written_by": context.person.handle})
    draft = intake.draft(edition, CLOSURE, tree, case.id, tag)
    day = judged_on(context, dossier, draft.data.get("happened_on"))
    if wish.end or wish.hand_over:
        here = closing.with_closure(dossier, tag, draft.data)
        left = closing.unsettled(edition, here, day)
        settle(tree, left, wish.end, wish.hand_over, context.lang)
        draft = intake.draft(edition, CLOSURE, tree, case.id, tag)
    return Prepared(
        name=standing.name if standing else CLOSURE,
        tag=tag,
        outcome=outcome,
        day=day,
        data=draft.data,
        dossier=closing.with_closure(dossier, tag, draft.data),
        faults=draft.findings if any(f.blocks for f in draft.findings) else (),
    )


def _withdrawn(case: Case, dossier: Dossier, closure: str) -> bool:
    """Whether a proposal that was taken back had used this closure record."""
    from tipcase.casebook import closing

    made = {
        closing.decision_of(case, one) for one in case.fold.closings if one.state == "withdrawn"
    }
    return any(
        record.name in made and record.data.get("closure_record") == closure
        for record in dossier.records
    )


def fill(tree: Any, values: Mapping[str, str]) -> None:
    """Set fields that nobody has answered yet, in place."""
    # Somebody's own "not applicable" is no answer to who closed the case.
    put(tree, {n: v for n, v in values.items() if n not in tree or isinstance(tree[n], dict)})


def put(tree: Any, values: Mapping[str, str]) -> None:
    """Set fields, in place."""
    from tipcase import documents

    for name, value in values.items():
        documents.set_value(tree, (name,), documents.Scalar(value, False))


def settle(tree: Any, left: tuple[Due, ...], end: str | None, to: str | None, lang: str) -> None:
    """Say of what is left open that it ends, or who takes it over, in place.

    The note says what it is in words, since on paper a key says little.
    """
    from tipcase import documents

    listed = tree.get("left_open")
    items = list(listed) if isinstance(listed, list) else []
    for one in left:
        said = {"what": one.key, "how": "handed-over" if to else "ended"}
        said |= {"to": to.strip()} if to else {}
        what = " ".join(filter(None, (one.label.get(lang), one.on)))
        said |= {"note": f"{what}: {end}" if end else what}
        pairs = ((key, documents.Scalar(text, False)) for key, text in said.items())
        items.append(documents.Mapping(pairs))
    if left:
        documents.set_value(tree, ("left_open",), documents.Sequence(items))


def _outcome(edition: Edition, case: str, standing: Record | None, named: str | None) -> str:
    from tipcase.law.closures import CLOSURE

    values = edition.record_type(CLOSURE).field("outcome")
    known = ", ".join(values.values) if values else ""
    if named is not None and values and named not in values.values:
        raise NotFoundError("there is no such outcome", f"one of: {known}")
    said = standing.data.get("outcome") if standing else None
    if not isinstance(said, str):
        if named is None:
            raise TerminalNeededError(
                "nobody says how the case ends", f"--outcome, one of: {known}"
            )
        return named
    if named not in (None, said):
        name = standing.name if standing else CLOSURE
        raise ConflictError(
            f"{name} of {case} says another outcome",
            f"correct the one that is wrong: tipcase set {case} {name} outcome={named}",
        )
    return said


def judged_on(context: Context, dossier: Dossier, closure_day: Any) -> date:
    """The day that a closing is judged on: its own, or the day asked where that is later.

    Raises ``ConflictError`` for a closure record whose day has not come yet, and ``UsageError``
    where the file has gone beyond the day: what came after it would be overlooked.
    """
    from tipcase.law.closures import CLOSURE, DECISION
    from tipcase.law.dates import interval

    days = interval(closure_day)
    if days is not None and days.earliest > max(context.day, context.today):
        raise ConflictError(
            f"the day of the closure record of {dossier.case} has not come yet",
            f"correct it, or wait: tipcase show {dossier.case} closure",
        )
    day = max(context.today, days.earliest) if days else context.today
    # What tipcase wrote itself is no evidence that could be overlooked.
    told = (r for r in dossier.records if r.type not in (CLOSURE, DECISION))
    happened = [interval(record.data.get("happened_on")) for record in told]
    if any(one is not None and day < one.earliest <= context.day for one in happened):
        raise UsageError(
            f"{dossier.case} has records of a later day than it would be judged on",
            "a case is closed as it stands: leave --as-of out",
        )
    return day
