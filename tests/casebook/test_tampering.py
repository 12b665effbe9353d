"""Somebody who can write to the folder, and holds no signing key of the staff, attacks it.

Every attack is found by ``verify`` with exit 7, believed by no reader, shows no value of a record,
and makes no command change anything on disk.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.casebook import world as worlds
from tests.casebook.world import CANARY, SECOND, World
from tipcase.casebook import book as books
from tipcase.casebook import change, listing, staff
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case, resolve
from tipcase.casebook.verification import chains, verify, verify_case
from tipcase.errors import ConflictError, DamagedError, NoKeyError, NotFoundError, TipcaseError
from tipcase.journal.entry import Signed
from tipcase.keyring import person as people

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

SOAK = os.environ.get("TIPCASE_SOAK") == "1"


@contextlib.contextmanager
def refused(world: World, code: int = 7) -> Iterator[None]:
    """The block fails with this exit code, tells nothing of a record, and changes nothing."""
    before = world.snapshot()
    with pytest.raises(TipcaseError) as info:
        yield
    assert info.value.exit_code == code, info.value.sentence
    said = f"{info.value.sentence} {info.value.hint} {info.value!r}"
    assert CANARY not in said and SECOND not in said
    assert info.value.hint
    assert world.snapshot() == before


def found(world: World) -> list[str]:
    """What verify finds; it must find something, change nothing, and tell nothing of a record."""
    before = world.snapshot()
    damage = world.damage()
    assert damage
    assert CANARY not in str(damage) and SECOND not in str(damage)
    assert world.snapshot() == before
    return damage


def believes_only_what_was_written(world: World) -> None:
    """Whatever of the case can still be read is what was written."""
    try:
        dossier, unread = world.case().read_all(world.cw1)
    except TipcaseError as error:
        assert error.exit_code in (4, 7), error.sentence
        return
    for record in dossier.records:
        assert CANARY in record.data.values()
    if len(dossier.records) < 4:
        assert unread


def chained(entries: Iterable[Signed], aside: Iterable[Signed] = ()) -> tuple[list[str], list[str]]:
    return chains.device_chains(map(chains.link, entries), map(chains.link, aside))


def record_path(world: World, kind: str) -> Path:
    path = world.case().find(kind, None) or next(p for p, k, _ in world.case().paths() if k == kind)
    return world.folder / path


def positions(name: str, data: bytes) -> list[int]:
    """The bytes to flip: all in a soak, else the first, one in the middle, the last."""
    comments: set[int] = set()
    if name.startswith(".git"):
        start = 0
        for line in data.splitlines(keepends=True):
            if line.startswith(b"#"):
                comments.update(range(start, start + len(line)))
            start += len(line)
    step = max(1, len(data) // 60) if SOAK else len(data)
    wanted = (
        {*range(0, len(data), step), len(data) // 2, len(data) - 1}
        if SOAK
        else {0, len(data) // 3, len(data) - 1}
    )
    return sorted(wanted - comments)


def test_every_flipped_byte_is_found_and_not_believed(any_world: World) -> None:
    world = any_world
    for name, data in world.snapshot().items():
        for at in positions(name, data):
            flipped = bytearray(data)
            flipped[at] ^= 0x01
            (world.root / name).write_bytes(flipped)
            assert world.damage(), (name, at)
            believes_only_what_was_written(world)
        (world.root / name).write_bytes(data)
    assert not world.damage()


def test_every_cut_file_is_found(any_world: World) -> None:
    world = any_world
    for name, data in world.snapshot().items():
        for length in (0, len(data) // 2, len(data) - 1):
            (world.root / name).write_bytes(data[:length])
            if name.startswith(".git") or length < len(data) - 1 or not name.endswith(".journal"):
                assert world.damage() or length == len(data) - 1, (name, length)
            else:
                # Only the end of the last line is gone: that is what a crash leaves.
                assert not world.damage() and world.warnings(), name
            believes_only_what_was_written(world)
        (world.root / name).write_bytes(data)


def test_every_deleted_file_is_found(any_world: World) -> None:
    world = any_world
    for name, data in world.snapshot().items():
        (world.root / name).unlink()
        assert world.damage(), name
        believes_only_what_was_written(world)
        (world.root / name).write_bytes(data)
    assert not world.damage()


def test_every_two_files_that_change_places_are_found(any_world: World) -> None:
    world = any_world
    sealed = [path for path in world.files() if path.suffix == ".age"]
    for one, other in zip(sealed, [*sealed[1:], sealed[0]], strict=True):
        first, second = one.read_bytes(), other.read_bytes()
        one.write_bytes(second)
        other.write_bytes(first)
        assert world.damage(), (one.name, other.name)
        believes_only_what_was_written(world)
        one.write_bytes(first)
        other.write_bytes(second)
    assert not world.damage()


def test_a_record_that_was_renamed_is_not_believed(world: World) -> None:
    profile = record_path(world, "profile")
    profile.rename(profile.with_name("decision-abcdef23.yaml.age"))
    with refused(world):
        world.read("profile")
    assert len(found(world)) == 2


def test_a_record_of_another_case_is_not_believed(world: World) -> None:
    other = change.new_case(world.book(), world.cw1, opened="2026-01-05", time=worlds.TIME)
    profile = record_path(world, "profile")
    shutil.copy(profile, world.root / "cases" / other / profile.name)
    _, unread = Case(world.book(), other).read_all(world.cw1)
    assert [item.error.exit_code for item in unread] == [7]
    assert "nobody signed it" in found(world)[0]


def test_an_older_revision_put_back_is_not_believed(world: World) -> None:
    profile = record_path(world, "profile")
    older = profile.read_bytes()
    world.put("profile", {"full_name": "third"})
    profile.write_bytes(older)
    with refused(world):
        world.read("profile")
    assert "older revision" in found(world)[0]
    with refused(world):
        world.put("profile", {"full_name": "fourth"})


def test_a_file_and_its_journal_put_back_together_are_caught_by_the_pins(world: World) -> None:
    profile, journal = record_path(world, "profile"), world.journal()
    older = profile.read_bytes(), journal.read_bytes()
    world.put("profile", {"full_name": "third"})
    profile.write_bytes(older[0])
    journal.write_bytes(older[1])
    with refused(world):
        world.read("profile")
    with refused(world):
        world.put("note", {"text": CANARY})
    assert "cut" in found(world)[0]
    assert [code.exit_code for _, code in listing.rows(world.book()).unread] == [7]


@pytest.mark.parametrize("name", ["note-abcdef23.yaml.age", "05-assessment.yaml.age"])
def test_a_planted_record_is_said_and_never_counted(world: World, name: str) -> None:
    world.plant(name, {"text": "planted"})
    dossier, unread = world.case().read_all(world.cw1)
    assert "planted" not in str([r.data for r in dossier.records])
    assert [item.error.exit_code for item in unread] == [7]
    assert f"{name} is named in no journal: nobody signed it" in found(world)


def test_a_planted_record_is_not_written_over(world: World) -> None:
    kind = world.book().edition.record_type("identification")
    world.plant(f"{kind.number:02d}-identification.yaml.age", {"text": "planted"})
    with refused(world, 5):
        world.put("identification", {"happened_on": "2026-01-09"})


def test_a_planted_record_in_the_place_of_a_signed_one_is_not_believed(world: World) -> None:
    world.plant("profile.yaml.age", {"full_name": "planted"})
    with refused(world):
        world.read("profile")
    with refused(world):
        world.put("profile", {"full_name": "third"})
    assert "nobody signed it" in found(world)[0]


def test_what_stock_tools_could_have_written_is_not_believed(world: World) -> None:
    foreign = b"age-encryption.org/v1\n-> X25519 " + b"A" * 43 + b"\n" + b"B" * 43 + b"\n--- C\n"
    for data in (b"", b"plain: text\n", foreign, record_path(world, "profile").read_bytes()[:50]):
        record_path(world, "note").write_bytes(data)
        believes_only_what_was_written(world)
        assert found(world)


# -- keys --


def wrap_file(world: World, name: str = "cw1.age") -> Path:
    return next(world.folder.glob(f"keys/*/{name}"))


def test_a_replaced_wrap_is_refused(world: World) -> None:
    evil = people.generate("evil", "x25519")
    wrap_file(world).write_bytes(worlds.wrap(str(evil.identity), world.cw1))
    with refused(world):
        world.read("profile")
    with refused(world):
        world.put("profile", {"full_name": "third"})
    assert "is not the key that the journal names" in found(world)[0]


def test_a_wrap_that_nobody_signed_is_refused_although_it_holds_the_right_key(
    world: World,
) -> None:
    """Its writer could follow who opens it when, or keep a copy that revoking does not reach."""
    from tipcase import age

    path = wrap_file(world)
    identity = age.decrypt(path.read_bytes(), [world.cw1.identity]).decode().strip()
    path.write_bytes(worlds.wrap(identity, world.cw1))
    with refused(world):
        world.read("profile")
    assert found(world)


def test_a_signed_wrap_of_another_key_is_refused(world: World) -> None:
    """A member of the team signs a key of their own for somebody else."""
    from tipcase import files

    evil = people.generate("evil", "x25519")
    path = wrap_file(world)
    path.write_bytes(worlds.wrap(str(evil.identity), world.cw1))
    wrap = {
        "generation": path.parent.name,
        "handle": "cw1",
        "kind": "ordinary",
        "sha256": files.sha256(path.read_bytes()),
    }
    data = {"team": [{"handle": "cw1", "restricted": True}], "wraps": [wrap]}
    world.append(world.forge(world.cw1, "grant", data=data))
    with refused(world):
        world.read("profile")
    with pytest.raises(DamagedError, match="is not the one that its journal names"):
        world.read("profile")
    with refused(world):
        world.put("profile", {"full_name": "third"})


def test_a_deleted_wrap_is_found_and_its_records_are_said(world: World) -> None:
    wrap_file(world, "cw1.restricted.age").unlink()
    _, unread = world.case().read_all(world.cw1)
    assert [item.record.partition("/")[0] for item in unread] == ["health"]
    assert found(world)


def test_a_deleted_wrap_is_damage_and_said_once(world: World) -> None:
    world.put("health", {"happened_on": "2026-01-09", "summary": CANARY})
    wrap_file(world, "cw1.restricted.age").unlink()
    case = world.case()
    assert sum(1 for _, kind, _ in case.paths() if kind == "health") == 2
    assert [item.error.exit_code for item in case.read_all(world.cw1)[1]] == [7]
    wrap_file(world).unlink()
    with refused(world):
        world.case().read_all(world.cw1)


def test_a_planted_wrap_gives_nobody_anything(world: World) -> None:
    wrap_file(world).with_name("cw2.age").write_bytes(b"planted")
    assert found(world)
    with refused(world, 6):
        world.read("profile", world.cw2)


def test_somebody_who_is_not_on_the_team_reads_nothing(world: World) -> None:
    with refused(world, 6):
        world.case().read_all(world.cw2)
    with refused(world, 6), change.editing(world.book(), world.case_id, world.cw2):
        pass
    stranger = people.generate("cw1", "x25519")
    with pytest.raises(NoKeyError):
        world.read("profile", stranger)


@pytest.mark.parametrize("handle", ["cw2", "recovery"])
def test_who_left_or_has_no_role_writes_nothing(world: World, handle: str) -> None:
    """On the team, yet not on the staff: the entry would not count, so it is not written."""
    person = world.cw2 if handle == "cw2" else world.recovery
    case_id = change.new_case(world.book(), world.cw2, opened="2026-01-05", time=worlds.TIME)
    if handle == "cw2":
        staff.remove(world.book(), "cw2", world.cw1, worlds.TIME)
    with refused(world, 6), change.editing(world.book(), case_id, person):
        pass
    assert not world.damage()


# -- the staff --


def test_a_recipient_replaced_in_the_roster_file_is_not_used(world: World) -> None:
    evil = people.generate("evil", "x25519")
    roster = world.root / "staff" / "roster.yaml"
    roster.write_text(roster.read_text().replace(world.cw2.recipient, evil.recipient))
    assert "staff/roster.yaml is not what the journals say" in found(world)
    case_id = change.new_case(world.book(), world.cw2, opened="2026-01-05", time=worlds.TIME)
    wrap = next((world.root / "cases" / case_id).glob("keys/*/cw2.age")).read_bytes()
    from tipcase import age

    assert age.decrypt(wrap, [world.cw2.identity])
    with pytest.raises(age.NoMatchError):
        age.decrypt(wrap, [evil.identity])


@pytest.mark.parametrize("name", ["staff/roster.yaml", "staff/allowed_signers"])
def test_derived_files_are_compared_and_mended_by_the_next_change(world: World, name: str) -> None:
    path = world.root / name
    path.write_bytes(path.read_bytes() + b"evil ssh-ed25519 AAAA\n")
    assert f"{name} is not what the journals say" in found(world)
    staff.change_settings(world.book(), {"language": "km"}, world.cw1, worlds.TIME)
    assert not world.damage()


def test_an_edited_head_of_a_case_is_found(world: World) -> None:
    (world.folder / "case.yaml").write_text("format: 1\nid: AAAA-AAAA\n")
    assert found(world) == ["case.yaml is not what the journals say"]


def test_an_edited_casebook_yaml_is_refused_until_an_admin_signs_it(world: World) -> None:
    head = world.root / "casebook.yaml"
    head.write_text(head.read_text().replace("Example Shelter", "Another Shelter"))
    with refused(world):
        world.book()
    assert found(world) == ["casebook.yaml is not what an admin signed"]
    assert Book(world.root, world.home).config.name == "Example Shelter"
    with refused(world, 6):
        staff.accept(Book(world.root, world.home), world.cw2, worlds.TIME)
    staff.accept(Book(world.root, world.home), world.cw1, worlds.TIME)
    assert world.book().config.name == "Another Shelter"
    assert not world.damage()


def test_the_kind_of_keys_cannot_be_edited(world: World) -> None:
    head = world.root / "casebook.yaml"
    head.write_text(head.read_text().replace("x25519", "hybrid"))
    with refused(world, 2):
        staff.accept(Book(world.root, world.home), world.cw1, worlds.TIME)


def test_own_schemas_count_only_when_signed(world: World) -> None:
    own = world.root / "schemas" / "kh-2009"
    own.mkdir(parents=True)
    (own / "closure.yaml").write_text("# nothing of our own yet\n")
    with refused(world):
        world.book()
    assert found(world) == ["schemas/kh-2009/closure.yaml is not what an admin signed"]
    staff.accept(Book(world.root, world.home), world.cw1, worlds.TIME)
    world.book()
    (own / "closure.yaml").unlink()
    with refused(world):
        world.book()
    staff.accept(Book(world.root, world.home), world.cw1, worlds.TIME)
    world.book()
    assert not world.damage()


def test_an_empty_schema_is_not_signed_as_if_it_were_gone(world: World) -> None:
    own = world.root / "schemas"
    own.mkdir()
    (own / "empty.yaml").write_bytes(b"")
    with refused(world, 2):
        staff.accept(Book(world.root, world.home), world.cw1, worlds.TIME)


def staff_journal(world: World) -> Path:
    return world.root / "staff" / "journal" / "cw1.journal"


def forged_staff(world: World) -> bytes:
    """An entry that would add an admin, in cw1's name and signed with another key."""
    evil = people.generate("cw1", "x25519")
    card = staff.card_of(people.generate("evil", "x25519")).as_json()
    data = {"card": card, "roles": ["admin"]}
    heads = world.book().roster.heads
    signed = world.forge(
        evil, "staff-add", case="staff", data=data, parents=heads, staff=(), seq=10**6
    )
    return signed.line


