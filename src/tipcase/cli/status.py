"""``status``: where a case stands and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from tipcase.cli.batch import worst
from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, application, context_of
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.case import Case
    from tipcase.casebook.links import Seen
    from tipcase.law import Dossier, Record
    from tipcase.law.ages import Age

app = application()


@app.command()
def status(
    ctx: typer.Context,
    case: CaseArgument,
) -> Result:
    """Show the stages of a case, what is not believed, and what to do next."""
    return standing(context_of(ctx), case)


def standing(context: Context, case: str) -> Result:
    """The stages with their states, conflicts, warnings, and the next step."""
    from tipcase import law
    from tipcase.casebook import links
    from tipcase.casebook.case import Case
    from tipcase.casebook.merge import choices
    from tipcase.cli import closings

    book = context.book
    found = Case(book, context.survivor(case))
    dossier, unread = found.read_all(context.person)
    open_ = choices.findings(dossier)
    held = (*open_, *law.blocking(law.check(book.edition, dossier, context.today)))
    after = law.next_stage(book.edition, dossier)
    unmerged = [path for path, versions in found.fold.current.items() if len(versions) > 1]
    torn = open_[0].record if open_ else ""
    apart = "merge" if unmerged else f"resolve {found.id} {torn}" if torn else ""
    step = _step(found, apart, held=bool(held), last=after is None)
    aside = set_aside(found, dossier)
    known = _age(context, dossier)
    linked = links.seen(book, dossier, context.person)
    warnings = [problem.text for problem in found.fold.problems if not problem.damage]
    lines = [
        f"{found.id}  opened {dossier.opened}  {dossier.state}  phase {dossier.phase or 'none'}",
        *([known.text.get(context.lang)] if known else []),
        *_stage_lines(context, dossier, aside),
        *closings.lines(found, dossier),
        *_linked_lines(context, found.id, linked),
        *_before_closing(dossier, linked, last=after is None),
        *_conflict_lines(_conflicts(dossier)),
        *(f"conflict: {path} has versions that were written apart" for path in unmerged),
        *(f"warning: {text}" for text in warnings),
        f"team: {', '.join(_team_words(found))}",
        _next(found, len(held), step),
    ]
    data = {
        "case": found.id,
        "stage": dossier.stage,
        "phase": dossier.phase,
        "state": dossier.state,
        "opened": dossier.opened,
        "age": known.as_json(context.lang) if known else None,
        **_stages(context, dossier, aside),
        "linked": [_linked_data(one) for one in linked],
        **_team(found),
        "blocks": len(held),
        "conflicts": _conflicts(dossier),
        "unmerged": unmerged,
        **closings.data(found, dossier),
        "warnings": warnings,
        "next": step,
    }
    errors = tuple(item.error for item in unread)
    code = worst(errors)
    return Result(data=data, text=tuple(lines), errors=errors, code=code)


def _stages(
    context: Context, dossier: Dossier, aside: Mapping[str, Record]
) -> dict[str, dict[str, Any]]:
    stages = {stage.name: dossier.state_of(stage.name) for stage in context.book.edition.stages}
    return {"stages": stages, "set_aside": {name: _why(one) for name, one in aside.items()}}


def _team(case: Case) -> dict[str, list[str]]:
    team = case.fold.team
    restricted = sorted(handle for handle, may in team.items() if may)
    return {"team": sorted(team), "restricted": restricted}


def _team_words(case: Case) -> list[str]:
    """Who may open the case, and which of them also its restricted records."""
    gone = case.fold.gone
    return [
        handle + (" (restricted)" if restricted else "") + (" (left the staff)" * (handle in gone))
        for handle, restricted in sorted(case.fold.team.items())
    ]


def _step(case: Case, apart: str, *, held: bool, last: bool) -> str:
    """What to type next, "" of a closed case; ``apart`` is for what people wrote apart."""
    if apart:
        return f"tipcase {apart}"
    if not case.fold.open:
        return ""
    if case.fold.proposed is not None:
        return f"tipcase confirm {case.id}"
    if held:
        return f"tipcase check {case.id}"
    return f"tipcase readiness {case.id}" if last else f"tipcase advance {case.id}"


def _next(case: Case, held: int, step: str) -> str:
    if not step:
        again = f"tipcase reopen {case.id} --cause CAUSE --reason -"
        return f"closed; where the person needs help again: {again}"
    if case.fold.proposed is not None:
        return f"a second person confirms the closing; next: {step}"
    return f"{held} thing(s) hold the next stage; next: {step}"


def _age(context: Context, dossier: Dossier) -> Age | None:
    from tipcase.casebook.links import RECORD
    from tipcase.cli.show import age_of

    profile = dossier.single(RECORD)
    if profile is None or RECORD not in context.book.edition.record_types:
        return None
    return age_of(context, context.book.edition.record_type(RECORD), profile.data)


# -- stages that were set aside --

_KINDS = {"not-applicable": "skip", "done-elsewhere": "done-elsewhere"}


def set_aside(case: Case, dossier: Dossier) -> Mapping[str, Record]:
    """For each stage that is set aside, the decision that says why: the one written last."""
    from tipcase.casebook.change import DECISION

    times = {
        tag: versions[0].time
        for path, kind, tag in case.paths()
        if kind == DECISION and (versions := case.fold.current[path])
    }
    decisions = sorted(dossier.all(DECISION), key=lambda record: times.get(record.tag, ""))
    return {
        record.data["stage"]: record
        for record in decisions
        if isinstance(record.data.get("stage"), str)
        and record.data.get("kind") == _KINDS.get(dossier.state_of(record.data["stage"]))
    }


def _why(record: Record) -> dict[str, Any]:
    """What a decision says of a stage that another organization did, or why it does not apply."""
    names = ("organization", "happened_on", "paper_seen", "reason")
    named = {name: record.data[name] for name in names if name in record.data}
    return {"decision": record.name, **named}


def _stage_lines(context: Context, dossier: Dossier, aside: Mapping[str, Record]) -> list[str]:
    lines = []
    for stage in context.book.edition.stages:
        mark = ">" if stage.name == dossier.stage else " "
        state = dossier.state_of(stage.name)
        label = stage.label.get(context.lang)
        lines.append(f"{mark} {stage.number:2} {state:<14} {label}")
        if state == "done-elsewhere" and stage.name in aside:
            lines.append(f"     {_elsewhere(aside[stage.name])}")
    return lines


def _elsewhere(record: Record) -> str:
    """By whom and when a stage was done, and whether anybody here has seen its paper."""
    by = record.data.get("organization")
    day = record.data.get("happened_on")
    papers = {True: "paper seen", False: "paper not seen"}
    seen = record.data.get("paper_seen")
    parts = [
        f"by {by}" if isinstance(by, str) else "by whom is not known",
        day if isinstance(day, str) else "date not known",
        papers[seen] if isinstance(seen, bool) else "paper: not said",
    ]
    return ", ".join(parts)


# -- what people wrote apart --


def _conflicts(dossier: Dossier) -> list[dict[str, Any]]:
    """The open conflicts by field, with who wrote it when; what they wrote, ``show`` tells."""
    return [
        {
            "record": record.name,
            "field": one.field,
            "written": [{"by": by, "time": time} for by, time in one.written],
        }
        for record in dossier.records
        for one in record.disputed
    ]


def _conflict_lines(rows: list[dict[str, Any]]) -> list[str]:
    return [
        f"conflict: {row['record']}.{row['field']}: "
        + "; ".join(f"{said['by']} {said['time']}" for said in row["written"])
        for row in rows
    ]


# -- linked cases --


def _linked_data(one: Seen) -> dict[str, Any]:
    return {
        "case": one.link.case,
        "kind": one.link.kind,
        "stage": one.stage,
        "state": one.state,
        "mutual": one.mutual,
    }


def _linked_lines(context: Context, case: str, linked: tuple[Seen, ...]) -> list[str]:
    from tipcase.casebook import links

    if not linked:
        return []
    field = context.book.edition.record_type(links.RECORD).field(f"{links.LIST}[].{links.KIND}")
    labels = field.values if field else {}
    lines = []
    for one in linked:
        kind = one.link.kind
        label = labels[kind].get(context.lang) if kind in labels else kind
        stands = f"{one.state}, {one.stage}" if one.stage else "not open to you"
        lines.append(f"linked: {one.link.case}  {label}  {stands}")
        if one.mutual is False:
            lines.append(
                f"  only this case says so: tipcase link {case} {one.link.case} --as {kind}"
            )
    return lines


def _before_closing(dossier: Dossier, linked: tuple[Seen, ...], *, last: bool) -> list[str]:
    """At the last stage: closing one case may tell or endanger those that belong to it."""
    others = sorted({one.link.case for one in linked if one.state != "closed"})
    if not last or dossier.state != "open" or not others:
        return []
    return [f"before this case closes, look at the linked ones: {', '.join(others)}"]
