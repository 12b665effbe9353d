"""Identity files, the recovery seed, and what is kept in RAM or trusted by a machine."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import oracles
from tipcase import age, settings
from tipcase.errors import DamagedError, NoKeyError, TipcaseError, UsageError
from tipcase.keyring import person as people
from tipcase.keyring import recovery, unlocked
from tipcase.keyring.trust import Trust

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.mark.parametrize("keys", ["x25519", "hybrid"])
def test_an_identity_file_reads_back(keys: str) -> None:
    person = people.generate("cw1", keys)
    again = people.from_text(people.to_text(person))
    assert (again.handle, again.keys, again.recipient) == ("cw1", keys, person.recipient)
    assert again.signing_key.public == person.signing_key.public
    assert "SECRET" not in repr(person) and str(person.identity) not in repr(person)


def test_stock_age_reads_an_identity_file(tmp_path: Path) -> None:
    stock = oracles.require("age")
    person = people.generate("cw1", "x25519")
    (tmp_path / "cw1.txt").write_text(people.to_text(person))
    sealed = age.encrypt(b"hello", [person.identity.recipient])
    done = subprocess.run(
        [stock, "-d", "-i", tmp_path / "cw1.txt"], input=sealed, capture_output=True, check=True
    )
    assert done.stdout == b"hello"


def test_a_protected_identity_opens_with_its_passphrase_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(people, "WORK_FACTOR", 5)
    text = people.to_text(people.generate("cw1", "x25519"))
    data = people.protect(text, "correct horse")
    assert people.is_protected(data) and not people.is_protected(text.encode())
    assert people.unprotect(data, "correct horse") == text
    with pytest.raises(NoKeyError) as info:
        people.unprotect(data, "wrong")
    assert "wrong" not in f"{info.value.sentence} {info.value.hint}"


def broken() -> dict[str, str]:
    text = people.to_text(people.generate("cw1", "x25519"))
    lines = text.splitlines(keepends=True)
    return {
        "empty": "",
        "stock": "".join(lines[4:]),
        "no handle": "".join(lines[1:]),
        "no age identity": "".join(lines[:4]),
        "two age identities": text + f"{age.generate('x25519')}\n",
        "handle of a path": text.replace("handle: cw1", "handle: ../cw1"),
        "short signing key": text.replace(lines[3], "# tipcase signing key: AAAA=\n"),
        "torn": text[:-10],
    }


@pytest.mark.parametrize("name", broken())
def test_what_is_no_identity_file_is_refused_and_not_shown(name: str) -> None:
    text = broken()[name]
    with pytest.raises(TipcaseError) as info:
        people.from_text(text)
    said = f"{info.value.sentence} {info.value.hint}"
    assert "SECRET" not in said
    assert info.value.exit_code in (2, 7)


# -- the recovery seed --


@given(st.binary(min_size=32, max_size=32))
def test_a_seed_reads_back_however_it_is_typed(seed: bytes) -> None:
    words = recovery.to_words(seed)
    assert len(words.split()) == 14
    for typed in (
        words,
        words.lower(),
        words.replace(" ", "-"),
        words.replace(" ", ""),
        words.replace("0", "o").replace("1", "l"),
    ):
        assert recovery.from_words(typed) == seed


def test_every_single_slip_in_a_seed_is_found() -> None:
    words = recovery.to_words(b"\x07" * 32)
    for at, letter in enumerate(words):
        for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            if letter == " " or other == letter:
                continue
            with pytest.raises(UsageError):
                recovery.from_words(words[:at] + other + words[at + 1 :])
    for at in range(len(words) - 1):
        swapped = words[:at] + words[at + 1] + words[at] + words[at + 2 :]
        if "".join(swapped.split()) != "".join(words.split()):
            with pytest.raises(UsageError):
                recovery.from_words(swapped)


@pytest.mark.parametrize("text", ["", "U" * 56, "0" * 55, "0" * 57, "ក" * 56])
def test_what_is_no_seed_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        recovery.from_words(text)


def test_a_seed_always_gives_the_same_person_and_each_kind_its_own() -> None:
    one, again = (recovery.person(b"\x07" * 32, "x25519") for _ in range(2))
    assert one.recipient == again.recipient
    assert one.signing_key.public == again.signing_key.public
    assert one.handle == "recovery"
    hybrid = recovery.person(b"\x07" * 32, "hybrid")
    assert hybrid.signing_key.public == one.signing_key.public
    assert recovery.person(b"\x08" * 32, "x25519").recipient != one.recipient


# -- the unlocked identity --


def ram(home: Path) -> Path:
    folder = settings.ram_folder()
    assert folder is not None
    return folder


def test_an_unlocked_identity_ends_at_its_time(tmp_path: Path) -> None:
    unlocked.store(tmp_path, "secret text", NOW + timedelta(hours=8), NOW)
    found = unlocked.read(tmp_path, NOW)
    assert found is not None and found.identity == "secret text"
    assert "secret" not in repr(found)
    assert unlocked.read(tmp_path / "other", NOW) is None
    assert unlocked.read(tmp_path, NOW + timedelta(hours=8)) is None
    assert not list(ram(tmp_path).iterdir())


def test_locking_removes_it(tmp_path: Path) -> None:
    unlocked.store(tmp_path, "secret text", NOW + timedelta(hours=8), NOW)
    assert unlocked.remove(tmp_path)
    assert not unlocked.remove(tmp_path)
    assert unlocked.read(tmp_path, NOW) is None


def test_it_is_its_owners_alone(tmp_path: Path) -> None:
    unlocked.store(tmp_path, "secret text", NOW + timedelta(hours=8), NOW)
    folder = ram(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert next(folder.iterdir()).stat().st_mode & 0o777 == 0o600
    folder.chmod(0o750)
    with pytest.raises(DamagedError):
        unlocked.read(tmp_path, NOW)
    with pytest.raises(DamagedError):
        unlocked.store(tmp_path, "x", NOW + timedelta(hours=1), NOW)


def test_a_folder_that_is_a_link_or_somebody_elses_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ram(tmp_path)
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DamagedError):
        unlocked.read(tmp_path, NOW)
    with pytest.raises(DamagedError):
        unlocked.store(tmp_path, "x", NOW + timedelta(hours=1), NOW)
    folder.unlink()
    folder.mkdir(mode=0o700)
    real = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: real + 1)
    with monkeypatch.context() as patch:
        patch.setattr(settings, "ram_folder", lambda: folder)
        with pytest.raises(DamagedError):
            unlocked.read(tmp_path, NOW)


def test_a_file_that_is_a_link_is_refused(tmp_path: Path) -> None:
    unlocked.store(tmp_path, "secret text", NOW + timedelta(hours=8), NOW)
    path = next(ram(tmp_path).iterdir())
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DamagedError):
        unlocked.read(tmp_path, NOW)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"until": 1, "identity": "x"}',
        json.dumps({"until": "2026-01-06T08:00:00", "identity": "x"}).encode(),
    ],
)
def test_a_file_that_is_not_ours_is_removed(tmp_path: Path, content: bytes) -> None:
    unlocked.store(tmp_path, "secret text", NOW + timedelta(hours=8), NOW)
    next(ram(tmp_path).iterdir()).write_bytes(content)
    assert unlocked.read(tmp_path, NOW) is None
    assert not list(ram(tmp_path).iterdir())


# -- trust --


def test_what_is_trusted_reads_back_and_nothing_else_does(tmp_path: Path) -> None:
    trust = Trust(tmp_path, tmp_path / "book")
    assert trust.load("book") is None
    trust.save("book", {"heads": ["a"]})
    assert Trust(tmp_path, tmp_path / "book").load("book") == {"heads": ["a"]}
    assert Trust(tmp_path, tmp_path / "other").load("book") is None


def test_every_flipped_byte_of_a_trust_file_is_found(tmp_path: Path) -> None:
    trust = Trust(tmp_path, tmp_path / "book")
    trust.save("book", {"heads": ["a"]})
    path = trust.folder / "book.json"
    data = path.read_bytes()
    for at in range(len(data)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(DamagedError):
            trust.load("book")


def test_a_trust_file_counts_under_its_own_name_and_key_only(tmp_path: Path) -> None:
    trust = Trust(tmp_path, tmp_path / "book")
    trust.save("book", {})
    (trust.folder / "device.json").write_bytes((trust.folder / "book.json").read_bytes())
    with pytest.raises(DamagedError):
        trust.load("device")
    (tmp_path / "trust" / "machine.key").write_bytes(b"\0" * 32)
    with pytest.raises(DamagedError):
        Trust(tmp_path, tmp_path / "book").load("book")
    (tmp_path / "trust" / "machine.key").write_bytes(b"\0" * 31)
    with pytest.raises(DamagedError):
        Trust(tmp_path, tmp_path / "book").load("book")


def test_kept_bytes_are_given_back_by_their_hash_only(tmp_path: Path) -> None:
    trust = Trust(tmp_path, tmp_path / "book")
    digest = trust.keep(b"signed")
    assert trust.kept(digest) == b"signed"
    (trust.folder / "kept" / digest).write_bytes(b"edited")
    assert trust.kept(digest) is None
    assert trust.kept("0" * 64) is None


def test_the_key_of_a_machine_is_private_and_whole(tmp_path: Path) -> None:
    Trust(tmp_path, tmp_path / "book").save("book", {})
    path = tmp_path / "trust" / "machine.key"
    assert len(path.read_bytes()) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_what_a_crash_left_in_the_trust_folder_is_removed(tmp_path: Path) -> None:
    trust = Trust(tmp_path, tmp_path / "book")
    trust.save("book", {})
    rest = trust.folder / f".pending-{'0' * 64}"
    rest.write_bytes(b"torn")
    trust.save("book", {"more": 1})
    assert not rest.exists()