@pytest.mark.parametrize("kind", ["forged", "torn"])
def test_a_damaged_staff_journal_is_said_by_every_reader_and_never_pinned(
    world: World, kind: str
) -> None:
    pinned = world.home / "trust" / worlds.trust_name(world.root) / "book.json"
    whole, before = staff_journal(world).read_bytes(), pinned.read_bytes()
    more = forged_staff(world) if kind == "forged" else b"torn in the middle\n"
    staff_journal(world).write_bytes(whole + more)
    for _ in range(2):
        with refused(world):
            world.book()
        assert not world.verdicts()["staff"].ok
        book = Book(world.root, world.home)
        assert book.damage
        book.pin()
        assert pinned.read_bytes() == before
    staff_journal(world).write_bytes(whole)
    assert not world.book().damage and not world.damage()


def test_what_is_pinned_of_the_staff_is_not_looked_at_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`list` must stay quick."""
    from tipcase.casebook import place

    world.book()
    monkeypatch.setattr(place, "read_lines", lambda journals: pytest.fail("the staff was folded"))
    assert [row.case for row in listing.rows(world.book()).rows] == [world.case_id]


@pytest.mark.parametrize("part", ["staff", "casebook.yaml"])
def test_a_casebook_that_lost_a_part_is_damaged_and_not_absent(world: World, part: str) -> None:
    gone = world.root / part
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    assert books.find(world.folder) == world.root
    with refused(world):
        world.book()
    assert found(world)


def test_a_folder_without_any_part_is_no_casebook(tmp_path: Path) -> None:
    (tmp_path / "staff").mkdir()
    with pytest.raises(NotFoundError):
        books.find(tmp_path)


# -- journals --


def test_a_journal_cut_at_any_line_is_caught_by_the_pins(world: World) -> None:
    lines = world.journal().read_bytes().splitlines(keepends=True)
    assert len(lines) == 6
    for keep in range(len(lines)):
        world.journal().write_bytes(b"".join(lines[:keep]))
        with refused(world):
            world.case().read_all(world.cw1)
        with refused(world):
            world.put("note", {"text": CANARY})
        assert found(world)


def test_a_line_taken_out_of_a_journal_is_found(world: World) -> None:
    lines = world.journal().read_bytes().splitlines(keepends=True)
    for gone in range(len(lines)):
        world.journal().write_bytes(b"".join(lines[:gone] + lines[gone + 1 :]))
        with refused(world):
            world.put("note", {"text": CANARY})
        assert found(world)
        believes_only_what_was_written(world)


def test_a_case_taken_away_is_missed(world: World) -> None:
    shutil.rmtree(world.folder)
    assert f"{world.case_id} is gone: this machine has seen it before" in found(world)
    assert [code.exit_code for _, code in listing.rows(world.book()).unread] == [7]


def test_a_case_taken_away_is_said_to_be_gone_by_its_name(world: World) -> None:
    shutil.rmtree(world.folder)
    assert resolve(world.book(), world.case_id.lower()[:6]) == world.case_id
    with refused(world):
        Case(world.book(), world.case_id)
    only = verify.verify(Book(world.root, world.home), [world.case_id])[1]
    assert only.damage == (f"{world.case_id} is gone: this machine has seen it before",)
    with refused(world, 4):
        resolve(world.book(), "ZZZZ-ZZZZ")


def test_a_case_taken_away_is_missed_by_the_numbers_alone(world: World, tmp_path: Path) -> None:
    change.new_case(world.book(), world.cw1, opened="2026-01-05", time=worlds.TIME)
    shutil.rmtree(world.folder)
    elsewhere = worlds.copy(world, tmp_path / "fresh")
    shutil.rmtree(elsewhere.home)
    assert any("are missing" in text for text in found(elsewhere))


def test_a_cut_staff_journal_is_refused_by_every_reader(world: World) -> None:
    journal = world.root / "staff" / "journal" / "cw1.journal"
    journal.write_bytes(journal.read_bytes().splitlines(keepends=True)[0])
    with refused(world):
        world.book()
    assert "the staff journal was cut" in found(world)[0]


def test_another_casebook_in_the_same_place_is_refused(world: World, tmp_path: Path) -> None:
    other = worlds.make(tmp_path / "other" / "book", tmp_path / "other" / "machine")
    shutil.rmtree(world.root)
    shutil.copytree(other.root, world.root)
    with refused(world):
        world.book()
    assert found(world)


def test_a_new_casebook_is_not_made_where_another_is_remembered(world: World) -> None:
    shutil.rmtree(world.root)
    with pytest.raises(ConflictError):
        worlds.make(world.root, world.home)
    assert not world.root.exists()


def test_a_journal_of_another_casebook_counts_for_nothing(world: World, tmp_path: Path) -> None:
    other = worlds.make(tmp_path / "other" / "book", tmp_path / "other" / "machine")
    before = world.case().fold
    lines = other.journal().read_bytes()
    world.journal("cw2").write_bytes(lines)
    assert found(world)
    with world.journal().open("ab") as stream:
        stream.write(lines)
    assert world.case().fold.current == before.current
    assert world.case().fold.team == before.team
    with refused(world):
        world.put("note", {"text": CANARY})


def test_reading_says_that_a_journal_holds_forged_entries(world: World) -> None:
    evil = people.generate("cw1", "x25519")
    world.append(world.forge(evil, "put"))
    dossier, unread = world.case().read_all(world.cw1)
    assert len(dossier.records) == 4
    assert [item.error.exit_code for item in unread] == [7]
    assert any("signature" in text for text in found(world))


def test_only_entries_that_count_say_how_many_there_are(world: World) -> None:
    device, seq = world.case().fold.entries[-1].entry.device, 10**9
    evil = people.generate("cw1", "x25519")
    world.append(world.forge(evil, "put", device=device, seq=seq))
    # Somebody of the staff who is not on the team: set aside, not forged.
    world.append(world.forge(world.cw2, "put", device=device, seq=seq))
    verdicts = world.verdicts()
    assert verdicts["staff"].ok and not verdicts[world.case_id].ok
    # What is set aside took its number all the same.
    entries = list(world.case().fold.entries)
    assert chained(entries[:2] + entries[3:])[0]
    assert chained(entries[:2] + entries[3:], [entries[2]]) == chained(entries)


def test_a_missing_number_is_counted_and_not_listed(world: World) -> None:
    entries = [s for s in world.case().fold.entries if s.entry.seq > 2]
    last = world.forge(world.cw1, "put", device=entries[0].entry.device, seq=10**12)
    gaps, _ = chained([*entries, last])
    first = min(s.entry.seq for s in entries)
    assert first > 1
    assert f"{10**12 - len(entries) - 1} entries of cw1 are missing" in gaps[0]
    assert f"numbers 1 to {first - 1}, before {worlds.TIME}" in gaps[0]


def test_a_whole_case_is_read_once_by_verify(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    real = verify_case.look

    def look(book: Book, case: str) -> verify.Checked:
        looked.append(case)
        return real(book, case)

    monkeypatch.setattr(verify, "_look", look)
    monkeypatch.setattr(verify, "_journals", lambda book, case: pytest.fail("read again"))
    assert not world.damage()
    assert sorted(looked) == sorted([world.case_id, "provider"])


def test_a_signed_record_with_the_header_of_another_case_is_refused(world: World) -> None:
    from tipcase import files
    from tipcase.journal.entry import FileVersion

    path = "note-abcdef23.yaml.age"
    sealed = world.plant(path, {"text": "moved"}, case_id="AAAA-AAAA")
    version = FileVersion(path, files.sha256(sealed), (), "ordinary")
    world.append(world.forge(world.cw1, "put", files=(version,)))
    case = world.case()
    with refused(world):
        case.read(path, world.cw1)


def test_a_signed_record_that_its_keys_do_not_open_is_said(world: World) -> None:
    from tipcase import age, files
    from tipcase.journal.entry import FileVersion

    path = "note-abcdef23.yaml.age"
    sealed = age.encrypt(b"elsewhere", [people.generate("evil", "x25519").identity.recipient])
    (world.folder / path).write_bytes(sealed)
    version = FileVersion(path, files.sha256(sealed), (), "ordinary")
    world.append(world.forge(world.cw1, "put", files=(version,)))
    _, unread = world.case().read_all(world.cw1)
    assert [item.error.exit_code for item in unread] == [7]


def test_a_member_cannot_vouch_for_a_journal_or_a_key(world: World) -> None:
    """An entry that names another's journal would have the next writer rename over it."""
    from tipcase import files
    from tipcase.journal.entry import FileVersion

    victim = world.journal().with_name("zz.journal")
    evil = b"forged\n"
    pending = files.pending_path(victim, files.sha256(evil))
    pending.write_bytes(evil)
    version = FileVersion("journal/zz.journal", files.sha256(evil), (), None)
    world.append(world.forge(world.cw1, "put", files=(version,)))
    assert found(world)
    with pytest.raises(DamagedError):
        world.put("note", {"text": CANARY})
    assert not victim.exists()


