"""``log``: who did what when, and with ``--diff`` which field changed from what to what."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office
from tests.commands import run_inside
from tipcase import git
from tipcase.casebook.repairs import changes
from tipcase.casebook.repairs.changes import NOTHING, compare


@pytest.fixture(scope="session")
def written(template: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which each revision of a profile is committed, with its home."""
    folder = tmp_path_factory.mktemp("story")
    for name in ("home", "book"):
        shutil.copytree(template[0] / name, folder / name)
    git.start(folder / "book")
    for words in (
        ("full_name=First Invented", "nationality=KH"),
        ("full_name=Second Invented",),
        ("nationality=VN", "family_members=[{name: Sister}]"),
    ):
        env = {"TIPCASE_HOME": str(folder / "home")}
        ran = run_inside("set", template[1], "profile", *words, env=env, cwd=folder / "book")
        assert ran.code == 0, ran
    return folder


@pytest.fixture
def story(
    written: Path, template: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Office:
    for name in ("home", "book"):
        shutil.copytree(written / name, tmp_path / name)
    monkeypatch.setenv("TIPCASE_HOME", str(tmp_path / "home"))
    return Office(tmp_path / "book", tmp_path / "home", template[1])


def changed(office: Office, *words: str) -> list[list[tuple[str, Any, Any]]]:
    """Of each entry with changes, the fields as (path, from, to)."""
    rows = office.data("log", office.case, "--diff", *words)
    return [
        [(f["field"], f.get("from"), f.get("to")) for c in row["changes"] for f in c["fields"]]
        for row in rows
        if row["changes"]
    ]


def test_each_entry_shows_what_it_changed(story: Office) -> None:
    first, second, third = changed(story)
    assert first == [("full_name", None, "First Invented"), ("nationality", None, "KH")]
    assert second == [("full_name", "First Invented", "Second Invented")]
    assert ("nationality", "KH", "VN") in third
    said = story.done("log", story.case, "--diff")
    assert 'full_name: "First Invented" → "Second Invented"' in said
    assert 'nationality: nothing → "KH"' in said
    assert "profile, revision 3" in said


def test_items_of_lists_go_by_their_id(story: Office) -> None:
    item = json.loads(story.done("show", story.case, "profile", "--json"))["data"]["content"]
    name = item["family_members"][0]["id"]
    story.done("set", story.case, "profile", f"family_members.{name}.name=Brother")
    assert changed(story)[-1] == [(f"family_members.{name}.name", "Sister", "Brother")]


def test_a_record_and_a_day_narrow_it(story: Office) -> None:
    story.put("note", "happened_on: 2026-01-06\ntext: a note\n")
    assert len(changed(story)) == 4
    assert len(changed(story, "--record", "note")) == 1
    assert len(changed(story, "--record", "profile")) == 3
    assert story.data("log", story.case, "--since", "2999-01-01") == []
    assert len(story.data("log", story.case, "--since", "2020-01-01")) == 5
    assert len(story.data("log", story.case, "--record", "profile")) == 3
    assert story.run("log", story.case, "--since", "soon").code == 2
    assert story.run("log", story.case, "--record", "note/x").code == 2
    assert story.data("log", story.case, "--record", "health") == []
    ran = story.run("log", story.case, "--record", "profle")
    assert ran.code == 4 and "did you mean profile?" in ran.stderr
    assert story.run("log", "provider", "--record", "profile").code == 2


def test_without_git_only_the_newest_is_known_and_that_is_said(story: Office) -> None:
    shutil.rmtree(story.book / ".git")
    said = story.done("log", story.case, "--diff")
    assert "First Invented" not in said
    assert said.count("this version is not at hand: git does not have it") == 2
    assert "the version before is not at hand" in said
    notes = [c["note"] for r in story.data("log", story.case, "--diff") for c in r["changes"]]
    assert all(notes) and len(notes) == 3


def test_damaged_bytes_on_disk_are_taken_from_git_and_nothing_false_is_shown(
    story: Office,
) -> None:
    profile = story.book / "cases" / story.case / "profile.yaml.age"
    profile.write_bytes(b"torn")
    assert len(changed(story)) == 3


def test_log_alone_needs_no_key_and_diff_does(story: Office) -> None:
    shutil.rmtree(story.home / "keys")
    assert story.run("log", story.case).code == 0
    ran = story.run("log", story.case, "--diff")
    assert ran.code == 6 and "Invented" not in ran.stdout + ran.stderr


def test_somebody_outside_the_team_sees_nothing(story: Office, tmp_path: Path) -> None:
    home = {"TIPCASE_HOME": str(tmp_path / "other")}
    story.done("keygen", "--handle", "cw2", "--no-passphrase", "--keys", "x25519", env=home)
    story.done("staff", "add", tmp_path / "other/keys/cw2.card.yaml", "--role", "caseworker")
    ran = story.run("log", story.case, "--diff", env=home)
    assert ran.code == 6 and "Invented" not in ran.stdout + ran.stderr


def test_the_staff_has_no_records(story: Office) -> None:
    assert story.run("log", "staff", "--diff").code == 2
    assert story.run("log", "staff").code == 0


def test_steering_characters_are_stripped_and_texts_stand_in_quotes(story: Office) -> None:
    story.put("note", 'happened_on: 2026-01-06\ntext: "two\\nlines [bold]x[/bold] \\u2066"\n')
    said = story.done("log", story.case, "--diff", "--record", "note")
    assert "[bold]x[/bold]" in said and '"two\\nlines' in said
    assert "\u2066" not in said and "\x1b" not in said


@pytest.mark.parametrize(
    ("before", "after", "fields"),
    [
        ({}, {"a": 1}, [("a", NOTHING, 1)]),
        ({"a": 1}, {}, [("a", 1, NOTHING)]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [("a.c", 2, 3)]),
        ({"a": "1"}, {"a": 1}, [("a", "1", 1)]),
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({"a": [1, 2]}, {"a": [2]}, [("a", [1, 2], [2])]),
        (
            {"a": {"unknown": "declined"}},
            {"a": {"b": 1}},
            [("a", {"unknown": "declined"}, {"b": 1})],
        ),
        (
            {"l": [{"id": "aaaaaaa2", "x": 1}, {"id": "bbbbbbb2", "x": 2}]},
            {"l": [{"id": "bbbbbbb2", "x": 3}, {"id": "ccccccc2", "x": 4}]},
            [
                ("l.bbbbbbb2.x", 2, 3),
                ("l.ccccccc2", NOTHING, {"x": 4}),
                ("l.aaaaaaa2", {"x": 1}, NOTHING),
            ],
        ),
        ({"a": [1]}, {"a": {"b": 1}}, [("a", [1], {"b": 1})]),
    ],
)
def test_compare(before: Any, after: Any, fields: list[Any]) -> None:
    assert [(f.path, f.before, f.after) for f in compare(before, after)] == fields
    assert compare(after, after) == []


def test_what_an_entry_is_about_stands_in_the_data(office: Office) -> None:
    office.put("note", "happened_on: 2026-01-06\ntext: x\n")
    office.done("put", office.case, "note", "-", "--only", "cw1", input="text: x\n")
    first, plain, named = office.data("log", office.case)
    assert first["whom"] == [
        {"handle": "cw1", "restricted": True},
        {"handle": "recovery", "restricted": True},
    ]
    assert plain["whom"] == [] and plain["sealed_to"] == {}
    assert named["sealed_to"] == {named["files"][0]: ["cw1", "recovery"]}
    (init,) = office.data("log", "staff")
    assert init["whom"] == [{"handle": "cw1", "roles": ["admin", "supervisor"]}]


def test_what_is_restricted_is_called_so(story: Office, tmp_path: Path) -> None:
    home = {"TIPCASE_HOME": str(tmp_path / "other")}
    story.done("keygen", "--handle", "cw2", "--no-passphrase", "--keys", "x25519", env=home)
    story.done("staff", "add", tmp_path / "other/keys/cw2.card.yaml", "--role", "caseworker")
    story.done("grant", story.case, "cw2")
    story.put("health", "happened_on: 2026-01-06\n")
    story.put("health", "happened_on: 2026-01-07\n")
    story.done("put", story.case, "note", "-", "--only", "cw1", input="text: Canary\n")
    ran = story.run("log", story.case, "--diff", env=home)
    assert ran.code == 0, ran
    notes = [line.strip() for line in ran.stdout.splitlines() if "key" in line or "sealed" in line]
    assert notes == [changes.RESTRICTED_CLOSED] * 2 + [changes.CLOSED]
