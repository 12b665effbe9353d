"""``check``: what is missing or against the rules."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.batch import worst
from tipcase.cli.context import Context
from tipcase.cli.frame import AllOption, CasesArgument, application, context_of
from tipcase.errors import FindingsError, TipcaseError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.law import Dossier, Finding

app = application()


@app.command()
def check(
    ctx: typer.Context,
    cases: CasesArgument = None,
    everything: AllOption = False,
    full: Annotated[
        bool, typer.Option("--full", help="On a terminal too, the advice on other stages.")
    ] = False,
) -> Result:
    """Say what advance would refuse now, and what is against the rules (exit 3 if any blocks)."""
    return findings_of(context_of(ctx), cases or [], everything=everything, full=full)


def findings_of(
    context: Context, cases: list[str], *, everything: bool, full: bool = False
) -> Result:
    """The findings of some cases or all; an unreadable case is said and does not stop the rest.

    Of all cases, those that are not open to the person are left out and counted. On a terminal the
    advice on other stages than a case's own is counted too, unless ``full``.
    """
    from tipcase import terminal

    if bool(cases) == everything:
        raise UsageError("name a case, or give --all", "tipcase check CASE")
    book = context.book
    wanted = book.all_case_ids() if everything else [context.case(case) for case in cases]
    findings: list[Finding] = []
    errors: list[TipcaseError] = []
    closed: list[str] = []
    stages: dict[str, str] = {}
    with terminal.progress("checking", len(wanted)) as step:
        for case_id in wanted:
            step()
            try:
                dossier, unread = context.read(case_id, of_team=everything)
            except TipcaseError as error:
                errors.append(error)
                continue
            if dossier is None:
                closed.append(case_id)
                continue
            stages[case_id] = dossier.stage
            findings += _judged(context, dossier)
            errors += [item.error for item in unread]
    talk = [f"{len(closed)} case(s) are not open to you: not looked at"] if closed else []
    blocks = sum(finding.blocks for finding in findings)
    spoken: list[Finding] | None = None
    if not full and not context.json and sys.stdout.isatty():
        others = {stage.name for stage in book.edition.stages}
        spoken, rest = _folded(findings, stages, others)
        talk += rest
    talk += [f"{blocks} block, {len(findings) - blocks} advise"] if findings else []
    talk += [] if findings or errors else ["nothing is missing"]
    return Result(
        data={
            "cases": [case_id for case_id in wanted if case_id not in closed],
            "not_open": len(closed),
            "blocks": blocks,
            "findings": len(findings),
        },
        findings=tuple(findings),
        spoken=None if spoken is None else tuple(spoken),
        errors=tuple(errors),
        code=worst(errors) or (FindingsError.exit_code if blocks else 0),
        talk=tuple(talk),
        shown=True,
    )


def _judged(context: Context, dossier: Dossier) -> Iterator[Finding]:
    from tipcase import law
    from tipcase.casebook.merge import choices
    from tipcase.journal.names import PROVIDER
    from tipcase.law import plausible

    judge = law.check_provider if dossier.case == PROVIDER else law.check
    yield from choices.findings(dossier)
    yield from judge(context.book.edition, dossier, context.today)
    # A slip is judged by the real day, also where --as-of asks about an earlier one.
    yield from plausible.ahead(context.book.edition, dossier, max(context.today, context.day))


def _folded(
    findings: list[Finding], stages: Mapping[str, str], others: set[str]
) -> tuple[list[Finding], list[str]]:
    """What is shown at once, and a line a case for the advice on records of other stages."""
    shown: list[Finding] = []
    rest: dict[str, list[str]] = {}
    for finding in findings:
        kind = finding.record.partition("/")[0]
        if finding.blocks or kind == stages.get(finding.case) or kind not in others:
            shown.append(finding)
        else:
            rest.setdefault(finding.case, []).append(kind)
    lines = [
        f"{case}: {len(kinds)} more on {', '.join(dict.fromkeys(kinds))}: "
        f"tipcase check {case} --full"
        for case, kinds in rest.items()
    ]
    return shown, lines
