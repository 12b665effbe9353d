"""A result as text, tabs, table and JSON: the same value, and never a terminal's command."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys

import pytest

from tests.commands import SOURCE
from tipcase import output
from tipcase.errors import FindingsError, NotFoundError
from tipcase.law.findings import Finding, Text
from tipcase.output import Result, Section, Table

pty = pytest.importorskip("pty", reason="pseudo-terminals are a thing of POSIX")

HOSTILE = "[/x] [red]a[/red] \x1b[31mb\x07 \u202ec"
SHOWN = "[/x] [red]a[/red] [31mb c"
FINDING = Finding(
    "K7Q2-M9TX",
    "note/a2a2a2a2",
    "text",
    "857/7.1.1",
    "blocks",
    Text("say what", "និយាយ"),
    "rule",
    Text("type this", "វាយនេះ"),
)


def shown(
    result: Result, capsys: pytest.CaptureFixture[str], *, as_json: bool = False, lang: str = "en"
) -> tuple[int, str, str]:
    code = output.show(result, "status", as_json=as_json, lang=lang)
    out, err = capsys.readouterr()
    return code, out, err


def test_text_is_data_and_talk_is_talk(capsys: pytest.CaptureFixture[str]) -> None:
    result = Result(data={"a": 1}, text=(HOSTILE,), talk=("done",), code=3)
    assert shown(result, capsys) == (3, f"{SHOWN}\n", "done\n")


def test_a_table_without_a_terminal_is_tabs_without_titles(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = Table(("a", "b"), (("x\ty", HOSTILE), ("ខ្មែរ", "")))
    assert shown(Result(table=table), capsys)[1] == f"x y\t{SHOWN}\nខ្មែរ\t\n"


def test_sections_come_in_their_order_with_titles_where_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain = Table(("a", "n"), (("x", "1"),), figures=1, bars=(1.0,))
    sections = (Section((HOSTILE, ""), plain._replace(headed=True)), Section(("below",), plain))
    seen = shown(Result(sections=sections, text=("last",)), capsys)[1]
    assert seen == f"{SHOWN}\n\na\tn\nx\t1\nbelow\nx\t1\nlast\n"


def test_raw_bytes_go_out_as_they_are(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    raw = b"\xef\xbb\xbfa,b\r\n\x1b\r\n"
    assert output.show(Result(raw=raw), "report", as_json=False, lang="en") == 0
    assert capsysbinary.readouterr().out == raw


@pytest.mark.parametrize("lang", ["en", "km"])
def test_findings_go_to_stderr_unless_they_are_the_answer(
    lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    message, hint = ("say what", "type this") if lang == "en" else ("និយាយ", "វាយនេះ")
    line = f"blocks  K7Q2-M9TX  note/a2a2a2a2.text  857/7.1.1  {message}\n"
    talk = f"  hint: {hint}\n"
    result = Result(findings=(FINDING,), code=3)
    assert shown(result, capsys, lang=lang) == (3, "", line + talk)
    answer = Result(findings=(FINDING,), code=3, shown=True)
    assert shown(answer, capsys, lang=lang) == (3, line, talk)


def test_json_is_one_line_with_everything(capsys: pytest.CaptureFixture[str]) -> None:
    error = NotFoundError("it is gone", "look elsewhere")
    result = Result(data=["ខ្មែរ", "\x1b"], findings=(FINDING,), errors=(error,), code=4)
    code, out, err = shown(result, capsys, as_json=True)
    assert (code, out.count("\n"), "\x1b" in out, "ខ្មែរ" in out) == (4, 1, False, True)
    answer = json.loads(out)
    assert answer["ok"] is False
    assert answer["data"] == ["ខ្មែរ", "\x1b"]
    assert answer["errors"] == [{"code": 4, "message": "it is gone", "hint": "look elsewhere"}]
    assert answer["findings"][0]["message"] == "say what"
    # An error inside a batch is said to the person who looks on, too.
    assert err == "tipcase: error: it is gone\ntipcase: hint: look elsewhere\n"


def test_bare_json_is_the_data_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(shown(Result(data={"a": 1}, bare=True), capsys, as_json=True)[1]) == {"a": 1}
    failed = Result(data={}, bare=True, errors=(NotFoundError("x", "y"),))
    assert "tipcase" in json.loads(shown(failed, capsys, as_json=True)[1])


def test_a_failure_is_said_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    error = FindingsError("it is wrong\x1b[2J")
    assert output.show_failure(error, "put", as_json=False) == 3
    assert capsys.readouterr() == ("", "tipcase: error: it is wrong[2J\n")
    assert output.show_failure(error, "put", as_json=True) == 3
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == 3


def test_results_hide_what_they_hold() -> None:
    result = Result(
        data="canary", text=("canary",), talk=("canary",), table=Table((), (("canary",),))
    )
    assert "canary" not in repr(result)
    assert "canary" not in repr(result.table)
    told = Result(sections=(Section(("canary",), result.table),), raw=b"canary")
    assert "canary" not in repr(told) + repr(told.sections)


def test_cells() -> None:
    assert output.cells(("a", None, 3)) == ("a", "", "3")


CHILD = """
from tipcase import output
rows = (("ភូមិថ្មី [/x]", "\\x1b[31mb"), ("a", "b" * 200))
output.show(output.Result(table=output.Table(("ឈ្មោះ", "what"), rows)), "list",
            as_json=False, lang="en")
counted = output.Table(("ខេត្ត", "n"), (("ភ្នំពេញ", "7"), ("x", "12")), figures=1,
                       bars=(0.5, None), strong=frozenset([1]))
output.show(output.Result(sections=(output.Section(("before",), counted),)), "report",
            as_json=False, lang="en")
"""


@pytest.mark.parametrize("colour", [True, False])
def test_a_table_on_a_terminal(colour: bool) -> None:
    master, slave = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(SOURCE), "TERM": "xterm", "COLUMNS": "60"}
    if not colour:
        env["NO_COLOR"] = "1"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=slave, stdout=slave, stderr=slave, env=env
    )
    os.close(slave)
    seen = io.BytesIO()
    try:
        while data := os.read(master, 4096):
            seen.write(data)
    except OSError:  # Linux says EIO where the other end has closed
        pass
    assert child.wait(timeout=30) == 0
    os.close(master)
    text = seen.getvalue().decode()
    assert "ភូមិថ្មី [/x]" in text
    assert "ឈ្មោះ" in text
    assert "\x1b[31m" not in text
    assert "[31mb" in text
    assert text.count("b") >= 200
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text.partition("before")[2])
    # Figures stand to the right, and a bar behind its own number alone.
    assert re.search(rf"ភ្នំពេញ +7 +{'█' * 10}", plain)
    assert re.search(r"x +12 *\r", plain)
    assert plain.count("█") == 10
    if not colour:
        assert "\x1b[3" not in text.replace("\x1b[31m", "")
