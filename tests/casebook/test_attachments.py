"""Attachments: sealed whole or not at all, believed only as signed, in constant memory."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.casebook import world as worlds
from tests.casebook.faults import Killed, failing
from tests.casebook.world import CANARY, World
from tipcase import age, documents, files
from tipcase.age.stream import CHUNK_SIZE
from tipcase.casebook import change, revision
from tipcase.casebook.attachments import attached, attachments, content_type, sealed_file
from tipcase.casebook.attachments.attachments import Attachment
from tipcase.casebook.attachments.incoming import Incoming
from tipcase.casebook.wraps import CaseKeys
from tipcase.casebook.writing import NewFile
from tipcase.errors import ConflictError, DamagedError, FindingsError, MachineError, TipcaseError
from tipcase.files import streams
from tipcase.keyring import person as people

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

SOAK = os.environ.get("TIPCASE_SOAK") == "1"
JPEG = b"\xff\xd8\xff\xe0" + CANARY.encode()


def attach(
    world: World, content: bytes = JPEG, record: str = "profile", **about: str
) -> Mapping[str, Any]:
    """Attach bytes to a record of the case; the item."""
    item: Mapping[str, Any] = attach_stream(world, io.BytesIO(content), record, **about)
    return item


def attach_stream(world: World, stream: Any, record: str = "profile", **about: str) -> Any:
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        done = attachments.attach(
            case, (record, None), Incoming(stream), about, world.cw1, worlds.TIME
        )
    return done.item


def listed(world: World) -> list[Attachment]:
    found, unread = attachments.index(world.case(), world.cw1)
    assert not unread
    return found


def exported(world: World, item: Mapping[str, Any]) -> bytes:
    found = attachments.find(world.case(), str(item["id"]), world.cw1)
    return b"".join(attachments.content(world.case(), found, world.cw1))


def left_over(world: World) -> list[str]:
    return [p.name for p in world.root.rglob("*") if p.name.startswith(files.TEMP_PREFIX)]


# -- there and back --


@pytest.mark.parametrize(
    "length",
    [0, 1, 1025, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, files.PART, files.PART + 1],
)
@pytest.mark.sampled(2)
def test_it_comes_back_and_its_length_is_hidden(world: World, length: int) -> None:
    content = (b"\x89PNG" * (length // 4 + 1))[:length]
    item = attach(world, content, name="scan")
    assert exported(world, item) == content
    assert (item["length"], item["sha256"]) == (length, hashlib.sha256(content).hexdigest())
    case = world.case()
    sealed = (world.folder / item["file"]).read_bytes()
    keys = CaseKeys(case.place, case.fold, world.cw1).identities("ordinary")
    padded = documents.padded_length(length)
    assert age.decrypt(sealed, keys) == content.ljust(padded, b"\0")
    assert world.read("profile")["attachments"] == [dict(item)]
    assert not world.damage() and not world.warnings()


def test_one_entry_names_the_file_and_the_record(world: World) -> None:
    before = world.case().fold
    item = attach(world, name="photo.jpg", purpose="photo")
    fold = world.case().fold
    (entry,) = [s.entry for s in fold.entries if s.id in fold.heads]
    assert entry.op == "attach"
    assert [v.path for v in entry.files] == [item["file"], "profile.yaml.age"]
    assert fold.past["profile.yaml.age"] > before.past["profile.yaml.age"]
    assert b"photo" not in b"".join(world.snapshot().values())


def test_an_attachment_is_sealed_as_its_record_is(world: World) -> None:
    item = attach(world, record="health")
    version = world.case().current(item["file"])
    assert version.sealed_to == "restricted"
    case = world.case()
    keys = CaseKeys(case.place, case.fold, world.cw1)
    with pytest.raises(age.NoMatchError):
        age.decrypt((world.folder / item["file"]).read_bytes(), keys.identities("ordinary"))


def test_a_record_for_fewer_people_takes_its_attachments_with_it(world: World) -> None:
    item = attach(world)
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        data = case.read("profile.yaml.age", world.cw1).data
        only = ("cw1", "recovery")
        change.put(case, "profile", None, data, world.cw1, worlds.TIME, only=only)
    assert world.case().current(item["file"]).sealed_to == only
    assert exported(world, item) == JPEG
    case = world.case()
    keys = CaseKeys(case.place, case.fold, world.cw1)
    with pytest.raises(age.NoMatchError):
        age.decrypt((world.folder / item["file"]).read_bytes(), keys.identities("ordinary"))
    assert not world.damage() and not left_over(world)


def test_sealed_anew_it_holds_the_same(world: World) -> None:
    item = attach(world)
    path = str(item["file"])
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        keys = CaseKeys(case.place, case.fold, world.cw1)
        to = [case.fold.generations[-1].ordinary]
        new = sealed_file.resealed(case, path, keys, to, "ordinary")
        assert new.previous == (case.current(path).sha256,) and new.sha256 != new.previous[0]
        change.commit(case, "attach", {}, {path: new}, world.cw1, worlds.TIME)
    assert exported(world, item) == JPEG
    assert not world.damage() and not left_over(world)


def test_what_is_damaged_is_not_sealed_anew(world: World) -> None:
    item = attach(world)
    path = world.folder / item["file"]
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        keys = CaseKeys(case.place, case.fold, world.cw1)
        to = [case.fold.generations[-1].ordinary]
        with pytest.raises(DamagedError):
            sealed_file.resealed(case, str(item["file"]), keys, to, "ordinary")
    assert not left_over(world)


# -- what nobody can make up --


def test_an_item_is_not_made_by_writing_the_record(world: World) -> None:
    item = dict(attach(world))
    data = world.read("profile")
    other = dict(attach(world, b"other", record="health"))
    wrong: list[list[dict[str, Any]]] = [
        [item, {**item, "id": "abcd2345", "file": "attachments/abcd2345.age"}],
        [item, {**item, "id": "abcd2345"}],
        [other],
        [{**item, "sha256": "0" * 64}],
        [{**item, "length": 3}],
        [{**item, "type": "text/plain"}],
        [{**item, "file": {"unknown": "not-known"}}],
    ]
    before = world.snapshot()
    for items in wrong:
        with pytest.raises(FindingsError) as info:
            world.put("profile", {**data, "attachments": items})
        assert CANARY not in str(info.value) + info.value.hint
    assert world.snapshot() == before
    # A new record, too: it owns nothing yet.
    with pytest.raises(FindingsError):
        world.put("note", {"text": "x", "attachments": [item]})


def test_a_name_can_be_put_right_and_an_item_taken_out(world: World) -> None:
    item = dict(attach(world, name="scn"))
    data = world.read("profile")
    world.put("profile", {**data, "attachments": [{**item, "name": "scan", "purpose": "scan"}]})
    assert exported(world, item) == JPEG
    world.put("profile", {"full_name": "x"})
    # Nothing is deleted: the file stays, and no record names it.
    assert (world.folder / item["file"]).exists() and not world.damage()
    assert [(one.path, one.record) for one in listed(world)] == [(item["file"], "")]
    # And what was attached to the record may stand in it again.
    world.put("profile", {**data, "attachments": [item]})
    assert exported(world, item) == JPEG


def test_an_item_that_a_foreign_program_wrote_is_not_believed(world: World) -> None:
    """Somebody of the team signs a record with an item that no entry attached to it."""
    item = {**attach(world, record="health"), "id": "abcd2345"}
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        path, new, _ = revision.seal(case, "profile", None, {"attachments": [item]}, world.cw1)
        change.commit(case, "put", {}, {path: new}, world.cw1, worlds.TIME)
    (error,) = [one.error for one in listed(world) if one.record == "profile"]
    assert isinstance(error, DamagedError)
    with pytest.raises(DamagedError):
        exported(world, item)


@pytest.mark.parametrize("field", ["sha256", "length"])
def test_content_that_is_not_what_its_record_says(world: World, tmp_path: Path, field: str) -> None:
    """A signed record that lies about a genuine file: the file is believed, the pair is not."""
    item = dict(attach(world))
    lie = {**item, field: "0" * 64 if field == "sha256" else 3}
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        path, new, _ = revision.seal(case, "profile", None, {"attachments": [lie]}, world.cw1)
        change.commit(case, "put", {}, {path: new}, world.cw1, worlds.TIME)
    with pytest.raises(DamagedError):
        exported(world, lie)
    found = attachments.find(world.case(), str(item["id"]), world.cw1)
    with pytest.raises(DamagedError):
        attachments.deliver(world.case(), found, world.cw1, tmp_path / "out", force=False)
    assert not [p for p in tmp_path.iterdir() if p.name not in ("book", "machine")]


@pytest.mark.parametrize(
    "plaintext",
    [JPEG, JPEG.ljust(1023, b"\0"), JPEG.ljust(2048, b"\0"), JPEG.ljust(1023, b"\0") + b"!", b""],
    ids=["bare", "short", "long", "not zeros", "nothing"],
)
def test_padding_that_is_not_ours(world: World, plaintext: bytes) -> None:
    """Another program of somebody of the team wrote it: bytes behind the content carry anything."""
    path = "attachments/abcd2345.age"
    digest = hashlib.sha256(JPEG).hexdigest()
    item = {"id": "abcd2345", "type": "image/jpeg", "file": path, "sha256": digest}
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        items = [{**item, "length": len(JPEG)}]
        owner, new, _ = revision.seal(case, "profile", None, {"attachments": items}, world.cw1)
        to = [age.parse_recipient(case.fold.generations[-1].ordinary)]
        file = NewFile(age.encrypt(plaintext, to), (), "ordinary")
        change.commit(case, "attach", {}, {owner: new, path: file}, world.cw1, worlds.TIME)
    with pytest.raises(DamagedError):
        exported(world, item)


# -- tampering --

TWO_CHUNKS = JPEG + bytes(2 * CHUNK_SIZE)


def flip(at: float) -> Callable[[World, Path, Path], None]:
    def act(world: World, path: Path, other: Path) -> None:
        data = bytearray(path.read_bytes())
        data[int(at * (len(data) - 1))] ^= 1
        path.write_bytes(data)

    return act


def swap(world: World, path: Path, other: Path) -> None:
    one, two = path.read_bytes(), other.read_bytes()
    path.write_bytes(two)
    other.write_bytes(one)


def roll_back(world: World, path: Path, other: Path) -> None:
    old = path.read_bytes()
    name = path.relative_to(world.folder).as_posix()
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        keys = CaseKeys(case.place, case.fold, world.cw1)
        to = [case.fold.generations[-1].ordinary]
        new = sealed_file.resealed(case, name, keys, to, "ordinary")
        change.commit(case, "attach", {}, {name: new}, world.cw1, worlds.TIME)
    path.write_bytes(old)


def link(world: World, path: Path, other: Path) -> None:
    path.rename(world.root.parent / "moved")
    path.symlink_to(world.root.parent / "moved")


def link_folder(world: World, path: Path, other: Path) -> None:
    path.parent.rename(world.root.parent / "moved")
    path.parent.symlink_to(world.root.parent / "moved", target_is_directory=True)


def cut_at_a_chunk(world: World, path: Path, other: Path) -> None:
    data = path.read_bytes()
    head = data.index(b"\n---") + 4
    start = data.index(b"\n", head) + 1 + 16
    path.write_bytes(data[: start + CHUNK_SIZE + 16])


def folder(world: World, path: Path, other: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(world: World, path: Path, other: Path) -> None:
    path.unlink()
    os.mkfifo(path)


TAMPERING: dict[str, Callable[[World, Path, Path], object]] = {
    "header": flip(0.0),
    "first chunk": flip(0.3),
    "last chunk": flip(1.0),
    "swap": swap,
    "roll back": roll_back,
    "delete": lambda world, path, other: path.unlink(),
    "empty": lambda world, path, other: path.write_bytes(b""),
    "append": lambda world, path, other: path.write_bytes(path.read_bytes() + bytes(16)),
    "cut": cut_at_a_chunk,
    "link": link,
    "linked folder": link_folder,
    "folder": folder,
    "pipe": pipe,
}


@pytest.mark.parametrize("name", TAMPERING)
@pytest.mark.sampled(2)
def test_what_was_tampered_with_is_found_and_never_given_out(
    world: World, tmp_path: Path, name: str
) -> None:
    item = attach(world, TWO_CHUNKS)
    other = attach(world, TWO_CHUNKS)
    TAMPERING[name](world, world.folder / item["file"], world.folder / other["file"])
    assert world.damage()
    (row,) = [one for one in listed(world) if one.id == item["id"]]
    assert isinstance(row.error, DamagedError)
    target = tmp_path / "out" / "scan"
    target.parent.mkdir()
    found = attachments.find(world.case(), str(item["id"]), world.cw1)
    with pytest.raises(DamagedError) as info:
        attachments.deliver(world.case(), found, world.cw1, target, force=False)
    assert CANARY not in info.value.sentence
    assert not list(target.parent.iterdir())
    with pytest.raises(DamagedError):
        exported(world, item)


def test_a_link_in_the_place_of_the_folder_takes_nothing_in(world: World, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    (world.folder / "attachments").symlink_to(away, target_is_directory=True)
    before = world.snapshot()
    with pytest.raises(DamagedError):
        attach(world)
    assert not list(away.iterdir()) and world.snapshot() == before


# -- reading what comes --


def grow(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"more")


CHANGES: dict[str, Callable[[Path], object]] = {
    "grown": grow,
    "cut": lambda path: os.truncate(path, files.PART + 3),
    "written over": lambda path: os.utime(path, ns=(1, 1)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_changes_while_it_is_read_is_refused(
    world: World, tmp_path: Path, name: str
) -> None:
    source = tmp_path / "busy"
    source.write_bytes(bytes(3 * files.PART))

    class Busy(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() == files.PART:
                CHANGES[name](source)
            return super().read(size)

    before = world.snapshot()
    with Busy(source) as stream, pytest.raises(ConflictError):
        attach_stream(world, stream)
    assert world.snapshot() == before


def test_a_file_that_never_ends_to_grow(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipcase.casebook.attachments.incoming.LIMIT", 9 * files.PART)
    source = tmp_path / "log"
    source.write_bytes(bytes(2 * files.PART))

    class Growing(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            with source.open("ab") as stream:
                stream.write(bytes(max(0, size or 0)))
            return super().read(size)

    with Growing(source) as stream, pytest.raises(ConflictError):
        attach_stream(world, stream)
    assert source.stat().st_size < 7 * files.PART


def test_an_input_that_breaks_leaves_nothing(world: World) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 3 * files.PART:
                raise OSError(5, "input/output error")
            return super().read(size)

    before = world.snapshot()
    with pytest.raises(MachineError) as info:
        attach_stream(world, Broken(bytes(8 * files.PART)))
    assert "read the file" in info.value.sentence
    assert world.snapshot() == before


def test_an_endless_input_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return bytes(size)

    monkeypatch.setattr("tipcase.casebook.attachments.incoming.LIMIT", 5 * files.PART)
    before = world.snapshot()
    with pytest.raises(TipcaseError) as info:
        attach_stream(world, Endless())
    assert info.value.exit_code == 2
    assert world.snapshot() == before


def test_the_rest_of_an_input_that_was_read_in_part(world: World, tmp_path: Path) -> None:
    source = tmp_path / "two"
    source.write_bytes(b"first" + JPEG)
    with source.open("rb") as stream:
        stream.read(5)
        item = attach_stream(world, stream)
    assert exported(world, item) == JPEG


# -- crashes --


def attempt(world: World, at: int, kind: str) -> bool:
    with failing(at, kind):
        try:
            attach(world, TWO_CHUNKS)
        except Killed:
            return False
        except MachineError as error:
            assert error.hint and CANARY not in str(error)
            return False
    return True


@pytest.mark.parametrize("kind", ["kill", "EIO", "ENOSPC"])
def test_a_crash_at_any_step(template: World, tmp_path: Path, kind: str) -> None:
    reference = worlds.copy(template, tmp_path / "reference")
    with failing(10_000, "EIO") as disk:
        attach(reference, TWO_CHUNKS)
    steps = disk.steps
    assert steps.count("replace") > 3 and len(steps) > 15
    stride = 1 if SOAK else 9
    for at in range(1 + len(kind) % stride, len(steps) + 1, stride):
        world = worlds.copy(template, tmp_path / str(at))
        acknowledged = attempt(world, at, kind)
        where = f"{kind} at step {at}, {steps[at - 1]}"
        assert not world.damage(), where
        found = [one for one in listed(world) if one.error is None]
        assert len(found) == len(listed(world)) and len(found) in ((1,) if acknowledged else (0, 1))
        # The record and its file come together, or neither does.
        assert len(world.read("profile").get("attachments", [])) == len(found), where
        for one in found:
            assert exported(world, one.item) == TWO_CHUNKS, where
        world.put("note", {"text": "after"})
        assert not world.damage() and not world.warnings() and not left_over(world), where
        assert [one.id for one in listed(world)] == [one.id for one in found], where


def test_delivering_at_any_step_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    for force in (False, True):
        for at in range(1, 12):
            folder = tmp_path / f"{force}-{at}"
            folder.mkdir()
            target = folder / "out"
            if force:
                target.write_bytes(b"old")
            with failing(at, "EIO"):
                try:
                    streams.deliver(target, [b"new"], lambda digest: None, force=force)
                    done = True
                except OSError:
                    done = False
            names = [path.name for path in folder.iterdir()]
            kept = b"old" if force else None
            assert (target.read_bytes() if target.exists() else None) in (kept, b"new")
            assert not done or target.read_bytes() == b"new"
            assert set(names) <= {"out"} or not done


def test_where_a_file_stands_nothing_is_opened(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"old")

    read: list[bytes] = []

    def parts() -> Any:
        read.append(b"new")
        yield b"new"

    with pytest.raises(FileExistsError):
        streams.deliver(tmp_path / "out", parts(), lambda digest: None, force=False)
    assert not read


def test_what_came_to_stand_there_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out"

    def parts() -> Any:
        yield b"new"
        target.write_bytes(b"somebody else's")

    with pytest.raises(FileExistsError):
        streams.deliver(target, parts(), lambda digest: None, force=False)
    assert target.read_bytes() == b"somebody else's"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


# -- memory --


def test_a_large_file_takes_little_memory(world: World, tmp_path: Path) -> None:
    size = 20 * 1024 * 1024
    source = tmp_path / "film"
    with source.open("wb") as stream:
        stream.truncate(size)
    # Everything is imported and warm before it is counted.
    attach(world)
    tracemalloc.start()
    try:
        with source.open("rb", buffering=0) as stream:
            item = attach_stream(world, stream)
        found = attachments.find(world.case(), str(item["id"]), world.cw1)
        attachments.deliver(world.case(), found, world.cw1, tmp_path / "out", force=False)
        world.put("note", {"text": "mend and look at hashes"})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (tmp_path / "out").stat().st_size == size
    assert peak < 12 * 1024 * 1024


_LARGE = """
import resource, sys
from tipcase.cli import main
limit, *words = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_AS, (int(limit), int(limit)))
code = main(words)
# Of this program alone: what getrusage says holds that of the process that started it, too.
[peak] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")]
assert int(peak) < 100 * 1024, peak
sys.exit(code)
"""


@pytest.mark.soak
def test_two_hundred_megabytes_in_constant_memory(world: World, tmp_path: Path) -> None:
    """In processes that may not have as much memory as the file has bytes."""
    size = 200 * 1024 * 1024
    source, identity = tmp_path / "film", tmp_path / "cw1.txt"
    with source.open("wb") as stream:
        stream.truncate(size)
    identity.write_text(people.to_text(world.cw1), "utf-8")
    environment = {
        **os.environ,
        "TIPCASE_HOME": str(world.home),
        "TIPCASE_IDENTITY": str(identity),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src"),
    }

    def run(*words: str, limit: int) -> str:
        command = [sys.executable, "-c", _LARGE, str(limit), "--casebook", str(world.root), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    # Address space of a command that reads nothing large, its libraries and threads included.
    limit = 180 * 1024 * 1024
    run("show", world.case_id, limit=limit)
    attachment = run("attach", world.case_id, "profile", str(source), limit=limit)
    run("show", world.case_id, "--attachments", limit=limit)
    run("export", world.case_id, attachment, "--out", str(tmp_path / "out"), limit=limit)
    run("set", world.case_id, "profile", "full_name=x", limit=limit)
    run("verify", world.case_id, limit=limit)
    assert (tmp_path / "out").stat().st_size == size


def test_types_are_told_from_content() -> None:
    docx = b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml" + bytes(60) + b"word/document.xml"
    odt = b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.text"
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    for head, expected in {
        b"\xff\xd8\xff\xdb": "image/jpeg",
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"II*\0": "image/tiff",
        b"MM\0*": "image/tiff",
        b"RIFF\0\0\0\0WEBPVP8 ": "image/webp",
        b"RIFF\0\0\0\0WAVEfmt ": "audio/wav",
        b"RIFF\0\0\0\0AVI ": "application/octet-stream",
        b"\0\0\0\x18ftypheic": "image/heic",
        b"\0\0\0\x18ftypmif1": "image/heic",
        b"\0\0\0\x18ftypM4A ": "audio/mp4",
        b"\0\0\0\x18ftypisom": "video/mp4",
        b"\0\0\0\x18ftyp3gp5": "video/3gpp",
        b"%PDF-1.7": "application/pdf",
        b"ID3\x04": "audio/mpeg",
        b"\xff\xfb\x90\x64": "audio/mpeg",
        b"\xff\xfb\xff\x64": "application/octet-stream",
        b"OggS\0": "audio/ogg",
        b"#!AMR\n": "audio/amr",
        docx: word,
        odt: "application/vnd.oasis.opendocument.text",
        b"PK\x03\x04" + bytes(40): "application/zip",
        "ឈ្មោះ\tName\r\n".encode(): "text/plain",
        b"<html><script>": "text/plain",
        ("x" * (content_type.HEAD - 1) + "ឈ").encode()[: content_type.HEAD]: "text/plain",
        b"MZ\x90\0": "application/octet-stream",
        b"\x1b[2J": "application/octet-stream",
        b"": "application/octet-stream",
    }.items():
        assert content_type.of(head) == expected, expected


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("photo.jpg", "photo.jpg"),
        ("/home/cw1/scans/photo.jpg", "photo.jpg"),
        ("C:\\Users\\cw1\\photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("a\x1b[31mb\r\nc\x00", "a_[31mb__c_"),
        ("invoice\u202egpj.exe", "invoice_gpj.exe"),
        ("\udcff.jpg", "_.jpg"),
        ("ឈ្មោះ\u200bរូបថត.jpg", "ឈ្មោះ\u200bរូបថត.jpg"),
        ("x" * 500, "x" * 200),
        ("///", None),
        ("", None),
    ],
)
def test_a_name_is_one_line_and_hides_nothing(typed: str, kept: str | None) -> None:
    assert attached.as_name(typed) == kept


@pytest.mark.parametrize(
    ("name", "kind", "file"),
    [
        ("photo.jpg", "image/jpeg", "photo.jpg"),
        ("photo.JPEG", "image/jpeg", "photo.jpeg"),
        ("photo.jpg", "application/octet-stream", "photo.jpg.bin"),
        ("photo.exe", "image/jpeg", "photo.exe.jpg"),
        ("run.bat", "text/plain", "run.bat.txt"),
        ("..", "image/png", "attachment-abcd2345.png"),
        (".hidden", "image/png", "hidden.png"),
        ("../../x.png", "image/png", "x.png"),
        ("CON.png", "image/png", "attachment-CON.png"),
        ("nul", "image/png", "attachment-nul.png"),
        ('a<b>:"|?*.png', "image/png", "a_b______.png"),
        ("end. .png", "image/png", "end.png"),
        (None, "application/pdf", "attachment-abcd2345.pdf"),
        ("ឈ" * 150, "image/png", "ឈ" * 60 + ".png"),
        ("x", "no/such", "x.bin"),
    ],
)
def test_a_file_name_is_safe_on_every_system(name: str | None, kind: str, file: str) -> None:
    item = {"id": "abcd2345", "type": kind, **({"name": name} if name is not None else {})}
    assert attached.as_file_name(item) == file
