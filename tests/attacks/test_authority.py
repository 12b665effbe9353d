"""design.md §1, "Authority", "The roster", "Leaving", "Recovery": real keys and bad will.

A rogue admin, somebody who left, a thief of a key that was replaced, a thief of the seed.
"""

from __future__ import annotations

import pytest

from tests.casebook import world as worlds
from tests.casebook.world import CANARY, TIME, World
from tests.journal.staffing import CASE, Staffing, card, key, office, sha
from tipcase.casebook import change, recovering, staff, team, wraps
from tipcase.casebook.case import Case
from tipcase.casebook.merge import aside
from tipcase.casebook.merge.objects import Objects
from tipcase.errors import TipcaseError
from tipcase.journal.entry import Signed
from tipcase.journal.fold import fold
from tipcase.keyring import person as people
from tipcase.keyring import recovery

ADMIN = people.generate("boss", "x25519")
HEALTH = "health.yaml.age"


def opened(team: str = "cw1 cw2 cw3") -> tuple[Staffing, Signed, Signed]:
    made, seen = office()
    return made, seen, made.new("cw1", seen, team)


def counts(made: Staffing, signed: Signed) -> bool:
    return signed.id in {item.id for item in made.state().entries}


# -- leaving: what somebody makes of old heads --


def test_a_case_that_somebody_opened_before_they_knew_of_leaving_is_not_lost() -> None:
    """Their later work waits for a member; without the first entry there would be no members."""
    made, seen = office()
    gone = made.remove("cw1", "cw3", seen)
    first = made.new("cw3", seen, "cw2 cw3")
    late = made.put("cw3", seen, first)
    assert made.state().team == {"cw2": True} and made.state().gone == set()
    assert not counts(made, late)
    assert [damage for _, damage in made.texts()] == [False, False]
    made.act("cw2", "adopt", {"entries": [late.id]}, gone, first)
    assert counts(made, late)


def test_who_comes_back_is_not_on_the_team_of_a_case_opened_after_leaving() -> None:
    """Else new keys would be wrapped to them, although nobody opened the case to them again."""
    made, seen = office()
    gone = made.remove("cw1", "cw3", seen)
    first = made.new("cw3", seen, "cw2 cw3")
    back = made.add("cw1", "cw3", "caseworker", gone)
    assert "cw3" in made.roster().now and made.state().team == {"cw2": True}
    assert not counts(made, made.put("cw3", back, first))
    team = {"team": [{"handle": "cw3", "restricted": False}], "wraps": []}
    granted = made.act("cw2", "grant", team, back, first)
    assert made.state().team == {"cw2": True, "cw3": False}
    assert counts(made, made.put("cw3", back, granted))


def test_an_admin_who_removes_a_colleague_and_says_to_have_seen_nothing_destroys_no_case() -> None:
    made, seen = office()
    first = made.new("cw2", seen, "cw2 cw3")
    mine, theirs = made.put("cw2", seen, first), made.put("cw3", seen, first, path=HEALTH)
    gone = made.remove("cw1", "cw2", seen)
    assert counts(made, first) and counts(made, theirs) and not counts(made, mine)
    # Whoever is left takes it back in.
    made.act("cw3", "adopt", {"entries": [mine.id]}, gone, theirs)
    assert counts(made, mine) and made.texts()[0][1] is False


def test_two_who_left_vouch_for_each_other_in_vain() -> None:
    made, seen, first = opened()
    late = [made.put(who, seen, first, path=f"{who}.yaml.age") for who in ("cw2", "cw3")]
    one = made.act("cw2", "adopt", {"entries": [late[1].id]}, seen, late[0])
    made.act("cw3", "adopt", {"entries": [late[0].id, one.id]}, seen, late[1])
    gone = made.remove("cw1", "cw2", seen)
    made.remove("cw1", "cw3", gone)
    assert made.state().current == {}


@pytest.mark.parametrize("kind", ["forged", "by a stranger's role", "of nobody on the team"])
def test_adopting_makes_nothing_count_but_what_was_late(kind: str) -> None:
    """A member may take in late work, not forgeries: adopting is no second way to be allowed."""
    made, seen, first = opened("cw1 cw2")
    if kind == "forged":
        bad = made.put("cw1", seen, first, by=key("evil"))
    else:
        bad = made.put("cw3" if kind == "of nobody on the team" else "cw4", seen, first)
    made.act("cw2", "adopt", {"entries": [bad.id]}, seen, first)
    assert not counts(made, bad) and made.state().current == {}


def test_who_was_revoked_and_left_moves_nothing_under_old_heads() -> None:
    """Every operation that they could do before, once more, as if they had heard of nothing."""
    made, seen, first = opened()
    made.revoke("cw1", "cw3", made.remove("cw1", "cw3", seen), first)
    before = made.state()
    made.put("cw3", seen, first)
    made.advance("cw3", "closure", 14, seen, first)
    made.act("cw3", "close", {"decision": sha("x"), "confirm": False}, seen, first)
    made.act("cw3", "skip", {"stage": "recovery", "state": "open", "decision": None}, seen, first)
    after = made.state()
    assert (after.current, after.stage, after.open, after.stage_states) == (
        before.current,
        before.stage,
        True,
        {},
    )


