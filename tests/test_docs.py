"""Runs what README and docs/ tell people to type, and looks for what they say will be shown.

A ``console`` block with ``<!-- run -->`` on the line before it is run. All blocks of one document
share a folder, a home and one bash, top to bottom. In a block::

    $ tipcase check $CASE     # exit 3     the exit code, where it is not 0
    > more                                 goes on with the command above
    case …  interviewed on                 a line that must be shown; … stands for anything

``tipcase`` is this working copy, kept warm (``tests.warm``). A document that uses an oracle which
is not there is skipped by its name, and fails where CI=true.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import warm
from tests.oracles import require

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^<!-- run -->\n+```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"#\s*exit (\d+)\s*$")
ORACLES = ("age", "age-keygen", "ssh-keygen", "git", "chromium")
MARK = "\x1e"
TIMEOUT = 300


@dataclass
class Command:
    """One command of a document, what it ends with and what it shows."""

    text: str
    code: int
    shown: list[str] = field(default_factory=list)


def commands(text: str) -> list[Command]:
    """Every command of the blocks marked to be run."""
    found: list[Command] = []
    for block in BLOCK.findall(text):
        begun = len(found)
        for line in block.splitlines():
            if line.startswith("$ "):
                code = EXIT.search(line)
                found.append(Command(line[2:], int(code[1]) if code else 0))
            elif len(found) == begun:
                raise ValueError(f"a block shows something before its first command: {line}")
            elif line == ">" or line.startswith("> "):
                found[-1].text += "\n" + line[2:]
            elif line.strip():
                found[-1].shown.append(line)
    return found


def run(found: list[Command], folder: Path, door: Path) -> list[tuple[int, str]]:
    """Run them in one bash; the exit code and all output of each that was reached."""
    (folder / "bin").mkdir()
    program = folder / "bin" / "tipcase"
    program.write_text(warm.client(door))
    program.chmod(0o755)
    (folder / "work").mkdir()
    # Each mark carries the exit code of the command before it, and a wrong one ends the script.
    script = "".join(
        f"{one.text}\ncode=$?\nprintf '{MARK}%s\\n' \"$code\"\n[ $code = {one.code} ] || exit 1\n"
        for one in found
    )
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder / "work",
        env={
            **os.environ,
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TIMEOUT,
        check=False,
        start_new_session=True,
    )
    parts = re.split(f"{MARK}(\\d+)\n", done.stdout.decode())
    return [(int(code), said) for said, code in zip(parts[::2], parts[1::2], strict=False)]


def judge(found: list[Command], results: list[tuple[int, str]]) -> None:
    """``AssertionError`` at the first command that did not do what the document says."""
    for one, (code, said) in zip(found, results, strict=False):
        assert code == one.code, f"exit code {code}: {one.text}\n{said}"
        for line in one.shown:
            pattern = ".*".join(re.escape(" ".join(part.split())) for part in line.split("…"))
            flat = [" ".join(each.split()) for each in said.splitlines()]
            assert any(re.search(pattern, each) for each in flat), (
                f"not shown: {line}\n{one.text}\n{said}"
            )
    assert len(results) == len(found), f"never reached: {found[len(results)].text}"


# Typed along in soak and by `make docs`.
@pytest.mark.soak
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_commands_of_a_document_do_what_it_says(
    document: Path, tmp_path: Path, door: Path
) -> None:
    found = commands(document.read_text(encoding="utf-8"))
    typed = " ".join(one.text for one in found)
    for name in ORACLES:
        if re.search(rf"\b{name}\b", typed):
            require(name)
    judge(found, run(found, tmp_path, door))


def test_the_readme_has_commands_to_run() -> None:
    assert commands((ROOT / "README.md").read_text(encoding="utf-8"))


def document(*lines: str) -> str:
    return "\n".join(["text", "<!-- run -->", "```console", *lines, "```", "text", ""])


def test_blocks_share_one_shell_and_output_is_compared(tmp_path: Path, door: Path) -> None:
    text = document("$ NAME=x", "$ mkdir sub && cd sub", "$ false   # exit 1")
    text += "```console\n$ echo not run >here\n```\n"
    text += document(
        "$ cat <<END", "> one  $NAME", "> two", "> END", "one x", "t…", "$ pwd", "/…/sub"
    )
    found = commands(text)
    assert [one.code for one in found] == [0, 0, 1, 0, 0]
    judge(found, run(found, tmp_path, door))
    assert not (tmp_path / "work/sub/here").exists()


@pytest.mark.parametrize(
    "lines",
    [
        ["$ false"],
        ["$ true   # exit 3"],
        ["$ echo one", "two"],
        ["$ echo", "# a line of output"],
        ["$ exit 0", "$ true"],
    ],
)
def test_what_a_document_says_wrongly_fails(tmp_path: Path, door: Path, lines: list[str]) -> None:
    found = commands(document(*lines))
    with pytest.raises(AssertionError):
        judge(found, run(found, tmp_path, door))


def test_nothing_runs_after_a_command_that_went_wrong(tmp_path: Path, door: Path) -> None:
    run(commands(document("$ false", "$ touch here")), tmp_path, door)
    assert not (tmp_path / "work/here").exists()
