"""``attach``, ``show --attachments``, ``export``: as people and scripts meet them."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office

CANARY = "canary-4471"
JPEG = b"\xff\xd8\xff\xe0" + CANARY.encode()
FIELDS = ("record", "id", "name", "purpose", "type", "length", "written_by", "believed")


@pytest.fixture
def noted(office: Office) -> Office:
    """The office with a note to attach to."""
    office.put("note", "{happened_on: 2026-01-06, text: x}")
    return office


def scan(office: Office, name: str = "scan.jpg", content: bytes = JPEG) -> Path:
    path = office.home.parent / name
    path.write_bytes(content)
    return path


def attached(office: Office, *words: str | Path, **more: Any) -> str:
    return office.done("attach", office.case, "note", *words, **more).strip()


def rows(office: Office) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = office.data("show", office.case, "--attachments")
    return found


def test_there_and_back(noted: Office, tmp_path: Path) -> None:
    source, out = scan(noted), tmp_path / "out.jpg"
    one = attached(noted, source, "--as", "photo")
    (row,) = rows(noted)
    note = noted.data("show", noted.case)[0]["record"]
    shown = [note, one, "scan.jpg", "photo", "image/jpeg", len(JPEG), "cw1", True]
    assert [row[name] for name in FIELDS] == shown
    ran = noted.run("export", noted.case, one[:4], "--out", out)
    assert (ran.code, ran.stdout) == (0, f"{out}\n") and "plaintext" in ran.stderr
    assert out.read_bytes() == source.read_bytes() == JPEG
    if os.name != "nt":
        assert out.stat().st_mode & 0o777 == 0o600
    assert "attach" in noted.done("log", noted.case)
    noted.done("verify")


def test_the_answer_in_json(noted: Office, tmp_path: Path) -> None:
    data = noted.data("attach", noted.case, "note", scan(noted), "--name", "consent form")
    item = data["attachment"]
    assert data["written"] is True and item["name"] == "consent form"
    out = tmp_path / "out"
    answer = noted.data("export", noted.case, item["id"], "--out", out)
    assert answer["file"] == str(out) and answer["attachment"] == item


def test_nothing_is_written_on_a_dry_run(noted: Office) -> None:
    before = noted.snapshot()
    data = noted.data("attach", noted.case, "note", scan(noted), "--dry-run")
    item = data["attachment"]
    assert (data["written"], item["type"], item["length"]) == (False, "image/jpeg", len(JPEG))
    assert noted.snapshot() == before


def test_from_the_input_and_to_the_output(noted: Office) -> None:
    one = attached(noted, "-", input=b"Called back.\n")
    (row,) = rows(noted)
    assert (row["name"], row["type"]) == (None, "text/plain")
    assert noted.done("export", noted.case, one, "--out", "-") == "Called back.\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
def test_from_a_pipe_and_through_a_link(noted: Office, tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    threading.Thread(target=pipe.write_bytes, args=(JPEG,)).start()
    attached(noted, pipe)
    link.symlink_to(scan(noted))
    attached(noted, link)
    assert [(row["name"], row["length"]) for row in rows(noted)] == [
        ("pipe", len(JPEG)),
        ("link", len(JPEG)),
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("note", f"{CANARY}.jpg"), 4),
        (("note", "."), 2),
        (("note", "/dev/null"), 2),
        (("note", "scan.jpg", "--as", CANARY), 2),
        (("note", "text.txt", "--as", "photo"), 2),
        (("note/abcd2345", "scan.jpg"), 4),
        (("profile", "scan.jpg"), 4),
        (("nothing-such", "scan.jpg"), 4),
        (("training", "scan.jpg"), 2),
    ],
)
def test_what_cannot_be_attached(noted: Office, words: tuple[str, ...], code: int) -> None:
    scan(noted)
    scan(noted, "text.txt", b"text")
    before = noted.snapshot()
    book = ("--casebook", noted.book)
    ran = noted.run("attach", noted.case, *words, *book, cwd=noted.home.parent)
    assert ran.code == code and "hint" in ran.stderr
    assert CANARY not in ran.stdout + ran.stderr
    assert noted.snapshot() == before


def test_several_records_want_one_named(noted: Office) -> None:
    noted.put("note", "{happened_on: 2026-01-07, text: y}")
    ran = noted.run("attach", noted.case, "note", scan(noted))
    assert ran.code == 2 and "note/" in ran.stderr


def test_the_provider_has_attachments_too(noted: Office) -> None:
    source = scan(noted)
    kind = next(
        row["name"] for row in noted.data("schema") if row["of_provider"] and row["restricted"]
    )
    noted.done("put", "provider", kind, "-", input="{happened_on: 2026-01-07}")
    noted.done("attach", "provider", kind, source)
    (row,) = noted.data("show", "provider", "--attachments")
    assert row["believed"] and row["type"] == "image/jpeg"


def test_an_item_is_not_typed(noted: Office) -> None:
    one = attached(noted, scan(noted))
    shown = noted.data("show", noted.case, "note")["content"]
    item = {**shown["attachments"][0], "id": "abcd2345", "name": CANARY}
    before = noted.snapshot()
    content = json.dumps({**shown, "attachments": [*shown["attachments"], item]})
    ran = noted.run("put", noted.case, f"note/{tag_of(noted)}", "-", input=content)
    assert ran.code == 3 and "tipcase attach" in ran.stderr and CANARY not in ran.stderr
    ran = noted.run("set", noted.case, "note", f"attachments.{one}.length=1")
    assert ran.code == 3
    assert noted.snapshot() == before
    noted.done("set", noted.case, "note", f"attachments.{one}.name=called better")
    assert rows(noted)[0]["name"] == "called better"


def tag_of(office: Office) -> str:
    return str(office.data("show", office.case)[0]["record"].partition("/")[2])


# -- export --


def test_where_an_export_may_not_go(noted: Office, tmp_path: Path) -> None:
    one = attached(noted, scan(noted))
    there = tmp_path / "there"
    there.write_bytes(b"old")
    inside = tmp_path / "inside"
    inside.symlink_to(noted.book / "cases", target_is_directory=True)
    before = noted.snapshot()
    for out, code in {
        noted.book / "x.jpg": 2,
        inside / "x.jpg": 2,
        noted.book: 2,
        tmp_path / "no such" / "x.jpg": 4,
        there: 5,
        there / "x": 4,
        Path("/dev/null"): 2,
    }.items():
        ran = noted.run("export", noted.case, one, "--out", out)
        assert (ran.code, ran.stdout) == (code, ""), (out, ran)
    assert noted.run("export", noted.case, one).code == 8
    assert noted.run("export", noted.case, one, "--out", "-", "--json").code == 2
    assert noted.run("export", noted.case, one, "--out", "/dev/null", "--force").code == 2
    ran = noted.run("export", noted.case, one, "--out", there, "--dry-run")
    assert ran.code == 5, "a dry run says what the run would say"
    assert noted.snapshot() == before and there.read_bytes() == b"old"
    noted.done("export", noted.case, one, "--out", there, "--force")
    assert there.read_bytes() == JPEG


def test_a_dry_run_of_an_export_opens_it_and_writes_nothing(noted: Office, tmp_path: Path) -> None:
    one = attached(noted, scan(noted))
    out = tmp_path / "out.jpg"
    answer = noted.data("export", noted.case, one, "--out", out, "--dry-run")
    assert (answer["written"], answer["file"]) == (False, str(out))
    ran = noted.run("export", noted.case, one, "--out", "-", "--dry-run")
    assert (ran.code, ran.stdout) == (0, "") and "nothing was written" in ran.stderr
    assert not out.exists()
    (sealed,) = (noted.book / "cases" / noted.case / "attachments").iterdir()
    sealed.write_bytes(sealed.read_bytes()[:-1])
    assert noted.run("export", noted.case, one, "--out", out, "--dry-run").code == 7


def test_a_hostile_name_is_never_a_path(noted: Office, tmp_path: Path) -> None:
    """Somebody of the team signs a record whose attachment has such a name."""
    one = attached(noted, scan(noted))
    folder = tmp_path / "out" / "deep"
    folder.mkdir(parents=True)
    for name, file in {
        "../../up.jpg": "up.jpg",
        "/etc/x.jpg": "x.jpg",
        "C:\\x\\..\\con.jpg": "attachment-con.jpg",
        "run.sh": "run.sh.jpg",
    }.items():
        noted.done("set", noted.case, "note", f"attachments.{one}.name=-", input=name)
        ran = noted.run("export", noted.case, one, "--out", folder)
        assert ran.code == 0 and (folder / file).read_bytes() == JPEG, name
    assert sorted(p.name for p in tmp_path.joinpath("out").iterdir()) == ["deep"]


def test_the_meant_attachment(noted: Office, tmp_path: Path) -> None:
    attached(noted, scan(noted))
    assert noted.run("export", noted.case, "", "--out", tmp_path / "x").code == 4
    assert noted.run("export", noted.case, "1", "--out", tmp_path / "x").code == 4
    # Names and paths are no ids.
    assert noted.run("export", noted.case, "scan", "--out", tmp_path / "x").code == 4
    assert not (tmp_path / "x").exists()


def test_a_beginning_that_two_share(
    noted: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = iter(["abcd2345", "file2345", "file2346", "abce2345", "file2347", "file2348"])
    monkeypatch.setattr("tipcase.casebook.attachments.attachments.new_tag", lambda: next(tags))
    ids = [attached(noted, "-", input=text) for text in (b"one", b"two")]
    assert len({row["file"] for row in rows(noted)}) == 2
    ran = noted.run("export", noted.case, "file", "--out", tmp_path / "x")
    assert ran.code == 2 and "--attachments" in ran.stderr
    assert noted.done("export", noted.case, ids[1], "--out", "-") == "two"


def test_damage_leaves_nothing(noted: Office, tmp_path: Path) -> None:
    one = attached(noted, "-", input=JPEG + bytes(200_000))
    (path,) = noted.book.glob("cases/*/attachments/*.age")
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    folder = tmp_path / "out"
    folder.mkdir()
    assert noted.run("export", noted.case, one, "--out", folder / "x").code == 7
    ran = noted.run("export", noted.case, one, "--out", "-")
    assert (ran.code, ran.stdout) == (7, "")
    assert not list(folder.iterdir())
    ran = noted.run("show", noted.case, "--attachments")
    assert ran.code == 7 and "not believed" in ran.stdout and "attachments/" in ran.stderr
    assert noted.run("verify").code == 7


def test_need_to_know(noted: Office, second_person: Callable[..., Path], tmp_path: Path) -> None:
    """A colleague without the restricted key sees that there is a file, and no more."""
    noted.put("health", "{happened_on: 2026-01-06}")
    one = noted.done("attach", noted.case, "health", scan(noted), "--name", CANARY).strip()
    colleague = {"TIPCASE_HOME": str(second_person("cw2"))}
    noted.done("grant", noted.case, "cw2")
    ran = noted.run("show", noted.case, "--attachments", "--json", env=colleague)
    (row,) = json.loads(ran.stdout)["data"]
    assert (ran.code, row["record"], row["id"], row["name"]) == (0, None, None, None)
    assert CANARY not in ran.stdout
    ran = noted.run("export", noted.case, one, "--out", tmp_path / "x", env=colleague)
    assert ran.code == 4 and not (tmp_path / "x").exists()
    path = next(noted.book.glob("cases/*/attachments/*.age"))
    assert CANARY.encode() not in path.read_bytes()


def test_one_question_at_a_time(noted: Office) -> None:
    assert noted.run("show", noted.case, "note", "--attachments").code == 2
