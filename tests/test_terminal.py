"""Talk, prompts and colour: on a terminal of our own making, and without one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import SOURCE
from tipcase import terminal
from tipcase.errors import TerminalNeededError, UsageError

pty = pytest.importorskip("pty", reason="pseudo-terminals are a thing of POSIX")

HOSTILE = [
    ("plain ភាសាខ្មែរ\u200bខ្មែរ", "plain ភាសាខ្មែរ\u200bខ្មែរ"),
    ("line\nline\ttab", "line\nline\ttab"),
    ("\x1b[31mred\x1b]0;title\x07", "[31mred]0;title"),
    ("a\r\x08\x00\x7fb", "ab"),
    ("\x9b31m\x85", "31m"),
    ("safe\u202egnp\u2066x\u2069", "safegnpx"),
    ("\ud800x", "\ufffdx"),
    ("[bold]x[/x]", "[bold]x[/x]"),
]


@pytest.mark.parametrize(("text", "shown"), HOSTILE, ids=range(len(HOSTILE)))
def test_clean_keeps_text_and_drops_what_a_terminal_obeys(text: str, shown: str) -> None:
    assert terminal.clean(text) == shown


@pytest.mark.parametrize(("text", "shown"), HOSTILE, ids=range(len(HOSTILE)))
def test_say_goes_to_stderr_and_is_cleaned(
    text: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.say(text, style="bold red")
    assert capsys.readouterr() == ("", f"{shown}\n")


def test_nothing_is_asked_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    for question in (
        lambda: terminal.ask("reason", "--override -"),
        lambda: terminal.confirm("reason", "--override -"),
        lambda: terminal.passphrase("reason", "--override -"),
        lambda: terminal.new_passphrase("reason", "--override -"),
    ):
        with pytest.raises(TerminalNeededError) as refused:
            question()
        assert refused.value.exit_code == 8
        assert "--override -" in refused.value.hint
        assert "reason" in refused.value.sentence
    assert capsys.readouterr() == ("", "")


def test_a_new_passphrase_is_typed_twice_the_same() -> None:
    typed = iter(["one", "two", "", "three", "three"])
    assert terminal.new_passphrase("passphrase", "--flag", read=lambda _: next(typed)) == "three"


def test_three_slips_end_a_new_passphrase() -> None:
    typed = iter("abcdef")
    with pytest.raises(UsageError):
        terminal.new_passphrase("passphrase", "--flag", read=lambda _: next(typed))
    assert next(typed, None) is None


def test_progress_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress("reading", 3) as step:
        step()
    assert capsys.readouterr() == ("", "")


# A child that makes the pseudo-terminal its own controlling terminal, as a shell would.
CHILD = """
import fcntl, os, sys, termios
fcntl.ioctl(2, termios.TIOCSCTTY, 0)
from tipcase import errors, terminal
try:
    print(repr(eval(sys.argv[1])), flush=True)
except errors.TipcaseError as error:
    print(type(error).__name__, flush=True)
"""


class Screen:
    """A person at a pseudo-terminal in front of one call of ``terminal``."""

    def __init__(
        self, call: str, *, stdin: int | None = None, env: dict[str, str] | None = None
    ) -> None:
        self.master, slave = pty.openpty()
        self.child = subprocess.Popen(
            [sys.executable, "-c", CHILD, call],
            stdin=slave if stdin is None else stdin,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "PYTHONPATH": str(SOURCE), "TERM": "xterm", **(env or {})},
            start_new_session=True,
        )
        os.close(slave)
        self.seen = b""

    def read_to(self, text: bytes) -> None:
        """Wait until the screen shows the text."""
        end = time.monotonic() + 30
        while text not in self.seen and time.monotonic() < end:
            self.seen += os.read(self.master, 4096)
        assert text in self.seen

    def type(self, text: str) -> None:
        """Type a line, or whatever it is."""
        os.write(self.master, text.encode())

    def close(self) -> str:
        """Wait for the child; everything that the screen has shown."""
        try:
            while data := os.read(self.master, 4096):
                self.seen += data
        except OSError:  # Linux says EIO where the other end has closed
            pass
        self.child.wait(timeout=30)
        os.close(self.master)
        return self.seen.decode()


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("yes\n", "True"), ("Y\n", "True"), ("\n", "False"), ("no\n", "False"), ("yess\n", "False")],
)
def test_only_a_yes_is_a_yes(typed: str, answer: str) -> None:
    screen = Screen("terminal.confirm('write it?', '--yes')")
    screen.read_to(b"write it? [yes/No]: ")
    screen.type(typed)
    assert answer in screen.close()


def test_the_end_of_input_is_no_answer() -> None:
    screen = Screen("terminal.confirm('write it?', '--yes')")
    screen.read_to(b": ")
    screen.type("\x04")
    assert "UsageError" in screen.close()


def test_a_passphrase_is_not_echoed_and_stdin_may_be_a_file() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for stdin in (None, nothing):
        screen = Screen("len(terminal.passphrase('passphrase of cw1', '--flag'))", stdin=stdin)
        screen.read_to(b"passphrase of cw1: ")
        screen.type("canary\n")
        shown = screen.close()
        assert "6" in shown
        assert "canary" not in shown
    os.close(nothing)


def test_a_question_is_not_read_from_a_file() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    assert "TerminalNeededError" in Screen("terminal.ask('x', '--flag')", stdin=nothing).close()
    os.close(nothing)


@pytest.fixture
def red() -> Iterator[str]:
    yield "terminal.say('[b]alarm\\x1b[0m', style='bold red')"


def test_colour_only_where_it_is_wanted(red: str) -> None:
    coloured = Screen(red).close()
    assert "\x1b[1;31m[b]alarm[0m" in coloured
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        plain = Screen(red, env=env).close()
        assert "[b]alarm[0m" in plain
        assert "\x1b" not in plain


def test_progress_is_shown_on_a_terminal() -> None:
    steps = "; ".join(["step()"] * 4)
    call = f"exec('with terminal.progress(\"reading\", 4) as step: {steps}')"
    shown = Screen(call, env={"COLUMNS": "100"}).close()
    assert "reading" in shown
    assert "4/4" in shown
    assert "/s" in shown
    assert "0:00:00" in shown
    assert "left" in shown


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(0, ""), (-1, ""), (0.001, "▏"), (0.5, "██"), (0.99, "████"), (1, "████"), (7, "████")],
)
def test_a_bar_is_as_long_as_its_share(share: float, drawn: str) -> None:
    assert terminal.bar(share, 4) == drawn


def test_the_module_itself_is_light(tmp_path: Path) -> None:
    code = "import sys, tipcase.terminal; sys.exit('rich' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(SOURCE)}, check=False
    )
    assert done.returncode == 0
