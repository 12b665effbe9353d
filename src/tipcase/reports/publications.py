"""What was published before: sealed records of the provider, read before the next publication.

Two tables that are each safe can be subtracted from each other. So every publication is remembered
with what was counted, case by case, and with what was shown; the next one is attacked together
with all of them. Whoever cannot read them all cannot publish.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from tipcase.casebook import change
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.errors import ConflictError, DamagedError, FindingsError, NoKeyError, UsageError
from tipcase.journal.names import PROVIDER
from tipcase.keyring.person import Person
from tipcase.law.findings import Text
from tipcase.reports.tables import (
    Category,
    Codes,
    Dimension,
    Frame,
    Item,
    Measure,
    Shown,
    Statistic,
)

TYPE = "publication"
# A packed table of 10,000 cases has some 200 KB; nothing that a record holds unpacks to more.
_UNPACKED_LIMIT = 64 * 1024 * 1024
_VERSION = 1
_STATISTICS: Mapping[str, Statistic] = {"sum": "sum", "persons": "persons", "median": "median"}
# Nothing that is counted reaches it; the solver cannot reckon with more.
_HIGHEST = 10**15
_REPAIR = "tipcase log provider --diff shows who changed it; put back what it said, or repair it"


@dataclass(frozen=True)
class Published:
    """One table of a publication: its name in the report, its frame, and what was shown of it.

    ``shown`` has a value for each measure of each cell. Labels are not kept: a frame that comes
    back has codes where words stood.
    """

    table: str
    frame: Frame = field(repr=False)
    shown: Mapping[Codes, tuple[Shown, ...]] = field(repr=False)


@dataclass(frozen=True)
class Publication:
    """A report as it was published: which, of which days, for whom, with which threshold.

    ``where`` are its filters, ``audience`` is ``outside`` or ``network``; ``rounding`` is the base
    that its numbers were rounded to, if they were.
    """

    report: str
    begins: date
    ends: date
    by: tuple[str, ...]
    where: tuple[str, ...]
    audience: str
    threshold: int
    rounding: int | None
    tables: tuple[Published, ...] = field(repr=False)


def remembered(book: Book, person: Person) -> tuple[Publication, ...]:
    """Everything that was published of a casebook, oldest first.

    Raises ``NoKeyError`` where the person cannot read all of it, ``DamagedError`` where a part is
    not believed or not whole: what is not known cannot be protected against.
    """
    if TYPE not in book.edition.provider_types:
        raise UsageError(
            f"this casebook's edition has no record type for what was published ({TYPE})",
            f"add provider/{TYPE}.yaml to its schemas, then run tipcase settings --accept",
        )
    case = Case(book, PROVIDER)
    _may_read(case, person)
    found = []
    for path, kind, _ in case.paths():
        if kind == TYPE:
            data = case.read(path, person).data
            found.append((str(data.get("happened_on")), path, _unpacked(data)))
    for unread in case.journal_damage():
        raise unread.error
    return tuple(one for _, _, one in sorted(found, key=lambda one: one[:2]))


def remember(
    book: Book,
    person: Person,
    publication: Publication,
    before: Sequence[Publication],
    *,
    day: date,
    time: str,
) -> str | None:
    """Seal a publication into the provider's records; the name of its record.

    ``before`` is all that it was protected against; None where it is among those already, since
    the same report in another format tells nothing new. ``day`` is the day of publishing, ``time``
    that of the entry. Raises ``ConflictError`` where somebody published meanwhile, and as
    ``change.editing``.
    """
    from tipcase import law

    if any(_told(publication) == _told(one) for one in before):
        return None
    data = _packed(publication, day, person.handle)
    kind = book.edition.record_type(TYPE)
    if any(f.severity == "blocks" for f in law.validate(kind, data, complete=True)):
        raise FindingsError(
            "the publication does not fit its record type", f"tipcase schema {TYPE}"
        )
    with change.editing(book, PROVIDER, person) as case:
        if sum(found == TYPE for _, found, _ in case.paths()) != len(before):
            raise ConflictError(
                "another report was published meanwhile: nothing was shown", "run the command again"
            )
        written = change.put(case, TYPE, None, data, person, time)
    return f"{TYPE}/{written.tag}"


def _may_read(case: Case, person: Person) -> None:
    if not case.fold.team.get(person.handle):
        raise NoKeyError(
            "what was published before is sealed to people who may read the provider's restricted"
            " records",
            f"ask a supervisor: tipcase grant provider {person.handle} --restricted",
        )


def _told(publication: Publication) -> tuple[Publication, dict[str, Any]]:
    return replace(publication, tables=()), _counted(publication)


def _counted(publication: Publication) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "about": _about(publication),
        "where": list(publication.where),
        "rounding": publication.rounding,
        "tables": [_table(one) for one in publication.tables],
    }


def _about(publication: Publication) -> list[Any]:
    """What the record says of itself in the plain, once more: a hand that changes it is noticed."""
    days = (publication.begins.isoformat(), publication.ends.isoformat())
    by = list(publication.by)
    return [publication.report, *days, by, publication.audience, publication.threshold]


def _packed(publication: Publication, day: date, writer: str) -> dict[str, Any]:
    text = json.dumps(_counted(publication), separators=(",", ":"), ensure_ascii=True).encode(
        "ascii"
    )
    data = {
        "happened_on": day.isoformat(),
        "published_report": publication.report,
        "published_from": publication.begins.isoformat(),
        "published_to": publication.ends.isoformat(),
        "published_by": list(publication.by),
        "published_audience": publication.audience,
        "published_threshold": publication.threshold,
        "published_counts": base64.b64encode(zlib.compress(text, 9)).decode("ascii"),
        "written_by": writer,
    }
    return {name: value for name, value in data.items() if value != []}


def _table(one: Published) -> dict[str, Any]:
    frame = one.frame
    return {
        "table": one.table,
        "dimensions": [[d.id, list(d.codes)] for d in frame.dimensions],
        "measures": [[m.id, m.statistic, m.unit] for m in frame.measures],
        # In an order that says nothing: items come sorted by what they are, not by when.
        "items": [[i.case, list(i.codes), list(i.amounts)] for i in _in_order(frame.items)],
        "shown": [[list(codes), list(values)] for codes, values in one.shown.items()],
    }


def _in_order(items: tuple[Item, ...]) -> list[Item]:
    def place(item: Item) -> tuple[Any, ...]:
        return item.case, item.codes, [(amount is None, amount or 0) for amount in item.amounts]

    return sorted(items, key=place)


def _unpacked(data: Mapping[str, Any]) -> Publication:
    try:
        packed = base64.b64decode(data["published_counts"], validate=True)
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed, _UNPACKED_LIMIT)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise ValueError
        counted = json.loads(text)
        if counted["version"] != _VERSION:
            raise _unknown()
        found = Publication(
            report=data["published_report"],
            begins=date.fromisoformat(data["published_from"]),
            ends=date.fromisoformat(data["published_to"]),
            by=tuple(data.get("published_by") or ()),
            where=_texts(counted["where"]),
            audience=str(data.get("published_audience")),
            threshold=int(data.get("published_threshold") or 0),
            rounding=None if counted["rounding"] is None else _whole(counted["rounding"]),
            tables=tuple(_published(one) for one in counted["tables"]),
        )
        if counted["about"] != _about(found):
            raise ValueError
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, zlib.error):
        raise DamagedError(
            "a record of what was published cannot be read, or was changed since: nothing can be"
            " published safely",
            _REPAIR,
        ) from None
    return found


def _unknown() -> DamagedError:
    return DamagedError(
        "a report was published by a newer tipcase, which remembers it otherwise",
        "install a newer tipcase",
    )


def _published(one: Mapping[str, Any]) -> Published:
    """A table as it was kept; ``ValueError`` or another of ``_unpacked``'s where it is none."""
    frame = Frame(
        dimensions=tuple(
            Dimension(_text(name), Text(name), tuple(Category(c, Text(c)) for c in _texts(codes)))
            for name, codes in one["dimensions"]
        ),
        measures=tuple(
            Measure(_text(name), Text(name), _one_of(_STATISTICS, kind), _text(unit))
            for name, kind, unit in one["measures"]
        ),
        items=tuple(
            Item(_text(case), _texts(codes), tuple(map(_amount, amounts)))
            for case, codes, amounts in one["items"]
        ),
    )
    shown = {_texts(codes): tuple(map(_seen, values)) for codes, values in one["shown"]}
    _fits(frame, shown)
    return Published(_text(one["table"]), frame, shown)


def _fits(frame: Frame, shown: Mapping[Codes, tuple[Shown, ...]]) -> None:
    """Refuse items and values that stand in no cell of the table, and cells without any."""
    known = [frozenset(dimension.codes) for dimension in frame.dimensions]
    measures = len(frame.measures)
    for item in frame.items:
        places = zip(item.codes, known, strict=True)
        if len(item.amounts) != measures or not all(code in codes for code, codes in places):
            raise ValueError
    if shown.keys() != set(frame.keys()) or any(len(one) != measures for one in shown.values()):
        raise ValueError


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError
    return tuple(map(_text, values))


def _one_of(options: Mapping[str, Statistic], value: Any) -> Statistic:
    return options[value]


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _HIGHEST:
        raise TypeError
    return value


def _amount(value: Any) -> int | None:
    return None if value is None else _whole(value)


def _seen(value: Any) -> Shown:
    """A number, the mark of a hidden one, or None; a median may have a fraction."""
    if isinstance(value, float) and abs(value) <= _HIGHEST:
        return value
    return value if value is None or isinstance(value, str) else _whole(value)


__all__ = ["TYPE", "Publication", "Published", "remember", "remembered"]
