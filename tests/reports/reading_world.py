"""A casebook of a few cases of two people, for tests of reading: what is open to whom differs.

``cw1`` opened all cases and is a supervisor; ``cw2``, a caseworker, is on the team of the first
two.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.casebook import world as worlds
from tests.casebook.world import CANARY, TIME, World
from tipcase.casebook import change, team
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.keyring.person import Person
from tipcase.reports.facts import FactsDefinition
from tipcase.reports.reading import Batch, read

CASES = 5


@dataclass(frozen=True)
class Outcome:
    """What a batch says, in a form that two of them can be compared in."""

    facts: dict[str, Any]
    unread: list[tuple[str, int, str]]
    not_open: tuple[str, ...]


def make(folder: Path) -> World:
    world = worlds.make(folder / "book", folder / "machine")
    for number in range(CASES - 1):
        case_id = change.new_case(
            world.book(), world.cw1, opened=f"2026-02-0{number + 1}", time=TIME
        )
        put(world, case_id, "profile", {"full_name": CANARY, "sex": "female"})
    for case_id in ids(world)[:2]:
        team.grant(world.book(), case_id, ["cw2"], world.cw1, TIME)
    return world


def ids(world: World) -> list[str]:
    return Book(world.root, world.home).case_ids()


def put(world: World, case_id: str, kind: str, data: dict[str, Any]) -> None:
    with change.editing(world.book(), case_id, world.cw1) as case:
        change.put(case, kind, None, data, world.cw1, TIME)


def advance(world: World, case_id: str) -> None:
    with change.editing(world.book(), case_id, world.cw1) as case:
        there = {stage.name: stage.number for stage in case.book.edition.stages}
        now = case.fold.stage
        later = "assessment" if now != "assessment" else "identification"
        change.advance(
            case, change.Move(now, later, there[later], None, False), None, world.cw1, TIME
        )


def batch(world: World, person: Person | None = None, **more: Any) -> Batch:
    book = world.book()
    return read(book, person or world.cw1, FactsDefinition.of(book.edition), **more)


def outcome(found: Batch) -> Outcome:
    unread = [(case, error.exit_code, error.sentence) for case, error in found.unread]
    return Outcome(dict(found.facts), unread, found.not_open)


def cold(world: World, person: Person | None = None) -> Outcome:
    return outcome(batch(world, person, cache=False))


def record(world: World, case_id: str, kind: str = "profile") -> Path:
    path = Case(world.book(), case_id).find(kind, None)
    assert path is not None
    return world.root / "cases" / case_id / path
