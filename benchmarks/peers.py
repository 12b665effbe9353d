"""The same count by programs that people have: a shell loop of ``age -d``, ``sops -d``, pyrage.

Book A on classic keys, since none of them knows the hybrid kind: how many open cases there are, by
sex. Each side opens every record, as a report does, and must come to the same numbers. Ours is a
first report on a machine that has seen the cases (``list``, or writing them, is enough for that).
Before the runs that are measured of ours, and of the loop in Python, comes one that is not: some
systems drop within seconds what has not been read, and neither side shall pay for the disk.
``python -m benchmarks.peers`` prints these rows alone.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.make_book import in_process, truth
from benchmarks.measure import NotRun, Row, table

CASES, RECORDS = 2500, 4
SOPS_FILES = 300
"""sops takes so long that a part of the files is read and the rest reckoned from it."""

RUNS = 5
NAME = f"{CASES} cases × {RECORDS} records: open cases by sex"
_GOALS = {"age": 25.0, "sops": 150.0, "pyrage": 2.0}
_ROOT = Path(__file__).resolve().parent.parent

Counts = Mapping[str, int]

# What somebody writes who has the key and the shell: the wrap first, then every record of the case.
# A case is closed when the last word on it is a closing: the records say so, in what they say.
LOOP = r"""
umask 077
for case in "$1"/cases/*/; do
    age -d -i "$2" "$case"keys/*/bench.age > "$3/case.key"
    for record in "$case"*.yaml.age; do
        age -d -i "$3/case.key" "$record"
    done > "$3/plain"
    if ! grep -q '^outcome:' "$3/plain"; then
        grep -m1 '^sex: [a-z]' "$3/plain" || echo 'sex: unknown'
    fi
done | sort | uniq -c
"""


def peers(folder: Path, cases: int = CASES) -> Iterator[Row | NotRun]:
    """A row for each of the three; those whose program is missing say so."""
    home = folder / "home-p"
    env = {**os.environ, "TIPCASE_HOME": str(home)}
    book = in_process(folder / "book-p", env, cases=cases, records=RECORDS, keys="x25519")
    key = home / "keys" / "bench.txt"
    asked = expected(book)
    sides = (
        ("age", "a shell loop of `age -d`", shutil.which("age"), by_age),
        ("sops", f"`sops -d`, from {SOPS_FILES} files", _sops(), by_sops),
        ("pyrage", "pyrage and PyYAML's C loader, one loop", _pyrage(), by_pyrage),
    )
    for side, other, there, measured in sides:
        if not there:
            yield NotRun(f"`tipcase report`, {NAME}", f"{side} is missing", f"≥ {_GOALS[side]:g}×")
            continue
        own, other_side = partial(_ours, book, env, asked), partial(measured, book, key, asked)
        theirs, ours = [], []
        if side == "pyrage":
            for _ in range(RUNS):
                ours += _after_one(own, 1)
                theirs += _after_one(other_side, 1)
        else:
            # The slow ones run once, and ours before them and after: a machine that is slower for
            # some minutes shall be so for both.
            ours += _after_one(own, RUNS)
            theirs.append(other_side())
            ours += _after_one(own, RUNS)
        yield Row(
            f"`tipcase report`, {NAME}", statistics.median(ours), other, statistics.median(theirs),
            None, RUNS, _GOALS[side],
        )  # fmt: skip


def _after_one(measured: Callable[[], float], runs: int) -> list[float]:
    """So many runs, after one that does not count."""
    measured()
    return [measured() for _ in range(runs)]


def expected(book: Path) -> Counts:
    """The count itself, from what the generator knows of its people."""
    found: Counter[str] = Counter()
    for life in truth(book):
        profile = next(e["says"] for e in life["events"] if e.get("record") == "profile")
        moves = [e["what"] for e in life["events"] if e["what"] in ("close", "reopen")]
        if moves[-1:] != ["close"]:
            sex = profile.get("sex")
            found[sex if isinstance(sex, str) else "unknown"] += 1
    return found


def agree(side: str, found: Counts, asked: Counts) -> None:
    """End where a side has counted something else: then it was no measurement."""
    if dict(found) != dict(asked):
        raise SystemExit(f"{side} counted {dict(found)}, not {dict(asked)}")


# -- ours --


def _ours(book: Path, env: Mapping[str, str], asked: Counts) -> float:
    """Seconds of a first report, with nothing remembered of an earlier one."""
    shutil.rmtree(Path(env["TIPCASE_HOME"]) / "cache", ignore_errors=True)
    words = ["report", "caseload", "--period", "2026-10", "--by", "sex", "--json"]
    start = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-m", "tipcase", *words], cwd=book, env=dict(env), check=True,
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    spent = time.perf_counter() - start
    agree("tipcase", by_sex(json.loads(told.stdout)["data"]), asked)
    return spent


def by_sex(data: Mapping[str, Any]) -> Counts:
    """The cases that a caseload leaves open, by sex; what is missing or not known together."""
    found: Counter[str] = Counter()
    for row in data["rows"]:
        sex = row["sex"]
        if row["open_end"] and sex != "total":
            found[sex if sex in ("female", "male", "other") else "unknown"] += row["open_end"]
    return found


# -- the others --


def by_age(book: Path, key: Path, asked: Counts) -> float:
    """Seconds of the shell's loop; two steps a case, the wrap and then its records."""
    with tempfile.TemporaryDirectory() as scratch:
        words = ["sh", "-c", LOOP, "sh", str(book), str(key), scratch]
        start = time.perf_counter()
        told = subprocess.run(words, check=True, capture_output=True, text=True)
        spent = time.perf_counter() - start
    lines = (line.split() for line in told.stdout.splitlines())
    agree("age", {words[2]: int(words[0]) for words in lines}, asked)
    return spent


