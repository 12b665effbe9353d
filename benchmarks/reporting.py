"""What a report costs: read for the first time, again, after one change, and over more cases.

``python -m benchmarks.reporting`` prints these rows alone; ``--folder`` keeps its casebooks, which
take minutes to make.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from itertools import cycle
from pathlib import Path

from benchmarks.make_book import in_process
from benchmarks.measure import Command, NotRun, Row, table

BOOK_A, BOOK_B = (2500, 4), (500, 40)
SMALL, LARGE = 1000, 10_000
PROCESSES = 2
COLD_RUNS, WARM_RUNS, GROWN_RUNS = 5, 9, 3

_ROOT = Path(__file__).resolve().parent.parent
_REPORT = ("report", "caseload", "--period", "2026-10", "--by", "sex", "--json")
_NEXT = cycle(("Single", "Married"))


def cold(folder: Path) -> Iterator[Row]:
    """Reading, checking and folding books A and B, beside decrypting their files and no more."""
    for name, (cases, records) in (("a", BOOK_A), ("b", BOOK_B)):
        root, home = _book(folder, name, cases, records)
        runs = [(_apart("read", root, home), _apart("bare", root, home)) for _ in range(COLD_RUNS)]
        yield Row(
            f"reading {cases} cases × {records} records, {PROCESSES} processes",
            statistics.median(ours for ours, _ in runs),
            "decrypting their files, one process",
            statistics.median(bare for _, bare in runs),
            1.5,
            COLD_RUNS,
        )


def warm(folder: Path) -> Iterator[Row]:
    """The same report again, and again after somebody wrote one record."""
    root, home = _book(folder, "a", *BOOK_A)
    report = _command(root, home, *_REPORT)
    name = f"`tipcase report` of {BOOK_A[0]} cases"
    first = statistics.median(_forgotten(report, home) for _ in range(COLD_RUNS))
    again = statistics.median(report.seconds() for _ in range(WARM_RUNS))
    yield Row(f"{name}, nothing changed", again, "the first one", first, 0.10, WARM_RUNS)
    case = min(path.name for path in (root / "cases").iterdir() if path.is_dir())
    changed = []
    for _ in range(WARM_RUNS):
        _command(root, home, "set", case, "profile", f"marital_status={next(_NEXT)}").seconds()
        changed.append((report.seconds(), report.seconds()))
    yield Row(
        f"{name}, one of them changed",
        statistics.median(ours for ours, _ in changed),
        "nothing changed",
        statistics.median(other for _, other in changed),
        1.5,
        WARM_RUNS,
    )


def growth(folder: Path) -> Iterator[Row | NotRun]:
    """A first report over ten times as many cases: the time, and the peak of memory."""
    small, large = (_book(folder, f"g{cases}", cases, 4) for cases in (SMALL, LARGE))
    name = f"`tipcase report` of {LARGE} cases × 4 records"
    for book in (small, large):
        # Unmeasured: what the machine has not read for long is read from the disk.
        _forgotten(_command(*book, *_REPORT), book[1])
    runs = [
        [_forgotten(_command(*book, *_REPORT), book[1]) for book in (large, small)]
        for _ in range(GROWN_RUNS)
    ]
    times = [statistics.median(seconds) for seconds in zip(*runs, strict=True)]
    yield Row(name, times[0], f"{SMALL} cases", times[1], 11, GROWN_RUNS)
    if not Path("/proc/self/smaps_rollup").exists():
        yield NotRun(f"{name}, peak of memory", "this system does not tell", "≤ 1.6")
        return
    peaks = []
    for root, home in (large, small):
        shutil.rmtree(home / "cache", ignore_errors=True)
        peaks.append(_command(root, home, *_REPORT).peak())
    yield Row(f"{name}, peak of memory", *_beside(peaks), 1.6, GROWN_RUNS, unit="MB")


def _beside(peaks: list[float]) -> tuple[float, str, float]:
    return peaks[0], f"{SMALL} cases", peaks[1]


def _book(folder: Path, name: str, cases: int, records: int) -> tuple[Path, Path]:
    """A casebook on hybrid keys and the home of who opens it; made when it is not there."""
    home = folder / f"home-{name}"
    env = {**os.environ, "TIPCASE_HOME": str(home)}
    root = folder / f"book-{name}"
    return in_process(root, env, cases=cases, records=records, keys="hybrid"), home


def _command(root: Path, home: Path, *words: str) -> Command:
    env: Mapping[str, str] = {**os.environ, "TIPCASE_HOME": str(home), "NO_COLOR": "1"}
    return Command(words[0], (sys.executable, "-m", "tipcase", *words), root, env)


def _forgotten(report: Command, home: Path) -> float:
    """Seconds of a report of which nothing is remembered."""
    shutil.rmtree(home / "cache", ignore_errors=True)
    return report.seconds()


# -- in a process of its own, so that nothing is remembered from the run before --


def _apart(run: str, root: Path, home: Path) -> float:
    words = [sys.executable, "-m", "benchmarks.reporting", "--run", run, str(root), str(home)]
    told = subprocess.run(words, cwd=_ROOT, capture_output=True, check=True, text=True)
    return float(told.stdout)


def read(root: Path, home: Path) -> None:
    """Open the casebook and take the facts of every case; nothing kept before is used.

    As on a machine that has never seen it: every signature is checked.
    """
    from tipcase.casebook.book import Book
    from tipcase.keyring import person as people
    from tipcase.reports import reading
    from tipcase.reports.facts import FactsDefinition

    person = people.from_text((home / "keys" / "bench.txt").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as nothing_seen:
        book = Book(root, Path(nothing_seen))
        book.check()
        definition = FactsDefinition.of(book.edition)
        batch = reading.read(book, person, definition, processes=PROCESSES, cache=False)
    if batch.unread or batch.not_open or not batch.facts:
        raise SystemExit("a case of the measured casebook cannot be read")


def bare(root: Path, home: Path) -> None:
    """Open the wraps of every case and its records, and look at nothing."""
    from tipcase import age
    from tipcase.keyring import person as people

    person = people.from_text((home / "keys" / "bench.txt").read_text("utf-8"))
    for case in (root / "cases").iterdir():
        if not case.is_dir():
            continue
        records = [path.read_bytes() for path in case.glob("*.yaml.age")]
        restricted = any(case.glob("health-*"))
        kinds = ("bench.age", "bench.restricted.age") if restricted else ("bench.age",)
        own = []
        for kind in kinds:
            (wrap,) = case.glob(f"keys/*/{kind}")
            text = age.decrypt(wrap.read_bytes(), [person.identity]).decode("ascii")
            own += age.parse_identities(text)
        for data in records:
            age.decrypt(data, own)


def main() -> int:
    """Print the rows; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("cold", "warm", "growth"))
    parser.add_argument("--folder", type=Path, help="keep the casebooks here for another run")
    parser.add_argument("--run", choices=("read", "bare"), help=argparse.SUPPRESS)
    parser.add_argument("places", type=Path, nargs="*", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.run:
        start = time.perf_counter()
        {"read": read, "bare": bare}[chosen.run](*chosen.places)
        print(time.perf_counter() - start)
        return 0
    measures = {"cold": cold, "warm": warm, "growth": growth}
    rows: list[Row | NotRun] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, measured in measures.items():
            if chosen.only in (None, name):
                rows += measured(chosen.folder or Path(folder))
    print(table(rows), end="")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
