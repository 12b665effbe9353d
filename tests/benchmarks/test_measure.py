"""The arithmetic of a measurement, without asserting any time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.measure import Command, Row, side_by_side, table


def command(code: str, folder: Path) -> Command:
    return Command(code, (sys.executable, "-c", code), folder, os.environ)


def test_both_sides_run_in_turn_after_a_first_run(tmp_path: Path) -> None:
    note = "open('runs','a').write({!r})"
    row = side_by_side(
        command(note.format("o"), tmp_path), command(note.format("t"), tmp_path), goal=2, runs=3
    )
    assert (tmp_path / "runs").read_text() == "ot" * 4
    assert row.ratio == row.ours / row.other
    assert row.runs == 3


def test_the_work_of_processes_that_a_command_starts_is_counted(tmp_path: Path) -> None:
    work = "sum(i * i for i in range(1_500_000))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])"
    assert command(child, tmp_path).spent()[1] > command("0", tmp_path).spent()[1]


def test_a_failing_command_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        command("raise SystemExit(3)", tmp_path).seconds()


@pytest.mark.parametrize(("ours", "word"), [(0.024, "yes"), (0.02409, "yes"), (0.0243, "no")])
def test_a_goal_holds_at_the_digits_shown(ours: float, word: str) -> None:
    (line,) = table([Row("start", ours, "re", 0.02, 1.2, 5)]).splitlines()[2:]
    assert line.endswith(f"| ≤ 1.2 | {word} |")


@pytest.mark.parametrize(("other", "word"), [(0.5, "yes"), (0.4992, "yes"), (0.498, "no")])
def test_how_many_times_faster_is_judged_at_the_digit_shown(other: float, word: str) -> None:
    row = Row("report", 0.02, "a loop", other, None, 3, faster=25)
    assert row.holds is (word == "yes")
    assert row.line.endswith(f"× | ≥ 25× | {word} |")


def test_megabytes_are_no_seconds() -> None:
    row = Row("peak", 60, "fewer", 50, 1.6, 1, unit="MB")
    assert row.line == "| peak | 60.0 MB | fewer: 50.0 MB | 1.20 | ≤ 1.6 | yes |"


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux alone tells")
def test_the_memory_of_processes_that_a_command_starts_is_counted(tmp_path: Path) -> None:
    hold = "x = bytearray(60_000_000); import time; time.sleep(0.5)"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}])"
    assert command(child, tmp_path).peak() > 57
