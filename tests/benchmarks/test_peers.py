"""The other programs count the same people as a report, or it would be no comparison."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from benchmarks import make_book, peers
from benchmarks.measure import NotRun
from tests.commands import run_inside
from tests.oracles import require, require_module


@pytest.fixture
def book(tmp_path: Path) -> Path:
    make_book.make(tmp_path / "book", make_book.identity("x25519"), 8, 4, seed=3)
    return tmp_path / "book"


@pytest.fixture
def key(book: Path) -> Path:
    return Path(os.environ["TIPCASE_HOME"], "keys", "bench.txt")


def test_a_report_counts_what_the_truth_says(book: Path) -> None:
    words = ("report", "caseload", "--period", "2026-10", "--by", "sex", "--json")
    ran = run_inside(*words, cwd=book)
    assert ran.code == 0
    assert peers.by_sex(json.loads(ran.stdout)["data"]) == peers.expected(book)
    assert sum(peers.expected(book).values()) > 0


def test_so_does_a_loop_in_python(book: Path, key: Path) -> None:
    require_module("pyrage")
    require_module("yaml")
    assert peers.pyrage_loop(str(book), str(key)) == peers.expected(book)


def test_so_does_a_loop_in_the_shell(book: Path, key: Path) -> None:
    require("age")
    assert peers.by_age(book, key, peers.expected(book)) > 0


def test_sops_gets_the_records_themselves(book: Path, key: Path) -> None:
    texts = peers.plaintexts(book, key, 6)
    assert len(texts) == 6 and all(text.startswith(b"tipcase:") for text in texts)
    assert any(b"BENCH-" in text for text in texts)


def test_another_number_is_no_measurement() -> None:
    with pytest.raises(SystemExit):
        peers.agree("age", {"female": 2}, {"female": 3})


def test_a_program_that_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_ours", "by_age", "by_sops", "by_pyrage"):
        monkeypatch.setattr(peers, name, lambda *_: 1.0)
    monkeypatch.setattr(peers, "in_process", lambda folder, *_, **__: folder)
    monkeypatch.setattr(peers, "expected", lambda book: {})
    monkeypatch.setattr(peers, "_sops", lambda: None)
    rows = list(peers.peers(tmp_path))
    (missing,) = (row for row in rows if isinstance(row, NotRun))
    assert "not run: sops is missing" in missing.line and "≥ 150×" in missing.line
