"""Power cuts at every step of a merge: nothing is torn, and the next merge finishes."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from tests.casebook import clones
from tests.casebook.clones import NAMES, Pair
from tests.casebook.faults import Killed, failing
from tests.casebook.world import TIME
from tipcase.casebook import staff, team
from tipcase.errors import TipcaseError

SOAK = os.environ.get("TIPCASE_SOAK") == "1"
# Of some hundred steps each of the three ways to fail: all in soak, a few otherwise.
EVERY = 1 if SOAK else 37


@pytest.fixture(scope="module")
def torn(together: Pair, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A pair whose first clone stands in a conflict, with late work of somebody removed."""
    pair = clones.copied(together, tmp_path_factory.mktemp("pair"))
    staff.remove(pair.one.book(), "cw2", pair.one.me, TIME)
    team.revoke(pair.one.book(), pair.one.case_id, ["cw2"], pair.one.me, TIME)
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.one.commit()
    pair.one.git("branch", "elsewhere", "HEAD~1")
    pair.two.put("note", {"happened_on": "2026-01-06", "text": "late"})
    pair.two.commit()
    # Another machine of the first person, which has not seen the rest.
    pair.two.me = pair.one.me
    pair.two.put("profile", {**NAMES, "preferred_name": "D"})
    pair.two.commit()
    pair.join()
    assert pair.one.unmerged()
    return pair


def steps(torn: Pair, folder: Path) -> int:
    pair = clones.copied(torn, folder)
    with failing(100_000, "EIO") as disk:
        pair.one.merge()
    finished(pair)
    return len(disk.steps)


def finished(pair: Pair) -> None:
    assert not pair.one.unmerged()
    pair.one.git("commit", "--quiet", "--no-edit")
    assert pair.one.damage() == []
    assert pair.one.read("profile") == {
        **NAMES,
        "full_name": "First Invented",
        "preferred_name": "D",
    }
    assert len(list((pair.one.case().place.root / "aside").glob("*.age"))) == 1
    assert not [p for p in pair.one.root.rglob(".pending-*") if ".git" not in p.parts]
    assert pair.one.git("status", "--porcelain") == ""


@pytest.mark.parametrize("kind", ["kill", "ENOSPC", "EIO"] if SOAK else ["kill"])
def test_the_next_merge_finishes(torn: Pair, tmp_path: Path, kind: str) -> None:
    count = steps(torn, tmp_path / "count")
    assert count > 20
    for at in range(1 if SOAK else 31, count + 1, EVERY):
        pair = clones.copied(torn, tmp_path / str(at))
        with failing(at, kind), contextlib.suppress(Killed, TipcaseError):
            pair.one.merge()
        report = pair.one.merge()
        assert report.code == 0, (at, [item.error.sentence for item in report.left])
        finished(pair)
