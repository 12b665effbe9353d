"""What every test gets: a home of its own, no settings of the developer's, and two ways to run.

Fixtures: ``tipcase`` runs a process and ``cli`` calls ``main`` in this one; both take the words of
the command, and ``input``, ``env``, ``cwd`` by name, and answer ``(code, stdout, stderr)``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from tests.commands import Ran, run_inside, run_process

SOAK = os.environ.get("TIPCASE_SOAK") == "1"

# Set by whoever starts the suite, and about the suite: every other TIPCASE_ variable is a
# developer's own setting and would change what the tests see.
ABOUT_THE_SUITE = ("TIPCASE_SOAK", "TIPCASE_CCTV", "TIPCASE_TYPAGE")

# No deadlines: two busy cores say nothing about the code. No example database: the quick profile is
# the same everywhere, and nothing is written into the tree.
hypothesis.settings.register_profile(
    "quick", max_examples=30, derandomize=True, deadline=None, database=None
)
hypothesis.settings.register_profile("soak", max_examples=1000, deadline=None, database=None)
hypothesis.settings.load_profile("soak" if SOAK else "quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip by name what only `make soak` has the time for."""
    if SOAK:
        return
    for item in items:
        if "soak" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="runs in make soak"))


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and an environment that is the same on every machine."""
    folder = tmp_path_factory.mktemp("home")
    foreign = ("TIPCASE_", "GIT_", "XDG_", "LC_", "_TIPCASE_")
    for name in list(os.environ):
        if name.startswith(foreign) and name not in ABOUT_THE_SUITE:
            monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "EDITOR", "VISUAL", "LANGUAGE", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    settings = {
        "HOME": folder,
        "USERPROFILE": folder,
        "TIPCASE_HOME": folder / "tipcase",
        "XDG_CONFIG_HOME": folder / "config",
        "XDG_DATA_HOME": folder / "data",
        "XDG_STATE_HOME": folder / "state",
        "XDG_CACHE_HOME": folder / "cache",
        "XDG_RUNTIME_DIR": runtime,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "TZ": "UTC",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))
    return folder


@pytest.fixture
def tipcase() -> Callable[..., Ran]:
    """Runs tipcase as a process."""
    return run_process


@pytest.fixture
def cli() -> Callable[..., Ran]:
    """Calls tipcase's main in this process: faster, for tests that need no process."""
    return run_inside
