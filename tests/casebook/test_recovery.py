"""The recovery seed: a drill in which all keys are lost, a seed replaced, and what thieves try."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.casebook import world as worlds
from tests.casebook.faults import Killed, failing
from tests.casebook.world import CANARY, TIME, World
from tests.conftest import SOAK
from tipcase import age, files
from tipcase.casebook import change, intake, recovering, staff, team
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.verification import verify
from tipcase.casebook.wraps import CaseKeys
from tipcase.errors import ConflictError, DamagedError, NoKeyError, TipcaseError
from tipcase.journal.entry import Entry, sign
from tipcase.journal.names import PROVIDER, RECOVERY
from tipcase.keyring import person as people
from tipcase.keyring import recovery
from tipcase.keyring.person import Person

OLD = b"\x07" * 32
NEW = b"\x08" * 32
# How the machine fails; all of them, at every step, run in soak.
FAILURES = ("kill", "ENOSPC", "EIO")
KINDS = ["kill", *(pytest.param(kind, marks=pytest.mark.soak) for kind in FAILURES[1:])]


def clock() -> str:
    return TIME


def put(world: World, kind: str, person: Person, text: str, **more: Any) -> None:
    data = {"happened_on": "2026-01-09", "text": text}
    with change.editing(world.book(), world.case_id, person) as case:
        change.put(case, kind, None, intake.draft(case.book.edition, kind, data, "").data,
                   person, TIME, **more)  # fmt: skip


@pytest.fixture(scope="module")
def filled(template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two people; a second case; a note sealed to the founder alone, one by the colleague."""
    world = worlds.copy(template, tmp_path_factory.mktemp("filled"))
    team.grant(world.book(), world.case_id, ["cw2"], world.cw1, TIME, restricted=True)
    other = change.new_case(world.book(), world.cw1, opened="2026-01-06", time=TIME)
    second = dataclasses.replace(world, case_id=other)
    second.put("profile", {"full_name": "Second Invented"})
    put(world, "note", world.cw1, "for cw1 alone", only=("cw1", RECOVERY))
    put(world, "note", world.cw2, "by cw2")
    return world


@pytest.fixture
def office(filled: World, tmp_path: Path) -> World:
    """A fresh copy of it."""
    return worlds.copy(filled, tmp_path)


def contents(world: World, person: Person) -> dict[str, bytes]:
    """The plaintext of every record that somebody can open, by case and path."""
    found = {}
    book = world.book()
    for case_id in (*book.case_ids(), PROVIDER):
        case = Case(book, case_id)
        for path, _, _ in case.paths():
            try:
                found[f"{case_id}/{path}"] = case.plaintext(path, person)
            except NoKeyError:
                continue
    return found


def seed_of(world: World, seed: bytes = OLD) -> Person:
    return recovering.holder(world.book(), seed)


def bring_back(world: World, person: Person, seed: bytes = OLD, **more: Any) -> recovering.Done:
    book = world.book()
    return recovering.recover(book, recovering.holder(book, seed), person, clock, **more)[1]


def replace(world: World, signer: Person) -> recovering.Done:
    book = world.book()
    new = recovery.person(NEW, book.config.keys)
    book = recovering.replace_seed(book, new, signer, TIME)
    return recovering.finish(book, world.cw1, clock)


# -- the drill --


def test_all_keys_are_lost_and_the_seed_brings_everything_back(office: World) -> None:
    before = contents(office, recovery.person(OLD, "x25519"))
    assert len(before) >= 7
    new = people.generate("new1", "x25519")
    done = bring_back(office, new)
    assert not done.failed and not done.left
    assert len(done.changed) == 3
    assert contents(office, new) == before
    assert not office.damage()
    # Whoever was brought back can go on: write, and open cases to others.
    put(office, "note", new, "after")
    team.grant(office.book(), office.case_id, ["cw2"], new, TIME, restricted=True)
    # Once more changes nothing.
    snapshot = office.snapshot()
    again = bring_back(office, new)
    assert not again.changed and len(again.unchanged) == 3
    assert office.snapshot() == snapshot


