"""``unlock`` and ``lock``: who ends it is said everywhere, and what is over is gone."""

from __future__ import annotations

import errno
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office
from tipcase import settings
from tipcase.cli import context, root
from tipcase.keyring import kernel, unlocked


@pytest.fixture
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container whose system calls are refused."""

    def refused(*words: object) -> int:
        raise OSError(errno.EPERM, "refused")

    monkeypatch.setattr(kernel, "_call", refused)


@pytest.fixture
def real_kernel() -> None:
    """The kernel's keyring as it is; it is no oracle, so that its lack only skips."""
    try:
        # The user keyring is one for all programs of a person: a name of our own.
        name = f"tipcase:test-{os.urandom(8).hex()}"
        kernel.put(name, b"x", 1)
    except OSError:
        pytest.skip("the kernel's keyring is not to be had here")
    kernel.drop(name)


def unlock(office: Office, *words: str) -> Any:
    return office.run("unlock", "--passphrase-file", "-", *words, input="correct horse\n")


def doctor(office: Office) -> str:
    rows = json.loads(office.run("doctor", "--json").stdout)["data"]
    seen: str = next(row for row in rows if row["check"] == "unlock")["seen"]
    return seen


def test_the_kernel_is_named_where_it_ends_it(protected: Office, real_kernel: None) -> None:
    assert "nothing is unlocked" in doctor(protected)
    ran = unlock(protected)
    assert (ran.code, ran.stdout) == (0, "")
    assert "the kernel forgets its key then, whatever happens" in ran.stderr
    told = json.loads(unlock(protected, "--json").stdout)["data"]
    assert told["enforcer"] == "kernel"
    assert "the kernel forgets its key then" in doctor(protected)
    # Another process, with another session of the terminal, finds it too.
    assert protected.process("show", protected.case).code == 0
    assert protected.run("lock").stderr == "locked\n"
    assert "nothing is unlocked" in doctor(protected)
    assert protected.run("lock").stderr == "nothing was unlocked\n"
    assert protected.process("show", protected.case).code == 8


def test_lock_ends_what_another_session_opened(
    protected: Office, no_kernel: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after ``su`` or in cron: no XDG_RUNTIME_DIR, while the first session had one."""
    assert unlock(protected).code == 0
    with monkeypatch.context() as patch:
        patch.delenv("XDG_RUNTIME_DIR")
        assert protected.run("lock").stderr == "locked\n"
    assert protected.process("show", protected.case).code == 8
    assert protected.run("lock").stderr == "nothing was unlocked\n"


def test_without_a_kernel_keyring_the_next_command_is_named(
    protected: Office, no_kernel: None
) -> None:
    ran = unlock(protected)
    assert "it is removed by the next command after that" in ran.stderr
    assert json.loads(unlock(protected, "--json").stdout)["data"]["enforcer"] == "nobody"
    assert "it is removed by the next command after that" in doctor(protected)
    assert protected.run("show", protected.case).code == 0
    assert protected.run("lock").code == 0
    assert protected.process("show", protected.case).code == 8


def test_a_machine_with_nothing_to_hold_it_refuses(
    protected: Office, no_kernel: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ram_folder", lambda: None)
    ran = unlock(protected)
    assert ran.code == 10
    assert "give the passphrase at each command" in ran.stderr
    assert "nothing can be unlocked" in doctor(protected)


def test_without_a_folder_in_ram_the_kernel_alone_is_enough(
    protected: Office, real_kernel: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ram_folder", lambda: None)
    assert unlock(protected, "--for", "30m").code == 0
    data = (protected.home / "unlocked").read_bytes()
    assert b"AGE-SECRET-KEY" not in data
    monkeypatch.chdir(protected.book)
    late = datetime.now(UTC) + timedelta(minutes=31)
    # `list` needs no identity, and is the next command all the same.
    assert root.answer(["list"], context.Context()) == 0
    assert (protected.home / "unlocked").exists()
    assert root.answer(["list"], context.Context(now=lambda: late)) == 0
    assert not (protected.home / "unlocked").exists()


def test_the_kernel_ends_it_although_the_clock_is_held(
    protected: Office, real_kernel: None, home: Path
) -> None:
    unlock(protected, "--for", "8h")
    path = next(path for path in (home / "run").rglob("*") if path.is_file())
    name = json.loads(path.read_bytes().partition(b"\n")[0])["name"]
    # What the kernel does by itself at the end of the time.
    kernel.drop(unlocked._key_name(name))
    assert protected.process("show", protected.case).code == 8
    assert not path.exists()


def test_a_planted_identity_is_not_used(protected: Office, no_kernel: None, home: Path) -> None:
    """Somebody who may write to the folder in RAM, but not to the home, plants their own."""
    protected.run("unlock", "--passphrase-file", "-", input="correct horse\n")
    path = next(path for path in (home / "run").rglob("*") if path.is_file())
    theirs = protected.home.parent / "theirs"
    now = datetime.now(UTC)
    unlocked.store(theirs, "# planted\n", now + timedelta(hours=8), now)
    planted = next(p for p in path.parent.iterdir() if p != path)
    path.write_bytes(planted.read_bytes())
    assert protected.process("show", protected.case).code == 8
    assert not path.exists()
