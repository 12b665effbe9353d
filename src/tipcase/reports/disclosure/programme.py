"""The one door to the solver of linear programmes.

Unknowns are at least 0; rows are sums of them between two bounds, which may be changed between
questions: the solver goes on from its last answer. One thread and limits in nodes, never in
seconds: the same table is protected alike on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tipcase.errors import MachineError
from tipcase.reports.disclosure.policy import Work

if TYPE_CHECKING:
    import highspy

INFINITE = float("inf")
# Rounding errors of the solver, not a tolerance of ours.
EXACT = 1e-6
# So many branches are looked at for whole numbers; what is not found in them counts as not there.
MOST_NODES = 1
# Where questions differ in what they ask for, the last answer stays possible: go on from it. Where
# they differ in what must hold, it stays the cheapest.
PRIMAL, DUAL = 4, 1
# A question that is answered at once costs as much as so many steps.
LEAST_STEPS = 20


@dataclass(frozen=True)
class Answer:
    """One solution: the value of each unknown, and which rows hold the objective back."""

    values: Sequence[float]
    binding: Sequence[float]


class Programme:
    """Rows over unknowns, asked for the most or least of a sum of unknowns."""

    def __init__(
        self,
        rows: Sequence[Mapping[int, float]],
        bounds: Sequence[tuple[float, float]],
        limits: Sequence[tuple[float, float]],
        *,
        work: Work,
        method: int = PRIMAL,
    ) -> None:
        self._solver, self._work = _solver(method), work
        self._size = len(rows) + len(limits)
        self._asked: Mapping[int, float] = {}
        self._solver.addVars(len(limits), [low for low, _ in limits], [high for _, high in limits])
        starts, indices, values = [0], list[int](), list[float]()
        for row in rows:
            indices += row.keys()
            values += row.values()
            starts.append(len(indices))
        self._solver.addRows(
            len(rows),
            [low for low, _ in bounds],
            [high for _, high in bounds],
            len(indices),
            starts[:-1],
            indices,
            values,
        )

    def bound(self, row: int, low: float, high: float) -> None:
        """Set the bounds of a row."""
        self._solver.changeRowBounds(row, low, high)

    def ask(self, goal: Mapping[int, float], *, most: bool) -> Answer | None:
        """The solution with the most or the least of the goal; None where there is none."""
        import highspy

        self._aim(goal)
        sense = highspy.ObjSense.kMaximize if most else highspy.ObjSense.kMinimize
        self._solver.changeObjectiveSense(sense)
        self._run()
        found = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return self._answer() if found else None

    def ask_within(
        self,
        goal: Mapping[int, float],
        within: tuple[float, float],
        costs: Mapping[int, float],
        whole: Sequence[int] = (),
    ) -> Answer | None:
        """The cheapest solution with the goal between two bounds; None where there is none.

        With ``whole``, those unknowns are whole numbers, and the answer is the first that is found.
        """
        import highspy

        solver, basis = self._solver, self._solver.getBasis()
        self._aim(costs)
        solver.changeObjectiveSense(highspy.ObjSense.kMinimize)
        solver.addRow(*within, len(goal), list(goal), [float(v) for v in goal.values()])
        for column in whole:
            solver.changeColIntegrality(column, highspy.HighsVarType.kInteger)
        self._run()
        found = whole or solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        answer = self._answer() if found and solver.getSolution().value_valid else None
        for column in whole:
            solver.changeColIntegrality(column, highspy.HighsVarType.kContinuous)
        solver.deleteRows(1, [solver.getNumRow() - 1])
        solver.setBasis(basis)
        return answer

    def _run(self) -> None:
        self._solver.run()
        steps = int(self._solver.getInfo().simplex_iteration_count)
        self._work.spend((LEAST_STEPS + max(steps, 0)) * self._size)

    def _aim(self, goal: Mapping[int, float]) -> None:
        if goal == self._asked:
            return
        costs = dict.fromkeys(self._asked, 0.0) | dict(goal)
        self._asked = dict(goal)
        if costs:
            self._solver.changeColsCost(len(costs), list(costs), [float(c) for c in costs.values()])

    def _answer(self) -> Answer:
        found = self._solver.getSolution()
        return Answer(list(found.col_value), list(found.row_dual))


def _solver(method: int) -> highspy.Highs:
    # Not everybody publishes, and the solver is larger than the rest of the program.
    try:
        import highspy
    except ImportError:
        raise MachineError(
            "protecting a publication needs a solver that is not installed",
            "pip install 'tipcase[publish]'",
        ) from None
    solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    for option, value in (
        ("threads", 1),
        ("random_seed", 0),
        ("mip_max_nodes", MOST_NODES),
        ("mip_rel_gap", INFINITE),
        ("mip_abs_gap", INFINITE),
        ("simplex_strategy", method),
    ):
        solver.setOptionValue(option, value)
    return solver


__all__ = ["DUAL", "EXACT", "INFINITE", "Answer", "Programme"]