# -- links, pipes and strangers --


def link_to(path: Path, elsewhere: Path) -> None:
    elsewhere.parent.mkdir(exist_ok=True)
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def test_a_link_in_the_place_of_any_file_is_refused(world: World, tmp_path: Path) -> None:
    for number, path in enumerate(list(world.files())):
        elsewhere = tmp_path / "elsewhere" / str(number)
        link_to(path, elsewhere)
        assert world.damage(), path
        believes_only_what_was_written(world)
        path.unlink()
        elsewhere.rename(path)
    assert not world.damage()


def test_a_link_in_the_place_of_any_folder_is_refused(world: World, tmp_path: Path) -> None:
    folders = [path for path in sorted(world.root.rglob("*")) if path.is_dir()]
    assert len(folders) > 8
    for number, path in enumerate(folders):
        elsewhere = tmp_path / "elsewhere" / str(number)
        link_to(path, elsewhere)
        assert world.damage(), path
        path.unlink()
        elsewhere.rename(path)
    assert not world.damage()


@pytest.mark.parametrize("name", ["cases", "staff", "provider", "staff/journal"])
def test_nothing_is_written_through_a_link(world: World, tmp_path: Path, name: str) -> None:
    link_to(world.root / name, tmp_path / "elsewhere" / "there")
    before = {p: p.read_bytes() for p in (tmp_path / "elsewhere").rglob("*") if p.is_file()}
    with pytest.raises(DamagedError):
        if name == "provider":
            with change.editing(world.book(), "provider", world.cw1):
                pass
        else:
            change.new_case(world.book(), world.cw1, opened="2026-01-05", time=worlds.TIME)
    after = {p: p.read_bytes() for p in (tmp_path / "elsewhere").rglob("*") if p.is_file()}
    assert after == before


