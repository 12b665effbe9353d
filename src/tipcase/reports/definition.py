"""Reports as an edition defines them: their tables, measures and dimensions, read and compiled.

``reports/NAME.yaml`` holds one report. Its expressions are those of rules, over the facts of a case
instead of its records; each is checked when the report is read, so that a name that nothing is
called is found then, with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tipcase.errors import NotFoundError
from tipcase.law.edition import Edition
from tipcase.law.expressions import Expression
from tipcase.law.findings import Text
from tipcase.law.shapes import Vocabulary
from tipcase.law.source import EditionError
from tipcase.reports.dimensions import DimensionDefinition, DimensionReader, needed
from tipcase.reports.entry import Entry, meant
from tipcase.reports.facts import FactsDefinition
from tipcase.reports.tables import Measure, Statistic

CASES = "cases"
_TOP = ("title", "help", "note", "publish", "dimensions", "tables")
_TABLE = ("id", "title", "note", "each", "where", "measures", "dimensions", "by", "balance")
_MEASURE = ("id", "label", "where", "amount", "statistic", "unit")
_STATISTICS: Mapping[str, Statistic] = {"sum": "sum", "persons": "persons", "median": "median"}
_REPORT = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
# What the columns of an output are called: no dimension or measure can be.
RESERVED = frozenset({
    "report", "title", "status", "internal", "period", "population", "table", "from", "to", "by",
    "measures", "rows", "totals", "tables", "beside", "notes", "not_open", "unread", "k", "mark",
    "marks", "hidden", "rounding", "incomplete", "left_out", "where",
})  # fmt: skip
# Beside the column of a dimension stands one with its labels.
_LABELS = "_label"


@dataclass(frozen=True, eq=False)
class MeasureDefinition:
    """One measure: what it counts, of which items (``where``), how much of each (``amount``)."""

    measure: Measure
    where: Expression | None = field(repr=False)
    amount: Expression | None = field(repr=False)


@dataclass(frozen=True, eq=False)
class TableDefinition:
    """One table of a report; ``each`` is the events fact that it counts, None for cases.

    ``basis`` are the ids of the facts that its measures and conditions look at; ``balance`` says of
    a measure which others make it up, each with 1 or -1.
    """

    id: str
    title: Text
    note: Text
    each: str | None
    where: Expression | None = field(repr=False)
    measures: tuple[MeasureDefinition, ...]
    dimensions: Mapping[str, DimensionDefinition]
    by: tuple[str, ...]
    balance: Mapping[str, Mapping[str, int]]
    basis: frozenset[str]

    @property
    def needs(self) -> frozenset[str]:
        """The ids of all facts that anything of it looks at, each of its dimensions too."""
        return self.basis.union(*(one.needs for one in self.dimensions.values()))


@dataclass(frozen=True, eq=False)
class Report:
    """A report: what it is called, and its tables; one with ``publish`` false never leaves."""

    name: str
    title: Text
    help: Text
    note: Text
    publish: bool
    tables: tuple[TableDefinition, ...]
    facts: FactsDefinition = field(repr=False)

    @cached_property
    def dimensions(self) -> Mapping[str, DimensionDefinition]:
        """Every dimension that some table takes, by its id."""
        return {name: one for table in self.tables for name, one in table.dimensions.items()}


@dataclass(frozen=True, eq=False)
class ReportBook:
    """The reports of an edition; each is read when it is asked for."""

    edition: Edition = field(repr=False)
    facts: FactsDefinition = field(repr=False)

    @classmethod
    def of(cls, edition: Edition, *, checked: bool = True) -> ReportBook:
        """The reports of an edition with its facts, all of them ``checked`` or not."""
        return cls(edition, FactsDefinition.of(edition, checked=checked))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the reports."""
        return self.edition.reports

    def get(self, name: str) -> Report:
        """The report called ``name``; ``NotFoundError`` if there is none."""
        if name not in self.names:
            hint = meant(name, self.names) if self.names else "tipcase report"
            raise NotFoundError("there is no such report", hint)
        return read(self.facts, name, Entry.top(self.edition, f"reports/{name}.yaml"))

    def heads(self) -> Iterator[tuple[str, Text, Text]]:
        """Name, title and help of every report, without compiling any."""
        for name in self.names:
            top = Entry.top(self.edition, f"reports/{name}.yaml")
            yield name, Text.of(top.node.get("title")), Text.of(top.node.get("help"))


def read(facts: FactsDefinition, name: str, top: Entry) -> Report:
    """The report that stands in an entry, also of another file, such as what an export counts."""
    return _ReportReader(facts, name, top).report()


def faults(edition: Edition) -> Iterator[EditionError]:
    """What is wrong with the facts and with any report of an edition, one fault of each."""
    try:
        book = ReportBook.of(edition)
    except EditionError as error:
        yield error
        return
    for name in book.names:
        try:
            book.get(name)
        except EditionError as error:
            yield error


