"""A case as the law sees it: its records as plain data, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from tipcase.law import dates
from tipcase.law.shapes import Vocabulary, snake

# Records without a date come first: what happened nobody knows when is never "the latest".
_UNDATED = date.min


@dataclass(frozen=True)
class Disputed:
    """A field that people wrote apart and nobody has settled: its path, and who wrote it when.

    What they wrote is not here: the field counts as what stood there before they parted.
    """

    field: str
    written: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Record:
    """One record: its type, its tag where the type repeats, and its typed plain data."""

    type: str
    tag: str | None
    # Left out of the repr, which may stand in a traceback: it is what a person's file says.
    data: dict[str, Any] = field(repr=False)
    path: Path | str | None = None
    disputed: tuple[Disputed, ...] = ()

    @property
    def name(self) -> str:
        """``identification``, or ``follow-up/k3f9m2xq``."""
        return f"{self.type}/{self.tag}" if self.tag else self.type

    @cached_property
    def _order(self) -> tuple[date, date, str]:
        days = dates.interval(self.data.get("happened_on"))
        if days is None:
            return (_UNDATED, _UNDATED, self.tag or "")
        return (days.earliest, days.latest, self.tag or "")


@dataclass(frozen=True)
class Dossier:
    """The believed records of one case and its state by the journal.

    ``opened`` is a partial date, ``state`` ``open`` or ``closed``; ``stage_states`` gives
    ``not-started``, ``open``, ``complete``, ``not-applicable`` or ``done-elsewhere`` by stage, and
    a stage it does not name counts as not started.
    """

    case: str
    opened: str
    stage: str
    phase: str | None = None
    state: str = "open"
    stage_states: Mapping[str, str] = field(default_factory=dict)
    records: tuple[Record, ...] = field(default=(), repr=False)

    @cached_property
    def _by_type(self) -> dict[str, tuple[Record, ...]]:
        grouped: dict[str, list[Record]] = {}
        for record in self.records:
            grouped.setdefault(record.type, []).append(record)
        return {kind: tuple(sorted(rs, key=lambda r: r._order)) for kind, rs in grouped.items()}

    def all(self, kind: str) -> tuple[Record, ...]:
        """The records of a type in order of happening; by tag where the dates do not tell."""
        return self._by_type.get(kind, ())

    def single(self, kind: str) -> Record | None:
        """The record of a type that does not repeat; the latest one of a type that does."""
        records = self.all(kind)
        return records[-1] if records else None

    def state_of(self, stage: str) -> str:
        """The state of a stage."""
        return self.stage_states.get(stage, "not-started")

    def excused(self, stage: str) -> bool:
        """Whether a stage was set aside as not applicable or done by another organization."""
        return self.state_of(stage) in {"not-applicable", "done-elsewhere"}

    def until(self, as_of: date) -> Dossier:
        """The case without what began to happen only after a day; what has no date stays."""
        kept = tuple(record for record in self.records if record._order[0] <= as_of)
        return self if len(kept) == len(self.records) else replace(self, records=kept)

    def context(self, vocabulary: Vocabulary, as_of: date) -> dict[str, Any]:
        """The facts by the names that expressions use; ``as_of`` is ``today``.

        What has no record is left out, and so are records of types that the edition lacks.
        """
        facts: dict[str, Any] = {
            "today": as_of,
            "states": {stage: self.state_of(stage) for stage in vocabulary.stages},
            "case": {
                "opened": self.opened,
                "stage": self.stage,
                "phase": self.phase,
                "state": self.state,
            },
        }
        for kind, records in self._by_type.items():
            if kind not in vocabulary.record_types:
                continue
            every = [record.data for record in records]
            facts[snake(kind)] = every if vocabulary.repeats(kind) else every[-1]
        return facts