def test_a_lock_that_is_a_link_is_not_followed(world: World, tmp_path: Path) -> None:
    lock = world.folder / ".lock"
    lock.unlink()
    lock.symlink_to(tmp_path / "made")
    with pytest.raises(DamagedError):
        world.put("note", {"text": CANARY})
    assert not (tmp_path / "made").exists()


def test_a_pipe_in_the_place_of_a_file_makes_nobody_wait(world: World) -> None:
    for path in (record_path(world, "profile"), world.journal(), world.root / "casebook.yaml"):
        data = path.read_bytes()
        path.unlink()
        os.mkfifo(path)
        assert world.damage(), path
        believes_only_what_was_written(world)
        path.unlink()
        path.write_bytes(data)


def stranger(path: str) -> Callable[[World], Path]:
    return lambda world: world.root / path.replace("CASE", world.case_id)


@pytest.mark.parametrize(
    "place",
    [
        "staff/notes.txt",
        "staff/journal/notes.txt",
        "staff/journal/Canary Invented.journal",
        "cases/notes.txt",
        "cases/CASE/Canary Invented.yaml",
        "cases/CASE/journal/notes.txt",
        "cases/CASE/keys/cw2.age",
        "cases/CASE/attachments/abc.age",
        "cases/CASE/.pending-Canary",
        "provider/notes.txt",
    ],
)
def test_an_unknown_file_is_found_and_its_name_not_told(world: World, place: str) -> None:
    path = stranger(place)(world)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    assert found(world)


