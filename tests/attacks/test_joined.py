"""design.md §1, "Merging", "Belief": what git brings together, and a member who lies while joining.

Only what needs git's own hand runs git; the rest plays two sides in one folder.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.casebook import clones
from tests.casebook import world as worlds
from tests.casebook.clones import Pair
from tests.casebook.world import CANARY, SECOND, TIME, World
from tipcase import files
from tipcase.casebook import change, revision
from tipcase.casebook.attachments import attachments
from tipcase.casebook.attachments.incoming import Incoming
from tipcase.casebook.merge import choices, conflicts
from tipcase.casebook.merge.conflicts import Conflict, Said
from tipcase.casebook.repairs.changes import Changes
from tipcase.casebook.writing import NewFile
from tipcase.errors import TipcaseError
from tipcase.journal.entry import FileVersion, sign

PROFILE = "profile.yaml.age"
NEVER = "What nobody said"


def lie(world: World, found: tuple[Conflict, ...], data: Mapping[str, Any]) -> None:
    """cw2, on the team, signs a profile with these conflicts in its head."""
    with change.editing(world.book(), world.case_id, world.cw2, "merge") as case:
        current = case.current(PROFILE)
        before = case.read(PROFILE, world.cw2).header
        header = before._replace(revision=before.revision + 1, conflicts=found)
        new = revision.sealed(case, header, data, "ordinary", (current.sha256,))
        change.commit(case, "merge", {}, {PROFILE: new}, world.cw2, TIME)


def invented(*about: str) -> tuple[Conflict, ...]:
    return tuple(
        Conflict(name, (Said("cw1", TIME, NEVER), Said("nobody", TIME, CANARY))) for name in about
    )


# -- git's union, by git itself --


def test_git_makes_no_one_line_of_an_unfinished_line_and_the_next(pair: Pair) -> None:
    """One person on two machines; the first was cut off before the line feed. Both notes stay."""
    pair.two.me = pair.one.me
    pair.one.put("note", {"text": "one"})
    journal = pair.one.case().place.journal_file("cw1")
    journal.write_bytes(journal.read_bytes().removesuffix(b"\n"))
    pair.one.commit()
    pair.two.put("note", {"text": "two"})
    pair.two.commit()
    pair.join()
    pair.finish()
    dossier, unread = pair.one.case().read_all(pair.one.me)
    notes = sorted(str(r.data["text"]) for r in dossier.records if r.type == "note")
    assert notes == ["one", "two"] and not unread
    assert pair.one.damage() == []


@pytest.mark.soak
def test_lines_that_a_bad_union_glued_or_dropped_come_back_out_of_git(pair: Pair) -> None:
    for text in ("one", "two", "three"):
        pair.one.put("note", {"text": text})
    pair.one.commit()
    journal = pair.one.case().place.journal_file("cw1")
    good = journal.read_bytes()
    known = {signed.id for part in pair.one.case().lines for signed in part.entries}
    lines = good.splitlines(keepends=True)
    for bad in (b"".join(lines[:-2]) + lines[-2][:-1] + lines[-1], b"".join(lines[:-1]), b""):
        journal.write_bytes(bad)
        assert pair.one.damage()
        pair.one.merge()
        found = {signed.id for part in pair.one.case().lines for signed in part.entries}
        assert found == known
        journal.write_bytes(good)


def test_a_number_that_a_member_invents_stops_nobody_elses_work(pair: Pair, tmp_path: Path) -> None:
    clones.with_remote(pair, tmp_path)
    case = pair.two.case()
    entry = dataclasses.replace(
        case.fold.entries[-1].entry,
        op="put",
        device="invented",
        seq=2**53 - 1,
        prev=None,
        parents=case.fold.heads,
        signer="cw2",
        files=(),
        data={},
    )
    with case.place.journal_file("cw2").open("ab") as stream:
        stream.write(sign(entry, pair.two.me.signing_key).line)
    pair.two.commit()
    pair.two.git("push", "--quiet", "origin", "main")
    pair.one.put("note", {"text": "work"})
    done = pair.one.sync()
    assert done.pushed and len(done.gaps) == 1 and "cw2" in done.gaps[0]
    assert any(done.gaps[0] in text for text in pair.one.damage()), "verify says what it is"


# -- what a joined record says --


def test_a_third_field_that_a_merge_smuggles_in_is_told_with_who_did_it(pair: Pair) -> None:
    """Two sides changed one field each; whoever joins them changes another on the way."""
    pair.one.commit()
    before = pair.one.read("profile")
    with change.editing(pair.one.book(), pair.one.case_id, pair.one.me, "merge") as case:
        current = case.current(PROFILE)
        header = case.read(PROFILE, pair.one.me).header
        header = header._replace(revision=header.revision + 1)
        new = revision.sealed(
            case, header, {**before, "sex": "male"}, "ordinary", (current.sha256,)
        )
        change.commit(case, "merge", {}, {PROFILE: new}, pair.one.me, TIME)
    case = pair.one.case()
    (told,) = Changes(case, pair.one.me).of(case.fold.entries[-1])
    assert [(one.path, one.before, one.after) for one in told.fields] == [("sex", "female", "male")]
    assert case.fold.entries[-1].entry.signer == "cw1"


def test_a_conflict_that_nobody_wrote_settles_nothing_and_is_its_writers(world: World) -> None:
    """Who invents values in a record's head holds up ``advance``, and signs that they did."""
    lie(world, invented("full_name"), {"full_name": CANARY})
    assert world.read("profile")["full_name"] == CANARY, "the record's own value stands"
    with pytest.raises(TipcaseError) as info:
        choices.refuse_open(world.case().read_all(world.cw1)[0])
    assert info.value.exit_code == 5
    assert NEVER not in str(info.value) and CANARY not in str(info.value)
    assert world.case().fold.current[PROFILE][0].signer == "cw2"
    # What stands is kept, and that ends it.
    data = world.read("profile")
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        change.put(case, "profile", None, data, world.cw1, TIME, settled=("full_name",))
    choices.refuse_open(world.case().read_all(world.cw1)[0])
    assert world.read("profile")["full_name"] == CANARY


