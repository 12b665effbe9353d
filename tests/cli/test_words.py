"""The words of the command line: help, errors and hints; and words that nobody meant."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.conftest import Office
from tests.cli.test_envelope import FAILS, words
from tests.commands import Ran, run_inside
from tipcase.cli.words import COMMANDS
from tipcase.errors import EXIT_CODES

STAFF = (("staff", "add"), ("staff", "remove"), ("staff", "list"))


@pytest.mark.parametrize("command", [*((name,) for name in COMMANDS), *STAFF], ids=" ".join)
def test_help(command: tuple[str, ...], cli: Callable[..., Ran], tmp_path: Path) -> None:
    ran = cli(*command, "--help", cwd=tmp_path)
    assert (ran.code, ran.stderr) == (0, "")
    usage, _, rest = ran.stdout.partition("\n\n")
    assert usage.startswith(f"Usage: tipcase {' '.join(command)} ")
    assert "Anywhere: --casebook DIR, --identity FILE, --json, --as-of DATE." in rest
    assert "<str>" not in ran.stdout
    assert "--no-no-" not in ran.stdout
    assert all(len(line) <= 80 for line in ran.stdout.splitlines())
    # The first sentence says what the command does.
    if command != ("staff",):
        assert re.match(r"  [A-Z][^\n]+", rest), ran.stdout
    assert cli(*command, "-h", cwd=tmp_path).stdout == ran.stdout


def test_the_help_of_all(cli: Callable[..., Ran]) -> None:
    told = cli("--help").stdout
    for name, text in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(text)}$", told, re.M)
    assert cli("-h").stdout == cli("help").stdout == told
    assert cli("help", "put").stdout == cli("put", "--help").stdout


@pytest.mark.parametrize("typed", ["lst", "chek", "statsu"])
def test_a_slip_is_met_with_what_was_meant(typed: str, cli: Callable[..., Ran]) -> None:
    assert "did you mean: tipcase " in cli(typed).stderr


SENTENCE = re.compile(r"[a-z0-9A-Z-][^\n]*[^.\s]")


@pytest.mark.parametrize("command", FAILS)
def test_the_form_of_errors(office: Office, command: str) -> None:
    code, template = FAILS[command]
    ran = office.run(command, *words(office, template), "--json")
    (error,) = json.loads(ran.stdout)["errors"]
    assert ran.code == code
    for text in (error["message"], error["hint"]):
        assert SENTENCE.fullmatch(text), text
        # Names of files and ids of cases may begin with a capital; sentences do not.
        assert text[0].islower() or text[0] == "-" or text.startswith((office.case, "CASE")), text


def hints(office: Office) -> Iterator[tuple[str, Ran]]:
    """Commands that are refused, each with a hint that is a command to type."""
    for given_words in (
        ("show", office.case, "health"),
        ("show", office.case, "note/aaaaaaa2"),
        ("status", "ZZZZ"),
        ("schema", "nosuch"),
        ("law", "0/0"),
        ("settings", "nosuch=1"),
        ("staff", "remove", "nobody"),
        ("advance", office.case, "--to", "identification"),
        ("nosuch",),
        ("put",),
        ("keygen", "--handle", "CW 1"),
    ):
        yield " ".join(given_words), office.run(*given_words)


def test_what_hints_say_to_type_is_a_command(office: Office) -> None:
    for said, ran in hints(office):
        hint = ran.stderr.rpartition("tipcase: hint: ")[2].strip()
        found = re.search(r"tipcase ([a-z]+)", hint)
        if hint == "tipcase --help lists the commands":
            continue
        assert found, f"{said}: {hint}"
        assert found[1] in COMMANDS, f"{said}: {hint}"
        assert office.run(found[1], "--help").code == 0


OPTIONS = [
    "--json",
    "--dry-run",
    "--help",
    "--as-of",
    "--casebook",
    "--identity",
    "--to",
    "--override",
    "--reason",
    "--phase",
    "--new",
    "--all",
    "--lang",
    "--out",
    "--format",
    "--record",
    "--opened",
    "--handle",
    "--keys",
    "--no-passphrase",
    "--role",
    "--clear",
    "--accept",
    "--yes",
    "--stage",
    "--state",
    "--coverage",
    "--for",
    "--passphrase-file",
    "--paper",
    "--on",
    "--done-elsewhere",
]
VALUES = [
    "-",
    "@",
    "@/nowhere",
    "=",
    "full_name=-",
    "full_name=x",
    "nationality=KH",
    "2026-01-05",
    "2026-02-30",
    "referral",
    "note",
    "note/",
    "note/aaaaaaa2",
    "profile",
    "health",
    "identification",
    "P1",
    "S1a",
    "P99",
    "both",
    "km",
    "857/7.1.1",
    "language=km",
    "cw1",
    "caseworker",
    "admin",
    "x25519",
    "closed",
    "open",
    "8h",
    "99d",
    "staff",
    "provider",
    "recovery",
    "..",
    "/",
    "/dev/null",
    ".",
    "--",
    "add",
    "remove",
    "list",
    "../../x",
    "*",
    "~",
    "{}",
    "[]",
    "follow-up-2",
    "none",
    "seen",
]
# Commands that write outside of the casebook or start programs get no random words here.
DRAWN = sorted(set(COMMANDS) - {"demo", "edit", "init", "keygen"})


@pytest.fixture(scope="module")
def crowded(
    template: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A casebook that many random commands share."""
    folder, case = template
    here = tmp_path_factory.mktemp("crowded")
    shutil.copytree(folder, here, dirs_exist_ok=True)
    return here, case


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    command=st.sampled_from(DRAWN),
    drawn=st.lists(
        st.one_of(
            st.sampled_from(["CASE", "CASE", *VALUES, *OPTIONS]),
            st.text(
                st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=8
            ),
        ),
        max_size=6,
    ),
    typed=st.one_of(
        st.binary(max_size=40),
        st.sampled_from([b"happened_on: 2026-01-05\n", b"text: x\n", b"{", b"nationality: KH\n"]),
    ),
)
def test_random_words_are_no_bug(
    crowded: tuple[Path, str], command: str, drawn: list[str], typed: bytes
) -> None:
    here, case = crowded
    given_words = [case if word == "CASE" else word for word in drawn]
    ran = run_inside(
        command,
        *given_words,
        input=typed,
        cwd=here / "book",
        env={"TIPCASE_HOME": str(here / "home"), "XDG_RUNTIME_DIR": str(here)},
    )
    assert ran.code in set(EXIT_CODES) - {1}, ran
    assert "Traceback" not in ran.stderr
    if ran.code not in (0, 3, 7):
        assert ran.stdout == "" or "--json" in given_words, ran
        assert "tipcase: error: " in ran.stderr


def test_a_slip_in_the_name_of_a_casebook_never_means_the_one_around(office: Office) -> None:
    (office.book.parent / "other").mkdir()
    for typed in ("../missing", "missing", "../other"):
        ran = office.run("list", "--casebook", typed)
        assert (ran.code, ran.stdout) == (4, ""), typed
    assert office.run("list", "--casebook", "cases").code == 0
