"""Grant, revoke, rekey and leaving: who can open a case, and what attackers make of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from tests.casebook import world as worlds
from tests.casebook.world import CANARY, SECOND, World
from tipcase import files
from tipcase.casebook import change, leaving, staff, staff_entry, team, wraps
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.revision import recipients
from tipcase.errors import (
    ConflictError,
    DamagedError,
    NoKeyError,
    NotFoundError,
    TipcaseError,
    UsageError,
)
from tipcase.journal.entry import FileVersion, Signed
from tipcase.keyring import person as people
from tipcase.keyring.person import Person

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

NEW = "Written later"
CW3 = people.generate("cw3", "x25519")
CW4 = people.generate("cw4", "x25519")


def grant(world: World, *handles: str, by: Person | None = None, **more: Any) -> team.Granted:
    return team.grant(world.book(), world.case_id, handles, by or world.cw1, worlds.TIME, **more)


def revoke(world: World, *handles: str, by: Person | None = None, **more: Any) -> team.Rekeyed:
    return team.revoke(world.book(), world.case_id, handles, by or world.cw1, worlds.TIME, **more)


def rekey(world: World, by: Person | None = None, **more: Any) -> team.Rekeyed:
    return team.rekey(world.book(), world.case_id, by or world.cw1, worlds.TIME, **more)


def put(world: World, text: str, by: Person, kind: str = "note", **more: Any) -> str:
    data = {"happened_on": "2026-01-09", "text" if kind == "note" else "summary": text}
    with change.editing(world.book(), world.case_id, by) as case:
        return change.put(case, kind, None, data, by, worlds.TIME, **more).path


def add(world: World, person: Person, *roles: str) -> None:
    staff.add(world.book(), staff.card_of(person), roles, world.cw1, worlds.TIME)


def read(world: World, path: str, by: Person) -> object:
    return world.case().read(path, by).data.get("text")


def health(world: World, by: Person) -> object:
    path = next(p for p, kind, _ in world.case().paths() if kind == "health")
    return world.case().read(path, by).data["summary"]


def refused(error: type[TipcaseError], code: int) -> Any:
    return pytest.raises(error, check=lambda e: e.exit_code == code and bool(e.hint))


# -- granting --


def test_a_grant_opens_everything_written_so_far_and_nothing_restricted(world: World) -> None:
    rekey(world)
    assert grant(world, "cw2").handles == ("cw2",)
    assert world.read("profile", world.cw2) == {"full_name": CANARY}
    with refused(wraps.NeedToKnowError, 6):
        health(world, world.cw2)
    put(world, NEW, world.cw2)
    assert not world.damage() and not world.warnings()


def test_granting_again_gives_the_restricted_records_and_then_nothing_more(world: World) -> None:
    grant(world, "cw2")
    assert grant(world, "cw2").unchanged == ("cw2",)
    assert grant(world, "cw2", restricted=True).handles == ("cw2",)
    assert health(world, world.cw2) == CANARY
    before = world.snapshot()
    assert grant(world, "cw2", restricted=True).unchanged == ("cw2",)
    assert world.snapshot() == before


def test_a_dry_run_changes_nothing(world: World) -> None:
    before = world.snapshot()
    assert grant(world, "cw2", dry_run=True).handles == ("cw2",)
    assert rekey(world, dry_run=True, reencrypt=True).moved
    assert world.snapshot() == before


def test_only_a_supervisor_of_the_case_grants(world: World) -> None:
    add(world, CW3, "caseworker")
    add(world, CW4, "supervisor")
    grant(world, "cw2")
    before = world.snapshot()
    for person in (world.cw2, CW3, CW4):
        with refused(NoKeyError, 6):
            grant(world, "cw3", by=person)
        with refused(NoKeyError, 6):
            revoke(world, "cw2", by=person)
    assert world.snapshot() == before


def test_people_whom_no_case_can_be_opened_to(world: World) -> None:
    add(world, CW3, "auditor")
    with refused(NotFoundError, 4):
        grant(world, "nobody")
    with refused(UsageError, 2):
        grant(world, "cw3")
    with refused(UsageError, 2):
        grant(world, "cw2", "cw2")
    with pytest.raises(NotFoundError) as info:
        grant(world, CANARY)
    assert CANARY not in str(info.value)


def test_recovery_grants_in_any_case_and_does_nothing_else(world: World) -> None:
    grant(world, "cw2", by=world.recovery, restricted=True)
    assert health(world, world.cw2) == CANARY
    with refused(NoKeyError, 6):
        rekey(world, world.recovery)
    with refused(NoKeyError, 6):
        put(world, NEW, world.recovery)
    impostor = dataclasses.replace(people.generate("recovery", "x25519"), handle="recovery")
    with refused(NoKeyError, 6):
        grant(world, "cw2", by=impostor)
    assert not world.damage()


def test_a_seed_that_was_replaced_grants_nothing(world: World) -> None:
    later = people.generate("recovery", "x25519")
    data = {"card": staff.card_of(later).as_json()}
    staff_entry.commit(world.book(), "keys", data, {}, world.cw1, worlds.TIME)
    before = world.snapshot()
    with refused(NoKeyError, 6):
        grant(world, "cw2", by=world.recovery)
    assert world.snapshot() == before
    assert grant(world, "recovery").handles == ("recovery",)
    assert health(world, later) == CANARY
    grant(world, "cw2", by=later)
    assert not world.damage()


def test_who_holds_no_restricted_key_gives_none(world: World) -> None:
    add(world, CW4, "supervisor")
    grant(world, "cw4")
    with refused(wraps.NeedToKnowError, 6):
        grant(world, "cw2", by=CW4, restricted=True)
    data = {"team": [{"handle": "cw2", "restricted": True}], "wraps": []}
    world.append(world.forge(CW4, "grant", data=data))
    assert "cw2" not in world.case().fold.team
    assert any("restricted keys" in text for text in world.warnings())


def test_new_keys_of_a_person_are_granted_anew(world: World) -> None:
    grant(world, "cw2", restricted=True)
    later = people.generate("cw2", "x25519")
    staff.replace_keys(world.book(), staff.card_of(later), world.cw2, worlds.TIME)
    with refused(NoKeyError, 6):
        world.read("profile", later)
    assert any("leaves cw2 out" in text for text in world.warnings())
    assert grant(world, "cw2").handles == ("cw2",)
    assert health(world, later) == CANARY
    put(world, NEW, later)
    assert not world.damage() and not [t for t in world.warnings() if "leaves" in t]
    with refused(NoKeyError, 6):
        put(world, NEW, world.cw2)


def test_who_holds_no_restricted_key_heals_the_rest(world: World) -> None:
    """The one who is healed may have restricted records: the granter gives what they hold."""
    add(world, CW4, "supervisor")
    grant(world, "cw4")
    grant(world, "cw2", restricted=True)
    later = people.generate("cw2", "x25519")
    staff.replace_keys(world.book(), staff.card_of(later), world.cw2, worlds.TIME)
    grant(world, "cw2", by=CW4)
    assert world.read("profile", later) == {"full_name": CANARY}
    assert world.case().fold.left_out == (("cw2", "restricted"),)
    grant(world, "cw2")
    assert health(world, later) == CANARY and not world.case().fold.left_out


# -- revoking --


def test_who_was_revoked_opens_nothing_that_is_written_later(world: World) -> None:
    grant(world, "cw2", restricted=True)
    done = revoke(world, "cw2")
    path = put(world, NEW, world.cw1)
    health = put(world, NEW, world.cw1, "health")
    for later in (path, health):
        with refused(NoKeyError, 6):
            read(world, later, world.cw2)
    # What they could read they can read: nothing takes it back, and the command says so.
    assert world.read("profile", world.cw2) == {"full_name": CANARY}
    assert set(done.readable["cw2"].ordinary) == set(done.left) - set(
        done.readable["cw2"].restricted
    )
    assert done.readable["cw2"].restricted and len(done.left) == 4
    assert not world.damage() and not world.warnings()


def test_reencrypting_moves_everything_at_once(world: World) -> None:
    grant(world, "cw2", restricted=True)
    before = {p: world.case().fold.current[p][0].sha256 for p, _, _ in world.case().paths()}
    plain = {path: world.case().plaintext(path, world.cw1) for path in before}
    done = revoke(world, "cw2", reencrypt=True)
    assert len(done.moved) == 4 and not done.left and done.restricted
    case = world.case()
    assert all(case.fold.current[path][0].sha256 != before[path] for path in before)
    assert {path: case.plaintext(path, world.cw1) for path in before} == plain
    for path in before:
        with refused(NoKeyError, 6):
            case.read(path, world.cw2)
    assert case.read("profile.yaml.age", world.recovery).data == {"full_name": CANARY}
    assert not world.damage() and not world.warnings()


def test_a_revoker_without_the_restricted_key_leaves_it_as_it_is(world: World) -> None:
    """Whoever makes a key has seen it: need-to-know would end with the first revocation."""
    add(world, CW4, "supervisor")
    grant(world, "cw4")
    grant(world, "cw2", restricted=True)
    done = revoke(world, "cw2", by=CW4, reencrypt=True)
    assert not done.restricted and done.left == tuple(
        name for name in done.left if name.startswith("health")
    )
    assert put(world, NEW, CW4)
    # Nobody writes to a restricted key that cw2 has; whoever holds it makes a new one.
    with refused(ConflictError, 5):
        put(world, NEW, world.cw1, "health")
    assert any("restricted key" in text for text in world.warnings())
    assert rekey(world).restricted
    path = put(world, NEW, world.cw1, "health")
    with refused(NoKeyError, 6):
        read(world, path, world.cw2)
    with refused(wraps.NeedToKnowError, 6):
        read(world, path, CW4)
    assert not world.damage() and not world.warnings()


def test_nobody_slips_in_a_restricted_key_of_their_own(world: World) -> None:
    grant(world, "cw2")
    book, fold = world.book(), world.case().fold
    to = recipients(book, book.roster.now)
    made = wraps.make("x25519", dict.fromkeys(fold.team, False), to)
    world.append(forged_rekey(world, world.cw2, made))
    write_files(world, made)
    assert [g.name for g in world.case().fold.generations] == [fold.generations[0].name]
    assert any("restricted keys" in text for text in world.warnings())


def forged_rekey(world: World, signer: Person, made: wraps.NewGeneration) -> Signed:
    data = {"generation": made.generation._asdict(), "wraps": list(made.wraps)}
    return world.forge(signer, "rekey", data=data)


def write_files(world: World, made: wraps.NewGeneration) -> None:
    for path, data in made.files.items():
        (world.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (world.folder / path).write_bytes(data)


def test_the_last_supervisor_and_the_seed_stay(world: World) -> None:
    with refused(ConflictError, 5):
        revoke(world, "cw1")
    with refused(UsageError, 2):
        revoke(world, "recovery")
    with refused(NotFoundError, 4):
        revoke(world, "cw2")
    add(world, CW4, "supervisor")
    grant(world, "cw4", restricted=True)
    assert revoke(world, "cw1").revoked == ("cw1",)
    assert "cw1" not in world.case().fold.team
    with refused(ConflictError, 5):
        revoke(world, "cw4", by=CW4)


def test_somebody_comes_back_and_reads_what_was_written_meanwhile(world: World) -> None:
    grant(world, "cw2", restricted=True)
    revoke(world, "cw2")
    path = put(world, NEW, world.cw1)
    grant(world, "cw2")
    assert read(world, path, world.cw2) == NEW
    put(world, NEW, world.cw2)
    # The restricted key that they had is not the one that is written to.
    health = put(world, NEW, world.cw1, "health")
    with refused(NoKeyError, 6):
        read(world, health, world.cw2)
    assert not world.damage() and not world.warnings()


def test_a_damaged_record_is_left_and_the_rest_is_moved(world: World) -> None:
    (world.folder / "profile.yaml.age").write_bytes(b"x")
    done = rekey(world, reencrypt=True)
    assert done.left == ("profile",) and len(done.moved) == 3
    assert [error.exit_code for error in done.errors] == [7]
    assert CANARY not in str(done.errors)


# -- two clones that had not seen each other --


def branch(world: World, folder: Path) -> World:
    """Another working copy of the same state."""
    return worlds.copy(world, folder)


def join(world: World, other: World) -> None:
    """What git's union does: new files and journals of both; of one path the other's bytes."""
    for name, data in other.snapshot().items():
        target = world.root / name
        if name.endswith(".journal") and target.exists():
            lines = dict.fromkeys([*target.read_bytes().splitlines(True), *data.splitlines(True)])
            data = b"".join(lines)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def test_a_revocation_beats_a_grant_that_had_not_seen_it(world: World, tmp_path: Path) -> None:
    add(world, CW4, "supervisor")
    grant(world, "cw4", restricted=True)
    grant(world, "cw2")
    other = branch(world, tmp_path / "other")
    revoke(world, "cw2")
    grant(other, "cw2", by=CW4, restricted=True)
    join(world, other)
    assert "cw2" not in world.case().fold.team
    path = put(world, NEW, world.cw1)
    with refused(NoKeyError, 6):
        read(world, path, world.cw2)
    assert not [text for text in world.damage() if "derived" not in text]


def test_two_revocations_apart_stop_writing_until_somebody_rekeys(
    world: World, tmp_path: Path
) -> None:
    for person in (CW3, CW4):
        add(world, person, "supervisor")
    grant(world, "cw2", "cw3", "cw4", restricted=True)
    other = branch(world, tmp_path / "other")
    revoke(world, "cw2")
    revoke(other, "cw3", by=CW4)
    join(world, other)
    fold = world.case().fold
    assert set(fold.team) == {"cw1", "cw4", "recovery"}
    assert fold.sealing_of("ordinary") is None
    with refused(ConflictError, 5):
        put(world, NEW, world.cw1)
    assert any("rekey" in text for text in world.warnings())
    rekey(world, CW4)
    path = put(world, NEW, world.cw1)
    assert read(world, path, CW4) == NEW
    for person in (world.cw2, CW3):
        with refused(NoKeyError, 6):
            read(world, path, person)


def test_offline_work_under_an_older_key_is_read_and_counts(world: World, tmp_path: Path) -> None:
    """A third person had not seen that somebody was removed."""
    add(world, CW3, "caseworker")
    grant(world, "cw2", "cw3")
    other = branch(world, tmp_path / "other")
    held = list(leaving.held_by(world.book(), ["cw2"], []))
    book = staff.remove(world.book(), "cw2", world.cw1, worlds.TIME)
    leaving.take_away(book, held, world.cw1, lambda: worlds.TIME)
    path = put(other, NEW, CW3)
    join(world, other)
    assert read(world, path, world.cw1) == NEW
    # It stands under the old key until it is moved.
    assert read(world, path, world.cw2) == NEW
    rekey(world, reencrypt=True)
    with refused(NoKeyError, 6):
        read(world, path, world.cw2)
    assert read(world, path, CW3) == NEW


def test_who_was_granted_beside_a_rekey_is_told_and_healed(world: World, tmp_path: Path) -> None:
    other = branch(world, tmp_path / "other")
    grant(world, "cw2")
    path = put(other, NEW, other.cw1)
    rekey(other, reencrypt=True)
    join(world, other)
    assert world.case().fold.left_out == (("cw2", "ordinary"),)
    with pytest.raises(NoKeyError) as info:
        read(world, path, world.cw2)
    assert "leave cw2 out" in info.value.sentence and "tipcase grant" in info.value.hint
    with refused(ConflictError, 5):
        put(world, SECOND, world.cw2)
    assert grant(world, "cw2").handles == ("cw2",)
    assert read(world, path, world.cw2) == NEW
    assert not world.case().fold.left_out


# -- attacks --


def test_keys_that_leave_somebody_out_are_told_and_healed(world: World) -> None:
    """A caseworker makes keys for herself alone: nobody writes to what they could not open."""
    grant(world, "cw2")
    book = world.book()
    fold = world.case().fold
    to = recipients(book, book.roster.now)
    made = wraps.make("x25519", {"cw2": False}, to, fold.generations[0].restricted)
    world.append(forged_rekey(world, world.cw2, made))
    write_files(world, made)
    assert {handle for handle, _ in world.case().fold.left_out} == {"cw1", "recovery"}
    assert sum("leaves" in text for text in world.warnings()) == 2
    with pytest.raises(ConflictError) as info:
        put(world, NEW, world.cw1)
    assert "leave cw1 out" in info.value.sentence and "rekey" in info.value.hint
    rekey(world)
    path = put(world, NEW, world.cw1)
    assert read(world, path, world.recovery) == NEW
    assert not world.damage() and not world.warnings()


def test_a_grant_that_wraps_another_identity_is_refused_when_read(world: World) -> None:
    fold = world.case().fold
    stranger = people.generate("evil", "x25519")
    data = worlds.wrap(str(stranger.identity), world.cw2)
    name = fold.generations[0].name
    wrap = {"generation": name, "handle": "cw2", "kind": "ordinary", "sha256": files.sha256(data)}
    entry = {"team": [{"handle": "cw2", "restricted": False}], "wraps": [wrap]}
    world.append(world.forge(world.cw1, "grant", data=entry))
    (world.folder / wraps.wrap_path(name, "cw2", "ordinary")).write_bytes(data)
    for act in (lambda: world.read("profile", world.cw2), lambda: put(world, NEW, world.cw2)):
        with refused(DamagedError, 7):
            act()


def test_a_wrap_of_who_was_revoked_put_back_gives_nothing(world: World) -> None:
    grant(world, "cw2", restricted=True)
    kept = {p: p.read_bytes() for p in world.folder.glob("keys/*/cw2*.age")}
    revoke(world, "cw2", reencrypt=True)
    for path, data in kept.items():
        path.write_bytes(data)
    newest = world.case().fold.generations[-1].name
    for path, data in kept.items():
        (world.folder / "keys" / newest / path.name).write_bytes(data)
    with refused(NoKeyError, 6):
        world.read("profile", world.cw2)
    assert len(world.damage()) == 2


def test_a_key_file_that_somebody_planted_is_no_recipient(world: World) -> None:
    """Who is written to stands in the journal and the roster, never in a folder."""
    evil = people.generate("evil", "x25519")
    fold = world.case().fold
    (world.folder / "keys" / fold.generations[0].name / "evil.age").write_bytes(
        worlds.wrap("AGE-SECRET-KEY-1", evil)
    )
    rekey(world, reencrypt=True)
    assert not list(world.folder.glob("keys/*/evil*"))[1:]
    assert all("evil" not in key for key in world.case().fold.wraps)
    assert world.damage()


def test_who_was_revoked_writes_nothing_with_the_old_keys(world: World) -> None:
    grant(world, "cw2")
    old = world.case().fold.heads
    profile = world.case().fold.current["profile.yaml.age"][0].sha256
    revoke(world, "cw2")
    sealed = world.plant("note-abcdef23.yaml.age", {"text": NEW})
    (world.folder / "note-abcdef23.yaml.age").unlink()
    version = FileVersion("profile.yaml.age", files.sha256(sealed), (profile,), "ordinary")
    with refused(NoKeyError, 6):
        put(world, NEW, world.cw2)
    world.append(world.forge(world.cw2, "put", files=(version,)))
    assert len(world.case().fold.current["profile.yaml.age"]) == 1
    assert any("not on the team" in text for text in world.warnings())
    # Signed as if before the revocation it counts, as honest work without a connection does, and
    # the journal shows whose it is: only leaving the staff ends that (the next test).
    world.append(world.forge(world.cw2, "put", files=(version,), parents=old, seq=2))
    assert world.case().fold.current["profile.yaml.age"][0].signer == "cw2"


def test_who_left_the_staff_writes_nothing_as_if_before(world: World) -> None:
    grant(world, "cw2")
    put(world, NEW, world.cw2)
    old, seen = world.case().fold.heads, world.book().roster.heads
    profile = world.case().fold.current["profile.yaml.age"][0].sha256
    staff.remove(world.book(), "cw2", world.cw1, worlds.TIME)
    version = FileVersion("profile.yaml.age", "0" * 64, (profile,), "ordinary")
    late = world.forge(world.cw2, "put", files=(version,), parents=old, staff=seen, seq=2)
    world.append(late)
    assert world.case().fold.current["profile.yaml.age"][0].sha256 == profile
    assert any("after leaving the staff" in text for text in world.warnings())


# -- leaving the staff --


def test_leaving_takes_every_case_away(world: World) -> None:
    second = change.new_case(world.book(), world.cw1, opened="2026-01-05", time=worlds.TIME)
    for case_id in (world.case_id, second, "provider"):
        team.grant(world.book(), case_id, ["cw2"], world.cw1, worlds.TIME)
    held = list(leaving.held_by(world.book(), ["cw2"], []))
    assert [item.case for item in held] == [*sorted((world.case_id, second)), "provider"]
    book = staff.remove(world.book(), "cw2", world.cw1, worlds.TIME)
    done = leaving.take_away(book, held, world.cw1, lambda: worlds.TIME)
    assert len(done.revoked) == 3 and not done.others and not done.errors
    for case_id in (world.case_id, second, "provider"):
        assert "cw2" not in Case(world.book(), case_id).fold.team
    assert not world.damage() and not world.warnings()


def test_until_then_nothing_is_written_to_keys_of_somebody_who_left(world: World) -> None:
    grant(world, "cw2")
    staff.remove(world.book(), "cw2", world.cw1, worlds.TIME)
    with refused(ConflictError, 5):
        put(world, NEW, world.cw1)
    # A second run, by whoever supervises it, finishes.
    held = list(leaving.held_by(world.book(), ["cw2"], []))
    assert not leaving.take_away(world.book(), held, CW4, lambda: worlds.TIME).revoked
    assert leaving.take_away(world.book(), held, world.cw1, lambda: worlds.TIME).revoked
    path = put(world, NEW, world.cw1)
    with refused(NoKeyError, 6):
        read(world, path, world.cw2)


def test_any_member_shuts_out_who_left(world: World) -> None:
    add(world, CW3, "caseworker")
    grant(world, "cw2", "cw3")
    staff.remove(world.book(), "cw2", world.cw1, worlds.TIME)
    rekey(world, CW3)
    path = put(world, NEW, CW3)
    assert read(world, path, world.cw1) == NEW
    with refused(NoKeyError, 6):
        read(world, path, world.cw2)


def test_keys_are_replaced_by_their_owner_or_an_admin_and_are_nobody_elses(world: World) -> None:
    later = people.generate("cw2", "x25519")
    with refused(ConflictError, 5):
        staff.replace_keys(world.book(), staff.card_of(world.cw2), world.cw2, worlds.TIME)
    stolen = dataclasses.replace(later, identity=world.cw1.identity)
    with refused(ConflictError, 5):
        staff.replace_keys(world.book(), staff.card_of(stolen), world.cw2, worlds.TIME)
    with refused(NotFoundError, 4):
        staff.replace_keys(world.book(), staff.card_of(CW4), world.cw1, worlds.TIME)
    add(world, CW3, "caseworker")
    with refused(NoKeyError, 6):
        staff.replace_keys(world.book(), staff.card_of(later), CW3, worlds.TIME)
    with refused(NoKeyError, 6):
        staff.replace_keys(world.book(), staff.card_of(later), later, worlds.TIME)
    staff.replace_keys(world.book(), staff.card_of(later), world.cw1, worlds.TIME)
    assert any("keys of cw2 were replaced by cw1" in text for text in world.warnings())


@pytest.mark.parametrize("part", ["recipient", "signing key"])
def test_one_key_is_one_person(world: World, part: str) -> None:
    fields = {"recipient": {"identity": world.cw2.identity}}.get(
        part, {"signing_key": world.cw2.signing_key}
    )
    double = dataclasses.replace(CW3, **fields)
    with refused(ConflictError, 5):
        add(world, double, "caseworker")


# -- records for named people alone --


def complaint(world: World, by: Person, *only: str, kind: str = "note") -> str:
    return put(world, CANARY, by, kind, only=change.named(world.book(), only, by))


def test_a_complaint_stays_closed_to_the_one_it_is_about(world: World) -> None:
    add(world, CW3, "caseworker")
    grant(world, "cw2", "cw3", restricted=True)
    path = complaint(world, CW3, "cw1")
    assert world.case().current(path).sealed_to == ("cw1", "cw3", "recovery")
    for reader in (world.cw1, CW3, world.recovery):
        assert read(world, path, reader) == CANARY
    with refused(wraps.NeedToKnowError, 6):
        read(world, path, world.cw2)
    dossier, unread = world.case().read_all(world.cw2)
    assert not unread and len(dossier.records) == 4
    assert len(world.case().read_all(CW3)[0].records) == 5


def test_nobody_replaces_a_complaint_that_is_not_open_to_them(world: World) -> None:
    grant(world, "cw2", restricted=True)
    add(world, CW3, "caseworker")
    path = complaint(world, world.cw1, "cw3")
    current = world.case().current(path).sha256
    other = world.plant("note-abcdef23.yaml.age", {"text": "nothing to see"})
    (world.folder / "note-abcdef23.yaml.age").unlink()
    kept = (world.folder / path).read_bytes()
    for previous in ((current,), ()):
        version = FileVersion(path, files.sha256(other), previous, "ordinary")
        world.append(world.forge(world.cw2, "put", files=(version,), seq=1 + len(previous)))
    (world.folder / path).write_bytes(other)
    assert world.case().current(path).sha256 == current
    with refused(DamagedError, 7):
        read(world, path, world.cw1)
    (world.folder / path).write_bytes(kept)
    assert read(world, path, CW3) == CANARY
    assert any("not meant for its signer" in text for text in world.warnings())


def test_a_restricted_record_is_not_replaced_by_who_may_not_read_it(world: World) -> None:
    grant(world, "cw2")
    path = next(p for p, kind, _ in world.case().paths() if kind == "health")
    current = world.case().current(path).sha256
    version = FileVersion(path, "0" * 64, (current,), "ordinary")
    world.append(world.forge(world.cw2, "put", files=(version,)))
    assert world.case().current(path).sha256 == current


def test_saved_again_it_stays_with_those_who_are_still_there(world: World) -> None:
    add(world, CW3, "caseworker")
    grant(world, "cw2", "cw3")
    path = complaint(world, world.cw1, "cw2", "cw3")
    held = list(leaving.held_by(world.book(), ["cw2"], []))
    assert held[0].readable["cw2"].named == (team.name_of(path),)
    book = staff.remove(world.book(), "cw2", world.cw1, worlds.TIME)
    leaving.take_away(book, held, world.cw1, lambda: worlds.TIME, reencrypt=True)
    assert world.case().current(path).sealed_to == ("cw1", "cw3", "recovery")
    with refused(NoKeyError, 6):
        read(world, path, world.cw2)
    assert read(world, path, CW3) == CANARY


def test_revoked_and_moved_at_once_they_are_named_no_more(world: World) -> None:
    """Also somebody who stays on the staff: their own key opens what names them."""
    grant(world, "cw2")
    path = complaint(world, world.cw1, "cw2")
    assert revoke(world, "cw2", reencrypt=True).readable["cw2"].named == (team.name_of(path),)
    assert world.case().current(path).sealed_to == ("cw1", "recovery")
    with refused(NoKeyError, 6):
        read(world, path, world.cw2)


def test_a_supervisor_may_replace_what_nobody_there_can_read(world: World) -> None:
    add(world, CW3, "caseworker")
    grant(world, "cw3")
    path = complaint(world, CW3)
    current = world.case().current(path).sha256
    version = FileVersion(path, "0" * 64, (current,), ("cw1", "recovery"))
    world.append(world.forge(world.cw1, "put", files=(version,), seq=1))
    assert world.case().current(path).sha256 == current
    held = list(leaving.held_by(world.book(), ["cw3"], []))
    book = staff.remove(world.book(), "cw3", world.cw1, worlds.TIME)
    leaving.take_away(book, held, world.cw1, lambda: worlds.TIME)
    world.append(world.forge(world.cw1, "put", files=(version,), seq=2))
    assert world.case().current(path).sha256 == "0" * 64


def test_whom_a_record_cannot_be_sealed_to(world: World) -> None:
    add(world, CW3, "auditor")
    book = world.book()
    with refused(NotFoundError, 4):
        change.named(book, ["nobody"], world.cw1)
    with refused(UsageError, 2):
        change.named(book, ["cw3"], world.cw1)
    with refused(UsageError, 2):
        change.named(book, ["cw2", "cw2"], world.cw1)
    assert change.named(book, ["cw2"], world.cw1) == ("cw1", "cw2", "recovery")


def test_a_book_on_hybrid_keys_rekeys_and_revokes(tmp_path: Path) -> None:
    world = worlds.make(tmp_path / "book", tmp_path / "machine", "hybrid")
    grant(world, "cw2")
    revoke(world, "cw2", reencrypt=True)
    assert world.read("profile") == {"full_name": CANARY}
    with refused(NoKeyError, 6):
        world.read("profile", world.cw2)
    assert Book(world.root, world.home).config.keys == "hybrid" and not world.damage()
