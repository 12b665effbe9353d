"""A sheet as one HTML file that prints on A4: font inside, no script, nothing fetched.

Templates hold layout only. They run sandboxed on plain data, every value escaped, and an unknown
name in a template is an error rather than a gap on paper.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tipcase.errors import DamagedError
from tipcase.forms import font
from tipcase.forms.language import Label
from tipcase.forms.sheet import Sheet
from tipcase.forms.text import css_text

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATE = "sheet.html.j2"


class TemplateError(DamagedError):
    """A template that cannot be read, or that asks for what a sheet does not have."""


def write(
    sheet: Sheet,
    words: Mapping[str, Label],
    *,
    languages: Sequence[str],
    citations: bool,
    official: bool,
    folders: Sequence[Path],
) -> str:
    """The sheet as an HTML document.

    ``words`` are the sheet's fixed words by name, each a list of (language, text). Templates come
    from the first folder that has them. Raises TemplateError where a template is at fault; its
    message carries the template's name and line, never a value.
    """
    from jinja2 import TemplateError as JinjaError
    from jinja2.exceptions import SecurityError

    try:
        template = _environment(tuple(folders)).get_template(TEMPLATE)
        return template.render(
            sheet=dataclasses.asdict(sheet),
            words=words,
            languages=languages,
            citations=citations,
            official=official,
            font_family=font.FAMILY,
            font_uri=font.data_uri(),
        )
    except (JinjaError, SecurityError, TypeError, ValueError, LookupError, ArithmeticError) as e:
        raise TemplateError(_sentence(e), "see templates/ for the names a sheet has") from None


def _sentence(error: Exception) -> str:
    line = getattr(error, "lineno", None)
    where = f" at line {line}" if isinstance(line, int) else ""
    return f"the template {TEMPLATE} does not fit the sheet{where}"


@functools.cache
def _environment(folders: tuple[Path, ...]) -> Environment:
    # jinja2 takes tens of milliseconds to import: only who prints pays for it.
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["css_text"] = css_text
    return environment
