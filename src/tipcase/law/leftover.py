"""What a case still holds when it shall be closed: each thing that would lie open and unseen.

It is what the schedule lists of the case, however far ahead, without what outlives a closing (the
edition marks it ``left_open: false``: a consent ends whether or not the case is closed).
"""

from __future__ import annotations

from datetime import date

from tipcase.law.dossier import Dossier
from tipcase.law.edition import Edition
from tipcase.law.schedule import Due, due


def left_open(edition: Edition, dossier: Dossier, as_of: date) -> tuple[Due, ...]:
    """Everything that is still to be done in an open case, soonest first; each has its ``key``.

    Nothing of a case that is closed or whose person died. Pass the dossier as it is judged
    (``closures.in_hand``, ``Dossier.until``): nothing is left out here.
    """
    outlives = {entry.id for entry in edition.schedule.deadlines if not entry.left_open}
    found = due(edition, dossier, as_of, within=None)
    return tuple(item for item in found if item.deadline not in outlives)


__all__ = ["left_open"]
