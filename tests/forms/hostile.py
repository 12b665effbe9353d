"""Texts that people write, by accident or to break a sheet, and cases full of one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from tipcase import forms
from tipcase.forms.definition import Line
from tipcase.forms.fields import Field
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition

UNSPACED = "ជនរងគ្រោះបានត្រឡប់ទៅផ្ទះវិញដោយសុវត្ថិភាព"
TEXTS: Mapping[str, str] = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)><b>bold</b>",
    "end of the style": '</style></title></head>"><b>',
    "comment": "<!-- --> <![CDATA[ ]]> -->",
    "attribute": "\" onclick='x' data-x=\"",
    "entity": "&lt;b&gt; &amp;amp; &#x41; &nbsp;",
    "jinja": "{{ 7 * 7 }}{% raw %}{{ config }}{% endraw %}{# gone #}",
    "format": "{0.__class__} %s %(x)s {} ${HOME}",
    "typst": '#panic() #import "x.typ": * #let x = read("/etc/passwd") #[a] @label <label>',
    "typst marks": "$x$ *strong* _emph_ `raw` ```x``` = head / term: x + item ~ -- --- \\ \\u{41}",
    "markdown": "# head\n- item\n1. one\n> quote\n---\n| a | b |\n```\ncode\n```\n    four",
    "markdown inline": "*a* _b_ ~~c~~ `d` [e](http://x.example) ![f](g) <http://h.example> \\* [x]",
    "autolink": "www.example.org https://example.org a@example.org",
    "css": '"; } * { display: none } a::after { content: "',
    "json": '"}], "x": {"y": null, \\" \\n',
    "right to left": "שלום مرحبا (123)",
    "bidi": "\u202eabc\u202c \u2066d\u2069 \u200f1-2\u200e \u061c",
    "emoji": "👩\u200d👧\u200d👦 🇰🇭 ✂️ 👍🏽",
    "controls": "a\x00b\x07c\x1b[31md\x7fe\x9bf\x85g\u2028h\u2029i\tj\r\nk\rl",
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f",
    "surrogate": "a\ud800b\udfffc\ufffed",
    "combining": "e" + "\u0301" * 60 + " ក" + "្ក" * 30,
    "other scripts": "ภาษาไทย ລາວ 汉字 かな 한글 Tiếng Việt မြန်မာ বাংলা",
    "unspaced khmer": UNSPACED * 20,
    "digits": "០១២ 012 ٠١٢ ½ ²",
    "blank": " \u00a0\u3000\t ",
    "many lines": "one\ntwo\n\nthree\n" * 20,
    "one word": "x" * 3_000,
    # In every place at once; the longest is tried in one place (test_pdf, test_print).
    "very long": ("ជនរងគ្រោះ said that she went home. " * 700)[:6_000],
    "very long unspaced": (UNSPACED * 600)[:6_000],
    "none": "None",
    "undefined": "Undefined",
}
_PIECES = [text for text in TEXTS.values() if len(text) < 500]
_SIGNS = "#$*_`~=<>&\"'{}[]()\\|/%@!-+.:;^\n\t \u200b\u200d\u202e\ufeff\x00\x1b\ud800ក្កាំ១אبé👍🏽"
_TEXT_KINDS = frozenset({"text", "line", "phone", "place"})


def people_texts(*, longest: int = 400) -> st.SearchStrategy[str]:
    """Anything that can stand in a record as a text."""
    return st.one_of(
        st.sampled_from(_PIECES),
        st.text(st.sampled_from(_SIGNS), min_size=1, max_size=60),
        st.text(st.characters(), min_size=1, max_size=60),
        st.lists(st.sampled_from(_PIECES), min_size=2, max_size=4).map("".join),
    ).map(lambda text: text[:longest])


def hostile_dossier(edition: Edition, code: str, text: str) -> Dossier:
    """A case with the text in every text field that a form prints, also inside lists and tables."""
    form = forms.form(edition, code)
    data: dict[str, dict[str, Any]] = {}
    for section in form.sections:
        for line in section.lines:
            for holder, field, columns in _shown(line):
                _put(data.setdefault(holder, {}), field, columns, text)
    repeats = {name: edition.record_type(name).repeats for name in data}
    records = [
        Record(name, "hstl2345" if repeats[name] else None, found) for name, found in data.items()
    ]
    if form.leaves:
        records += [*_consents(edition, text)]
    return Dossier("K7Q2-M9TX", "2026-01-05", "closure", records=tuple(records))


def _consents(edition: Edition, receiver: str) -> Iterator[Record]:
    """A consent to share all that there is with a receiver, one of each subject."""
    said = edition.forms_data["sharing"]
    fields = edition.record_type(said["record"]).fields
    kinds = [kind for field in fields if field.path == said["kinds"] for kind in field.values]
    for number, subject in enumerate(said["subject"]["covers"], 2):
        data = {
            said["asked"]: "2026-01-06",
            said["subject"]["field"]: subject,
            said["answer"]["field"]: said["answer"]["given"],
            said["with"]: [receiver],
            said["kinds"]: kinds,
        }
        yield Record(said["record"], f"cnsent{number}a", data)


def _shown(line: Line) -> list[tuple[str, Field, tuple[Field, ...]]]:
    if line.field is not None:
        return [(line.field.record, line.field, line.columns)]
    found = [(kind, kind.at(column.path)) for kind in line.log for column in line.columns]
    return [(kind.record, field, ()) for kind, field in found if field is not None]


def _put(data: dict[str, Any], field: Field, columns: tuple[Field, ...], text: str) -> None:
    *above, last = field.path.split(".")
    place: Any = data
    for name in above:
        # What stands there already may be a table, which another line has filled.
        place = place.setdefault(name, {}) if isinstance(place, dict) else None
    made = _made(field, columns, text)
    if made is not None and isinstance(place, dict):
        place.setdefault(last, made)


def _made(field: Field, columns: tuple[Field, ...], text: str) -> Any:
    if field.kind in _TEXT_KINDS:
        return text
    if field.kind == "list":
        return [text]
    if field.kind not in ("group", "table"):
        return None
    item: dict[str, Any] = {}
    for inner in columns or field.inner:
        path = inner.path.removeprefix(field.path + ".").split(".")
        made, place = _made(inner, (), text), item
        for name in path[:-1]:
            place = place.setdefault(name, {})
        if made is not None:
            place[path[-1]] = made
    if not item:
        return None
    return [{"id": "hstl2345", **item}] if field.kind == "table" else item
