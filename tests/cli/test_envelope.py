"""The envelope of ``--json``, the options that stand anywhere, and what ``--dry-run`` leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import OPENED, Office, example
from tests.commands import Ran
from tipcase.cli.words import COMMANDS

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

NOTE = "happened_on: 2026-02-03\ntext: The first visit.\n"
KEYS = ["tipcase", "command", "ok", "data", "findings", "errors"]

# What each command is given to succeed ({case}, {out}, {card} are filled in) and to fail, and how.
SUCCEEDS: dict[str, tuple[str, ...]] = {
    "due": (),
    "keygen": ("--handle", "other", "--no-passphrase"),
    "init": ("{out}", "--name", "Example Shelter", "--keys", "x25519", "--no-git"),
    "unlock": ("--for", "1h"),
    "lock": (),
    "staff": ("list",),
    "settings": (),
    "new": ("--opened", OPENED),
    "list": (),
    "find": ("EX-0001",),
    "report": ("caseload", "--period", "2026-Q1"),
    "status": ("{case}",),
    "show": ("{case}",),
    "put": ("{case}", "note", "-"),
    "set": ("{case}", "profile", "nationality=KH"),
    "advance": ("{case}", "--override", "agreed"),
    "skip": ("{case}", "referral", "--reason", "agreed"),
    "readiness": ("{case}",),
    "close": ("{case}", "--outcome", "died"),
    "log": ("{case}",),
    "verify": (),
    "form": ("{case}", "P1", "--out", "{out}"),
    "law": (),
    "schema": (),
    "rekey": ("{case}",),
    "adopt": ("{case}", "--list"),
    "backup": ("--out", "{out}"),
    "repair": (),
}
FAILS: dict[str, tuple[int, tuple[str, ...]]] = {
    "link": (4, ("{case}", "ZZZZ-ZZZZ", "--as", "sibling")),
    "due": (2, ("--within", "soon")),
    "keygen": (2, ("--handle", "CW 1", "--no-passphrase")),
    "init": (2, ("{out}", "--name", "X", "--keys", "rsa")),
    "unlock": (2, ("--for", "soon")),
    "lock": (2, ("now",)),
    "staff": (2, ()),
    "settings": (2, ("language=fr",)),
    "doctor": (2, ("--nothing",)),
    "demo": (2, ("--nothing",)),
    "new": (2, ("--opened", "2026-02-30")),
    "list": (2, ("--state", "asleep")),
    "find": (2, ("?",)),
    "report": (2, ("caseload", "--period", "2026-Q9")),
    "status": (4, ("ZZZZ-ZZZZ",)),
    "show": (4, ("{case}", "health")),
    "put": (4, ("{case}", "no-such-record", "-")),
    "set": (2, ("{case}", "profile")),
    "edit": (8, ("{case}", "profile")),
    "check": (2, ()),
    "advance": (4, ("{case}", "--to", "nowhere")),
    "skip": (8, ("{case}", "referral")),
    "readiness": (4, ("ZZZZ-ZZZZ",)),
    "close": (8, ("{case}",)),
    "confirm": (4, ("{case}",)),
    "reopen": (5, ("{case}", "--cause", "new-danger", "--reason", "agreed")),
    "resolve": (4, ("{case}", "profile", "full_name=1")),
    "log": (4, ("ZZZZ-ZZZZ",)),
    "verify": (4, ("ZZZZ-ZZZZ",)),
    "form": (4, ("{case}", "P99", "--out", "{out}")),
    "law": (4, ("0/0",)),
    "schema": (4, ("no-such-record",)),
    "attach": (4, ("{case}", "profile", "{out}")),
    "export": (8, ("{case}", "abcd2345")),
    "grant": (4, ("{case}", "nobody-here")),
    "revoke": (4, ("{case}", "nobody-here")),
    "rekey": (4, ("ZZZZ-ZZZZ",)),
    "recover": (2, ("--seed-file", "-")),
    "merge": (2, ("--nothing",)),
    "adopt": (4, ("ZZZZ-ZZZZ", "--list")),
    "sync": (5, ()),
    "backup": (2, ("--out", "{case}.tipcase")),
    "restore": (4, ("{out}", "{out}-folder")),
    "repair": (4, ("ZZZZ-ZZZZ",)),
}


def words(office: Office, template: tuple[str, ...]) -> list[str]:
    """The words of a command, filled in."""
    out = office.book.parent / "out"
    return [word.format(case=office.case, out=out) for word in template]


def envelope(ran: Ran) -> dict[str, Any]:
    """The one document on stdout."""
    assert ran.stdout.count("\n") == 1
    answer: dict[str, Any] = json.loads(ran.stdout)
    assert list(answer) == KEYS
    assert answer["tipcase"] == 1
    return answer


def test_every_command_is_in_these_tables() -> None:
    assert set(FAILS) == set(COMMANDS)
    # These have tests of their own: what they answer depends on more.
    assert set(SUCCEEDS) == set(COMMANDS) - {
        "edit",
        "check",
        "doctor",
        "demo",
        "confirm",
        "reopen",
        "link",
        "resolve",
        "attach",
        "export",
        "grant",
        "revoke",
        "recover",
        "merge",
        "sync",
        "restore",
    }


@pytest.mark.parametrize("command", SUCCEEDS)
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_success_is_one_envelope(office: Office, command: str, before: bool) -> None:
    given = words(office, SUCCEEDS[command])
    said = ["--json", command, *given] if before else [command, *given, "--json"]
    ran = office.run(*said, input=NOTE)
    assert ran.code == 0, ran
    answer = envelope(ran)
    assert (answer["command"], answer["ok"], answer["errors"]) == (command, True, [])
    assert answer["data"] is not None


@pytest.mark.parametrize("command", FAILS)
def test_failure_is_one_envelope_with_the_error_inside(office: Office, command: str) -> None:
    code, template = FAILS[command]
    before = office.snapshot()
    ran = office.run(command, *words(office, template), "--json", input=NOTE)
    assert ran.code == code, ran
    answer = envelope(ran)
    assert (answer["command"], answer["ok"], answer["data"]) == (command, False, None)
    (error,) = answer["errors"]
    assert set(error) == {"code", "message", "hint"}
    assert error["code"] == code
    assert ran.stderr == f"tipcase: error: {error['message']}\ntipcase: hint: {error['hint']}\n"
    plain = office.run(command, *words(office, template), input=NOTE)
    assert (plain.code, plain.stdout, plain.stderr) == (code, "", ran.stderr)
    assert office.snapshot() == before


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("nosuch",),
        ("--casebook",),
        ("--as-of", "yesterday", "list"),
        ("list", "--as-of=2026-13-01"),
        ("list", "--casebook="),
        ("list", "--nothing"),
    ],
)
def test_words_that_do_not_fit_are_an_envelope_too(office: Office, given: tuple[str, ...]) -> None:
    assert envelope(office.run("--json", *given))["errors"][0]["code"] == 2
    assert office.run(*given).code == 2


def test_no_command_shows_the_help_on_stderr(cli: Callable[..., Ran]) -> None:
    ran = cli()
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr == cli("--help").stdout


def test_check_and_its_envelope(office: Office) -> None:
    ran = office.run("check", "--all", "--json")
    answer = envelope(ran)
    assert (ran.code, answer["ok"], answer["errors"]) == (3, False, [])
    assert answer["data"]["cases"] == [office.case]
    assert answer["data"]["findings"] == len(answer["findings"])


def test_options_stand_before_and_after(office: Office, tmp_path: Path) -> None:
    elsewhere = {"cwd": tmp_path}
    book, identity = str(office.book), str(office.home / "keys/cw1.txt")
    expected = office.done("show", office.case)
    for said in (
        ("--casebook", book, "show", office.case),
        ("show", office.case, "--casebook", book),
        ("show", f"--casebook={book}", office.case, f"--identity={identity}"),
        ("--identity", identity, "--as-of", "2026-01-09", "show", "--casebook", book, office.case),
        ("--casebook", f"{book}/cases", "show", "--", office.case),
        ("--", "show", office.case, "--casebook", book)[1:],
    ):
        ran = office.run(*said, **elsewhere)
        assert (ran.code, ran.stdout) == (0, expected), said


def test_after_two_dashes_words_are_words(office: Office) -> None:
    ran = office.run("status", "--", "--json")
    assert (ran.code, ran.stdout) == (4, "")
    assert office.run("--", "list").code == 0
    assert office.run("set", office.case, "profile", "--", "full_name=--json").code == 0
    assert "--json" in office.done("show", office.case, "profile")


def test_a_case_is_any_unique_beginning_or_the_office_number(office: Office) -> None:
    office.done("set", office.case, "profile", "office_number=2026/017")
    for name in (office.case, office.case.lower(), office.case.replace("-", ""), office.case[:3]):
        assert office.data("status", name)["case"] == office.case
    assert office.data("status", "2026/017")["case"] == office.case
    for name in ("", "ZZZZ-ZZZZ", "2026/01"):
        assert office.run("status", name).code == 4


@pytest.mark.parametrize(
    "text", ["20260105", "2026-W01-1", "2026-1-5", "2026-01-05x", "٢٠٢٦-٠١-٠٥"]
)
def test_a_date_is_written_one_way(office: Office, text: str) -> None:
    before = office.snapshot()
    assert office.run("new", "--opened", text).code == 2
    assert office.run("list", "--as-of", text).code == 2
    assert office.snapshot() == before


@pytest.mark.parametrize(
    ("given", "typed"),
    [
        (("advance", "provider", "--override", "agreed"), ""),
        (("skip", "provider", "referral", "--reason", "agreed"), ""),
        (("readiness", "provider"), ""),
        (("form", "provider", "P1"), ""),
        (("put", "provider", "note", "-"), NOTE),
        (("set", "provider", "profile", "nationality=KH"), ""),
        (("edit", "provider", "profile"), ""),
        (("link", "provider", "provider", "--as", "sibling"), ""),
        (("status", "provider"), ""),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_the_provider_has_no_case(office: Office, given: tuple[str, ...], typed: str) -> None:
    before = office.snapshot()
    ran = office.run(*given, input=typed)
    assert ran.code == 2
    assert "no stages and no forms" in ran.stderr or "a record of a case" in ran.stderr
    assert office.snapshot() == before


def test_as_of_is_judged_and_not_written(office: Office) -> None:
    case = office.done("new", "--as-of", "2031-05-06", "--json")
    opened = json.loads(case)["data"]
    assert not opened["opened"].startswith("2031")
    office.done("advance", office.case, "--override", "agreed", "--as-of", "2031-05-06")
    office.done("skip", office.case, "referral", "--reason", "agreed", "--as-of", "2031-05-06")
    rows = [row for row in office.data("show", office.case) if "decision/" in row["record"]]
    assert len(rows) == 2
    for row in rows:
        assert not row["happened_on"].startswith("2031")
        assert not row["written_at"].startswith("2031")
    assert all(not row["time"].startswith("2031") for row in office.data("log", office.case))
    office.put("follow-up", json.dumps(example(office, "follow-up")))
    near = office.done("readiness", office.case, "--json", "--as-of", "2026-11-01")
    assert near != office.done("readiness", office.case, "--json", "--as-of", "2031-05-06")


def test_the_language_of_findings(office: Office) -> None:
    english = office.run("check", office.case).stdout
    khmer = office.run("check", office.case, env={"TIPCASE_LANG": "km"}).stdout
    assert "this stage has no record yet" in english
    assert "this stage has no record yet" not in khmer
    assert any("\u1780" <= sign <= "\u17ff" for sign in khmer)
    assert office.run("check", office.case, env={"TIPCASE_LANG": "fr"}).code == 2
    office.done("settings", "language=km")
    assert office.run("check", office.case).stdout == khmer
    assert office.run("check", office.case, env={"TIPCASE_LANG": "en"}).stdout == english


@pytest.mark.parametrize(
    ("given", "typed"),
    [
        (("put", "{case}", "note", "-"), NOTE),
        (("set", "{case}", "profile", "nationality=KH"), ""),
        (("advance", "{case}", "--override", "agreed"), ""),
        (("skip", "{case}", "referral", "--reason", "agreed"), ""),
        (("settings", "language=km"), ""),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_dry_run_judges_and_writes_nothing(
    office: Office, given: tuple[str, ...], typed: str
) -> None:
    before = office.snapshot()
    ran = office.run(*words(office, given), "--dry-run", input=typed)
    assert ran.code == 0, ran
    assert office.snapshot() == before
    office.done(*words(office, given), input=typed)
    assert office.snapshot() != before


def test_dry_run_refuses_what_the_run_would(office: Office) -> None:
    put = ("put", office.case, "note", "-", "--dry-run")
    assert office.run(*put, input="colour: x\n").code == 3
    assert office.run("advance", office.case, "--dry-run").code == 3


def test_what_a_person_types_is_no_markup_and_drives_no_terminal(office: Office) -> None:
    office.put("note", 'happened_on: 2026-02-03\ntext: "[/x] [red]a[/red] :smile: \\u202Eb"\n')
    told = office.done("show", office.case, "note")
    assert "[/x] [red]a[/red] :smile:" in told
    assert "\u202e" not in told
    assert json.loads(office.done("show", office.case, "note", "--json"))["data"]["content"]
