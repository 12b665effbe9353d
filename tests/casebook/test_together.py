"""Several processes at once, one long chain, real kills, and what the stock tools make of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import oracles
from tests.casebook import world as worlds
from tests.casebook.world import CANARY, World
from tests.commands import SOURCE, Ran
from tipcase import age, documents, files, git
from tipcase.casebook import change
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.verification import chains
from tipcase.errors import LockedError
from tipcase.journal.entry import Signed
from tipcase.keyring import person as people

SOAK = os.environ.get("TIPCASE_SOAK") == "1"
COUNT = 200 if SOAK else 20

WRITER = """
import sys
from pathlib import Path
from tipcase.casebook import change
from tipcase.casebook.book import Book
from tipcase.errors import LockedError
from tipcase.keyring import person as people
root, home, identity, case, name, count = sys.argv[1:]
me = people.from_text(Path(identity).read_text())
for number in range(int(count)):
    book = Book(Path(root), Path(home))
    book.check()
    with change.editing(book, case, me) as found:
        data = {"happened_on": "2026-01-09", "text": f"{name} {number}"}
        change.put(found, "note", None, data, me, "2026-01-05T08:00:00Z")
    print(number, flush=True)
"""
READER = """
import sys
from pathlib import Path
from tipcase.casebook import listing
from tipcase.casebook.verification import verify
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.keyring import person as people
root, home, identity, case, name, count = sys.argv[1:]
me = people.from_text(Path(identity).read_text())
for number in range(int(count)):
    book = Book(Path(root), Path(home))
    book.check()
    unread = [item.error for item in Case(book, case).read_all(me)[1]]
    unread += [error for _, error in listing.rows(Book(Path(root), Path(home))).unread]
    assert all(error.exit_code == 5 for error in unread), unread
    found = verify.verify(Book(Path(root), Path(home)))
    assert all(verdict.ok for verdict in found), found