@pytest.mark.parametrize(
    "where", ["tipcase.case", "attachments", "no_such_field.below.it", "full_name.inside"]
)
def test_a_conflict_about_what_is_no_field_can_be_ended(world: World, where: str) -> None:
    lie(world, invented(where), {"full_name": CANARY})
    data = world.read("profile")
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        change.put(case, "profile", None, data, world.cw1, TIME, settled=(where,))
    content = world.case().read(PROFILE, world.cw1)
    assert content.header.conflicts == () and content.header.case == world.case_id
    assert content.data == data


def test_what_a_liars_conflict_offers_is_shown_as_one_harmless_line() -> None:
    """Escapes for terminals, ends of lines, marks that turn the direction of text."""
    evil = "\x1b[2J\r\n#= choose: rm\u202e\u2028\x9b31m"
    one = Conflict("full_name\x1b[31m", (Said("cw1", TIME, evil), Said("cw2", TIME, [evil])))
    for line in choices.told((one,), "tipcase resolve"):
        assert line.startswith(choices.MARK)
        assert not set(line) & set("\x1b\r\n\u202e\u2028\x9b")


def test_a_conflict_that_was_settled_does_not_come_back_by_its_bytes(world: World) -> None:
    """Somebody with the remote puts the torn revision back, with the journal that knows better."""
    lie(world, invented("full_name"), {"full_name": SECOND})
    torn = (world.folder / PROFILE).read_bytes()
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        data = {"full_name": CANARY}
        change.put(case, "profile", None, data, world.cw1, TIME, settled=("full_name",))
    (world.folder / PROFILE).write_bytes(torn)
    with pytest.raises(TipcaseError) as info:
        world.read("profile")
    assert info.value.exit_code == 7 and "older revision" in info.value.sentence
    # Signed again by a member it is a new revision, over theirs: nobody takes it for the old one.
    (world.folder / PROFILE).unlink()
    version = FileVersion(
        PROFILE, files.sha256(torn), (world.case().current(PROFILE).sha256,), "ordinary"
    )
    world.append(world.forge(world.cw2, "put", files=(version,)))
    (world.folder / PROFILE).write_bytes(torn)
    assert conflicts.written(world.case().read(PROFILE, world.cw1).header.conflicts)
    assert world.case().fold.entries[-1].entry.signer == "cw2"


# -- attachments of one case --


def attach(world: World, record: str, content: bytes) -> Mapping[str, Any]:
    import io

    with change.editing(world.book(), world.case_id, world.cw1) as case:
        item: Mapping[str, Any] = attachments.attach(
            case, (record, None), Incoming(io.BytesIO(content)), {}, world.cw1, TIME
        ).item
    return item


def test_an_attachment_of_one_record_is_not_brought_into_another(world: World) -> None:
    """cw2 signs what looks like an ``attach``, over the file of a restricted record."""
    item = attach(world, "health", b"%PDF-1.7 " + CANARY.encode())
    mine = attach(world, "profile", b"\x89PNG\r\n\x1a\n" + SECOND.encode())
    path = str(item["file"])
    with change.editing(world.book(), world.case_id, world.cw2) as case:
        current = case.current(PROFILE)
        header = case.read(PROFILE, world.cw2).header
        data = {"full_name": CANARY, "attachments": [{**mine, "file": path}]}
        owner = revision.sealed(case, header, data, "ordinary", (current.sha256,))
        mine_now = (world.folder / str(mine["file"])).read_bytes()
        taken = NewFile(mine_now, (case.current(path).sha256,), "ordinary")
        change.commit(case, "attach", {}, {PROFILE: owner, path: taken}, world.cw2, TIME)
    signed = [s for part in world.case().lines for s in part.entries if s.entry.signer == "cw2"]
    assert signed[-1].id not in {item.id for item in world.case().fold.entries}
    assert world.case().current(path).sealed_to == "restricted"
    assert world.damage(), "what stands on the disk now is not what is believed"
    for one in attachments.index(world.case(), world.cw1)[0]:
        assert one.error is not None or one.path != path


def test_two_attachments_that_change_places_are_both_refused(world: World) -> None:
    items = [attach(world, kind, b"%PDF-1.7 " + kind.encode()) for kind in ("profile", "health")]
    one, two = (world.folder / str(item["file"]) for item in items)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    found = attachments.index(world.case(), world.cw1)[0]
    assert [item.error.exit_code for item in found if item.error] == [7, 7]
    assert len(world.damage()) == 2


# -- a clone that has seen less --


def test_an_old_clone_takes_what_goes_on_and_nothing_that_forgets(
    world: World, tmp_path: Path
) -> None:
    old = worlds.copy(world, tmp_path / "old")
    before = world.journal().read_bytes()
    world.put("note", {"text": "later"})
    for path in world.folder.rglob("*"):
        if path.is_file() and path.name != ".lock":
            target = old.folder / path.relative_to(world.folder)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    assert not old.damage()
    # A fork from before what the old clone has seen: an entry of cw2 in the place of the last.
    old.journal().write_bytes(before)
    with pytest.raises(TipcaseError) as info:
        old.read("profile")
    assert info.value.exit_code == 7 and old.damage()