def test_a_link_under_a_temporary_name_is_found(world: World) -> None:
    (world.folder / f".pending-{'0' * 64}").symlink_to("/etc/hostname")
    assert found(world)


# -- what this machine remembers --


def test_a_trust_file_that_was_edited_is_refused(world: World) -> None:
    folder = world.home / "trust" / worlds.trust_name(world.root)
    for path in sorted(folder.glob("*.json")):
        data = path.read_bytes()
        path.write_bytes(data.replace(b'"', b'" ', 1))
        if path.name == "device.json":
            with refused(world):
                world.put("note", {"text": CANARY})
        else:
            with refused(world):
                world.verdicts()
        path.write_bytes(data)


def test_a_trust_file_of_another_machine_is_refused(world: World, tmp_path: Path) -> None:
    other = worlds.make(tmp_path / "other" / "book", tmp_path / "other" / "machine")
    ours = world.home / "trust" / worlds.trust_name(world.root)
    theirs = other.home / "trust" / worlds.trust_name(other.root)
    shutil.copy(theirs / "book.json", ours / "book.json")
    with refused(world):
        world.book()


def test_a_restored_backup_of_the_machine_warns_and_loses_nothing(
    world: World, tmp_path: Path
) -> None:
    shutil.copytree(world.home, tmp_path / "backup")
    other = change.new_case(world.book(), world.cw1, opened="2026-01-05", time=worlds.TIME)
    shutil.rmtree(world.home)
    shutil.copytree(tmp_path / "backup", world.home)
    world.put("note", {"text": CANARY})
    assert not world.damage()
    assert any("gave a number twice" in text for text in world.warnings())
    assert Case(world.book(), other).fold.stage
    # In a case that holds numbers which the device has not given, a new device starts.
    with change.editing(world.book(), other, world.cw1) as case:
        change.put(case, "note", None, {"text": CANARY}, world.cw1, worlds.TIME)
    assert not world.damage()


