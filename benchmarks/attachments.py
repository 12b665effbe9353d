"""What sealing a large attachment costs, beside bare cryptography over as many bytes in memory.

The other side is ``cryptography``'s ChaCha20-Poly1305 in chunks of 64 KiB and SHA-256, each once:
one process, one thread, the same block again and again in memory, so that no file is read, nothing
is written, nothing is synced. Ours, in three threads, reads a file, hashes content and ciphertext,
seals, writes, syncs, and seals the owning record with its signed entry. At least half of the
other's throughput is asked for, so at most twice its time.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Row

if TYPE_CHECKING:
    from tipcase.casebook.book import Book
    from tipcase.keyring.person import Person

SIZE = 200 * 1024 * 1024
CHUNK = 64 * 1024
RUNS = 5
TIME = "2026-01-05T08:00:00Z"


def attachments(folder: Path) -> Iterator[Row]:
    """Attaching a file of 200 MiB, and taking it out again."""
    from tipcase.casebook import change, staff
    from tipcase.casebook.book import Book
    from tipcase.casebook.config import Config
    from tipcase.keyring import person as people
    from tipcase.keyring import recovery

    root, home, source = folder / "book-c", folder / "home-c", folder / "recording"
    person = people.generate("bench", "hybrid")
    config = Config("Bench", "kh-2009", "hybrid", {})
    staff.found(root, home, config, person, recovery.person(b"\x07" * 32, "hybrid"), TIME)
    case_id = change.new_case(Book(root, home), person, opened="2026-01-05", time=TIME)
    with change.editing(Book(root, home), case_id, person) as case:
        change.put(case, "note", None, {"happened_on": "2026-01-05"}, person, TIME)
    block = os.urandom(1024 * 1024)
    with source.open("wb") as stream:
        for _ in range(SIZE // len(block)):
            stream.write(block)
    sealed, taken, bare = [], [], []
    for _ in range(RUNS):
        sealed.append(_attached(Book(root, home), case_id, person, source))
        bare.append(_bare(block))
        taken.append(_exported(Book(root, home), case_id, person, folder / "out"))
    name, other = "200 MiB", "ChaCha20-Poly1305 and SHA-256, one process, in memory"
    against = statistics.median(bare)
    yield Row(f"attaching {name}", statistics.median(sealed), other, against, 2.0, RUNS)
    yield Row(f"exporting {name}", statistics.median(taken), other, against, 2.0, RUNS)


def _attached(book: Book, case_id: str, person: Person, source: Path) -> float:
    from tipcase.casebook import change
    from tipcase.casebook.attachments import attachments
    from tipcase.casebook.attachments.incoming import Incoming

    start = time.perf_counter()
    with source.open("rb", buffering=0) as stream, change.editing(book, case_id, person) as case:
        attachments.attach(case, ("note", None), Incoming(stream), {}, person, TIME)
    return time.perf_counter() - start


def _exported(book: Book, case_id: str, person: Person, out: Path) -> float:
    from tipcase.casebook.attachments import attachments
    from tipcase.casebook.case import Case

    start = time.perf_counter()
    case = Case(book, case_id)
    found, _ = attachments.index(case, person, checked=False)
    attachments.deliver(case, found[-1], person, out, force=True)
    return time.perf_counter() - start


def _bare(block: bytes) -> float:
    """Seconds that the bare cryptography needs for as many bytes."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    cipher, digest = ChaCha20Poly1305(os.urandom(32)), hashlib.sha256()
    view = memoryview(block)
    start = time.perf_counter()
    number = 0
    for _ in range(SIZE // len(block)):
        for at in range(0, len(block), CHUNK):
            chunk = view[at : at + CHUNK]
            digest.update(chunk)
            cipher.encrypt(number.to_bytes(12, "big"), chunk, None)
            number += 1
    return time.perf_counter() - start
