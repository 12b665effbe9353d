"""``report``: count the cases, for the office itself or to be published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tipcase.cli.frame import application, context_of
from tipcase.cli.reporting import Wishes, reported
from tipcase.output import Result

app = application()

_HELP = """Count the cases that you can open, in tables for the office or to be published.

Without a name, the reports that there are. Without --publish every number is true and the report
is INTERNAL. With it, small numbers are hidden so that nobody can work them out, not even from what
was published before, and what is shown is remembered in the casebook.
"""

_Period = Annotated[
    str | None, typer.Option(metavar="PERIOD", help="A year, quarter or month: 2026-Q3, 2026-10.")
]
_By = Annotated[
    str | None,
    typer.Option("--by", metavar="DIM[,DIM]", help="What to break down by; none for totals alone."),
]
_Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="DIM=CODE", help="Count only these; repeatable."),
]
_Format = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", help="table, csv, json, ndjson, html or md."),
]
_Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE", help="A new file outside the casebook; - for the output."
    ),
]
_K = Annotated[
    int | None, typer.Option("--k", metavar="N", help="Hide numbers of fewer people than this.")
]
_Incomplete = Annotated[
    bool,
    typer.Option("--incomplete", help="Publish although some cases are not in it; it is printed."),
]

_First = Annotated[
    str | None, typer.Option("--from", metavar="DAY", help="Its first day, such as 2026-07-01.")
]
_Last = Annotated[str | None, typer.Option("--to", metavar="DAY", help="Its last day.")]
_Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]
_Lang = Annotated[str | None, typer.Option(metavar="LANG", help="en, km or both.")]
_Publish = Annotated[bool, typer.Option("--publish", help="Make it safe to leave the office.")]
_Network = Annotated[
    bool, typer.Option("--network", help="For the network of providers, not for everybody.")
]
_Mark = Annotated[
    str | None, typer.Option(metavar="MARK", help="Hidden numbers read x, or k: <11 if small.")
]
_HideZeroes = Annotated[
    bool, typer.Option("--hide-zeroes", help="Hide zeroes as if they were small.")
]
_Base = Annotated[
    int | None,
    typer.Option(
        "--round", metavar="N", help="Instead of hiding, round to multiples of N: k or more."
    ),
]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Protect and check it; show and write nothing.")
]
_Processes = Annotated[int | None, typer.Option(metavar="N", help="How many processes read.")]
_Name = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="A report; without one, all of them.")
]


@app.command(help=_HELP)
def report(
    ctx: typer.Context,
    name: _Name = None,
    period: _Period = None,
    first: _First = None,
    last: _Last = None,
    by: _By = None,
    where: _Where = None,
    format_: _Format = None,
    out: _Out = None,
    force: _Force = False,
    lang: _Lang = None,
    publish: _Publish = False,
    network: _Network = False,
    k: _K = None,
    mark: _Mark = None,
    hide_zeroes: _HideZeroes = False,
    base: _Base = None,
    incomplete: _Incomplete = False,
    dry_run: _DryRun = False,
    processes: _Processes = None,
) -> Result:
    """Count; see ``reporting``."""
    wishes = Wishes(
        name=name,
        period=period,
        first=first,
        last=last,
        by=by,
        where=tuple(where or ()),
        format=format_,
        out=out,
        force=force,
        lang=lang,
        publish=publish,
        network=network,
        k=k,
        mark=mark,
        hide_zeroes=hide_zeroes,
        base=base,
        incomplete=incomplete,
        dry_run=dry_run,
        processes=processes,
    )
    return reported(context_of(ctx), wishes)
