"""An entry of a later tipcase stops its own case, and only that one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.casebook.world import World
from tipcase.casebook import listing
from tipcase.errors import DamagedError
from tipcase.journal.entry import sign


def later(world: World) -> None:
    """Append a well-signed entry with an operation that this tipcase does not have."""
    head = world.case().fold.entries[-1].entry
    entry = replace(head, op="teleport", seq=head.seq + 1, prev=None, files=(), data={})
    world.append(sign(entry, world.cw1.signing_key), "cw1")


def test_nothing_of_the_case_is_read(world: World) -> None:
    later(world)
    with pytest.raises(DamagedError, match="does not know"):
        world.case().read_all(world.cw1)
    with pytest.raises(DamagedError, match="does not know"):
        world.put("note", {"happened_on": "2026-01-05", "text": "x"})
    assert world.damage()


def test_other_cases_go_on(world: World) -> None:
    from tipcase.casebook import change

    other = change.new_case(
        world.book(), world.cw1, opened="2026-01-05", time="2026-01-05T09:00:00Z"
    )
    later(world)
    found = listing.rows(world.book())
    assert other in {row.case for row in found.rows}
    assert [case for case, _ in found.unread] == [world.case_id]
    verdicts = world.verdicts()
    assert verdicts[other].ok
    assert not verdicts[world.case_id].ok
