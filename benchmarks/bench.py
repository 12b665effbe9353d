"""Measure what ``RESULTS.md`` shows, and write it: ``make bench``.

Each measure is a function that yields rows; a new one is added to ``MEASURES``. Exit code 1 when a
goal is missed, so that a script can ask.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

from benchmarks.attachments import attachments
from benchmarks.custody import PROGRAM, REKEYED, rekeying, verifying
from benchmarks.forms import printing
from benchmarks.make_book import in_process
from benchmarks.measure import Command, NotRun, Row, side_by_side, table
from benchmarks.peers import SOPS_FILES, peers
from benchmarks.readiness import arguing
from benchmarks.reporting import COLD_RUNS, GROWN_RUNS, WARM_RUNS, cold, growth, warm

HERE = Path(__file__).resolve().parent
RUNS = 41
"""Enough for a steady median of a 20 ms command on a busy machine."""

LIBRARIES = ("typer", "cryptography", "jsonschema-rs", "ruamel.yaml", "py-yaml12")


def start_up(folder: Path) -> Iterator[Row]:
    """What a person waits for before anything happens."""
    env = {**os.environ, "TIPCASE_HOME": str(folder / "home"), "NO_COLOR": "1"}

    def python(code: str) -> Command:
        words = (sys.executable, "-c", code)
        return Command(f'`python -c "{code}"`', words, folder, env)

    ours = Command("`tipcase --version`", (str(PROGRAM), "--version"), folder, env)
    yield side_by_side(ours, python("import re"), goal=1.2, runs=RUNS)

    book = in_process(folder / "book", env, cases=500, records=4, keys="hybrid")
    name = "`tipcase list`, 500 cases, second run"
    ours = Command(name, (str(PROGRAM), "list"), book, env)
    yield side_by_side(ours, python("import typer"), goal=1.7, runs=RUNS)


def checking(folder: Path) -> Iterator[Row]:
    """What judging a case adds to reading it: book B, each case read and then checked."""
    env = {**os.environ, "TIPCASE_HOME": str(folder / "home-b")}
    root = in_process(folder / "book-b", env, cases=500, records=40, keys="hybrid")
    runs = [_read_and_checked(root, folder / "home-b") for _ in range(3)]
    yield Row(
        "checking 500 cases × 40 records, once read",
        statistics.median(checked for _, checked in runs),
        "reading them",
        statistics.median(read for read, _ in runs),
        0.5,
        len(runs),
    )


def _read_and_checked(root: Path, home: Path) -> tuple[float, float]:
    """Seconds spent reading every case of a casebook, and judging what was read."""
    from tipcase import law
    from tipcase.casebook.book import Book
    from tipcase.casebook.case import Case
    from tipcase.keyring import person as people

    person = people.from_text((home / "keys" / "bench.txt").read_text("utf-8"))
    book = Book(root, home)
    book.check()
    # The rules are compiled once for a batch, as `check --all` does, and that is counted.
    read = checked = 0.0
    for case_id in book.all_case_ids():
        start = time.perf_counter()
        dossier, unread = Case(book, case_id).read_all(person)
        done = time.perf_counter()
        law.check(book.edition, dossier, date(2026, 11, 21))
        read, checked = read + done - start, checked + time.perf_counter() - done
        if unread:
            raise SystemExit("a case of the measured casebook cannot be read")
    return read, checked


MEASURES = (
    start_up,
    cold,
    peers,
    warm,
    growth,
    checking,
    arguing,
    verifying,
    rekeying,
    attachments,
    printing,
)


def report(rows: list[Row | NotRun]) -> str:
    """The whole of RESULTS.md."""
    against = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        "# Results of `make bench`\n\n"
        "Ratios of medians, the two sides run in turn. `make bench` writes this file anew.\n\n"
        f"{table(rows)}\n"
        f"Run with Python {platform.python_version()} on {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores; {against}. "
        f"{RUNS} runs of each side, 3 of book B's, {REKEYED} new keys; {COLD_RUNS} first reports, "
        f"{WARM_RUNS} later ones, {GROWN_RUNS} of 10,000 cases, one loop of `age`; "
        f"sops opens {SOPS_FILES} files, and what all would take is reckoned from them. "
        "Ours beside these three are first reports on a machine that has seen the cases (in the "
        "rows of reading every signature is checked), after a run that is not measured, as is the "
        "loop with pyrage: neither side shall pay for the disk. "
        "Casebooks come from `benchmarks/make_book.py`; the reports of one are counted again in "
        "`tests/reports/test_truth.py`.\n"
    )


def main() -> int:
    """Measure, print the table, write RESULTS.md."""
    rows: list[Row | NotRun] = []
    with tempfile.TemporaryDirectory() as folder:
        for measure in MEASURES:
            for row in measure(Path(folder)):
                rows.append(row)
                print(f"{row.measure}: {row.found} (goal {row.asked})", file=sys.stderr)
    (HERE / "RESULTS.md").write_text(report(rows), encoding="utf-8")
    print(table(rows), end="")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
