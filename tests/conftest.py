"""What every test gets: a home of its own, no settings of the developer's, and two ways to run.

Fixtures: ``tipcase`` runs a process (forked from a warm one, where there is ``fork``) and ``cli``
calls ``main`` in this one; both take the words of the command, and ``input``, ``env``, ``cwd`` by
name, and answer ``(code, stdout, stderr)``.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import itertools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.runner import runtestprotocol

from tests.commands import Ran, run_inside, run_process

if TYPE_CHECKING:
    from tests.casebook.clones import Pair

SOAK = os.environ.get("TIPCASE_SOAK") == "1"

# Bytecode of the tests and of what their processes import is kept beside the libraries, also where
# Python is told to write none: compiling it again would be a tenth of the run.
if sys.prefix != sys.base_prefix:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(Path(sys.prefix) / "bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A hundred thousand small files and folders come and go: on a disk that takes a third of the time.
# `make soak` stays on the disk, whose ways are those of a real casebook.
_RAM, _ROOM = "/dev/shm", 2**30
if not SOAK and os.access(_RAM, os.W_OK) and shutil.disk_usage(_RAM).free > _ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", _RAM)

# Set by whoever starts the suite, and about the suite: every other TIPCASE_ variable is a
# developer's own setting and would change what the tests see.
ABOUT_THE_SUITE = ("TIPCASE_SOAK", "TIPCASE_CCTV", "TIPCASE_TYPAGE")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "sampled(n): one case of n of the test in `make test`, all in `make soak`"
    )
    # Who only hands the tests to others needs none of it, and importing it takes a second.
    if hasattr(config, "workerinput") or config.getoption("dist", "no") == "no":
        _load_profile()


def _load_profile() -> None:
    """How many examples each property gets, and which."""
    # Here and not above: its bytecode, too, is kept only from the lines above on.
    import hypothesis

    # No deadlines: two busy cores say nothing about the code. No example database: the quick
    # profile is the same everywhere, and nothing is written into the tree.
    hypothesis.settings.register_profile(
        "quick", max_examples=15, derandomize=True, deadline=None, database=None
    )
    # A gate of the project judges the change, not the dice: there the same examples come every
    # time. Whoever runs `make soak` by hand looks for what nobody found yet.
    hypothesis.settings.register_profile(
        "soak",
        max_examples=1000,
        derandomize=os.environ.get("CI") == "true",
        deadline=None,
        database=None,
    )
    hypothesis.settings.load_profile("soak" if SOAK else "quick")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the documents, the longest tests; leave out what only `make soak` has time for."""
    items.sort(key=lambda item: item.path.name != "test_docs.py")
    if SOAK:
        return
    left_out: set[pytest.Item] = set()
    cases: dict[tuple[str, int], list[pytest.Item]] = {}
    for item in items:
        if "soak" in item.keywords:
            left_out.add(item)
        elif sampled := item.get_closest_marker("sampled"):
            cases.setdefault((item.nodeid.partition("[")[0], sampled.args[0]), []).append(item)
    for (_, n), some in cases.items():
        # In the order of hashes: counted in their own order, they would leave out a whole kind.
        some.sort(key=lambda item: hashlib.sha256(item.nodeid.encode()).digest())
        left_out.update(some[-(-len(some) // n) :])
    # Not skipped, which would cost two reports for each of thousands.
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say that this was not all."""
    if not SOAK:
        terminalreporter.write_line("the quick run: `make soak` runs every case")


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over thousands of tests, which stay to the end."""
    gc.collect()
    gc.freeze()


_FAILED: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember which test failed: its folders stay, to be looked at."""
    if report.failed:
        _FAILED.add(report.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test as ever, but tell the process that counts only what it counts.

    Of six messages a test that passes needs two; the others take a millisecond, for thousands.
    """
    if not hasattr(item.config, "workerinput") or item.config.getoption("durations"):
        return None
    for report in runtestprotocol(item, nextitem=nextitem, log=False):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Remove the folders of a test that passed: a run would leave a hundred thousand files.

    pytest would remove them three runs later, all at its end, in one process.
    """
    yield
    if item.nodeid not in _FAILED:
        given = getattr(item, "funcargs", {})
        for folder in {given[name] for name in ("home", "tmp_path") if name in given}:
            shutil.rmtree(folder, ignore_errors=True)


_HOMES = itertools.count()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and an environment that is the same on every machine."""
    # Named by a count of our own: looking for a free name among thousands takes time.
    folder = tmp_path_factory.getbasetemp() / f"home-{next(_HOMES)}"
    folder.mkdir()
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


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Syncing takes much of a test's time and shows nothing here: no test pulls the plug."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture(autouse=True)
def no_keys_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The kernel keeps a person's keys until their time: it forgets those of a test at its end."""
    from tipcase.keyring import kernel

    names: list[str] = []
    put, drop = kernel.put, kernel.drop

    def noted(name: str, secret: bytes, seconds: int) -> None:
        names.append(name)
        put(name, secret, seconds)

    monkeypatch.setattr(kernel, "put", noted)
    call = kernel._call
    yield
    monkeypatch.setattr(kernel, "_call", call)
    for name in names:
        drop(name)


@pytest.fixture(scope="session")
def door() -> Iterator[Path]:
    """Where a warm tipcase listens (``tests.warm``); it is started when first wanted."""
    from tests import warm

    with warm.serving() as path:
        yield path


@pytest.fixture
def tipcase(request: pytest.FixtureRequest) -> Callable[..., Ran]:
    """Runs tipcase as a process, where it can be of the warm one's."""
    if not hasattr(os, "fork"):
        return run_process
    from tests import warm

    return functools.partial(warm.run, request.getfixturevalue("door"))


@pytest.fixture
def cli() -> Callable[..., Ran]:
    """Calls tipcase's main in this process: faster, for tests that need no process."""
    return run_inside


@pytest.fixture(scope="session")
def together(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Two clones of one casebook, made once for all modules that join what was written apart."""
    from tests.casebook import clones

    return clones.make(tmp_path_factory.mktemp("pair"))


@pytest.fixture
def pair(together: Pair, tmp_path: Path) -> Pair:
    """A copy of the two clones for a test of its own."""
    from tests.casebook import clones

    return clones.copied(together, tmp_path)
