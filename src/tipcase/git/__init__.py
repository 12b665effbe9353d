"""The one door to git: found on the PATH, run without a shell, hooks of foreign copies off."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

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
# A foreign copy may name a remote that git would ask for objects that are not here, by a program
# of that copy's choice: only `remotes` talks to others.
# Each kind by name, because a setting of that copy for one kind would win over the general one.
KINDS = ("file", "ext", "fd", "ssh", "git", "http", "https", "ftp", "ftps")
_OFFLINE = (
    "-c",
    "protocol.allow=never",
    *(word for kind in KINDS for word in ("-c", f"protocol.{kind}.allow=never")),
)


def available() -> bool:
    """Whether a git is on the PATH."""
    return shutil.which("git") is not None


def run(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """What git prints for these arguments in the folder, as text.

    Raises ``MachineError`` when git is missing or refuses; its own words are not passed on,
    because they can quote names and contents of files.
    """
    return output(folder, *arguments, stdin=stdin).decode("utf-8", "replace")


def output(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """What git prints for these arguments in the folder, as bytes; raises as ``run`` does."""
    done = subprocess.run(  # noqa: S603 - one fixed program, a list of arguments, no shell
        _command_line(arguments),
        cwd=folder,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        raise MachineError(
            f"git refused: git {_command(arguments)} ended with {done.returncode}",
            f"run git {_command(arguments)} in the casebook by hand to see why",
        )
    return done.stdout


def _command_line(arguments: Iterable[str]) -> list[str]:
    """The program and its arguments; ``MachineError`` where there is no git."""
    program = shutil.which("git")
    if program is None:
        raise MachineError("git is not installed", "install git, or use --no-git")
    return [program, *_SAFE, *_OFFLINE, *arguments]


def _started(
    folder: Path,
    arguments: Iterable[str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """A git that runs beside us; it says nothing on stderr."""
    return subprocess.Popen(  # noqa: S603 - one fixed program, a list of arguments, no shell
        _command_line(arguments), cwd=folder, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL
    )


def _command(arguments: tuple[str, ...]) -> str:
    """The command among git's arguments: settings and options may stand before it."""
    words = (w for at, w in enumerate(arguments) if at == 0 or arguments[at - 1] != "-c")
    return next(word for word in words if not word.startswith("-"))


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


def index(folder: Path) -> list[tuple[str, int, str]]:
    """Mode (as ``100644``), stage (0, or 1 to 3 while a merge is open) and path of what git keeps.

    Of the folder and below; paths are relative to it.
    """
    found = []
    for item in run(folder, "ls-files", "--stage", "-z").split("\0")[:-1]:
        facts, _, path = item.partition("\t")
        mode, _, stage = facts.split(" ")
        found.append((mode, int(stage), path))
    return found


def attributes(
    folder: Path, names: Iterable[str], paths: Iterable[str]
) -> dict[str, dict[str, str]]:
    """What git works out for attributes of many paths: path → name → value."""
    asked = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
    told = output(folder, "check-attr", "-z", "--stdin", *names, stdin=asked)
    parts = told.decode("utf-8", "surrogateescape").split("\0")[:-1]
    found: dict[str, dict[str, str]] = {}
    for path, name, value in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        found.setdefault(path, {})[name] = value
    return found


def configuration(folder: Path) -> dict[str, str]:
    """Every setting of git that is in force in the folder, by its name."""
    told = output(folder, "config", "--list", "-z").decode("utf-8", "replace")
    pairs = (item.partition("\n") for item in told.split("\0")[:-1])
    return {name: value for name, _, value in pairs}


