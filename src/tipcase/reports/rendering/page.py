"""A report as one HTML file: font and charts inside, no script, nothing fetched.

Beside each chart stands its table, so that nobody needs to see a picture. The status stands at the
top of the page and at the foot of each printed one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from tipcase.law.findings import Text
from tipcase.reports.rendering import words
from tipcase.reports.rendering.chart import chart
from tipcase.reports.rendering.clean import clean
from tipcase.reports.rendering.layout import (
    Layout,
    Line,
    beside,
    drawn,
    layout,
    origin,
    remarks,
    span,
    status,
)
from tipcase.reports.rendering.printed import Grid, Printed

# More columns than this do not fit on a sheet that stands upright.
_WIDE = 10
_KHMER = re.compile("[\u1780-\u17ff\u19e0-\u19ff]")
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; base-uri 'none';"
    " form-action 'none'"
)
_LOOK = """
@page { size: A4; margin: 15mm 15mm 20mm; @bottom-left { content: STATUS; font: 8pt FONT; }
  @bottom-right { content: counter(page) " / " counter(pages); font: 8pt FONT; } }
@page wide { size: A4 landscape; }
* { box-sizing: border-box; }
html { font: 11pt/1.45 FONT; color: #1a1a1a; background: #fff; }
body { max-width: 190mm; margin: 0 auto; padding: 8mm 5mm; }
h1 { font-size: 1.5em; line-height: 1.35; margin: 0.6em 0 0.1em; }
h2 { font-size: 1.15em; margin: 2em 0 0.5em; }
h1, h2 { break-after: avoid; break-inside: avoid; }
.short { break-inside: avoid; }
.status { font-weight: 700; border: 2px solid; padding: 0.4em 0.8em; margin: 0; }
.internal { color: #8a1010; }
.other { display: block; font-size: 0.88em; font-weight: 400; color: #444; }
th .other { color: inherit; }
table { border-collapse: collapse; width: 100%; margin: 0.6em 0 1em; font-size: 0.92em; }
caption { text-align: left; font-weight: 700; padding: 0.3em 0; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { padding: 0.25em 0.6em; border-bottom: 1px solid #bbb; text-align: left;
  vertical-align: top; }
thead th { border-bottom: 2px solid #555; vertical-align: bottom; }
tbody th { font-weight: 400; }
td, .figures { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.figures { white-space: normal; }
.margin th, .margin td { font-weight: 700; background: #f0f0f0; }
.wide { page: wide; overflow-x: auto; }
.wide table { font-size: 0.8em; }
.wide th, .wide td { padding: 0.25em 0.4em; }
figure { margin: 1em 0; break-inside: avoid; }
figcaption { font-weight: 700; margin-bottom: 0.4em; }
svg { display: block; max-width: 100%; height: auto; overflow: visible; }
svg text { font: 12px FONT; fill: #1a1a1a; }
svg .figure { font-weight: 700; }
.bar { fill: #2b5d8a; }
.hidden { fill: none; stroke: #777; stroke-dasharray: 4 3; }
.remarks { font-size: 0.92em; color: #333; margin-top: 2em; padding-left: 1.2em; }
@media print { body { padding: 0; max-width: none; } .wide { overflow: visible; }
  .bar, .margin th, .margin td { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""


def page(printed: Printed, lang: str) -> str:
    """The report as an HTML document; ``both`` has Khmer first and English below it."""
    body = "\n".join(_body(printed, lang))
    one = "en" if lang == "en" else "km"
    head = "\n".join(_head(printed, lang, khmer=_KHMER.search(body) is not None))
    return f'<!doctype html>\n<html lang="{one}">\n{head}\n{body}\n</html>\n'


def _head(printed: Printed, lang: str, *, khmer: bool) -> Iterator[str]:
    from tipcase import khmer_font

    said = status(printed).get(lang)
    yield '<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="referrer" content="no-referrer">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{_safe(printed.title.get(lang))} – {_safe(said)}</title>"
    yield "<style>"
    if khmer:
        yield (
            f'@font-face {{ font-family: "{khmer_font.FAMILY}"; src: url("{khmer_font.data_uri()}")'
            ' format("truetype"); font-weight: 100 900; font-stretch: 62.5% 100%; }'
        )
    fonts = f'"{khmer_font.FAMILY}", "Noto Sans", "DejaVu Sans", sans-serif'
    yield _LOOK.replace("FONT", fonts).replace("STATUS", f'"{_css(said)}"')
    yield "</style>\n</head>"


def _body(printed: Printed, lang: str) -> Iterator[str]:
    kind = "status internal" if printed.published is None else "status"
    yield "<body>\n<main>"
    yield f'<p class="{kind}">{_said(status(printed), lang)}</p>'
    yield f"<h1>{_said(printed.title, lang)}</h1>"
    yield f"<p>{_said(printed.period, lang)}<br>{_said(span(printed), lang)}</p>"
    if (whose := origin(printed)) is not None:
        yield f"<p>{_said(whose, lang)}</p>"
    for place, grid in enumerate(printed.tables, 1):
        yield from _section(grid, f"t{place}", lang, titled=len(printed.tables) > 1)
    said = [f"<li>{_said(remark, lang)}</li>" for remark in remarks(printed)]
    if said:
        yield f'<ul class="remarks">\n{"".join(said)}\n</ul>'
    yield "</main>\n</body>"


def _section(grid: Grid, name: str, lang: str, *, titled: bool) -> Iterator[str]:
    found = layout(grid)
    yield "<section>"
    if titled:
        yield f"<h2>{_said(grid.title, lang)}</h2>"
    if (picture := drawn(grid)) is not None:
        title, bars = picture
        described = words.BELOW.get(lang)
        seen = " class=unseen" if title == grid.title else ""
        yield f"<figure>\n<figcaption{seen}>{_said(title, lang)}</figcaption>"
        yield chart(title.get(lang), bars, lang, name, described)
        yield "</figure>"
    table = "\n".join(_table(found, grid.title, lang, seen=False))
    yield f"<div class=wide>\n{table}\n</div>" if len(found.heads) > _WIDE else table
    if found.shortened:
        yield f"<p>{_said(words.ZEROES, lang)}</p>"
    if (others := beside(grid)) is not None:
        yield from _table(others, words.WHO_COUNTS, lang, seen=True)
    yield "</section>"


def _table(table: Layout, title: Text, lang: str, *, seen: bool) -> Iterator[str]:
    kinds = ("" if place < table.labels else " class=figures" for place in range(len(table.heads)))
    heads = "".join(
        f'<th scope="col"{kind}>{_said(head, lang)}</th>'
        for kind, head in zip(kinds, table.heads, strict=True)
    )
    # What stands in the head above is repeated for those who hear the page.
    opening = "<table class=short>\n<caption>" if seen else "<table>\n<caption class=unseen>"
    yield f"{opening}{_said(title, lang)}</caption>"
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>"
    yield from (_line(line, lang) for line in table.lines)
    yield "</tbody>\n</table>"


def _line(line: Line, lang: str) -> str:
    heads = "".join(f'<th scope="row">{_said(label, lang)}</th>' for label in line.labels)
    values = "".join(f"<td>{_safe(value)}</td>" for value in line.values)
    return f"<tr{' class=margin' if line.margin else ''}>{heads}{values}</tr>"


def _said(text: Text, lang: str) -> str:
    """The words, in ``both`` the English ones in a line below, each in its own language."""
    if lang == "both" and text.km and text.km != text.en:
        return f'{_safe(text.km)} <span class="other" lang="en">{_safe(text.en)}</span>'
    if lang != "en" and not text.km:
        return f'<span lang="en">{_safe(text.en)}</span>'
    return _safe(text.get(lang))


def _safe(text: str) -> str:
    return escape(clean(text))


def _css(text: str) -> str:
    """The text for the inside of a quoted CSS string."""
    return "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in clean(text))
