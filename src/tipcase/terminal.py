"""Talking to the person at the terminal.

The rules of it:

- Talk goes to stderr, because stdout carries data. One sentence a line, in lower case.
- Nobody is asked anything unless a terminal is there; otherwise ``TerminalNeededError`` names the
  flag that gives the answer. Silence is never a yes, and neither is end of input.
- What a person typed into a record is shown as text: control characters and direction overrides
  go, rich's markup is never interpreted.
- A passphrase is not echoed, and may be typed while stdin carries a record.
- Colour only helps to find a line again; it never carries meaning, and ``NO_COLOR`` ends it.
"""

from __future__ import annotations

import contextlib
import sys
import time
from typing import IO, TYPE_CHECKING

from tipcase import settings
from tipcase.errors import TerminalNeededError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# Newline and tab stay. C0, DEL and C1 can drive a terminal; the direction controls can make a line
# read as another. Zero-width space and joiners stay too: Khmer breaks its lines at them.
_FORBIDDEN = {
    code: None
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\n\t"
}
# Half a surrogate pair cannot be written in UTF-8 and would end the command with a bug.
_FORBIDDEN_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")
_CLEAN: dict[int, str | None] = {**_FORBIDDEN, **_FORBIDDEN_SURROGATES}

_TRIES = 3
"""How often a new passphrase may be mistyped: enough for a slip, too few for a loop."""


def clean(text: str) -> str:
    """The text without characters that a terminal would obey instead of show."""
    return text.translate(_CLEAN)


def coloured(stream: IO[str]) -> bool:
    """Whether this stream may carry colour."""
    return stream.isatty() and settings.colour_wanted()


def say(text: str, *, style: str = "") -> None:
    """Say one thing to the person, on stderr; the style is rich's, such as ``bold red``.

    Nobody listening, or a full disk behind stderr, ends nothing: talk is not what was asked for.
    """
    with contextlib.suppress(OSError, ValueError):
        # A hint stands below the line that it belongs to, also where both go into one file.
        sys.stdout.flush()
    with contextlib.suppress(OSError):
        if style and coloured(sys.stderr):
            _say_in_colour(clean(text), style)
            return
        sys.stderr.write(clean(text) + "\n")
        sys.stderr.flush()


def _say_in_colour(text: str, style: str) -> None:
    # rich costs 60 ms to import: only a terminal with colour pays for it.
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    console.print(Text(text, style), soft_wrap=True)


