"""``init`` and git: the recovery seed is shown whatever git does."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import Ran

SEED = re.compile(r"^ {4}(?:[0-9A-Z]{4} ){6}[0-9A-Z]{4}$", re.MULTILINE)
INIT = ("init", "book", "--name", "Example Shelter", "--keys", "x25519")


@pytest.fixture
def founder(cli: Callable[..., Ran]) -> None:
    """Somebody with an identity."""
    assert cli("keygen", "--handle", "cw1", "--no-passphrase", "--keys", "x25519").code == 0


def test_a_git_that_fails_hides_no_seed(
    cli: Callable[..., Ran], founder: None, tmp_path: Path
) -> None:
    git = tmp_path / "bin/git"
    git.parent.mkdir()
    git.write_text("#!/bin/sh\nexit 3\n")
    git.chmod(0o755)
    ran = cli(*INIT, "--json", cwd=tmp_path, env={"PATH": str(git.parent)})
    assert ran.code == 10
    assert len(SEED.findall(ran.stderr)) == 2
    assert "warning: the casebook stands" in ran.stderr
    assert "tipcase: hint: run git init" in ran.stderr
    told = json.loads(ran.stdout)
    assert [error["code"] for error in told["errors"]] == [10]
    assert cli("verify", cwd=tmp_path / "book").code == 0
    assert cli("new", cwd=tmp_path / "book").code == 0


def test_a_program_of_the_name_git_that_cannot_run_hides_no_seed(
    cli: Callable[..., Ran], founder: None, tmp_path: Path
) -> None:
    git = tmp_path / "bin/git"
    git.parent.mkdir()
    git.write_bytes(b"\x7fELF nothing")
    git.chmod(0o755)
    ran = cli(*INIT, cwd=tmp_path, env={"PATH": str(git.parent)})
    assert ran.code == 10
    assert len(SEED.findall(ran.stderr)) == 2


def test_inside_another_repository_none_is_made_and_that_is_said(
    cli: Callable[..., Ran], founder: None, tmp_path: Path
) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    ran = cli(*INIT, cwd=tmp_path)
    assert ran.code == 0
    assert "stands in another git repository: none was made" in ran.stderr
    assert not (tmp_path / "book/.git").exists()
