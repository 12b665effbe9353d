"""Counting: from the facts of all cases and a period to the tables of a report.

Everybody is counted. What may be broken down outside the office is counted besides, of those alone
who agreed to be reported; how many the others are is a table of its own. An item is counted only
where what decides is known, and the others are said: nothing is left out in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from tipcase.errors import UsageError
from tipcase.law import kleene
from tipcase.law.findings import Text
from tipcase.reports import consents
from tipcase.reports.built import GIVEN, STANDINGS
from tipcase.reports.definition import MeasureDefinition, Report, TableDefinition
from tipcase.reports.derived import expand
from tipcase.reports.dimensions import DimensionDefinition, value_of
from tipcase.reports.entry import meant
from tipcase.reports.packed import Facts
from tipcase.reports.period import Period
from tipcase.reports.tables import Category, Dimension, Frame, Item

_REPORTING = "reporting"
# The items of a table whose own condition is not known, beside those of its measures.
_OF_TABLE = ""

Filters = Mapping[str, frozenset[str]]
# A dimension and a code of it that something has.
Met = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Table:
    """One counted table.

    ``frame`` counts everybody. ``given`` is the same of those who agreed to be reported, and
    ``consent`` has the same measures over everybody by ``reporting`` alone: given, refused,
    not-asked. ``undecided`` says by measure (``""``: of the whole table) how many items were not
    counted, because what decides is not recorded.
    """

    definition: TableDefinition = field(repr=False)
    frame: Frame
    given: Frame
    consent: Frame
    undecided: Mapping[str, int]

    @property
    def id(self) -> str:
        """Its name within the report."""
        return self.definition.id

    @property
    def title(self) -> Text:
        """Its title."""
        return self.definition.title

    @property
    def by(self) -> tuple[str, ...]:
        """What it is broken down by."""
        return tuple(one.id for one in self.frame.dimensions)


@dataclass(frozen=True, eq=False)
class Counted:
    """A report, counted: its tables, and who agreed to what.

    ``by`` is what was asked for, ``where`` are the filters.

    ``left_out`` are the tables that know nothing of what was filtered by.
    """

    definition: Report = field(repr=False)
    period: Period
    as_of: date
    by: tuple[str, ...]
    where: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    left_out: tuple[str, ...]
    reporting: Mapping[str, str] = field(repr=False)

    @property
    def report(self) -> str:
        """The report's name."""
        return self.definition.name

    @property
    def title(self) -> Text:
        """The report's title."""
        return self.definition.title

    @property
    def help(self) -> Text:
        """What the report counts, in a sentence."""
        return self.definition.help

    @property
    def publish(self) -> bool:
        """Whether it may ever leave the office."""
        return self.definition.publish

    @cached_property
    def notes(self) -> tuple[Text, ...]:
        """What the edition has said beside the numbers."""
        said = [self.definition.note, *(table.definition.note for table in self.tables)]
        return tuple(note for note in dict.fromkeys(said) if note.en)


def count(
    report: Report,
    facts: Mapping[str, Mapping[str, Any]],
    period: Period,
    *,
    as_of: date,
    by: Sequence[str] | None = None,
    where: Iterable[tuple[str, str]] = (),
    asked_on: date | None = None,
) -> Counted:
    """Count a report over the facts of cases, by their ids.

    ``asked_on`` is the day on which consents are judged where that is later than ``as_of``: what
    leaves today heeds a no of yesterday, whatever day the numbers are of.

    ``by`` are ids of dimensions (None: what each table is broken down by of itself); a table takes
    those that it has. ``where`` are pairs of a dimension and a code; two of one dimension mean
    either. Raises ``UsageError`` for a dimension or a code that there is none of.
    """
    pairs = tuple(where)
    filters = _filters(report, pairs)
    _known(report, by or ())
    tables = [one for one in report.tables if filters.keys() <= one.dimensions.keys()]
    if not tables:
        raise UsageError("no table of this report has all that it is filtered by", _hint(report))
    counters = [_Counter(table, _breakdown(table, by), filters) for table in tables]
    needed = frozenset[str]().union(*(counter.needs for counter in counters))
    ends = dict(zip(("start", "end"), period.days, strict=True))
    reporting = {}
    if isinstance(facts, Facts) and not any(map(report.facts.is_events, needed)):
        facts = facts.without_events()
    for case, collected in facts.items():
        reporting[case] = consents.standing(collected, max(as_of, asked_on or as_of))
        env = expand(collected, report.facts, period, as_of, needed)
        env |= {"period": ends, "today": as_of.isoformat()}
        if "birth" in env:
            env["profile"] = {"birth": env["birth"]}
        for counter in counters:
            counter.take(case, env)
    _check_codes(tables, filters, frozenset[Met]().union(*(counter.met for counter in counters)))
    standing = _standing_dimension(report)
    return Counted(
        report, period, as_of, tuple(by or ()), pairs,
        tuple(counter.table(reporting, standing) for counter in counters),
        tuple(one.id for one in report.tables if one not in tables), reporting,
    )  # fmt: skip


def _standing_dimension(report: Report) -> Dimension:
    fact = report.facts.facts.get(_REPORTING)
    values = fact.values if fact else {}
    named = tuple(Category(code, values.get(code, Text(code))) for code in STANDINGS)
    return Dimension(_REPORTING, fact.label if fact else Text(_REPORTING), named)


def _hint(report: Report) -> str:
    names = ", ".join(report.dimensions)
    return f"the dimensions are {names}" if names else "this report has no dimensions"


def _known(report: Report, names: Sequence[str]) -> None:
    for name in names:
        if name not in report.dimensions:
            close = meant(name, report.dimensions) if report.dimensions else ""
            hint = close if close.startswith("did") else _hint(report)
            raise UsageError(f"the report {report.name} has no such dimension", hint)
    if len(set(names)) < len(names):
        raise UsageError("a dimension is named twice", _hint(report))


