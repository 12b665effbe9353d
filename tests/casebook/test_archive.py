"""Archives: what is in them, what attackers put into them, and a power cut at every step."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.casebook import world as worlds
from tests.casebook.faults import Killed, failing
from tests.casebook.world import CANARY, TIME, World
from tipcase import age, files
from tipcase.casebook import change
from tipcase.casebook.backup import archive, restoring, tar
from tipcase.casebook.backup.archive import Packed
from tipcase.casebook.backup.restoring import Wanted
from tipcase.casebook.backup.unpacking import Restored
from tipcase.errors import ConflictError, DamagedError, MachineError, TipcaseError

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

SOAK = os.environ.get("TIPCASE_SOAK") == "1"
SENTENCE = 7
# More bytes than the header of an archive for one person has.
HEADER = 500


def plain(world: World) -> bytes:
    """The tar of the world's book."""
    return b"".join(archive.pack(world.book(), TIME, Packed(), history=True))


def sealed(world: World, content: bytes) -> bytes:
    """An archive with this inside, sealed to cw1, as anybody can make it."""
    return age.encrypt(content, [age.parse_recipient(world.cw1.recipient)])


def bring(world: World, data: bytes, to: Path, **more: object) -> Restored:
    home = to.parent / "new-home"
    wanted = Wanted(to, home, **more)  # type: ignore[arg-type]
    return restoring.restore(io.BytesIO(data), [world.cw1.identity], wanted)


def rest(folder: Path) -> list[str]:
    """What stands in a folder that nothing should stand in, homes aside."""
    return sorted(p.name for p in folder.iterdir() if p.name not in ("book", "machine", "new-home"))


def refused(world: World, tmp_path: Path, data: bytes) -> TipcaseError:
    """The error that restoring ends with; nothing is left."""
    with pytest.raises(TipcaseError) as caught:
        bring(world, data, tmp_path / "back")
    assert rest(tmp_path) == []
    assert CANARY not in caught.value.sentence + caught.value.hint
    return caught.value


@pytest.fixture
def members(world: World) -> list[tuple[str, bytes]]:
    """The members of the world's archive but the last, the sums."""
    with tarfile.open(fileobj=io.BytesIO(plain(world))) as found:
        return [
            (item.name, reader.read())
            for item in found
            if (reader := found.extractfile(item)) is not None and item.name != archive.SUMS
        ]


def composed(
    members: list[tuple[str, bytes]],
    extra: bytes = b"",
    sums: bool = True,
    also: tuple[tuple[str, bytes], ...] = (),
) -> bytes:
    """An archive of these members with right sums.

    ``extra`` are raw blocks before the sums, ``also`` what the sums say of them.
    """
    raw = b"".join(tar.header(n, len(d)) + d + tar.padding(len(d)) for n, d in members) + extra
    if sums:
        named = [*members, *also]
        lines = "".join(archive.sum_line(n, files.sha256(d)) for n, d in named).encode()
        raw += tar.header(archive.SUMS, len(lines)) + lines + tar.padding(len(lines))
    return raw + tar.END


def test_a_restored_casebook_is_the_same(world: World, tmp_path: Path) -> None:
    before = world.snapshot()
    restored = bring(world, sealed(world, plain(world)), tmp_path / "back")
    assert restored.files == len(before) and not restored.damaged
    back = World(tmp_path / "back", tmp_path / "new-home", world.cw1, world.cw2, world.case_id)
    assert back.snapshot() == before
    assert back.read("profile")["full_name"] == CANARY
    assert restored.casebook == back.book().id
    assert rest(tmp_path) == ["back"]
    assert (tmp_path / "back").stat().st_mode & 0o777 == 0o700


