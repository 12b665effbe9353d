"""What must not get out, in the usual encodings, and two ways to see everything that was written.

``Inside`` runs commands in this process and hears from Python which files they open for writing,
rename and remove, and which programs they start. ``Traced`` runs them as processes and sees every
write of them and of their children as the kernel does.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import urllib.parse
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands import SOURCE, Ran, run_inside
from tests.oracles import require
from tipcase.casebook.book import load_edition

CANARY = "canary-"
"""What every secret text of these tests begins with."""
KHMER = "កាណារី"
"""A word that no sheet and no schema has, for what only escapes where it is not ASCII."""


Seen = tuple[str, bytes]
"""Where something was written (a call and a path), and what."""


class Canaries:
    """The examples of all record types with a word of its own in every free text."""

    def __init__(self) -> None:
        self.count = 0
        self.edition = load_edition("kh-2009")

    def fill(self, name: str, record: dict[str, Any]) -> dict[str, Any]:
        """The record with every free text replaced."""
        for field in self.edition.record_type(name).fields:
            if field.kind in ("line", "text") and not field.values:
                self._replace(record, field.path.replace("[]", ".[]").split("."))
        return record

    def _replace(self, node: Any, steps: list[str]) -> None:
        step, *rest = steps
        if step == "[]" and isinstance(node, list):
            for at, item in enumerate(node):
                if rest:
                    self._replace(item, rest)
                elif isinstance(item, str):
                    node[at] = self._next()
        elif isinstance(node, dict) and step in node:
            if rest:
                self._replace(node[step], rest)
            elif isinstance(node[step], str):
                node[step] = self._next()

    def _next(self) -> str:
        self.count += 1
        return f"{CANARY}{self.count}"


def encodings(text: str) -> Iterator[bytes]:
    """A text as programs write it: in four character sets, escaped, in hex and in base64."""
    yield from (text.encode(code) for code in ("utf-16-le", "utf-16-be", "utf-32-le"))
    data = text.encode()
    if not text.isascii():
        yield urllib.parse.quote(text).encode()
        yield json.dumps(text)[1:-1].encode()
        yield "".join(f"\\{byte:03o}" for byte in data).encode()  # as git writes names
    yield from encodings_of_bytes(data)
    yield from encodings_of_bytes(text.encode("utf-16-le"))


def encodings_of_bytes(data: bytes) -> Iterator[bytes]:
    """Bytes as they are, in hex, and in base64 wherever in a longer text they may begin."""
    yield data
    yield data.hex().encode()
    yield data.hex().upper().encode()
    for before in range(3):
        # The letters that also depend on the neighbours are left out.
        whole = base64.b64encode(b"\0" * before + data)
        first = -(-before * 8 // 6)
        letters = whole[first : (before + len(data)) * 8 // 6]
        yield letters
        yield letters.translate(bytes.maketrans(b"+/", b"-_"))


class Secrets:
    """What must not be found, by a name that a failing test may show."""

    def __init__(self) -> None:
        self._known: dict[bytes, str] = {}
        self.text("a canary", CANARY)
        self.text("a canary", CANARY.upper())
        self.text("a Khmer canary", KHMER)

    def text(self, name: str, text: str) -> None:
        """Add a text, in all encodings."""
        self._known.update(dict.fromkeys(encodings(text), name))

    def data(self, name: str, data: bytes) -> None:
        """Add bytes, such as those of a key."""
        self._known.update(dict.fromkeys(encodings_of_bytes(data), name))

    def identity(self, name: str, text: str) -> None:
        """Add what is secret in an identity file, as text and as bytes."""
        from tipcase.age import bech32

        for line in re.findall(r"AGE-SECRET-KEY-[A-Z0-9-]+", text):
            self.data(f"{name}, its identity", line.encode())
            self.data(f"{name}, its identity", bech32.decode(line)[1])
        for line in re.findall(r"signing key: (\S+)", text):
            self.data(f"{name}, its signing key", base64.b64decode(line))

    def seed(self, words: str) -> None:
        """Add a recovery seed: parts of it as they are read aloud, its bytes, its keys."""
        from tipcase.keyring import recovery

        groups = words.split()
        for at in range(0, len(groups) - 2, 3):
            for joint in (" ", "", "\n"):
                self.data("the recovery seed", joint.join(groups[at : at + 3]).encode())
        seed = recovery.from_words(words)
        self.data("the recovery seed", seed)
        person = recovery.person(seed, "x25519")
        self.identity("the recovery seed", str(person.identity))
        self.data("the recovery seed, its signing key", person.signing_key.seed)

    def found(self, data: bytes) -> str | None:
        """The name of what these bytes hold, or None; also where they are a zlib stream."""
        for known, name in self._known.items():
            if known in data:
                return name
        if data[:1] == b"\x78":
            try:
                return self.found(zlib.decompressobj().decompress(data))
            except zlib.error:
                return None
        return None

    def among(self, seen: Iterable[Seen]) -> list[tuple[str, str]]:
        """The places of what was found, each with its name; the same bytes are read once."""
        first: dict[bytes, str] = {}
        for place, data in seen:
            first.setdefault(data, place)
        small = {data for data in first if len(data) < 10_000 and data[:1] != b"\x78"}
        # Thousands of short writes are searched as one text.
        if self.found(b"\0\n\0".join(small)) is None:
            first = {data: place for data, place in first.items() if data not in small}
        found = ((place, self.found(data)) for data, place in first.items())
        return [(place, name) for place, name in found if name]


class Watched:
    """Runs commands and keeps what they wrote; what is under ``asked`` was asked for.

    ``given`` are files elsewhere that a person put there.
    """

    def __init__(self, asked: Path) -> None:
        self.asked = asked
        self.given: set[str] = set()
        self.seen: list[Seen] = []

    def run(self, *words: str | Path, **more: Any) -> Ran:
        """One command."""
        raise NotImplementedError

    def was_asked(self, path: str) -> bool:
        """Whether somebody asked for a file there, or gave it."""
        return path.startswith(f"{self.asked}/") or path in self.given


class Inside(Watched):
    """In this process: what Python opens for writing, renames, removes and starts."""

    def run(self, *words: str | Path, **more: Any) -> Ran:
        global _listener
        _listen()
        _listener = self._hear
        try:
            return run_inside(*words, **more)
        finally:
            _listener = None

    def _hear(self, event: str, values: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = values
            if not isinstance(path, str) or not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                return
            if not self.was_asked(path):
                self.seen.append(("the name of a file", path.encode()))
        elif event in ("subprocess.Popen", "os.posix_spawn", "os.exec"):
            self.seen.append((f"{event} {values[1][:12]}", b"\0".join(_flat(values))))
        elif event in ("os.rename", "os.remove", "os.truncate"):
            # What is gone at the end is read while it is still there.
            path = os.fsdecode(values[0]) if isinstance(values[0], (str, bytes, Path)) else ""
            if Path(path).is_file() and not self.was_asked(path):
                self.seen.append((f"{event} {path}", Path(path).read_bytes()))
            if not self.was_asked(path):
                self.seen.append((event, b"\0".join(_flat(values))))
        elif event in ("os.mkdir", "os.link", "os.symlink", "os.setxattr"):
            self.seen.append((event, b"\0".join(_flat(values))))


_listener: Callable[[str, tuple[Any, ...]], None] | None = None
_listening = False


def _listen() -> None:
    global _listening
    if _listening:
        return

    # Such a hook stays for the life of a process: it is one for all tests, and mostly idle.
    def hook(event: str, values: tuple[Any, ...]) -> None:
        if _listener is not None:
            _listener(event, values)

    sys.addaudithook(hook)
    _listening = True


def _flat(value: Any) -> Iterator[bytes]:
    if isinstance(value, (str, bytes, os.PathLike)):
        yield os.fsencode(value)
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _flat(pair)
    elif isinstance(value, Iterable):
        for item in value:
            yield from _flat(item)


# Calls that carry bytes, and calls that carry names.
CARRY = ["write", "pwrite64", "writev", "pwritev", "pwritev2", "sendto", "sendmsg", "msgsnd"]
CARRY += ["setxattr", "fsetxattr", "lsetxattr", "add_key", "keyctl", "process_vm_writev"]
NAME = ["execve", "execveat", "open", "openat", "openat2", "creat", "mkdir", "mkdirat", "mknod"]
NAME += ["mknodat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"]
NAME += ["memfd_create", "prctl"]
# Calls that pass bytes on from one file to another, and calls after which none is seen.
COPY = ["sendfile", "copy_file_range", "splice", "tee"]
UNSEEN = ["vmsplice", "io_uring_setup", "mmap"]

_CALL = re.compile(rb"^(\d+) +(\w+)\((.*)$")
_STRING = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_FILE = re.compile(rb"^(\d+)<([^>]*)>")
_WRITABLE = re.compile(rb"O_WRONLY|O_RDWR|O_CREAT")


class Traced(Watched):
    """As processes under strace: every write of a command and of what it starts."""

    def __init__(self, asked: Path, log: Path) -> None:
        super().__init__(asked)
        self._log = log
        self.calls = 0

    def run(self, *words: str | Path, **more: Any) -> Ran:
        self._log.unlink(missing_ok=True)
        calls = ",".join(CARRY + NAME + COPY + UNSEEN)
        command = [require("strace"), "-f", "--seccomp-bpf", "-y", "-xx", "-v", "-s", "4000000"]
        command += ["--signal=none", "-e", f"trace={calls}", "-o", str(self._log)]
        done = subprocess.run(
            [*command, sys.executable, "-m", "tipcase", *map(str, words)],
            input=more["input"].encode(),
            capture_output=True,
            cwd=more["cwd"],
            env={
                **os.environ,
                "PYTHONPATH": str(SOURCE),
                **more["env"],
            },
            start_new_session=True,
            timeout=120,
            check=False,
        )
        log = self._log.read_bytes() if self._log.exists() else b""
        if b"execve(" not in log:
            pytest.skip("strace may not trace here")
        self.seen += self._parse(log)
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def _parse(self, log: bytes) -> Iterator[Seen]:
        streams: dict[tuple[bytes, bytes], bytearray] = {}
        first = log.split(b" ", 1)[0]
        started = False
        for line in log.splitlines():
            match = _CALL.match(line)
            if match is None:
                continue
            pid, call, rest = match.group(1), match.group(2).decode(), match.group(3)
            self.calls += 1
            file = _FILE.match(rest)
            path = _plain(file.group(2)) if file else b""
            strings = list(_strings(rest))
            if call in CARRY:
                # Standard output and error of the command itself are judged by its caller.
                own = pid == first and file is not None and file.group(1) in (b"1", b"2")
                if not own and not self.was_asked(os.fsdecode(path)):
                    streams.setdefault((pid, rest.split(b",")[0]), bytearray()).extend(
                        b"".join(strings)
                    )
            elif call in NAME:
                if call == "execve" and not started:
                    started = True  # what the person typed
                elif call.startswith("open") and not _WRITABLE.search(rest):
                    pass
                elif not any(self.was_asked(os.fsdecode(one)) for one in strings):
                    yield (
                        f"{call} {os.fsdecode(strings[0]) if strings else ''}",
                        b"\0".join(strings),
                    )
            elif call in COPY:
                files = [os.fsdecode(_plain(one)) for one in re.findall(rb"<([^>]*)>", rest)]
                if files and self.was_asked(files[0]) != self.was_asked(files[-1]):
                    yield f"{call} of {files}", CANARY.encode()
            elif call == "mmap" and b"MAP_SHARED" in rest and b"PROT_WRITE" in rest:
                assert b"MAP_ANONYMOUS" in rest or b"sem." in _plain(rest), "a file written by mmap"
            elif call in ("io_uring_setup", "vmsplice"):
                raise AssertionError("writes that strace does not see")
        for (_, name), data in streams.items():
            file = _FILE.match(name)
            path = _plain(file.group(2) if file else name)
            yield f"write {os.fsdecode(path)}", bytes(data)


def _strings(rest: bytes) -> Iterator[bytes]:
    for match in _STRING.finditer(rest):
        assert not match.group(2), "strace cut a string"
        yield _plain(match.group(1))


def _plain(text: bytes) -> bytes:
    """What strace wrote in hex, whole or in part."""
    return re.sub(
        rb"(?:\\x[0-9a-f]{2})+", lambda one: bytes.fromhex(one[0].decode().replace("\\x", "")), text
    )


def left(folder: Path, but: Path) -> Iterator[Seen]:
    """Everything below a folder, names and contents, but what was asked for; git's objects too."""
    for top, folders, names in os.walk(folder):
        here = Path(top)
        if here == but:
            folders.clear()
            continue
        if (here / "objects").is_dir() and (here / "HEAD").is_file():
            yield f"objects of {here}", _objects(here)
        for name in (*folders, *names):
            yield f"a name in {here}", os.fsencode(name)
        for name in names:
            path = here / name
            if path.is_file() and not path.is_symlink():
                yield str(path), path.read_bytes()


def _objects(folder: Path) -> bytes:
    words = ("cat-file", "--batch-all-objects", "--batch", "--unordered")
    git = [require("git"), f"--git-dir={folder}", *words]
    return subprocess.run(git, capture_output=True, check=True).stdout
