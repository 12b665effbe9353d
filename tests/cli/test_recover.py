"""``recover``, the recovery sheet and a new seed, as a person types and reads them."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office
from tests.commands import Ran, run_inside
from tests.oracles import require
from tipcase.cli import recover as command
from tipcase.forms import recovery_sheet
from tipcase.keyring import recovery

LINE = re.compile(r"^ {4}((?:[0-9A-Z]{4} ){6}[0-9A-Z]{4})$", re.MULTILINE)
INIT = ("init", "book", "--name", 'Shelter <b> "x" & ផ្ទះ', "--keys", "x25519", "--no-git")


def groups(page: str) -> str:
    """The seed as somebody reads it from the sheet, from 1 to 14."""
    found = re.findall(r'class="number">(\d+)</span><span class="group mono">(\w{4})<', page)
    assert [int(number) for number, _ in found] == list(range(1, 15))
    return " ".join(group for _, group in found)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A casebook with a sheet, a case with a health record, and the words of the sheet."""
    folder = tmp_path_factory.mktemp("founded")
    env = {"TIPCASE_HOME": str(folder / "home"), "TIPCASE_LANG": "en"}
    keys = ("keygen", "--handle", "cw1", "--no-passphrase", "--keys", "x25519")
    assert run_inside(*keys, env=env, cwd=folder).code == 0
    ran = run_inside(*INIT, "--recovery-sheet", "sheet.html", env=env, cwd=folder)
    assert ran.code == 0, ran
    assert not LINE.search(ran.stderr), "the seed stands in the scrollback"
    assert "print it now, then delete" in ran.stderr
    book = folder / "book"
    case = run_inside("new", "--opened", "2026-01-05", env=env, cwd=book).stdout.strip()
    note = "happened_on: 2026-01-06\ntext: canary-4411\n"
    assert run_inside("put", case, "note", "-", input=note, env=env, cwd=book).code == 0
    return folder, case


