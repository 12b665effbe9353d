"""One row a case, as an engine counts it: the columns of ``export.yaml`` of the edition.

Its ``table`` is one as reports have it, so every column says what the same word says in a report:
dimensions become codes, measures become numbers. ``lists`` are facts with several codes, ``months``
are dates without their day. Nothing is exported that is not listed there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tipcase.law.edition import Edition
from tipcase.law.findings import Text
from tipcase.reports.counting import Table
from tipcase.reports.entry import Entry
from tipcase.reports.export.columns import Column, Kind, Row, Sheet, Value, by_content
from tipcase.reports.facts import Fact, FactsDefinition
from tipcase.reports.tables import Item

FILE = "export.yaml"
NAME = "cases"
# The column that only the office's own exports have.
CASE = Column("case", Text("Case", "ករណី"))
_MONTH = len("2026-03")


@dataclass(frozen=True)
class Beside:
    """The facts that stand in a row as they are: lists of codes, and dates cut to their month."""

    lists: tuple[Fact, ...]
    months: tuple[Fact, ...]


def beside(edition: Edition, definition: FactsDefinition) -> Beside:
    """What ``export.yaml`` lists beside its table; ``EditionError`` where it is no such fact."""
    top = Entry.top(edition, FILE)
    top.only("counts", "lists", "months")
    return Beside(
        _named(top, definition, "lists", "list"), _named(top, definition, "months", "date")
    )


def _named(top: Entry, definition: FactsDefinition, key: str, kind: str) -> tuple[Fact, ...]:
    found = [definition.facts.get(name) for name in top.names(key)]
    facts = tuple(one for one in found if one is not None and one.kind == kind and may_leave(one))
    if len(facts) < len(found):
        raise top.fault(f"{key} names a fact that is no {kind}, or may not be exported", at=key)
    return facts


def may_leave(fact: Fact) -> bool:
    """Whether a fact may stand in an export at all: not what is restricted, nor about the staff."""
    return not fact.internal and not fact.restricted


def sheet(
    table: Table, more: Beside, facts: Mapping[str, Mapping[str, Any]], *, with_ids: bool
) -> Sheet:
    """The rows of everybody who agreed, in the order of what they say."""
    rows = {
        item.case: (*((item.case,) if with_ids else ()), *_row(item, more, facts[item.case]))
        for item in table.given.items
    }
    return Sheet(NAME, _columns(table, more, with_ids=with_ids), by_content(list(rows.values())))


def _columns(table: Table, more: Beside, *, with_ids: bool) -> tuple[Column, ...]:
    frame = table.given
    of_facts: Sequence[tuple[tuple[Fact, ...], Kind]] = (
        (more.lists, "codes"),
        (more.months, "month"),
    )
    return (
        *((CASE,) if with_ids else ()),
        *(
            Column(one.id, one.label, "code", {c.code: c.label for c in one.categories})
            for one in frame.dimensions
        ),
        *(
            Column(fact.id, fact.label, kind, fact.values if kind == "codes" else {})
            for found, kind in of_facts
            for fact in found
        ),
        *(Column(one.id, one.label, "number") for one in frame.measures),
    )


def _row(item: Item, more: Beside, facts: Mapping[str, Any]) -> Row:
    lists = (_codes(facts.get(fact.id)) for fact in more.lists)
    months = (_month(facts.get(fact.id)) for fact in more.months)
    return (*item.codes, *lists, *months, *item.amounts)


def _codes(said: Any) -> Value:
    """Sorted: the order in which somebody wrote them down is nobody's business."""
    return tuple(sorted(said)) if isinstance(said, list) and said else None


def _month(said: Any) -> Value:
    """A month, or the year where no month is known; no day ever."""
    return said[:_MONTH] if isinstance(said, str) else None
