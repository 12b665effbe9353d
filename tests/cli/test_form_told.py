"""``form``: what it tells of a sheet, pictures, places to sign, and PDF."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tipcase.casebook import prints
from tipcase.cli.printed import Sheet, plaintext, talk
from tipcase.cli.printing import to_output

PHOTO = (
    "{happened_on: 2026-01-07, subject: photo, answer: given, given_by: self, explained: [purpose]}"
)
WHOLE = Sheet("AAAA-AAAA", "P1", "en", None, None, False, False, (), False, (), (), None, (), ())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"missing": ("profile.sex",)}, "P1 has blanks: profile.sex"),
        ({"newer": "follow-up/abcd2345"}, "--record prints it"),
        ({"withheld": True}, "--include-restricted prints what you may open"),
        ({"unconsented": ("health", "photo")}, "no consent covers: health, photo"),
        ({"disputed": ("profile.sex",)}, "open conflict: profile.sex"),
        ({"unshown": ("profile",)}, "cannot show a picture of: profile"),
        ({"glyphs": ("Thai",)}, "no packaged font has: Thai"),
        ({"leaves": True}, "--to says who gets it"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_gap_is_one_line(changed: dict[str, object], said: str) -> None:
    assert list(talk([WHOLE], to_whom=False)) == []
    one = replace(WHOLE, **changed)  # type: ignore[arg-type]
    (line,) = talk([one], to_whom=False)
    assert said in line and line.startswith("P1 ")
    other = replace(one, case="BBBB-BBBB")
    assert [line[:9] for line in talk([one, other], to_whom=False)] == ["AAAA-AAAA", "BBBB-BBBB"]


def test_plaintext_is_named_or_counted() -> None:
    a, b = Path("out/a"), Path("out/b")
    assert [*plaintext([], None)] == []
    assert [*plaintext([a], a.parent)] == [f"plaintext: {a}; print it, then delete it"]
    assert [*plaintext([a, b], a.parent)] == [
        f"plaintext: 2 files in {a.parent}; print them, then delete them"
    ]


def test_what_no_consent_covers_is_told_by_its_kind(office: Office, tmp_path: Path) -> None:
    office.done("set", office.case, "profile", "full_name=-", input="SOK Example")
    out = tmp_path / "print"
    words = ("form", office.case, "S1b", "--lang", "en", "--out", out)
    (row,) = office.data(*words)["forms"]
    assert row["leaves"] and "identity" in row["unconsented"]
    assert "S1b leaves out what no consent covers: " in office.run(*words).stderr
    (page,) = out.iterdir()
    assert "SOK" not in page.read_text(encoding="utf-8")


def test_a_setting_turns_places_to_sign_on(office: Office) -> None:
    words = ("form", office.case, "P1", "--lang", "en", "--format", "md")
    assert "Supervisor** (" not in office.done(*words)
    office.done("settings", "form_signatures=supervisor,local-authority")
    assert "Supervisor** (" in office.done(*words)
    # The chief has a place only where the survivor agreed to it; on a blank nobody did yet.
    assert "Local authority** (" not in office.done(*words)
    assert "Local authority** (" in office.done("form", "--blank", *words[2:])


def with_photo(office: Office, content: bytes) -> None:
    office.done("set", office.case, "profile", "full_name=-", input="SOK Example")
    office.put("consent", PHOTO)
    path = office.home.parent / "photo"
    path.write_bytes(content)
    office.done("attach", office.case, "profile", path, "--as", "photo")


def test_a_photo_is_opened_in_memory_and_printed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = pytest.importorskip("PIL.Image")
    stream = io.BytesIO()
    image.new("RGB", (60, 80), "green").save(stream, "JPEG")
    with_photo(office, stream.getvalue())
    ran = office.run("form", office.case, "P1", "--lang", "en")
    assert "data:image/" in ran.stdout and "cannot show" not in ran.stderr
    monkeypatch.setattr(prints, "PICTURE_LIMIT", 10)
    ran = office.run("form", office.case, "P1", "--lang", "en")
    assert (ran.code, "data:image/" in ran.stdout) == (0, False)
    assert "P1 cannot show a picture of: profile" in ran.stderr


def test_what_is_no_picture_is_told_and_hinders_nothing(office: Office) -> None:
    with_photo(office, b"\xff\xd8\xff\xe0" + b"canary")
    ran = office.run("form", office.case, "P1", "--lang", "en")
    assert (ran.code, "cannot show a picture" in ran.stderr) == (0, True)
    assert "canary" not in ran.stderr


def test_a_pdf_goes_to_the_output_as_it_is(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert to_output(b"%PDF-\xff\n", "pdf") == ()
    assert capsysbinary.readouterr().out == b"%PDF-\xff\n"


def test_a_pdf_is_one_and_is_noted(office: Office, tmp_path: Path) -> None:
    pytest.importorskip("typst")
    out = tmp_path / "print"
    office.done("form", office.case, "P1", "--format", "pdf", "--out", out)
    assert (out / f"{office.case}-P1.both.pdf").read_bytes().startswith(b"%PDF-")
    assert "print P1" in office.done("log", office.case)


def test_without_typst_no_pdf_and_no_trace(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipcase.forms import pdf

    for name in ("_compiler", "_fonts", "_typst"):
        clear = getattr(getattr(pdf, name, None), "cache_clear", None)
        if clear is not None:
            clear()
    monkeypatch.setitem(sys.modules, "typst", None)
    before = office.snapshot()
    ran = office.run("form", office.case, "P1", "--format", "pdf", "--out", tmp_path / "print")
    assert (ran.code, "pip install 'tipcase[pdf]'" in ran.stderr) == (10, True)
    assert (office.snapshot(), (tmp_path / "print").exists()) == (before, False)
