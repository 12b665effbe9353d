"""A command's result, shown as text or as JSON: both render the same value.

stdout is data, stderr is talk. With ``--json`` stdout carries one envelope, errors included:
``{"tipcase": 1, "command", "ok", "data", "findings", "errors"}``. Text of people is stripped of
terminal controls and never read as markup. Tables are laid out by ``rich`` on a terminal, which
knows how wide Khmer is, and are separated by tabs elsewhere.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tipcase import terminal
from tipcase.errors import TipcaseError

if TYPE_CHECKING:
    from tipcase.law.findings import Finding

ENVELOPE = 1


# Letters that the longest bar of a table takes.
_BAR = 20


class Table(NamedTuple):
    """Rows of a list: column titles and cells of text.

    ``figures`` are the last columns, as many as hold numbers. ``bars`` has a share between 0 and 1
    for each row, or None: drawn behind the first figures on a terminal that is wide enough, and
    nowhere else. ``headed`` tables show their titles elsewhere too.
    ``strong`` are the places of rows that add others up.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: int = 0
    bars: tuple[float | None, ...] = ()
    headed: bool = False
    strong: frozenset[int] = frozenset()

    def __repr__(self) -> str:
        # Cells hold what people wrote, and a repr can end in a log.
        return f"<Table of {len(self.rows)}>"


class Section(NamedTuple):
    """Lines and the table below them: part of an answer that has several.

    ``wrapped`` lines are sentences, broken at blanks on a terminal; others may be copied whole.
    """

    lines: tuple[str, ...]
    table: Table | None = None
    wrapped: bool = False

    def __repr__(self) -> str:
        return f"<Section of {len(self.lines)}>"


@dataclass(frozen=True)
class Result:
    """What a command answers.

    ``data`` is what JSON shows; ``sections``, ``table`` and ``text`` (lines) show the same to a
    person on stdout, ``raw`` the bytes of a file as they are; ``talk`` goes to stderr. ``bare``
    prints ``data`` as JSON without the envelope. ``shown`` says that the findings are the answer
    itself and belong on stdout; ``spoken`` are those that a person is shown where that is not all
    of them.
    """

    data: Any = field(default=None, repr=False)
    text: tuple[str, ...] = field(default=(), repr=False)
    table: Table | None = field(default=None, repr=False)
    sections: tuple[Section, ...] = field(default=(), repr=False)
    raw: bytes | None = field(default=None, repr=False)
    talk: tuple[str, ...] = field(default=(), repr=False)
    findings: tuple[Finding, ...] = field(default=(), repr=False)
    spoken: tuple[Finding, ...] | None = field(default=None, repr=False)
    errors: tuple[TipcaseError, ...] = ()
    code: int = 0
    bare: bool = False
    shown: bool = False


def show(result: Result, command: str, *, as_json: bool, lang: str) -> int:
    """Show a result and return its exit code."""
    if as_json:
        _write(enveloped(result, command, lang))
    else:
        if result.raw is not None:
            _show_raw(result.raw)
        for section in (*result.sections, Section((), result.table), Section(result.text)):
            _show_section(section)
        for finding in result.findings if result.spoken is None else result.spoken:
            line = finding_line(finding, lang)
            _write(line) if result.shown else terminal.say(line)
            if finding.hint.get(lang):
                terminal.say(f"  hint: {finding.hint.get(lang)}")
    # Talk is never left out: the recovery seed of `init --json` is shown this once.
    for error in result.errors:
        show_error(error)
    for line in result.talk:
        terminal.say(line)
    return result.code


def show_failure(error: TipcaseError, command: str, *, as_json: bool) -> int:
    """Show an error that ended a command, and return its exit code."""
    show_error(error)
    if as_json:
        _write(enveloped(Result(errors=(error,), code=error.exit_code), command, "en"))
    return error.exit_code


def show_error(error: TipcaseError) -> None:
    """The error and its hint, a line each, on stderr."""
    terminal.say(f"tipcase: error: {error.sentence}", style="bold red")
    if error.hint:
        terminal.say(f"tipcase: hint: {error.hint}")


def finding_line(finding: Finding, lang: str) -> str:
    """One finding on a line: severity, where, provision, message."""
    where = f"{finding.record}.{finding.field}" if finding.field else finding.record
    parts = [finding.severity, finding.case, where, finding.provision, finding.message.get(lang)]
    return terminal.clean("  ".join(part for part in parts if part))


def enveloped(result: Result, command: str, lang: str) -> str:
    """The result as the JSON envelope, on one line; ``bare`` ones as their data alone."""
    if result.bare and not result.errors:
        return json.dumps(result.data, ensure_ascii=False, indent=2)
    envelope = {
        "tipcase": ENVELOPE,
        "command": command,
        "ok": result.code == 0,
        "data": result.data,
        "findings": [finding.as_json(lang) for finding in result.findings],
        "errors": [
            {"code": error.exit_code, "message": error.sentence, "hint": error.hint}
            for error in result.errors
        ],
    }
    return json.dumps(envelope, ensure_ascii=False)


def _show_raw(content: bytes) -> None:
    # Its lines end as its format says, which text to the output would not keep everywhere.
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _show_section(section: Section) -> None:
    for line in section.lines:
        shown = terminal.clean(line)
        _write(terminal.wrapped(shown) if section.wrapped and sys.stdout.isatty() else shown)
    if section.table is not None:
        _show_table(section.table)


def _show_table(table: Table) -> None:
    if not sys.stdout.isatty():
        rows = (table.columns, *table.rows) if table.headed else table.rows
        # Nobody's text may begin a column of its own.
        lines = ("\t".join(cell.replace("\t", " ") for cell in row) for row in rows)
        for line in lines:
            _write(terminal.clean(line))
        return
    _show_rich(table)


def _show_rich(table: Table) -> None:
    # rich costs 60 ms to import: only a terminal pays for it.
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console(markup=False, highlight=False, emoji=False)
    grid = RichTable(box=None, pad_edge=False, header_style="bold")
    columns = [terminal.clean(column) for column in table.columns]
    rows = [[terminal.clean(cell) for cell in row] for row in table.rows]
    first = len(columns) - table.figures
    cells = list(zip(columns, *rows, strict=True))
    widths = terminal.widths(cells, console.width)
    # Bars say nothing that the figures do not: they are the first to go where room is short.
    drawn = bool(table.bars) and terminal.fit(cells, console.width - _BAR - terminal.GAP)
    for place, (column, width) in enumerate(zip(columns, widths, strict=True)):
        justify: Any = "right" if place >= first else "left"
        grid.add_column(Text(column), overflow="fold", justify=justify, width=width)
        if drawn and place == first:
            grid.add_column(width=_BAR)
    for place, row in enumerate(rows):
        style = "bold" if place in table.strong else ""
        shown = [Text(cell, style) for cell in row]
        if drawn:
            bar = terminal.bar(table.bars[place] or 0, _BAR)
            shown.insert(first + 1, Text(bar, "blue"))
        grid.add_row(*shown)
    # What an earlier line left in the buffer comes before what rich writes on its own.
    sys.stdout.flush()
    console.print(grid)


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")


def cells(values: Sequence[Any]) -> tuple[str, ...]:
    """Values as cells of a table: nothing for None."""
    return tuple("" if value is None else str(value) for value in values)
