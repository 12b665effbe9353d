"""Hostile content: the exit code of the table, a sentence, a hint, no value, nothing changed."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tests.cli.hostile import CANARY, CONTENT, SLOW, WORDS
from tests.commands import Ran

ERROR = re.compile(r"tipcase: error: (?P<sentence>.+)\ntipcase: hint: (?P<hint>.+)\n\Z")


def refused(ran: Ran, code: int) -> None:
    """The code, one error with a hint or findings with advice, and nothing of the content."""
    assert ran.code == code, ran
    assert ran.stdout == ""
    assert CANARY not in ran.stderr.lower()
    assert "Traceback" not in ran.stderr
    if "blocks" in ran.stderr:
        assert "tipcase schema" in ran.stderr.splitlines()[-1]
    else:
        assert ERROR.fullmatch(ran.stderr), ran.stderr


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.soak if name in SLOW else ()) for name in CONTENT],
)
@pytest.mark.sampled(2)
def test_put_refuses(office: Office, name: str, tmp_path: Path) -> None:
    before = office.snapshot()
    refused(office.run("put", office.case, "note", "-", input=CONTENT[name]), 3)
    path = tmp_path / "record.yaml"
    path.write_bytes(CONTENT[name])
    ran = office.run("put", office.case, "note", str(path), "--json")
    assert ran.code == 3
    assert CANARY not in ran.stdout + ran.stderr
    assert office.snapshot() == before


@pytest.mark.parametrize("name", WORDS)
def test_set_refuses(office: Office, name: str) -> None:
    code, words = WORDS[name]
    before = office.snapshot()
    refused(office.run("set", office.case, *words, input=CANARY), code)
    assert office.snapshot() == before


@pytest.mark.parametrize(
    "name", ["latin-1", "nul", "escape", "utf-16", "half-a-surrogate", "huge-text"]
)
@pytest.mark.parametrize("option", ["set", "override", "reason", "done-elsewhere"])
def test_texts_from_the_input_refuse_the_same(office: Office, name: str, option: str) -> None:
    before = office.snapshot()
    words = {
        "set": ("set", office.case, "profile", "full_name=-"),
        "override": ("advance", office.case, "--override", "-"),
        "reason": ("skip", office.case, "referral", "--reason", "-"),
        "done-elsewhere": ("skip", office.case, "referral", "--done-elsewhere", "-"),
    }[option]
    ran = office.run(*words, input=CONTENT[name])
    assert ran.code == 3, ran
    assert CANARY not in ran.stdout + ran.stderr
    assert office.snapshot() == before


def test_what_is_no_file(office: Office, tmp_path: Path) -> None:
    before = office.snapshot()
    put = ("put", office.case, "note")
    refused(office.run(*put, str(tmp_path)), 2)
    refused(office.run(*put, "/dev/null"), 2)
    refused(office.run(*put, "/dev/zero"), 2)
    refused(office.run(*put, str(tmp_path / CANARY)), 4)
    refused(office.run(*put, str(tmp_path / "file" / CANARY)), 4)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert office.run(*put, str(tmp_path / "loop")).code in (4, 7)
    (tmp_path / "dangling").symlink_to(tmp_path / CANARY)
    refused(office.run(*put, str(tmp_path / "dangling")), 4)
    assert office.snapshot() == before


def test_a_link_and_a_pipe_that_the_person_names_are_read(office: Office, tmp_path: Path) -> None:
    note = "happened_on: 2026-02-03\ntext: x\n"
    (tmp_path / "note.yaml").write_text(note)
    (tmp_path / "link.yaml").symlink_to(tmp_path / "note.yaml")
    office.done("put", office.case, "note", str(tmp_path / "link.yaml"))
    read, write = os.pipe()
    os.write(write, note.encode())
    os.close(write)
    office.done("put", office.case, "note", f"/dev/fd/{read}")
    os.close(read)
    assert len(office.data("show", office.case)) == 2


def test_an_endless_input_is_not_taken_into_memory(office: Office) -> None:
    from tipcase.cli import words
    from tipcase.documents.limits import MAX_BYTES

    ran = office.run("put", office.case, "note", "-", input=b"#" * (MAX_BYTES + 10))
    assert ran.code == 3
    with open("/dev/zero", "rb") as endless, pytest.MonkeyPatch.context() as patch:
        stdin = type("Stdin", (), {"buffer": endless, "isatty": lambda: False})
        patch.setattr("sys.stdin", stdin)
        assert len(words.read_input()) == MAX_BYTES + 1


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b"format: 1\n", b"format: 9\nhandle: x\n"]
)
def test_a_card_that_is_none(office: Office, tmp_path: Path, content: bytes) -> None:
    before = office.snapshot()
    card = tmp_path / "card.yaml"
    card.write_bytes(content)
    ran = office.run("staff", "add", str(card), "--role", "caseworker")
    assert ran.code in (2, 7)
    assert ERROR.fullmatch(ran.stderr), ran
    assert office.snapshot() == before


def test_a_card_that_somebody_changed(office: Office, tmp_path: Path) -> None:
    env = {"TIPCASE_HOME": str(tmp_path / "other")}
    keys = ("keygen", "--handle", "cw2", "--no-passphrase", "--keys", "x25519")
    assert office.run(*keys, env=env).code == 0
    assert office.run(*(w.replace("cw2", "cw3") for w in keys), env=env).code == 0
    mine, other = (
        (tmp_path / "other/keys" / f"{name}.card.yaml").read_text() for name in ("cw2", "cw3")
    )
    recipient = re.compile(r"^recipient: .*$", re.M)
    theirs = recipient.search(other)
    assert theirs is not None
    card = tmp_path / "card.yaml"
    card.write_text(recipient.sub(theirs[0], mine))
    before = office.snapshot()
    ran = office.run("staff", "add", str(card), "--role", "caseworker")
    assert ran.code == 7
    assert ERROR.fullmatch(ran.stderr)
    assert office.snapshot() == before
