"""Work of people who were removed while they were offline: kept, believed by nobody, adopted."""

from __future__ import annotations

import hashlib

import pytest

from tests.casebook import clones
from tests.casebook.clones import Clone, Pair
from tests.casebook.world import TIME
from tipcase.casebook import change, staff, team
from tipcase.casebook.merge import aside
from tipcase.casebook.merge.objects import Objects
from tipcase.errors import ConflictError, NoKeyError, NotFoundError, UsageError

NAMES = clones.NAMES


def removed(pair: Pair) -> None:
    """One removes cw2 from the staff; two does not know and goes on working."""
    staff.remove(pair.one.book(), "cw2", pair.one.me, TIME)
    team.revoke(pair.one.book(), pair.one.case_id, ["cw2"], pair.one.me, TIME)
    pair.one.commit("removed")
    pair.two.put("profile", {**NAMES, "full_name": "Second Invented"})
    pair.two.put("profile", {**NAMES, "full_name": "Late Invented"})
    pair.two.put("note", {"happened_on": "2026-01-06", "text": "late"})
    pair.two.commit("late")


def waits(clone: Clone) -> list[str]:
    return sorted(path.name for path in (clone.case().place.root / "aside").glob("*"))


def adopt(clone: Clone, *wanted: str) -> None:
    with change.editing(clone.book(), clone.case_id, clone.me, "adopt") as case:
        aside.adopt(case, aside.choose(case, wanted), Objects(clone.root), clone.me, TIME)