def history(folder: Path, paths: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Id and path of every object that any commit, the index or the reflog holds, newest first.

    Below the folder, or below some paths of it; paths are relative to the folder. Folders are
    among the objects.
    """
    prefix = run(folder, "rev-parse", "--show-prefix").strip()
    told = output(
        folder,
        "rev-list",
        "--objects",
        "--all",
        "--reflog",
        "--indexed-objects",
        "--ignore-missing",
        # Else git leaves out the side of a merge that it did not take.
        "--full-history",
        *tips(folder),
        "--",
        *(paths or (".",)),
    )
    found = []
    for line in told.decode("utf-8", "surrogateescape").splitlines():
        oid, _, path = line.partition(" ")
        if path.startswith(prefix) and path != prefix:
            found.append((oid, path.removeprefix(prefix)))
    return found


def tree(folder: Path, *paths: str) -> dict[str, str]:
    """The files of the last commit below the folder: path → object id; none before the first."""
    try:
        told = run(folder, "ls-tree", "-r", "-z", "HEAD", "--", *(paths or (".",)))
    except MachineError:
        return {}
    found = {}
    for item in told.split("\0")[:-1]:
        facts, _, path = item.partition("\t")
        _, kind, oid = facts.split(" ")
        if kind == "blob":
            found[path] = oid
    return found


def blobs(folder: Path, oids: Iterable[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The content of objects, in parts, as far as git has them: id and its parts.

    The parts of one have to be taken before the next. Nothing is fetched. Raises ``MachineError``
    where git is missing.
    """
    pipe = subprocess.PIPE
    with _started(folder, ("cat-file", "--batch"), stdin=pipe, stdout=pipe) as asked:
        assert asked.stdin is not None and asked.stdout is not None
        for oid in oids:
            asked.stdin.write(f"{oid}\n".encode("ascii"))
            asked.stdin.flush()
            facts = asked.stdout.readline().split()
            if len(facts) != 3:
                continue  # "missing": a shallow or partial copy
            parts = _parts(asked.stdout, int(facts[2]))
            if facts[1] == b"blob":
                yield oid, parts
            for _ in parts:
                pass
            asked.stdout.read(1)
        asked.stdin.close()


def _parts(stream: IO[bytes], size: int) -> Iterator[bytes]:
    """That many bytes of a stream, in parts of at most a mebibyte."""
    while size and (data := stream.read(min(size, 1024 * 1024))):
        size -= len(data)
        yield data


def feed(folder: Path, *arguments: str, parts: Iterable[bytes]) -> None:
    """Run git and give it input part by part, in constant memory; what it prints is dropped.

    When giving fails, git is ended before it saw the end of its input. Raises as ``run`` does.
    """
    with _started(folder, arguments, stdin=subprocess.PIPE) as asked:
        assert asked.stdin is not None
        try:
            for part in parts:
                asked.stdin.write(part)
            asked.stdin.close()
        except BrokenPipeError:
            pass  # its exit code says that it refused
        except BaseException:
            asked.kill()
            raise
    if asked.returncode != 0:
        raise MachineError("git refused to take what was written", "git fsck shows what is wrong")


def pour(folder: Path, *arguments: str) -> Iterator[bytes]:
    """What git prints, part by part, in constant memory; raises as ``run`` does, at the end."""
    with _started(folder, arguments, stdout=subprocess.PIPE) as asked:
        assert asked.stdout is not None
        try:
            while part := asked.stdout.read(1024 * 1024):
                yield part
        except BaseException:
            asked.kill()
            raise
    if asked.returncode != 0:
        raise MachineError(
            f"git refused: git {_command(arguments)} ended with {asked.returncode}",
            "git fsck shows what is wrong",
        )


# The commits that git names while it waits for somebody: no branch need hold them.
_TIPS = (
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "REBASE_HEAD",
    "ORIG_HEAD",
    "FETCH_HEAD",
)


def tips(folder: Path) -> list[str]:
    """The ids of the commits that stand beside the branches while git joins them."""
    return [oid for name in _TIPS if (oid := commit_of(folder, name)) is not None]


def commit_of(folder: Path, name: str) -> str | None:
    """The id of the commit that a name stands for, or None."""
    try:
        return run(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()
    except MachineError:
        return None
