"""The auditor's script: ``docs/check-case.sh`` judges a case with programs of others alone."""

from __future__ import annotations

import base64
import hashlib
import shutil
import string
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import Ran
from tests.oracles import require

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

SCRIPT = Path(__file__).resolve().parent.parent.parent / "docs" / "check-case.sh"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A casebook with one case of two records, made once; its case folder."""
    require("ssh-keygen")
    from tests.commands import run_inside

    folder = tmp_path_factory.mktemp("audited")
    env = {"TIPCASE_HOME": str(folder / "home")}

    def tipcase(*words: str, text: str = "", cwd: Path = folder) -> str:
        done = run_inside(*words, input=text, env=env, cwd=cwd)
        assert done.code == 0, done.stderr
        return done.stdout.strip()

    tipcase("keygen", "--handle", "cw1", "--no-passphrase", "--keys", "x25519")
    tipcase("init", "book", "--name", "Example", "--keys", "x25519", "--no-git")
    book = folder / "book"
    case = tipcase("new", "--opened", "2026-01-05", cwd=book)
    tipcase("put", case, "note", text="happened_on: 2026-01-06\ntext: came back\n", cwd=book)
    tipcase("set", case, "profile", "nationality=KH", cwd=book)
    tipcase("attach", case, "profile", "-", text="a scan", cwd=book)
    tipcase("rekey", case, cwd=book)
    return book / "cases" / case


@pytest.fixture
def case(made: Path, tmp_path: Path) -> Path:
    """A copy to spoil; the id is the folder's name, so it keeps it."""
    shutil.copytree(made.parent.parent, tmp_path / "book")
    return tmp_path / "book" / "cases" / made.name


def audit(case: Path) -> Ran:
    book = next(folder for folder in case.parents if (folder / "casebook.yaml").exists())
    signers = book / "staff" / "allowed_signers"
    done = subprocess.run(
        ["sh", str(SCRIPT), str(case), str(signers)], capture_output=True, text=True, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_a_sound_case_passes(case: Path) -> None:
    ran = audit(case)
    assert (ran.code, ran.stderr) == (0, "") and ran.stdout.startswith("ok:")


def test_the_providers_folder_passes_too(case: Path) -> None:
    assert audit(case.parent.parent / "provider").code == 0


def test_a_flipped_byte_in_a_record_fails(case: Path) -> None:
    flip(case / "profile.yaml.age", 300)
    ran = audit(case)
    assert ran.code == 1
    assert "profile.yaml.age" in ran.stdout


def test_a_flipped_byte_in_a_wrap_fails(case: Path) -> None:
    flip(next(case.glob("keys/*/cw1.age")), 40)
    assert audit(case).code == 1


@pytest.mark.parametrize("where", [0.0, 0.2, 0.5, 0.8, 0.97, 1.0])
def test_a_flipped_byte_anywhere_in_the_journal_fails(case: Path, where: float) -> None:
    journal = case / "journal" / "cw1.journal"
    flip(journal, int(where * (journal.stat().st_size - 1)))
    ran = audit(case)
    assert ran.code == 1
    assert "cw1.journal" in ran.stdout


def test_another_spelling_of_a_signature_fails(case: Path) -> None:
    journal = case / "journal" / "cw1.journal"
    # The last letter before "=" carries bits that decoding throws away: the letter behind it in
    # the alphabet says the same bytes.
    data = bytearray(journal.read_bytes())
    at = len(data) - 2 - data[-5:].count(b"=")
    letters = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    before = bytes(data).rpartition(b"\t")[2]
    data[at] = ord(letters[letters.index(chr(data[at])) + 1])
    after = bytes(data).rpartition(b"\t")[2]
    assert before != after and base64.b64decode(before) == base64.b64decode(after)
    journal.write_bytes(data)
    assert audit(case).code == 1


def test_a_record_that_nobody_signed_fails(case: Path) -> None:
    (case / "note-planted2.yaml.age").write_bytes((case / "profile.yaml.age").read_bytes())
    ran = audit(case)
    assert ran.code == 1
    assert "note-planted2.yaml.age" in ran.stdout


def test_a_signed_record_under_another_name_fails(case: Path) -> None:
    note = next(case.glob("note-*.age"))
    (case / "profile.yaml.age").write_bytes(note.read_bytes())
    assert audit(case).code == 1


def test_a_flipped_byte_in_an_attachment_fails(case: Path) -> None:
    flip(next(case.glob("attachments/*.age")), 300)
    assert audit(case).code == 1


def test_the_keys_of_every_generation_are_looked_at(case: Path) -> None:
    assert len(list(case.glob("keys/*"))) == 2
    for key in case.glob("keys/*/recovery.age"):
        flip(key, 40)
    assert audit(case).stdout.count("BAD") == 2


def waits(case: Path, data: bytes) -> Path:
    """Bytes as a merge lays them aside."""
    (case / "aside").mkdir()
    path = case / "aside" / f"{hashlib.sha256(data).hexdigest()}.age"
    path.write_bytes(data)
    return path


def test_what_waits_aside_passes_where_a_line_names_it(case: Path) -> None:
    waits(case, (case / "profile.yaml.age").read_bytes())
    assert audit(case).code == 0


def test_what_no_line_names_fails_aside_too(case: Path) -> None:
    waits(case, b"planted")
    assert audit(case).code == 1


def test_a_signed_record_aside_under_another_name_fails(case: Path) -> None:
    note = (case / "profile.yaml.age").read_bytes()
    path = waits(case, note)
    path.rename(path.with_name(f"{'0' * 64}.age"))
    assert audit(case).code == 1


def test_a_line_signed_by_a_stranger_fails(case: Path) -> None:
    (case / "journal" / "cw1.journal").rename(case / "journal" / "cw9.journal")
    assert audit(case).code == 1


def test_a_line_of_another_case_fails(case: Path) -> None:
    foreign = case.parent.parent / "provider" / "journal" / "cw1.journal"
    with (case / "journal" / "cw1.journal").open("ab") as journal:
        journal.write(foreign.read_bytes())
    assert audit(case).code == 1


def test_a_link_in_a_records_place_fails(case: Path, tmp_path: Path) -> None:
    record = case / "profile.yaml.age"
    record.rename(tmp_path / "elsewhere")
    record.symlink_to(tmp_path / "elsewhere")
    assert audit(case).code == 1


def test_tipcase_agrees(case: Path, cli: Callable[..., Ran]) -> None:
    flip(case / "profile.yaml.age", 300)
    assert cli("verify", case.name, cwd=case.parent.parent).code == 7
