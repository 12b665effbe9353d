"""``form --out``: a page and its trace in the journal come about together or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case


def prints(office: Office) -> list[str]:
    """Who printed, as the journal has it."""
    return [row["signer"] for row in office.data("log", office.case) if row["op"] == "print"]


def everything(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def test_each_form_has_one_entry_and_one_page(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "print"
    office.done("form", office.case, "P1", "P5", "P1", "--out", out)
    assert prints(office) == ["cw1", "cw1"]
    assert [path.suffix for path in everything(out)] == [".html", ".html"]
    assert office.run("verify").code == 0
    # Each entry follows the one before: two that stand side by side would be two heads.
    assert len(Case(Book(office.book, office.home), office.case).fold.heads) == 1


def test_a_folder_that_cannot_be_written_leaves_nothing(office: Office, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert office.run("form", office.case, "P1", "--out", tmp_path / "file/print").code == 10
    # The second page cannot take its place: the first one is not left behind either.
    out = tmp_path / "deep/print"
    taken = out / f"{office.case}-P5.both.html"
    taken.mkdir(parents=True)
    assert office.run("form", office.case, "P1", "P5", "--out", out).code == 10
    assert everything(out) == [taken]
    assert prints(office) == []


def test_a_journal_that_cannot_be_written_leaves_no_page(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_words: object) -> None:
        raise OSError(28, "no")

    monkeypatch.setattr("tipcase.casebook.change.note_print", refuse)
    assert office.run("form", office.case, "P1", "--out", tmp_path / "deep/print").code == 10
    assert not (tmp_path / "deep").exists()


def test_no_page_is_there_before_its_entry(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "print"
    before: list[str] = []

    from tipcase.casebook import change

    real = change.note_print

    def look(*words: object) -> None:
        before.extend(name for name in os.listdir(out) if name.endswith(".html"))
        real(*words)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(change, "note_print", look)
    office.done("form", office.case, "P1", "--out", out)
    assert before == []
