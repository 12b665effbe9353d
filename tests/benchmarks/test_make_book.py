"""A casebook that is made to measure is one: whole, believed, and what its truth says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import make_book
from benchmarks.lives import STAGES, life, weight
from benchmarks.scribe import Scribe
from tipcase import law
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.verification import verify
from tipcase.keyring import person as people
from tipcase.keyring.person import Person

CASES, RECORDS = 4, (6, 14)


@pytest.fixture(scope="module")
def person() -> Person:
    return people.generate("bench", "x25519")


@pytest.fixture
def book(tmp_path: Path, person: Person) -> Book:
    return make_book.make(tmp_path / "book", person, CASES, RECORDS, seed=5)


def test_verify_finds_nothing_to_say_of_it(book: Book) -> None:
    verdicts = verify.verify(Book(book.root, book.home))
    assert len(verdicts) == CASES + 2
    assert all(one.ok and not one.warnings for one in verdicts)


def test_the_case_says_what_the_truth_says(book: Book, person: Person) -> None:
    edition = book.edition
    for line in make_book.truth(book.root):
        case = Case(Book(book.root, book.home), line["case"])
        dossier, unread = case.read_all(person)
        assert not unread
        events: list[dict[str, Any]] = line["events"]
        assert case.fold.opened == events[0]["day"]
        assert len(dossier.records) == sum(weight(event) for event in events)
        closed = [e["what"] for e in events if e["what"] in ("close", "reopen")]
        assert case.fold.open is (closed[-1:] != ["close"])
        for kind in {e["record"] for e in events if "record" in e}:
            told = [e["says"] for e in events if e.get("record") == kind]
            assert sorted(map(short(told), [r.data for r in dossier.all(kind)])) == sorted(
                map(short(told), told)
            )
        for record in dossier.records:
            found = law.validate(edition.record_type(record.type), record.data, complete=False)
            assert not law.blocking(found)


def short(told: list[dict[str, Any]]) -> Any:
    """What a record says in the fields that the truth tells, as text."""
    fields = {name for says in told for name in says}
    return lambda data: json.dumps({n: data[n] for n in sorted(fields & data.keys())})


def test_the_same_number_is_the_same_life_whatever_the_keys() -> None:
    assert life(1, 2) == life(1, 2) != life(1, 3) != life(2, 3)
    assert sum(map(weight, life(1, 2, 4))) == 4


def test_lives_are_told_in_an_order_that_can_be() -> None:
    for number in range(60):
        is_open, stage, typed = False, "", ""
        for event in life(3, number):
            assert typed <= event["typed"] and event["day"] <= event["typed"]
            typed = event["typed"]
            if event["what"] in ("opened", "reopen"):
                assert not is_open
                is_open, stage = True, event.get("stage", STAGES[0])
            elif event["what"] == "advance":
                assert is_open and event["from"] == stage
                stage = event["stage"]
            elif event["what"] == "close":
                assert is_open
                is_open = False


@pytest.mark.soak
def test_two_processes_write_what_one_does(tmp_path: Path, person: Person, book: Book) -> None:
    make_book.make(tmp_path / "two", person, CASES, RECORDS, seed=5, processes=2)
    first, second = make_book.truth(book.root), make_book.truth(tmp_path / "two")
    assert [one["events"] for one in first] == [one["events"] for one in second]
    whole = Book(tmp_path / "two", book.home)
    assert all(one.ok and not one.warnings for one in verify.verify(whole))


def test_a_wrong_record_would_be_found(book: Book, person: Person) -> None:
    """The check above is none if nothing can fail it."""
    events = life(5, 0, 6)
    told = next(event for event in events if event.get("record") == "profile")
    told["says"] = {**told["says"], "sex": "Female"}
    case = Scribe(book, person).write(events)
    dossier, _ = Case(Book(book.root, book.home), case).read_all(person)
    profile = dossier.single("profile")
    assert profile is not None
    kind = book.edition.record_type("profile")
    assert law.blocking(law.validate(kind, profile.data, complete=False))
