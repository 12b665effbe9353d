"""The contract that scripts rely on, line by line, through the real command line."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import OPENED, Office, example
from tests.commands import Ran
from tests.oracles import require, require_module

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

CASE_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\n")
TAG = re.compile(r"[a-z2-9]{8}\n")
STAGES = (
    "identification",
    "crisis-intervention",
    "referral",
    "reception",
    "case-planning",
    "assessment",
    "recovery",
    "reintegration",
    "follow-up",
    "closure",
)
OTHERS = ("profile", "placement", "health", "consent", "incident", "decision", "note")
ENVELOPE = {"tipcase", "command", "ok", "data", "findings", "errors"}
NOTE = "happened_on: 2026-02-03\ntext: The first visit.\n"


def test_the_first_day_as_processes(
    tmp_path: Path, tipcase: Callable[..., Ran], home: Path
) -> None:
    # One kind of keys a file; the hybrid kind is what nobody has to ask for.
    made = tipcase("keygen", "--handle", "cw1", "--no-passphrase", cwd=tmp_path)
    assert made.code == 0
    keys = home / "tipcase" / "keys"
    assert sorted(path.name for path in keys.iterdir()) == ["cw1.card.yaml", "cw1.txt"]
    assert (keys / "cw1.txt").stat().st_mode & 0o777 == 0o600
    identity = (keys / "cw1.txt").read_text()
    assert len(re.findall("^AGE-SECRET-KEY-PQ-1", identity, re.M)) == 1
    assert "AGE-SECRET-KEY-1" not in identity
    started = tipcase("init", "book", "--name", "Example Shelter", "--no-git", cwd=tmp_path)
    assert started.code == 0
    assert re.fullmatch(r"[0-9a-f]{64}\n", started.stdout)
    assert "RECOVERY SEED" in started.stderr
    assert "keys: hybrid" in (tmp_path / "book/casebook.yaml").read_text()
    book = tmp_path / "book"
    opened = tipcase("new", "--opened", OPENED, cwd=book)
    assert (opened.code, opened.stderr) == (0, "")
    assert CASE_ID.fullmatch(opened.stdout)
    case = opened.stdout.strip()
    wraps = sorted(path.name for path in (book / "cases" / case / "keys").glob("*/*"))
    assert wraps == [
        "cw1.age",
        "cw1.restricted.age",
        "recovery.age",
        "recovery.restricted.age",
    ]
    put = tipcase("put", case, "note", "-", input=NOTE, cwd=book)
    assert put.code == 0
    assert TAG.fullmatch(put.stdout)
    assert tipcase("set", case, "profile", "full_name=-", input="SOK Example\n", cwd=book) == (
        (0, "", "")
    )
    assert tipcase("set", case, "profile", "nationality=KH", cwd=book).code == 0
    assert tipcase("show", case, "profile", cwd=book).stdout == (
        "full_name: SOK Example\nnationality: KH\n"
    )
    assert tipcase("check", case, "--json", cwd=book).code == 3
    assert tipcase("advance", case, cwd=book).code == 3
    assert json.loads(tipcase("list", "--json", cwd=book).stdout)["data"] == [
        {
            "case": case,
            "stage": "identification",
            "phase": "pre-reintegration",
            "state": "open",
            "opened": OPENED,
        }
    ]
    assert tipcase("verify", "--json", cwd=book).code == 0


@pytest.mark.parametrize("kind", ["x25519", "hybrid"])
def test_keygen_with_a_passphrase_writes_an_age_file(
    kind: str,
    cli: Callable[..., Ran],
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tipcase.keyring.person.WORK_FACTOR", 4)
    words = ("keygen", "--handle", "cw1", "--keys", kind, "--passphrase-file", "-")
    ran = cli(*words, input="correct horse\nsecond line\n", cwd=tmp_path)
    assert ran.code == 0, ran
    keys = home / "tipcase" / "keys"
    assert sorted(path.name for path in keys.iterdir()) == ["cw1.age", "cw1.card.yaml"]
    assert (keys / "cw1.age").read_bytes().startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert f"keys: {kind}" in (keys / "cw1.card.yaml").read_text()


def test_init_makes_a_git_repository_and_can_leave_it_out(
    cli: Callable[..., Ran], tmp_path: Path
) -> None:
    assert cli("keygen", "--handle", "cw1", "--no-passphrase", "--keys", "x25519").code == 0
    words = ("--name", "Example Shelter", "--keys", "x25519")
    assert cli("init", "with", *words, cwd=tmp_path).code == 0
    assert cli("init", "without", *words, "--no-git", cwd=tmp_path).code == 0
    log = ["git", "-C", "with", "log", "--format=%an %ae %s"]
    told = subprocess.run(log, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert told == "cw1 cw1@tipcase.invalid casebook init\n"
    clean = ["git", "-C", "with", "status", "--porcelain"]
    assert subprocess.run(clean, cwd=tmp_path, capture_output=True, check=True).stdout == b""
    assert not (tmp_path / "without/.git").exists()


def test_a_colleague_is_added_by_card_and_gets_new_cases_only_as_supervisor(
    office: Office, second_person: Callable[..., Path]
) -> None:
    second_person("cw2", "caseworker")
    second_person("sup2", "supervisor")
    people = {row["handle"]: row["roles"] for row in office.data("staff", "list")}
    assert people == {
        "cw1": ["admin", "supervisor"],
        "cw2": ["caseworker"],
        "sup2": ["supervisor"],
    }
    case = office.done("new").strip()
    wraps = {path.name for path in (office.book / "cases" / case / "keys").glob("*/*")}
    handles = {name.partition(".")[0] for name in wraps}
    assert handles == {"cw1", "sup2", "recovery"}


def test_put_prints_the_tag_of_a_repeating_stage_and_nothing_else(office: Office) -> None:
    first, second = office.put("note", NOTE), office.put("note", NOTE)
    assert TAG.fullmatch(first + "\n")
    assert first != second
    assert office.put(f"note/{first}", NOTE.replace("first", "second")) == ""
    assert "second visit" in office.done("show", office.case, f"note/{first}")
    assert office.put("profile", "nationality: KH\n") == ""


@pytest.mark.parametrize(
    ("record", "text", "field"),
    [
        ("note", "happened_on: 2026-02-30\ntext: x\n", "happened_on"),
        ("note", "happened_on: 2026-02-03\ncolour: x\n", "colour"),
        ("profile", "nationality: Cambodia\n", "nationality"),
        ("profile", "nationality: [KH]\n", "nationality"),
    ],
)
def test_put_and_set_answer_3_and_name_the_field(
    office: Office, record: str, text: str, field: str
) -> None:
    before = office.snapshot()
    ran = office.run("put", office.case, record, "-", "--json", input=text)
    answer = json.loads(ran.stdout)
    assert (ran.code, answer["ok"]) == (3, False)
    assert {finding["field"] for finding in answer["findings"]} == {field}
    assert set(answer["findings"][0]) == {
        "case",
        "record",
        "field",
        "provision",
        "severity",
        "message",
    }
    assert office.snapshot() == before


def test_set_takes_input_file_and_value_and_dotted_paths(office: Office, tmp_path: Path) -> None:
    (tmp_path / "name.txt").write_text("CHAN Example\n")
    case = office.case
    office.done("set", case, "profile", f"full_name=@{tmp_path / 'name.txt'}", "nationality=KH")
    assert "full_name: CHAN Example\n" in office.done("show", case, "profile")
    office.done("set", case, "profile", "full_name=-", input="KEO Example\n")
    office.done("set", case, "profile", "safe_contact.safe_hours=only in the morning")
    told = office.data("show", case, "profile")["content"]
    assert told == {
        "full_name": "KEO Example",
        "nationality": "KH",
        "safe_contact": {"safe_hours": "only in the morning"},
    }
    office.done("set", case, "profile", "--clear", "full_name")
    assert "full_name" not in office.done("show", case, "profile")
    family = "{name: ONE Example}, {name: TWO Example}, {name: THREE Example}"
    office.done("set", case, "profile", f"family_members=[{family}]")
    office.done("set", case, "profile", "--clear", "family_members.1")
    left = office.data("show", case, "profile")["content"]["family_members"]
    assert [member["name"] for member in left] == ["ONE Example", "THREE Example"]
    assert office.run("set", case, "profile", "nationality=XK9").code == 3
    assert office.run("set", case, "profile", "a=-", "b=-", input="x").code == 2


def test_set_asks_for_the_tag_where_there_are_several(office: Office) -> None:
    first = office.put("note", NOTE)
    office.done("set", office.case, "note", "text=changed")
    office.put("note", NOTE)
    ran = office.run("set", office.case, "note", "text=x")
    assert ran.code == 2
    assert "note/" in ran.stderr
    office.done("set", office.case, f"note/{first}", "text=again")
    assert "again" in office.done("show", office.case, f"note/{first}")


def test_check_says_what_advance_refuses(office: Office) -> None:
    check = office.run("check", office.case, "--json")
    answer = json.loads(check.stdout)
    assert (check.code, set(answer)) == (3, ENVELOPE)
    advance = office.run("advance", office.case, "--json")
    refused = json.loads(advance.stdout)
    assert advance.code == 3
    blocks = [f for f in answer["findings"] if f["severity"] == "blocks"]
    assert blocks == [f for f in refused["findings"] if f["severity"] == "blocks"] != []
    for finding in answer["findings"]:
        assert set(finding) == {"case", "record", "field", "provision", "severity", "message"}
        assert finding["case"] == office.case
        assert finding["message"]
    assert refused["data"] == {
        "case": office.case,
        "stage": "identification",
        "phase": "pre-reintegration",
        "moved": False,
    }


def test_override_covers_gates_and_missing_fields_and_is_sealed(office: Office) -> None:
    reason = "canary-reason: the police waited outside"
    ran = office.run("advance", office.case, "--override", "-", input=reason)
    assert ran.code == 0
    assert office.data("status", office.case)["stage"] == "crisis-intervention"
    for path in office.book.rglob("*"):
        assert not path.is_file() or b"canary-reason" not in path.read_bytes()
    decision = office.data("show", office.case, "decision")["content"]
    assert decision["reason"] == reason
    assert decision["kind"] == "override"
    assert any("no-record" in gate for gate in decision["gates"])
    # A record that lacks a required field holds the stage, and the same option covers it.
    office.put("crisis-intervention", "happened_on: 2026-01-06\n")
    held = json.loads(office.run("advance", office.case, "--json").stdout)["findings"]
    assert any(f["severity"] == "blocks" and f["field"] for f in held)
    assert office.run("advance", office.case, "--override", "agreed").code == 0


def test_advance_goes_to_a_named_stage_and_back(office: Office) -> None:
    forward = ("advance", office.case, "--to", "referral")
    assert office.run(*forward).code == 3
    assert office.run(*forward, "--override", "transferred").code == 0
    assert office.run("advance", office.case, "--to", "identification").code == 0
    assert office.data("status", office.case)["stage"] == "identification"
    assert office.run("advance", office.case, "--to", "identification").code == 5
    assert office.run("advance", office.case, "--to", "nowhere").code == 4


@pytest.fixture
def filled(office: Office) -> Office:
    """The office's case with the example of every record type but decisions."""
    for name in (*STAGES, *OTHERS):
        if name != "decision":
            office.put(name, json.dumps(example(office, name)))
    return office


