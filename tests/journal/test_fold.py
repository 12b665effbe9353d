"""What a case amounts to: every sentence of the rules about a case's entries."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journal.staffing import CASE, Staffing, card, generation, key, office, sha
from tipcase.journal.entry import FileVersion, Signed
from tipcase.journal.fold import CaseFold, fold
from tipcase.journal.ops import generation_name

PATH = "profile.yaml.age"


def opened() -> tuple[Staffing, Signed, Signed]:
    """A case that cw1 opened with cw2 and cw3 on the team; the staff's head and the first entry."""
    made, seen = office()
    return made, seen, made.new("cw1", seen, "cw1 cw2 cw3")


def current(made: Staffing, path: str = PATH) -> list[str]:
    return sorted(version.sha256 for version in made.state().current.get(path, ()))


def test_a_case_begins_with_one_genuine_entry() -> None:
    made, _, _ = opened()
    state = made.state()
    assert (state.case, state.stage, state.open) == (CASE, "identification", True)
    assert state.team == {"cw1": True, "cw2": True, "cw3": True}
    assert not state.problems


@pytest.mark.parametrize("signer", ["cw4", "evil"])
def test_an_auditor_and_a_stranger_open_no_case(signer: str) -> None:
    made, seen = office()
    made.new(signer, seen)
    assert made.fold() is None


def test_a_second_opening_is_refused_and_the_pinned_one_holds() -> None:
    made, seen, first = opened()
    made.new("cw3", seen, "cw3", device="cw3bbbbb")
    assert made.fold() is None
    state = made.fold(pinned=frozenset({first.id}))
    assert state is not None and state.team == {"cw1": True, "cw2": True, "cw3": True}
    assert [p.damage for p in state.problems] == [True]


def test_a_record_is_replaced_by_somebody_who_saw_it() -> None:
    made, seen, first = opened()
    one = made.put("cw3", seen, first)
    made.put("cw1", seen, one, text="two", previous=("one",))
    assert current(made) == [sha("two")]
    assert made.state().past[PATH] == {sha("one"), sha("two")}


def test_concurrent_writes_are_two_versions_until_an_entry_joins_both() -> None:
    made, seen, first = opened()
    one = made.put("cw3", seen, first)
    two = made.put("cw2", seen, one, text="two", previous=("one",))
    three = made.put("cw1", seen, one, text="three", previous=("one",))
    assert current(made) == sorted([sha("two"), sha("three")])
    made.put("cw1", seen, two, three, text="four", previous=("two", "three"), op="merge")
    assert current(made) == [sha("four")]


def test_naming_a_hash_that_one_has_not_seen_replaces_nothing() -> None:
    made, seen, first = opened()
    made.put("cw3", seen, first)
    made.put("cw1", seen, first, text="two", previous=("one",))
    assert len(current(made)) == 2


def test_who_is_not_on_the_team_writes_nothing() -> None:
    made, seen = office()
    first = made.new("cw1", seen, "cw1")
    made.put("cw3", seen, first)
    assert current(made) == []
    text = "an entry is by somebody who was not on the team of the case: set aside"
    assert made.texts() == [(text, False)]


def test_a_grant_counts_from_then_on() -> None:
    made, seen = office()
    first = made.new("cw1", seen, "cw1")
    granted = made.grant("cw1", "cw3", seen, first)
    made.put("cw3", seen, granted)
    assert current(made) == [sha("one")]
    assert made.state().team == {"cw1": True, "cw3": False}


def test_recovery_may_grant_in_any_case_and_do_nothing_else() -> None:
    made, seen = office()
    first = made.new("cw1", seen, "cw1")
    granted = made.grant("recovery", "cw3", seen, first)
    made.put("recovery", seen, granted)
    assert made.state().team == {"cw1": True, "cw3": False}
    assert current(made) == []


def test_a_caseworker_grants_and_revokes_nothing() -> None:
    made, seen, first = opened()
    made.grant("cw3", "cw4", seen, first)
    made.revoke("cw3", "cw1", seen, first)
    assert made.state().team == {"cw1": True, "cw2": True, "cw3": True}
    assert [damage for _, damage in made.texts()] == [False, False]


