"""What this machine remembers of each case: the heads it has seen, and how the case stood.

A row is used again only when the hashes of the case's journals and of the staff journals are the
same, and only by the version of tipcase that worked it out, which judged them by the same rules: so
it never hides a change; it spares the signatures. The heads are pins: a journal in which
one of them is missing was cut, and a case that is gone was taken away.
"""

from __future__ import annotations

import sys
from collections.abc import Set
from typing import TYPE_CHECKING, Any, NamedTuple

from tipcase import __version__, files
from tipcase.errors import LockedError
from tipcase.keyring.trust import Trust

if TYPE_CHECKING:
    from tipcase.journal.fold import CaseFold

# The letters that a case id can begin with, and that of ``provider``.
_SHARDS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Row(NamedTuple):
    """How a case stood: what ``list`` shows, with the hashes it was worked out from."""

    case: str
    opened: str
    stage: str
    phase: str | None
    state: str
    team: tuple[str, ...]
    journals: str
    staff: str
    heads: tuple[str, ...]
    warnings: tuple[str, ...]
    version: str

    def stands(self, journals: str, staff: str) -> bool:
        """Whether this tipcase worked it out from journals and staff of these hashes."""
        return (self.journals, self.staff, self.version) == (journals, staff, __version__)


def row_of(fold: CaseFold, journals: str, staff: str) -> Row:
    """The row of a case that was folded from journals and staff of these hashes."""
    return Row(
        case=fold.case,
        opened=fold.opened,
        stage=fold.stage,
        phase=fold.phase,
        state="open" if fold.open else "closed",
        team=tuple(sorted(fold.team)),
        journals=journals,
        staff=staff,
        heads=fold.heads,
        warnings=tuple(p.text for p in fold.problems if not p.damage),
        version=__version__,
    )


class State:
    """The rows of one working copy, in files by the first letter of the case id."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._shards: dict[str, dict[str, Row]] = {}
        self._changed: dict[str, dict[str, Any]] = {}
        self._entries: dict[str, Set[str]] = {}

    def get(self, case: str) -> Row | None:
        """The row of a case, or None when this machine has not seen it."""
        return self._shard(case).get(case)

    def pins(self, case: str) -> frozenset[str]:
        """The heads that this machine has seen of a case."""
        row = self._shard(case).get(case)
        return frozenset(row.heads) if row is not None else frozenset()

    def put(self, row: Row, entries: Set[str]) -> None:
        """Remember a row (``save`` makes it last), worked out from these entries."""
        if self.get(row.case) == row:
            return
        self._entries[row.case] = entries
        self._shard(row.case)[row.case] = row
        self._changed.setdefault(_shard_name(row.case), {})[row.case] = row._asdict()

    def known(self) -> set[str]:
        """The cases that this machine has seen."""
        return {case for letter in _SHARDS for case in self._shard(letter)}

    def save(self, patience: float = 0.0) -> None:
        """Write what changed; when another process is writing, leave it to the next time."""
        if not self._changed:
            return
        try:
            with files.lock(self._trust.lock_path(), "the device", patience):
                self.save_locked()
        except LockedError:
            return

    def save_locked(self) -> None:
        """Write what changed, while the caller holds the device's lock."""
        for name, rows in self._changed.items():
            fresh = self._trust.load(name) or {}
            for case, row in rows.items():
                # What another process has seen of the case since then is not forgotten.
                if case not in fresh or self._entries[case] >= set(fresh[case]["heads"]):
                    fresh[case] = row
            self._trust.save(name, fresh)
        self._changed.clear()

    def _shard(self, case: str) -> dict[str, Row]:
        name = _shard_name(case)
        if name not in self._shards:
            found = self._trust.load(name) or {}
            # As rows, whose many equal words stand once: a large casebook has thousands.
            self._shards[name] = {case: _row(value) for case, value in found.items()}
        return self._shards[name]


def _row(value: dict[str, Any]) -> Row:
    # Field by field: the rows of all cases are made again by each command that looks at them all.
    return Row(
        value["case"],
        sys.intern(value["opened"]),
        sys.intern(value["stage"]),
        value["phase"],
        sys.intern(value["state"]),
        tuple(value["team"]),
        value["journals"],
        sys.intern(value["staff"]),
        tuple(value["heads"]),
        tuple(value["warnings"]),
        sys.intern(value.get("version", "")),
    )


def _shard_name(case: str) -> str:
    return f"state-{case[0].lower()}"
