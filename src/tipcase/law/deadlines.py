"""The entries of a schedule: data of the edition (``due.yaml``), checked and compiled at load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from tipcase.law.dates import Interval, add_months
from tipcase.law.edition import Edition
from tipcase.law.expressions import Expression, ExpressionError, condition
from tipcase.law.findings import Text
from tipcase.law.merging import UNITS
from tipcase.law.shapes import Shape, Vocabulary
from tipcase.law.source import EditionError, mapping, text_list
from tipcase.law.visits import AGREEMENTS

FILE = "due.yaml"
_KEYS = {
    "id", "of", "each", "date", "every", "per", "after", "where", "when", "done", "provisions",
    "ours", "label", "left_open", "visit",
}  # fmt: skip
_VISITS = ("plan", "day")
_PLANS = {(record, f"{field}.visits[]") for record, field in AGREEMENTS}
# Nobody plans further; a slip such as `years: 10000` would leave the calendar.
_LONGEST = {"years": 50, "months": 600, "days": 20_000}


@dataclass(frozen=True)
class Period:
    """A time by the calendar: so many months, and so many days."""

    months: int
    days: int

    def after(self, days: Interval) -> Interval:
        """The same days, so much later."""
        return Interval(self._moved(days.earliest), self._moved(days.latest))

    def _moved(self, day: date) -> date:
        return add_months(day, self.months) + timedelta(days=self.days)


@dataclass(frozen=True, eq=False)
class Deadline:
    """An entry of the schedule.

    ``items`` is the dotted path of the list whose items hold the date, "" for the record itself.
    With ``every`` it is due again so long after the latest date, and at once where there is none,
    for each value of the field ``per`` where one is named; with ``after`` so long after each date;
    else on the date. where ``where`` is false it is not asked at all; ``when`` says which records
    count, ``done`` which are settled. ``ours`` marks an interval that no source states.
    ``left_open`` is false for what outlives a closing. ``visit`` is ``plan`` for the visits of the
    plan in force (``law/visits.py`` says which stand open), ``day`` for the day of a visit that is
    told elsewhere: a case's visit of one day is listed once.
    """

    id: str
    of_provider: bool
    record: str
    items: str
    date: str
    every: Period | None
    per: str
    after: Period | None
    where: Expression | None
    when: Expression | None
    done: Expression | None
    provisions: tuple[str, ...]
    ours: bool
    label: Text
    left_open: bool = True
    visit: str = ""


@dataclass(frozen=True, eq=False)
class Schedule:
    """All entries in order; ``stops`` says of which case nothing is due any more."""

    deadlines: tuple[Deadline, ...]
    stops: Expression | None


def load_schedule(edition: Edition) -> Schedule:
    """The entries of ``due.yaml``, which ``edition.schedule`` keeps.

    ``EditionError`` where one cannot be right.
    """
    content = edition.source.read(FILE)
    entries = content.get("due") or []
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise edition.source.error(FILE, "due is no list of mappings", near=["due:"])
    names = [entry.get("id") for entry in entries]
    for name in names:
        if not isinstance(name, str) or names.count(name) > 1:
            raise edition.source.error(FILE, "has an entry without an id of its own", near=["due:"])
    stops = content.get("stops")
    return Schedule(
        deadlines=tuple(_deadline(edition, entry) for entry in entries),
        stops=None if stops is None else _stops(edition, stops),
    )


def _stops(edition: Edition, source: object) -> Expression:
    return _condition(edition, "stops", "stops:", source, edition.vocabulary, None)


def _deadline(edition: Edition, entry: Mapping[str, Any]) -> Deadline:
    name = str(entry["id"])

    def wrong(sentence: str, hint: str = "") -> EditionError:
        return edition.source.error(FILE, f"{name}: {sentence}", hint=hint, near=[name])

    for key in entry.keys() - _KEYS:
        raise wrong(f"has a key {key} that means nothing here")
    if entry.get("of") not in ("case", "provider"):
        raise wrong("belongs neither to a case nor to the provider", "write of: case")
    of_provider = entry["of"] == "provider"
    record, _, items = str(entry.get("each", "")).partition(".")
    types = edition.provider_types if of_provider else edition.record_types
    if record not in types:
        raise wrong("names a record type that is not there")
    if edition.record_type(record).restricted and not of_provider:
        raise wrong("is about a restricted record, which no list may show")
    vocabulary = edition.provider_vocabulary if of_provider else edition.vocabulary
    shape = _shape(vocabulary.shape_of(record), items)
    if shape is None or "[]" in items[:-2] or (items and not items.endswith("[]")):
        raise wrong("names a list that the record type does not have", "write each: TYPE.LIST[]")
    day = str(entry.get("date", ""))
    if getattr(_shape(shape, day), "kind", "") != "date":
        raise wrong("has no field of a date", "write date: FIELD")
    if "every" in entry and "after" in entry:
        raise wrong("recurs and stands once at the same time", "leave every or after out")
    per = str(entry.get("per", ""))
    if _shape(shape, per) is None:
        raise wrong(
            "is told apart by a field that is not there", "write per: FIELD, or leave it out"
        )
    label = Text.of(entry.get("label"))
    if not label.en or ("km" in edition.languages and not label.km):
        raise wrong("has no label in both languages", "write label: {en, km}")
    _check_closing_and_visits(entry, (record, items), wrong)
    # Inside an entry, `this` is the record, or the item of its list.
    words = replace(vocabulary, shape_of=lambda other: _this(vocabulary, other, shape))
    return Deadline(
        id=name,
        of_provider=of_provider,
        record=record,
        items=items.removesuffix("[]"),
        date=day,
        every=_period(entry, "every", wrong),
        per=per,
        after=_period(entry, "after", wrong),
        where=_conditioned(edition, entry, "where", vocabulary, None),
        when=_conditioned(edition, entry, "when", words, _THIS),
        done=_conditioned(edition, entry, "done", words, _THIS),
        provisions=text_list(entry.get("provisions")),
        ours=bool(entry.get("ours")),
        label=label,
        left_open=bool(entry.get("left_open", True)),
        visit=str(entry.get("visit", "")),
    )


def _check_closing_and_visits(
    entry: Mapping[str, Any], each: tuple[str, str], wrong: Callable[[str, str], EditionError]
) -> None:
    if "visit" in entry and entry["visit"] not in _VISITS:
        raise wrong("is a visit of no kind", "write visit: plan or visit: day")
    if entry.get("visit") == "plan":
        if each not in _PLANS:
            raise wrong("is no list of agreed visits", "leave visit: plan out")
        if entry.keys() & {"every", "after", "where", "when", "done"}:
            raise wrong("says itself when a visit of the plan stands open", "leave that out")
    if type(entry.get("left_open", True)) is not bool:
        raise wrong("is left open neither way", "write left_open: false, or leave it out")


_THIS = "<this>"


def _this(vocabulary: Vocabulary, name: str, shape: Shape) -> Shape:
    return shape if name == _THIS else vocabulary.shape_of(name)


def _shape(shape: Shape | None, path: str) -> Shape | None:
    """The shape of what stands at a dotted path; ``[]`` after the name of a list is its items."""
    for step in filter(None, path.split(".")):
        shape = shape.child(step.removesuffix("[]")) if shape is not None else None
        if shape is not None and step.endswith("[]"):
            shape = shape.item() if shape.kind == "list" else None
    return shape


def _period(entry: Mapping[str, Any], key: str, wrong: Any) -> Period | None:
    if key not in entry:
        return None
    given = mapping(entry[key])
    plain = {unit: given.get(unit, 0) for unit in UNITS}
    fits = all(type(n) is int and 0 <= n <= _LONGEST[unit] for unit, n in plain.items())
    if not given or set(given) - set(UNITS) or not fits or not any(plain.values()):
        raise wrong(f"has no time under {key}", f"write {key}: {{months: 12}}")
    return Period(12 * plain["years"] + plain["months"], plain["days"])


def _conditioned(
    edition: Edition, entry: Mapping[str, Any], key: str, words: Vocabulary, each: str | None
) -> Expression | None:
    if key not in entry:
        return None
    return _condition(edition, str(entry["id"]), f"{key}:", entry[key], words, each)


def _condition(
    edition: Edition, name: str, key: str, source: object, words: Vocabulary, each: str | None
) -> Expression:
    try:
        if not isinstance(source, str):
            raise ExpressionError("is no expression")
        return condition(source, words, each)
    except ExpressionError as error:
        near = [name, key, source] if isinstance(source, str) else [name]
        raise edition.source.error(
            FILE, f"{name}: {error.sentence}", hint=error.hint, near=near, offset=error.at
        ) from None


__all__ = ["Deadline", "Period", "Schedule", "load_schedule"]
