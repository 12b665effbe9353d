"""Running tipcase in tests: as a process of its own, or faster inside this one."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).resolve().parent.parent / "src"
TIMEOUT = 120
"""Seconds after which a command counts as hanging; the slowest takes two."""


class Ran(NamedTuple):
    """What one command did."""

    code: int
    stdout: str
    stderr: str


def run_process(
    *args: str | Path,
    input: str | bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
) -> Ran:
    """Run ``python -m tipcase`` without a terminal; ``env`` adds to the test's environment."""
    done = subprocess.run(
        [sys.executable, "-m", "tipcase", *map(str, args)],
        input=input.encode() if isinstance(input, str) else input,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE), **(env or {})},
        cwd=cwd,
        timeout=TIMEOUT,
        check=False,
        # The developer's own terminal must not be asked for a passphrase.
        start_new_session=True,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def run_inside(
    *args: str | Path,
    input: str | bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
) -> Ran:
    """Call ``tipcase.cli.main`` here; the same arguments and results as ``run_process``."""
    from tipcase.cli import main

    with _streams(input) as (out, err), _surroundings(env, cwd):
        try:
            code: object = main([str(arg) for arg in args])
        except SystemExit as stop:
            code = stop.code
    return Ran(code if isinstance(code, int) else int(code is not None), _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode()


@contextlib.contextmanager
def _streams(input: str | bytes) -> Iterator[tuple[io.TextIOWrapper, io.TextIOWrapper]]:
    data = input.encode() if isinstance(input, str) else input
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO(data), "utf-8"), out, err
    try:
        yield out, err
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


@contextlib.contextmanager
def _surroundings(env: Mapping[str, str] | None, cwd: str | Path | None) -> Iterator[None]:
    environ, folder = dict(os.environ), Path.cwd()
    os.environ.update(env or {})
    if cwd is not None:
        os.chdir(cwd)
    try:
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)


def quoted(args: Sequence[str]) -> str:
    """A command as a person would have typed it, for the message of a failing test."""
    import shlex

    return shlex.join(["tipcase", *args])
