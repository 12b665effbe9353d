"""A warm tipcase for documents that type a hundred commands: imported once, forked for each.

``python -m tests.warm SOCKET`` listens; ``client`` gives the text of a small program that stands in
for ``tipcase``: it hands over its words, folder, environment and open files, and ends with the exit
code of the command; ``run`` does the same for a test. A command runs in a process, a session and a
folder of its own, as it would alone; only the time of importing is saved.
"""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.commands import SOURCE, TIMEOUT, Ran, run_inside

END = b"\0\0\0"
# ``socket`` itself would take longer to import than all the rest of it.
_CLIENT = """\
#!{python} -ISE
import os, sys, _socket
line = _socket.socket(_socket.AF_UNIX)
line.connect({path!r})
told = [os.getcwd(), str(len(sys.argv) - 1), *sys.argv[1:]]
told += [f"{{name}}={{value}}" for name, value in os.environ.items()]
parts = [os.fsencode(part) for part in told]
files = b"".join(number.to_bytes(4, sys.byteorder) for number in range(3))
line.sendmsg([b"!"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
line.sendall(b"\\0".join(parts) + {end!r})
code = line.recv(1)
os._exit(code[0] if code else 1)
"""


def client(path: Path) -> str:
    """The program that stands in for ``tipcase``."""
    return _CLIENT.format(python=sys.executable, path=str(path), end=END)


def run(
    door: Path,
    *args: str | Path,
    input: str | bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
) -> Ran:
    """A command in a process of the server's; arguments and result as of ``run_process``."""
    told = [os.fspath(cwd or os.getcwd()), str(len(args)), *map(str, args)]
    told += [f"{name}={value}" for name, value in {**os.environ, **(env or {})}.items()]
    with contextlib.ExitStack() as stack:
        given, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        given.write(input.encode() if isinstance(input, str) else input)
        given.seek(0)
        line = stack.enter_context(socket.socket(socket.AF_UNIX))
        line.settimeout(TIMEOUT)
        line.connect(str(door))
        socket.send_fds(line, [b"!"], [given.fileno(), out.fileno(), err.fileno()])
        line.sendall(b"\0".join(map(os.fsencode, told)) + END)
        code = line.recv(1)
        assert code, "the server ended before the command"
        out.seek(0)
        err.seek(0)
        return Ran(code[0], out.read().decode(), err.read().decode())


@contextlib.contextmanager
def serving() -> Iterator[Path]:
    """A server while the block runs; gives the socket that it listens on."""
    # The system allows a socket's name no more than a hundred letters.
    with tempfile.TemporaryDirectory(prefix="warm") as folder:
        path = Path(folder) / "door"
        with _server(path):
            yield path


@contextlib.contextmanager
def _server(path: Path) -> Iterator[None]:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.warm", str(path)],
        cwd=SOURCE.parent,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + TIMEOUT
        while not path.exists() and server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        yield
    finally:
        server.kill()
        server.wait()


def serve(path: Path) -> None:
    """Answer every caller in a process of its own."""
    # No test pulls the plug: syncing takes much of a command's time and shows nothing.
    os.fsync = lambda fd: None
    _warm()
    # What is never looked at by the collector of a child is never copied for it.
    gc.collect()
    gc.freeze()
    waiting = path.with_suffix(".new")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(waiting))
        door.listen(64)
        waiting.rename(path)
        while True:
            line, _ = door.accept()
            with line:
                if os.fork() == 0:
                    _answer(line)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def _warm() -> None:
    """Import what commands import, and read what they all read."""
    from importlib import import_module

    from tipcase.casebook.book import load_edition

    folder = SOURCE / "tipcase"
    for file in sorted(folder.rglob("*.py")):
        name = ".".join(file.relative_to(SOURCE).with_suffix("").parts)
        if not name.endswith("__main__"):
            import_module(name.removesuffix(".__init__"))
    # Read and compiled once; a casebook's own schemas are still read anew by each command.
    edition = load_edition("kh-2009")
    _ = edition.rules, edition.closure, edition.schedule
    _ = [edition.record_type(name) for name in edition.all_types]
    with tempfile.TemporaryDirectory(prefix="warm") as spare:
        _try(Path(spare))


def _try(folder: Path) -> None:
    """A few commands loaded late what the most of them use; a real one finds it by itself."""
    draft = folder / "draft" / "rules.yaml"
    draft.parent.mkdir()
    draft.write_text("rules: []\n", encoding="utf-8")
    env = {"HOME": str(folder), "TIPCASE_HOME": str(folder / "home"), "TIPCASE_LANG": "en"}
    for words in (
        ("keygen", "--handle", "cw1", "--no-passphrase"),
        ("init", "book", "--name", "Example Shelter"),
        ("schema", "--check", str(draft.parent), "--lang", "en"),
    ):
        run_inside(*words, env=env, cwd=folder)
    book = folder / "book"
    case = run_inside("new", env=env, cwd=book).stdout.strip()
    for more in (("set", case, "profile", "nationality=KH"), ("status", case), ("check", case)):
        run_inside(*more, env=env, cwd=book)


def _answer(line: socket.socket) -> None:
    """Run one command with the caller's words, folder, environment and files; never returns.

    Where the process dies of a signal, the caller reads the end of the line in place of a code.
    """
    _, files, _, _ = socket.recv_fds(line, 1, 3)
    told = b""
    while not told.endswith(END):
        told += line.recv(65536)
    folder, count, *rest = (os.fsdecode(part) for part in told.removesuffix(END).split(b"\0"))
    words, settings = rest[: int(count)], rest[int(count) :]
    os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", 1)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    for setting in settings:
        name, _, value = setting.partition("=")
        os.environ[name] = value
    code = _run(words)
    line.sendall(bytes([code % 256]))
    os._exit(0)


def _run(words: list[str]) -> int:
    from tipcase.cli import main

    try:
        code: object = main(words)
    except SystemExit as stop:
        code = stop.code
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