def test_a_person_who_lost_their_keys_gets_back_what_they_had(office: World) -> None:
    before = contents(office, office.cw1)
    again = people.generate("cw1", "x25519")
    put(office, "note", office.cw2, "not for cw1", only=("cw2", RECOVERY))
    assert not contents(office, again)
    done = bring_back(office, again)
    assert not done.failed
    assert contents(office, again) == before
    assert done.left == ((office.case_id, 1),)
    assert office.book().roster.now["cw1"].roles == {"admin", "supervisor"}
    assert not office.damage()
    assert any("keys of cw1 were replaced" in text for text in office.warnings())
    # The keys that were lost write nothing any more.
    with pytest.raises(NoKeyError):
        put(office, "note", office.cw1, "by the thief of the old keys")
    # Asked for, the rest opens too.
    book = office.book()
    seen = recovering.foresee(book, recovering.holder(book, OLD), again, named=True)
    opened = bring_back(office, again, named=True)
    assert not opened.left
    assert opened.named == seen.named == ((office.case_id, 1),)
    assert len(contents(office, again)) == len(before) + 1


def test_somebody_without_the_role_is_sent_to_a_new_handle(office: World) -> None:
    snapshot = office.snapshot()
    with pytest.raises(ConflictError) as info:
        bring_back(office, people.generate("cw2", "x25519"))
    assert "keygen --handle" in info.value.hint
    assert office.snapshot() == snapshot


def test_another_seed_is_6_and_writes_nothing(office: World) -> None:
    snapshot = office.snapshot()
    with pytest.raises(NoKeyError) as info:
        bring_back(office, people.generate("new1", "x25519"), seed=b"\x09" * 32)
    assert "another casebook" in info.value.sentence
    assert office.snapshot() == snapshot


def test_a_case_that_cannot_be_read_stops_no_other(office: World) -> None:
    with office.journal().open("ab") as stream:
        stream.write(b"no entry\n")
    new = people.generate("new1", "x25519")
    done = bring_back(office, new)
    assert [item.case for item in done.failed] == [office.case_id]
    assert isinstance(done.failed[0].error, DamagedError)
    assert len(done.changed) == 2


def test_looking_without_writing_says_what_the_seed_opens(office: World) -> None:
    snapshot = office.snapshot()
    book = office.book()
    done = recovering.examine(book, seed_of(office))
    assert len(done.changed) == 3 and not done.failed
    wrap = next((office.folder / "keys").rglob("recovery.restricted.age"))
    wrap.write_bytes(b"torn")
    done = recovering.examine(book, seed_of(office))
    assert [item.case for item in done.failed] == [office.case_id]
    wrap.write_bytes(snapshot[wrap.relative_to(office.root).as_posix()])
    assert office.snapshot() == snapshot


# -- a new seed --


def raw_identities(world: World, person: Person) -> list[Any]:
    """Every identity that a key opens from the files as they lie there, believed or not."""
    found = [person.identity]
    for path in world.root.rglob("keys/*/*.age"):
        try:
            text = age.decrypt(path.read_bytes(), [person.identity]).decode()
        except age.NoMatchError:
            continue
        found += age.parse_identities(text)
    return found


def opens(world: World, person: Person) -> set[str]:
    """The record files that somebody opens who cares for no journal."""
    identities = raw_identities(world, person)
    found = set()
    for path in world.root.rglob("*.yaml.age"):
        try:
            age.decrypt(path.read_bytes(), identities)
        except age.NoMatchError:
            continue
        found.add(path.relative_to(world.root).as_posix())
    return found


def test_a_replaced_seed_opens_nothing_written_later(office: World) -> None:
    old = seed_of(office)
    kept = raw_identities(office, old)
    done = replace(office, office.cw1)
    assert not done.failed and len(done.changed) == 3
    new = seed_of(office, NEW)
    # Everything from before opens with the new seed: also what was sealed to named people.
    assert contents(office, new) == contents(office, office.cw1)
    before = {path.relative_to(office.root).as_posix() for path in office.root.rglob("*.yaml.age")}
    put(office, "note", office.cw1, "written later")
    put(office, "note", office.cw2, "and by the colleague")
    put(office, "note", office.cw1, "for some", only=("cw1", RECOVERY))
    later = {
        path.relative_to(office.root).as_posix() for path in office.root.rglob("*.yaml.age")
    } - before
    assert len(later) == 3
    assert not later & opens(office, old)
    assert later <= opens(office, new)
    # Whoever kept every key that the old seed ever opened gets no further.
    for path in later:
        with pytest.raises(age.NoMatchError):
            age.decrypt((office.root / path).read_bytes(), kept)
    assert not office.damage()
    again = recovering.finish(office.book(), office.cw1, clock)
    assert not again.changed and not again.failed


