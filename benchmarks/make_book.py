"""Make a casebook of any size for measuring: ``make_book.py DIR --cases 500 --records 4``.

Every case gets a profile and then identification, follow-ups and notes in turn, with the texts of
the schemas' own examples, so that records have the size of real ones. ``TIPCASE_HOME`` gets an
identity ``bench`` that opens it.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tipcase import files, settings
from tipcase.casebook import change, staff
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.config import Config
from tipcase.keyring import person as people
from tipcase.keyring import recovery
from tipcase.keyring.person import Person

_TYPES = ("profile", "identification")
_REPEATED = ("follow-up", "note", "assessment")


def main(arguments: list[str] | None = None) -> int:
    """Make the casebook and the identity that opens it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--records", type=int, default=4)
    parser.add_argument("--keys", choices=("hybrid", "x25519"), default="hybrid")
    chosen = parser.parse_args(arguments)
    person = identity(chosen.keys)
    make(chosen.folder.absolute(), person, chosen.cases, chosen.records)
    return 0


def in_process(
    folder: Path, env: Mapping[str, str], *, cases: int, records: int, keys: str
) -> Path:
    """A casebook of that size, made by a process of its own; one that is there already is kept."""
    if not folder.exists():
        shape = ("--cases", str(cases), "--records", str(records), "--keys", keys)
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


def make(folder: Path, person: Person, cases: int, records: int) -> Book:
    """A casebook with that many cases of that many records each."""
    home = settings.home()
    config = Config("Measured", "kh-2009", person.keys, {})
    seed = recovery.person(recovery.new_seed(), person.keys)
    times = (_time(minute) for minute in itertools.count())
    book = staff.found(folder, home, config, person, seed, next(times))
    book.check()
    for number in range(cases):
        case_id = change.new_case(book, person, opened="2026-01-05", time=next(times))
        for kind in _kinds(records):
            with change.editing(book, case_id, person) as case:
                write(case, kind, number, person, next(times))
    return book


def write(case: Case, kind: str, number: int, person: Person, time: str) -> None:
    """One record with the texts of its schema's example."""
    data = dict(case.book.edition.record_type(kind).example)
    if kind == "profile":
        data["office_number"] = f"BENCH-{number}"
    change.put(case, kind, None, data, person, time)


def _kinds(records: int) -> list[str]:
    repeated = itertools.islice(itertools.cycle(_REPEATED), max(0, records - len(_TYPES)))
    return [*_TYPES[:records], *repeated]


def _time(minute: int) -> str:
    moment = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=minute)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    sys.exit(main())
