"""What is kept for the next report: nobody else's is believed, and no number depends on it."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
import threading
from pathlib import Path

import pytest

import tipcase
from tests.casebook import world as worlds
from tests.casebook.world import CANARY, World
from tests.reports import reading_world as books
from tests.reports.reading_world import CASES, batch, cold, outcome
from tipcase import files
from tipcase.keyring import person as people
from tipcase.keyring.vault import Vault
from tipcase.reports.cache import NOTHING, Cache, Mark, Shelf
from tipcase.reports.packed import Packed, pack


@pytest.fixture(scope="session")
def several(tmp_path_factory: pytest.TempPathFactory) -> World:
    return books.make(tmp_path_factory.mktemp("several"))


@pytest.fixture
def book(several: World, tmp_path: Path) -> World:
    return worlds.copy(several, tmp_path)


def sealed(book: World) -> list[Path]:
    """The files that are kept, of all readers."""
    return sorted((book.home / "cache").rglob("*.sealed"))


def test_nothing_readable_is_kept_and_nobody_else_may_look(book: World) -> None:
    batch(book)
    assert sealed(book)
    for path in sealed(book):
        data = path.read_bytes()
        assert CANARY.encode() not in data and b"female" not in data
        for case_id in books.ids(book):
            assert case_id.encode() not in data
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        for folder in (path.parent, path.parent.parent):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not [path for path in book.root.rglob("*") if "sealed" in path.name]


@pytest.mark.sampled(12)
@pytest.mark.parametrize("seed", range(24))
def test_a_changed_byte_is_noticed_and_changes_no_number(book: World, seed: int) -> None:
    batch(book)
    chance = random.Random(seed)
    path = chance.choice(sealed(book))
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    found = batch(book)
    assert len(found.notices) == 1 and "read again" in found.notices[0]
    assert found.cached < CASES and outcome(found) == cold(book)
    again = batch(book)
    assert (again.notices, again.cached) == ((), CASES)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("content", [b"", b"{}", b"\n", b"\xff" * 90])
def test_what_is_no_cache_at_all_is_noticed(book: World, content: bytes) -> None:
    batch(book)
    sealed(book)[0].write_bytes(content)
    found = batch(book)
    assert len(found.notices) == 1 and outcome(found) == cold(book)


def test_another_readers_is_not_believed(book: World) -> None:
    batch(book, book.cw1)
    batch(book, book.cw2)
    mine, theirs = (Cache(book.book(), person, "0").folder for person in (book.cw1, book.cw2))
    assert mine != theirs
    for path in theirs.iterdir():
        path.unlink()
    for path in mine.glob("*.sealed"):
        (theirs / path.name).write_bytes(path.read_bytes())
    found = batch(book, book.cw2)
    assert found.cached == 0 and len(found.notices) == 1
    assert "another reader" in found.notices[0]
    assert outcome(found) == cold(book, book.cw2)


def test_one_file_in_anothers_place_is_not_believed(book: World) -> None:
    batch(book)
    first, second = sealed(book)[:2]
    first.write_bytes(second.read_bytes())
    assert len(batch(book).notices) == 1


def test_another_versions_is_said_and_made_anew(
    book: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch(book)
    with monkeypatch.context() as patch:
        patch.setattr(tipcase, "__version__", "99.0")
        found = batch(book)
        assert found.cached == 0 and len(found.notices) == 1
        assert "another version" in found.notices[0]
        assert batch(book).cached == CASES
    assert batch(book).cached == 0


def test_facts_of_another_definition_are_worked_out_anew(book: World) -> None:
    opened = book.book()
    cache = Cache(opened, book.cw1, "one definition")
    shelf = Shelf(
        {
            "K7Q2-M9TX": Mark.of("looks", [{"b", "a"}, set()], ["cw1.journal", "cw2.journal"]),
            "K7Q3-AAAA": Mark.of("looks", [set()], ["cw1.journal"]),
        },
        frozenset({"K7Q3-AAAA"}),
        pack({"K7Q2-M9TX": Packed(b"{}", b"{}")}),
    )
    cache.save("K", shelf)
    found = cache.load("K")
    # Its length says nothing: there is padding behind it.
    assert (found.marks, found.shut, found.block.rstrip(b"\0")) == (
        shelf.marks, shelf.shut, shelf.block.rstrip(b"\0"),
    )  # fmt: skip
    other = Cache(opened, book.cw1, "another definition")
    assert other.load("K") == NOTHING and other.notices == ()


def test_deleting_it_costs_time_alone(book: World) -> None:
    batch(book)
    for path in sealed(book):
        path.unlink()
    found = batch(book)
    assert (found.cached, found.notices) == (0, ()) and outcome(found) == cold(book)


def test_a_home_that_cannot_be_written_to_ends_no_report(book: World) -> None:
    (book.home / "cache").write_bytes(b"a file stands where the folder belongs")
    found = batch(book)
    assert len(found.facts) == CASES and len(found.notices) == 1
    assert outcome(found) == cold(book)


def test_what_a_crash_left_is_cleared_and_a_busy_cache_is_left_alone(book: World) -> None:
    batch(book)
    folder = sealed(book)[0].parent
    rubbish = files.pending_path(folder / "k.sealed", "0" * 64)
    rubbish.write_bytes(b"half")
    os.utime(books.record(book, books.ids(book)[0]).parent)
    before = {path: path.read_bytes() for path in sealed(book)}
    with files.lock(folder / ".lock", "the test"):
        assert len(batch(book).facts) == CASES
    assert {path: path.read_bytes() for path in sealed(book)} == before
    assert batch(book).cached == CASES - 1
    assert not rubbish.exists() and batch(book).cached == CASES


def test_two_readings_at_once_both_count_right(book: World) -> None:
    expected, found = cold(book), []
    threads = [
        threading.Thread(target=lambda: found.append(outcome(batch(book, processes=1))))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected, expected] and batch(book).cached == CASES


def test_a_case_that_is_gone_is_kept_no_longer(book: World) -> None:
    batch(book)
    gone = books.ids(book)[0]
    shutil.rmtree(book.root / "cases" / gone)
    shutil.rmtree(book.home / "trust" / book.book().trust.folder.name)
    batch(book)
    cache = Cache(book.book(), book.cw1, _written(book))
    kept = {
        case for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" for case in cache.load(letter).marks
    }
    assert kept == set(books.ids(book))


def _written(book: World) -> str:
    from tipcase.reports.facts import FactsDefinition

    return FactsDefinition.of(book.book().edition).written


def test_a_sealed_thing_opens_for_its_owner_and_its_purpose_alone() -> None:
    one, other = (people.generate("cw1", "x25519") for _ in range(2))
    vault = Vault(one, "facts")
    made = vault.seal(b"content", b"bound")
    assert vault.open(made, b"bound") == b"content"
    assert vault.seal(b"content", b"bound") != made
    assert vault.open(made, b"elsewhere") is None and vault.open(b"", b"bound") is None
    assert Vault(one, "other").open(made, b"bound") is None
    assert Vault(other, "facts").open(made, b"bound") is None
    assert (
        len({Vault(one, "facts").name, Vault(one, "other").name, Vault(other, "facts").name}) == 3
    )
    assert str(one.identity.secret) not in repr(vault)


def test_what_is_kept_has_no_telling_length(book: World) -> None:
    batch(book)
    for path in sealed(book):
        head, _, rest = path.read_bytes().partition(b"\n")
        told = {"casebook", "definition", "edition", "format", "staff", "version"}
        assert set(json.loads(head)) == told
        assert (len(rest) - 48) % 4096 == 0
