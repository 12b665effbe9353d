"""The one door to git: found on the PATH, run without a shell, hooks of foreign copies off."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tipcase.errors import MachineError

# Hooks that came with a copied repository must never run code on a caseworker's machine.
_SAFE = (
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "commit.gpgsign=false",
)


def available() -> bool:
    """Whether a git is on the PATH."""
    return shutil.which("git") is not None


def run(folder: Path, *arguments: str) -> str:
    """What git prints for these arguments in the folder.

    Raises ``MachineError`` when git is missing or refuses; its own words are not passed on,
    because they can quote names and contents of files.
    """
    program = shutil.which("git")
    if program is None:
        raise MachineError("git is not installed", "install git, or use --no-git")
    done = subprocess.run(  # noqa: S603 - one fixed program, a list of arguments, no shell
        [program, *_SAFE, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode != 0:
        raise MachineError(
            f"git refused: git {arguments[0]} ended with {done.returncode}",
            f"run git {arguments[0]} in the casebook by hand to see why",
        )
    return done.stdout


def version() -> str:
    """The version of git, such as 2.39.5."""
    return run(Path.cwd(), "version").removeprefix("git version ").strip()


def top_level(folder: Path) -> Path | None:
    """The top folder of the repository that the folder is in, or None."""
    try:
        return Path(run(folder, "rev-parse", "--show-toplevel").strip())
    except MachineError:
        return None


def attribute(folder: Path, name: str, path: str) -> str:
    """What git works out for an attribute of a path: set, unset, unspecified or a word."""
    return run(folder, "check-attr", name, "--", path).strip().rpartition(": ")[2]


def start(folder: Path) -> None:
    """Make the folder a repository whose first branch is ``main``."""
    run(folder, "init", "--quiet", "--initial-branch=main")


def commit_all(folder: Path, message: str, author: str) -> None:
    """Commit everything that .gitignore lets through, with a name that tells only the handle."""
    run(folder, "add", "--all")
    run(
        folder,
        "-c",
        f"user.name={author}",
        "-c",
        f"user.email={author}@tipcase.invalid",
        "commit",
        "--quiet",
        "--message",
        message,
    )
