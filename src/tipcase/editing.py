"""Plaintext to the person's editor and back, in a private folder in RAM.

vim and nano are told to leave no swap, backup, undo or history behind. The file is gone when this
returns. What other editors leave behind nobody can promise: the hint says so.
"""

from __future__ import annotations

import contextlib
import secrets
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from tipcase import files, settings, terminal
from tipcase.errors import MachineError, NotFoundError, TerminalNeededError, UsageError
from tipcase.keyring import unlocked

_VIM = ("-n", "-i", "NONE", "-c", "set nobackup nowritebackup noswapfile noundofile")
_QUIET: dict[str, tuple[str, ...]] = {
    "vim": _VIM,
    "vi": _VIM,
    "nvim": _VIM,
    "nano": ("--ignorercfiles",),
}
_FALLBACKS = ("nano", "vim", "vi", "notepad")


def edit(text: str, accept: Callable[[bytes], list[str]]) -> str | None:
    """Let the person edit a text until it is accepted; None when nothing was changed.

    ``accept`` gives the reasons why a text cannot be taken, each a line; they are shown and the
    editor opens again with the person's text. Raises ``TerminalNeededError`` without a terminal.
    """
    if not terminal.present():
        raise TerminalNeededError(
            "the editor needs a terminal", "without one: tipcase put CASE RECORD -"
        )
    command = _command()
    with _ends_as_interruption():
        folder = _folder()
        path = folder / "record.yaml"
        try:
            with files.refusals("write the text for the editor"):
                files.create(path, text.encode("utf-8"))
            while True:
                _run([*command, str(path)])
                edited = _edited(path)
                if edited == text.encode("utf-8"):
                    return None
                reasons = accept(edited)
                if not reasons:
                    return edited.decode("utf-8")
                for reason in reasons:
                    terminal.say(reason)
                # Enter goes back to the text: only a plain yes throws it away.
                if terminal.confirm("throw your text away", "tipcase put CASE RECORD -"):
                    return None
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _ends_as_interruption() -> Iterator[None]:
    """A closed window or a shutdown must take the text away too, as an interruption does."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.getsignal(getattr(signal, name)) for name in names}

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for name in names:
        signal.signal(getattr(signal, name), stop)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler or signal.SIG_DFL)


def _edited(path: Path) -> bytes:
    try:
        return files.read(path, "read what the editor left")
    except NotFoundError:
        raise MachineError(
            "the editor took the text away: nothing was written",
            "save it under the name that the editor was given",
        ) from None


def _command() -> list[str]:
    """The editor's command line, with what keeps it from leaving traces."""
    named = settings.editor()
    try:
        words = shlex.split(named) if named else []
    except ValueError:
        raise UsageError(
            "EDITOR is not a command: a quotation mark is left open", "export EDITOR=nano"
        ) from None
    if not words:
        found = next((name for name in _FALLBACKS if shutil.which(name)), None)
        if found is None:
            raise MachineError("there is no editor here", "name one: export EDITOR=nano")
        words = [found]
    return [*words, *_QUIET.get(Path(words[0]).stem, ())]


def _folder() -> Path:
    """A private folder in RAM; where there is none, in the person's own folder, with a warning."""
    base = settings.ram_folder()
    if base is None:
        terminal.say("warning: this machine has no folder in RAM: the text stands on the disk")
        base = files.private_folder(settings.home() / "editing")
    else:
        base = unlocked.own_folder(base)
    folder = base / f"edit-{secrets.token_hex(8)}"
    with files.refusals("make a private folder"):
        folder.mkdir(mode=0o700)
    return folder


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, check=False)  # noqa: S603 - the person's own editor, no shell
    except OSError:
        raise MachineError("the editor could not be started", "check the variable EDITOR") from None
    if done.returncode != 0:
        raise MachineError(
            f"the editor ended with {done.returncode}: nothing was written", "run the command again"
        )
