"""The templates of the sheets: which one lays out a form, and what happens when it is at fault.

Templates come with tipcase; a casebook's own win. They run in a sandbox, get plain data and hold
layout only. What goes wrong is told by the template's name and line, never by a value.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tipcase.errors import DamagedError

if TYPE_CHECKING:
    from tipcase.forms import Document
    from tipcase.forms.language import Label
    from tipcase.forms.sandbox import Sandbox

Filters = tuple[tuple[str, Callable[..., Any]], ...]

# A hundred sheets in one bundle, each with every line at its longest, stay below this.
MOST = 256 * 1024 * 1024
UNLIMITED = 10**9


class TemplateError(DamagedError):
    """A template that cannot be read, or that asks for what a sheet does not have."""


def fault(name: str, line: int | None = None) -> TemplateError:
    """The error of a template, which says where and never what it was about to print."""
    where = f" at line {line}" if line else ""
    return TemplateError(
        f"the template {name} does not fit the sheet{where}",
        "docs/your-own-forms.md says what a template may hold",
    )


def choose(folders: Sequence[Path], code: str, ending: str) -> str:
    """The name of the template that lays out a form.

    The first folder that has one gives it; within a folder one named by the form's code wins.
    Raises TemplateError where no folder has any.
    """
    for folder in folders:
        for name in (f"{code}.{ending}", f"sheet.{ending}"):
            if (folder / name).is_file():
                return name
    raise fault(f"sheet.{ending}")


def unsaid(document: Document, laid_out: str, written: Callable[[str], str]) -> list[Label]:
    """The sentences that must stand on a sheet and that a casebook's own template left out.

    ``written`` is how a text stands in the format. What the template printed is not taken away.
    """
    labels = [document.words[name] for name in due(document)]
    return [one for one in labels if not all(written(text) in laid_out for _, text in one)]


def due(document: Document) -> list[str]:
    """The names of the sentences that must stand on a sheet, however it is laid out."""
    sheet = document.sheet
    sentences = {
        "not_official": not sheet.official,
        "withheld": sheet.withheld,
        "unconsented": any(part.unconsented for part in sheet.parts),
        "disputed": bool(sheet.disputed),
    }
    return [name for name, holds in sentences.items() if holds]


def render(
    name: str,
    values: Mapping[str, Any],
    folders: Sequence[Path],
    escape: Callable[[str], str],
    filters: Filters = (),
) -> str:
    """What a template makes of plain values.

    A template comes from the first folder that has it; the last folder is the shipped one.
    ``escape`` makes a text harmless in the format, which may add ``filters``. Raises TemplateError
    where a template is at fault, with its name and line.
    """
    from jinja2 import TemplateError as JinjaError

    sandbox = _sandbox(tuple(folders), escape, filters)
    # Who reaches a limit with our own templates has a long case, and wants it printed.
    sandbox.turns = 0 if len(folders) > 1 else -UNLIMITED
    parts, size = [], 0
    try:
        for part in sandbox.get_template(name).generate(values):
            parts.append(part)
            size += len(part)
            if size > MOST:
                raise OverflowError
    except (
        JinjaError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError,
        RecursionError, MemoryError,
    ) as error:  # fmt: skip
        raise _told(error, name) from None
    return "".join(parts)


@functools.cache
def _sandbox(folders: tuple[Path, ...], escape: Callable[[str], str], filters: Filters) -> Sandbox:
    """The sandbox of one set of folders: its templates are read and compiled once."""
    # jinja2 takes tens of milliseconds to import: only who prints pays for it.
    from tipcase.forms.sandbox import Sandbox

    return Sandbox(folders, escape, dict(filters))


def _told(error: BaseException, name: str) -> TemplateError:
    """The fault as a sentence: in which template and line, as far as the error tells."""
    line = getattr(error, "lineno", None)
    if isinstance(line, int):
        inner = getattr(error, "name", None)
        return fault(inner if isinstance(inner, str) else name, line)
    found: tuple[str, int | None] = (name, None)
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        # jinja2 gives what a template did a frame of the template's own file and line.
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            found = (Path(trace.tb_frame.f_code.co_filename).name, trace.tb_lineno)
        trace = trace.tb_next
    return fault(*found)
