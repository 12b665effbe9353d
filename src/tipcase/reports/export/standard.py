"""A standard of others as data: its tables and fields, and which of our values is which of its.

``htcds.yaml`` of the edition is read into values here and checked; nothing else knows its shape.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tipcase.law.edition import Edition
from tipcase.law.findings import Text
from tipcase.reports.entry import Entry
from tipcase.reports.export.flat import may_leave
from tipcase.reports.facts import Fact, FactsDefinition

FILE = "htcds.yaml"
# A table of one row, and one of a row a case; any other word names the events of a case.
SET, CASES = "set", "cases"
_FIELD = re.compile(r"[A-Z][A-Za-z]{0,60}")
_PREFIX = re.compile(r"[a-z]{3}_")
_FILE_NAME = re.compile(r"[a-z]{3}_[a-z_]{1,40}")
# What a field may be filled from; a date is none of it, and a text is no fact.
_CODES = ("enum", "list", "country", "place")
_WAYS = ("from", "is", "empty")
_MAPPINGS = ("values", "same", "as_it_is")


@dataclass(frozen=True)
class Field:
    """One field of the standard.

    Filled from the first of ``source`` that says something, through ``values`` (None: as it is);
    what is not among these becomes ``otherwise``. ``fixed`` stands in every row; ``reason`` says
    why the field is never filled. A row without a ``needed`` field is not written.
    """

    name: str
    source: tuple[str, ...] = ()
    values: Mapping[str, str] | None = None
    otherwise: str | None = None
    fixed: str | None = None
    reason: str = ""
    needed: bool = False


@dataclass(frozen=True)
class Table:
    """One table of the standard: a row a case, or a row an event that ``only`` lets in."""

    prefix: str
    file: str
    each: str
    only: Mapping[str, tuple[str, ...]]
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Standard:
    """A standard: what it is called, whom to credit, its tables, and why fields stay empty."""

    title: str
    version: str
    url: str
    licence: str
    credit: str
    tables: tuple[Table, ...]
    not_written: Mapping[str, str]
    reasons: Mapping[str, Text]

    @property
    def empty(self) -> tuple[tuple[str, str], ...]:
        """Every field that stays empty, with the name of its reason."""
        return tuple(
            (table.prefix + field.name, field.reason)
            for table in self.tables
            for field in table.fields
            if field.reason
        )


def load(edition: Edition) -> Standard:
    """The standard that the edition maps to; ``EditionError`` with the place of what is wrong."""
    top = Entry.top(edition, FILE)
    top.only("standard", "reasons", "counts", "tables", "not_written")
    reasons = top.under("reasons")
    words = {name: reasons.words(name) for name in reasons.node}
    about = top.under("standard")
    about.only("name", "version", "url", "licence", "credit")
    tables = tuple(_table(one, words) for one in top.entries("tables"))
    for table in tables:
        if sum(table.file == one.file for one in tables) > 1:
            raise top.fault(f"two tables are written to {table.file}", at="tables")
    return Standard(
        title=about.word("name"),
        version=about.word("version"),
        url=about.word("url"),
        licence=about.word("licence"),
        credit=about.word("credit"),
        tables=tables,
        not_written={
            one.word("name"): one.one_of("empty", words) for one in top.entries("not_written")
        },
        reasons=words,
    )


def check(
    edition: Edition,
    definition: FactsDefinition,
    standard: Standard,
    worked_out: Collection[str],
) -> None:
    """Refuse what no field may be filled from: what is unknown, restricted, or about the staff."""
    top = Entry.top(edition, FILE)
    for entry, table in zip(top.entries("tables"), standard.tables, strict=True):
        events = definition.facts.get(table.each)
        if table.each not in (SET, CASES) and (events is None or not _allowed(events, "events")):
            raise entry.fault(f"{table.each} are no events that may be exported", at="each")
        known = definition.facts if events is None else events.fields
        named = {*table.only, *(name for field in table.fields for name in field.source)}
        for name in sorted(named - (set(worked_out) if events is None else set())):
            if name not in known or not _allowed(known[name], *_CODES):
                raise entry.fault(f"{name} is no list of codes that may be exported")


def _allowed(fact: Fact, *kinds: str) -> bool:
    return fact.kind in kinds and may_leave(fact)


def _table(entry: Entry, reasons: Mapping[str, Text]) -> Table:
    entry.only("prefix", "name", "each", "only", "columns")
    prefix, file = entry.word("prefix"), entry.word("name")
    if not _PREFIX.fullmatch(prefix):
        raise entry.fault("a prefix is three small letters and _", "such as prs_", at="prefix")
    if not _FILE_NAME.fullmatch(file):
        raise entry.fault("no file can be named so", "such as prs_person", at="name")
    only = entry.under("only")
    fields = tuple(_field(one, reasons) for one in entry.entries("columns"))
    if len({field.name for field in fields}) < len(fields) or not fields:
        raise entry.fault("has no columns, or two for one field", at="columns")
    return Table(
        prefix, file, entry.word("each"), {key: only.names(key) for key in only.node}, fields
    )


def _field(entry: Entry, reasons: Mapping[str, Text]) -> Field:
    entry.only("name", *_WAYS, *_MAPPINGS, "otherwise", "needed")
    name = entry.word("name")
    if not _FIELD.fullmatch(name):
        raise entry.fault("is no name for a field", "letters, a capital first", at="name")
    if sum(way in entry.node for way in _WAYS) != 1:
        raise entry.fault(f"the field {name} says in no way, or in two, what fills it",
                          "write from:, is: or empty:")  # fmt: skip
    if "empty" in entry.node:
        return Field(name, reason=entry.one_of("empty", reasons))
    if "is" in entry.node:
        return Field(name, fixed=entry.word("is"))
    return Field(
        name,
        entry.names("from"),
        _values(entry, name),
        entry.word("otherwise") if "otherwise" in entry.node else None,
        needed=entry.flag("needed", False),
    )


def _values(entry: Entry, name: str) -> Mapping[str, str] | None:
    if sum(way in entry.node for way in _MAPPINGS) != 1:
        raise entry.fault(f"the field {name} needs one of values:, same: and as_it_is:")
    if "same" in entry.node:
        return {code: code for code in entry.names("same")}
    if "values" not in entry.node:
        return None
    values = entry.under("values")
    return {ours: values.word(ours) for ours in values.node}