def test_the_examples_walk_through_every_stage(filled: Office) -> None:
    for stage in STAGES[1:]:
        ran = filled.run("advance", filled.case, "--as-of", "2026-11-01")
        assert ran.code == 0, ran.stderr
        assert filled.data("status", filled.case)["stage"] == stage
    last = filled.run("advance", filled.case)
    assert last.code == 5
    assert filled.run("verify").code == 0
    told = filled.data("readiness", filled.case, "--as-of", "2026-11-01")
    assert {"case", "answer", "criteria", "duties"} <= set(told)
    assert told["case"] == filled.case
    assert len(told["criteria"]) == 4
    for criterion in told["criteria"]:
        assert {"provision", "state", "evidence", "missing"} <= set(criterion)
        assert criterion["provision"].startswith("062/III.closure.")


def test_readiness_of_an_empty_case_says_gaps_and_0(office: Office) -> None:
    ran = office.run("readiness", office.case, "--json")
    told = json.loads(ran.stdout)["data"]
    assert (ran.code, told["answer"]) == (0, "gaps")
    assert all(c["missing"] for c in told["criteria"])


def test_forms_go_to_a_folder_outside(filled: Office, tmp_path: Path) -> None:
    out = tmp_path / "print"
    codes = ("P1", "P5", "P7", "S1a")
    told = filled.data("form", filled.case, *codes, "--lang", "both", "--out", out)
    assert [row["form"] for row in told["forms"]] == list(codes)
    for row in told["forms"]:
        text = Path(row["file"]).read_text(encoding="utf-8")
        assert text.startswith("<!doctype html>")
        assert "ក" in text
        assert Path(row["file"]).stat().st_mode & 0o077 == 0
    one = filled.done("form", filled.case, "P1", "--lang", "en")
    assert one.startswith("<!doctype html>")
    prints = [row for row in filled.data("log", filled.case) if row["op"] == "print"]
    assert len(prints) == 5
    inside = filled.run("form", filled.case, "P1", "--out", filled.book / "print")
    assert inside.code == 2
    assert not (filled.book / "print").exists()