def test_a_restored_working_copy_is_refused_as_cut(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.root, tmp_path / "backup")
    world.put("note", {"text": CANARY})
    shutil.rmtree(world.root)
    shutil.copytree(tmp_path / "backup", world.root)
    with refused(world):
        world.read("profile")
    # On a machine that has not seen the later entry it is whole.
    elsewhere = worlds.copy(world, tmp_path / "fresh")
    shutil.rmtree(elsewhere.home)
    elsewhere.put("note", {"text": CANARY})
    assert not elsewhere.damage()


def test_pins_do_not_move_on_a_failed_verification(world: World) -> None:
    trust = world.home / "trust" / worlds.trust_name(world.root)
    before = {path: path.read_bytes() for path in trust.glob("*.json")}
    evil = people.generate("cw1", "x25519")
    world.append(world.forge(evil, "put"))
    roster = world.root / "staff" / "roster.yaml"
    roster.write_text("edited: yes\n")
    found(world)
    assert {path: path.read_bytes() for path in trust.glob("*.json")} == before


def test_cases_are_checked_although_something_of_the_staff_is_damaged(world: World) -> None:
    (world.root / "staff" / "roster.yaml").write_text("edited: yes\n")
    record_path(world, "profile").write_bytes(b"torn")
    verdicts = world.verdicts()
    assert not verdicts["staff"].ok and not verdicts[world.case_id].ok
    assert verdicts["provider"].ok


def test_a_file_beside_the_casebooks_own_warns(world: World) -> None:
    """Such as a colleague's card on its way to the staff: nothing reads it."""
    (world.root / "Canary Invented.card.yaml").write_bytes(b"x")
    assert not world.damage()
    warnings = world.warnings()
    assert len(warnings) == 1 and "no part of it" in warnings[0]
    assert "Canary" not in str(warnings)
