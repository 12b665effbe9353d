"""A counted table as text: CSV, NDJSON, HTML with charts, Markdown, and the rows of a terminal.

Every format renders the same ``Printed`` value, so none can say another number than the others.
Nothing here counts, hides or decides: what is hidden arrives as a mark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tipcase.reports.rendering.printed import Beside, Grid, Only, Printed, Published

# What ``--format`` takes; ``table`` and ``json`` are shown by the command line itself.
FORMATS = ("table", "csv", "json", "ndjson", "html", "md")


def render(printed: Printed, form: str, lang: str) -> str:
    """The whole file in one of csv, ndjson, html, md; ``lang`` is en, km or both."""
    return _renderers()[form](printed, lang)


def _renderers() -> Mapping[str, Callable[[Printed, str], str]]:
    from tipcase.reports.rendering import markdown, page, separated

    return {
        "csv": separated.commas,
        "ndjson": separated.lines,
        "html": page.page,
        "md": markdown.markdown,
    }


__all__ = ["FORMATS", "Beside", "Grid", "Only", "Printed", "Published", "render"]
