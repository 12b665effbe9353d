"""A batch does not judge anew the journals that this machine has folded before, but all others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.casebook.world import World
from tipcase.casebook import case as cases
from tipcase.casebook import state
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.journal import lines, ops
from tipcase.journal.entry import Entry, Signed, sign
from tipcase.journal.ops import OPS, Op
from tipcase.journal.roster import check_signature


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the entries whose signatures are checked while a case is folded."""
    found: list[str] = []

    def check(public: str, signed: Signed) -> bool:
        found.append(signed.id)
        return check_signature(public, signed)

    monkeypatch.setattr(cases, "check_signature", check)
    return found


def batched(world: World, home: Path | None = None) -> Case:
    """The case as a batch reads it, on this machine or another one."""
    book = Book(world.root, home or world.home)
    book.check()
    return Case(book, world.case_id, chained=True)


def forge(world: World) -> None:
    """Put an entry into cw1's journal that cw2 has signed in cw1's name."""
    world.append(sign(world.forge(world.cw1, "put").entry, world.cw2.signing_key))


def test_the_journals_that_this_machine_has_folded_are_not_checked_again(
    world: World, checked: list[str]
) -> None:
    seen = batched(world).fold
    assert not checked
    assert seen.entries == Case(world.book(), world.case_id).fold.entries


def test_nor_is_how_their_lines_are_spelled(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def check(entry: Entry) -> Op:
        looked.append(entry.op)
        return OPS[entry.op]

    monkeypatch.setattr(ops, "check", check)
    lines._entry.cache_clear()
    known = batched(world)
    assert known.lines and not {"new", "put"} & set(looked)
    assert batched(world, tmp_path / "another").lines == known.lines
    assert {"new", "put"} <= set(looked)


def test_what_another_version_has_found_is_found_anew(
    world: World, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "__version__", "0.0.1")
    assert batched(world).fold.entries
    assert checked


def test_a_single_command_checks_them_all_the_same(world: World, checked: list[str]) -> None:
    entries = Case(world.book(), world.case_id).fold.entries
    assert {signed.id for signed in entries} <= set(checked)


def test_another_machine_checks_them(world: World, tmp_path: Path, checked: list[str]) -> None:
    assert batched(world, tmp_path / "another").fold.entries
    assert checked


def test_one_entry_more_and_they_are_checked(world: World, checked: list[str]) -> None:
    heads = batched(world).fold.heads
    forge(world)
    found = batched(world).fold
    assert checked
    assert found.damaged
    assert found.heads == heads


def test_another_staff_and_they_are_checked(world: World, checked: list[str]) -> None:
    book = world.book()
    book.staff_digest = "0" * 64
    assert Case(book, world.case_id, chained=True).fold.entries
    assert checked


def test_what_was_never_sound_is_never_spared(world: World, checked: list[str]) -> None:
    forge(world)
    case = world.case()
    case.remember()
    case.book.state.save()
    checked.clear()
    assert batched(world).fold.damaged
    assert checked


def test_a_torn_end_is_not_believed_for_having_been_there_before(
    world: World, checked: list[str]
) -> None:
    # Full judging takes it for the rest of a torn line: it is in one spelling too many. So nothing
    # is wrong with the journal, and it is pinned as it stands.
    forged = sign(world.forge(world.cw1, "put").entry, world.cw2.signing_key)
    payload, _, signature = forged.line[:-1].partition(b"\t")
    other = bytes([signature[-2] + 1])
    with world.journal().open("ab") as stream:
        stream.write(payload + b"\t" + signature[:-2] + other + b"=")
    case = world.case()
    case.remember()
    case.book.state.save()
    assert not case.damage and not case.fold.damaged
    checked.clear()
    batch = batched(world)
    assert forged.id not in {signed.id for signed in batch.fold.entries}
    assert not checked
    assert batch.lines == case.lines
