"""``export`` of data: who stands in the files, what never does, and what happens to the rest."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import OPENED, Office, example
from tipcase.errors import MachineError
from tipcase.reports import reading

# In this process: a pool costs more than two cases.
TODAY = ("--as-of", "2026-10-15", "--processes", "1")
DAY = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CONSENT = "{{happened_on: 2026-01-06, subject: reporting, answer: {}, given_by: self}}"


def asked(office: Office, case: str, answer: str) -> None:
    """What the person of a case answered to being reported."""
    office.done("put", case, "consent", "-", input=CONSENT.format(answer))


@pytest.fixture
def agreed(office: Office) -> Office:
    """The office, the person of its only case agreed to be reported."""
    asked(office, office.case, "given")
    return office


def exported(office: Office, out: Path, format: str = "csv", *more: str) -> dict[str, bytes]:
    """What an export that must succeed has written, by name."""
    office.done("export", format, "--out", out, *TODAY, *more)
    return {path.name: path.read_bytes() for path in out.iterdir()}


def rows(found: dict[str, bytes], name: str = "cases.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(found[name].decode("utf-8").splitlines()))


def test_only_who_said_yes_stands_in_the_files(agreed: Office, tmp_path: Path) -> None:
    for answer in ("refused", "later", None):
        case = agreed.done("new", "--opened", OPENED).strip()
        if answer:
            asked(agreed, case, answer)
    agreed.done("new", "--opened", "2026-08-01")  # not yet on file in the period
    words = ("export", "csv", "--out", tmp_path / "out", "--period", "2026-Q1", *TODAY)
    ran = agreed.run(*words, "--json")
    answer = json.loads(ran.stdout)["data"]
    counts = {"cases": 1, "refused": 1, "not_asked": 2, "outside_period": 1}
    assert {**answer, **counts, "not_open": 0, "unread": 0} == answer
    assert answer["period"] == {"from": "2026-01-01", "to": "2026-03-31"}
    assert (answer["written"], answer["internal"], answer["alone"]) == (True, False, 1)
    for said in ("1 case(s) left out: they refused", "2 case(s) left out: nobody asked", "delete"):
        assert said in ran.stderr
    found = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    (row,) = rows(found)
    assert (row["new"], row["open_end"], row["cases"]) == ("1", "1", "1")
    manifest = json.loads(found["manifest.json"])
    assert manifest["counts"] == {**counts, "not_open": 0, "unread": 0}
    assert manifest["files"][0]["rows"] == 1
    columns = {one["id"]: one for one in manifest["files"][0]["columns"]}
    assert list(columns) == list(row)
    assert columns["sex"]["label"]["km"] and columns["sex"]["values"]["missing"]["en"]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.soak
def test_no_word_day_or_name_of_a_record_is_in_any_file(agreed: Office, tmp_path: Path) -> None:
    """Every record type with its full example, in every format."""
    secret: set[str] = set()
    types = [one for one in _types(agreed) if one not in ("closure", "consent", "decision")]
    for name in types:
        record = example(agreed, name)
        record.pop("attachments", None)
        ran = agreed.run("put", agreed.case, name, "-", input=json.dumps(record))
        assert ran.code == 0, (name, ran)
        # Words and days; a code without a blank may be a code of an export.
        secret |= {text for text in _texts(record) if " " in text or DAY.match(text.encode())}
    secret |= {agreed.case, "cw1", "+855"}
    assert len(secret) > 100
    for format in ("csv", "ndjson", "htcds", *_parquet()):
        found = exported(agreed, tmp_path / format, format)
        manifest = json.loads(found.pop("manifest.json"))
        found.pop("ATTRIBUTION.txt", None)
        whole = b"\n".join(found.values())
        assert not [text for text in secret if text.encode() in whole], format
        assert not DAY.search(whole), format
        assert manifest["as_of"] == "2026-10-15" and agreed.case not in json.dumps(manifest)
    kept = exported(agreed, tmp_path / "own", "csv", "--with-ids")
    assert rows(kept)[0]["case"] == agreed.case
    assert json.loads(kept["manifest.json"])["internal"] is True


def _types(office: Office) -> list[str]:
    from tipcase import law

    edition = law.load(Path(__file__).parents[2] / "schemas" / "kh-2009")
    return list(edition.record_types)


def _parquet() -> tuple[str, ...]:
    return ("parquet",) if importlib.util.find_spec("pyarrow") else ()


def test_a_case_that_cannot_be_read_stops_no_other(agreed: Office, tmp_path: Path) -> None:
    other = agreed.done("new", "--opened", OPENED).strip()
    asked(agreed, other, "given")
    (sealed,) = (agreed.book / "cases" / other).glob("consent-*.age")
    sealed.write_bytes(sealed.read_bytes()[:-1])
    ran = agreed.run("export", "csv", "--out", tmp_path / "out", *TODAY)
    assert ran.code == 7 and "1 case(s) could not be read" in ran.stderr
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert (manifest["counts"]["cases"], manifest["counts"]["unread"]) == (1, 1)


def test_an_error_that_names_no_case_says_of_which_it_is(
    agreed: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unread = (agreed.case, MachineError("cannot read a case: permission denied"))
    monkeypatch.setattr(reading, "read", lambda *_, **__: reading.Batch({}, (unread,)))
    ran = agreed.run("export", "csv", "--out", tmp_path / "out", *TODAY)
    assert f"{agreed.case}: cannot read a case: permission denied" in ran.stderr
    assert ran.code == MachineError("x").exit_code


@pytest.mark.soak
def test_cases_that_are_not_open_are_counted(
    agreed: Office, second_person: Callable[..., Path], tmp_path: Path
) -> None:
    colleague = {"TIPCASE_HOME": str(second_person("cw2"))}
    ran = agreed.run("export", "csv", "--out", tmp_path / "out", *TODAY, env=colleague)
    assert ran.code == 0 and "1 case(s) are not open to you" in ran.stderr
    counts = json.loads((tmp_path / "out" / "manifest.json").read_bytes())["counts"]
    assert (counts["cases"], counts["not_open"]) == (0, 1)


def test_what_an_export_refuses(agreed: Office, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for words, code in {
        ("csv",): 8,
        ("csv", "--out", "-"): 2,
        ("excel", "--out", str(out)): 2,
        (agreed.case, "--out", str(out)): 2,
        ("csv", "--out", str(agreed.book / "out")): 2,
        ("csv", "--out", str(agreed.book)): 2,
        ("csv", "--out", str(tmp_path / "none" / "out")): 4,
        ("csv", "--out", str(agreed.home)): 5,
        ("csv", "--out", str(agreed.home), "--force"): 5,
        ("csv", "--out", str(out), "--period", "2026-13"): 2,
        ("csv", "--out", str(out), "--from", "2026-02-01"): 2,
        ("csv", "--out", str(out), "--from", "2026-02-01", "--to", "2026-01-01"): 2,
        ("csv", "--out", str(out), "--processes", "0"): 2,
        (agreed.case, "abcd", "--out", str(out), "--period", "2026"): 2,
        (agreed.case, "abcd", "--out", str(out), "--with-ids"): 2,
    }.items():
        before = agreed.snapshot()
        ran = agreed.run("export", *words)
        assert (ran.code, ran.stdout) == (code, ""), (words, ran)
        assert "hint" in ran.stderr and "Traceback" not in ran.stderr
        assert not out.exists() and agreed.snapshot() == before


def test_a_dry_run_reads_and_writes_nothing(agreed: Office, tmp_path: Path) -> None:
    answer = agreed.data("export", "csv", "--out", tmp_path / "out", "--dry-run", *TODAY)
    assert (answer["written"], answer["cases"]) == (False, 1)
    assert not (tmp_path / "out").exists()


@pytest.mark.soak
def test_an_earlier_export_is_replaced_where_asked(agreed: Office, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = exported(agreed, out)
    assert agreed.run("export", "htcds", "--out", out, *TODAY).code == 5
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first
    found = exported(agreed, out, "htcds", "--force")
    assert "cases.csv" not in found
    assert exported(agreed, tmp_path / "again") == first, "the same cases make the same files"


def test_without_pyarrow_nothing_is_read(
    agreed: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr("tipcase.reports.reading.read", lambda *_, **__: pytest.fail("it read"))
    ran = agreed.run("export", "parquet", "--out", tmp_path / "out")
    assert ran.code == 10 and "tipcase[parquet]" in ran.stderr
