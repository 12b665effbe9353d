"""What was published is remembered sealed, whole, and by whoever may publish next."""

from __future__ import annotations

import base64
import dataclasses
import json
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.casebook.world import TIME, World
from tipcase.casebook import change
from tipcase.casebook.case import Case
from tipcase.errors import ConflictError, DamagedError, NoKeyError, TipcaseError
from tipcase.journal.names import PROVIDER
from tipcase.law.findings import Text
from tipcase.reports import publications
from tipcase.reports.publications import Publication, Published
from tipcase.reports.tables import Category, Dimension, Frame, Item, Measure

DAY = date(2026, 10, 12)
SEX = Dimension("sex", Text("Sex"), tuple(Category(c, Text(c)) for c in ("female", "male")))
CASE = "K7Q2-M9TX"
NEWER = base64.b64encode(zlib.compress(json.dumps({"version": 2}).encode())).decode()


def publication(count: int = 2, *, begins: date = date(2026, 7, 1)) -> Publication:
    items = tuple(Item(CASE, ("female",), (1, None)) for _ in range(count))
    frame = Frame(
        (SEX,),
        (Measure("new", Text("New")), Measure("days", Text("Days"), "median", "days")),
        items,
    )
    shown = {
        codes: tuple(count if count > 2 else "x" for _ in cell.values)
        for codes, cell in frame.cells.items()
    }
    table = Published("caseload", frame, shown)
    ends = date(2026, 9, 30)
    return Publication(
        "caseload", begins, ends, ("sex",), ("sex=female",), "outside", 11, 5, (table,)
    )


def kept(world: World, one: Publication, day: date = DAY) -> str:
    before = publications.remembered(world.book(), world.cw1)
    name = publications.remember(world.book(), world.cw1, one, before, day=day, time=TIME)
    assert name is not None
    return name


def without_labels(one: Publication) -> Any:
    return [
        (
            t.table,
            [(d.id, d.codes) for d in t.frame.dimensions],
            [(m.id, m.statistic, m.unit) for m in t.frame.measures],
            t.frame.items,
            dict(t.shown),
        )
        for t in one.tables
    ]


def test_what_was_published_comes_back_whole_and_oldest_first(world: World) -> None:
    late, early = publication(3), publication(1, begins=date(2026, 1, 1))
    kept(world, late, date(2026, 10, 12))
    kept(world, early, date(2026, 4, 2))
    found = publications.remembered(world.book(), world.cw1)
    assert [without_labels(one) for one in found] == [without_labels(early), without_labels(late)]
    bare = [dataclasses.replace(one, tables=()) for one in (early, late)]
    assert [dataclasses.replace(one, tables=()) for one in found] == bare


def test_the_order_of_its_items_says_nothing(world: World) -> None:
    one = publication(0)
    items = [Item(f"CASE-{n:04}", ("female",), (1, None)) for n in (7, 3, 9)]
    table = one.tables[0]

    def of(*order: int) -> Publication:
        frame = dataclasses.replace(table.frame, items=tuple(items[n] for n in order))
        return dataclasses.replace(one, tables=(dataclasses.replace(table, frame=frame),))

    kept(world, of(0, 1, 2))
    before = publications.remembered(world.book(), world.cw1)
    found = [item.case for item in before[0].tables[0].frame.items]
    assert found == ["CASE-0003", "CASE-0007", "CASE-0009"]
    again = of(2, 0, 1)
    assert not publications.remember(world.book(), world.cw1, again, before, day=DAY, time=TIME)


def test_the_same_publication_is_remembered_once(world: World) -> None:
    kept(world, publication(3))
    before = publications.remembered(world.book(), world.cw1)
    for count, names in ((3, False), (4, True)):
        name = publications.remember(
            world.book(), world.cw1, publication(count), before, day=DAY, time=TIME
        )
        assert (name is not None) is names
    assert len(publications.remembered(world.book(), world.cw1)) == 2


def test_what_was_published_meanwhile_was_not_protected_against(world: World) -> None:
    kept(world, publication(3))
    with pytest.raises(ConflictError):
        publications.remember(world.book(), world.cw1, publication(4), (), day=DAY, time=TIME)
    assert len(publications.remembered(world.book(), world.cw1)) == 1


def test_nothing_of_it_stands_in_the_folder(world: World) -> None:
    kept(world, publication())
    for path in world.root.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"published_report" not in data and CASE.encode() not in data


def test_who_may_not_read_all_of_it_cannot_publish(world: World) -> None:
    kept(world, publication())
    with pytest.raises(NoKeyError) as refused:
        publications.remembered(world.book(), world.cw2)
    assert "--restricted" in (refused.value.hint or "")


def test_a_damaged_one_stops_every_publication(world: World) -> None:
    kept(world, publication())
    path = next(Path(world.root / PROVIDER).glob("publication-*.age"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(TipcaseError):
        publications.remembered(world.book(), world.cw1)
    path.unlink()
    with pytest.raises(TipcaseError):
        publications.remembered(world.book(), world.cw1)


def test_a_line_of_the_journal_that_is_damaged_may_have_been_one(world: World) -> None:
    kept(world, publication())
    journal = next((world.root / PROVIDER / "journal").glob("*.journal"))
    journal.write_bytes(journal.read_bytes() + b"{}\tAAAA\n")
    with pytest.raises(DamagedError):
        publications.remembered(world.book(), world.cw1)


@pytest.mark.parametrize(
    "counts",
    [
        "AAAA",
        base64.b64encode(zlib.compress(b"{}")).decode(),
        base64.b64encode(zlib.compress(b"[]")[:-2]).decode(),
        NEWER,
        base64.b64encode(
            zlib.compress(
                json.dumps({"version": 1, "where": [], "rounding": None, "tables": [7]}).encode()
            )
        ).decode(),
    ],
    ids=["no-zlib", "empty", "cut", "newer", "no-table"],
)
def test_one_that_cannot_be_read_is_said_and_never_skipped(world: World, counts: str) -> None:
    name = kept(world, publication())
    book = world.book()
    with change.editing(book, PROVIDER, world.cw1) as case:
        tag = name.partition("/")[2]
        path = case.find(publications.TYPE, tag)
        assert path is not None
        data = {**case.read(path, world.cw1).data, "published_counts": counts}
        change.put(case, publications.TYPE, tag, data, world.cw1, TIME)
    newer = "newer tipcase" if counts == NEWER else "cannot be read"
    with pytest.raises(DamagedError, match=newer):
        publications.remembered(world.book(), world.cw1)


def test_it_says_who_published_for_whom(world: World) -> None:
    name = kept(world, publication())
    case = Case(world.book(), PROVIDER)
    path = case.find(publications.TYPE, name.partition("/")[2])
    assert path is not None
    data = case.read(path, world.cw1).data
    assert data["written_by"] == world.cw1.handle
    assert (data["published_audience"], data["published_threshold"]) == ("outside", 11)