def test_revoking_beats_granting_that_had_not_seen_it() -> None:
    made, seen, first = opened()
    revoked = made.revoke("cw1", "cw3", seen, first)
    granted = made.grant("cw2", "cw3", seen, first)
    assert "cw3" not in made.state().team
    made.put("cw3", seen, revoked, granted)
    assert current(made) == []
    made.grant("cw2", "cw3", seen, revoked, granted)
    assert "cw3" in made.state().team


def test_what_somebody_wrote_before_seeing_that_they_were_revoked_counts() -> None:
    made, seen, first = opened()
    made.revoke("cw1", "cw3", seen, first)
    made.put("cw3", seen, first)
    assert current(made) == [sha("one")]


def test_a_role_that_was_never_given_allows_nothing() -> None:
    made, seen = office()
    first = made.new("cw1", seen, "cw1 cw4")
    made.put("cw4", seen, first)
    assert made.texts() == [
        ("an entry is by somebody whose role does not allow it: set aside", False)
    ]


def test_after_leaving_the_staff_entries_are_set_aside_until_a_member_adopts_them() -> None:
    made, seen, first = opened()
    before = made.put("cw3", seen, first)
    gone = made.remove("cw1", "cw3", seen, heads=[before])
    late = made.put("cw3", seen, before, path="decision.yaml.age")
    assert current(made) == [sha("one")]
    assert current(made, "decision.yaml.age") == []
    [(text, damage)] = made.texts()
    assert text.startswith("cw3 wrote this after leaving the staff: set aside (tipcase adopt ")
    assert not damage
    made.act("cw2", "adopt", {"entries": [late.id]}, gone, before)
    assert current(made, "decision.yaml.age") == [sha("one")]
    assert made.texts() == []


def test_who_left_adopts_nothing_for_themselves() -> None:
    made, seen, first = opened()
    made.remove("cw1", "cw3", seen)
    late = made.put("cw3", seen, first)
    made.act("cw3", "adopt", {"entries": [late.id]}, seen, first)
    assert current(made) == []


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_no_number_lets_somebody_who_left_write_on(seq: int) -> None:
    """Backdated in number, heads and parents: who removed them had not seen it."""
    made, seen, first = opened()
    before = made.put("cw3", seen, first)
    made.remove("cw1", "cw3", seen, heads=[before])
    made.put("cw3", seen, before, path="decision.yaml.age", seq=seq)
    made.put("cw3", seen, first, path="note.yaml.age", seq=seq)
    assert current(made, "decision.yaml.age") == current(made, "note.yaml.age") == []
    assert current(made) == [sha("one")]


def test_nobody_writes_to_keys_that_somebody_outside_the_team_can_open() -> None:
    made, seen, first = opened()
    assert made.state().sealing_of("ordinary") is not None
    wraps = [{"generation": generation()["name"], "handle": "cw9", "kind": "ordinary"}]
    data = {"generation": generation(), "wraps": [{**wraps[0], "sha256": sha("w")}]}
    made.act("cw1", "rekey", data, seen, first)
    assert made.state().sealing_of("ordinary") is None
    new = generation("two")
    made.act("cw1", "rekey", {"generation": new, "wraps": []}, seen, made.case[-1])
    sealing = made.state().sealing_of("ordinary")
    assert sealing is not None and sealing.name == new["name"]


def wrap(made: dict[str, str], handle: str, kind: str = "ordinary") -> dict[str, str]:
    return {"generation": made["name"], "handle": handle, "kind": kind, "sha256": sha(handle)}


def wrapped(made: dict[str, str], *handles: str) -> dict[str, Any]:
    """The data of new keys, both kinds wrapped to each."""
    wraps = [wrap(made, h, kind) for h in handles for kind in ("ordinary", "restricted")]
    return {"generation": made, "wraps": wraps}


