"""A record's value as it stands on a sheet: text, ticks, a table, an honest unknown, or a gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tipcase.forms import places
from tipcase.forms.disputes import Disputes, below
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
    blank-date (``gaps``: the words before each), place (the code in text, its names in words),
    picture (``picture`` holds a JPEG or PNG file; an empty one is a frame to glue one in; ``width``
    and ``height`` in millimetres; words, where it cannot be shown).
    ``wide`` asks for the page's whole width. ``filled`` is false for what a pen must still fill.
    ``disputed`` says that two people wrote it differently and nobody has chosen yet.
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
    disputed: bool = False
    picture: bytes = b""
    width: int = 0
    height: int = 0


def lookup(data: Any, path: str) -> Any:
    """What stands at the dotted path; None when nothing does, or an unknown covers it."""
    for name in path.split("."):
        if not isinstance(data, dict) or is_unknown(data):
            return data if isinstance(data, dict) else None
        data = data.get(name)
    return data


def is_unknown(value: Any) -> bool:
    """Whether the value is an honest unknown: asked or not, but without an answer."""
    return isinstance(value, dict) and isinstance(value.get("unknown"), str)


def unexplained(found: Any) -> Any:
    """The same data, its honest unknowns without their reasons."""
    if isinstance(found, list):
        return [unexplained(item) for item in found]
    if is_unknown(found):
        return {"unknown": found["unknown"]}
    if isinstance(found, dict):
        return {name: unexplained(item) for name, item in found.items()}
    return found


def value(
    field: Field,
    found: Any,
    language: Language,
    *,
    show: str = "auto",
    columns: Sequence[Field] = (),
    short: bool = False,
    withheld: bool = False,
    open_: Disputes = (),
) -> Value:
    """The value of a field, ready to print.

    ``short`` is for a table's cell; ``columns`` picks a table's columns; ``withheld`` leaves out
    restricted fields inside a group or a table; ``open_`` are the conflicts at the field.
    """
    if field.inner and not is_unknown(found):
        inner = tuple(f for f in (columns or field.inner) if not (withheld and f.restricted))
        if field.kind == "table" and (found is None or isinstance(found, list)):
            return _table(field, inner, found, language, withheld, open_)
        if field.kind == "group" and (found is None or isinstance(found, Mapping)):
            return _group(inner, found, language, short, withheld, open_)
    plain = _plain(field, found, language, show, short)
    return replace(plain, disputed=True) if open_ else plain


def _plain(field: Field, found: Any, language: Language, show: str, short: bool) -> Value:
    """A value that holds no others."""
    if is_unknown(found):
        return _unknown(found, language)
    empty = found is None or found in ("", [])
    # A choice that prints as a line when it is made still needs its boxes for a pen.
    if field.kind in _TICKED and not short and (empty or show != "line"):
        return _ticks(field, None if empty else found, language)
    if empty:
        return blank(field, language, show=show, short=short)
    return _written(field, found, language, short)


def age(birth: Any, day: str, language: Language, *, disputed: bool = False) -> Value:
    """How old somebody is on a day, as surely as the profile's ``birth`` says.

    Ages are whole years by the calendar; several readings of a birth give a span of years.
    """
    from tipcase.law import dates

    if is_unknown(birth):
        return replace(_unknown(birth, language), disputed=disputed)
    readings = dates.birth_intervals(birth) or ()
    spans = [dates.age_on(end, day) for one in readings for end in (one.earliest, one.latest)]
    years = [year for span in spans if span is not None for year in span]
    if not years or min(years) < 0:
        return Value("blank", filled=False, lines=1, disputed=disputed)
    low, high = min(years), max(years)
    pattern = language.word("years" if low == high else "years_between")
    figures = (low,) if low == high else (low, high)
    return Value(
        "words",
        words=tuple(
            (code, text.format(*(language.calendars[code].number(str(one)) for one in figures)))
            for code, text in pattern
        ),
        disputed=disputed,
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
        ticks = [Tick(_option(field, item, language), True) for item in found]
        return Value("ticks", ticks=tuple(ticks))
    if field.kind == "date":
        written = language.date(str(found), short=short)
        if written is not None:
            return Value("words", words=written)
    if field.kind == "country" and str(found) in language.words["countries"]:
        return Value("words", words=language.word("countries", str(found)))
    if field.kind == "place" and isinstance(found, str):
        names = places.names(found)
        return Value("place", text=clean(found), words=language.chosen(names) if names else ())
    if isinstance(found, int | float) and not isinstance(found, bool):
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


def _option(field: Field, option: Any, language: Language) -> Label:
    words = field.values.get(option) if isinstance(option, str) else None
    return language.label(words) if words else ((language.codes[-1], _item(option, language)),)


def _ticks(field: Field, found: Any, language: Language) -> Value:
    if field.kind == "yes-no":
        options = {word: language.word(word) for word in ("yes", "no")}
        found = {True: "yes", False: "no"}[found] if isinstance(found, bool) else found
    else:
        options = {option: language.label(words) for option, words in field.values.items()}
    chosen = found if isinstance(found, list) else [] if found is None else [found]
    ticks = [Tick(label, option in chosen) for option, label in options.items()]
    # What is no option (any more) is ticked all the same, in the words that somebody wrote.
    strays = [one for one in chosen if not isinstance(one, str) or one not in options]
    ticks += [Tick(((language.codes[-1], _item(one, language)),), True) for one in strays]
    length = 0
    for tick in ticks:
        for _, text in tick.label:
            length += len(text)
    wide = length > _LONGEST_IN_ROW
    return Value("ticks", filled=any(t.on for t in ticks), ticks=tuple(ticks), wide=wide)


def _group(
    inner: Sequence[Field],
    found: Any,
    language: Language,
    short: bool,
    withheld: bool,
    open_: Disputes,
) -> Value:
    data = found if isinstance(found, Mapping) else {}
    parts = tuple(
        Part(
            language.label(part.label),
            value(
                part,
                data.get(part.name),
                language,
                short=short,
                withheld=withheld,
                open_=below(open_, part.name),
            ),
        )
        for part in inner
    )
    if short:
        parts = tuple(part for part in parts if part.value.filled)
    return Value("group", filled=bool(data), wide=True, parts=parts, disputed=() in open_)


def _table(
    field: Field,
    columns: Sequence[Field],
    found: Any,
    language: Language,
    withheld: bool,
    open_: Disputes,
) -> Value:
    items = [item for item in found if isinstance(item, Mapping)] if found else []
    paths = [column.path.removeprefix(field.path + ".") for column in columns]
    drawn = table(
        [language.label(column.label) for column in columns],
        [
            tuple(
                value(
                    column,
                    lookup(item, path),
                    language,
                    short=True,
                    withheld=withheld,
                    open_=below(open_, str(item.get("id")), *path.split(".")),
                )
                for column, path in zip(columns, paths, strict=True)
            )
            for item in items
        ],
        [_cell_for_a_pen(column, language) for column in columns],
    )
    # Whether an item is in the list at all may be what is disputed.
    ids = {str(item.get("id")) for item in items}
    whole = any(not path or path[0] not in ids for path in open_)
    return replace(drawn, disputed=True) if whole else drawn


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