@pytest.mark.parametrize("name", (*STAGES, *OTHERS))
@pytest.mark.sampled(4)
def test_a_schema_is_bare_and_its_example_valid(
    name: str, cli: Callable[..., Ran], tmp_path: Path
) -> None:
    jsonschema = require_module("jsonschema")
    ran = cli("schema", name, "--json", cwd=tmp_path)
    schema: dict[str, Any] = json.loads(ran.stdout)
    assert (ran.code, ran.stderr) == (0, "")
    assert "tipcase" not in schema
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    validator.check_schema(schema)
    first = schema["examples"][0]
    assert list(validator.iter_errors(first)) == []
    assert set(schema["required"]) <= set(first)
    assert list(validator.iter_errors({**first, "no_such_field": 1}))


def test_law_lists_204_provisions_anywhere(cli: Callable[..., Ran], tmp_path: Path) -> None:
    ran = cli("law", "--json", cwd=tmp_path)
    rows = json.loads(ran.stdout)["data"]
    assert ran.code == 0
    assert len({row["id"] for row in rows}) == len(rows) == 204
    for row in rows:
        assert {"id", "carried_by"} <= set(row) <= {"id", "heading", "carried_by", "reason"}
        for item in row["carried_by"]:
            assert set(item) == {"kind", "ref"}
            assert item["kind"] in ("field", "rule", "form", "command", "provider", "outside")
    assert any(row["carried_by"] for row in rows)