def _filters(report: Report, pairs: Iterable[tuple[str, str]]) -> Filters:
    found: dict[str, set[str]] = {}
    for name, code in pairs:
        _known(report, [name])
        dimension = report.dimensions[name]
        if dimension.closed and not dimension.has(code):
            codes = [category.code for category in dimension.categories]
            raise UsageError(f"{name} has no such value", meant(code, codes))
        found.setdefault(name, set()).add(code)
    return {name: frozenset(codes) for name, codes in found.items()}


def _check_codes(tables: Sequence[TableDefinition], filters: Filters, met: Collection[Met]) -> None:
    """Refuse a filter by a code that neither the definitions nor anything counted knows."""
    for name in sorted({name for name, _ in met}):
        known = [table.dimensions[name] for table in tables]
        for code in filters[name]:
            if (name, code) not in met and not any(one.has(code) for one in known):
                raise UsageError(f"{name} has no such value", f"see them with --by {name}")


def _breakdown(table: TableDefinition, by: Sequence[str] | None) -> tuple[str, ...]:
    return table.by if by is None else tuple(name for name in by if name in table.dimensions)


class _Counter:
    """Counts one table, case after case."""

    def __init__(self, table: TableDefinition, by: tuple[str, ...], filters: Filters) -> None:
        self._table = table
        self._by = [table.dimensions[name] for name in by]
        self._filters = [(table.dimensions[name], codes) for name, codes in filters.items()]
        self._items: list[Item] = []
        self._undecided: Counter[str] = Counter()
        self.met: set[Met] = set()
        self._amounts = [_Amount(one, self._undecided) for one in table.measures]
        self._medians = [at for at, one in enumerate(self._amounts) if one.median]
        self._balance = _balance(table)

    @property
    def needs(self) -> frozenset[str]:
        """The facts that are looked at."""
        dimensions = [*self._by, *(dimension for dimension, _ in self._filters)]
        return self._table.basis.union(*(one.needs for one in dimensions))

    def take(self, case: str, env: dict[str, Any]) -> None:
        """Count one case, or each of its events."""
        if self._table.each is None:
            self._take(case, env)
            return
        for event in env.get(self._table.each) or ():
            env["this"] = event
            self._take(case, env)

    def _take(self, case: str, env: dict[str, Any]) -> None:
        if self._filters and not self._chosen(env):
            return
        if self._table.where is not None:
            holds = self._table.where.truth(env)
            if holds is kleene.UNKNOWN:
                self._undecided[_OF_TABLE] += 1
            if holds is not True:
                return
        amounts = tuple([amount(env) for amount in self._amounts])
        # What adds nothing to any number is no item; to a median a zero does.
        if not any(amounts) and all(amounts[at] is None for at in self._medians):
            return
        self._balanced(amounts)
        self._items.append(Item(case, tuple([one.code(env) for one in self._by]), amounts))

    def _chosen(self, env: Mapping[str, Any]) -> bool:
        """Whether every filter lets it through; all of them are asked, to know what there is."""
        found = [(one.id, one.code(env), codes) for one, codes in self._filters]
        self.met.update((name, code) for name, code, _ in found)
        return all(code in codes for _, code, codes in found)

    def _balanced(self, amounts: tuple[int | None, ...]) -> None:
        for whole, parts in self._balance:
            listed = [(amounts[at], sign) for at, sign in parts]
            if amounts[whole] is None or any(amount is None for amount, _ in listed):
                continue
            if amounts[whole] != sum((amount or 0) * sign for amount, sign in listed):
                raise UsageError(
                    f"the table {self._table.id} does not balance as its balance: says",
                    "mend the report's measures",
                )

    def table(self, reporting: Mapping[str, str], standing: Dimension) -> Table:
        """What was counted."""
        measures = tuple(one.measure for one in self._table.measures)
        given = [one for one in self._items if reporting[one.case] == GIVEN]
        by_consent = [one._replace(codes=(reporting[one.case],)) for one in self._items]
        return Table(
            self._table,
            Frame(_shown(self._by, self._items), measures, tuple(self._items)),
            Frame(_shown(self._by, given), measures, tuple(given)),
            Frame((standing,), measures, tuple(by_consent)),
            dict(self._undecided),
        )


def _balance(table: TableDefinition) -> list[tuple[int, list[tuple[int, int]]]]:
    at = {one.measure.id: place for place, one in enumerate(table.measures)}
    return [
        (at[name], [(at[part], sign) for part, sign in parts.items()])
        for name, parts in table.balance.items()
    ]


def _shown(by: Sequence[DimensionDefinition], items: Sequence[Item]) -> tuple[Dimension, ...]:
    return tuple(
        dimension.shown({item.codes[place] for item in items}) for place, dimension in enumerate(by)
    )


class _Amount:
    """What an item adds to one measure; what cannot be decided is counted apart."""

    def __init__(self, definition: MeasureDefinition, undecided: Counter[str]) -> None:
        self._definition, self._undecided = definition, undecided
        self.median = definition.measure.statistic == "median"
        self._value = value_of(definition.amount) if definition.amount else None

    def __call__(self, env: Mapping[str, Any]) -> int | None:
        """The amount; None where it does not count."""
        where = self._definition.where
        if where is not None:
            holds = where.truth(env)
            if holds is kleene.UNKNOWN:
                self._undecided[self._definition.measure.id] += 1
                return None
            if holds is not True:
                return None if self.median else 0
        if self._value is None:
            return 1
        value = self._value(env)
        if type(value) is int:
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._undecided[self._definition.measure.id] += 1
            return None
        return round(value)


__all__ = ["Counted", "Table", "count"]
