"""``due``: what is late or coming, of the cases and of the provider."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.batch import worst
from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.cli.new_file import NewFile
from tipcase.errors import TipcaseError, UsageError
from tipcase.output import Result, Table

if TYPE_CHECKING:
    from tipcase.casebook.case import Unread
    from tipcase.law import Dossier
    from tipcase.law.schedule import Due

app = application()
_FILE = NewFile("calendar", "a calendar", "name a file elsewhere", replaces=False)
_WITHIN = re.compile(r"([0-9]{1,4})([dwm])")
_DAYS = {"d": 1, "w": 7, "m": 31}
_CLOUDS = (
    "the calendar holds days and case ids alone; a phone may send it to its maker's cloud: "
    "ask the office before you load it"
)


@dataclass(frozen=True)
class Wishes:
    """What somebody wants to see: how far ahead, their own cases alone, a calendar, and where."""

    within: str
    mine: bool = False
    ics: bool = False
    out: Path | None = None


@dataclass
class _Looked:
    """What was met on the way: errors, and the cases that are not open to the person."""

    errors: list[TipcaseError] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


@app.command()
def due(
    ctx: typer.Context,
    cases: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CASE]...", help="Cases, or provider; else all that open."),
    ] = None,
    within: Annotated[
        str, typer.Option(metavar="TIME", help="How far to look: 14d, 6w, 3m.")
    ] = "30d",
    mine: Annotated[
        bool,
        typer.Option(
            "--mine",
            help="Only cases of your teams in which you signed an entry; no provider's duties.",
        ),
    ] = False,
    ics: Annotated[
        bool,
        typer.Option(
            "--ics",
            help="A calendar file: days and case ids alone, since phones' clouds read calendars.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --ics: a new file, outside the casebook."),
    ] = None,
) -> Result:
    """Say what is late and what comes, counted from when things happened."""
    context = context_of(ctx)
    wishes = Wishes(within, mine, ics, out)
    _check(context, cases or [], wishes)
    return listed(context, cases or [], wishes)


def _check(context: Context, cases: list[str], wishes: Wishes) -> None:
    if wishes.mine and cases:
        raise UsageError("--mine looks for the cases itself", "leave --mine or the case out")
    if wishes.out is not None and not wishes.ics:
        raise UsageError("--out is for a calendar", "give --ics too, or leave --out out")
    if wishes.ics and wishes.out is None and context.json:
        raise UsageError("the output cannot be both JSON and a calendar", "give --out FILE")
    if wishes.out is not None:
        _FILE.check(wishes.out, context.root)


def listed(context: Context, cases: list[str], wishes: Wishes) -> Result:
    """What is due in some cases, or in all and at the provider; soonest first.

    An unreadable case is said and does not stop the rest; cases not open to the person are counted.
    """
    from tipcase import terminal

    days = _days(wishes.within)
    looked = _Looked()
    found: list[Due] = []
    wanted = _wanted(context, cases, wishes)
    with terminal.progress("looking", len(wanted)) as step:
        for case in wanted:
            step()
            found += _of(context, case, days, looked, named=bool(cases), mine=wishes.mine)
    found.sort(key=lambda item: item.order)
    closed = len(looked.closed)
    talk = [f"{closed} case(s) are not open to you: not looked at"] if closed else []
    talk += [] if found or looked.errors else [f"nothing is due within {wishes.within}"]
    code = worst(looked.errors)
    if wishes.ics:
        text = _calendar(context, found, wishes.out)
        return Result(
            data=None if wishes.out is None else {"file": str(wishes.out)},
            text=text,
            errors=tuple(looked.errors),
            code=code,
            talk=(*talk, _CLOUDS),
        )
    return Result(
        data=[item.as_json(context.lang) for item in found],
        table=_table(found, context.lang),
        errors=tuple(looked.errors),
        code=code,
        talk=tuple(talk),
    )


def _table(found: list[Due], lang: str) -> Table | None:
    if not found:
        return None
    return Table(
        ("due", "", "case", "record", "what", "provision"),
        tuple(
            (
                item.on or "not recorded yet",
                item.state,
                item.case,
                item.record,
                item.label.get(lang) + (" (our interval)" if item.ours else ""),
                item.provision,
            )
            for item in found
        ),
    )


def _calendar(context: Context, found: list[Due], out: Path | None) -> tuple[str, ...]:
    """Write the calendar to its file, whose name is told, or as it is to the output."""
    from tipcase import files
    from tipcase.cli.ics import calendar

    content = calendar(found, context.book.id, context.today, context.now())
    if out is None:
        # Its lines end as the format says, which text to the output would not keep everywhere.
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return ()
    with _FILE.writing():
        files.create(out.resolve(), content)
    return (str(out),)


def _days(within: str) -> int:
    match = _WITHIN.fullmatch(within)
    if match is None:
        raise UsageError("this is no time to look ahead", "give --within 14d, 6w or 3m")
    return int(match[1]) * _DAYS[match[2]]


def _wanted(context: Context, cases: list[str], wishes: Wishes) -> list[str]:
    from tipcase.journal.names import PROVIDER

    if cases:
        return [context.case(case) for case in cases]
    # Nobody's own: what the provider must do is the whole office's.
    every = list(context.book.all_case_ids())
    return every if wishes.mine else [PROVIDER, *every]


def _of(
    context: Context, case_id: str, days: int, looked: _Looked, *, named: bool, mine: bool
) -> Iterator[Due]:
    """What is due in one case; one that is not open to the person is counted, unless named."""
    from tipcase.journal.names import PROVIDER
    from tipcase.law.schedule import due as schedule

    try:
        if mine:
            dossier, unread = _own(context, case_id)
        else:
            dossier, unread = context.read(case_id, of_team=not named)
    except TipcaseError as error:
        looked.errors.append(error)
        return
    if dossier is None:
        if not (named or mine) and case_id != PROVIDER:
            looked.closed.append(case_id)
        return
    looked.errors += [item.error for item in unread]
    yield from schedule(
        context.book.edition,
        dossier,
        context.today,
        within=days,
        provider=case_id == PROVIDER,
    )


def _own(context: Context, case_id: str) -> tuple[Dossier | None, list[Unread]]:
    """A case that is the person's: on its team, and an entry of it is signed by them.

    Who may only read along, as a supervisor may, does not work on it.
    """
    from tipcase.casebook.case import Case

    case, handle = Case(context.book, case_id), context.person.handle
    if handle not in case.fold.team:
        return None, []
    if all(signed.entry.signer != handle for signed in case.fold.entries):
        return None, []
    return case.read_all(context.person)
