"""Somebody with a right handle and another key: told so, and nothing of the handle's changes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.casebook import world as worlds
from tests.casebook.test_tampering import refused
from tests.casebook.world import CANARY, World
from tipcase.casebook import change, staff
from tipcase.casebook.case import Case
from tipcase.errors import NoKeyError
from tipcase.keyring import person as people


def unfinish(journal: Path) -> None:
    """What a crash right before the end of the last line leaves."""
    journal.write_bytes(journal.read_bytes()[:-1])


def test_a_colleagues_unfinished_line_is_not_cut_by_another_key(world: World) -> None:
    unfinish(world.journal())
    stranger = people.generate("cw1", "x25519")
    with refused(world, 6), change.editing(world.book(), world.case_id, stranger):
        pass
    world.put("note", {"text": CANARY})
    assert not world.damage() and not world.warnings()
    assert len(world.case().fold.entries) == 7


def test_an_unfinished_line_of_the_staff_is_not_cut_by_another_key(world: World) -> None:
    unfinish(world.root / "staff" / "journal" / "cw1.journal")
    stranger = people.generate("cw1", "x25519")
    with refused(world, 6):
        staff.change_settings(world.book(), {"language": "km"}, stranger, worlds.TIME)
    staff.change_settings(world.book(), {"language": "km"}, world.cw1, worlds.TIME)
    assert not world.damage() and not world.warnings()
    assert "cw2" in world.book().roster.now and world.book().config.get("language") == "km"


def test_a_whole_line_that_is_not_its_owners_is_never_cut(world: World) -> None:
    from tipcase.casebook import writing

    evil = people.generate("cw1", "x25519")
    world.append(world.forge(evil, "put"))
    unfinish(world.journal())
    with refused(world):
        world.put("note", {"text": CANARY})
    with refused(world):
        writing.mend_journal(world.case().place, "cw1", world.book().roster)


def test_a_torn_rest_is_cut_off_by_its_owner_alone(world: World) -> None:
    with world.journal().open("ab") as stream:
        stream.write(b'{"torn')
    stranger = people.generate("cw1", "x25519")
    with refused(world, 6), change.editing(world.book(), world.case_id, stranger):
        pass
    world.put("note", {"text": CANARY})
    assert not world.damage() and not world.warnings()


def test_a_refused_change_leaves_nothing_new(world: World, tmp_path: Path) -> None:
    stranger = people.generate("zz", "x25519")
    shutil.rmtree(world.root / "cases")
    shutil.rmtree(world.home)
    with pytest.raises(NoKeyError):
        change.new_case(world.book(), stranger, opened="2026-01-05", time=worlds.TIME)
    assert not os.path.lexists(world.root / "cases")
    case_id = change.new_case(world.book(), world.cw1, opened="2026-01-05", time=worlds.TIME)
    before = sorted(world.root.rglob("*"))
    with pytest.raises(NoKeyError), change.editing(world.book(), case_id, stranger):
        pass
    assert sorted(world.root.rglob("*")) == before


def test_reading_with_another_key_is_not_an_empty_case(world: World) -> None:
    stranger = people.generate("cw1", "x25519")
    with pytest.raises(NoKeyError, match="is not the one"):
        world.case().read_all(stranger)
    with refused(world, 6):
        world.case().read_all(stranger)
    # Also where nothing is written yet.
    empty = change.new_case(world.book(), world.cw1, opened="2026-01-05", time=worlds.TIME)
    with refused(world, 6):
        Case(world.book(), empty).read_all(stranger)


def test_a_key_that_opens_only_a_part_is_said(world: World) -> None:
    """The restricted wrap is signed and sealed to somebody else: that is not need-to-know."""
    from tests.casebook.test_tampering import wrap_file
    from tipcase import files

    path = wrap_file(world, "cw1.restricted.age")
    path.write_bytes(worlds.wrap("sealed to another", people.generate("zz", "x25519")))
    wrap = {
        "generation": path.parent.name,
        "handle": "cw1",
        "kind": "restricted",
        "sha256": files.sha256(path.read_bytes()),
    }
    data = {"team": [{"handle": "cw1", "restricted": True}], "wraps": [wrap]}
    world.append(world.forge(world.cw1, "grant", data=data))
    dossier, unread = world.case().read_all(world.cw1)
    assert [item.error.exit_code for item in unread] == [6]
    assert len(dossier.records) == 3


def test_what_is_sealed_to_others_is_left_out_without_a_word(world: World) -> None:
    """Somebody on the team without the restricted key sees the rest, and no error."""
    from tests.casebook.test_tampering import wrap_file
    from tipcase import age, files

    own = wrap_file(world)
    identity = age.decrypt(own.read_bytes(), [world.cw1.identity]).decode().strip()
    path = own.with_name("cw2.age")
    path.write_bytes(worlds.wrap(identity, world.cw2))
    wrap = {
        "generation": path.parent.name,
        "handle": "cw2",
        "kind": "ordinary",
        "sha256": files.sha256(path.read_bytes()),
    }
    data = {"team": [{"handle": "cw2", "restricted": False}], "wraps": [wrap]}
    world.append(world.forge(world.cw1, "grant", data=data))
    dossier, unread = world.case().read_all(world.cw2)
    assert not unread
    assert sorted(record.type for record in dossier.records) == ["note", "note", "profile"]
