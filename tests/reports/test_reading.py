"""Reading all cases for a report: what is counted, what is listed; nothing depends on how."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.casebook import clones
from tests.casebook import world as worlds
from tests.casebook.world import TIME, World
from tests.reports import reading_world as books
from tests.reports.reading_world import CASES, batch, cold, outcome
from tipcase import files, law
from tipcase.casebook import listing, parallel, staff, team, whole
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.state import State
from tipcase.errors import TipcaseError
from tipcase.keyring import person as people
from tipcase.law.edition import EditionError
from tipcase.reports.facts import FactsDefinition
from tipcase.reports.reading import read


@pytest.fixture(scope="session")
def several(tmp_path_factory: pytest.TempPathFactory) -> World:
    return books.make(tmp_path_factory.mktemp("several"))


@pytest.fixture
def book(several: World, tmp_path: Path) -> World:
    """A fresh copy of the casebook of a few cases."""
    return worlds.copy(several, tmp_path)


# -- what is read --


def test_what_is_open_is_read_and_what_is_not_is_said(book: World) -> None:
    cases = books.ids(book)
    steps: list[int] = []
    found = batch(book, step=lambda: steps.append(1))
    assert list(found.facts) == cases and len(steps) == CASES
    assert (found.unread, found.not_open, found.notices, found.code) == ((), (), (), 0)
    mine = batch(book, book.cw2)
    assert list(mine.facts) == cases[:2] and mine.not_open == tuple(cases[2:])


def test_what_was_read_is_not_read_again(book: World) -> None:
    for person in (book.cw1, book.cw2):
        first, again = batch(book, person), batch(book, person)
        assert (first.cached, again.cached) == (0, CASES)
        assert outcome(again) == outcome(first) == cold(book, person)


def test_after_one_case_changed_that_one_is_read(book: World) -> None:
    batch(book)
    books.put(book, books.ids(book)[1], "profile", {"full_name": "Other Invented", "sex": "male"})
    found = batch(book)
    assert found.cached == CASES - 1 and outcome(found) == cold(book)
    assert found.facts[books.ids(book)[1]]["sex"] == "male"


def test_pinning_by_another_command_has_nothing_read_again(book: World) -> None:
    shutil.rmtree(book.home / "trust")
    batch(book)
    listing.rows(Book(book.root, book.home))
    assert batch(book).cached == CASES


def test_what_this_machine_has_seen_since_of_a_case_has_it_read_again(
    book: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch(book)
    somewhere = books.ids(book)[0]
    pins = State.pins

    def more(self: State, case: str) -> frozenset[str]:
        return pins(self, case) | ({"f" * 64} if case == somewhere else set())

    monkeypatch.setattr(State, "pins", more)
    found = batch(book)
    # The journals look as they did, and an entry that was seen is not in them.
    assert (found.cached, [case for case, _ in found.unread]) == (CASES - 1, [somewhere])


def test_after_the_staff_changed_every_case_is_judged_anew(book: World) -> None:
    batch(book)
    somebody = people.generate("cw3", "x25519")
    staff.add(book.book(), staff.card_of(somebody), ["caseworker"], book.cw1, TIME)
    found = batch(book)
    assert found.cached == 0 and outcome(found) == cold(book)


def test_nothing_is_read_by_facts_that_cannot_be(book: World, tmp_path: Path) -> None:
    opened = book.book()
    (tmp_path / "facts.yaml").write_text("facts: [{id: mine, from: profile.name}]\n", "utf-8")
    mine = law.load([*opened.edition.source.folders, tmp_path])
    with pytest.raises(EditionError, match="profile"):
        read(opened, book.cw1, FactsDefinition.of(mine, checked=False))


# -- what cannot be read --


def test_the_interrupted_the_damaged_and_the_shut_in_one_batch(book: World) -> None:
    good = cold(book)
    waiting, torn, gone, keyless, stray = books.ids(book)
    # A crash between the entry and the rename leaves the record under its temporary name.
    target = books.record(book, waiting)
    target.rename(files.pending_path(target, files.hash_of(target)))
    books.record(book, torn).write_bytes(b"torn")
    shutil.rmtree(book.root / "cases" / gone)
    for wrap in (book.root / "cases" / keyless / "keys").rglob("cw1*.age"):
        wrap.unlink()
    (book.root / "cases" / stray / "99-note-aaaaaaa2.yaml.age").write_bytes(b"nobody's")
    found = outcome(batch(book))
    assert list(found.facts) == [waiting] and found.facts[waiting] == good.facts[waiting]
    assert [case for case, _, _ in found.unread] == sorted([torn, gone, keyless, stray])
    assert batch(book).code == 7
    # Again, with what the first kept; and by the careful way.
    assert outcome(batch(book)) == found == cold(book)


def test_an_older_revision_that_was_put_back_is_not_counted(book: World) -> None:
    case_id = books.ids(book)[0]
    path = books.record(book, case_id)
    older = path.read_bytes()
    books.put(book, case_id, "profile", {"full_name": "Other Invented"})
    path.write_bytes(older)
    found = batch(book)
    assert [case for case, _ in found.unread] == [case_id] and case_id not in found.facts
    assert "older revision" in found.unread[0][1].sentence


def test_a_case_that_was_written_apart_is_left_out_until_it_is_merged(tmp_path: Path) -> None:
    pair = clones.make(tmp_path)
    one, two = pair.one, pair.two
    definition = FactsDefinition.of(one.book().edition)
    assert list(read(one.book(), one.me, definition).facts) == [one.case_id]
    for clone, name in ((one, "First Invented"), (two, "Second Invented")):
        clone.put("profile", {**clones.NAMES, "full_name": name})
        clone.commit()
    pair.join()
    found = read(one.book(), one.me, definition)
    assert not found.facts and [case for case, _ in found.unread] == [one.case_id]
    assert found.code == 5
    pair.finish()
    merged = read(one.book(), one.me, definition)
    assert list(merged.facts) == [one.case_id] and not merged.unread
    assert dict(merged.facts) == dict(read(one.book(), one.me, definition, cache=False).facts)


def test_a_cut_journal_and_a_case_taken_away_are_noticed_in_a_warm_reading(book: World) -> None:
    cut, away = books.ids(book)[:2]
    journal = book.root / "cases" / cut / "journal" / "cw1.journal"
    record = books.record(book, cut)
    kept = [(path, path.read_bytes(), path.stat()) for path in (journal, record)]
    batch(book)
    # Somebody writes, this machine sees it, and all is put back as it was, with its times.
    books.put(book, cut, "profile", {"full_name": "Other Invented"})
    for path, data, status in kept:
        path.write_bytes(data)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    shutil.rmtree(book.root / "cases" / away)
    found = batch(book)
    assert [case for case, _ in found.unread] == sorted([cut, away]) and found.code == 7
    assert outcome(found) == cold(book)


def test_a_case_that_was_taken_from_somebody_is_counted_no_more(book: World) -> None:
    lost = books.ids(book)[0]
    assert lost in batch(book, book.cw2).facts
    team.revoke(book.book(), lost, ["cw2"], book.cw1, TIME)
    found = batch(book, book.cw2)
    assert lost not in found.facts and lost in found.not_open
    assert outcome(batch(book, book.cw2)) == cold(book, book.cw2)


def _wrap(book: World, case: str, handle: str = "cw1") -> Path:
    (wrap,) = (book.root / "cases" / case / "keys").glob(f"*/{handle}.age")
    return wrap


@pytest.mark.parametrize("what", ["gone", "replaced", "left"])
def test_a_record_that_was_changed_since_is_noticed_in_a_warm_reading(
    book: World, what: str
) -> None:
    case, other = books.ids(book)[2:4]
    assert case in batch(book).facts
    record = books.record(book, case)
    if what == "gone":
        record.unlink()
    elif what == "replaced":
        files.replace(record, books.record(book, other).read_bytes())
    else:
        (record.parent / "99-note-aaaaaaa2.yaml.age").write_bytes(b"nobody's")
    found = batch(book)
    assert [name for name, _ in found.unread] == [case]
    assert outcome(found) == cold(book)


def test_a_journal_of_somebody_else_is_noticed_in_a_warm_reading(book: World) -> None:
    case = books.ids(book)[0]
    batch(book)
    journal = book.root / "cases" / case / "journal"
    (journal / "cw2.journal").write_bytes((journal / "cw1.journal").read_bytes())
    (journal / "no body, and no handle.journal").write_bytes(b"")
    found = batch(book)
    assert found.cached == CASES - 1 and outcome(found) == cold(book)


def test_what_is_damaged_in_its_place_changes_no_number_and_a_first_report_tells(
    book: World,
) -> None:
    torn, keyless = books.ids(book)[2:4]
    before = outcome(batch(book))
    books.record(book, torn).write_bytes(b"torn")
    _wrap(book, keyless).unlink()
    assert outcome(batch(book)) == before
    assert [case for case, _, _ in cold(book).unread] == sorted([torn, keyless])


@pytest.mark.sampled(12)
@pytest.mark.parametrize("seed", range(24))
def test_warm_is_cold_whatever_happened_between(book: World, seed: int) -> None:
    chance, sexes = random.Random(seed), ["male", "female"]
    changes: dict[str, Callable[[str], object]] = {
        "put": lambda case: books.put(book, case, "note", {"happened_on": "2026-03-01"}),
        "profile": lambda case: books.put(book, case, "profile", {"sex": chance.choice(sexes)}),
        "advance": lambda case: books.advance(book, case),
        "grant": lambda case: team.grant(book.book(), case, ["cw2"], book.cw1, TIME),
        "revoke": lambda case: team.revoke(
            book.book(), case, ["cw2"], book.cw1, TIME, reencrypt=chance.random() < 0.5
        ),
        "rekey": lambda case: team.rekey(book.book(), case, book.cw1, TIME, reencrypt=True),
        "list": lambda case: listing.rows(Book(book.root, book.home)),
        "damage": lambda case: files.replace(books.record(book, case), b"torn"),
        "gone": lambda case: shutil.rmtree(book.root / "cases" / case),
        "kept": lambda case: shutil.rmtree(book.home / "cache", ignore_errors=True),
    }  # fmt: skip
    for _ in range(4):
        # What a damaged case, or one of another team, refuses.
        with contextlib.suppress(TipcaseError, OSError):
            changes[chance.choice(list(changes))](chance.choice(books.ids(book)))
        for person in (book.cw1, book.cw2):
            assert outcome(batch(book, person)) == cold(book, person)


def test_what_is_written_to_a_case_while_it_is_read_is_counted(
    book: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, contents = books.ids(book)[1], whole._contents
    wrote: list[str] = []

    def meanwhile(read: Case) -> tuple[list[str], dict[str, bytes]]:
        if read.id == case and not wrote:
            wrote.append(case)
            books.put(book, case, "profile", {"full_name": "Other Invented", "sex": "male"})
        return contents(read)

    monkeypatch.setattr(whole, "_contents", meanwhile)
    found = batch(book, cache=False)
    assert wrote and not found.unread and found.facts[case]["sex"] == "male"


# -- several processes --


def test_several_processes_find_the_same(book: World, monkeypatch: pytest.MonkeyPatch) -> None:
    books.record(book, books.ids(book)[2]).write_bytes(b"torn")
    monkeypatch.setattr(parallel, "_PORTION", 1)
    alone = outcome(batch(book, cache=False, processes=1))
    assert outcome(batch(book, cache=False, processes=2)) == alone
    # One that dies does not end it: what it should have done is done here.
    monkeypatch.setattr(parallel, "_begin", lambda: os._exit(1))
    assert outcome(batch(book, cache=False, processes=2)) == alone


@pytest.mark.soak
def test_a_process_that_starts_from_nothing_finds_the_same(
    book: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = outcome(batch(book, cache=False, processes=1))
    here: list[str] = []
    # Beside threads no copy of a process is made.
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    found = read(
        book.book(),
        book.cw1,
        FactsDefinition.of(book.book().edition),
        processes=2,
        cache=False,
        step=lambda: here.append(""),
    )
    assert outcome(found) == alone and len(here) == CASES


_READER = """
import sys, time
from pathlib import Path
from tipcase.casebook import parallel
def slow(cases):
    print(cases, flush=True)
    time.sleep(60)
task = parallel.Task(slow, None, ())
list(parallel.spread(task, ["a", "b", "c", "d"], 2))
"""


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc")
def test_when_the_one_that_asks_is_killed_the_others_end(tmp_path: Path) -> None:
    words = [sys.executable, "-c", _READER]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE) as asker:
        assert asker.stdout is not None
        asker.stdout.readline()
        children = Path(f"/proc/{asker.pid}/task/{asker.pid}/children").read_text().split()
        assert children
        asker.kill()
    deadline = time.monotonic() + 20
    while any(_lives(child) for child in children):
        assert time.monotonic() < deadline, "a process that holds keys lives on"
        time.sleep(0.05)


def _lives(process: str) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def test_the_identity_of_a_new_process_is_the_one_that_reads(book: World) -> None:
    from tipcase.reports import reading

    words = (str(book.root), str(book.home), people.to_text(book.cw2))
    work = reading._opened(*words)
    found = work(books.ids(book))
    assert [item.packed is not None for item in found] == [True, True, False, False, False]
