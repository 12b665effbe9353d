"""Which identity a command uses, and what it says when there is none, another, or several."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tipcase.cli import context, root


def env(home: Path) -> dict[str, str]:
    return {"TIPCASE_HOME": str(home)}


def test_none_is_6_and_says_how_to_make_one(office: Office, tmp_path: Path) -> None:
    ran = office.run("show", office.case, env=env(tmp_path / "empty"))
    assert ran.code == 6
    assert "tipcase keygen" in ran.stderr
    gone = office.run("show", office.case, "--identity", str(tmp_path / "gone.txt"))
    assert gone.code == 6


def test_list_verify_and_log_need_none(office: Office, tmp_path: Path) -> None:
    for words in (("list",), ("verify",), ("log", office.case), ("log", "staff"), ("schema",)):
        assert office.run(*words, env=env(tmp_path / "empty")).code == 0


def test_several_are_8_with_their_names(office: Office) -> None:
    made = office.run("keygen", "--handle", "cw2", "--no-passphrase", "--keys", "x25519")
    assert made.code == 0
    ran = office.run("show", office.case)
    assert ran.code == 8
    assert "cw1.txt" in ran.stderr
    assert "cw2.txt" in ran.stderr
    hint = ran.stderr.splitlines()[-1].partition("--identity ")[2]
    assert office.run("show", office.case, "--identity", hint).code == 0
    assert office.run("show", office.case, env={"TIPCASE_IDENTITY": hint}).code == 0
    # The option wins over the variable.
    other = str(office.home / "keys/cw2.txt")
    assert office.run("show", office.case, "--identity", other).code == 6
    words = ("show", office.case, "--identity", hint)
    assert office.run(*words, env={"TIPCASE_IDENTITY": other}).code == 0


def test_a_stranger_and_a_colleague_off_the_team_are_6(
    office: Office, second_person: Callable[..., Path], tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger"
    keys = ("keygen", "--handle", "cw9", "--no-passphrase", "--keys", "x25519")
    assert office.run(*keys, env=env(stranger)).code == 0
    office.put("note", "happened_on: 2026-02-03\ntext: canary-7316\n")
    for home in (stranger, second_person()):
        for words in (
            ("show", office.case, "note"),
            ("check", office.case),
            ("readiness", office.case),
            ("advance", office.case),
            ("put", office.case, "note", "-"),
            ("form", office.case, "P1"),
        ):
            ran = office.run(*words, env=env(home), input="happened_on: 2026-02-03\n")
            assert ran.code == 6, (words, ran)
            assert "tipcase: hint: " in ran.stderr
            assert "canary" not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", 7),
        (b"not a key at all\n", 7),
        (b"\xff\xfe\x00", 7),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n", 7),
        (b"# public key: age1xyz\nAGE-SECRET-KEY-1QQQQQQQQQQQQQQQQ\n", 7),
        (b"age-encryption.org/v1\n-> scrypt", 7),
    ],
)
def test_a_foreign_file_is_7_and_not_quoted(
    office: Office, tmp_path: Path, content: bytes, code: int
) -> None:
    path = tmp_path / "key.txt"
    path.write_bytes(content)
    # A passphrase could be asked for only when the file is really protected by one.
    ran = office.run("show", office.case, "--identity", str(path))
    assert ran.code in ((code, 8) if content.startswith(b"age-") else (code,)), ran
    assert ran.stderr.startswith("tipcase: error: ")
    assert "QQQQ" not in ran.stderr


def test_a_passphrase_needs_a_terminal_or_an_unlocked_identity(protected: Office) -> None:
    ran = protected.process("show", protected.case)
    assert ran.code == 8
    assert "tipcase unlock --passphrase-file -" in ran.stderr
    wrong = protected.run("unlock", "--passphrase-file", "-", input="wrong\n")
    assert wrong.code == 6
    assert "wrong" not in wrong.stderr.replace("wrong passphrase", "")
    opened = protected.run("unlock", "--passphrase-file", "-", input="correct horse\n")
    assert (opened.code, opened.stdout) == (0, "")
    assert protected.run("show", protected.case).code == 0
    assert protected.run("lock").code == 0
    assert protected.process("show", protected.case).code == 8


def test_a_passphrase_file_and_its_first_line(protected: Office, tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_text("correct horse\nmore\n")
    assert protected.run("unlock", "--passphrase-file", str(path)).code == 0
    assert protected.run("unlock", "--passphrase-file", str(tmp_path / "gone")).code == 4
    path.write_text("\n")
    assert protected.run("unlock", "--passphrase-file", str(path)).code == 2


def test_the_unlocked_identity_ends_at_its_time(
    protected: Office, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.loads(
        protected.done(
            "unlock", "--for", "30m", "--passphrase-file", "-", "--json", input="correct horse\n"
        )
    )["data"]
    assert told["handle"] == "cw1"
    until = datetime.fromisoformat(told["until"])
    assert timedelta(minutes=29) < until - datetime.now(UTC) <= timedelta(minutes=30)
    kept = [path for path in (home / "run").rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert kept[0].stat().st_mode & 0o777 == 0o600

    def later() -> datetime:
        return until

    # What the clock says one second before and at the end, as the next command sees it.
    spied = context.Context(now=lambda: until - timedelta(seconds=1))
    assert spied.person.handle == "cw1"
    ended = context.Context(now=later)
    with pytest.raises(Exception, match="no terminal"):
        _ = ended.person
    assert not kept[0].exists()


def test_the_unlocked_identity_belongs_to_its_home(protected: Office, tmp_path: Path) -> None:
    protected.done("unlock", "--passphrase-file", "-", input="correct horse\n")
    assert protected.run("show", protected.case, env=env(tmp_path / "empty")).code == 6


def test_a_named_identity_wins_over_the_unlocked_one(
    protected: Office, second_person: Callable[..., Path]
) -> None:
    protected.done("unlock", "--passphrase-file", "-", input="correct horse\n")
    other = second_person() / "keys/cw2.txt"
    assert protected.run("show", protected.case, "--identity", str(other)).code == 6


def test_any_next_command_ends_an_unlock_whose_time_is_over(
    protected: Office, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    protected.done("unlock", "--for", "30m", "--passphrase-file", "-", input="correct horse\n")
    monkeypatch.chdir(protected.book)
    kept = [path for path in (home / "run").rglob("*") if path.is_file()]
    soon, late = (datetime.now(UTC) + timedelta(minutes=m) for m in (29, 31))
    # `list` needs no identity, and is the next command all the same.
    assert root.answer(["list"], context.Context(now=lambda: soon)) == 0
    assert kept[0].exists()
    assert root.answer(["list"], context.Context(now=lambda: late)) == 0
    assert not kept[0].exists()


def test_an_unknown_case_is_4_also_without_a_key(office: Office, tmp_path: Path) -> None:
    for command in ("show", "log", "check", "readiness"):
        ran = office.run(command, "ZZZZ-ZZZZ", env=env(tmp_path / "empty"))
        assert (command, ran.code) == (command, 4)


def test_an_unknown_case_asks_for_no_passphrase(protected: Office) -> None:
    assert protected.run("show", "ZZZZ-ZZZZ").code == 4
    protected.done("unlock", "--passphrase-file", "-", input="correct horse\n")
    protected.done("set", protected.case, "profile", "office_number=2026/017")
    assert protected.run("show", "2026/017").code == 0
    protected.done("lock")
    assert protected.run("show", "2026/017").code == 4


def test_log_looks_for_no_office_number(office: Office) -> None:
    office.done("set", office.case, "profile", "office_number=2026/017")
    assert office.run("show", "2026/017").code == 0
    assert office.run("log", "2026/017").code == 4


@pytest.mark.parametrize(
    ("passphrase", "warned"),
    [
        ("abcde", True),
        ("a1-b2-c3", True),
        ("extraordinarily", True),
        ("four plain short words", False),
    ],
)
def test_a_weak_passphrase_is_warned_of(passphrase: str, warned: bool) -> None:
    from tipcase.cli.keygen import _weak

    assert bool(_weak(passphrase)) is warned
