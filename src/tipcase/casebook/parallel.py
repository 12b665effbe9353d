"""Work on many cases in several processes, in order; in this one where that does not pay or work.

Whoever asks gives a ``Task``: the work itself, for this process and for copies of it, and the
recipe by which a process that starts from nothing makes the same. Other processes read only:
nothing that they find out is remembered but by who asked. What a recipe holds goes to them through
a pipe of their own, never on a command line or into a file.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tipcase.casebook.book import Book

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

Found = TypeVar("Found")

# Fewer cases are done before another process has started.
WORTH = 100
# More processes would wait for the disk.
MOST = 4
# Cases that a process takes at once, at the most and towards the end: enough that asking costs
# nothing and steps go abreast, few enough that all end together.
_PORTION = 64
_LEAST = 4
# Portions that wait for each process: enough that none is idle, few enough that what was found and
# not yet taken stays small.
_WAITING = 2
# Objects that a copied process makes before it looks for cycles among them: records are read, used
# and gone, and Python's usual 700 would have it look hundreds of times a case.
_COLLECT_AFTER = 20_000

# What is found of some cases, in their order.
Work = Callable[[Sequence[str]], Sequence[Found]]

_work: Work[Any] | None = None


@dataclass(frozen=True)
class Task(Generic[Found]):
    """Work on some cases by their ids: ``here``, and ``make(*words)``, which gives it elsewhere.

    ``make`` is a function of a module. The words may hold secrets and are never shown.
    """

    here: Work[Found]
    make: Callable[..., Work[Found]]
    words: tuple[Any, ...] = field(repr=False)


def each(work: Callable[[Book, str], Found], book: Book, cases: Sequence[str]) -> Iterator[Found]:
    """What ``work`` finds of each case, in order. It must be a function of a module."""
    words = (work, str(book.root), str(book.home))
    task: Task[Found] = Task(lambda some: [work(book, case) for case in some], _opened, words)
    yield from spread(task, cases)


def spread(
    task: Task[Found], cases: Iterable[str], processes: int | None = None
) -> Iterator[Found]:
    """What a task finds of each case, in order, by so many processes (None: as many as pay).

    The cases are asked for a little ahead of what was found, and never all at once.
    """
    waiting = iter(cases)
    first = list(islice(waiting, WORTH))
    waiting = chain(first, waiting)
    wanted = min(_processors(), MOST) if processes is None else processes
    left: deque[str] = deque()
    if wanted > 1 and (len(first) == WORTH or (processes is not None and len(first) > 1)):
        yield from _spread(task, waiting, wanted, left)
    rest = chain(left, waiting)
    while portion := list(islice(rest, _PORTION)):
        yield from task.here(portion)


def _spread(
    task: Task[Found], cases: Iterator[str], processes: int, left: deque[str]
) -> Iterator[Found]:
    """What a task finds, as far as the machine lets us have other processes.

    ``left`` gets the cases that were taken and for which nothing was found.
    """
    # A copy of this process starts at once; beside threads, which it would not have, it may hang.
    copied = sys.platform == "linux" and threading.active_count() == 1
    if copied:
        # What stands already is the same in every copy: no collector need look at it, or touch it.
        gc.freeze()
    pool = _pool(task, processes, copied=copied)
    if pool is None:
        return
    from concurrent.futures import BrokenExecutor

    try:
        asked: deque[Future[Sequence[Found]]] = deque()
        portions = _portions(cases, processes, left)
        while True:
            portion = next(portions, None)
            if not portion and not asked:
                return
            found: Sequence[Found] = ()
            try:
                if portion:
                    asked.append(pool.submit(_portion, portion))
                if not portion or len(asked) >= processes * _WAITING:
                    found = asked.popleft().result()
            except (BrokenExecutor, OSError):
                return  # one of them was ended, or there is no room for it
            for item in found:
                left.popleft()
                yield item
    finally:
        pool.shutdown(cancel_futures=True)
        if copied:
            gc.unfreeze()


def _portions(cases: Iterator[str], processes: int, left: deque[str]) -> Iterator[list[str]]:
    """What each process takes at once: less towards the end, so that all end together.

    ``left`` gets each case that was asked for.
    """
    ahead: deque[str] = deque()
    room = 2 * processes * _PORTION
    while True:
        more = list(islice(cases, room - len(ahead)))
        left.extend(more)
        ahead.extend(more)
        if not ahead:
            return
        size = _PORTION if len(ahead) == room else max(len(ahead) // (2 * processes), _LEAST)
        yield [ahead.popleft() for _ in range(min(size, _PORTION, len(ahead)))]


def _pool(task: Task[Any], processes: int, *, copied: bool) -> ProcessPoolExecutor | None:
    """The other processes; None on a machine without semaphores, or without room for them."""
    import multiprocessing

    begin: tuple[Any, ...] = (_made, task.make, task.words)
    if copied:
        begin = (_copied, task.here)
    try:
        from concurrent.futures import ProcessPoolExecutor

        context = multiprocessing.get_context("fork" if copied else "spawn")
        return ProcessPoolExecutor(processes, context, begin[0], begin[1:])
    except (ImportError, OSError, ValueError):
        return None


def _copied(here: Work[Any]) -> None:
    """Begin in a copy of the process that asks."""
    _begin()
    gc.set_threshold(_COLLECT_AFTER)
    global _work
    _work = here


def _made(make: Callable[..., Work[Any]], words: tuple[Any, ...]) -> None:
    """Begin in a process that knows nothing yet."""
    _begin()
    global _work
    _work = make(*words)


def _begin() -> None:
    import signal

    # Who interrupts the command interrupts the one process that answers for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that asks is gone: it may hold keys, and nobody waits."""
    import multiprocessing
    import multiprocessing.connection
    import signal

    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _portion(cases: Sequence[str]) -> Sequence[Any]:
    assert _work is not None
    return _work(cases)


def _opened(work: Callable[[Book, str], Found], root: str, home: str) -> Work[Found]:
    book = Book(Path(root), Path(home))
    return lambda some: [work(book, case) for case in some]


def _processors() -> int:
    """How many processors this process may use."""
    # Not every system can keep a process to some of them.
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1
