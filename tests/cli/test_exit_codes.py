"""Every exit code of the table is reached, bugs show no message, and broken streams end nothing."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tests.commands import SOURCE, Ran
from tipcase import files
from tipcase.cli import put as put_command
from tipcase.errors import EXIT_CODES

NOTE = "happened_on: 2026-02-03\ntext: The first visit.\n"


def test_the_table() -> None:
    assert sorted(EXIT_CODES) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130]


def test_5_when_something_is_there_already(office: Office, tmp_path: Path) -> None:
    ran = office.run("keygen", "--handle", "cw1", "--no-passphrase")
    assert ran.code == 5
    full = office.run("init", office.book, "--name", "X", "--keys", "x25519", "--no-git")
    assert full.code == 5


def test_5_when_a_record_changed_between_reading_and_writing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.put("profile", "nationality: KH\n")
    before = put_command.versions
    asked: list[int] = []

    def meanwhile(*words: object) -> tuple[str, ...]:
        seen = before(*words)  # type: ignore[arg-type]  # passed on as it came
        asked.append(1)
        return seen if len(asked) > 1 else ("0" * 64,)

    monkeypatch.setattr("tipcase.cli.fields.versions", meanwhile)
    monkeypatch.setattr(put_command, "versions", meanwhile)
    at = office.snapshot()
    ran = office.run("set", office.case, "profile", "full_name=SOK Example")
    assert ran.code == 5
    assert "changed meanwhile" in ran.stderr
    assert office.snapshot() == at


def test_9_when_another_process_writes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = office.book / "cases" / office.case / ".lock"
    clock = iter(range(0, 10_000, 100))
    with files.lock(lock, "the case"):
        monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
        ran = office.run("put", office.case, "note", "-", input=NOTE)
    assert ran.code == 9
    assert "tipcase: hint: " in ran.stderr


def test_10_when_the_machine_refuses(office: Office) -> None:
    nowhere = {"TIPCASE_HOME": "/dev/null/home"}
    assert office.run("keygen", "--handle", "cw3", "--no-passphrase", env=nowhere).code == 10
    assert office.run("form", office.case, "P1", "--out", "/dev/null/out").code == 10


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_10_and_nothing_changed_when_a_write_fails(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    before = office.snapshot()
    real = os.fsync

    def refuse(descriptor: int) -> None:
        raise OSError(error, "canary-path/of/somebody")

    monkeypatch.setattr(os, "fsync", refuse)
    ran = office.run("put", office.case, "note", "-", input=NOTE)
    monkeypatch.setattr(os, "fsync", real)
    assert ran.code == 10
    assert "canary" not in ran.stderr
    assert ran.stderr.count("tipcase: error: ") == 1
    kept = {path: digest for path, digest in office.snapshot().items() if path in before}
    assert kept == before
    assert office.data("show", office.case) == []


def test_10_for_what_nobody_foresaw_the_machine_refusing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_words: object) -> None:
        raise PermissionError(errno.EACCES, "no", "canary-name")

    monkeypatch.setattr("tipcase.casebook.listing.rows", refuse)
    ran = office.run("list")
    assert ran.code == 10
    assert "permission denied" in ran.stderr
    assert "canary" not in ran.stderr


def test_10_in_a_folder_that_is_gone(office: Office, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = (
        "import os, sys; os.rmdir(os.getcwd());"
        "from tipcase.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "list"],
        cwd=gone,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 10
    assert done.stderr.startswith("tipcase: error: the folder that you are in is gone\n")


def test_130_when_interrupted(office: Office) -> None:
    before = office.snapshot()
    child = subprocess.Popen(
        [sys.executable, "-m", "tipcase", "put", office.case, "note", "-", "--json"],
        cwd=office.book,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    # More than a pipe holds: when it is all taken, the command is reading.
    child.stdin.write("#" * (1 << 17))
    child.stdin.flush()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert json.loads(out)["errors"][0]["code"] == 130
    assert "Traceback" not in err
    assert office.snapshot() == before


def test_a_bug_shows_its_kind_and_place_and_never_its_message(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_words: object) -> None:
        raise ValueError("canary-7316 is what the record says")

    monkeypatch.setattr("tipcase.casebook.listing.rows", broken)
    for words in (("list",), ("list", "--json")):
        ran = office.run(*words)
        assert ran.code == 1
        place = r"a bug in tipcase: ValueError in [\w.]*test_exit_codes, line \d+\n"
        assert re.search(place, ran.stderr)
        assert "tipcase verify" in ran.stderr
        assert "canary" not in ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr


@pytest.mark.soak
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_the_output_is_10(office: Office) -> None:
    for words in (["law"], ["list", "--json"]):
        done = _with_streams(office, words, stdout="/dev/full")
        assert done.returncode == 10
        assert b"cannot write the answer: no space left" in done.stderr
        assert b"Traceback" not in done.stderr
        assert b"Exception ignored" not in done.stderr
    # Talk that cannot be said ends nothing.
    assert _with_streams(office, ["nosuch"], stderr="/dev/full").returncode == 2
    assert _with_streams(office, ["lock"], stderr="/dev/full").returncode == 0


@pytest.mark.parametrize(
    ("closed", "words", "code"),
    [
        ((0,), ["put", "{case}", "note", "-"], 3),
        ((1,), ["law"], 0),
        ((2,), ["nosuch"], 2),
        ((0, 1, 2), ["list"], 0),
        ((0, 1, 2), ["set", "{case}", "profile", "nationality=KH"], 0),
    ],
)
@pytest.mark.sampled(2)
@pytest.mark.soak
def test_closed_streams(
    office: Office, closed: tuple[int, ...], words: list[str], code: int
) -> None:
    given = [word.format(case=office.case) for word in words]
    shell = "exec " + " ".join(f"{number}>&-" for number in closed)
    command = f'{shell}; exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", command, "sh", sys.executable, "-m", "tipcase", *given],
        cwd=office.book,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        check=False,
        start_new_session=True,
    )
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    # Whatever was opened meanwhile has not been written to as if it were the output.
    assert office.run("verify").code == 0


def test_a_reader_that_has_gone_ends_the_command_silently(office: Office) -> None:
    read, write = os.pipe()
    os.close(read)
    for words in (["law"], ["put", "--help"], ["list", "--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "tipcase", *words],
            cwd=office.book,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            stdout=write,
            stderr=subprocess.PIPE,
            check=False,
            start_new_session=True,
        )
        assert (done.returncode, done.stderr) == (0, b"")
    os.close(write)


@pytest.mark.soak
def test_a_reader_that_has_gone_hides_no_damage(office: Office) -> None:
    office.put("note", NOTE)
    path = next((office.book / "cases" / office.case).glob("*note*.age"))
    path.write_bytes(b"x")
    read, write = os.pipe()
    os.close(read)
    for words, code in ((["verify"], 7), (["verify", "--json"], 7), (["check", "--all"], 7)):
        done = subprocess.run(
            [sys.executable, "-m", "tipcase", *words],
            cwd=office.book,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            stdout=write,
            stderr=subprocess.PIPE,
            check=False,
            start_new_session=True,
        )
        assert (words, done.returncode) == (words, code)
        assert b"Traceback" not in done.stderr
    os.close(write)


def _with_streams(
    office: Office, words: list[str], **paths: str
) -> subprocess.CompletedProcess[bytes]:
    with contextlib.ExitStack() as opened:
        streams = {
            name: opened.enter_context(Path(paths[name]).open("wb"))
            if name in paths
            else subprocess.PIPE
            for name in ("stdout", "stderr")
        }
        return subprocess.run(
            [sys.executable, "-m", "tipcase", *words],
            cwd=office.book,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            check=False,
            start_new_session=True,
            stdout=streams["stdout"],
            stderr=streams["stderr"],
        )


def test_two_that_write_at_once_both_count(office: Office) -> None:
    results: list[Ran] = []

    def write() -> None:
        results.append(office.process("put", office.case, "note", "-", input=NOTE))

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [ran.code for ran in results] == [0, 0, 0]
    assert len(office.data("show", office.case)) == 3
    assert office.run("verify").code == 0


@pytest.mark.skipif(os.name == "nt", reason="home folders are found otherwise there")
def test_no_home_at_all_is_10(
    cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("TIPCASE_HOME")
    monkeypatch.setattr(Path, "home", unknown)
    ran = cli("list", "--json", cwd=tmp_path)
    assert ran.code == 10
    assert json.loads(ran.stdout)["errors"][0]["code"] == 10
    assert "export TIPCASE_HOME=DIR" in ran.stderr
