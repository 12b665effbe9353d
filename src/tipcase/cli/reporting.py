"""What ``report`` does: read, count, protect, render, and only then write.

A report that is published is protected and checked, then rendered, then remembered, then shown:
what was remembered and not shown costs nothing, what was shown and not remembered could cost a
life.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tipcase.cli.context import Context
from tipcase.cli.report_out import Destination, shown
from tipcase.errors import FindingsError, TipcaseError, UsageError
from tipcase.output import Result, Table
from tipcase.settings import LEAST_THRESHOLD

if TYPE_CHECKING:
    from tipcase.reports.counting import Counted
    from tipcase.reports.disclosure import Policy
    from tipcase.reports.period import Period
    from tipcase.reports.publications import Publication
    from tipcase.reports.reading import Batch
    from tipcase.reports.rendering import Printed

_TOTALS = "none"
_MOST_PROCESSES = 64
# The formats that the list of reports has too.
_LISTED = ("table", "json")


@dataclass(frozen=True)
class Wishes:
    """What somebody typed."""

    name: str | None = None
    period: str | None = None
    first: str | None = None
    last: str | None = None
    by: str | None = None
    where: tuple[str, ...] = ()
    format: str | None = None
    out: Path | None = None
    force: bool = False
    lang: str | None = None
    publish: bool = False
    network: bool = False
    k: int | None = None
    mark: str | None = None
    hide_zeroes: bool = False
    base: int | None = None
    incomplete: bool = False
    dry_run: bool = False
    processes: int | None = None


def reported(context: Context, wishes: Wishes) -> Result:
    """The report that was asked for, or the list of all."""
    from tipcase.reports.period import parse

    if wishes.name is None:
        # Who gives a period and forgets the name is not answered with a list.
        if replace(wishes, format=None) != Wishes() or wishes.format not in (None, *_LISTED):
            raise UsageError("which report is it to be? its name is missing", "tipcase report")
        context.json = context.json or wishes.format == "json"
        return listed(context)
    where = Destination.of(context, wishes)
    _check(wishes)
    period = parse(wishes.period, wishes.first, wishes.last)
    policy = _policy(context, wishes) if wishes.publish else None
    # What would be refused at the end is refused before minutes of reading.
    before = _remembered(context) if wishes.publish else ()
    counted, batch = _counted(context, wishes, period)
    errors = [_of_case(case, error) for case, error in batch.unread]
    talk = [f"warning: {notice}" for notice in batch.notices]
    if batch.not_open:
        talk.append(f"{len(batch.not_open)} case(s) are not open to you: not counted")
    if policy is None:
        return shown(where, _internal(counted, batch), errors, talk)
    if (errors or batch.not_open) and not wishes.incomplete:
        errors.append(_incomplete(batch))
        return Result(errors=tuple(errors), talk=tuple(talk), code=_worst(errors))
    run = _Run(context, wishes, where, before)
    return _published(run, policy, (counted, batch), errors, talk)


def listed(context: Context) -> Result:
    """The reports of the edition, a line each."""
    from tipcase.cli.law import edition_at_hand
    from tipcase.reports.definition import ReportBook

    book = ReportBook.of(edition_at_hand(context))
    heads = [
        (name, title.get(context.lang), text.get(context.lang))
        for name, title, text in book.heads()
    ]
    return Result(
        data=[{"report": name, "title": title, "help": text} for name, title, text in heads],
        table=Table(("report", "title", "what it counts"), tuple(heads)),
        talk=("tipcase report NAME --period 2026-Q3 counts",),
    )


def _check(wishes: Wishes) -> None:
    protecting = {
        "--network": wishes.network,
        "--k": wishes.k is not None,
        "--mark": wishes.mark is not None,
        "--hide-zeroes": wishes.hide_zeroes,
        "--round": wishes.base is not None,
        "--incomplete": wishes.incomplete,
        "--dry-run": wishes.dry_run,
    }
    given = [flag for flag, there in protecting.items() if there]
    if given and not wishes.publish:
        raise UsageError(f"{given[0]} is about publishing", f"give --publish too, or no {given[0]}")
    if wishes.mark not in (None, "x", "k"):
        raise UsageError("--mark takes x or k", "give --mark x")
    if wishes.processes is not None and not 1 <= wishes.processes <= _MOST_PROCESSES:
        raise UsageError(
            f"--processes takes a number from 1 to {_MOST_PROCESSES}", "leave --processes out"
        )


def _policy(context: Context, wishes: Wishes) -> Policy:
    """How it is protected: never less than the casebook's own settings say."""
    from tipcase.reports.disclosure import Policy

    name = "network_threshold" if wishes.network else "publish_threshold"
    least = int(context.book.config.get(name) or LEAST_THRESHOLD)
    k = least if wishes.k is None else wishes.k
    policy = Policy(
        k=k,
        mark="<k" if wishes.mark == "k" else "x",
        zeroes="hidden" if wishes.hide_zeroes else "shown",
        rounding=wishes.base,
    )
    if k < least:
        raise UsageError(
            f"--k {k} is below the casebook's threshold of {least}",
            f"an admin changes it: tipcase settings {name}=N",
        )
    return policy


