"""Who is on the staff: every sentence of the rules of authority over the roster."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journal.staffing import Staffing, card, key
from tipcase.errors import DamagedError
from tipcase.journal import card as cards
from tipcase.journal.card import Card
from tipcase.journal.entry import FileVersion, Signed
from tipcase.journal.roster import Roster


def admins() -> tuple[Staffing, Signed]:
    """cw1 founds, cw2 and cw3 are admins too."""
    made = Staffing()
    last = made.init()
    for handle in ("cw2", "cw3"):
        last = made.add("cw1", handle, "admin", last)
    return made, last


def handles(made: Staffing) -> list[str]:
    return sorted(made.roster().now)


def test_the_founder_and_who_was_added_are_on_the_staff() -> None:
    made, _ = admins()
    roster = made.roster()
    assert sorted(roster.now) == ["cw1", "cw2", "cw3"]
    assert roster.now["cw1"].roles == {"admin", "supervisor"}
    assert roster.casebook == made.staff[0].id
    assert not roster.problems


def test_only_admins_rule_the_roster() -> None:
    made = Staffing()
    last = made.add("cw1", "cw2", "supervisor caseworker auditor", made.init())
    made.add("cw2", "cw3", "admin", last)
    assert handles(made) == ["cw1", "cw2"]
    assert [p.damage for p in made.roster().problems] == [True]


@pytest.mark.parametrize("op", ["staff-add", "staff-remove", "settings"])
def test_a_stranger_changes_nothing(op: str) -> None:
    made, last = admins()
    evil = key("evil")
    data = {
        "staff-add": {"card": card("evil").as_json(), "roles": ["admin"]},
        "staff-remove": {"handle": "cw2", "seen": {}},
        "settings": {},
    }[op]
    made.entry("staff", op, "evil", data, [last], by=evil)
    made.entry("staff", op, "cw1", data, [last], by=evil)
    assert handles(made) == ["cw1", "cw2", "cw3"]
    assert [p.damage for p in made.roster().problems] == [True, True]


def test_recovery_may_sign_staff_entries() -> None:
    made, last = admins()
    made.add("recovery", "cw5", "admin", last)
    assert "cw5" in handles(made)


def test_a_removal_beats_an_addition_that_had_not_seen_it() -> None:
    made, last = admins()
    made.remove("cw2", "cw3", last)
    made.add("cw1", "cw3", "auditor", last)
    assert handles(made) == ["cw1", "cw2"]


def test_who_was_removed_can_be_added_again_by_somebody_who_saw_it() -> None:
    made, last = admins()
    gone = made.remove("cw1", "cw3", last)
    made.add("cw1", "cw3", "auditor", gone)
    assert made.roster().now["cw3"].roles == {"auditor"}


def test_a_removal_of_nobody_and_an_addition_of_somebody_who_is_there_do_not_count() -> None:
    made, last = admins()
    made.remove("cw1", "nobody", last)
    made.add("cw1", "cw3", "auditor", last)
    assert made.roster().now["cw3"].roles == {"admin"}
    assert len(made.roster().problems) == 2


def test_the_concurrent_removals_of_somebody_removed_do_not_count() -> None:
    made, last = admins()
    made.remove("cw1", "cw2", last)
    made.remove("cw2", "cw3", last)
    assert handles(made) == ["cw1", "cw3"]


def test_what_somebody_removed_had_not_shown_yet_is_set_aside() -> None:
    made, last = admins()
    made.add("cw2", "cw5", "auditor", last)
    made.remove("cw1", "cw2", last)
    assert handles(made) == ["cw1", "cw3"]
    assert [p.damage for p in made.roster().problems] == [False]


def test_what_the_removal_had_seen_counts() -> None:
    made, last = admins()
    added = made.add("cw2", "cw5", "auditor", last)
    made.remove("cw1", "cw2", added)
    assert handles(made) == ["cw1", "cw3", "cw5"]


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_no_number_brings_somebody_who_is_gone_back(seq: int) -> None:
    """An old number, old heads and an old date: the removal had not seen it, so it is aside."""
    made, last = admins()
    added = made.add("cw2", "cw5", "auditor", last)
    made.remove("cw1", "cw2", added)
    data = {"card": card("evil").as_json(), "roles": ["admin"]}
    device = added.entry.device
    made.entry("staff", "staff-add", "cw2", data, [last], device=device, seq=seq)
    made.entry("staff", "staff-add", "cw2", data, [made.staff[0]], device=device, seq=seq)
    assert handles(made) == ["cw1", "cw3", "cw5"]


def test_the_handle_of_somebody_who_left_is_nobody_elses() -> None:
    made, last = admins()
    gone = made.remove("cw1", "cw3", last)
    data = {"card": card("cw3", 1).as_json(), "roles": ["caseworker"]}
    made.entry("staff", "staff-add", "cw1", data, [gone])
    assert handles(made) == ["cw1", "cw2"]
    made.add("cw1", "cw3", "caseworker", gone)
    assert handles(made) == ["cw1", "cw2", "cw3"]


def test_the_recovery_seed_is_replaced_by_itself_or_by_an_admin() -> None:
    made, last = admins()
    replaced = made.keys("cw1", card("recovery", 1), last)
    assert made.roster().recovery == card("recovery", 1)
    assert [p.damage for p in made.roster().problems] == [False]
    # The old seed signs nothing any more, the new one does; and what came before stays judged.
    made.add("recovery", "cw7", "auditor", replaced)
    assert "cw7" not in handles(made)
    made.add("recovery", "cw8", "auditor", replaced, by=key("recovery", 1))
    assert "cw8" in handles(made)
    roster = made.roster()
    assert roster.recovery_as_of(roster.graph.below([last.id]) or 0) == card("recovery")


def test_the_recovery_seed_is_not_replaced_by_a_caseworker() -> None:
    made, last = admins()
    worker = made.add("cw1", "cw5", "caseworker", last)
    made.keys("cw5", card("recovery", 1), worker)
    assert made.roster().recovery == card("recovery")


def test_of_two_who_remove_each_other_the_earlier_admitted_stays() -> None:
    made, last = admins()
    made.remove("cw3", "cw2", last)
    made.remove("cw2", "cw3", last)
    assert handles(made) == ["cw1", "cw2"]


def test_of_two_admitted_at_once_who_remove_each_other_the_smaller_entry_id_decides() -> None:
    made = Staffing()
    first = made.init()
    entries = {h: made.add("cw1", h, "admin", first, device=f"{h}bbbbb") for h in ("cw2", "cw3")}
    made.remove("cw3", "cw2", *entries.values())
    made.remove("cw2", "cw3", *entries.values())
    stays = min(entries, key=lambda handle: entries[handle].id)
    assert handles(made) == ["cw1", stays]


def test_keys_are_replaced_with_the_old_key_in_silence_and_by_an_admin_with_a_warning() -> None:
    made, last = admins()
    mine = made.keys("cw2", card("cw2", 1), last)
    assert made.roster().now["cw2"].card == card("cw2", 1)
    assert not made.roster().problems
    made.keys("cw1", card("cw3", 1), mine)
    assert made.roster().now["cw3"].card == card("cw3", 1)
    assert [(p.text, p.damage) for p in made.roster().problems] == [
        ("the keys of cw3 were replaced by cw1", False)
    ]
    assert len(made.roster().everyone()["cw3"]) == 2


def test_keys_of_somebody_else_are_not_replaced_by_who_is_no_admin() -> None:
    made = Staffing()
    last = made.add("cw1", "cw2", "auditor", made.init())
    made.keys("cw2", card("cw1", 1), last)
    assert made.roster().now["cw1"].card == card("cw1")
    assert [p.damage for p in made.roster().problems] == [True]


def test_an_old_key_counts_no_more_after_it_was_replaced() -> None:
    made, last = admins()
    replaced = made.keys("cw2", card("cw2", 1), last)
    made.add("cw2", "cw5", "admin", replaced)
    assert "cw5" not in handles(made)


def test_a_card_that_its_owner_did_not_sign_adds_nobody() -> None:
    made, last = admins()
    forged = {**card("cw5").as_json(), "recipient": "age1" + "z" * 58}
    made.entry("staff", "staff-add", "cw1", {"card": forged, "roles": ["admin"]}, [last])
    assert "cw5" not in handles(made)


def test_recovery_is_nobody_on_the_staff() -> None:
    made, last = admins()
    made.entry(
        "staff",
        "staff-add",
        "cw1",
        {"card": card("recovery").as_json(), "roles": ["admin"]},
        [last],
    )
    assert "recovery" not in handles(made)


def test_kinds_of_keys_are_never_mixed() -> None:
    made, last = admins()
    hybrid = card("cw2", 1, "hybrid").as_json()
    made.entry("staff", "keys", "cw2", {"card": hybrid}, [last])
    assert made.roster().now["cw2"].card == card("cw2")
    assert [p.damage for p in made.roster().problems] == [True]


def test_two_first_entries_are_refused_unless_one_is_pinned() -> None:
    made = Staffing()
    first = made.init()
    other = Staffing()
    other.init("evil")
    both = [*made.staff, *other.staff]
    with pytest.raises(DamagedError):
        Roster(both)
    roster = Roster(both, pinned=first.id)
    assert sorted(roster.now) == ["cw1"]
    with pytest.raises(DamagedError):
        Roster(other.staff, pinned=first.id)


def test_a_first_entry_whose_cards_or_signature_are_wrong_is_none() -> None:
    for signer, by in (("cw1", key("evil")), ("cw2", None)):
        made = Staffing()
        data = {
            "card": card("cw1").as_json(),
            "recovery": card("recovery").as_json(),
            "roles": ["admin"],
        }
        made.entry("staff", "init", signer, data, [], by=by)
        with pytest.raises(DamagedError):
            made.roster()


def test_entries_of_another_casebook_do_not_count() -> None:
    made, last = admins()
    made.entry(
        "staff",
        "staff-add",
        "cw1",
        {"card": card("cw5").as_json(), "roles": ["admin"]},
        [last],
        casebook="0" * 64,
    )
    assert "cw5" not in handles(made)


def double(handle: str, of: str, part: str) -> Card:
    """A card of one person that holds a key of another."""
    own, theirs = card(handle), card(of)
    recipient = theirs.recipient if part == "recipient" else own.recipient
    return cards.make(handle, "x25519", recipient, key(of if part == "signing key" else handle))


@pytest.mark.parametrize("part", ["recipient", "signing key"])
@pytest.mark.parametrize("of", ["cw1", "cw2", "recovery"])
def test_one_key_is_not_given_to_two_people(of: str, part: str) -> None:
    made, last = admins()
    data = {"card": double("cw5", of, part).as_json(), "roles": ["supervisor"]}
    made.entry("staff", "staff-add", "cw1", data, [last])
    assert handles(made) == ["cw1", "cw2", "cw3"]
    made.keys("cw3", double("cw3", of, part), last)
    assert made.roster().now["cw3"].card == card("cw3")
    assert [p.text for p in made.roster().problems] == ["an entry gives one key to two people"] * 2


@pytest.mark.parametrize("part", ["recipient", "signing key"])
def test_the_key_of_somebody_who_left_is_nobody_elses(part: str) -> None:
    made, last = admins()
    gone = made.remove("cw1", "cw2", last)
    data = {"card": double("cw5", "cw2", part).as_json(), "roles": ["supervisor"]}
    made.entry("staff", "staff-add", "cw1", data, [gone])
    assert handles(made) == ["cw1", "cw3"]


@pytest.mark.parametrize("part", ["recipient", "signing key"])
def test_two_admins_who_add_one_key_apart_add_one_person(part: str) -> None:
    made, last = admins()
    made.add("cw1", "cw6", "supervisor", last)
    data = {"card": double("cw5", "cw6", part).as_json(), "roles": ["supervisor"]}
    made.entry("staff", "staff-add", "cw2", data, [last])
    roster = made.roster()
    assert len({"cw5", "cw6"} & roster.now.keys()) == 1
    dropped = ({"cw5", "cw6"} - roster.now.keys()).pop()
    text = f"{dropped} has a key of somebody else: not on the staff"
    assert [(p.text, p.damage) for p in roster.problems] == [(text, False)]


@pytest.mark.parametrize("handle", ["con", "aux", "lpt9", "staff", "provider", "recovery"])
def test_nobody_has_a_handle_that_is_kept_for_another_use(handle: str) -> None:
    made, last = admins()
    made.add("cw1", handle, "caseworker", last)
    assert handles(made) == ["cw1", "cw2", "cw3"]


def test_the_staff_is_seen_as_it_was_at_heads() -> None:
    made, last = admins()
    made.remove("cw1", "cw3", last)
    roster = made.roster()
    then = roster.at((last.id,))
    assert then is not None and sorted(then) == ["cw1", "cw2", "cw3"]
    assert sorted(roster.now) == ["cw1", "cw2"]
    assert roster.at(("0" * 64,)) is None


def test_only_an_admin_signs_files_of_the_office() -> None:
    """An auditor may replace their own keys; a file in that entry must not become the law."""
    from tipcase.journal import ops
    from tipcase.journal.entry import EntryError

    made, last = admins()
    version = FileVersion("casebook.yaml", "0" * 64)
    sneaky = made.keys("cw2", card("cw2", 1), last, files=(version,))
    with pytest.raises(EntryError):
        ops.check(sneaky.entry)


def busy() -> Staffing:
    made, last = admins()
    one = made.remove("cw2", "cw3", last)
    two = made.remove("cw3", "cw2", last)
    made.add("cw1", "cw5", "caseworker", last, device="cw2bbbbb")
    made.add("cw1", "cw3", "auditor", one, two)
    made.keys("cw1", card("cw1", 1), one)
    return made


@given(st.randoms(use_true_random=False))
def test_the_roster_does_not_depend_on_the_order_of_entries(chance: random.Random) -> None:
    made = busy()
    expected = made.roster()
    shuffled = list(made.staff)
    chance.shuffle(shuffled)
    roster = Roster(shuffled)
    assert roster.now == expected.now
    assert roster.heads == expected.heads
    assert sorted(p.text for p in roster.problems) == sorted(p.text for p in expected.problems)


FORGED: dict[str, dict[str, Any]] = {
    "staff-add": {"card": card("evil").as_json(), "roles": ["admin"]},
    "staff-remove": {"handle": "cw1", "seen": {}},
    "keys": {"card": card("cw1", 7).as_json()},
    "settings": {},
}


@given(st.data())
def test_a_forged_entry_never_changes_the_roster(data: st.DataObject) -> None:
    made = busy()
    before = made.roster()
    parents = data.draw(
        st.lists(st.sampled_from(made.staff), min_size=1, max_size=3, unique_by=lambda s: s.id)
    )
    op = data.draw(st.sampled_from(sorted(FORGED)))
    content = FORGED[op]
    signer = data.draw(st.sampled_from(["cw1", "cw2", "evil", "recovery"]))
    made.entry("staff", op, signer, content, parents, by=key("evil"))
    after = made.roster()
    assert people(after) == people(before)
    assert after.heads == before.heads


def people(roster: Roster) -> dict[str, tuple[object, object]]:
    return {handle: (member.card, member.roles) for handle, member in roster.now.items()}
