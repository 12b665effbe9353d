"""A bar chart as SVG: no script, nothing fetched, no colour that carries meaning.

Labels stand above their bars, not beside them: nobody knows how wide a line of Khmer becomes.
What is hidden has a dashed frame of the full width and its mark: its length tells nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from tipcase.law.findings import Text
from tipcase.reports.rendering.clean import clean
from tipcase.reports.rendering.printed import written
from tipcase.reports.tables import Shown

# In the user units of the drawing, which are pixels where it is shown in full size.
_WIDE, _BAR, _LETTER, _GAP = 640, 14, 17, 10
# Room for the figure behind the longest bar.
_FIGURE = 70


def chart(
    title: str, bars: Sequence[tuple[Text, Shown]], lang: str, name: str, described: str
) -> str:
    """The chart; ``name`` is its id in the page, ``described`` what a screen reader says of it."""
    longest = max((value for _, value in bars if isinstance(value, int | float)), default=0)
    parts: list[str] = []
    y = 0
    for label, value in bars:
        for text in _labels(label, lang):
            y += _LETTER
            parts.append(f'<text x="0" y="{y - 4}" class="label">{_safe(text)}</text>')
        parts += _bar(value, longest, y)
        y += _BAR + _GAP
    return (
        f'<svg viewBox="0 0 {_WIDE} {y}" width="{_WIDE}" height="{y}" role="img"'
        f' aria-labelledby="{name}-title {name}-desc" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{name}-title">{_safe(title)}</title>'
        f'<desc id="{name}-desc">{_safe(described)}</desc>{"".join(parts)}</svg>'
    )


def _bar(value: Shown, longest: float, y: int) -> Iterator[str]:
    room = _WIDE - _FIGURE
    if isinstance(value, int | float):
        width = max(1, round(room * value / longest)) if longest > 0 and value > 0 else 1
        yield f'<rect x="0" y="{y}" width="{width}" height="{_BAR}" class="bar"/>'
    else:
        width = room
        yield f'<rect x="0.5" y="{y + 0.5}" width="{room}" height="{_BAR - 1}" class="hidden"/>'
    yield f'<text x="{width + 6}" y="{y + _BAR - 3}" class="figure">{_safe(written(value))}</text>'


def _labels(label: Text, lang: str) -> tuple[str, ...]:
    if lang == "both" and label.km and label.km != label.en:
        return label.km, label.en
    return (label.get(lang),)


def _safe(text: str) -> str:
    return escape(clean(text))
