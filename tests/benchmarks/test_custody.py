"""The other sides of custody's rows really do their work; no time is asserted."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature

from benchmarks import bare_verify, custody, make_book


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    person = make_book.identity("x25519")
    make_book.make(tmp_path / "book", person, 1, 2)
    return tmp_path / "book"


def test_the_bare_side_checks_every_signature(book: Path) -> None:
    lines = [line for path in book.rglob("*.journal") for line in path.read_bytes().splitlines()]
    assert bare_verify.main(str(book)) == len(lines) > 3


def test_the_bare_side_finds_a_wrong_signature(book: Path) -> None:
    (path,) = (book / "cases").glob("*/journal/*.journal")
    payload, _, signature = path.read_bytes().rstrip(b"\n").rpartition(b"\t")
    wrong = base64.b64decode(signature)[:-64] + bytes(64)
    path.write_bytes(payload + b"\t" + base64.b64encode(wrong) + b"\n")
    with pytest.raises(InvalidSignature):
        bare_verify.main(str(book))


def test_both_sides_of_new_keys_write_every_record(book: Path, tmp_path: Path) -> None:
    (case,) = (path for path in (book / "cases").iterdir() if path.is_dir())
    before = {path.name: path.read_bytes() for path in case.glob("*.age")}
    row = custody.rekey_row(book, Path(os.environ["TIPCASE_HOME"]), tmp_path / "scratch")
    assert row.runs == 1 and row.ours > 0 and row.other > 0
    assert {path.name for path in (tmp_path / "scratch").iterdir()} == before.keys()
    assert all((case / name).read_bytes() != data for name, data in before.items())