def test_a_replaced_seed_is_told_from_a_foreign_one(office: World) -> None:
    replace(office, office.cw1)
    with pytest.raises(NoKeyError) as info:
        seed_of(office)
    assert "replaced" in info.value.sentence
    done = bring_back(office, people.generate("new1", "x25519"), seed=NEW)
    assert not done.failed and len(done.changed) == 3


def test_what_names_others_waits_for_one_of_them(office: World) -> None:
    put(office, "note", office.cw2, "about cw1", only=("cw2", RECOVERY))
    done = replace(office, office.cw1)
    assert not done.failed
    assert done.left == ((office.case_id, 1),)
    new = seed_of(office, NEW)
    assert contents(office, new).keys() == contents(office, office.cw1).keys()
    # A caseworker whom it names does that part, although the other cases are not theirs to do.
    recovering.finish(office.book(), office.cw2, clock)
    assert len(contents(office, new)) == len(contents(office, office.cw1)) + 1
    assert not recovering.finish(office.book(), office.cw1, clock).left
    assert not office.damage()


def test_the_seed_seals_anew_and_changes_nothing(office: World) -> None:
    before = contents(office, office.cw1)
    bring_back(office, people.generate("new1", "x25519"))
    # Those whom it named still open it, and the bytes inside are the same.
    assert contents(office, office.cw1) == before


def test_cases_of_other_supervisors_are_left_to_them(office: World) -> None:
    cw3 = people.generate("cw3", "x25519")
    staff.add(office.book(), staff.card_of(cw3), ["supervisor"], office.cw1, TIME)
    theirs = change.new_case(office.book(), cw3, opened="2026-01-07", time=TIME)
    team.revoke(office.book(), theirs, ["cw1"], cw3, TIME)
    done = replace(office, office.cw1)
    assert [item.case for item in done.failed] == [theirs]
    finished = recovering.finish(office.book(), cw3, clock)
    assert theirs in finished.changed
    keys = CaseKeys((case := Case(office.book(), theirs)).place, case.fold, seed_of(office, NEW))
    assert not keys.lacks("ordinary") and not keys.lacks("restricted")


# -- what a thief of the old seed tries --


def staff_entry(world: World, op: str, data: dict[str, Any], parents: Any, signer: Person) -> None:
    """An entry of the staff that names the heads of its writer's choice."""
    entry = Entry(
        casebook=world.book().id, case="staff", op=op, device="attacker", seq=1, prev=None,
        parents=tuple(sorted(parents)), staff=(), time=TIME, signer=signer.handle, files=(),
        data=data,
    )  # fmt: skip
    with (world.root / f"staff/journal/{signer.handle}.journal").open("ab") as stream:
        stream.write(sign(entry, signer.signing_key).line)


@pytest.fixture
def robbed(office: World) -> tuple[World, tuple[str, ...], Person]:
    """The seed was replaced; a thief has the old one, and knows the heads from before."""
    heads = tuple(office.book().roster.heads)
    old = seed_of(office)
    replace(office, office.cw1)
    return office, heads, old


def test_a_thief_of_the_old_seed_joins_no_staff(
    robbed: tuple[World, tuple[str, ...], Person],
) -> None:
    world, heads, old = robbed
    card = staff.card_of(people.generate("thief", "x25519")).as_json()
    staff_entry(world, "staff-add", {"card": card, "roles": ["admin"]}, heads, old)
    roster = Book(world.root, world.home).roster
    assert "thief" not in roster.now
    assert any("set aside" in text for text in world.warnings())
    assert not world.damage()


def test_a_thief_of_the_old_seed_sets_no_seed_of_their_own(
    robbed: tuple[World, tuple[str, ...], Person],
) -> None:
    world, heads, old = robbed
    # Of two that stand beside each other the id would decide: a thief tries until it suits.
    for number in range(12):
        mine = staff.card_of(recovery.person(bytes([number]) * 32, "x25519")).as_json()
        if number not in (7, 8):
            staff_entry(world, "keys", {"card": mine}, heads, old)
    in_force = Book(world.root, world.home).roster.recovery
    assert in_force == staff.card_of(recovery.person(NEW, "x25519"))


