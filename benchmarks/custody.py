"""What custody costs beyond what cannot be spared: checking a whole casebook, and new keys.

The other side does the bare work on the same files: it opens, hashes and checks signatures, or
decrypts, encrypts and writes durably, and decides nothing.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.make_book import in_process
from benchmarks.measure import Command, Row

if TYPE_CHECKING:
    from tipcase.casebook.book import Book
    from tipcase.keyring.person import Person

PROGRAM = Path(sys.executable).with_name("tipcase")
BARE = Path(__file__).with_name("bare_verify.py")
VERIFIED = 3
"""Runs of each side: one over book B takes seconds, and differs by a few per cent."""

REKEYED = 12
"""Cases whose keys are made anew, one after the other."""

TIME = "2026-11-21T08:00:00Z"


def verifying(folder: Path) -> Iterator[Row]:
    """``verify`` of book B, beside hashing every file and checking every signature."""
    env = {**os.environ, "TIPCASE_HOME": str(folder / "home-b")}
    root = in_process(folder / "book-b", env, cases=500, records=40, keys="hybrid")
    yield from verify_rows(root, env, "500 cases × 40 records", VERIFIED)


def verify_rows(root: Path, env: Mapping[str, str], size: str, runs: int) -> Iterator[Row]:
    """Two rows: as long as it takes, and what that costs the processors, which has no goal."""
    ours = Command("ours", (str(PROGRAM), "verify"), root, env)
    bare = Command("bare", (sys.executable, str(BARE), str(root)), root, env)
    ours.spent(), bare.spent()
    pairs = [(ours.spent(), bare.spent()) for _ in range(runs)]
    for what, at, goal in (("", 0, 1.5), (", processor time", 1, None)):
        yield Row(
            f"`tipcase verify`, {size}{what}",
            statistics.median(one[at] for one, _ in pairs),
            f"hashing every file, checking every signature{what or ', one process'}",
            statistics.median(other[at] for _, other in pairs),
            goal,
            runs,
        )


def rekeying(folder: Path) -> Iterator[Row]:
    """New keys of a case and its 40 records encrypted to them, beside the encryption alone."""
    env = {**os.environ, "TIPCASE_HOME": str(folder / "home-k")}
    root = in_process(folder / "book-k", env, cases=REKEYED, records=40, keys="hybrid")
    yield rekey_row(root, folder / "home-k", folder / "scratch")


def rekey_row(root: Path, home: Path, scratch: Path) -> Row:
    """The row of one casebook; each case is read by both sides, which take turns in going first."""
    from tipcase.casebook import team
    from tipcase.casebook.book import Book
    from tipcase.keyring import person as people

    person = people.from_text((home / "keys" / "bench.txt").read_text("utf-8"))
    scratch.mkdir()
    found: list[tuple[float, float]] = []
    for at, case_id in enumerate(Book(root, home).case_ids()):
        book = Book(root, home)
        book.check()
        bare = _bare_rekey(book, case_id, person, scratch)

        def ours(book: Book = book, case_id: str = case_id) -> object:
            return team.rekey(book, case_id, person, TIME, reencrypt=True)

        before = None if at % 2 else _timed(bare)
        spent = _timed(ours)
        found.append((spent, _timed(bare) if before is None else before))
    return Row(
        "`rekey --reencrypt` of a case with 40 records",
        statistics.median(ours for ours, _ in found),
        "decrypting, encrypting and durably writing them",
        statistics.median(bare for _, bare in found),
        2.0,
        len(found),
    )


def _bare_rekey(book: Book, case_id: str, person: Person, scratch: Path) -> Callable[[], object]:
    """The bare work: each record decrypted, encrypted to another key, written, synced."""
    from tipcase import age, files
    from tipcase.casebook.case import Case
    from tipcase.casebook.wraps import ORDINARY, RESTRICTED, CaseKeys

    case = Case(book, case_id)
    keys = CaseKeys(case.place, case.fold, person)
    newest = case.fold.generations[-1]
    opened = {
        kind: (keys.identities(kind), age.parse_recipient(newest.recipient(kind)))
        for kind in (ORDINARY, RESTRICTED)
    }
    # Read before the time is taken: after new keys were made, the same path holds other bytes.
    sealed = {
        path: (
            (case.place.root / path).read_bytes(),
            opened[RESTRICTED if book.edition.record_type(kind).restricted else ORDINARY],
        )
        for path, kind, _ in case.paths()
    }

    def work() -> None:
        for name, (data, (identities, recipient)) in sealed.items():
            anew = age.encrypt(age.decrypt(data, identities), [recipient])
            files.create(scratch / f"{name}.new", anew)
            os.replace(scratch / f"{name}.new", scratch / name)
        files.sync_folder(scratch)

    return work


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