def _counted(context: Context, wishes: Wishes, period: Period) -> tuple[Counted, Batch]:
    from tipcase import terminal
    from tipcase.reports import counting, reading
    from tipcase.reports.definition import ReportBook
    from tipcase.reports.facts import FactsDefinition

    book = context.book
    report = ReportBook.of(book.edition).get(wishes.name or "")
    if wishes.publish and not report.publish:
        raise UsageError(f"the report {report.name} is for the office alone", "leave out --publish")
    by, where = _by(wishes.by), [_pair(text) for text in wishes.where]
    # What is mistyped is said now, not after all has been read.
    counting.count(report, {}, period, by=by, where=where, as_of=context.today)
    definition = FactsDefinition.of(book.edition)
    with terminal.progress("reading", len(book.all_case_ids())) as step:
        batch = reading.read(
            book, context.person, definition, step=step, processes=wishes.processes
        )
    return counting.count(
        report, batch.facts, period, by=by, where=where, as_of=context.today
    ), batch


def _by(text: str | None) -> tuple[str, ...] | None:
    if text is None or text == _TOTALS:
        return None if text is None else ()
    return tuple(dict.fromkeys(name.strip() for name in text.split(",")))


def _pair(text: str) -> tuple[str, str]:
    name, equals, code = text.partition("=")
    if not (name and equals and code):
        raise UsageError("--where takes a dimension and a code", "give --where sex=female")
    return name, code


def _internal(counted: Counted, batch: Batch) -> Printed:
    from tipcase.reports import sheet

    return sheet.internal(counted, sheet.Absent(len(batch.not_open), len(batch.unread)))


@dataclass(frozen=True)
class _Run:
    """One run: who asked for what, where it goes, and what was published before."""

    context: Context
    wishes: Wishes
    where: Destination
    before: tuple[Publication, ...]


def _remembered(context: Context) -> tuple[Publication, ...]:
    from tipcase.reports import publications

    return publications.remembered(context.book, context.person)


def _published(
    run: _Run,
    policy: Policy,
    found: tuple[Counted, Batch],
    errors: list[TipcaseError],
    talk: list[str],
) -> Result:
    """Protect and check it; remember it when it is ready to be shown, and show it then."""
    from tipcase.reports import publications, publishing, sheet

    counted, batch = found
    done = publishing.protected(counted, policy, run.before)
    if run.wishes.dry_run:
        talk.append("it can be published; nothing was written, and nothing is remembered")
        return Result(errors=tuple(errors), talk=tuple(talk), code=_worst(errors))
    absent = sheet.Absent(len(batch.not_open), len(batch.unread))
    printed = sheet.released(counted, absent, policy, done)
    audience = publishing.NETWORK if run.wishes.network else publishing.OUTSIDE
    made = publishing.publication(counted, policy, audience, done)
    book, person, context = run.context.book, run.context.person, run.context

    def remember() -> None:
        publications.remember(book, person, made, run.before, day=context.day, time=context.time)

    return shown(run.where, printed, errors, talk, before=remember)


def _of_case(case: str, error: TipcaseError) -> TipcaseError:
    """The error, saying of which case it is."""
    if case in error.sentence:
        return error
    named = copy.copy(error)
    named.sentence = f"{case}: {error.sentence}"
    return named


def _incomplete(batch: Batch) -> FindingsError:
    number = len(batch.unread) + len(batch.not_open)
    return FindingsError(
        f"nothing was published: {number} case(s) would be missing from it",
        "mend them or have them opened to you; --incomplete publishes without them, and prints it",
    )


def _worst(errors: Sequence[TipcaseError]) -> int:
    return max((error.exit_code for error in errors), default=0)
