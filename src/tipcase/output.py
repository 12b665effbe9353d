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


class Table(NamedTuple):
    """Rows of a list: column titles and cells of text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __repr__(self) -> str:
        # Cells hold what people wrote, and a repr can end in a log.
        return f"<Table of {len(self.rows)}>"


@dataclass(frozen=True)
class Result:
    """What a command answers.

    ``data`` is what JSON shows; ``text`` (lines) and ``table`` show the same to a person on
    stdout; ``talk`` goes to stderr. ``bare`` prints ``data`` as JSON without the envelope.
    ``shown`` says that the findings are the answer itself and belong on stdout; ``spoken`` are
    those that a person is shown where that is not all of them.
    """

    data: Any = field(default=None, repr=False)
    text: tuple[str, ...] = field(default=(), repr=False)
    table: Table | None = field(default=None, repr=False)
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
        _write(_json(result, command, lang))
    else:
        if result.table is not None:
            _show_table(result.table)
        for line in result.text:
            _write(terminal.clean(line))
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
        _write(_json(Result(errors=(error,), code=error.exit_code), command, "en"))
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


def _json(result: Result, command: str, lang: str) -> str:
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


def _show_table(table: Table) -> None:
    if not sys.stdout.isatty():
        # Nobody's text may begin a column of its own.
        lines = ("\t".join(cell.replace("\t", " ") for cell in row) for row in table.rows)
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
    for column in table.columns:
        grid.add_column(Text(column), overflow="fold")
    for row in table.rows:
        grid.add_row(*(Text(terminal.clean(cell)) for cell in row))
    console.print(grid)


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")


def cells(values: Sequence[Any]) -> tuple[str, ...]:
    """Values as cells of a table: nothing for None."""
    return tuple("" if value is None else str(value) for value in values)