def present() -> bool:
    """Whether somebody can be asked: both their keyboard and our words are on a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, flag: str) -> str:
    """One line of answer, cleaned and without blanks around it; it may be empty."""
    if not present():
        raise _needs_terminal(question, flag)
    sys.stderr.write(f"{clean(question)}: ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise _no_answer(flag)
    return clean(line).strip()


def confirm(question: str, flag: str) -> bool:
    """Whether the person types yes (or y); anything else, an empty line too, is a no."""
    return ask(f"{question} [yes/No]", flag).lower() in ("y", "yes")


def passphrase(what: str, flag: str, *, read: Callable[[str], str] | None = None) -> str:
    """A passphrase that exists already, typed once; ``what`` is such as ``passphrase of cw1``."""
    typed = (read or _reader(what, flag))(f"{what}: ")
    if not typed:
        raise _no_answer(flag)
    return typed


def new_passphrase(what: str, flag: str, *, read: Callable[[str], str] | None = None) -> str:
    """A new passphrase, typed twice the same; ``UsageError`` after three tries."""
    read = read or _reader(what, flag)
    for _ in range(_TRIES):
        typed = read(f"{what}: ")
        if not typed:
            say("an empty passphrase protects nothing")
        elif read(f"{what}, once more: ") == typed:
            return typed
        else:
            say("the two are not the same")
    raise UsageError("no passphrase was set", "run the command again")


def _reader(what: str, flag: str) -> Callable[[str], str]:
    """What reads a passphrase without echo, from the terminal itself even if stdin is a file."""
    if not present() and not _has_controlling_terminal():
        raise _needs_terminal(what, flag)
    # getpass imports termios and warnings: only a prompt pays for them.
    import getpass
    import warnings

    def read(prompt: str) -> str:
        try:
            with warnings.catch_warnings():
                # getpass would fall back to echoing the passphrase, with no more than a warning.
                warnings.simplefilter("error", getpass.GetPassWarning)
                return getpass.getpass(prompt, stream=None)
        except getpass.GetPassWarning:
            raise _needs_terminal(what, flag) from None
        except EOFError:
            raise _no_answer(flag) from None

    return read


def _has_controlling_terminal() -> bool:
    if sys.platform == "win32":
        return False
    try:
        with open("/dev/tty", "rb+", buffering=0):
            return sys.stderr.isatty()
    except OSError:
        return False


def _needs_terminal(what: str, flag: str) -> TerminalNeededError:
    return TerminalNeededError(
        f"no terminal to ask for this: {clean(what)}",
        f"give {flag}",
    )


def _no_answer(flag: str) -> UsageError:
    return UsageError("nothing was typed", f"run the command again, or give {flag}")


@contextlib.contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar on the terminal while a batch runs; call what it yields once a step.

    Beside it stand how many are done, how many a second, and how long the rest will take. Without a
    terminal nothing is shown: a log needs no bar.
    """
    if not sys.stderr.isatty():
        yield lambda: None
        return
    # rich is slow to import; a batch that shows a bar takes longer than that anyway.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    plain = not settings.colour_wanted()
    console = Console(stderr=True, markup=False, emoji=False, no_color=plain)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}", markup=False),
        TimeRemainingColumn(),
        TextColumn("left", markup=False),
    )
    # Without the thread that would draw it: a process that has threads cannot be copied safely.
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task(clean(label), total=total, rate="")
        drawn = 0.0

        def step() -> None:
            nonlocal drawn
            bar.update(task, advance=1, rate=_rate(bar.tasks[0].speed))
            if time.monotonic() - drawn > _REDRAWN:
                drawn = time.monotonic()
                bar.refresh()

        yield step


def _rate(speed: float | None) -> str:
    """Steps a second as a person reads it; nothing before there is one."""
    if not speed:
        return ""
    return f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s"


# Seconds between two drawings of a bar.
_REDRAWN = 0.1

# The eighths of a letter's width, from one to eight.
_EIGHTHS = "▏▎▍▌▋▊▉█"


def bar(share: float, width: int) -> str:
    """A bar of so many letters for a share between 0 and 1; what is there at all has an eighth."""
    if share <= 0:
        return ""
    eighths = max(1, round(min(share, 1.0) * width * 8))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest - 1] if rest else "")


# Blanks between two columns of a table.
GAP = 2
# A longer word is broken where room is short: Khmer writes no blanks between its words.
_LONGEST_WORD = 24


def fit(columns: Sequence[Sequence[str]], room: int) -> bool:
    """Whether columns of cells fit beside each other with nothing broken."""
    return sum(map(_widest, columns)) + GAP * (len(columns) - 1) <= room


def widths(columns: Sequence[Sequence[str]], room: int) -> Sequence[int | None]:
    """How wide each column of cells may be, so that all fit and break between words.

    None for each where not even their words fit.
    """
    found = [_widest(cells) for cells in columns]
    words = [[word for cell in cells for word in cell.split()] for cells in columns]
    least = [min(_LONGEST_WORD, _widest(one)) for one in words]
    room -= GAP * (len(columns) - 1)
    if sum(least) > room:
        return [None] * len(columns)
    for _ in range(sum(found) - room):
        # The widest gives way first; one that is at its words stays.
        broad = (place for place, width in enumerate(found) if width > least[place])
        found[max(broad, key=found.__getitem__)] -= 1
    return found


def _widest(cells: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max((cell_len(line) for cell in cells for line in cell.splitlines()), default=0)


def wrapped(text: str) -> str:
    """A sentence in lines as wide as the terminal, broken at blanks."""
    from rich.console import Console
    from rich.text import Text

    console = Console(markup=False, highlight=False, emoji=False)
    lines = Text(text).wrap(console, console.width)
    return "\n".join(line.plain.rstrip() for line in lines)