def test_a_restricted_key_is_not_written_to_when_somebody_may_not_have_it() -> None:
    made, seen = office()
    first = made.new("cw1", seen, "cw1")
    granted = made.grant("cw1", "cw3", seen, first)
    one = made.act("cw1", "rekey", wrapped(generation("two"), "cw1", "cw3"), seen, granted)
    state = made.state()
    assert state.sealing_of("ordinary") == state.generations[-1]
    assert state.sealing_of("restricted") == state.generations[0]
    # A generation that keeps the restricted recipient is as open as the one it keeps it from.
    kept = {"ordinary": generation("three")["ordinary"]}
    kept["restricted"] = generation("two")["restricted"]
    kept = {"name": generation_name(kept["ordinary"], kept["restricted"]), **kept}
    data = {"generation": kept, "wraps": [wrap(kept, "cw1")]}
    made.act("cw1", "rekey", data, seen, one)
    state = made.state()
    assert state.sealing_of("ordinary") == state.generations[2]
    assert state.sealing_of("restricted") == state.generations[0]


def test_who_holds_no_restricted_key_makes_none_and_keeps_the_one_there_is() -> None:
    made, seen = office()
    first = made.new("cw1", seen, "cw1")
    granted = made.grant("cw1", "cw3", seen, first)
    made.act("cw3", "rekey", {"generation": generation("two"), "wraps": []}, seen, granted)
    assert len(made.state().generations) == 1
    kept = {**generation("two"), "restricted": generation()["restricted"]}
    kept["name"] = generation_name(kept["ordinary"], kept["restricted"])
    made.act("cw3", "rekey", {"generation": kept, "wraps": []}, seen, granted)
    assert [g.name for g in made.state().generations] == [generation()["name"], kept["name"]]
    text = "an entry gives restricted keys by somebody who has none: set aside"
    assert made.texts() == [(text, False)]


def test_who_lacks_the_newest_keys_is_known() -> None:
    made, seen, first = opened()
    everybody = ("cw1", "cw2", "cw3")
    one = made.act("cw1", "rekey", wrapped(generation("two"), *everybody), seen, first)
    assert made.state().left_out == ()
    made.act("cw3", "rekey", wrapped(generation("three"), "cw3"), seen, one)
    lacking = {(h, k) for h in ("cw1", "cw2") for k in ("ordinary", "restricted")}
    assert set(made.state().left_out) == lacking


def test_keys_of_who_left_the_staff_are_not_written_to() -> None:
    made, seen, first = opened()
    made.act("cw1", "rekey", wrapped(generation("two"), "cw1", "cw2", "cw3"), seen, first)
    gone = made.remove("cw1", "cw3", seen)
    state = made.state()
    assert state.gone == {"cw3"} and "cw3" in state.team
    sealing = state.sealing_of("ordinary")
    assert sealing is not None and sealing.name == generation()["name"]
    made.act("cw2", "rekey", wrapped(generation("three"), "cw1", "cw2"), gone, made.case[-1])
    state = made.state()
    sealing = state.sealing_of("ordinary")
    assert sealing is not None and sealing.name == generation("three")["name"]
    assert not state.left_out


def test_wraps_to_keys_that_were_replaced_are_stale() -> None:
    made, seen, first = opened()
    old = made.act("cw1", "rekey", wrapped(generation("two"), "cw1", "cw2"), seen, first)
    assert not made.state().stale
    later = made.keys("cw2", card("cw2", 1), seen)
    name = generation("two")["name"]
    assert made.state().stale == {(name, "cw2", "ordinary"), (name, "cw2", "restricted")}
    again = {"generation": name, "handle": "cw2", "kind": "ordinary", "sha256": sha("new")}
    data = {"team": [{"handle": "cw2", "restricted": False}], "wraps": [again]}
    made.act("cw1", "grant", data, later, old)
    state = made.state()
    assert state.stale == {(name, "cw2", "restricted")}
    assert state.wraps[name, "cw2", "ordinary"] == {sha("cw2"), sha("new")}


def named(text: str, *handles: str, previous: tuple[str, ...] = ()) -> tuple[FileVersion, ...]:
    return (FileVersion(PATH, sha(text), tuple(map(sha, previous)), handles),)


