"""What must not be committed is refused by ``.ci/check_files.py``, without showing it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent.parent / ".ci" / "check_files.py"
# Put together here, so that this file itself passes.
AGE = "AGE-SECRET" + "-KEY-1" + "Q" * 58
HYBRID = "AGE-SECRET" + "-KEY-PQ-1" + "Q" * 58
SSH = "-----BEGIN OPENSSH " + "PRIVATE KEY-----\n" + "A" * 70 + "\n"


def check(folder: Path, *names: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *names],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("text", [AGE, HYBRID, SSH], ids=["age", "hybrid", "ssh"])
def test_a_private_key_is_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    (tmp_path / "notes.txt").write_text(f"first\n{text}")
    code, said = check(tmp_path, "notes.txt")
    assert (code, said) == (1, "notes.txt: a private key\n")


def test_the_demo_identity_is_public(tmp_path: Path) -> None:
    (tmp_path / "sample-cases").mkdir()
    (tmp_path / "sample-cases/demo-identity.txt").write_text(AGE)
    assert check(tmp_path, "sample-cases/demo-identity.txt") == (0, "")


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "edge").write_bytes(b"x" * (1 << 20))
    (tmp_path / "over").write_bytes(b"x" * ((1 << 20) + 1))
    assert check(tmp_path, "edge", "over", "gone") == (1, "over: larger than 1024 KiB\n")


def test_without_names_it_looks_at_what_git_would_add(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("ignored.txt\n")
    for name in ("new.txt", "ignored.txt"):
        (tmp_path / name).write_text(AGE)
    assert check(tmp_path) == (1, "new.txt: a private key\n")
