"""What ``report`` does: read, count, protect, render, and only then write.

A report that is published is protected and checked, then rendered, then remembered, then shown:
what was remembered and not shown costs nothing, what was shown and not remembered could cost a
life.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
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
    from tipcase.reports.publishing import Protection
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
        return shown(where, _internal(context, counted, batch), errors, talk)
    if (errors or batch.not_open) and not wishes.incomplete:
        refusal = _incomplete(batch)
        code = max(batch.code, refusal.exit_code)
        return Result(errors=(*errors, refusal), talk=tuple(talk), code=code)
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

    book = context.book
    reports = ReportBook.of(book.edition)
    report = reports.get(wishes.name or "")
    if wishes.publish and not report.publish:
        raise UsageError(f"the report {report.name} is for the office alone", "leave out --publish")
    by, where = _by(wishes.by), [_pair(text) for text in wishes.where]
    # What is mistyped is said now, not after all has been read.
    counting.count(report, {}, period, by=by, where=where, as_of=context.today)
    with terminal.progress("reading", len(book.all_case_ids())) as step:
        batch = reading.read(
            book, context.person, reports.facts, step=step, processes=wishes.processes
        )
    return counting.count(
        report,
        batch.facts,
        period,
        by=by,
        where=where,
        as_of=context.today,
        asked_on=context.day,
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


def _internal(context: Context, counted: Counted, batch: Batch) -> Printed:
    from tipcase.reports import sheet

    absent = sheet.Absent(len(batch.not_open), len(batch.unread))
    return sheet.internal(counted, absent, context.book.config.name)


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
    audience = publishing.NETWORK if run.wishes.network else publishing.OUTSIDE
    done = publishing.protected(counted, policy, run.before, audience)
    talk += _losses(done, run.wishes)
    if run.wishes.dry_run:
        return _tried(done, policy, errors, talk, batch.code)
    absent = sheet.Absent(len(batch.not_open), len(batch.unread))
    printed = sheet.released(counted, absent, policy, done, run.context.book.config.name)
    made = publishing.publication(counted, policy, audience, done)
    book, person, context = run.context.book, run.context.person, run.context

    def remember() -> None:
        publications.remember(book, person, made, run.before, day=context.day, time=context.time)

    return shown(run.where, printed, errors, talk, before=remember)


def _tried(
    done: Sequence[Protection],
    policy: Policy,
    errors: Sequence[TipcaseError],
    talk: Sequence[str],
    code: int,
) -> Result:
    """What a dry run says: that it can be, and how much of it would be hidden."""
    hidden, numbers = sum(one.hidden for one in done), sum(one.numbers for one in done)
    if policy.rounding is None:
        said = f"{hidden} of {numbers} numbers would be hidden"
    else:
        said = f"all {numbers} numbers would be rounded, none hidden"
    return Result(
        data={"hidden": hidden, "numbers": numbers},
        errors=tuple(errors),
        talk=(*talk, f"it can be published: {said}", "nothing was written or remembered"),
        code=code,
    )


def _losses(done: Sequence[Protection], wishes: Wishes) -> Iterator[str]:
    """What whoever publishes should know before it leaves the house."""
    if known := sum(one.audit.known for one in done):
        yield (
            f"warning: earlier publications have already given away {known} of the numbers that"
            " are hidden here"
        )
    # What has no dimension has no breakdown to lose; the titles are those of the edition.
    empty = [one.table.title.get("en") for one in done if one.tells_nothing]
    for title in empty:
        yield f"warning: every number of the breakdown is hidden: {title}"
    if empty:
        ways = "a longer period, fewer dimensions, --by none"
        yield f"hint: {ways}" + ("" if wishes.network else ", or --network where it suffices")


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
