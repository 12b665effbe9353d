"""Sheets as Markdown: to be read as plain text, and rendered by any tool of CommonMark with tables.

Whatever a person wrote stands in it as text: nothing of it becomes a heading, a list, a link, a
picture, code or HTML. Its line breaks stay, as hard breaks; in a table's cell they become strokes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tipcase.forms import plain, template

if TYPE_CHECKING:
    from tipcase.forms import Document

ENDING = "md.j2"
_GAPS = re.compile(r"[ \t]+(?=\n)|(?<=\n\n)\n+")
_BETWEEN_SHEETS = "\n\n---\n\n"
# What means something wherever it stands, also to the common additions to Markdown: maths, deleted
# words, bare addresses, emoji by name.
_ANYWHERE = re.compile(
    r"[\\`*_\[\]<{}|~$#]|&(?=#?\w+;)|:(?=//|[a-z0-9_+-]+:)|(?<=www)\.", re.IGNORECASE
)
# What means something only as the first thing of a line: a list, a quotation, an underline.
# A link, a picture, or HTML: nobody's text becomes one, so it would be the template's own, and what
# shows the page would fetch it.
_LEADING = re.compile(
    r"(?<!\\)(?:\\\\)*(?:<(?!br\b)[a-z!/?]|\](?:[(:]|\[(?![ x]\])))", re.IGNORECASE
)
_FIRST = re.compile(r"(?=[-+=>:])|(?<=^)(\d{1,9})(?=[.)])")


def write(documents: Sequence[Document], *, citations: bool, folders: Sequence[Path]) -> str:
    """The sheets as one Markdown document, a rule between them.

    ``citations`` prints the provisions beside the lines. Templates come from the first folder that
    has them; the last is the shipped one. Raises TemplateError where a template is at fault.
    """
    sheets = []
    for document in documents:
        name = template.choose(folders, document.form, ENDING)
        values = {**plain.of(document), "citations": citations}
        laid_out = template.render(name, values, folders, escaped, _FILTERS)
        if len(folders) > 1:
            if _LEADING.search(laid_out):
                raise template.fault(name)
            lost = template.unsaid(document, laid_out, _sentence)
            laid_out += "".join(
                "\n\n" + " / ".join(_sentence(text) for _, text in label) for label in lost
            )
        # A blank line of a person's own is a hard break: these are the template's.
        sheets.append(_GAPS.sub("", laid_out).strip())
    return _BETWEEN_SHEETS.join(sheets) + "\n"


def escaped(text: str) -> str:
    """The text so that Markdown prints it as it is; a line break becomes a hard break."""
    lines = [_line(" ".join(line.split())) for line in text.split("\n")]
    return "\\\n".join(lines)


def _line(text: str) -> str:
    first = _FIRST.match(text)
    if first is None:
        return _ANYWHERE.sub(r"\\\g<0>", text)
    return (
        _ANYWHERE.sub(r"\\\g<0>", text[: first.end()])
        + "\\"
        + text[first.end() :][:1]
        + (_ANYWHERE.sub(r"\\\g<0>", text[first.end() + 1 :]))
    )


def _sentence(text: str) -> str:
    return escaped(flat(text))


def flat(text: str) -> str:
    """The text in one line, for a table's cell."""
    return " / ".join(line.strip() for line in text.split("\n") if line.strip())


def _indented(text: Any) -> Any:
    """What stands in a list's item: the lines after the first belong to it too."""
    lines = text.split("\n")
    return type(text)("\n".join([lines[0], *(f"  {line}" if line else "" for line in lines[1:])]))


_FILTERS = (("flat", flat), ("indented", _indented))
