"""Measure what ``RESULTS.md`` shows, and write it: ``make bench``.

Each measure is a function that yields rows; a new one is added to ``MEASURES``. Exit code 1 when a
goal is missed, so that a script can ask.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import Command, Row, side_by_side, table

HERE = Path(__file__).resolve().parent
RUNS = 41
"""Enough for a steady median of a 20 ms command on a busy machine."""

PROGRAM = Path(sys.executable).with_name("tipcase")
LIBRARIES = ("typer", "cryptography", "jsonschema-rs", "ruamel.yaml", "py-yaml12")


def start_up(folder: Path) -> Iterator[Row]:
    """What a person waits for before anything happens."""
    env = {**os.environ, "TIPCASE_HOME": str(folder / "home"), "NO_COLOR": "1"}

    def python(code: str) -> Command:
        words = (sys.executable, "-c", code)
        return Command(f'`python -c "{code}"`', words, folder, env)

    ours = Command("`tipcase --version`", (str(PROGRAM), "--version"), folder, env)
    yield side_by_side(ours, python("import re"), goal=1.2, runs=RUNS)

    book = make_book(folder / "book", env, cases=500, records=4, keys="hybrid")
    name = "`tipcase list`, 500 cases, second run"
    ours = Command(name, (str(PROGRAM), "list"), book, env)
    yield side_by_side(ours, python("import typer"), goal=1.7, runs=RUNS)


def make_book(folder: Path, env: dict[str, str], *, cases: int, records: int, keys: str) -> Path:
    """A casebook of invented people, of the size asked for."""
    shape = ("--cases", str(cases), "--records", str(records), "--keys", keys)
    words = [sys.executable, str(HERE / "make_book.py"), str(folder), *shape]
    subprocess.run(words, env=env, check=True)
    return folder


MEASURES = (start_up,)


def report(rows: list[Row]) -> str:
    """The whole of RESULTS.md."""
    against = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        "# Results of `make bench`\n\n"
        "Ratios of medians, the two sides run in turn. `make bench` writes this file anew.\n\n"
        f"{table(rows)}\n"
        f"Run with Python {platform.python_version()} on {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores; {against}. "
        f"{RUNS} runs of each side. Casebooks come from `benchmarks/make_book.py`.\n"
    )


def main() -> int:
    """Measure, print the table, write RESULTS.md."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for measure in MEASURES:
            for row in measure(Path(folder)):
                rows.append(row)
                print(f"{row.measure}: {row.ratio:.2f} (goal {row.goal:g})", file=sys.stderr)
    (HERE / "RESULTS.md").write_text(report(rows), encoding="utf-8")
    print(table(rows), end="")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
