"""``readiness``: whether a case can be closed, with the evidence."""

from __future__ import annotations

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import CaseArgument, application, context_of
from tipcase.output import Result

app = application()


@app.command()
def readiness(
    ctx: typer.Context,
    case: CaseArgument,
) -> Result:
    """Say, criterion by criterion and with its records, whether a case can be closed."""
    return argue(context_of(ctx), case)


def argue(context: Context, case: str) -> Result:
    """The argument for one case. It closes nothing: people do."""
    from tipcase.casebook.case import Case
    from tipcase.law.readiness import readiness as judge

    book = context.book
    found = Case(book, context.survivor(case))
    dossier, unread = found.read_all(context.person)
    answer = judge(book.edition, dossier, context.today, book.config.thresholds)
    data = answer.as_json(context.lang)
    lines = [f"{found.id}: {answer.answer}"]
    for criterion in data["criteria"]:
        lines.append(f"  {criterion['state']:<12} {criterion['provision']}  {criterion['label']}")
        lines += [f"      rests on {name}" for name in criterion["evidence"]]
        lines += [f"      missing: {text}" for text in criterion["missing"]]
    shown = [duty for duty in data["duties"] if duty["state"] not in ("met", "not-applicable")]
    for duty in shown:
        lines.append(f"  {duty['state']:<12} {duty['provision']}  {duty['message']}")
    for one in data["conflicts"]:
        lines.append(f"  in conflict  {one['record']}.{one['field']}: tipcase status {found.id}")
    thresholds = ", ".join(f"{name} {value}" for name, value in data["thresholds"].items())
    lines.append(f"  thresholds (ours, or the casebook's): {thresholds}")
    return Result(
        data=data,
        text=tuple(lines),
        errors=tuple(item.error for item in unread),
        code=max((item.error.exit_code for item in unread), default=0),
    )