@pytest.fixture
def lost(
    founded: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    """The casebook on a fresh machine, where somebody has made a new identity."""
    folder, case = founded
    shutil.copytree(folder / "book", tmp_path / "book")
    monkeypatch.setenv("TIPCASE_HOME", str(tmp_path / "home"))
    office = Office(tmp_path / "book", tmp_path / "home", case)
    office.done("keygen", "--handle", "new1", "--no-passphrase", "--keys", "x25519")
    yield office


@pytest.fixture
def words(founded: tuple[Path, str]) -> str:
    return groups((founded[0] / "sheet.html").read_text("utf-8"))


def bring_back(office: Office, words: str, *more: str) -> Ran:
    return office.run("recover", "--seed-file", "-", *more, input=words)


# -- the sheet --


def test_the_sheet_is_private_and_holds_what_brings_everything_back(
    founded: tuple[Path, str], words: str
) -> None:
    folder, _ = founded
    sheet = folder / "sheet.html"
    assert sheet.stat().st_mode & 0o777 == 0o600
    page = sheet.read_text("utf-8")
    assert html.escape('Shelter <b> "x" & ផ្ទះ', quote=False)[:10] in page
    assert "<b>" not in page
    book = json.loads((folder / "book/staff/journal/cw1.journal").read_text().partition("\t")[0])
    seed = recovery.person(recovery.from_words(words), "x25519")
    assert book["data"]["recovery"]["recipient"] == seed.recipient
    # It fetches nothing and runs nothing.
    assert "default-src 'none'" in page
    assert "<script" not in page
    sources = re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)|url\(["']?([^"')]*)""", page)
    assert sources and all("".join(pair).startswith("data:") for pair in sources)
    for other in (folder / "book").rglob("*"):
        if other.is_file():
            assert words[:9] not in other.read_bytes().decode("latin-1")


def test_the_square_says_what_the_groups_say(words: str) -> None:
    import segno

    shown = recovery_sheet.square(words)
    assert shown == recovery_sheet.square("\n".join(words.split()))
    assert shown != recovery_sheet.square(words[:-1] + ("0" if words[-1] != "0" else "1"))
    assert shown == segno.make(words, error="q", micro=False).svg_data_uri(border=4, scale=4)


@pytest.mark.soak
def test_the_sheet_prints_on_one_page_of_a4(words: str, tmp_path: Path) -> None:
    from tests.forms.test_print import A4, _sizes, pages, printed

    for name in ("Example Shelter", "ផ្ទះសុវត្ថិភាពឧទាហរណ៍ " * 9):
        page = recovery_sheet.render(
            words, casebook=name, casebook_id="0123456789abcdef" * 4, day="2026-01-05"
        )
        folder = tmp_path / str(len(name))
        folder.mkdir()
        pdf = printed(page, folder)
        assert _sizes(pdf) == {A4}
        (only,) = pages(pdf)
        assert [group for group in words.split() if group not in only] == []
        assert "Print this page now" not in only


@pytest.mark.soak
def test_a_scanner_reads_the_square(words: str, tmp_path: Path) -> None:
    import subprocess

    from tests.forms.test_print import printed

    page = recovery_sheet.render(words, casebook="x", casebook_id="0" * 64, day="2026-01-05")
    pdf = printed(page, tmp_path)
    scanner, painter = shutil.which("zbarimg"), require("pdftoppm")
    if scanner is None:
        pytest.skip("zbarimg is not installed; it is no oracle that the suite insists on")
    subprocess.run([painter, "-r", "150", "-png", pdf, tmp_path / "s"], check=True)
    found = subprocess.run(
        [scanner, "-q", "--raw", next(tmp_path.glob("s*.png"))], capture_output=True, check=True
    )
    assert found.stdout.decode().strip() == words


@pytest.mark.parametrize(
    ("name", "code"), [("book/sheet.html", 2), ("there.html", 5), ("gone/sheet.html", 4)]
)
def test_a_wrong_place_for_the_sheet_is_refused_before_anything_is_written(
    cli: Any, tmp_path: Path, name: str, code: int
) -> None:
    (tmp_path / "there.html").write_text("mine")
    assert cli("keygen", "--handle", "cw1", "--no-passphrase", "--keys", "x25519").code == 0
    ran = cli(*INIT, "--recovery-sheet", name, cwd=tmp_path)
    assert ran.code == code
    assert not (tmp_path / "book").exists()
    assert (tmp_path / "there.html").read_text() == "mine"


def test_a_sheet_that_cannot_be_written_hides_no_seed(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipcase.errors import MachineError

    def broken(*words: Any, **more: Any) -> str:
        raise MachineError("the Khmer font is not installed", "pip install")

    assert cli("keygen", "--handle", "cw1", "--no-passphrase", "--keys", "x25519").code == 0
    monkeypatch.setattr(recovery_sheet, "render", broken)
    ran = cli(*INIT, "--recovery-sheet", "sheet.html", "--json", cwd=tmp_path)
    assert ran.code == 10
    assert len(LINE.findall(ran.stderr)) == 2
    assert json.loads(ran.stdout)["data"]["recovery_sheet"] is None


# -- bringing back --


def test_the_seed_of_the_sheet_brings_everything_back(lost: Office, words: str) -> None:
    assert lost.run("show", lost.case, "note").code == 6
    before = lost.snapshot()
    planned = bring_back(lost, words, "--dry-run", "--json")
    assert planned.code == 0
    assert json.loads(planned.stdout)["data"]["staff"] == "added"
    assert lost.snapshot() == before
    ran = bring_back(lost, words.lower().replace(" ", "-"))
    assert ran.code == 0, ran
    assert "new1 is on the staff: admin, supervisor" in ran.stderr
    assert "1 case and the provider's records opened" in ran.stderr
    assert words[:9] not in ran.stdout + ran.stderr
    assert "canary-4411" in lost.done("show", lost.case, "note")
    assert lost.run("verify").code == 0
    told = json.loads(bring_back(lost, words, "--json").stdout)["data"]
    assert (told["staff"], told["changed"], told["failed"]) == ("there", [], [])
    assert sorted(told["unchanged"]) == sorted([lost.case, "provider"])


def test_wrong_seeds(lost: Office, words: str) -> None:
    before = lost.snapshot()
    slip = words[:-1] + ("0" if words[-1] != "0" else "1")
    foreign = recovery.to_words(b"\x55" * 32)
    for typed, code in ((slip, 2), ("", 2), (words[:-5], 2), (foreign, 6)):
        ran = bring_back(lost, typed)
        assert ran.code == code, typed
        assert "tipcase: hint: " in ran.stderr
        assert not typed or typed[:9] not in ran.stdout + ran.stderr
    assert lost.run("recover", "--seed-file", "gone").code == 4
    assert lost.snapshot() == before


def test_without_a_terminal_nothing_is_asked(lost: Office) -> None:
    ran = lost.process("recover")
    assert ran.code == 8
    assert "--seed-file" in ran.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--finish", "--new-seed"),
        ("--finish", "--seed-file", "-"),
        ("--recovery-sheet", "sheet.html"),
        ("--handle", "../x"),
    ],
)
def test_options_that_do_not_go_together_are_2(lost: Office, options: tuple[str, ...]) -> None:
    ran = lost.run("recover", *options)
    assert ran.code == 2
    assert "recovery-sheet" not in ran.stderr or "--new-seed --recovery-sheet FILE" in ran.stderr


def test_one_of_several_identities_is_chosen_by_its_handle(lost: Office, words: str) -> None:
    lost.done("keygen", "--handle", "new2", "--no-passphrase", "--keys", "x25519")
    assert bring_back(lost, words).code == 8
    ran = bring_back(lost, words, "--handle", "new3")
    assert ran.code == 6 and "new3" not in ran.stderr
    assert bring_back(lost, words, "--handle", "new2").code == 0
    assert "new2" in lost.done("staff", "list")


def test_an_identity_of_another_kind_of_keys_is_refused(lost: Office, words: str) -> None:
    lost.done("keygen", "--handle", "new2", "--no-passphrase", "--keys", "hybrid")
    before = lost.snapshot()
    ran = bring_back(lost, words, "--handle", "new2")
    assert ran.code == 2
    assert "--keys x25519" in ran.stderr
    assert lost.snapshot() == before


def test_a_damaged_case_stops_no_other_and_is_named(lost: Office, words: str) -> None:
    with (lost.book / "cases" / lost.case / "journal/cw1.journal").open("ab") as stream:
        stream.write(b"no entry\n")
    ran = bring_back(lost, words, "--json")
    assert ran.code == 7
    told = json.loads(ran.stdout)["data"]
    assert [item["case"] for item in told["failed"]] == [lost.case]
    assert told["changed"] == ["provider"]


# -- typing it --


def test_the_groups_are_typed_unseen_and_line_by_line(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipcase import terminal

    parts = words.split()
    lines = [" ".join(parts[at : at + 2]) for at in range(0, 14, 2)]
    said: list[str] = []
    monkeypatch.setattr(terminal, "say", lambda text, **more: said.append(text))

    def typing(answers: list[str]) -> bytes:
        waiting = iter(answers)
        monkeypatch.setattr(terminal, "passphrase", lambda what, flag: next(waiting))
        return command.read_seed(None)

    seed = recovery.from_words(words)
    assert typing(lines) == seed
    assert typing([words]) == seed
    assert not said
    # A slip in the number of letters costs one line, not all seven.
    assert typing([lines[0], lines[1][:-1], *lines[1:]]) == seed
    assert len(said) == 1


# -- a new seed --


def test_a_new_seed_takes_the_place_of_the_old(lost: Office, words: str) -> None:
    bring_back(lost, words)
    sheet = lost.home.parent / "new.html"
    planned = lost.run("recover", "--new-seed", "--recovery-sheet", str(sheet), "--dry-run")
    assert planned.code == 0 and not sheet.exists()
    ran = lost.run("recover", "--new-seed", "--recovery-sheet", str(sheet), "--json")
    assert ran.code == 0, ran
    assert "can still be opened with the old sheet" in ran.stderr
    told = json.loads(ran.stdout)["data"]
    assert sorted(told["changed"]) == sorted([lost.case, "provider"])
    new = groups(sheet.read_text("utf-8"))
    assert new != words and new[:9] not in ran.stdout + ran.stderr
    assert sheet.stat().st_mode & 0o777 == 0o600
    replaced = bring_back(lost, words)
    assert replaced.code == 6
    assert "was replaced" in replaced.stderr
    assert bring_back(lost, new).code == 0
    assert json.loads(lost.done("recover", "--finish", "--json"))["data"]["changed"] == []
    assert lost.run("verify").code == 0


def test_a_seed_that_could_not_be_handed_over_never_counts(
    lost: Office, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_back(lost, words)
    before = lost.snapshot()

    def full(*words: Any, **more: Any) -> None:
        raise OSError(28, "full")

    from tipcase.cli import recovery_paper

    monkeypatch.setattr(recovery_paper, "write_sheet", full)
    ran = lost.run("recover", "--new-seed", "--recovery-sheet", str(lost.home / "s.html"))
    assert ran.code == 10
    assert lost.snapshot() == before
    assert bring_back(lost, words).code == 0


def test_who_is_no_admin_needs_the_old_seed_for_a_new_one(lost: Office, words: str) -> None:
    ran = lost.run("recover", "--new-seed", "--seed-file", "-", input=words)
    assert ran.code == 0, ran
    new = " ".join(LINE.findall(ran.stderr))
    assert "canary-4411" in lost.done("show", lost.case, "note")
    assert bring_back(lost, new).code == 0
    assert bring_back(lost, words).code == 6


def test_a_new_handle_is_told_that_named_records_open_to_it(
    founded: tuple[Path, str], lost: Office, words: str
) -> None:
    old = {"TIPCASE_HOME": str(founded[0] / "home")}
    lost.done("put", lost.case, "note", "-", "--only", "cw1", input="text: x\n", env=old)
    for more, said in (("--dry-run",), "would be opened"), ((), "are opened"):
        ran = bring_back(lost, words, *more)
        assert f"1 records sealed to named people {said} to you too" in ran.stderr
