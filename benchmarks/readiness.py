"""What arguing about closing adds to reading: book of 500 cases, read and then judged too.

``python -m benchmarks.readiness`` prints the figure alone, for a casebook of any size.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.make_book import in_process, truth
from benchmarks.measure import Row

GOAL = 1.3
_RUNS = 5
_AS_OF = "2026-11-21"


def arguing(folder: Path, cases: int = 500, records: int = 4) -> Iterator[Row]:
    """``readiness --all`` beside reading the same cases, in turn, each in a process of its own.

    Both begin with an open casebook; compiling the edition is counted, since every run pays it.
    """
    home = folder / "home-r"
    env = {**os.environ, "TIPCASE_HOME": str(home)}
    root = in_process(folder / "book-r", env, cases=cases, records=records, keys="hybrid")
    times = [(_in_child(root, home, judge=True), _in_child(root, home, judge=False))
             for _ in range(_RUNS)]  # fmt: skip
    yield Row(
        f"`readiness --all`, {cases} cases × {records} records",
        statistics.median(ours for ours, _ in times),
        "reading the same cases, one after another",
        statistics.median(other for _, other in times),
        GOAL,
        _RUNS,
    )


def _in_child(root: Path, home: Path, *, judge: bool) -> float:
    """Seconds of one run in a fresh process, so that nothing is remembered from the one before."""
    import subprocess

    words = [sys.executable, "-m", "benchmarks.readiness", "--run", "judge" if judge else "read"]
    told = subprocess.run(
        [*words, str(root), str(home)],
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        check=True,
        text=True,
    )
    return float(told.stdout)


def _seconds(root: Path, home: Path, *, judge: bool) -> float:
    from tipcase.casebook.case import Case
    from tipcase.cli.context import Context, parse_date
    from tipcase.cli.standing_of_all import listed

    context = Context(root, str(home / "keys" / "bench.txt"), as_json=True, home=home)
    context.as_of = parse_date(_AS_OF, "--as-of")
    cases, person, judged, bad = context.book.all_case_ids(), context.person, 0, False
    start = time.perf_counter()
    if judge:
        found = listed(context)
        judged, bad = len(found.data), found.code != 0
    else:
        # What is closed is not argued about, and so not read; that it is has to be found out.
        for case in (Case(context.book, case_id) for case_id in cases):
            if case.fold.open:
                judged, bad = judged + 1, bad or bool(case.read_all(person)[1])
    spent = time.perf_counter() - start
    if bad or judged != sum(map(_is_open, truth(root))):
        raise SystemExit("a case of the measured casebook cannot be read")
    return spent


def _is_open(life: Mapping[str, Any]) -> bool:
    ends = [event["what"] for event in life["events"] if event["what"] in ("close", "reopen")]
    return ends[-1:] != ["close"]


def main() -> int:
    """Print the ratio; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--records", type=int, default=4)
    parser.add_argument("--run", choices=("judge", "read"), help=argparse.SUPPRESS)
    parser.add_argument("places", type=Path, nargs="*", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.run:
        root, home = chosen.places
        print(_seconds(root, home, judge=chosen.run == "judge"))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        (row,) = arguing(Path(folder), chosen.cases, chosen.records)
    print(f"{row.measure} ÷ {row.other_name}: {row.ratio:.2f} (goal {row.asked})")
    return 0 if row.holds else 1


if __name__ == "__main__":
    sys.exit(main())
