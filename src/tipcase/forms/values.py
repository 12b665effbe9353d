"""A record's value as it stands on a sheet: text, ticks, a table, an honest unknown, or a gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tipcase.forms.fields import Field
from tipcase.forms.language import Label, Language
from tipcase.forms.text import clean

# What is left free for a pen: ruled lines for a long text, rows for a table.
LINES, ROWS = 4, 3
# A narrow cell holds no more boxes than this; a longer choice is written out by hand.
_MOST_IN_CELL = 9
# Longer text leaves the label's row and flows over the page's whole width.
_LONGEST_IN_ROW = 220
_TICKED = frozenset({"choice", "choices", "yes-no"})


@dataclass(frozen=True, repr=False)
class Tick:
    """One option with its box."""

    label: Label
    on: bool


@dataclass(frozen=True)
class Part:
    """A named value inside another: a field of a group, or a cell of a table."""

    label: Label
    value: Value


@dataclass(frozen=True, repr=False)
class Value:
    """A value ready to print.

    ``kind`` says which of the others holds it: words (the tool's words, by language), text (a
    person's), ticks, items (a list of texts), table (columns and rows), group (parts), unknown
    (words, and a reason in text), say (the form's own words), blank (``lines`` ruled lines),
    blank-date (``gaps``: the words before each).
    ``wide`` asks for the page's whole width. ``filled`` is false for what a pen must still fill.
    """

    kind: str
    filled: bool = True
    wide: bool = False
    words: Label = ()
    text: str = ""
    ticks: tuple[Tick, ...] = ()
    items: tuple[str, ...] = ()
    columns: tuple[Label, ...] = ()
    rows: tuple[tuple[Value, ...], ...] = ()
    parts: tuple[Part, ...] = ()
    lines: int = 0
    gaps: tuple[Label, ...] = ()


def lookup(data: Any, path: str) -> Any:
    """What stands at the dotted path; None when nothing does, or an unknown covers it."""
    for name in path.split("."):
        if not isinstance(data, Mapping) or is_unknown(data):
            return data if isinstance(data, Mapping) else None
        data = data.get(name)
    return data


def is_unknown(value: Any) -> bool:
    """Whether the value is an honest unknown: asked or not, but without an answer."""
    return isinstance(value, Mapping) and isinstance(value.get("unknown"), str)


def value(
    field: Field,
    found: Any,
    language: Language,
    *,
    show: str = "auto",
    columns: Sequence[Field] = (),
    short: bool = False,
    withheld: bool = False,
) -> Value:
    """The value of a field, ready to print.

    ``short`` is for a table's cell; ``columns`` picks a table's columns; ``withheld`` leaves out
    restricted fields inside a group or a table.
    """
    if is_unknown(found):
        return _unknown(found, language)
    inner = tuple(f for f in (columns or field.inner) if not (withheld and f.restricted))
    if field.kind == "table" and (found is None or isinstance(found, list)):
        return _table(field, inner, found, language, withheld)
    if field.kind == "group" and (found is None or isinstance(found, Mapping)):
        return _group(inner, found, language, short, withheld)
    empty = found is None or found in ("", [])
    # A choice that prints as a line when it is made still needs its boxes for a pen.
    if field.kind in _TICKED and not short and (empty or show != "line"):
        return _ticks(field, None if empty else found, language)
    if empty:
        return blank(field, language, show=show, short=short)
    return _written(field, found, language, short)


def age(birth: Any, day: str, language: Language) -> Value:
    """How old somebody is on a day, as surely as the profile's ``birth`` says.

    Ages are whole years by the calendar; several readings of a birth give a span of years.
    """
    from tipcase.law import dates

    if is_unknown(birth):
        return _unknown(birth, language)
    readings = dates.birth_intervals(birth) or ()
    spans = [dates.age_on(end, day) for one in readings for end in (one.earliest, one.latest)]
    years = [year for span in spans if span is not None for year in span]
    if not years or min(years) < 0:
        return Value("blank", filled=False, lines=1)
    low, high = min(years), max(years)
    pattern = language.word("years" if low == high else "years_between")
    figures = (low,) if low == high else (low, high)
    return Value(
        "words",
        words=tuple(
            (code, text.format(*(language.calendars[code].number(str(one)) for one in figures)))
            for code, text in pattern
        ),
    )


def blank(field: Field, language: Language, *, show: str = "auto", short: bool = False) -> Value:
    """A gap of the right size for a pen."""
    if short:
        return Value("blank", filled=False)
    if field.kind == "date" and show == "auto":
        return Value("blank-date", filled=False, gaps=language.gaps())
    long = field.kind == "text" and show != "line"
    return Value("blank", filled=False, wide=long, lines=LINES if long else 1)


def _unknown(found: Mapping[str, Any], language: Language) -> Value:
    known = language.words["unknown"]
    kind = found["unknown"]
    words = language.label(known[kind]) if kind in known else ()
    return Value("unknown", words=words, text=clean(str(found.get("why", "") or "")))


def _written(field: Field, found: Any, language: Language, short: bool) -> Value:
    options = field.values
    if field.kind == "yes-no" and isinstance(found, bool):
        return Value("words", words=language.word("yes" if found else "no"))
    if isinstance(found, str) and options.get(found):
        return Value("words", words=language.label(options[found]))
    if field.kind == "choices" and isinstance(found, list):
        ticks = [Tick(_option(field, str(item), language), True) for item in found]
        return Value("ticks", ticks=tuple(ticks))
    if field.kind == "date":
        written = language.date(str(found), short=short)
        if written is not None:
            return Value("words", words=written)
    if field.kind == "country" and found in language.words["countries"]:
        return Value("words", words=language.word("countries", str(found)))
    if isinstance(found, int) and not isinstance(found, bool):
        return Value("text", text=language.number(str(found)))
    if isinstance(found, list):
        return Value("items", items=tuple(_item(item, language) for item in found))
    text = clean(str(found))
    return Value("text", text=text, wide=len(text) > _LONGEST_IN_ROW or text.count("\n") > 2)


def _item(item: Any, language: Language) -> str:
    if is_unknown(item):
        unknown = _unknown(item, language)
        return " · ".join([*(text for _, text in unknown.words), unknown.text]).strip(" ·")
    return clean(str(item))


def _option(field: Field, option: str, language: Language) -> Label:
    words = field.values.get(option)
    return language.label(words) if words else ((language.codes[-1], clean(option)),)


def _ticks(field: Field, found: Any, language: Language) -> Value:
    if field.kind == "yes-no":
        options = {word: language.word(word) for word in ("yes", "no")}
        chosen = [{True: "yes", False: "no"}.get(found, found)]
    else:
        options = {option: _option(field, option, language) for option in field.values}
        chosen = found if isinstance(found, list) else [found]
    ticks = [Tick(label, option in chosen) for option, label in options.items()]
    strays = [str(one) for one in chosen if one is not None and one not in options]
    ticks += [Tick(_option(field, stray, language), True) for stray in strays]
    wide = sum(len(text) for tick in ticks for _, text in tick.label) > _LONGEST_IN_ROW
    return Value("ticks", filled=any(t.on for t in ticks), ticks=tuple(ticks), wide=wide)


def _group(
    inner: Sequence[Field], found: Any, language: Language, short: bool, withheld: bool
) -> Value:
    data = found if isinstance(found, Mapping) else {}
    parts = tuple(
        Part(
            language.label(part.label),
            value(part, data.get(part.name), language, short=short, withheld=withheld),
        )
        for part in inner
    )
    if short:
        parts = tuple(part for part in parts if part.value.filled)
    return Value("group", filled=bool(data), wide=True, parts=parts)


def _table(
    field: Field,
    columns: Sequence[Field],
    found: Any,
    language: Language,
    withheld: bool,
) -> Value:
    items = [item for item in found if isinstance(item, Mapping)] if found else []
    return table(
        [language.label(column.label) for column in columns],
        [
            tuple(
                value(
                    column,
                    lookup(item, column.path.removeprefix(field.path + ".")),
                    language,
                    short=True,
                    withheld=withheld,
                )
                for column in columns
            )
            for item in items
        ],
        [_cell_for_a_pen(column, language) for column in columns],
    )


def _cell_for_a_pen(column: Field, language: Language) -> Value:
    if column.kind in _TICKED and len(column.values) <= _MOST_IN_CELL:
        return _ticks(column, None, language)
    return blank(column, language, short=True)


def table(
    columns: Sequence[Label], rows: Sequence[tuple[Value, ...]], empty: Sequence[Value] = ()
) -> Value:
    """A table; with no rows of its own it has some like ``empty``, or bare ones, for a pen."""
    bare = tuple(empty) or tuple(Value("blank", filled=False) for _ in columns)
    filled = rows or [bare] * ROWS
    return Value("table", filled=bool(rows), wide=True, columns=tuple(columns), rows=tuple(filled))