# -- keys that were replaced --


def replaced() -> tuple[Staffing, Signed, Signed, Signed]:
    """cw3's laptop was stolen: new keys, and new keys of the case by somebody who knows that."""
    made, seen, first = opened()
    known = made.keys("cw1", card("cw3", 1), seen)
    after = made.put("cw1", known, first, path=HEALTH)
    return made, seen, first, after


def test_the_thief_of_a_replaced_key_counts_no_more_where_somebody_knew() -> None:
    made, seen, first, after = replaced()
    thief = made.put("cw3", seen, first, by=key("cw3", 0))
    assert not counts(made, thief) and counts(made, after)
    assert any("replaced" in text for text, _ in made.texts())


def test_honest_work_under_the_old_key_waits_for_a_member() -> None:
    """Offline, on another machine, before its owner replaced the key: nothing is lost."""
    made, seen, first, after = replaced()
    honest = made.put("cw3", seen, first)
    made.act("cw2", "adopt", {"entries": [honest.id]}, seen, after)
    assert counts(made, honest)


def test_what_was_seen_by_who_knew_of_the_new_key_counts_on() -> None:
    made, seen, first = opened()
    early = made.put("cw3", seen, first)
    known = made.keys("cw1", card("cw3", 1), seen)
    made.put("cw1", known, early, path=HEALTH)
    assert counts(made, early) and made.texts() == []


# -- an admin who is on no team --


@pytest.fixture
def ruled(world: World) -> World:
    """The book with an admin who works on no case."""
    staff.add(world.book(), staff.card_of(ADMIN), ["admin"], world.cw1, TIME)
    return world


def refused_everywhere(world: World, person: people.Person) -> None:
    """Nothing that was written opens to these keys, and nothing is signed into the case by them."""
    case = world.case()
    for path, _, _ in case.paths():
        with pytest.raises(TipcaseError) as info:
            case.plaintext(path, person)
        assert info.value.exit_code == 6 and CANARY not in str(info.value)


def test_an_admin_opens_no_case_and_signs_into_none(ruled: World) -> None:
    refused_everywhere(ruled, ADMIN)
    before = ruled.case().fold
    for op, data in (
        ("put", {}),
        ("grant", {"team": [{"handle": "boss", "restricted": True}], "wraps": []}),
        ("revoke", {"handles": ["cw1"], "generation": None, "wraps": []}),
    ):
        ruled.append(ruled.forge(ADMIN, op, data=data))
    after = ruled.case().fold
    assert (after.team, after.entries) == (before.team, before.entries)


def test_an_admin_who_takes_over_a_supervisors_handle_opens_nothing_and_everybody_is_told(
    ruled: World,
) -> None:
    """New keys for cw1, made by the admin: whoever has them is cw1 from now on, with no old key."""
    taken = people.generate("cw1", "x25519")
    staff.replace_keys(ruled.book(), staff.card_of(taken), ADMIN, TIME)
    refused_everywhere(ruled, taken)
    assert any("keys of cw1 were replaced by boss" in text for text in ruled.warnings())
    # The real one can do nothing in that name any more, and is told so.
    with pytest.raises(TipcaseError) as info:
        ruled.put("note", {"text": "x"})
    assert info.value.exit_code == 6


def test_an_admin_who_prints_a_seed_of_their_own_opens_nothing_and_everybody_is_told(
    ruled: World,
) -> None:
    mine = recovery.person(b"\x66" * 32, "x25519")
    recovering.replace_seed(ruled.book(), mine, ADMIN, TIME)
    refused_everywhere(ruled, mine)
    assert any("keys of recovery were replaced by boss" in text for text in ruled.warnings())
    evil = people.generate("evil", "x25519")
    with pytest.raises(TipcaseError):
        team.grant(ruled.book(), ruled.case_id, ["boss"], mine, TIME, restricted=True)
    done = recovering.recover(ruled.book(), mine, evil, lambda: TIME)[1]
    assert not done.changed
    refused_everywhere(ruled, evil)


def test_one_bad_key_for_the_seed_stops_the_recovery_of_no_other_case(world: World) -> None:
    """A supervisor signs a wrap for the seed that holds no key at all."""
    other = change.new_case(world.book(), world.cw1, opened="2026-01-06", time=TIME)
    team.rekey(world.book(), world.case_id, world.cw1, TIME)
    name = world.case().fold.generations[-1].name
    path = world.folder / wraps.wrap_path(name, "recovery", "ordinary")
    bad = worlds.wrap("no key at all", world.recovery)
    made = {"generation": name, "handle": "recovery", "kind": "ordinary"}
    data = {
        "team": [{"handle": "recovery", "restricted": True}],
        "wraps": [{**made, "sha256": sha_of(bad)}],
    }
    world.append(world.forge(world.cw1, "grant", data=data))
    path.write_bytes(bad)
    new = people.generate("new1", "x25519")
    done = recovering.recover(world.book(), world.recovery, new, lambda: TIME)[1]
    assert [failure.case for failure in done.failed] == [world.case_id]
    assert other in done.changed
    assert Case(world.book(), other).fold.team["new1"] is True


