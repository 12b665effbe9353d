"""What a merge did, and what it left for whom."""

from __future__ import annotations

from dataclasses import dataclass, field

from tipcase.errors import TipcaseError


@dataclass(frozen=True)
class Step:
    """One thing that was done: in which case (or ``staff``), to which record or file.

    ``done`` is ``joined`` (a journal), ``merged``, ``restored``, ``set aside``, ``adopted``,
    ``rebuilt`` or ``moved`` (to newer keys). ``conflicts`` are the fields that people have to
    settle.
    """

    case: str
    name: str
    done: str
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Left:
    """What could not be done, and why."""

    case: str
    error: TipcaseError


@dataclass
class Report:
    """What a merge did and what it left; ``waiting`` is what git is in the middle of."""

    steps: list[Step] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    waiting: str | None = None
    paths: set[str] = field(default_factory=set)
    foreign: int = 0

    def add(self, later: Report) -> None:
        """Add what a later run did; what is left is what it left."""
        self.steps += later.steps
        self.left, self.waiting, self.foreign = later.left, later.waiting, later.foreign
        self.warnings = list(dict.fromkeys([*self.warnings, *later.warnings]))
        self.paths |= later.paths

    def beside(self, other: Report) -> None:
        """Add what a run over other cases did and left; of the staff both say the same."""
        known = {(item.case, item.error.sentence) for item in self.left}
        left = [item for item in other.left if (item.case, item.error.sentence) not in known]
        whole = [*self.left, *left]
        self.add(other)
        self.left = whole

    @property
    def conflicts(self) -> list[Step]:
        """The records with fields that people have to settle."""
        return [step for step in self.steps if step.conflicts]

    @property
    def code(self) -> int:
        """0, or 5 where people have to settle something, or what kept something from being done."""
        codes = {item.error.exit_code for item in self.left}
        if codes:
            return 7 if 7 in codes else max(codes)
        return 5 if self.conflicts or self.foreign else 0
