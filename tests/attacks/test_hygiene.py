"""design.md §2, and archives: planted folders in RAM, and what an enemy seals to us."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from tests.casebook.world import CANARY, SECOND, TIME, World
from tipcase import age, editing, files, settings, terminal
from tipcase.casebook.backup import archive, restoring
from tipcase.casebook.backup.archive import Packed
from tipcase.casebook.backup.restoring import Wanted
from tipcase.errors import TipcaseError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no folder in RAM on Windows")


# -- the folder in RAM --


def linked(ours: Path, elsewhere: Path) -> None:
    ours.symlink_to(elsewhere, target_is_directory=True)


def open_to_all(ours: Path, elsewhere: Path) -> None:
    ours.mkdir()
    ours.chmod(0o777)


def a_file(ours: Path, elsewhere: Path) -> None:
    ours.write_text("planted")


@pytest.mark.parametrize("plant", [linked, open_to_all, a_file])
def test_no_text_is_written_into_a_folder_that_somebody_else_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plant: object
) -> None:
    ours = settings.ram_folder()
    if ours is None:
        pytest.skip("this machine has no folder in RAM")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    ours.parent.mkdir(exist_ok=True)
    plant(ours, elsewhere)  # type: ignore[operator]
    monkeypatch.setattr(terminal, "present", lambda: True)
    monkeypatch.setenv("EDITOR", "false")
    seen: list[str] = []
    monkeypatch.setattr(files, "create", lambda path, data: seen.append(str(path)))
    with pytest.raises(TipcaseError) as info:
        editing.edit(CANARY, lambda data: [])
    if plant is open_to_all and seen:
        assert ours.stat().st_mode & 0o077 == 0, "made private before anything was written"
    else:
        assert seen == [] and CANARY not in str(info.value)
    assert list(elsewhere.iterdir()) == [] and elsewhere.stat().st_mode & 0o777 == 0o755


# -- archives --


def sealed(world: World) -> bytes:
    """An archive of the book as it stands, sealed to cw1, as anybody can make one."""
    plain = b"".join(archive.pack(world.book(), TIME, Packed(), history=False))
    return age.encrypt(plain, [age.parse_recipient(world.cw1.recipient)])


def test_a_stolen_archive_tells_nothing_but_its_length(world: World) -> None:
    data = sealed(world)
    # Nothing shorter: three letters stand in a hundred kilobytes of noise now and then.
    stolen = [CANARY, SECOND, "cw1.journal", "cw2.age", world.case_id, "Example Shelter", "profile"]
    plain = b"".join(archive.pack(world.book(), TIME, Packed(), history=False))
    assert {text for text in stolen if text.encode() in plain} >= {*stolen[2:]} - {"cw2.age"}
    assert not [text for text in stolen if text.encode() in data]
    with pytest.raises(TipcaseError) as info:
        restoring.look(io.BytesIO(data), [world.cw2.identity], Wanted(Path("/nowhere"), world.home))
    assert CANARY not in str(info.value)


def test_what_an_enemy_puts_into_an_archive_is_believed_as_little_as_on_the_disk(
    world: World, tmp_path: Path
) -> None:
    """The seal of an archive proves nothing: anybody can make one to anybody."""
    world.plant("profile.yaml.age", {"full_name": "planted"})
    world.plant("note-abcdefg2.yaml.age", {"text": "planted"})
    data = sealed(world)
    wanted = Wanted(tmp_path / "back", tmp_path / "new-home")
    restored = restoring.restore(io.BytesIO(data), [world.cw1.identity], wanted)
    assert restored.damaged
    back = World(tmp_path / "back", wanted.home, world.cw1, world.cw2, world.case_id)
    dossier, unread = back.case().read_all(world.cw1)
    assert "planted" not in str([record.data for record in dossier.records])
    assert unread and all(item.error.exit_code == 7 for item in unread)
    assert (tmp_path / "back").stat().st_mode & 0o077 == 0