def test_what_stands_in_an_archive_can_be_composed_by_hand(
    world: World, members: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    """Else the attacks below would be refused for another reason."""
    assert composed(members) == plain(world)


def test_what_is_no_part_of_it_stays_out(world: World) -> None:
    (world.folder / "passport.jpg").write_text(CANARY)
    (world.root / "list.yaml").write_text(CANARY)
    (world.folder / "note-planted2.yaml.age").write_bytes(b"planted")
    (world.folder / "aside").symlink_to("/etc")
    (world.folder / files.pending_path(Path("x"), "0" * 64).name).write_bytes(b"torn write")
    packed = Packed()
    content = b"".join(archive.pack(world.book(), TIME, packed, history=True))
    assert (
        CANARY.encode() not in content
        and b"planted" not in content
        and b"torn write" not in content
    )
    assert packed.left.out == 3  # what stands beside the casebook's own folders is nobody's


def test_an_unfinished_write_is_whole_in_the_archive(world: World, tmp_path: Path) -> None:
    """Killed between the entry and the rename: the record stands under its temporary name."""

    def killed(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr("tipcase.casebook.writing._rename", killed)
        world.put("profile", {"full_name": "After Invented"})
    bring(world, sealed(world, plain(world)), tmp_path / "back")
    back = World(tmp_path / "back", tmp_path / "new-home", world.cw1, world.cw2, world.case_id)
    assert back.read("profile")["full_name"] == "After Invented"
    assert not list(back.root.rglob(f"{files.TEMP_PREFIX}*"))


def test_a_case_that_is_written_meanwhile_is_whole(world: World, tmp_path: Path) -> None:
    """A write between two cases of the archive; each case is held while it is copied."""
    parts = archive.pack(world.book(), TIME, Packed(), history=False)
    content = b""
    for part in parts:
        content += part
        if b"provider/case.yaml" in part:
            world.put("profile", {"full_name": "Meanwhile Invented"})
    restored = bring(world, sealed(world, content), tmp_path / "back")
    assert restored.damaged == []


def test_a_case_is_locked_while_it_is_copied(world: World) -> None:
    parts = archive.pack(world.book(), TIME, Packed(), history=False)
    next(part for part in parts if f"{world.case_id}/case.yaml".encode() in part)
    with (
        pytest.raises(TipcaseError) as caught,
        files.lock(world.book().place(world.case_id).lock, "it", 0),
    ):
        pass
    assert caught.value.exit_code == 9
    parts.close()  # type: ignore[attr-defined]


def test_a_damaged_casebook_is_kept_as_it_is(world: World, tmp_path: Path) -> None:
    (world.folder / "profile.yaml.age").write_bytes(b"tampered")
    with world.journal().open("ab") as stream:
        stream.write(b"not an entry\n")
    book = world.root / "casebook.yaml"
    book.write_bytes(book.read_bytes() + b"# edited\n")
    from tipcase.casebook.book import Book

    content = b"".join(archive.pack(Book(world.root, world.home), TIME, Packed(), history=False))
    restored = bring(world, sealed(world, content), tmp_path / "back")
    assert world.case_id in restored.damaged and "staff" in restored.damaged
    assert (
        tmp_path / "back/cases" / world.case_id / "profile.yaml.age"
    ).read_bytes() == b"tampered"


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_any_flipped_byte_and_any_cut_is_refused(world: World, tmp_path: Path) -> None:
    data = sealed(world, plain(world))
    # Every byte of the header; of what it seals, each chunk is authenticated as a whole.
    everywhere = [*range(HEADER), *range(HEADER, len(data), 7)]
    for at in everywhere if SOAK else range(0, len(data), len(data) // 5):
        assert refused(world, tmp_path, flipped(data, at)).exit_code in (6, 7)
    for end in (0, 10, 300, len(data) // 2, len(data) - 1):
        assert refused(world, tmp_path, data[:end]).exit_code == SENTENCE


def test_a_tar_that_ends_early_is_refused(world: World, tmp_path: Path) -> None:
    """The age file is whole, what is inside is not: somebody else sealed it."""
    content = plain(world)
    for cut in (b"", content[:512], content[: len(content) // 2], content[:-512], content[:-1024]):
        assert refused(world, tmp_path, sealed(world, cut)).exit_code == SENTENCE
    assert refused(world, tmp_path, sealed(world, content + b"\0" * 512)).exit_code == SENTENCE


# Those after the first ten run in `make soak`.
NAMES = (
    "/etc/passwd",
    "../outside",
    "cases/../../outside",
    "cases/K7Q2-M9TX/../../../outside",
    ".git/config",
    ".git/hooks/post-commit",
    "cases/K7Q2-M9TX/.git/config",
    "cases/K7Q2-M9TX/.gitattributes",
    "schemas/.gitattributes",
    "schemas/../x",
    "schemas/con.yaml",
    "templates/NUL",
    "templates/x.",
    "staff\\journal\\cw1.journal",
    "C:/x",
    "cases/k7q2-m9tx/case.yaml",
    "stray.txt",
    "history/000007",
    "provider/journal/con.journal",
    "x" * 150,
    "",
)


@pytest.mark.parametrize("name", NAMES if SOAK else NAMES[:10])
def test_a_name_that_no_casebook_has_is_refused(
    world: World, tmp_path: Path, members: list[tuple[str, bytes]], name: str
) -> None:
    error = refused(world, tmp_path, sealed(world, composed([*members, (name, b"x")])))
    assert error.exit_code == SENTENCE
    assert not (tmp_path.parent / "outside").exists() and not (tmp_path / "outside").exists()


def test_names_that_some_systems_take_for_one_are_refused(
    world: World, tmp_path: Path, members: list[tuple[str, bytes]]
) -> None:
    for pair in (
        ("templates/A.html", "templates/a.html"),
        ("templates/X/a.html", "templates/x/b.html"),
        ("templates/a", "templates/a/b"),
        ("templates/a/b", "templates/a"),
        ("casebook.yaml", "casebook.yaml"),
    ):
        planted = [*members, *((name, b"x") for name in pair)]
        assert refused(world, tmp_path, sealed(world, composed(planted))).exit_code == SENTENCE


def raw(name: str, kind: bytes, link: str = "", size: int = 0, **pax: str) -> bytes:
    """A header of another kind, as other programs write it."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.pax_headers = kind, link, size, dict(pax)
    return info.tobuf(tarfile.PAX_FORMAT) if pax else info.tobuf(tarfile.GNU_FORMAT)


STRANGE = {
    "link": raw("templates/a", tarfile.SYMTYPE, "/etc/passwd"),
    "hard link": raw("templates/a", tarfile.LNKTYPE, "casebook.yaml"),
    "device": raw("templates/a", tarfile.CHRTYPE),
    "pipe": raw("templates/a", tarfile.FIFOTYPE),
    "folder": raw("templates/a", tarfile.DIRTYPE),
    "sparse": raw("templates/a", tarfile.GNUTYPE_SPARSE, size=512) + b"\0" * 512,
    "pax": raw("templates/a", tarfile.REGTYPE, size=0, path="/etc/passwd"),
    "giant name": raw("././@LongLink", tarfile.GNUTYPE_LONGNAME, size=2**33 - 1) + b"a" * 512,
    "giant size": raw("templates/a", tarfile.REGTYPE, size=2**40),
    "negative size": raw("templates/a", tarfile.REGTYPE, size=-1),
    "rubbish": b"\xff" * 512,
}


@pytest.mark.parametrize("kind", STRANGE)
def test_members_of_other_kinds_are_refused(
    world: World, tmp_path: Path, members: list[tuple[str, bytes]], kind: str
) -> None:
    # The sums fit whoever takes it for a plain file: nothing else may be what refuses it.
    content = composed(members, STRANGE[kind], also=(("templates/a", b""),))
    assert refused(world, tmp_path, sealed(world, content)).exit_code == SENTENCE


def test_the_sums_have_to_be_those_of_what_came(
    world: World, tmp_path: Path, members: list[tuple[str, bytes]]
) -> None:
    sums = [(n, d) for n, d in members]
    changed = composed(sums).replace(b"format: 1", b"format: 2", 1)
    fewer = composed(members[:-1])
    twice = composed(members)[:-1024] + composed(members)[-2048:]
    more = composed(members, tar.header("templates/a", 0))
    for content in (changed, composed(members, sums=False), twice, more):
        assert content != composed(members)
        assert refused(world, tmp_path, sealed(world, content)).exit_code == SENTENCE
    # Whoever takes a file away can make the sums fit; then the journals say that it is gone.
    assert bring(world, sealed(world, fewer), tmp_path / "back").damaged


def test_what_an_archive_says_of_itself(
    world: World, tmp_path: Path, members: list[tuple[str, bytes]]
) -> None:
    about = members[0][1]
    for text in (
        b"",
        b"[]",
        b"{" * 100_000,
        about.replace(b'"backup": 1', b'"backup": 2'),
        about.replace(b'"backup": 1', b'"backup": true'),
        about.replace(b'"branch": null', b'"branch": "--upload-pack=x"'),
        about.replace(b'"made"', b'"name"'),
        about.replace(world.book().id.encode(), b"0" * 64),
    ):
        assert text != about
        content = composed([(archive.ABOUT, text), *members[1:]])
        assert refused(world, tmp_path, sealed(world, content)).exit_code in (5, 7)
    assert refused(world, tmp_path, sealed(world, composed(members[1:]))).exit_code == SENTENCE


def test_another_casebook_than_the_one_asked_for(world: World, tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match="another casebook"):
        bring(world, sealed(world, plain(world)), tmp_path / "back", casebook="0" * 64)
    assert rest(tmp_path) == []
    known = world.book().id
    found = bring(world, sealed(world, plain(world)), tmp_path / "back", casebook=known)
    assert found.casebook == known


def test_an_older_state_in_the_same_place(world: World, tmp_path: Path) -> None:
    """What this machine has seen is not forgotten in silence, and numbers are not given twice."""
    data = sealed(world, plain(world))
    world.put("note", {"text": "After the backup, invented"})
    device = world.book().trust.load("device")["device"]
    shutil.rmtree(world.root)
    ask = Wanted(world.root, world.home)
    with pytest.raises(ConflictError, match="newer entries"):
        restoring.restore(io.BytesIO(data), [world.cw1.identity], ask)
    assert not world.root.exists()
    ask = Wanted(world.root, world.home, older=True)
    assert not restoring.restore(io.BytesIO(data), [world.cw1.identity], ask).damaged
    world.put("note", {"text": "And then, invented"})
    assert world.damage() == []
    assert world.book().trust.load("device")["device"] != device
    # Somebody has the entry that was lost here: it joins, and no number was given twice.
    assert not any("twice" in text for text in world.warnings())


def test_the_same_state_in_the_same_place_goes_on(world: World, tmp_path: Path) -> None:
    data = sealed(world, plain(world))
    shutil.rmtree(world.root)
    restoring.restore(io.BytesIO(data), [world.cw1.identity], Wanted(world.root, world.home))
    world.put("note", {"text": "And then, invented"})
    assert world.damage() == [] and world.warnings() == []


def test_another_casebook_in_the_same_place(
    world: World, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("another")
    other = worlds.make(folder / "book", folder / "machine")
    data = sealed(world, plain(other))
    shutil.rmtree(world.root)
    ask = Wanted(world.root, world.home, older=True)
    with pytest.raises(ConflictError, match="remembers another casebook"):
        restoring.restore(io.BytesIO(data), [world.cw1.identity], ask)


def a_file(path: Path) -> None:
    path.write_text("x")


def a_full_folder(path: Path) -> None:
    path.mkdir()
    (path / "x").touch()


def a_link(path: Path) -> None:
    path.symlink_to("/tmp")


@pytest.mark.parametrize("make", [a_file, a_full_folder, a_link])
def test_a_place_that_is_taken_is_left_alone(
    world: World, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "back")
    with pytest.raises(ConflictError, match="stands in that place"):
        bring(world, sealed(world, plain(world)), tmp_path / "back")
    (tmp_path / "empty").mkdir()
    bring(world, sealed(world, plain(world)), tmp_path / "empty")


@pytest.mark.parametrize("kind", ["kill", pytest.param("EIO", marks=pytest.mark.soak), "ENOSPC"])
def test_restore_on_a_disk_that_fails_at_any_step(
    template: World, tmp_path: Path, kind: str
) -> None:
    """Nothing or a whole casebook, and the next restore is not hindered by what was left."""
    data = sealed(template, plain(template))
    with failing(100_000, "EIO") as disk:
        (tmp_path / "0").mkdir()
        bring(template, data, tmp_path / "0" / "back")
    steps = len(disk.steps)
    assert steps > 50
    stride = 1 if SOAK else steps // 3
    for at in range(1, steps + 1, stride):
        folder = tmp_path / str(at)
        folder.mkdir()
        whole = False
        try:
            with failing(at, kind):
                bring(template, data, folder / "back")
            whole = True
        except Killed:
            pass
        except MachineError as error:
            assert error.hint and CANARY not in str(error)
            assert rest(folder) in ([], ["back"])
        if (folder / "back").exists():
            whole = True
        if not whole:
            assert not bring(template, data, folder / "back").damaged
        back = World(
            folder / "back", folder / "again", template.cw1, template.cw2, template.case_id
        )
        assert back.damage() == []
        assert back.read("profile")["full_name"] == CANARY
        assert rest(folder) in (["again", "back"], ["back"])
        shutil.rmtree(folder)


@pytest.mark.parametrize("kind", ["kill", pytest.param("EIO", marks=pytest.mark.soak), "ENOSPC"])
def test_backup_on_a_disk_that_fails_at_any_step(
    template: World, tmp_path: Path, kind: str
) -> None:
    """The older archive of that name stays until the new one is whole."""
    world = worlds.copy(template, tmp_path / "one")
    out = tmp_path / "out.age"

    def write() -> None:
        parts = archive.pack(world.book(), TIME, Packed(), history=False)
        with files.refusals("write"):
            archive.write(archive.seal(parts, [world.cw1.recipient], None), out, force=True)

    write()
    with failing(100_000, "EIO") as disk:
        write()
    steps = len(disk.steps)
    for at in range(1, steps + 1, 1 if SOAK else max(1, steps // 4)):
        old = out.read_bytes()
        try:
            with failing(at, kind):
                write()
        except Killed:
            pass
        except MachineError:
            assert [p.name for p in tmp_path.glob(".*")] == []
        if out.read_bytes() != old:
            wanted = Wanted(tmp_path / "nowhere", tmp_path / "home")
            found = restoring.look(io.BytesIO(out.read_bytes()), [world.cw1.identity], wanted)
            assert found.files > 10
    change.new_case(world.book(), world.cw1, opened="2026-01-05", time=TIME)


def test_damage_is_an_error_of_ours(world: World, tmp_path: Path) -> None:
    assert isinstance(refused(world, tmp_path, b"rubbish"), DamagedError)
