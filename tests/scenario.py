"""Whole stories as text files: ``tests/scenarios/*.txt``, run by ``test_scenarios.py``.

One line, one thing; what comes before the first command sets nothing up but files::

    # a remark
    $ tipcase keygen --handle cw1 --no-passphrase
    2> keys/cw1.txt                      stderr has this somewhere
    $ CASE=$(tipcase new)                stdout, without its last newline, becomes $CASE
    $ tipcase put $CASE note - <<END     the lines up to END are stdin
    happened_on: 2026-01-05
    END
    $ tipcase check $CASE
    [3]                                  the exit code; without this line 0 is expected
    > interviewed                        stdout has this somewhere
    !> 0123                              stdout has it nowhere; !2> the same of stderr
    $ cd book                            also: cp A B, mv A B, rm A, all inside the story's folder
    -- record.yaml --                    at the end: files that are there before the story begins
    happened_on: 2026-01-05

``$NAME`` and ``${NAME}`` stand for what was captured, in words, stdin and expectations alike; files
are written as they are. The words of a command are split as a shell splits them, and nothing else
of a shell is known. Each story has a folder and a home of its own; ``$KEYS`` is the folder of its
identities.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.commands import Ran

COMMAND = re.compile(
    r"\$ (?:(?P<name>[A-Z_]+)=\$\((?P<inner>.*)\)|(?P<plain>.*?))\s*(?:<<(?P<end>\w+))?$"
)
EXPECTATION = re.compile(r"(?P<no>!?)(?P<two>2?)> (?P<text>.+)$")
CODE = re.compile(r"\[(\d+)\]$")
FILE = re.compile(r"-- (.+) --$")
VARIABLE = re.compile(r"\$(?:\{([A-Z_]+)\}|([A-Z_]+))")


class ScenarioError(Exception):
    """The story is not written as the format above says."""


@dataclass
class Step:
    """One command and what is expected of it."""

    line: int
    words: str
    capture: str | None = None
    stdin: str = ""
    code: int = 0
    expected: list[tuple[bool, bool, str]] = field(default_factory=list)
    """Wanted or not, in stderr or stdout, the text."""


@dataclass
class Scenario:
    """A story: its steps, and the files that are there before."""

    steps: list[Step]
    files: dict[str, str]


def parse(text: str) -> Scenario:
    """Read a story; ``ScenarioError`` names the line that does not fit."""
    story, _, tail = text.partition("\n-- ")
    lines = enumerate(story.splitlines(), 1)
    steps: list[Step] = []
    for number, line in lines:
        if not line or line.startswith("#"):
            continue
        if found := COMMAND.match(line):
            words = found["inner"] if found["name"] else found["plain"]
            stdin = _here_document(lines, number, found["end"]) if found["end"] else ""
            steps.append(Step(number, words, found["name"], stdin))
        elif not steps:
            raise ScenarioError(f"line {number}: an expectation before the first command")
        elif found := EXPECTATION.match(line):
            steps[-1].expected.append((not found["no"], bool(found["two"]), found["text"]))
        elif found := CODE.match(line):
            steps[-1].code = int(found[1])
        else:
            raise ScenarioError(f"line {number}: neither a command nor an expectation")
    return Scenario(steps, _files("-- " + tail) if tail else {})


def _here_document(lines: Iterator[tuple[int, str]], start: int, end: str) -> str:
    body: list[str] = []
    for _, line in lines:
        if line == end:
            return "".join(f"{line}\n" for line in body)
        body.append(line)
    raise ScenarioError(f"line {start}: the text that begins here has no {end}")


def _files(text: str) -> dict[str, str]:
    files: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if found := FILE.match(line):
            name = found[1]
            files[name] = []
        else:
            files[name].append(line)
    return {name: "".join(f"{line}\n" for line in body) for name, body in files.items()}


@dataclass
class Player:
    """Plays a story in a folder; ``run`` is ``run_inside`` or ``run_process``."""

    folder: Path
    run: Callable[..., Ran]
    captured: dict[str, str] = field(default_factory=dict)

    def play(self, scenario: Scenario) -> None:
        """Write the files, do every step; ``AssertionError`` says what came instead."""
        here = self.folder
        for name, text in scenario.files.items():
            (here / name).parent.mkdir(parents=True, exist_ok=True)
            (here / name).write_text(text, encoding="utf-8")
        for step in scenario.steps:
            program, *args = shlex.split(self._filled(step.words))
            if program == "cd":
                here = here / args[0]
            elif program == "tipcase":
                self._judge(step, self.run(*args, input=self._filled(step.stdin), cwd=here))
            else:
                _move(program, *(here / arg for arg in args))

    def _filled(self, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1] or found[2]
            if name not in self.captured:
                raise ScenarioError(f"${name} was never captured")
            return self.captured[name]

        return VARIABLE.sub(value, text)

    def _judge(self, step: Step, ran: Ran) -> None:
        where = f"line {step.line}: {step.words}\nstdout:\n{ran.stdout}\nstderr:\n{ran.stderr}"
        assert ran.code == step.code, f"exit code {ran.code}, not {step.code}\n{where}"
        for wanted, in_stderr, raw in step.expected:
            text = self._filled(raw)
            there = text in (ran.stderr if in_stderr else ran.stdout)
            assert there == wanted, f"{'missing' if wanted else 'unwanted'}: {text}\n{where}"
        if step.capture:
            self.captured[step.capture] = ran.stdout.rstrip("\n")


def _move(program: str, *paths: Path) -> None:
    if program == "rm":
        for path in paths:
            path.unlink()
    elif program == "cp":
        source, target = paths
        shutil.copy(source, target)
    elif program == "mv":
        source, target = paths
        shutil.move(source, target)
    else:
        raise ScenarioError(f"{program} is no command of stories")
