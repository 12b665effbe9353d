"""Where a report goes: the screen, the output of a script, or a file outside the casebook."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tipcase import output, settings
from tipcase.cli.context import Context
from tipcase.cli.new_file import NewFile
from tipcase.errors import UsageError
from tipcase.output import Result, Section, Table

if TYPE_CHECKING:
    from tipcase.reports.rendering import Printed
    from tipcase.reports.rendering.layout import Layout

_LANGUAGES = ("en", "km", "both")
_FILE = NewFile("report", "a report", "name a file elsewhere: --out ~/report.csv")


@dataclass(frozen=True)
class Destination:
    """A format in a language, and the file that it goes to; None is the output."""

    format: str
    lang: str
    file: Path | None
    force: bool = False

    @classmethod
    def of(
        cls,
        context: Context,
        *,
        format: str | None,
        out: Path | None,
        lang: str | None,
        force: bool,
    ) -> Destination:
        """Where it is to go, as typed; refused before anything is read where it cannot go there."""
        file = None if out is None or str(out) == "-" else out
        form = _format(context, format, file)
        if file is None and form == "json":
            # From here on an error is told as JSON too.
            context.json = True
        if lang not in (None, *_LANGUAGES):
            raise UsageError("there is no such language of reports", "one of en, km, both")
        lang = lang or _language(context, form)
        if file is not None:
            _FILE.check(file, context.root, force=force)
        elif form == "html" and sys.stdout.isatty():
            raise UsageError("a page cannot be read on a terminal", "give --out FILE.html")
        return cls(form, lang, file, force)


def shown(
    where: Destination,
    printed: Printed,
    told: Result,
    *,
    before: Callable[[], None] = lambda: None,
) -> Result:
    """The report at its destination, beside what was ``told`` of it: errors, talk, exit code.

    ``before`` runs when all is ready, and may still refuse.
    """
    from tipcase.reports.rendering import flat, render

    if where.format == "table":
        result = replace(told, sections=tuple(_sections(printed, where.lang)))
    elif where.format == "json":
        result = replace(told, data=flat.data(printed, where.lang))
    else:
        result = replace(told, raw=render(printed, where.format, where.lang).encode("utf-8"))
    before()
    if where.file is None:
        return result
    _write(where, where.file, result)
    data = {"file": str(where.file), "format": where.format}
    return replace(told, data=data, text=(str(where.file),))


def _write(where: Destination, file: Path, result: Result) -> None:
    from tipcase import files

    content = result.raw
    if content is None:
        content = (output.enveloped(result, "report", where.lang) + "\n").encode("utf-8")
    target = file.resolve()
    with _FILE.writing():
        (files.replace if where.force else files.create)(target, content)


def _format(context: Context, named: str | None, out: Path | None) -> str:
    """The format that was named, else the one that the file's ending or ``--json`` means."""
    from tipcase.reports.rendering import FORMATS

    if named is None and out is not None:
        named = out.suffix.lstrip(".").lower()
        if named not in FORMATS[1:]:
            raise UsageError(
                "the name of the file does not say which format it is to have", "give --format csv"
            )
    # An empty one is what a script passes whose variable is not set: no format, and said so.
    form = named if named is not None else "json" if context.json else "table"
    if form not in FORMATS:
        raise UsageError("there is no such format of reports", f"one of {', '.join(FORMATS)}")
    if out is None and context.json and form != "json":
        raise UsageError(f"the output cannot be both JSON and {form}", "give --out FILE")
    if out is not None and form == "table":
        raise UsageError("a table is for the screen", "give --format csv, md or html")
    return form


def _language(context: Context, form: str) -> str:
    # A page is printed as the forms are; everything else is read as the screen is.
    if form == "html" and settings.language_named() is None:
        return str(context.book.config.get("form_language"))
    return context.lang


def _sections(printed: Printed, lang: str) -> list[Section]:
    from tipcase.reports.rendering import layout as layouts
    from tipcase.reports.rendering import words

    head = [
        layouts.status(printed).get(lang),
        f"{printed.title.get(lang)}: {printed.period.get(lang)}"
        f" ({layouts.span(printed).get(lang)})",
    ]
    if (whose := layouts.origin(printed)) is not None:
        head.append(_cell(whose.get(lang)))
    sections = [Section(tuple(head), wrapped=True)]
    for grid in printed.tables:
        found = layouts.layout(grid)
        title = (grid.title.get(lang),) if len(printed.tables) > 1 else ()
        sections.append(Section(("", *title), _table(found, lang)))
        if found.shortened:
            sections.append(Section((words.ZEROES.get(lang),), wrapped=True))
        if (others := layouts.beside(grid)) is not None:
            sections.append(Section(("",), _table(others, lang)))
    remarks = tuple(one.get(lang) for one in layouts.remarks(printed))
    return [*sections, Section(("", *remarks), wrapped=True)] if remarks else sections


def _table(found: Layout, lang: str) -> Table:
    bars = tuple(line.bar for line in found.lines)
    return Table(
        tuple(_cell(head.get(lang)) for head in found.heads),
        tuple(
            (*(_cell(label.get(lang)) for label in line.labels), *line.values)
            for line in found.lines
        ),
        figures=len(found.heads) - found.labels,
        bars=bars if any(bars) else (),
        headed=True,
        strong=frozenset(place for place, line in enumerate(found.lines) if line.margin),
    )


def _cell(text: str) -> str:
    """An office's own words on one line: a line is a row for scripts, and a tab ends a cell."""
    from tipcase.reports.rendering.clean import clean

    return " ".join(clean(text).split())
