"""Side-by-side measurement: two commands in turn, medians, a ratio, a goal.

Single times say more about the machine than about the program, so only ratios are judged, and the
two sides of a ratio are always run alternately in one session.
"""

from __future__ import annotations

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


@dataclass(frozen=True)
class Row:
    """One line of the results; times in seconds, ``goal`` the largest ratio that holds.

    A row without a goal is only told.
    """

    measure: str
    ours: float
    other_name: str
    other: float
    goal: float | None
    runs: int

    @property
    def ratio(self) -> float:
        """Ours over theirs."""
        return self.ours / self.other

    @property
    def holds(self) -> bool:
        """Whether the goal is met, at the two digits that the table shows."""
        return self.goal is None or round(self.ratio, 2) <= self.goal

    @property
    def asked(self) -> str:
        """The goal, in words."""
        return "none" if self.goal is None else f"≤ {self.goal:g}"


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


def table(rows: Sequence[Row]) -> str:
    """The rows as a markdown table."""
    lines = [
        "| measure | ours | the other | ratio | goal | holds |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.measure} | {row.ours * 1000:.1f} ms | {row.other_name}: {row.other * 1000:.1f} ms "
        f"| {row.ratio:.2f} | {row.asked} | {_holds(row)} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def _holds(row: Row) -> str:
    if row.goal is None:
        return "–"
    return "yes" if row.holds else "no"
