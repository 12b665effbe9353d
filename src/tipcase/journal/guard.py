"""Who may replace a record: nobody replaces what they were not meant to read.

A complaint is sealed to some people and not to the one it is about. That one may still be on the
team and may sign entries: without this rule they could put something else in its place. Who is
named may replace it; where nobody who is named is on the staff any more, a supervisor may.
"""

from __future__ import annotations

from collections.abc import Mapping

from tipcase.journal.entry import Entry, FileVersion
from tipcase.journal.graph import Graph
from tipcase.journal.names import RECOVERY
from tipcase.journal.roster import Member


class Guard:
    """The versions of files that count so far, with whom each is sealed to."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._versions: dict[str, list[tuple[int, FileVersion]]] = {}

    def add(self, at: int, entry: Entry) -> None:
        """Take the files of the next entry that counts."""
        for version in entry.files:
            self._versions.setdefault(version.path, []).append((at, version))

    def refuses(
        self, at: int, entry: Entry, team: Mapping[str, bool], staff: Mapping[str, Member]
    ) -> bool:
        """Whether an entry replaces something that its signer was not meant to read.

        ``team`` and ``staff`` are as the entry's writer saw them.
        """
        return any(
            not self._may(version, entry.signer, team, staff)
            for new in entry.files
            for version in self._seen(at, new.path)
        )

    def _seen(self, at: int, path: str) -> list[FileVersion]:
        """The sealed versions of a path that the writer of an entry saw as current."""
        known = self._versions.get(path, ())
        if all(version.sealed_to in (None, "ordinary") for _, version in known):
            return []
        seen = [item for item in known if self._graph.has_seen(at, item[0])]
        return [
            version
            for other, version in seen
            if not any(
                version.sha256 in later.previous and self._graph.has_seen(n, other)
                for n, later in seen
            )
        ]

    @staticmethod
    def _may(
        version: FileVersion, signer: str, team: Mapping[str, bool], staff: Mapping[str, Member]
    ) -> bool:
        if version.sealed_to == "restricted":
            return team.get(signer, False)
        if not isinstance(version.sealed_to, tuple) or signer in version.sealed_to:
            return True
        left = all(handle not in staff for handle in version.sealed_to if handle != RECOVERY)
        return left and "supervisor" in staff[signer].roles
