"""Make a casebook of any size for measuring: ``make_book.py DIR --cases 500 --records 4``.

Its people are invented (``lives``); ``--records 25-60`` gives each a number of records between
these. The same ``--seed`` gives the same lives whatever the keys; ids and keys are fresh. Beside
the folder stands ``DIR.truth.ndjson``: of each case what happened when, so that reports can be
counted again without tipcase. ``TIPCASE_HOME`` gets an identity ``bench`` that opens the book.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

# As a script, what it needs of its own folder is not on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.lives import life
from benchmarks.scribe import Scribe
from benchmarks.somebody import Event
from tipcase import files, settings
from tipcase.casebook import change, staff
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.config import Config
from tipcase.keyring import person as people
from tipcase.keyring import recovery
from tipcase.keyring.person import Person

FOUNDED = "2022-01-01T02:00:00Z"
_PORTION = 25

Records = int | tuple[int, int]


def main(arguments: list[str] | None = None) -> int:
    """Make the casebook and the identity that opens it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--records", type=_number_or_span, default=4)
    parser.add_argument("--keys", choices=("hybrid", "x25519"), default="hybrid")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args(arguments)
    made = (chosen.cases, chosen.records)
    person = identity(chosen.keys)
    make(chosen.folder.absolute(), person, *made, seed=chosen.seed, processes=chosen.processes)
    return 0


def in_process(
    folder: Path, env: Mapping[str, str], *, cases: int, records: Records, keys: str
) -> Path:
    """A casebook of that size, made by a process of its own; one that is there already is kept."""
    if not folder.exists():
        number = "-".join(map(str, records)) if isinstance(records, tuple) else str(records)
        shape = ("--cases", str(cases), "--records", number, "--keys", keys)
        words = [sys.executable, str(Path(__file__).resolve()), str(folder), *shape]
        subprocess.run(words, env=dict(env), check=True)
    return folder


def identity(keys: str) -> Person:
    """The identity ``bench`` in ``TIPCASE_HOME``, made if it is not there."""
    path = settings.home() / "keys" / "bench.txt"
    if not path.exists():
        files.private_folder(path.parent)
        files.create(path, people.to_text(people.generate("bench", keys)).encode("utf-8"))
    return people.from_text(files.read(path).decode("utf-8"))


def make(
    folder: Path, person: Person, cases: int, records: Records, *, seed: int = 1, processes: int = 1
) -> Book:
    """A casebook with that many cases of that many records each, and its truth beside it."""
    home = settings.home()
    config = Config("Measured", "kh-2009", person.keys, {})
    seed_of_recovery = recovery.person(recovery.new_seed(), person.keys)
    book = staff.found(folder, home, config, person, seed_of_recovery, FOUNDED)
    book.check()
    lives = ((number, life(seed, number, records)) for number in range(cases))
    with open(truth_of(folder), "w", encoding="utf-8") as truth:
        for number, case, events in _written(book, person, lives, processes):
            line = {"case": case, "number": number, "events": events}
            truth.write(json.dumps(line, ensure_ascii=False) + "\n")
    _remember(book)
    return book


def truth_of(folder: Path) -> Path:
    """The file beside a casebook that says what is true of its people."""
    return folder.with_name(f"{folder.name}.truth.ndjson")


def truth(folder: Path) -> list[dict[str, Any]]:
    """What is true of the people of a casebook: a mapping a case, with its ``events``."""
    with open(truth_of(folder), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write(case: Case, kind: str, number: int, person: Person, time: str) -> None:
    """One record as a command writes it, with the texts of its schema's example."""
    data = dict(case.book.edition.record_type(kind).example)
    if kind == "profile":
        data["office_number"] = f"BENCH-{number}"
    change.put(case, kind, None, data, person, time)


# -- writing with several processes --


def _written(
    book: Book, person: Person, lives: Iterable[tuple[int, list[Event]]], processes: int
) -> Iterator[tuple[int, str, list[Event]]]:
    """Every life written down: its number, the id that its case got, its events."""
    if processes < 2:
        scribe = Scribe(book, person)
        for number, events in lives:
            yield number, scribe.write(events), events
        return
    context = multiprocessing.get_context("spawn")
    # The key goes to the children as text, as it stands in the file.
    about = (book.root, book.home, people.to_text(person))
    with context.Pool(processes, _start, about) as pool:
        yield from pool.imap(_write, lives, chunksize=_PORTION)


_scribes: list[Scribe] = []


def _start(root: Path, home: Path, key: str) -> None:
    book = Book(root, home)
    book.check()
    _scribes.append(Scribe(book, people.from_text(key)))


def _write(told: tuple[int, list[Event]]) -> tuple[int, str, list[Event]]:
    number, events = told
    return number, _scribes[0].write(events), events


def _remember(book: Book) -> None:
    """Pin every case, as somebody's machine does that wrote them one after the other."""
    for case_id in book.all_case_ids():
        Case(book, case_id).remember()
    book.state.save()


def _number_or_span(text: str) -> Records:
    least, dash, most = text.partition("-")
    return (int(least), int(most)) if dash else int(text)


if __name__ == "__main__":
    sys.exit(main())