def test_verify_answers_7_when_a_byte_is_flipped(office: Office) -> None:
    rows = office.data("verify")
    assert all(row["ok"] is True for row in rows)
    assert office.case in {row["case"] for row in rows}
    office.put("profile", "nationality: KH\n")
    victim = office.book / "cases" / office.case / "profile.yaml.age"
    data = bytearray(victim.read_bytes())
    data[-1] ^= 1
    victim.write_bytes(data)
    ran = office.run("verify", "--json")
    assert ran.code == 7
    answer = json.loads(ran.stdout)
    assert answer["ok"] is False
    assert {row["case"]: row["ok"] for row in answer["data"]}[office.case] is False
    assert office.run("show", office.case, "profile").code == 7


def test_stock_age_opens_a_record_in_two_steps(office: Office, tmp_path: Path) -> None:
    age = require("age")
    office.put("identification", "happened_on: 2026-01-05\n")
    folder = office.book / "cases" / office.case
    (wrap,) = folder.glob("keys/*/cw1.age")
    key = subprocess.run(
        [age, "-d", "-i", office.home / "keys/cw1.txt", wrap], capture_output=True, check=True
    ).stdout
    (tmp_path / "case.key").write_bytes(key)
    record = folder / "01-identification.yaml.age"
    opened = subprocess.run(
        [age, "-d", "-i", tmp_path / "case.key", record], capture_output=True, check=True
    ).stdout.decode()
    assert opened.startswith("tipcase:\n  format: ")
    assert 'happened_on: "2026-01-05"' in opened
    assert opened.rstrip("\n").endswith("\n...")


def test_a_stage_set_aside_stays_so_when_it_is_passed(office: Office) -> None:
    office.done("skip", office.case, "identification", "--reason", "-", input="known already")
    office.done("advance", office.case)
    stages = office.data("status", office.case)["stages"]
    assert stages["identification"] == "not-applicable"


def test_the_recovery_seed_is_shown_once_also_with_json(
    cli: Callable[..., Ran], tmp_path: Path
) -> None:
    assert cli("keygen", "--handle", "cw1", "--no-passphrase", "--keys", "x25519").code == 0
    words = ("init", "book", "--name", "Example Shelter", "--keys", "x25519", "--no-git")
    ran = cli(*words, "--json", cwd=tmp_path)
    assert ran.code == 0
    seeds = re.findall(r"^ {4}((?:[0-9A-Z]{4} ){6}[0-9A-Z]{4})$", ran.stderr, re.M)
    assert len(seeds) == 2
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or seeds[0].encode() not in path.read_bytes()
    assert seeds[0] not in ran.stdout


def test_who_leaves_the_staff_and_who_may_say_so(
    office: Office, second_person: Callable[..., Path]
) -> None:
    theirs = {"TIPCASE_HOME": str(second_person("cw2", "supervisor"))}
    case = office.done("new").strip()
    assert office.run("show", case, env=theirs).code == 0
    assert office.run("staff", "remove", "cw2", env=theirs).code == 6
    assert office.run("settings", "language=km", env=theirs).code == 6
    office.done("staff", "remove", "cw2")
    assert [row["handle"] for row in office.data("staff", "list")] == ["cw1"]
    assert office.run("staff", "remove", "cw2").code == 4
    assert office.run("verify").code == 0


def test_who_has_left_the_staff_writes_nothing(
    office: Office, second_person: Callable[..., Path]
) -> None:
    theirs = {"TIPCASE_HOME": str(second_person("cw2", "supervisor"))}
    case = office.done("new").strip()
    office.done("staff", "remove", "cw2")
    before = office.snapshot()
    ran = office.run("put", case, "note", "-", input=NOTE, env=theirs)
    assert ran.code == 6
    assert office.snapshot() == before