@pytest.mark.parametrize("previous", [("one",), ()])
def test_a_record_of_named_people_is_not_replaced_by_another(previous: tuple[str, ...]) -> None:
    made, seen, first = opened()
    one = made.act("cw3", "put", {}, seen, first, files=named("one", "cw1", "cw3"))
    made.put("cw2", seen, one, text="two", previous=previous)
    assert current(made) == [sha("one")]
    text = "an entry replaces a record that was not meant for its signer: set aside"
    assert made.texts() == [(text, False)]
    made.put("cw1", seen, one, text="three", previous=("one",))
    assert current(made) == [sha("three")]


def test_what_was_opened_again_is_anybodys_to_replace() -> None:
    made, seen, first = opened()
    one = made.act("cw3", "put", {}, seen, first, files=named("one", "cw3"))
    two = made.put("cw3", seen, one, text="two", previous=("one",))
    made.put("cw2", seen, two, text="three", previous=("two",))
    assert current(made) == [sha("three")] and not made.texts()


def test_who_had_not_seen_the_complaint_makes_a_second_version_of_it() -> None:
    made, seen, first = opened()
    made.act("cw3", "put", {}, seen, first, files=named("one", "cw3"))
    made.put("cw2", seen, first, text="two")
    assert current(made) == sorted([sha("one"), sha("two")])


def test_keys_of_another_kind_than_the_casebooks_are_damage() -> None:
    made, seen, first = opened()
    mixed = {"ordinary": "age1pq1" + "q" * 100, "restricted": "age1pq1" + "z" * 100}
    name = generation_name(mixed["ordinary"], mixed["restricted"])
    made.act("cw1", "rekey", {"generation": {"name": name, **mixed}, "wraps": []}, seen, first)
    assert made.state().damaged


def test_who_knows_of_their_removal_is_refused() -> None:
    made, seen, first = opened()
    gone = made.remove("cw1", "cw3", seen)
    made.put("cw3", gone, first)
    assert made.texts() == [
        ("an entry is signed by somebody who was not on the staff: set aside", False)
    ]


def test_who_builds_on_what_came_after_their_removal_has_seen_it() -> None:
    """Naming old heads of the staff beside new entries of the case gains nothing."""
    made, seen, first = opened()
    gone = made.remove("cw1", "cw3", seen)
    newer = made.put("cw1", gone, first)
    made.put("cw3", seen, newer, path="decision.yaml.age")
    assert current(made, "decision.yaml.age") == []
    assert current(made) == [sha("one")]


def test_what_somebody_known_may_not_do_keeps_nobody_from_working() -> None:
    made, seen, first = opened()
    gone = made.remove("cw1", "cw3", seen)
    made.put("cw3", gone, first)
    assert not made.state().damaged


def test_the_same_by_a_key_that_nobody_has_is_damage() -> None:
    made, seen, first = opened()
    gone = made.remove("cw1", "cw3", seen)
    made.put("cw3", gone, first, by=key("stranger"))
    assert made.state().damaged


def test_who_came_back_may_write_again() -> None:
    made, seen, first = opened()
    gone = made.remove("cw1", "cw3", seen)
    back = made.add("cw1", "cw3", "caseworker", gone)
    made.put("cw3", back, first)
    assert current(made) == [sha("one")]


@pytest.mark.parametrize(
    "fields",
    [
        {"by": key("evil")},
        {"casebook": "0" * 64},
        {"case": "AAAA-AAAA"},
        {"staff": ("0" * 64,)},
        {"staff": ()},
    ],
    ids=["signature", "casebook", "case", "unknown staff", "no staff"],
)
def test_forged_and_foreign_entries_are_damage_and_change_nothing(fields: dict[str, Any]) -> None:
    made, seen, first = opened()
    before = made.state()
    made.put("cw3", seen, first, **fields)
    after = made.state()
    assert [p.damage for p in after.problems] == [True]
    assert same(after, before)


