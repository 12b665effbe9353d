"""``repair`` and ``verify`` on the command line."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tipcase import git


@pytest.fixture
def kept(office: Office) -> Office:
    git.start(office.book)
    office.done("set", office.case, "profile", "full_name=Canary Invented")
    assert git.run(office.book, "status", "--porcelain") == ""
    return office


def test_a_deleted_record_comes_back_and_a_dry_run_writes_nothing(kept: Office) -> None:
    profile = kept.book / "cases" / kept.case / "profile.yaml.age"
    data = profile.read_bytes()
    profile.unlink()
    before = kept.snapshot()
    ran = kept.run("repair", "--dry-run")
    assert ran.code == 0 and "brought profile.yaml.age back" in ran.stdout
    assert "nothing was written" in ran.stderr and kept.snapshot() == before
    ran = kept.run("repair")
    assert ran.code == 0 and "brought profile.yaml.age back" in ran.stdout
    assert profile.read_bytes() == data
    assert "nothing to mend" in kept.run("repair").stderr


def test_the_answer_is_json_too_and_damage_that_stays_is_7(kept: Office) -> None:
    profile = kept.book / "cases" / kept.case / "profile.yaml.age"
    profile.unlink()
    shutil.rmtree(kept.book / ".git")
    ran = kept.run("repair", kept.case[:5], "--json")
    told = json.loads(ran.stdout)
    assert ran.code == 7 and not told["ok"]
    [case] = [item for item in told["data"]["repaired"] if item["case"] == kept.case]
    assert case["left"] == ["profile.yaml.age: its bytes are neither here nor in git"]
    assert "Invented" not in ran.stdout + ran.stderr


def test_strangers_are_moved_only_when_asked_and_never_inside(kept: Office) -> None:
    stranger = kept.book / "cases" / kept.case / "Canary Invented.txt"
    stranger.write_text("plain")
    assert kept.run("repair").code == 7 and stranger.exists()
    assert kept.run("repair", "--set-aside", "inside").code == 2
    out = kept.book.parent / "out"
    ran = kept.run("repair", "--set-aside", str(out))
    assert ran.code == 0 and not stranger.exists()
    assert "Canary" not in ran.stdout + ran.stderr
    assert [path.read_text() for path in out.iterdir()] == ["plain"]


def test_ones_own_torn_line_is_mended_with_the_key_at_hand(kept: Office) -> None:
    journal = kept.book / "cases" / kept.case / "journal" / "cw1.journal"
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"torn')
    assert "unfinished" in kept.run("verify").stdout
    assert "mended the last line of cw1.journal" in kept.done("repair")
    assert journal.read_bytes() == whole


@pytest.mark.parametrize(
    "words", [("repair", "../../x"), ("verify", "/etc"), ("log", "..\\x"), ("repair", "ZZZZ")]
)
def test_path_tricks_in_the_place_of_a_case_find_nothing(
    kept: Office, words: tuple[str, ...]
) -> None:
    before = kept.snapshot()
    ran = kept.run(*words)
    assert ran.code == 4 and "hint" in ran.stderr and "Traceback" not in ran.stderr
    assert kept.snapshot() == before


def test_a_link_that_leads_out_of_the_casebook_is_not_read(kept: Office, tmp_path: Path) -> None:
    folder = kept.book / "cases" / kept.case
    (tmp_path / "elsewhere").mkdir()
    os.rename(folder, tmp_path / "elsewhere" / "case")
    folder.symlink_to(tmp_path / "elsewhere" / "case")
    for words in (("show", kept.case), ("repair",), ("verify",), ("log", kept.case)):
        ran = kept.run(*words)
        assert ran.code == 7 and "link" in ran.stdout + ran.stderr, words


def test_what_is_gone_or_cut_is_answered_with_repair(office: Office) -> None:
    office.done("verify")
    journal = office.book / "cases" / office.case / "journal" / "cw1.journal"
    whole = journal.read_bytes()
    journal.write_bytes(whole[: whole.rstrip(b"\n").rfind(b"\n") + 1])
    assert "tipcase repair" in hint(office, "was cut")
    journal.write_bytes(whole)
    (office.book / "cases" / office.case).rename(office.book.parent / "away")
    assert "tipcase repair" in hint(office, "is gone")
    (office.book.parent / "away").rename(office.book / "cases" / office.case)
    head = office.book / "casebook.yaml"
    signed = head.read_bytes()
    head.unlink()
    assert "tipcase repair" in hint(office, "not what an admin signed")
    head.write_bytes(signed + b"# edited\n")
    assert "tipcase repair" not in hint(office, "not what an admin signed")


def hint(office: Office, sentence: str) -> str:
    ran = office.run("show", office.case)
    assert ran.code == 7, ran
    assert sentence in ran.stderr, ran
    return ran.stderr.partition("hint: ")[2]
