"""Work on many cases in several processes, in order; in this one where that does not pay or work.

Each process opens the casebook anew and reads only: nothing that it finds out is remembered but by
who asked.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from tipcase.casebook.book import Book

Found = TypeVar("Found")
Work = Callable[[Book, str], Found]

# Fewer cases are done before another process has started.
WORTH = 100
# More processes would wait for the disk.
MOST = 4
# Cases that a process takes at once: enough that asking costs nothing, few enough that all end
# together.
_PORTION = 16

_book: Book | None = None


def each(work: Work[Found], book: Book, cases: Sequence[str]) -> Iterator[Found]:
    """What ``work`` finds of each case, in order. It must be a function of a module."""
    processes = min(_processors(), MOST)
    done = 0
    if len(cases) >= WORTH and processes > 1:
        for item in _spread(work, book, cases, processes):
            done += 1
            yield item
    for case in cases[done:]:
        yield work(book, case)


def _spread(work: Work[Found], book: Book, cases: Sequence[str], processes: int) -> Iterator[Found]:
    """What ``work`` finds, as far as the machine lets us have other processes."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    # A copy of this process starts at once; beside threads, which it would not have, it may hang.
    copied = sys.platform == "linux" and threading.active_count() == 1
    try:
        pool = ProcessPoolExecutor(
            processes,
            multiprocessing.get_context("fork" if copied else "spawn"),
            initializer=_begin,
            initargs=(str(book.root), str(book.home)),
        )
    except (ImportError, OSError, ValueError):
        return  # a machine without semaphores, or without room for them
    try:
        portions = [cases[at : at + _PORTION] for at in range(0, len(cases), _PORTION)]
        for future in [pool.submit(_portion, work, portion) for portion in portions]:
            yield from future.result()
    except (BrokenProcessPool, OSError):
        return
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(root: str, home: str) -> None:
    """Open the casebook in a new process."""
    import signal

    # Who interrupts the command interrupts the one process that answers for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    global _book
    _book = Book(Path(root), Path(home))


def _portion(work: Work[Found], cases: Sequence[str]) -> list[Found]:
    assert _book is not None
    return [work(_book, case) for case in cases]


def _processors() -> int:
    """How many processors this process may use."""
    # Not every system can keep a process to some of them.
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1
