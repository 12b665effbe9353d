"""Attacks on ``form``: what a command must not print, and where it must not write."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Office

CONSENT = (
    "{happened_on: 2026-01-06, subject: sharing, answer: ANSWER, given_by: self,"
    " information_kinds: [identity], shared_with: [An Invented School]}"
)
LETTER = "{happened_on: 2026-01-07, referred_to: An Invented School}"


def referred(office: Office) -> None:
    office.done("set", office.case, "profile", "full_name=-", input="CANARY Name")
    office.put("referral", LETTER)
    office.put("consent", CONSENT.replace("ANSWER", "given"))


def letter(office: Office, *words: str | Path, home: Path | None = None) -> str:
    env = {"TIPCASE_HOME": str(home or office.home)}
    ran = office.run("form", office.case, "S1b", "--lang", "en", *words, env=env)
    assert ran.code == 0, ran
    return ran.stdout


def test_a_withdrawal_that_one_cannot_open_still_ends_the_consent(
    office: Office, second_person: Callable[..., Path]
) -> None:
    cw2 = second_person()
    office.done("grant", office.case, "cw2")
    referred(office)
    assert "CANARY" in letter(office, home=cw2)
    refused = CONSENT.replace("ANSWER", "refused").replace("01-06", "01-08")
    office.done("put", office.case, "consent", "-", "--only", "cw1", input=refused)
    assert "CANARY" not in letter(office)
    assert "CANARY" not in letter(office, home=cw2)


def test_an_old_date_does_not_bring_a_consent_back(office: Office) -> None:
    referred(office)
    taken = CONSENT.replace("ANSWER", "refused").replace("01-06", "01-09")
    office.put("consent", taken)
    assert "CANARY" not in letter(office)
    assert "CANARY" not in letter(office, "--as-of", "2026-01-08")


def test_without_the_restricted_key_a_sheet_does_not_seem_complete(
    office: Office, second_person: Callable[..., Path]
) -> None:
    cw2 = second_person()
    office.done("grant", office.case, "cw2")
    office.put("assessment", "{happened_on: 2026-01-08}")
    office.put("health", "{happened_on: 2026-01-07, findings: canary-health}")
    words = ("form", office.case, "P2", "--lang", "en", "--include-restricted")
    mine = office.run(*words)
    assert mine.code == 0 and "is withheld" not in mine.stdout and "canary" in mine.stdout
    theirs = office.run(*words, env={"TIPCASE_HOME": str(cw2)})
    assert "canary" not in theirs.stdout
    assert (theirs.code, "is withheld" in theirs.stdout) == (0, True)


def test_a_sheet_that_leaves_shares_no_file_with_one_that_stays(
    office: Office, tmp_path: Path
) -> None:
    referred(office)
    before = office.snapshot()
    for words in (("P1", "S1b"), ("P4",), ("--all",), ("P1", "S1b", "--dry-run")):
        ran = office.run("form", office.case, *words, "--bundle", "--out", tmp_path / "print")
        assert (ran.code, "shares no file" in ran.stderr) == (2, True)
        assert (office.snapshot(), (tmp_path / "print").exists()) == (before, False)
    office.done("form", office.case, "S1b", "--bundle", "--out", tmp_path / "print")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and modes of POSIX")
def test_a_page_is_never_written_through_a_link_or_into_a_pipe(
    office: Office, tmp_path: Path
) -> None:
    out, victim = tmp_path / "print", tmp_path / "victim"
    out.mkdir()
    victim.write_text("mine")
    name = f"{office.case}-P1.en.html"
    (out / name).symlink_to(victim)
    os.mkfifo(out / f"{office.case}-P5.en.html")
    office.done("form", office.case, "P1", "P5", "--lang", "en", "--out", out)
    assert victim.read_text() == "mine"
    for page in out.iterdir():
        assert page.is_file() and not page.is_symlink() and page.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("way", ["..", "link", "link above"])
def test_no_way_leads_into_the_casebook(office: Office, tmp_path: Path, way: str) -> None:
    (tmp_path / "link").symlink_to(office.book / "cases")
    (tmp_path / "above").symlink_to(office.book.parent)
    ways = {"..": office.book / "cases/../../book/x", "link": tmp_path / "link/x/y",
            "link above": tmp_path / "above/book/x"}  # fmt: skip
    before = office.snapshot()
    for blank in (("--blank", "P1"), (office.case, "P1")):
        assert office.run("form", *blank, "--out", ways[way]).code == 2
    assert office.snapshot() == before


@pytest.mark.parametrize("name", ["templates/P1.html.j2", "schemas/forms.yaml"])
def test_what_nobody_signed_lays_out_no_sheet(office: Office, name: str) -> None:
    path = office.book / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("{}", encoding="utf-8")
    for words in (("form", office.case, "P1"), ("form", "--blank", "P1")):
        ran = office.run(*words)
        assert (ran.code, ran.stdout) == (7, "")


def test_what_a_phone_wrote_into_a_photo_reaches_no_sheet(office: Office) -> None:
    image = pytest.importorskip("PIL.Image")
    picture, stream = image.new("RGB", (60, 80), "green"), io.BytesIO()
    exif = image.Exif()
    exif[0x010E] = "CANARY-exif"
    picture.save(stream, "JPEG", exif=exif, comment=b"CANARY-comment")
    office.done("set", office.case, "profile", "full_name=-", input="SOK Example")
    office.put(
        "consent", "{happened_on: 2026-01-06, subject: photo, answer: given, given_by: self}"
    )
    path = office.home.parent / "CANARY-name.jpg"
    path.write_bytes(stream.getvalue())
    office.done("attach", office.case, "profile", path, "--as", "photo")
    page = office.done("form", office.case, "P1", "--lang", "en")
    start = page.index("data:image/jpeg;base64,")
    import base64

    shown = base64.b64decode(page[start:].split(",", 1)[1].split('"', 1)[0])
    assert b"CANARY" in stream.getvalue() and b"CANARY" not in shown
    assert "CANARY" not in page


def test_what_a_killed_print_left_is_told(office: Office, tmp_path: Path) -> None:
    words = ("form", office.case, "P1", "--lang", "en", "--out", tmp_path / "print")
    assert ".pending" not in office.run(*words).stderr
    (tmp_path / "print" / f".pending-{'0' * 64}").write_text("x")
    assert "1 file(s) .pending-" in office.run(*words).stderr


def test_two_who_print_the_same_sheet_into_one_folder(tmp_path: Path) -> None:
    from tipcase.cli.pages import pages
    from tipcase.errors import TipcaseError

    with pages(tmp_path) as one, pages(tmp_path) as two:
        one.hold("a", b"x")
        two.hold("a", b"x")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"x"]
    with pytest.raises(TipcaseError), pages(tmp_path) as one:
        one.hold("b", b"x")
        for path in tmp_path.glob(".*"):
            path.unlink()
    assert not (tmp_path / "b").exists()