"""


def identity_file(world: World) -> Path:
    path = world.home / "keys" / "cw1.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(people.to_text(world.cw1))
    return path


def start(world: World, program: str, name: str, count: int, *before: str) -> subprocess.Popen[str]:
    words = [world.root, world.home, identity_file(world), world.case_id, name, count]
    return subprocess.Popen(
        [*before, sys.executable, "-c", program, *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    return out


def notes(world: World) -> list[str]:
    dossier, unread = world.case().read_all(world.cw1)
    assert not unread
    return sorted(r.data["text"] for r in dossier.records if r.type == "note")


def test_two_writers_and_a_reader_lose_nothing_and_see_nothing_torn(world: World) -> None:
    running = [
        start(world, WRITER, "a", COUNT),
        start(world, WRITER, "b", COUNT),
        start(world, READER, "r", COUNT // 2),
    ]
    for process in running:
        finish(process)
    expected = [f"{name} {number}" for name in "ab" for number in range(COUNT)]
    assert notes(world) == sorted([CANARY, CANARY, *expected])
    assert not world.damage() and not world.warnings()
    entries = [s for lines in world.case().lines for s in lines.entries]
    assert len({s.entry.device for s in entries}) == 1
    assert len({s.entry.seq for s in entries}) == len(entries)
    lines = world.journal().read_bytes().splitlines()
    assert len(lines) == len(entries) == 6 + 2 * COUNT


@pytest.mark.parametrize("count", [1, pytest.param(200, marks=pytest.mark.soak)])
def test_two_commands_at_once_lose_nothing(
    world: World, count: int, tipcase: Callable[..., Ran]
) -> None:
    """Processes of the command line, each started anew, in a repository that keeps each write."""
    git.start(world.root)
    worlds.commit_all(world.root, "all", "cw1")
    identity = str(identity_file(world))

    def write(name: str) -> list[Ran]:
        text = "happened_on: 2026-01-09\ntext: {} {}\n"
        words = ("--identity", identity, "put", world.case_id, "note", "-")
        env = {"TIPCASE_HOME": str(world.home)}
        return [
            tipcase(*words, input=text.format(name, number), env=env, cwd=world.root)
            for number in range(count)
        ]

    with ThreadPoolExecutor(2) as pool:
        ran = [one for many in pool.map(write, "ab") for one in many]
    assert [one for one in ran if one.code != 0] == []
    expected = [f"{name} {number}" for name in "ab" for number in range(count)]
    assert notes(world) == sorted([CANARY, CANARY, *expected])
    assert not world.damage() and not world.warnings()
    entries = [s for lines in world.case().lines for s in lines.entries]
    assert len(world.journal().read_bytes().splitlines()) == len(entries) == 6 + 2 * count
    assert len({(s.entry.device, s.entry.seq) for s in entries}) == len(entries)


def test_the_first_two_processes_of_a_machine_make_one_key(world: World, tmp_path: Path) -> None:
    elsewhere = worlds.copy(world, tmp_path / "fresh")
    for path in sorted((elsewhere.home / "trust").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    running = [start(elsewhere, WRITER, name, 3) for name in "ab"]
    for process in running:
        finish(process)
    assert len(notes(elsewhere)) == 8
    assert not elsewhere.damage()


def test_a_case_that_somebody_holds_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", iter(range(0, 1000, 20)).__next__)
    with files.lock(world.folder / ".lock", "it"), pytest.raises(LockedError) as info:
        world.put("note", {"text": CANARY})
    assert info.value.exit_code == 9 and info.value.hint


def test_older_knowledge_does_not_replace_newer(world: World) -> None:
    """A reader that saves late must not make this machine forget what a writer has pinned."""
    slow = Book(world.root, world.home)
    case = Case(slow, world.case_id)
    case.remember()
    world.put("note", {"text": CANARY})
    newest = Book(world.root, world.home).state.pins(world.case_id)
    slow.state.save()
    assert Book(world.root, world.home).state.pins(world.case_id) == newest


def test_a_record_that_is_replaced_while_it_is_read_is_not_called_forged(world: World) -> None:
    case = world.case()
    assert case.fold.stage
    world.put("profile", {"full_name": "third"})
    unread = case.read_all(world.cw1)[1]
    assert [item.error.exit_code for item in unread] == [5]


# -- real kills --


def inject(world: World, call: str, number: int, how: str) -> int:
    strace = oracles.require("strace")
    words = ("-e", f"trace={call}", "-e", f"inject={call}:{how}:when={number}")
    process = start(world, WRITER, "kill", 1, strace, "-f", "-qq", "-o", "/dev/null", *words)
    process.communicate(timeout=120)
    return process.returncode


@pytest.mark.parametrize("how", ["signal=KILL", "error=ENOSPC", "error=EIO"])
@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
@pytest.mark.sampled(9)
def test_a_real_kill_or_error_at_a_step_tears_nothing(
    template: World, tmp_path: Path, call: str, how: str
) -> None:
    hit = 0
    for number in range(1, 25) if SOAK else (2,):
        world = worlds.copy(template, tmp_path / str(number))
        acknowledged = inject(world, call, number, how) == 0
        hit += not acknowledged
        assert not world.damage()
        left = notes(world)
        old, new = [CANARY, CANARY], sorted([CANARY, CANARY, "kill 0"])
        assert left == new or (left == old and not acknowledged)
        world.put("note", {"happened_on": "2026-01-10", "text": "after"})
        assert notes(world) == sorted([*left, "after"])
        assert not world.damage() and not world.warnings()
    assert hit


# -- what lies on the disk --


def test_nothing_readable_lies_on_the_disk(world: World) -> None:
    for place in (world.root, world.home):
        for path in place.rglob("*"):
            assert "canary" not in path.name.lower()
            if path.is_file():
                assert CANARY.encode() not in path.read_bytes(), path


def padme(length: int) -> int:
    """The Padmé length (Nikitin et al., PETS 2019), written down a second time."""
    exponent = length.bit_length() - 1
    last = exponent - exponent.bit_length()
    mask = (1 << last) - 1
    return (length + mask) & ~mask


def test_lengths_of_records_tell_only_their_padme_class(world: World) -> None:
    lengths = set()
    for size in (1, 2, 300, 900, 1100, 2000, 3000, 3001, 3002, 9000, 40_000):
        written = world.put("note", {"happened_on": "2026-01-09", "text": "x" * size})
        plain = world.case().plaintext(written.path, world.cw1)
        sealed = (world.folder / written.path).stat().st_size
        assert len(plain) >= 1024 and padme(len(plain)) == len(plain)
        documents.check_padding(plain)
        lengths.add(sealed)
    assert len(lengths) < 9
    profile = (world.folder / "profile.yaml.age").stat().st_size
    assert profile == min(lengths)


def test_stock_age_opens_a_record_in_two_steps(world: World, tmp_path: Path) -> None:
    stock = oracles.require("age")
    wrap = next(world.folder.glob("keys/*/cw1.age"))
    case_key = tmp_path / "case.key"
    opened: list[str | Path] = [stock, "-d", "-i", identity_file(world), wrap]
    case_key.write_bytes(subprocess.run(opened, check=True, capture_output=True).stdout)
    record: list[str | Path] = [stock, "-d", "-i", case_key, world.folder / "profile.yaml.age"]
    text = subprocess.run(record, check=True, capture_output=True).stdout.decode()
    assert f"full_name: {CANARY}\n" in text
    restricted: list[str | Path] = [
        stock,
        "-d",
        "-i",
        case_key,
        next(world.folder.glob("health-*.age")),
    ]
    assert subprocess.run(restricted, check=False, capture_output=True).returncode != 0


def test_a_hybrid_book_works_and_mixes_nothing(tmp_path: Path) -> None:
    world = worlds.make(tmp_path / "book", tmp_path / "machine", "hybrid")
    assert world.read("profile") == {"full_name": CANARY}
    for path in world.root.rglob("*.age"):
        stanza = path.read_bytes().split(b"\n")[1]
        assert re.match(rb"-> mlkem768x25519 ", stanza), path
    with pytest.raises(age.NoMatchError):
        age.decrypt((world.folder / "profile.yaml.age").read_bytes(), [world.cw1.identity])


def test_recovery_opens_everything(world: World) -> None:
    dossier, unread = world.case().read_all(world.recovery)
    assert len(dossier.records) == 4 and not unread


def test_unchanged_records_are_not_written_again(world: World) -> None:
    before = world.snapshot()
    assert not world.put("profile", {"full_name": CANARY}).changed
    assert world.snapshot() == before


def chained(entries: Iterable[Signed]) -> tuple[list[str], list[str]]:
    return chains.device_chains(map(chains.link, entries))


def test_the_chain_of_a_device_shows_gaps_doubles_and_breaks(world: World) -> None:
    entries = [s for lines in world.case().lines for s in lines.entries]
    book = world.book()
    entries += [s for lines in book.staff_lines for s in lines.entries]
    entries += [s for lines in Case(book, "provider").lines for s in lines.entries]
    assert chained(entries) == ([], [])
    tip = max(entries, key=lambda s: s.entry.seq)
    assert chained([s for s in entries if s.entry.seq != 4])[0]
    double = world.forge(world.cw1, "put", device=tip.entry.device, seq=tip.entry.seq)
    assert chained([*entries, double])[1]
    broken = world.forge(world.cw1, "put", device=tip.entry.device, seq=tip.entry.seq + 1)
    assert "does not hold together" in chained([*entries, broken])[0][0]


def test_two_people_who_share_a_machine_share_one_chain(world: World) -> None:
    case_id = change.new_case(world.book(), world.cw2, opened="2026-01-05", time=worlds.TIME)
    world.put("note", {"text": CANARY})
    with change.editing(world.book(), case_id, world.cw2) as case:
        change.put(case, "note", None, {"text": CANARY}, world.cw2, worlds.TIME)
    assert not world.damage() and not world.warnings()