class _ReportReader:
    """Reads one report."""

    def __init__(self, facts: FactsDefinition, name: str, top: Entry) -> None:
        self.facts, self.name, self.top = facts, name, top
        if _REPORT.fullmatch(name) is None:
            raise self.top.fault("no report can be named as this file is", "use small letters")

    def report(self) -> Report:
        """The whole report."""
        self.top.only(*_TOP)
        tables = tuple(self._table(entry) for entry in self.top.entries("tables"))
        if not tables or len({table.id for table in tables}) < len(tables):
            raise self.top.fault("has no tables, or two of one id")
        publish = self.top.flag("publish", True)
        if publish:
            self._refuse_internal(tables)
        return Report(
            self.name,
            self.top.words("title"),
            self.top.words("help"),
            Text.of(self.top.node.get("note")),
            publish,
            tables,
            self.facts,
        )

    def _refuse_internal(self, tables: Sequence[TableDefinition]) -> None:
        """What is about staff never leaves the office."""
        for name in sorted(frozenset[str]().union(*(table.needs for table in tables))):
            if self.facts.facts[name].internal:
                sentence = f"counts {name}, which never leaves the office"
                raise self.top.fault(sentence, "write publish: false", at="tables")

    def _table(self, entry: Entry) -> TableDefinition:
        entry.only(*_TABLE)
        each = self._each(entry)
        names = self.facts.vocabulary
        where = entry.condition("where", names, each) if "where" in entry.node else None
        measures = tuple(self._measure(one, each) for one in entry.entries("measures"))
        dimensions = self._dimensions(entry, each)
        self._named_apart(entry, [one.measure.id for one in measures], dimensions)
        by = entry.names("by")
        for name in by:
            if name not in dimensions:
                raise entry.fault(f"by: names no dimension of the table: {name}", at="by")
        return TableDefinition(
            entry.id,
            entry.words("title") if "title" in entry.node else self.top.words("title"),
            Text.of(entry.node.get("note")),
            each,
            where,
            measures,
            dimensions,
            by,
            self._balance(entry, {one.measure.id for one in measures}),
            self._needs(each, where, measures),
        )

    def _each(self, entry: Entry) -> str | None:
        each = entry.word("each", CASES)
        if each == CASES:
            return None
        facts = self.facts.facts
        if each in facts and facts[each].kind == "events":
            return each
        events = [name for name, fact in facts.items() if fact.kind == "events"]
        return entry.one_of("each", [CASES, *events])

    def _measure(self, entry: Entry, each: str | None) -> MeasureDefinition:
        entry.only(*_MEASURE)
        statistic = _STATISTICS[entry.one_of("statistic", _STATISTICS, "sum")]
        names: Vocabulary = self.facts.vocabulary
        amount = entry.expression("amount", names, each) if "amount" in entry.node else None
        if amount is not None and amount.shape.kind not in ("number", "any"):
            raise entry.fault("amount is no number", at="amount")
        if statistic == "median" and amount is None:
            raise entry.fault("a median is of an amount", "write amount:")
        if entry.id in RESERVED or entry.id.endswith(_LABELS):
            raise entry.fault(f"no measure can be called {entry.id}", at="id")
        where = entry.condition("where", names, each) if "where" in entry.node else None
        unit = entry.word("unit", each or CASES)
        measure = Measure(entry.id, entry.words("label"), statistic, unit)
        return MeasureDefinition(measure, where, amount)

    def _dimensions(self, entry: Entry, each: str | None) -> dict[str, DimensionDefinition]:
        reader = DimensionReader(self.facts, each)
        own = {one.id: one for one in self.top.entries("dimensions")}
        found: dict[str, DimensionDefinition] = {}
        for at, item in enumerate(entry.listed("dimensions")):
            if isinstance(item, str):
                one = reader.read(own[item]) if item in own else reader.named(item, entry)
            elif isinstance(item, dict):
                steps = (*entry.steps, "dimensions", item.get("id", at))
                one = reader.read(Entry(entry.edition, entry.file, steps, item))
            else:
                raise entry.fault("a dimension is a name or a mapping", at="dimensions")
            if one.id in found:
                raise entry.fault(f"names the dimension {one.id} twice", at="dimensions")
            found[one.id] = one
        return found

    def _named_apart(
        self, entry: Entry, measures: list[str], dimensions: Mapping[str, DimensionDefinition]
    ) -> None:
        if not measures:
            raise entry.fault("counts nothing", "write measures:")
        names = [*measures, *dimensions]
        for name in names:
            if names.count(name) > 1 or name in RESERVED or name.endswith(_LABELS):
                sentence = f"{name} is taken: measures and dimensions have names of their own"
                raise entry.fault(sentence, at="measures")

    def _balance(self, entry: Entry, measures: set[str]) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        balance = entry.under("balance")
        for name in balance.node:
            parts = {part.removeprefix("-"): -1 if part[:1] == "-" else 1
                     for part in balance.names(name)}  # fmt: skip
            for one in (name, *parts):
                if one not in measures:
                    raise balance.fault(f"{one} is no measure of the table", at=name)
            found[name] = parts
        return found

    def _needs(
        self,
        each: str | None,
        where: Expression | None,
        measures: tuple[MeasureDefinition, ...],
    ) -> frozenset[str]:
        parts = [where, *(part for one in measures for part in (one.where, one.amount))]
        found = needed((part.source for part in parts if part), self.facts)
        return found | {each} if each else found


__all__ = [
    "CASES",
    "RESERVED",
    "MeasureDefinition",
    "Report",
    "ReportBook",
    "TableDefinition",
    "faults",
    "read",
]
