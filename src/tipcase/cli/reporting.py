"""What ``report`` does: read, count, protect, render, and only then write.

A report that is published is protected and checked, then rendered, then remembered, then shown:
what was remembered and not shown costs nothing, what was shown and not remembered could cost a
life.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tipcase.cli.batch import MOST_PROCESSES, of_case
from tipcase.cli.context import Context
from tipcase.cli.report_out import Destination, shown
from tipcase.errors import FindingsError, UsageError
from tipcase.output import Result, Table
from tipcase.settings import LEAST_THRESHOLD

if TYPE_CHECKING:
    from tipcase.reports.counting import Counted
    from tipcase.reports.disclosure import Policy
    from tipcase.reports.period import Period
    from tipcase.reports.publications import Publication
    from tipcase.reports.publishing import Protection
    from tipcase.reports.reading import Batch
    from tipcase.reports.sheet import Absent

_TOTALS = "none"
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
    if wishes.name is not None:
        return _reported(context, wishes)
    # Who gives a period and forgets the name is not answered with a list.
    if replace(wishes, format=None) != Wishes() or wishes.format not in (None, *_LISTED):
        raise UsageError("which report is it to be? its name is missing", "tipcase report")
    context.json = context.json or wishes.format == "json"
    return listed(context)


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


def _reported(context: Context, wishes: Wishes) -> Result:
    from tipcase.reports import sheet
    from tipcase.reports.period import parse

    where = Destination.of(
        context, format=wishes.format, out=wishes.out, lang=wishes.lang, force=wishes.force
    )
    _check(wishes)
    period = parse(wishes.period, wishes.first, wishes.last)
    # What would be refused at the end is refused before minutes of reading.
    how = _publishing(context, wishes) if wishes.publish else None
    counted, batch = _counted(context, wishes, period)
    told, absent = _told(batch), sheet.Absent(len(batch.not_open), len(batch.unread))
    if how is None:
        return shown(where, sheet.internal(counted, absent, context.book.config.name), told)
    if absent and not wishes.incomplete:
        return _refused(told, absent)
    done = how.protected(counted)
    told = replace(told, talk=(*told.talk, *_losses(done, how.audience)))
    if wishes.dry_run:
        return _tried(told, done, how.policy)
    printed = sheet.released(counted, absent, how.policy, done, context.book.config.name)
    return shown(where, printed, told, before=lambda: how.remember(context, counted, done))


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
    if wishes.processes is not None and not 1 <= wishes.processes <= MOST_PROCESSES:
        raise UsageError(
            f"--processes takes a number from 1 to {MOST_PROCESSES}", "leave --processes out"
        )


@dataclass(frozen=True)
class _Publishing:
    """How a report is published: how protected, for whom, and after which others."""

    policy: Policy
    audience: str
    before: tuple[Publication, ...] = field(repr=False)

    def protected(self, counted: Counted) -> tuple[Protection, ...]:
        """The tables as they may be shown; refused where nobody can show them safely."""
        from tipcase.reports import publishing

        return publishing.protected(counted, self.policy, self.before, self.audience)

    def remember(self, context: Context, counted: Counted, done: Sequence[Protection]) -> None:
        """Seal what is about to be shown into the casebook."""
        from tipcase.reports import publications, publishing

        made = publishing.publication(counted, self.policy, self.audience, done)
        publications.remember(
            context.book, context.person, made, self.before, day=context.day, time=context.time
        )


def _publishing(context: Context, wishes: Wishes) -> _Publishing:
    from tipcase.reports import publications, publishing

    policy = _policy(context, wishes)
    audience = publishing.NETWORK if wishes.network else publishing.OUTSIDE
    return _Publishing(policy, audience, publications.remembered(context.book, context.person))


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
    # What was kept of cases was collected by facts that were checked; else they are before reading.
    reports = ReportBook.of(book.edition, checked=False)
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
    counted = counting.count(
        report,
        batch.facts,
        period,
        by=by,
        where=where,
        as_of=context.today,
        asked_on=context.day,
    )
    return counted, batch


def _by(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = () if text == _TOTALS else text.split(",")
    return tuple(dict.fromkeys(name.strip() for name in names))


def _pair(text: str) -> tuple[str, str]:
    name, equals, code = text.partition("=")
    if not (name and equals and code):
        raise UsageError("--where takes a dimension and a code", "give --where sex=female")
    return name, code


def _told(batch: Batch) -> Result:
    """What is said beside a report, whatever it shows: what could not be read, what was not."""
    talk = [f"warning: {notice}" for notice in batch.notices]
    if batch.not_open:
        talk.append(f"{len(batch.not_open)} case(s) are not open to you: not counted")
    errors = tuple(of_case(case, error) for case, error in batch.unread)
    return Result(errors=errors, talk=tuple(talk), code=batch.code)


def _refused(told: Result, absent: Absent) -> Result:
    refusal = FindingsError(
        f"nothing was published: {absent.unread + absent.not_open} case(s) would be missing"
        " from it",
        "mend them or have them opened to you; --incomplete publishes without them, and prints it",
    )
    code = max(told.code, refusal.exit_code)
    return replace(told, errors=(*told.errors, refusal), code=code)


def _tried(told: Result, done: Sequence[Protection], policy: Policy) -> Result:
    """What a dry run says: that it can be, and how much of it would be hidden."""
    hidden, numbers = sum(one.hidden for one in done), sum(one.numbers for one in done)
    if policy.rounding is None:
        said = f"{hidden} of {numbers} numbers would be hidden"
    else:
        medians = f"{hidden} medians" if hidden else "none"
        said = f"{numbers - hidden} numbers would be rounded, {medians} hidden"
    talk = (f"it can be published: {said}", "nothing was written or remembered")
    return replace(told, data={"hidden": hidden, "numbers": numbers}, talk=(*told.talk, *talk))


def _losses(done: Sequence[Protection], audience: str) -> Iterator[str]:
    """What whoever publishes should know before it leaves the house."""
    from tipcase.reports.publishing import NETWORK

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
        more = "" if audience == NETWORK else ", or --network where it suffices"
        yield f"hint: a longer period, fewer dimensions, --by none{more}"
