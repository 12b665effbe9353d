"""The editor: a person's text there and back, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands import SOURCE
from tipcase import editing, settings, terminal
from tipcase.errors import DamagedError, MachineError, TerminalNeededError, UsageError


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody at a terminal who says yes to everything; what they were told."""
    told: list[str] = []
    monkeypatch.setattr(terminal, "present", lambda: True)
    monkeypatch.setattr(terminal, "confirm", lambda *_: False)
    monkeypatch.setattr(terminal, "say", lambda text, **_: told.append(text))
    return told


def editor(folder: Path, monkeypatch: pytest.MonkeyPatch, *steps: str) -> Path:
    """An editor that does one step of Python each time it is started; ``path`` is the file."""
    log = folder / "log"
    body = "\n".join(f"if turn == {number}:\n    {step}" for number, step in enumerate(steps))
    script = folder / "editor.py"
    script.write_text(
        "import os, sys\nfrom pathlib import Path\n"
        "path = Path(sys.argv[-1])\n"
        f"log = Path({str(log)!r})\n"
        "turn = len(log.read_text().splitlines()) if log.exists() else 0\n"
        "log.open('a').write(f'{path} {oct(path.stat().st_mode)} "
        "{oct(path.parent.stat().st_mode)}\\n')\n"
        f"{body}\n"
    )
    monkeypatch.setenv("EDITOR", f"'{sys.executable}' '{script}'")
    return log


def left_behind(home: Path) -> list[Path]:
    return [path for path in (home / "run").rglob("*") if path.name != f"tipcase-{os.getuid()}"]


def test_an_edit_is_handed_back_and_its_file_is_gone(
    person: list[str], tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = editor(tmp_path, monkeypatch, "path.write_text('b: ភាសា\\n')")
    assert editing.edit("a: 1\n", lambda _: []) == "b: ភាសា\n"
    place, mode, folder_mode = log.read_text().split()
    assert Path(place).is_relative_to(home / "run")
    assert (mode, folder_mode) == ("0o100600", "0o40700")
    assert left_behind(home) == []


def test_unchanged_is_none_and_not_judged(
    person: list[str], tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, "pass")

    def accept(_text: bytes) -> list[str]:
        raise AssertionError("what nobody changed needs no judgement")

    assert editing.edit("a: 1\n", accept) is None
    assert left_behind(home) == []


def test_a_mistake_leads_back_to_ones_own_text(
    person: list[str], tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(
        tmp_path,
        monkeypatch,
        "path.write_text('first\\n')",
        "path.write_text(path.read_text() + 'second\\n')",
    )
    judged: list[bytes] = []

    def accept(text: bytes) -> list[str]:
        judged.append(text)
        return ["the first line is wrong"] if len(judged) == 1 else []

    assert editing.edit("a: 1\n", accept) == "first\nsecond\n"
    assert person == ["the first line is wrong"]
    assert judged == [b"first\n", b"first\nsecond\n"]


def test_a_text_may_be_thrown_away(
    person: list[str], tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "confirm", lambda *_: True)
    editor(tmp_path, monkeypatch, "path.write_text('first\\n')")
    assert editing.edit("a: 1\n", lambda _: ["wrong"]) is None
    assert left_behind(home) == []


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ("sys.exit(3)", "the editor ended with 3"),
        ("os.kill(os.getpid(), 9)", "the editor ended with -9"),
        ("path.unlink()", "took the text away"),
    ],
)
def test_an_editor_that_fails(
    person: list[str],
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    sentence: str,
) -> None:
    editor(tmp_path, monkeypatch, f"path.write_text('b\\n'); {step}")
    with pytest.raises(MachineError, match=sentence) as refused:
        editing.edit("a: 1\n", lambda _: [])
    assert refused.value.hint
    assert left_behind(home) == []


def test_an_editor_that_is_none(
    person: list[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    with pytest.raises(MachineError, match="could not be started"):
        editing.edit("a: 1\n", lambda _: [])
    monkeypatch.setenv("EDITOR", "vi 'unclosed")
    with pytest.raises(UsageError, match="quotation mark"):
        editing.edit("a: 1\n", lambda _: [])
    monkeypatch.delenv("EDITOR")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MachineError, match="no editor"):
        editing.edit("a: 1\n", lambda _: [])
    assert left_behind(home) == []


def test_without_a_terminal_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    with pytest.raises(TerminalNeededError, match="needs a terminal"):
        editing.edit("a: 1\n", lambda _: [])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("vim", "-n -i NONE"),
        ("/usr/bin/nvim", "-n -i NONE"),
        ("vim.basic -R", "-R -n -i NONE"),
        ("nano", "--ignorercfiles"),
    ],
)
def test_known_editors_are_told_to_leave_no_trace(
    name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", name)
    monkeypatch.setenv("EDITOR", "other")
    command = " ".join(editing._command())
    assert command.startswith(f"{name} {words}" if " " not in name else f"vim.basic {words}")
    if "vi" in name:
        assert "noswapfile noundofile" in command


def test_without_ram_the_person_is_warned(
    person: list[str], tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipcase.settings.ram_folder", lambda: None)
    editor(tmp_path, monkeypatch, "path.write_text('b\\n')")
    assert editing.edit("a: 1\n", lambda _: []) == "b\n"
    assert "stands on the disk" in person[0]
    assert list((home / "tipcase/editing").rglob("*")) == []


def test_a_folder_in_ram_that_others_may_enter_gets_no_text(
    person: list[str], tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = editor(tmp_path, monkeypatch, "path.write_text('b\\n')")
    folder = settings.ram_folder()
    assert folder is not None
    folder.mkdir(parents=True)
    folder.chmod(0o750)
    with pytest.raises(DamagedError):
        editing.edit("a: 1\n", lambda _: [])
    assert not log.exists()
    assert list(folder.iterdir()) == []


CHILD = """
import sys
from tipcase import editing, terminal
terminal.present = lambda: True
try:
    editing.edit("a: 1\\n", lambda _: [])
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_closed_window_takes_the_text_away(
    number: signal.Signals, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = editor(tmp_path, monkeypatch, "import time; time.sleep(60)")
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        start_new_session=True,
    )
    end = time.monotonic() + 30
    while not log.exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert left_behind(home) != []
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)
    assert child.wait(timeout=30) == 130
    assert left_behind(home) == []