def test_late_work_that_git_took_goes_aside_and_the_believed_bytes_come_back(pair: Pair) -> None:
    removed(pair)
    pair.join()
    assert not pair.one.unmerged(), "git takes it silently"
    assert pair.one.damage()
    report = pair.finish()
    assert report.code == 0
    assert pair.one.damage() == []
    assert pair.one.read("profile") == NAMES
    # Of the two late revisions git brought the last; and the note.
    assert len(waits(pair.one)) == 2
    for name in waits(pair.one):
        data = (pair.one.case().place.root / "aside" / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == name.removesuffix(".age")
    assert waits(pair.one) == sorted(
        line.rpartition("/")[2] for line in pair.one.git("ls-files", "*/aside/*").splitlines()
    )
    assert "note" not in str(pair.one.git("ls-files"))
    pair.give_back()
    assert pair.two.damage() == []


@pytest.mark.soak
def test_a_member_adopts_it_with_what_it_builds_on(pair: Pair) -> None:
    removed(pair)
    pair.join()
    pair.finish()
    found = aside.waiting(pair.one.case())
    assert [item.op for item in found] == ["put", "put", "put"]
    assert {item.signer for item in found} == {"cw2"}
    adopt(pair.one, found[-1].entry[:12])  # the note, and all that it builds on
    assert pair.one.merge().code == 0
    assert pair.one.damage() == []
    assert pair.one.read("profile")["full_name"] == "Late Invented"
    dossier, unread = pair.one.case().read_all(pair.one.me)
    assert not unread
    assert [record.data["text"] for record in dossier.records if record.type == "note"] == ["late"]
    assert waits(pair.one) == []
    assert aside.waiting(pair.one.case()) == []


@pytest.mark.soak
def test_what_is_adopted_joins_what_was_written_meanwhile(pair: Pair) -> None:
    removed(pair)
    pair.one.put("profile", {**NAMES, "preferred_name": "M"})
    pair.one.commit("meanwhile")
    pair.join()
    assert pair.one.unmerged()
    pair.finish()
    assert pair.one.read("profile") == {**NAMES, "preferred_name": "M"}
    adopt(pair.one, aside.waiting(pair.one.case())[1].entry)
    report = pair.one.merge()
    assert [step.done for step in report.steps] == ["merged"]
    assert pair.one.read("profile") == {
        **NAMES,
        "preferred_name": "M",
        "full_name": "Late Invented",
    }
    pair.one.commit()
    assert pair.one.damage() == []


def test_who_was_removed_can_still_finish_the_merge(pair: Pair) -> None:
    removed(pair)
    pair.one.put("profile", {**NAMES, "preferred_name": "M"})
    pair.one.commit("meanwhile")
    pair.two.fetch(pair.one)
    pair.two.git("merge", "--quiet", "--no-edit", "other/main", fails=True)
    assert pair.two.unmerged()
    lines = pair.two.case().place.journal_file("cw2").read_bytes()
    clones.finish(pair.two)
    assert pair.two.damage() == []
    assert len(waits(pair.two)) == 2
    assert pair.two.case().place.journal_file("cw2").read_bytes() == lines, "nothing is signed"
    # Whoever takes that over has nothing left to do but to look at it.
    pair.one.fetch(pair.two)
    pair.one.git("merge", "--quiet", "--no-edit", "other/main")
    assert pair.one.damage() == []
    assert len(waits(pair.one)) == 2


@pytest.mark.soak
def test_who_left_the_team_keeps_both_versions_for_a_member_to_join(pair: Pair) -> None:
    team.revoke(pair.one.book(), pair.one.case_id, ["cw2"], pair.one.me, TIME)
    pair.one.put("profile", {**NAMES, "preferred_name": "M"})
    pair.one.commit("revoked")
    pair.two.put("profile", {**NAMES, "full_name": "Offline Invented"})
    pair.two.commit("offline")
    pair.two.fetch(pair.one)
    pair.two.git("merge", "--quiet", "--no-edit", "other/main", fails=True)
    report = pair.two.merge()
    assert [type(item.error) for item in report.left] == [ConflictError]
    assert report.code == 5
    assert not pair.two.unmerged()
    pair.two.git("commit", "--quiet", "--no-edit")
    pair.one.fetch(pair.two)
    pair.one.git("merge", "--quiet", "--ff-only", "other/main")
    assert any("two versions" in text for text in pair.one.damage())
    assert [step.done for step in pair.one.merge().steps] == ["merged"]
    assert pair.one.read("profile") == {
        **NAMES,
        "preferred_name": "M",
        "full_name": "Offline Invented",
    }
    assert pair.one.damage() == []


@pytest.mark.soak
def test_without_any_key_all_is_put_right_but_the_joining(pair: Pair) -> None:
    pair.one.put("profile", {**NAMES, "full_name": "First Invented"})
    pair.one.commit()
    pair.two.put("profile", {**NAMES, "preferred_name": "D"})
    pair.two.commit()
    pair.join()
    report = pair.one.merge_without_key()
    assert [type(item.error) for item in report.left] == [NoKeyError]
    assert report.code == 6
    assert not pair.one.unmerged()
    assert pair.finish().code == 0
    assert pair.one.read("profile")["preferred_name"] == "D"


@pytest.mark.soak
def test_entries_that_nobody_may_adopt_are_refused(pair: Pair) -> None:
    removed(pair)
    pair.join()
    pair.finish()
    with pytest.raises(NotFoundError):
        adopt(pair.one, "ffffffffffff")
    with pytest.raises(UsageError):
        adopt(pair.one, aside.waiting(pair.one.case())[0].entry[:3])  # too short to be sure
    counted = pair.one.case().fold.entries[0].id
    with pytest.raises(NotFoundError):
        adopt(pair.one, counted)


def test_a_file_that_claims_another_hash_is_never_taken_in(pair: Pair) -> None:
    removed(pair)
    pair.join()
    pair.finish()
    folder = pair.one.case().place.root / "aside"
    entry = aside.waiting(pair.one.case())[-1].entry
    for name in waits(pair.one):
        (folder / name).write_bytes(b"age-encryption.org/v1\nforged")
    # git has the genuine bytes still; the forged ones are looked at by nobody.
    adopt(pair.one, entry)
    pair.one.merge()
    assert pair.one.read("profile")["full_name"] == "Late Invented"
    assert all(
        "forged" not in path.read_bytes().decode("latin-1")
        for path in pair.one.case().place.root.glob("*.age")
    )


@pytest.mark.soak
def test_bytes_that_nobody_signed_are_not_laid_aside(pair: Pair) -> None:
    case = pair.one.case()
    path = case.find("profile", None)
    assert path is not None
    target = case.place.root / path
    target.write_bytes(b"age-encryption.org/v1\nforged")
    pair.one.git("commit", "--all", "--quiet", "--message", "forged")
    assert pair.one.merge().code == 0
    assert pair.one.read("profile") == NAMES
    assert waits(pair.one) == []
    # Where git has no copy of it, it is somebody's only one: it stays, and is said.
    target.write_bytes(b"only here")
    report = pair.one.merge()
    assert report.code == 7
    assert target.read_bytes() == b"only here"
