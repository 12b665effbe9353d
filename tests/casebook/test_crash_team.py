"""Power cuts, full and broken disks at every step of grant, revoke, rekey and a removal.

After each: nothing is damaged, every record reads as before, what was acknowledged holds, the next
write mends what was left, and the same command again finishes what it had begun.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import oracles
from tests.casebook import world as worlds
from tests.casebook.test_crash import attempt, put_note, rubbish, steps_of
from tests.casebook.test_together import start
from tests.casebook.world import World
from tipcase.casebook import leaving, staff, staff_entry, team
from tipcase.errors import NoKeyError

SOAK = os.environ.get("TIPCASE_SOAK") == "1"
# Steps that are tried of each command and each kind of failure in a normal run.
SAMPLES = 1


def grant(world: World) -> None:
    team.grant(world.book(), world.case_id, ["cw2"], world.cw1, worlds.TIME, restricted=True)


def revoke(world: World) -> None:
    team.revoke(world.book(), world.case_id, ["cw2"], world.cw1, worlds.TIME, reencrypt=True)


def rekey(world: World) -> None:
    team.rekey(world.book(), world.case_id, world.cw1, worlds.TIME, reencrypt=True)


def remove(world: World) -> None:
    """What ``staff remove`` does, also a second time."""
    book = world.book()
    held = list(leaving.held_by(book, ["cw2"], []))
    if "cw2" in book.roster.now:
        book = staff.remove(book, "cw2", world.cw1, worlds.TIME)
    else:
        book = staff_entry.finish(book, world.cw1)
    done = leaving.take_away(book, held, world.cw1, lambda: worlds.TIME, reencrypt=True)
    for error in done.errors:
        raise error


def granted(world: World) -> bool:
    return "cw2" in world.case().fold.team


def renewed(world: World) -> bool:
    return len(world.case().fold.generations) > 1


def revoked(world: World) -> bool:
    return not granted(world)


def removed(world: World) -> bool:
    return revoked(world) and "cw2" not in world.book().roster.now


# What is done, whether it has happened, and what was done before it.
ACTS: dict[str, tuple[Callable[[World], None], Callable[[World], bool], bool]] = {
    "grant": (grant, granted, False),
    "rekey": (rekey, renewed, False),
    "revoke": (revoke, revoked, True),
    "remove": (remove, removed, True),
}


@pytest.fixture(scope="module")
def shared(template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The book with the case open to cw2."""
    world = worlds.copy(template, tmp_path_factory.mktemp("shared"))
    grant(world)
    return world


def texts(world: World) -> list[str]:
    dossier, unread = world.case().read_all(world.cw1)
    assert not unread
    return sorted(str(record.data) for record in dossier.records)


@pytest.mark.parametrize("kind", ["kill", "EIO", "ENOSPC"])
@pytest.mark.parametrize("name", ACTS)
@pytest.mark.sampled(3)
def test_a_failure_at_any_step_loses_and_opens_nothing(
    template: World, shared: World, tmp_path: Path, name: str, kind: str
) -> None:
    act, happened, after_grant = ACTS[name]
    whole = shared if after_grant else template
    before = texts(whole)
    count = len(steps_of(worlds.copy(whole, tmp_path / "all"), act))
    stride = 1 if SOAK else count // SAMPLES
    # Not the same steps for each kind: all of them together are a better sample.
    first = 1 if SOAK else stride * (2 * ["kill", "EIO", "ENOSPC"].index(kind) + 2) // 7
    assert count > 10
    for at in range(first, count + 1, stride):
        world = worlds.copy(whole, tmp_path / str(at))
        acknowledged = attempt(world, act, at, kind)
        assert not world.damage(), at
        assert texts(world) == before, at
        assert happened(world) or not acknowledged, at
        finish(world, act, happened)
        put_note(world, world.case_id)
        assert not rubbish(world) and not world.damage() and not world.warnings(), at
        assert set(before) <= set(texts(world)), at


def finish(world: World, act: Callable[[World], None], happened: Callable[[World], bool]) -> None:
    """The same command again where it has not happened yet."""
    if not happened(world):
        act(world)
    assert happened(world)
    assert not world.damage()
    if "cw2" not in world.case().fold.team:
        later = put_later(world)
        with pytest.raises(NoKeyError):
            world.case().read(later, world.cw2)


def put_later(world: World) -> str:
    before = set(world.case().fold.current)
    put_note(world, world.case_id)
    (path,) = set(world.case().fold.current) - before
    return path


@pytest.mark.soak
@pytest.mark.parametrize("how", ["signal=KILL", "error=ENOSPC", "error=EIO"])
@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_a_real_kill_or_error_at_a_step_of_revoke(
    shared: World, tmp_path: Path, call: str, how: str
) -> None:
    strace = oracles.require("strace")
    hit = 0
    before = texts(shared)
    for number in range(1, 40, 3):
        world = worlds.copy(shared, tmp_path / str(number))
        inject = ("-e", f"trace={call}", "-e", f"inject={call}:{how}:when={number}")
        traced = (strace, "-f", "-qq", "-o", "/dev/null", *inject)
        process = start(world, REVOKER, "kill", 1, *traced)
        process.communicate(timeout=120)
        acknowledged = process.returncode == 0
        hit += not acknowledged
        assert not world.damage(), number
        assert texts(world) == before
        assert revoked(world) or not acknowledged
        finish(world, revoke, revoked)
        put_note(world, world.case_id)
        assert not world.damage() and not world.warnings() and not rubbish(world)
    assert hit


REVOKER = """
import sys
from pathlib import Path
from tipcase.casebook import team
from tipcase.casebook.book import Book
from tipcase.keyring import person as people
root, home, identity, case = sys.argv[1:5]
me = people.from_text(Path(identity).read_text())
book = Book(Path(root), Path(home))
book.check()
team.revoke(book, case, ["cw2"], me, "2026-01-05T08:00:00Z", reencrypt=True)
"""
