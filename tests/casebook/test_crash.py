"""Power cuts, full disks and broken disks at every step of every kind of write.

After each: a new process sees the old or the new state and no damage; what was acknowledged is
there; the next write mends what was left.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.casebook import world as worlds
from tests.casebook.faults import Disk, Killed, failing
from tests.casebook.world import CANARY, World
from tipcase import files
from tipcase.casebook import change, staff
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.change import Move
from tipcase.casebook.config import Config
from tipcase.casebook.verification import verify
from tipcase.errors import MachineError
from tipcase.keyring import person as people
from tipcase.keyring import recovery

SOAK = os.environ.get("TIPCASE_SOAK") == "1"
NEW = "after the write"


def put(world: World) -> None:
    world.put("profile", {"full_name": NEW})


def put_first(world: World) -> None:
    """The first record of a place that has none."""
    with change.editing(world.book(), "provider", world.cw1) as case:
        change.put(case, "note", None, {"text": NEW}, world.cw1, worlds.TIME)


def advance(world: World) -> None:
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        fold = case.fold
        move = Move(fold.stage, "crisis-intervention", 2, fold.phase, complete=False)
        decision = {"happened_on": "2026-01-09", "kind": "override", "reason": NEW}
        change.advance(case, move, decision, world.cw1, worlds.TIME)


def new(world: World) -> None:
    change.new_case(world.book(), world.cw1, opened="2026-02-01", time=worlds.TIME)


def staff_add(world: World) -> None:
    staff.add(world.book(), staff.card_of(CW3), ["auditor"], world.cw1, worlds.TIME)


def settings(world: World) -> None:
    staff.change_settings(world.book(), {"language": "km"}, world.cw1, worlds.TIME)


CW3 = people.generate("cw3", "x25519")


def case_state(world: World) -> object:
    fold = world.case().fold
    return fold.stage, sorted(fold.current), world.read("profile")["full_name"]


def provider_state(world: World) -> object:
    dossier, unread = Case(world.book(), "provider").read_all(world.cw1)
    assert not unread
    return [record.data["text"] for record in dossier.records]


def cases_state(world: World) -> object:
    return len(world.book().case_ids())


def staff_state(world: World) -> object:
    book = world.book()
    return sorted(book.roster.now), book.config.get("language")


@dataclass(frozen=True)
class Write:
    """One kind of write, what shows whether it happened, and the write that mends after it."""

    act: Callable[[World], None]
    state: Callable[[World], object]
    next: Callable[[World], None]


def next_staff(world: World) -> None:
    staff.change_settings(world.book(), {"form_language": "km"}, world.cw1, worlds.TIME)


WRITES = {
    "put": Write(put, case_state, lambda world: put_note(world, world.case_id)),
    "put_first": Write(put_first, provider_state, lambda world: put_note(world, "provider")),
    "advance": Write(advance, case_state, lambda world: put_note(world, world.case_id)),
    "new": Write(new, cases_state, new),
    "staff_add": Write(staff_add, staff_state, next_staff),
    "settings": Write(settings, staff_state, next_staff),
}


def put_note(world: World, case_id: str) -> None:
    with change.editing(world.book(), case_id, world.cw1) as case:
        change.put(case, "note", None, {"text": CANARY}, world.cw1, worlds.TIME)


def rubbish(world: World) -> list[Path]:
    left = [p for p in world.root.rglob("*") if p.name.startswith((files.TEMP_PREFIX, ".new-"))]
    return left


def steps_of(world: World, act: Callable[[World], None]) -> list[str]:
    with failing(10_000, "EIO") as disk:
        act(world)
    return disk.steps


def attempt(world: World, act: Callable[[World], None], at: int, kind: str) -> bool:
    """Do it on a disk that fails at a step; whether it was acknowledged."""
    with failing(at, kind) as disk:
        try:
            act(world)
        except Killed:
            return False
        except MachineError as error:
            assert error.hint and CANARY not in str(error)
            return False
        assert isinstance(disk, Disk)
    return True


@pytest.mark.parametrize("kind", ["kill", "EIO", "ENOSPC"])
@pytest.mark.parametrize("name", WRITES)
@pytest.mark.sampled(4)
def test_a_write_that_fails_at_any_step(
    template: World, tmp_path: Path, name: str, kind: str
) -> None:
    write = WRITES[name]
    reference = worlds.copy(template, tmp_path / "reference")
    old = write.state(reference)
    steps = steps_of(reference, write.act)
    new_state = write.state(reference)
    assert old != new_state and len(steps) > 10
    stride = 1 if SOAK else 2 if (name, kind) == ("put", "kill") else 7
    offset = sum(map(ord, name + kind)) % stride
    for at in range(1 + offset, len(steps) + 1, stride):
        world = worlds.copy(template, tmp_path / str(at))
        acknowledged = attempt(world, write.act, at, kind)
        where = f"{kind} at step {at}, {steps[at - 1]}"
        assert not world.damage(), where
        state = write.state(world)
        # Records carry random tags: their number and the rest must be those of one of the two.
        assert shape(state) == shape(new_state) or (
            shape(state) == shape(old) and not acknowledged
        ), where
        write.next(world)
        assert not world.damage() and not world.warnings(), where
        assert not rubbish(world), where
        believed_after(write, world, state, name)


def shape(state: object) -> object:
    if isinstance(state, tuple) and isinstance(state[1], list):
        return state[0], len(state[1]), state[2:]
    return state


def believed_after(write: Write, world: World, state: object, name: str) -> None:
    """What stood after the failure stands after the mending write."""
    after = write.state(world)
    if name in ("put", "advance"):
        assert isinstance(after, tuple) and isinstance(state, tuple)
        assert set(state[1]) < set(after[1])
        assert (after[0], after[2]) == (state[0], state[2])
    elif name == "put_first":
        assert isinstance(after, list) and isinstance(state, list)
        assert sorted([*state, CANARY]) == sorted(after)
    elif name == "new":
        assert isinstance(after, int) and isinstance(state, int)
        assert after == state + 1
    else:
        assert after == state


def test_an_interruption_right_after_the_entry_does_not_lose_its_files(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C between the appended line and the renames: the entry stands, so must its files."""
    real = files.append

    def interrupted(path: Path, line: bytes, mode: int = 0o644) -> None:
        real(path, line, mode)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files, "append", interrupted)
        with pytest.raises(KeyboardInterrupt):
            put(world)
    assert not world.damage()
    assert world.read("profile") == {"full_name": NEW}
    put_note(world, world.case_id)
    assert not rubbish(world) and not world.warnings()


