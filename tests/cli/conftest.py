"""An office for the tests of the command line: made once, copied for every test that wants one."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Ran, run_inside, run_process
from tests.copies import copied

OPENED = "2026-01-05"


@dataclass(frozen=True)
class Office:
    """A casebook with one caseworker (cw1, who founded it) and one case in its first stage."""

    book: Path
    home: Path
    case: str
    start: Callable[..., Ran] = run_process

    def run(self, *words: str | Path, **more: Any) -> Ran:
        """A command in the casebook, in this process."""
        return run_inside(*words, **{"cwd": self.book, **more})

    def process(self, *words: str | Path, **more: Any) -> Ran:
        """A command in the casebook, as a process of its own."""
        return self.start(*words, **{"cwd": self.book, **more})

    def done(self, *words: str | Path, **more: Any) -> str:
        """The stdout of a command that must succeed."""
        ran = self.run(*words, **more)
        assert ran.code == 0, f"{words}: {ran}"
        return ran.stdout

    def data(self, *words: str | Path, **more: Any) -> Any:
        """The data of a command's JSON."""
        return json.loads(self.done(*words, "--json", **more))["data"]

    def put(self, record: str, text: str) -> str:
        """Write a record from a text; what it prints."""
        return self.done("put", self.case, record, "-", input=text).strip()

    def snapshot(self) -> dict[str, str]:
        """Every file of the casebook by name with its hash; locks and memories left out."""
        found = {}
        for folder, _, names in os.walk(self.book):
            for name in names:
                path = Path(folder, name)
                if name != ".lock" and path.is_file():
                    found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An office in a folder of its own: ``home`` and ``book``."""
    folder = tmp_path_factory.mktemp("office")
    env = {"TIPCASE_HOME": str(folder / "home"), "HOME": str(folder), "TIPCASE_LANG": "en"}

    def run(*words: str, cwd: Path = folder) -> str:
        ran = run_inside(*words, env=env, cwd=cwd)
        assert ran.code == 0, ran
        return ran.stdout.strip()

    run("keygen", "--handle", "cw1", "--no-passphrase", "--keys", "x25519")
    run("init", "book", "--name", "Example Shelter", "--keys", "x25519", "--no-git")
    case = run("new", "--opened", OPENED, cwd=folder / "book")
    return folder, case


@pytest.fixture
def office(
    template: tuple[Path, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Office:
    """A copy of the office; the environment points to its home."""
    folder, case = template
    once = threading.Lock()

    def start(*words: str | Path, **more: Any) -> Ran:
        with once:  # tests start processes at the same time; few tests start any
            run = request.getfixturevalue("tipcase")
        found: Ran = run(*words, **more)
        return found

    copied(folder / "home", tmp_path / "home")
    copied(folder / "book", tmp_path / "book")
    monkeypatch.setenv("TIPCASE_HOME", str(tmp_path / "home"))
    return Office(tmp_path / "book", tmp_path / "home", case, start)


@pytest.fixture
def second_person(office: Office) -> Callable[..., Path]:
    """Makes a colleague with a home of their own; gives that home."""

    def make(handle: str = "cw2", role: str = "caseworker") -> Path:
        home = office.home.parent / f"home-{handle}"
        keys = ("keygen", "--handle", handle, "--no-passphrase", "--keys", "x25519")
        assert office.run(*keys, env={"TIPCASE_HOME": str(home)}).code == 0
        card = home / "keys" / f"{handle}.card.yaml"
        office.done("staff", "add", card, "--role", role)
        return home

    return make


def example(office: Office, record_type: str) -> dict[str, Any]:
    """The full valid example of a record type."""
    found: dict[str, Any] = json.loads(office.done("schema", record_type, "--json"))["examples"][0]
    return found


@pytest.fixture
def protected(office: Office) -> Office:
    """The office, its only identity protected by a passphrase and its plain file gone."""
    from tipcase import age

    path = office.home / "keys/cw1.txt"
    # A low work factor: what takes a second in earnest is not what is tested here.
    sealed = age.encrypt(path.read_bytes(), [age.passphrase_recipient("correct horse", 4)])
    path.with_suffix(".age").write_bytes(sealed)
    path.unlink()
    return office
