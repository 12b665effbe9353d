"""Sheets as one HTML file that prints on A4: font inside, no script, nothing fetched.

The page around the sheets is always the shipped one: it says what a browser may do, and what stands
at the foot of every page. A casebook's own template lays out what is inside, with the elements that
text, tables and pictures need and no others.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from html import escape as escaped
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tipcase import khmer_font
from tipcase.forms import plain, template
from tipcase.forms.text import css_text

if TYPE_CHECKING:
    from tipcase.forms import Document
    from tipcase.forms.language import Label

ENDING = "html.j2"
_PAGE, _LOOK = "page.html.j2", "sheet.css.j2"
# Nothing that leads elsewhere or takes part in one: no link, no form, no frame, no meta.
_ELEMENTS = (
    "article|aside|b|bdi|bdo|blockquote|br|caption|code|col|colgroup|dd|div|dl|dt|em|figcaption"
    "|figure|footer|h1|h2|h3|h4|h5|h6|header|hr|i|img|li|main|ol|p|pre|q|rp|rt|ruby|s|section"
    "|small|span|strong|style|sub|sup|table|tbody|td|tfoot|th|thead|tr|u|ul|wbr"
)
_FOREIGN = re.compile(rf"<(?!/?(?:{_ELEMENTS})(?=[\s/>])|!--)", re.IGNORECASE)


def write(documents: Sequence[Document], *, citations: bool, folders: Sequence[Path]) -> str:
    """The sheets as one HTML document, each beginning on a page of its own.

    ``citations`` prints the provisions beside the lines. Templates come from the first folder that
    has them; the last is the shipped one. Raises TemplateError where a template is at fault.
    """
    sheets = [
        _sheet(document, number, citations, folders) for number, document in enumerate(documents, 1)
    ]
    look = template.render(_LOOK, {"font_family": khmer_font.FAMILY}, folders, escaped)
    if "<" in look:
        raise template.fault(_LOOK)
    values = {
        "sheets": sheets,
        "languages": documents[0].sheet.languages,
        "title": " · ".join(_title(documents)),
        "look": _kept(look),
        "font_family": khmer_font.FAMILY,
        "font_uri": khmer_font.data_uri(),
    }
    return template.render(_PAGE, values, folders[-1:], escaped, (("css_text", css_text),))


def _sheet(
    document: Document, number: int, citations: bool, folders: Sequence[Path]
) -> dict[str, Any]:
    """One sheet laid out, and what the page around it says of it."""
    data = plain.of(document)
    name = template.choose(folders, document.form, ENDING)
    pictures = [_uri(picture) for picture in plain.pictures(document)]
    values = {**data, "citations": citations, "pictures": pictures}
    laid_out = template.render(name, values, folders, escaped)
    if len(folders) > 1 and _FOREIGN.search(laid_out):
        raise template.fault(name)
    if len(folders) > 1:
        laid_out += "".join(map(_said, template.unsaid(document, laid_out, escaped)))
    sheet = data["sheet"]
    return {
        "name": f"s{number}",
        "class": f"form-{sheet['code']}",
        "language": data["languages"][0],
        "html": _kept(laid_out),
        "words": data["words"],
        **{key: sheet[key] for key in ("code", "version", "case")},
    }


def _said(label: Label) -> str:
    """A sentence of ours, below what a casebook's own template has made."""
    spans = (f'<span lang="{code}">{escaped(text)}</span>' for code, text in label)
    return f'<p class="withheld">{" ".join(spans)}</p>\n'


def _title(documents: Sequence[Document]) -> list[str]:
    """What a browser writes on the window: codes, and the case where there is one."""
    codes = dict.fromkeys(document.form for document in documents)
    cases = dict.fromkeys(document.sheet.case for document in documents if document.sheet.case)
    return [", ".join(codes), *(list(cases) if len(cases) == 1 else [])]


def _uri(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64," + base64.b64encode(picture).decode("ascii")


def _kept(html: str) -> Any:
    """What a template has made, as it stands."""
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - the sandbox has escaped what stands in it
