"""The files of an export: what other programs read in them, and that they appear whole or not."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase import files
from tipcase.errors import ConflictError, MachineError, NotFoundError
from tipcase.law.findings import Text
from tipcase.reports.export import folder, parquet, plain
from tipcase.reports.export.columns import Column, Kind, Sheet, alone, by_content

KINDS: tuple[Kind, ...] = ("code", "codes", "number", "month", "yes-no")
CODES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=";"), min_size=1)
ROWS = st.lists(
    st.tuples(
        st.none() | CODES,
        st.none() | st.lists(CODES, min_size=1, max_size=3).map(tuple),
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.just("2026-03"),
        st.none() | st.booleans(),
    ),
    max_size=5,
)


def _sheet(rows: list[Any]) -> Sheet:
    columns = tuple(Column(kind.replace("-", "_"), Text(kind), kind) for kind in KINDS)
    return Sheet("cases", columns, tuple(rows))


@given(ROWS)
def test_csv_says_what_was_given_and_no_cell_is_a_formula(rows: list[Any]) -> None:
    text = plain.as_csv(_sheet(rows)).decode("utf-8")
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read[0] == ["code", "codes", "number", "month", "yes_no"]
    assert len(read) == len(rows) + 1
    for cells, row in zip(read[1:], rows, strict=True):
        assert not any(cell.startswith(("=", "+", "@", "-", "\t", "\r")) for cell in cells[:2])
        assert cells[0].removeprefix("'") == (row[0] or "").removeprefix("'")
        assert cells[2] == ("" if row[2] is None else str(row[2]))
        assert cells[4] == ("" if row[4] is None else str(row[4]).lower())


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "|x", "%x", "\uff1d1+1"])
def test_what_a_spreadsheet_would_run_is_quoted(cell: str) -> None:
    assert plain.as_csv(_sheet([(cell, None, None, None, None)])).splitlines()[1].startswith(b"'")
    listed = plain.as_csv(_sheet([(None, ("a", cell), None, None, None)]))
    assert b"a;'" + cell.encode() in listed


@given(ROWS)
def test_ndjson_says_what_was_given(rows: list[Any]) -> None:
    lines = plain.as_ndjson(_sheet(rows)).decode("utf-8").split("\n")
    assert lines.pop() == ""
    for line, row in zip(lines, rows, strict=True):
        listed = [list(value) if isinstance(value, tuple) else value for value in row]
        assert list(json.loads(line).values()) == listed


@pytest.mark.soak
def test_parquet_says_what_was_given_with_its_types() -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    rows = [("KH", ("a", "b"), 3, "2026-03", True), (None, None, None, None, None)]
    table = pq.read_table(io.BytesIO(parquet.as_parquet(_sheet(rows))))
    assert [str(field.type) for field in table.schema] == [
        "string", "list<element: string>", "int64", "string", "bool",
    ]  # fmt: skip
    assert table.to_pylist()[0] == {
        "code": "KH", "codes": ["a", "b"], "number": 3, "month": "2026-03", "yes_no": True,
    }  # fmt: skip
    assert parquet.as_parquet(_sheet([]))  # a month in which nobody was on file


def test_without_its_library_parquet_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MachineError) as raised:
        parquet.needed()
    assert "tipcase[parquet]" in raised.value.hint


@given(st.permutations([("b", 1), ("a", 2), (None, 3), ("a", 1)]))
def test_the_order_of_rows_is_that_of_what_they_say(rows: list[Any]) -> None:
    assert by_content(rows) == by_content(sorted(rows, key=str))


def test_who_shares_what_is_seen_with_nobody_is_counted() -> None:
    assert alone([("f", "KH"), ("f", "KH"), ("m", "KH"), ("m", "VN")]) == 2
    assert alone([]) == 0


# -- the folder --

CONTENTS = {
    "cases.csv": b"a\r\n1\r\n",
    folder.MANIFEST: json.dumps(
        {"made_by": folder.MADE_BY, "files": [{"name": "cases.csv"}]}
    ).encode(),
}


def _all(path: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in path.iterdir()}


def test_a_folder_appears_whole_and_private(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder.deliver(out, CONTENTS, force=False)
    assert _all(out) == CONTENTS
    assert out.stat().st_mode & 0o777 == 0o700
    assert {one.stat().st_mode & 0o777 for one in out.iterdir()} == {0o600}
    assert os.listdir(tmp_path) == ["out"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    folder.deliver(tmp_path / "out", CONTENTS, force=False)
    assert _all(tmp_path / "out") == CONTENTS


def test_only_an_export_is_replaced_and_only_where_asked(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder.deliver(out, CONTENTS, force=False)
    with pytest.raises(ConflictError):
        folder.deliver(out, CONTENTS, force=False)
    newer = {**CONTENTS, "cases.csv": b"b\r\n"}
    folder.deliver(out, newer, force=True)
    assert _all(out) == newer
    assert os.listdir(tmp_path) == ["out"]
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(ConflictError, match="more than an export"):
        folder.deliver(out, CONTENTS, force=True)
    assert (out / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "manifest", [b"", b"[]", b"{}", b"{", b'{"made_by": "tipcase export", "files": [1]}']
)
def test_a_folder_of_others_is_never_replaced(tmp_path: Path, manifest: bytes) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / folder.MANIFEST).write_bytes(manifest)
    with pytest.raises(ConflictError):
        folder.deliver(out, CONTENTS, force=True)
    assert _all(out) == {folder.MANIFEST: manifest}


def test_where_no_export_can_stand(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(NotFoundError):
        folder.check(tmp_path / "none" / "out", force=True)
    for name in ("file", "link"):
        with pytest.raises(ConflictError):
            folder.check(tmp_path / name, force=True)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("there", [False, True])
def test_a_failure_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, there: bool
) -> None:
    out = tmp_path / "out"
    if there:
        folder.deliver(out, CONTENTS, force=False)
    calls = iter(range(99))

    def failing(real: Any) -> Any:
        def run(*words: Any, **more: Any) -> Any:
            if next(calls) == at:
                raise OSError(28, "no space")
            return real(*words, **more)

        return run

    monkeypatch.setattr(files, "create", failing(files.create))
    monkeypatch.setattr(os, "rename", failing(os.rename))
    newer = {**CONTENTS, "cases.csv": b"new\r\n"}
    try:
        folder.deliver(out, newer, force=True)
    except MachineError:
        assert os.listdir(tmp_path) == (["out"] if there else [])
        assert not there or _all(out) == CONTENTS
    else:
        assert at >= 3
        assert _all(out) == newer
        assert os.listdir(tmp_path) == ["out"]