def test_a_thief_of_the_old_seed_removes_nobody_who_replaced_it(
    robbed: tuple[World, tuple[str, ...], Person],
) -> None:
    world, heads, old = robbed
    staff_entry(world, "staff-remove", {"handle": "cw1", "seen": {}}, heads, old)
    roster = Book(world.root, world.home).roster
    assert "cw1" in roster.now
    assert roster.recovery == staff.card_of(recovery.person(NEW, "x25519"))


def test_a_thief_of_the_old_seed_who_names_the_newest_heads_is_a_forger(
    robbed: tuple[World, tuple[str, ...], Person],
) -> None:
    world, _, old = robbed
    card = staff.card_of(people.generate("thief", "x25519")).as_json()
    now = Book(world.root, world.home).roster.heads
    staff_entry(world, "staff-add", {"card": card, "roles": ["admin"]}, now, old)
    assert "thief" not in Book(world.root, world.home).roster.now
    assert world.damage()


def test_an_old_seed_grants_nothing_after_its_replacement(office: World) -> None:
    old = seed_of(office)
    other = people.generate("cw3", "x25519")
    staff.add(office.book(), staff.card_of(other), ["caseworker"], office.cw1, TIME)
    case = office.case()
    before, staff_heads = case.fold.heads, tuple(office.book().roster.heads)
    replace(office, office.cw1)
    data = {"team": [{"handle": "cw3", "restricted": True}], "wraps": []}
    forged = office.forge(old, "grant", data=data, parents=before, staff=staff_heads)
    office.append(forged)
    assert "cw3" not in office.case().fold.team
    assert not office.damage()
    assert any("recovery seed that was replaced" in text for text in office.warnings())


def test_what_the_seed_did_before_it_was_replaced_counts_on(office: World) -> None:
    new = people.generate("new1", "x25519")
    bring_back(office, new)
    replace(office, office.cw1)
    assert "new1" in office.book().roster.now
    assert office.case().fold.team["new1"]
    assert contents(office, new) == contents(office, office.cw1)
    assert not office.damage()


def test_recovery_writes_no_record(office: World) -> None:
    with pytest.raises(NoKeyError):
        put(office, "note", seed_of(office), "by the seed")


# -- crashes --


def crashes(office: World, tmp_path: Path, act: Callable[[World], Any], kind: str, at: int) -> int:
    """Let an act fail at one step, then run it again; how many steps it would have."""
    world = worlds.copy(office, tmp_path / f"{kind}-{at}")
    with failing(at, kind) as disk, contextlib.suppress(Killed, TipcaseError, OSError):
        act(world)
    for verdict in verify.verify(Book(world.root, world.home)):
        assert not verdict.damage, (kind, at, disk.steps[at - 1 : at], verdict.damage)
    done = act(world)
    assert not done.failed, (kind, at, [item.error.sentence for item in done.failed])
    assert not world.damage()
    assert not list(world.root.rglob(f"{files.TEMP_PREFIX}*"))
    return len(disk.steps)


def steps(kind: str, total: int) -> Iterable[int]:
    """The steps at which a kind of failure is tried: between them, the kinds try every step."""
    return range(1 + FAILURES.index(kind), total + 1, len(FAILURES)) if SOAK else (total // 2,)


@pytest.mark.parametrize("kind", KINDS)
def test_a_crash_while_recovering_is_finished_by_running_it_again(
    office: World, tmp_path: Path, kind: str
) -> None:
    new = people.generate("new1", "x25519")
    want = contents(office, recovery.person(OLD, "x25519"))

    def act(world: World) -> recovering.Done:
        done = bring_back(world, new)
        if not done.failed:
            assert contents(world, new) == want
        return done

    total = crashes(office, tmp_path, act, "EIO", 10_000)
    for at in steps(kind, total):
        crashes(office, tmp_path, act, kind, at)


@pytest.mark.parametrize("kind", KINDS)
def test_a_crash_while_renewing_is_finished_by_running_it_again(
    office: World, tmp_path: Path, kind: str
) -> None:
    book = office.book()
    recovering.replace_seed(book, recovery.person(NEW, "x25519"), office.cw1, TIME)
    want = contents(office, office.cw1)

    def act(world: World) -> recovering.Done:
        done = recovering.finish(world.book(), world.cw1, clock)
        if not done.failed:
            assert contents(world, seed_of(world, NEW)) == want
        return done

    total = crashes(office, tmp_path, act, "EIO", 10_000)
    for at in steps(kind, total):
        crashes(office, tmp_path, act, kind, at)
    assert CANARY not in repr(want.keys())
