"""Who ends an unlock: the kernel, a keychain, or the next command; and what attackers try."""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from tipcase import files, settings
from tipcase.errors import DamagedError, MachineError
from tipcase.keyring import kernel, keychain, unlocked

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
END = NOW + timedelta(hours=8)
SECRET = "AGE-SECRET-KEY-CANARY"
# The user keyring is one for all programs of a person, another run of this suite among them.
NAME = f"tipcase:test-{os.urandom(8).hex()}"


@pytest.fixture
def real_kernel() -> None:
    """The kernel's keyring as it is; it is no oracle, so that its lack only skips."""
    try:
        kernel.put(NAME, b"x", 1)
    except OSError:
        pytest.skip("the kernel's keyring is not to be had here")
    kernel.drop(NAME)


@pytest.fixture
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container whose system calls are refused."""

    def refused(*words: object) -> int:
        raise OSError(errno.EPERM, "refused")

    monkeypatch.setattr(kernel, "_call", refused)


class FakeChain:
    """A keychain that only remembers."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, name: str, secret: str) -> None:
        self.kept[service, name] = secret

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def chain(no_kernel: None, monkeypatch: pytest.MonkeyPatch) -> FakeChain:
    """A Mac: no folder in RAM, no kernel keyring, a keychain by the library of its name."""
    found = FakeChain()
    for name in ("keyring", "keyring.backends", "keyring.backends.macOS"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    backends, mac = sys.modules["keyring.backends"], sys.modules["keyring.backends.macOS"]
    backends.macOS = mac  # type: ignore[attr-defined]
    mac.Keyring = lambda: found  # type: ignore[attr-defined]
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(settings, "ram_folder", lambda: None)
    return found


def store(home: Path, until: datetime = END) -> str:
    return unlocked.store(home, SECRET, until, NOW)


def file_of(home: Path) -> Path:
    (path,) = unlocked._existing(home)
    return path


@pytest.fixture(params=["kernel", "nobody", "keychain"])
def enforcer(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each enforcer in turn."""
    request.getfixturevalue(
        {"kernel": "real_kernel", "nobody": "no_kernel", "keychain": "chain"}[request.param]
    )
    return request.param  # type: ignore[no-any-return]


# -- what holds with each of them --


def test_it_reads_back_until_its_end_and_never_stands_open(tmp_path: Path, enforcer: str) -> None:
    assert store(tmp_path) == enforcer
    found = unlocked.read(tmp_path, END - timedelta(seconds=1))
    assert found is not None
    assert (found.identity, found.until, found.enforcer) == (SECRET, END, enforcer)
    assert SECRET not in repr(found)
    path = file_of(tmp_path)
    assert SECRET.encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert unlocked.read(tmp_path / "other", NOW) is None
    assert unlocked.read(tmp_path, END) is None
    assert not path.exists()


def test_locking_ends_it_and_its_key(tmp_path: Path, enforcer: str) -> None:
    store(tmp_path)
    path = file_of(tmp_path)
    data = path.read_bytes()
    assert unlocked.remove(tmp_path) and not unlocked.remove(tmp_path)
    if enforcer != unlocked.NOBODY:
        # A copy of the file is worth nothing: the other half of its key is gone.
        path.write_bytes(data)
        assert unlocked.read(tmp_path, NOW) is None


def test_locking_ends_what_another_session_left_in_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_kernel: None
) -> None:
    """One session has its folder in RAM by XDG_RUNTIME_DIR, the other by the usual places."""
    if not os.access("/dev/shm", os.W_OK):
        pytest.skip("this machine has no /dev/shm")
    own = os.environ["XDG_RUNTIME_DIR"]
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    store(tmp_path)
    usual = file_of(tmp_path)
    monkeypatch.setenv("XDG_RUNTIME_DIR", own)
    found = unlocked.read(tmp_path, NOW)
    assert found is not None and found.identity == SECRET
    assert unlocked.remove(tmp_path)
    assert not usual.exists()
    # Where this session cannot look, the file is left without the key that stood in the home.
    store(tmp_path)
    hidden = file_of(tmp_path)
    assert own in str(hidden)
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert unlocked.read(tmp_path, NOW) is None
    monkeypatch.setenv("XDG_RUNTIME_DIR", own)
    assert unlocked.read(tmp_path, NOW) is not None, "looking elsewhere must not end it"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert unlocked.remove(tmp_path) and not unlocked.remove(tmp_path)
    monkeypatch.setenv("XDG_RUNTIME_DIR", own)
    assert hidden.exists()
    assert unlocked.read(tmp_path, NOW) is None
    assert not hidden.exists()


def test_what_others_put_where_only_another_session_looks_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_kernel: None
) -> None:
    planted = tmp_path / "planted"
    planted.mkdir(mode=0o777)
    planted.chmod(0o777)
    here = settings.ram_folders()
    monkeypatch.setattr(settings, "ram_folders", lambda: (*here, planted))
    store(tmp_path)
    (planted / file_of(tmp_path).name).write_bytes(b"planted")
    assert unlocked.read(tmp_path, NOW) is not None
    assert unlocked.remove(tmp_path)
    assert (planted / unlocked._file_name(tmp_path)).exists()


def test_unlocking_anew_takes_the_place_of_the_old_and_of_no_other_home(
    tmp_path: Path, enforcer: str
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    store(one)
    before = file_of(one).read_bytes()
    unlocked.store(other, "another", END, NOW)
    store(one, NOW + timedelta(hours=1))
    assert unlocked.read(one, NOW + timedelta(hours=2)) is None
    found = unlocked.read(other, NOW)
    assert found is not None and found.identity == "another"
    if enforcer != unlocked.NOBODY:
        store(one)
        file_of(one).write_bytes(before)
        assert unlocked.read(one, NOW) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda value: {**value, "until": (END + timedelta(days=9000)).isoformat()},
        lambda value: {**value, "since": (NOW - timedelta(days=1)).isoformat()},
        lambda value: {**value, "running": value["running"] and value["running"] - 1},
        lambda value: {**value, "running": None},
        lambda value: {**value, "enforcer": "nobody"},
        lambda value: {**value, "enforcer": "somebody"},
        lambda value: {**value, "name": "0" * 32},
        lambda value: {**value, "until": "2036-01-01T00:00:00"},
        lambda value: {**value, "until": "9999-12-31T23:59:59+00:00", "since": "0001-01-01"},
        lambda value: {**value, "running": float("nan")},
        lambda value: {**value, "running": 10**400},
        lambda value: [value],
    ],
)
def test_a_changed_header_opens_nothing(
    tmp_path: Path, enforcer: str, change: Callable[..., object]
) -> None:
    store(tmp_path)
    path = file_of(tmp_path)
    line, _, sealed = path.read_bytes().partition(b"\n")
    changed = json.dumps(change(json.loads(line)), sort_keys=True).encode()
    if changed == line:
        assert enforcer == "nobody"
        return
    path.write_bytes(changed + b"\n" + sealed)
    assert unlocked.read(tmp_path, NOW) is None
    assert not path.exists()


def test_every_flipped_byte_opens_nothing(tmp_path: Path, enforcer: str) -> None:
    store(tmp_path)
    path = file_of(tmp_path)
    data = path.read_bytes()
    for at in range(0, len(data), 7):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert unlocked._open(tmp_path, NOW) is None, at


def test_the_file_of_another_home_or_machine_is_not_believed(tmp_path: Path, enforcer: str) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    store(theirs)
    store(mine)
    planted = file_of(theirs).read_bytes()
    path = file_of(mine)
    path.write_bytes(planted)
    assert unlocked._open(mine, NOW) is None
    # The same secret of the machine does not help: the home is bound.
    (mine / "trust/machine.key").write_bytes((theirs / "trust/machine.key").read_bytes())
    assert unlocked._open(mine, NOW) is None
    (mine / "trust/machine.key").unlink()
    store(mine)
    (mine / "trust/machine.key").write_bytes(b"\0" * 32)
    assert unlocked.read(mine, NOW) is None


def test_a_clock_set_forward_or_back_ends_it(tmp_path: Path, enforcer: str) -> None:
    for then in (datetime(2036, 1, 5, tzinfo=UTC), NOW - timedelta(days=1)):
        store(tmp_path)
        assert unlocked.read(tmp_path, then) is None
    store(tmp_path)
    # What a time server puts right is no such step.
    assert unlocked.read(tmp_path, NOW - timedelta(seconds=30)) is not None


def test_a_clock_held_back_ends_it_by_how_long_the_machine_ran(
    tmp_path: Path, enforcer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = 1000.0
    monkeypatch.setattr(unlocked, "_running", lambda: ran)
    store(tmp_path)
    ran += timedelta(hours=8).total_seconds()
    assert unlocked.read(tmp_path, NOW + timedelta(hours=1)) is not None
    ran += 200
    assert unlocked.read(tmp_path, NOW + timedelta(hours=1)) is None
    store(tmp_path)
    ran = 5.0  # started anew
    assert unlocked.read(tmp_path, NOW) is None


def test_a_link_in_its_place_is_never_followed(tmp_path: Path, enforcer: str) -> None:
    store(tmp_path)
    path = file_of(tmp_path)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DamagedError):
        unlocked.read(tmp_path, NOW)
    with pytest.raises(DamagedError):
        unlocked.end(tmp_path, END)
    before = (tmp_path / "elsewhere").read_bytes()
    assert unlocked.remove(tmp_path)
    assert (tmp_path / "elsewhere").read_bytes() == before


def test_the_next_command_ends_only_what_is_over(tmp_path: Path, enforcer: str) -> None:
    store(tmp_path)
    unlocked.end(tmp_path, NOW)
    assert unlocked.read(tmp_path, NOW) is not None
    unlocked.end(tmp_path, END)
    assert not unlocked._existing(tmp_path)
    unlocked.end(tmp_path, END)


def test_a_write_that_fails_leaves_no_key(
    tmp_path: Path, enforcer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = []
    monkeypatch.setattr(unlocked, "_release", lambda who, name: released.append(who))

    def full(*words: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(files, "replace", full)
    with pytest.raises(MachineError):
        store(tmp_path)
    assert released == [enforcer]
    assert not unlocked._existing(tmp_path)


# -- the kernel --


def test_the_kernel_forgets_the_key_at_its_time(tmp_path: Path, real_kernel: None) -> None:
    began = time.monotonic()
    # The kernel counts whole seconds of its clock: one second may be over at once, two are not.
    assert store(tmp_path, NOW + timedelta(seconds=2)) == unlocked.KERNEL
    path = file_of(tmp_path)
    assert unlocked._open(tmp_path, NOW) is not None or time.monotonic() - began >= 1
    # The clock that tipcase is told stands still: only the kernel can end this.
    deadline = time.monotonic() + 10
    while unlocked._open(tmp_path, NOW) is not None:
        assert time.monotonic() < deadline, "the kernel did not end it"
        time.sleep(0.1)
    assert path.exists()
    assert unlocked.read(tmp_path, NOW) is None
    assert not path.exists()


def test_a_key_of_the_kernel_is_its_possessors_alone_and_has_an_end(real_kernel: None) -> None:
    kernel.put(NAME, b"secret", 100)
    number = kernel._find(NAME)
    lines = Path("/proc/keys")
    if lines.exists():
        found = (line.split() for line in lines.read_text().splitlines())
        row = next(row for row in found if row[0] == f"{number:08x}")
        assert row[4] == "2b000000"
        assert row[3] != "perm"
    assert kernel.get(NAME) == b"secret"
    kernel.drop(NAME)
    assert kernel.get(NAME) is None
    kernel.drop(NAME)


def test_a_time_of_nothing_is_no_endless_time(real_kernel: None) -> None:
    with pytest.raises(ValueError):
        kernel.put(NAME, b"secret", 0)
    assert kernel.get(NAME) is None


def test_a_planted_key_of_the_kernel_is_not_believed(tmp_path: Path, real_kernel: None) -> None:
    store(tmp_path)
    line = file_of(tmp_path).read_bytes().partition(b"\n")[0]
    name = unlocked._key_name(json.loads(line)["name"])
    kernel.drop(name)
    kernel.put(name, b"\0" * 32, 100)
    try:
        assert unlocked.read(tmp_path, NOW) is None
    finally:
        kernel.drop(name)


@pytest.mark.parametrize("machine", ["x86_64", "sparc64", "i686"])
def test_an_unknown_machine_has_no_kernel_keyring(
    monkeypatch: pytest.MonkeyPatch, machine: str
) -> None:
    def never(*words: object) -> int:
        raise AssertionError("a call by the number of another machine")

    monkeypatch.setattr(kernel, "_call", never)
    if machine == "x86_64":
        monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    there = os.uname()
    fake = os.uname_result((there.sysname, there.nodename, there.release, there.version, machine))
    monkeypatch.setattr(os, "uname", lambda: fake)
    with pytest.raises(OSError):
        kernel.put(NAME, b"x", 1)


# -- where there is less --


def test_a_kernel_that_keeps_something_else_is_not_relied_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "put", lambda *words: None)
    monkeypatch.setattr(kernel, "get", lambda name: b"other")
    assert store(tmp_path) == unlocked.NOBODY
    assert unlocked.enforcer_here() == unlocked.NOBODY


def test_the_keychain_holds_half_and_the_disk_no_identity(tmp_path: Path, chain: FakeChain) -> None:
    assert unlocked.enforcer_here() == unlocked.KEYCHAIN
    assert not chain.kept
    store(tmp_path)
    assert file_of(tmp_path) == tmp_path / "unlocked"
    assert len(chain.kept) == 1
    assert SECRET not in "".join(chain.kept.values())
    unlocked.remove(tmp_path)
    assert not chain.kept


def test_a_keychain_that_refuses_is_told_and_nothing_is_quoted(
    tmp_path: Path, chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(service: str, name: str, secret: str) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr(chain, "set_password", refuse)
    with pytest.raises(MachineError) as info:
        store(tmp_path)
    assert not any(word in str(info.getrepr(style="short")) for word in (SECRET, "RuntimeError:"))
    assert unlocked.enforcer_here() is None
    assert not (tmp_path / "unlocked").exists()


def test_without_the_library_there_is_no_keychain(
    tmp_path: Path, chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    for platform in ("darwin", "win32"):
        monkeypatch.setattr(sys, "platform", platform)
        for name in ("keyring", "keyring.backends"):
            monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(MachineError):
            store(tmp_path)


def test_on_linux_no_foreign_keychain_is_asked() -> None:
    with pytest.raises(keychain.KeychainError):
        keychain.put(NAME, "secret")