def by_sops(book: Path, key: Path, _: Counts) -> float:
    """Seconds of ``sops -d`` of every record, from a part of them: they are sealed to it first."""
    sops = _sops()
    records = plaintexts(book, key, SOPS_FILES)
    with tempfile.TemporaryDirectory() as scratch:
        recipient = _recipient(key)
        env = {**os.environ, "SOPS_AGE_KEY_FILE": str(key)}
        paths = []
        for number, text in enumerate(records):
            path = Path(scratch) / f"{number}.yaml"
            path.write_bytes(text)
            subprocess.run([str(sops), "-e", "-i", "--age", recipient, str(path)], check=True)
            paths.append(path)
        start = time.perf_counter()
        for path in paths:
            told = subprocess.run([str(sops), "-d", str(path)], env=env, check=True,
                                  capture_output=True)  # fmt: skip
            if b"tipcase" not in told.stdout:
                raise SystemExit("sops gave something else than the record")
        spent = time.perf_counter() - start
    total = sum(1 for _ in book.glob("cases/*/*.yaml.age"))
    return spent / len(paths) * total


def by_pyrage(book: Path, key: Path, asked: Counts) -> float:
    """Seconds of one loop in Python, with libraries in C and Rust, in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.peers", "--loop", str(book), str(key)]
    start = time.perf_counter()
    told = subprocess.run(words, cwd=_ROOT, check=True, capture_output=True, text=True)
    spent = time.perf_counter() - start
    agree("pyrage", json.loads(told.stdout), asked)
    return spent


def pyrage_loop(book: str, key: str) -> Counts:
    """Open every wrap and every record, parse each, count: what a careful script does."""
    import yaml

    pyrage = importlib.import_module("pyrage")
    mine = pyrage.x25519.Identity.from_str(_secret(Path(key)))
    found: Counter[str] = Counter()
    for case in Path(book, "cases").iterdir():
        wrap = next(case.glob("keys/*/bench.age"))
        own = pyrage.x25519.Identity.from_str(_secret_in(pyrage.decrypt(wrap.read_bytes(), [mine])))
        sex, is_open = "unknown", True
        for path in case.glob("*.yaml.age"):
            plain = pyrage.decrypt(path.read_bytes(), [own])
            says = yaml.load(plain, Loader=yaml.CSafeLoader)
            is_open = is_open and "outcome" not in says
            if isinstance(says.get("sex"), str):
                sex = says["sex"]
        if is_open:
            found[sex] += 1
    return found


def plaintexts(book: Path, key: Path, most: int) -> list[bytes]:
    """What the first records of a casebook say, without the lines that pad them."""
    from tipcase import age

    person = age.parse_identity(_secret(key))
    found: list[bytes] = []
    for case in sorted((book / "cases").iterdir()):
        if not case.is_dir():
            continue
        wrap = next(case.glob("keys/*/bench.age"))
        own = age.parse_identity(_secret_in(age.decrypt(wrap.read_bytes(), [person])))
        for path in sorted(case.glob("*.yaml.age")):
            found.append(age.decrypt(path.read_bytes(), [own]).rstrip(b"\n.") + b"\n")
            if len(found) == most:
                return found
    return found


def _secret(key: Path) -> str:
    return _secret_in(key.read_bytes())


def _secret_in(data: bytes) -> str:
    """The line of an identity file that is the secret itself."""
    lines = data.decode("ascii").splitlines()
    return next(line for line in lines if line.startswith("AGE-SECRET-KEY-"))


def _recipient(key: Path) -> str:
    from tipcase import age

    return str(age.parse_identity(_secret(key)).recipient)


def _sops() -> str | None:
    beside = Path(sys.executable).with_name("sops")
    return str(beside) if beside.exists() else shutil.which("sops")


def _pyrage() -> bool:
    with contextlib.suppress(ImportError):
        importlib.import_module("pyrage")
        return hasattr(importlib.import_module("yaml"), "CSafeLoader")
    return False


def main() -> int:
    """Print the rows; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--folder", type=Path, help="keep the casebook here for another run")
    parser.add_argument("--loop", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.loop:
        print(json.dumps(pyrage_loop(*chosen.loop)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        rows = list(peers(chosen.folder or Path(folder), chosen.cases))
    print(table(rows), end="")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
