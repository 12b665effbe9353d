"""Side-by-side measurement: two commands in turn, medians, a ratio, a goal.

Single times say more about the machine than about the program, so only ratios are judged, and the
two sides of a ratio are always run alternately in one session.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """One side of a comparison: how it is named in the table, and what is run."""

    name: str
    words: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]

    def seconds(self) -> float:
        """Wall-clock seconds of one run; a failing run is no measurement and raises."""
        return self.spent()[0]

    def spent(self) -> tuple[float, float]:
        """Wall-clock seconds of one run, and the processor's seconds of all its processes."""
        before, start = os.times(), time.perf_counter()
        subprocess.run(
            self.words,
            cwd=self.cwd,
            env=dict(self.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        wall, after = time.perf_counter() - start, os.times()
        user = after.children_user - before.children_user
        return wall, user + after.children_system - before.children_system

    def peak(self) -> float:
        """The most memory of one run, of all its processes together, in megabytes.

        Looked at twenty times a second, and what several share is counted once; Linux alone tells.
        """
        most = 0.0
        with subprocess.Popen(
            self.words,
            cwd=self.cwd,
            env=dict(self.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        ) as run:
            while run.poll() is None:
                most = max(most, sum(map(_held, _tree(run.pid))))
                time.sleep(0.05)
        if run.returncode:
            raise subprocess.CalledProcessError(run.returncode, self.words)
        return most / 1024


def _tree(pid: int) -> list[int]:
    """A process and all that it started, as far as they are still there."""
    children: dict[int, list[int]] = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            stat = Path("/proc", entry, "stat").read_text("utf-8")
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def _held(pid: int) -> int:
    """The kilobytes that a process holds, its share of what it has in common with others."""
    with contextlib.suppress(OSError):
        told = Path("/proc", str(pid), "smaps_rollup").read_text("utf-8")
        return next((int(line.split()[1]) for line in told.splitlines() if "Pss:" in line), 0)
    return 0


@dataclass(frozen=True)
class Row:
    """One line of the results; times in seconds, ``goal`` the largest ratio that holds.

    ``faster`` is the goal of a comparison with other programs: how many times ours must be faster
    at the least. ``unit`` is ``ms``, or ``MB`` where both sides are megabytes. A row without a goal
    is only told.
    """

    measure: str
    ours: float
    other_name: str
    other: float
    goal: float | None
    runs: int
    faster: float | None = None
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        """Ours over theirs."""
        return self.ours / self.other

    @property
    def holds(self) -> bool:
        """Whether the goal is met, at the digits that the table shows."""
        if self.faster is not None:
            return round(self.other / self.ours, 1) >= self.faster
        return self.goal is None or round(self.ratio, 2) <= self.goal

    @property
    def asked(self) -> str:
        """The goal, in words."""
        if self.faster is not None:
            return f"≥ {self.faster:g}×"
        return "none" if self.goal is None else f"≤ {self.goal:g}"

    @property
    def found(self) -> str:
        """The ratio as the table shows it."""
        if self.faster is not None:
            return f"{self.other / self.ours:.1f}×"
        return f"{self.ratio:.2f}"

    @property
    def line(self) -> str:
        """The row as a line of the table."""
        verdict = "yes" if self.holds else "no"
        if self.goal is None and self.faster is None:
            verdict = "–"
        return (
            f"| {self.measure} | {self._size(self.ours)} "
            f"| {self.other_name}: {self._size(self.other)} "
            f"| {self.found} | {self.asked} | {verdict} |"
        )

    def _size(self, value: float) -> str:
        return f"{value * 1000:.1f} ms" if self.unit == "ms" else f"{value:.1f} {self.unit}"


@dataclass(frozen=True)
class NotRun:
    """A line of the results that could not be measured here, and why."""

    measure: str
    why: str
    asked: str
    found: str = "not run"
    holds: bool = True

    @property
    def line(self) -> str:
        """The row as a line of the table."""
        return f"| {self.measure} | – | not run: {self.why} | – | {self.asked} | – |"


def side_by_side(ours: Command, other: Command, *, goal: float, runs: int) -> Row:
    """Median of interleaved runs, after one unmeasured run of each."""
    ours.seconds(), other.seconds()
    pairs = [(ours.seconds(), other.seconds()) for _ in range(runs)]
    return Row(
        ours.name,
        statistics.median(mine for mine, _ in pairs),
        other.name,
        statistics.median(theirs for _, theirs in pairs),
        goal,
        runs,
    )


def table(rows: Sequence[Row | NotRun]) -> str:
    """The rows as a markdown table."""
    lines = [
        "| measure | ours | the other | ratio | goal | holds |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(row.line for row in rows)]) + "\n"
