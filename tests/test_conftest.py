"""The suite's own ground: nothing of the developer's machine reaches a test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import Ran, run_inside
from tests.conftest import ABOUT_THE_SUITE

ROOT = Path(__file__).resolve().parent.parent

# A suite of one test in an environment full of somebody's settings.
INNER = """
import os
import subprocess

def test_inside(home):
    names = {n for n in os.environ if n.startswith(("TIPCASE_", "XDG_", "GIT_"))}
    assert "stranger" not in " ".join(os.environ[n] for n in names)
    assert os.environ["HOME"] == str(home)
    assert os.environ["TIPCASE_HOME"].startswith(str(home))
    (home / ".gitconfig").write_text("[user]\\n\\tname = stranger\\n")
    git = ["git", "config", "--global", "--list"]
    assert subprocess.run(git, capture_output=True).stdout == b""
"""

# Folders are told by what is left of them after the run.
SAMPLED = """
import pytest

@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", range(4))
def test_some(n, tmp_path, home):
    (tmp_path / "left").mkdir()
    assert home.is_dir()

@pytest.mark.soak
def test_long():
    raise AssertionError("waits for make soak")

def test_failing(tmp_path):
    (tmp_path / "kept").mkdir()
    assert not tmp_path
"""


@pytest.mark.soak
def test_the_quick_run_leaves_out_what_waits_and_keeps_the_folders_of_what_failed(
    tmp_path: Path,
) -> None:
    (tmp_path / "test_inner.py").write_text(SAMPLED)
    base = tmp_path / "base"
    options = ["-q", "-p", "no:cacheprovider", "-p", "tests.conftest", f"--basetemp={base}"]
    places = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), str(tmp_path)]
    environ = {name: value for name, value in os.environ.items() if name != "TIPCASE_SOAK"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *places],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 2 passed, 3 deselected" in done.stdout, done.stdout
    # Beside each folder stands a link to the newest of its name.
    assert {path.name for path in base.glob("test_*/*")} == {"kept"}
    assert len([path for path in base.glob("home-*") if path.is_dir()]) == 1


@pytest.mark.soak
def test_settings_of_the_developer_do_not_reach_a_test(tmp_path: Path) -> None:
    (tmp_path / "test_inner.py").write_text(INNER)
    names = ("TIPCASE_HOME", "TIPCASE_IDENTITY", "TIPCASE_ANYTHING", "XDG_STATE_HOME", "GIT_DIR")
    options = ["-q", "-p", "no:cacheprovider", "-p", "tests.conftest"]
    places = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *places],
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(names, "stranger"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout


def test_only_what_is_about_the_suite_stays() -> None:
    left = {name for name in os.environ if name.startswith("TIPCASE_")}
    assert left - set(ABOUT_THE_SUITE) == {"TIPCASE_HOME"}


def stand_in(argv: list[str]) -> int:
    print(argv, os.environ.get("WHO"), Path.cwd().name, sys.stdin.buffer.read())
    print("talk ភាសា", file=sys.stderr)
    os.environ["LEAK"] = "1"
    if "stop" in argv:
        raise SystemExit(7)
    return 3


def test_a_command_run_inside_has_its_own_streams_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Callable[..., Ran]
) -> None:
    monkeypatch.setattr("tipcase.cli.main", stand_in)
    before = (sys.stdin, sys.stdout, sys.stderr, Path.cwd())
    (tmp_path / "here").mkdir()
    ran = cli("put", tmp_path / "x", input="ខ", env={"WHO": "me"}, cwd=tmp_path / "here")
    expected = f"['put', '{tmp_path / 'x'}'] me here {'ខ'.encode()!r}\n"
    assert ran == (3, expected, "talk ភាសា\n")
    assert run_inside("stop").code == 7
    assert (sys.stdin, sys.stdout, sys.stderr, Path.cwd()) == before
    assert "LEAK" not in os.environ
    assert "WHO" not in os.environ
