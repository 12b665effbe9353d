"""The tables of docs/ that are made from the code are what the code has now."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("make_docs", DOCS / "make_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_docs = _load()


@pytest.mark.parametrize("path", make_docs.pages(), ids=lambda path: path.name)
def test_a_page_is_as_the_code_would_write_it(path: Path) -> None:
    text = path.read_text("utf-8")
    assert make_docs.page(text) == text, f"{path.name} is stale: run python docs/make_docs.py"


def test_every_made_table_stands_on_some_page() -> None:
    text = "".join(path.read_text("utf-8") for path in make_docs.pages())
    assert all(f"<!-- made: {name} -->" in text for name in make_docs.MADE)


def test_every_command_says_its_exit_codes_and_no_other_does() -> None:
    from tipcase.cli.words import COMMANDS

    known = {full for name in COMMANDS for full, _ in make_docs._found(name)}
    assert set(make_docs.EXITS) == known


def test_exit_codes_of_commands_stand_in_the_table() -> None:
    import re

    from tipcase.errors import EXIT_CODES

    for text in make_docs.EXITS.values():
        for code in re.findall(r"(?:^|· )(\d+):", text):
            assert int(code) in EXIT_CODES


def test_what_differs_is_written_anew() -> None:
    stale = "before\n<!-- made: exit-codes -->\nold\n<!-- end -->\nafter\n"
    fresh = make_docs.page(stale)
    assert "old" not in fresh
    assert "| 130 | interrupted |" in fresh
    assert fresh.startswith("before\n")
    assert fresh.endswith("after\n")
    assert make_docs.page(fresh) == fresh
