"""Whose word counts for a signature that a batch does not check, and whose does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journal.staffing import CASE, Staffing, card, key, office
from tipcase.journal.entry import Signed
from tipcase.journal.fold import CaseFold, fold
from tipcase.journal.roster import check_signature


def broken(made: Staffing, *entries: Signed) -> None:
    """Give entries a signature that is none of theirs, as damage on a disk or a forger would."""
    for signed in entries:
        flipped = signed.signature[:-1] + bytes([signed.signature[-1] ^ 1])
        made.case[made.case.index(signed)] = signed._replace(signature=flipped)


def counted(made: Staffing, *, chained: bool) -> set[str]:
    found = made.fold(chained=chained)
    return {signed.id for signed in found.entries} if found is not None else set()


def history() -> tuple[Staffing, Signed, list[Signed]]:
    """A case of cw1's with three records by cw1 and one by cw3 between them, in one line."""
    made, seen = office()
    entries = [made.new("cw1", seen, "cw1 cw3")]
    for number, signer in enumerate(("cw1", "cw3", "cw1", "cw1"), start=2):
        path = f"note-aaaaaaa{number}.yaml.age"
        entries.append(made.put(signer, seen, entries[-1], path=path, text=path))
    return made, seen, entries


def test_a_batch_finds_the_same_and_checks_one_signature_a_chain() -> None:
    made, _, entries = history()
    checks: list[str] = []

    def verify(public: str, signed: Signed) -> bool:
        checks.append(signed.id)
        return check_signature(public, signed)

    found: list[CaseFold | None] = []
    for chained in (True, False):
        checks.clear()
        found.append(fold(made.case, made.roster(), CASE, verify=verify, chained=chained))
        assert len(checks) == (2 if chained else len(entries))
    assert found[0] == found[1] and found[0] is not None


def test_the_next_entry_of_the_same_hand_vouches_for_one_whose_signature_is_damaged() -> None:
    made, _, entries = history()
    broken(made, entries[1])
    assert entries[1].id not in counted(made, chained=False)
    assert counted(made, chained=True) == {signed.id for signed in entries}


def test_what_somebody_else_builds_on_vouches_for_nothing() -> None:
    made, seen, entries = history()
    # cw3 invents an entry of cw1's, with the number that cw1's device would give, and builds on it.
    forged = made.put("cw1", seen, entries[-1], text="forged", by=key("cw3"))
    assert (forged.entry.signer, forged.entry.prev) == ("cw1", entries[-1].id)
    made.put("cw3", seen, forged, path="profile.yaml.age", text="after")
    for chained in (True, False):
        assert forged.id not in counted(made, chained=chained)
        found = made.fold(chained=chained)
        assert found is not None and found.damaged


@pytest.mark.parametrize("field", ["signer", "device", "seq"])
def test_an_entry_that_only_says_prev_vouches_for_nothing(field: str) -> None:
    made, seen, entries = history()
    forged = made.put("cw1", seen, entries[-1], text="forged", by=key("cw3"))
    entry = forged.entry
    says: dict[str, Any] = {"device": entry.device, "seq": entry.seq + 1, "prev": forged.id}
    signer = "cw3" if field == "signer" else "cw1"
    if field == "device":
        says["device"] = "another2"
    if field == "seq":
        says["seq"] = entry.seq + 2
    made.entry(CASE, "put", signer, {}, [forged], [seen], by=key(signer), **says)
    assert forged.id not in counted(made, chained=True)


def test_where_the_last_signature_does_not_hold_each_is_checked_by_itself() -> None:
    made, _, entries = history()
    broken(made, entries[1], entries[4])
    both = counted(made, chained=True), counted(made, chained=False)
    assert both[0] == both[1] == {entries[n].id for n in (0, 2, 3)}


def test_an_entry_under_new_keys_does_not_vouch_for_one_under_the_old() -> None:
    made, seen, entries = history()
    renewed = made.keys("cw1", card("cw1", 1), seen)
    made._keys["cw1"] = 1
    after = made.put("cw1", renewed, entries[-1], path="note-aaaaaaa9.yaml.age", text="new")
    assert after.id in counted(made, chained=True)
    broken(made, entries[4])
    assert entries[4].id not in counted(made, chained=True)