def sha_of(data: bytes) -> str:
    from tipcase import files

    return files.sha256(data)


# -- a colleague whose clone is old --


def test_somebody_with_an_old_view_of_the_staff_grants_nobody_who_left(world: World) -> None:
    """The granter's clone still has cw2 on the staff; both entries meet."""
    old_heads = tuple(world.book().roster.heads)
    before = world.case().fold.heads
    staff.remove(world.book(), "cw2", world.cw1, TIME)
    team.revoke(world.book(), world.case_id, ["cw2"], world.cw1, TIME)
    data = {"team": [{"handle": "cw2", "restricted": True}], "wraps": []}
    world.append(world.forge(world.cw1, "grant", data=data, staff=old_heads, parents=before))
    fold = world.case().fold
    assert "cw2" not in fold.team and fold.sealing_of("ordinary") is not None
    written = world.put("note", {"text": CANARY})
    with pytest.raises(TipcaseError):
        world.case().plaintext(written.path, world.cw2)


def test_nothing_that_is_adopted_is_bytes_from_the_disk(world: World) -> None:
    """A file in ``aside/`` under the hash of a late entry, with other bytes: never taken in."""
    fold = world.case().fold
    staff.remove(world.book(), "cw2", world.cw1, TIME)
    good = world.plant("note-abcdefg2.yaml.age", {"text": "late"})
    (world.folder / "note-abcdefg2.yaml.age").unlink()
    from tipcase.journal.entry import FileVersion

    late = world.forge(
        world.cw2,
        "put",
        files=(FileVersion("note-abcdefg2.yaml.age", sha_of(good), (), "ordinary"),),
        staff=fold.entries[-1].entry.staff,
        parents=fold.heads,
    )
    world.append(late)
    waiting = aside.path_of(world.case(), sha_of(good))
    waiting.parent.mkdir()
    waiting.write_bytes(b"other bytes")
    assert any("hash that is its name" in text for text in world.damage())
    with change.editing(world.book(), world.case_id, world.cw1, "adopt") as case:
        chosen = aside.choose(case, [late.id])
        with pytest.raises(TipcaseError) as info:
            aside.adopt(case, chosen, Objects(world.root), world.cw1, TIME)
    assert info.value.exit_code == 5
    waiting.write_bytes(good)
    with change.editing(world.book(), world.case_id, world.cw1, "adopt") as case:
        aside.adopt(case, aside.choose(case, [late.id]), Objects(world.root), world.cw1, TIME)
    assert world.case().read("note-abcdefg2.yaml.age", world.cw1).data["text"] == "late"


def test_the_first_of_two_openings_is_the_one_that_this_machine_believed() -> None:
    """A colleague opens the same case once more, with a team of their own."""
    made, _, first = opened()
    other, seen = office()
    second = other.new("cw3", seen, "cw3")
    both = [first, second]
    roster = made.roster()
    for pinned, team_of in ((first, {"cw1", "cw2", "cw3"}), (second, {"cw3"})):
        found = fold(both, roster, CASE, pinned=frozenset({pinned.id}))
        assert found is not None and set(found.team) == team_of
    assert fold(both, roster, CASE) is None, "who has believed neither believes neither"


# -- the staff journal and a stolen key --


def test_a_thief_of_a_replaced_key_takes_no_handle_back() -> None:
    """Beside the admin's replacement the thief replaces the key too; the order of ids is luck."""
    for device in ("thiefaa2", "thiefaa3", "thiefaa4", "thiefaa5"):
        made, seen = office()
        made.keys("cw1", card("cw3", 1), seen)
        made.keys("cw3", card("cw3", 66), seen, by=key("cw3", 0), device=device)
        roster = made.roster()
        assert roster.now["cw3"].card == card("cw3", 1)
        assert any("replaced" in problem.text for problem in roster.problems)


def test_a_thief_of_an_admins_replaced_key_admits_nobody() -> None:
    made, seen = office()
    boss = made.add("cw1", "cw5", "admin", seen)
    made.keys("cw5", card("cw1", 1), boss)
    made.add("cw1", "cw6", "supervisor", boss, by=key("cw1", 0), device="thiefaa2")
    assert "cw6" not in made.roster().now
    assert not [problem for problem in made.roster().problems if problem.damage]


def test_what_an_owner_replaced_alone_overtakes_nothing() -> None:
    """Between two who hold the old key nobody can tell the thief: an admin has to say."""
    made, seen, first = opened()
    known = made.keys("cw3", card("cw3", 66), seen)
    made.put("cw1", known, first, path=HEALTH)
    honest = made.put("cw3", seen, first)
    assert counts(made, honest)