def test_an_entry_that_builds_on_something_missing_is_damage_with_all_above_it() -> None:
    made, seen, first = opened()
    one = made.put("cw3", seen, first)
    made.put("cw3", seen, one, text="two", previous=("one",))
    made.case.remove(one)
    assert current(made) == []
    assert [damage for _, damage in made.texts()] == [True]


def test_of_two_concurrent_moves_the_less_advanced_holds_with_a_warning() -> None:
    made, seen, first = opened()
    near = made.advance("cw3", "crisis-intervention", 2, seen, first)
    far = made.advance("cw2", "reception", 4, seen, first)
    assert made.state().stage == "crisis-intervention"
    assert [damage for _, damage in made.texts()] == [False]
    made.advance("cw2", "referral", 3, seen, near, far)
    assert made.state().stage == "referral"
    assert made.texts() == []


def test_a_time_before_a_parents_warns_and_decides_nothing() -> None:
    made, seen, first = opened()
    one = made.put("cw3", seen, first)
    made.put("cw1", seen, one, text="two", previous=("one",), time="1999-01-01T00:00:00Z")
    assert current(made) == [sha("two")]
    assert made.texts() == [("an entry is dated before one that it builds on", False)]


def test_a_new_generation_is_the_newest_and_older_ones_stay() -> None:
    made, seen, first = opened()
    made.act("cw3", "rekey", {"generation": generation("two"), "wraps": []}, seen, first)
    assert [g.name for g in made.state().generations] == [
        generation()["name"],
        generation("two")["name"],
    ]


def same(one: CaseFold, other: CaseFold) -> bool:
    names = (
        "stage",
        "phase",
        "open",
        "stage_states",
        "team",
        "generations",
        "wraps",
        "current",
        "past",
        "heads",
    )
    return all(getattr(one, name) == getattr(other, name) for name in names)


def busy() -> tuple[Staffing, Signed]:
    made, seen, first = opened()
    one = made.put("cw3", seen, first)
    two = made.put("cw2", seen, one, text="two", previous=("one",))
    three = made.put("cw1", seen, one, text="three", previous=("one",))
    revoked = made.revoke("cw1", "cw3", seen, three)
    granted = made.grant("cw2", "cw3", seen, two)
    near = made.advance("cw1", "crisis-intervention", 2, seen, revoked)
    far = made.advance("cw2", "reception", 4, seen, granted)
    made.put("cw3", seen, granted, path="decision.yaml.age")
    rekeyed = {"generation": generation("two"), "wraps": []}
    made.act("cw2", "rekey", rekeyed, seen, near, far)
    gone = made.remove("cw1", "cw3", seen)
    made.act("cw2", "close", {"decision": sha("x"), "confirm": False}, gone, near)
    return made, seen


@given(st.randoms(use_true_random=False))
def test_the_fold_does_not_depend_on_the_order_of_entries(chance: random.Random) -> None:
    made, _ = busy()
    expected = made.state()
    shuffled = list(made.case)
    chance.shuffle(shuffled)
    found = fold(shuffled, made.roster(), CASE)
    assert found is not None and same(found, expected)
    assert sorted(p.text for p in found.problems) == sorted(p.text for p in expected.problems)


FORGED: dict[str, dict[str, Any]] = {
    "grant": {"team": [{"handle": "evil", "restricted": True}], "wraps": []},
    "revoke": {"handles": ["cw1"], "generation": None, "wraps": []},
    "rekey": {"generation": generation("evil"), "wraps": []},
    "put": {},
    "adopt": {"entries": [sha("x")]},
    "close": {"decision": sha("x"), "confirm": False},
}


@given(st.data())
def test_a_forged_entry_never_changes_the_fold(data: st.DataObject) -> None:
    made, seen = busy()
    before = made.state()
    parents = data.draw(st.lists(st.sampled_from(made.case), max_size=3, unique_by=lambda s: s.id))
    signer = data.draw(st.sampled_from(["cw1", "cw2", "evil", "recovery"]))
    op = data.draw(st.sampled_from(sorted(FORGED)))
    made.act(signer, op, FORGED[op], seen, *parents, by=key("evil"))
    assert same(made.state(), before)