@pytest.mark.parametrize("name", WRITES)
def test_a_read_only_folder_changes_nothing(world: World, name: str) -> None:
    before = world.snapshot()
    with failing(1, "EROFS"), pytest.raises(MachineError) as info:
        WRITES[name].act(world)
    assert info.value.exit_code == 10 and "read-only" in info.value.sentence
    assert world.snapshot() == before


@pytest.mark.parametrize("name", WRITES)
def test_a_full_disk_changes_nothing(world: World, name: str) -> None:
    before = world.snapshot()
    with failing(1, "ENOSPC"), pytest.raises(MachineError) as info:
        WRITES[name].act(world)
    assert info.value.exit_code == 10 and "no space" in info.value.sentence
    assert world.snapshot() == before


def test_a_torn_last_line_warns_wherever_it_is_torn(world: World) -> None:
    """A line cut inside its signature can still be good base64: it is torn, not forged."""
    put(world)
    whole = world.journal().read_bytes()
    fresh = worlds.copy(world, world.root.parent / "fresh")
    last = len(whole.splitlines(keepends=True)[-1])
    stride = 1 if SOAK else 19
    for cut in [*range(1, 8), *range(8, last, stride)]:
        fresh.journal().write_bytes(whole[:-cut])
        for path in (fresh.home / "trust").rglob("state-*.json"):
            path.unlink()
        texts = fresh.verdicts()[fresh.case_id]
        assert any("unfinished" in text for text in texts.warnings), cut
        assert not any("signature" in text for text in texts.damage), cut


def test_a_crash_of_two_versions_keeps_the_bytes_of_both(world: World) -> None:
    """Git joined two journals while one side's rename was still due: nothing of it is deleted."""
    path = "profile.yaml.age"
    before = (world.folder / path).read_bytes()
    world.put("profile", {"full_name": "one"})
    current = world.case().fold.current[path][0].sha256
    (world.folder / path).rename(files.pending_path(world.folder / path, current))
    (world.folder / path).write_bytes(before)
    from tipcase.journal.entry import FileVersion

    other = world.plant("note-abcdef23.yaml.age", {"text": CANARY})
    (world.folder / "note-abcdef23.yaml.age").unlink()
    version = FileVersion(path, files.sha256(other), (), "ordinary")
    world.append(world.forge(world.cw1, "put", files=(version,)))
    put_note(world, world.case_id)
    assert files.pending_path(world.folder / path, current).exists()


@pytest.mark.parametrize("kind", ["EIO", "ENOSPC"])
def test_a_casebook_that_could_not_be_made_leaves_nothing(tmp_path: Path, kind: str) -> None:
    def found(root: Path) -> None:
        config = Config("Example Shelter", "kh-2009", "x25519", {})
        seed = recovery.person(b"\x07" * 32, "x25519")
        staff.found(root, tmp_path / "home", config, CW3, seed, worlds.TIME)

    found(tmp_path / "first")
    with failing(10_000, kind) as disk:
        found(tmp_path / "second")
    count = len(disk.steps)
    assert count > 40
    for at in range(1, count + 1, 1 if SOAK else 6):
        root = tmp_path / f"book {at}"
        with failing(at, kind):
            try:
                found(root)
            except MachineError:
                assert not root.exists(), at
        # Making a folder that is there already may fail in peace.
        if not root.exists():
            found(root)
        assert all(v.ok for v in verify.verify(Book(root, tmp_path / "home"))), at


@pytest.mark.parametrize("kind", ["EIO", "kill"])
def test_the_first_entry_of_somebody_in_a_case_fails_at_any_step(
    world: World, tmp_path: Path, kind: str
) -> None:
    """Their journal is a new file: that its folder could not be synced must not lose records."""
    case_id = change.new_case(world.book(), world.cw2, opened="2026-01-05", time=worlds.TIME)

    def texts(world: World) -> list[object]:
        dossier, unread = Case(world.book(), case_id).read_all(world.cw1)
        assert not unread
        return [record.data["text"] for record in dossier.records]

    steps = steps_of(worlds.copy(world, tmp_path / "all"), lambda w: put_note(w, case_id))
    for at in range(1, len(steps) + 1, 1 if SOAK or kind == "EIO" else 5):
        copy = worlds.copy(world, tmp_path / str(at))
        acknowledged = attempt(copy, lambda w: put_note(w, case_id), at, kind)
        assert not copy.damage(), (at, steps[at - 1])
        assert texts(copy) in ([[CANARY]] if acknowledged else [[], [CANARY]]), at
