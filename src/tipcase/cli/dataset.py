"""``export FORMAT``: the data of all cases as files for another program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tipcase.cli.batch import of_case
from tipcase.cli.context import Context
from tipcase.cli.frame import outside
from tipcase.errors import TerminalNeededError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.reports.export.dataset import DataSet
    from tipcase.reports.export.manifest import Counts
    from tipcase.reports.period import Period
    from tipcase.reports.reading import Batch


class Asked(NamedTuple):
    """What was typed."""

    format: str
    out: str | None
    period: str | None
    first: str | None
    last: str | None
    with_ids: bool
    processes: int | None


def exported(context: Context, asked: Asked, *, force: bool, dry_run: bool) -> Result:
    """Read all cases, then write the folder whole or not at all.

    A case that cannot be read is said and does not stop the rest.
    """
    from tipcase.reports.export import folder, parquet

    target = _target(context, asked.out, force=force)
    period = _period(asked)
    if asked.format == "parquet":
        parquet.needed()  # not after ten minutes of reading
    batch, made = _made(context, asked, period)
    if not dry_run:
        folder.deliver(target, made.contents, force=force)
    return Result(
        data=_data(asked.format, target, made, written=not dry_run),
        text=() if dry_run else (str(target),),
        talk=(*batch.notices, *_talk(asked, target, made, written=not dry_run)),
        errors=tuple(of_case(case, error) for case, error in batch.unread),
        code=batch.code,
    )


def _target(context: Context, out: str | None, *, force: bool) -> Path:
    from tipcase import files
    from tipcase.reports.export import folder

    if out is None:
        raise TerminalNeededError("nobody said where the data are to go", "give --out FOLDER")
    if out == "-":
        raise UsageError("an export is a folder of files", "give --out FOLDER")
    target = Path(out)
    if target.name in ("", ".."):
        # A folder in which somebody stands, or the top of everything, cannot be put aside.
        raise UsageError("--out names no new folder", "name a folder elsewhere: --out ~/export")
    with files.refusals("write the export"):
        outside(target, context.root, "plaintext", "name a folder elsewhere: --out ~/export")
    folder.check(target, force=force)
    return target


def _period(asked: Asked) -> Period | None:
    """The days that were typed; None, which is all of them, where none were."""
    from tipcase.reports import period

    if asked.period is None and asked.first is None and asked.last is None:
        return None
    return period.parse(asked.period, asked.first, asked.last)


def _made(context: Context, asked: Asked, period: Period | None) -> tuple[Batch, DataSet]:
    from tipcase import terminal
    from tipcase.reports import reading
    from tipcase.reports.export import dataset
    from tipcase.reports.facts import FactsDefinition

    book, person = context.book, context.person
    definition = FactsDefinition.of(book.edition)
    wish = dataset.Wish(asked.format, period, context.today, asked.with_ids, context.day)
    dataset.check(book.edition, definition, wish)
    with terminal.progress("reading", len(book.all_case_ids())) as step:
        batch = reading.read(book, person, definition, step=step, processes=asked.processes)
    return batch, dataset.made(book.edition, definition, batch, wish)


def _data(format: str, target: Path, made: DataSet, *, written: bool) -> dict[str, object]:
    return {
        "format": format,
        "folder": str(target),
        "written": written,
        "internal": made.manifest["internal"],
        "period": made.manifest["period"],
        **made.counts.as_json(),
        "alone": made.alone,
        "files": [
            {"name": one["name"], "rows": one["rows"], "sha256": one["sha256"]}
            for one in made.manifest["files"]
        ],
    }


def _talk(asked: Asked, target: Path, made: DataSet, *, written: bool) -> tuple[str, ...]:
    counts = made.counts
    lines = [f"{counts.cases} case(s) of people who said yes to being reported", *_left_out(counts)]
    if made.alone:
        lines.append(
            f"{made.alone} of them share sex, age band, nationality and province with nobody here:"
            " whoever knows them may know them by it; give the files to nobody who may not"
        )
    if asked.with_ids:
        lines.append("INTERNAL: the rows carry the ids of the cases; not for anybody outside")
    if not written:
        return (*lines, "nothing was written")
    return (*lines, f"plaintext: {target}; delete it when it is no longer needed")


def _left_out(counts: Counts) -> list[str]:
    """Who does not stand in the files, and why, a line for each reason that there is."""
    reasons = (
        (counts.refused, "left out: they refused, or their yes is not valid"),
        (counts.not_asked, "left out: nobody asked them yet; a record consent, subject reporting"),
        (counts.outside, "left out: not on file in these days"),
        (counts.not_open, "are not open to you: not looked at"),
        (counts.unread, "could not be read and were left out"),
    )
    return [f"{number} case(s) {reason}" for number, reason in reasons if number]
